"""What a mail says, decided when its draft is made: the state is read again, and a mail no longer owed is not written.

A line manager's mail is made from ``ManagerView``, which has no place for lived experience; ports that could read it
are not passed in here at all.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.domain import wording
from shared.domain.answers import email_key
from shared.domain.application import Application, ManagerRequest, Status, is_late
from shared.domain.approval import deadline, passed_on_by
from shared.domain.closing import ProgrammeStatus
from shared.domain.eligibility import judge
from shared.domain.enrolment import attended, still_ahead, still_chosen, undecided_groups
from shared.domain.limits import too_many_until
from shared.domain.outbox import TOLD, Message
from shared.domain.owed import About, Kind, Mail, To, owed_to_application, owed_to_pair
from shared.domain.pairs import CheckIn, Pair
from shared.domain.programme import Attendance, Branding, Programme, Role, Session
from shared.domain.references import Link, Purpose, token_hash
from shared.domain.release import Release, dates_of, release, when
from shared.domain.text import theirs
from shared.errors import UnreadableRow
from shared.log import step
from shared.ports import Applications, CheckIns, Clock, Letter, Links, Messages, Renderer
from shared.services.earlier import EarlierBook
from shared.services.lanes import Lanes
from shared.services.pair_book import PairBook
from shared.services.programmes import Current, Programmes
from shared.services.reports import Reports
from shared.services.retention import Retention
from shared.services.settling import decision_page, own_page
from shared.services.tokens import Tokens

logger = logging.getLogger(__name__)

_WHEN_MENDED = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NotOwed:
    """The mail must not go: ``because`` says why, for administrators."""

    because: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """The mail is due later than its row says: the closing date was moved, or there were enough of its kind today."""

    due: datetime


Composed = Letter | NotOwed | NotYet


@dataclass(frozen=True, slots=True)
class ManagerView:
    """Everything a line manager's mail or page may say about an applicant.

    ``passed_on``: another manager named this one, not the applicant.
    """

    applicant: str
    manager: str
    role: str
    programme: str
    host: str
    release: Release
    answer_by: str
    link: str
    contacts: Sequence[str]
    branding: Branding = "nhs"
    passed_on: bool = False


def manager_view(
    programme: Programme, application: Application, closes_at: datetime | None, request: ManagerRequest, *, link: str
) -> ManagerView:
    """The view of one request, for the manager whom it asks."""
    role = application.role or Role.MENTEE
    last = deadline(programme, application, closes_at)
    return ManagerView(
        applicant=theirs(application.person.full_name),
        manager=theirs(request.manager.name),
        role=programme.roles[role].title,
        programme=programme.name,
        host=programme.host,
        release=release(programme, role, application.chosen, let_in_at=application.let_in_at),
        answer_by=wording.day(last.astimezone(programme.tz).date()) if last else "",
        link=link,
        contacts=programme.contacts.form_support,
        branding=programme.branding,
        passed_on=passed_on_by(application, request) is not None,
    )


class Letters:
    """Composes the mail of a message, or says why it must not go."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        messages: Messages,
        checkins: CheckIns,
        pairs: PairBook,
        reports: Reports,
        earlier: EarlierBook,
        retention: Retention,
        links: Links,
        renderer: Renderer,
        tokens: Tokens,
        admin_email: str,
        lanes: Lanes,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._messages = messages
        self._checkins = checkins
        self._pairs = pairs
        self._reports = reports
        self._earlier = earlier
        self._retention = retention
        self._links = links
        self._renderer = renderer
        self._tokens = tokens
        self._admin_email = admin_email
        self._lanes = lanes
        self._clock = clock

    async def compose(self, message: Message) -> Composed:
        """The letter of a message as things stand now."""
        current = await self._programmes.current(message.programme)
        if current is None:
            return NotOwed("the programme is no longer set up")
        tokens = self._tokens.noting()
        try:
            composed = await self._compose(current, message, tokens)
            if isinstance(composed, Letter):
                others = (await self._messages.of(message.programme, message.subject)).values()
                until = too_many_until(current.programme, message, others, self._clock.now())
                composed = composed if until is None else NotYet(until)
        except UnreadableRow as exc:
            # It is owed still, for all that anybody can tell; the digest asks for the row to be mended.
            step(logger, "a mail waits", level=logging.ERROR, message=message.id, reason=exc.reason)
            return NotYet(self._clock.now() + _WHEN_MENDED)
        if self._tokens.renewed:
            # The key may have changed since the link was stored, and no mail may hold one that opens nothing.
            for link in tokens.given:
                await self._links.put(token_hash(tokens(link)), link)
        return composed

    async def _compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        match message.about:
            case About.APPLICATION:
                return await self._about_application(current, message, tokens)
            case About.PAIR:
                return await self._about_pair(current, message, tokens)
            case About.PROGRAMME:
                return await self._about_programme(current, message)
            case About.EARLIER:
                return await self._about_earlier(current, message, tokens)
            case About.SESSION | About.MAILBOX | About.UPKEEP:
                return NotOwed("nobody is written to about this")

    async def _about_application(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        stored = await self._applications.get(message.programme, message.subject)
        if stored is None:
            return NotOwed("the application is gone")
        application = stored.value
        owed = owed_to_application(current.programme, application, current.closes_at)
        refused = await self._refused(message, owed.mails)
        if refused is not None:
            return refused
        if self._superseded(message, owed.mails):
            return NotOwed("a later reminder is due already")
        if message.to is To.MANAGER:
            return self._to_manager(current, application, message, tokens)
        values = applicant_values(current, application, tokens)
        if message.kind in {Kind.PLACE_OFFERED, Kind.OFFER_ENDED}:
            values |= offer_values(current.programme, application, message.detail)
        if message.kind is Kind.LAPSED:
            values["reminded"] = await self._was_reminded(application)
        return self._letter(current, message, (application.person.email,), values)

    def _superseded(self, message: Message, owed: Sequence[Mail]) -> bool:
        """Whether a reminder waited so long that the next one is due: two at once help nobody."""
        if message.kind is not Kind.APPROVAL_REMINDER:
            return False
        now = self._clock.now()
        due = {m.id: m.due for m in owed if m.kind is message.kind and m.due <= now}
        return any(at > due[message.id] for at in due.values())

    async def _refused(self, message: Message, owed: Sequence[Mail]) -> NotOwed | NotYet | None:
        mail = next((m for m in owed if m.id == message.id), None)
        if mail is None:
            return NotOwed("things changed before it was written")
        if mail.due.replace(microsecond=0) > self._clock.now():
            return NotYet(mail.due)
        if mail.only_after:
            before = await self._messages.get(message.programme, mail.only_after)
            if before is None or before.value.status not in TOLD:
                return NotOwed("the mail it refers to was never sent")
        return None

    async def _was_reminded(self, application: Application) -> bool:
        """Whether a reminder to the manager in charge has left: a request may end before the first is due."""
        same = email_key(application.manager.email)
        theirs = {str(r.number) for r in application.requests if email_key(r.manager.email) == same}
        messages = (await self._messages.of(application.programme, application.reference)).values()
        reminders = (m for m in messages if m.kind is Kind.APPROVAL_REMINDER and m.detail in theirs)
        return any(m.status in TOLD for m in reminders)

    def _to_manager(
        self, current: Current, application: Application, message: Message, tokens: Tokens
    ) -> Letter | NotOwed:
        request = next((r for r in application.requests if str(r.number) == message.detail), None)
        if request is None:
            return NotOwed("the request is gone")
        view = manager_view(
            current.programme,
            application,
            current.closes_at,
            request,
            link=tokens.url(decision_page(application, request.number)),
        )
        approved = application.request is not None and application.request.answered_at is not None
        return self._letter(current, message, (request.manager.email,), {"view": view, "was_approved": approved})

    async def _about_pair(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        pair = await self._pairs.readable_pair(message.programme, message.subject)
        if pair is None:
            return NotOwed("the pair is gone")
        checkins = await self._checkins.of_pair(pair.programme, pair.id)
        owed = owed_to_pair(current.programme, pair, checkins)
        refused = await self._refused(message, owed.mails)
        if refused is not None:
            return refused
        people = {role: await self._applications.get(pair.programme, pair.reference_of(role)) for role in Role}
        mentor, mentee = people[Role.MENTOR], people[Role.MENTEE]
        if mentor is None or mentee is None:
            return NotOwed("one of the two applications is gone")
        if any(person.value.status is not Status.APPROVED for person in (mentor, mentee)):
            return NotOwed("one of the two is no longer taking part")
        role = Role(message.detail.rpartition(".")[2])
        me, partner = (mentor.value, mentee.value) if role is Role.MENTOR else (mentee.value, mentor.value)
        checkin = next((c for c in checkins if f"{c.meeting}.{c.role}" == message.detail), None)
        values = pair_values(current.programme, pair, me, partner, checkin, tokens)
        return self._letter(current, message, (me.person.email,), values)

    async def _about_earlier(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        link = Link(Purpose.RETURNING, message.programme, message.subject, 1, message.detail)
        found = await self._earlier.find(link)
        if found is None:
            return NotOwed("nothing is stored of a person with this key")
        programme = current.programme
        values = {
            "name": theirs(found.details.full_name),
            "programme": programme.name,
            "host": programme.host,
            "cohort": found.cohort,
            "closes": wording.moment(current.closes_at, programme.tz) if current.closes_at else "",
            "closed": current.row.status is ProgrammeStatus.CLOSED,
            "link": tokens.url(link),
            "days": programme.links.days_of_a_new_link,
            "contacts": programme.contacts.returning_participants or programme.contacts.form_support,
        }
        return self._letter(current, message, (found.details.email,), values)

    async def _about_programme(self, current: Current, message: Message) -> Composed:
        values: Mapping[str, Any] | None
        match message.kind:
            case Kind.CLOSING_SUMMARY:
                values = await self._reports.closing_summary(current)
            case Kind.DIGEST:
                values = await self._reports.digest(current)
            case Kind.PARKED:
                values = await self._reports.parked(current)
            case Kind.FORM_CHANGED:
                values = await self._reports.form_changed(current)
            case Kind.HELD_BACK:
                values = await self._reports.held_back(current)
            case Kind.RETENTION:
                values = await self._retention.notice(current)
            case _:
                return NotOwed("nobody writes this kind of mail about a programme")
        if values is None:
            return NotOwed("there is nothing to tell any more")
        return self._letter(current, message, (self._admin_email,), values)

    def _letter(self, current: Current, message: Message, to: tuple[str, ...], values: Mapping[str, Any]) -> Letter:
        mailbox = self._lanes.mailbox(current.programme)
        subject, html = self._renderer.mail(message.kind.value, {**values, "mailbox": mailbox})
        about = f"{message.programme} {message.id} {message.generation}"
        return Letter(key=message_key(message), to=to, subject=subject, html=html, about=about)


def applicant_values(current: Current, application: Application, tokens: Tokens) -> dict[str, Any]:
    """What a mail to an applicant may say."""
    programme, request = current.programme, application.request
    role = application.role
    last = deadline(programme, application, current.closes_at)
    first_asked = passed_on_by(application, request) if request else None
    return {
        "name": theirs(application.person.full_name),
        "reference": application.reference,
        "programme": programme.name,
        "host": programme.host,
        "role": programme.roles[role].title if role else "",
        "manager": theirs(application.manager.name),
        "let_in": _let_in(current, application),
        "passed_on": first_asked is not None,
        "named_by": theirs(first_asked.name) if first_asked else "",
        "manager_agreed": application.manager_agreed,
        "reason": request.reason if request and application.status is Status.DECLINED else "",
        "problems": application.problems,
        "still_in_force": application.status is Status.AWAITING_MANAGER,
        "over": application.status in {Status.DECLINED, Status.LAPSED, Status.WITHDRAWN},
        "closes": wording.moment(current.closes_at, programme.tz) if current.closes_at else "",
        "closed": current.row.status is ProgrammeStatus.CLOSED,
        "unreachable": application.manager_unreachable,
        "nobody_named": application.waits_for_manager_name,
        "asked_nobody": request is not None and request.asks_nobody,
        "asked_before": any(not earlier.asks_nobody for earlier in application.requests[:-1]),
        "answer_by": wording.day(last.astimezone(programme.tz).date()) if last else "",
        "asked_again": request is not None and request.number > 1 and _asked_same_before(application),
        "chosen": [
            when(programme, session)
            for group in programme.groups
            for session in still_chosen(still_ahead(group, application.let_in_at), application.chosen)
        ],
        "sessions": session_lines(programme, application),
        "waiting": waiting_lines(programme, application),
        "to_choose": [g.title for g in undecided_groups(programme, application)],
        "optional_groups": [
            {"title": g.title, "dates": dates_of(programme, still_ahead(g, application.let_in_at))}
            for g in (programme.groups_for(role) if role else ())
            if not g.required and g.attend is Attendance.ANY_OF
        ],
        "meetings": programme.meetings,
        "link": (page := tokens.url(own_page(application))),
        "change_link": f"{page}?step=change",
        "contacts": programme.contacts.form_support,
    }


def pair_values(
    programme: Programme, pair: Pair, me: Application, partner: Application, checkin: CheckIn | None, tokens: Tokens
) -> dict[str, Any]:
    """What a mail to one of a pair may say: about the partner nothing but name, job and address."""
    my_role = me.role or Role.MENTEE
    their_role = Role.MENTEE if my_role is Role.MENTOR else Role.MENTOR
    return {
        "name": theirs(me.person.full_name),
        "reference": me.reference,
        "programme": programme.name,
        "role": programme.roles[my_role].title,
        "partner": theirs(partner.person.full_name),
        "partner_role": programme.roles[their_role].title,
        "partner_job": theirs(partner.person.job_title),
        "partner_organisation": theirs(partner.person.organisation),
        "partner_email": partner.person.email,
        "start": wording.day(pair.start),
        "meetings": programme.meetings,
        "meeting": checkin.meeting if checkin else 0,
        "link": tokens.url(check_in_page(checkin)) if checkin else tokens.url(own_page(me)),
        "own_page": tokens.url(own_page(me)),
        "contacts": programme.contacts.form_support,
    }


def _let_in(current: Current, application: Application) -> str:
    """Why somebody was let in who first heard that this was undecided: 'late' or 'decided'; '' if nobody had to.

    With a closing date that was extended nobody is late any more: who needed no decision can only have been late.
    """
    if application.let_in_at is None:
        return ""
    person = application.person
    eligible = judge(current.programme, area=person.area, sector=person.sector).answer == "eligible"
    return "late" if eligible or is_late(application.counts_from, current.closes_at) else "decided"


def _asked_same_before(application: Application) -> bool:
    earlier = {email_key(r.manager.email) for r in application.requests[:-1]}
    return email_key(application.manager.email) in earlier


def session_lines(programme: Programme, application: Application) -> list[dict[str, str]]:
    """The sessions an approved person attends, in words."""
    booked = attended(programme, application)
    return [
        _session_line(programme, group.title, session)
        for group in programme.groups
        for session in group.sessions
        if session.id in booked.get(group.id, ())
    ]


def waiting_lines(programme: Programme, application: Application) -> list[str]:
    """The sessions a person is on the waiting list of, in words."""
    sessions = [(w, programme.session(w.session)) for w in application.waits if w.over_at is None]
    groups = {s.id: g.title for g in programme.groups for s in g.sessions}
    return [f"{groups[s.id]}: {when(programme, s)}" for _, s in sessions if s is not None]


def offer_values(programme: Programme, application: Application, session_id: str) -> dict[str, Any]:
    """What a mail about an offered place says of it."""
    session, group = programme.session(session_id), programme.group_of(session_id)
    wait = next((w for w in application.waits if w.session == session_id), None)
    ends = wait.offered_until if wait else None
    return {
        "session": _session_line(programme, group.title, session) if session and group else None,
        "offer_ends": wording.moment(ends, programme.tz) if ends else "",
        "moves": group is not None
        and group.attend is Attendance.ONE_OF
        and group.id in attended(programme, application),
    }


def _session_line(programme: Programme, title: str, session: Session) -> dict[str, str]:
    return {"title": title, "when": when(programme, session), "place": session.place or "place to be confirmed"}


def message_key(message: Message) -> str:
    """The key that a mail carries for life: the same for every try, another one after it was cancelled and revived."""
    return str(uuid5(NAMESPACE_URL, f"mentoring/{message.programme}/{message.id}/{message.generation}"))


def check_in_page(checkin: CheckIn) -> Link:
    """The link to one person's check-in about one meeting."""
    return Link(Purpose.CHECK_IN, checkin.programme, checkin.pair, 1, f"{checkin.meeting}.{checkin.role}")
