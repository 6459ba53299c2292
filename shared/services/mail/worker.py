"""The mailbox worker: everything that is done for one mailbox, by one holder of its lease at a time, in due order.

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
from shared.ports import Calendar, Clock, Inbox, Job, Locks, Mailbox, Metrics, Stored, Wakeups
from shared.services.base.queues import INBOX, by_subject, mailbox_of
from shared.services.mail.calendar import CalendarSync
from shared.services.mail.delivery import Delivery
from shared.services.mail.inbox import InboxService
from shared.services.mail.session import MailboxSession
from shared.stores.jobs import Jobs
from shared.stores.mailboxes import MailboxStates
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

_AT_ONCE = 4
_BATCH = 32
# The function may run five minutes; the mailbox worker hands over long before.
_TURN_SECONDS = 120.0
_BUSY_SECONDS = 10
_LONGEST_WAIT_SECONDS = 300
# A wake-up comes up to a second and a half late; a wait of which that would be a large part is spent in place.
_SHORT_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of the worker did. ``left``: something waits, for room, for the end of a pause or a successor."""

    handled: int
    left: bool


class MailboxWorker:
    """Works off what is due in a mailbox's queue."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        delivery: Delivery,
        calendars: CalendarSync,
        replies: InboxService,
        mailbox: Callable[[str], Mailbox],
        calendar: Callable[[str], Calendar],
        inbox: Callable[[str], Inbox],
        states: MailboxStates,
        upkeep: Upkeep,
        locks: Locks,
        wakeups: Wakeups,
        metrics: Metrics,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._jobs = jobs
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
        self._metrics = metrics
        self._clock = clock
        self._pace = pace
        self._wake_ups: dict[str, float] = {}

    async def drain(self, queue: str) -> Turn:
        """Work off what is due in a queue, until nothing is, the mailbox wants a rest, or the turn is over."""
        async with self._locks.hold(f"mailbox {queue}") as lease:
            if not lease.held:
                # Its holder may have looked for the last time just before our job was set.
                if await self._jobs.due(queue, self._clock.now(), 1):
                    await self._wake_in(queue, _BUSY_SECONDS)
                return Turn(0, left=True)
            restore = await self._upkeep.restore()
            if restore is not None and restore.holds_mail:
                return Turn(0, left=True)
            address = mailbox_of(queue)
            mailbox_session = MailboxSession(
                queue=queue,
                mailbox=self._mailbox(address),
                calendar=self._calendar(address),
                inbox=self._inbox(address),
                lease=lease,
                states=self._states,
                state=await self._states.get(address),
                pace=self._pace,
                clock=self._clock,
                seconds=_TURN_SECONDS,
                look_first=restore is not None and restore.may_have_been_sent(self._clock.now()),
            )
            try:
                done = await self._work(mailbox_session)
            finally:
                await mailbox_session.write_down()
        await self._wake_again(mailbox_session)
        return done

    async def _work(self, mailbox_session: MailboxSession) -> Turn:
        handled = 0
        while mailbox_session.may_go_on:
            room = mailbox_session.room()
            due = await self._jobs.due(mailbox_session.queue, self._clock.now(), min(_BATCH, max(room, 1)))
            if not due:
                return Turn(handled, left=False)
            if not handled:
                self._metrics.outbox_age((self._clock.now() - due[0].value.due).total_seconds())
            if not room:
                wait = mailbox_session.seconds_to_room()
                if wait >= min(_SHORT_WAIT_SECONDS, mailbox_session.seconds_left):
                    return Turn(handled, left=True)
                await asyncio.sleep(max(wait, 0.0))
                continue
            subjects = by_subject(due)
            # Nobody hears of it when the inbox is read.
            await mailbox_session.reserve(sum(jobs[0].value.about is not About.MAILBOX for jobs in subjects))
            slots = asyncio.Semaphore(_AT_ONCE)
            turns = (self._in_turn(slots, jobs, mailbox_session) for jobs in subjects)
            # All of them end before the shift does, also if one fails: it still holds the lease, and notes pauses.
            for done in await asyncio.gather(*turns, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done
                handled += done
        return Turn(handled, left=True)

    async def _in_turn(
        self, slots: asyncio.Semaphore, jobs: Sequence[Stored[Job]], mailbox_session: MailboxSession
    ) -> int:
        """Take up one subject, unless the mailbox must be left alone by now: then it stays as it is, in due order.

        Several jobs about it are taken up as one: each was set before it is looked at. Returns how many they were.
        """
        job = jobs[0]
        async with slots:
            if not mailbox_session.may_go_on:
                return 0
            try:
                wait = await self._handle(job.value, mailbox_session)
            except TemporaryFailure as exc:
                _step("waits", job.value, reason=exc.reason)
                wait = wait_after(1, exc.retry_after, random.random())  # noqa: S311 -- jitter
            except Exception as exc:  # noqa: BLE001 -- a fault in one message must never hold up the others
                _step("fails", job.value, level=logging.ERROR, reason=explained(exc))
                wait = await self._set_aside(job.value, exc)
            # Of a mailbox the next tick, or the next day, sets a new job: this one would only add to it.
            if wait is not None and job.value.about is not About.MAILBOX:
                await self._jobs.put(replace(job.value, due=self._clock.now() + wait))
            for done in jobs:
                await self._jobs.remove(done)
            return len(jobs)

    async def _handle(self, job: Job, mailbox_session: MailboxSession) -> timedelta | None:
        """Do what a job asks for. Returns how long to wait before looking again, None when it is done."""
        if job.about is About.SESSION:
            return await self._calendars.further(job.programme, job.subject, mailbox_session)
        if job.about is About.MAILBOX:
            await (
                self._replies.read(mailbox_session) if job.subject == INBOX else self._delivery.tidy(mailbox_session)
            )
            return None
        return await self._delivery.further(job.programme, _message_of(job), mailbox_session)

    async def _set_aside(self, job: Job, exc: Exception) -> timedelta | None:
        """Park a message the program itself fails on; an administrator can bring it back once that is mended."""
        if isinstance(exc, UnreadableRow):
            return timedelta(hours=1)  # somebody typed into its row, or another one, and the digest says so
        message_id = _message_of(job)
        try:
            if message_id and await self._delivery.set_aside(job.programme, message_id, explained(exc)):
                return None
        except TemporaryFailure as failure:
            _step("waits", job, reason=failure.reason)
        return timedelta(hours=1)

    async def _wake_again(self, mailbox_session: MailboxSession) -> None:
        """Have the mailbox worker come back when the next thing is due soon; the tick looks at everything later."""
        next_due = await self._jobs.next_due(mailbox_session.queue)
        if next_due is None:
            return
        wait = (next_due - self._clock.now()).total_seconds()
        wait = max(wait, mailbox_session.quiet_seconds, mailbox_session.seconds_to_room())
        if wait < _LONGEST_WAIT_SECONDS:
            await self._wake_in(mailbox_session.queue, max(1.0, wait + 0.5))

    async def _wake_in(self, queue: str, seconds: float) -> None:
        """Ring the bell later, unless it is going to ring by then: bells that beget bells would never stop."""
        now = asyncio.get_running_loop().time()
        planned = self._wake_ups.get(queue, 0.0)
        if now < planned <= now + seconds:
            return
        self._wake_ups[queue] = now + seconds
        await self._wakeups.mailbox(queue, after=seconds)


def _step(what: str, job: Job, *, level: int = logging.WARNING, reason: str) -> None:
    session = job.subject if job.about is About.SESSION else ""
    step(
        logger,
        what,
        level=level,
        message=_message_of(job),
        session=session,
        programme=job.programme,
        reason=reason,
    )


def _message_of(job: Job) -> str:
    """The id of the message that a job is about, '' if it is about something else."""
    _, _, message_id = job.subject.partition(" ")
    return message_id
