"""One invocation from start to end: log lines, the call, queue outputs, and the count of what is running."""

import asyncio
import logging
import time
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azure.core.exceptions import AzureError

from local.host.datums import Datum
from local.host.functions import Function
from local.host.functionthread import FunctionThread, Outcome
from local.host.queueoutputs import QueueOutputs

logger = logging.getLogger(__name__)

PROGRAMMATICALLY = "This function was programmatically called via the host APIs."
_TOO_LONG = "Microsoft.Azure.WebJobs.Host.FunctionTimeoutException: Timeout value of {} was exceeded by function"
_LOST = "The worker was ended because another function in it ran too long"


@dataclass(frozen=True)
class Result:
    """Whether the function succeeded, and what it returned."""

    ok: bool
    returned: Datum | None = None


class Invocations:
    """Runs functions and knows how many are running."""

    def __init__(self, thread: FunctionThread, outputs: QueueOutputs, timeout: timedelta | None = None) -> None:
        self._thread = thread
        self._outputs = outputs
        self._timeout = timeout
        self._running = 0
        #: Set when a function ran too long. The real host then ends the worker, with all that runs in it.
        self.worker_lost = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """How many invocations have not ended."""
        return self._running

    async def until_idle(self) -> None:
        """Wait until nothing runs."""
        await self._idle.wait()

    async def run(
        self,
        function: Function,
        trigger: Datum,
        *,
        reason: str,
        metadata: Mapping[str, Datum] | None = None,
        trace_parent: str = "",
    ) -> Result:
        """Run a function; its failure is a result, not an exception."""
        invocation_id = str(uuid.uuid4())
        logger.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", function.name, reason, invocation_id)
        started = time.perf_counter()
        self._running += 1
        self._idle.clear()
        try:
            outcome = await self._in_time(
                self._thread.call(invocation_id, function, trigger, metadata or {}, trace_parent or _new_trace_parent())
            )
            if outcome.ok and outcome.outputs:
                outcome = await self._send_outputs(function, outcome)
        finally:
            self._running -= 1
            if not self._running:
                self._idle.set()
        milliseconds = int((time.perf_counter() - started) * 1000)
        if outcome.ok:
            logger.info(
                "Executed 'Functions.%s' (Succeeded, Id=%s, Duration=%dms)",
                function.name,
                invocation_id,
                milliseconds,
            )
        else:
            logger.error(
                "Executed 'Functions.%s' (Failed, Id=%s, Duration=%dms)\n%s\n%s",
                function.name,
                invocation_id,
                milliseconds,
                outcome.error,
                outcome.frames,
            )
        return Result(outcome.ok, outcome.returned)

    async def _in_time(self, call: Coroutine[Any, Any, Outcome]) -> Outcome:
        """What a call comes to, unless it or another one in the same worker runs too long."""
        working, lost = asyncio.create_task(call), asyncio.create_task(self.worker_lost.wait())
        seconds = None if self._timeout is None else self._timeout.total_seconds()
        await asyncio.wait({working, lost}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            lost.cancel()
            return working.result()
        if lost.done():
            return Outcome(ok=False, error=_LOST)
        lost.cancel()
        self.worker_lost.set()
        return Outcome(ok=False, error=_TOO_LONG.format(self._timeout))

    def fail_before(self, function: Function, error: str) -> None:
        """An invocation that fails before the function is called, because what it needs cannot be read."""
        invocation_id = str(uuid.uuid4())
        logger.info("Executing 'Functions.%s' (Reason='%s', Id=%s)", function.name, PROGRAMMATICALLY, invocation_id)
        logger.error("Executed 'Functions.%s' (Failed, Id=%s, Duration=0ms)\n%s", function.name, invocation_id, error)

    async def _send_outputs(self, function: Function, outcome: Outcome) -> Outcome:
        """Outputs go out after the function returned; if that fails, so did the invocation."""
        try:
            await self._outputs.send(function, outcome.outputs)
        except (AzureError, ValueError) as exc:
            return Outcome(ok=False, error=f"{type(exc).__name__}: a queue output could not be sent")
        return outcome


def _new_trace_parent() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00"
