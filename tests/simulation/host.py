"""The part of Azure Functions that matters here: what starts an execution, and for how long it is paid."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tests.simulation.outside import EXECUTION, Calls

# Of a call to storage, in seconds; and the least that an execution is paid for.
STORAGE_CALL = 0.008
SHORTEST_PAID = 1.0
_GRAPH = "graph "
_QUEUE_LATENCY = 0.5


@dataclass
class Executions:
    """Executions by function, and the seconds that they are paid for."""

    count: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    longest: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    failed: Counter[str] = field(default_factory=Counter)


class Host:
    """Runs functions as tasks, each with a count of its own."""

    def __init__(self, calls: Calls) -> None:
        self.executions = Executions()
        self._calls = calls
        self._running: set[asyncio.Task[None]] = set()

    def start(self, function: str, work: Callable[[], Awaitable[object]], *, after: float = 0.0) -> None:
        """Run a function once, some time from now."""
        task = asyncio.create_task(self._run(function, work, after))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def message(self, function: str, work: Callable[[], Awaitable[object]], *, after: float = 0.0) -> None:
        """A queue message: put now, taken and deleted by the execution it starts."""
        self._calls.note("queue call")
        self.start(function, work, after=after + _QUEUE_LATENCY)
        self._calls.total["queue call"] += 2

    async def finish(self) -> None:
        """Wait for everything that was started, and what it starts."""
        while self._running:
            await asyncio.wait(self._running)

    @property
    def idle(self) -> bool:
        """Whether nothing runs or waits to be run."""
        return not self._running

    async def _run(self, function: str, work: Callable[[], Awaitable[object]], after: float) -> None:
        if after > 0:
            await asyncio.sleep(after)
        mine: Counter[str] = Counter()
        EXECUTION.set(mine)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            await work()
        except Exception:  # noqa: BLE001 -- counted, and shown at the end
            self.executions.failed[function] += 1
        storage = sum(number for kind, number in mine.items() if not kind.startswith(_GRAPH))
        # Waiting for Graph and for the mailbox's pace is in virtual time; storage answers at once here.
        took = loop.time() - begun + storage * STORAGE_CALL
        self.executions.count[function] += 1
        self.executions.seconds[function] += max(SHORTEST_PAID, took)
        self.executions.longest[function] = max(self.executions.longest[function], took)
