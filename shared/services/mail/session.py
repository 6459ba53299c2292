"""One worker's turn at one mailbox: its pace, its pauses, and whether it may go on. All that outlives it is stored.

Mails, events and inbox are reached through the session alone. It lets no call through while the service wants the
mailbox left alone, whatever was begun before: what is half done is taken up later, by looking first.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple, cast

from shared.domain import mailbox as paces
from shared.domain.mailbox import MailboxState, Pace
from shared.errors import TemporaryFailure
from shared.ports import Calendar, Clock, Inbox, Lease, Mailbox, News
from shared.services.base.queues import mailbox_of
from shared.stores.mailboxes import MailboxStates

# Of all calls only these show that mail and invitations leave.
_REACH_PEOPLE = frozenset({"send", "create", "set_attendees", "set_content", "cancel"})
# How far back reading begins when there is no place to go on from; older mail is people's to read.
_READ_AGAIN = timedelta(days=7)


class LeftAlone(TemporaryFailure):
    """A pause that the service asked for is not over: nothing was called."""


class MailboxPorts(NamedTuple):
    """One mailbox as it is reached: its mails, its calendar and what comes in."""

    mailbox: Mailbox
    calendar: Calendar
    inbox: Inbox


class MailboxSession:
    """What everything that is done for a mailbox shares while its lease is held."""

    def __init__(
        self,
        *,
        queue: str,
        ports: MailboxPorts,
        lease: Lease,
        states: MailboxStates,
        state: MailboxState,
        pace: Pace,
        clock: Clock,
        seconds: float,
        look_first: bool = False,
    ) -> None:
        # After a restore: what the tables call unsent may have left before.
        self.look_first = look_first
        self.queue = queue
        self.mailbox = cast("Mailbox", _Guarded(ports.mailbox, self, sending=True))
        self.calendar = cast("Calendar", _Guarded(ports.calendar, self, sending=True))
        self.inbox = cast("Inbox", _Guarded(ports.inbox, self))
        self._lease = lease
        self._states = states
        self._pace = pace
        self._clock = clock
        self._state = paces.taken_over(state, clock.now(), pace)
        self._stored = state
        self._writing = asyncio.Lock()
        self._over_at = asyncio.get_running_loop().time() + seconds

    @property
    def address(self) -> str:
        """The mailbox."""
        return self._state.mailbox

    @property
    def inbox_link(self) -> str:
        """Where reading the inbox goes on; '' from the beginning."""
        return self._state.inbox_link

    @property
    def may_go_on(self) -> bool:
        """Whether another request may be made: we are still the mailbox worker, in time, and not asked to wait."""
        return self._lease.held and self.seconds_left > 0 and not self.quiet_seconds

    @property
    def seconds_left(self) -> float:
        """Until the session is over."""
        return self._over_at - asyncio.get_running_loop().time()

    @property
    def quiet_seconds(self) -> float:
        """How long the mailbox must still be left alone."""
        return paces.quiet(self._state, self._clock.now()).total_seconds()

    def room(self) -> int:
        """How many messages may leave now."""
        return paces.room(self._state, self._clock.now(), self._pace)

    def seconds_to_room(self) -> float:
        """How long until the next message may leave; 0 if one may leave now."""
        now = self._clock.now()
        return (paces.room_at(self._state, now, self._pace) - now).total_seconds()

    def counted(self, people: int) -> None:
        """Note that so many people hear of something now."""
        self._state = paces.counted(self._state, people, self._clock.now(), self._pace)

    def must_be_let_through(self) -> None:
        """Raise LeftAlone if the mailbox must be left alone now."""
        rest = self.quiet_seconds
        if rest:
            raise LeftAlone("the mailbox has to be left alone for a while", retry_after=rest)

    def failed(self) -> None:
        """Note that what people should get did not leave: since when it has not is stored, for an alert."""
        if self._state.failing_since is None:
            self._state = replace(self._state, failing_since=self._clock.now())

    def succeeded(self) -> None:
        """Note that the mailbox works."""
        self._state = replace(self._state, failing_since=None)

    async def leave_alone(self, seconds: float) -> None:
        """Note that the service asked for a pause. It is stored at once: another process must not call, either."""
        before = self._state
        if seconds > 0:
            self._state = paces.asked_to_wait(self._state, seconds, self._clock.now())
        if self._state == before:
            return
        # If storage is away, the end of the session tries again.
        with contextlib.suppress(TemporaryFailure):
            async with self._writing:
                self._stored = replace(self._state, reserved=self._stored.reserved)
                await self._states.note_pace(self._stored)

    async def reserve(self, messages: int) -> None:
        """Write down that so many messages may leave, before the first does: a successor counts them as sent."""
        if not messages:
            return
        self._state = paces.taken_over(self._state, self._clock.now(), self._pace)
        self._stored = replace(self._state, reserved=messages)
        await self._states.note_pace(self._stored)

    async def write_down(self) -> None:
        """Store the pace and the pauses as they are, unless they are stored."""
        if self._stored != self._state:
            await self._states.note_pace(self._state)
            self._stored = self._state

    async def news(self) -> News:
        """The next page of what came in. Raises AlreadyGone if the place where reading goes on is no longer known."""
        return await self.inbox.news(self.inbox_link, self._clock.now() - _READ_AGAIN)

    async def read_until(self, link: str) -> None:
        """Store where reading the inbox goes on."""
        await self._states.note_inbox(self.address, link)
        self._state = replace(self._state, inbox_link=link)
        self._stored = replace(self._stored, inbox_link=link)


class _Guarded:
    """A port whose methods are called only while the mailbox need not be left alone. Each is one request to it."""

    def __init__(self, port: object, mailbox_session: MailboxSession, *, sending: bool = False) -> None:
        self._port = port
        self._sending = sending
        self._mailbox_session = mailbox_session

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the port has
        method, mailbox_session, sending = getattr(self._port, name), self._mailbox_session, self._sending

        async def called(*args: Any, **options: Any) -> Any:  # noqa: ANN401 -- whatever the method takes and returns
            mailbox_session.must_be_let_through()
            try:
                answer = await method(*args, **options)
            except TemporaryFailure as exc:
                if sending:
                    mailbox_session.failed()
                await mailbox_session.leave_alone(exc.retry_after or 0)
                raise
            if sending and name in _REACH_PEOPLE:
                mailbox_session.succeeded()
            return answer

        return called


class MailboxSessions:
    """Begins the turns at the mailboxes, each where the one before left off."""

    def __init__(
        self,
        *,
        mailbox: Callable[[str], Mailbox],
        calendar: Callable[[str], Calendar],
        inbox: Callable[[str], Inbox],
        states: MailboxStates,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._mailbox = mailbox
        self._calendar = calendar
        self._inbox = inbox
        self._states = states
        self._pace = pace
        self._clock = clock

    async def begin(self, queue: str, lease: Lease, *, seconds: float, look_first: bool) -> MailboxSession:
        """Returns a session of so many seconds at the mailbox of a queue, whose lease is held."""
        address = mailbox_of(queue)
        return MailboxSession(
            queue=queue,
            ports=MailboxPorts(self._mailbox(address), self._calendar(address), self._inbox(address)),
            lease=lease,
            states=self._states,
            state=await self._states.get(address),
            pace=self._pace,
            clock=self._clock,
            seconds=seconds,
            look_first=look_first,
        )
