"""Numbered seams: every call that leaves the process passes one, and one of them can be made to fail.

At one of them the first hand can be held while a second one, another process, does the same, or what the clock does.
"""

import asyncio
import contextlib
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from shared.errors import ServiceError, TemporaryFailure


class ProcessDied(BaseException):
    """The process is gone, in the middle of whatever it did."""


class Fault(StrEnum):
    """What happens at one point."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    TOO_MANY = "429"
    UNAVAILABLE = "503"
    LOST_ANSWER = "answer lost"


class Beside(StrEnum):
    """What a second hand does while the first is held."""

    SAME = "the same event"
    TICK = "a tick and a mailbox worker"


@dataclass(frozen=True, slots=True)
class Plan:
    """One fault at the point of that number, counted from 1; None: no fault.

    ``beside``: before that point the first hand is held, until the second one is done or has died. With ``second``
    the fault is at the second hand's point of that number, and not at the first hand's.
    """

    point: int
    fault: Fault | None
    beside: Beside | None = None
    second: int = 0


_second_hand: ContextVar[bool] = ContextVar("second_hand", default=False)


class Seams:
    """Counts what goes through, and lets the planned fault happen."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan
        self.passed: list[str] = []
        # Points passed while something was done that people do, or a form that came was taken in.
        self.of_events: set[int] = set()
        self.event = False
        self.passed_beside: list[str] = []
        self.dead = False
        self.dead_beside = False
        self.open = True
        # What a second hand would do now.
        self.beside: Callable[[Beside], Awaitable[None]] | None = None
        self._held: asyncio.Future[None] | None = None

    async def through[T](
        self, name: str, call: Callable[[], Awaitable[T]], answer: Callable[[Fault, T | None], T]
    ) -> T:
        """Make a call. ``answer`` gives, or raises, what the caller sees of a fault that is no crash.

        It is given the true answer if there was one.
        """
        if not self.open:
            return await call()
        second = _second_hand.get()
        fault = self._met_beside(name) if second else await self._met(name)
        match fault:
            case None:
                return await call()
            case Fault.CRASH_BEFORE:
                self._die(name, second=second)
            case Fault.CRASH_AFTER:
                await call()
                self._die(name, second=second)
            case Fault.LOST_ANSWER:
                return answer(fault, await call())
            case Fault.TOO_MANY | Fault.UNAVAILABLE:
                return answer(fault, None)

        raise AssertionError(fault)

    async def _met(self, name: str) -> Fault | None:
        """What the first hand meets at its next point."""
        if self._held is not None:
            await self._held
        if self.dead:
            raise ProcessDied(name)
        self.passed.append(name)
        if self.event:
            self.of_events.add(len(self.passed))
        if self.plan is None or self.plan.point != len(self.passed):
            return None
        if self.plan.beside is None or self.beside is None:
            return self.plan.fault
        self._held = asyncio.get_running_loop().create_future()
        try:
            context = copy_context()
            context.run(_second_hand.set, True)
            await asyncio.create_task(_done(self.beside(self.plan.beside)), context=context)
        finally:
            self._held.set_result(None)
            self._held = None
        return None if self.plan.second else self.plan.fault

    def _met_beside(self, name: str) -> Fault | None:
        """What the second hand meets at its next point."""
        if self.dead_beside:
            raise ProcessDied(name)
        self.passed_beside.append(name)
        return self.plan.fault if self.plan and self.plan.second == len(self.passed_beside) else None

    def _die(self, name: str, *, second: bool) -> NoReturn:
        if second:
            self.dead_beside = True
        else:
            self.dead = True
        raise ProcessDied(name)

    def restarted(self) -> None:
        """A new process takes the place of the one that died."""
        self.dead = False


async def _done(work: Awaitable[None]) -> None:
    """Let the second hand work until it is done, fails or dies: nobody waits for it."""
    with contextlib.suppress(ServiceError, ProcessDied):
        await work


def _refused(fault: Fault, _: Any) -> Any:
    if fault is Fault.TOO_MANY:
        raise TemporaryFailure("Graph answered 429 ApplicationThrottled", retry_after=7)
    raise TemporaryFailure("the service did not answer")


class Seamed:
    """Any port, with a seam before each of its methods."""

    def __init__(self, inner: object, place: str, seams: Seams) -> None:
        self._inner = inner
        self._place = place
        self._seams = seams

    def __getattr__(self, name: str) -> Any:
        method, seams = getattr(self._inner, name), self._seams
        label = f"{self._place}.{name}"
        if inspect.isasyncgenfunction(method):
            return _generator(method, label, seams)
        if name == "hold":
            return _lease(method, label, seams)
        if not inspect.iscoroutinefunction(method):
            return method

        async def called(*args: Any, **options: Any) -> Any:
            return await seams.through(label, lambda: method(*args, **options), _refused)

        return called


def _generator(method: Callable[..., AsyncIterator[Any]], label: str, seams: Seams) -> Callable[..., Any]:
    async def nothing() -> None:
        return None

    async def generate(*args: Any, **options: Any) -> AsyncIterator[Any]:
        await seams.through(label, nothing, _refused)
        async for item in method(*args, **options):
            yield item

    return generate


def _lease(hold: Callable[..., Any], label: str, seams: Seams) -> Callable[..., Any]:
    async def nothing() -> None:
        return None

    @asynccontextmanager
    async def held(name: str) -> AsyncIterator[Any]:
        await seams.through(label, nothing, _refused)
        async with hold(name) as lease:
            yield lease

    return held
