"""The work of the night: the export of every table. What is not done at night, the next ticks go on with."""

import logging
from datetime import timedelta

from shared.domain.exports import begun_at
from shared.domain.owed import About
from shared.log import step
from shared.ports import Alarm, Alarms, Clock, Locks
from shared.services.backup import Backup
from shared.services.lanes import TICK
from shared.services.resumption import RESUME, Resumption

logger = logging.getLogger(__name__)

_EXPORT = "export"
# The function may run five minutes, and the timer has other work; of a tick it is a smaller part.
_SECONDS_AT_NIGHT = 150.0
_SECONDS_IN_A_TICK = 60.0
# By then a timer that was cut off is surely over.
_CUT_OFF = timedelta(minutes=6)
_SOON = timedelta(minutes=1)
# The next night makes its own.
_TOO_OLD = timedelta(hours=20)


class Caretaker:
    """Does what is owed to the account as a whole, some of it at a time."""

    def __init__(self, *, backup: Backup, resumption: Resumption, alarms: Alarms, locks: Locks, clock: Clock) -> None:
        self._backup = backup
        self._resumption = resumption
        self._alarms = alarms
        self._locks = locks
        self._clock = clock

    async def night(self) -> None:
        """Begin tonight's export. The alarm comes first: if this is cut off, the tick goes on."""
        export = self._backup.new_export()
        subject = f"{_EXPORT} {export}"
        alarm = await self._alarms.put(Alarm(TICK, self._clock.now() + _CUT_OFF, About.UPKEEP, "", subject))
        await self._export(export, _SECONDS_AT_NIGHT)
        await self._alarms.remove(alarm)

    async def look(self, subject: str) -> None:
        """Go on with what an alarm says."""
        what, _, rest = subject.partition(" ")
        if what == RESUME:
            await self._resumption.further(subject, seconds=_SECONDS_IN_A_TICK)
        elif what == _EXPORT:
            await self._export(rest, _SECONDS_IN_A_TICK)

    async def _export(self, export: str, seconds: float) -> None:
        if self._clock.now() - begun_at(export) > _TOO_OLD:
            step(logger, f"the export {export} was not finished within a day", level=logging.ERROR)
            return
        async with self._locks.hold(_EXPORT) as lease:
            done = lease.held and await self._backup.further(export, seconds=seconds) is not None
        if not done:
            await self._alarms.put(Alarm(TICK, self._clock.now() + _SOON, About.UPKEEP, "", f"{_EXPORT} {export}"))
