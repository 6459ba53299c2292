"""The sections of the digest, by what they are about, and their order."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from shared.domain.application import Application, Status
from shared.domain.cohort_figures import (
    Cohort,
    SessionFigures,
    long_waits_for_managers,
    picture,
    session_name,
    to_note,
    without_partner,
)
from shared.domain.cohort_model import CohortModel, Seat
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.matters import Matter, stage_before
from shared.domain.next_step import by_mail
from shared.domain.outbox import MessageStatus
from shared.domain.pairs import TO_COME, CheckIn, CheckInStatus, PairRow, PairStatus, PartnerAnswer, silent_run
from shared.domain.programme import Programme, Session, SessionStatus
from shared.domain.references import read_reference
from shared.domain.release import when
from shared.domain.text import Ours, as_word
from shared.domain.waiting import has_to_choose_again
from shared.services.mail.calendar import NO_LINK, TOO_MANY
from shared.services.pairs.rows import NO_PROGRAMME
from shared.services.schedule.cohorts import CohortReader
from shared.services.schedule.digest import Day, Picture, Section, Sections
from shared.services.schedule.lists import form_remarks, held_back, held_in_words
from shared.stores.applications import Applications
from shared.stores.approvals import Answered, Approvals
from shared.stores.audit import Audit
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.messages import CalendarStates, Messages
from shared.stores.mistyped import Mistyped
from shared.stores.pairs import Pairs
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions

_LET_THEM_CHOOSE = "They were sent an email with their link to choose another."
_NO_ROW = (
    "{}, {}, has no row in Applications. Erasing leaves one: if nobody deleted it on purpose, tell the people who "
    "run the app at once."
)
_FIND_A_PARTNER = "'draw pairs' in Commands looks for a partner; 'no partner this time' tells them that there is none."
_NOTE_WHO_CAME = "Type yes or no under Attended in Bookings; until then they count as there."
_END_THE_PAIR = (
    "Nobody is asked any more. The other one was told, if they knew of the pair: type 'find another' with their "
    "reference, or set Status in Pairs to ended."
)
_SILENCE = "Write to them; or end the pair in Pairs, or type yes into SilenceKnown there, and you hear no more of it."
_YES_OR_NO = "Type yes or no, or leave it empty; until then it counts as not noted."
_PUT_BACK = "Put back what stood there; until then the app leaves this row alone."
_OLD_COPY = (
    "this is an older version than Audit and Approvals know. Somebody may have put back an old copy. Put back the "
    "newest version, or write to the people concerned."
)
_DECIDE = {
    Status.NEEDS_DECISION: "'admit' or 'withdraw' in Commands.",
    Status.LATE: "'approve late' or 'withdraw' in Commands.",
}


type _Matters = Callable[[Day, Application], list[Matter]]
type _Items = Callable[[Day], Awaitable[Sequence[Matter]]]


class ApplicationSections:
    """What single applications ask for."""

    def __init__(self, applications: Applications) -> None:
        self._applications = applications

    def to_decide(self) -> Section:
        """Returns the section of what waits for a decision, and of whom nobody could be told."""
        return self._each("Applications that need a decision", _to_decide)

    def to_erase(self) -> Section:
        """Returns the section of wishes to be deleted."""
        return self._each("People who ask for their data to be deleted", _to_erase)

    def replies(self) -> Section:
        """Returns the section of replies that somebody has to read."""
        return self._each("Replies by mail", _reply)

    def to_choose(self) -> Section:
        """Returns the section of people whose session was cancelled."""
        return self._each("People who have to choose another date", _to_choose)

    def flagged(self) -> Section:
        """Returns the section of remarks."""
        return self._each("Applications with a remark", _flagged)

    def tests(self) -> Section:
        """Returns the section of trials."""
        return Section("Tests that were sent in", self._matters(_tests), alone=False)

    def changes(self) -> Section:
        """Returns the section of other forms that wait."""
        return Section("Forms in the name of somebody who has applied", self._matters(_changes))

    def _each(self, title: str, matters: _Matters) -> Section:
        return Section(title, self._matters(lambda day, a: [] if a.test else matters(day, a)))

    def _matters(self, matters: _Matters) -> _Items:
        async def items(day: Day) -> list[Matter]:
            every = await day.every(self._applications.all, day.current.programme.id)
            return [matter for application in every for matter in matters(day, application)]

        return items


def _to_decide(_: Day, application: Application) -> list[Matter]:
    if application.status in _DECIDE:
        return [_of(application, f"{application.reason} {_DECIDE[application.status]}", application.status)]
    if application.status is Status.NEEDS_CORRECTION and not application.person.email:
        return [_of(application, "No address could be read, so nobody was told.")]
    return []


def _to_erase(_: Day, application: Application) -> list[Matter]:
    asked = application.erasure_asked_at
    return [] if asked is None else [_of(application, "'erase' in Commands does it.", asked.isoformat())]


def _reply(day: Day, application: Application) -> list[Matter]:
    if application.status is Status.AWAITING_MANAGER and by_mail(application):
        suggestion = application.open_suggestion
        return [_of(application, by_mail(application), suggestion.at.isoformat() if suggestion else "unreachable")]
    replied = application.replied_at
    if replied is None or not day.is_late_news(replied):
        return []
    line = _line(application, "There is a new reply in the mailbox for you to read.")
    return [Matter(f"{application.reference} {replied.isoformat()}", line, once=True)]


def _to_choose(day: Day, application: Application) -> list[Matter]:
    return [
        Matter(
            f"{application.reference} {group.id}",
            _line(application, f"{group.title}: a session was cancelled. {_LET_THEM_CHOOSE}"),
        )
        for group in has_to_choose_again(day.current.programme, application, day.until)
    ]


def _flagged(day: Day, application: Application) -> list[Matter]:
    """Remarks, while the manager is waited for; else on the day after something happened."""
    if not application.flags or application.status in {Status.WITHDRAWN, Status.ERASED}:
        return []
    event = application.last_event
    if application.status is Status.AWAITING_MANAGER or (event is not None and day.is_late_news(event.at)):
        words = " ".join(application.flags)
        return [Matter(application.reference, _line(application, words), state=words, once=True)]
    return []


def _changes(_: Day, application: Application) -> list[Matter]:
    waiting = " ".join(change.received_at.isoformat() for change in application.changes)
    return [_of(application, _waits_for(application), waiting)] if waiting else []


def _tests(day: Day, application: Application) -> list[Matter]:
    if application.test and day.is_late_news(application.received_at):
        line = f"{application.reference}, from {application.source}. Nobody was written to."
        return [Matter(application.reference, line, once=True)]
    return []


def _waits_for(application: Application) -> str:
    count = len(application.changes)
    forms = "Another form waits" if count == 1 else f"{count} forms wait"
    if application.status is Status.ERASED or not application.person.email:
        return f"{forms}; nobody was written to. 'accept change' in Commands takes it in, after 30 days it goes."
    return f"{forms} until they confirm it. 'accept change' in Commands takes it in, after 30 days it goes."


def _of(application: Application, why: str, state: str = "") -> Matter:
    return Matter(application.reference, _line(application, why), state)


def _line(application: Application, why: str) -> str:
    role = f", {application.role}" if application.role else ""
    name = application.person.full_name or "no name"
    return f"{application.reference}, {name}{role} ({application.status}). {why}".strip()


class CohortSections:
    """What the cohort as a whole waits for, from its figures; and how it stands, in words."""

    def __init__(self, cohorts: CohortReader) -> None:
        self._cohorts = cohorts

    def managers(self) -> Section:
        """Returns the section of line managers who were reminded and have not answered."""
        return Section("Line managers who have not answered", self._managers)

    def without_partner(self) -> Section:
        """Returns the section of people who are trained, or could be, and in no pair."""
        return Section("People who are approved and have no partner", self._without_partner)

    def to_note(self) -> Section:
        """Returns the section of sessions that are over, until somebody notes who came."""
        return Section("Sessions that are over: who came?", self._to_note)

    async def picture(self, day: Day) -> Sequence[str]:
        """How the cohort stands, in sentences."""
        return picture(await self._cohorts.of(day))

    async def _managers(self, day: Day) -> list[Matter]:
        cohort = await self._cohorts.of(day)
        return [
            Matter(
                f"{wait.reference} {wait.since.isoformat()}",
                f"{wait.name or cohort.says('The line manager')} of {cohort.name(wait.reference)} ({wait.reference}): "
                f"{_days(wait.days)}. '{wait.command}' in Commands asks again.",
            )
            for wait in long_waits_for_managers(cohort)
        ]

    async def _without_partner(self, day: Day) -> list[Matter]:
        cohort = await self._cohorts.of(day)
        return [
            Matter(wait.reference, _line(cohort.people[wait.reference], _FIND_A_PARTNER))
            for wait in without_partner(cohort)
        ]

    async def _to_note(self, day: Day) -> list[Matter]:
        cohort = await self._cohorts.of(day)
        return [Matter(one.session.id, _who_came(cohort, one)) for one in to_note(cohort)]


def _who_came(cohort: Cohort, one: SessionFigures) -> str:
    number = one.to_note(cohort.now)
    people = "1 person is" if number == 1 else f"{number} people are"
    named = session_name(cohort.programme, one.group, one.session)
    return f"{named} ({one.session.id}): {people} not noted yet. {_NOTE_WHO_CAME}"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


class PairSections:
    """What pairs ask for, until the programme is over."""

    def __init__(self, *, pairs: Pairs, checkins: CheckIns, applications: Applications) -> None:
        self._pairs = pairs
        self._checkins = checkins
        self._applications = applications

    def to_talk(self) -> Section:
        """Returns the section of people who would like to talk."""
        return Section("People who would like to talk to someone", self._to_talk)

    def not_taken(self) -> Section:
        """Returns the section of offers to which somebody has just said no."""
        return Section("Partners to whom somebody said no", self._not_taken)

    def left(self) -> Section:
        """Returns the section of pairs of which one person takes part no longer."""
        return Section("Pairs in which somebody no longer takes part", self._left_matters)

    def quiet(self) -> Section:
        """Returns the section of pairs from which nothing is heard."""
        return Section("Pairs that have gone quiet", self._quiet)

    def to_publish(self) -> Section:
        """Returns the section of pairs that wait for a person to decide."""
        return Section("Pairs that nobody has been told of", self._to_publish)

    async def _to_publish(self, day: Day) -> list[Matter]:
        programme = day.current.programme
        if programme.has_ended(day.current.closes_at, day.until):
            return []
        rows = [row for row in await day.once(self._pairs.all) if row.programme == programme.id]
        waiting = sum(as_word(row.status, PairStatus) in TO_COME for row in rows)
        if not waiting:
            return []
        are = "1 draft or proposed pair waits" if waiting == 1 else f"{waiting} drafts and proposed pairs wait"
        line = f"{are} in Pairs. Read them, then type 'publish pairs' with Note {waiting}."
        return [Matter("to publish", line, state=str(waiting))]

    async def _to_talk(self, day: Day) -> list[Matter]:
        checkins, _ = await day.once(self._checkins.readable, day.current.programme.id)
        after = [Matter(checkin.id, _wants_to_talk(checkin)) for checkin in checkins if checkin.wants_to_talk]
        first = await self._said(day, PairStatus.OFFERED, {PartnerAnswer.TALK})
        return [*after, *(_talks_first(*one) for one in first)]

    async def _not_taken(self, day: Day) -> list[Matter]:
        said = await self._said(day, PairStatus.DECLINED, {PartnerAnswer.NO, PartnerAnswer.KNOW_EACH_OTHER})
        return [_said_no(*one) for one in said if day.is_late_news(one[0].declined_at)]

    async def _said(
        self, day: Day, status: PairStatus, answers: Collection[PartnerAnswer]
    ) -> list[tuple[PairRow, str, PartnerAnswer]]:
        """The rows of that status in which somebody gave such an answer to an offer, with the column that has it."""
        rows = [row for row in await day.once(self._pairs.all) if row.programme == day.current.programme.id]
        return [
            (row, column, answer)
            for row in sorted(rows, key=lambda row: row.key)
            if as_word(row.status, PairStatus) is status
            for column, typed in (("MentorSays", row.mentor_says), ("MenteeSays", row.mentee_says))
            if (answer := as_word(typed, PartnerAnswer)) in answers and answer is not None
        ]

    async def _left_matters(self, day: Day) -> list[Matter]:
        return [Matter(key, line, state=line) for key, line in (await day.once(self._left, day)).items()]

    async def _left(self, day: Day) -> dict[str, str]:
        unreadable = await day.every(self._applications.unreadable, day.current.programme.id)
        return _left(day.current.programme.model, await self._confirmed(day), await self._people(day), unreadable)

    async def _people(self, day: Day) -> dict[str, Application]:
        every = await day.every(self._applications.all, day.current.programme.id)
        return {application.reference: application for application in every}

    async def _confirmed(self, day: Day) -> list[PairRow]:
        programme = day.current.programme
        if programme.has_ended(day.current.closes_at, day.until):
            return []
        rows = await day.once(self._pairs.all)
        return [row for row in rows if row.programme == programme.id and _is_confirmed(row)]

    async def _quiet(self, day: Day) -> list[Matter]:
        left, people = await day.once(self._left, day), await self._people(day)
        checkins, _ = await day.once(self._checkins.readable, day.current.programme.id)
        going_on = [row for row in await self._confirmed(day) if row.key not in left and not row.silence_known]
        return [
            matter
            for row in sorted(going_on, key=lambda row: row.key)
            for matter in _quiet(row, [c for c in checkins if c.pair == row.known_as], day.current.programme, people)
        ]


def _quiet(
    row: PairRow, checkins: Sequence[CheckIn], programme: Programme, people: Mapping[str, Application]
) -> Iterator[Matter]:
    """Who of a pair gave no answer to so many check-ins. Once all are settled, there is nothing to be done about it."""
    if all(checkin.status is not CheckInStatus.EXPECTED for checkin in checkins):
        return
    for seat in Seat:
        run = silent_run(tuple(checkins), seat)
        if run < programme.checkins.silent_in_a_row:
            continue
        reference = next(checkin.reference for checkin in checkins if checkin.seat is seat)
        name = people[reference].person.full_name if reference in people else "no name"
        who = f"{name}, {programme.model.called(seat)}, {reference}"
        line = f"Pair {row.key}: {who}: no answer to the last {run} check-ins. {_SILENCE}"
        yield Matter(f"{row.known_as} {seat}", line, state=str(run))


def _is_confirmed(row: PairRow) -> bool:
    return bool(row.known_as) and row.taken_up


def _is_of(programme: str, row: PairRow, references: Collection[str]) -> bool:
    """Whether a row is this programme's. One in no programme is, if one of its two people applied for this one.

    If it names nobody, any programme may be meant.
    """
    if row.remark != NO_PROGRAMME:
        return row.programme == programme
    people = {reference for reference in map(read_reference, (row.mentor, row.mentee)) if reference}
    return not people or not people.isdisjoint(references)


def _left(
    model: CohortModel, rows: Sequence[PairRow], people: Mapping[str, Application], unreadable: Collection[str]
) -> dict[str, str]:
    """The pairs, by their row, of which one person takes part no longer; with what to do."""
    left: dict[str, str] = {}
    for row in rows:
        for seat, typed in ((Seat.MENTOR, row.mentor), (Seat.MENTEE, row.mentee)):
            reference = read_reference(typed)
            person = people.get(reference or "")
            if reference is None or reference in unreadable or (person and person.status is Status.APPROVED):
                continue
            who = ", ".join(filter(None, (person.person.full_name if person else "", reference)))
            called = model.called(seat)
            said = f"{called}, {who} ({person.status}). {_END_THE_PAIR}" if person else _NO_ROW.format(called, who)
            left[row.key] = f"{left[row.key]} And {said}" if row.key in left else f"Pair {row.key}: {said}"
    return left


def _wants_to_talk(checkin: CheckIn) -> str:
    """Where to look, and no name: the mail is read by more people than the table."""
    where = f"CheckIns, row {checkin.id}. Set its WantsToTalk to false when it is done."
    return Ours(f"{checkin.reference}, after meeting {checkin.meeting}: {where}")


def _talks_first(row: PairRow, column: str, _: PartnerAnswer) -> Matter:
    line = (
        f"Pair {row.key}, {column}: they would like to talk before they say yes or no to this partner. Get in touch "
        "with them alone. Nothing is decided until they answer on their page, and the other one is not told."
    )
    return Matter(f"{row.known_as} {column}", line)


def _said_no(row: PairRow, column: str, answer: PartnerAnswer) -> Matter:
    why = "they know each other, or work in one team" if answer is PartnerAnswer.KNOW_EACH_OTHER else "no"
    line = f"Pair {row.key}, {column}: {why}. Both have the same words from us. New drafts, if any, are in Pairs."
    return Matter(f"{row.known_as} {column}", line, once=True)


class ParkedSections:
    """What could not be read, sent or brought up to date, and what is held back."""

    def __init__(
        self, *, receptions: Receptions, messages: Messages, states: CalendarStates, quarantine: Quarantine
    ) -> None:
        self._receptions = receptions
        self._messages = messages
        self._states = states
        self._quarantine = quarantine

    def held_back(self) -> Section:
        """Returns the section of what may not be a person's."""
        return Section("Applications held back, which may not be a person's", self._held_back)

    def submissions(self) -> Section:
        """Returns the section of submissions that are parked."""
        return Section("Submissions that could not be read", self._submissions)

    def questions(self) -> Section:
        """Returns the section of forms that do not fit."""
        return Section("Questions of the form that do not fit", self._questions, alone=False)

    def mails(self) -> Section:
        """Returns the section of mails that are parked."""
        return Section("Messages that could not be sent", self._mails)

    def events(self) -> Section:
        """Returns the section of calendar events that are parked."""
        return Section("Calendar events that could not be brought up to date", self._events)

    async def _held_back(self, day: Day) -> list[Matter]:
        programme = day.current.programme.id
        return [
            Matter(held.reference, f"{held_in_words(held)}. 'accept quarantined' or 'discard quarantined' in Commands.")
            async for held in held_back(self._quarantine, programme)
        ]

    async def _submissions(self, day: Day) -> list[Matter]:
        return [
            Matter(r.content, f"{r.content[:12]}: {r.reason}")
            async for r in self._receptions.parked(day.current.programme.id)
        ]

    async def _questions(self, day: Day) -> list[Matter]:
        programme = day.current.programme.id
        said = await form_remarks(self._receptions, programme, since=day.since, until=day.until)
        return [Matter(remark, remark, once=True) for remark in said]

    async def _mails(self, day: Day) -> list[Matter]:
        parked = self._messages.parked(day.current.programme.id)
        return [
            Matter(f"{m.id} {m.generation}", Ours(f"{m.id} ({m.kind}, to the {m.to}): {m.last_error}"))
            async for m in parked
        ]

    async def _events(self, day: Day) -> list[Matter]:
        states = await self._states.all(day.current.programme.id)
        return [
            Matter(f"{s.id} {s.generation}", f"{s.id}: {s.last_error}")
            for s in states
            if s.status is MessageStatus.PARKED or s.last_error in {NO_LINK, TOO_MANY}
        ]


class SessionSections:
    """What sessions ask for."""

    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings

    def declined(self) -> Section:
        """Returns the section of who declined an invitation to a session that lies ahead."""
        return Section("Invitations declined", self._declined, alone=False)

    def waited_for(self) -> Section:
        """Returns the section of sessions ahead in which people wait for a place."""
        return Section("Full sessions that people wait for", self._waited_for, alone=False)

    def held_back(self) -> Section:
        """Returns the section of sessions in which nobody is invited yet.

        One that its row holds back was mistyped, and stays open. One that the file holds back is known: it is told
        when it is first seen, and when its day comes near.
        """
        return Section("Sessions that are held back", self._held_back)

    async def _declined(self, day: Day) -> list[Matter]:
        return [
            Matter(f"{booking.reference} {session.id}", f"{booking.reference}, {booking.full_name}: {named}")
            for session, named in _ahead(day)
            for booking in await self._of(day, session)
            if booking.status is BookingStatus.BOOKED and booking.response == "declined"
        ]

    async def _waited_for(self, day: Day) -> list[Matter]:
        found = []
        for session, named in _ahead(day):
            wait = sum(booking.status is BookingStatus.WAITING for booking in await self._of(day, session))
            if wait:
                words = f"{named}: {wait} waiting. A larger Capacity in Sessions ({session.id}) offers them a place."
                found.append(Matter(session.id, words, state=str(wait)))
        return found

    async def _of(self, day: Day, session: Session) -> list[Booking]:
        bookings, _ = await day.once(self._bookings.readable, day.current.programme.id)
        return [booking for booking in bookings if booking.session == session.id]

    async def _held_back(self, day: Day) -> list[Matter]:
        return list(_held_back(day))


def _ahead(day: Day) -> list[tuple[Session, str]]:
    return [
        (session, f"{group.title}, {when(day.current.programme, session)}")
        for group in day.current.programme.groups
        for session in group.sessions
        if session.starts_at is not None and session.starts_at >= day.until and session.takes_place
    ]


def _held_back(day: Day) -> Iterator[Matter]:
    for group in day.current.programme.groups:
        for session in group.sessions:
            if session.status is not SessionStatus.INVALID:
                continue
            printed = day.current.file.session(session.id)
            stage = stage_before(printed.day if printed else None, day.date)
            if stage is None:
                continue
            named = ": ".join(filter(None, (group.title, session.printed)))
            line = f"{named} ({session.id}). {session.held_back}".strip()
            known = printed is not None and printed.status is SessionStatus.INVALID
            yield Matter(session.id, line, state=f"{session.held_back} {stage}", once=known)


class RowSections:
    """Rows into which somebody typed what cannot be meant."""

    def __init__(
        self, *, mistyped: Mistyped, audit: Audit, approvals: Approvals, applications: Applications, pairs: Pairs
    ) -> None:
        self._mistyped = mistyped
        self._audit = audit
        self._approvals = approvals
        self._applications = applications
        self._pairs = pairs

    def rows(self) -> Section:
        """Returns the section of rows that need another look."""
        return Section("Rows that need another look", self._rows)

    async def _rows(self, day: Day) -> list[Matter]:
        programme = day.current.programme.id
        every = await day.every(self._applications.all, programme)
        references = {application.reference for application in every}
        rows = [
            Matter(bad.reason, Ours(f"{bad.reason}. {_YES_OR_NO if bad.column == 'Attended' else _PUT_BACK}"))
            async for bad in self._mistyped.rows(programme)
        ]
        rows += await self._put_back_from_an_old_copy(programme, every)
        rows += [
            Matter(f"{row.programme} {row.key}", f"Pair {row.key}: {row.remark}", state=row.remark)
            for row in await day.once(self._pairs.all)
            if row.remark and _is_of(programme, row, references)
        ]
        remark = day.current.row.remark
        if remark:
            rows.append(Matter(programme, f"Programmes: {remark}", state=remark))
        return rows

    async def _put_back_from_an_old_copy(self, programme: str, applications: Sequence[Application]) -> list[Matter]:
        """Rows of ``Applications`` that say less than ``Audit`` and ``Approvals`` know: an old copy was put over them.

        What looks so is read once more, after those two: it may have changed since.
        """
        newest = await self._audit.newest(programme)
        answered: dict[str, list[Answered]] = {}
        async for one in self._approvals.answered(programme):
            answered.setdefault(one.reference, []).append(one)
        found: list[Matter] = []
        for application in applications:
            reference = application.reference
            known = newest.get(reference), answered.get(reference, [])
            if not is_older(application, *known):
                continue
            stored = await self._applications.get(programme, reference)
            if stored is not None and is_older(stored.value, *known):
                at, after = newest.get(reference) or (None, ())
                last = f" Audit last noted '{"' or '".join(after)}', {at:%Y-%m-%dT%H:%M:%SZ}." if at else ""
                found.append(Matter(reference, Ours(f"Applications, row {reference}: {_OLD_COPY}{last}")))
        return found


def sections(
    *,
    applications: ApplicationSections,
    cohort: CohortSections,
    pairs: PairSections,
    parked: ParkedSections,
    sessions: SessionSections,
    rows: RowSections,
) -> Sections:
    """Returns every section, in the order in which people read them."""
    return (
        applications.to_decide(),
        applications.to_erase(),
        applications.replies(),
        pairs.to_talk(),
        cohort.managers(),
        applications.to_choose(),
        applications.flagged(),
        parked.held_back(),
        applications.changes(),
        parked.submissions(),
        parked.questions(),
        parked.mails(),
        parked.events(),
        pairs.not_taken(),
        pairs.to_publish(),
        pairs.left(),
        pairs.quiet(),
        cohort.without_partner(),
        sessions.declined(),
        sessions.waited_for(),
        cohort.to_note(),
        sessions.held_back(),
        rows.rows(),
        applications.tests(),
    )


def weekly_picture(cohort: CohortSections) -> Picture:
    """Returns what says how the cohort stands."""
    return cohort.picture


def is_older(
    application: Application, newest: tuple[datetime, Collection[str]] | None, answered: Sequence[Answered]
) -> bool:
    """Whether ``Audit`` (``newest``) or ``Approvals`` know more of an application than its row."""
    if newest is not None:
        event, (at, after) = application.last_event, newest
        if event is None or event.at < at or (event.at == at and application.status not in after):
            return True
    requests = {request.number: request for request in application.requests}
    for one in answered:
        request = requests.get(one.number)
        if request is None or request.answer is None:
            return application.status is not Status.ERASED
        if one.at is not None and request.answered_at is not None and request.answered_at < one.at:
            return True
    return False
