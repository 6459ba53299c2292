"""Numbered seams: every call that leaves the process passes one, and one of them can be made to fail."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.errors import TemporaryFailure


class ProcessDied(BaseException):
    """The process is gone, in the middle of whatever it did."""


class Fault(StrEnum):
    """What happens at one point."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    TOO_MANY = "429"
    UNAVAILABLE = "503"
    LOST_ANSWER = "answer lost"


@dataclass(frozen=True, slots=True)
class Plan:
    """One fault at the point of that number, counted from 1."""

    point: int
    fault: Fault


class Seams:
    """Counts what goes through, and lets the planned fault happen."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan
        self.passed: list[str] = []
        self.dead = False
        self.open = True

    async def through[T](
        self, name: str, call: Callable[[], Awaitable[T]], answer: Callable[[Fault, T | None], T]
    ) -> T:
        """Make a call. ``answer`` gives, or raises, what the caller sees of a fault that is no crash.

        It is given the true answer if there was one.
        """
        if not self.open:
            return await call()
        if self.dead:
            raise ProcessDied(name)
        self.passed.append(name)
        fault = self.plan.fault if self.plan and self.plan.point == len(self.passed) else None
        match fault:
            case None:
                return await call()
            case Fault.CRASH_BEFORE:
                self.dead = True
                raise ProcessDied(name)
            case Fault.CRASH_AFTER:
                await call()
                self.dead = True
                raise ProcessDied(name)
            case Fault.LOST_ANSWER:
                return answer(fault, await call())
            case Fault.TOO_MANY | Fault.UNAVAILABLE:
                return answer(fault, None)

    def restarted(self) -> None:
        """A new process takes the place of the one that died."""
        self.dead = False


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
