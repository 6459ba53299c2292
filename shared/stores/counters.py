"""``DailyCounters`` rows: one for each time that something is counted, under hashes that are others on the next day.

One number that everybody raises would lose races when many come at once, which is when it matters. Rows of their own
lose none: whoever adds the nth sees at least n.
"""

from datetime import date
from uuid import uuid4

from shared.ports import Table
from shared.stores.cells import text
from shared.stores.names import TableName


class DailyCounters:
    """Counts of a day, under keys that name nobody."""

    TABLE = TableName.TALLIES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(self, day: date, key: str, *, most: int) -> int:
        """Count one more; the count that this makes, and any number above ``most`` beyond that.

        However many are counted at once, to no more than ``most`` of them it is ``most`` or less.
        """
        before = await self._count(day, key, most)
        if before > most:
            return before  # or whoever sends without end would fill the table
        await self._table.insert({"PartitionKey": day.isoformat(), "RowKey": f"{key}.{uuid4().hex}"})
        return await self._count(day, key, most)

    async def _count(self, day: date, key: str, most: int) -> int:
        rows = self._table.query(day.isoformat(), from_key=f"{key}.", before_key=f"{key}/", limit=most + 1)
        return len([found async for found in rows])

    async def first(self, day: date, key: str) -> bool:
        """Note that something was used that can be used once; False if it was noted already."""
        return await self._table.insert({"PartitionKey": day.isoformat(), "RowKey": key})

    async def remove_before(self, day: date, most: int) -> int:
        """Delete counts of earlier days. Returns how many; reads hardly any of the others."""
        old = []
        # In order of days, so the first that stays ends the search.
        async for found in self._table.query(limit=most):
            if text(found.row, "PartitionKey") >= day.isoformat():
                break
            old.append(found.row)
        for row in old:
            await self._table.delete(text(row, "PartitionKey"), text(row, "RowKey"))
        return len(old)
