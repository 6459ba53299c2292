"""What the services need from the outside, as Protocols. Adapters fulfil them; fakes in the tests do too.

Stores take and return domain values; table words stop in the adapters. Every call may raise TemporaryFailure.
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from shared.domain.application import Application, ManagerRequest
from shared.domain.closing import ProgrammeRow
from shared.domain.draft import Draft, DraftKey
from shared.domain.earlier import Earlier
from shared.domain.enrolment import Booking
from shared.domain.exports import Manifest, Part, Restore
from shared.domain.mailbox import MailboxState
from shared.domain.monitoring import Box, Monitored
from shared.domain.outbox import CalendarState, Message
from shared.domain.owed import About
from shared.domain.pairs import CheckIn, PairStatus
from shared.domain.programme import Programme, Session
from shared.domain.references import Link
from shared.domain.replies import Inbound
from shared.errors import UnreadableRow


class Stored[T](NamedTuple):
    """A value as it was read, with the etag that a conditional write needs."""

    value: T
    etag: str


class Clock(Protocol):
    """The pipeline's clock. In Azure it is the real one."""

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


class ProgrammeRows(Protocol):
    """``Programmes``: opening and closing as administrators set them."""

    async def get(self, programme: str) -> Stored[ProgrammeRow] | None:
        """The row, or None before the first tick."""
        ...

    async def add(self, row: ProgrammeRow) -> bool:
        """Insert; False if it is there."""
        ...

    async def note(self, row: ProgrammeRow) -> None:
        """Write our own columns (status, closing in force, remark, counts), leaving what people type."""
        ...


@dataclass(frozen=True, slots=True)
class LivedExperience:
    """What only the matching team may read, kept apart from the application.

    ``version`` counts the versions of the application, ``content`` is the hash of the body that these came from.
    """

    programme: str
    reference: str
    topics: tuple[str, ...]
    about_you: str
    access_needs: str
    version: int
    content: str


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of one body that was received: one row of ``Submissions``.

    ``form_remarks`` say where the form and the programme file do not fit, without answers.
    """

    programme: str
    content: str
    source: str
    received_at: datetime
    status: str
    reason: str = ""
    reference: str = ""
    response_id: str = ""
    test: bool = False
    form_remarks: tuple[str, ...] = ()


class Receptions(Protocol):
    """``Submissions``: one row per body."""

    async def get(self, programme: str, content: str) -> Reception | None:
        """The row, or None if the body has not been taken in."""
        ...

    async def put(self, reception: Reception) -> None:
        """Write what became of it. That it is parked never takes the place of its having been taken in."""
        ...

    async def remove(self, programme: str, content: str) -> None:
        """Forget what became of it, so that it is taken in again."""
        ...

    def parked(self, programme: str) -> AsyncIterator[Reception]:
        """Those waiting for an administrator."""
        ...

    def not_fitting(self, programme: str) -> AsyncIterator[Reception]:
        """Those whose form does not fit the programme file. Cost grows with the programme."""
        ...

    def of(self, programme: str, references: Collection[str]) -> AsyncIterator[Reception]:
        """Those that led to any of these applications. Cost grows with the programme."""
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


class Applications(Protocol):
    """``Applications``: the truth about each application."""

    async def get(self, programme: str, reference: str) -> Stored[Application] | None:
        """The application, or None."""
        ...

    async def add(self, application: Application, next_step: str) -> bool:
        """Insert; False if the reference is taken."""
        ...

    async def replace(self, application: Application, next_step: str, etag: str) -> bool:
        """Conditional write; False if somebody else changed it since it was read."""
        ...

    def all(self, programme: str, *, status: str | None = None, after: str = "") -> AsyncIterator[Application]:
        """Every application, or those of one status, in order of reference, behind one of them.

        Cost grows with the programme.
        """
        ...

    def unreadable(self, programme: str) -> AsyncIterator[str]:
        """References of rows into which somebody typed what the app cannot read; ``all`` leaves those out."""
        ...


class WhoTold(Protocol):
    """Of whom ``LivedExperience`` holds something, and nothing of what that is."""

    async def references(self, programme: str) -> frozenset[str]:
        """The references of a programme's rows. Cost grows with the programme."""
        ...


class LivedExperiences(WhoTold, Protocol):
    """``LivedExperience``: topics and access needs, with permissions of their own."""

    async def put(self, record: LivedExperience) -> None:
        """Write unless a newer version is there."""
        ...

    async def get(self, programme: str, reference: str) -> LivedExperience | None:
        """What one person told us, for nobody but themselves; None if there is nothing."""
        ...

    async def remove(self, programme: str, reference: str) -> None:
        """Delete for good."""
        ...


class Mistyped(Protocol):
    """Rows of every table into which somebody typed what the app cannot read."""

    def rows(self, programme: str) -> AsyncIterator[UnreadableRow]:
        """Those of a programme, as the error that reading them raises. Cost grows with the programme."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """That ``Approvals`` knows an answer to a request. ``at`` is None if somebody emptied the cell."""

    reference: str
    number: int
    at: datetime | None


class Approvals(Protocol):
    """``Approvals``: one readable row per request to a manager, projected from the application."""

    def answered(self, programme: str) -> AsyncIterator[Answered]:
        """The requests that were answered. Cost grows with the programme."""
        ...

    async def put(self, application: Application, request: ManagerRequest, token_hash: str) -> None:
        """Write the row of one request."""
        ...

    async def note_reminder(self, programme: str, reference: str, number: int, at: datetime) -> None:
        """Note that a reminder has gone."""
        ...

    async def remove(self, programme: str, reference: str, number: int) -> None:
        """Delete the row."""
        ...


class Links(Protocol):
    """Links by the hash of their token."""

    async def put(self, token_hash: str, link: Link) -> None:
        """Store; storing it again changes nothing."""
        ...

    async def find(self, token_hash: str) -> Link | None:
        """What the link opens, or None."""
        ...


class Drafts(Protocol):
    """``Drafts``: applications that are being filled in on our own form, for a day at most."""

    async def get(self, key: DraftKey) -> Stored[Draft] | None:
        """The draft, or None."""
        ...

    async def add(self, key: DraftKey, draft: Draft) -> bool:
        """Insert; False if the key is taken."""
        ...

    async def replace(self, key: DraftKey, draft: Draft, etag: str) -> str | None:
        """Conditional write; the new etag, or None if it was changed meanwhile."""
        ...

    async def remove(self, key: DraftKey) -> None:
        """Delete for good."""
        ...

    async def forget(self, email: str) -> None:
        """Delete every draft in which that address was typed. Reads them all: they are those of a day."""
        ...

    async def remove_ended(self, now: datetime, most: int) -> int:
        """Delete drafts whose time is over, the oldest first. Gives how many; reads none of the others."""
        ...


class Tallies(Protocol):
    """Counts of a day, under keys that name nobody."""

    async def add(self, day: date, key: str, *, most: int) -> int:
        """Count one more; the count that this makes, and any number above ``most`` beyond that.

        However many are counted at once, to no more than ``most`` of them it is ``most`` or less.
        """
        ...

    async def first(self, day: date, key: str) -> bool:
        """Note that something was used that can be used once; False if it was noted already."""
        ...

    async def remove_before(self, day: date, most: int) -> int:
        """Delete counts of earlier days. Gives how many; reads hardly any of the others."""
        ...


@dataclass(frozen=True, slots=True)
class HeldApplication:
    """An application of our own form that is held back. ``content`` is the hash of its body, ``why`` is in words."""

    programme: str
    content: str
    status: str
    why: str
    received_at: datetime
    reference: str
    full_name: str
    email: str
    organisation: str
    manager_email: str


class Quarantine(Protocol):
    """``Quarantine``: applications that wait for an administrator to look at them."""

    async def put(self, held: HeldApplication) -> None:
        """Write what is known; writing it again changes nothing."""
        ...

    def all(self, programme: str) -> AsyncIterator[HeldApplication]:
        """Everything held, and what was decided about lately."""
        ...

    def mark(self, held: HeldApplication) -> str:
        """The mark of its row (``Tombstone``)."""
        ...

    async def remove(self, programme: str, content: str) -> None:
        """Delete for good."""
        ...


class EarlierParticipants(Protocol):
    """``EarlierParticipants``: imported from sheets. Keys are derived from the address, so nobody is in it twice."""

    async def get(self, key: str) -> Earlier | None:
        """The person, or None."""
        ...

    async def put(self, key: str, earlier: Earlier) -> None:
        """Write; a later import of the same person replaces the earlier."""
        ...

    async def remove(self, key: str) -> None:
        """Delete for good."""
        ...

    async def remove_older_than(self, day: date) -> int:
        """Delete everybody whose details could be kept until a day before that one. Gives how many there were."""
        ...


class Sessions(Protocol):
    """``Sessions`` as administrators edit them."""

    async def all(self, programme: str) -> dict[str, Session]:
        """The rows of a programme by session id; a row that makes no sense comes back as an invalid session."""
        ...

    async def add_missing(self, programme: Programme, present: Mapping[str, Session]) -> None:
        """Insert the programme's sessions that have no row."""
        ...

    async def note(self, programme: Programme, session: Session) -> None:
        """Write the wall time, and why a session is held back, beside what was typed."""
        ...

    async def note_booked(self, programme: str, session: str, booked: int) -> None:
        """Write the number of people booked."""
        ...


class Bookings(Protocol):
    """``Bookings``: people in sessions."""

    async def of_session(self, programme: str, session: str) -> tuple[Booking, ...]:
        """Everybody of one session, cancelled ones included."""
        ...

    async def readable(self, programme: str) -> tuple[Sequence[Booking], Sequence[str]]:
        """Every booking, and the keys of rows that hold a word none of ours: the others must not wait for those."""
        ...

    async def get(self, programme: str, session: str, reference: str) -> Booking | None:
        """One booking, or None."""
        ...

    async def put(self, booking: Booking) -> None:
        """Write who is booked and how; what is known of the invite stays.

        A row that tells of a later state of the application stays as it is, and one that is gone is not made again
        to say that it is cancelled. Raises LostRace if others keep changing it.
        """
        ...

    async def note_invite(self, booking: Booking) -> None:
        """Write which version of the event the person holds, and nothing else."""
        ...

    async def note_response(self, booking: Booking) -> None:
        """Write what the person answered to the invitation, and nothing else."""
        ...

    async def remove(self, programme: str, session: str, reference: str) -> None:
        """Delete the row."""
        ...


class Messages(Protocol):
    """``Messages``: mails and calendar events, owed or sent. No bodies, no addresses."""

    async def get(self, programme: str, message: str) -> Stored[Message] | None:
        """The message, or None."""
        ...

    async def of(self, programme: str, subject: str) -> dict[str, Message]:
        """All messages of one subject by id."""
        ...

    async def add(self, message: Message) -> bool:
        """Insert; False if it is there."""
        ...

    async def replace(self, message: Message, etag: str) -> str | None:
        """Conditional write; the new etag, or None if it was changed meanwhile."""
        ...

    def parked(self, programme: str) -> AsyncIterator[Message]:
        """Those that a person must look at."""
        ...


class CalendarStates(Protocol):
    """What the calendar was last told of each session; kept beside the message of the session's event."""

    async def get(self, programme: str, session: str, part: int = 1) -> Stored[CalendarState] | None:
        """The state of one part, or None if no event was ever made for it."""
        ...

    async def all(self, programme: str) -> Sequence[CalendarState]:
        """Every state of a programme."""
        ...

    async def put(self, state: CalendarState, etag: str | None) -> str | None:
        """Insert (etag None) or replace; the new etag, or None if somebody else was faster."""
        ...


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something with a time: look at ``subject`` at ``due``. ``lane`` says who looks.

    ``timed``: time alone is to be looked at; nothing was begun that may be unfinished.
    ``hand`` is the mark of the one handler that may take it back before it is due, '' if nobody does.
    """

    lane: str
    due: datetime
    about: About
    programme: str
    subject: str
    timed: bool = False
    hand: str = ""


class Alarms(Protocol):
    """``Alarms``: everything that has a time. Lane, due second, subject and hand are the key: setting twice is once."""

    async def put(self, alarm: Alarm) -> Stored[Alarm]:
        """Set; setting one that is there makes it new, so that an older holder's removal leaves it alone."""
        ...

    async def put_own(self, alarm: Alarm) -> Stored[Alarm]:
        """Set one that no other hand sets too: whoever takes an alarm back takes only what is their own."""
        ...

    async def due(self, lane: str, now: datetime, limit: int) -> Sequence[Stored[Alarm]]:
        """Those due in a lane, in due order."""
        ...

    async def remove(self, alarm: Stored[Alarm]) -> None:
        """Remove, unless it was set again since. For what was read before its work was done, and for one's own."""
        ...

    async def next_due(self, lane: str) -> datetime | None:
        """When the first alarm of the lane is due, or None."""
        ...


@dataclass(frozen=True, slots=True)
class PairRow:
    """A row of ``Pairs`` as an administrator typed it; every field may be nonsense.

    ``seen`` is what was typed when it was last worked on (see ``pair_book.fingerprint``).
    """

    programme: str
    key: str
    mentor: str
    mentee: str
    start: str
    status: str
    remark: str
    known_as: str
    seen: str
    confirmed_at: datetime | None
    overruled: str = ""

    @property
    def taken_up(self) -> bool:
        """Whether it is typed as confirmed, and was confirmed when it was last worked on: both may have been told."""
        confirmed = self.status.strip().lower() == PairStatus.CONFIRMED
        return confirmed and self.confirmed_at is not None and self.seen.endswith(f"|{PairStatus.CONFIRMED}")


class Pairs(Protocol):
    """``Pairs``, typed by administrators."""

    async def all(self) -> Sequence[PairRow]:
        """Every row."""
        ...

    async def find(self, programme: str, pair: str) -> PairRow | None:
        """The row that the app knows under this pair id: of several, the one that is confirmed."""
        ...

    async def note(self, row: PairRow) -> None:
        """Write our columns beside what was typed."""
        ...


class CheckIns(Protocol):
    """``CheckIns``: expected and answered."""

    async def of_pair(self, programme: str, pair: str) -> tuple[CheckIn, ...]:
        """The check-ins of one pair, in order."""
        ...

    async def get(self, programme: str, checkin: str) -> Stored[CheckIn] | None:
        """The check-in of that id, or None."""
        ...

    async def add(self, checkin: CheckIn) -> bool:
        """Insert a check-in that is expected; False if it is there."""
        ...

    async def replace(self, checkin: CheckIn, etag: str) -> bool:
        """Write an answer, the silence or another day; False if the row was changed, or emptied, since it was read."""
        ...

    async def readable(self, programme: str) -> tuple[Sequence[CheckIn], Sequence[str]]:
        """Every check-in, and the keys of rows that hold a word none of ours: the others must not wait for those."""
        ...

    async def empty(self, programme: str, references: Collection[str]) -> None:
        """Take what these people answered out of their check-ins, also where a row cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A row of ``Commands`` as an administrator typed it."""

    partition: str
    key: str
    command: str
    reference: str
    note: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is erased, by everything by which rows may name them."""

    references: Collection[str]
    name: str = ""
    email: str = ""


class Commands(Protocol):
    """``Commands``, typed by administrators."""

    async def new(self) -> Sequence[Command]:
        """Those without a result, in the order of their keys."""
        ...

    async def about(self, person: Person) -> Sequence[str]:
        """The marks (``Tombstone``) of rows that speak of the person and to which no reference of theirs leads."""
        ...

    async def forget(self, person: Person) -> None:
        """Empty what was noted and answered in those rows, and in those that their references lead to."""
        ...

    async def finish(self, command: Command, *, done: bool, result: str, at: datetime) -> None:
        """Write ``Status`` and ``Result``."""
        ...


class Responses(Protocol):
    """``Responses``: which application a provider's form response led to, so that an edit finds it."""

    async def reference(self, programme: str, source: str, response_id: str) -> str:
        """The reference, or '' if the response is new."""
        ...

    async def note(self, programme: str, source: str, response_id: str, reference: str, *, instead_of: str) -> bool:
        """Remember where the newest version of the response led. False if it is not as it was read any more."""
        ...

    async def claim(self, programme: str, source: str, response_id: str, reference: str) -> str:
        """Remember a reference unless one is remembered already. Gives the one that is."""
        ...


class Audit(Protocol):
    """``Audit``: append only."""

    async def newest(self, programme: str) -> Mapping[str, tuple[datetime, Collection[str]]]:
        """When each application was last changed, and the status after it; several if more happened at that moment.

        Cost grows with the programme.
        """
        ...

    async def add(
        self, programme: str, *, at: datetime, who: str, what: str, reference: str, before: str, after: str
    ) -> None:
        """Append one event, once; words and references only, no answers."""
        ...


class Organisations(Protocol):
    """The mail domains that colleagues of an organisation use."""

    async def domains(self, programme: str, organisation: str) -> frozenset[str]:
        """Domains seen so far."""
        ...

    async def note(self, programme: str, organisation: str, domain: str) -> None:
        """Remember one."""
        ...

    async def besides(self, programme: str, known: Collection[tuple[str, str]]) -> Sequence[str]:
        """The marks (``Tombstone``) of rows of other organisations and domains than these."""
        ...

    async def keep_only(self, programme: str, known: Collection[tuple[str, str]]) -> None:
        """Delete those rows."""
        ...


class Wakeups(Protocol):
    """Queue messages. They are hints: losing all of them costs time, not work."""

    async def submission(self, programme: str, source: str, content: str) -> None:
        """Somebody should take in a body that was sent to this programme by this source."""
        ...

    async def postman(self, lane: str, *, after: float = 0) -> None:
        """The lane has work, ``after`` seconds from now."""
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


class MailboxStates(Protocol):
    """``Mailboxes``: what the postman of each mailbox remembers. Only whoever holds its lease writes."""

    async def get(self, mailbox: str) -> MailboxState:
        """The state; a new one for a mailbox that was never used."""
        ...

    async def note_pace(self, state: MailboxState) -> None:
        """Write what counts, what is under way, and the pause that was asked for."""
        ...

    async def note_inbox(self, mailbox: str, link: str) -> None:
        """Write where reading the inbox goes on."""
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

        Gives the seconds for which the service asks to be left alone although it took the mail; mostly 0.
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


@dataclass(frozen=True, slots=True)
class EventContent:
    """What an event says to everybody who holds it. ``online``: with a Teams meeting, whose link it keeps for life."""

    subject: str
    html: str
    place: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    online: bool = False


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is invited."""

    name: str
    email: str


class Calendar(Protocol):
    """The shared mailbox's calendar: one event per session, its attendees hidden from each other."""

    async def find(self, key: str) -> str | None:
        """The event with our key, or None."""
        ...

    async def create(self, key: str, content: EventContent, attendees: Sequence[Attendee]) -> str:
        """Create once per key; gives the event's id."""
        ...

    async def set_attendees(self, event: str, attendees: Sequence[Attendee]) -> None:
        """Replace the attendees: only those added or removed hear of it."""
        ...

    async def set_content(self, event: str, content: EventContent) -> None:
        """Change what it says: everybody who holds it hears of it."""
        ...

    async def says(self, event: str, content: EventContent) -> bool:
        """Whether it says this already: subject, place and times."""
        ...

    async def cancel(self, event: str, comment: str) -> None:
        """Cancel for everybody."""
        ...

    async def responses(self, event: str) -> Mapping[str, str]:
        """Each attendee's answer by address in lower case: none, accepted, declined, tentativelyAccepted."""
        ...


class Figure(StrEnum):
    """What is counted. The words are the names of the figures in whatever collects them."""

    ACCEPTED = "accepted"  # bodies stored for a form provider
    PARKED = "parked"  # submissions, mails and events that a person must look at
    SENT = "sent"  # mails handed over to Exchange
    RETRIED = "retried"  # tries that failed and are made again
    LATE = "late"  # mails handed over a quarter of an hour or more after they were due


class Figures(Protocol):
    """Figures for operators. ``of`` are words such as a kind of mail, never anything about a person."""

    def count(self, figure: Figure, number: int = 1, **of: str) -> None:
        """Add to a counter."""
        ...

    def outbox_age(self, seconds: float) -> None:
        """How long the oldest thing due in a mailbox's lane has waited, when its postman came."""
        ...


class Renderer(Protocol):
    """Turns a template and its values into text."""

    def mail(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject and HTML."""
        ...

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        """HTML of a page."""
        ...


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

    def left_behind(self, table: str, erased: Mapping[tuple[str, str], "Tombstone"]) -> Sequence[bytes]:
        """The lines that people who were erased leave in a table, whether or not an export knows them."""
        ...

    async def clear(self, programme: str) -> None:
        """Delete what is left of a programme in every table, but for its own row and its sessions'."""
        ...

    async def load(self, table: str, lines: Sequence[bytes]) -> None:
        """Write rows as the lines say; writing them again changes nothing."""
        ...

    async def not_empty(self) -> Sequence[str]:
        """Tables of the account that hold rows, those that are not exported included. Raises PermanentFailure if
        one is missing."""
        ...

    def without(self, table: str, line: bytes, erased: Mapping[tuple[str, str], "Tombstone"]) -> bytes | None:
        """The line as it stands after people were erased (by partition and reference); None if it goes altogether."""
        ...


#: The partition of tombstones of single rows.
MARKED = "row"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """That a person was erased: who by partition and reference, which are keyed hashes, and what was left of the row.

    ``left`` is the line of the emptied application, '' for somebody who had none. In the partition ``MARKED`` it is
    about a single row that no reference leads to, and ``reference`` is that row's mark.
    """

    partition: str
    reference: str
    at: datetime
    left: str = ""

    @property
    def name(self) -> str:
        """Its name among the others."""
        return f"{self.partition}.{self.reference}"

    @property
    def mark(self) -> str:
        """What an export notes of it: the same person can be erased again."""
        return f"{self.name} {self.at.astimezone(UTC).isoformat()}"


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


class MonitoringBox(Protocol):
    """``MonitoringBox``: equality answers as they came, sealed, until a night mixes them. Nobody can look into it."""

    async def get(self, programme: str) -> Stored[Box]:
        """What is in it; an empty box if there is none yet."""
        ...

    async def replace(self, programme: str, box: Box, etag: str) -> bool:
        """Seal it anew, which looks different each time; False if it was changed since it was read."""
        ...


class Monitoring(Protocol):
    """``Monitoring``: equality answers that nobody can join to a person any more."""

    async def add(self, programme: str, monitored: Monitored) -> None:
        """Store; storing it again changes nothing."""
        ...

    def all(self, programme: str) -> AsyncIterator[Monitored]:
        """Every row of a programme, in the order of ids, which is nobody's."""
        ...

    async def holds(self, programme: str) -> bool:
        """Whether there is a row of that programme."""
        ...

    async def clear(self, programme: str) -> None:
        """Delete every row of a programme."""
        ...


class Upkeep(Protocol):
    """``Upkeep``: what was done to this account as a whole."""

    async def restore(self) -> Restore | None:
        """The restore that filled this account, None if there never was one."""
        ...

    async def note_restore(self, restore: Restore, *, instead_of: Restore | None) -> bool:
        """Write how far the restore is. False if it is not as it was read any more."""
        ...

    async def note_export(self, manifest: Manifest) -> None:
        """Write down the newest whole export."""
        ...
