"""Every way in which an application can begin, be edited and begin again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.application import Application, LineManager, Status
from shared.domain.approval import let_in
from shared.domain.arriving import merged, unreadable
from shared.domain.eligibility import Verdict
from shared.domain.leaving import replaced
from tests.factories import ALEX, CLOSES, ELIGIBLE, PRIYA, REFERENCE, applied, arrival
from tests.unit.domain.beginnings import BEFORE, DECISION, HOUR, NOT_NOW, PROBLEM, incorrect
from tests.world import NINE, PROGRAMME, answers

NEWER = NINE + timedelta(days=2)


@pytest.mark.parametrize(
    ("submitted_before", "counts"),
    [
        (None, NINE),
        (timedelta(0), NINE),
        (timedelta(seconds=1), NINE - timedelta(seconds=1)),
        (timedelta(hours=24), NINE - timedelta(hours=24)),
        (timedelta(hours=24, seconds=1), NINE),
        (timedelta(days=400), NINE),
        (timedelta(seconds=-1), NINE),
        (timedelta(days=-30), NINE),
    ],
)
def test_the_providers_time_counts_if_it_is_at_most_a_day_old(
    submitted_before: timedelta | None, counts: datetime
) -> None:
    submitted_at = None if submitted_before is None else NINE - submitted_before

    assert arrival(NINE, submitted_at=submitted_at).counts_from == counts


@pytest.mark.parametrize(
    ("verdict", "after_closing", "status"),
    [
        (ELIGIBLE, False, Status.AWAITING_MANAGER),
        (ELIGIBLE, True, Status.LATE),
        (DECISION, False, Status.NEEDS_DECISION),
        (DECISION, True, Status.LATE),
        (NOT_NOW, False, Status.NOT_THIS_COHORT),
        (NOT_NOW, True, Status.NOT_THIS_COHORT),
    ],
)
def test_eligibility_comes_first_and_the_closing_date_second(
    verdict: Verdict,
    after_closing: bool,
    status: Status,
) -> None:
    at = CLOSES + HOUR if after_closing else NINE

    assert applied(at=at, verdict=verdict).status is status


def test_only_an_accepted_application_asks_the_manager() -> None:
    asked = applied()

    assert [(r.number, r.manager, r.asked_at, r.answer) for r in asked.requests] == [(1, PRIYA, NINE, None)]
    assert applied(at=CLOSES + HOUR).requests == ()


@pytest.mark.parametrize("status", Status)
def test_a_repeat_and_an_older_version_change_nothing(status: Status) -> None:
    existing = BEFORE[status]
    repeat = applied(at=NINE + 2 * HOUR, content=existing.content)
    older = applied(answers(job_title="Porter"), at=NINE - HOUR)

    assert merged(existing, repeat, verdict=ELIGIBLE, closes_at=CLOSES) == existing
    assert merged(existing, older, verdict=ELIGIBLE, closes_at=CLOSES) == existing


@pytest.mark.parametrize(
    ("status", "after", "used"),
    [
        (Status.AWAITING_MANAGER, Status.AWAITING_MANAGER, True),
        (Status.NEEDS_CORRECTION, Status.AWAITING_MANAGER, True),
        (Status.NEEDS_DECISION, Status.AWAITING_MANAGER, True),
        (Status.NOT_THIS_COHORT, Status.AWAITING_MANAGER, True),
        (Status.LATE, Status.AWAITING_MANAGER, True),
        (Status.APPROVED, Status.APPROVED, False),
        (Status.DECLINED, Status.DECLINED, False),
        (Status.LAPSED, Status.LAPSED, False),
        (Status.WITHDRAWN, Status.WITHDRAWN, False),
        (Status.ERASED, Status.ERASED, False),
    ],
)
def test_a_newer_version_of_the_same_response_is_used_only_before_an_answer(
    status: Status,
    after: Status,
    used: bool,
) -> None:
    changed = merged(BEFORE[status], applied(answers(job_title="Matron"), at=NEWER), verdict=ELIGIBLE, closes_at=CLOSES)

    assert changed.status is after
    assert (changed.person.job_title == "Matron") is used


@pytest.mark.parametrize("status", [Status.APPROVED, Status.DECLINED, Status.LAPSED])
def test_an_edit_after_the_answer_only_raises_a_flag(status: Status) -> None:
    existing = BEFORE[status]
    incoming = applied(answers(job_title="Matron"), at=NEWER)

    changed = merged(existing, incoming, verdict=ELIGIBLE, closes_at=CLOSES)

    assert changed == replace(
        existing, content=incoming.content, submitted_at=incoming.submitted_at, flags=changed.flags
    )
    assert len(changed.flags) == 1


def test_an_edit_in_time_or_after_closing_leaves_who_applied_in_time_in_time() -> None:
    changed = merged(
        applied(), applied(answers(job_title="Matron"), at=CLOSES + HOUR), verdict=ELIGIBLE, closes_at=CLOSES
    )

    assert (changed.status, changed.counts_from, changed.person.job_title) == (Status.AWAITING_MANAGER, NINE, "Matron")


def test_an_edit_with_problems_keeps_the_accepted_answers_in_force() -> None:
    changed = merged(applied(), incorrect(NEWER), verdict=None, closes_at=CLOSES)

    assert (changed.status, changed.person.job_title, changed.manager) == (
        Status.AWAITING_MANAGER,
        "Staff nurse",
        PRIYA,
    )
    assert (changed.problems, changed.edits, len(changed.flags)) == ((PROBLEM,), 1, 1)


@pytest.mark.parametrize("status", [Status.NEEDS_CORRECTION, Status.NEEDS_DECISION, Status.LATE])
def test_an_edit_with_problems_of_an_application_nobody_was_asked_about_waits_for_a_correction(status: Status) -> None:
    changed = merged(BEFORE[status], incorrect(NEWER), verdict=None, closes_at=CLOSES)

    assert (changed.status, changed.problems) == (Status.NEEDS_CORRECTION, (PROBLEM,))


def test_an_edit_that_names_the_same_manager_keeps_the_request_that_went_out() -> None:
    form = answers(manager_name="Ms P Shah", manager_email="Priya.Shah@EXAMPLE.nhs.uk")
    changed = merged(applied(), applied(form, at=NEWER), verdict=ELIGIBLE, closes_at=CLOSES)

    assert [(r.number, r.asked_at, r.manager.name) for r in changed.requests] == [(1, NINE, "Ms P Shah")]


def test_an_edit_that_names_another_manager_makes_a_new_request() -> None:
    form = answers(manager_name=ALEX.name, manager_email=ALEX.email)
    changed = merged(applied(), applied(form, at=NEWER), verdict=ELIGIBLE, closes_at=CLOSES)

    assert [(r.number, r.manager) for r in changed.requests] == [(1, PRIYA), (2, ALEX)]


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.ERASED])
def test_only_a_new_and_later_response_opens_an_ended_application_again(status: Status) -> None:
    existing = BEFORE[status]

    def after(**changes: Any) -> Application:
        return merged(existing, applied(at=changes.pop("at", NEWER), **changes), verdict=ELIGIBLE, closes_at=CLOSES)

    assert after(response_id="response-1") == existing
    assert after(response_id="") == existing
    assert after(response_id="response-2", at=NINE + timedelta(minutes=30)) == existing
    again = after(response_id="response-2")
    assert again.status is Status.AWAITING_MANAGER
    assert again.own_link == existing.own_link + 1
    assert again.request is not None
    assert again.request.number == 2, "a new number, so that mails and links of the earlier request are not reused"


def test_a_response_that_leads_back_to_a_replaced_application_opens_it_again() -> None:
    gone = replaced(applied(), "AAA-AAA-AAA-A", now=NINE + HOUR)

    back = merged(gone, applied(at=NEWER), verdict=ELIGIBLE, closes_at=CLOSES)

    assert (back.status, back.replaced_by) == (Status.AWAITING_MANAGER, "")


def test_who_was_let_in_stays_in_after_an_edit() -> None:
    admitted = let_in(BEFORE[Status.LATE], now=CLOSES + HOUR)
    changed = merged(
        admitted, applied(answers(job_title="Matron"), at=CLOSES + 2 * HOUR), verdict=ELIGIBLE, closes_at=CLOSES
    )

    assert (changed.status, changed.let_in_at) == (Status.AWAITING_MANAGER, CLOSES + HOUR)


def test_an_application_without_a_readable_role_or_name_is_still_kept() -> None:
    kept = unreadable(programme=PROGRAMME, reference=REFERENCE, readable={}, problems=[PROBLEM], arrival=arrival())

    assert (kept.status, kept.role, kept.person.email, kept.manager) == (
        Status.NEEDS_CORRECTION,
        None,
        "",
        LineManager(),
    )
