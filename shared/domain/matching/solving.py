"""From a graph of people to the best plan and back: people who can have more than one partner are several places.

Only the first place of somebody earns what it is worth that they have a partner at all. Two places that are not first
are never joined: such a pair would give nobody a partner.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from shared.domain.matching.assignment import ALONE, Assignment, Row
from shared.domain.matching.graph import Graph, Places
from shared.domain.matching.people import Person
from shared.domain.matching.pool import best_pairs
from shared.domain.matching.rules import Matching


class Solution(Protocol):
    """The best plan of a graph."""

    pairs: frozenset[Places]

    def without(self, pair: Places) -> frozenset[Places]:
        """The best plan that does not have a pair which this one has and which is not kept."""
        ...


def solve(graph: Graph, *, with_pair: Places | None = None) -> Solution:
    """The best plan; ``with_pair``: the best of those that have this pair, which the rules may not allow."""
    kept = graph.kept if with_pair is None else graph.kept | {with_pair}
    return _Pool(graph, kept) if graph.equals else _TwoSides(graph, kept)


def _places_left(people: int, most: list[int], taken: Iterable[int]) -> list[tuple[bool, int]]:
    """For each person whether the first place is free, and how many others are."""
    used = [0] * people
    for person in taken:
        used[person] += 1
    return [(used[p] == 0, max(0, most[p] - max(1, used[p]))) for p in range(people)]


class _TwoSides:
    def __init__(self, graph: Graph, kept: frozenset[Places]) -> None:
        rules = graph.cohort.rules
        self._kept = kept
        rights = _places_left(len(graph.right), [p.partners(rules) for p in graph.right], (right for _, right in kept))
        self._right_at: list[int] = []
        first: dict[int, int] = {}
        others: dict[int, list[int]] = {}
        for person, (free, more) in enumerate(rights):
            if free:
                first[person] = len(self._right_at)
                self._right_at.append(person)
            others[person] = list(range(len(self._right_at), len(self._right_at) + more))
            self._right_at += [person] * more
        having = [graph.worth_of_having_somebody(person) for person in graph.right]
        lefts = _places_left(len(graph.left), [p.partners(rules) for p in graph.left], (left for left, _ in kept))
        self._left_at: list[int] = []
        rows: list[Row] = []
        for person, (free, more) in enumerate(lefts):
            if not free and not more:
                continue
            worths = [(r, worth) for r, worth in graph.worths(person) if (person, r) not in kept]
            to_first = [(first[right], worth + having[right]) for right, worth in worths if right in first]
            if free:
                own = graph.worth_of_having_somebody(graph.left[person])
                columns = [column for column, _ in to_first]
                values = [worth + own for _, worth in to_first]
                for right, worth in worths:
                    columns += others[right]
                    values += [worth + own] * len(others[right])
                rows.append((columns, values))
                self._left_at.append(person)
            for _ in range(more):
                rows.append(([column for column, _ in to_first], [worth for _, worth in to_first]))
                self._left_at.append(person)
        self._assignment = Assignment(rows, len(self._right_at))
        self.pairs = self._read(self._assignment.column_of)

    def _read(self, column_of: list[int]) -> frozenset[Places]:
        drawn = {
            (self._left_at[row], self._right_at[column]) for row, column in enumerate(column_of) if column != ALONE
        }
        return self._kept | drawn

    def without(self, pair: Places) -> frozenset[Places]:
        rows = {row for row, person in enumerate(self._left_at) if person == pair[0]}
        columns = {column for column, person in enumerate(self._right_at) if person == pair[1]}
        start = next(row for row in rows if self._assignment.column_of[row] in columns)
        changes = self._assignment.without(start, rows, columns)
        return self._read([changes.get(row, had) for row, had in enumerate(self._assignment.column_of)])


class _Pool:
    def __init__(self, graph: Graph, kept: frozenset[Places], barred: Places | None = None) -> None:
        self._graph, self._kept = graph, kept
        worths = (
            (one, other, worth)
            for one in range(len(graph.left))
            for other, worth in graph.worths(one)
            if one < other and (one, other) not in kept and (one, other) != barred
        )
        having = [graph.worth_of_having_somebody(person) for person in graph.left]
        self.pairs = kept | pairs_of_equals(graph, kept, having, worths)

    def without(self, pair: Places) -> frozenset[Places]:
        return _Pool(self._graph, self._kept, barred=pair).pairs


def pairs_of_equals(
    graph: Graph,
    kept: frozenset[Places],
    having: Sequence[int],
    worths: Iterable[tuple[int, int, int]],
    *,
    one_more: int | None = None,
) -> frozenset[Places]:
    """The pairs worth most in one pool, beside those that are kept.

    ``having`` is what it is worth that somebody has a partner, ``worths`` are two people and what their pair is worth
    beside that. ``one_more``: what it costs to ask somebody to take one partner more than they agreed to.
    """
    rules = graph.cohort.rules
    taken = [person for pair in kept for person in pair]
    at: list[int] = []
    cost: list[int] = []
    first: dict[int, int] = {}
    others: dict[int, range] = {}
    for person, (free, more) in enumerate(
        _places_left(len(graph.left), [p.partners(rules) for p in graph.left], taken)
    ):
        if free:
            first[person] = len(at)
            at.append(person)
        asked = one_more is not None and could_be_asked(graph.left[person], rules)
        others[person] = range(len(at), len(at) + more + asked)
        at += [person] * (more + asked)
        cost += [0] * (len(at) - len(cost))
        if asked:
            cost[-1] = one_more or 0
    edges: dict[tuple[int, int], int] = {}
    for one, other, worth in worths:
        if one in first and other in first:
            edges[first[one], first[other]] = worth + having[one] + having[other]
        for a, b in ((one, other), (other, one)):
            if a in first:
                edges.update(
                    {
                        (min(first[a], place), max(first[a], place)): worth + having[a] - cost[place]
                        for place in others[b]
                    }
                )
    mates = best_pairs(len(at), {pair: worth for pair, worth in edges.items() if worth > 0})
    return frozenset((at[one], at[other]) for one, other in enumerate(mates) if other != ALONE and at[one] < at[other])


def could_be_asked(person: Person, rules: Matching) -> bool:
    """Whether somebody could be asked to take one partner more, which they have not agreed to."""
    return person.partners(rules) < rules.partners.more_if_they_agree
