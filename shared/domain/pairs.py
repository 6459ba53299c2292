"""A pair from its draft to its last check-in: who is told of whom, who said no, and what follows from its first day.

Everything hangs on the day the pair starts, which an administrator types or keeps; the programme names no start date.
What would introduce the wrong two people to each other is objected to first, because no mail can be called back.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from shared.domain import rhythm, wording
from shared.domain.addresses import is_same_mailbox, mailbox_of
from shared.domain.application import Answer, Application
from shared.domain.cohort_model import CohortModel, Releaser, Seat
from shared.domain.matching.rules import Rule
from shared.domain.programme import Programme, end_of_day
from shared.domain.text import as_word, clean

_MORNING = 9
# Pairs are made in the months around a programme, and planned some months ahead: a year typed wrong lies outside.
_AROUND = timedelta(days=90)
# A row may be typed some days late. A start further back would be introduced at once, with a day that is long over.
_LATE_BY_AT_MOST = timedelta(days=7)
_AHEAD_OF_OPEN_ENDED = timedelta(days=2 * 365)
_BETWEEN_WORDS = re.compile(r"[,;/|+&\n]|\band\b", re.IGNORECASE)
_NO_LETTERS = re.compile(r"[\W_]+")


#: The first day of a pair of which nobody has said when it starts.
NO_DAY = date.max


class PairStatus(StrEnum):
    """The words in ``Pairs.Status``. Administrators type ``proposed``, ``forbidden``, ``confirmed`` and ``ended``."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    FORBIDDEN = "forbidden"
    OFFERED = "offered"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ENDED = "ended"


#: In these the two were told of each other, so neither is free for somebody else.
TOGETHER = frozenset({PairStatus.OFFERED, PairStatus.CONFIRMED})
#: In these the two are to be told, or will be unless somebody changes it.
TO_COME = frozenset({PairStatus.DRAFT, PairStatus.PROPOSED})


class PartnerAnswer(StrEnum):
    """What somebody says of the partner they are offered. A no of either kind ends the offer, and no reason is asked.

    Who would like to talk first has not answered yet: until they do, silence is no yes.
    """

    YES = "yes"
    NO = "no"
    KNOW_EACH_OTHER = "know each other"
    TALK = "would like to talk"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two applications that meet. ``id`` is derived from both references; ``row`` is the name of its row in ``Pairs``.

    ``silence_known``: the team knows that nothing is heard from them.
    """

    programme: str
    id: str
    mentor: str
    mentee: str
    start: date
    status: PairStatus
    confirmed_at: datetime | None = None
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    declined_at: datetime | None = None
    ended_at: datetime | None = None
    mentor_says: PartnerAnswer | None = None
    mentee_says: PartnerAnswer | None = None
    row: str = ""
    silence_known: bool = False

    def says(self, seat: Seat) -> PartnerAnswer | None:
        """What the person who sits there answered to the offer."""
        return self.mentor_says if seat is Seat.MENTOR else self.mentee_says

    @property
    def waits_for_talk(self) -> bool:
        """Whether one of the two would like to talk before they answer."""
        return PartnerAnswer.TALK in {self.mentor_says, self.mentee_says}

    def is_late(self, now: datetime) -> bool:
        """Whether the last day to say no is over."""
        return self.answer_by is not None and now > self.answer_by

    def open_at(self, now: datetime) -> bool:
        """Whether both can still say no: in time, or for as long as one of them would like to talk first."""
        in_time = self.answer_by is not None and (self.waits_for_talk or not self.is_late(now))
        return self.status is PairStatus.OFFERED and in_time

    def starts_after_offer(self, zone: ZoneInfo) -> bool:
        """Whether the first day comes after the last on which both can say no, so that it is sure from the offer on."""
        return self.answer_by is None or self.start > self.answer_by.astimezone(zone).date()

    def reference_of(self, seat: Seat) -> str:
        """The application of the person who sits there."""
        return self.mentor if seat is Seat.MENTOR else self.mentee


@dataclass(frozen=True, slots=True)
class PairRow:
    """A row of ``Pairs`` as an administrator typed it; every field may be nonsense.

    ``seen`` is what was typed when it was last worked on (see ``rows.fingerprint``). ``cause`` is what had the app
    draft it, ``ended_by`` the command that ended it, ``searched`` whether both were looked for again after a no.
    ``silence_known``: the team knows that nothing is heard from the two, and need not be told.
    """

    programme: str
    key: str
    mentor: str
    mentee: str
    start: str
    status: str
    remark: str
    known_as: str
    seen: str
    confirmed_at: datetime | None
    overruled: str = ""
    silence_known: bool = False
    names: str = ""
    round: int = 0
    cause: str = ""
    ended_by: str = ""
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    declined_at: datetime | None = None
    ended_at: datetime | None = None
    mentor_says: str = ""
    mentee_says: str = ""
    searched: bool = False

    @property
    def taken_up(self) -> bool:
        """Whether the two are together, and were when it was last worked on: both may have been told."""
        status = as_word(self.status, PairStatus)
        since = self.confirmed_at if status is PairStatus.CONFIRMED else self.offered_at
        return status in TOGETHER and since is not None and self.seen.endswith(f"|{status}")


class Objection(StrEnum):
    """Why two people are not introduced: the word that overrules it, typed into ``Pairs.Overruled``."""

    LINE_MANAGER = "line manager"
    SECOND_PAIR = "second pair"
    START = "start date"
    SAME_MANAGER = "same manager"
    SAME_TEAM = "same team"
    SAME_ORGANISATION = "same organisation"
    OTHER_ORGANISATION = "other organisation"
    SENIORITY = "seniority"
    SAME_LEVEL = "same level"
    WAY_OF_MEETING = "way of meeting"
    OTHER_PLACE = "other place"
    PARTNERS_BEFORE = "partners before"


#: The rules of a programme that a typed pair can break, as far as the team may know that it does.
_OBJECTIONS: Mapping[Rule, tuple[Objection, str]] = {
    Rule.NOT_ONE_MANAGER: (Objection.SAME_MANAGER, "they have the same line manager."),
    Rule.NOT_PARTNERS_BEFORE: (Objection.PARTNERS_BEFORE, "they were partners before."),
    Rule.NOT_SAME_TEAM: (Objection.SAME_TEAM, "they work, or may work, in the same team."),
    Rule.DIFFERENT_ORGANISATION: (
        Objection.SAME_ORGANISATION,
        "they work, or may work, for the same organisation.",
    ),
    Rule.SAME_ORGANISATION: (Objection.OTHER_ORGANISATION, "they may not work for the same organisation."),
    Rule.MENTEE_MORE_SENIOR: (Objection.SENIORITY, "the mentee is not the more senior."),
    Rule.NOT_SAME_LEVEL: (Objection.SAME_LEVEL, "they are at the same level."),
    Rule.WAYS_OF_MEETING_FIT: (
        Objection.WAY_OF_MEETING,
        "one can only meet in person and the other only online.",
    ),
    Rule.SAME_PLACE_IN_PERSON: (
        Objection.OTHER_PLACE,
        "they would meet in person and work in different places.",
    ),
}


def overruled(typed: str) -> frozenset[Objection]:
    """The objections that a cell names, whatever its blanks, hyphens, quotation marks and capitals."""
    words = {_NO_LETTERS.sub("", part).casefold() for part in _BETWEEN_WORDS.split(clean(typed, multiline=True))}
    return frozenset(objection for objection in Objection if _NO_LETTERS.sub("", objection) in words)


def objections_to(
    model: CohortModel,
    mentor: Application,
    mentee: Application,
    taken: Collection[tuple[Seat, str]],
    typed: str,
    *,
    broken: Collection[Rule] = (),
) -> str:
    """Why these two are not introduced to each other, in words for an administrator; '' if they may be.

    ``taken`` are the places whose person is in a pair already, with the name of its row; ``typed`` is what
    stands in ``Overruled``. Nobody is ever introduced to themself, by whichever address of their mailbox they applied.
    ``broken`` are the open rules of the programme that must hold and do not; of what people told in confidence
    nothing is said here.
    """
    if is_same_mailbox(mentor.person.email, mentee.person.email):
        return "Not confirmed: Mentor and Mentee are the same person."
    rules = [_OBJECTIONS[rule] for rule in broken if rule in _OBJECTIONS]
    told = [*_reporting_line(model, mentor, mentee), *_second_pair(model, taken), *rules]
    left = [(objection, says) for objection, says in told if objection not in overruled(typed)]
    if not left:
        return ""
    words = ", ".join(dict.fromkeys(objection for objection, _ in left))
    why = " ".join(says for _, says in left)
    return f"Not confirmed: {why} If it is meant all the same, type '{words}' into the column Overruled of this row."


def _reporting_line(model: CohortModel, mentor: Application, mentee: Application) -> Iterable[tuple[Objection, str]]:
    if model.released_by is not Releaser.MANAGER:
        return  # the sponsor of a board releases all of it
    if mailbox_of(mentor.person.email) in managers_of(mentee):
        yield Objection.LINE_MANAGER, f"{model.called(Seat.MENTOR)} is {model.called(Seat.MENTEE)}'s line manager."
    if mailbox_of(mentee.person.email) in managers_of(mentor):
        yield Objection.LINE_MANAGER, f"{model.called(Seat.MENTEE)} is {model.called(Seat.MENTOR)}'s line manager."


def managers_of(application: Application) -> frozenset[str]:
    """The mailboxes of those who manage the person, as far as they did not say that they do not."""
    asked = (r.manager.email for r in application.requests if r.answer is not Answer.NOT_MY_REPORT)
    return frozenset(mailbox_of(address) for address in (application.manager.email, *asked) if address)


def _second_pair(model: CohortModel, taken: Collection[tuple[Seat, str]]) -> Iterable[tuple[Objection, str]]:
    for seat, row in taken:
        yield Objection.SECOND_PAIR, f"{model.called(seat)} is in the pair '{row}' already."


class CheckInStatus(StrEnum):
    """The words in ``CheckIns.Status``."""

    EXPECTED = "Expected"
    ANSWERED = "Answered"
    SILENT = "Silent"


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One person asked about one meeting. ``rating`` is 1 to 5; ``note`` is for the equality team alone."""

    programme: str
    pair: str
    meeting: int
    seat: Seat
    reference: str
    due_at: datetime
    status: CheckInStatus = CheckInStatus.EXPECTED
    met: bool | None = None
    met_on: date | None = None
    rating: int | None = None
    note: str = ""
    wants_to_talk: bool = False
    answered_at: datetime | None = None

    @property
    def id(self) -> str:
        """Unique within the programme; also how mails and links name it."""
        return f"{self.pair}.{self.meeting}.{self.seat}"


@dataclass(frozen=True, slots=True)
class CheckInAnswer:
    """What a person answers on the check-in page."""

    met: bool
    met_on: date | None
    rating: int | None
    note: str
    wants_to_talk: bool


def start_problem(programme: Programme, start: date, *, closes_at: datetime | None, today: date) -> str:
    """Why no pair starts on that day, noticed before anybody is introduced with it; '' if one can."""

    def day(instant: datetime) -> date:
        return instant.astimezone(programme.tz).date()

    typed = f"StartDate is {wording.day(start)}"
    first = min((s.starts_at for group in programme.groups for s in group.sessions if s.starts_at), default=None)
    opens_at = programme.opens_at or first
    if opens_at is not None and start < day(opens_at) - _AROUND:
        begin = "applications opened" if programme.opens_at else "the first session,"
        return f"{typed}, long before {begin} on {wording.day(day(opens_at))}. Check the year."
    ends_at = programme.ends_at
    if ends_at is None:
        return f"{typed}, years ahead. Check the year." if start > today + _AHEAD_OF_OPEN_ENDED else ""
    last = day(max(ends_at, closes_at or ends_at))
    if start > last + _AROUND:
        return f"{typed}, long after the programme's end, {wording.day(last)}. Check the year."
    return ""


def past_start(start: date, *, today: date, typed: str) -> str:
    """Why a pair that is new is not introduced with a first day that is over; '' if it may be.

    ``typed`` is what stands in ``Overruled``.
    """
    if start >= today - _LATE_BY_AT_MOST or Objection.START in overruled(typed):
        return ""
    return (
        f"Not confirmed: StartDate is {wording.day(start)}, more than a week ago. Check the day and the month. "
        f"If it is meant all the same, type '{Objection.START}' into the column Overruled of this row."
    )


def last_day_to_say_no(programme: Programme, offered_at: datetime) -> datetime:
    """The last second of the day until which both may say no to an offer; never on a day off."""
    zone = programme.tz
    day = offered_at.astimezone(zone).date() + timedelta(days=programme.matching.days_to_say_no)
    while not rhythm.is_working_day(day):
        day += timedelta(days=1)
    return end_of_day(day, zone).astimezone(UTC)


def usual_start(programme: Programme, now: datetime) -> date:
    """The first day that a drafted pair gets: a working Monday, a week and more after both could have said no."""
    day = last_day_to_say_no(programme, now).astimezone(programme.tz).date() + timedelta(days=7)
    day += timedelta(days=-day.weekday() % 7)
    while not rhythm.is_working_day(day):
        day += timedelta(days=1)
    return day


def after_answer(pair: Pair, seat: Seat, says: PartnerAnswer, now: datetime) -> PairStatus:
    """What an offer becomes when one of the two answers. After the last day, silence of the other one is a yes."""
    if says in {PartnerAnswer.NO, PartnerAnswer.KNOW_EACH_OTHER}:
        return PairStatus.DECLINED
    other = pair.says(seat.other)
    agreed = other is PartnerAnswer.YES or (other is None and pair.is_late(now))
    return PairStatus.CONFIRMED if agreed and says is PartnerAnswer.YES else PairStatus.OFFERED


def introduction_at(programme: Programme, pair: Pair) -> datetime:
    """When both are introduced: 9am on the start day, or at once if that has passed when the pair is confirmed.

    One that silence confirmed at midnight waits for the morning.
    """
    morning = wording.at_wall_time(pair.start, _MORNING, 0, programme.tz)
    if pair.confirmed_at is None:
        return morning
    confirmed_on = pair.confirmed_at.astimezone(programme.tz).date()
    return max(morning, pair.confirmed_at, wording.at_wall_time(confirmed_on, _MORNING, 0, programme.tz))


def expected_checkins(programme: Programme, pair: Pair, now: datetime) -> tuple[CheckIn, ...]:
    """The check-ins of a pair, both people, in due order, each at 9am UK time or on the first working morning after.

    Meetings that are counted are spread evenly over the programme's months. Cohort 7: six meetings over six months, so
    one check-in a month after the start day. Where none are counted, both are asked every few months whether they
    still meet, until the programme's months are over; without an end, up to the next time after ``now``.
    """
    meetings = programme.meetings
    if meetings is None:
        return ()
    if meetings.count is not None:
        days = [_meeting_day(pair.start, n, meetings.count, meetings.months or 1) for n in range(1, meetings.count + 1)]
    else:
        days = _still_going_days(programme, pair.start, meetings.months, now)
    result = []
    for number, day in enumerate(days, start=1):
        due = rhythm.next_working(wording.at_wall_time(day, _MORNING, 0, programme.tz), programme.tz)
        result += [CheckIn(pair.programme, pair.id, number, seat, pair.reference_of(seat), due) for seat in Seat]
    return tuple(result)


def _still_going_days(programme: Programme, start: date, months: int | None, now: datetime) -> list[date]:
    every = programme.checkins.still_going_months
    # One step beyond today: a silence is settled days after it, and finds the next one in place.
    last = max(now.astimezone(programme.tz).date(), start) + relativedelta(months=every)
    if months is not None:
        last = min(last, start + relativedelta(months=months))
    days = []
    day = start + relativedelta(months=every)
    while day <= last:
        days.append(day)
        day = start + relativedelta(months=every * (len(days) + 1))
    return days


def _meeting_day(start: date, number: int, count: int, months: int) -> date:
    whole, rest = divmod(number * months, count)
    step = relativedelta(months=whole, days=round(rest * 30 / count))
    return start + step


def nudge_at(programme: Programme, checkin: CheckIn) -> datetime:
    """When a silent person is asked once more."""
    return _days_after(programme, checkin, programme.checkins.nudge_after_days)


def silent_at(programme: Programme, checkin: CheckIn) -> datetime:
    """When no answer counts as silence."""
    return _days_after(programme, checkin, programme.checkins.silent_after_days)


def _days_after(programme: Programme, checkin: CheckIn, days: int) -> datetime:
    return rhythm.next_working(rhythm.days_after(checkin.due_at, days, programme.tz), programme.tz)


def answered(checkin: CheckIn, answer: CheckInAnswer, *, now: datetime) -> CheckIn:
    """The check-in with its answer; a later answer replaces the earlier one."""
    return replace(
        checkin,
        status=CheckInStatus.ANSWERED,
        met=answer.met,
        met_on=answer.met_on if answer.met else None,
        rating=answer.rating if answer.met else None,
        note=answer.note,
        wants_to_talk=answer.wants_to_talk or checkin.wants_to_talk,
        answered_at=now,
    )


def silent_run(checkins: tuple[CheckIn, ...], seat: Seat) -> int:
    """How many check-ins in a row, up to the newest one settled, a person left without an answer."""
    settled = sorted(
        (c for c in checkins if c.seat is seat and c.status is not CheckInStatus.EXPECTED), key=lambda c: c.meeting
    )
    run = 0
    for checkin in reversed(settled):
        if checkin.status is not CheckInStatus.SILENT:
            break
        run += 1
    return run


def matched(application: Application, pair: str, start: date) -> Application:
    """The person is in a confirmed pair from that day."""
    return replace(application, pairs=MappingProxyType({**application.pairs, pair: start}))


def without_partner(application: Application, *, now: datetime | None) -> Application:
    """The application of somebody for whom there is no partner in this cohort; ``now`` None: look for one again."""
    return replace(application, no_partner_at=(application.no_partner_at or now) if now else None)


def left_out(application: Application, *, now: datetime) -> Application:
    """The application of somebody who is in none of the pairs that were published: they are told of it once."""
    return replace(application, left_out_at=application.left_out_at or now)


def no_longer_matched(application: Application, pair: str, *, today: date) -> Application:
    """The pair has ended, or is somebody else's. That they were in a pair that had begun is remembered."""
    rest = MappingProxyType({p: day for p, day in application.pairs.items() if p != pair})
    began = [day for day in (application.pairs.get(pair), application.paired_before) if day is not None]
    first = min((day for day in began if day <= today), default=None)
    return replace(application, pairs=rest, paired_before=first)
