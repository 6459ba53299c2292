"""Which two may be paired and what each pair is worth, as one whole number in which no aim can outweigh the one before.

The aims, greatest first: people with a partner; among them who waited longest; for each weight of wishes, the heaviest
first, pairs that break one, and wishes broken; as few second partners as will do; points; a lot.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final, NamedTuple

from shared.domain.matching.checks import Known, confidential_check, open_check
from shared.domain.matching.people import NOTHING_CONFIDED, Cohort, Person, Side, Two
from shared.domain.matching.rules import CONFIDENTIAL, Rule
from shared.domain.text import match_key

_LOT_BITS: Final = 40

#: Two places in the sides of a graph. In a pool of equals the smaller comes first.
type Places = tuple[int, int]


type _Points = Callable[[Any, Any], int]
#: What points are given for: the part looked at of each on the left, on the right, and the points for two parts.
type _Scale = tuple[Sequence[Hashable], Sequence[Hashable], _Points]


class Aim(StrEnum):
    """What a plan is judged by."""

    PEOPLE = "people"
    WAITED = "waited"
    PAIRS_BREAKING = "pairs that break a wish"
    WISHES_BROKEN = "wishes broken"
    SECOND_PARTNERS = "second partners"
    POINTS = "points"
    LOT = "lot"


class Mark(NamedTuple):
    """One aim and what a plan reaches of it. ``of`` is the weight of the wishes, or the rounds waited; 0 elsewhere."""

    aim: Aim
    of: int
    reached: int

    @property
    def good(self) -> int:
        """The same, so that more is better."""
        less_is_better = {Aim.PAIRS_BREAKING, Aim.WISHES_BROKEN, Aim.SECOND_PARTNERS}
        return -self.reached if self.aim in less_is_better else self.reached


#: A plan's marks in the order of the aims; plans of one cohort have the same aims.
type Standing = tuple[Mark, ...]


def first_difference(one: Standing, other: Standing) -> tuple[Mark, Mark] | None:
    """The first aim in which two plans differ, as each reaches it."""
    return next(((a, b) for a, b in zip(one, other, strict=True) if a != b), None)


class CannotBeDrawn(ValueError):
    """What was given makes no cohort; the text is for the team and names references at most."""


@dataclass(frozen=True, slots=True)
class _Digits:
    """How far to the left each aim stands in the number."""

    points: int
    second: int
    wishes: dict[int, tuple[int, int]]
    waited: dict[int, int]
    person: int


class Graph:
    """A cohort with every rule applied."""

    def __init__(self, cohort: Cohort, seed: str) -> None:
        self.cohort, self._seed = cohort, seed
        self.equals = cohort.rules.equals
        people = sorted(cohort.people, key=lambda person: person.reference)
        self.left = [p for p in people if self.equals or p.side is Side.MENTOR]
        self.right = self.left if self.equals else [p for p in people if p.side is Side.MENTEE]
        self._at_left = {person.reference: place for place, person in enumerate(self.left)}
        self._at_right = {person.reference: place for place, person in enumerate(self.right)}
        self._refuse_what_makes_no_cohort()
        self.kept = frozenset(map(self.places, cohort.kept))
        self.forbidden = frozenset(map(self.places, cohort.forbidden))
        self.must = {rule: self._masks(rule) for rule in cohort.rules.must}
        self.wishes = [(wish, self._masks(wish.rule)) for wish in cohort.rules.wishes]
        self.allowed = self.allowed_without(frozenset())
        self._digits = self._measure()
        self._right_names = [person.reference.encode() for person in self.right]
        self._scales = self._weigh()
        self._columns: dict[tuple[_Points, Hashable], list[int]] = {}
        # A plan and the next best differ in a few pairs, and every reason compares two.
        self._ranked: dict[Places, tuple[int, int]] = {}

    def _refuse_what_makes_no_cohort(self) -> None:
        cohort = self.cohort
        if len(self.left) + (0 if self.equals else len(self.right)) < len(cohort.people) or (
            self.equals and any(person.side is not Side.PARTNER for person in cohort.people)
        ):
            raise CannotBeDrawn("Partners are paired with one another, and mentors with mentees. Here both are mixed.")
        references = sorted(person.reference for person in cohort.people)
        twice = next((one for one, following in pairwise(references) if one == following), None)
        if twice is not None:
            raise CannotBeDrawn(f"{twice} is there twice.")
        for two in sorted(cohort.kept | cohort.forbidden):
            if two.mentor not in self._at_left or two.mentee not in self._at_right or two.mentor == two.mentee:
                raise CannotBeDrawn(
                    f"{two.mentor} and {two.mentee} are no two people of this cohort who could be a pair."
                )
        both = sorted(set(map(self.places, cohort.kept)) & set(map(self.places, cohort.forbidden)))
        if both:
            two = self.two(both[0])
            raise CannotBeDrawn(f"{two.mentor} with {two.mentee} is kept and forbidden. It can only be one of them.")

    # Who and where

    def places(self, two: Two) -> Places:
        """Where the two of a pair are."""
        if not self.equals:
            return self._at_left[two.mentor], self._at_right[two.mentee]
        one, other = self._at_left[two.mentor], self._at_left[two.mentee]
        return (one, other) if one < other else (other, one)

    def two(self, places: Places) -> Two:
        """The pair at two places."""
        return Two(self.left[places[0]].reference, self.right[places[1]].reference)

    def person(self, reference: str) -> tuple[bool, int]:
        """Whether somebody is on the left, and at which place."""
        if reference in self._at_left:
            return True, self._at_left[reference]
        return False, self._at_right[reference]

    def others(self, reference: str) -> list[Places]:
        """The pairs that somebody could be in if there were no rules."""
        on_left, place = self.person(reference)
        if self.equals:
            return [(min(place, one), max(place, one)) for one in range(len(self.left)) if one != place]
        if on_left:
            return [(place, right) for right in range(len(self.right))]
        return [(left, place) for left in range(len(self.left))]

    def without_kept(self, places: Places) -> "Graph":
        """The same, but that a pair which was kept cannot be."""
        two = self.two(places)
        kept = frozenset(one for one in self.cohort.kept if self.places(one) != places)
        return Graph(replace(self.cohort, kept=kept, forbidden=self.cohort.forbidden | {two}), self._seed)

    # Rules

    def _masks(self, rule: Rule) -> list[int]:
        if rule not in CONFIDENTIAL:
            return open_check(rule, self.cohort.rules).masks(self.left, self.right)
        confided = self.cohort.confided

        def known(side: Sequence[Person]) -> list[Known]:
            return [Known(person, confided.get(person.reference, NOTHING_CONFIDED)) for person in side]

        return confidential_check(rule).masks(known(self.left), known(self.right))

    def allowed_without(self, lifted: frozenset[Rule]) -> list[int]:
        """For each on the left everybody who would be allowed without some rules; kept pairs are not among them."""
        everybody = (1 << len(self.right)) - 1
        allowed = []
        for place in range(len(self.left)):
            barred = 1 << place if self.equals else 0
            for rule, masks in self.must.items():
                if rule not in lifted:
                    barred |= masks[place]
            allowed.append(everybody & ~barred)
        for one, other in (*self.forbidden, *self.kept):
            allowed[one] &= ~(1 << other)
            if self.equals:
                allowed[other] &= ~(1 << one)
        return allowed

    def may(self, places: Places) -> bool:
        """Whether the plan may have the pair."""
        return bool(self.allowed[places[0]] >> places[1] & 1)

    def broken(self, places: Places) -> tuple[Rule, ...]:
        """The rules that must hold and that the pair breaks."""
        return tuple(rule for rule, masks in self.must.items() if masks[places[0]] >> places[1] & 1)

    def wishes_broken(self, places: Places) -> tuple[Rule, ...]:
        """The wishes that the pair breaks, the heaviest first."""
        found = [(wish.weight, wish.rule) for wish, masks in self.wishes if masks[places[0]] >> places[1] & 1]
        return tuple(rule for _, rule in sorted(found, key=lambda one: -one[0]))

    def breaks(self, places: Places) -> tuple[Rule, ...]:
        """All rules that a pair breaks, those that must hold first. A drawn pair breaks wishes only, a kept one any."""
        return (*self.broken(places), *self.wishes_broken(places))

    # Numbers

    def _measure(self) -> _Digits:
        rules = self.cohort.rules
        pairs = sum(person.partners(rules) for person in self.cohort.people) + len(self.kept) + 1
        width = pairs.bit_length() + 1
        points = rules.points
        most = points.topic_in_common * points.topics_counted + points.same_place + points.level_apart.most
        at_points = _LOT_BITS + width
        at_second = at_points + most.bit_length() + width
        place = at_second + width
        wishes = {}
        for weight in sorted({wish.weight for wish, _ in self.wishes}):
            count = sum(wish.weight == weight for wish, _ in self.wishes)
            at_broken, place = place, place + width + count.bit_length()
            wishes[weight] = (place, at_broken)
            place += width
        waited = {}
        for rounds in sorted({person.waited for person in self.cohort.people if person.waited > 0}):
            waited[rounds] = place
            place += width
        return _Digits(at_points, at_second, wishes, waited, place)

    def _weigh(self) -> list[_Scale]:
        """Everything that points are given for, with the part of each person on the left and right that it looks at."""
        points, confided, equals = self.cohort.rules.points, self.cohort.confided, self.equals
        apart = points.level_apart

        def same_place(one: str, other: str) -> int:
            return points.same_place if one and one == other else 0

        def levels_apart(one: int | None, other: int | None) -> int:
            if one is None or other is None:
                return 0
            above = abs(other - one) if equals else other - one
            return max(0, apart.most - apart.each_step_off * abs(above - apart.ideal))

        def in_common(one: frozenset[str], other: frozenset[str]) -> int:
            return points.topic_in_common * min(points.topics_counted, len(one & other))

        def scale(part: Callable[[Person], Hashable], given: _Points) -> _Scale:
            return [part(person) for person in self.left], [part(person) for person in self.right], given

        scales = [
            scale(lambda person: match_key(person.place), same_place),
            scale(lambda person: person.level, levels_apart),
        ]
        if points.topic_in_common:
            scales.append(scale(lambda p: confided.get(p.reference, NOTHING_CONFIDED).topics, in_common))
        return scales

    def worth_of_having_somebody(self, person: Person) -> int:
        """What it is worth that somebody has a partner at all."""
        waited = self._digits.waited.get(person.waited)
        return (1 << self._digits.person) + (0 if waited is None else 1 << waited)

    def worths(self, left: int) -> Iterator[tuple[int, int]]:
        """Everybody whom a person on the left may be paired with, and the worth of the pair beside having somebody."""
        digits = self._digits
        groups = [(self.allowed[left], -1 << digits.second)]
        for weight, (at_pairs, at_broken) in digits.wishes.items():
            any_broken = 0
            for wish, masks in self.wishes:
                if wish.weight == weight:
                    any_broken |= masks[left]
                    groups = list(_split(groups, masks[left], 1 << at_broken))
            groups = list(_split(groups, any_broken, 1 << at_pairs))
        points, lots = self._points_of_row(left), blake2b(self._lot_of(left), digest_size=_LOT_BITS // 8)
        for mask, worth in groups:
            for right in bits(mask):
                lot = lots.copy()
                lot.update(self._right_names[right])
                yield right, worth + (points[right] << digits.points) + int.from_bytes(lot.digest())

    def _points_of_row(self, left: int) -> list[int]:
        columns = []
        for lefts, rights, points in self._scales:
            part = lefts[left]
            known = self._columns.get((points, part))
            if known is None:
                known = self._columns[points, part] = [points(part, other) for other in rights]
            columns.append(known)
        return list(map(sum, zip(*columns, strict=True)))

    def points(self, left: int, right: int) -> int:
        """The points of a pair."""
        return sum(points(lefts[left], rights[right]) for lefts, rights, points in self._scales)

    def _lot_of(self, left: int) -> bytes:
        return f"{self._seed}|{self.left[left].reference}|".encode()

    def lot(self, left: int, right: int) -> int:
        """The pair's lot: anybody who knows the seed and the two references can draw it again."""
        return draw_lot(self._seed, self.two((left, right)))

    def standing(self, pairs: Iterable[Places]) -> Standing:
        """How good a plan is. Kept pairs count like any others."""
        pairs = sorted(pairs)
        having = [self.left[left] for left in {left for left, _ in pairs}]
        having += [self.right[right] for right in {right for _, right in pairs}]
        if self.equals:
            having = [self.left[place] for place in {place for pair in pairs for place in pair}]
        marks = [Mark(Aim.PEOPLE, 0, len(having))]
        marks += [
            Mark(Aim.WAITED, rounds, sum(person.waited == rounds for person in having))
            for rounds in sorted(self._digits.waited, reverse=True)
        ]
        for weight in sorted(self._digits.wishes, reverse=True):
            masks = [masks for wish, masks in self.wishes if wish.weight == weight]
            broken = [sum(mask[left] >> right & 1 for mask in masks) for left, right in pairs]
            marks.append(Mark(Aim.PAIRS_BREAKING, weight, sum(count > 0 for count in broken)))
            marks.append(Mark(Aim.WISHES_BROKEN, weight, sum(broken)))
        marks.append(Mark(Aim.SECOND_PARTNERS, 0, 2 * len(pairs) - len(having)))
        ranked = [self._ranked.get(pair) or self._rank(pair) for pair in pairs]
        marks.append(Mark(Aim.POINTS, 0, sum(points for points, _ in ranked)))
        marks.append(Mark(Aim.LOT, 0, sum(lot for _, lot in ranked)))
        return tuple(marks)

    def _rank(self, pair: Places) -> tuple[int, int]:
        """Points and lot of a pair, worked out once."""
        return self._ranked.setdefault(pair, (self.points(*pair), self.lot(*pair)))


def draw_lot(seed: str, two: Two) -> int:
    """40 bits of BLAKE2b over seed, mentor and mentee, joined by '|'; the higher number wins."""
    drawn = f"{seed}|{two.mentor}|{two.mentee}"
    return int.from_bytes(blake2b(drawn.encode(), digest_size=_LOT_BITS // 8).digest())


def _split(groups: Iterable[tuple[int, int]], mask: int, cost: int) -> Iterator[tuple[int, int]]:
    for people, worth in groups:
        if people & mask:
            yield people & mask, worth - cost
        if people & ~mask:
            yield people & ~mask, worth


def bits(mask: int) -> Iterator[int]:
    """The places of the ones in a number."""
    text = f"{mask:b}"
    last = len(text) - 1
    place = text.rfind("1")
    while place >= 0:
        yield last - place
        place = text.rfind("1", 0, place)
