"""Figures that are told again and again, such as every night: protected against everything that was told before.

What they are about stands alone: no table of it has to do with a table of anything else that is told.
"""

from collections.abc import Sequence
from datetime import date

from shared.domain.disclosure import Breakdown, Pack, Table, protect
from shared.stores.published import ToldPacks


class ToldFigures:
    """Remembers what was told. Its rows hold exact numbers, and nobody may read the table that they stand in."""

    def __init__(self, packs: ToldPacks) -> None:
        self._packs = packs

    async def protected(
        self, programme: str, about: str, breakdowns: Sequence[Breakdown], *, day: date
    ) -> tuple[Table, ...]:
        """What may be told of the breakdowns today, in their order. What has not moved by 5 is told as it was."""
        earlier = await self._packs.of(programme, about)
        known = {(table.path, table.edition) for pack in earlier for table in pack.tables}
        tables: dict[tuple[str, ...], Table] = {}
        roots = {breakdown.of[0] for breakdown in breakdowns}
        for root in sorted(roots):
            # People of one root are counted in no other, so what a reader can work out does not cross them.
            before = [Pack(pack.day, tuple(t for t in pack.tables if t.of[0] == root)) for pack in earlier]
            mine = [breakdown for breakdown in breakdowns if breakdown.of[0] == root]
            pack = protect(mine, day=day, earlier=[one for one in before if one.tables])
            tables |= {table.path: table for table in pack.tables}
        # That nobody is there yet tells of nobody; kept, it would be told until there are 5.
        told = {breakdown.path for breakdown in breakdowns if breakdown.total}
        new = tuple(t for t in tables.values() if (t.path, t.edition) not in known and t.path in told)
        if new:
            await self._packs.add(programme, about, Pack(day, new), after=len(earlier))
        return tuple(tables[breakdown.path] for breakdown in breakdowns)
