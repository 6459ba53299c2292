"""Works off what is due in the tick's own queue: what each job is about says who takes it up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from shared.domain.jobs import (
    TICK,
    TICK_TASKS,
    DeleteExpired,
    Export,
    Job,
    LookAtPair,
    LookAtPairsOf,
    MixEquality,
    OfferPlaces,
    Reconcile,
    RedactExports,
    ResumeRestored,
    TickTask,
    UpkeepTask,
)
from shared.domain.time_passing import as_time_passes
from shared.errors import explained
from shared.ports import Clock, Stored
from shared.services.applications.waiting_lists import WaitingLists
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.base.queues import by_task
from shared.services.pairs.checkins import CheckInService
from shared.services.schedule.nightly import NightlyMaintenance
from shared.stores.jobs import Jobs

logger = logging.getLogger(__name__)

_BATCH = 100
# Functions cuts a tick at five minutes, and what comes after the jobs must still be done.
_SECONDS = 120.0
_AT_ONCE = 8
_LATER = timedelta(minutes=5)

#: The programmes as this tick has found them.
type Currents = Mapping[str, Current]
#: Takes up one job. What is not to be done any more is passed over.
type Handler = Callable[[Currents, Job], Awaitable[None]]
#: Who takes up a job, by what it is about.
type Handlers = Mapping[type[TickTask], Handler]


class DueJobs:
    """Works them off. Raises ValueError if there is something that jobs may be about and nobody takes up."""

    def __init__(self, *, jobs: Jobs, handlers: Handlers, clock: Clock) -> None:
        unknown = sorted(kind.__name__ for kind in set(TICK_TASKS) - set(handlers))
        if unknown:
            raise ValueError(f"nobody takes up {', '.join(unknown)}: see handlers in services/schedule/due_jobs.py")
        self._jobs = jobs
        self._handlers = handlers
        self._clock = clock

    async def work_off(self, currents: Currents) -> int:
        """Take up what is due, in due order, until the time for it is over: the next tick goes on."""
        done = 0
        loop = asyncio.get_running_loop()
        over_at = loop.time() + _SECONDS
        while due := await self._jobs.due(TICK, self._clock.now(), _BATCH):
            for some in side_by_side(by_task(due)):
                if loop.time() >= over_at:
                    return done
                await asyncio.gather(*(self._take_up(currents, jobs) for jobs in some))
                done += sum(map(len, some))
        return done

    async def _take_up(self, currents: Currents, jobs: Sequence[Stored[Job]]) -> None:
        """Look at what some jobs are about. What fails makes way for the rest and is taken up again soon."""
        # Those of unfinished work see more than those that are only about time.
        subject = min((job.value for job in jobs), key=lambda job: job.timed)
        handler = self._handlers.get(type(subject.task))  # type: ignore[arg-type] # a mailbox's task has none
        try:
            if handler is not None:
                await handler(currents, subject)
        except Exception as exc:  # noqa: BLE001 -- one subject must never keep the others from being looked at
            logger.error("%s is looked at later: %s", subject.task, explained(exc))  # noqa: TRY400
            await self._jobs.put(replace(subject, due=self._clock.now() + _LATER))
        for job in jobs:
            await self._jobs.remove(job)


def in_programme[T: TickTask](look: Callable[[Current, T], Awaitable[None]]) -> Handler:
    """Returns the handler of jobs about something in a programme: ``look`` gets the programme and the task."""

    async def take_up(currents: Currents, job: Job) -> None:
        current = currents.get(job.programme)
        if current is not None:
            await look(current, cast("T", job.task))

    return take_up


def of_account(look: Callable[[UpkeepTask], Awaitable[None]]) -> Handler:
    """Returns the handler of jobs about the account as a whole: ``look`` gets the task."""

    async def take_up(currents: Currents, job: Job) -> None:
        del currents
        await look(cast("UpkeepTask", job.task))

    return take_up


class ApplicationJobs:
    """Takes up jobs about applications."""

    def __init__(self, *, writer: ApplicationWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def take_up(self, currents: Currents, job: Job) -> None:
        """Let time pass for the application, with all that follows. Where only time counts, a glance may do."""
        current, task = currents.get(job.programme), job.task
        if current is None or not isinstance(task, Reconcile):
            return
        if job.timed and not await self._writer.time_may_change(current, task.reference):
            return
        now = self._clock.now()
        await self._writer.look_again(
            current, task.reference, lambda a: as_time_passes(current.programme, a, current.closes_at, now)
        )


def handlers(
    *, applications: ApplicationJobs, checkins: CheckInService, waiting: WaitingLists, nightly: NightlyMaintenance
) -> Handlers:
    """Returns who takes up what."""

    async def look_at_pair(current: Current, task: LookAtPair) -> None:
        await checkins.look_again(current, task.pair)

    async def look_at_pairs_of(current: Current, task: LookAtPairsOf) -> None:
        await checkins.look_at_person(current, task.reference)

    async def offer_places(current: Current, task: OfferPlaces) -> None:
        await waiting.offer_places(current, task.session)

    return {
        Reconcile: applications.take_up,
        LookAtPair: in_programme(look_at_pair),
        LookAtPairsOf: in_programme(look_at_pairs_of),
        OfferPlaces: in_programme(offer_places),
        **dict.fromkeys((MixEquality, Export, RedactExports, DeleteExpired, ResumeRestored), of_account(nightly.look)),
    }


def side_by_side(subjects: Iterable[Sequence[Stored[Job]]]) -> Iterator[list[Sequence[Stored[Job]]]]:
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
