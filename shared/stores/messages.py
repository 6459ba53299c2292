"""``Messages`` rows: mails and calendar events, owed or sent. No bodies and no addresses stand here."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from shared.domain.outbox import CalendarState, Message, MessageStatus, calendar_id
from shared.domain.owed import About, Kind, To
from shared.errors import UnreadableRow
from shared.ports import Row, Stored, Table
from shared.stores.cells import count, flag, instant, instant_of, reading, text, word
from shared.stores.names import TableName

logger = logging.getLogger(__name__)


class Messages:
    """``Messages``: mails and calendar events, owed or sent. No bodies, no addresses."""

    TABLE = TableName.MESSAGES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, message: str) -> Stored[Message] | None:
        """The message, or None."""
        found = await self._table.get(programme, message)
        return Stored(message_of(found.row), found.etag) if found else None

    async def of(self, programme: str, subject: str) -> dict[str, Message]:
        """All messages of one subject by id."""
        # '.' sorts before '/', so this range is exactly the ids that start with the subject and a dot.
        rows = self._table.query(programme, from_key=f"{subject}.", before_key=f"{subject}/")
        return {text(f.row, "RowKey"): message_of(f.row) async for f in rows}

    async def add(self, message: Message) -> bool:
        """Insert; False if it is there."""
        return await self._table.insert(_row(message))

    async def replace(self, message: Message, etag: str) -> str | None:
        """Conditional write; the new etag, or None if it was changed meanwhile."""
        return await self._table.replace(_row(message), etag)

    async def parked(self, programme: str) -> AsyncIterator[Message]:
        """Those that a person must look at."""
        async for found in self._table.query(programme, where={"Status": MessageStatus.PARKED.value}):
            if text(found.row, "Kind") == Kind.CALENDAR:
                continue
            try:
                yield message_of(found.row)
            except UnreadableRow as exc:
                logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more


def _row(message: Message) -> Row:
    return {
        "PartitionKey": message.programme,
        "RowKey": message.id,
        "Kind": message.kind.value,
        "Reference": message.subject,
        "To": message.to.value,
        "Status": message.status.value,
        "Attempts": message.attempts,
        "Failures": message.failures,
        "LastError": message.last_error,
        "DueAt": message.due,
        "SentAt": message.sent_at,
        "About": message.about.value,
        "Detail": message.detail,
        "OnlyAfter": message.only_after,
        "GraphId": message.graph_id,
        "Generation": message.generation,
    }


def message_of(row: Mapping[str, Any]) -> Message:
    """The mail of a row. Raises UnreadableRow."""
    with reading(TableName.MESSAGES, row):
        return Message(
            programme=text(row, "PartitionKey"),
            id=text(row, "RowKey"),
            kind=word(row, "Kind", Kind),
            about=word(row, "About", About),
            subject=text(row, "Reference"),
            to=word(row, "To", To),
            due=instant_of(row, "DueAt"),
            detail=text(row, "Detail"),
            only_after=text(row, "OnlyAfter"),
            status=word(row, "Status", MessageStatus),
            attempts=count(row, "Attempts"),
            last_error=text(row, "LastError"),
            graph_id=text(row, "GraphId"),
            sent_at=instant(row, "SentAt"),
            generation=count(row, "Generation") or 1,
            failures=count(row, "Failures"),
        )


class CalendarStates:
    """What the calendar was last told of each session; kept beside the message of the session's event."""

    TABLE = TableName.MESSAGES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, session: str) -> Stored[CalendarState] | None:
        """The state of a session's event, or None if none was ever made."""
        found = await self._table.get(programme, calendar_id(session))
        return Stored(state_of(found.row), found.etag) if found else None

    async def all(self, programme: str) -> Sequence[CalendarState]:
        """Every state of a programme."""
        rows = self._table.query(programme, from_key=_PREFIX, before_key=f"{_PREFIX}~")
        states = []
        async for found in rows:
            try:
                states.append(state_of(found.row))
            except UnreadableRow as exc:
                logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more
        return states

    async def put(self, state: CalendarState, etag: str | None) -> str | None:
        """Insert (etag None) or replace; the new etag, or None if somebody else was faster."""
        row: Row = {
            "PartitionKey": state.programme,
            "RowKey": state.id,
            "Kind": Kind.CALENDAR.value,
            "Reference": state.session,
            "To": "people booked",
            "About": About.SESSION.value,
            "Status": state.status.value,
            "Attempts": state.attempts,
            "LastError": state.last_error,
            "GraphId": state.event,
            "Version": state.version,
            "Generation": state.generation,
            "ContentDigest": state.content,
            "AttendeesDigest": state.attendees,
            "Cancelled": state.cancelled,
            "Pending": state.pending,
            "SeenDigest": state.seen,
            "SeenAt": state.seen_at,
            "BurstAt": state.burst_at,
            "Ours": None if state.ours is None else " ".join(sorted(state.ours)),
            "MayChange": state.may_change,
        }
        if etag is not None:
            return await self._table.replace(row, etag)
        if not await self._table.insert(row):
            return None
        found = await self._table.get(state.programme, state.id)
        return found.etag if found else None


_PREFIX = "session-"


def state_of(row: Row) -> CalendarState:
    """What a calendar's row says. Raises UnreadableRow."""
    with reading(TableName.MESSAGES, row):
        return CalendarState(
            programme=text(row, "PartitionKey"),
            session=text(row, "Reference"),
            event=text(row, "GraphId"),
            content=text(row, "ContentDigest"),
            attendees=text(row, "AttendeesDigest"),
            version=count(row, "Version"),
            generation=count(row, "Generation") or 1,
            cancelled=flag(row, "Cancelled"),
            pending=flag(row, "Pending"),
            attempts=count(row, "Attempts"),
            status=word(row, "Status", MessageStatus),
            last_error=text(row, "LastError"),
            seen=text(row, "SeenDigest"),
            seen_at=instant(row, "SeenAt"),
            burst_at=instant(row, "BurstAt"),
            ours=None if row.get("Ours") is None else frozenset(text(row, "Ours").split()),
            # Rows of a version that did not note it: people may have been told so.
            may_change=row.get("MayChange") is None or flag(row, "MayChange"),
        )
