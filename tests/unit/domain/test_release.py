"""What a manager is asked to release: hours that add up, dates as printed, nothing else."""

from datetime import UTC, datetime

import pytest

from shared.domain.programme import Role, SessionStatus
from shared.domain.release import ReleaseLine, release, when
from tests.factories import with_session
from tests.world import cohort_7

C7 = cohort_7()
TRAINING = ("Thursday 26 March 2026, 9:30am to 12:30pm", "Monday 13 April 2026, 1pm to 4pm")


def test_a_mentor_is_released_for_nine_hours_and_peer_support_is_optional() -> None:
    asked = release(C7, Role.MENTOR, {"mentor-training": ("mentor-training-2",)})

    assert asked.total == "9 hours"
    assert asked.required == (
        ReleaseLine("Training", "3 hours", ("Monday 13 April 2026, 1pm to 4pm",), ""),
        ReleaseLine("Meetings with the mentee", "6 hours", (), ""),
    )
    assert asked.optional == (
        ReleaseLine(
            "Peer support meetings",
            "9 hours",
            (
                "Tuesday 23 June 2026, 10am to 11:30am",
                "Thursday 23 July 2026, 10am to 11:30am",
                "Thursday 20 August 2026, 10am to 11:30am",
                "Friday 16 October 2026, 2:30pm to 4pm",
                "Wednesday 18 November 2026, 2pm to 3:30pm",
                "one more date, time to be confirmed",
            ),
            "any of these dates; each is optional",
        ),
    )


def test_a_mentee_is_released_for_nine_and_a_half_hours() -> None:
    asked = release(C7, Role.MENTEE, {})

    assert asked.total == "9 hours 30 minutes"
    assert asked.required == (
        ReleaseLine(
            "Training",
            "1 hour",
            ("Friday 27 March 2026, 11am to midday", "Tuesday 14 April 2026, 1pm to 2pm"),
            "one of these dates",
        ),
        ReleaseLine("Meetings with the mentor", "6 hours", (), ""),
        ReleaseLine(
            "Midway reflections",
            "1 hour",
            ("Wednesday 29 July 2026, 9am to 10am", "Thursday 30 July 2026, 2pm to 3pm"),
            "one of these dates",
        ),
        ReleaseLine(
            "Evaluation session",
            "1 hour 30 minutes",
            ("Monday 30 November 2026, 2pm to 3:30pm", "Monday 14 December 2026, 2pm to 3:30pm"),
            "one of these dates",
        ),
    )
    assert asked.optional == ()


def test_a_date_that_does_not_take_place_is_not_named() -> None:
    moved = with_session(C7, "mentor-training-1", status=SessionStatus.CANCELLED)

    line = release(moved, Role.MENTOR, {}).required[0]

    assert (line.dates, line.choice) == (TRAINING[1:], "")


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (SessionStatus.INVALID, "one more date, time to be confirmed"),
        (SessionStatus.TO_BE_CONFIRMED, "one more, date to be confirmed"),
    ],
)
def test_a_date_that_has_no_time_is_still_one_of_those_to_choose_from(status: SessionStatus, says: str) -> None:
    held = with_session(C7, "mentor-training-1", status=status, starts_at=None, ends_at=None)

    line = release(held, Role.MENTOR, {}).required[0]

    assert (line.dates, line.choice) == ((*TRAINING[1:], says), "one of these dates")


def test_several_dates_without_a_time_are_counted() -> None:
    held = with_session(C7, "peer-1", status=SessionStatus.INVALID, starts_at=None, ends_at=None)

    assert release(held, Role.MENTOR, {}).optional[0].dates[-1] == "2 more dates, times to be confirmed"


def test_a_chosen_date_that_was_cancelled_is_not_what_a_manager_is_asked_for() -> None:
    moved = with_session(C7, "mentor-training-1", status=SessionStatus.CANCELLED)

    line = release(moved, Role.MENTOR, {"mentor-training": ("mentor-training-1",)}).required[0]

    assert line.dates == TRAINING[1:]


@pytest.mark.parametrize(
    ("let_in_at", "dates"),
    [
        (None, TRAINING[:1]),
        (datetime(2026, 3, 20, tzinfo=UTC), TRAINING[:1]),
        (datetime(2026, 3, 28, tzinfo=UTC), TRAINING[1:]),
        (datetime(2026, 4, 14, tzinfo=UTC), ()),
    ],
)
def test_nobody_is_released_for_a_session_that_had_begun_when_they_were_let_in(
    let_in_at: datetime | None, dates: tuple[str, ...]
) -> None:
    asked = release(C7, Role.MENTOR, {"mentor-training": ("mentor-training-1",)}, since=let_in_at)

    assert asked.required[0] == ReleaseLine("Training", "3 hours", dates, "")
    assert asked.total == "9 hours"


def test_a_session_without_a_time_says_why() -> None:
    held, unknown = C7.session("peer-4"), C7.session("celebration-1")
    assert held is not None
    assert unknown is not None

    assert (when(C7, held), when(C7, unknown)) == ("time to be confirmed", "date to be confirmed")
