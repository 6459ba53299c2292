"""``Mailboxes`` rows: the pace, the pauses and the reading position of each mailbox."""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.domain.instants import Instant
from shared.domain.mailbox import MailboxState
from shared.ports import Cell, Row, Table
from shared.stores.cells import BadCell, JsonCell, number, text, when
from shared.stores.names import TableName

# A batch of the mailbox worker is far smaller.
_MOST_RESERVED = 1_000
_COUNTED = JsonCell("Counted", tuple[Instant, ...], ())


class MailboxStates:
    """``Mailboxes``: what the mailbox worker of each mailbox remembers. Only whoever holds its lease writes."""

    TABLE = TableName.MAILBOXES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, mailbox: str) -> MailboxState:
        """The state; a new one for a mailbox that was never used."""
        found = await self._table.get(mailbox, mailbox)
        return _state(mailbox, found.row) if found else MailboxState(mailbox)

    async def note_pace(self, state: MailboxState) -> None:
        """Write what counts, what is under way, and the pause that was asked for."""
        await self._write(
            state.mailbox,
            {
                "Reserved": state.reserved,
                "Counted": _COUNTED.written(tuple(at.astimezone(UTC) for at in state.counted)),
                "AskedAt": state.asked_at,
                "QuietUntil": state.quiet_until,
                "FailingSince": state.failing_since,
            },
        )

    async def note_inbox(self, mailbox: str, link: str) -> None:
        """Write where reading the inbox goes on."""
        await self._write(mailbox, {"InboxLink": link})

    async def _write(self, mailbox: str, columns: Mapping[str, Cell]) -> None:
        row: Row = {"PartitionKey": mailbox, "RowKey": mailbox, **columns}
        # Of two that write the first row at once, the second finds it and writes its columns there.
        if not await self._table.merge(row) and not await self._table.insert(row):
            await self._table.merge(row)


def _state(mailbox: str, row: Row) -> MailboxState:
    return MailboxState(
        mailbox=mailbox,
        counted=_counted(row),
        # One place in memory is made for each: a number that somebody typed must not take all of it.
        reserved=min(max(number(row, "Reserved"), 0), _MOST_RESERVED),
        asked_at=when(row, "AskedAt"),
        quiet_until=when(row, "QuietUntil"),
        inbox_link=text(row, "InboxLink"),
        failing_since=when(row, "FailingSince"),
    )


def _counted(row: Row) -> tuple[datetime, ...]:
    try:
        return _COUNTED.read(row)
    except BadCell:
        return ()  # somebody typed into the column; the pace starts afresh
