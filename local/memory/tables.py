"""Tables in memory, in the order of their keys; ``tests/contract`` holds them to the real ones."""

import itertools
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice

from sortedcontainers import SortedDict

from shared.ports import Cell, Found, Row
from shared.stores.cells import checked
from shared.stores.names import TableName

_FIRST_WRITE = datetime(2001, 1, 1, tzinfo=UTC)
# No key of ours is behind the last of all characters.
_AFTER_EVERY_KEY = "\U0010ffff"


def chosen(row: Mapping[str, Cell], columns: Collection[str]) -> Found:
    """The row with these cells alone, as a query gives it that asks for them."""
    return Found({name: row[name] for name in columns if name in row}, "")


@lru_cache(maxsize=100_000)
def changed_at(etag: str) -> datetime:
    """When the row of this etag was written: a table has a clock of its own, and here each write takes an hour."""
    return _FIRST_WRITE + timedelta(hours=int(etag.removeprefix("etag-")))


class MemoryTable:
    """``Table`` in a dictionary, counting its calls."""

    def __init__(self, count: Callable[[], None] = lambda: None) -> None:
        # In the order of their keys, so that a query costs what it gives.
        self.rows: SortedDict[tuple[str, str], tuple[dict[str, Cell], str]] = SortedDict()
        self._etags = itertools.count(1)
        self._count = count

    def _store(self, row: Mapping[str, Cell]) -> str:
        return self._keep(row, self._cells(row))

    def _keep(self, row: Mapping[str, Cell], cells: dict[str, Cell]) -> str:
        etag = f"etag-{next(self._etags)}"
        self.rows[str(row["PartitionKey"]), str(row["RowKey"])] = (cells, etag)
        return etag

    def _cells(self, row: Mapping[str, Cell]) -> dict[str, Cell]:
        return {n: v.astimezone(UTC) if isinstance(v, datetime) else v for n, v in checked(row).items()}

    async def get(self, partition: str, key: str) -> Found | None:
        self._count()
        found = self.rows.get((partition, key))
        return Found(dict(found[0]), found[1], changed_at(found[1])) if found else None

    async def insert(self, row: Row) -> bool:
        self._count()
        if (str(row["PartitionKey"]), str(row["RowKey"])) in self.rows:
            return False
        self._store(row)
        return True

    async def replace(self, row: Row, etag: str) -> str | None:
        self._count()
        found = self.rows.get((str(row["PartitionKey"]), str(row["RowKey"])))
        return self._store(row) if found and found[1] == etag else None

    async def put(self, row: Row) -> str:
        self._count()
        return self._store(row)

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        self._count()
        found = self.rows.get((str(row["PartitionKey"]), str(row["RowKey"])))
        if found is None or (etag is not None and found[1] != etag):
            return False
        # What stood there before goes over no line, so it is not looked at.
        given = self._cells({name: "" if value is None else value for name, value in row.items()})
        self._keep(row, type(found[0])({**found[0], **given}))
        return True

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        self._count()
        found = self.rows.get((partition, key))
        if found is None or (etag is not None and found[1] != etag):
            return False
        del self.rows[partition, key]
        return True

    async def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        changed_after: datetime | None = None,
        limit: int | None = None,
        columns: Collection[str] = (),
    ) -> AsyncIterator[Found]:
        self._count()
        if changed_after is not None and limit is not None:
            raise ValueError("nobody asks for some of what has changed")
        for row, etag in self._select(partition, from_key, before_key, where, limit)[1]:
            if changed_after is None or changed_at(etag) > changed_after:
                yield chosen(row, columns) if columns else Found(dict(row), etag, changed_at(etag))

    def _select(
        self,
        partition: str | None,
        from_key: str | None,
        before_key: str | None,
        where: Mapping[str, Cell] | None,
        limit: int | None,
    ) -> tuple[int, list[tuple[dict[str, Cell], str]]]:
        """How many rows are read for a query, and those it gives, as they are now: those that change meanwhile too."""
        first, last = (partition or "", from_key or ""), (partition, before_key or _AFTER_EVERY_KEY)
        inside = self.rows.irange(first, None if partition is None else last, (True, before_key is None))
        if partition is None:
            inside = (k for k in inside if k[1] >= (from_key or "") and (before_key is None or k[1] < before_key))
        rows = self.rows
        if not where:
            found = [rows[key] for key in islice(inside, limit)]
            return len(found), found
        read, found = 0, []
        for key in inside:
            if limit is not None and len(found) >= limit:
                break
            read += 1
            stored = rows[key]
            if all(stored[0].get(name) == value for name, value in where.items()):
                found.append(stored)
        return read, found


class MemoryTables:
    """All tables of an account."""

    def __init__(self) -> None:
        self.calls = 0
        self._tables: dict[TableName, MemoryTable] = {}

    def __call__(self, name: TableName) -> MemoryTable:
        if name not in self._tables:
            self._tables[name] = MemoryTable(self._called)
        return self._tables[name]

    def _called(self) -> None:
        self.calls += 1

    def all_rows(self, name: TableName) -> list[dict[str, Cell]]:
        """Every row of a table, in key order."""
        return [dict(row) for _, (row, _) in sorted(self(name).rows.items())]
