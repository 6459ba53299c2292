"""How long a message is left alone after a try that failed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.outbox import MOST_FAILURES, MessageStatus, queued, wait_after
from shared.domain.owed import owed_to_application
from tests.factories import CLOSES, applied
from tests.world import PROGRAMME, cohort_7


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 60), (5, 480), (7, 1920), (8, 3600), (14, 3600), (500, 3600)]
)
def test_waits_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert wait_after(attempts, None, 0) == timedelta(seconds=seconds)
    assert wait_after(attempts, None, 1) == timedelta(seconds=seconds * 1.25)


@given(st.integers(0, 40), st.floats(0, 86_400), st.floats(0, 1))
def test_the_time_that_was_asked_for_is_never_shortened(attempts: int, asked: float, jitter: float) -> None:
    assert wait_after(attempts, asked, jitter) >= timedelta(seconds=asked)


def test_fourteen_tries_span_more_than_eight_hours() -> None:
    waits = [wait_after(n, None, 0) for n in range(1, MOST_FAILURES)]

    assert sum(waits, timedelta()) > timedelta(hours=7)
    assert waits == sorted(waits)


def test_a_queued_message_holds_no_word_about_anybody() -> None:
    mails = owed_to_application(cohort_7(), applied(), CLOSES).mails
    rows = [queued(PROGRAMME, mail) for mail in mails]

    assert {row.status for row in rows} == {MessageStatus.QUEUED}
    assert {row.attempts for row in rows} == {0}
    for word in ("Amara", "amara.okafor", "Priya", "priya.shah"):
        assert word not in repr(rows)
