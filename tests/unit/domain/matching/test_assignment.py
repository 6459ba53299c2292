"""Both ways of pairing numbers find what is worth most, whatever the numbers are."""

import random
from functools import cache

import pytest

from shared.domain.matching.assignment import ALONE, Assignment, Row
from shared.domain.matching.pool import best_pairs

BLOCKS = range(6)
EACH = 120


def some_rows(draw: random.Random) -> tuple[list[Row], int]:
    columns, highest = draw.randint(0, 6), draw.choice((2, 5, 10**30))
    part = draw.choice((0.3, 0.6, 1))
    rows: list[Row] = []
    for _ in range(draw.randint(0, 6)):
        can = [column for column in range(columns) if draw.random() < part]
        rows.append((can, [draw.randint(1, highest) for _ in can]))
    return rows, columns


def most(rows: list[Row]) -> int:
    @cache
    def go(row: int, used: int) -> int:
        if row == len(rows):
            return 0
        here = [
            worth + go(row + 1, used | 1 << column)
            for column, worth in zip(*rows[row], strict=True)
            if not used >> column & 1
        ]
        return max([go(row + 1, used), *here])

    return go(0, 0)


def worth_of(rows: list[Row], column_of: list[int]) -> int:
    return sum(dict(zip(*rows[row], strict=True))[column] for row, column in enumerate(column_of) if column != ALONE)


@pytest.mark.parametrize("block", BLOCKS)
def test_an_assignment_is_worth_most(block: int) -> None:
    for seed in range(block * EACH, (block + 1) * EACH):
        rows, columns = some_rows(random.Random(seed))  # noqa: S311 -- a seed that replays
        found = Assignment(rows, columns)
        taken = [column for column in found.column_of if column != ALONE]

        assert len(taken) == len(set(taken))
        assert worth_of(rows, found.column_of) == most(rows), f"seed {seed}"


@pytest.mark.parametrize("block", BLOCKS)
def test_without_a_pair_it_is_still_worth_most(block: int) -> None:
    for seed in range(block * EACH, (block + 1) * EACH):
        rows, columns = some_rows(random.Random(seed))  # noqa: S311 -- a seed that replays
        found = Assignment(rows, columns)
        for row, column in enumerate(found.column_of):
            if column == ALONE:
                continue
            changes = found.without(row, {row}, {column})
            can, worths = rows[row]
            at = list(can).index(column)
            fewer: list[Row] = [*rows]
            fewer[row] = ([*can[:at], *can[at + 1 :]], [*worths[:at], *worths[at + 1 :]])
            changed = [changes.get(one, had) for one, had in enumerate(found.column_of)]
            taken = [one for one in changed if one != ALONE]

            assert len(taken) == len(set(taken))
            assert changed[row] != column
            assert worth_of(fewer, changed) == most(fewer), f"seed {seed}"


@pytest.mark.parametrize("block", BLOCKS)
def test_pairs_of_one_pool_are_worth_most(block: int) -> None:
    for seed in range(block * EACH, (block + 1) * EACH):
        draw = random.Random(seed)  # noqa: S311 -- a seed that replays
        size, highest, part = draw.randint(0, 10), draw.choice((1, 2, 20, 10**30)), draw.choice((0.2, 0.4, 0.7, 1))
        worths = {
            (one, other): draw.randint(1, highest)
            for one in range(size)
            for other in range(one + 1, size)
            if draw.random() < part
        }

        found = best_pairs(size, worths)

        assert all(mate == ALONE or found[mate] == one for one, mate in enumerate(found))
        total = sum(worths[one, mate] for one, mate in enumerate(found) if one < mate)
        assert total == _most_of_pool((1 << size) - 1, worths), f"seed {seed}"


def _most_of_pool(everybody: int, worths: dict[tuple[int, int], int]) -> int:
    @cache
    def go(left: int) -> int:
        if not left:
            return 0
        last = left.bit_length() - 1
        others = left ^ 1 << last
        pairs = [
            worths[one, last] + go(others ^ 1 << one)
            for one in range(last)
            if others >> one & 1 and (one, last) in worths
        ]
        return max([go(others), *pairs])

    return go(everybody)


def test_blossoms_within_blossoms_are_opened_again() -> None:
    # The shape that needs a blossom in a blossom, later opened with its way through kept.
    worths = {
        (0, 1): 40, (0, 2): 40, (1, 2): 60, (1, 3): 55, (2, 4): 55, (3, 4): 50, (0, 7): 15, (4, 6): 30, (6, 5): 10,
        (7, 9): 10, (3, 8): 30,
    }  # fmt: skip
    ordered = {(min(pair), max(pair)): worth for pair, worth in worths.items()}

    found = best_pairs(10, ordered)

    assert sum(ordered[one, mate] for one, mate in enumerate(found) if one < mate) == _most_of_pool(
        (1 << 10) - 1, ordered
    )
