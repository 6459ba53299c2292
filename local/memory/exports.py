"""Exports, tombstones and whole tables in memory; ``tests/contract/test_exports.py`` holds them to the real ones."""

import gzip
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from azure.data.tables import EntityProperty

from local.memory.tables import MemoryTables
from shared.adapters import table_policies
from shared.adapters.lines import cells_of_line, entity_of, line_of
from shared.domain import exports
from shared.domain.erasing import Tombstone
from shared.domain.exports import Manifest, Part
from shared.errors import PermanentFailure
from shared.ports import Cell, Page
from shared.stores.names import TableName

_PAGE = 3


class MemoryExtracts:
    """``Extracts`` over the tables of a world, in pages so small that several are needed."""

    def __init__(self, tables: MemoryTables, page: int = _PAGE, *, exported: bool = True) -> None:
        self._tables = tables
        self._page = page
        self._exported = exported

    def tables(self) -> tuple[str, ...]:
        return tuple(
            table.value for table, policy in table_policies.POLICIES.items() if policy.exported and self._exported
        )

    async def pages(self, table: str, place: str = "", *, most: int | None = None) -> AsyncIterator[Page]:
        rows = self._tables.all_rows(TableName(table))
        begin, count = int(place or 0), 0
        while count != most:
            end = begin + self._page
            yield Page(tuple(line_of(row) for row in rows[begin:end]), str(end) if end < len(rows) else "")
            begin, count = end, count + 1
            if begin >= len(rows):
                return

    def left_behind(self, table: str, erased: Mapping[tuple[str, str], Tombstone]) -> Sequence[bytes]:
        return table_policies.left_behind(TableName(table), erased)

    async def application(self, programme: str, reference: str) -> str:
        found = await self._tables(TableName.APPLICATIONS).get(programme, reference)
        return line_of(found.row).decode() if found else ""

    async def load(self, table: str, lines: Sequence[bytes]) -> None:
        for line in lines:
            await self._tables(TableName(table)).put(_row(line))

    async def add(self, table: str, lines: Sequence[bytes], containing: str) -> Sequence[tuple[str, str]]:
        rows = [row for row in map(_row, lines) if containing in str(row["RowKey"])]
        added = [row for row in rows if await self._tables(TableName(table)).insert(row)]
        return [(str(row["PartitionKey"]), str(row["RowKey"])) for row in added]

    async def clear(self, programme: str) -> None:
        for table, policy in table_policies.POLICIES.items():
            column = "Programme" if policy.ends is table_policies.Ends.NAMED_BY_A_COLUMN else "PartitionKey"
            for row in self._tables.all_rows(table):
                if policy.ends is not table_policies.Ends.NEVER and row.get(column) == programme:
                    await self._tables(table).delete(str(row["PartitionKey"]), str(row["RowKey"]))

    async def not_empty(self) -> Sequence[str]:
        return [table.value for table in TableName if self._tables.all_rows(table)]

    def without(self, table: str, line: bytes, erased: Mapping[tuple[str, str], Tombstone]) -> bytes | None:
        return table_policies.without(TableName(table), line, erased)


def _row(line: bytes) -> dict[str, Cell]:
    """A row of a line. A date and time comes as the service writes it; the stand-in keeps values."""
    cells = entity_of(cells_of_line(line))
    return {n: datetime.fromisoformat(v.value) if isinstance(v, EntityProperty) else v for n, v in cells.items()}


class MemoryExports:
    """``Exports`` in a dictionary of compressed files."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str, int], tuple[bytes, Part]] = {}
        self.manifests: dict[str, bytes] = {}

    async def names(self) -> Sequence[str]:
        return sorted({export for export, _, _ in self.files} | set(self.manifests))

    async def parts(self, export: str) -> Sequence[Part]:
        return [part for (name, _, _), (_, part) in self.files.items() if name == export]

    async def write(self, export: str, table: str, number: int, pages: AsyncIterator[Page]) -> Part:
        lines: list[bytes] = []
        further = ""
        async for page in pages:
            lines += page.lines
            further = page.further
        plain = b"".join(lines)
        packed = gzip.compress(plain, mtime=0)
        part = Part(table, number, len(lines), hashlib.sha256(plain).hexdigest(), len(packed), further)
        self.files[export, table, number] = packed, part
        return part

    async def lines(self, export: str, part: Part) -> AsyncIterator[bytes]:
        named = f"part {part.number} of {part.table}"
        found = self.files.get((export, part.table, part.number))
        if found is None:
            raise PermanentFailure(f"{named} is missing")
        try:
            plain = gzip.decompress(found[0])
        except EOFError as exc:
            raise PermanentFailure(f"{named} ends in the middle") from exc
        except Exception as exc:
            raise PermanentFailure(f"{named} is damaged") from exc
        for line in plain.splitlines(keepends=True):
            yield line

    async def finish(self, manifest: Manifest) -> None:
        self.manifests[manifest.export] = exports.written(manifest)

    async def manifest(self, export: str) -> Manifest | None:
        data = self.manifests.get(export)
        return None if data is None else exports.read(data)

    async def remove(self, export: str) -> None:
        self.manifests.pop(export, None)
        for key in [key for key in self.files if key[0] == export]:
            del self.files[key]


class MemoryTombstones:
    """``Tombstones`` in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, Tombstone] = {}

    async def put(self, tombstone: Tombstone) -> None:
        before = self.kept.get(tombstone.name)
        at = max(before.at, tombstone.at) if before else tombstone.at
        left = tombstone.left or (before.left if before else "")
        self.kept[tombstone.name] = replace(tombstone, at=at, left=left)

    async def remove_before(self, instant: datetime) -> None:
        self.kept = {name: tombstone for name, tombstone in self.kept.items() if tombstone.at >= instant}

    async def since(self, instant: datetime) -> Sequence[Tombstone]:
        return [tombstone for tombstone in self.kept.values() if tombstone.at >= instant]
