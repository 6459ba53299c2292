"""In-memory stand-ins for unit tests. ``tests/contract`` holds each to the promises of the real thing."""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from sortedcontainers import SortedDict

from shared.domain.programme import Programme
from shared.domain.replies import Inbound
from shared.errors import AlreadyGone
from shared.ports import (
    Attendee,
    Body,
    BodyName,
    Cell,
    EventContent,
    Found,
    LeftDraft,
    Letter,
    Metric,
    News,
    Row,
    Written,
)
from shared.stores.cells import checked
from shared.stores.names import TableName

_FIRST_WRITE = datetime(2001, 1, 1, tzinfo=UTC)
# No key of ours is behind the last of all characters.
_AFTER_EVERY_KEY = "\U0010ffff"


class ManualClock:
    """A clock that moves when told."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by


def chosen(row: Mapping[str, Cell], columns: Collection[str]) -> Found:
    """The row with these cells alone, as a query gives it that asks for them."""
    return Found({name: row[name] for name in columns if name in row}, "")


def changed_at(etag: str) -> datetime:
    """When the row of this etag was written: a table has a clock of its own, and here each write takes an hour."""
    return _FIRST_WRITE + timedelta(hours=int(etag.removeprefix("etag-")))


class MemoryTable:
    """``Table`` in a dictionary, counting its calls."""

    def __init__(self, count: Callable[[], None] = lambda: None) -> None:
        # In the order of their keys, so that a query costs what it gives.
        self.rows: SortedDict[tuple[str, str], tuple[dict[str, Cell], str]] = SortedDict()
        self._etags = itertools.count(1)
        self._count = count

    def _store(self, row: Mapping[str, Cell]) -> str:
        return self._keep(row, self._cells(row))

    def _keep(self, row: Mapping[str, Cell], cells: dict[str, Cell]) -> str:
        etag = f"etag-{next(self._etags)}"
        self.rows[str(row["PartitionKey"]), str(row["RowKey"])] = (cells, etag)
        return etag

    def _cells(self, row: Mapping[str, Cell]) -> dict[str, Cell]:
        return {n: v.astimezone(UTC) if isinstance(v, datetime) else v for n, v in checked(row).items()}

    async def get(self, partition: str, key: str) -> Found | None:
        self._count()
        found = self.rows.get((partition, key))
        return Found(dict(found[0]), found[1], changed_at(found[1])) if found else None

    async def insert(self, row: Row) -> bool:
        self._count()
        if (str(row["PartitionKey"]), str(row["RowKey"])) in self.rows:
            return False
        self._store(row)
        return True

    async def replace(self, row: Row, etag: str) -> str | None:
        self._count()
        found = self.rows.get((str(row["PartitionKey"]), str(row["RowKey"])))
        return self._store(row) if found and found[1] == etag else None

    async def put(self, row: Row) -> str:
        self._count()
        return self._store(row)

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        self._count()
        found = self.rows.get((str(row["PartitionKey"]), str(row["RowKey"])))
        if found is None or (etag is not None and found[1] != etag):
            return False
        # What stood there before goes over no line, so it is not looked at.
        given = self._cells({name: "" if value is None else value for name, value in row.items()})
        self._keep(row, type(found[0])({**found[0], **given}))
        return True

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        self._count()
        found = self.rows.get((partition, key))
        if found is None or (etag is not None and found[1] != etag):
            return False
        del self.rows[partition, key]
        return True

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
        self._count()
        assert changed_after is None or limit is None, "nobody asks for some of what has changed"
        for row, etag in self._select(partition, from_key, before_key, where, limit)[1]:
            if changed_after is None or changed_at(etag) > changed_after:
                yield chosen(row, columns) if columns else Found(dict(row), etag, changed_at(etag))

    def _select(
        self,
        partition: str | None,
        from_key: str | None,
        before_key: str | None,
        where: Mapping[str, Cell] | None,
        limit: int | None,
    ) -> tuple[int, list[tuple[dict[str, Cell], str]]]:
        """How many rows are read for a query, and those it gives, as they are now: those that change meanwhile too."""
        first, last = (partition or "", from_key or ""), (partition, before_key or _AFTER_EVERY_KEY)
        inside = self.rows.irange(first, None if partition is None else last, (True, before_key is None))
        if partition is None:
            inside = (k for k in inside if k[1] >= (from_key or "") and (before_key is None or k[1] < before_key))
        rows = self.rows
        if not where:
            found = [rows[key] for key in islice(inside, limit)]
            return len(found), found
        read, found = 0, []
        for key in inside:
            if limit is not None and len(found) >= limit:
                break
            read += 1
            stored = rows[key]
            if all(stored[0].get(name) == value for name, value in where.items()):
                found.append(stored)
        return read, found


class MemoryTables:
    """All tables of an account."""

    def __init__(self) -> None:
        self.calls = 0
        self._tables: dict[TableName, MemoryTable] = {}

    def __call__(self, name: TableName) -> MemoryTable:
        if name not in self._tables:
            self._tables[name] = MemoryTable(self._called)
        return self._tables[name]

    def _called(self) -> None:
        self.calls += 1

    def all_rows(self, name: TableName) -> list[dict[str, Cell]]:
        """Every row of a table, in key order."""
        return [dict(row) for _, (row, _) in sorted(self(name).rows.items())]


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


@dataclass
class MailboxItem:
    """A mail at the fake mail service."""

    letter: Letter
    is_draft: bool = True
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeMailbox:
    """``Mailbox`` that keeps every mail. ``failing`` is raised by the named call until it is cleared."""

    def __init__(self) -> None:
        self.items: dict[str, MailboxItem] = {}
        self.failing: dict[str, Exception] = {}
        self._ids = itertools.count(1)

    @property
    def sent(self) -> list[Letter]:
        return [item.letter for item in self.items.values() if not item.is_draft]

    def sent_to(self, address: str) -> list[Letter]:
        return [letter for letter in self.sent if address in letter.to]

    async def find(self, key: str) -> Written | None:
        self._fail("find")
        found = [(i.is_draft, id_) for id_, i in self.items.items() if i.letter.key.lower() == key.lower()]
        if not found:
            return None
        first, *others = sorted(found, key=lambda one: one[0])
        return Written(first[1], first[0], tuple(id_ for is_draft, id_ in others if is_draft))

    async def draft(self, letter: Letter) -> Written:
        self._fail("draft")
        graph_id = f"message-{next(self._ids)}"
        self.items[graph_id] = MailboxItem(letter)
        return Written(graph_id, is_draft=True)

    async def send(self, graph_id: str) -> float:
        self._fail("send")
        if graph_id not in self.items or not self.items[graph_id].is_draft:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        self.items[graph_id].is_draft = False
        return 0.0

    async def drafts(self) -> Sequence[LeftDraft]:
        self._fail("drafts")
        return [
            LeftDraft(id_, item.letter.about, item.made_at)
            for id_, item in self.items.items()
            if item.is_draft and item.letter.about
        ]

    async def discard(self, graph_id: str) -> None:
        self._fail("discard")
        self.items.pop(graph_id, None)

    def _fail(self, call: str) -> None:
        if call in self.failing:
            raise self.failing[call]


@dataclass
class FakeEvent:
    """An event at the fake calendar. ``told`` lists who heard what."""

    key: str
    content: EventContent
    attendees: dict[str, Attendee]
    cancelled: bool = False
    answers: dict[str, str] = field(default_factory=dict)


class FakeCalendar:
    """``Calendar`` that keeps events and notes who is told of what, as Exchange tells them."""

    def __init__(self) -> None:
        self.events: dict[str, FakeEvent] = {}
        self.told: list[tuple[str, str, str]] = []
        self._ids = itertools.count(1)

    async def find(self, key: str) -> str | None:
        return next((id_ for id_, event in self.events.items() if event.key == key and not event.cancelled), None)

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        found = await self.find(key)
        if found is not None:
            return found
        event = f"event-{next(self._ids)}"
        self.events[event] = FakeEvent(key, content, {a.email: a for a in attendees})
        self.told += [(event, a.email, "invited") for a in attendees]
        return event

    async def set_attendees(self, event: str, attendees: Sequence[Attendee]) -> None:
        item = self._event(event)
        wanted = {a.email.casefold(): a for a in attendees}
        held = {a.email.casefold(): a for a in item.attendees.values()}
        self.told += [(event, a.email, "invited") for person, a in wanted.items() if person not in held]
        self.told += [(event, a.email, "removed") for person, a in held.items() if person not in wanted]
        item.attendees = {a.email: a for a in attendees}
        item.answers = {email: answer for email, answer in item.answers.items() if email.casefold() in wanted}

    async def set_content(self, event: str, content: EventContent) -> None:
        item = self._event(event)
        if (content.starts_at, content.ends_at) != (item.content.starts_at, item.content.ends_at):
            item.answers = {}
        item.content = content
        self.told += [(event, email, "updated") for email in item.attendees]

    async def says(self, event: str, content: EventContent) -> bool:
        held = self._event(event).content
        return replace(held, html=content.html, zone=content.zone) == content

    async def cancel(self, event: str, comment: str) -> None:
        item = self.events.get(event)
        if item is None or item.cancelled:
            return
        item.cancelled = True
        self.told += [(event, email, "cancelled") for email in item.attendees]

    async def responses(self, event: str) -> Mapping[str, str]:
        item = self._event(event)
        answers = {email.casefold(): answer for email, answer in item.answers.items()}
        return {email.casefold(): answers.get(email.casefold(), "none") for email in item.attendees}

    def _event(self, event: str) -> FakeEvent:
        item = self.events.get(event)
        if item is None or item.cancelled:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        return item


@dataclass
class InboxItem:
    """A mail in the fake inbox."""

    inbound: Inbound
    text: str


class FakeInbox:
    """``Inbox`` over a list. ``epoch`` changes when the service loses its place."""

    def __init__(self, mailbox: FakeMailbox) -> None:
        self.mails: list[InboxItem] = []
        self.page = 2
        self.epoch = 1
        self._mailbox = mailbox

    def receive(self, inbound: Inbound, text: str = "") -> None:
        self.mails.append(InboxItem(inbound, text))

    async def news(self, link: str, since: datetime) -> News:
        epoch, _, place = link.partition(":")
        if link and epoch != str(self.epoch):
            raise AlreadyGone("Graph answered 410 SyncStateNotFound")
        start = int(place or 0)
        page = self.mails[start : start + self.page]
        end = start + len(page)
        new = tuple(item.inbound.id for item in page if link or item.inbound.received_at >= since)
        return News(new, f"{self.epoch}:{end}", more=end < len(self.mails))

    async def read(self, mail: str) -> Inbound:
        return self._find(mail).inbound

    async def about(self, message_id: str = "", *, conversation: str = "") -> str:
        sent = reversed(self._mailbox.sent)
        if message_id:
            return next((letter.about for letter in sent if message_id.startswith(f"<{letter.key}@")), "")
        return next((letter.about for letter in sent if letter.key == conversation), "")

    async def words(self, mail: str) -> str:
        return self._find(mail).text

    def _find(self, mail: str) -> InboxItem:
        found = next((item for item in self.mails if item.inbound.id == mail), None)
        if found is None:
            raise AlreadyGone("Graph answered 404 ErrorItemNotFound")
        return found


class CountedMetrics:
    """``Metrics`` that can be read."""

    def __init__(self) -> None:
        self.counted: Counter[tuple[str, ...]] = Counter()
        self.ages: list[float] = []

    def count(self, metric: Metric, number: int = 1, **of: str) -> None:
        self.counted[metric.value, *(value for _, value in sorted(of.items()))] += number

    def outbox_age(self, seconds: float) -> None:
        self.ages.append(seconds)


class Files:
    """``ProgrammeFiles`` from values."""

    def __init__(self, *programmes: Programme) -> None:
        self._programmes = {programme.id: programme for programme in programmes}

    def get(self, programme: str) -> Programme | None:
        return self._programmes.get(programme)

    def ids(self) -> tuple[str, ...]:
        return tuple(self._programmes)

    def change(self, programme: str, **changes: object) -> None:
        self._programmes[programme] = self._programmes[programme].model_copy(update=changes)


def utc(text: str) -> datetime:
    """An instant from ISO text, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


class MemoryReports:
    """``Reports`` in a dictionary."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    async def write(self, name: str, data: bytes, content_type: str) -> None:
        self.files[name] = data
