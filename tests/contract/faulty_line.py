"""A line to a storage service on which answers get lost: a small HTTP proxy with scripted trouble."""

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Self


class Trouble(StrEnum):
    """What happens to one request."""

    BUSY_AFTER = "503 after the effect"
    CUT_AFTER = "connection cut after the effect"
    BUSY_BEFORE = "503 before any effect"
    CUT_BEFORE = "connection cut before any effect"


AFTER = {Trouble.BUSY_AFTER, Trouble.CUT_AFTER}
_AT_RANDOM = (Trouble.CUT_BEFORE, Trouble.CUT_AFTER, Trouble.BUSY_BEFORE)
_BUSY = b"HTTP/1.1 503 Server Busy\r\nx-ms-error-code: ServerBusy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Seen:
    """A request that came along."""

    method: str
    path: str
    trouble: Trouble | None


class FaultyLine:
    """Passes requests on to a port of this machine, one connection for each."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._plan: list[tuple[str, Trouble]] = []
        self._always: Trouble | None = None
        self._chance: tuple[Random, float] | None = None
        self._server: asyncio.Server | None = None
        self.seen: list[Seen] = []

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def next(self, method: str, trouble: Trouble) -> None:
        """The next request of this method meets this trouble; those after it pass."""
        self._plan.append((method, trouble))

    def always(self, trouble: Trouble) -> None:
        self._always = trouble

    def at_random(self, random: Random, share: float) -> None:
        """From now on this share of all requests is lost; as many answers are, and as many are refused. 0: none."""
        self._chance = (random, share) if share else None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    def _trouble(self, method: str) -> Trouble | None:
        for planned in self._plan:
            if planned[0] == method:
                self._plan.remove(planned)
                return planned[1]
        if self._chance is not None:
            random, share = self._chance
            rolled = int(random.random() / share)
            return _AT_RANDOM[rolled] if rolled < len(_AT_RANDOM) else None
        return self._always

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, path, _ = lines[0].split(" ", 2)
            headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            trouble = self._trouble(method)
            self.seen.append(Seen(method, path, trouble))
            answer = b"" if trouble in {Trouble.BUSY_BEFORE, Trouble.CUT_BEFORE} else await self._pass_on(lines, body)
            if trouble in {Trouble.CUT_AFTER, Trouble.CUT_BEFORE}:
                writer.transport.abort()
                return
            writer.write(answer if trouble is None else _BUSY)
            await writer.drain()
        writer.close()

    async def _pass_on(self, lines: list[str], body: bytes) -> bytes:
        kept = [line for line in lines if line and not line.lower().startswith("connection:")]
        reader, writer = await asyncio.open_connection("127.0.0.1", self._to)
        writer.write("\r\n".join([*kept, "Connection: close", "", ""]).encode("latin-1") + body)
        await writer.drain()
        answer = await reader.read(-1)
        writer.close()
        return answer
