"""Wall times with named zones, as calendars hold them."""

import re
import zoneinfo
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from local.graph.errors import GraphError, bad_request
from local.graph.settings import Json

# An offset or a Z is refused: the zone is in timeZone.
_WALL_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,7})?")
_YEARS = range(1601, 4501)


@cache
def _names() -> dict[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    iana = {name.lower(): name for name in zoneinfo.available_timezones()}
    windows = {name.lower(): olson for name, olson in WINDOWS_TO_OLSON.items()}
    return {**iana, **windows, "utc": "UTC"}


def unsupported(name: str) -> GraphError:
    """400 for a zone that nobody knows."""
    return bad_request(f"The time zone '{name}' is not supported.", "TimeZoneNotSupportedException")


@cache
def zone(name: str) -> ZoneInfo:
    """By its IANA or its Windows name."""
    known = _names().get(name.lower())
    if known is None:
        raise unsupported(name)
    return ZoneInfo(known)


def wall_time(moment: Json, where: str) -> datetime:
    """A dateTimeTimeZone with its zone; both parts are needed."""
    text, name = moment.get("dateTime"), moment.get("timeZone")
    if not text or not name:
        raise bad_request(f"The property '{where}' needs dateTime and timeZone.", "ErrorPropertyValidationFailure")
    found = _WALL_TIME.fullmatch(text)
    if found is None:
        message = f"The dateTime of '{where}' is not a date and time without an offset."
        raise bad_request(message, "ErrorPropertyValidationFailure")
    try:
        moment_there = datetime.fromisoformat(found.group(1)).replace(tzinfo=zone(name))
    except ValueError as exc:
        message = f"The dateTime of '{where}' does not exist."
        raise bad_request(message, "ErrorPropertyValidationFailure") from exc
    if moment_there.year not in _YEARS:
        message = f"The dateTime of '{where}' is outside the years of the calendar."
        raise bad_request(message, "ErrorPropertyValidationFailure")
    return moment_there


def shown(moment: datetime, name: str | None) -> Json:
    """As Graph answers: in UTC unless the caller prefers another zone."""
    target = zone(name) if name else UTC
    text = moment.astimezone(target).strftime("%Y-%m-%dT%H:%M:%S") + ".0000000"
    return {"dateTime": text, "timeZone": name or "UTC"}
