"""When people may be reminded: on a working day, by day, and never twice within three days.

The bank holidays are those of England and Wales, computed: the fixed rules have held since 1978, and a day that is
proclaimed for one year alone only means that a mail goes on it.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from shared.domain import wording

#: The fewest days from one reminder to the next.
DAYS_APART = 3

_MORNING = 9
_AT_WORK = range(_MORNING, 17)
# What is late goes as soon as it disturbs nobody.
_BY_DAY = range(8, 20)
_SATURDAY = 5


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England in a year. One at a weekend also has its day in the week that follows."""
    sunday = easter(year)
    moving = {
        sunday - timedelta(days=2),
        sunday + timedelta(days=1),
        _monday_from(date(year, 5, 1)),
        _monday_from(date(year, 5, 25)),
        _monday_from(date(year, 8, 25)),
    }
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() >= _SATURDAY or day in moving:
            day += timedelta(days=1)
        moving |= {fixed, day}
    return frozenset(moving)


def _monday_from(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def is_working_day(day: date) -> bool:
    """Whether people are at work on a day."""
    return day.weekday() < _SATURDAY and day not in bank_holidays(day.year)


def next_working(instant: datetime, zone: ZoneInfo, *, hours: Collection[int] = _AT_WORK) -> datetime:
    """The instant, if people are at work then, else 9am on the first working morning after it."""
    wall = instant.astimezone(zone)
    if is_working_day(wall.date()) and wall.hour in hours:
        return instant
    day = wall.date() if wall.hour < _MORNING else wall.date() + timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return _morning(day, zone)


def day_before(instant: datetime, zone: ZoneInfo) -> datetime:
    """9am on the last working day before the day of an instant."""
    day = instant.astimezone(zone).date() - timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    return _morning(day, zone)


def fits_before(wanted: datetime, last: datetime | None, zone: ZoneInfo) -> datetime:
    """When a reminder that is wanted at an instant goes, so that there is time to answer until ``last``.

    On the first working morning as a rule, on the last one before where that would be too late, and on a day off at 9am
    if it must be.
    """
    moved = next_working(wanted, zone)
    if last is None or moved < last:
        return moved
    day = wanted.astimezone(zone).date()
    while not is_working_day(day):
        day -= timedelta(days=1)
    return _morning(day, zone)


def days_between(earlier: datetime, later: datetime, zone: ZoneInfo) -> int:
    """How many days lie between two instants, as people count them."""
    return (later.astimezone(zone).date() - earlier.astimezone(zone).date()).days


def days_after(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    """9am some days after the day of an instant."""
    return _morning(instant.astimezone(zone).date() + timedelta(days=days), zone)


def reminder_goes(
    zone: ZoneInfo,
    *,
    due: datetime,
    asked: datetime | None,
    before: Collection[datetime],
    now: datetime,
    last: datetime | None = None,
) -> datetime | None:
    """When a reminder that is due may go, ``now`` at the earliest; None if it is not to go at all.

    ``asked`` is when the mail left that it reminds of, ``before`` when others left after which people have peace for
    some days. Where the post was late, the mail itself has just come, and a reminder of it would be one too many.
    """
    if any(instant >= due for instant in (*before, *([] if asked is None else [asked]))):
        return None
    earliest = max([now, *(days_after(instant, DAYS_APART, zone) for instant in before)])
    goes = next_working(earliest, zone, hours=_BY_DAY)
    if last is None or goes < last:
        return goes
    return now if earliest == now else None


def _morning(day: date, zone: ZoneInfo) -> datetime:
    return wording.at_wall_time(day, _MORNING, 0, zone)
