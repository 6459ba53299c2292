"""A pair's calendar: months from the start day, always 9am in the UK, and silence counted in a row."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.cohort_model import Meetings, Seat
from shared.domain.pairs import (
    CheckIn,
    CheckInAnswer,
    CheckInStatus,
    Pair,
    PairStatus,
    answered,
    expected_checkins,
    introduction_at,
    nudge_at,
    silent_at,
    silent_run,
    start_problem,
)
from tests.factories import with_model
from tests.world import NINE, PROGRAMME, cohort_7

C7 = cohort_7()


def pair(start: date, confirmed_at: datetime | None = None) -> Pair:
    return Pair(PROGRAMME, "P", "mentor-ref", "mentee-ref", start, PairStatus.CONFIRMED, confirmed_at)


def due(start: date, meetings: Meetings | None = None) -> list[str]:
    programme = with_model(C7, meetings=meetings) if meetings else C7
    return [
        f"{c.due_at.astimezone(programme.tz):%d %b %H:%M}"
        for c in expected_checkins(programme, pair(start), NINE)
        if c.seat is Seat.MENTOR
    ]


@pytest.mark.parametrize(
    ("start", "days"),
    [
        (date(2026, 4, 20), ["20 May", "22 Jun", "20 Jul", "20 Aug", "21 Sep", "20 Oct"]),
        (date(2026, 8, 31), ["30 Sep", "02 Nov", "30 Nov", "31 Dec", "01 Feb", "01 Mar"]),
        (date(2027, 8, 31), ["30 Sep", "01 Nov", "30 Nov", "31 Dec", "31 Jan", "29 Feb"]),
        (date(2026, 2, 28), ["30 Mar", "28 Apr", "28 May", "29 Jun", "28 Jul", "28 Aug"]),
        (date(2026, 9, 25), ["26 Oct", "25 Nov", "29 Dec", "25 Jan", "25 Feb", "25 Mar"]),
        (date(2026, 1, 29), ["02 Mar", "30 Mar", "29 Apr", "29 May", "29 Jun", "29 Jul"]),
    ],
)
def test_a_check_in_falls_a_month_after_the_other_at_nine_in_the_uk(start: date, days: list[str]) -> None:
    assert due(start) == [f"{day} 09:00" for day in days]


def test_nine_in_the_uk_is_another_instant_in_summer() -> None:
    instants = [c.due_at for c in expected_checkins(C7, pair(date(2026, 9, 23)), NINE) if c.seat is Seat.MENTEE]

    assert instants[:2] == [datetime(2026, 10, 23, 8, 0, tzinfo=UTC), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("meetings", "days"),
    [
        (Meetings(count=3, minutes=60, months=6), ["22 Jun", "20 Aug", "20 Oct"]),
        (Meetings(count=4, minutes=60, months=6), ["04 Jun", "20 Jul", "04 Sep", "20 Oct"]),
        (Meetings(count=1, minutes=60, months=12), ["20 Apr"]),
    ],
)
def test_meetings_are_spread_evenly_over_the_months(meetings: Meetings, days: list[str]) -> None:
    assert due(date(2026, 4, 20), meetings) == [f"{day} 09:00" for day in days]


def test_a_programme_without_meetings_expects_no_check_in() -> None:
    assert expected_checkins(with_model(C7, meetings=None), pair(date(2026, 4, 20)), NINE) == ()


def test_both_people_are_asked_under_names_of_their_own() -> None:
    found = expected_checkins(C7, pair(date(2026, 4, 20)), NINE)

    assert [(c.id, c.reference) for c in found[:4]] == [
        ("P.1.mentor", "mentor-ref"),
        ("P.1.mentee", "mentee-ref"),
        ("P.2.mentor", "mentor-ref"),
        ("P.2.mentee", "mentee-ref"),
    ]
    assert len({c.id for c in found}) == 12
    assert found == expected_checkins(C7, pair(date(2026, 4, 20)), NINE)


@pytest.mark.parametrize(
    ("start", "confirmed_at", "expected"),
    [
        (date(2026, 4, 20), None, datetime(2026, 4, 20, 8, 0, tzinfo=UTC)),
        (date(2026, 3, 28), NINE, datetime(2026, 3, 28, 9, 0, tzinfo=UTC)),
        (date(2026, 3, 29), NINE, datetime(2026, 3, 29, 8, 0, tzinfo=UTC)),
        (date(2026, 1, 5), NINE, NINE),
    ],
)
def test_an_introduction_is_at_nine_or_at_once(start: date, confirmed_at: datetime | None, expected: datetime) -> None:
    assert introduction_at(C7, pair(start, confirmed_at)) == expected


@pytest.mark.parametrize(
    ("start", "problem"),
    [
        (date(2026, 4, 20), ""),
        (date(2025, 11, 4), ""),
        (date(2027, 3, 14), ""),
        (date(2025, 4, 20), "Sunday 20 April 2025, long before applications opened on Monday 2 February 2026."),
        (date(2027, 4, 20), "Tuesday 20 April 2027, long after the programme's end, Monday 14 December 2026."),
    ],
)
def test_a_pair_starts_in_a_year_in_which_the_programme_is(start: date, problem: str) -> None:
    said = f"StartDate is {problem} Check the year." if problem else ""

    assert start_problem(C7, start, closes_at=C7.closes_at, today=NINE.date()) == said


def test_a_later_closing_date_moves_the_last_day_on_which_a_pair_can_start() -> None:
    extended = datetime(2027, 3, 31, tzinfo=UTC)

    assert start_problem(C7, date(2027, 4, 20), closes_at=extended, today=NINE.date()) == ""


def test_a_pair_of_an_open_ended_programme_starts_within_two_years() -> None:
    open_ended = C7.model_copy(update={"closes_at": None, "opens_at": None, "groups": ()})

    def problem(start: date) -> str:
        return start_problem(open_ended, start, closes_at=None, today=NINE.date())

    assert problem(date(2027, 12, 1)) == ""
    assert problem(date(2062, 4, 20)) == "StartDate is Thursday 20 April 2062, years ahead. Check the year."


def test_a_nudge_and_silence_are_at_nine_too_across_a_clock_change() -> None:
    checkin = expected_checkins(C7, pair(date(2026, 9, 23)), NINE)[0]  # due on 23 October, two days before the change

    assert nudge_at(C7, checkin) == datetime(2026, 10, 28, 9, 0, tzinfo=UTC)
    assert silent_at(C7, checkin) == datetime(2026, 11, 4, 9, 0, tzinfo=UTC)


def checkin(meeting: int, status: CheckInStatus, seat: Seat = Seat.MENTOR) -> CheckIn:
    return CheckIn(PROGRAMME, "P", meeting, seat, "ref", NINE + timedelta(days=30 * meeting), status)


E, A, S = CheckInStatus.EXPECTED, CheckInStatus.ANSWERED, CheckInStatus.SILENT


@pytest.mark.parametrize(
    ("statuses", "run"),
    [
        ("", 0),
        ("E", 0),
        ("S", 1),
        ("SSE", 2),
        ("SSA", 0),
        ("SAS", 1),
        ("ASSS", 3),
        ("SSSSSS", 6),
        ("SSEEEA", 0),
    ],
)
def test_silence_is_counted_in_a_row_up_to_the_newest_settled_one(statuses: str, run: int) -> None:
    words = {"E": E, "A": A, "S": S}
    found = [checkin(n, words[letter]) for n, letter in enumerate(statuses, start=1)]
    others = [checkin(n, S, Seat.MENTEE) for n in range(1, 7)]

    assert silent_run((*reversed(found), *others), Seat.MENTOR) == run


@pytest.mark.parametrize("status", [E, S, A])
def test_an_answer_counts_whenever_it_comes_and_a_wish_to_talk_stays(status: CheckInStatus) -> None:
    before = replace(checkin(1, status), wants_to_talk=True)
    said = CheckInAnswer(met=False, met_on=date(2026, 5, 1), rating=5, note="n", wants_to_talk=False)

    assert answered(before, said, now=NINE) == replace(
        before, status=A, met=False, met_on=None, rating=None, note="n", wants_to_talk=True, answered_at=NINE
    )
