"""A participant's own page: where things stand, choose or change a session, name the manager, withdraw."""

from dataclasses import dataclass

from shared.domain import wording
from shared.domain.answers import email_key
from shared.domain.application import Application, LineManager, Status, ask_manager, choose, withdrawn
from shared.domain.approval import deadline, name_problem
from shared.domain.enrolment import BookingStatus, attended, choice_problem
from shared.domain.programme import Attendance, Session, SessionGroup, SessionStatus
from shared.domain.references import Purpose, token_hash
from shared.domain.release import when
from shared.ports import Applications, Bookings, Clock, Links
from shared.services.programmes import Current, Programmes
from shared.services.settling import Settling

_CAN_WITHDRAW = frozenset(
    {
        Status.AWAITING_MANAGER,
        Status.APPROVED,
        Status.NEEDS_CORRECTION,
        Status.NEEDS_DECISION,
        Status.LATE,
        Status.NOT_THIS_COHORT,
    }
)
_CAN_CHOOSE = frozenset({Status.AWAITING_MANAGER, Status.APPROVED})


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """One session that can be chosen, and whether it is this person's."""

    id: str
    when: str
    place: str
    chosen: bool
    problem: str


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """One group of sessions on the page. ``many`` lets a person attend several; with ``all`` there is no choice."""

    id: str
    title: str
    required: bool
    many: bool
    all: bool
    sessions: tuple[SessionChoice, ...]


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What the page shows. ``note`` confirms what was just done, ``problem`` says why it was not."""

    programme: str
    name: str
    reference: str
    role: str
    status: str
    next_step: str
    reason: str
    manager: str
    problems: tuple[tuple[str, str], ...]
    groups: tuple[GroupChoice, ...]
    can_withdraw: bool
    can_name_manager: bool
    must_name_manager: bool
    contacts: tuple[str, ...]
    note: str = ""
    problem: str = ""


class OwnPages:
    """Serves ``/me/{token}``."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        bookings: Bookings,
        links: Links,
        settling: Settling,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._bookings = bookings
        self._links = links
        self._settling = settling
        self._clock = clock

    async def page(self, token: str, *, note: str = "", problem: str = "") -> OwnPage | None:
        """The page of a link, or None if the link opens nothing."""
        found = await self._find(token)
        if found is None:
            return None
        current, application = found
        return await self._page(current, application, note=note, problem=problem)

    async def choose_session(self, token: str, session_id: str, *, leave: bool = False) -> OwnPage | None:
        """Attend a session (of a group where one is enough: instead of the present one), or leave an optional one."""
        found = await self._find(token)
        if found is None:
            return None
        current, application = found
        group = current.programme.group_of(session_id)
        session = current.programme.session(session_id)
        if group is None or application.role is None or application.role not in group.roles:
            return await self._page(current, application, problem="Choose one of the sessions on this page.")
        if application.status not in _CAN_CHOOSE:
            return await self._page(current, application, problem="Sessions cannot be chosen at the moment.")
        if group.attend is Attendance.ALL_OF:
            return await self._page(current, application, problem="Everybody attends this session; there is no choice.")
        if leave and group.required:
            return await self._page(current, application, problem="Choose another session instead of leaving this one.")
        if not leave:
            booked = await self._others_booked(application, session_id)
            problem = choice_problem(group, session, booked=booked, now=self._clock.now())
            if problem:
                return await self._page(current, application, problem=problem)

        def apply(newest: Application) -> Application:
            if newest.status not in _CAN_CHOOSE:
                return newest
            return choose(newest, group.id, _chosen_after(newest, group, session_id, leave=leave))

        changed = await self._settling.change(
            current,
            application.reference,
            apply,
            who="the applicant",
            what="left a session" if leave else "chose a session",
        )
        note = (
            "You have left the session."
            if leave
            else f"You have chosen {when(current.programme, session)}."
            if session
            else ""
        )
        return await self._page(current, changed or application, note=note)

    async def withdraw(self, token: str) -> OwnPage | None:
        """Take the application back."""
        found = await self._find(token)
        if found is None:
            return None
        current, application = found
        if application.status not in {*_CAN_WITHDRAW, Status.WITHDRAWN}:
            return await self._page(current, application, problem="This application can no longer be withdrawn.")

        def apply(newest: Application) -> Application:
            return withdrawn(newest, now=self._clock.now()) if newest.status in _CAN_WITHDRAW else newest

        changed = await self._settling.change(
            current, application.reference, apply, who="the applicant", what="withdrew"
        )
        return await self._page(current, changed or application, note="Your application has been withdrawn.")

    async def name_manager(self, token: str, manager: LineManager) -> OwnPage | None:
        """Ask another line manager."""
        found = await self._find(token)
        if found is None:
            return None
        current, application = found
        if application.status is not Status.AWAITING_MANAGER:
            return await self._page(current, application, problem="The line manager cannot be changed at the moment.")
        problem = name_problem(application, manager)
        if problem:
            return await self._page(current, application, problem=problem)

        def apply(newest: Application) -> Application:
            same = email_key(newest.manager.email) == email_key(manager.email)
            wanted = newest.waits_for_manager_name or newest.manager_unreachable
            if newest.status is not Status.AWAITING_MANAGER or (same and not wanted):
                return newest
            return ask_manager(newest, manager, now=self._clock.now())

        changed = await self._settling.change(
            current, application.reference, apply, who="the applicant", what="named another manager"
        )
        return await self._page(current, changed or application, note="Thank you. We are asking your line manager now.")

    async def _find(self, token: str) -> tuple[Current, Application] | None:
        link = await self._links.find(token_hash(token))
        if link is None or link.purpose is not Purpose.OWN_PAGE:
            return None
        current = await self._programmes.current(link.programme)
        stored = await self._applications.get(link.programme, link.subject)
        if current is None or stored is None or stored.value.own_link != link.version:
            return None
        return None if stored.value.status is Status.ERASED else (current, stored.value)

    async def _others_booked(self, application: Application, session: str) -> int:
        rows = await self._bookings.of_session(application.programme, session)
        return sum(b.status is BookingStatus.BOOKED and b.reference != application.reference for b in rows)

    async def _page(self, current: Current, application: Application, *, note: str = "", problem: str = "") -> OwnPage:
        programme = current.programme
        role = application.role
        return OwnPage(
            programme=programme.name,
            name=application.person.full_name,
            reference=application.reference,
            role=programme.roles[role].title if role else "",
            status=application.status,
            next_step=self._next_step(current, application),
            reason=_reason(application),
            manager=application.manager.name,
            problems=tuple((p.title, p.says) for p in application.problems),
            groups=tuple(self._group(current, application, g) for g in _choosable(current, application)),
            can_withdraw=application.status in _CAN_WITHDRAW,
            can_name_manager=application.status is Status.AWAITING_MANAGER,
            must_name_manager=application.waits_for_manager_name or application.manager_unreachable,
            contacts=programme.contacts.form_support,
            note=note,
            problem=problem,
        )

    def _group(self, current: Current, application: Application, group: SessionGroup) -> GroupChoice:
        mine = attended(current.programme, application).get(group.id, application.chosen.get(group.id, ()))
        return GroupChoice(
            id=group.id,
            title=group.title,
            required=group.required,
            many=group.attend is not Attendance.ONE_OF,
            all=group.attend is Attendance.ALL_OF,
            sessions=tuple(_choice(current, s, chosen=s.id in mine) for s in group.sessions),
        )

    def _next_step(self, current: Current, application: Application) -> str:
        """What happens next, in words for the applicant."""
        zone = current.programme.tz
        match application.status:
            case Status.AWAITING_MANAGER if application.manager_unreachable:
                return (
                    "Our email to your line manager came back. Give us an address that works, so that we can ask them."
                )
            case Status.AWAITING_MANAGER if application.waits_for_manager_name:
                return "Tell us who your line manager is, so that we can ask them to release you."
            case Status.AWAITING_MANAGER:
                last = deadline(current.programme, application, current.closes_at)
                until = f" They can answer until {wording.day(last.astimezone(zone).date())}." if last else ""
                return f"We have asked {application.manager.name} to release you for the programme.{until}"
            case Status.APPROVED:
                return "Your place is confirmed. Your training session and later dates are below."
            case Status.DECLINED:
                return "Your line manager could not release you. Talk to them, or contact us about the next cohort."
            case Status.NEEDS_CORRECTION:
                return "Some answers could not be accepted. Fill in the form again with the corrections below."
            case Status.NEEDS_DECISION | Status.LATE:
                return "The programme team will look at your application and tell you what they decide."
            case Status.NOT_THIS_COHORT:
                return "This cohort is not open to your area or organisation. We would love to hear from you next time."
            case Status.LAPSED:
                return "Your line manager did not answer in time. Contact us if you would still like to take part."
            case Status.WITHDRAWN | Status.ERASED:
                return "Nothing more will happen. You can apply again at any time while applications are open."


def _reason(application: Application) -> str:
    request = application.request
    return request.reason if request and application.status is Status.DECLINED else ""


def _choosable(current: Current, application: Application) -> list[SessionGroup]:
    if application.role is None or application.status not in _CAN_CHOOSE:
        return []
    groups = current.programme.groups_for(application.role)
    if application.status is Status.AWAITING_MANAGER:
        return [g for g in groups if g.required and g.if_not_chosen == "ask"]
    return list(groups)


def _choice(current: Current, session: Session, *, chosen: bool) -> SessionChoice:
    return SessionChoice(
        id=session.id,
        when=when(current.programme, session),
        place=session.place or "place to be confirmed",
        chosen=chosen,
        problem=_not_possible(session),
    )


def _not_possible(session: Session) -> str:
    if session.status is SessionStatus.CANCELLED:
        return "cancelled"
    return "" if session.takes_place else "no date at the moment"


def _chosen_after(application: Application, group: SessionGroup, session: str, *, leave: bool) -> tuple[str, ...]:
    before = application.chosen.get(group.id, ())
    if leave:
        return tuple(s for s in before if s != session)
    if group.attend is Attendance.ONE_OF:
        return (session,)
    return tuple(s.id for s in group.sessions if s.id == session or s.id in before)
