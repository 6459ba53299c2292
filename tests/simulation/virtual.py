"""An event loop whose time is made up: when everything waits, it jumps to the next thing that is due."""

import asyncio
import heapq
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """``asyncio``'s own loop, but that nobody waits for real."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        scheduled = self._scheduled  # type: ignore[attr-defined]
        # As asyncio does itself, only later: it would wait in real time for what stands behind a cancelled timer.
        while scheduled and scheduled[0].cancelled():
            heapq.heappop(scheduled)._scheduled = False
            self._timer_cancelled_count -= 1  # type: ignore[attr-defined]
        if not self._ready and scheduled:  # type: ignore[attr-defined]
            self._now = max(self._now, scheduled[0].when())
        super()._run_once()  # type: ignore[misc]


class VirtualClock:
    """``ports.Clock`` that follows the loop, so that a ``sleep`` and the pipeline's clock agree."""

    def __init__(self, begin: datetime, loop: VirtualLoop) -> None:
        self._begin = begin
        self._loop = loop

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=self._loop.time())


def run[T](loop: VirtualLoop, story: Coroutine[Any, Any, T]) -> T:
    """Run something to its end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(story)
