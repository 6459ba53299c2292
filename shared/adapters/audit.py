"""``Audit`` rows: append only, in the order things happened."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shared.adapters.table import Table


class AuditTable:
    """See ``ports.Audit``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(
        self, programme: str, *, at: datetime, who: str, what: str, reference: str, before: str, after: str
    ) -> None:
        """See the port."""
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # The same event is the same row, so that adding it again after a crash changes nothing.
        event = uuid5(NAMESPACE_URL, f"{reference}|{who}|{what}|{before}|{after}")
        await self._table.insert(
            {
                "PartitionKey": programme,
                "RowKey": f"{moment} {event.hex[:8]}",
                "At": at,
                "Who": who,
                "What": what,
                "Reference": reference,
                "Before": before,
                "After": after,
            }
        )
