"""Dates, times and lengths, read as people write them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import wording
from shared.proofread.words import (
    PrintedDay,
    Problem,
    instant,
    normalised,
    read_day,
    read_length,
    read_span,
    settle_day,
    span_in_words,
)

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Thursday 12th March 2026", PrintedDay(3, 12, 3, 2026)),
        ("Thursday, 12 March, 2026", PrintedDay(3, 12, 3, 2026)),
        ("thurs 1st Sept", PrintedDay(3, 1, 9, None)),
        ("12 March", PrintedDay(None, 12, 3, None)),
        ("Thursday 2026-03-12", PrintedDay(3, 12, 3, 2026)),
        ("Thurs. March 12th, 2026", PrintedDay(3, 12, 3, 2026)),
    ],
)
def test_a_day_is_read_as_it_is_printed(text: str, printed: PrintedDay) -> None:
    assert read_day(text) == printed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("12/03/2026", "could be 12 March or 3 December"),
        ("Thursday 26.3.26", "could be 26 March."),
        ("31/31/2026", "no month has that number"),
        ("Thursday 12 March 26", "has two figures"),
        ("\u2018Thursday 12 March 2026\u2019", "curly quotation marks"),
        ("soon", "cannot be read"),
    ],
)
def test_a_day_in_another_way_is_told_why_it_cannot_be_read(text: str, says: str) -> None:
    read = read_day(text)

    assert isinstance(read, Problem)
    assert says in read.what


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("9.30 - 12.30", (570, 750)),
        ("13.00 - 11.30", (780, 690)),
        ("9:30am to 12:30pm", (570, 750)),
        ("11am–midday", (660, 720)),
        ("noon until 1 p.m.", (720, 780)),
        ("12am to 12:30am", (0, 30)),
        ("14:00 - 15:30", (840, 930)),
    ],
)
def test_a_span_is_read_as_it_is_printed(text: str, span: tuple[int, int]) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["", "9 - 11", "13pm to 2pm", "0am to 1am", "9.75 - 10.00", "9.30", "midnight to 1am"])
def test_an_unclear_span_is_a_problem(text: str) -> None:
    assert isinstance(read_span(text), Problem)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("3 hours", 180),
        ("1 hour 30 minutes", 90),
        ("9.5 hours", 570),
        ("90 minutes", 90),
        ("1 hour and 5 mins", 65),
        ("hours", None),
        ("", None),
        ("three hours", None),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, minutes: int | None) -> None:
    assert read_length(text) == minutes


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_in_words_is_read_back(day: date) -> None:
    printed = read_day(wording.day(day))

    assert isinstance(printed, PrintedDay)
    assert settle_day(printed, None) == day


@given(st.integers(1, 1439), st.integers(1, 1439))
def test_a_span_in_words_is_read_back(start: int, end: int) -> None:
    assert read_span(span_in_words(start, end)) == (start, end)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)), st.integers(0, 1439))
def test_an_instant_shows_the_wall_time_that_was_written(day: date, minutes: int) -> None:
    at = instant(day, minutes, LONDON)

    if isinstance(at, datetime):
        wall = at.astimezone(LONDON)
        assert (wall.date(), wall.hour * 60 + wall.minute) == (day, minutes)
    else:
        assert day.month in {3, 10}
        assert 60 <= minutes < 120


def test_texts_that_people_call_the_same() -> None:
    assert normalised("Voluntary & community") == normalised(" voluntary and  Community. ")
    assert normalised("LGBTQ+") != normalised("LGBTQ")
