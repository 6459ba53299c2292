"""``Quarantine`` rows: applications of our own form that may not be a person's, until an administrator has looked."""

from collections.abc import AsyncIterator, Mapping

from shared.adapters.table import Cell, Table, text, when
from shared.ports import HeldApplication


class QuarantineTable:
    """See ``ports.Quarantine``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, held: HeldApplication) -> None:
        """See the port."""
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
        """See the port."""
        async for found in self._table.query(programme):
            held = _held(found.row)
            if held is not None:
                yield held

    async def remove(self, programme: str, content: str) -> None:
        """See the port."""
        await self._table.delete(programme, content)


def _held(row: Mapping[str, Cell]) -> HeldApplication | None:
    received_at = when(row, "ReceivedAt")
    if received_at is None:
        return None
    return HeldApplication(
        programme=text(row, "PartitionKey"),
        content=text(row, "RowKey"),
        status=text(row, "Status"),
        why=text(row, "Why"),
        received_at=received_at,
        reference=text(row, "Reference"),
        full_name=text(row, "FullName"),
        email=text(row, "Email"),
        organisation=text(row, "Organisation"),
        manager_email=text(row, "ManagerEmail"),
    )
