"""The dates for which a line manager has released somebody, as far as we have told them; and whether those changed.

Rotas are made of that mail. So whoever released a date hears, once, when it is another one: because the session moved,
was cancelled, or the person chose differently. What was told is kept on the application, newest last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared.domain import wording
from shared.domain.application import Application, Released, ReleasedDate, Status
from shared.domain.enrolment import ahead_of, attended, still_chosen
from shared.domain.programme import Programme, Session, SessionGroup, SessionStatus
from shared.domain.release import when
from shared.domain.rhythm import next_working

# Whoever clicks, or edits a row, does so several times.
_SETTLES = timedelta(hours=1)
_MOST_KEPT = 12

type Dates = tuple[ReleasedDate, ...]


@dataclass(frozen=True, slots=True)
class ChangedDates:
    """What changed of one purpose, in words: the dates that the manager knows, and those that hold now."""

    title: str
    before: tuple[str, ...]
    now: tuple[str, ...]


def with_released(programme: Programme, application: Application, now: datetime) -> Application:
    """The application with what its manager has to know of its dates noted, if that is something new."""
    if application.status is not Status.APPROVED:
        return replace(application, released=())
    if not application.released:
        return replace(application, released=(Released(0, now, MappingProxyType(_shown(programme, application))),))
    last = application.released[-1]
    changed = _changed(programme, application, last.dates)
    if not changed:
        return application
    newest = Released(last.number + 1, now, MappingProxyType({**last.dates, **changed}))
    first, *rest = application.released
    return replace(application, released=(first, *rest, newest)[-_MOST_KEPT:])


def tell_at(programme: Programme, newest: Released) -> datetime:
    """When the manager is told: an hour later and while they are at work, unless the first of the dates is before."""
    soon = newest.at + _SETTLES
    at_work = next_working(soon, programme.tz)
    ahead = [date.starts_at for dates in newest.dates.values() for date in dates if date.starts_at > soon]
    return soon if any(at < at_work for at in ahead) else at_work


def changes(
    programme: Programme, application: Application, told: Mapping[str, Dates], now: datetime
) -> list[ChangedDates]:
    """What somebody who was ``told`` these dates has to know; nothing of what is over by now."""
    changed = _changed(programme, application, told)
    found = []
    for group in programme.groups:
        if group.id not in changed:
            continue
        before = told.get(group.id, ())
        if any(date.starts_at > now for date in (*before, *changed[group.id])):
            sessions = [programme.session(date.session) for date in changed[group.id]]
            was = tuple(_was(programme, date) for date in before)
            found.append(ChangedDates(group.title, was, tuple(when(programme, s) for s in sessions if s)))
    return found


def _was(programme: Programme, date: ReleasedDate) -> str:
    if date.ends_at is None:
        return wording.moment(date.starts_at, programme.tz)
    return wording.times(date.starts_at, date.ends_at, programme.tz)


def _groups(programme: Programme, application: Application) -> list[SessionGroup]:
    """The groups that a manager is asked to release somebody for."""
    if application.role not in programme.roles:
        return []  # not known, or a sponsor's, whom nobody releases
    needed = {c.group for c in programme.roles[application.role].commitments if not c.optional}
    return [ahead_of(g, application) for g in programme.groups_for(application.role) if g.id in needed]


def _shown(programme: Programme, application: Application) -> dict[str, Dates]:
    """The dates in the manager's mail: the one that was chosen, else all of which it may be one."""
    return {
        group.id: _dates(still_chosen(group, application.chosen) or group.sessions)
        for group in _groups(programme, application)
    }


def _dates(sessions: Iterable[Session]) -> Dates:
    return tuple(ReleasedDate(s.id, s.starts_at, s.ends_at) for s in sessions if s.takes_place and s.starts_at)


def _changed(programme: Programme, application: Application, told: Mapping[str, Dates]) -> dict[str, Dates]:
    """The dates, by group, that are not among those told; none where all that were told are off.

    While a row is held back, people go on holding what they were told, and so does the manager.
    """
    mine, found = attended(programme, application), {}
    for group in _groups(programme, application):
        known = told.get(group.id, ())
        hold = _dates(group.sessions)
        dates = tuple(date for date in hold if date.session in mine.get(group.id, ()))
        held_back = {s.id for s in group.sessions if s.status is SessionStatus.INVALID}
        stand = [d for d in known if d.session in held_back or any(_is_same(d, date) for date in hold)]
        all_off = bool(known) and not dates and not stand
        if all_off or not all(any(_is_same(d, date) for d in known) for date in dates):
            found[group.id] = dates
    return found


def _is_same(told: ReleasedDate, date: ReleasedDate) -> bool:
    return told == date or (told.ends_at is None and told == date._replace(ends_at=None))
