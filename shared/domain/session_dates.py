"""Dates typed wrong in a session's row: noticed before calendars and managers' mails say them.

``Session.taken_up`` remembers when a session was last going to take place. So a date in the past that nobody was told
of is known from one that has come, and a session that is over stays as it was, whatever is typed afterwards.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.domain import wording
from shared.domain.programme import Programme, Session, SessionStatus

# Without an opening date the file's own dates say where the programme lies; a session may be brought forward a little.
_BEFORE_THE_FIRST = timedelta(days=90)
_AFTER_THE_END = timedelta(days=365)
_OVER = "This session is over, so it stays as it was: what is typed here changes nothing."


def checked(file: Programme, live: Mapping[str, Session], now: datetime) -> dict[str, Session]:
    """What counts of what the table says of sessions.

    One that was moved to where the programme of the file cannot be, or into the past, is held back. One that is over is
    what it was before, unless it was given a date to come.
    """
    return {id_: _checked(file, session, now) for id_, session in live.items()}


def _checked(file: Programme, session: Session, now: datetime) -> Session:
    known = session.taken_up
    ahead = session.takes_place and session.starts_at is not None and session.starts_at > now
    if known and known[1] <= now and not ahead:
        return _as_it_was(session, *known)
    if not session.takes_place or session.starts_at is None or (known and session.starts_at == known[0]):
        return session
    why = _out_of_place(file, session)
    if not why and known is not None and session.starts_at <= now:
        why = f"StartsAt is {_day(file, session.starts_at)}, which is over. Check the day and the month."
    if not why:
        return session
    return session.model_copy(
        update={"starts_at": None, "ends_at": None, "status": SessionStatus.INVALID, "held_back": why}
    )


def _as_it_was(session: Session, starts_at: datetime, ends_at: datetime) -> Session:
    if session.takes_place and (session.starts_at, session.ends_at) == (starts_at, ends_at):
        return session
    status = session.status if session.takes_place else SessionStatus.CONFIRMED
    return session.model_copy(update={"starts_at": starts_at, "ends_at": ends_at, "status": status, "held_back": _OVER})


def taken_up(session: Session) -> tuple[datetime, datetime] | tuple[()] | None:
    """What to remember of a session as it counts now: when it takes place, or that it does not.

    While its row is held back, people go on holding what they were told.
    """
    if session.takes_place and session.starts_at is not None and session.ends_at is not None:
        return session.starts_at, session.ends_at
    return session.taken_up or () if session.status is SessionStatus.INVALID else ()


def is_over(session: Session, now: datetime) -> bool:
    """Whether the session's end has passed."""
    return session.ends_at is not None and session.ends_at <= now


def _out_of_place(file: Programme, session: Session) -> str:
    printed, starts_at = file.session(session.id), session.starts_at
    if starts_at is None or (printed is not None and printed.starts_at == starts_at):
        return ""
    typed = f"StartsAt is {_day(file, starts_at)}"
    dated = [s.starts_at for group in file.groups for s in group.sessions if s.starts_at is not None]
    first = min(dated, default=None)
    if file.opens_at is not None and starts_at < file.opens_at:
        return f"{typed}, before applications opened on {_day(file, file.opens_at)}. Check the year."
    if file.opens_at is None and first is not None and starts_at < first - _BEFORE_THE_FIRST:
        return f"{typed}, long before the first session, on {_day(file, first)}. Check the year."
    # An open-ended programme has no end, and a year is still typed wrong in it.
    end, called = (file.ends_at, "programme's end") if file.ends_at else (file.last_session_ends_at, "last session")
    if end is not None and starts_at > end + _AFTER_THE_END:
        return f"{typed}, more than a year after the {called}, {_day(file, end)}. Check the year."
    return ""


def _day(file: Programme, instant: datetime) -> str:
    return wording.day(instant.astimezone(file.tz).date())
