"""``Upkeep`` rows: what was done to this account as a whole, for administrators and for the app itself to read."""

from shared.adapters.table import Table, text, when
from shared.domain.exports import Manifest, Restore, RestoreStatus

_PARTITION = "upkeep"
_EXPORT = "export"
_RESTORE = "restore"


class UpkeepTable:
    """See ``ports.Upkeep``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def restore(self) -> Restore | None:
        """See the port."""
        found = await self._table.get(_PARTITION, _RESTORE)
        at = when(found.row, "At") if found else None
        if found is None or at is None:
            return None
        return Restore(
            text(found.row, "Export"), at, RestoreStatus(text(found.row, "Status")), when(found.row, "ResumedAt")
        )

    async def note_restore(self, restore: Restore) -> None:
        """See the port."""
        await self._table.put(
            {
                "PartitionKey": _PARTITION,
                "RowKey": _RESTORE,
                "Status": restore.status.value,
                "Export": restore.export,
                "At": restore.at,
                "ResumedAt": restore.resumed_at,
            }
        )

    async def note_export(self, manifest: Manifest) -> None:
        """See the port."""
        await self._table.put(
            {
                "PartitionKey": _PARTITION,
                "RowKey": _EXPORT,
                "Status": "Whole",
                "Export": manifest.export,
                "At": manifest.finished,
                "Rows": manifest.rows,
                "Bytes": str(manifest.size),
            }
        )
