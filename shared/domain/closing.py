"""Opening and closing as administrators set them in ``Programmes``, and what a change there means."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from shared.domain import wording
from shared.domain.cohort_model import State
from shared.domain.programme import Programme, end_of_day

# Dates are moved by weeks or months; a year that was typed wrong is out by about a year, or by many.
_LONG_BEFORE = timedelta(days=180)
_AFTER_THE_END = timedelta(days=365)
_WITHOUT_AN_END = timedelta(days=10 * 365)
_LONG_OVER = timedelta(days=60)
_UNREADABLE = "no date and time that can be used"


class ProgrammeStatus(StrEnum):
    """The words in ``Programmes.Status``. Of a programme that is not open yet there is no cohort: people can ask to be
    told of the next.
    """

    OPENING_SOON = "Opening soon"
    OPEN = "Open"
    CLOSED = "Closed"
    NOT_OPEN = "Not open yet"
    COMPLETED = "Completed"
    ENDED = "Ended"

    @property
    def takes_applications_no_more(self) -> bool:
        """Whether the closing date has passed."""
        return self in {ProgrammeStatus.CLOSED, ProgrammeStatus.ENDED}


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme's row. ``opens_at_typed`` is what stands in ``OpensAt``, None if it is not a usable time.

    ``opens_at`` is the opening instant in force; so it is with closing. ``last_summary_for`` is the closing instant
    already summed up.
    ``keep_until`` is a day until which nothing is deleted by retention, whatever is due.
    ``opens_at_local`` and ``closes_at_local`` are the times in force on the clock on the wall, in words.
    ``deletion`` says in words when what is deleted.
    ``sessions_known`` are its sessions as they last stood (``remembered.py``).
    ``sessions_seen``, ``closes_at_seen`` and ``waves_seen`` (of the evaluation) say what work has already followed
    from, so that a tick notices a change.
    """

    id: str
    name: str
    status: ProgrammeStatus
    opens_at_typed: datetime | None
    opens_at_typed_is_nonsense: bool
    opens_at: datetime | None
    closes_at_typed: datetime | None
    closes_at_typed_is_nonsense: bool
    closes_at: datetime | None
    remark: str = ""
    last_summary_for: datetime | None = None
    sessions_seen: str = ""
    closes_at_seen: str = ""
    keep_until: date | None = None
    sessions_known: str = ""
    opens_at_local: str = ""
    closes_at_local: str = ""
    deletion: str = ""
    waves_seen: str = ""


@dataclass(frozen=True, slots=True)
class _Nonsense:
    """Why a typed time cannot be meant, and what to do about it."""

    why: str
    mend: str

    def remark(self, column: str, kept: str) -> str:
        return f"{column} is {self.why}; {kept} stays in force. {self.mend}"


def grace_ends(programme: Programme, start: datetime) -> datetime:
    """The last second of the programme's grace days after an instant; in UTC."""
    # Counted in days of wall time, so that the last one ends at its end on the other side of a clock change too.
    day = start.astimezone(programme.tz).date() + timedelta(days=programme.approval.grace_days)
    return end_of_day(day, programme.tz).astimezone(UTC)


def first_row(programme: Programme, now: datetime) -> ProgrammeRow:
    """The row of a programme that has none yet, from its file.

    One that had closed long before anybody could apply here has nothing to be summed up.
    """
    over = programme.closes_at is not None and now > programme.closes_at + _LONG_OVER
    row = ProgrammeRow(
        id=programme.id,
        name=programme.name,
        status=ProgrammeStatus.OPEN,
        opens_at_typed=programme.opens_at,
        opens_at_typed_is_nonsense=False,
        opens_at=programme.opens_at,
        closes_at_typed=programme.closes_at,
        closes_at_typed_is_nonsense=False,
        closes_at=programme.closes_at,
        last_summary_for=programme.closes_at if over else None,
    )
    return _with_status(_on_the_wall(row, programme), programme, now)


def looked_at(row: ProgrammeRow, programme: Programme, now: datetime) -> ProgrammeRow:
    """The row after a tick: typed times take force if they make sense, and the status follows the clock.

    Nonsense leaves the last good time in force and says so in ``remark``. ``programme`` is the programme of the file.
    """
    opening = _nonsense_in_opening(row, programme, now)
    # A row that was made before its opening in force was noted has none to fall back on.
    opens_at = (row.opens_at or programme.opens_at) if opening else row.opens_at_typed
    changed = replace(row, opens_at=opens_at)
    closing = _nonsense_in_closing(changed, programme, now)
    remarks = (
        opening.remark("OpensAt", _kept(opens_at, "opening", programme)) if opening else "",
        closing.remark("ClosesAt", _kept(row.closes_at, "closing", programme)) if closing else "",
    )
    changed = replace(
        changed, closes_at=row.closes_at if closing else row.closes_at_typed, remark=" ".join(filter(None, remarks))
    )
    return _with_status(_on_the_wall(changed, programme), programme, now)


def _on_the_wall(row: ProgrammeRow, programme: Programme) -> ProgrammeRow:
    opens, closes = (
        wording.moment(instant, programme.tz) if instant else "" for instant in (row.opens_at, row.closes_at)
    )
    return replace(row, opens_at_local=opens, closes_at_local=closes)


def _nonsense_in_opening(row: ProgrammeRow, file: Programme, now: datetime) -> _Nonsense | None:
    if row.opens_at_typed_is_nonsense:
        return _Nonsense(_UNREADABLE, "Type it like 2026-02-09T00:00:00Z.")
    typed = row.opens_at_typed
    if typed is None:
        return None
    closes_at = _latest_closing(row, file, now)
    if closes_at is not None and typed >= closes_at:
        return _Nonsense(
            f"{_day(typed, file)}, not before applications close on {_day(closes_at, file)}",
            "Check the year, and ClosesAt.",
        )
    return _out_of_place(typed, file, now)


def _nonsense_in_closing(row: ProgrammeRow, file: Programme, now: datetime) -> _Nonsense | None:
    """``row`` has its opening in force. A closing time that has passed is none: that closes the programme now."""
    if row.closes_at_typed_is_nonsense:
        return _Nonsense(_UNREADABLE, "Type it like 2026-03-12T23:59:59Z.")
    typed = row.closes_at_typed
    if typed is None:
        return None
    if row.opens_at is not None and typed < row.opens_at:
        return _Nonsense(
            f"{_day(typed, file)}, before applications open on {_day(row.opens_at, file)}",
            "Check the year, and OpensAt.",
        )
    return _out_of_place(typed, file, now)


def _latest_closing(row: ProgrammeRow, file: Programme, now: datetime) -> datetime | None:
    """The later of the closing in force and the one typed: of two dates that are both moved, either may come first."""
    typed = row.closes_at_typed
    if typed is None:
        return row.closes_at if row.closes_at_typed_is_nonsense else None
    if _out_of_place(typed, file, now) is not None:
        return row.closes_at
    return max(typed, row.closes_at or typed)


def _out_of_place(typed: datetime, file: Programme, now: datetime) -> _Nonsense | None:
    """Nonsense if the time lies where the programme of the file cannot be; one without a closing date runs on."""
    sessions = [s.starts_at for group in file.groups for s in group.sessions]
    first = file.opens_at or min((day for day in (file.closes_at, *sessions) if day is not None), default=None)
    end = file.ends_at if file.closes_at is not None else None
    why = ""
    if first is not None and typed < first - _LONG_BEFORE:
        why = f"long before the programme's first date, {_day(first, file)}"
    elif end is not None and typed > end + _AFTER_THE_END:
        why = f"more than a year after the programme's end, {_day(end, file)}"
    elif end is None and typed > now + _WITHOUT_AN_END:
        why = "more than ten years ahead"
    return _Nonsense(f"{_day(typed, file)}, {why}", "Check the year.") if why else None


def _day(instant: datetime, file: Programme) -> str:
    return wording.day(instant.astimezone(file.tz).date())


def _kept(instant: datetime | None, what: str, file: Programme) -> str:
    return wording.moment(instant, file.tz) if instant else f"no {what} date"


def _with_status(row: ProgrammeRow, programme: Programme, now: datetime) -> ProgrammeRow:
    if programme.model.state is State.INTEREST:
        status = ProgrammeStatus.NOT_OPEN
    elif programme.model.state is State.COMPLETED:
        status = ProgrammeStatus.COMPLETED
    elif row.closes_at is not None and programme.has_ended(row.closes_at, now):
        status = ProgrammeStatus.ENDED
    elif row.closes_at is not None and now.replace(microsecond=0) > row.closes_at:
        status = ProgrammeStatus.CLOSED
    elif row.opens_at is not None and now < row.opens_at:
        status = ProgrammeStatus.OPENING_SOON
    else:
        status = ProgrammeStatus.OPEN
    return replace(row, status=status)


def is_late(counts_from: datetime, closes_at: datetime | None) -> bool:
    """Whether an instant lies after the last second that counts."""
    return closes_at is not None and counts_from.replace(microsecond=0) > closes_at
