"""The end of the programme for one person: the certificate, and what they would like afterwards. Nothing is sent."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from shared.domain import rhythm, wording
from shared.domain.application import Application, Status
from shared.domain.cohort_model import small
from shared.domain.enrolment import Booking, attended
from shared.domain.pairs import CheckIn
from shared.domain.programme import Programme

#: How long somebody's wish for a later cohort is kept.
WISHES_ARE_KEPT = timedelta(days=2 * 365)
#: After so long nobody is thanked any more, as where the app begins with a cohort that is over.
THANKED_WITHIN = timedelta(days=30)
_MORNING = 9


class Wish(StrEnum):
    """What people may want after the programme, as the team reads it in ``EarlierParticipants.Wishes``."""

    AGAIN = "take part again"
    TELL = "be told of the next cohort"
    SPEAK = "speak at a training"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on it. ``role`` is named only if the person wants it: in this programme a role tells something."""

    name: str
    programme: str
    host: str
    cohort: int | None
    role: str
    meetings: str
    trained: bool
    day: str


def is_ending(programme: Programme, application: Application, closes_at: datetime | None, now: datetime) -> bool:
    """Whether the programme is over for the person: altogether, or since the months of their pair's meetings are."""
    if application.status is not Status.APPROVED:
        return False
    if programme.has_ended(closes_at, now):
        return True
    last = last_day_of_meetings(programme, application)
    return last is not None and now.astimezone(programme.tz).date() >= last


def last_day_of_meetings(programme: Programme, application: Application) -> date | None:
    """The day on which the months of the person's newest pair are over, None if that is not known."""
    months = programme.meetings.months if programme.meetings else None
    began = max(application.pairs.values(), default=application.paired_before)
    return began + relativedelta(months=months) if months and began is not None else None


def thanked_at(programme: Programme, application: Application) -> datetime | None:
    """When somebody who was in a pair is thanked: 9am on a working day, the day after the last thing that they had.

    That is the end of their meetings (of the programme, where no months are said), or a later session that they are
    booked in. None: they were in no pair, were told that there is no partner, or no end is known.
    """
    if application.status is not Status.APPROVED or application.first_paired is None:
        return None
    if application.no_partner_at is not None and not application.pairs:
        return None
    met_until = last_day_of_meetings(programme, application)
    end = programme.ends_at.astimezone(programme.tz).date() if programme.ends_at else None
    last = met_until or end
    if last is None:
        return None
    mine = (programme.session(id_) for ids in attended(programme, application).values() for id_ in ids)
    days = [s.ends_at.astimezone(programme.tz).date() for s in mine if s is not None and s.takes_place and s.ends_at]
    over = wording.at_wall_time(max([last, *days]), _MORNING, 0, programme.tz)
    # Of a last day off they are asked on the next working day how it was.
    asked = rhythm.next_working(over, programme.tz)
    return rhythm.next_working(rhythm.days_after(asked, 1, programme.tz), programme.tz)


def meetings_held(checkins: Iterable[CheckIn], reference: str) -> int:
    """How many meetings of the person's pairs were held, if one of the two says so."""
    every = list(checkins)
    mine = {checkin.pair for checkin in every if checkin.reference == reference}
    return len({(checkin.pair, checkin.meeting) for checkin in every if checkin.pair in mine and checkin.met})


def was_trained(programme: Programme, application: Application, bookings: Iterable[Booking], now: datetime) -> bool:
    """Whether the person came to a training that is over: as noted, else if they had a place and did not decline."""
    if application.role is None:
        return False
    training = {
        session.id
        for group in programme.groups_for(application.role)
        if group.required and "training" in f"{group.id} {group.title}".casefold()
        for session in group.sessions
        if session.ends_at is not None and session.ends_at <= now
    }
    return any(
        booking.session in training and booking.came
        for booking in bookings
        if booking.reference == application.reference
    )


def certificate_problem(programme: Programme, *, trained: bool, met: int) -> str:
    """Why there is no certificate, in words for the person; '' if there is one. The programme's file has the rule."""
    policy = programme.certificate
    if policy is None:
        return "This programme gives no certificates."
    if policy.training and not trained:
        return "A certificate needs the training, and we have no record that you were there."
    if met < policy.meetings:
        needed = "1 meeting" if policy.meetings == 1 else f"{policy.meetings} meetings"
        return f"A certificate needs {needed}, and your check-ins tell us of {met}."
    return ""


def certificate(
    programme: Programme, application: Application, *, trained: bool, met: int, with_role: bool, today: date
) -> Certificate:
    """The certificate of somebody who has a right to it."""
    return Certificate(
        name=application.person.full_name,
        programme=programme.name,
        host=programme.host,
        cohort=programme.cohort,
        role=small(programme.model.title(application.role)) if with_role else "",
        meetings=_number(met),
        trained=trained,
        day=wording.day(today),
    )


def _number(met: int) -> str:
    return "" if met == 0 else "1 mentoring meeting" if met == 1 else f"{met} mentoring meetings"


def read_wishes(given: Collection[str]) -> tuple[Wish, ...]:
    """The wishes among what a form sent, by their names on it, in our order."""
    return tuple(wish for wish in Wish if wish.name.lower() in given)
