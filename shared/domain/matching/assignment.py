"""The heaviest pairing of rows with columns, exact for whole numbers of any length. Knows nothing of people.

Rows are put in one by one along the cheapest way of moving others (Dijkstra's search, with prices). A row or a column
may stay alone, so it is not a full assignment, and what is not listed is impossible.
"""

from collections.abc import Collection, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

ALONE: Final = -1
_OUTSIDE: Final = -2

#: Of each row: the columns it can have, and what each is worth, above 0.
type Row = tuple[Sequence[int], Sequence[int]]


class Assignment:
    """The best pairing of the rows given; it is worth nothing to have no partner.

    ``column_of`` and ``row_of`` hold it, ``ALONE`` where there is none. Prices prove that it is the best: no pair is
    worth more than ``_gain`` of its row and ``_price`` of its column together, and those who are paired exactly that.
    """

    def __init__(self, rows: Sequence[Row], columns: int) -> None:
        self._rows = rows
        self.column_of = [ALONE] * len(rows)
        self.row_of = [ALONE] * columns
        self._gain = [0] * len(rows)
        self._price = [0] * columns
        for row in self._bid():
            self._insert(row)

    def prices_of_pool(self) -> list[int]:
        """Where rows and columns are the same people: the price of each, so that two together never cost too little."""
        return [gain + price for gain, price in zip(self._gain, self._price, strict=True)]

    def _bid(self) -> list[int]:
        """Pair what is easily paired: a row takes its best column at the price that makes its second best as good.

        Returns the rows that are left, those with the fewest columns first.
        """
        price, row_of = self._price, self.row_of
        left_over = []
        for row, (columns, worths) in enumerate(self._rows):
            best = second = 0
            chosen = ALONE
            for column, worth in zip(columns, worths, strict=True):
                left = worth - price[column]
                if left > best:
                    best, second, chosen = left, best, column
                elif left > second:
                    second = left
            if chosen == ALONE:
                continue
            owner = row_of[chosen]
            if owner != ALONE and best == second:
                left_over.append(row)
                continue
            if owner != ALONE:
                self.column_of[owner] = ALONE
                left_over.append(owner)
            price[chosen] += best - second
            self._gain[row] = second
            row_of[chosen], self.column_of[row] = row, chosen
        for row in left_over:
            offers = (worth - price[column] for column, worth in zip(*self._rows[row], strict=True))
            self._gain[row] = max(0, *offers)
        return sorted(left_over, key=lambda row: len(self._rows[row][0]))

    def _insert(self, start: int) -> None:
        """Give the row a column, or leave that row alone which loses least by it."""
        rows, price, gain, row_of = self._rows, self._price, self._gain, self.row_of
        distance: dict[int, int] = {}
        before: dict[int, int] = {}
        done: set[int] = set()
        heap: list[tuple[int, int]] = []
        reached = {start: 0}
        row, far = start, 0
        least, given_up, end = gain[start], start, ALONE
        while True:
            ahead = far + gain[row]
            for column, worth in zip(*rows[row], strict=True):
                there = ahead + price[column] - worth
                if there < least and there < distance.get(column, least) and column not in done:
                    distance[column] = there
                    before[column] = row
                    heappush(heap, (there, column))
            while heap and (heap[0][1] in done or distance[heap[0][1]] < heap[0][0]):
                heappop(heap)
            if not heap or heap[0][0] >= least:
                break
            far, column = heappop(heap)
            done.add(column)
            row = row_of[column]
            if row == ALONE:
                least, end = far, column
                break
            reached[row] = far
            if far + gain[row] < least:
                least, given_up = far + gain[row], row
        for row, away in reached.items():
            gain[row] -= max(0, least - away)
        for column in done:
            price[column] += max(0, least - distance[column])
        if end == ALONE and given_up != start:
            end, self.column_of[given_up] = self.column_of[given_up], ALONE
        while end != ALONE:
            row = before[end]
            self.column_of[row], row_of[end], end = end, row, self.column_of[row]

    def without(self, start: int, rows_of: Collection[int], columns_of: Collection[int]) -> dict[int, int]:
        """What changes in the best pairing in which no row of the first has a column of the second.

        ``start`` is a row whose pair is one of these, and no other of these is in the pairing. Returns the new column
        (or ``ALONE``) of each row that changes. The search goes from the row to the column it had, and may pass through
        the outside once: somebody is left alone there, and somebody else who was alone comes in.
        """
        price, gain, row_of = self._price, self._gain, self.row_of
        target = self.column_of[start]
        # Both can stay alone, so no way that costs more is looked at.
        distance: dict[int, int] = {target: gain[start] + price[target], _OUTSIDE: gain[start]}
        before: dict[int, int] = {target: _OUTSIDE, _OUTSIDE: start}
        heap = [(distance[target], target), (distance[_OUTSIDE], _OUTSIDE)]
        heapify(heap)
        done: set[int] = set()
        left_empty = False

        def walk(row: int, far: int) -> None:
            ahead, barred, least = far + gain[row], row in rows_of, distance[target]
            for column, worth in zip(*self._rows[row], strict=True):
                there = ahead + price[column] - worth
                if there < least and there < distance.get(column, least) and not (barred and column in columns_of):
                    distance[column], before[column] = there, row
                    heappush(heap, (there, column))
            if ahead < distance[_OUTSIDE]:
                distance[_OUTSIDE], before[_OUTSIDE] = ahead, row
                heappush(heap, (ahead, _OUTSIDE))

        walk(start, 0)
        while target not in done:
            far, column = heappop(heap)
            if column in done:
                continue
            done.add(column)
            if column == _OUTSIDE:
                for other, owner in enumerate(row_of):
                    there = far + price[other]
                    if owner != ALONE and there < distance.get(other, distance[target]):
                        distance[other], before[other] = there, _OUTSIDE
                        heappush(heap, (there, other))
                for row, had in enumerate(self.column_of):
                    if had == ALONE:
                        walk(row, far)
            elif column != target:
                if row_of[column] != ALONE:
                    walk(row_of[column], far)
                elif far < distance[_OUTSIDE]:
                    distance[_OUTSIDE], before[_OUTSIDE], left_empty = far, column, True
                    heappush(heap, (far, _OUTSIDE))
        return self._changes(start, before, left_empty=left_empty)

    def _changes(self, start: int, before: dict[int, int], *, left_empty: bool) -> dict[int, int]:
        """The way back from the column that ``start`` had; ``left_empty``: a free column led to the outside."""
        changes: dict[int, int] = {}
        column = self.column_of[start]
        while True:
            row = before[column]
            if row != _OUTSIDE:
                changes[row] = column
            if row == _OUTSIDE or self.column_of[row] == ALONE:
                if left_empty:
                    column = before[_OUTSIDE]
                    continue
                row = before[_OUTSIDE]
                changes[row] = ALONE
            if row == start:
                return changes
            column = self.column_of[row]
