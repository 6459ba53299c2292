"""Counts calls: at the ports, for stand-ins in memory, and on the wire, for the real adapters."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import httpx
from azure.core.pipeline.transport import AioHttpTransport

from local.settings import Ports
from shared.adapters.storage import StorageAccount
from shared.composition import azure
from shared.composition.outside import Outside
from shared.ports import Clock
from shared.settings import Settings, Storage
from tests.contract.running import Azurite

_FIRST_NAME = re.compile(r"/[^/]+/(\w+)")


class Counted:
    """Stands before any port and counts the calls of each method."""

    def __init__(self, inner: object, place: str, calls: Counter[str]) -> None:
        self._inner = inner
        self._place = place
        self._calls = calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._inner, name)

        def called(*args: object, **options: object) -> Any:
            self._calls[f"{self._place} {name}"] += 1
            return method(*args, **options)

        return called


@dataclass(frozen=True, slots=True)
class Request:
    """One request on the wire, a retry of the SDK included."""

    service: str
    method: str
    name: str

    @property
    def column(self) -> str:
        if self.service != "table":
            return self.service
        return "table reads" if self.method == "GET" else "table writes"

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.name}"


@contextmanager
def requests(at: Ports) -> Iterator[list[Request]]:
    """Every request of this process to storage and to Graph while the context runs."""
    seen: list[Request] = []
    services = {at.blob: "blob", at.queue: "queue", at.table: "table"}
    storage_send = AioHttpTransport.send
    graph_send = httpx.AsyncHTTPTransport.handle_async_request

    def note(method: str, url: str) -> None:
        parts = urlsplit(url)
        service = services.get(parts.port or 0, "Graph")
        found = _FIRST_NAME.match(parts.path) if service != "Graph" else None
        seen.append(Request(service, method, found.group(1) if found else parts.path.rpartition("/")[2][:12]))

    async def to_storage(self: AioHttpTransport, request: Any, **options: Any) -> Any:
        note(request.method, request.url)
        return await storage_send(self, request, **options)

    async def to_graph(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        note(request.method, str(request.url))
        return await graph_send(self, request)

    with (
        patch.object(AioHttpTransport, "send", to_storage),
        patch.object(httpx.AsyncHTTPTransport, "handle_async_request", to_graph),
    ):
        yield seen


def on_emulator(settings: Settings, emulator: Azurite, **changes: object) -> Settings:
    """Settings whose storage is the emulator."""
    storage = Storage.model_validate({"AzureWebJobsStorage": emulator.connection})
    return settings.model_copy(update={"storage": storage, **changes})


@asynccontextmanager
async def outside_of(settings: Settings, clock: Clock) -> AsyncIterator[Outside]:
    """What the app has outside in Azure, closed at the end. The app itself closes nothing: its process ends."""
    opened: list[StorageAccount] = []

    def opening(*args: Any) -> StorageAccount:
        opened.append(StorageAccount(*args))
        return opened[-1]

    with patch.object(azure, "StorageAccount", opening):
        outside = azure.outside_in_azure(settings, clock)
    try:
        yield outside
    finally:
        for account in opened:
            await account.close()
