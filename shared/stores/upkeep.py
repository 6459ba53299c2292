"""``Upkeep`` rows: what was done to this account as a whole, for administrators and for the app itself to read."""

from datetime import UTC, datetime

from shared.domain.exports import Manifest, Restore, RestoreStatus
from shared.domain.text import as_word
from shared.ports import Row, Table
from shared.stores.cells import text, when
from shared.stores.names import TableName

_PARTITION = "upkeep"
_EXPORT = "export"
_RESTORE = "restore"
_KEY = "key"
# With it the mailbox is asked before every mail.
_NOT_OVER = datetime(2999, 1, 1, tzinfo=UTC)


class Upkeep:
    """``Upkeep``: what was done to this account as a whole."""

    TABLE = TableName.UPKEEP

    def __init__(self, table: Table) -> None:
        self._table = table

    async def restore(self) -> Restore | None:
        """The restore that filled this account, None if there never was one."""
        found = await self._table.get(_PARTITION, _RESTORE)
        return _restore(found.row) if found else None

    async def note_restore(self, restore: Restore, *, instead_of: Restore | None) -> bool:
        """Write how far the restore is. False if it is not as it was read any more."""
        row: Row = {
            "PartitionKey": _PARTITION,
            "RowKey": _RESTORE,
            "Status": restore.status.value,
            "Export": restore.export,
            "At": restore.at,
            "ResumedAt": restore.resumed_at,
        }
        found = await self._table.get(_PARTITION, _RESTORE)
        if (_restore(found.row) if found else None) != instead_of:
            return False
        if found is None:
            return await self._table.insert(row)
        return await self._table.replace(row, found.etag) is not None

    async def key_mark(self) -> str | None:
        """The mark of the key that references are made with, None in an account that has none yet."""
        found = await self._table.get(_PARTITION, _KEY)
        return text(found.row, "Mark") if found else None

    async def note_key(self, mark: str) -> None:
        """Write the mark, unless there is one."""
        await self._table.insert({"PartitionKey": _PARTITION, "RowKey": _KEY, "Status": "In use", "Mark": mark})

    async def note_export(self, manifest: Manifest) -> None:
        """Write down the newest whole export."""
        await self._table.put(
            {
                "PartitionKey": _PARTITION,
                "RowKey": _EXPORT,
                "Status": "Whole",
                "Export": manifest.export,
                "At": manifest.finished,
                "Rows": manifest.rows,
                "Bytes": str(manifest.size),
                "Fewer": ", ".join(manifest.fewer),
            }
        )


def _restore(row: Row) -> Restore:
    # What cannot be read is a restore that waits: mails that were sent before must not leave again.
    status = as_word(text(row, "Status"), RestoreStatus) or RestoreStatus.WAITING
    return Restore(text(row, "Export"), when(row, "At") or _NOT_OVER, status, when(row, "ResumedAt"))
