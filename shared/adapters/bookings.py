"""``Bookings`` rows: people in sessions, by session first, so that a session's people are one range."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.adapters.names import TableName
from shared.adapters.table import BadCell, Table, count, instant, reading, text, word
from shared.domain.enrolment import Booking, BookingStatus
from shared.errors import UnreadableRow


class BookingTable:
    """See ``ports.Bookings``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_session(self, programme: str, session: str) -> tuple[Booking, ...]:
        """See the port."""
        # '.' sorts before '/', so this range is exactly the keys that start with the session and a dot.
        rows = self._table.query(programme, from_key=f"{session}.", before_key=f"{session}/")
        return tuple([booking_of(found.row) async for found in rows])

    async def readable(self, programme: str) -> tuple[Sequence[Booking], Sequence[str]]:
        """See the port."""
        bookings, unreadable = [], []
        async for found in self._table.query(programme):
            try:
                bookings.append(booking_of(found.row))
            except UnreadableRow as exc:
                unreadable.append(exc.key)
        return bookings, unreadable

    async def get(self, programme: str, session: str, reference: str) -> Booking | None:
        """See the port."""
        found = await self._table.get(programme, _key(session, reference))
        return booking_of(found.row) if found else None

    async def put(self, booking: Booking) -> None:
        """See the port."""
        row = {
            "PartitionKey": booking.programme,
            "RowKey": _key(booking.session, booking.reference),
            "Session": booking.session,
            "Reference": booking.reference,
            "FullName": booking.full_name,
            "Email": booking.email,
            "Attendance": booking.attendance,
            "Status": booking.status.value,
            "Confirmed": "yes" if booking.confirmed else "",
            # A merge cannot clear a column of another type, so an empty text stands for no time.
            "JoinedAt": booking.since or "",
            "OfferEndsAt": booking.until or "",
        }
        if not await self._table.insert({**row, "Response": "", "InviteVersion": 0, "EventId": "", "Part": 0}):
            await self._table.merge(row)

    async def note_invite(self, booking: Booking) -> None:
        """See the port."""
        await self._table.merge(
            {
                "PartitionKey": booking.programme,
                "RowKey": _key(booking.session, booking.reference),
                "InviteVersion": booking.invited,
                "EventId": booking.event,
                "Response": booking.response,
                "Part": booking.part,
            }
        )

    async def remove(self, programme: str, session: str, reference: str) -> None:
        """See the port."""
        await self._table.delete(programme, _key(session, reference))


def _key(session: str, reference: str) -> str:
    return f"{session}.{reference}"


def booking_of(row: Mapping[str, Any]) -> Booking:
    """The booking of a row. Raises UnreadableRow."""
    with reading(TableName.BOOKINGS, row):
        booking = Booking(
            programme=text(row, "PartitionKey"),
            session=text(row, "Session"),
            reference=text(row, "Reference"),
            full_name=text(row, "FullName"),
            email=text(row, "Email"),
            attendance=text(row, "Attendance"),
            status=word(row, "Status", BookingStatus),
            invited=count(row, "InviteVersion"),
            event=text(row, "EventId"),
            response=text(row, "Response"),
            part=count(row, "Part"),
            confirmed=text(row, "Confirmed").strip().casefold() == "yes",
            since=instant(row, "JoinedAt"),
            until=instant(row, "OfferEndsAt"),
        )
        if _key(booking.session, booking.reference) != text(row, "RowKey"):
            # Written back, it would be another row.
            raise BadCell("Reference" if text(row, "RowKey").startswith(f"{booking.session}.") else "Session")
        return booking
