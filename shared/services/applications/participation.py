"""A participant's own page: where things stand, sessions and waiting lists, details, the manager, one's own data."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from shared.domain import session_dates, wording
from shared.domain.answers import email_key
from shared.domain.application import Application, LineManager, Status, Wait, has_board
from shared.domain.approval import ask_manager, deadline, name_problem
from shared.domain.details import LABELS, can_correct, corrected, details, required_details
from shared.domain.ending import is_ending
from shared.domain.enrolment import (
    FULL,
    Booking,
    BookingStatus,
    ahead_of,
    attended,
    choice_problem,
    choose,
    groups_of,
    still_chosen,
    undecided_groups,
)
from shared.domain.expiry import is_over, just_renewed, own_link_ends
from shared.domain.leaving import withdrawn
from shared.domain.owed import Kind
from shared.domain.programme import (
    UNSAID,
    Attendance,
    Branding,
    Imprint,
    Programme,
    Session,
    SessionGroup,
    SessionStatus,
)
from shared.domain.release import when
from shared.domain.waiting import TAKEN, as_offers_end, join, let_go, room, take_up, wait_for
from shared.errors import TooOften, UnreadableRow
from shared.log import step
from shared.ports import Clock
from shared.services.applications.about_you import can_tell
from shared.services.applications.corrections import can_mend
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.form.rate_limits import Counter
from shared.stores.bookings import Bookings

logger = logging.getLogger(__name__)

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
# Each is a mail to somebody who may have nothing to do with the person who named them.
_MOST_ASKED = 5
_ASKED_ALREADY = (
    "The person with this email address has been asked already, so nothing was changed. If only their name was wrong, "
    "they can answer all the same."
)
_CANNOT_TELL = "This session cannot be chosen at the moment. Please try again tomorrow, or {how}."
_TOO_MANY_LINKS = "several new links were sent today"
_OFFER_OVER = "The time to take this place is over. You can join the waiting list again."


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """One session that can be chosen, and whether it is this person's.

    ``full`` offers the waiting list; ``waiting`` is a place on it, ``offered`` until when a place is kept, in words.
    ``can_confirm`` asks whether they will be there, ``confirmed`` says that they will. ``assigned``: it is theirs
    because the programme booked it, not because they chose it. ``undated``: ``when`` says that its date is to come.
    """

    id: str
    when: str
    place: str
    chosen: bool
    problem: str
    full: bool = False
    waiting: bool = False
    offered: str = ""
    can_confirm: bool = False
    confirmed: bool = False
    assigned: bool = False
    undated: bool = False


@dataclass(frozen=True, slots=True)
class GroupChoice:
    """One group of sessions on the page. ``many`` lets a person attend several; with ``all`` there is no choice.

    ``recurs`` says how often it takes place again, '' if it does not: then those that are over are not shown.
    """

    id: str
    title: str
    required: bool
    many: bool
    all: bool
    sessions: tuple[SessionChoice, ...]
    note: str = ""
    recurs: str = ""


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What the page shows.

    ``note`` confirms what was just done, ``problem`` says why it was not, ``problem_field`` in which field that shows.
    ``form`` is the address of the application form.
    """

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
    details: Mapping[str, str] = MappingProxyType({})
    detail_labels: Mapping[str, str] = MappingProxyType({})
    required_details: frozenset[str] = frozenset()
    is_ending: bool = False
    can_correct: bool = False
    email: str = ""
    deletion_asked: str = ""
    branding: Branding = "nhs"
    imprint: Imprint = UNSAID
    problem_field: str = ""
    change_waits: bool = False
    can_change_address: bool = False
    can_mend: bool = False
    paired: bool = False
    left_out: bool = False
    can_tell: bool = False
    form: str = ""


_SPONSORS_PLACE = "Your organisation has a place. The link for your people is in our email to you."


class OwnPages:
    """Serves ``/me/{token}``."""

    def __init__(
        self,
        *,
        opened: OpenedLinks,
        bookings: Bookings,
        writer: ApplicationWriter,
        counter: Counter,
        clock: Clock,
    ) -> None:
        self._opened = opened
        self._bookings = bookings
        self._writer = writer
        self._counter = counter
        self._clock = clock

    async def page(self, token: str, *, note: str = "", problem: str = "") -> OwnPage | None:
        """The page of a link, or None if the link opens nothing."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        return await self._page(current, application, note=note, problem=problem)

    async def choose_session(self, token: str, session_id: str, *, leave: bool = False) -> OwnPage | None:
        """Attend a session (of a group where one is enough: instead of the present one), or leave an optional one."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        group = current.programme.group_of(session_id)
        session = current.programme.session(session_id)
        if group is None or group not in groups_of(current.programme, application):
            return await self._page(current, application, problem="Choose one of the sessions on this page.")
        if application.status not in _CAN_CHOOSE:
            return await self._page(current, application, problem="Sessions cannot be chosen at the moment.")
        everybody = group.attend is Attendance.ALL_OF
        if everybody and (leave or not any(w.session == session_id for w in application.waits)):
            return await self._page(current, application, problem="Everybody attends this session; there is no choice.")
        if leave and group.required:
            return await self._page(current, application, problem="Choose another session instead of leaving this one.")
        if not leave:
            problem = await self._choice_problem(current, application, group, session)
            if problem == FULL and self._offer_is_over(wait_for(application, session_id)):
                problem = _OFFER_OVER
            if problem:
                return await self._page(current, application, problem=problem)

        def apply(newest: Application) -> Application:
            if newest.status not in _CAN_CHOOSE:
                return newest
            if everybody:
                return take_up(newest, session_id)
            return choose(newest, group.id, _chosen_after(newest, group, session_id, leave=leave))

        what = "left a session" if leave else "chose a session"
        if often := await self._too_often(current, application):
            return await self._page(current, application, problem=often)
        changed = await self._change(current, application, apply, what)
        if leave:
            return await self._page(current, changed, note="You have left the session.")
        if session_id not in {
            *changed.chosen.get(group.id, ()),
            *attended(current.programme, changed).get(group.id, ()),
        }:
            return await self._page(current, changed, problem=FULL)  # somebody else took the last place just now
        note = f"You have chosen {when(current.programme, session)}." if session else ""
        return await self._page(current, changed, note=note)

    async def join_list(self, token: str, session_id: str) -> OwnPage | None:
        """Wait for a place in a session that is full."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        group, session = current.programme.group_of(session_id), current.programme.session(session_id)
        if group is None or session is None or group not in groups_of(current.programme, application):
            return await self._page(current, application, problem="Choose one of the sessions on this page.")
        if application.status is not Status.APPROVED:
            problem = f"You can join a waiting list once your {current.programme.model.releaser} has agreed."
            return await self._page(current, application, problem=problem)
        problem = choice_problem(group, session, booked=0, now=self._clock.now())
        if problem:
            return await self._page(current, application, problem=problem)
        if await self._choice_problem(current, application, group, session) != FULL:
            return await self._page(current, application, problem="There is a free place: choose the session.")

        def apply(newest: Application) -> Application:
            mine = attended(current.programme, newest).get(group.id, ())
            if newest.status is not Status.APPROVED or session_id in mine:
                return newest
            now = self._clock.now()
            return join(as_offers_end(current.programme, newest, now), session_id, now=now)

        if often := await self._too_often(current, application):
            return await self._page(current, application, problem=often)
        changed = await self._change(current, application, apply, "joined a waiting list")
        note = f"You are on the waiting list for {when(current.programme, session)}."
        return await self._page(current, changed, note=note)

    async def leave_list(self, token: str, session_id: str) -> OwnPage | None:
        """Leave a waiting list, or let a place go that was offered."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        changed = await self._change(
            current,
            application,
            lambda newest: let_go(newest, session_id, now=self._clock.now()),
            "left a waiting list",
        )
        return await self._page(current, changed, note="You are no longer on the waiting list for this session.")

    async def confirm(self, token: str, session_id: str) -> OwnPage | None:
        """Note that the person will be in a session that they are booked in."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        session = current.programme.session(session_id)

        def is_booked(newest: Application) -> bool:
            return any(session_id in sessions for sessions in attended(current.programme, newest).values())

        def apply(newest: Application) -> Application:
            if session is None or session.starts_at is None or not is_booked(newest):
                return newest
            return replace(newest, confirmed=MappingProxyType({**newest.confirmed, session_id: session.starts_at}))

        changed = await self._change(current, application, apply, "confirmed attendance")
        # Who left a session had perhaps confirmed it before, in another window.
        if session is None or session_id not in changed.confirmed or not is_booked(changed):
            return await self._page(current, changed, problem="You are not booked in this session.")
        note = f"Thank you. We expect you on {when(current.programme, session)}."
        return await self._page(current, changed, note=note)

    async def correct(self, token: str, given: dict[str, str]) -> OwnPage | None:
        """Correct name, job title and pay band, which the door has found to be good."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        if not can_correct(application):
            return await self._page(current, application, problem="Your details cannot be changed at the moment.")
        changed = await self._change(
            current,
            application,
            lambda newest: corrected(newest, given) if can_correct(newest) else newest,
            "corrected their details",
        )
        return await self._page(current, changed, note="We have saved your details.")

    async def ask_for_deletion(self, token: str, *, take_back: bool = False) -> OwnPage | None:
        """Put the wish that everything about the person is deleted before an administrator, or take it back."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found

        def apply(newest: Application) -> Application:
            if newest.status is Status.ERASED or (newest.erasure_asked_at is None) == take_back:
                return newest
            return replace(newest, erasure_asked_at=None if take_back else self._clock.now())

        what = "no longer asks for deletion" if take_back else "asked for deletion"
        changed = await self._change(current, application, apply, what)
        note = (
            "We keep your data and your application goes on."
            if take_back
            else "We have your request to delete your data. We have sent you an email about what happens next."
        )
        return await self._page(current, changed, note=note)

    async def behind(self, token: str) -> tuple[Programme, Application] | None:
        """Returns the application that a link to an own page opens, with its programme; None if it opens nothing."""
        found = await self._opened.own_page(token)
        return (found.current.programme, found.application) if found else None

    async def behind_now(self, token: str) -> tuple[Current, Application] | None:
        """As ``behind``, with the programme as it stands now."""
        found = await self._opened.own_page(token)
        return (found.current, found.application) if found else None

    async def send_new_link(self, token: str) -> bool:
        """Send a new link to the stored address, for one that has expired or was replaced; once an hour.

        False if none was sent in the last hour either: it is no such link, or it still works. Raises TooOften.
        """
        found = await self._opened.own_page_once(token)
        if found is None:
            return False
        current, application, link = found
        now = self._clock.now()

        def apply(newest: Application) -> Application:
            works = newest.own_link == link.version and not is_over(own_link_ends(current.programme, newest), now)
            if newest.status is Status.ERASED or just_renewed(newest, now) or works:
                return newest
            return replace(newest, own_link=newest.own_link + 1, link_renewed_at=now)

        if apply(application) != application and not await self._counter.clicked(
            Kind.NEW_LINK, link.programme, link.subject
        ):
            raise TooOften(_TOO_MANY_LINKS)
        changed = await self._writer.change(
            current, link.subject, apply, who="the applicant", what="asked for a new link"
        )
        return changed is not None and changed.status is not Status.ERASED and just_renewed(changed, now)

    async def withdraw(self, token: str) -> OwnPage | None:
        """Take the application back."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        if application.status not in {*_CAN_WITHDRAW, Status.WITHDRAWN}:
            return await self._page(current, application, problem="This application can no longer be withdrawn.")

        def apply(newest: Application) -> Application:
            return withdrawn(newest, now=self._clock.now()) if newest.status in _CAN_WITHDRAW else newest

        changed = await self._change(current, application, apply, "withdrew")
        return await self._page(current, changed, note="Your application has been withdrawn.")

    async def name_manager(self, token: str, manager: LineManager) -> OwnPage | None:
        """Ask another line manager."""
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        if application.status is not Status.AWAITING_MANAGER:
            return await self._page(
                current, application, problem=f"The {current.programme.model.releaser} cannot be changed at the moment."
            )
        problem = name_problem(application, manager, reader="applicant")
        if problem:
            page = await self._page(current, application, problem=problem)
            return replace(page, problem_field="manager_email")

        note, refused = f"Thank you. We are asking your {current.programme.model.releaser} now.", ""

        def apply(newest: Application) -> Application:
            nonlocal note, refused
            same = email_key(newest.manager.email) == email_key(manager.email)
            wanted = newest.waits_for_manager_name or newest.manager_unreachable
            refused = ""
            if newest.status is not Status.AWAITING_MANAGER:
                refused = _cannot_change(current)
            elif same and not wanted:
                note = "Thank you. We have asked this person already."
                refused = "" if newest.manager.name == manager.name else _ASKED_ALREADY
            elif sum(not (request.asked_afresh or request.asks_nobody) for request in newest.requests) >= _MOST_ASKED:
                refused = _asked_too_many(current)
            else:
                return ask_manager(newest, manager, now=self._clock.now())
            return newest

        changed = await self._change(current, application, apply, "named another manager")
        if refused:
            page = await self._page(current, changed, problem=refused)
            return replace(page, problem_field="manager_email" if page.can_name_manager else "")
        return await self._page(current, changed, note=note)

    async def _too_often(self, current: Current, application: Application) -> str:
        """Count a change of sessions, each of which is an invitation or its end: why there is no other today, or ''."""
        if application.status is not Status.APPROVED or await self._counter.clicked(
            Kind.CALENDAR, application.programme, application.reference
        ):
            return ""
        how = current.programme.contacts.how
        return f"You have changed your sessions very often today. Try again tomorrow, or {how}."

    async def _change(
        self, current: Current, application: Application, apply: Callable[[Application], Application], what: str
    ) -> Application:
        def by_this_link(newest: Application) -> Application:
            # A new link may have taken the place of this one since it was looked up.
            return apply(newest) if newest.own_link == application.own_link else newest

        changed = await self._writer.change(
            current, application.reference, by_this_link, who="the applicant", what=what
        )
        return changed or application

    async def _choice_problem(
        self, current: Current, application: Application, group: SessionGroup, session: Session | None
    ) -> str:
        """Why a session cannot be chosen now, '' if it can. A place that was offered belongs to the person.

        Until time has taken its course, an offer that is over is treated as if it had: whoever waits comes first.
        """
        problem = choice_problem(group, session, booked=0, now=self._clock.now())
        if problem or session is None or session.capacity is None:
            return problem
        wait = wait_for(application, session.id)
        over = self._offer_is_over(wait)
        if wait is not None and wait.offered_until is not None and not over:
            return ""
        rows = await self._rows_of(current, session.id)
        if rows is None:
            return _CANNOT_TELL.format(how=current.programme.contacts.how)
        mine = _has_place(rows, application.reference, offers=not over)
        return "" if mine or room(session, rows, application.reference, waited=False) else FULL

    async def _rows_of(self, current: Current, session: str) -> tuple[Booking, ...] | None:
        """Who is in a session; None if somebody typed what cannot be read into one of its rows."""
        try:
            return await self._bookings.of_session(current.programme.id, session)
        except UnreadableRow as exc:
            # The others' pages go on; until the row is mended nobody can tell whether there is room.
            step(logger, "a session waits for a row to be mended", level=logging.ERROR, reason=exc.reason)
            return None

    def _offer_is_over(self, wait: Wait | None) -> bool:
        until = wait.offered_until if wait is not None else None
        return until is not None and until <= self._clock.now()

    async def _page(self, current: Current, application: Application, *, note: str = "", problem: str = "") -> OwnPage:
        programme = current.programme
        role = application.role
        groups = _choosable(current, application)
        limited = [s.id for group in groups for s in group.sessions if s.capacity is not None]
        found = await asyncio.gather(*(self._rows_of(current, id_) for id_ in limited))
        rows = dict(zip(limited, found, strict=True))
        asked = application.erasure_asked_at
        ending = is_ending(programme, application, current.closes_at, self._clock.now())
        return OwnPage(
            programme=programme.name,
            name=application.person.full_name,
            reference=application.reference,
            role=programme.model.title(role),
            status=application.status,
            next_step=_SPONSORS_PLACE if has_board(application) else self._next_step(current, application),
            reason=_reason(application),
            manager=application.manager.name,
            problems=tuple((p.title, p.says) for p in application.problems),
            groups=tuple(self._group(current, application, g, rows) for g in groups),
            can_withdraw=application.status in _CAN_WITHDRAW,
            can_name_manager=application.status is Status.AWAITING_MANAGER,
            must_name_manager=application.waits_for_manager_name or application.manager_unreachable,
            contacts=programme.contacts.form_support,
            imprint=programme.imprint,
            note=note,
            problem=problem,
            details=MappingProxyType(details(application)),
            detail_labels=MappingProxyType(LABELS),
            required_details=required_details(programme),
            can_correct=can_correct(application),
            email=application.person.email,
            deletion_asked=wording.day(asked.astimezone(programme.tz).date()) if asked else "",
            branding=programme.branding,
            change_waits=bool(application.changes),
            can_mend=can_mend(application),
            paired=bool(application.pairs),
            left_out=_is_left_out(application) and not ending,
            can_tell=can_tell(application),
            form=programme.imprint.form_link or f"/apply/{programme.id}",
            is_ending=ending,
            can_change_address=application.status not in {Status.WITHDRAWN, Status.ERASED},
        )

    def _group(
        self,
        current: Current,
        application: Application,
        group: SessionGroup,
        rows: Mapping[str, tuple[Booking, ...] | None],
    ) -> GroupChoice:
        picked = still_chosen(ahead_of(group, application), application.chosen)
        mine = attended(current.programme, application).get(group.id, tuple(s.id for s in picked))
        return GroupChoice(
            id=group.id,
            title=group.title,
            required=group.required,
            many=group.attend is not Attendance.ONE_OF,
            all=group.attend is Attendance.ALL_OF,
            sessions=tuple(
                self._choice(current, application, s, chosen=s.id in mine, rows=rows.get(s.id, ()))
                for s in group.sessions
                if not (group.recurring and session_dates.is_over(s, self._clock.now()))
            ),
            note=group.note,
            recurs=group.recurs,
        )

    def _choice(
        self,
        current: Current,
        application: Application,
        session: Session,
        *,
        chosen: bool,
        rows: tuple[Booking, ...] | None,
    ) -> SessionChoice:
        wait, now = wait_for(application, session.id), self._clock.now()
        over = self._offer_is_over(wait)
        wait = None if over else wait
        approved = application.status is Status.APPROVED
        cannot_tell, rows = rows is None, rows or ()
        ahead = session.takes_place and session.starts_at is not None and session.starts_at > now
        offered = wait.offered_until if wait is not None and ahead else None
        booked = chosen and approved and ahead
        confirmed = session.starts_at is not None and application.confirmed.get(session.id) == session.starts_at
        # Before the manager has agreed, what was chosen is not booked, and may have filled up since.
        mine = (chosen and approved) or _has_place(rows, application.reference, offers=not over)
        return SessionChoice(
            id=session.id,
            when=when(current.programme, session),
            place=session.place or "place to be confirmed",
            chosen=chosen,
            problem=_not_possible(session, started=session.takes_place and not ahead)
            or ("cannot be chosen at the moment" if cannot_tell else ""),
            full=ahead
            and not cannot_tell
            and not mine
            and not room(session, rows, application.reference, waited=False),
            waiting=wait is not None and offered is None,
            offered=wording.moment(offered, current.programme.tz) if offered else "",
            can_confirm=booked and not confirmed,
            confirmed=booked and confirmed,
            assigned=chosen and not any(session.id in picked for picked in application.chosen.values()),
            undated=not session.takes_place and session.status is not SessionStatus.CANCELLED,
        )

    def _next_step(self, current: Current, application: Application) -> str:
        """What happens next, in words for the applicant."""
        zone, releaser = current.programme.tz, current.programme.model.releaser
        contact = current.programme.contacts.how
        match application.status:
            case Status.AWAITING_MANAGER if application.manager_unreachable:
                return (
                    f"Our email to your {releaser} came back. Give us an address that works, so that we can ask them."
                )
            case Status.AWAITING_MANAGER if application.waits_for_manager_name:
                return f"Tell us who your {releaser} is, so that we can ask them to release you."
            case Status.AWAITING_MANAGER:
                last = deadline(current.programme, application, current.closes_at)
                until = f" They can answer until {wording.day(last.astimezone(zone).date())}." if last else ""
                asked = application.manager.name or f"your {releaser}"
                return f"We have asked {asked} to release you for the programme.{until}"
            case Status.APPROVED:
                return _with_a_place(current.programme, application)
            case Status.DECLINED:
                return f"Your {releaser} could not release you. Talk to them, or {contact} about the next cohort."
            case Status.NEEDS_CORRECTION:
                here = can_mend(application)
                mend = "Correct them here: all your other answers are kept." if here else "Fill in the form again."
                return f"Some answers could not be accepted. {mend}"
            case Status.NEEDS_DECISION | Status.LATE:
                return "The programme team will look at your application and tell you what they decide."
            case Status.NOT_THIS_COHORT:
                return "This cohort is not open to your area or organisation. We would love to hear from you next time."
            case Status.LAPSED if application.waits_for_manager_name:
                return f"We did not hear in time who your {releaser} is. If you would like to take part, {contact}."
            case Status.LAPSED:
                return f"Your {releaser} did not answer in time. If you would still like to take part, {contact}."
            case Status.WITHDRAWN | Status.ERASED:
                return "Nothing more will happen. You can apply again at any time while applications are open."


def _with_a_place(programme: Programme, application: Application) -> str:
    if application.no_partner_at is not None and not application.pairs:
        return "We found no partner for you this time. You come first when pairs are made in the next cohort."
    to_choose = undecided_groups(programme, application)
    if to_choose:
        titles = wording.listed([group.title for group in to_choose])
        return f"Your place is confirmed. You still need a date for: {titles}. Your dates are below."
    groups = groups_of(programme, application)
    if any(group.required for group in groups):
        return "Your place is confirmed. Your training session and later dates are below."
    return f"Your place is confirmed.{' Your dates are below.' if groups else ''}"


def _is_left_out(application: Application) -> bool:
    """Whether pairs were published without the person, and they wait for the next round."""
    waits = application.status is Status.APPROVED and application.no_partner_at is None and not application.pairs
    return waits and application.left_out_at is not None


def _cannot_change(current: Current) -> str:
    return f"The {current.programme.model.releaser} cannot be changed at the moment."


def _has_place(rows: Iterable[Booking], reference: str, *, offers: bool) -> bool:
    """Whether a place is the person's; a place that is only ``offers`` counts if the offer is still open."""
    counted = TAKEN if offers else TAKEN - {BookingStatus.OFFERED}
    return any(row.reference == reference and row.status in counted for row in rows)


def _asked_too_many(current: Current) -> str:
    how = current.programme.contacts.how
    return f"Several people have been asked for you already. {how[:1].upper()}{how[1:]}: we help you."


def _reason(application: Application) -> str:
    request = application.request
    return request.reason if request and application.status is Status.DECLINED else ""


def _choosable(current: Current, application: Application) -> list[SessionGroup]:
    if application.role is None or application.status not in _CAN_CHOOSE:
        return []
    groups = groups_of(current.programme, application)
    if application.status is Status.AWAITING_MANAGER:
        return [g for g in groups if g.required and g.if_not_chosen == "ask"]
    return list(groups)


def _not_possible(session: Session, *, started: bool) -> str:
    if started:
        return "already started"
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
