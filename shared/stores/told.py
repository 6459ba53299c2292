"""What digests have told the team: rows of ``Upkeep``, a partition for each programme. They hold hashes and days."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import date
from itertools import batched

from shared.domain.matters import Told
from shared.ports import Table
from shared.stores.cells import text
from shared.stores.names import TableName

_AT_ONCE = 20


class ToldMatters:
    """The memory of digests."""

    TABLE = TableName.UPKEEP

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of(self, programme: str) -> dict[str, Told]:
        """What is remembered, by the id of each matter. A row that cannot be read is forgotten: it is told again."""
        found = {}
        async for one in self._table.query(_partition(programme)):
            try:
                day = date.fromisoformat(text(one.row, "ToldOn"))
            except ValueError:
                continue
            found[text(one.row, "RowKey")] = Told(day, text(one.row, "State"))
        return found

    async def note(self, programme: str, told: Mapping[str, Told]) -> None:
        """Remember these, instead of what was remembered of them."""
        for some in batched(told.items(), _AT_ONCE, strict=False):
            await asyncio.gather(
                *(
                    self._table.put(
                        {
                            "PartitionKey": _partition(programme),
                            "RowKey": id_,
                            "ToldOn": one.on.isoformat(),
                            "State": one.state,
                        }
                    )
                    for id_, one in some
                )
            )

    async def forget(self, programme: str, ids: Collection[str]) -> None:
        """Forget what is over."""
        for some in batched(ids, _AT_ONCE, strict=False):
            await asyncio.gather(*(self._table.delete(_partition(programme), id_) for id_ in some))


def _partition(programme: str) -> str:
    return f"told.{programme}"
