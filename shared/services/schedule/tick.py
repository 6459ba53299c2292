"""The clock's work: every few minutes what is due, in due order; once a day the digest.

A tick reads the jobs that are due and a fixed number of rows besides, so its cost does not grow with the number of
applications. It depends on nothing it did before: a tick missed for days is made good by the next one.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.jobs import (
    TICK,
    DeleteExpired,
    Export,
    Job,
    LookAtPair,
    MixEquality,
    OfferPlaces,
    ReadInbox,
    Reconcile,
    RedactExports,
    ResumeRestored,
    TidyDrafts,
)
from shared.domain.owed import About, Kind, Mail, To
from shared.domain.time_passing import as_time_passes
from shared.errors import explained
from shared.log import step
from shared.ports import Bodies, Clock, Locks, Stored, Wakeups
from shared.services.applications.changes import ChangeDesk
from shared.services.applications.intake import Intake
from shared.services.applications.waiting_lists import WaitingLists
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.queues import Queues, by_task
from shared.services.form.earlier import EarlierBook
from shared.services.form.own_form import OwnForm
from shared.services.form.quarantine import QuarantineService
from shared.services.pairs.checkins import CheckInService
from shared.services.records.resume import RESUME, Resume
from shared.services.schedule.closing import Closing
from shared.services.schedule.commands import CommandService
from shared.services.schedule.nightly import NightlyMaintenance
from shared.services.schedule.reports import Reports, digest_id
from shared.stores.jobs import Jobs

logger = logging.getLogger(__name__)

_BATCH = 100
# Functions cuts a tick at five minutes, and what comes after bodies and jobs must still be done.
_SECONDS_FOR_BODIES = 100.0
_SECONDS_FOR_ALARMS = 120.0
_AT_ONCE = 8
_MOST_DRAFTS = 500
_PATIENCE_SECONDS = 60
_LATER = timedelta(minutes=5)
# An idle mailbox takes seconds; a closing day's burst, or a mailbox that cannot be used, takes longer.
_BEHIND = timedelta(minutes=15)
# By then the queue has made its five tries, or its message is lost.
_QUEUE_HAS_TRIED = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one tick did."""

    jobs: int
    commands: int
    submissions: int


class Tick:
    """Runs what is due."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        closing: Closing,
        outbox: Outbox,
        commands: CommandService,
        checkins: CheckInService,
        intake: Intake,
        writer: ApplicationWriter,
        waiting: WaitingLists,
        reports: Reports,
        earlier: EarlierBook,
        own_form: OwnForm,
        quarantine: QuarantineService,
        changes: ChangeDesk,
        nightly: NightlyMaintenance,
        resume: Resume,
        jobs: Jobs,
        bodies: Bodies,
        locks: Locks,
        wakeups: Wakeups,
        queues: Queues,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._closing = closing
        self._outbox = outbox
        self._commands = commands
        self._checkins = checkins
        self._intake = intake
        self._writer = writer
        self._waiting = waiting
        self._reports = reports
        self._earlier = earlier
        self._own_form = own_form
        self._quarantine = quarantine
        self._changes = changes
        self._nightly = nightly
        self._resume = resume
        self._jobs = jobs
        self._bodies = bodies
        self._locks = locks
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def run(self) -> Tally:
        """One tick, never two at once. A second one waits for the first: an administrator may have typed since."""
        for seconds_left in reversed(range(_PATIENCE_SECONDS)):
            async with self._locks.hold(TICK) as lease:
                if lease.held:
                    return await self._run()
            if seconds_left:
                await asyncio.sleep(1)
        logger.warning("a tick gave way to one that is still running")
        return Tally(0, 0, 0)

    async def _run(self) -> Tally:
        if await self._resume.holds_time():
            return Tally(0, await self._commands.carry_out_new(only=frozenset({RESUME})), 0)
        # Bodies that wait come first: what was received before the closing date must not find it closed.
        submissions = await self._sweep_submissions()
        currents: dict[str, Current] = {}
        for programme in self._programmes.ids():
            current = await self._programmes.current(programme)
            if current is not None:
                currents[programme] = await self._closing.look(current)
        commands = await self._commands.carry_out_new()
        await self._checkins.look_at_rows()
        jobs = await self._work_off(currents)
        for queue in self._queues.mailboxes():
            await self._say_if_behind(queue)
            # The inbox is read at every tick, so there is always something to come for.
            await self._jobs.put(Job(queue, self._clock.now(), ReadInbox()))
            await self._wakeups.mailbox(queue)
        await self._own_form.forget_ended(_MOST_DRAFTS)
        return Tally(jobs, commands, submissions)

    async def _say_if_behind(self, queue: str) -> None:
        """Have the log say that a mailbox's work waits for long: an alert in Azure looks for this line."""
        oldest = await self._jobs.next_due(queue)
        if oldest is not None and self._clock.now() - oldest > _BEHIND:
            minutes = (self._clock.now() - oldest) // timedelta(minutes=1)
            step(logger, "outbox is behind", level=logging.WARNING, reason=f"something has waited {minutes} minutes")

    async def _sweep_submissions(self) -> int:
        """Take in bodies whose queue message was lost. Those still on the queue are found done when it comes."""
        count = 0
        loop = asyncio.get_running_loop()
        over_at = loop.time() + _SECONDS_FOR_BODIES
        async for content in self._bodies.waiting():
            if loop.time() >= over_at:
                logger.warning("bodies still wait; the next tick goes on")
                break
            body = await self._bodies.get(content)
            if body is None:
                continue
            given_up_on = self._clock.now() - body.received_at > _QUEUE_HAS_TRIED
            take_in = self._intake.try_for_the_last_time if given_up_on else self._intake.take_in
            try:
                await take_in(programme=body.programme, source=body.source, content=content)
                count += 1
            except Exception as exc:  # noqa: BLE001 -- one body must never keep the clock's other work from being done
                logger.error("submission %s could not be taken in: %s", content[:12], explained(exc))  # noqa: TRY400
        return count

    async def _work_off(self, currents: dict[str, Current]) -> int:
        """Take up what is due, in due order, until the time for it is over: the next tick goes on."""
        done = 0
        loop = asyncio.get_running_loop()
        over_at = loop.time() + _SECONDS_FOR_ALARMS
        while due := await self._jobs.due(TICK, self._clock.now(), _BATCH):
            for some in _side_by_side(by_task(due)):
                if loop.time() >= over_at:
                    return done
                await asyncio.gather(*(self._take_up(currents, jobs) for jobs in some))
                done += sum(map(len, some))
        return done

    async def _take_up(self, currents: dict[str, Current], jobs: Sequence[Stored[Job]]) -> None:
        """Look at what some jobs are about. What fails makes way for the rest and is taken up again soon."""
        # Those of unfinished work see more than those that are only about time.
        subject = min((job.value for job in jobs), key=lambda job: job.timed)
        try:
            await self._look(currents, subject)
        except Exception as exc:  # noqa: BLE001 -- one subject must never keep the others from being looked at
            logger.error("%s is looked at later: %s", subject.task, explained(exc))  # noqa: TRY400
            await self._jobs.put(replace(subject, due=self._clock.now() + _LATER))
        for job in jobs:
            await self._jobs.remove(job)

    async def _look(self, currents: dict[str, Current], job: Job) -> None:
        current = currents.get(job.programme)
        match job.task:
            case MixEquality() | Export() | RedactExports() | DeleteExpired() | ResumeRestored():
                await self._nightly.look(job.task)
            case Reconcile(reference) if current is not None:
                if job.timed and not await self._writer.time_may_change(current, reference):
                    return
                now = self._clock.now()
                await self._writer.look_again(
                    current,
                    reference,
                    lambda application: as_time_passes(current.programme, application, current.closes_at, now),
                )
            case LookAtPair(pair) if current is not None:
                await self._checkins.look_again(current, pair)
            case OfferPlaces(session) if current is not None:
                await self._waiting.offer_places(current, session)
            case _:
                return  # of a programme that is no longer set up

    async def daily(self) -> int:
        """The administrators' digest, one a day and programme, only when there is something to act on.

        People of earlier cohorts whose last day has passed are forgotten. Then the tables are exported.
        """
        if await self._resume.holds_time():
            return 0
        try:
            return await self._write_digests()
        finally:
            await self._nightly.night()

    async def _write_digests(self) -> int:
        await self._earlier.forget_old()
        await self._quarantine.forget_old()
        await self._changes.forget_old()
        for queue in self._queues.mailboxes():
            await self._jobs.put(Job(queue, self._clock.now(), TidyDrafts()))
            await self._wakeups.mailbox(queue)
        posted = 0
        for programme in self._programmes.ids():
            try:
                posted += await self._write_digest(programme)
            except Exception as exc:  # noqa: BLE001 -- one programme must never keep the others from being told
                logger.error("programme %s has no digest today: %s", programme, explained(exc))  # noqa: TRY400
        return posted

    async def _write_digest(self, programme: str) -> bool:
        current = await self._programmes.current(programme)
        if current is None:
            return False
        await self._checkins.let_go_of_deleted_rows(current)
        if await self._reports.digest(current, file=self._programmes.file(programme)) is None:
            return False
        now = self._clock.now()
        day = now.astimezone(current.programme.tz).date().isoformat()
        mail = Mail(digest_id(programme, day), Kind.DIGEST, About.PROGRAMME, programme, To.ADMINISTRATORS, now)
        return await self._outbox.post(current.programme, mail)


def _side_by_side(subjects: Iterable[Sequence[Stored[Job]]]) -> Iterator[list[Sequence[Stored[Job]]]]:
    """Jobs by what they are about, in their order; applications some at a time, everything else alone.

    A session's free places are offered by one at a time, and nothing overtakes.
    """
    together: list[Sequence[Stored[Job]]] = []
    for jobs in subjects:
        alone = not isinstance(jobs[0].value.task, Reconcile)
        if together and (alone or len(together) == _AT_ONCE):
            yield together
            together = []
        if alone:
            yield [jobs]
        else:
            together.append(jobs)
    if together:
        yield together
