"""What the team is told of and when: each matter when it begins or changes, then once a week until it is over."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from shared.domain.rhythm import is_working_day

#: How long before the printed day of a session that the file holds back the team is told of it again.
DAYS_BEFORE_A_SESSION = (28, 14)

_KEY_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that a digest tells. ``key`` is the same for as long as it lasts; a new ``state`` makes it news again.

    ``once``: it is something that happened, and nothing of it stays open. Only hashes of key and state are kept.
    """

    key: str
    line: str
    state: str = ""
    once: bool = False

    def id_in(self, section: str) -> str:
        """Its name among all matters of a programme."""
        return _hash(f"{section}|{self.key}")

    @property
    def fingerprint(self) -> str:
        """What its state is remembered as."""
        return _hash(self.state)


@dataclass(frozen=True, slots=True)
class Told:
    """What is remembered of a matter: the day of the digest that told it last as news, and its state then."""

    on: date
    state: str


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_LENGTH]


def is_first_working_day(day: date) -> bool:
    """Whether what is still open is told on this day: Monday, or the first day of the week that is no day off."""
    monday = day - timedelta(days=day.weekday())
    earlier = (monday + timedelta(days=n) for n in range(day.weekday()))
    return is_working_day(day) and not any(is_working_day(one) for one in earlier)


def stage_before(session: date | None, today: date) -> str | None:
    """How near a session comes that has no time yet, as a state; None once its day has passed.

    ``session`` is its printed day, None if nobody knows it.
    """
    if session is None:
        return ""
    if today > session:
        return None
    left = (session - today).days
    return min((str(days) for days in DAYS_BEFORE_A_SESSION if left <= days), key=int, default="")
