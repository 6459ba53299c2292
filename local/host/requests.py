"""A request and a reply as the host sees them, read from ASGI."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NO_CONTENT, NOT_MODIFIED = 204, 304


class BodyTooLargeError(Exception):
    """The body is above the limit."""


class CallerGoneError(Exception):
    """The caller closed the connection before the body was complete."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the caller."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Write it as ASGI events."""
        headers = list(self.headers)
        if self.status not in {NO_CONTENT, NOT_MODIFIED}:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Request:
    """A request before its body was read."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self.method: str = scope["method"]
        self._raw_path: str = scope["raw_path"].decode("latin-1")
        self._raw_query: str = scope["query_string"].decode("latin-1")
        # An encoded slash stays encoded, so it cannot reach another route.
        self.path = unquote(self._raw_path.replace("%2F", "%252F").replace("%2f", "%252f"))
        self.headers = _join((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])

    @cached_property
    def query(self) -> dict[str, str]:
        """Query values: empty ones dropped, repeated ones joined, a key spelt as it first came."""
        spelling: dict[str, str] = {}
        return _join(
            (spelling.setdefault(key.lower(), key), value)
            for key, value in parse_qsl(self._raw_query, keep_blank_values=False)
        )

    @property
    def url(self) -> str:
        """The whole address, encoded as it came."""
        host = self.headers.get("host", "localhost")
        query = f"?{self._raw_query}" if self._raw_query else ""
        return f"{self._scope['scheme']}://{host}{self._raw_path}{query}"

    @property
    def key(self) -> str:
        """The key that the caller shows, if any."""
        return self.headers.get("x-functions-key") or self.query.get("code", "")

    @property
    def is_chunked(self) -> bool:
        """Whether the body comes without a stated length."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    async def read_body(self, limit: int, *, read_chunked: bool = False) -> bytes:
        """Read the body; for a function a chunked one is empty, because the host copies what has a stated length.

        Raises BodyTooLargeError and CallerGoneError.
        """
        length = int(self.headers.get("content-length", "0"))
        if length > limit:
            raise BodyTooLargeError
        if not length and not (read_chunked and self.is_chunked):
            return b""
        chunks: list[bytes] = []
        size = 0
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise CallerGoneError
            chunk: bytes = event.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                raise BodyTooLargeError
            if not event.get("more_body"):
                return b"".join(chunks)


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
