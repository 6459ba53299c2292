"""What follows from an application's state, put in place: its links, its bookings, its mails, and its next looks.

Everything here can be done again, by several hands at once, and changes nothing then. Who does it when, and what is
done about a crash, is the writer's business.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.application import Application, ManagerRequest, Status, has_board
from shared.domain.enrolment import Booking, BookingStatus, bookings
from shared.domain.jobs import LookAtPairsOf, OfferPlaces
from shared.domain.new_address import confirmation
from shared.domain.owed import owed_to_application
from shared.domain.programme import Evaluation
from shared.domain.session_dates import is_over
from shared.domain.waiting import TAKEN
from shared.ports import Clock
from shared.services.applications.domains import Domains
from shared.services.base.links import LinkBook, decision_page, evaluation_page, join_page, new_address_page, own_page
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.stores.approvals import Approvals
from shared.stores.bookings import Bookings

#: What has to be written after a job was set is written well before the tick takes the job up.
IN_TIME = timedelta(minutes=1)


_LEFT = frozenset({Status.WITHDRAWN, Status.ERASED, Status.DECLINED})


class Reconciler:
    """Brings everything else to what the application says."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        bookings: Bookings,
        domains: Domains,
        links: LinkBook,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._approvals = approvals
        self._bookings = bookings
        self._domains = domains
        self._links = links
        self._outbox = outbox
        self._clock = clock

    async def reconcile(
        self, current: Current, application: Application, *, previous: Application | None, brand_new: bool = False
    ) -> None:
        """Put in place everything that follows from the application's state.

        ``previous`` is the state before, whose work is in place; None looks at everything (as after a
        crash), unless the application is ``brand_new``.
        """
        await self._reconcile_links(application, previous)
        if current.programme.evaluation and (previous is None or previous.first_paired != application.first_paired):
            await self._store_evaluation_links(current.programme.evaluation, application)
        if _has_left(application, previous) and not brand_new:
            await self._outbox.look(application.programme, LookAtPairsOf(application.reference))
        if previous is None or previous.status is not application.status:
            await self._domains.learn(application)
        booked = await self._reconcile_bookings(current, application, previous, brand_new=brand_new)
        owed = owed_to_application(current.programme, application, current.closes_at)
        due_now = await self._outbox.put_in_place(current.programme, application.reference, owed, brand_new=brand_new)
        if due_now or booked:
            await self._outbox.wake(current.programme)

    async def _reconcile_links(self, application: Application, previous: Application | None) -> None:
        writes = []
        if application.person.email and (previous is None or previous.own_link != application.own_link):
            writes.append(self._links.store(own_page(application)))
        if confirmation(application) and (previous is None or confirmation(previous) != confirmation(application)):
            writes.append(self._links.store(new_address_page(application)))
        if has_board(application):
            writes.append(self._links.store(join_page(application)))
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
                writes.append(self._links.store(link))
            writes.append(self._approvals.put(application, request, self._links.stored_as(link)))
        await asyncio.gather(*writes)

    async def _store_evaluation_links(self, evaluation: Evaluation, application: Application) -> None:
        """The links are in place before any mail that asks, for whoever is or was in a pair."""
        if application.first_paired is not None and application.status is Status.APPROVED:
            await asyncio.gather(*(self._links.store(evaluation_page(application, w.id)) for w in evaluation.waves))

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
            rows = await self.rows(current, application)
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
            await self._outbox.second_look(application.programme, application.reference)
        # Who was in a session that is over was there, whatever becomes of them.
        over = {s for s in known if self._is_over(current, s)}
        gone = known.keys() - wanted.keys() - over
        new = {s for s, b in wanted.items() if s not in over and (previous is None or b != known.get(s))}
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
        await self._outbox.sync_events(current.programme, {*invited, *behind})
        return bool(invited or behind)

    def _is_over(self, current: Current, session_id: str) -> bool:
        session = current.programme.session(session_id)
        return session is not None and is_over(session, self._clock.now())

    def _is_being_taken(self, booking: Booking) -> bool:
        """Whether a place was held just now: by a hand that is at work, and not by one that died of it."""
        since = booking.since
        return booking.status is BookingStatus.HELD and since is not None and self._clock.now() - since < IN_TIME

    async def _forget_bookings(self, current: Current, rows: Collection[Booking]) -> bool:
        """Delete what a late hand wrote of a person who was erased meanwhile; their events lose the attendee.

        Returns whether there was anything.
        """
        await self._outbox.sync_events(current.programme, {row.session for row in rows})
        await asyncio.gather(*(self._bookings.remove(b.programme, b.session, b.reference) for b in rows))
        # Of a row that is gone already nobody knows in which session a place came free.
        every = [session.id for group in current.programme.groups for session in group.sessions]
        await self._look_at_places(current, every, self._clock.now())
        return bool(rows)

    async def _look_at_places(self, current: Current, sessions: Collection[str], now: datetime) -> None:
        """Have the tick offer what is free in these sessions to those who wait."""
        limited = {s.id for g in current.programme.groups for s in g.sessions if s.capacity is not None}
        for session in sorted(limited.intersection(sessions)):
            await self._outbox.look(current.programme.id, OfferPlaces(session), due=now)

    async def rows(self, current: Current, application: Application) -> list[Booking]:
        """Every booking of an application, whatever it says."""
        if application.role is None and application.status is not Status.ERASED:
            return []
        ids = [s.id for g in current.programme.groups for s in g.sessions]
        rows = await asyncio.gather(
            *(self._bookings.get(application.programme, session, application.reference) for session in ids)
        )
        return [row for row in rows if row is not None]


def _has_left(application: Application, previous: Application | None) -> bool:
    """Whether somebody who may have had a partner takes part no longer since the state before."""
    return application.status in _LEFT and (previous is None or previous.status is Status.APPROVED)


def _as_of(application: Application) -> datetime | None:
    return application.last_event.at if application.last_event else None


def _is_booked(booking: Booking | None) -> bool:
    return booking is not None and booking.status is BookingStatus.BOOKED


def _given_back(before: Booking, after: Booking | None) -> bool:
    return before.status in TAKEN and (after is None or after.status not in TAKEN)
