"""Invented cohorts: people of health and care organisations, with whatever makes pairing them hard."""

import hashlib
import random
from dataclasses import replace
from typing import Final

from shared.domain.matching.people import Cohort, Confided, Person, Side, Two, Way
from shared.domain.matching.rules import (
    ALWAYS,
    Employer,
    LevelApart,
    Matching,
    Partners,
    Points,
    Rule,
    Wish,
    usual,
)

TOPICS: Final = ("race", "religion", "disability", "lgbtq_plus", "gender")
_ORGANISATIONS: Final = ("uhl", "lpt", "icb", "county", "city", "rutland", "ngh", "kgh", "nhft", "emas", "loros", "val")
_SIZES: Final = (30, 20, 8, 8, 8, 2, 8, 6, 6, 3, 2, 3)
_PLACES: Final = ("Leicester", "Loughborough", "Oakham", "Northampton", "Kettering", "Hinckley")

#: As the information pack of 2026 has it: seniority is a wish, and never a must.
COHORT_7: Final = Matching(
    must=(*ALWAYS, Rule.NOT_ONE_MANAGER, Rule.TOPIC_IN_COMMON, Rule.NOT_PARTNERS_BEFORE),
    wishes=(
        Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3),
        Wish(rule=Rule.NOT_SAME_TEAM, weight=3),
        Wish(rule=Rule.MENTEE_MORE_SENIOR, weight=2),
        Wish(rule=Rule.WAYS_OF_MEETING_FIT, weight=2),
        Wish(rule=Rule.SAME_PLACE_IN_PERSON, weight=2),
        Wish(rule=Rule.NOT_SAME_LEVEL, weight=1),
    ),
    may_be_lifted=(Rule.TOPIC_IN_COMMON, Rule.NOT_PARTNERS_BEFORE),
)
#: As the texts of 2022 and of the general scheme have it: the mentee is the more senior of the two.
COHORT_3: Final = Matching(
    must=(*ALWAYS, Rule.NOT_ONE_MANAGER, Rule.TOPIC_IN_COMMON, Rule.MENTEE_MORE_SENIOR),
    wishes=(Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3), Wish(rule=Rule.NOT_SAME_TEAM, weight=3)),
    may_be_lifted=(Rule.TOPIC_IN_COMMON,),
)
#: The trust's reciprocal programme: both learn, nobody is the senior.
EQUALS: Final = usual("reciprocal")
#: Whole boards: pairs within one organisation.
BOARD: Final = usual("reciprocal", board=True)
#: Many rules at once, most of which may be lifted: small cohorts in which something always goes wrong.
NARROW: Final = Matching(
    must=(
        *ALWAYS,
        Rule.TOPIC_IN_COMMON,
        Rule.NOT_PARTNERS_BEFORE,
        Rule.DIFFERENT_ORGANISATION,
        Rule.MENTEE_MORE_SENIOR,
        Rule.WAYS_OF_MEETING_FIT,
    ),
    wishes=(
        Wish(rule=Rule.SAME_PLACE_IN_PERSON, weight=3),
        Wish(rule=Rule.NOT_SAME_TEAM, weight=2),
        Wish(rule=Rule.NOT_SAME_LEVEL, weight=2),
    ),
    may_be_lifted=(
        Rule.TOPIC_IN_COMMON,
        Rule.DIFFERENT_ORGANISATION,
        Rule.MENTEE_MORE_SENIOR,
        Rule.WAYS_OF_MEETING_FIT,
    ),
)
#: Few points, so that plans are often equally good and the lot has to decide.
LOTS: Final = NARROW.model_copy(
    update={"points": Points(topic_in_common=0, same_place=0, level_apart=LevelApart(most=0))}
)


def a_person(reference: str, side: Side = Side.MENTOR, **given: object) -> Person:
    """Somebody of whom nothing is known but what is given."""
    plain = Person(
        reference=reference,
        side=side,
        called=reference.title(),
        address=f"{reference}@example.nhs.uk",
        employer=Employer(key=f"employer of {reference}", known=True),
    )
    return replace(plain, **given)  # type: ignore[arg-type]  # the names are those of fields


def a_cohort(
    mentors: int, mentees: int, *, seed: int, rules: Matching = COHORT_7, crowded: bool = False, decided: float = 0
) -> Cohort:
    """So many mentors and mentees (or partners, where both are).

    ``crowded``: few organisations, topics and levels, so that rules bite. ``decided``: the part of the pairs that a
    person has kept or forbidden.
    """
    draw = random.Random(seed)  # noqa: S311 -- a seed that replays
    organisations, sizes = (_ORGANISATIONS[:3], (2, 1, 1)) if crowded else (_ORGANISATIONS, _SIZES)
    people: list[Person] = []
    confided: dict[str, Confided] = {}
    for side, count in ((Side.MENTOR, mentors), (Side.MENTEE, mentees)):
        for number in range(count):
            reference = hashlib.sha256(f"{seed}{side}{number}".encode()).hexdigest()[:8]
            organisation = draw.choices(organisations, sizes)[0]
            teams = max(2, (mentors + mentees) // 20)
            chosen = draw.choices((1, 2, 3), (5, 4, 2))[0]
            people.append(
                Person(
                    reference=reference,
                    side=Side.PARTNER if rules.equals else side,
                    called=f"{side} {number}",
                    address=f"{reference}@example.nhs.uk",
                    employer=Employer(key=organisation, known=draw.random() > (0.1 if crowded else 0.02)),
                    team=f"{organisation} {draw.randrange(teams)}",
                    place=draw.choices(_PLACES, (8, 3, 1, 4, 3, 2))[0] if draw.random() < 0.9 else "",
                    way=draw.choices(tuple(Way), (2, 1, 7) if not crowded else (2, 2, 3))[0],
                    level=_level(draw, side) if draw.random() < 0.95 else None,
                    could_take_more=draw.random() < (0.3 if crowded else 0.1),
                    waited=draw.choices((0, 1, 2), (12, 2, 1))[0],
                )
            )
            confided[reference] = Confided(
                topics=frozenset(
                    draw.choices(TOPICS, (10, 3, 6, 4, 5) if side is Side.MENTOR else (6, 6, 5, 5, 3), k=chosen)
                ),
                any_topic=side is Side.MENTEE and draw.random() < 0.1,
                cover=draw.random() < 0.05,
            )
    _who_knows_whom(draw, people, confided)
    kept, forbidden = _decided(draw, people, decided, equals=rules.equals)
    return Cohort(
        programme="invented", rules=rules, people=tuple(people), confided=confided, kept=kept, forbidden=forbidden
    )


def _level(draw: random.Random, side: Side) -> int:
    return min(9, max(1, round(draw.gauss(4 if side is Side.MENTOR else 7, 1.5))))


def _who_knows_whom(draw: random.Random, people: list[Person], confided: dict[str, Confided]) -> None:
    for place, person in enumerate(people):
        other, third = draw.choice(people), draw.choice(people)
        managers: frozenset[str] = frozenset()
        if draw.random() < 0.2:
            managers = frozenset({other.address})
        elif draw.random() < 0.2:
            managers = frozenset({f"boss-of-{person.team}@example.nhs.uk"})
        if draw.random() < 0.05:
            told = confided[person.reference]
            confided[person.reference] = replace(told, rather_not_with=frozenset({third.address}))
        people[place] = replace(
            person,
            managers=managers,
            partners_before=frozenset({third.address} if draw.random() < 0.1 else ()),
            # Somebody in both roles: two applications with one address.
            address=other.address if draw.random() < 0.1 else person.address,
        )


def _decided(
    draw: random.Random, people: list[Person], part: float, *, equals: bool
) -> tuple[frozenset[Two], frozenset[Two]]:
    if equals:
        pairs = [Two(*sorted((a.reference, b.reference))) for at, a in enumerate(people) for b in people[:at]]
    else:
        pairs = [
            Two(a.reference, b.reference)
            for a in people
            for b in people
            if (a.side, b.side) == (Side.MENTOR, Side.MENTEE)
        ]
    chosen = [two for two in pairs if draw.random() < part]
    kept = frozenset(two for two in chosen if draw.random() < 0.3)
    return kept, frozenset(chosen) - kept


def shuffled(cohort: Cohort, seed: int) -> Cohort:
    """The same cohort, given in another order."""
    draw = random.Random(seed)  # noqa: S311 -- a seed that replays
    people = draw.sample(cohort.people, len(cohort.people))
    told = draw.sample(sorted(cohort.confided), len(cohort.confided))
    return replace(cohort, people=tuple(people), confided={one: cohort.confided[one] for one in told})


#: Partners without anybody who could take two.
ONE_EACH: Final = Partners(more_if_they_agree=1)
