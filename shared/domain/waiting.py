"""The waiting list of a full session: joining, the offer of a place that came free, and what becomes of it.

The list stands on the applications themselves, in the order of joining; ``Bookings`` shows it by session.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from shared.domain.application import Application, Status, Wait
from shared.domain.enrolment import Booking, BookingStatus, attended, choose, groups_of, undecided_groups
from shared.domain.programme import Attendance, Programme, Session, SessionGroup, SessionStatus

# A place is taken from the moment somebody may count on it.
TAKEN = frozenset({BookingStatus.BOOKED, BookingStatus.HELD, BookingStatus.OFFERED})


def wait_for(application: Application, session: str) -> Wait | None:
    """The person's place on the list of a session, or None. One whose offer ran out is on it no more."""
    return next((w for w in application.waits if w.session == session and w.over_at is None), None)


def join(application: Application, session: str, *, now: datetime) -> Application:
    """The application at the end of a session's list; who is on it keeps their place."""
    if wait_for(application, session):
        return application
    return replace(application, waits=(*_others(application, session), Wait(session, now)))


def let_go(application: Application, session: str, *, now: datetime) -> Application:
    """The application without its place on a list, or without the offer that was made to it."""
    wait = wait_for(application, session)
    return _with(application, replace(wait, over_at=now)) if wait else application


def off_lists(programme: Programme, application: Application) -> Application:
    """The application without its places on lists of sessions that are not for the person any more."""
    theirs = {session.id for group in groups_of(programme, application) for session in group.sessions}
    return replace(application, waits=tuple(wait for wait in application.waits if wait.session in theirs))


def take_up(application: Application, session: str) -> Application:
    """The application of somebody who attends a session that everybody attends, after all."""
    return replace(application, waits=_others(application, session))


def offer(programme: Programme, application: Application, session: Session, *, now: datetime) -> Application:
    """The application with a place kept for it, for the programme's hours and never beyond the session's start."""
    wait = wait_for(application, session.id)
    if wait is None or wait.offered or session.starts_at is None or application.status is not Status.APPROVED:
        return application
    until = min(now + timedelta(hours=programme.waiting.offer_hours), session.starts_at).replace(microsecond=0)
    return _with(application, replace(wait, offered_at=now, offered_until=until)) if until > now else application


def as_offers_end(programme: Programme, application: Application, now: datetime) -> Application:
    """What time does to an application's places on lists: offers run out, and nobody waits for what has begun.

    A session without a date, perhaps through a typing mistake, keeps its list. Nobody could take up an offer meanwhile.
    """
    waits = []
    for wait in application.waits:
        session = programme.session(wait.session)
        gone = session is None or session.status is SessionStatus.CANCELLED
        begun = session is not None and session.starts_at is not None and session.starts_at <= now
        if wait.offered and wait.offered_until is not None and wait.offered_until <= now:
            could_be_taken = gone or (session is not None and session.takes_place)
            # The moment of joining names the mails: a second later, and the next offer has one of its own.
            again = Wait(wait.session, wait.joined_at + timedelta(seconds=1))
            waits.append(replace(wait, over_at=now) if could_be_taken else again)
        elif wait.over_at is not None or not (gone or begun):
            waits.append(wait)
    return replace(application, waits=tuple(waits))


def has_to_choose_again(programme: Programme, application: Application, now: datetime) -> tuple[SessionGroup, ...]:
    """Groups in which an approved person has no place, a session was cancelled, and another one can be chosen."""
    if application.status is not Status.APPROVED:
        return ()
    found = []
    for group in undecided_groups(programme, application):
        cancelled = {s.id for s in group.sessions if s.status is SessionStatus.CANCELLED}
        ahead = any(s.takes_place and s.starts_at is not None and s.starts_at > now for s in group.sessions)
        ids = {s.id for s in group.sessions} - cancelled
        waits = any(wait.session in ids and wait.over_at is None for wait in application.waits)
        if cancelled and ahead and not waits:
            found.append(group)
    return tuple(found)


def without_place(
    programme: Programme,
    before: Application,
    after: Application,
    session: str,
    *,
    held: Collection[str],
    now: datetime,
) -> Application:
    """``after`` if there is no room in a session it would take: what was ``held`` before stays, else the person waits.

    A group that books the first date goes on to the next one.
    """
    wait, group = wait_for(after, session), programme.group_of(session)
    if group is None:
        return after
    if wait is not None and wait.offered:
        return _with(after, Wait(session, wait.joined_at))
    kept = tuple(s for s in after.chosen.get(group.id, ()) if s != session)
    stays = set(held).intersection(attended(programme, before).get(group.id, ()))
    if group.attend is Attendance.ONE_OF and stays:
        return choose(after, group.id, before.chosen.get(group.id, ()))
    if group.attend is Attendance.ONE_OF and group.if_not_chosen == "first":
        ids = [s.id for s in group.sessions if s.takes_place]
        lists = {w.session for w in after.waits}
        following = [s for s in ids[ids.index(session) + 1 :] if s not in lists] if session in ids else []
        if following:
            on = replace(after, assigned=MappingProxyType({**after.assigned, group.id: (following[0],)}))
            return choose(on, group.id, kept)
    return join(choose(after, group.id, kept), session, now=now)


def places(programme: Programme, application: Application) -> frozenset[str]:
    """The sessions in which a place belongs to the person, or is kept for them."""
    booked = {s for sessions in attended(programme, application).values() for s in sessions}
    return frozenset(booked | {w.session for w in application.waits if w.offered and _in_force(application)})


def room(session: Session, bookings: Sequence[Booking], reference: str, *, waited: bool) -> bool:
    """Whether one more place is left for this person. Who has not ``waited`` comes after everybody who does."""
    if session.capacity is None:
        return True
    before = TAKEN if waited else TAKEN | {BookingStatus.WAITING}
    return sum(b.status in before and b.reference != reference for b in bookings) < session.capacity


def in_order(bookings: Sequence[Booking]) -> list[Booking]:
    """Those who wait for a session, who joined first first."""
    waiting = [b for b in bookings if b.status is BookingStatus.WAITING and b.since is not None]
    return sorted(waiting, key=lambda b: (b.since, b.reference))


def _in_force(application: Application) -> bool:
    return application.status is Status.APPROVED


def _others(application: Application, session: str) -> tuple[Wait, ...]:
    return tuple(w for w in application.waits if w.session != session)


def _with(application: Application, wait: Wait) -> Application:
    waits = tuple(wait if w.session == wait.session else w for w in application.waits)
    return replace(application, waits=waits)
