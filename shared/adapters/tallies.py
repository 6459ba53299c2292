"""``Tallies`` rows: counts of a day, under hashes that are others on the next day."""

from datetime import date

from shared.adapters.table import Row, Table, number, text
from shared.errors import LostRace

_TRIES = 10


class TallyTable:
    """See ``ports.Tallies``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(self, day: date, key: str) -> int:
        """See the port."""
        for _ in range(_TRIES):
            found = await self._table.get(day.isoformat(), key)
            if found is None:
                if await self._table.insert({"PartitionKey": day.isoformat(), "RowKey": key, "Count": 1}):
                    return 1
                continue
            count = number(found.row, "Count") + 1
            row: Row = {"PartitionKey": day.isoformat(), "RowKey": key, "Count": count}
            if await self._table.replace(row, found.etag) is not None:
                return count
        raise LostRace("the count is being changed elsewhere")

    async def remove_before(self, day: date, most: int) -> int:
        """See the port."""
        old = []
        # In order of days, so the first that stays ends the search.
        async for found in self._table.query(limit=most):
            if text(found.row, "PartitionKey") >= day.isoformat():
                break
            old.append(found.row)
        for row in old:
            await self._table.delete(text(row, "PartitionKey"), text(row, "RowKey"))
        return len(old)
