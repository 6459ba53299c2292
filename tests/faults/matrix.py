"""The crash matrix: a journey for each point and fault, compared with the journey in which nothing went wrong."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import repeat
from random import Random
from unittest.mock import patch

from shared.adapters.rendering import JinjaRenderer
from shared.composition import root
from shared.services.schedule import tick
from tests.faults.place import InMemory
from tests.faults.run import Ended, Run, Story
from tests.faults.seams import Beside, Fault, Plan, Seams
from tests.world import World

_HALF = 0.5
# Taking in a form, or an answer, with everything that follows passes about as many.
_MOST_BESIDE = 50
_SOON_AFTER = 10
START = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


def seed_of_sample() -> int:
    """Return what the sample in ``make test`` is drawn with: always the same, so that a red run means a change.

    ``FAULT_SEED`` draws another; ``make faults`` runs everything.
    """
    return int(os.environ.get("FAULT_SEED") or 2026)


@dataclass(frozen=True, slots=True)
class Case:
    """One journey with a fault, and what it changed that nobody may notice."""

    plan: Plan
    where: str
    found: tuple[str, ...]


@dataclass(slots=True)
class Matrix:
    """The results, counted."""

    points: int = 0
    cases: list[Case] = field(default_factory=list)

    @property
    def failed(self) -> list[Case]:
        return [case for case in self.cases if case.found]

    @property
    def two_hands(self) -> int:
        """How many journeys had a second hand."""
        return sum(case.plan.beside is not None for case in self.cases)

    def counted(self, words: str) -> int:
        """How many findings begin with these words."""
        return sum(item.startswith(words) for case in self.cases for item in case.found)

    def __str__(self) -> str:
        by_fault = Counter(case.plan.fault or "no fault" for case in self.cases)
        runs = ", ".join(f"{count} x {fault}" for fault, count in by_fault.items())
        lost = sum(self.counted(f"{table} lost") for table in ("Applications", "Submissions", "Messages", "mails"))
        return (
            f"crash matrix: {self.points} points, {len(self.cases) - self.two_hands} journeys with one hand, "
            f"{self.two_hands} with two ({runs}): "
            f"{lost} lost, {self.counted('mails too much')} duplicate mails, "
            f"{self.counted('invites too much')} duplicate invites, {len(self.failed)} with any difference"
        )


@cache
def _renderer() -> JinjaRenderer:
    return JinjaRenderer()


def journey(plan: Plan | None = None, story: Story = Story.JOURNEY) -> Ended:
    """One journey in memory."""
    world = World(now=START)
    with (
        # Templates are compiled once for all journeys, and a second tick beside the first gives way at once.
        patch.object(root, "JinjaRenderer", lambda _assets: _renderer()),
        patch.object(tick, "_PATIENCE_SECONDS", 1),
    ):
        return Run(InMemory(world), world.clock, Seams(plan), story).all()


def plans(points: list[str], faults: Iterable[Fault] = Fault) -> Iterator[Plan]:
    """Every point with every fault that can make a difference there."""
    for number, name in enumerate(points, start=1):
        for fault in faults:
            if _tells(name, fault):
                yield Plan(number, fault)


def two_handed(whole: Ended, random: Random) -> Iterator[Plan]:
    """Every point again beside a second hand: without a fault, and with each fault at the one hand or the other.

    Where somebody does something, or a form is taken in, each fault is tried at both hands, since there they meet. The
    second hand's point is one that nobody chose.
    """
    for number, name in enumerate(whole.points, start=1):
        event = number in whole.events
        yield Plan(number, None, random.choice(list(Beside)))
        for fault in Fault:
            at_second = random.random() < _HALF
            if _tells(name, fault) and (event or not at_second):
                yield Plan(number, fault, random.choice(list(Beside)))
            if event or at_second:
                beside = Beside.SAME if event else random.choice(list(Beside))
                yield Plan(number, fault, beside, random.randint(1, _MOST_BESIDE))


def contested(whole: Ended) -> Iterator[Plan]:
    """The first hand is held just before it sets its job; the second has written meanwhile, and dies soon after."""
    for number in sorted(whole.events):
        names = whole.points[number - 1 : number + 2]
        if names[:1] == ["Alarms.put"] and any(name.startswith("Applications.") for name in names):
            for second in range(_SOON_AFTER, _MOST_BESIDE // 2, 3):
                yield Plan(number, Fault.CRASH_BEFORE, Beside.SAME, second)


def _tells(name: str, fault: Fault) -> bool:
    """A read has no effect, so nothing can happen after it; only Graph answers 429."""
    place, _, method = name.partition(".")
    reads = method in {"get", "query", "waiting", "find", "hold", "drafts", "responses", "says", "news", "about"}
    if fault is Fault.TOO_MANY:
        return place in {"mailbox", "calendar", "inbox"}
    return not (reads and fault in {Fault.CRASH_AFTER, Fault.LOST_ANSWER})


def differences(whole: Ended, faulty: Ended) -> tuple[str, ...]:
    """What people were told, and what stands in the tables, lost or too much."""
    found = []
    for name, expected in {**whole.told, **whole.tables}.items():
        got = {**faulty.told, **faulty.tables}[name]
        lost, more = Counter(expected) - Counter(got), Counter(got) - Counter(expected)
        found += [f"{name} lost: {item}" for item in lost.elements()]
        found += [f"{name} too much: {item}" for item in more.elements()]
    return tuple(found)


@cache
def _whole(story: Story) -> Ended:
    return journey(story=story)


def try_one(plan: Plan, story: Story = Story.JOURNEY) -> Case:
    """One journey with a fault, beside the one without."""
    whole = _whole(story)
    where = whole.points[plan.point - 1]
    try:
        return Case(plan, where, differences(whole, journey(plan, story)))
    except AssertionError as exc:
        return Case(plan, where, (f"no end: {exc}",))


def run_all(chosen: list[Plan], points: int, story: Story = Story.JOURNEY) -> Matrix:
    """The journeys of all plans, on every core."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return Matrix(points, list(pool.map(try_one, chosen, repeat(story), chunksize=16)))
