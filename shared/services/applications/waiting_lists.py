"""Offers places that came free to those who wait for them, in the order in which they joined."""

import logging

from shared.domain.waiting import in_order, offer, room
from shared.log import step
from shared.ports import Clock
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.stores.bookings import Bookings

logger = logging.getLogger(__name__)


class WaitingLists:
    """Looks at a session when a place may have come free: one was given back, or more people fit in."""

    def __init__(self, *, bookings: Bookings, writer: ApplicationWriter, clock: Clock) -> None:
        self._bookings = bookings
        self._writer = writer
        self._clock = clock

    async def offer_places(self, current: Current, session_id: str) -> None:
        """Offer every free place of a session. Doing it again offers nothing twice."""
        session = current.programme.session(session_id)
        if session is None or not session.takes_place:
            return
        now = self._clock.now()
        waiting = in_order(await self._bookings.of_session(current.programme.id, session.id))
        for booking in waiting:
            rows = await self._bookings.of_session(current.programme.id, session.id)
            if not room(session, rows, booking.reference, waited=True):
                return
            await self._writer.change(
                current,
                booking.reference,
                lambda newest: offer(current.programme, newest, session, now=now),
                who="the clock",
                what="a place was offered",
            )
            step(logger, "a place is offered", reference=booking.reference, session=session.id)
