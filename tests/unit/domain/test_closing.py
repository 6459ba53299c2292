"""What is typed into Programmes, and the status that follows from the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain import wording
from shared.domain.closing import ProgrammeRow, ProgrammeStatus, first_row, is_late, looked_at
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

    assert changed == replace(
        ROW,
        closes_at_typed=later,
        closes_at=later,
        remark="",
        status=ProgrammeStatus.OPEN,
        closes_at_local="11:59pm on Thursday 26 March 2026",
    )


def test_once_everything_is_over_the_row_says_so() -> None:
    over = C7.ends_at
    assert over is not None

    assert looked_at(ROW, C7, over).status is ProgrammeStatus.CLOSED
    assert looked_at(ROW, C7, over + timedelta(seconds=1)).status is ProgrammeStatus.ENDED


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


def typed(**changes: datetime | bool | None) -> ProgrammeRow:
    return looked_at(replace(ROW, **changes), C7, NINE)  # type: ignore[arg-type]


KEPT = "11:59pm on Thursday 12 March 2026 stays in force."


@pytest.mark.parametrize(
    ("closes_at", "remark"),
    [
        (
            datetime(2025, 3, 20, 23, 59, 59, tzinfo=UTC),
            (
                "ClosesAt is Thursday 20 March 2025, before applications open on Monday 2 February 2026; "
                f"{KEPT} Check the year, and OpensAt."
            ),
        ),
        (
            datetime(2026, 2, 1, 23, 59, 59, tzinfo=UTC),
            (
                "ClosesAt is Sunday 1 February 2026, before applications open on Monday 2 February 2026; "
                f"{KEPT} Check the year, and OpensAt."
            ),
        ),
        (
            datetime(2062, 3, 20, 23, 59, 59, tzinfo=UTC),
            (
                "ClosesAt is Monday 20 March 2062, more than a year after the programme's end, Monday 14 December "
                f"2026; {KEPT} Check the year."
            ),
        ),
    ],
)
def test_a_closing_date_in_another_year_closes_nothing_and_says_so(closes_at: datetime, remark: str) -> None:
    changed = typed(closes_at_typed=closes_at)

    assert changed == replace(ROW, closes_at_typed=closes_at, remark=remark)
    assert looked_at(changed, C7, NINE) == changed


@pytest.mark.parametrize(
    "closes_at",
    [
        OPENS,
        NINE - timedelta(minutes=1),
        datetime(2026, 4, 10, 22, 59, 59, tzinfo=UTC),
        datetime(2027, 3, 12, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_a_closing_date_may_move_to_anywhere_after_opening_and_so_close_at_once(closes_at: datetime) -> None:
    changed = typed(closes_at_typed=closes_at)

    assert (changed.closes_at, changed.remark) == (closes_at, "")
    assert (changed.status is ProgrammeStatus.CLOSED) is (closes_at < NINE)


def test_without_an_opening_date_a_closing_date_long_before_the_programme_is_nonsense() -> None:
    last_year = datetime(2025, 3, 20, 23, 59, 59, tzinfo=UTC)

    emptied = typed(opens_at_typed=None, closes_at_typed=last_year)
    unknown = C7.model_copy(update={"opens_at": None})
    never_set = looked_at(replace(first_row(unknown, NINE), closes_at_typed=last_year), unknown, NINE)

    assert (emptied.opens_at, emptied.closes_at, never_set.closes_at) == (None, CLOSES, CLOSES)
    assert emptied.remark == (
        "ClosesAt is Thursday 20 March 2025, long before the programme's first date, Monday 2 February 2026; "
        f"{KEPT} Check the year."
    )
    assert "first date, Thursday 12 March 2026;" in never_set.remark


def test_a_programme_without_an_end_may_close_in_any_of_the_next_years() -> None:
    endless = C7.model_copy(update={"closes_at": None})
    row = first_row(endless, NINE)

    later, never = (
        looked_at(replace(row, closes_at_typed=NINE + timedelta(days=days)), endless, NINE) for days in (3_000, 3_651)
    )

    assert (later.closes_at, later.remark) == (later.closes_at_typed, "")
    assert (never.closes_at, never.remark) == (
        None,
        (
            "ClosesAt is Saturday 9 February 2036, more than ten years ahead; no closing date stays in force. "
            "Check the year."
        ),
    )


LATER_OPENING = datetime(2026, 2, 16, 0, 0, tzinfo=UTC)


def test_a_typed_opening_time_takes_force() -> None:
    changed = typed(opens_at_typed=LATER_OPENING)

    assert changed == replace(
        ROW,
        opens_at_typed=LATER_OPENING,
        opens_at=LATER_OPENING,
        status=ProgrammeStatus.OPENING_SOON,
        opens_at_local=wording.moment(LATER_OPENING, C7.tz),
    )


@pytest.mark.parametrize(
    ("opens_at", "remark"),
    [
        (
            None,
            (
                "OpensAt is no date and time that can be used; midnight on Monday 16 February 2026 stays in force. "
                "Type it like 2026-02-09T00:00:00Z."
            ),
        ),
        (
            datetime(2025, 2, 16, 0, 0, tzinfo=UTC),
            (
                "OpensAt is Sunday 16 February 2025, long before the programme's first date, Monday 2 February 2026; "
                "midnight on Monday 16 February 2026 stays in force. Check the year."
            ),
        ),
        (
            datetime(2027, 2, 16, 0, 0, tzinfo=UTC),
            (
                "OpensAt is Tuesday 16 February 2027, not before applications close on Thursday 12 March 2026; "
                "midnight on Monday 16 February 2026 stays in force. Check the year, and ClosesAt."
            ),
        ),
    ],
)
def test_nonsense_in_the_opening_date_opens_nothing_and_says_what_to_check(
    opens_at: datetime | None, remark: str
) -> None:
    soon = typed(opens_at_typed=LATER_OPENING)
    wrong = replace(soon, opens_at_typed=opens_at, opens_at_typed_is_nonsense=opens_at is None)

    changed = looked_at(wrong, C7, NINE)

    assert changed == replace(wrong, remark=remark)
    assert changed.status is ProgrammeStatus.OPENING_SOON
    assert looked_at(changed, C7, NINE) == changed


def test_a_row_that_never_noted_its_opening_falls_back_on_the_file() -> None:
    changed = typed(opens_at_typed=None, opens_at_typed_is_nonsense=True, opens_at=None)

    assert changed.opens_at == OPENS
    assert "midnight on Monday 2 February 2026 stays in force" in changed.remark


def test_nonsense_in_both_dates_is_told_of_both() -> None:
    changed = typed(
        opens_at_typed=None,
        opens_at_typed_is_nonsense=True,
        closes_at_typed=datetime(2025, 3, 20, 23, 59, 59, tzinfo=UTC),
    )

    assert (changed.opens_at, changed.closes_at) == (OPENS, CLOSES)
    assert changed.remark == (
        "OpensAt is no date and time that can be used; midnight on Monday 2 February 2026 stays in force. "
        "Type it like 2026-02-09T00:00:00Z. "
        "ClosesAt is Thursday 20 March 2025, before applications open on Monday 2 February 2026; "
        f"{KEPT} Check the year, and OpensAt."
    )


@pytest.mark.parametrize("first", ["opens_at_typed", "closes_at_typed"])
@pytest.mark.parametrize("weeks", [-6, 6, 52])
def test_a_programme_moves_as_a_whole_whichever_of_its_dates_is_typed_first(first: str, weeks: int) -> None:
    assert OPENS is not None
    opens_at, closes_at = OPENS + timedelta(weeks=weeks), CLOSES + timedelta(weeks=weeks)

    one = typed(**{first: opens_at if first == "opens_at_typed" else closes_at})
    both = looked_at(replace(one, opens_at_typed=opens_at, closes_at_typed=closes_at), C7, NINE)

    assert one.opens_at is not None
    assert one.closes_at is not None
    assert one.opens_at < one.closes_at
    assert (both.opens_at, both.closes_at, both.remark) == (opens_at, closes_at, "")


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, False), (0.999999, False), (1, True), (3600, True)])
def test_an_application_is_late_from_the_second_after_the_last_one(seconds: float, late: bool) -> None:
    assert is_late(CLOSES + timedelta(seconds=seconds), CLOSES) is late


def test_nothing_is_late_without_a_closing_date() -> None:
    assert not is_late(datetime(2099, 1, 1, tzinfo=UTC), None)
