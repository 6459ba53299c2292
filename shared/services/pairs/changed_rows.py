"""Whether rows of ``Pairs`` are to be worked on, found out without reading all of them in every tick."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.ports import PairRow
from shared.services.pairs.rows import fingerprint, waits_to_be_searched
from shared.stores.pairs import Pairs

# The clocks of a table's servers differ by less.
_APART = timedelta(minutes=1)


class ChangedRows:
    """Remembers up to when every row had been worked on, by the table's clock. A new process begins with all rows."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._settled_until: datetime | None = None

    async def rows(self) -> Sequence[PairRow]:
        """Every row of ``Pairs`` if one of them is to be worked on, for each is judged by the others; or none."""
        if self._settled_until is not None:
            changed, newest = await self._pairs.changed_after(self._settled_until - _APART)
            if _settled(changed):
                self._settled_until = newest or self._settled_until
                return ()
        # Before the rows are read: what fails from here on has everything read in the next tick.
        self._settled_until = None
        rows, newest = await self._pairs.changed_after(None)
        # A row that waits for somebody, or that has just been typed, has all of them read once more.
        self._settled_until = newest if _settled(rows) else None
        return rows

    def read_all_next(self) -> None:
        """Have every row read the next time, whatever was changed."""
        self._settled_until = None


def _settled(rows: Sequence[PairRow]) -> bool:
    return all(row.seen == fingerprint(row) and not waits_to_be_searched(row) for row in rows)
