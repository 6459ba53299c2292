"""Scripted trouble: what a network and a busy service do to a request."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from local.graph.settings import Json

FaultName = Literal[
    "status",
    "effect_then_503",
    "effect_then_drop",
    "drop",
    "delay",
    "html_error",
    "accepted_with_retry_after",
]
_OPTIONS = {"match", "fault", "times", "status", "retry_after", "seconds", "code"}
_STATUSES = range(200, 600)


@dataclass
class Fault:
    """`times` None is until cleared."""

    match: re.Pattern[str]
    name: FaultName
    times: int | None
    status: int
    retry_after: int | None
    seconds: float
    code: str


def read_fault(given: Json) -> Fault:
    """A `ValueError` says what is wrong."""
    unknown = set(given) - _OPTIONS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}; a fault has {sorted(_OPTIONS)}")
    name: FaultName = given.get("fault", "missing")
    if name not in get_args(FaultName):
        raise ValueError(f"'fault' is one of {list(get_args(FaultName))}")
    try:
        match = re.compile(given.get("match", ".*"))
    except (re.error, TypeError) as exc:
        raise ValueError("'match' is a regular expression for the whole of 'METHOD /path'") from exc
    times = given.get("times", 1)
    if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
        raise ValueError("'times' is a whole number from 1, or null for always")
    status = given.get("status", 502 if name == "html_error" else 503)
    if status not in _STATUSES:
        raise ValueError("'status' is an HTTP status")
    retry_after = given.get("retry_after", 1 if name == "accepted_with_retry_after" else None)
    if retry_after is not None and (not isinstance(retry_after, int) or retry_after < 0):
        raise ValueError("'retry_after' is a number of seconds")
    seconds = given.get("seconds", 5.0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
        raise ValueError("'seconds' is a number")
    code = given.get("code", {429: "ApplicationThrottled"}.get(status, "ServiceUnavailable"))
    return Fault(match, name, times, status, retry_after, float(seconds), str(code))


class Faults:
    """In the order in which they were scripted; the first that fits is used."""

    def __init__(self) -> None:
        self._scripted: list[Fault] = []

    def script(self, fault: Fault) -> None:
        """One more."""
        self._scripted.append(fault)

    def clear(self) -> None:
        """None any more."""
        self._scripted.clear()

    def waiting(self) -> list[Json]:
        """Those not used up."""
        return [
            {"match": one.match.pattern, "fault": one.name, "times": one.times, "status": one.status}
            for one in self._scripted
        ]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, which uses it up."""
        for fault in self._scripted:
            if fault.match.fullmatch(f"{method} {path}"):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times == 0:
                        self._scripted.remove(fault)
                return fault
        return None
