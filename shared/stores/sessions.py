"""``Sessions`` rows as administrators edit them. Nonsense in a row holds that session back and harms nothing else."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain import wording
from shared.domain.programme import MOST_AT_A_SESSION, Programme, Session, SessionStatus
from shared.domain.session_dates import taken_up
from shared.domain.text import as_word
from shared.ports import Row, Table
from shared.stores.cells import aware, text, typed_instant
from shared.stores.names import TableName

# What ``_session`` looks at. The other columns are for people, and half of what there is to read.
_READ = ("RowKey", "StartsAt", "EndsAt", "Status", "Place", "Capacity", "Remark", "Printed", "TakenUp")
_LONGEST = 24 * 60
_MOST_DIGITS = 6


class Sessions:
    """``Sessions`` as administrators edit them."""

    TABLE = TableName.SESSIONS

    def __init__(self, table: Table) -> None:
        self._table = table
        # Every mail and every form reads them, and they seldom change: a row that says the same is not read again.
        self._known: dict[tuple[str, str], tuple[Row, Session | None]] = {}

    async def all(self, programme: str) -> dict[str, Session]:
        """The rows of a programme by session id; a row that makes no sense comes back as an invalid session."""
        rows = [found.row async for found in self._table.query(programme, columns=_READ)]
        found = {text(row, "RowKey"): self._read(programme, row) for row in rows}
        return {key: session for key, session in found.items() if session is not None}

    def _read(self, programme: str, row: Row) -> Session | None:
        place = programme, text(row, "RowKey")
        known = self._known.get(place)
        if known is None or known[0] != row:
            known = row, _session(row) if _is_session(row) else None
            self._known[place] = known
        return known[1]

    async def add_missing(self, programme: Programme, present: Mapping[str, Session]) -> None:
        """Insert the programme's sessions that have no row."""
        for group in programme.groups:
            for session in group.sessions:
                if session.id in present:
                    continue
                await self._table.insert(
                    {
                        "PartitionKey": programme.id,
                        "RowKey": session.id,
                        "Title": group.title,
                        "For": " and ".join(role.value for role in group.roles),
                        "StartsAt": session.starts_at,
                        "EndsAt": session.ends_at,
                        "LocalTime": local_time(programme, session),
                        "Status": session.status.value,
                        "Place": session.place,
                        "Capacity": session.capacity,
                        "Booked": 0,
                        "Remark": session.held_back,
                        "Printed": session.printed,
                        "TakenUp": _span(taken_up(session)),
                    }
                )

    async def note(self, programme: Programme, session: Session) -> None:
        """Write the wall time, and why a session is held back, beside what was typed."""
        await self._table.merge(
            {
                "PartitionKey": programme.id,
                "RowKey": session.id,
                "LocalTime": local_time(programme, session),
                "Remark": session.held_back,
            }
        )

    async def note_taken_up(self, programme: Programme) -> None:
        """Remember of each session when it takes place, where that is not what was remembered."""
        for group in programme.groups:
            for session in group.sessions:
                now = taken_up(session)
                if now != session.taken_up:
                    keys = {"PartitionKey": programme.id, "RowKey": session.id}
                    await self._table.merge({**keys, "TakenUp": _span(now)})

    async def note_booked(self, programme: str, session: str, booked: int) -> None:
        """Write the number of people booked."""
        await self._table.merge({"PartitionKey": programme, "RowKey": session, "Booked": booked})


def local_time(programme: Programme, session: Session) -> str:
    """The wall time beside the UTC columns, for people."""
    if session.starts_at is None or session.ends_at is None:
        return "to be confirmed"
    return wording.times(session.starts_at, session.ends_at, programme.tz)


def _is_session(row: Row) -> bool:
    """Whether the key can be a session's. No programme file has a session of any other, so the row serves nobody."""
    try:
        Session(id=text(row, "RowKey"))
    except ValueError:
        return False
    return True


def _session(row: Row) -> Session:
    starts_at, bad_start = typed_instant(row, "StartsAt")
    ends_at, bad_end = typed_instant(row, "EndsAt")
    capacity, bad_capacity = _capacity(row)
    status = as_word(text(row, "Status"), SessionStatus)
    problem = _problem(starts_at, ends_at, status, bad_time=bad_start or bad_end, bad_capacity=bad_capacity)
    if problem or status is SessionStatus.INVALID:
        starts_at = ends_at = None
        status = SessionStatus.INVALID
    elif status is SessionStatus.TO_BE_CONFIRMED:
        starts_at = ends_at = None
    return Session(
        id=text(row, "RowKey"),
        starts_at=starts_at,
        ends_at=ends_at,
        status=status or SessionStatus.INVALID,
        place=text(row, "Place"),
        capacity=capacity,
        printed=text(row, "Printed"),
        held_back=problem or (text(row, "Remark") if status is SessionStatus.INVALID else ""),
        taken_up=_taken_up(row),
    )


def _span(times: tuple[datetime, datetime] | tuple[()] | None) -> str:
    return "/".join(each.isoformat() for each in times or ())


def _taken_up(row: Row) -> tuple[datetime, datetime] | tuple[()] | None:
    if row.get("TakenUp") is None:
        return None
    try:
        start, end = (aware(each, "TakenUp") for each in text(row, "TakenUp").split("/"))
    except ValueError:
        return ()
    return start, end


def _capacity(row: Row) -> tuple[int | None, bool]:
    cell = row.get("Capacity")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # the portal's "Double"
    value = "" if cell is None else str(cell).strip()
    if not value:
        return None, False
    # Text of any length can stand in the cell, and Python itself refuses to read thousands of digits.
    good = value.isdecimal() and len(value) <= _MOST_DIGITS and 0 < int(value) <= MOST_AT_A_SESSION
    return (int(value), False) if good else (None, True)


def _problem(
    starts_at: datetime | None,
    ends_at: datetime | None,
    status: SessionStatus | None,
    *,
    bad_time: bool,
    bad_capacity: bool,
) -> str:
    """Why a row cannot be used, with what to do, all of it at once; '' if it can."""
    problems = []
    if status is None:
        problems.append(f"Status is none of: {', '.join(SessionStatus)}.")
    if bad_capacity:
        problems.append(f"Capacity is not a whole number from 1 to {MOST_AT_A_SESSION}; leave it empty for no limit.")
    if status in {None, SessionStatus.PROVISIONAL, SessionStatus.CONFIRMED}:
        problems.append(_problem_of_times(starts_at, ends_at, needed=status is not None, bad=bad_time))
    return " ".join(filter(None, problems))


def _problem_of_times(starts_at: datetime | None, ends_at: datetime | None, *, needed: bool, bad: bool) -> str:
    if bad:
        return "StartsAt or EndsAt is not a date and time. Type it like 2026-03-26T09:30:00Z (UTC)."
    if starts_at is None or ends_at is None:
        return "StartsAt or EndsAt is empty. Fill both in, or set Status to 'to be confirmed'." if needed else ""
    if ends_at <= starts_at:
        return "EndsAt is not after StartsAt."
    if (ends_at - starts_at).total_seconds() > _LONGEST * 60:
        return "The session is longer than a day. Check the dates of StartsAt and EndsAt."
    return ""
