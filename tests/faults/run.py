"""Runs a journey as the Functions host would: queue, tick, restart after a crash, until everything is at rest."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from local.memory.process import ManualClock
from shared.composition import root
from shared.composition.root import App
from shared.domain.outbox import MessageStatus
from shared.errors import ServiceError
from shared.services.base.queues import queue_of
from shared.stores.cells import when
from shared.stores.names import TableName
from tests.faults.people import Cast, Step, nothing
from tests.faults.place import Facts, Place, comparable
from tests.faults.seams import Beside, ProcessDied, Seams
from tests.world import PROGRAMME

_EVERY = timedelta(minutes=5)
# What could not be done is tried again after five minutes.
_SOON = timedelta(minutes=6)
_PATIENCE = 80
_TRIES = 6


class Story(StrEnum):
    """What is played."""

    JOURNEY = "journey"
    WAITING_LIST = "waiting list"
    IN_A_NAME = "in somebody's name"
    PAIRS = "pairs"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: the points it passed, which of them in events, what people were told, what the tables hold."""

    points: list[str]
    events: frozenset[int]
    told: Facts
    tables: dict[str, list[str]]


class Run:
    """One journey, with one fault or none."""

    def __init__(self, place: Place, clock: ManualClock, seams: Seams, story: Story = Story.JOURNEY) -> None:
        self._story = story
        self._place = place
        self._clock = clock
        self._seams = seams
        self._cast = Cast(place, clock, seams)
        self._runner = asyncio.Runner()
        self._app: App | None = None
        self._ticked = True
        # The newest thing that somebody did or a queue brought: a second hand may do it once more.
        self._newest: Callable[[App], Awaitable[object]] | None = None
        seams.beside = self._beside

    def all(self) -> Ended:
        """The whole journey, and how it ended."""
        try:
            begun = self._clock.now()
            self._tick()
            # A fault in the first tick costs seconds; the forms are filled in at the same moment all the same.
            self._clock.set(begun + timedelta(minutes=5))
            stories = {
                Story.JOURNEY: self._cast.journey,
                Story.WAITING_LIST: self._cast.waiting_list,
                Story.IN_A_NAME: self._cast.in_a_name,
                Story.PAIRS: self._cast.pairs,
            }
            for step in stories[self._story]():
                self._wait(step)
                self._act(step)
                self._come_to_rest(step)
            return self._quietly(self._ended)
        finally:
            self._runner.close()

    async def _ended(self) -> Ended:
        mailbox = self._place.settings.mailbox
        tables = {}
        for name in TableName:
            rows = [dict(found.row) async for found in self._place.plain_table(name).query()]
            tables[name.value] = comparable(name, rows, mailbox)
        return Ended(list(self._seams.passed), frozenset(self._seams.of_events), await self._place.told(), tables)

    def _wait(self, step: Step) -> None:
        """What falls due while somebody waits is done when it is due, as a timer of five minutes does it."""
        until = self._clock.now() + step.wait
        while self._clock.now() < until:
            due = [at for at, _ in self._quietly(self._jobs) if at > self._clock.now()]
            self._clock.set(min([*due, until]))
            self._tick()
            self._come_to_rest(step)

    def _act(self, step: Step) -> None:
        if step.act is not nothing:
            self._newest = step.act
        for _ in range(_TRIES):
            if self._process(step.act, event=True) is True:
                return
            self._clock.advance(timedelta(seconds=20))
            self._deliver()
        raise AssertionError(f"'{step.name}' never worked")

    def _process[T](self, work: Callable[[App], Awaitable[T]], *, event: bool = False) -> T | None:
        """Let a living process do something; None if it died or failed. The next one starts afresh."""
        self._seams.event = event
        try:
            return self._runner.run(self._in_app(work))
        except ServiceError:
            return None
        except ProcessDied:
            self._restart()
            return None

    async def _in_app[T](self, work: Callable[[App], Awaitable[T]]) -> T:
        if self._app is None:
            self._app = root.build(self._place.settings, self._place.outside(self._seams))
        return await work(self._app)

    async def _beside(self, what: Beside) -> None:
        """The work of a second hand, which is a process of its own."""
        app = root.build(self._place.settings, self._place.outside(self._seams))
        if what is Beside.TICK:
            await app.tick.run()
            await app.pairs_work.work_off(PROGRAMME)
            await app.mailbox_worker.drain(queue_of(self._place.settings.mailbox))
        elif self._newest is not None:
            await self._newest(app)

    def _restart(self) -> None:
        self._runner.close()
        self._runner = asyncio.Runner()
        self._app = None
        self._seams.restarted()
        self._quietly(self._place.after_a_crash)

    def _quietly[T](self, look: Callable[[], Awaitable[T]]) -> T:
        """Look or act from outside: no seam of the app is passed."""

        async def looking() -> T:
            return await look()

        self._seams.open = False
        try:
            return self._runner.run(looking())
        finally:
            self._seams.open = True

    def _tick(self) -> None:
        self._ticked = self._process(_finishing(lambda app: app.tick.run())) is True
        self._deliver()

    def _deliver(self) -> None:
        """Work off the queues; a message whose work fails comes back a little later."""
        for _ in range(100):
            hint = self._quietly(self._place.take_hint)
            if hint is None:
                return
            if hint.event:
                self._newest = hint.work
            if self._process(_finishing(hint.work), event=hint.event):
                self._quietly(self._place.finish)
            else:
                self._quietly(self._place.give_back)
                self._clock.advance(timedelta(seconds=10))
        raise AssertionError("a queue message never comes to an end")

    def _come_to_rest(self, step: Step) -> None:
        for _ in range(_PATIENCE):
            self._deliver()
            # A tick that failed or died is followed by another in minutes, not after the day that a step may wait.
            if self._ticked and not self._quietly(self._busy):
                return
            self._clock.advance(_EVERY)
            self._tick()
        raise AssertionError(f"no rest after '{step.name}': {self._quietly(self._jobs)}")

    async def _busy(self) -> bool:
        soon = self._clock.now() + _SOON
        due = [at for at, _ in await self._jobs() if at <= soon]
        return (
            bool(due)
            or await self._place.bodies_waiting()
            or bool(await self._under_way())
            or await self._typed_and_not_done()
        )

    async def _typed_and_not_done(self) -> bool:
        """Whether a command has no answer yet, or a pair to which somebody said no was not searched again."""
        commands = [found.row async for found in self._place.plain_table(TableName.COMMANDS).query()]
        pairs = [found.row async for found in self._place.plain_table(TableName.PAIRS).query()]
        return any(not row.get("Status") for row in commands) or any(
            row["Status"] == "declined" and row.get("DeclinedAt") and not row.get("Searched") for row in pairs
        )

    async def _under_way(self) -> list[str]:
        """Messages that somebody has begun to send: the next person acts only when they have arrived."""
        begun = {MessageStatus.PREPARING, MessageStatus.DRAFTED, MessageStatus.HANDED_OVER}
        table = self._place.plain_table(TableName.MESSAGES)
        return [str(found.row["RowKey"]) async for found in table.query() if found.row["Status"] in begun]

    async def _jobs(self) -> list[tuple[Any, str]]:
        table = self._place.plain_table(TableName.ALARMS)
        return [(when(found.row, "DueAt"), str(found.row["RowKey"])) async for found in table.query()]


def _finishing(work: Callable[[App], Awaitable[object]]) -> Callable[[App], Awaitable[bool]]:
    async def finish(app: App) -> bool:
        await work(app)
        return True

    return finish
