"""The plan: drawn from a cohort, exact, the same whatever the order of the people, and for anybody to draw again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from shared.domain.matching.graph import CannotBeDrawn, Graph, Standing
from shared.domain.matching.people import NOTHING_CONFIDED, Cohort, Confided, Person, Side, Two
from shared.domain.matching.solving import Solution, solve

#: Part of what is hashed: a change of the aims or the lot changes the hash, so that no old plan is claimed to be drawn
#: again by new code.
_VERSION: Final = "1"
MOST_PAIRS: Final = 1_440_000
MOST_EQUALS: Final = 300


class TooMany(CannotBeDrawn):
    """The cohort is larger than the app can pair in its memory; the text says so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the team may see of a drawing. ``without``: references of those who have no partner.

    ``inputs`` is the hash of everything open that went in, and the seed of the lots. ``standing`` counts open rules.
    """

    pairs: tuple[Two, ...]
    without: tuple[str, ...]
    standing: Standing
    inputs: str


class Drawing:
    """A plan with what explains it. All but ``plan`` and ``in_the_open`` may depend on what was told in confidence."""

    def __init__(self, cohort: Cohort) -> None:
        _refuse_too_many(cohort)
        self.cohort = cohort
        self.inputs = open_inputs(cohort)
        self.graph = Graph(cohort, self.inputs)
        self.solution: Solution = solve(self.graph)
        pairs = self.solution.pairs
        self.standing = self.graph.standing(pairs)
        having = {reference for places in pairs for reference in self.graph.two(places)}
        self.plan = Plan(
            pairs=tuple(sorted(map(self.graph.two, pairs))),
            without=tuple(sorted(person.reference for person in cohort.people if person.reference not in having)),
            standing=self.in_the_open.standing(pairs),
            inputs=self.inputs,
        )

    @cached_property
    def in_the_open(self) -> Graph:
        """The graph of somebody to whom nothing was told in confidence, with everybody at the same places."""
        return Graph(self.cohort.in_the_open, self.inputs)

    @cached_property
    def all_inputs(self) -> str:
        """The hash of everything that went in; only for those who match, since it changes with what was confided."""
        cohort = self.cohort
        confided = [_told(ref, told) for ref, told in sorted(cohort.confided.items()) if told != NOTHING_CONFIDED]
        return _hash([self.inputs, cohort.rules.model_dump(mode="json", exclude=_NOT_LOOKED_AT), confided])


def draw(cohort: Cohort) -> Drawing:
    """The best plan of the cohort.

    Raises:
        CannotBeDrawn: the people, kept or forbidden pairs do not fit together.
        TooMany: there are more people than can be paired.
    """
    return Drawing(cohort)


#: Settings that say how people are told, not who is paired.
_NOT_LOOKED_AT: Final = {"days_to_say_no", "told_of_partner", "may_be_lifted"}


def open_inputs(cohort: Cohort) -> str:
    """SHA-256 of everything open that a plan depends on, in one way of writing it down."""
    rules = cohort.rules.open_rules.model_dump(mode="json", exclude=_NOT_LOOKED_AT)
    people = [_shown(person) for person in sorted(cohort.people, key=lambda person: person.reference)]
    return _hash([_VERSION, cohort.programme, rules, people, _pairs(cohort.kept), _pairs(cohort.forbidden)])


def _shown(person: Person) -> list[Any]:
    return [
        person.reference,
        person.side,
        person.address,
        sorted(person.managers),
        sorted(person.partners_before),
        [person.employer.key, person.employer.known],
        person.team,
        person.place,
        person.way,
        person.level,
        person.could_take_more,
        person.waited,
    ]


def _told(reference: str, told: Confided) -> list[Any]:
    return [reference, sorted(told.topics), told.any_topic, told.cover, sorted(told.rather_not_with)]


def _pairs(pairs: Iterable[Two]) -> list[list[str]]:
    return sorted(list(two) for two in pairs)


def _hash(value: list[Any]) -> str:
    written = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return sha256(written.encode()).hexdigest()


def _refuse_too_many(cohort: Cohort) -> None:
    people = len(cohort.people)
    if cohort.rules.equals:
        if people > MOST_EQUALS:
            raise TooMany(
                f"There are {people:,} partners. Pairs of equals can be drawn for up to {MOST_EQUALS}. "
                "Draw them in groups, for example by organisation."
            )
        return
    mentors = sum(person.side is Side.MENTOR for person in cohort.people)
    mentees = people - mentors
    if mentors * mentees > MOST_PAIRS:
        raise TooMany(
            f"There are {mentors:,} mentors and {mentees:,} mentees, which makes {mentors * mentees:,} possible pairs. "
            f"Pairs can be drawn from up to {MOST_PAIRS:,}, for example 1,200 and 1,200. "
            "Draw them in groups, for example by area."
        )
