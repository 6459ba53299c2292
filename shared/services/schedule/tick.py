"""The clock's work, as two lists of steps: every few minutes what is due, and once a day the digest and the night.

A tick reads the jobs that are due and a fixed number of rows besides, so its cost does not grow with the number of
applications. It depends on nothing it did before: a tick missed for days is made good by the next one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from shared.domain.jobs import TICK
from shared.ports import Locks
from shared.services.applications.changes import ChangesService
from shared.services.base.programmes import Current, Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.earlier import EarlierService
from shared.services.form.interest import InterestService
from shared.services.form.own_form import OwnForm
from shared.services.form.quarantine import QuarantineService
from shared.services.mail.calendar import CalendarSync
from shared.services.pairs.checkins import CheckInService
from shared.services.records.resume import RestoredAccount
from shared.services.schedule.bodies import WaitingBodies
from shared.services.schedule.closing import Closing
from shared.services.schedule.commands import CommandService
from shared.services.schedule.digests import Digests
from shared.services.schedule.due_jobs import DueJobs
from shared.services.schedule.mailboxes import Mailboxes
from shared.services.schedule.nightly import NightlyMaintenance
from shared.services.schedule.workbooks import Workbooks

logger = logging.getLogger(__name__)

_PATIENCE_SECONDS = 60
_MOST_DRAFTS = 500


@dataclass(slots=True)
class Tally:
    """What one tick did so far, and the programmes as it has found them."""

    jobs: int = 0
    commands: int = 0
    submissions: int = 0
    currents: dict[str, Current] = field(default_factory=dict)


#: One thing that a tick does. What it raises ends the tick; the next one begins again.
type Step = Callable[[Tally], Awaitable[None]]
#: What a tick does, in its order.
type Steps = Sequence[Step]
#: What is done once a day, in its order.
type Chores = Sequence[Callable[[], Awaitable[object]]]


def steps(
    *,
    bodies: WaitingBodies,
    programmes: Programmes,
    closing: Closing,
    commands: CommandService,
    checkins: CheckInService,
    jobs: DueJobs,
    mailboxes: Mailboxes,
    own_form: OwnForm,
) -> Steps:
    """Returns what a tick does."""

    async def sweep(tally: Tally) -> None:
        tally.submissions = await bodies.sweep()

    async def look_at_programmes(tally: Tally) -> None:
        for programme in programmes.ids():
            current = await programmes.current(programme)
            if current is not None:
                tally.currents[programme] = await closing.look(current)

    async def carry_out(tally: Tally) -> None:
        tally.commands = await commands.carry_out_new()

    async def work_off(tally: Tally) -> None:
        tally.jobs = await jobs.work_off(tally.currents)

    # Bodies that wait come before closing dates: what was received before must not find it closed. Whether mail waits
    # is said of what the last tick left: this one may put in place what was owed long ago.
    return (
        _alone(mailboxes.say_if_behind),
        sweep,
        look_at_programmes,
        carry_out,
        _alone(checkins.look_at_rows),
        work_off,
        _alone(mailboxes.read),
        _alone(partial(own_form.forget_ended, _MOST_DRAFTS)),
    )


def chores(
    *,
    earlier: EarlierService,
    interest: InterestService,
    quarantine: QuarantineService,
    changes: ChangesService,
    calendars: CalendarSync,
    mailboxes: Mailboxes,
    workbooks: Workbooks,
) -> Chores:
    """Returns what is done once a day, before the digest."""
    return (
        earlier.forget_old,
        interest.forget_old,
        interest.tell_of_openings,
        quarantine.forget_old,
        changes.forget_old,
        calendars.look_at_events,
        mailboxes.tidy,
        workbooks.make_all,
    )


def _alone(do: Callable[[], Awaitable[object]]) -> Step:
    """Returns the step that needs nothing of the others and counts nothing."""

    async def step(_: Tally) -> None:
        await do()

    return step


class Tick:
    """Runs what is due. ``commands``: what administrators may type, for whoever asks which there are.

    ``chores`` are done once a day, before the digest; a rehearsal leaves out those that only write files.
    """

    def __init__(
        self,
        *,
        steps: Steps,
        chores: Chores,
        digests: Digests,
        nightly: NightlyMaintenance,
        commands: CommandService,
        restored: RestoredAccount,
        tokens: Tokens,
        locks: Locks,
    ) -> None:
        self._steps = steps
        self.chores = chores
        self._digests = digests
        self._nightly = nightly
        self.commands = commands
        self._restored = restored
        self._tokens = tokens
        self._locks = locks

    async def run(self) -> Tally:
        """One tick, never two at once. A second one waits for the first: an administrator may have typed since.

        Raises WrongKey before it does anything.
        """
        await self._tokens.must_fit()
        for seconds_left in reversed(range(_PATIENCE_SECONDS)):
            async with self._locks.hold(TICK) as lease:
                if lease.held:
                    return await self._run()
            if seconds_left:
                await asyncio.sleep(1)
        logger.warning("a tick gave way to one that is still running")
        return Tally()

    async def _run(self) -> Tally:
        if await self._restored.holds_time():
            return Tally(commands=await self.commands.carry_out_new(restored=True))
        tally = Tally()
        for step in self._steps:
            await step(tally)
        return tally

    async def daily(self) -> int:
        """The chores of a day, and the administrators' digests. Then the work of the night begins.

        Returns how many digests were posted. Raises WrongKey before it does anything.
        """
        await self._tokens.must_fit()
        if await self._restored.holds_time():
            return 0
        try:
            for do in self.chores:
                await do()
            return await self._digests.post()
        finally:
            await self._nightly.night()
