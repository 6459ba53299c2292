"""What the services need from the outside, as Protocols. Adapters fulfil them; fakes in the tests do too.

Stores take and return domain values; table words stop in the adapters. Every call may raise TemporaryFailure.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from shared.domain.calendar_event import Attendee, EventContent
from shared.domain.erasing import Tombstone
from shared.domain.exports import Manifest, Part
from shared.domain.programme import Programme
from shared.domain.replies import Inbound
from shared.domain.workbook import Workbook


class Stored[T](NamedTuple):
    """A value as it was read, with the etag that a conditional write needs."""

    value: T
    etag: str


type Cell = str | int | float | bool | datetime | None

type Row = Mapping[str, Cell]


class Found:
    """A row as it was read, with its etag, and when it was last written by the table's own clock."""

    __slots__ = ("changed", "etag", "row")

    def __init__(self, row: Row, etag: str, changed: datetime | None = None) -> None:
        self.row = row
        self.etag = etag
        self.changed = changed


class Table(Protocol):
    """What the stores need of a table. The in-memory table of the tests keeps the same promises."""

    async def get(self, partition: str, key: str) -> Found | None:
        """The row, or None."""
        ...

    async def insert(self, row: Row) -> bool:
        """Insert; False if the key is taken by another write."""
        ...

    async def replace(self, row: Row, etag: str) -> str | None:
        """Replace the row that was read with this etag; the new etag, or None if it was changed meanwhile."""
        ...

    async def put(self, row: Row) -> str:
        """Insert or replace, whatever is there; the new etag."""
        ...

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        """Write only the given columns of an existing row; with an etag only of the version that was read.

        False if that is not there, perhaps because it was written after all and the answer was lost: read, and repeat.
        """
        ...

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        """Delete; with an etag only the version that was read. False if that is not there."""
        ...

    def query(
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
        """Rows by partition, key range and equal columns, ordered by partition and key; None: the whole table.

        ``changed_after`` is compared with ``Found.changed``. The table finds those rows without an index, and
        returns them alone. With ``columns`` the rows have those cells alone, no etag, and no ``changed``.
        """
        ...


class Clock(Protocol):
    """The pipeline's clock. In Azure it is the real one; on a laptop ``bootstrap.use_clock`` puts a movable one here.

    Leases, waits within a worker's turn, HTTP and the time in a webhook's signature go by the machine's own.
    """

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class ProgrammeFiles(Protocol):
    """The programmes that are set up."""

    def get(self, programme: str) -> Programme | None:
        """The proof-read programme, or None if there is none of that id."""
        ...

    def ids(self) -> tuple[str, ...]:
        """The ids of all programmes."""
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """A raw body as it arrived. ``content`` is the SHA-256 of its bytes in hex, and its name."""

    content: str
    programme: str
    source: str
    received_at: datetime
    data: bytes = field(repr=False)


class BodyName(NamedTuple):
    """A body by its content hash and the programme it was sent to."""

    programme: str
    content: str


class Bodies(Protocol):
    """Raw bodies, kept under their content hash."""

    async def keep(self, body: Body, *, waiting: bool = True) -> bool:
        """Store durably if absent, and mark as waiting unless it is to be held; False if it was there."""
        ...

    async def wait_again(self, content: str) -> None:
        """Put the waiting mark on again, so that it is taken in once more."""
        ...

    async def move(self, content: str, programme: str) -> None:
        """Have the body be of another programme than the one in the address it was sent to."""
        ...

    async def get(self, content: str) -> Body | None:
        """The body, or None."""
        ...

    async def taken_in(self, content: str) -> None:
        """Take the waiting mark off."""
        ...

    async def remove(self, content: str) -> None:
        """Delete for good."""
        ...

    def waiting(self) -> AsyncIterator[str]:
        """Contents that still wait to be taken in."""
        ...

    def received_since(self, instant: datetime) -> AsyncIterator[BodyName]:
        """Bodies received then or later. Cost grows with everything that was ever received."""
        ...


class WhoTold(Protocol):
    """Of whom ``LivedExperience`` holds something, and nothing of what that is."""

    async def references(self, programme: str) -> frozenset[str]:
        """The references of a programme's rows. Cost grows with the programme."""
        ...


class Wakeups(Protocol):
    """Queue messages. They are hints: losing all of them costs time, not work."""

    async def submission(self, programme: str, source: str, content: str) -> None:
        """Somebody should take in a body that was sent to this programme by this source."""
        ...

    async def mailbox(self, queue: str, *, after: float = 0) -> None:
        """The queue has work, ``after`` seconds from now."""
        ...

    async def pairs(self, programme: str) -> None:
        """Pairs of a programme are to be drafted."""
        ...


class Lease(Protocol):
    """A lease that was asked for."""

    @property
    def held(self) -> bool:
        """Whether it is ours still: False if somebody else has it, or from the moment it could not be renewed."""
        ...


class Locks(Protocol):
    """Leases across all instances, renewed while they are held."""

    def hold(self, name: str) -> AbstractAsyncContextManager[Lease]:
        """Hold a lease while the context runs. Look at ``held`` first: somebody else may have it."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready to be written. ``about`` names its row: programme, message id and generation."""

    key: str
    to: tuple[str, ...]
    subject: str
    html: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A mail at the mail service. ``spare`` are further unsent drafts with the same key, to be discarded."""

    graph_id: str
    is_draft: bool
    spare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftDraft:
    """A draft of ours that lies in Drafts. ``about`` is what its letter said."""

    graph_id: str
    about: str
    made_at: datetime


class Mailbox(Protocol):
    """The shared mailbox. ``key`` is our own id that every mail carries, to find it again after any doubt."""

    async def find(self, key: str) -> Written | None:
        """The mail with that key, or None."""
        ...

    async def draft(self, letter: Letter) -> Written:
        """Create a draft. Raises PermanentFailure for what will never be accepted."""
        ...

    async def send(self, graph_id: str) -> float:
        """Hand a draft over to be sent. Never call it twice for one draft without looking.

        Returns the seconds for which the service asks to be left alone although it took the mail; mostly 0.
        """
        ...

    async def drafts(self) -> Sequence[LeftDraft]:
        """Our drafts that lie in Drafts, oldest first, some dozens at most."""
        ...

    async def discard(self, graph_id: str) -> None:
        """Delete an unsent draft; one that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class News:
    """A page of what is new in an inbox: ids of mails, and the link with which reading goes on."""

    mails: tuple[str, ...]
    link: str
    more: bool


class Inbox(Protocol):
    """The inbox of the shared mailbox, which is only ever read."""

    async def news(self, link: str, since: datetime) -> News:
        """What came after the link was given; without one, what was received since that instant.

        Raises AlreadyGone for a link that is no longer known.
        """
        ...

    async def read(self, mail: str) -> Inbound:
        """One mail, all but its words. Raises AlreadyGone if it was moved or deleted."""
        ...

    async def about(self, message_id: str = "", *, conversation: str = "") -> str:
        """What our mail of that id, or our newest of a conversation, said it was about (see ``Letter``); '' if none."""
        ...

    async def words(self, mail: str) -> str:
        """Its text, as plain text."""
        ...


class Calendar(Protocol):
    """The shared mailbox's calendar: one event per session, its attendees hidden from each other."""

    async def find(self, key: str) -> str | None:
        """The event with our key, or None."""
        ...

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        """Create once per key; returns the event's id."""
        ...

    async def set_attendees(self, event: str, attendees: Sequence[Attendee], *, ours: Callable[[str], bool]) -> None:
        """Have these on the event in place of those that are ``ours``: only who is added or removed hears of it.

        Everybody else on it, whom people added in their calendar, stays.
        """
        ...

    async def set_content(self, event: str, content: EventContent) -> None:
        """Change what it says: everybody who holds it hears of it."""
        ...

    async def says(self, event: str, content: EventContent) -> bool:
        """Whether it says this already: subject, place and times."""
        ...

    async def has_link(self, event: str) -> bool:
        """Whether people can join it online: Exchange makes no link for a mailbox without a licence for Teams."""
        ...

    async def cancel(self, event: str, comment: str) -> None:
        """Cancel for everybody."""
        ...

    async def responses(self, event: str) -> Mapping[str, str]:
        """Each attendee's answer by address in lower case: none, accepted, declined, tentativelyAccepted."""
        ...


class Metric(StrEnum):
    """What is counted. The words are the names of the figures in whatever collects them."""

    ACCEPTED = "accepted"  # bodies stored for a form provider
    PARKED = "parked"  # submissions, mails and events that a person must look at
    SENT = "sent"  # mails handed over to Exchange
    RETRIED = "retried"  # tries that failed and are made again
    LATE = "late"  # mails handed over a quarter of an hour or more after they were due


class Metrics(Protocol):
    """Figures for operators. ``of`` are words such as a kind of mail, never anything about a person."""

    def count(self, metric: Metric, number: int = 1, **of: str) -> None:
        """Add to a counter."""
        ...

    def outbox_age(self, seconds: float) -> None:
        """How long the oldest thing due in a mailbox's queue has waited, when its worker came."""
        ...


class Renderer(Protocol):
    """Turns a template and its values into text."""

    def mail(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject and HTML."""
        ...

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        """HTML of a page."""
        ...

    def report(self, name: str, values: Mapping[str, Any]) -> str:
        """HTML of a file that people open without the app."""
        ...


#: Turns the values of a workbook into the bytes of a file.
type WritesWorkbook = Callable[[Workbook], bytes]


class Page(NamedTuple):
    """Rows of a table as lines (see ``adapters/lines.py``), and the place where reading goes on; '' after the last."""

    lines: tuple[bytes, ...]
    further: str


class Extracts(Protocol):
    """Whole tables as they are stored, for exports and restores alone: no service reads people in them."""

    def tables(self) -> tuple[str, ...]:
        """The tables that are exported, in the order in which they are."""
        ...

    def pages(self, table: str, place: str = "", *, most: int | None = None) -> AsyncIterator[Page]:
        """Rows in the order of their keys, from a place that an earlier page named; at most so many pages."""
        ...

    async def application(self, programme: str, reference: str) -> str:
        """The row of an application as a line, '' if it is not there."""
        ...

    def left_behind(self, table: str, erased: Mapping[tuple[str, str], Tombstone]) -> Sequence[bytes]:
        """The lines that people who were erased leave in a table, whether or not an export knows them."""
        ...

    async def clear(self, programme: str) -> None:
        """Delete what is left of a programme in every table, but for its own row and its sessions'."""
        ...

    async def load(self, table: str, lines: Sequence[bytes]) -> None:
        """Write rows as the lines say; writing them again changes nothing."""
        ...

    async def add(self, table: str, lines: Sequence[bytes], containing: str) -> Sequence[tuple[str, str]]:
        """Write the rows with such a text in their row key that the table does not hold. Returns their keys."""
        ...

    async def not_empty(self) -> Sequence[str]:
        """Tables of the account that hold rows, those that are not exported included. Raises PermanentFailure if
        one is missing."""
        ...

    def without(self, table: str, line: bytes, erased: Mapping[tuple[str, str], Tombstone]) -> bytes | None:
        """The line as it stands after people were erased (by partition and reference); None if it goes altogether."""
        ...


class Tombstones(Protocol):
    """Who was erased, kept apart from the tables so that a restore finds those newer than its export."""

    async def put(self, tombstone: Tombstone) -> None:
        """Store; a later one of the same person replaces the earlier, but what was known to be left stays known."""
        ...

    async def since(self, instant: datetime) -> Sequence[Tombstone]:
        """Those of that instant or later."""
        ...

    async def remove_before(self, instant: datetime) -> None:
        """Delete those that are older."""
        ...


class Reports(Protocol):
    """What the team gets beside the tables: files for people to open, newest over older. Names name nobody."""

    async def write(self, name: str, data: bytes, content_type: str) -> None:
        """Store a file, in place of an older one of that name."""
        ...

    async def remove(self, name: str) -> None:
        """Delete a file; one that is gone is fine."""
        ...


class AccessFiles(Reports, Protocol):
    """The same, where only those who arrange access may open them."""


class Exports(Protocol):
    """Where exports lie."""

    async def names(self) -> Sequence[str]:
        """Every export, oldest first, those that were cut off included."""
        ...

    async def parts(self, export: str) -> Sequence[Part]:
        """The parts that are complete."""
        ...

    async def write(self, export: str, table: str, number: int, pages: AsyncIterator[Page]) -> Part:
        """Write one part; nothing of it is there until all of it is. At most a few MiB are held in memory."""
        ...

    def lines(self, export: str, part: Part) -> AsyncIterator[bytes]:
        """The lines of a part. Raises PermanentFailure if it is missing or damaged."""
        ...

    async def finish(self, manifest: Manifest) -> None:
        """Store the manifest: from now on the export is whole."""
        ...

    async def manifest(self, export: str) -> Manifest | None:
        """The manifest, or None of an export that was cut off."""
        ...

    async def remove(self, export: str) -> None:
        """Delete everything of an export."""
        ...
