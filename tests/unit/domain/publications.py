"""Invented cohorts that are published again and again, and a reader with a pencil; for the tests and the benchmark."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from shared.domain import equality, evaluation
from shared.domain.application import Application, Status
from shared.domain.cohort_figures import Cohort, breakdowns
from shared.domain.disclosure import Breakdown, Pack, Table, Told, attack, protect
from shared.domain.equality import QUESTIONS
from shared.domain.evaluation import Evaluated
from shared.domain.pairs import Pair
from tests.own_questions import evaluation as asks
from tests.unit.domain.test_cohort_figures import C7, SUMMER, cohort, met, pair, person

_DAY = date(2026, 5, 1)
_ASKS = C7.model_copy(update={"evaluation": asks()})
_SECTORS = ("nhs", "other_healthcare", "social_care", "local_authority", "vcse")
_AREAS = ("llr", "northamptonshire", "elsewhere")
_BANDS = ("2", "3", "4", "5", "6", "7", "8a", "8b", "9", "")


class Tally(NamedTuple):
    """What was published of some cohorts, and what readers made of it."""

    packs: int = 0
    tables: int = 0
    left_out: int = 0
    hidden: int = 0
    exact: int = 0
    nearly: int = 0

    def __add__(self, other: object) -> "Tally":
        assert isinstance(other, Tally)
        return Tally(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def a_whole_cohort(size: int, *, seed: int = 1) -> Cohort:
    """So many people half a year on: most are approved, booked and paired, and have answered some check-ins."""
    random = Random(seed)  # noqa: S311 -- a seed that replays
    people = _people(random, size)
    mentors, mentees = ([p for p in people if p.role is r and p.status is Status.APPROVED] for r in C7.roles)
    pairs = [pair(a.reference, b.reference) for a, b in zip(mentors, mentees, strict=False)]
    checkins = [c for one in pairs for c in met(one, *range(1, random.randint(1, 5)))]
    return cohort(*people, now=SUMMER, pairs=pairs, checkins=checkins)


def published(seed: int) -> Tally:
    """A cohort with three packs in time: everything that packs and workbook tell, attacked in every way we know."""
    random = Random(seed)  # noqa: S311 -- a seed that replays
    people = _people(random, random.randint(12, 160))
    subjects: dict[str, list[Pack]] = {}
    total = Tally()
    for number in range(3):
        some = [p for p in people if random.random() < 0.5 + 0.25 * number] or people
        for subject, counted in _told(random, some):
            earlier = subjects.setdefault(subject, [])
            earlier.append(protect(counted, day=_DAY + timedelta(days=30 * number), earlier=earlier))
    for packs in subjects.values():
        tables = list({(t.path, t.edition): t for pack in packs for t in pack.tables}.values())
        by_pencil = [found for one in tables for found in pencil(one)]
        found = attack(packs)
        total += Tally(
            packs=len(packs),
            tables=len(tables),
            left_out=sum(t.told is not Told.ALL for t in tables),
            hidden=sum(number is None for t in tables for number in (t.total, *(n for _, n in t.cells))),
            exact=sum(len(w.possible) < 2 for w in found) + sum(low == high for low, high in by_pencil),
            nearly=len(found),
        )
    return total


def pencil(one: Table) -> Iterator[tuple[int, int]]:
    """The bounds of each hidden cell that follow from its own table; shares nothing with the code but the rule."""
    bounds = [_bounds(seen) for _, seen in one.cells]
    low, high = _bounds(one.total)
    least, most = sum(b[0] for b in bounds), sum(b[1] for b in bounds)
    for (_, seen), (few, many) in zip(one.cells, bounds, strict=True):
        if seen is None:
            yield max(few, low - most + many), min(many, high - least + few)


def _bounds(seen: int | None) -> tuple[int, int]:
    return (1, 7) if seen is None else (0, 0) if seen == 0 else (max(8, seen - 2), seen + 2)


def _people(random: Random, size: int) -> list[Application]:
    names = [f"Trust {n}" for n in range(random.randint(2, 30))]
    by_weight = [[random.random() ** 3 for _ in some] for some in (_SECTORS, _AREAS, _BANDS, names)]
    people = []
    for number in range(size):
        sector, area, band, name = (
            random.choices(some, weights)[0]
            for some, weights in zip((_SECTORS, _AREAS, _BANDS, names), by_weight, strict=True)
        )
        status = random.choices([Status.APPROVED, Status.DECLINED, Status.AWAITING_MANAGER], [8, 1, 1])[0]
        one = person(f"R{number}", random.choice([*C7.roles]), status, organisation=name, band=band)
        people.append(replace(one, person=replace(one.person, sector=sector, area=area)))
    return people


def _told(random: Random, people: Sequence[Application]) -> Iterator[tuple[str, Sequence[Breakdown]]]:
    """Each subject that is protected by itself: the pack, the evaluation's tables, the equality tables."""
    approved = [p for p in people if p.status is Status.APPROVED]
    mentors, mentees = ([p for p in approved if p.role is role] for role in C7.roles)
    pairs: list[Pair] = [pair(a.reference, b.reference) for a, b in zip(mentors, mentees, strict=False)]
    yield "pack", breakdowns(cohort(*people, pairs=pairs))
    asked: dict[tuple[str, str], int] = {("midway", "mentor"): len(mentors), ("midway", "mentee"): len(mentees)}
    answered = [
        Evaluated(p.reference, wave, str(p.role), {"sure": str(random.choice([1, 2, 3, 3, 4]))})
        for p in approved
        for wave in ("baseline", "midway")
        if random.random() < 0.6
    ]
    given = [
        {q.id: random.choices(q.options, [0.1 + n % 3 for n, _ in enumerate(q.options)])[0].text for q in QUESTIONS}
        for _ in people
    ]
    for one in (*evaluation.breakdowns(_ASKS, asked, answered), *equality.breakdowns("c7", given)):
        yield one.of[0], [one]
