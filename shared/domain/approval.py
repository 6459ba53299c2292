"""The line manager's answer: who may be asked until when, what an answer does, and when it can still be corrected."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain import rhythm
from shared.domain.addresses import is_same_mailbox, may_be_same_person
from shared.domain.answers import NOT_YET_AGREED, email_key
from shared.domain.application import Answer, Application, LineManager, ManagerRequest, Status
from shared.domain.closing import grace_ends
from shared.domain.cohort_model import Releaser
from shared.domain.programme import Programme
from shared.domain.text import LONGEST_LINE

#: The most answers to one request: each may be a mail to the applicant. Whoever wants to give another writes to us.
MOST_ANSWERS = 5

#: The most characters of what a manager writes, by field. The reason goes to the applicant, the note to the team.
LONGEST = {"reason": 500, "note": 2_000, "right_manager_name": LONGEST_LINE}

_LEAST_GAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ManagerAnswer:
    """What a manager's form said. ``revision`` is the number of answers the page showed when it was filled in."""

    answer: Answer
    revision: int
    reason: str = ""
    note: str = ""
    right_manager: LineManager | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """The answer takes effect."""

    application: Application


@dataclass(frozen=True, slots=True)
class Stands:
    """Nothing changes: an earlier answer stands, or the question is no longer open. ``because`` picks the page."""

    because: Literal["already answered", "passed on", "closed", "withdrawn", "told", "too many"]


Outcome = Decided | Stands


def deadline(programme: Programme, application: Application, closes_at: datetime | None) -> datetime | None:
    """Until when an answer counts: to the end of the day that is the programme's grace days after the closing date.

    Somebody let in after the closing date gets the same number of days from that one. None: no end. Mails and pages
    say the day alone, so all of it counts, whatever time of day applications closed or somebody was let in.
    """
    if closes_at is None:
        return None
    starts = [closes_at] if application.let_in_at is None else [closes_at, application.let_in_at]
    return grace_ends(programme, max(starts))


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder to a manager. ``purpose`` names it for good, whichever others there are before it.

    ``wanted`` is the instant that the programme asks for, ``at`` the one at which people are at work.
    """

    purpose: str
    wanted: datetime
    at: datetime


def reminders(programme: Programme, application: Application, closes_at: datetime | None) -> tuple[Reminder, ...]:
    """How the manager in charge is reminded: by day, on working days, days apart, none after the deadline.

    Those that count from the request never change with the closing date. The one before closing has its date in its
    name: a date that was moved is a new reminder, unless another one stands near it.
    """
    request = application.request
    if request is None:
        return ()
    policy, zone = programme.approval, programme.tz
    last = deadline(programme, application, closes_at)
    asked = request.asked_at.replace(microsecond=0)
    due: list[Reminder] = []
    for days in policy.reminder_days:
        wanted = asked + timedelta(days=days)
        earliest = rhythm.days_after(due[-1].at, rhythm.DAYS_APART, zone) if due else asked
        due.append(Reminder(f"day-{days}", wanted, rhythm.fits_before(max(wanted, earliest), last, zone)))
    if policy.reminder_days_before_closing is not None and closes_at is not None:
        closes = closes_at.astimezone(zone).date()
        wanted = rhythm.days_after(closes_at, -policy.reminder_days_before_closing, zone)
        due.append(Reminder(f"closing-{closes:%Y%m%d}", wanted, rhythm.fits_before(wanted, last, zone)))
    kept: list[Reminder] = []
    for reminder in due:
        apart = all(abs(rhythm.days_between(r.at, reminder.at, zone)) >= rhythm.DAYS_APART for r in kept)
        in_time = last is None or max(reminder.wanted, reminder.at) < last
        if apart and in_time and reminder.at - asked >= _LEAST_GAP:
            kept.append(reminder)
    return tuple(sorted(kept, key=lambda r: r.at))


def decide(
    application: Application,
    request_number: int,
    answer: ManagerAnswer,
    *,
    programme: Programme,
    closes_at: datetime | None,
    result_told: bool,
    now: datetime,
) -> Outcome:
    """Apply one manager's answer. ``result_told``: the applicant's confirmation has already been handed over.

    An answer can be corrected until the next step has run. A "no" turned into a "yes" stays possible until the
    deadline, because nothing has been undone by then; a "yes" cannot be taken back once the applicant was told.
    A form filled in on a page that showed fewer answers than there are is a repeat, and the stored answer stands.
    """
    request = next((r for r in application.requests if r.number == request_number), None)
    refusal = _refusal(application, request, answer, programme, closes_at, result_told, now)
    if request is None or refusal is not None:
        return Stands(refusal or "passed on")
    answered = replace(
        request,
        answer=answer.answer,
        reason=answer.reason,
        note=answer.note,
        answered_at=now,
        revision=request.revision + 1,
    )
    changed = replace(
        application,
        requests=(*application.requests[:-1], answered),
        closed_at=None,
        reason="",
        waits_for_manager_name=False,
    )
    match answer.answer:
        case Answer.APPROVE:
            # What the applicant had not done yet when they applied no longer matters.
            flags = tuple(flag for flag in changed.flags if flag != NOT_YET_AGREED)
            return Decided(replace(changed, status=Status.APPROVED, flags=flags))
        case Answer.DECLINE:
            return Decided(replace(changed, status=Status.DECLINED))
        case Answer.NOT_MY_REPORT:
            return Decided(_passed_on(changed, answer.right_manager, programme, now))


def _refusal(
    application: Application,
    request: ManagerRequest | None,
    answer: ManagerAnswer,
    programme: Programme,
    closes_at: datetime | None,
    result_told: bool,
    now: datetime,
) -> Literal["already answered", "passed on", "closed", "withdrawn", "told", "too many"] | None:
    if application.status in {Status.WITHDRAWN, Status.ERASED}:
        return "withdrawn"
    if request is None or request is not application.request:
        return "passed on"
    if answer.revision != request.revision or answer.answer is request.answer:
        return "already answered"
    if not is_open(programme, application, closes_at, now):
        return "closed"
    if request.answer is Answer.APPROVE and result_told:
        return "told"
    if request.revision >= MOST_ANSWERS:
        return "too many"
    return None


def is_open(programme: Programme, application: Application, closes_at: datetime | None, now: datetime) -> bool:
    """Whether a manager's answer still counts."""
    last = deadline(programme, application, closes_at)
    answerable = {Status.AWAITING_MANAGER, Status.APPROVED, Status.DECLINED}
    return application.status in answerable and (last is None or now.replace(microsecond=0) <= last)


def can_correct(
    programme: Programme, application: Application, closes_at: datetime | None, *, result_told: bool, now: datetime
) -> bool:
    """Whether the manager's page offers another answer after the first."""
    request = application.request
    if request is None or request.answer is None:
        return False
    taken_back_too_late = request.answer is Answer.APPROVE and result_told
    return (
        is_open(programme, application, closes_at, now) and not taken_back_too_late and request.revision < MOST_ANSWERS
    )


def _passed_on(
    application: Application, right_manager: LineManager | None, programme: Programme, now: datetime
) -> Application:
    """Ask the manager that was named; without one, or after too many hand-overs, the applicant has to say."""
    handed_over = sum(r.answer is Answer.NOT_MY_REPORT for r in application.requests)
    if right_manager is None or handed_over > programme.approval.delegations:
        return replace(application, status=Status.AWAITING_MANAGER, waits_for_manager_name=True)
    asked = ask_manager(application, right_manager, now=now)
    return asked.flagged("The first manager passed the request on to somebody else.")


def passed_on_by(application: Application, request: ManagerRequest) -> LineManager | None:
    """Who named the manager of a request by passing theirs on; None if the applicant named them.

    A request that was passed on is asked at the very moment of that answer; one that is sent again keeps its origin.
    """
    asked_at = request.asked_at
    for earlier in reversed([r for r in application.requests if r.number < request.number]):
        if email_key(earlier.manager.email) == email_key(request.manager.email):
            asked_at = earlier.asked_at
            continue
        passed_on = earlier.answer is Answer.NOT_MY_REPORT and earlier.answered_at == asked_at
        return earlier.manager if passed_on else None
    return None


def name_problem(application: Application, manager: LineManager, *, reader: Literal["applicant", "manager"]) -> str:
    """Why somebody cannot be asked for release, or '' if they can; in words for the one who named them."""
    if not manager.email:
        return "Enter the manager's work email address."
    if email_key(manager.email) == email_key(application.person.email):
        if reader == "applicant":
            return "Enter your manager's email address, not your own."
        return "Enter their line manager's email address, not their own."
    if is_same_mailbox(manager.email, application.person.email):
        whose, own = ("your", "your own") if reader == "applicant" else ("their line", "the applicant's own")
        return f"Enter {whose} manager's email address: what stands behind the plus sign leads to {own} mailbox."
    return ""


def ask_for_release(application: Application, released_by: Releaser, *, now: datetime) -> Application:
    """The application as it goes on: somebody is asked for the time it takes, or it has its place at once."""
    if released_by is Releaser.NOBODY:
        return replace(application, status=Status.APPROVED, reason="", closed_at=None)
    return ask_manager(application, application.manager, now=now)


def ask_manager(application: Application, manager: LineManager, *, now: datetime) -> Application:
    """The application waiting for this manager, asked from ``now`` on; an open request to somebody else ends.

    If nobody is named whom a mail could reach, it waits for the applicant to name somebody.
    """
    request = ManagerRequest(number=len(application.requests) + 1, manager=manager, asked_at=now)
    asked = replace(
        application,
        manager=manager,
        requests=(*application.requests, request),
        status=Status.AWAITING_MANAGER,
        reason="",
        waits_for_manager_name=request.asks_nobody,
    )
    return asked.flagged(_own_approval(application.person.email, manager.email))


def _own_approval(own: str, manager: str) -> str:
    """The remark on a manager's address that leads to the applicant, or may; '' on any other."""
    if is_same_mailbox(own, manager):
        return "The manager's address leads to the applicant's own mailbox, so they would approve themselves."
    if own and may_be_same_person(own, manager):
        return "The manager's address may be another one of the applicant's own."
    return ""


def ask_again(application: Application, *, now: datetime, time_is_over: bool = False) -> Application:
    """The same manager asked afresh, with a new link; the links sent before stop working.

    ``time_is_over``: without new time to answer, the application would lapse at the next tick.
    """
    request = application.request
    if request is None:
        return ask_manager(application, application.manager, now=now)
    fresh = ManagerRequest(number=request.number + 1, manager=application.manager, asked_at=now, link=request.link + 1)
    return replace(
        application,
        requests=(*application.requests, fresh),
        status=Status.AWAITING_MANAGER,
        reason="",
        closed_at=None,
        let_in_at=now if time_is_over or application.status is Status.LAPSED else application.let_in_at,
        waits_for_manager_name=fresh.asks_nobody,
    )


def let_in(application: Application, *, released_by: Releaser = Releaser.MANAGER, now: datetime) -> Application:
    """A late or undecided application admitted: whoever releases the person is asked next."""
    return ask_for_release(replace(application, let_in_at=now), released_by, now=now)
