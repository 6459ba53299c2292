"""The thread that runs function code, on one event loop of its own.

In Azure the functions live in another process than the host. A thread keeps the part of that which matters: a
function that blocks its loop stops other asynchronous functions, but neither the host's HTTP nor its pollers.
"""

import asyncio
import contextvars
import importlib
import logging
import os
import sys
import threading
import traceback
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime
from azure_functions_runtime import native_invocation

from local.host import protos
from local.host.datums import Datum
from local.host.errors import AppNotIndexed, StartError
from local.host.functions import Function, read_index

logger = logging.getLogger(__name__)

# The capability that says the app takes streamed requests (azurefunctions-extensions-http-*).
HTTP_STREAMING = "HttpUri"
JOIN_SECONDS = 1.0

_raised: contextvars.ContextVar[BaseException | None] = contextvars.ContextVar("raised", default=None)


@dataclass(frozen=True)
class Outcome:
    """What became of one call."""

    ok: bool
    returned: Datum | None = None
    outputs: Sequence[tuple[str, Datum]] = ()
    error: str = field(default="")
    frames: str = field(default="")


class FunctionThread:
    """Indexes the app and calls its functions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="functions", daemon=True)

    def start(self) -> None:
        """Start the thread. The pool for synchronous functions must exist before anything else."""
        logging.getLogger("azure.functions").addFilter(_keep_exception)
        runtime.start_threadpool_executor()
        self._thread.start()

    async def index(self, setup_module: str = "") -> list[Function]:
        """Import the app and list its functions; then let the local platform prepare it.

        Raises AppNotIndexed if the app cannot be listed, StartError for what only this host cannot run.
        """
        return await self._on_thread(self._index(setup_module))

    async def call(
        self,
        invocation_id: str,
        function: Function,
        trigger: Datum,
        metadata: Mapping[str, Datum],
        trace_parent: str,
    ) -> Outcome:
        """Run one function; never raises what the function raised."""
        inputs = [(function.trigger.parameter, trigger)]
        return await self._on_thread(self._call(invocation_id, function.id, inputs, metadata, trace_parent))

    def stop(self, *, all_done: bool) -> bool:
        """End the thread and the pool; False if a function is stuck in either."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(JOIN_SECONDS)
        if self._thread.is_alive() or not all_done:
            return False
        runtime.stop_threadpool_executor()
        return True

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        # In Azure the process ends here, so nobody closes what functions keep open: no complaints about that.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _on_thread[T](self, work: Coroutine[Any, Any, T]) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def _index(self, setup_module: str) -> list[Function]:
        sys.path.insert(0, str(self._folder))
        os.chdir(self._folder)
        init = SimpleNamespace(capabilities={}, function_app_directory=str(self._folder))
        answer = await runtime.worker_init_request(
            SimpleNamespace(
                request=SimpleNamespace(worker_init_request=init),
                properties={"protos": protos, "host": "127.0.0.1"},
            )
        )
        if answer.result.status != protos.StatusResult.Success:
            problem = answer.result.exception
            raise AppNotIndexed(f"{problem.stack_trace}\nThe app could not be indexed: {problem.message}")
        if HTTP_STREAMING in answer.capabilities:
            raise StartError("The local host does not support the request types of azurefunctions-extensions-http.")
        metadata = await runtime.functions_metadata_request(None)
        if metadata.function_metadata_results is None:
            raise AppNotIndexed(f"There is no function in {self._folder}; is function_app.py there?")
        functions = read_index(metadata.function_metadata_results)
        if setup_module:
            _set_up(setup_module)
        return functions

    async def _call(
        self,
        invocation_id: str,
        function_id: str,
        inputs: list[tuple[str, Datum]],
        metadata: Mapping[str, Datum],
        trace_parent: str,
    ) -> Outcome:
        try:
            ok, returned, outputs, error, _trace = await native_invocation.invocation_request_native(
                invocation_id, function_id, inputs, dict(metadata), trace_parent
            )
        except BaseException as exc:  # noqa: BLE001 -- even SystemExit must not end the loop
            return Outcome(ok=False, error=describe(exc), frames=_frames(exc))
        if ok:
            return Outcome(ok=True, returned=returned, outputs=outputs)
        raised = _raised.get()
        if raised is None:
            return Outcome(ok=False, error=error)
        return Outcome(ok=False, error=describe(raised), frames=_frames(raised))


def describe(exc: BaseException) -> str:
    """``Type: message``, which is how the worker in Azure words it; the library gives the repr."""
    return f"{type(exc).__name__}: {exc}"


def _frames(exc: BaseException) -> str:
    """Where it happened. Of what caused it only the type: its message may quote the data it choked on."""
    frames = traceback.extract_tb(exc.__traceback__)
    own = [frame for frame in frames if runtime.__name__ not in Path(frame.filename).parts]
    text = "".join(traceback.format_list(own))
    cause = exc.__cause__ or exc.__context__
    return text if cause is None else f"{text}caused by {type(cause).__name__}\n"


def _keep_exception(record: logging.LogRecord) -> bool:
    """Take the exception out of the library's own log line, which would repeat it with its traceback."""
    if record.exc_info and record.name == "azure.functions":
        _raised.set(record.exc_info[1])
        return record.msg != "Native invocation failed"
    return True


def _set_up(module: str) -> None:
    try:
        importlib.import_module(module).setup()
    except Exception as exc:  # any failure of the platform's own code must stop the start
        raise StartError(f"{traceback.format_exc()}\n--setup {module} failed: {describe(exc)}") from exc
