"""The life of one message: what the row says at each step, and what the calendar was last told of a session."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.owed import About, Kind, Mail, To

# Exchange moves a sent mail to Sent Items some time after it took it; a look any earlier tells nothing.
LOOK_AFTER_HANDOVER = timedelta(seconds=20)
_SHORTEST_WAIT = timedelta(seconds=15)
_LONGEST_WAIT = timedelta(hours=1)
# Fourteen waits, growing to an hour, span more than eight hours; by then a person should know.
MOST_FAILURES = 14
# Administrators change the time, then the place: people hear once, when nothing has changed for a while.
_EDITS_END_AFTER = timedelta(minutes=3)
_EDITS_LAST_AT_MOST = timedelta(minutes=15)


class MessageStatus(StrEnum):
    """The words in ``Messages.Status``."""

    QUEUED = "Queued"
    PREPARING = "Preparing"
    DRAFTED = "Draft made"
    HANDED_OVER = "Handed over"
    SENT = "Sent"
    CANCELLED = "Cancelled"
    PARKED = "Parked"


FINISHED = frozenset({MessageStatus.SENT, MessageStatus.CANCELLED, MessageStatus.PARKED})
TOLD = frozenset({MessageStatus.HANDED_OVER, MessageStatus.SENT})
UNDER_WAY = frozenset({MessageStatus.PREPARING, MessageStatus.DRAFTED})


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, owed or sent. ``attempts`` counts tries begun; ``last_error`` is in words, without personal data.

    ``failures`` counts the tries that failed by themselves: those in which the mailbox asked for time are left out.
    """

    programme: str
    id: str
    kind: Kind
    about: About
    subject: str
    to: To
    due: datetime
    detail: str = ""
    only_after: str = ""
    status: MessageStatus = MessageStatus.QUEUED
    attempts: int = 0
    last_error: str = ""
    graph_id: str = ""
    sent_at: datetime | None = None
    generation: int = 1
    failures: int = 0


def queued(programme: str, mail: Mail) -> Message:
    """The row of a mail that is owed."""
    return Message(
        programme=programme,
        id=mail.id,
        kind=mail.kind,
        about=mail.about,
        subject=mail.subject,
        to=mail.to,
        due=mail.due,
        detail=mail.detail,
        only_after=mail.only_after,
    )


def wait_after(attempts: int, retry_after: float | None, jitter: float) -> timedelta:
    """How long to leave a message after a failed try. ``retry_after`` in seconds is honoured at any length.

    ``jitter`` is between 0 and 1; the wait doubles from 15 s to an hour, plus up to a quarter.
    """
    if retry_after is not None:
        return timedelta(seconds=retry_after) + _SHORTEST_WAIT * jitter
    wait: timedelta = min(_SHORTEST_WAIT * (1 << min(attempts, 10)), _LONGEST_WAIT)
    return wait * (1 + jitter / 4)


@dataclass(frozen=True, slots=True)
class CalendarState:
    """What the calendar was last told of one session. ``version`` grows with every change people hear of.

    ``content`` and ``attendees`` are digests of what was told, so that no address stands in the table.
    ``pending`` says what is being done while the outcome is unknown, so that a restart looks before it acts.
    ``seen`` is the wish that waits for edits to end: unchanged since ``seen_at``, changing since ``burst_at``.
    ``ours`` are marks of the addresses that we put on the event: nobody else is ours to remove. None: not noted yet.
    ``may_change`` says that people were told that its date may still change.
    """

    programme: str
    session: str
    event: str = ""
    content: str = ""
    attendees: str = ""
    version: int = 0
    generation: int = 1
    cancelled: bool = False
    pending: bool = False
    attempts: int = 0
    status: MessageStatus = MessageStatus.QUEUED
    last_error: str = ""
    seen: str = ""
    seen_at: datetime | None = None
    burst_at: datetime | None = None
    ours: frozenset[str] | None = None
    may_change: bool = True

    @property
    def is_lost(self) -> bool:
        """Whether somebody has deleted the event in the calendar. Nothing is made in its place until a person asks."""
        return self.cancelled and self.status is MessageStatus.PARKED

    @property
    def id(self) -> str:
        """The id of the event's row in ``Messages``."""
        return calendar_id(self.session)


def calendar_id(session: str) -> str:
    """The id of the row in ``Messages`` of a session's event."""
    return f"session-{session}.calendar"


LOST = (
    "somebody has deleted this event in the mailbox's calendar, so everybody was told that it is off; 'retry parked' "
    "invites them again, and so does another date in Sessions; Status 'cancelled' there leaves it off"
)


def lost(state: CalendarState) -> CalendarState:
    """The state of an event that is not in the calendar any more although nobody cancelled its session."""
    return replace(told(state), cancelled=True, attendees="", ours=None, status=MessageStatus.PARKED, last_error=LOST)


def noticed(state: CalendarState, wish: str, now: datetime) -> CalendarState:
    """The state after a look at what people should be told (``wish`` is its digest)."""
    if state.seen == wish:
        return state
    return replace(state, seen=wish, seen_at=now, burst_at=state.burst_at if state.seen else now)


def rest_of_burst(state: CalendarState, now: datetime) -> timedelta:
    """How long edits may still be going on; nothing when it is time to tell people."""
    if state.seen_at is None or state.burst_at is None:
        return timedelta(0)
    end = min(state.seen_at + _EDITS_END_AFTER, state.burst_at + _EDITS_LAST_AT_MOST)
    return max(end - now, timedelta(0))


def told(state: CalendarState) -> CalendarState:
    """The state after people heard: nothing waits."""
    return replace(state, seen="", seen_at=None, burst_at=None)
