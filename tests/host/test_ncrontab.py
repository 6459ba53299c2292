import random
from datetime import UTC, datetime, timedelta

import pytest
from croniter import croniter  # type: ignore[import-untyped] # ships no types

from local.host.ncrontab import FIELDS, Field, InvalidScheduleError, Schedule

START = datetime(2026, 1, 5, 12, 30, 15, 250_000, tzinfo=UTC)


def occurrences(expression: str, count: int, start: datetime = START) -> list[str]:
    schedule, found = Schedule(expression), [start]
    for _ in range(count):
        found.append(schedule.next_after(found[-1]))
    return [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in found[1:]]


@pytest.mark.parametrize(
    ("expression", "first", "second"),
    [
        ("* * * * * *", "2026-01-05 12:30:16", "2026-01-05 12:30:17"),
        ("*/5 * * * *", "2026-01-05 12:35:00", "2026-01-05 12:40:00"),
        ("0 */5 * * * *", "2026-01-05 12:35:00", "2026-01-05 12:40:00"),
        ("10/20 * * * * *", "2026-01-05 12:30:30", "2026-01-05 12:30:50"),
        ("0 0 9 * * MON-FRI", "2026-01-06 09:00:00", "2026-01-07 09:00:00"),
        ("0 0 0 1 1-1 *", "2027-01-01 00:00:00", "2028-01-01 00:00:00"),
        ("0 0 0 29 FEB *", "2028-02-29 00:00:00", "2032-02-29 00:00:00"),
        ("0 0 0 13 * FRI", "2026-02-13 00:00:00", "2026-03-13 00:00:00"),  # both must match
        ("59 59 23 31 12 *", "2026-12-31 23:59:59", "2027-12-31 23:59:59"),
    ],
)
def test_the_next_two_occurrences(expression: str, first: str, second: str) -> None:
    assert occurrences(expression, 2) == [first, second]


@pytest.mark.parametrize(
    "expression",
    [
        "", "* * * *", "* * * * * * *", "60 * * * * *", "0 0 24 * * *", "0 0 0 0 * *", "0 0 0 * 13 *",
        "0 0 0 * * 7", "0 0 0 L * *", "0 0 0 ? * *", "0 0 0 * * FRI#2", "*/0 * * * * *", "5-1 * * * * *",
        "1,,2 * * * * *",
        "0 0 0 30 2 *", "*-5 * * * * *", "a * * * * *", "00:05:00",
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(expression: str) -> None:
    with pytest.raises(InvalidScheduleError):
        Schedule(expression).next_after(START)


def test_an_occurrence_is_always_later_than_the_moment_given() -> None:
    assert Schedule("15 30 12 5 1 *").next_after(datetime(2026, 1, 5, 12, 30, 15, tzinfo=UTC)).year == 2027


def test_croniter_agrees_on_random_schedules() -> None:
    dice = random.Random(20_260_209)  # noqa: S311 -- test data, not a secret
    disagreements, compared = [], 0
    for _ in range(1_000):
        expression = " ".join(_random_field(dice, field) for field in FIELDS)
        start = START + timedelta(seconds=dice.randrange(4 * 365 * 86_400))
        theirs = croniter(expression, start, day_or=False, second_at_beginning=True)
        expected = [f"{theirs.get_next(datetime):%Y-%m-%d %H:%M:%S}" for _ in range(2)]
        compared += 1
        if occurrences(expression, 2, start) != expected:
            disagreements.append((expression, start))

    assert (compared, disagreements) == (1_000, [])


def _random_field(dice: random.Random, field: Field) -> str:
    # 29 to 31 and weekdays stay broad enough for every schedule to come true.
    highest = min(field.highest, 28)
    return ",".join(_random_part(dice, field.lowest, highest) for _ in range(dice.choice((1, 1, 2))))


def _random_part(dice: random.Random, lowest: int, highest: int) -> str:
    first, last = sorted(dice.sample(range(lowest, highest + 1), 2))  # never N-N, which croniter takes for *
    step = dice.randint(1, 6)
    return dice.choice(
        ("*", "*", f"*/{step}", str(first), f"{first}-{last}", f"{first}-{last}/{min(step, last - first)}")
    )
