"""``Applications`` rows: the truth about each application, readable by administrators."""

import logging
from collections.abc import AsyncIterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, SerializerFunctionWrapHandler, WrapSerializer

from shared.domain import wording
from shared.domain.answers import Problem
from shared.domain.application import (
    Application,
    Change,
    Event,
    ManagerRequest,
    Released,
    Status,
    Suggestion,
    Wait,
    form_values,
    from_form,
)
from shared.domain.fields import FIELDS, Asked, Reads, column
from shared.domain.instants import Instant
from shared.domain.programme import Role, Sees
from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.ports import Row, Stored, Table
from shared.stores.cells import JsonCell, count, flag, instant, instant_of, reading, text, word
from shared.stores.names import TableName
from shared.stores.own_answers import told_cells, told_of

logger = logging.getLogger(__name__)


def _nested(cells: dict[str, Any]) -> dict[str, Any]:
    return {**cells, "manager": {"name": cells["name"], "email": cells["email"]}}


def _flat(request: ManagerRequest, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
    cells = written(request)
    return {"number": cells["number"], **cells.pop("manager"), **cells}


def _known(cells: dict[str, Any]) -> dict[str, Any]:
    # Earlier rows have '' for a time that is not known.
    return {**cells, "submitted": cells["submitted"] or None}


_PROBLEMS = JsonCell("Problems", tuple[tuple[str, str, str], ...], ())
_FLAGS = JsonCell("FlagsList", tuple[str, ...], ())
# What a validator hands on is no JSON any more, where a strict reader knows no word of ours.
_REQUESTS = JsonCell(
    "Requests", tuple[Annotated[ManagerRequest, BeforeValidator(_nested), WrapSerializer(_flat)], ...], (), strict=False
)
_CHANGES = JsonCell(
    "Changes",
    tuple[Annotated[Change, BeforeValidator(_known)], ...],
    (),
    {"received_at": "received", "submitted_at": "submitted", "response_id": "response", "ask_at": "ask"},
)
_RELEASED = JsonCell("Released", tuple[Released, ...], ())
_WAITS = JsonCell(
    "Waits",
    tuple[Wait, ...],
    (),
    {"joined_at": "joined", "offered_at": "offered", "offered_until": "until", "over_at": "over"},
)
_SUGGESTION = JsonCell("Suggestion", Suggestion | None, None)
_CONFIRMED = JsonCell("SessionsConfirmed", dict[str, Instant], {})
_PAIRS = JsonCell("PairsList", dict[str, date], {})


class Applications:
    """``Applications``: the truth about each application."""

    TABLE = TableName.APPLICATIONS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, reference: str) -> Stored[Application] | None:
        """The application, or None."""
        found = await self._table.get(programme, reference)
        return Stored(application_of(found.row), found.etag) if found else None

    async def add(self, application: Application, next_step: str) -> bool:
        """Insert; False if the reference is taken."""
        return await self._table.insert(_row(application, next_step))

    async def replace(self, application: Application, next_step: str, etag: str) -> bool:
        """Conditional write; False if somebody else changed it since it was read."""
        return await self._table.replace(_row(application, next_step), etag) is not None

    async def all(self, programme: str, *, status: str | None = None, after: str = "") -> AsyncIterator[Application]:
        """Every application, or those of one status, in order of reference, behind one of them.

        Cost grows with the programme.
        """
        # No reference holds a blank, so nothing lies between one and itself with a blank behind it.
        behind = f"{after} " if after else None
        # The status is looked at here: a filter would miss a row in which a person typed the word with a stray blank.
        async for found in self._table.query(programme, from_key=behind):
            try:
                application = application_of(found.row)
            except UnreadableRow as exc:
                logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more
                continue
            if status is None or application.status == status:
                yield application

    async def unreadable(self, programme: str) -> AsyncIterator[str]:
        """References of rows into which somebody typed what the app cannot read; ``all`` leaves those out."""
        async for found in self._table.query(programme):
            try:
                application_of(found.row)
            except UnreadableRow as exc:
                yield exc.key


def _row(application: Application, next_step: str) -> Row:
    a, request = application, application.request
    return {
        "PartitionKey": a.programme,
        "RowKey": a.reference,
        "Status": a.status.value,
        "NextStep": next_step,
        **{column(name): value for name, value in form_values(a).items()},
        "Role": a.role.value if a.role else "",
        "SessionsChosen": _chosen_text(a.chosen),
        "SessionsAssigned": _chosen_text(a.assigned),
        "Flags": " ".join(a.flags),
        "Reason": a.reason,
        "Decision": request.answer.value if request and request.answer else "",
        "DecisionReason": request.reason if request else "",
        "DecidedAt": request.answered_at if request else None,
        "SubmittedAt": a.submitted_at or a.received_at,
        "SubmittedAtKnown": a.submitted_at is not None,
        "ReceivedAt": a.received_at,
        "CountsFrom": a.counts_from,
        "RevisedAt": a.revised_at,
        "LetInAt": a.let_in_at,
        "ClosedAt": a.closed_at,
        "Problems": _PROBLEMS.written(tuple((p.field, p.title, p.says) for p in a.problems)),
        "FlagsList": _FLAGS.written(a.flags),
        "Requests": _REQUESTS.written(a.requests),
        "WaitsForManagerName": a.waits_for_manager_name,
        "Source": a.source,
        "ResponseId": a.response_id,
        "Content": a.content,
        "AnswersFrom": a.answers_from,
        "Changes": _CHANGES.written(a.changes) if a.changes else "",
        "ChangesAskedAt": a.changes_asked_at,
        "NewEmail": a.new_email,
        "NewEmailAskedAt": a.new_email_asked_at,
        "FormerEmail": a.former_email,
        "AddressChangedAt": a.address_changed_at,
        "Released": _RELEASED.written(a.released) if a.released else "",
        "Edits": a.edits,
        "Responses": a.responses,
        "OwnLink": a.own_link,
        "ReplacedBy": a.replaced_by,
        "Test": a.test,
        "Replies": a.replies,
        "RepliedAt": a.replied_at,
        "RepliesSeen": " ".join(a.replies_seen),
        "Suggestion": _SUGGESTION.written(a.suggestion) if a.suggestion else "",
        "Waits": _WAITS.written(a.waits, without_none=True) if a.waits else "",
        "SessionsConfirmed": _CONFIRMED.written(dict(a.confirmed)) if a.confirmed else "",
        "LinkRenewedAt": a.link_renewed_at,
        "ErasureAskedAt": a.erasure_asked_at,
        "NoPartnerAt": a.no_partner_at,
        "LeftOutAt": a.left_out_at,
        "Pairs": ", ".join(f"{pair} from {wording.day(start)}" for pair, start in a.pairs.items()),
        "PairsList": _PAIRS.written(dict(a.pairs)) if a.pairs else "",
        "PairedBefore": a.paired_before.isoformat() if a.paired_before else "",
        **told_cells(a.told),
        "LastEventAt": a.last_event.at if a.last_event else None,
        "LastEventBy": a.last_event.who if a.last_event else "",
        "LastEvent": a.last_event.what if a.last_event else "",
        "LastEventFrom": a.last_event.before if a.last_event else "",
    }


def application_of(row: Mapping[str, Any]) -> Application:
    """The application of a row. Raises UnreadableRow."""
    with reading(TableName.APPLICATIONS, row):
        return _application(row)


def _application(row: Mapping[str, Any]) -> Application:
    submitted_at = instant(row, "SubmittedAt") if flag(row, "SubmittedAtKnown") else None
    received_at = instant_of(row, "ReceivedAt")
    return Application(
        programme=text(row, "PartitionKey"),
        reference=text(row, "RowKey"),
        **from_form({name: _answer(row, name, asked) for name, asked in FIELDS.items()}),
        status=word(row, "Status", Status),
        received_at=received_at,
        counts_from=instant(row, "CountsFrom") or received_at,
        submitted_at=submitted_at,
        chosen=_chosen(text(row, "SessionsChosen")),
        requests=_REQUESTS.read(row),
        problems=tuple(Problem(*told) for told in _PROBLEMS.read(row)),
        flags=_FLAGS.read(row),
        reason=text(row, "Reason"),
        source=text(row, "Source"),
        response_id=text(row, "ResponseId"),
        content=text(row, "Content"),
        # Rows from before it was noted held no other version.
        answers_from=text(row, "AnswersFrom" if "AnswersFrom" in row else "Content"),
        changes=_CHANGES.read(row),
        changes_asked_at=instant(row, "ChangesAskedAt"),
        new_email=text(row, "NewEmail"),
        new_email_asked_at=instant(row, "NewEmailAskedAt"),
        former_email=text(row, "FormerEmail"),
        address_changed_at=instant(row, "AddressChangedAt"),
        released=_RELEASED.read(row),
        edits=count(row, "Edits"),
        responses=count(row, "Responses", 1),
        let_in_at=instant(row, "LetInAt"),
        closed_at=instant(row, "ClosedAt"),
        waits_for_manager_name=flag(row, "WaitsForManagerName"),
        own_link=count(row, "OwnLink", 1),
        replaced_by=text(row, "ReplacedBy"),
        test=flag(row, "Test"),
        revised_at=instant(row, "RevisedAt"),
        replies=count(row, "Replies"),
        replied_at=instant(row, "RepliedAt"),
        replies_seen=tuple(text(row, "RepliesSeen").split()),
        suggestion=_SUGGESTION.read(row),
        last_event=_last_event(row),
        told=told_of(row, Sees.ADMINISTRATORS),
        waits=_WAITS.read(row),
        confirmed=_CONFIRMED.read(row),
        link_renewed_at=instant(row, "LinkRenewedAt"),
        erasure_asked_at=instant(row, "ErasureAskedAt"),
        no_partner_at=instant(row, "NoPartnerAt"),
        left_out_at=instant(row, "LeftOutAt"),
        assigned=_chosen(text(row, "SessionsAssigned")),
        pairs=_PAIRS.read(row),
        paired_before=_day(text(row, "PairedBefore")),
    )


def _answer(row: Mapping[str, Any], name: str, asked: Asked) -> object:
    if asked.reads is Reads.ROLE:
        return as_word(text(row, column(name)), Role)
    return flag(row, column(name)) if asked.is_yes_or_no else text(row, column(name))


def _day(typed: str) -> date | None:
    return date.fromisoformat(typed) if typed else None


def _last_event(row: Mapping[str, Any]) -> Event | None:
    at = instant(row, "LastEventAt")
    if at is None:
        return None
    return Event(at, text(row, "LastEventBy"), text(row, "LastEvent"), text(row, "LastEventFrom"))


def _chosen_text(chosen: Mapping[str, tuple[str, ...]]) -> str:
    """'mentor-training: mentor-training-1; peer-support: peer-2, peer-5', for people and for reading back."""
    return "; ".join(f"{group}: {', '.join(sessions)}" for group, sessions in chosen.items())


def _chosen(cell: str) -> Mapping[str, tuple[str, ...]]:
    chosen = {}
    for part in filter(None, (p.strip() for p in cell.split(";"))):
        group, _, sessions = part.partition(":")
        chosen[group.strip()] = tuple(filter(None, (s.strip() for s in sessions.split(","))))
    return MappingProxyType(chosen)
