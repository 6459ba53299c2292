"""Places in sessions that hold a limited number of people: nobody is booked, or offered a place, beyond it.

A place is taken before it is counted, and counted before the application says so: no transaction covers two people's
rows, and a lease would wait for a holder that is dead. Two who reach for the last place at the same moment may both be
turned away, and never both get it; what is left free is offered to the waiting list. A crash leaves a row
``Place held`` until the application is reconciled, which books it or gives it back. What another hand holds for the
same person is counted all the same, and is that hand's to give back.
"""

from collections.abc import Collection
from dataclasses import replace

from shared.domain.application import Application
from shared.domain.enrolment import BookingStatus, booking_of
from shared.domain.programme import Programme, Session
from shared.domain.waiting import TAKEN, places, room, wait_for, without_place
from shared.ports import Clock
from shared.stores.bookings import Bookings


class Places:
    """Takes places for an application that is about to be changed."""

    def __init__(self, *, bookings: Bookings, clock: Clock) -> None:
        self._bookings = bookings
        self._clock = clock

    def asked(self, programme: Programme, application: Application, held: Collection[str]) -> list[Session]:
        """The sessions of limited size that an application would take a place in, beside those it holds."""
        wanted = places(programme, application) - set(held)
        sessions = (session for group in programme.groups for session in group.sessions)
        return [session for session in sessions if session.id in wanted and session.capacity is not None]

    async def seated(
        self, programme: Programme, before: Application, after: Application, held: Collection[str]
    ) -> Application:
        """``after`` with the places that there are: for the others what was held before stays, or the person waits."""
        taken = set(held)
        while asked := self.asked(programme, after, taken):
            session = asked[0]
            if await self._take(programme, before, after, session):
                taken.add(session.id)
            else:
                after = without_place(programme, before, after, session.id, held=held, now=self._clock.now())
        return after

    async def _take(
        self, programme: Programme, before: Application, application: Application, session: Session
    ) -> bool:
        reference = application.reference
        waited = wait_for(application, session.id) is not None
        rows = await self._bookings.of_session(programme.id, session.id)
        mine = next((row for row in rows if row.reference == reference), None)
        if mine is not None and mine.status in TAKEN - {BookingStatus.HELD}:
            return True
        if not room(session, rows, reference, waited=waited):
            return False
        # It is of the state before the change: once another hand has booked the place, it changes nothing.
        as_of = before.last_event.at if before.last_event else None
        held = booking_of(programme, application, session.id, BookingStatus.HELD)
        hold = replace(held, since=self._clock.now(), as_of=as_of)
        await self._bookings.put(hold)
        rows = await self._bookings.of_session(programme.id, session.id)
        if room(session, rows, reference, waited=waited):
            return True
        now_mine = next((row for row in rows if row.reference == reference), None)
        another_hand_holds_it = mine is not None and mine.status is BookingStatus.HELD
        if now_mine is not None and now_mine.since == hold.since and not another_hand_holds_it:
            given_back = mine or replace(hold, status=BookingStatus.CANCELLED, since=None)
            await self._bookings.put(replace(given_back, as_of=as_of))
        return False
