"""Working days, and when a reminder may go."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.programme import LONDON
from shared.domain.rhythm import bank_holidays, is_working_day, next_working, reminder_goes


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # As published on GOV.UK, with the days at weekends that have a substitute.
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
        (2022, "01-01 01-03 04-15 04-18 05-02 05-30 08-29 12-25 12-26 12-27"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-26 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
        (2028, "01-01 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
        (2032, "01-01 03-26 03-29 05-03 05-31 08-30 12-25 12-26 12-27 12-28"),
    ],
)
def test_bank_holidays_are_those_of_england(year: int, days: str) -> None:
    # In 2022 two more were proclaimed, and the one of the end of May was moved: no rule says so.
    assert " ".join(sorted(f"{day:%m-%d}" for day in bank_holidays(year))) == days


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("2026-03-05 09:00", "2026-03-05 09:00"),
        ("2026-03-05 16:59", "2026-03-05 16:59"),
        ("2026-03-05 17:00", "2026-03-06 09:00"),
        ("2026-03-05 02:13", "2026-03-05 09:00"),
        ("2026-03-06 23:00", "2026-03-09 09:00"),
        ("2026-03-08 02:13", "2026-03-09 09:00"),
        # The clocks change in these nights.
        ("2026-03-28 12:00", "2026-03-30 09:00"),
        ("2026-10-24 12:00", "2026-10-26 09:00"),
        # Easter, and the week of Christmas 2026.
        ("2026-04-02 18:00", "2026-04-07 09:00"),
        ("2026-12-24 17:30", "2026-12-29 09:00"),
        ("2026-12-31 17:30", "2027-01-04 09:00"),
    ],
)
def test_a_mail_of_the_clock_goes_when_people_are_at_work(wanted: str, goes: str) -> None:
    instant = datetime.fromisoformat(wanted).replace(tzinfo=LONDON).astimezone(UTC)

    assert f"{next_working(instant, LONDON).astimezone(LONDON):%Y-%m-%d %H:%M}" == goes


def test_every_hour_of_two_years_has_its_working_morning_within_five_days() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for hours in range(0, 2 * 365 * 24, 5):
        instant = start + timedelta(hours=hours)
        wall = next_working(instant, LONDON).astimezone(LONDON)

        assert is_working_day(wall.date())
        assert 9 <= wall.hour < 17
        assert timedelta(0) <= wall - instant <= timedelta(days=5)


MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "before", "goes"),
    [
        (MONDAY - timedelta(days=3), [], MONDAY),
        (MONDAY - timedelta(days=3), [MONDAY - timedelta(days=2)], MONDAY + timedelta(days=1)),
        # After an outage the mail itself has only just gone, or the reminder before this one.
        (MONDAY, [], None),
        (MONDAY + timedelta(hours=1), [], None),
        (None, [MONDAY + timedelta(hours=1)], None),
    ],
)
def test_after_an_outage_no_reminder_follows_on_the_heels(
    asked: datetime | None, before: list[datetime], goes: datetime | None
) -> None:
    assert reminder_goes(LONDON, due=MONDAY, asked=asked, before=before, now=MONDAY) == goes


def test_a_deadline_comes_before_a_quiet_weekend_and_not_before_three_days_of_peace() -> None:
    saturday, last = datetime(2026, 3, 14, 10, 0, tzinfo=UTC), datetime(2026, 3, 15, 23, 59, 59, tzinfo=UTC)

    def goes(before: list[datetime]) -> datetime | None:
        return reminder_goes(LONDON, due=MONDAY, asked=None, before=before, now=saturday, last=last)

    assert goes([]) == saturday
    assert goes([MONDAY - timedelta(days=1)]) == saturday
    friday = saturday - timedelta(days=1)
    assert reminder_goes(LONDON, due=saturday, asked=None, before=[friday], now=saturday, last=last) is None


@pytest.mark.parametrize(("now", "goes"), [(7, 9), (8, 8), (19, 19), (20, 33)])
def test_what_is_late_goes_by_day(now: int, goes: int) -> None:
    midnight = MONDAY - timedelta(hours=9)
    due = MONDAY - timedelta(days=3)
    found = reminder_goes(LONDON, due=due, asked=None, before=[], now=midnight + timedelta(hours=now))

    assert found == midnight + timedelta(hours=goes)
