"""Mails to applicants and their managers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain import wording
from shared.domain.answers import email_key
from shared.domain.application import Application, Status
from shared.domain.approval import deadline, passed_on_by, reminders
from shared.domain.closing import is_late
from shared.domain.cohort_model import Releaser, Role
from shared.domain.eligibility import judge
from shared.domain.ending import THANKED_WITHIN
from shared.domain.enrolment import (
    BookingStatus,
    ahead_of,
    attended,
    can_be_chosen,
    still_chosen,
    undecided_groups,
)
from shared.domain.evaluation import asked_until, due_at
from shared.domain.outbox import TOLD, Message, MessageStatus
from shared.domain.owed import JUST_HEARD, Kind, Mail, To, owed_to_application
from shared.domain.pairs import PairStatus
from shared.domain.programme import Attendance, Programme, Session
from shared.domain.release import dates_of, left_of, when
from shared.domain.released import changes
from shared.domain.rhythm import DAYS_APART, days_between, reminder_goes
from shared.domain.text import as_word, theirs
from shared.ports import Clock
from shared.services.applications.corrections import can_mend
from shared.services.applications.manager_view import manager_view
from shared.services.applications.reports import OtherReports, Reports
from shared.services.base.links import decision_page, evaluation_page, join_page, new_address_page, own_page
from shared.services.base.mails import Composed, Draft, NotOwed, NotYet, refusal
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.stores.applications import Applications
from shared.stores.bookings import Bookings
from shared.stores.messages import CalendarStates, Messages
from shared.stores.pairs import Pairs

# Whoever still reads a former address is told nothing but that.
_WITHOUT_LINK = ("name", "programme", "host", "contacts")
_STILL_TRUE = timedelta(days=4)
_REMINDS_FOR = timedelta(hours=12)
_WITH_THE_CALENDAR = timedelta(minutes=1)
_BEHIND_ANOTHER = timedelta(minutes=1)


class ApplicationMails:
    """Composes what is owed about an application."""

    def __init__(
        self,
        *,
        applications: Applications,
        messages: Messages,
        states: CalendarStates,
        bookings: Bookings,
        reports: Reports,
        pairs: Pairs,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._messages = messages
        self._states = states
        self._bookings = bookings
        self._reports = reports
        self._pairs = pairs
        self._clock = clock

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """See ``Composer``."""
        stored = await self._applications.get(message.programme, message.subject)
        if stored is None:
            return NotOwed("the application is gone")
        application = stored.value
        owed = owed_to_application(current.programme, application, current.closes_at)
        refused = await refusal(message, owed.mails, self._messages, self._clock.now())
        if refused is not None:
            return refused
        refused = await self._refused_now(current, application, message)
        if refused is not None:
            return refused
        if message.kind is Kind.APPROVAL_REMINDER:
            return await self._reminder(current, application, message, owed.mails, tokens)
        if message.kind is Kind.RELEASE_CHANGED:
            return await self._release_changed(current, application, message, tokens)
        if message.kind is Kind.EVALUATION:
            return self._evaluation(current, application, message, tokens)
        if message.to is To.MANAGER:
            return self._to_manager(current, application, message, tokens)
        values = applicant_values(current, application, tokens)
        match message.kind:
            case Kind.PLACE_OFFERED | Kind.OFFER_ENDED:
                values |= offer_values(current.programme, application, message.detail)
            case Kind.SESSION_CANCELLED:
                values |= cancellation_values(current.programme, message.detail, self._clock.now())
            case Kind.THANKS:
                values |= {"end_link": f"{values['link']}?step=end", "certificates": current.programme.certificate}
            case Kind.SESSION_TOMORROW:
                values |= reminder_values(current.programme, message.detail)
            case Kind.LAPSED:
                values["reminded"] = await self._was_reminded(application)
        if message.kind is Kind.CONFIRM_ADDRESS:
            values["link"] = tokens.url(new_address_page(application))
            return Draft((application.new_email,), values)
        if message.kind is Kind.ADDRESS_LEFT:
            return Draft((application.former_email,), {name: values[name] for name in _WITHOUT_LINK})
        return Draft((application.person.email,), values)

    def _evaluation(self, current: Current, application: Application, message: Message, tokens: Tokens) -> Composed:
        """The mail that asks for an evaluation, by day on a working day; not long after it was due."""
        programme, now = current.programme, self._clock.now()
        wave = programme.evaluation.wave(message.detail) if programme.evaluation else None
        due = due_at(programme, application, wave) if wave else None
        if wave is None or due is None:
            return NotOwed("it is not asked any more")
        if now > asked_until(due):
            return NotOwed("it was due too long ago to ask now")
        if not_yet := self._not_by_day(current, message):
            return not_yet
        link = tokens.url(evaluation_page(application, wave.id))
        values = applicant_values(current, application, tokens)
        return Draft((application.person.email,), values | {"evaluation_link": link, "wave": wave.title})

    async def _refused_now(
        self, current: Current, application: Application, message: Message
    ) -> NotOwed | NotYet | None:
        """Why a mail that is owed does not go at this moment all the same, None if it does."""
        match message.kind:
            case Kind.SESSION_CANCELLED:
                return await self._cancellation_refused(current, message.detail)
            case Kind.SESSION_TOMORROW:
                return await self._not_reminded(current, application, message)
            case Kind.THANKS if message.due + THANKED_WITHIN < self._clock.now():
                return NotOwed("it was due too long ago to thank now")
            case Kind.NO_PARTNER_YET if message.due + _STILL_TRUE < self._clock.now():
                return NotOwed("it is long past, and the next one says the same")
            case Kind.NO_PARTNER_YET:
                heard = await self._heard_of_partner(application, message.due)
                return heard or self._not_by_day(current, message)
            case Kind.THANKS:
                return self._not_by_day(current, message)
            case _:
                return None

    def _not_by_day(self, current: Current, message: Message) -> NotYet | None:
        """When a mail that is late, as after an outage, goes instead: nobody is written to at night or on a day off."""
        now = self._clock.now()
        goes = reminder_goes(current.programme.tz, due=message.due, asked=None, before=(), now=now)
        return NotYet(goes) if goes is not None and goes > now else None

    async def _heard_of_partner(self, application: Application, due: datetime) -> NotOwed | None:
        """Why somebody is not told that there is no partner yet: one is offered to them, or they have just lost one."""
        for row in await self._pairs.of_person(application.programme, application.reference):
            if as_word(row.status, PairStatus) is PairStatus.OFFERED and row.offered_at is not None:
                return NotOwed("a partner is offered to them")
            over = max((at for at in (row.declined_at, row.ended_at) if at is not None), default=None)
            if over is not None and due < over + JUST_HEARD:
                return NotOwed("they have just heard that we look for another partner")
        return None

    async def _reminder(
        self, current: Current, application: Application, message: Message, owed: Sequence[Mail], tokens: Tokens
    ) -> Composed:
        """The reminder to a manager. Whoever is asked about several people gets one that names all of them."""
        others = await self._reports.beside(application, message)
        refused = await self._reminder_refused(current, application, message, owed, others)
        if refused is not None:
            return refused
        draft = self._to_manager(current, application, message, tokens)
        if isinstance(draft, NotOwed):
            return draft
        views = [
            manager_view(
                current.programme,
                other,
                current.closes_at,
                other.requests[-1],
                link=tokens.url(decision_page(other, other.requests[-1].number)),
                now=self._clock.now(),
            )
            for other in others.waiting
        ]
        return replace(draft, values={**draft.values, "beside": views})

    async def _reminder_refused(
        self,
        current: Current,
        application: Application,
        message: Message,
        owed: Sequence[Mail],
        others: OtherReports,
    ) -> NotOwed | NotYet | None:
        """Why a reminder does not go now: it waited so long that the next one is due, or it would disturb."""
        programme, now = current.programme, self._clock.now()
        due = {m.id: m.due for m in owed if m.kind is message.kind and m.due <= now}
        if any(at > due[message.id] for at in due.values()):
            return NotOwed("a later reminder is due already")
        sent = await self._messages.of(application.programme, application.reference)
        told = [m for m in sent.values() if m.status in TOLD and m.detail == message.detail and m.id != message.id]
        reminded = [m for m in told if m.kind is message.kind]
        this = next(r for r in reminders(programme, application, current.closes_at) if r.at == due[message.id])
        if any(m.due == this.wanted for m in reminded):
            return NotOwed("it went under an earlier name")
        asked = next((m.sent_at for m in told if m.kind is Kind.APPROVAL_REQUEST), None)
        if others.in_hand:
            return NotYet(now + _BEHIND_ANOTHER)
        # What reminded of somebody else has named this one too, if the manager had been asked about both.
        named = (at for at in others.reminded if asked is not None and at > asked)
        if any(days_between(at, now, programme.tz) < DAYS_APART for at in named):
            return NotOwed("the reminder of somebody else named them too")
        goes = reminder_goes(
            programme.tz,
            due=due[message.id],
            asked=asked,
            before=[m.sent_at for m in reminded if m.sent_at is not None],
            now=now,
            last=deadline(programme, application, current.closes_at),
        )
        if goes is None:
            return NotOwed("the manager has only just been written to")
        return NotYet(goes) if goes > now else None

    async def _release_changed(
        self, current: Current, application: Application, message: Message, tokens: Tokens
    ) -> Draft | NotOwed:
        """Word that released dates are others, compared with what the manager was told last, if that is still so."""
        sent = await self._messages.of(application.programme, application.reference)
        start = message.id.rpartition(".")[0]
        known, *_ = application.released
        for released in application.released:
            before = sent.get(f"{start}.{released.number}")
            if before is not None and before.status in TOLD:
                known = released
        changed = changes(current.programme, application, known.dates, self._clock.now())
        if not changed:
            return NotOwed("the manager knows these dates")
        draft = self._to_manager(current, application, message, tokens)
        return draft if isinstance(draft, NotOwed) else replace(draft, values={**draft.values, "changes": changed})

    async def _cancellation_refused(self, current: Current, session_id: str) -> NotOwed | NotYet | None:
        """Why nobody is told yet, or any more, that a session is cancelled.

        The mail goes with the cancellation, which waits for administrators to stop typing.
        """
        session, now = current.programme.session(session_id), self._clock.now()
        if session is not None and session.starts_at is not None and session.starts_at <= now:
            return NotOwed("the session would have begun by now")
        stored = await self._states.get(current.programme.id, session_id)
        state = stored.value if stored else None
        if state is None or not state.event or state.cancelled or state.status is MessageStatus.PARKED:
            return None
        return NotYet(now + _WITH_THE_CALENDAR)

    async def _not_reminded(self, current: Current, application: Application, message: Message) -> NotOwed | None:
        """Why somebody is not reminded of a session: it is too late for that, or they do not come."""
        session_id, now = message.detail.rpartition(" ")[2], self._clock.now()
        session = current.programme.session(session_id)
        if session is None or session.starts_at is None or session.starts_at <= now:
            return NotOwed("the session has begun")
        if message.due + _REMINDS_FOR < now:
            return NotOwed("the day of the reminder is over")
        booking = await self._bookings.get(current.programme.id, session_id, application.reference)
        declined = booking is None or booking.status is not BookingStatus.BOOKED or booking.response == "declined"
        return NotOwed("they do not come") if declined else None

    async def _was_reminded(self, application: Application) -> bool:
        """Whether a reminder to the manager in charge has left: a request may end before the first is due."""
        same = email_key(application.manager.email)
        theirs = {str(r.number) for r in application.requests if email_key(r.manager.email) == same}
        messages = (await self._messages.of(application.programme, application.reference)).values()
        reminders = (m for m in messages if m.kind is Kind.APPROVAL_REMINDER and m.detail in theirs)
        return any(m.status in TOLD for m in reminders)

    def _to_manager(
        self, current: Current, application: Application, message: Message, tokens: Tokens
    ) -> Draft | NotOwed:
        request = next((r for r in application.requests if str(r.number) == message.detail), None)
        if request is None:
            return NotOwed("the request is gone")
        view = manager_view(
            current.programme,
            application,
            current.closes_at,
            request,
            link=tokens.url(decision_page(application, request.number)),
            now=self._clock.now(),
        )
        if message.kind is Kind.RELEASE_NOT_NEEDED:
            # Somebody may withdraw after a session that they were released for.
            role = current.programme.model.known(application.role)
            ahead = left_of(view.release, current.programme, role, application.chosen, self._clock.now())
            view = replace(view, release=ahead)
        approved = application.request is not None and application.request.answered_at is not None
        return Draft((request.manager.email,), {"view": view, "was_approved": approved})


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
        "role": programme.model.title(role),
        "sponsors": application.role is Role.SPONSOR,
        "organisation": theirs(application.person.organisation),
        "join": tokens.url(join_page(application)) if application.role is Role.SPONSOR else "",
        "released": programme.model.released_as(application.role) is not Releaser.NOBODY,
        "asks_date": any(q.field == "training_session" for q in programme.questions),
        "asks_agreed": any(q.field == "manager_agreed" for q in programme.questions),
        "people": programme.model.people,
        "of_equals": programme.model.of_equals,
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
        "closed": current.row.status.takes_applications_no_more,
        "unreachable": application.manager_unreachable,
        "nobody_named": application.waits_for_manager_name,
        "asked_nobody": request is not None and request.asks_nobody,
        "asked_before": any(not earlier.asks_nobody for earlier in application.requests[:-1]),
        "answer_by": wording.day(last.astimezone(programme.tz).date()) if last else "",
        "asked_again": request is not None and request.number > 1 and _asked_same_before(application),
        "chosen": [
            when(programme, session)
            for group in programme.groups
            for session in still_chosen(ahead_of(group, application), application.chosen)
        ],
        "sessions": session_lines(programme, application),
        "waiting": waiting_lines(programme, application),
        "to_choose": [g.title for g in undecided_groups(programme, application) if can_be_chosen(g, application)],
        "no_date": [g.title for g in undecided_groups(programme, application) if not can_be_chosen(g, application)],
        "optional_groups": [
            {"title": g.title, "dates": dates_of(programme, ahead_of(g, application))}
            for g in (programme.groups_for(role) if role else ())
            if not g.required and g.attend is Attendance.ANY_OF
        ],
        "by_place": bool(programme.eligibility),
        "recurring": [
            group
            for group in (programme.groups_for(role) if role else ())
            if group.recurring and group.attend is Attendance.ALL_OF
        ],
        "meetings": programme.meetings.in_words if programme.meetings else "",
        "link": (page := tokens.url(own_page(application))),
        "form": programme.imprint.form_link or tokens.form(programme.id),
        "interest": tokens.interest(programme.id),
        "change_link": f"{page}?step=change",
        "mend_link": f"{page}?step=mend" if can_mend(application) else "",
        "contacts": programme.contacts.form_support,
    }


def _let_in(current: Current, application: Application) -> str:
    """Why somebody was let in who first heard that this was undecided: 'late' or 'decided'; '' if nobody had to.

    With a closing date that was extended nobody is late any more: who needed no decision can only have been late.
    """
    if application.let_in_at is None:
        return ""
    person = application.person
    eligible = (
        judge(current.programme, area=person.area, sector=person.sector, role=application.role).answer == "eligible"
    )
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


def reminder_values(programme: Programme, detail: str) -> dict[str, Any]:
    """What a mail about a session that is about to come says of it. ``detail`` names its group and itself."""
    group_id, _, session_id = detail.partition(" ")
    session, group = programme.session(session_id), next((g for g in programme.groups if g.id == group_id), None)
    choice = group is not None and group.attend is Attendance.ONE_OF and len(group.sessions) > 1
    return {
        "session": _session_line(programme, group.title, session) if session and group else None,
        "day": wording.day(session.starts_at.astimezone(programme.tz).date()) if session and session.starts_at else "",
        "choice": choice,
        "required": group is not None and group.required,
    }


def cancellation_values(programme: Programme, session_id: str, now: datetime) -> dict[str, Any]:
    """What a mail about a cancelled session says of it, and the dates that are left to choose from."""
    session, group = programme.session(session_id), programme.group_of(session_id)
    ahead = [s for s in group.sessions if s.takes_place and s.starts_at and s.starts_at > now] if group else []
    return {
        "session": _session_line(programme, group.title, session) if session and group else None,
        "others": [when(programme, other) for other in ahead],
    }


def _session_line(programme: Programme, title: str, session: Session) -> dict[str, str]:
    return {"title": title, "when": when(programme, session), "place": session.place or "place to be confirmed"}
