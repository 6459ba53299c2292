"""The work of the night: equality answers mixed, every table exported, erased people taken out of exports, retention.

What is not done at night, the next ticks go on with: a job is set before anything is begun.
"""

import logging
from datetime import timedelta

from shared.domain.exports import begun_at
from shared.domain.jobs import TICK, DeleteExpired, Export, Job, MixEquality, RedactExports, ResumeRestored, UpkeepTask
from shared.log import step
from shared.ports import Clock, Locks
from shared.services.form.equality import EqualityService
from shared.services.records.export_redaction import ExportRedaction
from shared.services.records.exports import Backup
from shared.services.records.resume import Resume
from shared.services.records.retention import Retention
from shared.stores.jobs import Jobs

logger = logging.getLogger(__name__)

# The function may run five minutes, and the timer has other work; of a tick it is a smaller part.
_SECONDS_AT_NIGHT = 150.0
_SECONDS_IN_A_TICK = 60.0
# By then a timer that was cut off is surely over.
_CUT_OFF = timedelta(minutes=6)
_SOON = timedelta(minutes=1)
# The next night makes its own.
_TOO_OLD = timedelta(hours=20)


class NightlyMaintenance:
    """Does what is owed to the account as a whole, some of it at a time."""

    def __init__(
        self,
        *,
        backup: Backup,
        cleaner: ExportRedaction,
        equality: EqualityService,
        retention: Retention,
        resume: Resume,
        jobs: Jobs,
        locks: Locks,
        clock: Clock,
    ) -> None:
        self._backup = backup
        self._cleaner = cleaner
        self._equality = equality
        self._retention = retention
        self._resume = resume
        self._jobs = jobs
        self._locks = locks
        self._clock = clock

    async def night(self) -> None:
        """Begin tonight's work. The jobs come first: if this is cut off, the ticks go on."""
        cut_off = self._clock.now() + _CUT_OFF
        tasks = (MixEquality(), Export(self._backup.new_export()), RedactExports(), DeleteExpired())
        work = [(task, await self._jobs.put_own(Job(TICK, cut_off, task))) for task in tasks]
        for task, job in work:
            await self._go_on(task, _SECONDS_AT_NIGHT / len(work))
            await self._jobs.remove(job)
        await self._retention.give_notice()

    async def look(self, task: UpkeepTask) -> None:
        """Go on with what a job says."""
        await self._go_on(task, _SECONDS_IN_A_TICK)

    async def _go_on(self, task: UpkeepTask, seconds: float) -> None:
        if isinstance(task, ResumeRestored):
            await self._resume.further(task, seconds=seconds)
            return
        async with self._locks.hold("upkeep") as lease:
            if not lease.held:
                done = False
            elif isinstance(task, MixEquality):
                await self._equality.mix()
                done = True
            elif isinstance(task, Export):
                done = await self._export(task.name, seconds)
            elif isinstance(task, RedactExports):
                done = await self._cleaner.further(seconds=seconds)
            else:
                done = await self._retention.further(seconds=seconds)
        if not done:
            await self._jobs.put(Job(TICK, self._clock.now() + _SOON, task))

    async def _export(self, export: str, seconds: float) -> bool:
        """Go on with an export. True if nothing is left to do."""
        if self._clock.now() - begun_at(export) > _TOO_OLD:
            step(logger, f"the export {export} was not finished within a day", level=logging.ERROR)
            return True
        return await self._backup.further(export, seconds=seconds) is not None
