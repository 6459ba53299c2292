"""A year typed wrong in a session's row: noticed before calendars and managers' mails say it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shared.domain import wording
from shared.domain.programme import Programme, Session, SessionStatus

# Without an opening date the file's own dates say where the programme lies; a session may be brought forward a little.
_BEFORE_THE_FIRST = timedelta(days=90)
_AFTER_THE_END = timedelta(days=365)


def checked(file: Programme, live: Mapping[str, Session]) -> dict[str, Session]:
    """What the table says of sessions; one that was moved to where the programme of the file cannot be is held back."""
    return {id_: _checked(file, session) for id_, session in live.items()}


def _checked(file: Programme, session: Session) -> Session:
    printed = file.session(session.id)
    if not session.takes_place or (printed is not None and printed.starts_at == session.starts_at):
        return session
    why = _out_of_place(file, session.starts_at) if session.starts_at else ""
    if not why:
        return session
    return session.model_copy(
        update={"starts_at": None, "ends_at": None, "status": SessionStatus.INVALID, "held_back": why}
    )


def _out_of_place(file: Programme, starts_at: datetime) -> str:
    def day(instant: datetime) -> str:
        return wording.day(instant.astimezone(file.tz).date())

    typed = f"StartsAt is {day(starts_at)}"
    dated = [s.starts_at for group in file.groups for s in group.sessions if s.starts_at is not None]
    first = min(dated, default=None)
    if file.opens_at is not None and starts_at < file.opens_at:
        return f"{typed}, before applications opened on {day(file.opens_at)}. Check the year."
    if file.opens_at is None and first is not None and starts_at < first - _BEFORE_THE_FIRST:
        return f"{typed}, long before the first session, on {day(first)}. Check the year."
    # An open-ended programme has no end, and a year is still typed wrong in it.
    end, called = (file.ends_at, "programme's end") if file.ends_at else (file.last_session_ends_at, "last session")
    if end is not None and starts_at > end + _AFTER_THE_END:
        return f"{typed}, more than a year after the {called}, {day(end)}. Check the year."
    return ""
