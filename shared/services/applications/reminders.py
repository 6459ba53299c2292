"""What follows when a line manager was reminded: the request's row says so, and the next step is another one."""

from shared.ports import Clock
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Programmes
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals


class Reminders:
    """Notes reminders that have gone."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        approvals: Approvals,
        writer: ApplicationWriter,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._approvals = approvals
        self._writer = writer
        self._clock = clock

    async def note(self, programme: str, reference: str, request: int) -> None:
        """Note that the manager of a request was reminded just now."""
        await self._approvals.note_reminder(programme, reference, request, self._clock.now())
        current = await self._programmes.current(programme)
        stored = await self._applications.get(programme, reference)
        if current is not None and stored is not None:
            await self._writer.refresh_next_step(current, stored)
