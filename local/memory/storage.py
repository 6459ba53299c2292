"""Bodies, queues, leases and the team's files in memory; ``tests/contract`` holds them to the real ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from shared.ports import Body, BodyName


class MemoryBodies:
    """``Bodies`` in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, Body] = {}
        self._waiting: set[str] = set()

    async def keep(self, body: Body, *, waiting: bool = True) -> bool:
        if body.content in self.kept:
            return False
        self.kept[body.content] = body
        if waiting:
            self._waiting.add(body.content)
        return True

    async def get(self, content: str) -> Body | None:
        return self.kept.get(content)

    async def wait_again(self, content: str) -> None:
        if content in self.kept:
            self._waiting.add(content)

    async def move(self, content: str, programme: str) -> None:
        if content in self.kept:
            self.kept[content] = replace(self.kept[content], programme=programme)

    async def taken_in(self, content: str) -> None:
        self._waiting.discard(content)

    async def remove(self, content: str) -> None:
        self.kept.pop(content, None)
        self._waiting.discard(content)

    async def waiting(self) -> AsyncIterator[str]:
        for content in sorted(self._waiting):
            yield content

    async def received_since(self, instant: datetime) -> AsyncIterator[BodyName]:
        for content, body in sorted(self.kept.items()):
            if body.received_at >= instant:
                yield BodyName(body.programme, content)


class MemoryWakeups:
    """``Wakeups`` as lists: what was put on the queues."""

    def __init__(self) -> None:
        self.submissions: list[tuple[str, str, str]] = []
        self.mailboxes: list[tuple[str, float]] = []
        self.programmes: list[str] = []

    async def submission(self, programme: str, source: str, content: str) -> None:
        self.submissions.append((programme, source, content))

    async def mailbox(self, queue: str, *, after: float = 0) -> None:
        self.mailboxes.append((queue, after))

    async def pairs(self, programme: str) -> None:
        """See the port."""
        self.programmes.append(programme)


@dataclass
class MemoryLease:
    """``Lease``; a test may take it away."""

    held: bool


class MemoryLocks:
    """``Locks`` within one process."""

    def __init__(self) -> None:
        self.held: set[str] = set()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[MemoryLease]:
        if name in self.held:
            yield MemoryLease(held=False)
            return
        self.held.add(name)
        try:
            yield MemoryLease(held=True)
        finally:
            self.held.discard(name)


class MemoryReports:
    """``Reports`` in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def write(self, name: str, data: bytes, content_type: str) -> None:
        self.files[name] = data

    async def remove(self, name: str) -> None:
        self.files.pop(name, None)
