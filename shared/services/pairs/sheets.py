"""Takes pairs out of a sheet into ``Pairs``, as if somebody had typed them: what differs, and nothing that is wrong.

Rows that the sheet does not name stay as they are. What people are told of follows when the rows are taken up.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from shared.domain.earlier import Brought, RowProblem
from shared.domain.pair_sheet import PairSheet, SheetPair
from shared.domain.pairs import NO_DAY, Pair, PairRow, PairStatus
from shared.ports import Cell, Stored
from shared.services.base.programmes import Current
from shared.services.pairs.people import Entrants, PairPeople
from shared.services.pairs.rows import PairReader
from shared.stores.pairs import Pairs

#: The words that people may bring; the others are the app's, and may only stand where they stand already.
TYPED: Final = frozenset({PairStatus.PROPOSED, PairStatus.FORBIDDEN, PairStatus.CONFIRMED, PairStatus.ENDED})
_MEETING = frozenset({PairStatus.PROPOSED, PairStatus.CONFIRMED})


class PairSheets:
    """Compares a sheet with the table, and writes."""

    def __init__(self, *, pairs: Pairs, reader: PairReader, people: PairPeople) -> None:
        self._pairs = pairs
        self._reader = reader
        self._people = people

    async def bring_in(self, current: Current, sheet: PairSheet, *, store: bool) -> Brought:
        """Write every row that is new or changed, if ``store`` and if no row has a problem."""
        rows = await self._pairs.of(current.programme.id)
        known = {pair.id: (row, pair) for row in rows if isinstance(pair := self._reader.read(row.value), Pair)}
        everybody = await self._people.of(current, await self._pairs.all(), ended_here=False)
        new: list[SheetPair] = []
        changed: list[tuple[Stored[PairRow], SheetPair]] = []
        problems = list(sheet.problems)
        for one in sheet.pairs:
            there = self._there(current, known, one)
            if there is not None and _is_same(one, there[1]):
                continue
            says = await self._problem(current, one, there, [row.value for row in rows], everybody)
            if says:
                problems.append(RowProblem(one.number, "", says))
            elif there is None:
                new.append(one)
            else:
                changed.append((there[0], one))
        if store and not problems:
            await self._write(current, new, changed, taken={row.value.key for row in rows})
        same = len(sheet.pairs) - len(new) - len(changed)
        return Brought(len(new), len(changed), same, tuple(sorted(problems, key=lambda problem: problem.row)))

    def _there(
        self, current: Current, known: dict[str, tuple[Stored[PairRow], Pair]], one: SheetPair
    ) -> tuple[Stored[PairRow], Pair] | None:
        ways = [(one.mentor, one.mentee)]
        if current.programme.model.of_equals:
            ways.append((one.mentee, one.mentor))
        ids = (self._reader.id_of(current.programme.id, *way) for way in ways)
        return next((known[id_] for id_ in ids if id_ in known), None)

    async def _problem(
        self,
        current: Current,
        one: SheetPair,
        there: tuple[Stored[PairRow], Pair] | None,
        rows: Sequence[PairRow],
        everybody: Entrants,
    ) -> str:
        if one.status not in TYPED:
            return f"Only the app writes '{one.status}'. Use one of: {', '.join(sorted(TYPED))}."
        if one.status is PairStatus.CONFIRMED and one.start == NO_DAY:
            return "A confirmed pair needs its first day."
        if one.status not in _MEETING:
            return ""
        row = _row(current, one, there[0].value if there else None)
        pair = self._reader.read(row)
        if isinstance(pair, str):
            return pair
        return await self._reader.people_problem(current.programme.model, pair) or self._reader.objections(
            row, pair, rows, everybody
        )

    async def _write(
        self,
        current: Current,
        new: Sequence[SheetPair],
        changed: Sequence[tuple[Stored[PairRow], SheetPair]],
        *,
        taken: set[str],
    ) -> None:
        for row, one in changed:
            await self._pairs.change(row, _cells(one))
        number = 0
        for one in new:
            cells: dict[str, Cell] = {"Mentor": one.mentor, "Mentee": one.mentee, **_cells(one)}
            while True:
                number += 1
                key = f"sheet-{number:03}"
                if key not in taken and await self._pairs.add(current.programme.id, key, cells):
                    break


def _is_same(one: SheetPair, pair: Pair) -> bool:
    return one.status is pair.status and one.start in {pair.start, NO_DAY} and not one.overruled


def _cells(one: SheetPair) -> dict[str, Cell]:
    cells: dict[str, Cell] = {"Status": one.status}
    if one.start != NO_DAY:
        cells["StartDate"] = one.start.isoformat()
    if one.overruled:
        cells["Overruled"] = one.overruled
    return cells


def _row(current: Current, one: SheetPair, there: PairRow | None) -> PairRow:
    """The row as it would be."""
    empty = PairRow(current.programme.id, "", one.mentor, one.mentee, "", "", "", "", "", None)
    row = there or empty
    start = row.start if one.start == NO_DAY else one.start.isoformat()
    return replace(row, status=one.status, start=start, overruled=one.overruled or row.overruled)
