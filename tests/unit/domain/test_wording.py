"""Dates, times and lengths in the words of the NHS digital service manual."""

from datetime import UTC, date, datetime

import pytest

from shared.domain import wording
from shared.domain.programme import LONDON


def test_days_are_written_out() -> None:
    assert wording.day(date(2026, 3, 12)) == "Thursday 12 March 2026"
    assert wording.short_day(date(2026, 3, 1)) == "1 March"


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
        (9, 0, "9am"),
        (9, 30, "9:30am"),
        (12, 0, "midday"),
        (12, 30, "12:30pm"),
        (17, 0, "5pm"),
        (23, 59, "11:59pm"),
    ],
)
def test_times_of_day_are_said_as_people_say_them(hour: int, minute: int, words: str) -> None:
    assert wording.clock_time(datetime(2026, 3, 12, hour, minute, tzinfo=UTC)) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-26T09:30Z", "2026-03-26T12:30Z", "Thursday 26 March 2026, 9:30am to 12:30pm"),
        ("2026-04-13T12:00Z", "2026-04-13T15:00Z", "Monday 13 April 2026, 1pm to 4pm"),
        ("2026-06-30T21:00Z", "2026-06-30T23:30Z", "Tuesday 30 June 2026, 10pm to 12:30am on Wednesday 1 July 2026"),
    ],
)
def test_spans_are_uk_wall_time(start: str, end: str, words: str) -> None:
    assert wording.times(datetime.fromisoformat(start), datetime.fromisoformat(end), LONDON) == words


def test_an_instant_is_said_with_its_day() -> None:
    assert wording.moment(datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC), LONDON) == "11:59pm on Tuesday 30 June 2026"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 minutes"),
        (1, "1 minute"),
        (45, "45 minutes"),
        (60, "1 hour"),
        (61, "1 hour 1 minute"),
        (90, "1 hour 30 minutes"),
        (540, "9 hours"),
        (570, "9 hours 30 minutes"),
    ],
)
def test_lengths_are_hours_and_minutes(minutes: int, words: str) -> None:
    assert wording.length(minutes) == words


@pytest.mark.parametrize(
    ("items", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists_read_as_sentences(items: list[str], words: str) -> None:
    assert wording.listed(items) == words


@pytest.mark.parametrize(
    ("day", "hour", "minute", "instant"),
    [
        (date(2026, 3, 28), 9, 0, "2026-03-28T09:00+00:00"),
        (date(2026, 3, 29), 9, 0, "2026-03-29T08:00+00:00"),
        (date(2026, 3, 29), 1, 30, "2026-03-29T01:30+00:00"),
        (date(2026, 10, 25), 1, 30, "2026-10-25T00:30+00:00"),
        (date(2026, 10, 25), 9, 0, "2026-10-25T09:00+00:00"),
    ],
)
def test_a_wall_time_is_one_instant_also_where_the_clocks_change(
    day: date, hour: int, minute: int, instant: str
) -> None:
    assert wording.at_wall_time(day, hour, minute, LONDON).isoformat(timespec="minutes") == instant


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 3, 1), date(2026, 12, 14), "between March and December 2026"),
        (date(2026, 10, 1), date(2027, 3, 14), "between October 2026 and March 2027"),
        (date(2026, 3, 1), date(2026, 3, 31), "in March 2026"),
    ],
)
def test_months_are_named_with_the_years_they_need(first: date, last: date, words: str) -> None:
    assert wording.months(first, last) == words
