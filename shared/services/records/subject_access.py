"""Everything held about one person, for that person alone: it is given out on their own page and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from shared.domain import wording
from shared.domain.application import Application
from shared.domain.earlier import Earlier
from shared.domain.enrolment import Booking
from shared.domain.fields import Kept
from shared.domain.outbox import FINISHED, Message
from shared.domain.pairs import CheckIn
from shared.domain.programme import Programme
from shared.domain.release import when
from shared.errors import UnreadableSubmission
from shared.ports import Bodies, Clock, LivedExperience
from shared.services.applications.participation import OwnPages
from shared.services.applications.reading import option_text, read, says, told_of_form, told_of_life
from shared.services.form.earlier import EarlierBook
from shared.services.pairs.evaluations import EvaluationService
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.lived_experience import LivedExperiences
from shared.stores.messages import Messages

_SOURCES = {
    "own": "our own form",
    "returning": "the page for people who took part before",
    "msforms": "Microsoft Forms",
    "google": "Google Forms",
    "smartsurvey": "SmartSurvey",
    "gravity": "Gravity Forms",
    "govuk": "GOV.UK Forms",
    "typeform": "Typeform",
    "tally": "Tally",
    "jotform": "Jotform",
    "standard": "the programme's form",
}

type Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One heading, and below it facts by name; ``entries`` has several of them where a table has several rows."""

    title: str
    entries: tuple[Facts, ...]


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is held, in words. ``made`` says when it was put together."""

    programme: str
    made: str
    sections: tuple[Section, ...]
    contacts: tuple[str, ...]


class SubjectAccess:
    """Gathers what the tables hold about a person.

    Raw bodies are left out, since one may hold other people's answers; but for the forms that wait for the person's
    word, of which nothing else says what they hold.
    """

    def __init__(
        self,
        *,
        pages: OwnPages,
        lived_experience: LivedExperiences,
        bookings: Bookings,
        messages: Messages,
        checkins: CheckIns,
        bodies: Bodies,
        book: EarlierBook,
        evaluations: EvaluationService,
        clock: Clock,
    ) -> None:
        self._pages = pages
        self._lived_experience = lived_experience
        self._bookings = bookings
        self._messages = messages
        self._checkins = checkins
        self._bodies = bodies
        self._book = book
        self._evaluations = evaluations
        self._clock = clock

    async def behind(self, token: str) -> OwnData | None:
        """Returns what is held of the person whose own page a link opens; None if it opens nothing."""
        found = await self._pages.behind(token)
        return await self.of(*found) if found else None

    async def of(self, programme: Programme, application: Application) -> OwnData:
        """Everything about one application. The check-ins of the whole programme are read for it."""
        reference = application.reference
        lived = await self._lived_experience.get(programme.id, reference)
        sessions = [s.id for g in programme.groups for s in g.sessions]
        bookings = [await self._bookings.get(programme.id, session, reference) for session in sessions]
        messages = await self._messages.of(programme.id, reference)
        checkins = [c for c in (await self._checkins.readable(programme.id))[0] if c.reference == reference]
        earlier = await self._book.row(application.person.email)
        sections = (
            Section("Your application", (_application(programme, application),)),
            Section("What you told us about yourself", (_lived(programme, lived),) if lived else ()),
            Section("Forms in your name that wait for you", await self._waiting(programme, application)),
            Section("What your line manager was asked and answered", _requests(programme, application)),
            Section("Your sessions", tuple(_booking(programme, b) for b in bookings if b is not None)),
            Section("Your check-ins", tuple(_checkin(programme, c) for c in checkins)),
            Section("What you answered about the programme", await self._evaluated(programme, application)),
            Section("Emails about your application", tuple(_message(programme, m) for m in messages.values())),
            Section("What we have of you from an earlier cohort", (_earlier(programme, earlier),) if earlier else ()),
        )
        return OwnData(
            programme=programme.name,
            made=wording.moment(self._clock.now(), programme.tz),
            sections=tuple(s for s in sections if s.entries),
            contacts=programme.contacts.form_support,
        )

    async def _evaluated(self, programme: Programme, application: Application) -> tuple[Facts, ...]:
        evaluation = programme.evaluation
        waves = {wave.id: wave.title for wave in evaluation.waves} if evaluation else {}
        return tuple(
            (("Asked", waves.get(one.wave, one.wave)), *((told.title, told.words) for told in one.told))
            for one in await self._evaluations.of(application)
        )

    async def _waiting(self, programme: Programme, application: Application) -> tuple[Facts, ...]:
        entries = []
        for change in application.changes:
            body = await self._bodies.get(change.content)
            try:
                told = says(programme, read(programme, body)) if body is not None else {}
            except UnreadableSubmission:
                told = {}
            came = {"Received": _at(programme, change.received_at), "Where it came from": _source(change.source)}
            entries.append(_facts({**told, **came}))
        return tuple(entries)


def _source(name: str) -> str:
    return _SOURCES.get(name, name)


def _facts(values: Mapping[str, str]) -> Facts:
    """Names and values in words; what is empty is left out."""
    return tuple((name, value) for name, value in values.items() if value)


def _at(programme: Programme, instant: datetime | None) -> str:
    return wording.moment(instant, programme.tz) if instant else ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _application(programme: Programme, a: Application) -> Facts:
    sessions = (programme.session(s) for ids in a.chosen.values() for s in ids)
    ours = {told: getattr(a, one.name) for one in fields(a) if (told := one.metadata["told"])}
    first = {name: _in_words(programme, ours.pop(name)) for name in ("Reference", "Status", "Reason")}
    return _facts(
        {
            **first,
            **told_of_form(programme, a, Kept.PERSON, Kept.MANAGER, Kept.APPLICATION),
            "Sessions chosen": "; ".join(when(programme, s) for s in sessions if s is not None),
            **{name: _in_words(programme, value) for name, value in ours.items()},
            "Where it came from": _source(a.source),
        }
    )


def _in_words(programme: Programme, value: object) -> str:
    """What stands in a field of ours, as a person reads it; '' for nothing."""
    match value:
        case datetime():
            return _at(programme, value)
        case tuple():
            return " ".join(map(str, value))
        case _:
            return str(value or "")


def _lived(programme: Programme, lived: LivedExperience) -> Facts:
    return _facts(told_of_life(programme, lived))


def _earlier(programme: Programme, earlier: Earlier) -> Facts:
    details = earlier.details
    return _facts(
        {
            "Cohort": earlier.cohort,
            "Full name": details.full_name,
            "Email address": details.email,
            "Job title": details.job_title,
            "Pay band": details.band,
            "Organisation": details.organisation,
            "Kind of organisation": option_text(programme, "sector", details.sector),
            "Area": option_text(programme, "area", details.area),
            "Line manager": details.manager_name,
            "Line manager's email address": details.manager_email,
            "Kept until": wording.day(earlier.keep_until),
        }
    )


def _requests(programme: Programme, application: Application) -> tuple[Facts, ...]:
    return tuple(
        _facts(
            {
                "Who was asked": r.manager.name,
                "Their email address": r.manager.email,
                "Asked": _at(programme, r.asked_at),
                "Answer": r.answer.value.replace("_", " ") if r.answer else "",
                "Reason": r.reason,
                "Answered": _at(programme, r.answered_at),
                "A note to the team": "yes: ask the programme team for it" if r.note else "",
            }
        )
        for r in application.requests
        if not r.asks_nobody
    )


def _booking(programme: Programme, booking: Booking) -> Facts:
    session, group = programme.session(booking.session), programme.group_of(booking.session)
    return _facts(
        {
            "Session": group.title if group else booking.session,
            "When": when(programme, session) if session else "",
            "Status": booking.status.value,
            "Confirmed by you": _yes(booking.confirmed),
            "Answer to the invitation": booking.response,
            "On the waiting list since": _at(programme, booking.since),
        }
    )


def _checkin(programme: Programme, checkin: CheckIn) -> Facts:
    return _facts(
        {
            "Meeting": str(checkin.meeting),
            "Asked": _at(programme, checkin.due_at),
            "Status": checkin.status.value,
            "Met": "" if checkin.met is None else _yes(checkin.met),
            "Met on": wording.day(checkin.met_on) if checkin.met_on else "",
            "Rating": str(checkin.rating or ""),
            "Note": checkin.note,
            "Would like to talk": _yes(checkin.wants_to_talk),
            "Answered": _at(programme, checkin.answered_at),
        }
    )


def _message(programme: Programme, message: Message) -> Facts:
    return _facts(
        {
            "Email": message.kind.value,
            "To": message.to.value,
            "Status": message.status.value,
            "Sent": _at(programme, message.sent_at),
            "Planned for": "" if message.sent_at or message.status in FINISHED else _at(programme, message.due),
        }
    )
