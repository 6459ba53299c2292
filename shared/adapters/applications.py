"""``Applications`` rows: the truth about each application, readable by administrators."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from shared.adapters.table import Row, Table, text, when
from shared.domain import wording
from shared.domain.answers import Problem
from shared.domain.application import (
    Answer,
    Application,
    Change,
    Event,
    LineManager,
    ManagerRequest,
    Person,
    Status,
    Suggestion,
    Wait,
)
from shared.domain.programme import Role
from shared.ports import Stored

logger = logging.getLogger(__name__)


class ApplicationTable:
    """See ``ports.Applications``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, reference: str) -> Stored[Application] | None:
        """See the port."""
        found = await self._table.get(programme, reference)
        return Stored(_application(found.row), found.etag) if found else None

    async def add(self, application: Application, next_step: str) -> bool:
        """See the port."""
        return await self._table.insert(_row(application, next_step))

    async def replace(self, application: Application, next_step: str, etag: str) -> bool:
        """See the port."""
        return await self._table.replace(_row(application, next_step), etag) is not None

    async def all(self, programme: str, *, status: str | None = None, after: str = "") -> AsyncIterator[Application]:
        """See the port."""
        # No reference holds a blank, so nothing lies between one and itself with a blank behind it.
        behind = f"{after} " if after else None
        where = {"Status": status} if status else None
        async for found in self._table.query(programme, from_key=behind, where=where):
            application = _readable(found.row)
            if application is None:
                logger.error("application %s cannot be read: a cell holds a word not known here", found.row["RowKey"])
            else:
                yield application

    async def unreadable(self, programme: str) -> AsyncIterator[str]:
        """See the port."""
        async for found in self._table.query(programme):
            if _readable(found.row) is None:
                yield text(found.row, "RowKey")


def _readable(row: Mapping[str, Any]) -> Application | None:
    """None if somebody typed a word into it that is none of ours: the others must not wait for that."""
    try:
        return _application(row)
    except ValueError:
        return None


def _row(application: Application, next_step: str) -> Row:
    a, request = application, application.request
    return {
        "PartitionKey": a.programme,
        "RowKey": a.reference,
        "Status": a.status.value,
        "NextStep": next_step,
        "FullName": a.person.full_name,
        "Email": a.person.email,
        "Role": a.role.value if a.role else "",
        "JobTitle": a.person.job_title,
        "Band": a.person.band,
        "Organisation": a.person.organisation,
        "Sector": a.person.sector,
        "Area": a.person.area,
        "ManagerName": a.manager.name,
        "ManagerEmail": a.manager.email,
        "ManagerAgreed": a.manager_agreed,
        "PreviousParticipant": a.previous_participant,
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
        "Pairs": ", ".join(f"{pair} from {wording.day(start)}" for pair, start in a.pairs.items()),
        "PairsList": json.dumps({p: start.isoformat() for p, start in a.pairs.items()}) if a.pairs else "",
        "LastEventAt": a.last_event.at if a.last_event else None,
        "LastEventBy": a.last_event.who if a.last_event else "",
        "LastEvent": a.last_event.what if a.last_event else "",
        "LastEventFrom": a.last_event.before if a.last_event else "",
    }


def _application(row: Mapping[str, Any]) -> Application:
    submitted_at = when(row, "SubmittedAt") if row.get("SubmittedAtKnown") else None
    received_at = _instant(row, "ReceivedAt")
    role = text(row, "Role")
    return Application(
        programme=text(row, "PartitionKey"),
        reference=text(row, "RowKey"),
        role=Role(role) if role in set(Role) else None,
        person=Person(
            text(row, "FullName"),
            text(row, "Email"),
            text(row, "JobTitle"),
            text(row, "Band"),
            text(row, "Organisation"),
            text(row, "Sector"),
            text(row, "Area"),
        ),
        manager=LineManager(text(row, "ManagerName"), text(row, "ManagerEmail")),
        status=Status(text(row, "Status")),
        received_at=received_at,
        counts_from=when(row, "CountsFrom") or received_at,
        submitted_at=submitted_at,
        manager_agreed=bool(row.get("ManagerAgreed")),
        previous_participant=bool(row.get("PreviousParticipant")),
        chosen=_chosen(text(row, "SessionsChosen")),
        requests=tuple(_request(item) for item in json.loads(text(row, "Requests") or "[]")),
        problems=tuple(Problem(*item) for item in json.loads(text(row, "Problems") or "[]")),
        flags=tuple(json.loads(text(row, "FlagsList") or "[]")),
        reason=text(row, "Reason"),
        source=text(row, "Source"),
        response_id=text(row, "ResponseId"),
        content=text(row, "Content"),
        # Rows from before it was noted held no other version.
        answers_from=text(row, "AnswersFrom" if "AnswersFrom" in row else "Content"),
        changes=tuple(_change(item) for item in json.loads(text(row, "Changes") or "[]")),
        changes_asked_at=when(row, "ChangesAskedAt"),
        edits=int(row.get("Edits") or 0),
        responses=int(row.get("Responses") or 1),
        let_in_at=when(row, "LetInAt"),
        closed_at=when(row, "ClosedAt"),
        waits_for_manager_name=bool(row.get("WaitsForManagerName")),
        own_link=int(row.get("OwnLink") or 1),
        replaced_by=text(row, "ReplacedBy"),
        test=bool(row.get("Test")),
        revised_at=when(row, "RevisedAt"),
        replies=int(row.get("Replies") or 0),
        replied_at=when(row, "RepliedAt"),
        replies_seen=tuple(text(row, "RepliesSeen").split()),
        suggestion=_suggestion(text(row, "Suggestion")),
        last_event=_last_event(row),
        waits=tuple(_wait(item) for item in json.loads(text(row, "Waits") or "[]")),
        confirmed=MappingProxyType(
            {s: datetime.fromisoformat(at) for s, at in json.loads(text(row, "SessionsConfirmed") or "{}").items()}
        ),
        link_renewed_at=when(row, "LinkRenewedAt"),
        erasure_asked_at=when(row, "ErasureAskedAt"),
        assigned=_chosen(text(row, "SessionsAssigned")),
        pairs=MappingProxyType(
            {p: date.fromisoformat(day) for p, day in json.loads(text(row, "PairsList") or "{}").items()}
        ),
    )


def _last_event(row: Mapping[str, Any]) -> Event | None:
    at = when(row, "LastEventAt")
    if at is None:
        return None
    return Event(at, text(row, "LastEventBy"), text(row, "LastEvent"), text(row, "LastEventFrom"))


def _instant(row: Mapping[str, Any], column: str) -> datetime:
    value = when(row, column)
    if value is None:
        raise ValueError(f"column {column} of Applications holds no time")
    return value


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


def _request(item: Mapping[str, Any]) -> ManagerRequest:
    return ManagerRequest(
        number=item["number"],
        manager=LineManager(item["name"], item["email"]),
        asked_at=datetime.fromisoformat(item["asked_at"]),
        link=item["link"],
        answer=Answer(item["answer"]) if item["answer"] else None,
        reason=item["reason"],
        note=item["note"],
        answered_at=datetime.fromisoformat(item["answered_at"]) if item["answered_at"] else None,
        revision=item["revision"],
        bounced_at=datetime.fromisoformat(item["bounced_at"]) if item.get("bounced_at") else None,
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


def _wait_json(wait: Wait) -> dict[str, str]:
    instants = {"joined": wait.joined_at, "offered": wait.offered_at, "until": wait.offered_until, "over": wait.over_at}
    return {"session": wait.session, **{name: at.isoformat() for name, at in instants.items() if at}}


def _wait(item: Mapping[str, str]) -> Wait:
    def at(name: str) -> datetime | None:
        return datetime.fromisoformat(item[name]) if name in item else None

    return Wait(item["session"], datetime.fromisoformat(item["joined"]), at("offered"), at("until"), at("over"))


def _suggestion_json(suggestion: Suggestion | None) -> str:
    if suggestion is None:
        return ""
    return json.dumps(
        {"answer": suggestion.answer, "request": suggestion.request, "at": suggestion.at.isoformat()},
        ensure_ascii=False,
    )


def _suggestion(cell: str) -> Suggestion | None:
    if not cell:
        return None
    item = json.loads(cell)
    return Suggestion(Answer(item["answer"]), item["request"], datetime.fromisoformat(item["at"]))
