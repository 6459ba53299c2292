"""``Approvals`` rows: one readable line per request to a manager. The application holds the truth."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from shared.domain.answers import email_key
from shared.domain.application import Answer, Application, ManagerRequest
from shared.ports import Table
from shared.stores.cells import number, text, when
from shared.stores.names import TableName

_WORDS = {
    None: "Waiting",
    Answer.APPROVE: "Approved",
    Answer.DECLINE: "Declined",
    Answer.NOT_MY_REPORT: "Not their manager",
}

_ANSWERED = frozenset(words for answer, words in _WORDS.items() if answer is not None)


@dataclass(frozen=True, slots=True)
class Answered:
    """That ``Approvals`` knows an answer to a request. ``at`` is None if somebody emptied the cell."""

    reference: str
    number: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class AskedOf:
    """One request to a manager. ``reminded_at``: when they were reminded of it last."""

    reference: str
    number: int
    waits: bool
    reminded_at: datetime | None


class Approvals:
    """``Approvals``: one readable row per request to a manager, projected from the application."""

    TABLE = TableName.APPROVALS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def answered(self, programme: str) -> AsyncIterator[Answered]:
        """The requests that were answered. Cost grows with the programme."""
        async for found in self._table.query(programme, columns=("RowKey", "Decision", "DecidedAt")):
            reference, _, number_ = text(found.row, "RowKey").rpartition(".")
            if number_.isdecimal() and text(found.row, "Decision") in _ANSWERED:
                yield Answered(reference, int(number_), when(found.row, "DecidedAt"))

    async def asked_of(self, programme: str, manager_email: str) -> AsyncIterator[AskedOf]:
        """The requests to one manager. Cost grows with the programme."""
        wanted = email_key(manager_email)
        columns = ("RowKey", "ManagerEmail", "Decision", "LastReminderAt")
        async for found in self._table.query(programme, columns=columns):
            reference, _, number_ = text(found.row, "RowKey").rpartition(".")
            if number_.isdecimal() and email_key(text(found.row, "ManagerEmail")) == wanted:
                waits = text(found.row, "Decision") == _WORDS[None]
                yield AskedOf(reference, int(number_), waits, when(found.row, "LastReminderAt"))

    async def put(self, application: Application, request: ManagerRequest, token_hash: str) -> None:
        """Write the row of one request."""
        in_force = request is application.request
        row = {
            "PartitionKey": application.programme,
            "RowKey": _key(application.reference, request.number),
            "Reference": application.reference,
            "Applicant": application.person.full_name,
            "Role": application.role.value if application.role else "",
            "ManagerName": request.manager.name,
            "ManagerEmail": request.manager.email,
            "AskedAt": request.asked_at,
            "Decision": _WORDS[request.answer] if in_force or request.answer else "Replaced",
            "Reason": request.reason,
            "Note": request.note,
            "DecidedAt": request.answered_at,
            "TokenHash": token_hash,
        }
        if not await self._table.insert({**row, "Reminders": 0}):
            await self._table.merge({name: value for name, value in row.items() if value is not None})

    async def note_reminder(self, programme: str, reference: str, number_: int, at: datetime) -> None:
        """Note that a reminder has gone."""
        key = _key(reference, number_)
        found = await self._table.get(programme, key)
        if found is not None:
            count = number(found.row, "Reminders") + 1
            await self._table.merge(
                {"PartitionKey": programme, "RowKey": key, "Reminders": count, "LastReminderAt": at}
            )

    async def remove(self, programme: str, reference: str, number_: int) -> None:
        """Delete the row."""
        await self._table.delete(programme, _key(reference, number_))


def _key(reference: str, request: int) -> str:
    return f"{reference}.{request}"
