"""``Quarantine`` rows: applications of our own form that may not be a person's, until an administrator has looked."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from shared.domain.suspicion import HeldApplication
from shared.ports import Cell, Table
from shared.stores.cells import BadCell, instant_of, reading, row_mark, text, when
from shared.stores.names import TableName

_WORDS = frozenset({"Waiting", "Accepted", "Discarded"})
_NEVER_OLD = datetime(2999, 1, 1, tzinfo=UTC)


class Quarantine:
    """``Quarantine``: applications that wait for an administrator to look at them."""

    TABLE = TableName.QUARANTINE

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, held: HeldApplication) -> None:
        """Write what is known; writing it again changes nothing."""
        await self._table.put(
            {
                "PartitionKey": held.programme,
                "RowKey": held.content,
                "Status": held.status,
                "Why": held.why,
                "ReceivedAt": held.received_at,
                "Reference": held.reference,
                "FullName": held.full_name,
                "Email": held.email,
                "Organisation": held.organisation,
                "ManagerEmail": held.manager_email,
            }
        )

    async def all(self, programme: str) -> AsyncIterator[HeldApplication]:
        """Everything held, and what was decided about lately."""
        async for found in self._table.query(programme):
            # A row that somebody added by hand is nobody's application.
            if text(found.row, "Reference") or text(found.row, "ReceivedAt"):
                yield _held(found.row)

    def mark(self, held: HeldApplication) -> str:
        """The mark of its row (``Tombstone``)."""
        return row_mark(TableName.QUARANTINE, held.programme, held.content)

    async def remove(self, programme: str, content: str) -> None:
        """Delete for good."""
        await self._table.delete(programme, content)


def check_held(row: Mapping[str, Cell]) -> None:
    """Raises UnreadableRow if somebody typed what cannot be read into the row."""
    with reading(TableName.QUARANTINE, row):
        instant_of(row, "ReceivedAt")
        if _status(row) not in _WORDS:
            raise BadCell("Status")


def _status(row: Mapping[str, Cell]) -> str:
    return text(row, "Status").strip().capitalize()


def _held(row: Mapping[str, Cell]) -> HeldApplication:
    return HeldApplication(
        programme=text(row, "PartitionKey"),
        content=text(row, "RowKey"),
        status=_status(row),
        why=text(row, "Why"),
        # Nothing goes because of a time that cannot be read.
        received_at=when(row, "ReceivedAt") or _NEVER_OLD,
        reference=text(row, "Reference"),
        full_name=text(row, "FullName"),
        email=text(row, "Email"),
        organisation=text(row, "Organisation"),
        manager_email=text(row, "ManagerEmail"),
    )
