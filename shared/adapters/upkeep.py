"""``Upkeep`` rows: what was done to this account as a whole, for administrators and for the app itself to read."""

from datetime import UTC, datetime

from shared.adapters.table import Table, text, when
from shared.domain.exports import Manifest, Restore, RestoreStatus
from shared.domain.text import as_word

_PARTITION = "upkeep"
_EXPORT = "export"
_RESTORE = "restore"
# With it the mailbox is asked before every mail.
_NOT_OVER = datetime(2999, 1, 1, tzinfo=UTC)


class UpkeepTable:
    """See ``ports.Upkeep``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def restore(self) -> Restore | None:
        """See the port."""
        found = await self._table.get(_PARTITION, _RESTORE)
        if found is None:
            return None
        row = found.row
        # What cannot be read is a restore that waits: mails that were sent before must not leave again.
        status = as_word(text(row, "Status"), RestoreStatus) or RestoreStatus.WAITING
        at = when(row, "At") or _NOT_OVER
        return Restore(text(row, "Export"), at, status, when(row, "ResumedAt"))

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
