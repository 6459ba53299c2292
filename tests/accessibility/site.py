"""The app's doors behind a real HTTP server, on the pipeline in memory: what a browser gets, within milliseconds.

The journey tests use the local host (``local/host``) and a real inbox; hundreds of pages would take them many minutes.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl

import azure.functions as func
import uvicorn
from playwright.sync_api import Page

from local.host.routes import Route
from shared import bootstrap
from shared.adapters.rendering import JinjaRenderer
from shared.composition import root
from tests.accessibility.screens import Kept, Screen
from tests.doors import doors
from tests.world import World, cohort_7

type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]
type Handler = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]


class Renderer(JinjaRenderer):
    """Notes which template was rendered last."""

    def __init__(self) -> None:
        super().__init__()
        self.last = ""

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        self.last = name
        return super().page(name, values)


class Site:
    """Serves whichever world is put into it. Everything of the world happens in the server's own loop."""

    def __init__(self) -> None:
        self._programme = cohort_7()
        self.renderer = Renderer()
        self.world = self.begin()
        self.base = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen on a free port of this machine."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self, log_level="error", lifespan="off"))
        ready = threading.Event()

        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            ready.set()
            assert self._server is not None
            await self._server.serve(sockets=[listener])

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        self._app = patch.object(bootstrap, "get_app", lambda: self.world.app)
        self._app.start()
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Stop listening."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._app.stop()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done in the loop that the world lives in."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def begin(self) -> World:
        """A new, empty world. It shares its templates with the last one: compiling them takes longer than the rest."""
        with patch.object(root, "JinjaRenderer", lambda *_: self.renderer):
            self.world = World(programme=self._programme)
        return self.world

    def open(self, page: Page, screen: Screen) -> World:
        """Show a page in this state, as to somebody who has never been here. Returns the world it is in."""
        page.context.clear_cookies()
        world = self.begin()
        place = self.run(screen.arrange(world))
        if isinstance(place, Kept):
            name, _, secret = place.cookie.partition("=")
            # As if set over HTTPS, which the name of the cookie demands; browsers trust this machine without it.
            address = self.base.replace("http:", "https:")
            page.context.add_cookies([{"name": name, "value": secret, "url": address, "secure": True}])
        page.goto(self.base + (place.path if isinstance(place, Kept) else place))
        screen.act(page)
        page.wait_for_load_state()
        return world

    async def look(self, screen: Screen) -> str:
        """The page in this state without a browser, for a screen on which nobody does anything."""
        place = await screen.arrange(self.begin())
        kept = place if isinstance(place, Kept) else Kept(place, "")
        path, _, query = kept.path.partition("?")
        headers = [(b"cookie", kept.cookie.encode())]
        scope = {"method": "GET", "path": path, "query_string": query.encode(), "headers": headers}
        with patch.object(bootstrap, "get_app", lambda: self.world.app):
            answer = await self._answer(scope, b"")
        return answer.get_body().decode()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, and let everything that follows from it happen before the answer leaves."""
        answer = await self._answer(scope, await _body(receive))
        await self.world.run()
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
        if answer.mimetype:
            headers.append((b"content-type", f"{answer.mimetype}; charset={answer.charset}".encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.get_body()})

    async def _answer(self, scope: Mapping[str, Any], body: bytes) -> func.HttpResponse:
        for route, methods, handler in _doors():
            found = route.match(scope["path"])
            if found is not None and scope["method"] in methods:
                request = func.HttpRequest(
                    method=scope["method"],
                    url=f"{self.base}{scope['path']}",
                    headers={name.decode(): value.decode() for name, value in scope["headers"]},
                    params=dict(parse_qsl(scope["query_string"].decode())),
                    route_params=found,
                    body=body,
                )
                return await handler(request)
        return func.HttpResponse(status_code=404)


@cache
def _doors() -> list[tuple[Route, set[str], Handler]]:
    """Every HTTP trigger of the app: route, methods, what answers; in the order in which the host asks them."""
    return [
        (Route.compile(door.trigger["route"]), set(door.trigger["methods"]), door.handler)
        for door in sorted(doors(), key=lambda door: door.name)
        if door.trigger["type"] == "httpTrigger"
    ]


def doors_of_pages() -> list[Route]:
    """The doors that browsers get pages from."""
    other = {"health", "assets/{version}/{name}"}
    return [route for route, methods, _ in _doors() if "GET" in methods and route.template not in other]


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
