"""The manager's answer: what it does, what refuses it, reminders and deadlines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.domain.answers import NOT_YET_AGREED
from shared.domain.application import Answer, Application, LineManager, Status
from shared.domain.approval import (
    Decided,
    ManagerAnswer,
    Outcome,
    Stands,
    ask_again,
    ask_manager,
    can_correct,
    deadline,
    decide,
    is_open,
    let_in,
    name_problem,
    passed_on_by,
    reminders,
)
from shared.domain.leaving import erased, withdrawn
from shared.domain.rhythm import days_between, next_working
from shared.domain.time_passing import lapsed
from tests.factories import ALEX, CLOSES, PRIYA, answered, applied
from tests.unit.domain.beginnings import BEFORE
from tests.world import NINE, cohort_7

C7 = cohort_7()
NOW = NINE + timedelta(days=1)
END = CLOSES + timedelta(days=7)


def say(
    application: Application,
    answer: Answer,
    *,
    revision: int | None = None,
    request: int | None = None,
    told: bool = False,
    now: datetime = NOW,
    manager: LineManager | None = None,
) -> Outcome:
    newest = application.request
    assert newest is not None
    return decide(
        application,
        request if request is not None else newest.number,
        ManagerAnswer(
            answer, newest.revision if revision is None else revision, "because", "note", right_manager=manager
        ),
        programme=C7,
        closes_at=CLOSES,
        result_told=told,
        now=now,
    )


def decided(outcome: Outcome) -> Application:
    assert isinstance(outcome, Decided), outcome
    return outcome.application


@pytest.mark.parametrize(("answer", "status"), [(Answer.APPROVE, Status.APPROVED), (Answer.DECLINE, Status.DECLINED)])
def test_an_answer_is_kept_with_its_reason_and_time(answer: Answer, status: Status) -> None:
    after = decided(say(applied(), answer))

    assert after.status is status
    assert after.requests == (
        replace(applied().requests[0], answer=answer, reason="because", note="note", answered_at=NOW, revision=1),
    )


def test_once_the_manager_approves_nobody_wonders_whether_the_time_was_agreed() -> None:
    asked = applied().flagged(NOT_YET_AGREED, "Something else.")

    assert decided(say(asked, Answer.APPROVE)).flags == ("Something else.",)
    assert decided(say(asked, Answer.DECLINE)).flags == (NOT_YET_AGREED, "Something else.")


def test_the_named_manager_is_asked_next() -> None:
    after = decided(say(applied(), Answer.NOT_MY_REPORT, manager=ALEX))

    assert (after.status, after.manager, after.waits_for_manager_name) == (Status.AWAITING_MANAGER, ALEX, False)
    assert [(r.number, r.manager, r.answer) for r in after.requests] == [
        (1, PRIYA, Answer.NOT_MY_REPORT),
        (2, ALEX, None),
    ]


def test_without_a_name_the_applicant_has_to_say() -> None:
    after = decided(say(applied(), Answer.NOT_MY_REPORT))

    assert (after.status, after.waits_for_manager_name, len(after.requests)) == (Status.AWAITING_MANAGER, True, 1)


def test_after_too_many_hand_overs_the_applicant_has_to_say() -> None:
    application = applied()
    waits = []
    for number in range(5):
        application = decided(
            say(application, Answer.NOT_MY_REPORT, manager=LineManager(f"M{number}", f"m{number}@example.nhs.uk"))
        )
        waits.append(application.waits_for_manager_name)
        if application.waits_for_manager_name:
            break

    assert waits == [False, False, False, True]


def passed_on() -> Application:
    return decided(say(applied(), Answer.NOT_MY_REPORT, manager=ALEX))


def test_who_named_a_manager_is_known_also_when_they_are_asked_again() -> None:
    again = ask_again(passed_on(), now=NOW + timedelta(days=1))
    by_the_applicant = ask_manager(decided(say(applied(), Answer.NOT_MY_REPORT)), ALEX, now=NOW + timedelta(days=1))
    after_all = ask_manager(passed_on(), LineManager("Chris Poole", "chris@example.nhs.uk"), now=NOW)

    found = [passed_on_by(a, a.requests[-1]) for a in (applied(), passed_on(), again, by_the_applicant, after_all)]

    assert found == [None, PRIYA, PRIYA, None, None]
    assert passed_on_by(passed_on(), passed_on().requests[0]) is None


REFUSED: dict[str, tuple[Application, dict[str, Any], str]] = {
    "a repeat": (answered(applied()), {"answer": Answer.APPROVE}, "already answered"),
    "an old page": (answered(applied()), {"answer": Answer.DECLINE, "revision": 0}, "already answered"),
    "an old page, told": (
        answered(applied()),
        {"answer": Answer.DECLINE, "revision": 0, "told": True},
        "already answered",
    ),
    "taken back when told": (answered(applied()), {"answer": Answer.DECLINE, "told": True}, "told"),
    "passed back when told": (answered(applied()), {"answer": Answer.NOT_MY_REPORT, "told": True}, "told"),
    "a superseded request": (passed_on(), {"answer": Answer.APPROVE, "request": 1, "revision": 1}, "passed on"),
    "an unknown request": (applied(), {"answer": Answer.APPROVE, "request": 7}, "passed on"),
    "after the deadline": (applied(), {"answer": Answer.APPROVE, "now": END + timedelta(seconds=1)}, "closed"),
    "lapsed": (lapsed(applied(), C7, now=NOW), {"answer": Answer.APPROVE}, "closed"),
    "withdrawn": (withdrawn(applied(), now=NOW), {"answer": Answer.APPROVE}, "withdrawn"),
    "correction after the deadline": (
        answered(applied(), Answer.DECLINE),
        {"answer": Answer.APPROVE, "now": END + timedelta(seconds=1)},
        "closed",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_that_cannot_count_leaves_everything_as_it_stands(case: str) -> None:
    application, facts, because = REFUSED[case]

    assert say(application, **facts) == Stands(because)  # type: ignore[arg-type]


def test_nothing_can_be_said_about_somebody_who_was_erased() -> None:
    gone = erased(applied(), now=NOW)
    outcome = decide(
        gone, 1, ManagerAnswer(Answer.APPROVE, 0), programme=C7, closes_at=CLOSES, result_told=False, now=NOW
    )

    assert outcome == Stands("withdrawn")


@pytest.mark.parametrize("told", [True, False])
def test_a_no_becomes_a_yes_until_the_deadline(told: bool) -> None:
    after = decided(say(answered(applied(), Answer.DECLINE), Answer.APPROVE, told=told, now=END))

    assert after.status is Status.APPROVED
    assert after.request is not None
    assert after.request.revision == 2


def test_a_yes_becomes_a_no_while_nobody_was_told() -> None:
    assert decided(say(answered(applied()), Answer.DECLINE)).status is Status.DECLINED


@pytest.mark.parametrize("answer", [Answer.APPROVE, Answer.DECLINE])
def test_a_correction_ends_the_question_to_the_applicant(answer: Answer) -> None:
    asked = decided(say(applied(), Answer.NOT_MY_REPORT))

    assert decided(say(asked, answer)).waits_for_manager_name is False


def test_the_deadline_is_the_closing_date_plus_the_days_of_grace() -> None:
    assert deadline(C7, applied(), CLOSES) == datetime(2026, 3, 19, 23, 59, 59, tzinfo=UTC)
    assert deadline(C7, applied(), None) is None


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (datetime(2026, 3, 20, 10, 30, tzinfo=UTC), "2026-03-27T23:59:59+00:00"),
        (datetime(2026, 3, 20, 0, 0, tzinfo=UTC), "2026-03-27T23:59:59+00:00"),
        (datetime(2026, 3, 22, 23, 59, 59, tzinfo=UTC), "2026-03-29T23:59:59+01:00"),
        # ten past midnight in the UK is still the day before in UTC
        (datetime(2026, 3, 29, 23, 10, tzinfo=UTC), "2026-04-06T23:59:59+01:00"),
        (NINE, "2026-03-19T23:59:59+00:00"),
    ],
)
def test_who_is_let_in_gives_the_manager_the_same_number_of_days_and_all_of_the_last(at: datetime, last: str) -> None:
    end = deadline(C7, let_in(applied(at=CLOSES + timedelta(hours=1)), now=at), CLOSES)

    assert end is not None
    assert end.astimezone(C7.tz).isoformat() == last


@pytest.mark.parametrize(
    ("closes", "last"),
    [
        (datetime(2026, 3, 12, 12, 0, tzinfo=UTC), "2026-03-19T23:59:59+00:00"),
        (datetime(2026, 3, 26, 12, 0, tzinfo=UTC), "2026-04-02T23:59:59+01:00"),
        (datetime(2026, 4, 10, 22, 59, 59, tzinfo=UTC), "2026-04-17T23:59:59+01:00"),
        # typed as in winter: midnight to 1am of the next day in the UK
        (datetime(2026, 4, 10, 23, 59, 59, tzinfo=UTC), "2026-04-18T23:59:59+01:00"),
    ],
)
def test_all_of_the_last_day_counts_at_whatever_time_applications_closed(closes: datetime, last: str) -> None:
    end = deadline(C7, applied(), closes)

    assert end is not None
    assert end.astimezone(C7.tz).isoformat() == last
    assert is_open(C7, applied(), closes, end)
    assert not is_open(C7, applied(), closes, end + timedelta(seconds=1))


def test_a_reminder_may_fall_on_the_last_day_of_who_was_let_in() -> None:
    at = datetime(2026, 3, 20, 10, 30, tzinfo=UTC)
    admitted = let_in(applied(at=CLOSES + timedelta(hours=1)), now=at)

    assert [r.at for r in reminders(C7, admitted, CLOSES)] == [at + timedelta(days=3), at + timedelta(days=7)]


def test_days_of_grace_end_at_the_same_wall_time_across_a_clock_change() -> None:
    closes = datetime(2026, 3, 26, 23, 59, 59, tzinfo=UTC)

    end = deadline(C7, applied(), closes)

    assert end is not None
    assert end.astimezone(C7.tz).isoformat() == "2026-04-02T23:59:59+01:00"


@pytest.mark.parametrize(
    ("asked", "closes", "due"),
    [
        (NINE, CLOSES, ["2026-02-13T09:00", "2026-02-17T09:00", "2026-03-10T09:00"]),
        (NINE, None, ["2026-02-13T09:00", "2026-02-17T09:00"]),
        # the reminder before closing falls on the same instant as the one after 7 days
        (datetime(2026, 3, 3, 9, 0, tzinfo=UTC), CLOSES, ["2026-03-06T09:00", "2026-03-10T09:00"]),
        # less than three days apart: the one before closing is dropped
        (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), CLOSES, ["2026-03-05T15:00", "2026-03-09T15:00"]),
        (datetime(2026, 3, 9, 10, 0, tzinfo=UTC), CLOSES, ["2026-03-12T10:00", "2026-03-16T10:00"]),
        (datetime(2026, 3, 12, 23, 0, tzinfo=UTC), CLOSES, ["2026-03-16T09:00", "2026-03-19T09:00"]),
        # two days before a closing date in summer time, 9am is 8:00 UTC
        (
            datetime(2026, 3, 20, 9, 0, tzinfo=UTC),
            datetime(2026, 4, 9, 22, 59, 59, tzinfo=UTC),
            ["2026-03-23T09:00", "2026-03-27T09:00", "2026-04-07T08:00"],
        ),
    ],
)
def test_reminders_are_few_and_fall_on_their_days(asked: datetime, closes: datetime | None, due: list[str]) -> None:
    application = applied(at=asked, closes_at=None)

    assert [f"{r.at:%Y-%m-%dT%H:%M}" for r in reminders(C7, application, closes)] == due


def test_reminders_are_days_apart_by_day_and_none_is_due_at_or_after_the_deadline() -> None:
    application = applied()
    request = application.requests[0]
    for hours in range(24 * 45):
        asked = NINE + timedelta(hours=hours)
        due = [r.at for r in reminders(C7, replace(application, requests=(replace(request, asked_at=asked),)), CLOSES)]

        assert all(days_between(earlier, later, C7.tz) >= 3 for earlier, later in pairwise(due))
        assert all(asked + timedelta(hours=24) <= instant < END for instant in due)
        assert all(next_working(instant, C7.tz) == instant for instant in due)
        assert len(due) <= 3


def test_a_closing_date_that_was_moved_reminds_again_and_changes_no_reminder_before_it() -> None:
    application = applied(at=datetime(2026, 3, 5, 10, 0, tzinfo=UTC), closes_at=None)
    extended = datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC)

    def named(closes: datetime) -> list[str]:
        return [f"{r.purpose} {r.at:%d %B %H:%M}" for r in reminders(C7, application, closes)]

    assert named(CLOSES) == ["day-3 09 March 09:00", "day-7 12 March 10:00"]
    assert named(extended) == [*named(CLOSES), "closing-20260320 18 March 09:00"]


def test_before_a_deadline_a_reminder_comes_early_rather_than_too_late() -> None:
    rules = C7.approval.model_copy(update={"grace_days": 0, "reminder_days": (), "reminder_days_before_closing": 1})
    # Closing on Easter Monday: the day before is none of work, and neither are the two before that.
    closes = datetime(2026, 4, 6, 22, 59, 59, tzinfo=UTC)
    application = applied(at=datetime(2026, 3, 23, 9, 0, tzinfo=UTC), closes_at=None)

    found = reminders(C7.model_copy(update={"approval": rules}), application, closes)

    assert [f"{r.at.astimezone(C7.tz):%A %d %B %H:%M}" for r in found] == ["Thursday 02 April 09:00"]


def test_nobody_is_reminded_of_what_was_never_asked() -> None:
    assert reminders(C7, applied(at=CLOSES + timedelta(hours=1)), CLOSES) == ()


@pytest.mark.parametrize(
    ("application", "now", "opens"),
    [
        (applied(), END, True),
        (applied(), END + timedelta(milliseconds=500), True),
        (applied(), END + timedelta(seconds=1), False),
        (answered(applied()), NOW, True),
        (lapsed(applied(), C7, now=NOW), NOW, False),
        (withdrawn(applied(), now=NOW), NOW, False),
    ],
)
def test_the_question_is_open_until_the_last_second(application: Application, now: datetime, opens: bool) -> None:
    assert is_open(C7, application, CLOSES, now) is opens


@pytest.mark.parametrize(
    ("application", "told", "offered"),
    [
        (applied(), False, False),
        (answered(applied()), False, True),
        (answered(applied()), True, False),
        (answered(applied(), Answer.DECLINE), True, True),
    ],
)
def test_another_answer_is_offered_only_while_it_would_count(
    application: Application,
    told: bool,
    offered: bool,
) -> None:
    assert can_correct(C7, application, CLOSES, result_told=told, now=NOW) is offered


@pytest.mark.parametrize(
    ("manager", "problem"),
    [
        (ALEX, ""),
        (LineManager("Alex Reid", ""), "Enter the manager's work email address."),
        (
            LineManager("Me", "Amara.Okafor@Example.nhs.uk"),
            "Enter their line manager's email address, not their own.",
        ),
    ],
)
def test_a_manager_needs_an_address_of_their_own(manager: LineManager, problem: str) -> None:
    assert name_problem(applied(), manager, reader="manager") == problem


def test_whoever_names_the_applicants_own_address_is_told_in_words_of_their_own() -> None:
    themselves = LineManager("Me", applied().person.email)

    assert name_problem(applied(), themselves, reader="applicant") == (
        "Enter your manager's email address, not your own."
    )


def test_asking_again_ends_the_words_of_a_lapse() -> None:
    again = ask_again(BEFORE[Status.LAPSED], now=CLOSES + timedelta(days=9))

    assert (again.status, again.reason, again.closed_at) == (Status.AWAITING_MANAGER, "", None)
    assert [(r.number, r.link) for r in again.requests] == [(1, 1), (2, 2)]


def test_letting_in_asks_the_manager_from_now_on() -> None:
    now = CLOSES + timedelta(days=3)
    admitted = let_in(BEFORE[Status.LATE], now=now)

    assert (admitted.status, admitted.let_in_at, admitted.reason) == (Status.AWAITING_MANAGER, now, "")
    assert admitted.request is not None
    assert (admitted.request.asked_at, admitted.request.manager) == (now, PRIYA)
