"""One sentence beside each status: who has to do what next, and by when."""

from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import pytest

from shared.domain.application import Answer, Application, LineManager, Person, Status
from shared.domain.next_step import next_step
from tests.factories import CLOSES, answered, applied
from tests.unit.domain.beginnings import BEFORE, incorrect
from tests.world import NINE, cohort_7

C7 = cohort_7()


@pytest.mark.parametrize(
    ("application", "now", "sentence"),
    [
        (applied(), NINE, "Waiting for Priya Shah to approve, reminder on 13 February"),
        (applied(), NINE + timedelta(days=3), "Waiting for Priya Shah to approve, reminder on 17 February"),
        (applied(), NINE + timedelta(days=7), "Waiting for Priya Shah to approve, reminder on 10 March"),
        (applied(), CLOSES, "Waiting for Priya Shah to approve, until 19 March"),
        (
            replace(applied(), manager=LineManager("", "x@example.org")),
            CLOSES,
            "Waiting for the line manager to approve, until 19 March",
        ),
        (
            answered(applied(), Answer.NOT_MY_REPORT),
            NINE,
            "Waiting for Amara Okafor to name their line manager",
        ),
        (answered(applied()), NINE, "Enrolled; ready to be matched"),
        (answered(applied()), NINE + timedelta(days=365), "Nothing to do; the programme has ended"),
        (
            replace(answered(applied()), chosen=MappingProxyType({})),
            NINE,
            "Waiting for Amara Okafor to choose: Training for mentors",
        ),
        (BEFORE[Status.DECLINED], NINE, "Nothing to do; the applicant has been told"),
        (
            replace(incorrect(), person=replace(incorrect().person, full_name="")),
            NINE,
            "Waiting for the applicant to correct: Line manager's email address",
        ),
        (
            replace(incorrect(), person=Person()),
            NINE,
            (
                "No address could be read. Contact the applicant another way, and type 'change address' in Commands. "
                "To correct: Line manager's email address"
            ),
        ),
        (
            BEFORE[Status.NEEDS_DECISION],
            NINE,
            "Decide: add a row to Commands, 'admit' or 'withdraw'. Two rules disagree.",
        ),
        (BEFORE[Status.NOT_THIS_COHORT], NINE, "Nothing to do; the applicant has been told. Only LLR."),
        (BEFORE[Status.LATE], NINE, "Decide: add a row to Commands, 'approve late' lets it in"),
        (BEFORE[Status.LAPSED], NINE, "Nothing to do; 'resend approval' in Commands asks the manager again"),
        (BEFORE[Status.WITHDRAWN], NINE, "Nothing to do"),
        (
            BEFORE[Status.ERASED],
            NINE,
            "Nothing to do; only the key is kept, so that a late copy does not bring the person back",
        ),
    ],
)
def test_the_next_step_is_one_true_sentence(application: Application, now: datetime, sentence: str) -> None:
    assert next_step(C7, application, CLOSES, now) == sentence


def test_without_a_closing_date_there_is_no_end_to_wait_for() -> None:
    assert next_step(C7, applied(), None, NINE + timedelta(days=30)) == "Waiting for Priya Shah to approve"
