"""What is outside the services, in memory: it counts every call, and takes as long as the real thing."""

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from local.memory.read_once import cells
from local.memory.storage import MemoryBodies
from local.memory.tables import MemoryTable, changed_at, chosen
from local.memory.virtual import VirtualLoop
from shared.adapters import table_policies
from shared.domain.calendar_event import Attendee, EventContent
from shared.domain.exports import Manifest, Part
from shared.domain.replies import Inbound
from shared.errors import AlreadyGone
from shared.ports import Body, BodyName, Cell, Found, LeftDraft, Letter, News, Page, Row, Written
from shared.stores.names import TableName

_PAGE = 1_000
# Of a call to storage, of a row that a query gives (read by the SDK), and of a request to Graph, in seconds.
STORAGE_CALL, ROW = 0.008, 0.0001
_DRAFT, _SEND, _FIND, _EVENT = 0.3, 0.4, 0.2, 0.5
# Calls to storage are waited for together, so that playing them costs less: a dozen at a time.
_WAITED_FOR_TOGETHER = 0.1
_TEN_MINUTES = 600.0


@dataclass(slots=True)
class Execution:
    """One run of a function: its name, and the time of calls to storage that it has not waited for yet."""

    function: str
    owes: float = 0.0


# Each execution runs as a task of its own, so each has its own.
EXECUTION: ContextVar[Execution] = ContextVar("EXECUTION", default=Execution("none"))  # noqa: B039 -- what none makes


@dataclass(frozen=True, slots=True)
class Most:
    """The most that was counted in one window: how much, of what, and when the window began."""

    number: int = 0
    of: str = ""
    at: float = 0.0


class Busiest:
    """Counts within windows of time, side by side, and remembers only the fullest."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._window = 0
        self._counts: Counter[tuple[str, str]] = Counter()
        self._one = Most()
        self._all = Most()

    def add(self, of: tuple[str, str], number: int, at: float) -> None:
        window = int(at / self._seconds)
        if window != self._window:
            self._close()
            self._window = window
        self._counts[of] += number

    @property
    def one(self) -> Most:
        """The fullest window of one."""
        self._close()
        return self._one

    @property
    def all(self) -> Most:
        """The fullest window of all together."""
        self._close()
        return self._all

    def _close(self) -> None:
        if not self._counts:
            return
        begin = self._window * self._seconds
        of, number = self._counts.most_common(1)[0]
        if number > self._one.number:
            self._one = Most(number, " ".join(of).strip(), begin)
        together = self._counts.total()
        if together > self._all.number:
            self._all = Most(together, "", begin)
        self._counts.clear()


class Calls:
    """Calls by service and kind, by function and by table, and the busiest moments of what has a limit."""

    def __init__(self, loop: VirtualLoop) -> None:
        # By function, table if it is one, and kind.
        self.made: Counter[tuple[str, str, str]] = Counter()
        self.partitions = Busiest(1.0)
        self.rows = Busiest(1.0)
        self.graph = Busiest(_TEN_MINUTES)
        self.mails = Busiest(60.0)
        self.at_once: Counter[str] = Counter()
        self.most_at_once = 0
        self._loop = loop

    @property
    def total(self) -> Counter[str]:
        """By kind."""
        return self._sums(lambda function, table, kind: kind)

    @property
    def by_table(self) -> Counter[tuple[str, str]]:
        """By table and kind."""
        return self._sums(lambda function, table, kind: (table, kind) if table else None)

    @property
    def by_function(self) -> Counter[tuple[str, str]]:
        """By function and kind."""
        return self._sums(lambda function, table, kind: (function, kind))

    def _sums[K](self, key: Callable[[str, str, str], K | None]) -> Counter[K]:
        sums = Counter[K]()
        for made, number in self.made.items():
            of = key(*made)
            if of is not None:
                sums[of] += number
        return sums

    def note(self, kind: str, number: int = 1) -> None:
        """Count calls of the execution that makes them."""
        self.made[EXECUTION.get().function, "", kind] += number

    async def storage(self, kind: str, number: int = 1) -> None:
        """Calls to blobs and queues, which take their time."""
        self.note(kind, number)
        execution = EXECUTION.get()
        execution.owes += number * STORAGE_CALL
        if execution.owes >= _WAITED_FOR_TOGETHER:
            await _waits(execution)

    async def table(self, kind: str, table: str, partition: str, rows: int = 0) -> None:
        """A call to a table, which takes its time."""
        execution, now = EXECUTION.get(), self._loop.time()
        self.made[execution.function, table, kind] += 1
        self.partitions.add((table, partition), 1, now)
        if rows:
            self.rows.add((table, partition), rows, now)
        execution.owes += STORAGE_CALL + rows * ROW
        if execution.owes >= _WAITED_FOR_TOGETHER:
            await _waits(execution)

    async def request_to_graph(self, mailbox: str, kind: str, seconds: float) -> None:
        """One request for a mailbox."""
        self.note(f"graph {kind}")
        self.graph.add((mailbox, ""), 1, self._loop.time())
        self.at_once[mailbox] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[mailbox])
        await asyncio.sleep(seconds)
        self.at_once[mailbox] -= 1

    def left(self, mailbox: str, number: int) -> None:
        """So many mails and invitations left a mailbox."""
        self.mails.add((mailbox, ""), number, self._loop.time())


async def _waits(execution: Execution) -> None:
    owed, execution.owes = execution.owes, 0.0
    await asyncio.sleep(owed)


class CountedTable(MemoryTable):
    """A table that counts calls as the service would: a query is a call for each thousand rows.

    What it gives is not copied: nothing in here changes a row in place.
    """

    def __init__(self, name: TableName, calls: Calls) -> None:
        super().__init__()
        self._name = name.value
        self._calls = calls

    def _cells(self, row: Mapping[str, Cell]) -> dict[str, Cell]:
        return cells(row)

    async def get(self, partition: str, key: str) -> Found | None:
        await self._calls.table("table read", self._name, partition)
        found = self.rows.get((partition, key))
        return Found(*found) if found else None

    async def insert(self, row: Row) -> bool:
        await self._calls.table("table write", self._name, str(row["PartitionKey"]))
        return await super().insert(row)

    async def replace(self, row: Row, etag: str) -> str | None:
        await self._calls.table("table write", self._name, str(row["PartitionKey"]))
        return await super().replace(row, etag)

    async def put(self, row: Row) -> str:
        await self._calls.table("table write", self._name, str(row["PartitionKey"]))
        return await super().put(row)

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        await self._calls.table("table write", self._name, str(row["PartitionKey"]))
        return await super().merge(row, etag)

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        await self._calls.table("table write", self._name, partition)
        return await super().delete(partition, key, etag)

    async def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        changed_after: datetime | None = None,
        limit: int | None = None,
        columns: Collection[str] = (),
    ) -> AsyncIterator[Found]:
        # With a filter the service reads what it leaves out; it answers at the latest after a thousand rows of those.
        read, found = self._select(partition, from_key, before_key, where, limit)
        for begin in range(0, max(read, 1), _PAGE):
            await self._calls.table("table read", self._name, partition or "", min(read - begin, _PAGE))
        for row, etag in found:
            if changed_after is None or changed_at(etag) > changed_after:
                yield chosen(row, columns) if columns else Found(row, etag, changed_at(etag))


class CountedTables:
    """All tables of an account."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self._tables = {name: CountedTable(name, calls) for name in TableName}

    def __call__(self, name: TableName) -> CountedTable:
        return self._tables[name]


class CountedBodies(MemoryBodies):
    """Raw bodies; each call is one of blob storage."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    async def keep(self, body: Body, *, waiting: bool = True) -> bool:
        await self._calls.storage("blob write")
        return await super().keep(body, waiting=waiting)

    async def get(self, content: str) -> Body | None:
        await self._calls.storage("blob read")
        return await super().get(content)

    async def taken_in(self, content: str) -> None:
        await self._calls.storage("blob write")
        await super().taken_in(content)

    async def waiting(self) -> AsyncIterator[str]:
        await self._calls.storage("blob read")
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

    def __init__(self, address: str, calls: Calls, left: Callable[[str, str], None]) -> None:
        self.address = address
        self._calls = calls
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
        self._calls.left(self.address, 1)
        self._left(self.address, mail.about)
        return 0.0

    async def drafts(self) -> Sequence[LeftDraft]:
        await self._graph("drafts", _FIND)
        return ()

    async def discard(self, graph_id: str) -> None:
        await self._graph("discard", _FIND)
        self._mails.pop(graph_id, None)

    async def _graph(self, kind: str, seconds: float) -> None:
        await self._calls.request_to_graph(self.address, kind, seconds)


class SimulatedCalendar:
    """``Calendar``: nobody answers invitations, and nothing is lost. An invitation is a mail to each who hears."""

    def __init__(self, address: str, calls: Calls) -> None:
        self._address = address
        self._calls = calls
        self._events: dict[str, str] = {}
        self._invited: dict[str, set[str]] = {}

    async def find(self, key: str) -> str | None:
        await self._graph("find event")
        return self._events.get(key)

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        await self._graph("create event")
        event = self._events.setdefault(key, f"{self._address} event {len(self._events)}")
        self._tell(event, attendees)
        return event

    async def set_attendees(self, event: str, attendees: Sequence[Attendee], *, ours: Callable[[str], bool]) -> None:
        del ours  # nobody adds anybody in this calendar
        await self._graph("read event")
        await self._graph("change attendees")
        self._tell(event, attendees)

    def _tell(self, event: str, attendees: Sequence[Attendee]) -> None:
        invited = {attendee.email for attendee in attendees}
        self._calls.left(self._address, len(invited ^ self._invited.get(event, set())))
        self._invited[event] = invited

    async def set_content(self, event: str, content: EventContent) -> None:
        await self._graph("change event")

    async def says(self, event: str, content: EventContent) -> bool:
        await self._graph("read event")
        return True

    async def has_link(self, event: str) -> bool:
        await self._graph("read event")
        return True

    async def cancel(self, event: str, comment: str) -> None:
        await self._graph("cancel event")

    async def responses(self, event: str) -> Mapping[str, str]:
        await self._graph("read event")
        return {}

    async def _graph(self, kind: str) -> None:
        await self._calls.request_to_graph(self._address, kind, _EVENT)


class EmptyInbox:
    """``Inbox`` in which nothing arrives."""

    def __init__(self, address: str, calls: Calls) -> None:
        self._address = address
        self._calls = calls
        self._reads = itertools.count(1)

    async def news(self, link: str, since: datetime) -> News:
        await self._calls.request_to_graph(self._address, "read inbox", _FIND)
        # Graph says where to go on in other words each time.
        return News((), f"link {next(self._reads)}", more=False)

    async def read(self, mail: str) -> Inbound:
        raise AlreadyGone(mail)

    async def about(self, message_id: str = "", *, conversation: str = "") -> str:
        raise AlreadyGone(message_id or conversation)

    async def words(self, mail: str) -> str:
        raise AlreadyGone(mail)


class CountedExtracts:
    """``Extracts`` that only counts: what a line costs is measured by the benchmark ``restore``."""

    def __init__(self, tables: CountedTables) -> None:
        self._tables = tables

    def tables(self) -> tuple[str, ...]:
        return tuple(table.value for table, policy in table_policies.POLICIES.items() if policy.exported)

    async def pages(self, table: str, place: str = "", *, most: int | None = None) -> AsyncIterator[Page]:
        rows = len(self._tables(TableName(table)).rows)
        begin, count = int(place or 0), 0
        while count != most:
            begin, count = begin + _PAGE, count + 1
            await self._tables.calls.table("table read", table, "")
            yield Page((), str(begin) if begin < rows else "")
            if begin >= rows:
                return


class CountedExports:
    """``Exports`` that keeps nothing but manifests."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._parts: defaultdict[str, list[Part]] = defaultdict(list)

    async def names(self) -> Sequence[str]:
        await self._calls.storage("blob read")
        return ()

    async def parts(self, export: str) -> Sequence[Part]:
        await self._calls.storage("blob read")
        return self._parts[export]

    async def write(self, export: str, table: str, number: int, pages: AsyncIterator[Page]) -> Part:
        further = ""
        async for page in pages:
            further = page.further
        await self._calls.storage("blob write", 2)
        part = Part(table, number, 0, _EMPTY, 0, further)
        self._parts[export].append(part)
        return part

    async def lines(self, export: str, part: Part) -> AsyncIterator[bytes]:
        await self._calls.storage("blob read")
        for _ in range(part.rows):
            yield b""

    async def finish(self, manifest: Manifest) -> None:
        await self._calls.storage("blob write")

    async def manifest(self, export: str) -> Manifest | None:
        await self._calls.storage("blob read")
        return None


_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # the SHA-256 of nothing
