"""The real host's administration endpoints, as far as people use them locally."""

import asyncio
import json
import logging
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from importlib.metadata import version

from local.host.datums import http_datum, message_metadata, string_datum
from local.host.functions import Function, HttpTrigger, QueueTrigger, TimerTrigger
from local.host.invocations import PROGRAMMATICALLY, Invocations
from local.host.keys import Gate
from local.host.requests import Reply, Request
from local.host.routes import full_template
from local.host.timers import timer_datum

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 1_048_576


class Admin:
    """Answers everything below ``/admin``."""

    def __init__(
        self,
        *,
        host_id: str,
        route_prefix: str,
        functions: Sequence[Function],
        runnable: Sequence[Function],
        errors: Sequence[str],
        is_disabled: Callable[[str], bool],
        invocations: Invocations,
        gate: Gate,
        draining: asyncio.Event,
    ) -> None:
        self._host_id = host_id
        self._route_prefix = route_prefix
        self._functions = {function.name.lower(): function for function in functions}
        self._runnable = {function.name.lower(): function for function in runnable}
        self._errors = errors
        self._is_disabled = is_disabled
        self._invocations = invocations
        self._gate = gate
        self._draining = draining
        self._started = time.monotonic()
        self._instance = uuid.uuid4().hex
        self._background: set[asyncio.Task[object]] = set()

    async def answer(self, request: Request) -> Reply:
        """Answer one request; ``ping`` needs no key."""
        parts = [part.lower() for part in request.path.strip("/").split("/")[1:]]
        if parts == ["host", "ping"] and request.method in {"GET", "POST"}:
            return Reply(200)
        if not self._gate.is_administrator(request.key):
            return Reply(403 if self._gate.is_known_to_the_host(request.key) else 401)
        match request.method, parts:
            case "GET", ["host", "status"]:
                return _json(200, self._status())
            case "POST", ["host", "drain"]:
                self._draining.set()
                return Reply(202)
            case "GET", ["host", "drain", "status"]:
                return _json(200, self._drained())
            case "GET", ["functions"]:
                return _json(200, [self._describe(function, request) for function in self._functions.values()])
            case "GET", ["functions", name] if name in self._functions:
                return _json(200, self._describe(self._functions[name], request))
            case "POST", ["functions", name] if name in self._runnable:
                return await self._start(self._runnable[name], request)
        return Reply(404)

    def _status(self) -> dict[str, object]:
        runtime_version = version("azure-functions-runtime")
        status: dict[str, object] = {
            "id": self._host_id,
            "state": "Running" if self._functions or not self._errors else "Error",
            "version": runtime_version,
            "versionDetails": f"local host on azure-functions-runtime {runtime_version}",
            "instanceId": self._instance,
            "computerName": socket.gethostname(),
            "processUptime": int((time.monotonic() - self._started) * 1000),
        }
        if self._errors:
            status["errors"] = list(self._errors)
        return status

    def _drained(self) -> dict[str, object]:
        running = self._invocations.running
        state = "Disabled" if not self._draining.is_set() else "InProgress" if running else "Completed"
        return {"state": state, "outstandingInvocations": running, "outstandingRetries": 0}

    def _describe(self, function: Function, request: Request) -> dict[str, object]:
        base = f"http://{request.headers.get('host', 'localhost')}"
        template = None
        if isinstance(function.trigger, HttpTrigger):
            template = f"{base}/{full_template(self._route_prefix, function.trigger.route)}"
        return {
            "name": function.name,
            "href": f"{base}/admin/functions/{function.name}",
            "invoke_url_template": template,
            "language": "python",
            "config": {"bindings": list(function.bindings)},
            "isDisabled": self._is_disabled(function.name),
        }

    async def _start(self, function: Function, request: Request) -> Reply:
        """Run a function in the background with the text that the caller gives."""
        if not request.headers.get("content-type", "").lower().startswith("application/json"):
            return Reply(415)
        body = await request.read_body(MESSAGE_LIMIT, read_chunked=True)
        try:
            order = json.loads(body)
        except ValueError:
            return Reply(400)
        if not isinstance(order, dict):
            return Reply(400)
        text = "" if order.get("input") is None else order["input"]
        if not isinstance(text, str):
            return Reply(400)
        match function.trigger:
            case TimerTrigger():
                work = self._invocations.run(function, timer_datum(), reason=PROGRAMMATICALLY)
            case QueueTrigger():
                work = self._invocations.run(
                    function, string_datum(text), metadata=message_metadata(text, {}), reason=PROGRAMMATICALLY
                )
            case HttpTrigger() as trigger:
                made_up = Request.made_up(f"/{full_template(self._route_prefix, trigger.route)}", text.encode())
                work = self._invocations.run(function, http_datum(made_up, {}, text.encode()), reason=PROGRAMMATICALLY)
        task: asyncio.Task[object] = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return Reply(202)


def _json(status: int, content: object) -> Reply:
    return Reply(status, json.dumps(content).encode(), ((b"Content-Type", b"application/json; charset=utf-8"),))
