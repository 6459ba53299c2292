"""After a restore: nothing moves until ``resume`` is typed; then everything that follows is put in place again.

What was received since the export is taken in once more, and every application and pair is looked at: the tables were
exported one after the other, so they may tell of slightly different moments. Then the mailboxes are let go. What their
tables call unsent may have left before the restore, so the mailbox worker asks the mailbox before it writes.
"""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from itertools import batched

from shared.domain.exports import Restore, RestoreStatus, begun_at
from shared.domain.jobs import TICK, Job, Reconcile, ResumeRestored
from shared.domain.time_passing import as_time_passes
from shared.errors import ServiceError
from shared.log import step
from shared.ports import Bodies, Clock
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.pairs.checkins import CheckInService
from shared.stores.applications import Applications
from shared.stores.jobs import Jobs
from shared.stores.pairs import Pairs
from shared.stores.receptions import Receptions
from shared.stores.upkeep import Upkeep

logger = logging.getLogger(__name__)

RESUME = "resume"
# A body may have been stored a moment before the export began and taken in after its table was read.
_MARGIN = timedelta(hours=1)
_AT_ONCE = 8


class BodiesAgain:
    """Marks what was received since an export as waiting: the tick takes it in."""

    def __init__(self, *, bodies: Bodies, receptions: Receptions) -> None:
        self._bodies = bodies
        self._receptions = receptions

    async def take_in(self, restore: Restore, until: float) -> bool:
        """Do so until then, in the loop's time. False if time ran out."""
        async for body in self._bodies.received_since(begun_at(restore.export) - _MARGIN):
            if asyncio.get_running_loop().time() >= until:
                return False
            if await self._receptions.get(body.programme, body.content) is None:
                await self._bodies.wait_again(body.content)
        return True


class ApplicationsAgain:
    """Looks at every application of a programme."""

    def __init__(self, *, applications: Applications, writer: ApplicationWriter, jobs: Jobs, clock: Clock) -> None:
        self._applications = applications
        self._writer = writer
        self._jobs = jobs
        self._clock = clock

    async def look_at_all(self, current: Current, after: str, until: float) -> str | None:
        """Look at every application behind a reference. Returns where it stopped if time ran out, None at the end."""
        references = [a.reference async for a in self._applications.all(current.programme.id, after=after)]
        for some in batched(references, _AT_ONCE, strict=False):
            if asyncio.get_running_loop().time() >= until:
                return after
            await asyncio.gather(*(self._look_at(current, reference) for reference in some))
            after = some[-1]
        return None

    async def _look_at(self, current: Current, reference: str) -> None:
        now = self._clock.now()
        try:
            await self._writer.look_again(
                current, reference, lambda a: as_time_passes(current.programme, a, current.closes_at, now)
            )
        except ServiceError as exc:
            step(logger, "is looked at later", level=logging.WARNING, reference=reference, reason=exc.reason)
            programme = current.programme.id
            await self._jobs.put(Job(TICK, now, Reconcile(reference), programme))


class PairsAgain:
    """Looks at every pair."""

    def __init__(self, *, programmes: Programmes, pairs: Pairs, checkins: CheckInService) -> None:
        self._programmes = programmes
        self._pairs = pairs
        self._checkins = checkins

    async def look_at_all(self) -> None:
        """Look at each that was confirmed once."""
        for row in await self._pairs.all():
            current = await self._programmes.current(row.programme) if row.known_as else None
            if current is not None:
                await self._checkins.look_again(current, row.known_as)


class RestoredAccount:
    """Knows how far an account that was restored is on its way back to work; of any other it holds nothing back."""

    def __init__(self, *, upkeep: Upkeep, outbox: Outbox, clock: Clock) -> None:
        self._upkeep = upkeep
        self._outbox = outbox
        self._clock = clock

    async def holds_time(self) -> bool:
        """Whether the timers must do nothing but wait for the command."""
        restore = await self._upkeep.restore()
        return restore is not None and restore.holds_time

    async def begin(self) -> str:
        """Let the account go, as the command asks. Returns why not, or ''."""
        restore = await self._upkeep.restore()
        if restore is None:
            return "This account was not restored; nothing waits."
        if restore.status is RestoreStatus.UNDER_WAY:
            return "The restore is not finished: run it again, and type the command when it says that it is done."
        if restore.status is RestoreStatus.RESUMED:
            return "It has been resumed already."
        # The job first: without it, a crash would leave an account that is never let go.
        await self.go_on_soon(ResumeRestored())
        if not await self._upkeep.note_restore(replace(restore, status=RestoreStatus.RESUMING), instead_of=restore):
            return await self.begin()  # another hand was faster: what it made of it is the answer
        return ""

    async def resuming(self) -> Restore | None:
        """What the account was restored from, while it is being resumed."""
        restore = await self._upkeep.restore()
        return restore if restore is not None and restore.status is RestoreStatus.RESUMING else None

    async def go_on_soon(self, place: ResumeRestored) -> None:
        """Have the tick go on from a place."""
        # A minute ahead, so that the tick which is running does its other work first.
        await self._outbox.look("", place, due=self._clock.now() + timedelta(minutes=1))

    async def let_go(self, restore: Restore) -> None:
        """Note that all of it is at work again, and wake the mailboxes."""
        resumed = replace(restore, status=RestoreStatus.RESUMED, resumed_at=self._clock.now())
        await self._upkeep.note_restore(resumed, instead_of=restore)
        step(logger, "the restored account is resumed")
        await self._outbox.wake_all()


class Resume:
    """Brings a restored account back to work."""

    def __init__(
        self,
        *,
        account: RestoredAccount,
        programmes: Programmes,
        bodies: BodiesAgain,
        applications: ApplicationsAgain,
        pairs: PairsAgain,
        outbox: Outbox,
    ) -> None:
        self._account = account
        self._programmes = programmes
        self._bodies = bodies
        self._applications = applications
        self._pairs = pairs
        self._outbox = outbox

    async def further(self, place: ResumeRestored, *, seconds: float) -> None:
        """Go on for so long from where a job says; a new job is set if there is more to do."""
        restore = await self._account.resuming()
        if restore is None:
            return
        until = asyncio.get_running_loop().time() + seconds
        if not place.programme and not await self._bodies.take_in(restore, until):
            await self._account.go_on_soon(place)
            return
        for programme_id in sorted(self._programmes.ids()):
            if programme_id < place.programme:
                continue
            current = await self._programmes.current(programme_id)
            if current is None:
                continue
            after = place.reference if programme_id == place.programme else ""
            stopped_at = await self._applications.look_at_all(current, after, until)
            if stopped_at is not None:
                await self._account.go_on_soon(ResumeRestored(programme_id, stopped_at))
                return
        await self._pairs.look_at_all()
        await self._look_at_calendars()
        await self._account.let_go(restore)

    async def _look_at_calendars(self) -> None:
        """Have every session's event compared with its bookings: it may have been changed since the export."""
        for programme_id in self._programmes.ids():
            current = await self._programmes.current(programme_id)
            if current is not None:
                sessions = [session.id for group in current.programme.groups for session in group.sessions]
                await self._outbox.sync_events(current.programme, sessions)
