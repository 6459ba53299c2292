"""Dates, times and lengths as people write them, both ways. Nothing here knows of files or programmes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from shared.domain import wording

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2100
HOUR = 60
SHORTEST_ABBREVIATION = 3

_TO_BE_CONFIRMED = re.compile(r"(date |time )?(to be (confirmed|decided|announced)|tbc|tba|tbd)\.?", re.IGNORECASE)
_DAY = re.compile(
    r"(?:(?P<weekday>[a-z]+)\.?,?\s+)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>[a-z]+)\.?,?"
    r"(?:\s+(?P<year>[0-9]{4}))?",
    re.IGNORECASE,
)
_ISO_DAY = re.compile(
    r"(?:(?P<weekday>[a-z]+)\.?,?\s+)?(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})", re.IGNORECASE
)
_CURLY = frozenset("\u201c\u2018")
_MONTH_FIRST = re.compile(
    r"(?:(?P<weekday>[a-z]+)\.?,?\s+)?(?P<month>[a-z]+)\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
    r"(?:,?\s+(?P<year>[0-9]{4}))?",
    re.IGNORECASE,
)
_IN_FIGURES = re.compile(r"(?:[a-z]+\.?,?\s+)?([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:[0-9]{2}|[0-9]{4})", re.IGNORECASE)
_SHORT_YEAR = re.compile(r"[^0-9]*[0-9]{1,2}(?:st|nd|rd|th)?\s+[a-z]+\.?,?\s+['\u2019]?[0-9]{2}", re.IGNORECASE)
_MONTH = re.compile(r"(?P<month>[a-z]+)\s+(?P<year>[0-9]{4})", re.IGNORECASE)
_CLOCK_TEXT = r"(?:[0-9]{1,2}[.:][0-9]{2}\s*(?:[ap]\.?m\.?)?|[0-9]{1,2}\s*[ap]\.?m\.?|midday|noon|midnight)"
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?:[.:](?P<minute>[0-9]{2}))?\s*(?P<half>[ap])?\.?m?\.?", re.IGNORECASE)
_SPAN = re.compile(rf"({_CLOCK_TEXT})\s*(?:-|–|—|to|until)\s*({_CLOCK_TEXT})", re.IGNORECASE)
_MOMENT = re.compile(rf"(?P<day>.*?)(?:,?\s+(?:at\s+|by\s+)?(?P<clock>{_CLOCK_TEXT}))?", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:(?P<hours>[0-9]{1,4}(?:\.(?:0|25|5|50|75))?)\s*(?:hours?|hrs?))?(?:\s*(?:,|and)?\s*)?"
    r"(?:(?P<minutes>[0-9]{1,4})\s*(?:minutes?|mins?))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why words cannot be used, and what to write instead."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class PrintedDay:
    """A date as written: ``weekday`` counts from 0, Monday; it or ``year`` is None where not printed."""

    weekday: int | None
    day: int
    month: int
    year: int | None


def plain(text: str) -> str:
    """The text on one line with single spaces."""
    return " ".join(text.split())


def normalised(text: str) -> str:
    """What two texts have in common when a person would call them the same."""
    return re.sub(r"[^\w+]+", " ", text.replace("&", " and ")).casefold().strip()


def is_to_be_confirmed(text: str) -> bool:
    """Whether the words say that a date or time is not known yet."""
    return _TO_BE_CONFIRMED.fullmatch(plain(text)) is not None


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``Did you mean 'x'?`` or, with nothing close, the words that are known."""
    spaced = word.replace("_", " ").casefold()
    close = get_close_matches(spaced, [name.casefold() for name in known], n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{next(name for name in known if name.casefold() == close[0])}'?"
    return f"Use one of: {', '.join(known)}." if known else "Leave it out."


def clock_in_words(minutes: int) -> str:
    """Minutes after midnight as ``9:30am``, ``1pm``, ``midday``, ``midnight``."""
    return wording.clock_time(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def span_in_words(start: int, end: int) -> str:
    """Two times in minutes after midnight as ``1pm to 2:30pm``."""
    return f"{clock_in_words(start)} to {clock_in_words(end)}"


def read_length(text: str) -> int | None:
    """Minutes of ``3 hours``, ``1 hour 30 minutes``, ``9.5 hours``, ``90 minutes``; None if it is none."""
    match = _LENGTH.fullmatch(plain(text))
    if match is None or (match["hours"] is None and match["minutes"] is None):
        return None
    return int(float(match["hours"] or 0) * HOUR) + int(match["minutes"] or 0)


def _position(word: str, names: Sequence[str]) -> int | None:
    if len(word) < SHORTEST_ABBREVIATION:
        return None
    return next((place for place, name in enumerate(names) if name.casefold().startswith(word.casefold())), None)


def read_day(text: str) -> PrintedDay | Problem:
    """``Thursday 12th March 2026`` and its shorter forms."""
    words = plain(text)
    unreadable = Problem(
        f"'{words}' cannot be read as a date.", "Write it with its weekday, such as 'Thursday 12 March 2026'."
    )
    if words[:1] in _CURLY:
        return Problem(f"{words} is in curly quotation marks, which count as letters here.", "Take them out.")
    match = _ISO_DAY.fullmatch(words) or _DAY.fullmatch(words) or _MONTH_FIRST.fullmatch(words)
    if match is None:
        figures = _IN_FIGURES.fullmatch(words)
        if figures:
            return Problem(f"'{words}' is in figures, {_two_ways(int(figures[1]), int(figures[2]))}.", unreadable.mend)
        if _SHORT_YEAR.fullmatch(words):
            return Problem(
                f"The year of '{words}' has two figures.", "Write all four, such as 'Thursday 12 March 2026'."
            )
        return unreadable
    weekday = _position(match["weekday"], WEEKDAYS) if match["weekday"] else None
    if match["weekday"] and weekday is None:
        return Problem(f"'{match['weekday']}' is not a weekday.", did_you_mean(match["weekday"], WEEKDAYS))
    if match["month"].isdecimal():
        month = int(match["month"])
    else:
        place = _position(match["month"], MONTHS)
        if place is None:
            return Problem(f"'{match['month']}' is not a month.", did_you_mean(match["month"], MONTHS))
        month = place + 1
    return PrintedDay(weekday, int(match["day"]), month, int(match["year"]) if match["year"] else None)


def _two_ways(first: int, second: int) -> str:
    """How figures can be read that may be day and month, or month and day."""
    ways = [
        f"{day} {MONTHS[month - 1]}" for day, month in ((first, second), (second, first)) if 0 < month <= len(MONTHS)
    ]
    return f"and could be {' or '.join(dict.fromkeys(ways))}" if ways else "and no month has that number"


def read_month(text: str) -> tuple[int, int] | None:
    """Year and month of 'May 2022', None if it is anything else."""
    match = _MONTH.fullmatch(plain(text))
    place = _position(match["month"], MONTHS) if match else None
    if match is None or place is None or not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        return None
    return int(match["year"]), place + 1


def settle_day(printed: PrintedDay, year: int | None) -> date | Problem:
    """The date meant, with ``year`` where none is printed; a Problem if no such day exists."""
    wanted = printed.year if printed.year is not None else year
    if wanted is None:
        return Problem(
            "The date has no year.",
            "Write the year after the month, or once for the whole file as 'year:' at the top.",
        )
    if not FIRST_YEAR <= wanted <= LAST_YEAR:
        return Problem(f"The year {wanted} cannot be right.", f"Write a year from {FIRST_YEAR} to {LAST_YEAR}.")
    try:
        day = date(wanted, printed.month, printed.day)
    except ValueError:
        month = MONTHS[printed.month - 1] if 1 <= printed.month <= len(MONTHS) else f"month {printed.month}"
        return Problem(f"There is no {printed.day} {month} {wanted}.", "Write a date that exists.")
    if printed.weekday is not None and printed.weekday != day.weekday():
        away = (printed.weekday - day.weekday() + 3) % 7 - 3
        nearest = day + timedelta(days=away)
        return Problem(
            f"{day.day} {MONTHS[day.month - 1]} {day.year} is a {WEEKDAYS[day.weekday()]}, "
            f"not a {WEEKDAYS[printed.weekday]}.",
            f"Find out which is right: '{wording.day(day)}' if the date is, "
            f"'{wording.day(nearest)}' may be meant if the weekday is. Nothing was assumed.",
        )
    return day


def _read_clock(text: str) -> int | Problem:
    words = text.casefold().strip()
    if words in {"midday", "noon"}:
        return 12 * HOUR
    if words == "midnight":
        return Problem("'midnight' can mean either end of the day.", "Write 11:59pm, or 12:01am and the right date.")
    match = _CLOCK.fullmatch(words)
    wrong = Problem(f"{text.strip()} is not a time.", "Write a time that exists, such as 9:30am or 14:30.")
    if match is None:
        return wrong
    hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
    if minute >= HOUR or hour > (12 if half else 23) or (half and hour == 0):
        return wrong
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * HOUR + minute


def read_span(text: str) -> tuple[int, int] | Problem:
    """Start and end, in minutes after midnight, of ``9.30 - 12.30`` or ``9:30am to 12:30pm``, as printed."""
    words = plain(text)
    match = _SPAN.fullmatch(words)
    if match is None:
        return Problem(
            f"'{words}' cannot be read as a start and an end.",
            "Write both times, such as '9:30am to 12:30pm' or '14:00 - 15:30'.",
        )
    start, end = _read_clock(match[1]), _read_clock(match[2])
    if isinstance(start, Problem):
        return start
    return end if isinstance(end, Problem) else (start, end)


def read_moment(text: str) -> tuple[PrintedDay, int | None] | Problem:
    """A date and, if one is printed, a time in minutes after midnight."""
    match = _MOMENT.fullmatch(plain(text))
    if match is None or match["clock"] is None:
        printed = read_day(text)
        return printed if isinstance(printed, Problem) else (printed, None)
    printed, clock = read_day(match["day"]), _read_clock(match["clock"])
    if isinstance(printed, Problem):
        return printed
    return clock if isinstance(clock, Problem) else (printed, clock)


def instant(day: date, minutes: int, zone: ZoneInfo) -> datetime | Problem:
    """The UTC instant of a wall time (minutes after midnight), a Problem where a clock change spoils it."""
    hour, minute = divmod(minutes, HOUR)
    wall = datetime.combine(day, time(hour, minute), tzinfo=zone)
    at = wall.astimezone(UTC)
    words = f"{clock_in_words(minutes)} on {wording.day(day)}"
    if at.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None):
        return Problem(f"{words} does not exist: the clocks go forward then.", "Write a time outside the lost hour.")
    if wall.replace(fold=1).utcoffset() != wall.utcoffset():
        return Problem(
            f"{words} happens twice: the clocks go back then.",
            "Write a time outside the hour that comes twice.",
        )
    return at
