"""NCRONTAB schedules: ``{second} {minute} {hour} {day} {month} {day of week}``.

Written for the host because croniter reads a range of one value (``11-11``) as ``*``. A day must match both
the day of the month and the day of the week. There is no ``L``, ``W``, ``#`` or ``?``. A range that runs
backwards is refused.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# 29 February meets each weekday at least once in 40 years, also around 2100.
HORIZON = timedelta(days=366 * 41)

_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")


class InvalidScheduleError(ValueError):
    """The expression cannot be read, or never comes true."""


@dataclass(frozen=True)
class Field:
    """What one of the six fields may hold."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()

    def parse(self, text: str) -> frozenset[int]:
        """The values that ``text`` allows."""
        return frozenset(value for part in text.split(",") for value in self._values(part))

    def _values(self, part: str) -> range:
        match = _PART.fullmatch(part)
        if match is None or (match["first"] == "*" and match["last"]):
            raise InvalidScheduleError(f"{self.name}: cannot read '{part}'")
        step = int(match["step"] or 1)
        if step == 0:
            raise InvalidScheduleError(f"{self.name}: a step of 0 in '{part}'")
        first = self.lowest if match["first"] == "*" else self._number(match["first"])
        if match["last"]:
            last = self._number(match["last"])
        else:
            last = self.highest if match["step"] or match["first"] == "*" else first
        if first > last:
            raise InvalidScheduleError(f"{self.name}: '{part}' runs backwards")
        return range(first, last + 1, step)

    def _number(self, text: str) -> int:
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.lowest
        if not text.isdecimal() or not self.lowest <= int(text) <= self.highest:
            raise InvalidScheduleError(f"{self.name}: '{text}' is not {self.lowest} to {self.highest}")
        return int(text)


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, MONTHS),
    Field("day of week", 0, 6, WEEKDAYS),
)


class Schedule:
    """A schedule; five fields mean second 0."""

    def __init__(self, expression: str) -> None:
        texts = expression.split()
        if len(texts) == len(FIELDS) - 1:
            texts.insert(0, "0")
        if len(texts) != len(FIELDS):
            raise InvalidScheduleError(f"'{expression}' has neither five nor six fields")
        self.expression = expression
        seconds, minutes, hours, days, months, weekdays = (
            field.parse(text) for field, text in zip(FIELDS, texts, strict=True)
        )
        self._seconds, self._minutes, self._hours = sorted(seconds), sorted(minutes), sorted(hours)
        self._days, self._months, self._weekdays = days, months, weekdays

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence that is later than ``moment``, in its time zone."""
        earliest = moment.replace(microsecond=0) + timedelta(seconds=1)
        day, at_least = earliest.date(), earliest.time()
        last_day = day + HORIZON
        while day <= last_day:
            if day.month not in self._months:
                day = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
            else:
                if day.day in self._days and day.isoweekday() % 7 in self._weekdays:
                    found = self._first_time(at_least)
                    if found is not None:
                        return datetime.combine(day, found, moment.tzinfo)
                day += timedelta(days=1)
            at_least = time.min
        raise InvalidScheduleError(f"'{self.expression}' never comes true")

    def _first_time(self, at_least: time) -> time | None:
        for hour in self._hours:
            if hour < at_least.hour:
                continue
            for minute in self._minutes:
                if (hour, minute) < (at_least.hour, at_least.minute):
                    continue
                for second in self._seconds:
                    found = time(hour, minute, second)
                    if found >= at_least:
                        return found
        return None
