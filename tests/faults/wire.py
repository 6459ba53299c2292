"""Seams on the wire: every request of this process to storage and to Graph, retries of the SDK included."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import httpx
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport

from local.settings import Ports
from tests.faults.seams import Fault, Seams


@contextmanager
def seams_on_the_wire(seams: Seams, at: Ports) -> Iterator[None]:
    """Put the seams before every request while the context runs; waits between the SDK's retries take no time."""
    services = {at.blob: "blob", at.queue: "queue", at.table: "table"}
    storage_send, graph_send = AioHttpTransport.send, httpx.AsyncHTTPTransport.handle_async_request

    async def to_storage(self: AioHttpTransport, request: Any, **options: Any) -> Any:
        name = _named(services, request.method, request.url)
        return await seams.through(name, lambda: storage_send(self, request, **options), _from_storage)

    async def to_graph(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        name = _named({}, request.method, str(request.url))
        return await seams.through(name, lambda: graph_send(self, request), _from_graph)

    async def at_once(*_: Any) -> None:
        return None

    with (
        patch.object(AioHttpTransport, "send", to_storage),
        patch.object(httpx.AsyncHTTPTransport, "handle_async_request", to_graph),
        patch.object(AsyncHttpTransport, "sleep", at_once),
    ):
        yield


def _named(services: dict[int, str], method: str, url: str) -> str:
    parts = urlsplit(url)
    service = services.get(parts.port or 0, "graph")
    words = [word.partition("(")[0] for word in unquote(parts.path).split("/") if word]
    what = (words[1] if len(words) > 1 else "") if service != "graph" else words[-1][:20]
    return f"{service}.{method} {what}"


def _from_storage(fault: Fault, answer: Any) -> Any:
    """Busy: the SDK repeats, and meets its own success. Cut: it repeats what it may repeat."""
    if fault is Fault.LOST_ANSWER:
        answer.status_code = 503
        return answer
    raise ServiceResponseError(f"planned fault: {fault}")


def _from_graph(fault: Fault, _: httpx.Response | None) -> httpx.Response:
    match fault:
        case Fault.TOO_MANY:
            error = {"error": {"code": "ApplicationThrottled", "message": "over its MailboxConcurrency limit"}}
            return httpx.Response(429, headers={"Retry-After": "7"}, json=error)
        case Fault.UNAVAILABLE:
            return httpx.Response(503, json={"error": {"code": "ServiceUnavailable", "message": ""}})
        case _:
            raise httpx.ReadTimeout("planned fault: the answer is lost")
