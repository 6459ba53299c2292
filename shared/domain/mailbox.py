"""The pace of one mailbox, as pure functions: how many messages may leave now, and whether it asked to be left alone.

Exchange takes about 30 messages a minute from a mailbox (invitations count for each person who hears), and Graph may
ask for a pause of any length. Both outlive a process, so they are a value that is stored.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True, slots=True)
class Pace:
    """At most ``most`` messages within any ``window``."""

    most: int = 30
    window: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class MailboxState:
    """What the mailbox worker of one mailbox remembers across restarts and instances.

    ``counted`` are the instants at which messages count, oldest first; a large invitation counts into the future.
    ``reserved`` is above 0 while a batch is under way: whoever finds it so took over from a mailbox worker that died.
    ``failing_since`` is when the first of the calls failed that have failed ever since; None while they succeed.
    ``asked_at`` and ``quiet_until`` are the last pause that Graph asked for. ``inbox_link`` is where reading goes on.
    """

    mailbox: str
    counted: tuple[datetime, ...] = ()
    reserved: int = 0
    asked_at: datetime | None = None
    quiet_until: datetime | None = None
    inbox_link: str = ""
    failing_since: datetime | None = None


def taken_over(state: MailboxState, now: datetime, pace: Pace) -> MailboxState:
    """The state at the start of a session: what a mailbox worker that died may have sent counts as sent now."""
    kept = tuple(at for at in state.counted if _counts(at, now, pace, len(state.counted)))
    return replace(state, counted=(*kept, *[now] * state.reserved), reserved=0)


def _counts(at: datetime, now: datetime, pace: Pace, count: int) -> bool:
    # Further ahead than the count explains: the clock was set back.
    ahead = pace.window * (ceil(count / pace.most) + 1)
    return -ahead <= now - at < pace.window


def room(state: MailboxState, now: datetime, pace: Pace) -> int:
    """How many messages may leave now; never below 0."""
    counting = sum(_counts(at, now, pace, len(state.counted)) for at in state.counted)
    return max(0, pace.most - counting)


def room_at(state: MailboxState, now: datetime, pace: Pace) -> datetime:
    """When the next message may leave: ``now`` if there is room."""
    counting = [at for at in state.counted if _counts(at, now, pace, len(state.counted))]
    if len(counting) < pace.most:
        return now
    return counting[len(counting) - pace.most] + pace.window


def counted(state: MailboxState, people: int, now: datetime, pace: Pace) -> MailboxState:
    """The state after something that ``people`` hear of. What exceeds a window counts in the windows after it."""
    instants = [now + pace.window * (index // pace.most) for index in range(people)]
    return replace(state, counted=tuple(sorted((*state.counted, *instants))))


def asked_to_wait(state: MailboxState, seconds: float, now: datetime) -> MailboxState:
    """The state after Graph asked for a pause. A longer pause that is in force stays."""
    until = now + timedelta(seconds=seconds)
    if quiet(state, now) >= until - now:
        return state
    return replace(state, asked_at=now, quiet_until=until)


def quiet(state: MailboxState, now: datetime) -> timedelta:
    """How long the mailbox must still be left alone; zero if it need not be."""
    if state.quiet_until is None or state.asked_at is None or now < state.asked_at:
        return timedelta(0)  # before it was asked: the clock was set back, and the real pause cannot be known
    return max(timedelta(0), state.quiet_until - now)
