"""When Graph asks for a mailbox to be left alone, nothing of it is called until the time is over."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from local.memory.process import ManualClock
from shared.composition import root
from shared.errors import TemporaryFailure
from shared.ports import Written
from shared.services.base.queues import queue_of
from shared.stores.names import TableName
from tests.factories import manager_says, told
from tests.unit.services.mail.test_inbox import answer_to
from tests.world import World, answers

_PAUSE = 40.0
_PEOPLE = 8
# Each is invited to the training they chose.
_INVITES = _PEOPLE
_MOST_ROUNDS = 1000


class Throttled:
    """What is at Graph for a mailbox, some of it answered with 429. It keeps which calls came too early."""

    def __init__(self, clock: ManualClock, refused: Callable[[str], bool]) -> None:
        self._clock = clock
        self._refused = refused
        self._quiet_until: datetime | None = None
        self.calls = 0
        self.pauses = 0
        self.early: list[str] = []

    def before(self, inner: object) -> Any:
        """A port whose calls are counted, and refused as planned."""
        outer = self

        class Port:
            def __getattr__(self, name: str) -> Any:
                method = getattr(inner, name)

                async def called(*args: Any, **options: Any) -> Any:
                    outer._called(name)
                    await asyncio.sleep(0)
                    if outer._refused(name):
                        outer._asks_for_a_pause()
                        raise TemporaryFailure("Graph answered 429 ApplicationThrottled", retry_after=_PAUSE)
                    answer = await method(*args, **options)
                    if answer == _PAUSE:
                        outer._asks_for_a_pause()
                    return answer

                return called

        return Port()

    def _called(self, name: str) -> None:
        self.calls += 1
        if self._quiet_until is not None and self._clock.now() < self._quiet_until:
            self.early.append(name)

    def _asks_for_a_pause(self) -> None:
        self.pauses += 1
        self._quiet_until = self._clock.now() + timedelta(seconds=_PAUSE)


def throttled(world: World, refused: Callable[[str], bool]) -> Throttled:
    """Have a mailbox's calls refused; the mailbox worker of a new process finds what the old one left in the tables."""
    graph = Throttled(world.clock, refused)
    outside = replace(
        world.outside,
        mailbox=lambda _: graph.before(world.mailbox),
        calendar=lambda _: graph.before(world.calendar),
        inbox=lambda _: graph.before(world.inbox),
    )
    world.outside = outside
    world.settings = world.settings.model_copy(update={"messages_per_minute": 1000})
    world.app = root.build(world.settings, outside)
    return graph


async def _drain(world: World) -> None:
    await world.app.mailbox_worker.drain(queue_of(world.settings.mailbox))


@pytest.mark.parametrize("seed", range(3))
async def test_of_many_pauses_none_is_broken_and_everybody_is_told_once(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- a test

    world = World()
    await world.tick()
    graph = throttled(world, lambda _: chance.random() < 0.3)
    send = world.mailbox.send

    async def taken_and_asked_to_wait(graph_id: str) -> float:
        return await send(graph_id) or (_PAUSE if chance.random() < 0.1 else 0.0)

    world.mailbox.send = taken_and_asked_to_wait  # type: ignore[method-assign]
    managers = [f"boss{n}@example.nhs.uk" for n in range(_PEOPLE)]
    for number, manager in enumerate(managers):
        given = answers(email=f"person{number}@example.nhs.uk", manager_email=manager)
        await world.submit(given, run=False)
    asked: set[str] = set()
    for round_ in range(_MOST_ROUNDS):
        if len(told(world)) == 3 * _PEOPLE and len(world.calendar.told) == _INVITES:
            break
        if round_ % 5 == 0:
            # The process ends: only what is in the tables is known of a pause.
            world.app = root.build(world.settings, world.outside)
        await world.tick()
        await _drain(world)
        for manager in [m for m in managers if m not in asked and world.letters(m)]:
            asked.add(manager)
            world.inbox.receive(answer_to(world, manager), "Who is this?")
            await manager_says(world, manager, run=False)
        world.clock.advance(timedelta(seconds=chance.choice([20, 45, 90])))

    assert graph.pauses > _PEOPLE
    assert graph.early == [], f"{len(graph.early)} of {graph.calls}"
    assert Counter(kind for _, kind in told(world)) == dict.fromkeys(
        ("application approved", "application received", "approval request"), _PEOPLE
    )
    assert not [row for row in world.rows(TableName.MESSAGES) if row["Status"] == "Parked"]
    assert len([told for told in world.calendar.told if told[2] == "invited"]) == len(world.calendar.told)


def test_a_mail_whose_draft_was_made_waits_for_the_end_of_a_pause_and_goes_at_once_then() -> None:
    """One task's draft is there when another's call is refused: it is not sent before the time is over."""

    async def story() -> tuple[Throttled, int, int]:
        world = World()
        await world.tick()
        drafts = 0

        def refused(name: str) -> bool:
            nonlocal drafts
            drafts += name == "draft"
            return name == "draft" and drafts == 2

        graph = throttled(world, refused)
        draft = world.mailbox.draft

        async def slow(letter: Any) -> Written:
            await asyncio.sleep(0.05)
            return await draft(letter)

        world.mailbox.draft = slow  # type: ignore[method-assign]
        await world.submit(run=False)
        await world.app.intake.take_in(
            programme=world.wakeups.submissions[0][0], source="standard", content=world.wakeups.submissions[0][2]
        )
        await _drain(world)
        during = len(world.mailbox.sent)
        world.clock.advance(timedelta(seconds=_PAUSE + 20))
        await _drain(world)
        return graph, during, len(world.mailbox.sent)

    graph, during, after = asyncio.run(story())

    assert graph.early == []
    assert (during, after) == (0, 2)


async def test_pauses_are_no_failures_of_an_event() -> None:
    """Many more of them than an event may fail, and it is neither parked nor made twice."""

    world = World()
    await world.submit()
    refused = iter([True] * 20)
    throttled(world, lambda name: name in {"create", "find"} and next(refused, False))
    await manager_says(world, "priya.shah@example.nhs.uk", run=False)
    for _ in range(40):
        await _drain(world)
        world.clock.advance(timedelta(seconds=90))

    assert [what for _, _, what in world.calendar.told] == ["invited"]
    event = world.row(TableName.MESSAGES, Kind="calendar event")
    assert (event["Status"], event["Attempts"]) == ("Sent", 0)
