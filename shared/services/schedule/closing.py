"""What follows from a programme's dates: the closing summary, a moved closing date, edited sessions."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime
from itertools import batched

from shared.domain.application import Application, Status
from shared.domain.closing import ProgrammeRow
from shared.domain.evaluation import waves_seen
from shared.domain.jobs import TICK, Job, OfferPlaces, Reconcile
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.remembered import remembered
from shared.domain.rhythm import is_working_day, next_working
from shared.ports import Clock
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.services.mail.calendar import CalendarSync, seen
from shared.stores.applications import Applications
from shared.stores.audit import Audit
from shared.stores.jobs import Jobs
from shared.stores.programmes import ProgrammeRows
from shared.stores.sessions import Sessions

logger = logging.getLogger(__name__)

_AT_ONCE = 20


class LookSoon:
    """Sets jobs for applications; the tick takes them up in turn."""

    def __init__(self, *, applications: Applications, jobs: Jobs, clock: Clock) -> None:
        self._applications = applications
        self._jobs = jobs
        self._clock = clock

    async def at_all(self, programme: str, status: Status) -> list[Application]:
        """Set one for each application of that status. Returns those applications.

        Several at a time: a tick that is cut before it noted the change would begin again for ever.
        """
        now = self._clock.now()
        found = [application async for application in self._applications.all(programme, status=status)]
        jobs = [Job(TICK, now, Reconcile(application.reference), programme) for application in found]
        for some in batched(jobs, _AT_ONCE, strict=False):
            await asyncio.gather(*(self._jobs.put(job) for job in some))
        return found


class EditedSessions:
    """Takes up what administrators changed in ``Sessions``."""

    def __init__(
        self,
        *,
        calendars: CalendarSync,
        sessions: Sessions,
        writer: ApplicationWriter,
        soon: LookSoon,
        outbox: Outbox,
    ) -> None:
        self._calendars = calendars
        self._sessions = sessions
        self._writer = writer
        self._soon = soon
        self._outbox = outbox

    async def take_up(self, current: Current) -> ProgrammeRow:
        """Bring the calendars of edited sessions up to date, and let approved people join what has a date now."""
        sessions = [session for group in current.programme.groups for session in group.sessions]
        for session in sessions:
            # The UK wall time, and why a row is held back, beside what was typed.
            await self._sessions.note(current.programme, session)
        if current.row.sessions_seen:
            changed = await self._calendars.changed_sessions(current)
            await self._outbox.sync_events(current.programme, changed)
            if changed:
                await self._outbox.wake(current.programme)
            approved = await self._soon.at_all(current.row.id, Status.APPROVED)
            for application in approved:
                await self._writer.note_released(current, application)
            for session in sessions:
                # More people may fit in than before.
                await self._outbox.look(current.row.id, OfferPlaces(session.id))
        known = remembered(current.row.sessions_known, current.programme)
        return replace(current.row, sessions_seen=seen(current.programme), sessions_known=known)

    async def remember(self, current: Current) -> None:
        """Note when each session takes place, so that a date typed into the past later is told from one that came."""
        await self._sessions.note_taken_up(current.programme)


class Closing:
    """Looks at a programme's rows at every tick; does something only when they, or the time, have changed."""

    def __init__(
        self,
        *,
        rows: ProgrammeRows,
        sessions: EditedSessions,
        soon: LookSoon,
        outbox: Outbox,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._sessions = sessions
        self._soon = soon
        self._outbox = outbox
        self._audit = audit
        self._clock = clock

    async def look(self, current: Current) -> Current:
        """Take up what administrators changed, and close when it is time. Returns the programme as it now stands."""
        row = current.row
        if row.closes_at_seen != _stamp(row.closes_at):
            row = await self._closing_moved(current)
        if row.sessions_seen != seen(current.programme):
            row = await self._sessions.take_up(replace(current, row=row))
        if row.waves_seen != waves_seen(current.programme):
            # The file asks at other times than before: whoever is in a pair is asked at those, from now on.
            await self._soon.at_all(row.id, Status.APPROVED)
            row = replace(row, waves_seen=waves_seen(current.programme))
        await self._sessions.remember(current)
        if row.status.takes_applications_no_more and row.last_summary_for != row.closes_at:
            row = await self._summed_up(current, row)
        if row != current.stored:
            await self._rows.note(row)
        return replace(current, row=row, stored=row)

    async def _closing_moved(self, current: Current) -> ProgrammeRow:
        """Everything whose time hangs on the closing date is looked at again: open requests, and late applications."""
        row = current.row
        if row.closes_at_seen:
            await self._audit.add(
                row.id,
                at=self._clock.now(),
                who="an administrator",
                what="closing date changed",
                reference="",
                before=row.closes_at_seen,
                after=_stamp(row.closes_at),
            )
            for status in (Status.AWAITING_MANAGER, Status.LATE):
                await self._soon.at_all(row.id, status)
        return replace(row, closes_at_seen=_stamp(row.closes_at))

    async def _summed_up(self, current: Current, row: ProgrammeRow) -> ProgrammeRow:
        now = self._clock.now()
        today = now.astimezone(current.programme.tz).date()
        mail = Mail(
            id=message_id(row.id, f"closing-summary.{_stamp(row.closes_at)}"),
            kind=Kind.CLOSING_SUMMARY,
            about=About.PROGRAMME,
            subject=row.id,
            to=To.ADMINISTRATORS,
            due=now if is_working_day(today) else next_working(now, current.programme.tz),
        )
        await self._outbox.post(current.programme, mail)
        return replace(row, last_summary_for=row.closes_at)


def _stamp(instant: datetime | None) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else "none"
