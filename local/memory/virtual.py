"""An event loop whose time is made up: when everything waits, it jumps to the next thing that is due."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """``asyncio``'s own loop, but that nobody waits for real, and nothing from outside is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def run_in_executor[T, *Ts](self, executor: object, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Done at once: a thread would need real time, and here that stands still."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as exc:  # noqa: BLE001 -- whoever awaits it gets it, as from a thread
            done.set_exception(exc)
        return done

    def _run_once(self) -> None:
        """One turn: what is ready, or else what is due next. asyncio's own asks the system for news in each."""
        ready, scheduled = self._ready, self._scheduled  # type: ignore[attr-defined]
        while scheduled and (not ready or scheduled[0]._when <= self._now or scheduled[0]._cancelled):
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            if timer._cancelled:
                self._timer_cancelled_count -= 1  # type: ignore[attr-defined]
                continue
            self._now = max(self._now, timer._when)
            ready.append(timer)
        if not ready:
            raise RuntimeError("everybody waits, and nothing is to come")
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()


class VirtualClock:
    """``ports.Clock`` that follows the loop, so that a ``sleep`` and the pipeline's clock agree."""

    def __init__(self, begin: datetime, loop: VirtualLoop) -> None:
        self._begin = begin
        self._loop = loop
        self._at = 0.0
        self._now = begin

    def now(self) -> datetime:
        at = self._loop.time()
        if at != self._at:
            self._at, self._now = at, self._begin + timedelta(seconds=at)
        return self._now


def run[T](loop: VirtualLoop, story: Coroutine[Any, Any, T]) -> T:
    """Run something to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(story)
