"""What is typed into Programmes, and the status that follows from the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.closing import ProgrammeStatus, first_row, looked_at
from tests.factories import CLOSES
from tests.world import NINE, cohort_7

C7 = cohort_7()
OPENS = C7.opens_at
ROW = first_row(C7, NINE)


def test_a_new_row_says_what_the_file_says() -> None:
    assert (ROW.opens_at, ROW.closes_at_typed, ROW.closes_at, ROW.status) == (
        datetime(2026, 2, 2, 0, 0, tzinfo=UTC),
        CLOSES,
        CLOSES,
        ProgrammeStatus.OPEN,
    )


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (datetime(2026, 2, 1, 23, 59, 59, tzinfo=UTC), ProgrammeStatus.OPENING_SOON),
        (datetime(2026, 2, 2, 0, 0, tzinfo=UTC), ProgrammeStatus.OPEN),
        (CLOSES, ProgrammeStatus.OPEN),
        (CLOSES + timedelta(milliseconds=999), ProgrammeStatus.OPEN),
        (CLOSES + timedelta(seconds=1), ProgrammeStatus.CLOSED),
    ],
)
def test_the_status_follows_the_clock(now: datetime, status: ProgrammeStatus) -> None:
    assert looked_at(ROW, C7, now).status is status
    assert first_row(C7, now).status is status


def test_a_typed_closing_time_takes_force() -> None:
    later = CLOSES + timedelta(days=14)

    changed = looked_at(replace(ROW, closes_at_typed=later, remark="old"), C7, CLOSES + timedelta(days=1))

    assert changed == replace(ROW, closes_at_typed=later, closes_at=later, remark="", status=ProgrammeStatus.OPEN)


def test_an_empty_closing_time_means_no_closing_date() -> None:
    changed = looked_at(replace(ROW, closes_at_typed=None), C7, CLOSES + timedelta(days=400))

    assert (changed.closes_at, changed.status) == (None, ProgrammeStatus.OPEN)


@pytest.mark.parametrize(
    ("in_force", "words"),
    [
        (CLOSES, "11:59pm on Thursday 12 March 2026 stays in force"),
        (datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC), "11:59pm on Tuesday 30 June 2026 stays in force"),
        (None, "no closing date stays in force"),
    ],
)
def test_nonsense_leaves_the_last_good_time_in_force_and_says_so(in_force: datetime | None, words: str) -> None:
    typed = replace(ROW, closes_at_typed=None, closes_at_typed_is_nonsense=True, closes_at=in_force)

    changed = looked_at(typed, C7, NINE)

    assert changed.closes_at == in_force
    assert words in changed.remark
    assert looked_at(changed, C7, NINE) == changed
