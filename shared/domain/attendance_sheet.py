"""Who came to a session, as a trainer's sheet says it: the workbook's sheet Attendance, or one that somebody has made.

A row is found by its reference, else by its address in that session.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.answers import email_key
from shared.domain.earlier import RowProblem
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.programme import Programme
from shared.domain.references import read_reference
from shared.domain.sheets import HEADINGS_WITHIN, columns_of, numbered
from shared.domain.text import match_key

_COLUMNS: Mapping[str, str] = {
    "session": "session",
    "reference": "reference",
    "email": "email",
    "email address": "email",
    "attended": "attended",
}
_YES = frozenset({"yes", "y", "true", "1", "x", "attended", "present"})
_NO = frozenset({"no", "n", "false", "0", "absent"})


@dataclass(frozen=True, slots=True)
class AttendanceSheet:
    """What was read: for each booking whether the person came, and every problem. Empty cells say nothing."""

    noted: tuple[tuple[Booking, bool], ...]
    problems: tuple[RowProblem, ...]


def read_attendance(
    rows: Iterable[Sequence[str]], programme: Programme, bookings: Iterable[Booking], *, session: str, over: set[str]
) -> AttendanceSheet:
    """Read a sheet about the bookings of a programme. ``session`` is that of every row, if the sheet does not say.

    ``over`` are the sessions that have taken place: nobody was at another yet.
    """
    given = numbered(rows)
    for place, (_, headings) in enumerate(given[:HEADINGS_WITHIN]):
        columns = columns_of(headings, _COLUMNS)
        if "attended" in columns and columns.keys() & {"reference", "email"} and (session or "session" in columns):
            return _Body(programme, bookings, session, over, columns).read(given[place + 1 :])
    says = "There is no table with a column Attended, a column Reference or Email, and a column Session (or --session)."
    return AttendanceSheet((), (RowProblem(1, "", says),))


class _Body:
    """The rows below the headings."""

    def __init__(
        self,
        programme: Programme,
        bookings: Iterable[Booking],
        session: str,
        over: set[str],
        columns: Mapping[str, int],
    ) -> None:
        self._programme = programme
        self._session = session
        self._over = over
        self._columns = columns
        self._by_reference: dict[tuple[str, str], Booking] = {}
        self._by_email: dict[tuple[str, str], Booking] = {}
        for booking in bookings:
            self._by_reference[booking.session, booking.reference] = booking
            if booking.status is BookingStatus.BOOKED:
                self._by_email[booking.session, email_key(booking.email)] = booking

    def read(self, rows: Sequence[tuple[int, Sequence[str]]]) -> AttendanceSheet:
        noted: dict[tuple[str, str], tuple[int, Booking, bool]] = {}
        problems: list[RowProblem] = []
        for number, row in rows:
            cells = {name: row[place] if place < len(row) else "" for name, place in self._columns.items()}
            if not cells["attended"]:
                continue
            read = self._row(number, cells)
            if isinstance(read, RowProblem):
                problems.append(read)
                continue
            booking, attended = read
            key = booking.session, booking.reference
            earlier = noted.setdefault(key, (number, booking, attended))
            if earlier[2] is not attended:
                says = f"Row {earlier[0]} says the other about the same person and session. Keep one."
                problems.append(RowProblem(number, "", says))
        return AttendanceSheet(tuple((booking, came) for _, booking, came in noted.values()), tuple(problems))

    def _row(self, number: int, cells: Mapping[str, str]) -> tuple[Booking, bool] | RowProblem:
        word = match_key(cells["attended"])
        if word not in _YES | _NO:
            return RowProblem(number, "attended", "It is neither Yes nor No. Leave it empty if nobody knows.")
        session = self._session_of(cells.get("session", ""))
        if session is None:
            return RowProblem(number, "session", "It is no session of this programme. Use its RowKey in Sessions.")
        if session not in self._over:
            return RowProblem(number, "session", f"{session} has not taken place yet, as Sessions says.")
        reference, email = cells.get("reference", ""), cells.get("email", "")
        if reference:
            key = read_reference(reference)
            if key is None:
                return RowProblem(number, "reference", "It is not the reference of an application.")
            found = self._by_reference.get((session, key))
        else:
            found = self._by_email.get((session, email_key(email)))
        if found is None:
            says = f"Nobody of this {'reference' if reference else 'address'} has a place in {session}."
            return RowProblem(number, "reference" if reference else "email", says)
        return found, word in _YES

    def _session_of(self, typed: str) -> str | None:
        wanted = match_key(typed or self._session)
        ids = (session.id for group in self._programme.groups for session in group.sessions)
        return next((id_ for id_ in ids if match_key(id_) == wanted), None)
