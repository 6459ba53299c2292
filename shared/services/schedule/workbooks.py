"""What the team opens of each cohort: its workbook, and a page of how it stands. Made every night and on command."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.domain.cohort_figures import Cohort
from shared.domain.cohort_page import cohort_page
from shared.domain.workbook import cohort_workbook
from shared.errors import explained
from shared.log import step
from shared.ports import Clock, Renderer, Reports, WritesWorkbook
from shared.services.base.programmes import Programmes
from shared.services.base.verbs import OfRow, Result, Verb
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.digest import Day
from shared.stores.commands import Command

logger = logging.getLogger(__name__)

_PAGE = "text/html; charset=utf-8"
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


#: Writes another file of a cohort, with whom to ask; nothing of it comes back.
type Beside = Callable[[Cohort, str], Awaitable[None]]


class Workbooks:
    """Writes them.

    Nothing is handed in by which lived experience could be read: ``beside`` writes the file for those who arrange
    access, and gives nothing back.
    """

    def __init__(
        self,
        *,
        programmes: Programmes,
        cohorts: CohortReader,
        reports: Reports,
        write: WritesWorkbook,
        renderer: Renderer,
        beside: Beside,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._cohorts = cohorts
        self._reports = reports
        self._write = write
        self._renderer = renderer
        self._beside = beside
        self._clock = clock

    async def make(self, programme: str) -> tuple[str, ...]:
        """Write both of a programme anew. Returns their names in the container, none if there is no programme."""
        current = await self._programmes.current(programme)
        if current is None:
            return ()
        cohort = await self._cohorts.of(Day(current, self._clock.now()))
        contact = next(iter(current.programme.contacts.form_support), "")
        # Seconds of work for thousands of people: everything else goes on meanwhile.
        data = await asyncio.to_thread(self._write, cohort_workbook(cohort, contact=contact))
        page = await asyncio.to_thread(self._renderer.report, "cohort", {"page": cohort_page(cohort, contact=contact)})
        files = {
            f"{programme}/workbook.xlsx": (data, _WORKBOOK),
            f"{programme}/cohort.html": (page.encode(), _PAGE),
        }
        for name, (content, kind) in files.items():
            await self._reports.write(name, content, kind)
        await self._beside(cohort, contact)
        step(logger, "workbook and page written", programme=programme)
        return tuple(files)

    async def make_all(self) -> None:
        """Write those of every programme anew; one that fails keeps nothing else from being done."""
        for programme in self._programmes.ids():
            try:
                await self.make(programme)
            except Exception as exc:  # noqa: BLE001 -- what is owed to people comes after it in the daily run
                logger.error("programme %s has no new workbook: %s", programme, explained(exc))  # noqa: TRY400

    def verb(self) -> Verb:
        """Returns the command that writes one now."""
        return Verb(
            word="workbook",
            does="writes the files in the containers `reports` and `access` anew",
            run=OfRow(self._carry_out),
        )

    async def _carry_out(self, command: Command) -> Result:
        known = self._programmes.ids()
        programmes = (command.partition,) if command.partition in known else known
        made = [name for programme in programmes for name in await self.make(programme)]
        return Result(done=True, words=f"Written to the container reports: {', '.join(made)}.")
