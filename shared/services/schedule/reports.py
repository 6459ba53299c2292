"""What administrators are told: the closing summary, the daily digest, the alert about parked submissions.

These mails name people and next steps, never topics, access needs or what somebody wrote about themselves.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain import wording
from shared.domain.application import Application, Status
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.next_step import by_mail
from shared.domain.outbox import MessageStatus
from shared.domain.owed import message_id
from shared.domain.pairs import CheckIn, silent_run
from shared.domain.programme import Programme, Role, SessionStatus
from shared.domain.references import read_reference
from shared.domain.release import when
from shared.domain.text import Ours
from shared.domain.waiting import has_to_choose_again
from shared.ports import Answered, Clock, PairRow
from shared.services.base.programmes import Current
from shared.services.form.quarantine import WAITING
from shared.services.pairs.rows import NO_PROGRAMME
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

_LONGEST_LIST = 50
# Old news on its own: it never sends a mail, it only joins one.
_NEVER_ALONE = frozenset(
    {
        "Sessions that are held back",
        "Invitations declined",
        "Full sessions that people wait for",
        "Questions of the form that do not fit",
        "Tests that were sent in",
        "Forms in the name of somebody who has applied",
    }
)
_LET_THEM_CHOOSE = "Write to them: the link in any of their mails lets them choose another."
_END_THE_PAIR = "Nobody is asked any more. Set Status in Pairs to ended, and tell the other one."
_PUT_BACK = "Put back what stood there; until then the app leaves this row alone."
_OLD_COPY = (
    "this is an older version than Audit and Approvals know. Somebody may have put back an old copy. Put back the "
    "newest version, or write to the people concerned."
)
# A day, and some time for a tick that comes late.
_SINCE_THE_LAST_DIGEST = timedelta(hours=25)


class Reports:
    """Gathers the figures and lists of administrators' mails; costs grow with the programme, so never in a tick."""

    def __init__(
        self,
        *,
        applications: Applications,
        receptions: Receptions,
        messages: Messages,
        states: CalendarStates,
        bookings: Bookings,
        checkins: CheckIns,
        pairs: Pairs,
        quarantine: Quarantine,
        approvals: Approvals,
        audit: Audit,
        mistyped: Mistyped,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._receptions = receptions
        self._messages = messages
        self._states = states
        self._bookings = bookings
        self._checkins = checkins
        self._pairs = pairs
        self._quarantine = quarantine
        self._approvals = approvals
        self._audit = audit
        self._mistyped = mistyped
        self._clock = clock

    async def closing_summary(self, current: Current) -> dict[str, Any]:
        """Counts at the closing date, by status and role."""
        by_status: Counter[str] = Counter()
        by_role: Counter[str] = Counter()
        tests = 0
        async for application in self._applications.all(current.programme.id):
            if application.test:
                tests += 1
                continue
            if application.replaced_by or application.status is Status.ERASED:
                continue  # counted under the address that the form has now; of who was erased nothing is told
            by_status[application.status] += 1
            if application.status in {Status.APPROVED, Status.AWAITING_MANAGER} and application.role:
                by_role[f"{application.role}, {application.status.lower()}"] += 1
        grace = current.programme.approval.grace_days
        return {
            "programme": current.programme.name,
            "closed": wording.moment(current.closes_at, current.programme.tz) if current.closes_at else "",
            "grace_days": grace,
            "total": by_status.total(),
            "by_status": [(status.value, by_status[status]) for status in Status if by_status[status]],
            "by_role": sorted(by_role.items()),
            "tests": tests,
        }

    async def digest(self, current: Current, *, file: Programme | None = None) -> dict[str, Any] | None:
        """What there is to act on today, or None if there is nothing.

        ``file``: the programme as its file says. A session that the file itself holds back is old news; one that was
        mistyped in its row is not.
        """
        programme = current.programme
        applications = [application async for application in self._applications.all(programme.id)]
        statuses = {application.reference: application.status for application in applications}
        to_decide, to_erase, flagged, replies, tests = self._applications_to_act_on(applications)
        changes, new_changes = self._changes(applications)
        to_choose = _to_choose(programme, applications, self._clock.now())
        parked = [r async for r in self._receptions.parked(programme.id)]
        stuck = [m async for m in self._messages.parked(programme.id)]
        events = [s for s in await self._states.all(programme.id) if s.status is MessageStatus.PARKED]
        pairs = await self._pairs.all()
        confirmed = [row for row in pairs if row.programme == programme.id and _is_confirmed(row)]
        mistyped_applications = [reference async for reference in self._applications.unreadable(programme.id)]
        left = _left(confirmed, statuses, mistyped_applications)
        going_on = {row.known_as for row in confirmed if row.key not in left}
        checkins, _ = await self._checkins.readable(programme.id)
        silent, to_talk = _checkins_to_act_on(checkins, programme.checkins.silent_in_a_row, going_on)
        bookings, _ = await self._bookings.readable(programme.id)
        held_back = _held_back(programme)
        mistyped_sessions = held_back.keys() - (_held_back(file) if file else {}).keys()
        rows: list[str] = [Ours(f"{bad.reason}. {_PUT_BACK}") async for bad in self._mistyped.rows(programme.id)]
        rows += await self._put_back_from_an_old_copy(programme.id, applications)
        rows += [f"Pair {row.key}: {row.remark}" for row in pairs if row.remark and _is_of(programme.id, row, statuses)]
        if current.row.remark:
            rows.append(f"Programmes: {current.row.remark}")
        declined, waiting = self._of_sessions_ahead(current, bookings)
        sections: list[tuple[str, Sequence[str]]] = [
            ("Applications that need a decision", to_decide),
            ("People who ask for their data to be deleted", to_erase),
            ("Replies by mail", replies),
            ("People who would like to talk to someone", to_talk),
            ("People who have to choose another date", to_choose),
            ("Applications with a remark", flagged),
            ("Applications held back, which may not be a person's", await self._held(programme.id)),
            ("Forms in the name of somebody who has applied", changes),
            ("Submissions that could not be read", [f"{r.content[:12]}: {r.reason}" for r in parked]),
            ("Questions of the form that do not fit", await self._form_remarks(programme.id)),
            ("Messages that could not be sent", [Ours(f"{m.id} ({m.kind}): {m.last_error}") for m in stuck]),
            ("Calendar events that could not be brought up to date", [f"{s.id}: {s.last_error}" for s in events]),
            ("Pairs in which somebody no longer takes part", list(left.values())),
            ("Pairs that have gone quiet", silent),
            ("Invitations declined", declined),
            ("Full sessions that people wait for", waiting),
            ("Sessions that are held back", list(held_back.values())),
            ("Rows that need another look", rows),
            ("Tests that were sent in", tests),
        ]
        filled = [(title, _shortened(items)) for title, items in sections if items]
        news = mistyped_sessions or new_changes
        if not news and not any(items for title, items in sections if title not in _NEVER_ALONE):
            return None
        return {"programme": programme.name, "sections": filled}

    def _changes(self, applications: Sequence[Application]) -> tuple[list[str], bool]:
        """The applications for which another form waits, and whether one of them came since the last digest."""
        yesterday = self._clock.now() - _SINCE_THE_LAST_DIGEST
        waiting = [application for application in applications if application.changes]
        new = any(change.received_at > yesterday for application in waiting for change in application.changes)
        return [_line(application, _waits_for(application)) for application in waiting], new

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

    def _of_sessions_ahead(self, current: Current, everybody: Sequence[Booking]) -> tuple[list[str], list[str]]:
        """Who declined the invitation to a session that lies ahead, and where people wait for a place."""
        now = self._clock.now()
        declined, waiting = [], []
        for group in current.programme.groups:
            for session in group.sessions:
                if session.starts_at is None or session.starts_at < now or not session.takes_place:
                    continue
                named = f"{group.title}, {when(current.programme, session)}"
                bookings = [booking for booking in everybody if booking.session == session.id]
                declined += [
                    f"{booking.reference}, {booking.full_name}: {named}"
                    for booking in bookings
                    if booking.status is BookingStatus.BOOKED and booking.response == "declined"
                ]
                wait = sum(booking.status is BookingStatus.WAITING for booking in bookings)
                if wait:
                    waiting.append(f"{named}: {wait} waiting. A larger Capacity in Sessions offers them a place.")
        return declined, waiting

    async def parked(self, current: Current) -> dict[str, Any] | None:
        """The submissions that wait for an administrator, or None."""
        parked = [
            f"{r.content[:12]}, from {r.source}: {r.reason}"
            async for r in self._receptions.parked(current.programme.id)
        ]
        return {"programme": current.programme.name, "items": _shortened(parked)} if parked else None

    async def held_back(self, current: Current) -> dict[str, Any] | None:
        """The applications that may not be a person's, or None."""
        held = await self._held(current.programme.id)
        return {"programme": current.programme.name, "items": _shortened(held)} if held else None

    async def _held(self, programme: str) -> list[str]:
        return [
            f"{held.reference}, {held.full_name}: {held.why}"
            async for held in self._quarantine.all(programme)
            if held.status == WAITING
        ]

    async def form_changed(self, current: Current) -> dict[str, Any] | None:
        """Where a form that was filled in lately does not fit the programme file, or None."""
        remarks = await self._form_remarks(current.programme.id)
        return {"programme": current.programme.name, "items": _shortened(remarks)} if remarks else None

    async def _form_remarks(self, programme: str) -> list[str]:
        """Each remark once. What was said a day ago has been mended, or is said again by the next form that comes."""
        yesterday = self._clock.now() - _SINCE_THE_LAST_DIGEST
        said = [
            Ours(f"{reception.source}: {remark}")
            async for reception in self._receptions.not_fitting(programme)
            if reception.received_at > yesterday and not reception.test
            for remark in reception.form_remarks
        ]
        return list(dict.fromkeys(said))

    def _applications_to_act_on(
        self, applications: Sequence[Application]
    ) -> tuple[list[str], list[str], list[str], list[str], list[str]]:
        to_decide, to_erase, flagged, replies, tests = [], [], [], [], []
        yesterday = self._clock.now() - _SINCE_THE_LAST_DIGEST
        for application in applications:
            if application.test:
                if application.received_at > yesterday:
                    tests.append(f"{application.reference}, from {application.source}. Nobody was written to.")
                continue
            if application.status in {Status.NEEDS_DECISION, Status.LATE}:
                to_decide.append(_line(application, application.reason))
            if application.erasure_asked_at is not None:
                to_erase.append(_line(application, "'erase' in Commands does it."))
            unreachable = application.status is Status.NEEDS_CORRECTION and not application.person.email
            if unreachable:
                to_decide.append(_line(application, "No address could be read, so nobody was told."))
            if application.flags and _are_news(application, yesterday):
                flagged.append(_line(application, " ".join(application.flags)))
            if application.status is Status.AWAITING_MANAGER and by_mail(application):
                replies.append(_line(application, by_mail(application)))
            elif application.replied_at is not None and application.replied_at > yesterday:
                replies.append(_line(application, "There is a new reply in the mailbox for you to read."))
        return to_decide, to_erase, flagged, replies, tests


def _checkins_to_act_on(
    checkins: Sequence[CheckIn], in_a_row: int, confirmed: Collection[str]
) -> tuple[list[str], list[str]]:
    by_pair: dict[str, list[CheckIn]] = {}
    for checkin in checkins:
        if checkin.pair in confirmed:
            by_pair.setdefault(checkin.pair, []).append(checkin)
    silent = []
    for pair, of_pair in sorted(by_pair.items()):
        for role in Role:
            run = silent_run(tuple(of_pair), role)
            if run >= in_a_row:
                silent.append(f"Pair {pair}: no answer from the {role} to the last {run} check-ins")
    return silent, [_to_talk(checkin) for checkin in checkins if checkin.wants_to_talk]


def _to_choose(programme: Programme, applications: Sequence[Application], now: datetime) -> list[str]:
    return [
        _line(application, f"{group.title}: a session was cancelled. {_LET_THEM_CHOOSE}")
        for application in applications
        if not application.test
        for group in has_to_choose_again(programme, application, now)
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


def _left(rows: Sequence[PairRow], statuses: Mapping[str, Status], unreadable: Collection[str]) -> dict[str, str]:
    """The pairs, by their row, of which one person takes part no longer; with what to do."""
    left = {}
    for row in rows:
        for role, typed in ((Role.MENTOR, row.mentor), (Role.MENTEE, row.mentee)):
            reference = read_reference(typed)
            status = statuses.get(reference or "")
            if reference is None or reference in unreadable or status is Status.APPROVED:
                continue
            left[row.key] = f"Pair {row.key}: the {role}, {reference} ({status or 'deleted'}). {_END_THE_PAIR}"
    return left


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


def _to_talk(checkin: CheckIn) -> str:
    """Where to look, and no name: the mail is read by more people than the table."""
    where = f"CheckIns, row {checkin.id}. Set its WantsToTalk to false when it is done."
    return Ours(f"{checkin.reference}, after meeting {checkin.meeting}: {where}")


def _waits_for(application: Application) -> str:
    count = len(application.changes)
    forms = "Another form waits" if count == 1 else f"{count} forms wait"
    if application.status is Status.ERASED or not application.person.email:
        return f"{forms}; nobody was written to. 'accept change' in Commands takes it in, after 30 days it goes."
    return f"{forms} until they confirm it. 'accept change' in Commands takes it in, after 30 days it goes."


def _are_news(application: Application, yesterday: datetime) -> bool:
    """Whether remarks are listed: while the manager is waited for, else on the day after something happened."""
    event = application.last_event
    if application.status in {Status.WITHDRAWN, Status.ERASED}:
        return False
    return application.status is Status.AWAITING_MANAGER or (event is not None and event.at > yesterday)


def _line(application: Application, why: str) -> str:
    role = f", {application.role}" if application.role else ""
    name = application.person.full_name or "no name"
    return f"{application.reference}, {name}{role} ({application.status}). {why}".strip()


def _shortened(items: Sequence[str]) -> Sequence[str]:
    more = len(items) - _LONGEST_LIST
    return [*items[:_LONGEST_LIST], f"and {more} more, in the tables"] if more > 0 else items


def digest_id(programme: str, day: str) -> str:
    """The id of a day's digest."""
    return message_id(programme, f"digest.{day}")
