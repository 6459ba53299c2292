"""``Bookings`` rows: people in sessions, by session first, so that a session's people are one range."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.enrolment import Booking, BookingStatus
from shared.errors import LostRace, UnreadableRow
from shared.ports import Row, Table
from shared.stores.cells import BadCell, count, instant, reading, text, when, word, yes_or_no
from shared.stores.names import TableName

_TRIES = 6


class Bookings:
    """``Bookings``: people in sessions."""

    TABLE = TableName.BOOKINGS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_session(self, programme: str, session: str) -> tuple[Booking, ...]:
        """Everybody of one session, cancelled ones included."""
        # '.' sorts before '/', so this range is exactly the keys that start with the session and a dot.
        rows = self._table.query(programme, from_key=f"{session}.", before_key=f"{session}/")
        return tuple([booking_of(found.row) async for found in rows])

    async def readable(self, programme: str) -> tuple[Sequence[Booking], Sequence[str]]:
        """Every booking, and the keys of rows that hold a word none of ours: the others must not wait for those."""
        bookings, unreadable = [], []
        async for found in self._table.query(programme):
            try:
                bookings.append(booking_of(found.row))
            except UnreadableRow as exc:
                unreadable.append(exc.key)
        return bookings, unreadable

    async def get(self, programme: str, session: str, reference: str) -> Booking | None:
        """One booking, or None."""
        found = await self._table.get(programme, _key(session, reference))
        return booking_of(found.row) if found else None

    async def put(self, booking: Booking) -> None:
        """Write who is booked and how; what is known of the invite stays.

        A row that tells of a later state of the application stays as it is, and one that is gone is not made again
        to say that it is cancelled. Raises LostRace if others keep changing it.
        """
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
            "AsOf": booking.as_of or "",
        }
        new = {**row, "Response": "", "Attended": "", "InviteVersion": 0, "EventId": ""}
        cancelled = booking.status is BookingStatus.CANCELLED
        for _ in range(_TRIES):
            # What was cancelled is not put back after it was deleted with the person.
            if not cancelled and await self._table.insert(new):
                return
            found = await self._table.get(booking.programme, _key(booking.session, booking.reference))
            if found is None:
                if cancelled:
                    return
                continue
            known = when(found.row, "AsOf")
            if known is not None and booking.as_of is not None and known > booking.as_of:
                return
            if await self._table.merge(row, found.etag):
                return
        raise LostRace("the booking is being changed by others at the same time")

    async def note_invite(self, booking: Booking) -> None:
        """Write which version of the event the person holds, and nothing else."""
        await self._note(booking, {"InviteVersion": booking.invited, "EventId": booking.event})

    async def note_response(self, booking: Booking) -> None:
        """Write what the person answered to the invitation, and nothing else."""
        await self._note(booking, {"Response": booking.response})

    async def note_attended(self, programme: str, session: str, reference: str, *, attended: bool) -> None:
        """Write whether somebody was there, as the team types it, and nothing else."""
        keys = {"PartitionKey": programme, "RowKey": _key(session, reference)}
        await self._table.merge({**keys, "Attended": "yes" if attended else "no"})

    async def _note(self, booking: Booking, columns: Row) -> None:
        keys = {"PartitionKey": booking.programme, "RowKey": _key(booking.session, booking.reference)}
        await self._table.merge({**keys, **columns})

    async def remove(self, programme: str, session: str, reference: str) -> None:
        """Delete the row."""
        await self._table.delete(programme, _key(session, reference))


def _key(session: str, reference: str) -> str:
    return f"{session}.{reference}"


def _attended(row: Mapping[str, Any]) -> bool | None:
    """What people typed. A word that is neither yes nor no is as none, so that it stops no invitation."""
    try:
        return yes_or_no(row, "Attended")
    except BadCell:
        return None


def check_booking(row: Mapping[str, Any]) -> None:
    """Raises UnreadableRow for whatever in a row cannot be read, what people typed of attendance included."""
    with reading(TableName.BOOKINGS, row):
        booking_of(row)
        yes_or_no(row, "Attended")


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
            confirmed=text(row, "Confirmed").strip().casefold() == "yes",
            since=instant(row, "JoinedAt"),
            until=instant(row, "OfferEndsAt"),
            as_of=instant(row, "AsOf"),
            attended=_attended(row),
        )
        if _key(booking.session, booking.reference) != text(row, "RowKey"):
            # Written back, it would be another row.
            raise BadCell("Reference" if text(row, "RowKey").startswith(f"{booking.session}.") else "Session")
        return booking
