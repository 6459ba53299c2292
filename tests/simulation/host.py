"""The part of Azure Functions that matters here: what starts an execution, and for how long it is paid."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.simulation.outside import EXECUTION, Calls, Execution

# The least that an execution is paid for, and ``functionTimeout`` in host.json: then it is cut.
SHORTEST_PAID = 1.0
TIMEOUT = 300.0
_QUEUE_LATENCY = 0.5
_POLL = 60.0
DAY = 86_400.0


@dataclass
class Executions:
    """Executions by function, and the seconds that they are paid for."""

    count: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    longest: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    failed: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    by_day: Counter[int] = field(default_factory=Counter)


class Host:
    """Runs functions as tasks of their own."""

    def __init__(self, calls: Calls) -> None:
        self.executions = Executions()
        self._calls = calls
        self._running: set[asyncio.Task[None]] = set()
        self._to_come = 0

    def start(self, function: str, work: Callable[[], Awaitable[object]], *, after: float = 0.0) -> None:
        """Run a function once, some time from now."""
        self._to_come += 1
        asyncio.get_running_loop().call_later(after, self._begin, function, work)

    def _begin(self, function: str, work: Callable[[], Awaitable[object]]) -> None:
        self._to_come -= 1
        task = asyncio.create_task(self.run(function, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def message(self, function: str, work: Callable[[], Awaitable[object]], *, after: float = 0.0) -> None:
        """A queue message: put now, taken and deleted by the execution it starts."""
        self._calls.note("queue call", 3)
        self.start(function, work, after=after + _QUEUE_LATENCY)

    async def finish(self) -> None:
        """Wait for everything that was started, and what it starts."""
        while self._running or self._to_come:  # noqa: ASYNC110 -- looking costs nothing here
            await asyncio.sleep(_POLL)

    async def run(self, function: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run a function now, to its end or until the host cuts it."""
        execution = Execution(function)
        EXECUTION.set(execution)
        seen, loop = self.executions, asyncio.get_running_loop()
        begun = loop.time()
        seen.running[function] += 1
        seen.most_at_once[function] = max(seen.most_at_once[function], seen.running[function])
        try:
            async with asyncio.timeout(TIMEOUT) as limit:
                await work()
                await asyncio.sleep(execution.owes)
        except TimeoutError:
            (seen.cut if limit.expired() else seen.failed)[function] += 1
        except Exception:  # noqa: BLE001 -- counted, and shown at the end
            seen.failed[function] += 1
        took = loop.time() - begun
        seen.running[function] -= 1
        seen.count[function] += 1
        seen.by_day[int(loop.time() // DAY)] += 1
        seen.seconds[function] += max(SHORTEST_PAID, took)
        seen.longest[function] = max(seen.longest[function], took)
