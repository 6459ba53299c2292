"""``Applications`` rows: the truth about each application, readable by administrators."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from shared.domain import wording
from shared.domain.answers import Problem
from shared.domain.application import (
    Answer,
    Application,
    Change,
    Event,
    LineManager,
    ManagerRequest,
    Released,
    ReleasedDate,
    Status,
    Suggestion,
    Wait,
    form_values,
    from_form,
)
from shared.domain.fields import FIELDS, Asked, Reads, column
from shared.domain.programme import Role, Sees
from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.ports import Row, Stored, Table
from shared.stores.cells import aware, count, flag, instant, instant_of, parsed, reading, text, word
from shared.stores.names import TableName
from shared.stores.own_answers import told_cells, told_of

logger = logging.getLogger(__name__)

_MOST = 1_000_000


class Applications:
    """``Applications``: the truth about each application."""

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
        "Problems": json.dumps([[p.field, p.title, p.says] for p in a.problems], ensure_ascii=False),
        "FlagsList": json.dumps(a.flags, ensure_ascii=False),
        "Requests": json.dumps([_request_json(r) for r in a.requests], ensure_ascii=False),
        "WaitsForManagerName": a.waits_for_manager_name,
        "Source": a.source,
        "ResponseId": a.response_id,
        "Content": a.content,
        "AnswersFrom": a.answers_from,
        "Changes": json.dumps([_change_json(c) for c in a.changes], ensure_ascii=False) if a.changes else "",
        "ChangesAskedAt": a.changes_asked_at,
        "NewEmail": a.new_email,
        "NewEmailAskedAt": a.new_email_asked_at,
        "FormerEmail": a.former_email,
        "AddressChangedAt": a.address_changed_at,
        "Released": json.dumps([_released_json(r) for r in a.released]) if a.released else "",
        "Edits": a.edits,
        "Responses": a.responses,
        "OwnLink": a.own_link,
        "ReplacedBy": a.replaced_by,
        "Test": a.test,
        "Replies": a.replies,
        "RepliedAt": a.replied_at,
        "RepliesSeen": " ".join(a.replies_seen),
        "Suggestion": _suggestion_json(a.suggestion),
        "Waits": json.dumps([_wait_json(w) for w in a.waits]) if a.waits else "",
        "SessionsConfirmed": json.dumps({s: at.isoformat() for s, at in a.confirmed.items()}) if a.confirmed else "",
        "LinkRenewedAt": a.link_renewed_at,
        "ErasureAskedAt": a.erasure_asked_at,
        "NoPartnerAt": a.no_partner_at,
        "LeftOutAt": a.left_out_at,
        "Pairs": ", ".join(f"{pair} from {wording.day(start)}" for pair, start in a.pairs.items()),
        "PairsList": json.dumps({p: start.isoformat() for p, start in a.pairs.items()}) if a.pairs else "",
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
        requests=parsed(row, "Requests", lambda found: tuple(_request(item) for item in _list(found)), "[]"),
        problems=parsed(row, "Problems", lambda found: tuple(_problem(item) for item in _list(found)), "[]"),
        flags=parsed(row, "FlagsList", lambda found: tuple(_text(item) for item in _list(found)), "[]"),
        reason=text(row, "Reason"),
        source=text(row, "Source"),
        response_id=text(row, "ResponseId"),
        content=text(row, "Content"),
        # Rows from before it was noted held no other version.
        answers_from=text(row, "AnswersFrom" if "AnswersFrom" in row else "Content"),
        changes=parsed(row, "Changes", lambda found: tuple(_change(item) for item in _list(found)), "[]"),
        changes_asked_at=instant(row, "ChangesAskedAt"),
        new_email=text(row, "NewEmail"),
        new_email_asked_at=instant(row, "NewEmailAskedAt"),
        former_email=text(row, "FormerEmail"),
        address_changed_at=instant(row, "AddressChangedAt"),
        released=parsed(row, "Released", lambda found: tuple(_released(item) for item in _list(found)), "[]"),
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
        suggestion=parsed(row, "Suggestion", _suggestion, "null"),
        last_event=_last_event(row),
        told=told_of(row, Sees.ADMINISTRATORS),
        waits=parsed(row, "Waits", lambda found: tuple(_wait(item) for item in _list(found)), "[]"),
        confirmed=parsed(
            row, "SessionsConfirmed", lambda found: MappingProxyType({s: _at(at) for s, at in found.items()}), "{}"
        ),
        link_renewed_at=instant(row, "LinkRenewedAt"),
        erasure_asked_at=instant(row, "ErasureAskedAt"),
        no_partner_at=instant(row, "NoPartnerAt"),
        left_out_at=instant(row, "LeftOutAt"),
        assigned=_chosen(text(row, "SessionsAssigned")),
        pairs=parsed(
            row,
            "PairsList",
            lambda found: MappingProxyType({p: date.fromisoformat(day) for p, day in found.items()}),
            "{}",
        ),
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


def _list(found: object) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError("no list")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise TypeError("no text")
    return found


def _whole(found: object) -> int:
    # A number of thousands of digits, or below zero, counts nothing of ours.
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < _MOST:
        raise TypeError("no whole number")
    return found


def _at(found: object) -> datetime:
    return aware(_text(found), "")


def _maybe_at(found: object) -> datetime | None:
    return None if found is None else _at(found)


def _chosen_text(chosen: Mapping[str, tuple[str, ...]]) -> str:
    """'mentor-training: mentor-training-1; peer-support: peer-2, peer-5', for people and for reading back."""
    return "; ".join(f"{group}: {', '.join(sessions)}" for group, sessions in chosen.items())


def _chosen(cell: str) -> Mapping[str, tuple[str, ...]]:
    chosen = {}
    for part in filter(None, (p.strip() for p in cell.split(";"))):
        group, _, sessions = part.partition(":")
        chosen[group.strip()] = tuple(filter(None, (s.strip() for s in sessions.split(","))))
    return MappingProxyType(chosen)


def _request_json(request: ManagerRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "name": request.manager.name,
        "email": request.manager.email,
        "asked_at": request.asked_at.isoformat(),
        "link": request.link,
        "answer": request.answer,
        "reason": request.reason,
        "note": request.note,
        "answered_at": request.answered_at.isoformat() if request.answered_at else None,
        "revision": request.revision,
        "bounced_at": request.bounced_at.isoformat() if request.bounced_at else None,
    }


def _problem(item: object) -> Problem:
    field, title, says = _list(item)
    return Problem(_text(field), _text(title), _text(says))


def _request(item: Mapping[str, Any]) -> ManagerRequest:
    return ManagerRequest(
        number=_whole(item["number"]),
        manager=LineManager(_text(item["name"]), _text(item["email"])),
        asked_at=_at(item["asked_at"]),
        link=_whole(item["link"]),
        answer=Answer(item["answer"]) if item["answer"] else None,
        reason=_text(item["reason"]),
        note=_text(item["note"]),
        answered_at=_maybe_at(item["answered_at"]),
        revision=_whole(item["revision"]),
        bounced_at=_maybe_at(item.get("bounced_at")),
    )


def _change_json(change: Change) -> dict[str, str]:
    return {
        "content": change.content,
        "received": change.received_at.isoformat(),
        "submitted": change.submitted_at.isoformat() if change.submitted_at else "",
        "source": change.source,
        "response": change.response_id,
        "ask": change.ask_at.isoformat(),
    }


def _change(item: Mapping[str, str]) -> Change:
    return Change(
        content=item["content"],
        received_at=datetime.fromisoformat(item["received"]),
        submitted_at=datetime.fromisoformat(item["submitted"]) if item["submitted"] else None,
        source=item["source"],
        response_id=item["response"],
        ask_at=datetime.fromisoformat(item["ask"]),
    )


def _released_json(released: Released) -> dict[str, Any]:
    dates = {
        group: [[date.session, *(at.isoformat() for at in (date.starts_at, date.ends_at) if at)] for date in each]
        for group, each in released.dates.items()
    }
    return {"number": released.number, "at": released.at.isoformat(), "dates": dates}


def _released(item: Mapping[str, Any]) -> Released:
    dates = {
        group: tuple(ReleasedDate(_text(id_), *map(_at, times)) for id_, *times in each)
        for group, each in item["dates"].items()
    }
    return Released(_whole(item["number"]), _at(item["at"]), MappingProxyType(dates))


def _wait_json(wait: Wait) -> dict[str, str]:
    instants = {"joined": wait.joined_at, "offered": wait.offered_at, "until": wait.offered_until, "over": wait.over_at}
    return {"session": wait.session, **{name: at.isoformat() for name, at in instants.items() if at}}


def _wait(item: Mapping[str, str]) -> Wait:
    return Wait(
        _text(item["session"]),
        _at(item["joined"]),
        _maybe_at(item.get("offered")),
        _maybe_at(item.get("until")),
        _maybe_at(item.get("over")),
    )


def _suggestion_json(suggestion: Suggestion | None) -> str:
    if suggestion is None:
        return ""
    return json.dumps(
        {"answer": suggestion.answer, "request": suggestion.request, "at": suggestion.at.isoformat()},
        ensure_ascii=False,
    )


def _suggestion(item: Mapping[str, Any] | None) -> Suggestion | None:
    return None if item is None else Suggestion(Answer(item["answer"]), _whole(item["request"]), _at(item["at"]))
