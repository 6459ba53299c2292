"""Webhooks as bytes on the wire, and what the host that takes them uses."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from tests.journey.platform import signed
from tests.world import PROGRAMME

_PAGE = 4096


@dataclass(slots=True)
class Sent:
    """What sending took: in all, each request's wait, and what was answered."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def request(body: bytes) -> bytes:
    """A signed webhook for the shipped programme."""
    headers = {
        "host": "127.0.0.1",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **signed(body, message_id=f"msg_{uuid4().hex}"),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /webhooks/standard/{PROGRAMME} HTTP/1.1\r\n{head}\r\n".encode() + body


async def send(base: str, requests: Sequence[bytes], at_once: int) -> Sent:
    """Send everything over a few lasting connections."""
    waiting, sent, at = iter(requests), Sent(), urlsplit(base)
    connections = [await asyncio.open_connection(at.hostname, at.port) for _ in range(at_once)]

    async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in waiting:
            begun = time.perf_counter()
            writer.write(one)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await _read_chunks(reader)
            sent.waits.append(time.perf_counter() - begun)
            sent.statuses.append(int(head.split()[1]))

    begun = time.perf_counter()
    await asyncio.gather(*(work(*connection) for connection in connections))
    sent.seconds = time.perf_counter() - begun
    for _, writer in connections:
        writer.close()
    return sent


async def _read_chunks(reader: asyncio.StreamReader) -> None:
    """The host states no length."""
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + len(b"\r\n"))
    await reader.readline()


def resident(process: int) -> float:
    """Megabytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / 2**20
