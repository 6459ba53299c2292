"""The sections of the daily digest, by what they are about. ``composition/root.py`` puts them in their order."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from shared.domain.application import Application, Status
from shared.domain.cohort_model import CohortModel, Seat
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.next_step import by_mail
from shared.domain.outbox import MessageStatus
from shared.domain.pairs import CheckIn, silent_run
from shared.domain.programme import Programme, Session, SessionStatus
from shared.domain.references import read_reference
from shared.domain.release import when
from shared.domain.text import Ours
from shared.domain.waiting import has_to_choose_again
from shared.ports import Answered, PairRow
from shared.services.mail.calendar import NO_LINK
from shared.services.pairs.rows import NO_PROGRAMME
from shared.services.schedule.digest import Day, Section, nothing
from shared.services.schedule.lists import form_remarks, held_back
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.audit import Audit
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.messages import CalendarStates, Messages
from shared.stores.mistyped import Mistyped
from shared.stores.pairs import Pairs
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions

_LET_THEM_CHOOSE = "They were sent an email with their link to choose another."
_END_THE_PAIR = "Nobody is asked any more. Set Status in Pairs to ended, and tell the other one."
_PUT_BACK = "Put back what stood there; until then the app leaves this row alone."
_OLD_COPY = (
    "this is an older version than Audit and Approvals know. Somebody may have put back an old copy. Put back the "
    "newest version, or write to the people concerned."
)


type _Lines = Callable[[Day, Application], list[str]]
type _Items = Callable[[Day], Awaitable[Sequence[str]]]


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
        return Section("Tests that were sent in", self._lines(_tests), nothing)

    def changes(self) -> Section:
        """Returns the section of other forms that wait. Each is news once."""
        return Section("Forms in the name of somebody who has applied", self._lines(_changes), self._new_change)

    def _each(self, title: str, lines: _Lines) -> Section:
        return Section(title, self._lines(lambda day, a: [] if a.test else lines(day, a)))

    def _lines(self, lines: _Lines) -> _Items:
        async def items(day: Day) -> list[str]:
            every = await day.every(self._applications.all, day.current.programme.id)
            return [line for application in every for line in lines(day, application)]

        return items

    async def _new_change(self, day: Day, _: Sequence[str]) -> bool:
        every = await day.every(self._applications.all, day.current.programme.id)
        return any(day.is_news(change.received_at) for application in every for change in application.changes)


def _to_decide(_: Day, application: Application) -> list[str]:
    if application.status in {Status.NEEDS_DECISION, Status.LATE}:
        return [_line(application, application.reason)]
    if application.status is Status.NEEDS_CORRECTION and not application.person.email:
        return [_line(application, "No address could be read, so nobody was told.")]
    return []


def _to_erase(_: Day, application: Application) -> list[str]:
    return [] if application.erasure_asked_at is None else [_line(application, "'erase' in Commands does it.")]


def _reply(day: Day, application: Application) -> list[str]:
    if application.status is Status.AWAITING_MANAGER and by_mail(application):
        return [_line(application, by_mail(application))]
    if day.is_news(application.replied_at):
        return [_line(application, "There is a new reply in the mailbox for you to read.")]
    return []


def _to_choose(day: Day, application: Application) -> list[str]:
    return [
        _line(application, f"{group.title}: a session was cancelled. {_LET_THEM_CHOOSE}")
        for group in has_to_choose_again(day.current.programme, application, day.until)
    ]


def _flagged(day: Day, application: Application) -> list[str]:
    """Remarks, while the manager is waited for; else on the day after something happened."""
    if not application.flags or application.status in {Status.WITHDRAWN, Status.ERASED}:
        return []
    event = application.last_event
    if application.status is Status.AWAITING_MANAGER or (event is not None and day.is_news(event.at)):
        return [_line(application, " ".join(application.flags))]
    return []


def _changes(_: Day, application: Application) -> list[str]:
    return [_line(application, _waits_for(application))] if application.changes else []


def _tests(day: Day, application: Application) -> list[str]:
    if application.test and day.is_news(application.received_at):
        return [f"{application.reference}, from {application.source}. Nobody was written to."]
    return []


def _waits_for(application: Application) -> str:
    count = len(application.changes)
    forms = "Another form waits" if count == 1 else f"{count} forms wait"
    if application.status is Status.ERASED or not application.person.email:
        return f"{forms}; nobody was written to. 'accept change' in Commands takes it in, after 30 days it goes."
    return f"{forms} until they confirm it. 'accept change' in Commands takes it in, after 30 days it goes."


def _line(application: Application, why: str) -> str:
    role = f", {application.role}" if application.role else ""
    name = application.person.full_name or "no name"
    return f"{application.reference}, {name}{role} ({application.status}). {why}".strip()


class PairSections:
    """What pairs ask for."""

    def __init__(self, *, pairs: Pairs, checkins: CheckIns, applications: Applications) -> None:
        self._pairs = pairs
        self._checkins = checkins
        self._applications = applications

    def to_talk(self) -> Section:
        """Returns the section of people who would like to talk."""
        return Section("People who would like to talk to someone", self._to_talk)

    def left(self) -> Section:
        """Returns the section of pairs of which one person takes part no longer."""
        return Section("Pairs in which somebody no longer takes part", self._left_lines)

    def quiet(self) -> Section:
        """Returns the section of pairs from which nothing is heard."""
        return Section("Pairs that have gone quiet", self._quiet)

    async def _to_talk(self, day: Day) -> list[str]:
        checkins, _ = await day.once(self._checkins.readable, day.current.programme.id)
        return [_wants_to_talk(checkin) for checkin in checkins if checkin.wants_to_talk]

    async def _left_lines(self, day: Day) -> list[str]:
        return list((await self._left(day)).values())

    async def _left(self, day: Day) -> dict[str, str]:
        programme = day.current.programme.id
        every = await day.every(self._applications.all, programme)
        statuses = {application.reference: application.status for application in every}
        unreadable = await day.every(self._applications.unreadable, programme)
        return _left(day.current.programme.model, await self._confirmed(day), statuses, unreadable)

    async def _confirmed(self, day: Day) -> list[PairRow]:
        rows = await day.once(self._pairs.all)
        return [row for row in rows if row.programme == day.current.programme.id and _is_confirmed(row)]

    async def _quiet(self, day: Day) -> list[str]:
        left = await self._left(day)
        going_on = {row.known_as for row in await self._confirmed(day) if row.key not in left}
        checkins, _ = await day.once(self._checkins.readable, day.current.programme.id)
        return _quiet(day.current.programme, checkins, going_on)


def _quiet(programme: Programme, checkins: Sequence[CheckIn], going_on: Collection[str]) -> list[str]:
    by_pair: dict[str, list[CheckIn]] = {}
    for checkin in checkins:
        if checkin.pair in going_on:
            by_pair.setdefault(checkin.pair, []).append(checkin)
    return [
        f"Pair {pair}: no answer from {programme.model.called(seat)} to the last {run} check-ins"
        for pair, of_pair in sorted(by_pair.items())
        for seat in Seat
        if (run := silent_run(tuple(of_pair), seat)) >= programme.checkins.silent_in_a_row
    ]


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
    model: CohortModel, rows: Sequence[PairRow], statuses: Mapping[str, Status], unreadable: Collection[str]
) -> dict[str, str]:
    """The pairs, by their row, of which one person takes part no longer; with what to do."""
    left = {}
    for row in rows:
        for seat, typed in ((Seat.MENTOR, row.mentor), (Seat.MENTEE, row.mentee)):
            reference = read_reference(typed)
            status = statuses.get(reference or "")
            if reference is None or reference in unreadable or status is Status.APPROVED:
                continue
            left[row.key] = (
                f"Pair {row.key}: {model.called(seat)}, {reference} ({status or 'deleted'}). {_END_THE_PAIR}"
            )
    return left


def _wants_to_talk(checkin: CheckIn) -> str:
    """Where to look, and no name: the mail is read by more people than the table."""
    where = f"CheckIns, row {checkin.id}. Set its WantsToTalk to false when it is done."
    return Ours(f"{checkin.reference}, after meeting {checkin.meeting}: {where}")


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
        return Section("Questions of the form that do not fit", self._questions, nothing)

    def mails(self) -> Section:
        """Returns the section of mails that are parked."""
        return Section("Messages that could not be sent", self._mails)

    def events(self) -> Section:
        """Returns the section of calendar events that are parked."""
        return Section("Calendar events that could not be brought up to date", self._events)

    async def _held_back(self, day: Day) -> list[str]:
        return await held_back(self._quarantine, day.current.programme.id)

    async def _submissions(self, day: Day) -> list[str]:
        return [f"{r.content[:12]}: {r.reason}" async for r in self._receptions.parked(day.current.programme.id)]

    async def _questions(self, day: Day) -> list[str]:
        programme = day.current.programme.id
        return await form_remarks(self._receptions, programme, since=day.since, until=day.until)

    async def _mails(self, day: Day) -> list[str]:
        parked = self._messages.parked(day.current.programme.id)
        return [Ours(f"{m.id} ({m.kind}): {m.last_error}") async for m in parked]

    async def _events(self, day: Day) -> list[str]:
        states = await self._states.all(day.current.programme.id)
        return [
            f"{s.id}: {s.last_error}" for s in states if s.status is MessageStatus.PARKED or s.last_error == NO_LINK
        ]


class SessionSections:
    """What sessions ask for."""

    def __init__(self, bookings: Bookings) -> None:
        self._bookings = bookings

    def declined(self) -> Section:
        """Returns the section of who declined an invitation to a session that lies ahead."""
        return Section("Invitations declined", self._declined, nothing)

    def waited_for(self) -> Section:
        """Returns the section of sessions ahead in which people wait for a place."""
        return Section("Full sessions that people wait for", self._waited_for, nothing)

    def held_back(self) -> Section:
        """Returns the section of sessions in which nobody is invited yet. One that its row holds back is news."""
        return Section("Sessions that are held back", self._held_back, self._mistyped)

    async def _declined(self, day: Day) -> list[str]:
        return [
            f"{booking.reference}, {booking.full_name}: {named}"
            for session, named in _ahead(day)
            for booking in await self._of(day, session)
            if booking.status is BookingStatus.BOOKED and booking.response == "declined"
        ]

    async def _waited_for(self, day: Day) -> list[str]:
        found = []
        for session, named in _ahead(day):
            wait = sum(booking.status is BookingStatus.WAITING for booking in await self._of(day, session))
            if wait:
                found.append(f"{named}: {wait} waiting. A larger Capacity in Sessions offers them a place.")
        return found

    async def _of(self, day: Day, session: Session) -> list[Booking]:
        bookings, _ = await day.once(self._bookings.readable, day.current.programme.id)
        return [booking for booking in bookings if booking.session == session.id]

    async def _held_back(self, day: Day) -> list[str]:
        return list(_held_back(day.current.programme).values())

    async def _mistyped(self, day: Day, _: Sequence[str]) -> bool:
        return bool(_held_back(day.current.programme).keys() - (_held_back(day.file) if day.file else {}).keys())


def _ahead(day: Day) -> list[tuple[Session, str]]:
    return [
        (session, f"{group.title}, {when(day.current.programme, session)}")
        for group in day.current.programme.groups
        for session in group.sessions
        if session.starts_at is not None and session.starts_at >= day.until and session.takes_place
    ]


def _held_back(programme: Programme) -> dict[str, str]:
    def named(*words: str) -> str:
        return ": ".join(filter(None, words))

    return {
        session.id: f"{named(group.title, session.printed)} ({session.id}). {session.held_back}".strip()
        for group in programme.groups
        for session in group.sessions
        if session.status is SessionStatus.INVALID
    }


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

    async def _rows(self, day: Day) -> list[str]:
        programme = day.current.programme.id
        every = await day.every(self._applications.all, programme)
        references = {application.reference for application in every}
        rows: list[str] = [Ours(f"{bad.reason}. {_PUT_BACK}") async for bad in self._mistyped.rows(programme)]
        rows += await self._put_back_from_an_old_copy(programme, every)
        pairs = await day.once(self._pairs.all)
        rows += [f"Pair {row.key}: {row.remark}" for row in pairs if row.remark and _is_of(programme, row, references)]
        if day.current.row.remark:
            rows.append(f"Programmes: {day.current.row.remark}")
        return rows

    async def _put_back_from_an_old_copy(self, programme: str, applications: Sequence[Application]) -> list[str]:
        """Rows of ``Applications`` that say less than ``Audit`` and ``Approvals`` know: an old copy was put over them.

        What looks so is read once more, after those two: it may have changed since.
        """
        newest = await self._audit.newest(programme)
        answered: dict[str, list[Answered]] = {}
        async for one in self._approvals.answered(programme):
            answered.setdefault(one.reference, []).append(one)
        found: list[str] = []
        for application in applications:
            reference = application.reference
            known = newest.get(reference), answered.get(reference, [])
            if not is_older(application, *known):
                continue
            stored = await self._applications.get(programme, reference)
            if stored is not None and is_older(stored.value, *known):
                at, after = newest.get(reference) or (None, ())
                last = f" Audit last noted '{"' or '".join(after)}', {at:%Y-%m-%dT%H:%M:%SZ}." if at else ""
                found.append(Ours(f"Applications, row {reference}: {_OLD_COPY}{last}"))
        return found


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
