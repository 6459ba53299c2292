"""The team's workbook of each cohort, made of the tables every night and on command; it goes into ``reports``."""

import asyncio
import logging
from collections.abc import Callable

from shared.domain.workbook import Workbook, cohort_workbook
from shared.errors import explained
from shared.log import step
from shared.ports import Clock, Command, Reports
from shared.services.base.programmes import Programmes
from shared.services.base.verbs import OfRow, Result, Verb
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.digest import Day

logger = logging.getLogger(__name__)

_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Workbooks:
    """Writes workbooks. ``write`` turns the values of one into the bytes of a file.

    Nothing is handed in by which lived experience could be read.
    """

    def __init__(
        self,
        *,
        programmes: Programmes,
        cohorts: CohortReader,
        reports: Reports,
        write: Callable[[Workbook], bytes],
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._cohorts = cohorts
        self._reports = reports
        self._write = write
        self._clock = clock

    async def make(self, programme: str) -> str:
        """Write the workbook of a programme anew. Returns its name in the container, '' if there is no programme."""
        current = await self._programmes.current(programme)
        if current is None:
            return ""
        cohort = await self._cohorts.of(Day(current, self._clock.now()))
        contact = next(iter(current.programme.contacts.form_support), "")
        # Seconds of work for thousands of people: everything else goes on meanwhile.
        data = await asyncio.to_thread(self._write, cohort_workbook(cohort, contact=contact))
        name = f"{programme}/workbook.xlsx"
        await self._reports.write(name, data, _TYPE)
        step(logger, "workbook written", programme=programme)
        return name

    async def make_all(self) -> None:
        """Write the workbook of every programme anew; one that fails keeps nothing else from being done."""
        for programme in self._programmes.ids():
            try:
                await self.make(programme)
            except Exception as exc:  # noqa: BLE001 -- what is owed to people comes after it in the daily run
                logger.error("programme %s has no new workbook: %s", programme, explained(exc))  # noqa: TRY400

    def verb(self) -> Verb:
        """Returns the command that writes one now."""
        return Verb(
            word="workbook",
            does="writes the workbook of the row's programme anew (of all, if `PartitionKey` is none); it lies in the "
            "container `reports`. `Reference` stays empty",
            unless="never",
            run=OfRow(self._carry_out),
        )

    async def _carry_out(self, command: Command) -> Result:
        known = self._programmes.ids()
        made = [await self.make(id_) for id_ in ((command.partition,) if command.partition in known else known)]
        return Result(done=True, words=f"Written to the container reports: {', '.join(made)}.")
