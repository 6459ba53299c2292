"""Opening and closing as administrators set them in ``Programmes``, and what a change there means."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from shared.domain import wording
from shared.domain.programme import Programme


class ProgrammeStatus(StrEnum):
    """The words in ``Programmes.Status``."""

    OPENING_SOON = "Opening soon"
    OPEN = "Open"
    CLOSED = "Closed"


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme's row. ``closes_at_typed`` is what stands in ``ClosesAt``, None if it is not a usable time.

    ``closes_at`` is the closing instant in force; ``last_summary_for`` the closing instant already summed up.
    ``keep_until`` is a day until which nothing is deleted by retention, whatever is due.
    ``sessions_seen`` and ``closes_at_seen`` say what work has already followed from, so that a tick notices a change.
    """

    id: str
    name: str
    status: ProgrammeStatus
    opens_at: datetime | None
    closes_at_typed: datetime | None
    closes_at_typed_is_nonsense: bool
    closes_at: datetime | None
    remark: str = ""
    last_summary_for: datetime | None = None
    sessions_seen: str = ""
    closes_at_seen: str = ""
    keep_until: date | None = None


def first_row(programme: Programme, now: datetime) -> ProgrammeRow:
    """The row of a programme that has none yet, from its file."""
    row = ProgrammeRow(
        id=programme.id,
        name=programme.name,
        status=ProgrammeStatus.OPEN,
        opens_at=programme.opens_at,
        closes_at_typed=programme.closes_at,
        closes_at_typed_is_nonsense=False,
        closes_at=programme.closes_at,
    )
    return _with_status(row, now)


def looked_at(row: ProgrammeRow, programme: Programme, now: datetime) -> ProgrammeRow:
    """The row after a tick: the typed closing time takes force if it makes sense, and the status follows the clock.

    Nonsense leaves the last good closing time in force and says so in ``remark``.
    """
    if row.closes_at_typed_is_nonsense:
        kept = wording.moment(row.closes_at, programme.tz) if row.closes_at else "no closing date"
        remark = (
            f"ClosesAt is no date and time that can be used; {kept} stays in force. Type it like 2026-03-12T23:59:59Z."
        )
        changed = replace(row, remark=remark)
    else:
        changed = replace(row, closes_at=row.closes_at_typed, remark="")
    return _with_status(changed, now)


def _with_status(row: ProgrammeRow, now: datetime) -> ProgrammeRow:
    if row.closes_at is not None and now.replace(microsecond=0) > row.closes_at:
        status = ProgrammeStatus.CLOSED
    elif row.opens_at is not None and now < row.opens_at:
        status = ProgrammeStatus.OPENING_SOON
    else:
        status = ProgrammeStatus.OPEN
    return replace(row, status=status)
