"""The postman: everything that is done for one mailbox, by one holder of its lease at a time, in due order.

Exchange takes about 30 messages a minute and Graph four requests at a time for a mailbox, so that is the pace;
everything else waits in the table. Graph asks for a pause: the whole mailbox is left alone, also by the next process.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.mailbox import Pace
from shared.domain.outbox import wait_after
from shared.domain.owed import About
from shared.errors import TemporaryFailure, UnreadableRow, explained
from shared.log import step
from shared.ports import Alarm, Calendar, Clock, Figures, Inbox, Locks, Mailbox, Stored, Wakeups
from shared.services.base.queues import INBOX, by_subject, mailbox_of
from shared.services.mail.calendar import Calendars
from shared.services.mail.delivery import Delivery
from shared.services.mail.inbox import ReplyDesk
from shared.services.mail.session import Shift
from shared.stores.jobs import Alarms
from shared.stores.mailboxes import MailboxStates
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

_AT_ONCE = 4
_BATCH = 32
# The function may run five minutes; the postman hands over long before.
_SHIFT_SECONDS = 120.0
_BUSY_SECONDS = 10
_LONGEST_WAIT_SECONDS = 300
# The bell rings up to a second and a half late; a wait of which that would be a large part is spent in place.
_SHORT_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Round:
    """What one shift of the postman did. ``left``: something waits, for room, for the end of a pause or a successor."""

    handled: int
    left: bool


class Postman:
    """Works off what is due in a mailbox's lane."""

    def __init__(
        self,
        *,
        alarms: Alarms,
        delivery: Delivery,
        calendars: Calendars,
        replies: ReplyDesk,
        mailbox: Callable[[str], Mailbox],
        calendar: Callable[[str], Calendar],
        inbox: Callable[[str], Inbox],
        states: MailboxStates,
        upkeep: Upkeep,
        locks: Locks,
        wakeups: Wakeups,
        figures: Figures,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._alarms = alarms
        self._delivery = delivery
        self._calendars = calendars
        self._replies = replies
        self._mailbox = mailbox
        self._calendar = calendar
        self._inbox = inbox
        self._states = states
        self._upkeep = upkeep
        self._locks = locks
        self._wakeups = wakeups
        self._figures = figures
        self._clock = clock
        self._pace = pace
        self._bells: dict[str, float] = {}

    async def drain(self, lane: str) -> Round:
        """Work off what is due in a lane, until nothing is, the mailbox wants a rest, or the shift is over."""
        async with self._locks.hold(f"postman {lane}") as lease:
            if not lease.held:
                # Its holder may have looked for the last time just before our alarm was set.
                if await self._alarms.due(lane, self._clock.now(), 1):
                    await self._wake_in(lane, _BUSY_SECONDS)
                return Round(0, left=True)
            restore = await self._upkeep.restore()
            if restore is not None and restore.holds_mail:
                return Round(0, left=True)
            address = mailbox_of(lane)
            shift = Shift(
                lane=lane,
                mailbox=self._mailbox(address),
                calendar=self._calendar(address),
                inbox=self._inbox(address),
                lease=lease,
                states=self._states,
                state=await self._states.get(address),
                pace=self._pace,
                clock=self._clock,
                seconds=_SHIFT_SECONDS,
                look_first=restore is not None and restore.may_have_been_sent(self._clock.now()),
            )
            try:
                done = await self._work(shift)
            finally:
                await shift.write_down()
        await self._wake_again(shift)
        return done

    async def _work(self, shift: Shift) -> Round:
        handled = 0
        while shift.may_go_on:
            room = shift.room()
            due = await self._alarms.due(shift.lane, self._clock.now(), min(_BATCH, max(room, 1)))
            if not due:
                return Round(handled, left=False)
            if not handled:
                self._figures.outbox_age((self._clock.now() - due[0].value.due).total_seconds())
            if not room:
                wait = shift.seconds_to_room()
                if wait >= min(_SHORT_WAIT_SECONDS, shift.seconds_left):
                    return Round(handled, left=True)
                await asyncio.sleep(max(wait, 0.0))
                continue
            subjects = by_subject(due)
            # Nobody hears of it when the inbox is read.
            await shift.reserve(sum(alarms[0].value.about is not About.MAILBOX for alarms in subjects))
            slots = asyncio.Semaphore(_AT_ONCE)
            turns = (self._in_turn(slots, alarms, shift) for alarms in subjects)
            # All of them end before the shift does, also if one fails: it still holds the lease, and notes pauses.
            for done in await asyncio.gather(*turns, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done
                handled += done
        return Round(handled, left=True)

    async def _in_turn(self, slots: asyncio.Semaphore, alarms: Sequence[Stored[Alarm]], shift: Shift) -> int:
        """Take up one subject, unless the mailbox must be left alone by now: then it stays as it is, in due order.

        Several alarms about it are taken up as one: each was set before it is looked at. Gives how many they were.
        """
        alarm = alarms[0]
        async with slots:
            if not shift.may_go_on:
                return 0
            try:
                wait = await self._handle(alarm.value, shift)
            except TemporaryFailure as exc:
                _step("waits", alarm.value, reason=exc.reason)
                wait = wait_after(1, exc.retry_after, random.random())  # noqa: S311 -- jitter
            except Exception as exc:  # noqa: BLE001 -- a fault in one message must never hold up the others
                _step("fails", alarm.value, level=logging.ERROR, reason=explained(exc))
                wait = await self._set_aside(alarm.value, exc)
            # Of a mailbox the next tick, or the next day, sets a new alarm: this one would only add to it.
            if wait is not None and alarm.value.about is not About.MAILBOX:
                await self._alarms.put(replace(alarm.value, due=self._clock.now() + wait))
            for done in alarms:
                await self._alarms.remove(done)
            return len(alarms)

    async def _handle(self, alarm: Alarm, shift: Shift) -> timedelta | None:
        """Do what an alarm asks for. Gives how long to wait before looking again, None when it is done."""
        if alarm.about is About.SESSION:
            return await self._calendars.further(alarm.programme, alarm.subject, shift)
        if alarm.about is About.MAILBOX:
            await (self._replies.read(shift) if alarm.subject == INBOX else self._delivery.tidy(shift))
            return None
        return await self._delivery.further(alarm.programme, _message_of(alarm), shift)

    async def _set_aside(self, alarm: Alarm, exc: Exception) -> timedelta | None:
        """Park a message the program itself fails on; an administrator can bring it back once that is mended."""
        if isinstance(exc, UnreadableRow):
            return timedelta(hours=1)  # somebody typed into its row, or another one, and the digest says so
        message_id = _message_of(alarm)
        try:
            if message_id and await self._delivery.set_aside(alarm.programme, message_id, explained(exc)):
                return None
        except TemporaryFailure as failure:
            _step("waits", alarm, reason=failure.reason)
        return timedelta(hours=1)

    async def _wake_again(self, shift: Shift) -> None:
        """Have the postman come back when the next thing is due soon; the tick looks at everything later."""
        next_due = await self._alarms.next_due(shift.lane)
        if next_due is None:
            return
        wait = (next_due - self._clock.now()).total_seconds()
        wait = max(wait, shift.quiet_seconds, shift.seconds_to_room())
        if wait < _LONGEST_WAIT_SECONDS:
            await self._wake_in(shift.lane, max(1.0, wait + 0.5))

    async def _wake_in(self, lane: str, seconds: float) -> None:
        """Ring the bell later, unless it is going to ring by then: bells that beget bells would never stop."""
        now = asyncio.get_running_loop().time()
        planned = self._bells.get(lane, 0.0)
        if now < planned <= now + seconds:
            return
        self._bells[lane] = now + seconds
        await self._wakeups.postman(lane, after=seconds)


def _step(what: str, alarm: Alarm, *, level: int = logging.WARNING, reason: str) -> None:
    session = alarm.subject if alarm.about is About.SESSION else ""
    step(
        logger,
        what,
        level=level,
        message=_message_of(alarm),
        session=session,
        programme=alarm.programme,
        reason=reason,
    )


def _message_of(alarm: Alarm) -> str:
    """The id of the message that an alarm is about, '' if it is about something else."""
    _, _, message_id = alarm.subject.partition(" ")
    return message_id
