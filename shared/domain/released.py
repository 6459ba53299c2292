"""The dates for which a line manager has released somebody, as far as we have told them; and whether those changed.

Rotas are made of that mail. So whoever released a date hears, once, when it is another one: because the session moved,
was cancelled, or the person chose differently. What was told is kept on the application, newest last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared.domain import wording
from shared.domain.application import Application, Released, Status
from shared.domain.enrolment import ahead_of, attended, still_chosen
from shared.domain.programme import Programme, SessionGroup
from shared.domain.release import when
from shared.domain.rhythm import next_working

# Whoever clicks, or edits a row, does so several times.
_SETTLES = timedelta(hours=1)
_MOST_KEPT = 12

type Dates = tuple[tuple[str, datetime], ...]


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
    ahead = [at for dates in newest.dates.values() for _, at in dates if at > soon]
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
        ahead = [at for _, at in (*told.get(group.id, ()), *changed[group.id]) if at > now]
        if ahead:
            before = tuple(wording.moment(at, programme.tz) for _, at in told.get(group.id, ()))
            sessions = [programme.session(id_) for id_, _ in changed[group.id]]
            found.append(ChangedDates(group.title, before, tuple(when(programme, s) for s in sessions if s)))
    return found


def _groups(programme: Programme, application: Application) -> list[SessionGroup]:
    """The groups that a manager is asked to release somebody for."""
    if application.role not in programme.roles:
        return []  # not known, or a sponsor's, whom nobody releases
    needed = {c.group for c in programme.roles[application.role].commitments if not c.optional}
    return [ahead_of(g, application) for g in programme.groups_for(application.role) if g.id in needed]


def _shown(programme: Programme, application: Application) -> dict[str, Dates]:
    """The dates in the manager's mail: the one that was chosen, else all of which it may be one."""
    return {
        group.id: tuple(
            (s.id, s.starts_at)
            for s in still_chosen(group, application.chosen) or group.sessions
            if s.takes_place and s.starts_at is not None
        )
        for group in _groups(programme, application)
    }


def _changed(programme: Programme, application: Application, told: Mapping[str, Dates]) -> dict[str, Dates]:
    """The dates, by group, that are not among those told; none where all that were told are off."""
    mine, found = attended(programme, application), {}
    for group in _groups(programme, application):
        known = told.get(group.id, ())
        hold = tuple((s.id, s.starts_at) for s in group.sessions if s.takes_place and s.starts_at is not None)
        dates = tuple(date for date in hold if date[0] in mine.get(group.id, ()))
        all_off = bool(known) and not dates and not set(known).intersection(hold)
        if all_off or not set(dates) <= set(known):
            found[group.id] = dates
    return found
