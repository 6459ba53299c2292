"""Puts the host together: start, run until told to stop, stop in order."""

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import uvicorn

from local.host.admin import Admin
from local.host.errors import AppNotIndexed, FunctionError, StartError
from local.host.functions import Function, HttpTrigger, QueueTrigger, TimerTrigger
from local.host.functionthread import FunctionThread
from local.host.http import HttpApp
from local.host.invocations import Invocations
from local.host.keys import Gate, Keys
from local.host.queueoutputs import MessageEncoding, QueueOutputs
from local.host.queues import POISON_SUFFIX, QueueListener
from local.host.routes import RouteTable
from local.host.settings import AppSettings, HostSettings
from local.host.singleton import SingletonLock
from local.host.storage import Storage
from local.host.timers import HOSTS_CONTAINER, StatusBlob, TimerListener, parse_schedule

logger = logging.getLogger(__name__)

GRACE_SECONDS = 10
# After that the listeners are cancelled; they still give back what they hold.
LAST_SECONDS = 3

Listener = QueueListener | TimerListener


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    folder: Path
    address: str
    port: int
    keys: Keys | None = None
    setup_module: str = ""
    grace_seconds: int = GRACE_SECONDS
    #: An open socket to listen on in place of address and port, from the process that this one replaces.
    inherited: int | None = None


class Ended(Enum):
    """How a host ended: in order, with a function still running, or because a function ran too long."""

    IN_ORDER = auto()
    STUCK = auto()
    WORKER_LOST = auto()


class Host:
    """One app in one process: the library keeps its functions in global variables."""

    def __init__(self, options: Options, settings: HostSettings, app_settings: AppSettings) -> None:
        self._options = options
        self._settings = settings
        self._app_settings = app_settings
        self._storage = Storage()
        self._thread = FunctionThread(settings.folder)
        self._invocations = Invocations(
            self._thread,
            QueueOutputs(self._storage, app_settings, MessageEncoding(base64=settings.queues.base64)),
            settings.function_timeout,
        )
        #: Where callers wait while another process takes this one's place.
        self.door: int | None = None
        self._told_to_stop = False
        #: Set by ``/admin/host/drain``: no more work is taken from queues and timers, and requests are answered.
        self._draining = asyncio.Event()
        self._errors: list[str] = []

    async def run(self) -> Ended:
        """Run until Ctrl-C comes, or a function runs too long."""
        stopping = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._stop, stopping)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _ignore)
        with _listening_socket(self._options) as opened:
            self._thread.start()
            try:
                functions = await self._thread.index(self._options.setup_module)
            except AppNotIndexed as exc:
                functions = []
                self._errors.append(str(exc))
            except BaseException:
                self._thread.stop(all_done=True)
                raise
            runnable, listeners = self._prepare(functions)
            server = self._server(functions, runnable)
            await self._serve(server, opened, listeners, stopping)
        await self._storage.close()
        if self._invocations.worker_lost.is_set() and not self._told_to_stop:
            return Ended.WORKER_LOST
        return Ended.IN_ORDER if self._thread.stop(all_done=not self._invocations.running) else Ended.STUCK

    def _stop(self, stopping: asyncio.Event) -> None:
        self._told_to_stop = True
        stopping.set()

    async def _serve(
        self, server: "Server", opened: socket.socket, listeners: Sequence[Listener], stopping: asyncio.Event
    ) -> None:
        serving = asyncio.create_task(server.serve(sockets=[opened]))
        tasks = [asyncio.create_task(listener.run(self._draining)) for listener in listeners]
        for task in tasks:
            task.add_done_callback(_report_crash)
        host, port = opened.getsockname()[:2]
        logger.info("Listening on http://%s:%d", host, port)
        stop = asyncio.create_task(stopping.wait())
        lost = asyncio.create_task(self._invocations.worker_lost.wait())
        await asyncio.wait({stop, lost, serving}, return_when=asyncio.FIRST_COMPLETED)
        if self._invocations.worker_lost.is_set():
            logger.error("A function ran longer than functionTimeout: its worker ends, and another one is started")
            self.door = os.dup(opened.fileno())
        else:
            logger.info("Stopping; running invocations have %d s to end", self._options.grace_seconds)
        lost.cancel()
        stopping.set()
        self._draining.set()
        server.should_exit = True
        idle = asyncio.create_task(self._invocations.until_idle())
        _done, late = await asyncio.wait({serving, idle, *tasks}, timeout=self._options.grace_seconds)
        for task in late:
            task.cancel()
        if late:
            logger.warning("%d invocations did not end in time", self._invocations.running)
            await asyncio.wait(late, timeout=LAST_SECONDS)
        await stop

    def _prepare(self, functions: Sequence[Function]) -> tuple[list[Function], list[Listener]]:
        """Sort out the functions that can run, and open what triggers them."""
        runnable: list[Function] = []
        listeners: list[Listener] = []
        for function in functions:
            try:
                resolved = function.resolved(self._app_settings)
                listener = self._listener(resolved)
            except FunctionError as exc:
                self._errors.append(f"The '{function.name}' function is in error: {exc}")
                continue
            runnable.append(resolved)
            is_disabled = self._app_settings.is_disabled(function.name)
            if listener is not None and not is_disabled:
                listeners.append(listener)
            logger.info(
                "Function '%s' (%s)%s",
                function.name,
                type(function.trigger).__name__,
                " is disabled" if is_disabled else "",
            )
        for error in self._errors:
            logger.error("%s", error)
        return runnable, listeners

    def _listener(self, function: Function) -> Listener | None:
        """What triggers the function, other than a request."""
        for output in function.outputs:
            self._app_settings.connection_string(output.connection)
        match function.trigger:
            case HttpTrigger():
                RouteTable(self._settings.route_prefix, [function])
                return None
            case QueueTrigger(queue=name, connection=connection):
                connection_string = self._app_settings.connection_string(connection)
                has_poison_queue = not name.endswith(POISON_SUFFIX)
                return QueueListener(
                    function,
                    self._storage.queue(connection_string, name),
                    self._storage.queue(connection_string, name + POISON_SUFFIX) if has_poison_queue else None,
                    self._invocations,
                    self._settings.queues,
                )
            case TimerTrigger() as trigger:
                schedule = parse_schedule(trigger)
                container = self._storage.container(self._app_settings.connection_string(""), HOSTS_CONTAINER)
                host_id = self._settings.host_id
                return TimerListener(
                    function,
                    trigger,
                    schedule,
                    self._invocations,
                    SingletonLock(container, f"locks/{host_id}/Host.Functions.{function.name}.Listener"),
                    StatusBlob(container, host_id, function.name),
                )

    def _server(self, functions: Sequence[Function], runnable: Sequence[Function]) -> "Server":
        gate = Gate(self._options.keys)
        admin = Admin(
            host_id=self._settings.host_id,
            route_prefix=self._settings.route_prefix,
            functions=functions,
            runnable=runnable,
            errors=self._errors,
            is_disabled=self._app_settings.is_disabled,
            invocations=self._invocations,
            gate=gate,
            draining=self._draining,
        )
        app = HttpApp(
            settings=self._settings,
            routes=RouteTable(self._settings.route_prefix, runnable),
            admin=admin,
            gate=gate,
            is_disabled=self._app_settings.is_disabled,
            invocations=self._invocations,
        )
        return Server(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=self._options.grace_seconds,
            )
        )


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: the host decides the order of stopping."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def configure_logging(level: int) -> None:
    """One line per event on standard output, for people."""
    formatter = logging.Formatter("[%(asctime)s.%(msecs)03dZ] %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # The host's own lines keep this level whatever the app does to its libraries. What libraries write is the app's
    # business, in Azure as here: whatever were silenced here would be missed there.
    logging.getLogger("local").setLevel(level)


@contextmanager
def _listening_socket(options: Options) -> Iterator[socket.socket]:
    address, port = options.address, options.port
    if options.inherited is not None:
        with socket.socket(fileno=options.inherited) as opened:
            yield opened
        return
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        opened = socket.create_server((address, port), family=family, backlog=2048)
    except OSError as exc:
        raise StartError(f"Port {port} of {address} cannot be opened: {exc.strerror}") from exc
    with opened:
        yield opened


def _ignore() -> None:
    logger.info("SIGTERM is ignored, as by the real host: POST /admin/host/drain lets all end, Ctrl-C (SIGINT) stops")


def _report_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("A listener stopped working", exc_info=task.exception())
