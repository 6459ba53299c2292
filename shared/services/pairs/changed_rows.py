"""Whether rows of ``Pairs`` are to be worked on, found out without reading all of them in every tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from shared.domain.pairs import PairRow
from shared.services.pairs.rows import PairReader, fingerprint, waits_to_be_searched
from shared.stores.pairs import Pairs

# The clocks of a table's servers differ by less.
_APART = timedelta(minutes=1)
# How many held rows a tick looks after, in turn, however many there are.
_IN_TURN = 4


@dataclass(frozen=True, slots=True)
class _Held:
    """A row that something speaks against: what was typed into it, and the versions of its two applications."""

    row: PairRow
    typed: str
    people: str


class ChangedRows:
    """Remembers up to when every row had been worked on, by the table's clock. A new process begins with all rows.

    A row that is held does not have all of them read again in each tick: only when one of them is changed, or one of
    its own two people. What else may free it is noticed once a day.
    """

    def __init__(self, pairs: Pairs, book: PairReader) -> None:
        self._pairs = pairs
        self._book = book
        self._settled_until: datetime | None = None
        self._held: dict[tuple[str, str], _Held] = {}

    async def rows(self) -> Sequence[PairRow]:
        """Every row of ``Pairs`` if one of them is to be worked on, for each is judged by the others; or none."""
        if self._settled_until is not None:
            changed, newest = await self._pairs.changed_after(self._settled_until - _APART)
            if self._settled(changed) and not await self._are_others():
                self._settled_until = newest or self._settled_until
                return ()
        # Before the rows are read: what fails from here on has everything read in the next tick.
        self._settled_until = None
        rows, newest = await self._pairs.changed_after(None)
        # A row that waits for somebody, or that has just been typed, has all of them read once more.
        self._settled_until = newest if self._settled(rows) else None
        self._held = {}
        return rows

    def hold(self, row: PairRow, people: str) -> None:
        """Note that a row was looked at and is held still. ``people`` are the versions of before it was judged."""
        self._held[row.programme, row.key] = _Held(row, _typed(row), people)

    def read_all_next(self) -> None:
        """Have every row read the next time, whatever was changed."""
        self._settled_until = None

    async def _are_others(self) -> bool:
        """Whether one of the people in held rows has changed, of those rows whose turn it is."""
        for place in list(islice(self._held, _IN_TURN)):
            held = self._held.pop(place)
            self._held[place] = held
            if await self._book.versions(held.row) != held.people:
                return True
        return False

    def _settled(self, rows: Sequence[PairRow]) -> bool:
        return all(
            (row.seen == fingerprint(row) and not waits_to_be_searched(row)) or self._is_held(row) for row in rows
        )

    def _is_held(self, row: PairRow) -> bool:
        held = self._held.get((row.programme, row.key))
        return held is not None and held.typed == _typed(row)


def _typed(row: PairRow) -> str:
    return f"{fingerprint(row)}|{row.overruled.strip()}"
