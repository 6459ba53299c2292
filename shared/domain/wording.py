"""Dates, times and lengths in the words of the NHS digital service manual. Nothing here decides anything."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_MINUTES_IN_HOUR = 60
_NOON = 12


# The mails and pages of a cohort say the same few dozen days again and again.
@lru_cache(maxsize=1_000)
def day(value: date) -> str:
    """A date as 'Thursday 12 March 2026'."""
    return f"{value:%A} {value.day} {value:%B} {value.year}"


def short_day(value: date) -> str:
    """A date as '12 March'."""
    return f"{value.day} {value:%B}"


def clock_time(value: datetime) -> str:
    """A wall time as '9:30am', '5pm', 'midday' or 'midnight'."""
    if value.minute == 0 and value.hour in {0, _NOON}:
        return "midday" if value.hour else "midnight"
    hour = value.hour % _NOON or _NOON
    half = "pm" if value.hour >= _NOON else "am"
    return f"{hour}:{value.minute:02d}{half}" if value.minute else f"{hour}{half}"


def times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """A span of wall time as 'Thursday 26 March 2026, 9:30am to 12:30pm'."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    last = clock_time(end) if start.date() == end.date() else f"{clock_time(end)} on {day(end.date())}"
    return f"{day(start.date())}, {clock_time(start)} to {last}"


def moment(value: datetime, zone: ZoneInfo) -> str:
    """An instant as '11:59pm on Thursday 12 March 2026'."""
    wall = value.astimezone(zone)
    return f"{clock_time(wall)} on {day(wall.date())}"


def months(first: date, last: date) -> str:
    """A time of year as 'in March 2026', 'between March and December 2026' or with both years."""
    if (first.year, first.month) == (last.year, last.month):
        return f"in {first:%B} {first.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"between {first:%B}{year} and {last:%B} {last.year}"


def length(minutes: int) -> str:
    """A length as '9 hours 30 minutes', '1 hour', '45 minutes'."""
    hours, rest = divmod(minutes, _MINUTES_IN_HOUR)
    parts = []
    if hours:
        parts.append(f"{hours} hour" if hours == 1 else f"{hours} hours")
    if rest or not hours:
        parts.append(f"{rest} minute" if rest == 1 else f"{rest} minutes")
    return " ".join(parts)


def listed(items: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def at_wall_time(day_: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a wall time; a time the clocks skip becomes the same distance after the change."""
    naive_end = datetime(day_.year, day_.month, day_.day, tzinfo=zone) + timedelta(hours=hour, minutes=minute)
    return naive_end.astimezone(ZoneInfo("UTC"))
