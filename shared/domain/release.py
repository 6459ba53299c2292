"""The time a line manager is asked to release, added up from the programme: hours, dates, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import wording
from shared.domain.cohort_model import Commitment
from shared.domain.enrolment import still_ahead, still_chosen
from shared.domain.programme import Attendance, Programme, Role, Session, SessionGroup, SessionStatus


@dataclass(frozen=True, slots=True)
class ReleaseLine:
    """One purpose: its title, its length in words, and the dates it may fall on (empty for the pair's own meetings).

    The length is '' where the programme does not say it.
    """

    title: str
    length: str
    dates: tuple[str, ...]
    choice: str


@dataclass(frozen=True, slots=True)
class Release:
    """What one person of a role must be released for, and what is optional on top. ``between`` are the months of it.

    ``total`` is '' where the programme does not say how much time it takes.
    """

    total: str
    required: tuple[ReleaseLine, ...]
    optional: tuple[ReleaseLine, ...]
    between: str = ""


def release(
    programme: Programme, role: Role, chosen: Mapping[str, tuple[str, ...]], *, since: datetime | None = None
) -> Release:
    """The release for a role. Of a group with a chosen session only that session's date is named.

    Nobody is released for what had begun ``since``: a group that lies behind them has no dates.
    """
    lines = [(c.optional, _line(programme, c, chosen, since)) for c in programme.roles[role].commitments]
    minutes = programme.roles[role].total_minutes
    counted = {commitment.group for commitment in programme.roles[role].commitments}
    more = [g for g in programme.groups_for(role) if g.recurring and not g.required and g.id not in counted]
    return Release(
        total="" if minutes is None else wording.length(minutes),
        required=tuple(line for optional, line in lines if not optional),
        optional=(
            *(line for optional, line in lines if optional),
            *(ReleaseLine(group.title, "", _recurring(group), "") for group in more),
        ),
        between=_between(programme, role, since),
    )


def left_of(
    whole: Release, programme: Programme, role: Role, chosen: Mapping[str, tuple[str, ...]], now: datetime
) -> Release:
    """What is still to come of a release: without the purposes whose dates are all over, and then without its total."""
    over = {
        commitment.title
        for commitment in programme.roles[role].commitments
        for group in programme.groups
        if group.id == commitment.group and dates_of(programme, group) and not _is_ahead(group, chosen, now)
    }
    required = tuple(line for line in whole.required if line.title not in over)
    return whole if len(required) == len(whole.required) else replace(whole, total="", required=required)


def _is_ahead(group: SessionGroup, chosen: Mapping[str, tuple[str, ...]], now: datetime) -> bool:
    """Whether a session that the person goes to, or may go to, is still to come."""
    sessions = still_chosen(group, chosen) or group.sessions
    return any(s.starts_at is None or s.starts_at > now for s in sessions)


def _between(programme: Programme, role: Role, since: datetime | None) -> str:
    """From the month of the first session that the role needs to that of the programme's end; '' while not known."""
    needed = {c.group for c in programme.roles[role].commitments if not c.optional}
    groups = (still_ahead(g, since) for g in programme.groups_for(role) if g.id in needed)
    first = min((s.starts_at for g in groups for s in g.sessions if s.takes_place and s.starts_at), default=None)
    last = programme.ends_at
    if first is None or last is None or last < first:
        return ""
    return wording.months(first.astimezone(programme.tz).date(), last.astimezone(programme.tz).date())


def _line(
    programme: Programme, commitment: Commitment, chosen: Mapping[str, tuple[str, ...]], since: datetime | None
) -> ReleaseLine:
    whole = next((g for g in programme.groups if g.id == commitment.group), None)
    length = wording.length(commitment.minutes)
    if whole is None:
        return ReleaseLine(commitment.title, length, (), "")
    if whole.recurring:
        return ReleaseLine(commitment.title, length, _recurring(whole), "")
    group = still_ahead(whole, since)
    picked = still_chosen(group, chosen)
    dates = tuple(when(programme, s) for s in picked) or dates_of(programme, group)
    return ReleaseLine(commitment.title, length, dates, "" if picked else _choice(group, len(dates)))


def _recurring(group: SessionGroup) -> tuple[str, ...]:
    """What stands for the dates of a recurring group, of which only the next few are ever known."""
    return (f"{group.recurs}, on dates to be confirmed",)


def dates_of(programme: Programme, group: SessionGroup) -> tuple[str, ...]:
    """The dates of a group in words, and how many are still to come; () while it has none at all."""
    dated = tuple(when(programme, s) for s in group.sessions if s.takes_place)
    months = tuple(when(programme, s) for s in group.sessions if s.month and s.starts_at is None)
    return (*dated, *_to_come(group)) if dated else months


def _to_come(group: SessionGroup) -> tuple[str, ...]:
    """The sessions that are meant to take place and have no time yet: without them the dates would belie the length."""
    kept_back = sum(s.status is SessionStatus.INVALID for s in group.sessions)
    undated = sum(s.status is SessionStatus.TO_BE_CONFIRMED for s in group.sessions)
    return (
        *_more(kept_back, "one more date, time to be confirmed", "more dates, times to be confirmed"),
        *_more(undated, "one more, date to be confirmed", "more, dates to be confirmed"),
    )


def _more(number: int, one: str, several: str) -> tuple[str, ...]:
    if number <= 1:
        return (one,) * number
    return (f"{number} {several}",)


def _choice(group: SessionGroup, dates: int) -> str:
    match group.attend:
        case Attendance.ONE_OF:
            return "one of these dates" if dates > 1 else ""
        case Attendance.ANY_OF:
            return "any of these dates; each is optional"
        case Attendance.ALL_OF:
            return "all of these dates" if dates > 1 else ""


def when(programme: Programme, session: Session) -> str:
    """A session's date and time in words, or why there is none."""
    if session.month and session.starts_at is None:
        return f"in {session.month}, date to be confirmed"
    if session.starts_at is None or session.ends_at is None:
        return "time to be confirmed" if session.held_back else "date to be confirmed"
    return wording.times(session.starts_at, session.ends_at, programme.tz)
