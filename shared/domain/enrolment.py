"""Which sessions an approved person attends, and the words of a booking. Derived from the application's choices."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from shared.domain.application import Application, Status
from shared.domain.programme import Attendance, Programme, Session, SessionGroup, SessionStatus


class BookingStatus(StrEnum):
    """The words in ``Bookings.Status``."""

    BOOKED = "Booked"
    HELD = "Place held"
    OFFERED = "Place offered"
    WAITING = "Waiting"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True)
class Booking:
    """One person in one session. ``invited`` is the calendar version this person holds, 0 for none.

    ``since`` is when the person joined the waiting list, or a place was held; ``until`` how long it is kept for them.
    ``as_of`` tells which state of the application says so: the instant of its last event.
    ``attended`` is what a person noted once the session was over, None if nobody did.
    """

    programme: str
    session: str
    reference: str
    full_name: str
    email: str
    attendance: str
    status: BookingStatus
    invited: int = 0
    event: str = ""
    response: str = ""
    confirmed: bool = False
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = field(default=None, compare=False)
    attended: bool | None = None

    @property
    def came(self) -> bool:
        """Whether the person was there, if the session is over: as noted, else a place that they did not decline."""
        if self.attended is not None:
            return self.attended
        return self.status is BookingStatus.BOOKED and self.response != "declined"


def attended(programme: Programme, application: Application) -> dict[str, tuple[str, ...]]:
    """Session ids by group that the person attends now: their choices, then the programme's rule for the rest."""
    if application.status is not Status.APPROVED or application.role is None:
        return {}
    result = {}
    waits = {wait.session for wait in application.waits}
    theirs = groups_of(programme, application)
    for group in programme.groups_for(application.role):
        sessions = tuple(s for s in _of_group(group, application, waits) if s not in waits)
        if group not in theirs:
            sessions = _begun_before(group, sessions, application.no_partner_at)
        if sessions:
            result[group.id] = sessions
    return result


def groups_of(programme: Programme, application: Application) -> tuple[SessionGroup, ...]:
    """The groups of sessions that are for this person: of somebody for whom there is no partner, the training alone.

    What comes after it, as peer support and the celebration, is for people who have met somebody.
    """
    if application.role is None:
        return ()
    every = programme.groups_for(application.role)
    if application.no_partner_at is None or application.pairs:
        return every
    return tuple(group for group in every if group == programme.training_for(application.role))


def _begun_before(group: SessionGroup, sessions: tuple[str, ...], instant: datetime | None) -> tuple[str, ...]:
    begun = {s.id for s in group.sessions if s.starts_at and instant and s.starts_at <= instant}
    return tuple(session for session in sessions if session in begun)


def _of_group(group: SessionGroup, application: Application, waits: set[str]) -> tuple[str, ...]:
    # Who was booked stays, whatever is typed into the row, until the session is cancelled.
    kept = tuple(s.id for s in still_chosen(group, application.assigned))
    ahead = ahead_of(group, application)
    dated = tuple(s.id for s in ahead.sessions if s.takes_place)
    if group.attend is Attendance.ALL_OF:
        return tuple(s.id for s in group.sessions if s.id in {*kept, *dated})
    picked = tuple(s.id for s in still_chosen(ahead, application.chosen))
    if picked or not group.required or group.if_not_chosen == "ask":
        return picked
    first = next((s for s in (*kept, *dated) if s not in waits), None)
    return (first,) if first else ()


def with_assigned(programme: Programme, application: Application) -> Application:
    """The application with what the programme books for it beside its choices noted: that is theirs from now on."""
    chosen = {
        group.id
        for group in programme.groups
        if group.attend is not Attendance.ALL_OF and still_chosen(ahead_of(group, application), application.chosen)
    }
    booked = attended(programme, application)
    return replace(
        application, assigned=MappingProxyType({g: sessions for g, sessions in booked.items() if g not in chosen})
    )


def assigned_as_booked(programme: Programme, application: Application, booked: Collection[str]) -> Application:
    """The application with the sessions in which its rows say it is booked noted as the programme's."""
    by_group = {group.id: tuple(s.id for s in group.sessions if s.id in booked) for group in programme.groups}
    return replace(
        application, assigned=MappingProxyType({g: sessions for g, sessions in by_group.items() if sessions})
    )


def still_chosen(group: SessionGroup, chosen: Mapping[str, tuple[str, ...]]) -> tuple[Session, ...]:
    """The chosen sessions of a group that have not been cancelled; one that was is nobody's any more."""
    wanted = chosen.get(group.id, ())
    return tuple(s for s in group.sessions if s.id in wanted and s.status is not SessionStatus.CANCELLED)


def begins_at(application: Application) -> datetime:
    """From when on somebody can be in a session: they had applied, been let in, and been released."""
    request = application.request if application.status is Status.APPROVED else None
    steps = (application.received_at, application.let_in_at, request.answered_at if request else None)
    return max(step for step in steps if step is not None)


def still_ahead(group: SessionGroup, since: datetime | None) -> SessionGroup:
    """The group without the sessions that had begun by then; whole with None."""
    if since is None:
        return group
    sessions = tuple(s for s in group.sessions if s.starts_at is None or s.starts_at > since)
    return group if len(sessions) == len(group.sessions) else group.model_copy(update={"sessions": sessions})


def ahead_of(group: SessionGroup, application: Application) -> SessionGroup:
    """The group as it lies before somebody. It stays whole when they look at it after its sessions."""
    return still_ahead(group, begins_at(application))


def undecided_groups(programme: Programme, application: Application) -> tuple[SessionGroup, ...]:
    """Required groups in which an approved person still has to choose a session."""
    booked = attended(programme, application)
    return tuple(g for g in groups_of(programme, application) if g.required and g.id not in booked)


def can_be_chosen(group: SessionGroup, application: Application) -> bool:
    """Whether a session of the group has a date that lay ahead of the person; else it is the team's to give one."""
    return any(session.takes_place for session in ahead_of(group, application).sessions)


def cancelled_choices(programme: Programme, application: Application) -> tuple[tuple[SessionGroup, Session], ...]:
    """The sessions that an approved person chose and that were cancelled, so that they need another date."""
    return tuple(
        (group, session)
        for group in undecided_groups(programme, application)
        for session in group.sessions
        if session.id in application.chosen.get(group.id, ()) and session.status is SessionStatus.CANCELLED
    )


def bookings(programme: Programme, application: Application) -> tuple[Booking, ...]:
    """The bookings an application stands for, in the programme's order: places, then places on waiting lists."""
    booked = attended(programme, application)
    found = [
        booking_of(programme, application, session, BookingStatus.BOOKED)
        for group in programme.groups
        for session in booked.get(group.id, ())
    ]
    waits = [w for w in application.waits if w.over_at is None] if application.status is Status.APPROVED else []
    for wait in waits:
        status = BookingStatus.OFFERED if wait.offered else BookingStatus.WAITING
        booking = booking_of(programme, application, wait.session, status)
        found.append(replace(booking, since=wait.joined_at, until=wait.offered_until))
    return tuple(found)


def booking_of(programme: Programme, application: Application, session_id: str, status: BookingStatus) -> Booking:
    """The row of one person in one session."""
    group, session = programme.group_of(session_id), programme.session(session_id)
    starts_at = application.confirmed.get(session_id)
    return Booking(
        programme=application.programme,
        session=session_id,
        reference=application.reference,
        full_name=application.person.full_name,
        email=application.person.email,
        attendance="required" if group is not None and group.required else "optional",
        status=status,
        # Who confirmed another time has not confirmed this one.
        confirmed=session is not None and starts_at is not None and starts_at == session.starts_at,
        as_of=application.last_event.at if application.last_event else None,
    )


FULL = "This session is full. Choose another one."


def choice_problem(group: SessionGroup, session: Session | None, *, booked: int, now: datetime) -> str:
    """Why a session cannot be chosen, in words for the person who chose it; '' if it can.

    ``booked`` is how many others hold a place, or wait for one.
    """
    if session is None or session not in group.sessions:
        return "Choose one of the sessions on this page."
    if not session.takes_place or session.starts_at is None:
        return "This session has no date at the moment. Choose another one."
    if session.starts_at <= now:
        return "This session has already started. Choose another one."
    if session.capacity is not None and booked >= session.capacity:
        return FULL
    return ""


def choose(application: Application, group: str, sessions: tuple[str, ...]) -> Application:
    """The application with another choice for one session group; no sessions means none chosen.

    Nobody waits for a session that they have chosen.
    """
    chosen = {**application.chosen, group: sessions}
    if not sessions:
        del chosen[group]
    waits = tuple(w for w in application.waits if w.session not in sessions)
    return replace(application, chosen=MappingProxyType(chosen), waits=waits)
