"""How somebody without a partner could get one by moving others, and who else wants the same places.

Everybody who has a partner keeps one, though perhaps another. Wishes and points do not count here: it is about having
somebody at all.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.domain.matching.graph import Graph, Places, bits
from shared.domain.matching.people import Person, Two
from shared.domain.matching.rules import Rule
from shared.domain.matching.solving import could_be_asked, pairs_of_equals

_LEFT: Final = 0
_RIGHT: Final = 1
# A rule lifted for one pair weighs more than somebody asked to take one more, but two of the others never less.
_LIFT: Final = 1001
_ASK: Final = 1000


@dataclass(frozen=True, slots=True)
class Lift:
    """A pair that would be allowed if these rules were lifted for it."""

    two: Two
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest change with which somebody has a partner and nobody loses one.

    ``asked``: people to be asked to take one partner more than they agreed to. ``pairs`` is a plan that then works.
    Without anything to lift or ask there is no such person: the plan already has as many people as it can.
    """

    lifts: tuple[Lift, ...]
    asked: tuple[str, ...]
    pairs: tuple[Two, ...]

    @property
    def size(self) -> int:
        """How many rules are lifted, counted for each pair, and people asked."""
        return sum(len(lift.rules) for lift in self.lifts) + len(self.asked)


@dataclass(frozen=True, slots=True)
class Rivals:
    """People of whom one at least goes without in every plan, and whom they could have: fewer places than they are.

    No smaller group with this person is short of places. In a pool of equals they may also have one another.
    """

    people: tuple[str, ...]
    partners: tuple[str, ...]
    places: int


class Ways:
    """What can be moved in a plan of mentors and mentees, or of equals."""

    def __init__(self, graph: Graph, pairs: frozenset[Places]) -> None:
        self._graph, self._pairs = graph, pairs
        self._by_lifts = _by_lifts(graph)
        self._sides = None if graph.equals else _Sides(graph, pairs, self._by_lifts)

    def change(self, reference: str) -> Change | None:
        """The smallest change that gives the person somebody; None: none that the programme allows does."""
        on_left, person = self._graph.person(reference)
        if self._sides is None:
            pairs = self._equals(person)
        else:
            found = self._sides.change(_LEFT if on_left else _RIGHT, person)
            pairs = None if found is None else self._sides.changed(found)
        return None if pairs is None else self._describe(pairs)

    def rivals(self, reference: str) -> Rivals:
        """Who competes with the person for the partners that the rules allow."""
        graph = self._graph
        on_left, person = graph.person(reference)
        if self._sides is not None:
            own, other = (graph.left, graph.right) if on_left else (graph.right, graph.left)
            people, partners, places = self._sides.rivals(_LEFT if on_left else _RIGHT, person)
            return Rivals(_names(own, people), _names(other, partners), places)
        # Who could go without in this person's stead: the one smallest set that cannot all have somebody.
        having = {place for pair in self._pairs for place in pair}
        people = {person} | {one for one in having if self._equals(person, instead=one) is not None}
        partners = {other for one in people for other in bits(graph.allowed[one])} - people
        kept = [place for pair in graph.kept for place in pair]
        most = [one.partners(graph.cohort.rules) for one in graph.left]
        places = sum(max(0, most[one] - kept.count(one)) for one in partners)
        return Rivals(_names(graph.left, people), _names(graph.left, partners), places)

    def people_if(self, *, lifted: frozenset[Rule] = frozenset(), asked: bool | None = None) -> int:
        """How many people more would have a partner if rules were lifted for everybody, or a side took one more each.

        ``asked``: True the left (or everybody, among equals), False the right.
        """
        graph = self._graph
        if self._sides is not None:
            ways = _Sides(graph, self._pairs, [graph.allowed_without(lifted)])
            if asked is not None:
                ways.ask(_LEFT if asked else _RIGHT)
            return ways.fill()
        allowed = graph.allowed_without(lifted)
        worths = ((one, other, -1) for one, mask in enumerate(allowed) for other in bits(mask) if one < other)
        size = len(graph.left)
        more = pairs_of_equals(graph, graph.kept, [size + 2] * size, worths, one_more=None if asked is None else 0)
        return len(_people(more | graph.kept)) - len(_people(self._pairs))

    def _equals(self, person: int, *, instead: int | None = None) -> frozenset[Places] | None:
        """A plan of equals in which the person has somebody and all who have now, but for the one ``instead``."""
        graph = self._graph
        wanted = {place for pair in self._pairs for place in pair} | {person}
        allowed = self._by_lifts
        if instead is not None:
            wanted, allowed = wanted - {instead}, allowed[:1]
        somebody = 2 * _LIFT * len(allowed) * (len(wanted) + 1)
        having = [somebody if one in wanted else 0 for one in range(len(graph.left))]
        worths = (
            (one, other, -_LIFT * count)
            for count, masks in enumerate(allowed)
            for one, mask in enumerate(masks)
            for other in bits(mask)
            if one < other
        )
        pairs = graph.kept | pairs_of_equals(
            graph, graph.kept, having, worths, one_more=_ASK if instead is None else None
        )
        return pairs if wanted <= _people(pairs) else None

    def _describe(self, pairs: frozenset[Places]) -> Change:
        graph = self._graph
        new = sorted(pairs - self._pairs)
        has, had = _counted(graph, pairs), _counted(graph, self._pairs)
        asked = [
            person.reference
            for person in graph.cohort.people
            if has[person.reference] > max(had[person.reference], person.partners(graph.cohort.rules))
        ]
        return Change(
            tuple(Lift(graph.two(pair), graph.broken(pair)) for pair in new if graph.broken(pair)),
            tuple(sorted(asked)),
            tuple(sorted(map(graph.two, pairs))),
        )


def _people(pairs: Iterable[Places]) -> set[int]:
    return {place for pair in pairs for place in pair}


def _counted(graph: Graph, pairs: frozenset[Places]) -> Counter[str]:
    return Counter(reference for pair in pairs for reference in graph.two(pair))


def _names(people: Sequence[Person], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(people[place].reference for place in sorted(places))


def _by_lifts(graph: Graph) -> list[list[int]]:
    """For each number of rules that would have to be lifted for a pair, the pairs: nought are those allowed."""
    liftable = [rule for rule in graph.cohort.rules.may_be_lifted if rule in graph.must]
    counts = [graph.allowed_without(frozenset(liftable))]
    for rule in liftable:
        masks = graph.must[rule]
        counts.append([0] * len(masks))
        for count in range(len(counts) - 1, -1, -1):
            fewer = counts[count - 1] if count else [0] * len(masks)
            counts[count] = [
                (same & ~mask) | (less & mask) for same, less, mask in zip(counts[count], fewer, masks, strict=True)
            ]
    return counts


@dataclass(frozen=True, slots=True)
class _Way:
    """How one gets somebody: each step is a person, whom they take, and who gives that one up (None: nobody)."""

    side: int
    steps: tuple[tuple[int, int, int | None], ...]


class _Sides:
    """Mentors and mentees with everybody's partners, and whom each could have, seen from both sides."""

    def __init__(self, graph: Graph, pairs: frozenset[Places], by_lifts: list[list[int]]) -> None:
        rules = graph.cohort.rules
        self._graph = graph
        self._people = (graph.left, graph.right)
        self.most = tuple([person.partners(rules) for person in side] for side in self._people)
        self.has: tuple[list[set[int]], ...] = tuple([set() for _ in side] for side in self._people)
        self.fixed: tuple[list[set[int]], ...] = tuple([set() for _ in side] for side in self._people)
        for partners, those in ((self.has, pairs), (self.fixed, graph.kept)):
            for left, right in those:
                partners[_LEFT][left].add(right)
                partners[_RIGHT][right].add(left)
        self.masks = (by_lifts, [_turned(masks, len(graph.right)) for masks in by_lifts])

    def ask(self, side: int) -> None:
        """Let everybody on a side who could be asked take one more."""
        self.most[side][:] = [most + self.can_ask(side, person) for person, most in enumerate(self.most[side])]

    def fill(self) -> int:
        """Find somebody for everybody who can have somebody without anything lifted; how many more have one then."""
        before = sum(bool(has) for side in self.has for has in side)
        for side, people in enumerate(self.has):
            for person, has in enumerate(people):
                if not has:
                    way = self.change(side, person, anything=False)
                    if way is not None:
                        self._go(way)
        return sum(bool(has) for side in self.has for has in side) - before

    def changed(self, way: _Way) -> frozenset[Places]:
        """The pairs after going a way, which is not gone here."""
        has = [(one, other) for one, others in enumerate(self.has[way.side]) for other in others]
        new = {(one, other) for one, other, _ in way.steps}
        gone = {(giver, other) for _, other, giver in way.steps if giver is not None}
        pairs = (set(has) - gone) | new
        return frozenset(pair if way.side == _LEFT else (pair[1], pair[0]) for pair in pairs)

    def _go(self, way: _Way) -> None:
        own, others = self.has[way.side], self.has[1 - way.side]
        for one, other, giver in way.steps:
            if giver is not None:
                own[giver].discard(other)
                others[other].discard(giver)
            own[one].add(other)
            others[other].add(one)

    def change(self, side: int, person: int, *, anything: bool = True) -> _Way | None:
        """The way with the fewest rules lifted and people asked; ``anything`` False: the way with none at all."""
        return _Looking(self, side, person, anything=anything).result()

    def can_ask(self, side: int, person: int) -> bool:
        """Whether somebody could be asked to take one more."""
        return could_be_asked(self._people[side][person], self._graph.cohort.rules)

    def rivals(self, side: int, person: int) -> tuple[set[int], set[int], int]:
        """Those who would have to give up somebody for the person, all whom these could have, and how many places."""
        people, partners, waiting, fresh_partners = {person}, set[int](), [person], -1
        while waiting:
            one = waiting.pop()
            could_have = self.masks[side][0][one] & fresh_partners
            for partner in self.has[side][one]:
                could_have &= ~(1 << partner)
            fresh_partners &= ~could_have
            for other in bits(could_have):
                partners.add(other)
                fresh = self.has[1 - side][other] - self.fixed[1 - side][other] - people
                people |= fresh
                waiting += fresh
        free = [self.most[1 - side][one] - len(self.fixed[1 - side][one]) for one in partners]
        return people, partners, sum(max(0, places) for places in free)


class _Looking:
    """A search from somebody who has nobody. The cheapest to come to are looked at first, so the first end is best."""

    def __init__(self, sides: _Sides, side: int, person: int, *, anything: bool) -> None:
        self._sides, self._side, self._person, self._anything = sides, side, person, anything
        self._own, self._others = sides.has[side], sides.has[1 - side]
        self._masks = sides.masks[side] if anything else sides.masks[side][:1]
        self._taken: dict[int, int] = {}
        self._fresh = -1  # a bit for everybody not taken yet
        self._given_up: dict[int, int] = {}
        self._could_ask: int | None = None
        self._todo: dict[int, deque[tuple[int, int]]] = defaultdict(deque)

    def result(self) -> _Way | None:
        """The cheapest way, or None."""
        self._come_to(self._person, 0)
        cost = 0
        while self._todo:
            if self._could_ask is not None:
                break
            while cost in self._todo:
                for one, lifts in self._todo.pop(cost):
                    way = self._look(one, lifts, cost)
                    if way is not None:
                        return way
            cost += 1
        return None if self._could_ask is None else self._way(self._could_ask, None)

    def _come_to(self, one: int, cost: int) -> None:
        for lifts in range(len(self._masks)):
            self._todo[cost + lifts].append((one, lifts))

    def _look(self, one: int, lifts: int, cost: int) -> _Way | None:
        """Everybody whom one could take at that cost, and who would have to give them up."""
        sides, there = self._sides, 1 - self._side
        could_take = self._masks[lifts][one] & self._fresh
        for partner in self._own[one]:
            could_take &= ~(1 << partner)
        self._fresh &= ~could_take
        for other in bits(could_take):
            self._taken[other] = one
            if len(self._others[other]) < sides.most[there][other]:
                return self._way(other, None)
            for giver in sorted(self._others[other] - sides.fixed[there][other]):
                if len(self._own[giver]) > 1:
                    return self._way(other, giver)
                if giver not in self._given_up:
                    self._given_up[giver] = other
                    self._come_to(giver, cost)
            if self._could_ask is None and self._anything and sides.can_ask(there, other):
                self._could_ask = other
        return None

    def _way(self, last: int, giver: int | None) -> _Way:
        """The steps back to the start; so nobody takes a partner before that one is free."""
        steps = []
        while True:
            one = self._taken[last]
            steps.append((one, last, giver))
            if one == self._person:
                return _Way(self._side, tuple(steps))
            last, giver = self._given_up[one], one


def _turned(masks: list[int], width: int) -> list[int]:
    turned = [0] * width
    for place, mask in enumerate(masks):
        for other in bits(mask):
            turned[other] |= 1 << place
    return turned
