"""What is outside the services, in memory: it counts every call, and Graph takes its time."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from shared.adapters import custody
from shared.adapters.names import TableName
from shared.adapters.table import Cell, Found, Row
from shared.domain.exports import Manifest, Part
from shared.domain.replies import Inbound
from shared.errors import AlreadyGone
from shared.ports import Attendee, Body, BodyName, Clock, EventContent, LeftDraft, Letter, News, Page, Written
from tests.fakes import MemoryBodies, MemoryTable

_PAGE = 1_000
# Of a request to Graph, in seconds.
_DRAFT, _SEND, _FIND, _EVENT = 0.3, 0.4, 0.2, 0.5


@dataclass
class Calls:
    """Calls by service and kind, over all and of the execution that makes them."""

    total: Counter[str] = field(default_factory=Counter)
    by_partition: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    graph_by_window: Counter[tuple[str, int]] = field(default_factory=Counter)
    at_once: Counter[str] = field(default_factory=Counter)
    most_at_once: int = 0

    def note(self, kind: str, number: int = 1) -> None:
        self.total[kind] += number
        EXECUTION.get()[kind] += number


# The calls of one function execution; each runs as a task of its own, so each has its own.
EXECUTION: ContextVar[Counter[str]] = ContextVar("EXECUTION", default=Counter())  # noqa: B039 -- what no execution makes


class CountedTable(MemoryTable):
    """A table that counts calls as the service would: a query is a call for each thousand rows."""

    def __init__(self, name: TableName, calls: Calls, clock: Clock) -> None:
        super().__init__()
        self._name = name.value
        self._calls = calls
        self._clock = clock

    def _note(self, kind: str, partition: str, number: int = 1) -> None:
        self._calls.note(kind, number)
        self._calls.by_partition[self._name, partition, int(self._clock.now().timestamp()) // 60] += number

    async def get(self, partition: str, key: str) -> Found | None:
        self._note("table read", partition)
        return await super().get(partition, key)

    async def insert(self, row: Row) -> bool:
        self._note("table write", str(row["PartitionKey"]))
        return await super().insert(row)

    async def replace(self, row: Row, etag: str) -> str | None:
        self._note("table write", str(row["PartitionKey"]))
        return await super().replace(row, etag)

    async def put(self, row: Row) -> str:
        self._note("table write", str(row["PartitionKey"]))
        return await super().put(row)

    async def merge(self, row: Row) -> bool:
        self._note("table write", str(row["PartitionKey"]))
        return await super().merge(row)

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        self._note("table write", partition)
        return await super().delete(partition, key, etag)

    async def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Found]:
        # With a filter the service reads what it leaves out; it answers at the latest after a thousand rows of those.
        read = 0
        async for found in super().query(partition, from_key=from_key, before_key=before_key, limit=limit):
            read += 1
            if all(found.row.get(name) == value for name, value in (where or {}).items()):
                yield found
        self._note("table read", partition or "", max(1, -(-read // _PAGE)))


class CountedTables:
    """All tables of an account."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self.calls = calls
        self._tables = {name: CountedTable(name, calls, clock) for name in TableName}

    def __call__(self, name: TableName) -> CountedTable:
        return self._tables[name]


class CountedBodies(MemoryBodies):
    """Raw bodies; each call is one of blob storage."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    async def keep(self, body: Body, *, waiting: bool = True) -> bool:
        self._calls.note("blob write")
        return await super().keep(body, waiting=waiting)

    async def get(self, content: str) -> Body | None:
        self._calls.note("blob read")
        return await super().get(content)

    async def taken_in(self, content: str) -> None:
        self._calls.note("blob write")
        await super().taken_in(content)

    async def waiting(self) -> AsyncIterator[str]:
        self._calls.note("blob read")
        async for content in super().waiting():
            yield content

    async def received_since(self, instant: datetime) -> AsyncIterator[BodyName]:
        raise NotImplementedError(f"nothing is restored in this simulation, at {instant}")
        yield BodyName("", "")


@dataclass
class _Mail:
    """A mail at the mailbox."""

    key: str
    about: str
    is_draft: bool = True


class SimulatedMailbox:
    """``Mailbox``: finds by key at once, takes its time, and says when a mail has left."""

    def __init__(self, address: str, calls: Calls, clock: Clock, left: Callable[[str, str], None]) -> None:
        self.address = address
        self.sent_by_minute: Counter[int] = Counter()
        self._calls = calls
        self._clock = clock
        self._left = left
        self._mails: dict[str, _Mail] = {}
        self._by_key: defaultdict[str, list[str]] = defaultdict(list)
        self._ids = itertools.count(1)

    async def find(self, key: str) -> Written | None:
        await self._graph("find", _FIND)
        found = sorted((self._mails[id_].is_draft, id_) for id_ in self._by_key[key])
        return Written(found[0][1], found[0][0]) if found else None

    async def draft(self, letter: Letter) -> Written:
        await self._graph("draft", _DRAFT)
        id_ = f"{self.address} {next(self._ids)}"
        self._mails[id_] = _Mail(letter.key, letter.about)
        self._by_key[letter.key].append(id_)
        return Written(id_, is_draft=True)

    async def send(self, graph_id: str) -> float:
        await self._graph("send", _SEND)
        mail = self._mails[graph_id]
        if not mail.is_draft:
            raise AlreadyGone("sent before")
        mail.is_draft = False
        self.sent_by_minute[int(self._clock.now().timestamp()) // 60] += 1
        self._left(self.address, mail.about)
        return 0.0

    async def drafts(self) -> Sequence[LeftDraft]:
        await self._graph("drafts", _FIND)
        return ()

    async def discard(self, graph_id: str) -> None:
        await self._graph("discard", _FIND)
        self._mails.pop(graph_id, None)

    async def _graph(self, kind: str, seconds: float) -> None:
        await graph(self._calls, self._clock, self.address, kind, seconds)


async def graph(calls: Calls, clock: Clock, mailbox: str, kind: str, seconds: float) -> None:
    """One request to Graph."""
    calls.note(f"graph {kind}")
    calls.graph_by_window[mailbox, int(clock.now().timestamp()) // 600] += 1
    calls.at_once[mailbox] += 1
    calls.most_at_once = max(calls.most_at_once, calls.at_once[mailbox])
    await asyncio.sleep(seconds)
    calls.at_once[mailbox] -= 1


class SimulatedCalendar:
    """``Calendar``: nobody answers invitations, and nothing is lost."""

    def __init__(self, address: str, calls: Calls, clock: Clock) -> None:
        self._address = address
        self._calls = calls
        self._clock = clock
        self._events: dict[str, str] = {}

    async def find(self, key: str) -> str | None:
        await self._graph("find event")
        return self._events.get(key)

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        await self._graph("create event")
        return self._events.setdefault(key, f"{self._address} event {len(self._events)}")

    async def set_attendees(self, event: str, attendees: Sequence[Attendee]) -> None:
        await self._graph("change attendees")

    async def set_content(self, event: str, content: EventContent) -> None:
        await self._graph("change event")

    async def says(self, event: str, content: EventContent) -> bool:
        await self._graph("read event")
        return True

    async def cancel(self, event: str, comment: str) -> None:
        await self._graph("cancel event")

    async def responses(self, event: str) -> Mapping[str, str]:
        await self._graph("read event")
        return {}

    async def _graph(self, kind: str) -> None:
        await graph(self._calls, self._clock, self._address, kind, _EVENT)


class EmptyInbox:
    """``Inbox`` in which nothing arrives."""

    def __init__(self, address: str, calls: Calls, clock: Clock) -> None:
        self._address = address
        self._calls = calls
        self._clock = clock

    async def news(self, link: str, since: datetime) -> News:
        await graph(self._calls, self._clock, self._address, "read inbox", _FIND)
        return News((), "link", more=False)

    async def read(self, mail: str) -> Inbound:
        raise AlreadyGone(mail)

    async def about(self, inbound: Inbound) -> str:
        raise AlreadyGone(inbound.id)

    async def words(self, mail: str) -> str:
        raise AlreadyGone(mail)


class CountedExtracts:
    """``Extracts`` that only counts: what a line costs is measured by the benchmark ``restore``."""

    def __init__(self, tables: CountedTables) -> None:
        self._tables = tables

    def tables(self) -> tuple[str, ...]:
        return tuple(table.value for table, care in custody.CUSTODY.items() if care.exported)

    async def pages(self, table: str, place: str = "", *, most: int | None = None) -> AsyncIterator[Page]:
        rows = len(self._tables(TableName(table)).rows)
        begin, count = int(place or 0), 0
        while count != most:
            begin, count = begin + _PAGE, count + 1
            self._tables.calls.note("table read")
            yield Page((), str(begin) if begin < rows else "")
            if begin >= rows:
                return


class CountedExports:
    """``Exports`` that keeps nothing but manifests."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)

    async def names(self) -> Sequence[str]:
        self._calls.note("blob read")
        return ()

    async def parts(self, export: str) -> Sequence[Part]:
        self._calls.note("blob read")
        return self._parts[export]

    async def write(self, export: str, table: str, number: int, pages: AsyncIterator[Page]) -> Part:
        further = ""
        async for page in pages:
            further = page.further
        self._calls.note("blob write", 2)
        part = Part(table, number, 0, _EMPTY, 0, further)
        self._parts[export].append(part)
        return part

    async def lines(self, export: str, part: Part) -> AsyncIterator[bytes]:
        self._calls.note("blob read")
        for _ in range(part.rows):
            yield b""

    async def finish(self, manifest: Manifest) -> None:
        self._calls.note("blob write")

    async def manifest(self, export: str) -> Manifest | None:
        self._calls.note("blob read")
        return None


_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # the SHA-256 of nothing
