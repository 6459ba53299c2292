"""One source of figures of a cohort: who stands where, the way from applying to evaluation, and who waits for whom.

Everything that is told of a cohort as a whole is made from here. The numbers are exact, for the team alone: what leaves
it goes through ``disclosure``. Lived experience has no place in what comes in, so none can come out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.domain import wording
from shared.domain.application import Answer, Application, ManagerRequest, Status
from shared.domain.approval import deadline
from shared.domain.cohort_model import Seat
from shared.domain.disclosure import Breakdown
from shared.domain.enrolment import Booking, BookingStatus, can_be_chosen, undecided_groups
from shared.domain.evaluation import EvaluationFigures
from shared.domain.pairs import TO_COME, CheckIn, CheckInStatus, Pair, PairStatus, PartnerAnswer, silent_run
from shared.domain.programme import Programme, Role, Session, SessionGroup
from shared.domain.text import clean, match_key

NOT_GIVEN: Final = "Not given"
NO_LONGER_HELD: Final = "no longer held"

_BAND = re.compile(r"(?:agenda for change|afc)?\s*(?:band|grade)?\s*(?:([1-79])|(8)\s*([a-d])?)")
_NOT_OF_A_NAME = re.compile(r"[^\w\s]")
#: Pairs that were told of each other. A proposal is nobody's partner yet.
TOGETHER = frozenset({PairStatus.CONFIRMED, PairStatus.ENDED})
_WEEK: Final = timedelta(days=7)
_TO_NOTE_WITHIN: Final = timedelta(days=28)
_NOTHING_ASKED: Final = EvaluationFigures()


@dataclass(frozen=True, slots=True)
class Cohort:
    """A programme and everybody who counts in it, at an instant. Made by ``cohort``.

    ``deleted``: how many applied and count no more, because their data was deleted.
    """

    programme: Programme
    closes_at: datetime | None
    now: datetime
    applications: tuple[Application, ...]
    bookings: tuple[Booking, ...]
    pairs: tuple[Pair, ...]
    checkins: tuple[CheckIn, ...]
    evaluation: EvaluationFigures
    deleted: int
    people: Mapping[str, Application] = field(repr=False)

    @property
    def over(self) -> bool:
        """Whether the programme has ended."""
        return self.programme.has_ended(self.closes_at, self.now)

    def day(self, instant: datetime) -> date:
        """The day of an instant on the wall."""
        return instant.astimezone(self.programme.tz).date()

    def says(self, words: str) -> str:
        """Words of ours as they are said of this programme (``CohortModel.says``)."""
        return self.programme.model.says(words)

    def title(self, role: Role | None) -> str:
        """What the programme calls a role."""
        if role is None:
            return NOT_GIVEN
        described = self.programme.roles.get(role)
        title = described.title if described else role.value.capitalize()
        # A programme may call both sides the same.
        alike = [r for r, other in self.programme.roles.items() if r is not role and other.title == title]
        return f"{title} ({role})" if alike else title

    def name(self, reference: str) -> str:
        """Whose application a reference is, in words."""
        person = self.people.get(reference)
        return NO_LONGER_HELD if person is None else person.person.full_name or NOT_GIVEN


def cohort(
    programme: Programme,
    *,
    closes_at: datetime | None,
    now: datetime,
    applications: Iterable[Application],
    bookings: Iterable[Booking] = (),
    pairs: Iterable[Pair] = (),
    checkins: Iterable[CheckIn] = (),
    evaluation: EvaluationFigures = _NOTHING_ASKED,
) -> Cohort:
    """The cohort as it stands. ``programme`` is the one with the sessions of the table, ``closes_at`` that in force.

    Left out, as in the closing summary: tests, applications that were replaced by another, and people who were erased.
    """
    everybody = [a for a in applications if not (a.test or a.replaced_by)]
    counted = [a for a in everybody if a.status is not Status.ERASED]
    counted.sort(key=lambda a: (a.received_at, a.reference))
    people = {a.reference: a for a in counted}
    return Cohort(
        programme=programme,
        closes_at=closes_at,
        now=now,
        applications=tuple(counted),
        bookings=tuple(sorted((b for b in bookings if b.reference in people), key=lambda b: (b.session, b.reference))),
        pairs=tuple(sorted(pairs, key=lambda p: (p.start, p.id))),
        checkins=tuple(sorted(checkins, key=lambda c: (c.pair, c.meeting, c.seat))),
        evaluation=evaluation,
        deleted=len(everybody) - len(counted),
        people=people,
    )


# ---- counts


class By(StrEnum):
    """What people are counted by. The words are titles."""

    ROLE = "Role"
    STATUS = "Status"
    ORGANISATION = "Organisation"
    SECTOR = "Type of organisation"
    AREA = "Area"
    LEVEL = "Level"
    SESSION = "Session"
    MONTH = "Month of application"
    WEEK = "Week of application, from its Monday"


@dataclass(frozen=True, slots=True)
class Count:
    """How many, of one kind, by role; under None those whose role is not known. ``first_day`` is that of a time."""

    what: str
    by_role: Mapping[Role | None, int]
    first_day: date | None = None

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.by_role.values())


def counts(cohort: Cohort, by: By, applications: Sequence[Application] | None = None) -> tuple[Count, ...]:
    """The applications (all, unless some are given) by one thing, those that are 0 included where there is a list.

    By session it is those who are booked. Who applied for both roles counts in each.
    """
    some = cohort.applications if applications is None else applications
    match by:
        case By.ROLE:
            roles: list[Role | None] = [*cohort.programme.roles]
            return _counted(some, lambda a: cohort.title(a.role), [cohort.title(role) for role in roles])
        case By.STATUS:
            return _counted(some, lambda a: a.status.value, [s.value for s in Status if s is not Status.ERASED])
        case By.SECTOR:
            sector = _options(cohort, "sector")
            return _counted(some, lambda a: in_words(cohort.programme, "sector", a.person.sector), sector)
        case By.AREA:
            area = _options(cohort, "area")
            return _counted(some, lambda a: in_words(cohort.programme, "area", a.person.area), area)
        case By.ORGANISATION:
            names = organisations(cohort)
            return _counted(some, lambda a: names[a.reference], [])
        case By.LEVEL:
            spelt = _spellings(a.person.band for a in cohort.applications)
            return _counted(some, lambda a: level(spelt[a.person.band]), [])
        case By.SESSION:
            return _by_session(cohort, some)
        case By.MONTH:
            return _by_time(cohort, some, _first_of_month, lambda day: f"{day:%B} {day.year}")
        case By.WEEK:
            return _by_time(cohort, some, _monday, wording.day)


def in_words(programme: Programme, question: str, value: str) -> str:
    """What the form shows for an answer that is stored as a code."""
    options = (o for q in programme.questions if q.field == question for o in q.options)
    return next((o.text for o in options if o.value == value), clean(value)) or NOT_GIVEN


def level(typed: str) -> str:
    """A band or grade as people write it, in one way: 'AfC band 8A' and '8a' are 'Band 8a'."""
    words = clean(typed)
    band = _BAND.fullmatch(match_key(words))
    if band is None:
        return words or NOT_GIVEN
    return f"Band {''.join(part for part in band.groups() if part)}"


def organisations(cohort: Cohort) -> dict[str, str]:
    """The organisation of each application by its reference, under the name that the programme's list has for it.

    What is on no list: of several spellings, the one that most people use.
    """
    spelt = _spellings(a.person.organisation for a in cohort.applications)
    listed = cohort.programme.organisations.name
    typed = {a.reference: a.person.organisation for a in cohort.applications}
    return {reference: listed(words) or spelt[words] or NOT_GIVEN for reference, words in typed.items()}


def _options(cohort: Cohort, question: str) -> list[str]:
    return list(dict.fromkeys(o.text for q in cohort.programme.questions if q.field == question for o in q.options))


def _spellings(typed: Iterable[str]) -> dict[str, str]:
    """For each text the spelling under which it is counted. Capitals, blanks, '&' and points make no difference."""
    uses = Counter(typed)
    groups: dict[str, list[str]] = {}
    for text in uses:
        words = _NOT_OF_A_NAME.sub(" ", match_key(text).replace("'", "").replace("&", " and "))
        groups.setdefault(" ".join(words.split()).removeprefix("the "), []).append(text)
    best = {key: min(texts, key=lambda t: (-uses[t], t)) for key, texts in groups.items()}
    return {text: clean(best[key]) for key, texts in groups.items() for text in texts}


def _counted(some: Sequence[Application], key: Callable[[Application], str], known: Sequence[str]) -> tuple[Count, ...]:
    """By the known words in their order, then any others by the alphabet, those who gave none last."""
    found: dict[str, Counter[Role | None]] = {word: Counter() for word in known}
    for application in some:
        found.setdefault(key(application), Counter())[application.role] += 1
    others = sorted(found.keys() - set(known), key=lambda word: (word == NOT_GIVEN, word.casefold(), word))
    return tuple(Count(word, dict(found[word])) for word in (*known, *others))


def _by_time(
    cohort: Cohort, some: Sequence[Application], first: Callable[[date], date], words: Callable[[date], str]
) -> tuple[Count, ...]:
    """By month or week, those without anybody between the first and the last included."""
    found: dict[date, Counter[Role | None]] = {}
    for application in some:
        found.setdefault(first(cohort.day(application.received_at)), Counter())[application.role] += 1
    days = sorted(found)
    if days:
        every = (days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1))
        days = [day for day in every if first(day) == day]
    return tuple(Count(words(day), dict(found.get(day, {})), day) for day in days)


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _by_session(cohort: Cohort, some: Sequence[Application]) -> tuple[Count, ...]:
    roles = {a.reference: a.role for a in some}
    found: dict[str, Counter[Role | None]] = {}
    for booking in cohort.bookings:
        if booking.status is BookingStatus.BOOKED and booking.reference in roles:
            found.setdefault(booking.session, Counter())[roles[booking.reference]] += 1
    return tuple(
        Count(session_name(cohort.programme, group, session), dict(found.get(session.id, {})))
        for group in cohort.programme.groups
        for session in group.sessions
    )


# ---- sessions


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """A session and how many places of it are taken. ``booked`` are people who hold a place, in order of name.

    ``declined`` of them declined the invitation, ``confirmed`` said that they will be there. ``kept`` places are held
    or offered to somebody on the waiting list. ``came`` and ``stayed_away`` are as noted afterwards.
    """

    group: SessionGroup
    session: Session
    booked: tuple[Booking, ...]
    kept: int
    waiting: int
    declined: int
    confirmed: int
    came: int
    stayed_away: int

    @property
    def is_noted(self) -> bool:
        """Whether anybody has noted who came."""
        return bool(self.came or self.stayed_away)

    def to_note(self, now: datetime) -> int:
        """Of how many nobody has noted whether they came, once it is over: they had a place and did not decline."""
        over = self.session.takes_place and self.session.ends_at is not None and self.session.ends_at <= now
        return sum(b.attended is None and b.came for b in self.booked) if over else 0

    @property
    def free(self) -> int | None:
        """Places left, None if there is no limit."""
        capacity = self.session.capacity
        return None if capacity is None else max(0, capacity - len(self.booked) - self.kept)


def sessions(cohort: Cohort) -> tuple[SessionFigures, ...]:
    """Every session, in the programme's order."""
    by_session: dict[str, list[Booking]] = {}
    for booking in cohort.bookings:
        by_session.setdefault(booking.session, []).append(booking)
    result = []
    for group in cohort.programme.groups:
        for session in group.sessions:
            rows = by_session.get(session.id, [])
            booked = [b for b in rows if b.status is BookingStatus.BOOKED]
            kept = sum(b.status in {BookingStatus.HELD, BookingStatus.OFFERED} for b in rows)
            waiting = sum(b.status is BookingStatus.WAITING for b in rows)
            booked.sort(key=lambda b: (cohort.name(b.reference).casefold(), b.reference))
            result.append(
                SessionFigures(
                    group,
                    session,
                    tuple(booked),
                    kept,
                    waiting,
                    declined=sum(b.response == "declined" for b in booked),
                    confirmed=sum(b.confirmed for b in booked),
                    came=sum(b.attended is True for b in rows),
                    stayed_away=sum(b.attended is False for b in booked),
                )
            )
    return tuple(result)


def to_note(cohort: Cohort) -> tuple[SessionFigures, ...]:
    """The sessions of the last weeks of which it is not noted who came. One that is longer ago is left in peace."""
    return tuple(
        one
        for one in sessions(cohort)
        if one.to_note(cohort.now) and one.session.ends_at and cohort.now - one.session.ends_at <= _TO_NOTE_WITHIN
    )


def session_name(programme: Programme, group: SessionGroup, session: Session) -> str:
    """A session in words: its group and its day, or what is printed of one without."""
    if session.starts_at is None:
        return ", ".join(filter(None, (group.title, session.printed or "date to be confirmed")))
    wall = session.starts_at.astimezone(programme.tz)
    return f"{group.title}, {wording.day(wall.date())}, {wording.clock_time(wall)}"


# ---- pairs


class Meeting(StrEnum):
    """What is known of one meeting of a pair."""

    MET = "Met"
    NOT_MET = "Not met"
    NO_ANSWER = "No answer"
    ASKED = "Asked"
    TO_COME = "To come"


@dataclass(frozen=True, slots=True)
class PairFigures:
    """A pair, and a word for each of its meetings. ``silent_for`` check-ins in a row one of the two gave no answer."""

    pair: Pair
    meetings: tuple[Meeting, ...]
    last_met: date | None
    silent_for: int

    @property
    def met(self) -> int:
        """How many meetings one of the two says they held."""
        return sum(meeting is Meeting.MET for meeting in self.meetings)


def _planned(programme: Programme) -> int:
    """How many meetings a pair is to have; 0 where nobody counts them."""
    return (programme.meetings.count if programme.meetings else None) or 0


def pairs(cohort: Cohort) -> tuple[PairFigures, ...]:
    """Every pair, in order of its start."""
    by_pair: dict[str, list[CheckIn]] = {}
    for checkin in cohort.checkins:
        by_pair.setdefault(checkin.pair, []).append(checkin)
    planned = _planned(cohort.programme)
    result = []
    for pair in cohort.pairs:
        checkins = by_pair.get(pair.id, [])
        numbers = range(1, max([planned, *(c.meeting for c in checkins)]) + 1)
        of_meeting = {n: [c for c in checkins if c.meeting == n] for n in numbers} if pair.status in TOGETHER else {}
        silent = max(silent_run(tuple(checkins), seat) for seat in Seat) if pair.status is PairStatus.CONFIRMED else 0
        days = [c.met_on for c in checkins if c.met and c.met_on]
        words = tuple(_meeting(of_meeting[n], cohort.now) for n in of_meeting)
        result.append(PairFigures(pair, words, max(days, default=None), silent))
    return tuple(result)


def _meeting(checkins: Sequence[CheckIn], now: datetime) -> Meeting:
    if any(c.met for c in checkins):
        return Meeting.MET
    if any(c.status is CheckInStatus.ANSWERED for c in checkins):
        return Meeting.NOT_MET
    if checkins and all(c.status is CheckInStatus.SILENT for c in checkins):
        return Meeting.NO_ANSWER
    return Meeting.ASKED if any(c.due_at <= now for c in checkins) else Meeting.TO_COME


# ---- the way from applying to evaluation


class Step(StrEnum):
    """A step of the way. Who came is as noted; where nobody noted it, a place in a session that is over counts."""

    APPLIED = "Applied"
    ASKED = "Line manager asked"
    APPROVED = "Line manager agreed"
    TRAINED = "Came to training, as far as known"
    PAIRED = "In a pair"
    FIRST_MEETING = "Held a first meeting"
    HALF_WAY = "Held half of the meetings"
    ALL_MEETINGS = "Held all meetings"
    EVALUATED = "Came to evaluation, as far as known"


class Outcome(StrEnum):
    """How it stands with an application. All but the first two are reasons of loss."""

    UNDER_WAY = "Waiting or taking part"
    COMPLETED = "Completed"
    NOT_THIS_COHORT = "Not for this cohort"
    DECLINED = "The line manager said no"
    NO_ANSWER = "The line manager did not answer in time"
    UNREACHABLE = "The line manager could not be reached"
    NO_MANAGER = "No line manager was named in time"
    WITHDRAWN = "Withdrew"
    LATE = "Late, and not let in"
    NEVER_DECIDED = "No decision was made"
    NEVER_CORRECTED = "The form was never corrected"
    NO_PARTNER = "No partner was found"
    PAIR_ENDED = "The pair ended before all meetings"
    FEWER_MEETINGS = "Fewer meetings than planned are known of"


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many took a step, by role; a role whose way has no such step is not in ``by_role``."""

    step: Step
    by_role: Mapping[Role | None, int]

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.by_role.values())


@dataclass(frozen=True, slots=True)
class Loss:
    """How many left for a reason, after the furthest step that they had taken."""

    after: Step
    why: Outcome
    by_role: Mapping[Role | None, int]

    @property
    def total(self) -> int:
        """Everybody."""
        return sum(self.by_role.values())


@dataclass(frozen=True, slots=True)
class Funnel:
    """The way of a cohort. Everybody who applied is under way, completed or lost; nobody is two of them."""

    steps: tuple[StepCount, ...]
    under_way: int
    completed: int
    losses: tuple[Loss, ...]


def funnel(cohort: Cohort) -> Funnel:
    """The way of everybody who applied. Each step is counted by itself: somebody may meet before they were trained."""
    ways = _ways(cohort)
    roles: list[Role | None] = [*cohort.programme.roles]
    if any(a.role not in cohort.programme.roles for a in cohort.applications):
        roles.append(None)
    steps = []
    for step in Step:
        having = [role for role in roles if step in _way_of(cohort.programme, role)]
        if having:
            took = Counter(_known(cohort, a.role) for a in cohort.applications if step in ways[a.reference].steps)
            steps.append(StepCount(step, {role: took[role] for role in having}))
    losses: dict[tuple[Step, Outcome], Counter[Role | None]] = {}
    outcomes: Counter[Outcome] = Counter()
    for application in cohort.applications:
        way = ways[application.reference]
        outcomes[way.outcome] += 1
        if way.outcome not in {Outcome.UNDER_WAY, Outcome.COMPLETED}:
            losses.setdefault((way.furthest, way.outcome), Counter())[_known(cohort, application.role)] += 1
    order = {word: n for n, word in enumerate((*Step, *Outcome))}
    return Funnel(
        tuple(steps),
        outcomes[Outcome.UNDER_WAY],
        outcomes[Outcome.COMPLETED],
        tuple(Loss(*key, dict(losses[key])) for key in sorted(losses, key=lambda key: [order[word] for word in key])),
    )


@dataclass(frozen=True, slots=True)
class _Way:
    steps: frozenset[Step]
    outcome: Outcome

    @property
    def furthest(self) -> Step:
        return [step for step in Step if step in self.steps][-1]


def _known(cohort: Cohort, role: Role | None) -> Role | None:
    return role if role in cohort.programme.roles else None


def _way_of(programme: Programme, role: Role | None) -> frozenset[Step]:
    """The steps that the way of a role has."""
    steps = {Step.APPLIED, Step.ASKED, Step.APPROVED, Step.PAIRED}
    if role is None:
        return frozenset({Step.APPLIED})
    steps |= {step for step, word in _BY_SESSION.items() if _required(programme, role, word)}
    if programme.meetings is not None:
        steps |= {Step.FIRST_MEETING}
    if programme.model.counts_meetings:
        steps |= {Step.HALF_WAY, Step.ALL_MEETINGS}
    return frozenset(steps)


_BY_SESSION: Final = {Step.TRAINED: "training", Step.EVALUATED: "evaluation"}


def _required(programme: Programme, role: Role, word: str) -> frozenset[str]:
    """The sessions of a role's required groups that are called so, by the group or by the time that is asked for it."""
    described = programme.roles.get(role)
    asked = {c.group for c in described.commitments if word in f"{c.id} {c.title}".casefold()} if described else set()
    groups = [g for g in programme.groups_for(role) if g.required]
    named = [g for g in groups if g.id in asked or word in f"{g.id} {g.title}".casefold()]
    return frozenset(s.id for g in named for s in g.sessions)


def _ways(cohort: Cohort) -> dict[str, _Way]:
    held: dict[str, set[tuple[str, int]]] = {}
    for checkin in cohort.checkins:
        if checkin.met:
            held.setdefault(checkin.pair, set()).add((checkin.pair, checkin.meeting))
    met: dict[str, set[tuple[str, int]]] = {}
    of: dict[str, list[Pair]] = {}
    for pair in cohort.pairs:
        if pair.status in TOGETHER:
            for reference in (pair.mentor, pair.mentee):
                of.setdefault(reference, []).append(pair)
                met.setdefault(reference, set()).update(held.get(pair.id, ()))
    over = {
        session.id
        for group in cohort.programme.groups
        for session in group.sessions
        if session.ends_at is not None and session.ends_at <= cohort.now and session.takes_place
    }
    been: dict[str, set[str]] = {}
    for booking in cohort.bookings:
        if booking.session in over and booking.came:
            been.setdefault(booking.reference, set()).add(booking.session)
    ways = {}
    for application in cohort.applications:
        reference = application.reference
        steps = _steps(
            cohort, application, of.get(reference, []), len(met.get(reference, ())), been.get(reference, set())
        )
        ways[reference] = _Way(steps, _outcome(cohort, application, of.get(reference, []), steps))
    return ways


def _steps(
    cohort: Cohort, application: Application, of: Sequence[Pair], met: int, been: Iterable[str]
) -> frozenset[Step]:
    programme, request = cohort.programme, _request(application)
    planned = _planned(programme)
    took = {
        Step.APPLIED: True,
        Step.ASKED: request is not None,
        Step.APPROVED: application.status is Status.APPROVED or _answer(request) is Answer.APPROVE,
        Step.PAIRED: bool(of),
        Step.FIRST_MEETING: met >= 1,
        Step.HALF_WAY: 2 * met >= planned,
        Step.ALL_MEETINGS: met >= planned,
    }
    if application.role is not None:
        for step, word in _BY_SESSION.items():
            took[step] = not _required(programme, application.role, word).isdisjoint(been)
    return frozenset(step for step in _way_of(programme, _known(cohort, application.role)) if took.get(step))


def _request(application: Application) -> ManagerRequest | None:
    """The request in force, unless it is one of an application that went before this one."""
    request = application.request
    return request if request is not None and request.asked_at >= application.received_at else None


def _answer(request: ManagerRequest | None) -> Answer | None:
    return request.answer if request else None


def _outcome(cohort: Cohort, application: Application, of: Sequence[Pair], steps: frozenset[Step]) -> Outcome:
    match application.status:
        case Status.NOT_THIS_COHORT:
            return Outcome.NOT_THIS_COHORT
        case Status.DECLINED:
            return Outcome.DECLINED
        case Status.WITHDRAWN | Status.ERASED:
            return Outcome.WITHDRAWN
        case Status.LAPSED:
            if application.manager_unreachable:
                return Outcome.UNREACHABLE
            return Outcome.NO_MANAGER if application.waits_for_manager_name else Outcome.NO_ANSWER
        case Status.APPROVED:
            return _outcome_of_approved(cohort, _known(cohort, application.role), of, steps)
    return _IF_IT_IS_OVER[application.status] if cohort.over else Outcome.UNDER_WAY


_IF_IT_IS_OVER: Final = {
    Status.AWAITING_MANAGER: Outcome.NO_ANSWER,
    Status.LATE: Outcome.LATE,
    Status.NEEDS_DECISION: Outcome.NEVER_DECIDED,
    Status.NEEDS_CORRECTION: Outcome.NEVER_CORRECTED,
}


def _outcome_of_approved(cohort: Cohort, role: Role | None, of: Sequence[Pair], steps: frozenset[Step]) -> Outcome:
    if not cohort.programme.model.counts_meetings:
        return Outcome.COMPLETED if cohort.over else Outcome.UNDER_WAY
    evaluated = Step.EVALUATED in steps or Step.EVALUATED not in _way_of(cohort.programme, role)
    if Step.ALL_MEETINGS in steps and (cohort.over or evaluated):
        return Outcome.COMPLETED
    if not cohort.over:
        # Also of a pair that has ended: they may get another partner.
        return Outcome.UNDER_WAY
    if not of:
        return Outcome.NO_PARTNER
    return Outcome.PAIR_ENDED if all(p.status is PairStatus.ENDED for p in of) else Outcome.FEWER_MEETINGS


# ---- who waits for whom


class Whom(StrEnum):
    """Who has to do something."""

    TEAM = "The team"
    MANAGER = "Line manager"
    PERSON = "Applicant or participant"
    PLACE = "A place in a session"
    PARTNER = "A partner"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody waits for somebody. ``reference`` is whose application it is about, '' of a pair.

    ``name`` is whose turn it is; ``what`` is a sentence; ``command`` is what to type into Commands if the team wants
    to do something about it, '' if there is nothing.
    """

    whom: Whom
    name: str
    reference: str
    what: str
    since: datetime
    days: int
    until: datetime | None = None
    command: str = ""


def waits(cohort: Cohort) -> tuple[Waiting, ...]:
    """Who waits for whom: what the team has to do first, then by who it is; who waits longest first."""
    stages = {PairStatus.CONFIRMED, PairStatus.OFFERED, *TO_COME}
    spoken_for = {r for p in cohort.pairs if p.status in stages for r in (p.mentor, p.mentee)}
    names = {s.id: session_name(cohort.programme, g, s) for g in cohort.programme.groups for s in g.sessions}
    over = cohort.over
    found = [
        wait
        for application in cohort.applications
        for wait in _waits_of(cohort, application, names, alone=application.reference not in spoken_for, over=over)
    ]
    found += _wishes_to_talk(cohort)
    if not over:
        found += [*_waits_of_offers(cohort), *_waits_of_pairs(cohort)]
    order = {whom: n for n, whom in enumerate(Whom)}
    return tuple(sorted(found, key=lambda w: (order[w.whom], w.since, w.reference, w.what)))


def long_waits_for_managers(cohort: Cohort) -> tuple[Waiting, ...]:
    """The line managers who were reminded as often as the programme reminds, and have not answered; longest first."""
    days = max(cohort.programme.approval.reminder_days, default=_WEEK.days)
    return tuple(wait for wait in waits(cohort) if wait.whom is Whom.MANAGER and wait.days >= days)


def without_partner(cohort: Cohort) -> tuple[Waiting, ...]:
    """Who is approved and in no pair, not even a proposed one, once the training of their role is over.

    In a role without training, once applications have closed. Who was told that there is no partner this time is not.
    """
    ready = {role for role in cohort.programme.roles if _is_trained(cohort, role)}
    return tuple(
        wait
        for wait in waits(cohort)
        if wait.whom is Whom.PARTNER and _known(cohort, cohort.people[wait.reference].role) in ready
    )


def _is_trained(cohort: Cohort, role: Role) -> bool:
    """Whether everybody of a role who applied in time has had their chance of training."""
    ids = _required(cohort.programme, role, "training")
    ends = [s.ends_at for g in cohort.programme.groups for s in g.sessions if s.id in ids and s.takes_place]
    over = max((end for end in ends if end is not None), default=cohort.closes_at)
    return over is None or over <= cohort.now


def picture(cohort: Cohort) -> tuple[str, ...]:
    """How the cohort stands, in sentences: each step of the way with its numbers by role, and who was lost why.

    Nothing as long as nobody has applied.
    """
    if not cohort.applications:
        return ()
    way = funnel(cohort)
    lines = [
        f"{step.step}: {step.total} ({', '.join(f'{cohort.title(role)} {n}' for role, n in step.by_role.items())})."
        for step in way.steps
        if step.total
    ]
    together = [p for p in pairs(cohort) if p.pair.status is PairStatus.CONFIRMED]
    if together:
        lines.append(f"Pairs that go on: {len(together)}, with {sum(p.met for p in together)} meetings held.")
    lost: Counter[Outcome] = Counter()
    for loss in way.losses:
        lost[loss.why] += loss.total
    lines += [f"{why}: {number}." for why, number in lost.items()]
    return (*lines, *not_counted(cohort))


def not_counted(cohort: Cohort) -> tuple[str, ...]:
    """Who is in no figure any more, in a sentence; nothing if that is nobody."""
    return (f"Not counted any more, since their data was deleted: {cohort.deleted}.",) if cohort.deleted else ()


def _waits_of(
    cohort: Cohort, application: Application, names: Mapping[str, str], *, alone: bool, over: bool
) -> Iterator[Waiting]:
    def wait(
        whom: Whom, what: str, since: datetime, *, name: str = "", until: datetime | None = None, command: str = ""
    ) -> Waiting:
        return Waiting(whom, name, application.reference, what, since, _days(cohort, since), until, command)

    arrived = application.revised_at or application.received_at
    person = application.person.full_name
    if application.erasure_asked_at is not None:
        yield wait(Whom.TEAM, "Asks for their data to be deleted", application.erasure_asked_at, command="erase")
    match application.status:
        case Status.AWAITING_MANAGER:
            yield _wait_for_manager(cohort, application, wait)
        case Status.NEEDS_DECISION:
            yield wait(Whom.TEAM, "Decide whether this application is let in", arrived, command="admit")
        case Status.LATE:
            yield wait(Whom.TEAM, "Decide whether this late application is let in", arrived, command="approve late")
        case Status.NEEDS_CORRECTION if not application.person.email:
            yield wait(Whom.TEAM, "No address could be read: reach the applicant another way", arrived)
        case Status.NEEDS_CORRECTION:
            yield wait(Whom.PERSON, "Correct the form", arrived, name=person)
        case Status.APPROVED if not over:
            yield from _waits_of_approved(cohort, application, wait, names, alone=alone)


type _Wait = Callable[..., Waiting]


def _wait_for_manager(cohort: Cohort, application: Application, wait: _Wait) -> Waiting:
    request, person = application.request, application.person.full_name
    until = deadline(cohort.programme, application, cohort.closes_at)
    if request is None:
        return wait(Whom.TEAM, "Nobody has been asked to release them", application.received_at, until=until)
    if request.bounced_at is not None and not application.answered:
        what = "Give another address of the line manager: mail came back"
        return wait(Whom.PERSON, what, request.bounced_at, name=person, until=until)
    if application.waits_for_manager_name:
        since = request.answered_at or request.asked_at
        return wait(Whom.PERSON, "Name the line manager", since, name=person, until=until)
    reply = application.open_suggestion
    if reply is not None:
        what = "Read the line manager's reply by mail, and take it as the answer"
        return wait(Whom.TEAM, what, reply.at, until=until, command="accept reply")
    first = request
    for earlier in reversed(application.requests[:-1]):
        # The same manager, asked again with a new link, has been waited for since they were first asked.
        if not first.asked_afresh or earlier.asked_at < application.received_at:
            break
        first = earlier
    what = "Say whether the applicant can be released"
    return wait(Whom.MANAGER, what, first.asked_at, name=request.manager.name, until=until, command="resend approval")


def _waits_of_approved(
    cohort: Cohort, application: Application, wait: _Wait, names: Mapping[str, str], *, alone: bool
) -> Iterator[Waiting]:
    request, person = application.request, application.person.full_name
    approved = (request.answered_at if request else None) or application.received_at
    in_lists = [w for w in application.waits if w.over_at is None]
    for place in in_lists:
        name = names.get(place.session, place.session)
        if place.offered and place.offered_at is not None:
            what = f"Take or leave the place offered in {name}"
            yield wait(Whom.PERSON, what, place.offered_at, name=person, until=place.offered_until)
        else:
            yield wait(Whom.PLACE, f"On the waiting list of {name}", place.joined_at, name=person)
    waited_for = {group.id for place in in_lists if (group := cohort.programme.group_of(place.session)) is not None}
    for group in undecided_groups(cohort.programme, application):
        if group.id not in waited_for and can_be_chosen(group, application):
            yield wait(Whom.PERSON, f"Choose a date: {group.title}", approved, name=person)
        elif group.id not in waited_for:
            yield wait(Whom.TEAM, f"Give a date in Sessions: {group.title}", approved)
    if alone and application.no_partner_at is None and application.role is not Role.SPONSOR:
        yield wait(Whom.PARTNER, "Approved, and in no pair", approved, name=person, command="draw pairs")


def _wishes_to_talk(cohort: Cohort) -> Iterator[Waiting]:
    """Where to look and no name, as in the digest: a list goes further than the table."""
    for checkin in cohort.checkins:
        if checkin.wants_to_talk:
            since = checkin.answered_at or checkin.due_at
            what = f"Somebody would like to talk: CheckIns, row {checkin.id}"
            yield Waiting(Whom.TEAM, "", "", what, since, _days(cohort, since))


def _waits_of_offers(cohort: Cohort) -> Iterator[Waiting]:
    """Pairs that the team has yet to publish, in one line, and people who can still say no to a partner."""
    drafts = sum(pair.status in TO_COME for pair in cohort.pairs)
    if drafts:
        what = f"Read what is drafted or proposed in Pairs, then publish it with {drafts} in Note"
        yield Waiting(Whom.TEAM, "", "", what, cohort.now, 0, command="publish pairs")
    for pair in cohort.pairs:
        if pair.status is not PairStatus.OFFERED:
            continue
        since = pair.offered_at or cohort.now
        for seat in Seat:
            if pair.says(seat) is PartnerAnswer.TALK:
                what = f"Pair {pair.row or pair.id}: somebody would like to talk before they say yes or no"
                yield Waiting(Whom.TEAM, "", "", what, since, _days(cohort, since))
            elif pair.says(seat) is None:
                name, reference = cohort.name(pair.reference_of(seat)), pair.reference_of(seat)
                what = f"Pair {pair.row or pair.id}: can say no to this partner. Silence is a yes"
                yield Waiting(Whom.PERSON, name, reference, what, since, _days(cohort, since), pair.answer_by)


def _waits_of_pairs(cohort: Cohort) -> Iterator[Waiting]:
    # Whoever is not in a confirmed pair any more is left in peace.
    going_on = {p.id: p for p in cohort.pairs if p.status is PairStatus.CONFIRMED}
    by_person: dict[tuple[str, Seat], list[CheckIn]] = {}
    for checkin in cohort.checkins:
        by_person.setdefault((checkin.pair, checkin.seat), []).append(checkin)
    for pair in going_on.values():
        gone = [r for r in (pair.mentor, pair.mentee) if r not in cohort.people]
        gone += [r for r in (pair.mentor, pair.mentee) if r in cohort.people and not _takes_part(cohort.people[r])]
        if gone:
            left = cohort.people.get(gone[0])
            since = (left.closed_at if left else None) or pair.confirmed_at or cohort.now
            what = f"Pair {pair.row or pair.id}: one person no longer takes part. End the pair, or find another"
            yield Waiting(Whom.TEAM, "", gone[0] if left else "", what, since, _days(cohort, since))
            continue
        for seat in Seat:
            mine = tuple(by_person.get((pair.id, seat), ()))
            run = silent_run(mine, seat)
            if run >= cohort.programme.checkins.silent_in_a_row and not pair.silence_known:
                settled = [c for c in mine if c.status is not CheckInStatus.EXPECTED]
                since = settled[-run].due_at
                name, reference = cohort.name(pair.reference_of(seat)), pair.reference_of(seat)
                what = f"Pair {pair.row or pair.id}: no answer to the last {run} check-ins"
                yield Waiting(Whom.PERSON, name, reference, what, since, _days(cohort, since))


def _takes_part(application: Application) -> bool:
    return application.status is Status.APPROVED


def _days(cohort: Cohort, since: datetime) -> int:
    """Whole days on the calendar, so that yesterday evening is one day ago."""
    return max(0, (cohort.day(cohort.now) - cohort.day(since)).days)


# ---- what may leave the team, once it is protected


def breakdowns(cohort: Cohort) -> tuple[Breakdown, ...]:
    """What can be told of a cohort to the public. Nothing is crossed; it goes through ``disclosure.protect`` first.

    Everybody who applied, by role, area and type of organisation; the people in pairs by role, and of each role the
    levels.
    """
    applied, in_pairs = (f"{cohort.programme.id}: applications",), (f"{cohort.programme.id}: people in pairs",)
    together = {r for p in cohort.pairs if p.status in TOGETHER for r in (p.mentor, p.mentee)}
    paired = [a for a in cohort.applications if a.reference in together]
    result = [
        Breakdown(by.name.lower(), f"Applications by {by.value.lower()}", applied, _totals(counts(cohort, by)))
        for by in (By.ROLE, By.AREA, By.SECTOR)
    ]
    result.append(
        Breakdown(
            By.ORGANISATION.name.lower(),
            "Applications by organisation",
            applied,
            _totals(counts(cohort, By.ORGANISATION)),
            few_together=True,
        )
    )
    roles = _totals(counts(cohort, By.ROLE, paired))
    by_role = Breakdown("role", "People in pairs by role", in_pairs, roles, among=applied)
    result.append(by_role)
    for role in cohort.programme.roles:
        title = cohort.title(role)
        some = [a for a in paired if a.role is role]
        levels = _totals(counts(cohort, By.LEVEL, some))
        result.append(Breakdown("level", f"{title}: level", (*by_role.path, title), levels, few_together=True))
    return tuple(result)


def _totals(figures: Iterable[Count]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for count in figures:
        totals[count.what] += count.total
    return dict(totals)
