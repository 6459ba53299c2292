"""The mailbox worker: everything that is done for one mailbox, by one holder of its lease at a time, in due order.

Exchange takes about 30 messages a minute and Graph four requests at a time for a mailbox, so that is the pace;
everything else waits in the table. Graph asks for a pause: the whole mailbox is left alone, also by the next process.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.jobs import Job, ReadInbox, ReadResponses, SendMail, SyncEvent, Task, TidyDrafts
from shared.domain.outbox import wait_after
from shared.errors import TemporaryFailure, UnreadableRow, explained
from shared.log import step
from shared.ports import Clock, Locks, Metrics, Stored, Wakeups
from shared.services.base.queues import by_task
from shared.services.mail.session import MailboxSession, MailboxSessions
from shared.services.mail.work import MailboxWork
from shared.stores.jobs import Jobs
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
        work: MailboxWork,
        sessions: MailboxSessions,
        upkeep: Upkeep,
        locks: Locks,
        wakeups: Wakeups,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._jobs = jobs
        self._tasks = work
        self._sessions = sessions
        self._upkeep = upkeep
        self._locks = locks
        self._wakeups = wakeups
        self._metrics = metrics
        self._clock = clock
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
            look_first = restore is not None and restore.may_have_been_sent(self._clock.now())
            mailbox_session = await self._sessions.begin(queue, lease, seconds=_TURN_SECONDS, look_first=look_first)
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
            tasks = by_task(due)
            # Nobody hears of it when the inbox is read.
            await mailbox_session.reserve(sum(not _is_of_the_mailbox(jobs[0].value.task) for jobs in tasks))
            slots = asyncio.Semaphore(_AT_ONCE)
            turns = (self._in_turn(slots, jobs, mailbox_session) for jobs in tasks)
            # All of them end before the session does, also if one fails: it still holds the lease, and notes pauses.
            for done in await asyncio.gather(*turns, return_exceptions=True):
                if isinstance(done, BaseException):
                    raise done
                handled += done
        return Turn(handled, left=True)

    async def _in_turn(
        self, slots: asyncio.Semaphore, jobs: Sequence[Stored[Job]], mailbox_session: MailboxSession
    ) -> int:
        """Do one thing, unless the mailbox must be left alone by now: then it stays as it is, in due order.

        Several jobs that ask for it are one: each was set before it is looked at. Returns how many they were.
        """
        job = jobs[0]
        async with slots:
            if not mailbox_session.may_go_on:
                return 0
            try:
                wait = await self._tasks.do(job.value, mailbox_session)
            except TemporaryFailure as exc:
                _step("waits", job.value, reason=exc.reason)
                wait = wait_after(1, exc.retry_after, random.random())  # noqa: S311 -- jitter
            except Exception as exc:  # noqa: BLE001 -- a fault in one message must never hold up the others
                _step("fails", job.value, level=logging.ERROR, reason=explained(exc))
                wait = await self._after_fault(job.value, exc)
            # Of a mailbox the next tick, or the next day, sets a new job: this one would only add to it.
            if wait is not None and not _is_of_the_mailbox(job.value.task):
                await self._jobs.put(replace(job.value, due=self._clock.now() + wait))
            for done in jobs:
                await self._jobs.remove(done)
            return len(jobs)

    async def _after_fault(self, job: Job, exc: Exception) -> timedelta | None:
        """Park a message the program itself fails on; an administrator can bring it back once that is mended."""
        if isinstance(exc, UnreadableRow):
            return timedelta(hours=1)  # somebody typed into its row, or another one, and the digest says so
        try:
            if await self._tasks.set_aside(job, explained(exc)):
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
        """Send a wake-up for later, unless one comes by then: wake-ups that lead to wake-ups would never stop."""
        now = asyncio.get_running_loop().time()
        planned = self._wake_ups.get(queue, 0.0)
        if now < planned <= now + seconds:
            return
        self._wake_ups[queue] = now + seconds
        await self._wakeups.mailbox(queue, after=seconds)


def _is_of_the_mailbox(task: Task) -> bool:
    return isinstance(task, ReadInbox | TidyDrafts)


def _step(what: str, job: Job, *, level: int = logging.WARNING, reason: str) -> None:
    step(
        logger,
        what,
        level=level,
        message=job.task.message if isinstance(job.task, SendMail) else "",
        session=job.task.session if isinstance(job.task, SyncEvent | ReadResponses) else "",
        programme=job.programme,
        reason=reason,
    )
