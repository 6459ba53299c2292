"""A request and a reply as the host sees them, read from ASGI."""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NO_CONTENT, NOT_MODIFIED = 204, 304
# Kestrel's limits.
_LONGEST_LINE, _MOST_HEADERS = 8_192, 32_768
_NUL = re.compile("%00|\0")


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
        """Write it as ASGI events. As by the real host no length is stated, so what there is goes in chunks."""
        headers = list(self.headers)
        if not self.body and self.status not in {NO_CONTENT, NOT_MODIFIED}:
            headers.append((b"content-length", b"0"))
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
        self.path = _resolved(_decoded(self._raw_path))
        self.headers = _join((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])

    @classmethod
    def made_up(cls, path: str, body: bytes) -> "Request":
        """A request that nobody sent, as for a function that an administrator has run."""
        headers = [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())]
        scope = {"method": "POST", "raw_path": path.encode(), "query_string": b"", "headers": headers, "scheme": "http"}

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body}

        return cls(scope, receive)

    def refused(self) -> int:
        """The status by which the real host's server refuses what it does not read at all, 0 if it reads it."""
        line = f"{self.method} {self._raw_path}{'?' if self._raw_query else ''}{self._raw_query} HTTP/1.1\r\n"
        fields = [name + value for name, value in self._scope["headers"]]
        if len(line) > _LONGEST_LINE:
            return HTTPStatus.REQUEST_URI_TOO_LONG
        if sum(len(each) + len(": \r\n") for each in fields) > _MOST_HEADERS:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        if _NUL.search(self._raw_path) or not line.isascii() or not all(each.isascii() for each in fields):
            return HTTPStatus.BAD_REQUEST
        return 0

    @property
    def asks_whether_it_may(self) -> bool:
        """Whether a browser asks if a page of another site may send something here."""
        return self.method == "OPTIONS" and {"origin", "access-control-request-method"} <= set(self.headers)

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
        host = self.headers.get("disguised-host") or self.headers.get("host", "localhost")
        scheme = self.headers.get("x-forwarded-proto") or self._scope["scheme"]
        query = f"?{self._raw_query}" if self._raw_query else ""
        return f"{scheme}://{host}{self._raw_path}{query}"

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


def _decoded(raw: str) -> str:
    """A path with its escapes read. Slashes stay encoded and reach no other route, and so does what is no UTF-8."""
    parts = re.split(r"((?:%[0-9A-Fa-f]{2})+)", raw)
    return "".join(_read(part) if part.startswith("%") else part for part in parts)


def _read(escapes: str) -> str:
    kept = re.sub(r"%2f", lambda found: f"%25{found[0][1:]}", escapes, flags=re.IGNORECASE)
    try:
        return unquote(kept, errors="strict")
    except UnicodeDecodeError:
        return escapes


def _resolved(path: str) -> str:
    """A path without ``.`` and ``..``, which the server takes out before any route is looked for (RFC 3986, 5.2.4)."""
    left: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            del left[max(1, len(left) - 1) :]
        elif segment != ".":
            left.append(segment)
    if segments[-1] in {".", ".."}:
        left.append("")
    return "/".join(left) or "/"


def _join(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined
