"""Who applies when, and how long managers take: drawn from one seed, so that a run can be repeated."""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from tests.world import answers, mentee

# Of all who apply in the last week: so many on each of its days, and by hour on an ordinary day and on the last.
_DAYS = (8, 8, 9, 9, 11, 15, 40)
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 9, 10, 9, 8, 8, 7, 6, 5, 5, 4, 3, 2, 1)
_LAST_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 9, 9, 10, 9, 9, 9, 10, 10, 11, 12, 14, 18, 26, 40)
_MENTEES = 0.5
_ANSWERS = 0.88
_APPROVES = 0.92
_OPENS_OWN_PAGE = 0.3
_HALF_HAVE_ANSWERED = timedelta(hours=20)
_SPREAD = 1.3
_FORGOTTEN = timedelta(days=12)


@dataclass(frozen=True, slots=True)
class Applicant:
    """One who applies, with what they send."""

    at: datetime
    programme: str
    body: bytes


def applicants(count: int, programmes: tuple[str, ...], closes_at: datetime, random: Random) -> list[Applicant]:
    """Everybody who applies in the week before closing, in order of time."""
    instants = sorted(_instant(closes_at, random) for _ in range(count))
    ids = itertools.cycle(programmes)
    return [_applicant(number, at, next(ids), random) for number, at in enumerate(instants)]


def _instant(closes_at: datetime, random: Random) -> datetime:
    (day,) = random.choices(range(7), _DAYS)
    (hour,) = random.choices(range(24), _LAST_HOURS if day == len(_DAYS) - 1 else _HOURS)
    midnight = closes_at + timedelta(seconds=1) - timedelta(days=7 - day)
    return min(midnight + timedelta(hours=hour, seconds=random.uniform(0, 3600)), closes_at - timedelta(seconds=5))


def _applicant(number: int, at: datetime, programme: str, random: Random) -> Applicant:
    make = mentee if random.random() < _MENTEES else answers
    given = make(
        full_name=f"Person {number}",
        email=f"person.{number}@example.nhs.uk",
        manager_name=f"Manager {number}",
        manager_email=f"manager.{number}@example.nhs.uk",
    )
    body = {
        "form_id": programme,
        "response_id": f"response-{number}",
        "submitted_at": at.isoformat(),
        "answers": given,
    }
    return Applicant(at, programme, json.dumps(body).encode())


def manager_answers_after(random: Random) -> timedelta | None:
    """How long after the request a manager answers, None for one who never does."""
    if random.random() > _ANSWERS:
        return None
    after = _HALF_HAVE_ANSWERED * random.lognormvariate(0, _SPREAD)
    return after if after < _FORGOTTEN else None


def approves(random: Random) -> bool:
    """Whether a manager who answers approves."""
    return random.random() < _APPROVES


def opens_own_page(random: Random) -> bool:
    """Whether somebody looks at their own page after a mail."""
    return random.random() < _OPENS_OWN_PAGE


def busiest_hour(people: list[Applicant]) -> int:
    """The most who apply within any sixty minutes that begin with one of them."""
    most, end = 0, 0
    for begin, first in enumerate(people):
        while end < len(people) and people[end].at - first.at < timedelta(hours=1):
            end += 1
        most = max(most, end - begin)
    return most
