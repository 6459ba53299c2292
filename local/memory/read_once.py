"""Rows that are read once: what a store makes of a row is kept for as long as the row stays as it is.

For stories of so many days or people that reading would take most of the time.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from local.memory.tables import MemoryTable, MemoryTables, changed_at
from shared.ports import Cell, Found
from shared.stores import applications, bookings, checkins, messages, mistyped
from shared.stores.names import TableName


class Cells(dict[str, Cell]):
    """A stored row, with what was made of it when it was first read."""

    __slots__ = ("made",)

    made: dict[object, object]


def cells(row: Mapping[str, Cell]) -> Cells:
    """A row as it is stored. What Azure would refuse is found by the unit tests, which drive the same services."""
    stored = Cells()
    for name, value in row.items():
        if value is not None:
            stored[name] = value.astimezone(UTC) if type(value) is datetime and value.tzinfo is not UTC else value
    return stored


class UncopiedTable(MemoryTable):
    """A table that gives its rows as they are, whole: nothing in here changes a row in place."""

    def _cells(self, row: Mapping[str, Cell]) -> dict[str, Cell]:
        return cells(row)

    async def get(self, partition: str, key: str) -> Found | None:
        found = self.rows.get((partition, key))
        return Found(found[0], found[1], changed_at(found[1])) if found else None

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
        for row, etag in self._select(partition, from_key, before_key, where, limit)[1]:
            if changed_after is None or changed_at(etag) > changed_after:
                yield Found(row, etag, changed_at(etag))


class UncopiedTables(MemoryTables):
    """All tables of an account."""

    def __call__(self, name: TableName) -> MemoryTable:
        if name not in self._tables:
            self._tables[name] = UncopiedTable()
        return self._tables[name]


@contextmanager
def read_once() -> Iterator[None]:
    """Have what stores make of such rows kept with them."""

    def once[T](make: Callable[[Any], T]) -> Callable[[Any], T]:
        def made(row: Any) -> T:  # noqa: ANN401 -- a row of any table
            if type(row) is not Cells:
                return make(row)
            try:
                kept = row.made
            except AttributeError:
                kept = row.made = {}
            if make not in kept:
                kept[make] = make(row)
            return cast("T", kept[make])

        return made

    before = [(store, name, getattr(store, name)) for store, name in _READERS]
    checked = dict(mistyped._CHECKED)
    for store, name, make in before:
        setattr(store, name, once(make))
    mistyped._CHECKED = {table: (once(check), columns) for table, (check, columns) in checked.items()}
    try:
        yield
    finally:
        for store, name, make in before:
            setattr(store, name, make)
        mistyped._CHECKED = checked


_READERS = (
    (applications, "application_of"),
    (bookings, "booking_of"),
    (checkins, "checkin_of"),
    (messages, "message_of"),
    (messages, "state_of"),
    (mistyped, "message_of"),
    (mistyped, "state_of"),
)
