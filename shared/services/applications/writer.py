"""Changing an application, and putting in place what follows from the change.

Job before action: a job "look at this application again" is set before the row is written and removed once the
owed work is in place. A crash anywhere in between is picked up by the tick, and doing it twice changes nothing.

Several hands may do this for one application at once. Each takes back its own job alone; one that finds nothing to
change sees to what follows all the same; and each looks, before it is done, whether the application is still the one
whose work it put in place.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from shared.domain.application import Application, Event, Status
from shared.domain.enrolment import Booking, BookingStatus, assigned_as_booked, with_assigned
from shared.domain.jobs import Job
from shared.domain.next_step import next_step
from shared.domain.owed import owed_to_application
from shared.domain.released import with_released
from shared.domain.waiting import TAKEN, places
from shared.errors import LostRace, TemporaryFailure
from shared.log import step
from shared.ports import Clock, Stored
from shared.services.applications.places import Places
from shared.services.applications.reconcile import IN_TIME, Reconciler
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.stores.applications import Applications
from shared.stores.audit import Audit

logger = logging.getLogger(__name__)

_TRIES = 6
# After a fault an event may stand without its row in Audit, and without what follows, until it is reconciled;
# whoever comes by within this time does not wait for that.
_MAY_BE_UNFINISHED = timedelta(minutes=30)

type Change = Callable[[Application], Application]


class _Changed(NamedTuple):
    """An application after a change, and whether what follows was seen to, now or by a job."""

    application: Application
    seen_to: bool


class ApplicationWriter:
    """The one way in which applications are written."""

    def __init__(
        self,
        *,
        applications: Applications,
        audit: Audit,
        places: Places,
        reconciler: Reconciler,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._audit = audit
        self._places = places
        self._reconciler = reconciler
        self._outbox = outbox
        self._clock = clock

    async def add(self, current: Current, application: Application, *, who: str) -> bool:
        """Store a new application and what it is owed. False if the reference is taken (nothing was done)."""
        job = await self._second_look(application)
        application = replace(application, last_event=Event(self._clock.now(), who, "received"))
        added = await self._applications.add(application, self._next_step(current, application))
        if added:
            self._told(application)
            await self._put_in_place(current, application, previous=None, brand_new=True)
        await self._outbox.take_back(job)
        return added

    async def change(
        self,
        current: Current,
        reference: str,
        change: Change,
        *,
        who: str,
        what: str,
        held: Collection[str] | None = None,
    ) -> Application | None:
        """Apply a pure change to an application and put in place what follows.

        Returns the application after the change, or None if there is none. Raises LostRace if others keep changing it.
        ``change`` may run several times, each time on the newest version. ``held`` are the sessions in which the person
        has a place; None: those that the application had before.

        Nothing to change often means that another hand has just done it, or died of it: what follows is seen to.
        """
        changed = await self._change(current, reference, change, who=who, what=what, held=held)
        if changed is None:
            return None
        event = changed.application.last_event
        if not changed.seen_to and event is not None and self._clock.now() - event.at < _MAY_BE_UNFINISHED:
            await self._now_or_later(current, changed.application, previous=None)
        return changed.application

    async def _change(
        self,
        current: Current,
        reference: str,
        change: Change,
        *,
        who: str,
        what: str,
        held: Collection[str] | None,
    ) -> _Changed | None:
        for _ in range(_TRIES):
            stored = await self._applications.get(current.programme.id, reference)
            if stored is None:
                return None
            changed = change(self._as_released(current, stored.value))
            # A session was edited since, and the programme books something else, or at another time: only the rows say
            # what is held.
            edited = self._as_sessions_are(current, stored.value) != stored.value
            if held is None and edited:
                has: Collection[str] = _held(await self._reconciler.rows(current, stored.value))
            else:
                has = places(current.programme, stored.value) if held is None else held
            asked = self._places.asked(current.programme, changed, has)
            if changed == stored.value and not asked:
                return _Changed(changed, seen_to=False)
            job = await self._second_look(changed)
            if asked:
                changed = await self._places.seated(current.programme, stored.value, changed, has)
            changed = self._as_sessions_are(current, changed)
            if changed == stored.value:
                return _Changed(changed, seen_to=False)  # the job stays: it sees to the places that were taken
            now, before = self._clock.now(), stored.value.last_event
            changed = replace(changed, last_event=Event(now, who, what, stored.value.status.value))
            if before is not None and now - before.at < _MAY_BE_UNFINISHED:
                await self._audited(stored.value)
            if job.value.due - self._clock.now() < IN_TIME:
                # Storage was slow: a look before the row is written would find nothing, and be the last.
                job = await self._second_look(changed)
            if await self._applications.replace(changed, self._next_step(current, changed), stored.etag):
                self._told(changed)
                previous = None if edited else stored.value
                await self._now_or_later(current, changed, previous=previous, job=job)
                return _Changed(changed, seen_to=True)
            if not asked:
                await self._outbox.take_back(job)
        raise LostRace("the application is being changed by others at the same time")

    def _as_sessions_are(self, current: Current, application: Application) -> Application:
        """The application with what the programme books for it now, and the dates that its manager has to know of."""
        return with_released(current.programme, with_assigned(current.programme, application), self._clock.now())

    def _as_released(self, current: Current, application: Application) -> Application:
        """The application with what its manager released before this change, where it is older than that note."""
        if application.status is not Status.APPROVED or application.released:
            return application
        return with_released(current.before_edits, application, self._clock.now())

    async def note_released(self, current: Current, application: Application) -> None:
        """Before edited sessions are taken up: note what a manager released, where no change has noted it yet."""
        if self._as_released(current, application) == application:
            return
        stored = await self._applications.get(application.programme, application.reference)
        noted = self._as_released(current, stored.value) if stored else None
        if stored is not None and noted is not None and noted != stored.value:
            # Whoever was faster has noted it as well.
            await self._applications.replace(noted, self._next_step(current, noted), stored.etag)

    async def _now_or_later(
        self,
        current: Current,
        application: Application,
        *,
        previous: Application | None,
        job: Stored[Job] | None = None,
    ) -> None:
        """What is stored counts; if the work that follows cannot be put in place now, a job sees to it."""
        try:
            await self._put_in_place(current, application, previous=previous)
            if job is not None:
                await self._outbox.take_back(job)
        except (TemporaryFailure, LostRace) as exc:
            if job is None:
                await self._second_look(application)
            step(
                logger,
                "what follows is put in place later",
                level=logging.WARNING,
                reference=application.reference,
                programme=application.programme,
                reason=exc.reason,
            )

    async def _put_in_place(
        self, current: Current, application: Application, *, previous: Application | None, brand_new: bool = False
    ) -> None:
        """Audit, and everything that follows. Raises LostRace if the application goes on changing meanwhile.

        What was written here may be of a state that another hand has changed since, and come after what that hand
        wrote: so whoever finds that there is a newer state puts that in place, too, and nobody's old word is the last.
        """
        for _ in range(_TRIES):
            await self._audited(application)
            await self._reconciler.reconcile(current, application, previous=previous, brand_new=brand_new)
            newest = await self._applications.get(application.programme, application.reference)
            if newest is None or newest.value == application:
                return
            application, previous, brand_new = newest.value, None, False
        raise LostRace("the application is being changed by others at the same time")

    async def _second_look(self, application: Application) -> Stored[Job]:
        return await self._outbox.second_look(application.programme, application.reference)

    def _next_step(self, current: Current, application: Application) -> str:
        return next_step(current.programme, application, current.closes_at, self._clock.now())

    async def _audited(self, application: Application) -> None:
        """Append the last event of an application to ``Audit``; doing it again changes nothing."""
        event = application.last_event
        if event is not None:
            await self._audit.add(
                application.programme,
                at=event.at,
                who=event.who,
                what=event.what,
                reference=application.reference,
                before=event.before,
                after=application.status.value,
            )

    def _told(self, application: Application) -> None:
        """One line for each change, so that an application's story can be read end to end."""
        event = application.last_event
        if event is not None:
            step(
                logger,
                f"{event.who}: {event.what} ({event.before or 'new'} -> {application.status})",
                reference=application.reference,
                programme=application.programme,
            )

    async def time_may_change(self, current: Current, reference: str) -> bool:
        """Whether an application still waits for an instant: most were decided before their last day came."""
        stored = await self._applications.get(current.programme.id, reference)
        return stored is not None and bool(
            owed_to_application(current.programme, stored.value, current.closes_at).looks
        )

    async def look_again(self, current: Current, reference: str, change: Change) -> None:
        """What a job asks for: let time change the application, then make sure that everything owed is in place."""
        stored = await self._applications.get(current.programme.id, reference)
        if stored is None:
            return
        held: set[str] | None = None
        booked: set[str] = set()
        seats = self._places.asked(current.programme, stored.value, ())
        if seats or (stored.value.status is Status.APPROVED and not stored.value.assigned):
            rows = await self._reconciler.rows(current, stored.value)
            booked = {row.session for row in rows if row.status is BookingStatus.BOOKED}
            held = _held(rows) if seats else None

        def looked_at(newest: Application) -> Application:
            changed = change(newest)
            if not changed.assigned:
                # Stored before it was noted what the programme books: the rows still know.
                changed = assigned_as_booked(current.programme, changed, booked)
            return self._as_sessions_are(current, changed)

        changed = await self._change(current, reference, looked_at, who="the clock", what="time passed", held=held)
        if changed is None:
            return
        if not changed.seen_to or changed.application.released != stored.value.released:
            # A session that moved changes rows that no comparison of applications would find.
            await self._put_in_place(current, changed.application, previous=None)
        if not changed.seen_to:
            await self.refresh_next_step(current, stored)

    async def refresh_next_step(self, current: Current, stored: Stored[Application]) -> None:
        """Write ``NextStep`` again after something else than the application changed (a reminder has gone).

        Whoever changed the application since it was read has written a newer one.
        """
        await self._applications.replace(stored.value, self._next_step(current, stored.value), stored.etag)


def _held(rows: Iterable[Booking]) -> set[str]:
    """The sessions in which a place belongs to the person for certain."""
    return {row.session for row in rows if row.status in TAKEN - {BookingStatus.HELD}}
