"""Takes who came out of a trainer's sheet into ``Bookings``, as if somebody had typed it."""

from collections.abc import Iterable, Sequence

from shared.domain.attendance_sheet import read_attendance
from shared.domain.earlier import Brought
from shared.ports import Clock
from shared.services.base.programmes import Current
from shared.stores.bookings import Bookings


class AttendanceSheets:
    """Compares a sheet with the table, and writes."""

    def __init__(self, *, bookings: Bookings, clock: Clock) -> None:
        self._bookings = bookings
        self._clock = clock

    async def bring_in(self, current: Current, rows: Iterable[Sequence[str]], *, session: str, store: bool) -> Brought:
        """Write every row that differs, if ``store`` and if no row has a problem. ``session``: see ``read_attendance``.

        Written twice it changes nothing.
        """
        programme, now = current.programme, self._clock.now()
        over = {
            one.id
            for group in programme.groups
            for one in group.sessions
            if one.starts_at is not None and one.starts_at <= now
        }
        bookings, _ = await self._bookings.readable(programme.id)
        sheet = read_attendance(rows, programme, bookings, session=session, over=over)
        changed = [(booking, came) for booking, came in sheet.noted if booking.attended is not came]
        if store and not sheet.problems:
            for booking, came in changed:
                await self._bookings.note_attended(programme.id, booking.session, booking.reference, attended=came)
        return Brought(0, len(changed), len(sheet.noted) - len(changed), sheet.problems)
