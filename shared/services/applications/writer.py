"""Changing an application, and putting in place what follows from the change.

Job before action: a job "look at this application again" is set before the row is written and removed once the
owed work is in place. A crash anywhere in between is picked up by the tick, and doing it twice changes nothing.

Several hands may do this for one application at once. Each takes back its own job alone; one that finds nothing to
change sees to what follows all the same; and each looks, before it is done, whether the application is still the one
whose work it put in place.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain import outbox
from shared.domain.application import Application, Event, ManagerRequest, Status
from shared.domain.enrolment import Booking, BookingStatus, assigned_as_booked, bookings, with_assigned
from shared.domain.next_step import next_step
from shared.domain.outbox import FINISHED, Message, MessageStatus
from shared.domain.owed import About, Mail, Owed, owed_to_application
from shared.domain.references import Link, token_hash
from shared.domain.waiting import TAKEN, places
from shared.errors import LostRace, TemporaryFailure
from shared.log import step
from shared.ports import Clock, Job, Stored, Wakeups
from shared.services.applications.domains import Domains
from shared.services.applications.places import Places
from shared.services.base.links import decision_page, own_page
from shared.services.base.programmes import Current
from shared.services.base.queues import TICK, Queues
from shared.services.base.tokens import Tokens
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.audit import Audit
from shared.stores.bookings import Bookings
from shared.stores.jobs import Jobs
from shared.stores.links import Links
from shared.stores.messages import Messages

logger = logging.getLogger(__name__)

_SECOND_LOOK = timedelta(minutes=2)
_TRIES = 6
# What has to be written after a job was set is written well before the tick takes the job up.
_IN_TIME = timedelta(minutes=1)
# After a fault an event may stand without its row in Audit, and without what follows, until a second look has worked;
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
        approvals: Approvals,
        bookings: Bookings,
        messages: Messages,
        jobs: Jobs,
        links: Links,
        audit: Audit,
        places: Places,
        domains: Domains,
        wakeups: Wakeups,
        tokens: Tokens,
        queues: Queues,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._approvals = approvals
        self._bookings = bookings
        self._messages = messages
        self._jobs = jobs
        self._links = links
        self._audit = audit
        self._places = places
        self._domains = domains
        self._wakeups = wakeups
        self._tokens = tokens
        self._queues = queues
        self._clock = clock

    async def add(self, current: Current, application: Application, *, who: str) -> bool:
        """Store a new application and what it is owed. False if the reference is taken (nothing was done)."""
        job = await self.reconcile_soon(application)
        application = replace(application, last_event=Event(self._clock.now(), who, "received"))
        added = await self._applications.add(application, self._next_step(current, application))
        if added:
            self._told(application)
            await self._put_in_place(current, application, previous=None, brand_new=True)
        await self._jobs.remove(job)
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
            changed = change(stored.value)
            # A session was edited since, and the programme books something else: only the rows say what is held.
            edited = with_assigned(current.programme, stored.value) != stored.value
            if held is None and edited:
                has: Collection[str] = _held(await self._rows(current, stored.value))
            else:
                has = places(current.programme, stored.value) if held is None else held
            asked = self._places.asked(current.programme, changed, has)
            if changed == stored.value and not asked:
                return _Changed(changed, seen_to=False)
            job = await self.reconcile_soon(changed)
            if asked:
                changed = await self._places.seated(current.programme, stored.value, changed, has)
            changed = with_assigned(current.programme, changed)
            if changed == stored.value:
                return _Changed(changed, seen_to=False)  # the job stays: it sees to the places that were taken
            now, before = self._clock.now(), stored.value.last_event
            changed = replace(changed, last_event=Event(now, who, what, stored.value.status.value))
            if before is not None and now - before.at < _MAY_BE_UNFINISHED:
                await self._audited(stored.value)
            if job.value.due - self._clock.now() < _IN_TIME:
                # Storage was slow: a look before the row is written would find nothing, and be the last.
                job = await self.reconcile_soon(changed)
            if await self._applications.replace(changed, self._next_step(current, changed), stored.etag):
                self._told(changed)
                previous = None if edited else stored.value
                await self._now_or_later(current, changed, previous=previous, job=job)
                return _Changed(changed, seen_to=True)
            if not asked:
                await self._jobs.remove(job)
        raise LostRace("the application is being changed by others at the same time")

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
                await self._jobs.remove(job)
        except (TemporaryFailure, LostRace) as exc:
            if job is None:
                await self.reconcile_soon(application)
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
            await self.reconcile(current, application, previous=previous, brand_new=brand_new)
            newest = await self._applications.get(application.programme, application.reference)
            if newest is None or newest.value == application:
                return
            application, previous, brand_new = newest.value, None, False
        raise LostRace("the application is being changed by others at the same time")

    async def reconcile_soon(self, application: Application) -> Stored[Job]:
        """Set the job that sees to an application if what is done next is not finished."""
        due = self._clock.now() + _SECOND_LOOK
        job = Job(TICK, due, About.APPLICATION, application.programme, application.reference)
        return await self._jobs.put_own(job)

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

    async def reconcile(
        self, current: Current, application: Application, *, previous: Application | None, brand_new: bool = False
    ) -> None:
        """Put in place everything that follows from the application's state.

        ``previous`` is the state before, whose work is in place; None looks at everything (a second look after a
        crash), unless the application is ``brand_new``.
        """
        await self._reconcile_links(application, previous)
        if previous is None or previous.status is not application.status:
            await self._domains.learn(application)
        booked = await self._reconcile_bookings(current, application, previous, brand_new=brand_new)
        owed = owed_to_application(current.programme, application, current.closes_at)
        present = {} if brand_new else await self._messages.of(application.programme, application.reference)
        due_now = await self.put_in_place(current, owed, present)
        if due_now or booked:
            await self._wakeups.mailbox(self._queues.of(current.programme))

    async def put_in_place(self, current: Current, owed: Owed, present: Mapping[str, Message]) -> bool:
        """Store owed mails and looks. ``present`` are the subject's messages. True if something is due already."""
        now = self._clock.now()
        programme = current.programme
        fresh = [mail for mail in owed.mails if self._needs_work(mail, present.get(mail.id))]
        await asyncio.gather(*(self._enqueue(current, mail, present.get(mail.id)) for mail in fresh))
        await asyncio.gather(
            *(
                self._jobs.put(Job(TICK, look.due, look.about, programme.id, look.subject, timed=True))
                for look in owed.looks
            )
        )
        return any(mail.due <= now for mail in fresh)

    def _needs_work(self, mail: Mail, message: Message | None) -> bool:
        if message is None:
            return True
        if message.status is MessageStatus.CANCELLED:
            return not mail.only_after
        return message.status not in FINISHED

    async def _enqueue(self, current: Current, mail: Mail, present: Message | None) -> None:
        """Row first, job second: a job without a row would be dropped, a row without a job is found again."""
        programme = current.programme.id
        if present is None:
            await self._messages.add(outbox.queued(programme, mail))
        elif present.status is MessageStatus.CANCELLED:
            stored = await self._messages.get(programme, mail.id)
            if stored is not None and stored.value.status is MessageStatus.CANCELLED:
                again = replace(outbox.queued(programme, mail), generation=stored.value.generation + 1)
                await self._messages.replace(again, stored.etag)
        await self._jobs.put(
            Job(self._queues.of(current.programme), mail.due, mail.about, programme, f"mail {mail.id}")
        )

    async def _reconcile_links(self, application: Application, previous: Application | None) -> None:
        writes = []
        if application.person.email and (previous is None or previous.own_link != application.own_link):
            writes.append(self._put_link(own_page(application)))
        known = previous.requests if previous else ()
        if application.status is Status.ERASED:
            # Only numbers are left, and nobody is shown those: a late hand may have written more.
            late = application.requests if previous is None else ()
            writes += [self._approvals.remove(application.programme, application.reference, r.number) for r in late]
            requests: tuple[ManagerRequest, ...] = ()
        else:
            requests = tuple(request for request in application.requests if not request.asks_nobody)
        for request in requests:
            in_force = request is application.request
            was_in_force = previous is not None and request == previous.request
            same_name = previous is not None and previous.person.full_name == application.person.full_name
            if request in known and in_force == was_in_force and same_name:
                continue
            link = decision_page(application, request.number)
            if in_force:
                writes.append(self._put_link(link))
            writes.append(self._approvals.put(application, request, token_hash(self._tokens(link))))
        await asyncio.gather(*writes)

    async def _put_link(self, link: Link) -> None:
        await self._links.put(token_hash(self._tokens(link)), link)

    async def _reconcile_bookings(
        self, current: Current, application: Application, previous: Application | None, *, brand_new: bool
    ) -> bool:
        """Bring ``Bookings`` to the application's sessions, and set the jobs of the calendars concerned."""
        wanted = {b.session: b for b in bookings(current.programme, application)}
        behind: set[str] = set()
        # Sessions in which a place was perhaps given back without anybody looking afterwards whom to offer it.
        perhaps_free: set[str] = set()
        known: dict[str, Booking] = {}
        if previous is not None:
            known = {b.session: b for b in bookings(current.programme, previous)}
        elif not brand_new:
            rows = await self._rows(current, application)
            if application.status is Status.ERASED:
                return await self._forget_bookings(current, rows)
            known = {row.session: row for row in rows if row.status is not BookingStatus.CANCELLED}
            # Rows whose event may not have been told: the job for it was perhaps never set.
            behind = {row.session for row in rows if (row.status is BookingStatus.BOOKED) != (row.invited > 0)}
            perhaps_free = {row.session for row in rows if row.status is BookingStatus.CANCELLED}
        held = [b for b in known.values() if b.status is BookingStatus.HELD and b.session not in wanted]
        if any(self._is_being_taken(booking) for booking in held):
            # By another hand, which says next that it has the place, or gives it back.
            known = {s: b for s, b in known.items() if not self._is_being_taken(b)}
            await self.reconcile_soon(application)
        gone = known.keys() - wanted.keys()
        new = {s for s, booking in wanted.items() if previous is None or booking != known.get(s)}
        cancelled = []
        for session in gone:
            booking = await self._bookings.get(application.programme, session, application.reference)
            if booking is not None:
                cancelled.append(replace(booking, status=BookingStatus.CANCELLED, as_of=_as_of(application)))
        given_back = {s for s, booking in known.items() if _given_back(booking, wanted.get(s))}
        joined = {s for s, booking in wanted.items() if booking.status is BookingStatus.WAITING}
        # Before, so that a crash forgets no free place; and after, so that no tick looks too early and never again.
        now = self._clock.now()
        await self._look_at_places(current, given_back | joined, now)
        await asyncio.gather(
            *(self._bookings.put(wanted[session]) for session in new),
            *(self._bookings.put(booking) for booking in cancelled),
        )
        await self._look_at_places(current, given_back | joined | perhaps_free, now)
        invited = {s for s in (*new, *gone) if _is_booked(known.get(s)) or _is_booked(wanted.get(s))}
        await self.calendars(current, {*invited, *behind})
        return bool(invited or behind)

    def _is_being_taken(self, booking: Booking) -> bool:
        """Whether a place was held just now: by a hand that is at work, and not by one that died of it."""
        since = booking.since
        return booking.status is BookingStatus.HELD and since is not None and self._clock.now() - since < _IN_TIME

    async def _forget_bookings(self, current: Current, rows: Collection[Booking]) -> bool:
        """Delete what a late hand wrote of a person who was erased meanwhile; their events lose the attendee.

        Returns whether there was anything.
        """
        await self.calendars(current, {row.session for row in rows})
        await asyncio.gather(*(self._bookings.remove(b.programme, b.session, b.reference) for b in rows))
        # Of a row that is gone already nobody knows in which session a place came free.
        every = [session.id for group in current.programme.groups for session in group.sessions]
        await self._look_at_places(current, every, self._clock.now())
        return bool(rows)

    async def _look_at_places(self, current: Current, sessions: Collection[str], now: datetime) -> None:
        """Have the tick offer what is free in these sessions to those who wait."""
        limited = {s.id for g in current.programme.groups for s in g.sessions if s.capacity is not None}
        for session in sorted(limited.intersection(sessions)):
            await self._jobs.put(Job(TICK, now, About.SESSION, current.programme.id, session))

    async def _rows(self, current: Current, application: Application) -> list[Booking]:
        if application.role is None and application.status is not Status.ERASED:
            return []
        ids = [s.id for g in current.programme.groups for s in g.sessions]
        rows = await asyncio.gather(
            *(self._bookings.get(application.programme, session, application.reference) for session in ids)
        )
        return [row for row in rows if row is not None]

    async def calendars(self, current: Current, sessions: set[str]) -> None:
        """Have the mailbox worker bring these sessions' events to what the rows say."""
        queue, now = self._queues.of(current.programme), self._clock.now()
        await asyncio.gather(
            *(
                self._jobs.put(Job(queue, now, About.SESSION, current.programme.id, session))
                for session in sorted(sessions)
            )
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
            rows = await self._rows(current, stored.value)
            booked = {row.session for row in rows if row.status is BookingStatus.BOOKED}
            held = _held(rows) if seats else None

        def looked_at(newest: Application) -> Application:
            changed = change(newest)
            if not changed.assigned:
                # Stored before it was noted what the programme books: the rows still know.
                changed = assigned_as_booked(current.programme, changed, booked)
            return with_assigned(current.programme, changed)

        changed = await self._change(current, reference, looked_at, who="the clock", what="time passed", held=held)
        if changed is not None and not changed.seen_to:
            await self._put_in_place(current, changed.application, previous=None)
            await self.refresh_next_step(current, stored)

    async def refresh_next_step(self, current: Current, stored: Stored[Application]) -> None:
        """Write ``NextStep`` again after something else than the application changed (a reminder has gone).

        Whoever changed the application since it was read has written a newer one.
        """
        await self._applications.replace(stored.value, self._next_step(current, stored.value), stored.etag)


def _as_of(application: Application) -> datetime | None:
    return application.last_event.at if application.last_event else None


def _is_booked(booking: Booking | None) -> bool:
    return booking is not None and booking.status is BookingStatus.BOOKED


def _held(rows: Iterable[Booking]) -> set[str]:
    """The sessions in which a place belongs to the person for certain."""
    return {row.session for row in rows if row.status in TAKEN - {BookingStatus.HELD}}


def _given_back(before: Booking, after: Booking | None) -> bool:
    return before.status in TAKEN and (after is None or after.status not in TAKEN)
