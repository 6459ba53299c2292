"""Everything held about one person, for that person alone: it is given out on their own page and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from shared.domain import wording
from shared.domain.application import Application
from shared.domain.cohort_model import Seat
from shared.domain.earlier import Earlier
from shared.domain.enrolment import Booking
from shared.domain.erasing import Person
from shared.domain.fields import Kept
from shared.domain.lived_experience import LivedExperience
from shared.domain.outbox import FINISHED, Message
from shared.domain.pairs import NO_DAY, CheckIn, CheckInStatus, Pair, PairRow
from shared.domain.programme import Programme
from shared.domain.references import read_reference
from shared.domain.release import when
from shared.errors import UnreadableSubmission
from shared.ports import Bodies, Clock
from shared.services.applications.participation import OwnPages
from shared.services.applications.reading import option_text, read, says, told_of_form, told_of_life
from shared.services.form.earlier import EarlierService
from shared.services.form.interest import InterestService
from shared.services.pairs.evaluations import EvaluationService
from shared.services.pairs.rows import PairReader
from shared.stores.audit import Audit, Event
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.commands import Command, Commands
from shared.stores.lived_experience import LivedExperiences
from shared.stores.match_notes import MatchNotes
from shared.stores.messages import Messages
from shared.stores.pairs import Pairs

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


_ASK = "yes: ask the programme team, since it speaks of two people"


class Traces:
    """What else is noted about somebody: their pairs, what was done, what administrators typed, mails about a pair,
    the next cohorts that they wait to hear of.

    Of somebody else it says no more than that there is a partner. Notes for those who match, and the reasons of a pair,
    speak of two people, so a person looks at them before anybody is given them.
    """

    def __init__(
        self,
        *,
        pairs: Pairs,
        reader: PairReader,
        checkins: CheckIns,
        notes: MatchNotes,
        audit: Audit,
        commands: Commands,
        messages: Messages,
        interest: InterestService,
        evaluations: EvaluationService,
    ) -> None:
        self._pairs = pairs
        self._reader = reader
        self._checkins = checkins
        self._notes = notes
        self._audit = audit
        self._commands = commands
        self._messages = messages
        self._interest = interest
        self._evaluations = evaluations

    async def sections(self, programme: Programme, application: Application, now: datetime) -> tuple[Section, ...]:
        """Returns them. Check-ins and pairs of the whole programme are read for it."""
        reference = application.reference
        pairs = [
            (stored.value, seat)
            for stored in await self._pairs.of(programme.id)
            for seat, typed in ((Seat.MENTOR, stored.value.mentor), (Seat.MENTEE, stored.value.mentee))
            if read_reference(typed) == reference
        ]
        mails = [
            message
            for row, seat in pairs
            if row.known_as
            for message in (await self._messages.of(programme.id, row.known_as)).values()
            if message.detail.rpartition(".")[2] == seat  # the others went to their partner
        ]
        found, _ = await self._checkins.readable(programme.id)
        checkins = [checkin for checkin in found if checkin.reference == reference]
        notes = await self._notes.about(programme.id, reference)
        about = {"Notes for those who match pairs": f"{notes}: ask the programme team, since they speak of others too"}
        events = await self._audit.about(programme.id, reference)
        typed = await self._commands.of(Person({reference}, application.person.full_name, application.person.email))
        return (
            Section(
                "Your pairs",
                (*(self._pair(programme, row, seat) for row, seat in pairs), *((_facts(about),) if notes else ())),
            ),
            Section("Your check-ins", tuple(_checkin(programme, checkin, now) for checkin in checkins)),
            Section("What you answered about the programme", await self._evaluated(programme, application)),
            Section("Emails about your pair", _mails(programme, mails)),
            Section("What was done with your application", tuple(_event(programme, event) for event in events)),
            Section("What the team asked the system to do", tuple(_command(one) for one in typed)),
            Section("Cohorts that you wait to hear of", await self._waits(programme, application)),
        )

    async def _waits(self, programme: Programme, application: Application) -> tuple[Facts, ...]:
        return tuple(
            _facts(
                {
                    "Programme": one.programme,
                    "Full name": one.full_name,
                    "Email address": one.email,
                    "Role": one.role or "",
                    "Asked": wording.moment(one.asked_at, programme.tz),
                    "Told": wording.moment(one.told_at, programme.tz) if one.told_at else "",
                    "Kept until": wording.day(one.kept_until),
                }
            )
            for one in await self._interest.of_person(application.person.email)
        )

    async def _evaluated(self, programme: Programme, application: Application) -> tuple[Facts, ...]:
        evaluation = programme.evaluation
        waves = {wave.id: wave.title for wave in evaluation.waves} if evaluation else {}
        return tuple(
            (("Asked", waves.get(one.wave, one.wave)), *((told.title, told.words) for told in one.told))
            for one in await self._evaluations.of(application)
        )

    def _pair(self, programme: Programme, row: PairRow, seat: Seat) -> Facts:
        """A row of ``Pairs``: of one that makes no sense, what was typed."""
        partner = row.mentee if seat is Seat.MENTOR else row.mentor
        pair = self._reader.read(row)
        known = pair if isinstance(pair, Pair) else None
        says = known.says(seat) if known else None
        begins = wording.day(known.start) if known and known.start != NO_DAY else row.start
        return _facts(
            {
                "Your partner's reference": read_reference(partner) or "",
                "Status": row.status,
                "First day": begins,
                "Offered": _at(programme, row.offered_at),
                "Your answer": says.value if says else "",
                "Confirmed": _at(programme, row.confirmed_at),
                "Why, and which rules": _ASK if row.names else "",
            }
        )


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
        bodies: Bodies,
        earlier: EarlierService,
        traces: Traces,
        clock: Clock,
    ) -> None:
        self._traces = traces
        self._pages = pages
        self._lived_experience = lived_experience
        self._earlierings = bookings
        self._messages = messages
        self._bodies = bodies
        self._earlier = earlier
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
        bookings = [await self._earlierings.get(programme.id, session, reference) for session in sessions]
        messages = await self._messages.of(programme.id, reference)
        earlier = await self._earlier.row(application.person.email)
        sections = (
            Section("Your application", (_application(programme, application),)),
            Section("What you told us about yourself", (_lived(programme, lived),) if lived else ()),
            Section("Forms in your name that wait for you", await self._waiting(programme, application)),
            Section(
                programme.model.says("What your line manager was asked and answered"), _requests(programme, application)
            ),
            Section("Your sessions", tuple(_booking(programme, b) for b in bookings if b is not None)),
            Section("Emails about your application", _mails(programme, messages.values())),
            Section("What we have of you from an earlier cohort", (_earlier(programme, earlier),) if earlier else ()),
            *await self._traces.sections(programme, application, self._clock.now()),
        )
        return OwnData(
            programme=programme.name,
            made=wording.moment(self._clock.now(), programme.tz),
            sections=tuple(s for s in sections if s.entries),
            contacts=programme.contacts.form_support,
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
            programme.model.says("Line manager"): details.manager_name,
            programme.model.says("Line manager's email address"): details.manager_email,
            "What you would like": wording.listed([wish.value for wish in earlier.wishes]),
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
            "You were there, as noted": "" if booking.attended is None else _yes(booking.attended),
            "On the waiting list since": _at(programme, booking.since),
        }
    )


def _checkin(programme: Programme, checkin: CheckIn, now: datetime) -> Facts:
    asked = "Will be asked" if checkin.status is CheckInStatus.EXPECTED and checkin.due_at > now else "Asked"
    return _facts(
        {
            "Meeting": str(checkin.meeting),
            asked: _at(programme, checkin.due_at),
            "Status": checkin.status.value,
            "Met": "" if checkin.met is None else _yes(checkin.met),
            "Met on": wording.day(checkin.met_on) if checkin.met_on else "",
            "Rating": str(checkin.rating or ""),
            "Note": checkin.note,
            "Would like to talk": _yes(checkin.wants_to_talk),
            "Answered": _at(programme, checkin.answered_at),
        }
    )


def _mails(programme: Programme, messages: Iterable[Message]) -> tuple[Facts, ...]:
    """In the order of their time."""
    return tuple(_message(programme, m) for m in sorted(messages, key=lambda m: m.sent_at or m.due))


def _event(programme: Programme, event: Event) -> Facts:
    return _facts(
        {
            "When": _at(programme, event.at),
            "Who": event.who,
            "What": event.what,
            "Status before": event.before,
            "Status after": event.after,
        }
    )


def _command(command: Command) -> Facts:
    return _facts({"Command": command.command, "Note": command.note})


def _message(programme: Programme, message: Message) -> Facts:
    return _facts(
        {
            "Email": message.kind.value,
            "To": programme.model.says(message.to.value),
            "Status": message.status.value,
            "Sent": _at(programme, message.sent_at),
            "Planned for": "" if message.sent_at or message.status in FINISHED else _at(programme, message.due),
        }
    )
