"""How long what is held, as periods and pure functions.

The periods are for the data controller to justify (UK GDPR, storage limitation): agree them before going live. A period
counts from the end of the programme; for people who do not take part, from its closing date. In a programme without an
end it counts for each person from the last time anything happened.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from shared.domain import wording
from shared.domain.application import Application, Status
from shared.domain.programme import Programme

# Some months for questions and complaints.
NOT_TAKING_PART = timedelta(days=180)
# Topics, access needs, forms as sent and words in check-ins: after the last evaluation nobody needs them.
WHAT_THEY_TOLD = timedelta(days=90)
# Long enough to be asked whether they take part again, and for evaluation.
TAKING_PART = timedelta(days=2 * 365)
# Longer than evaluations and questions about a cohort take; figures that were told stay.
EQUALITY_ANSWERS = timedelta(days=2 * 365)
# What names nobody: who did what when, which mail was sent, which body led to which reference.
WHAT_NAMES_NOBODY = timedelta(days=6 * 365)
EXPORTS_ARE_KEPT = timedelta(days=35)
TOMBSTONES_ARE_KEPT = timedelta(days=6 * 365)

# Nothing goes before administrators have known for so long.
NOTICE = timedelta(days=14)


class Stage(StrEnum):
    """What goes together. The words stand in notices and reports."""

    NOT_TAKING_PART = "applications of people who do not take part"
    WHAT_THEY_TOLD = "what people who take part told about themselves, their forms, and their words in check-ins"
    TAKING_PART = "applications of people who take part"
    EQUALITY_ANSWERS = "answers to equality questions, which name nobody"
    WHAT_NAMES_NOBODY = "everything else: audit trail, messages, check-ins, pairs"


@dataclass(frozen=True, slots=True)
class Due:
    """So much of a stage is due, the first of it on a day."""

    stage: Stage
    people: int
    first: date


def takes_part(application: Application) -> bool:
    """Whether the longer periods count for a person."""
    return application.status is Status.APPROVED


def forget_on(programme: Programme, application: Application, closes_at: datetime | None) -> date:
    """The day on which everything about a person goes."""
    if takes_part(application):
        return ((programme.ends_at or _last_contact(application)) + TAKING_PART).date()
    last = _last_contact(application)
    return (max(closes_at or last, last) + NOT_TAKING_PART).date()


def told_until(programme: Programme, application: Application, closes_at: datetime | None) -> date:
    """The day on which what a person told about themselves goes."""
    if not takes_part(application) or programme.ends_at is None:
        return forget_on(programme, application, closes_at)
    return (programme.ends_at + WHAT_THEY_TOLD).date()


def equality_answers_until(programme: Programme) -> date | None:
    """The day on which answers to equality questions go; None for a programme without an end."""
    return (programme.ends_at + EQUALITY_ANSWERS).date() if programme.ends_at else None


def rest_until(programme: Programme) -> date | None:
    """The day on which what names nobody goes; None for a programme without an end."""
    return (programme.ends_at + WHAT_NAMES_NOBODY).date() if programme.ends_at else None


def _last_contact(application: Application) -> datetime:
    event = application.last_event
    known = (application.received_at, application.revised_at, application.closed_at, event.at if event else None)
    return max(instant for instant in known if instant is not None)


def nothing_before(programme: Programme, closes_at: datetime | None) -> date:
    """A day before which nothing of a programme is due, so that its applications need not be read."""
    if closes_at is None or programme.ends_at is None:
        return date.min
    return min(closes_at + NOT_TAKING_PART, programme.ends_at + WHAT_THEY_TOLD).date()


def due_until(
    day: date,
    programme: Programme,
    applications: Iterable[Application],
    closes_at: datetime | None,
    *,
    told: Collection[str],
    equality_answers: bool = False,
) -> list[Due]:
    """What goes until that day, by stage. ``told`` are references of whom it is still held what they told.

    ``equality_answers``: there are some.
    """
    days: dict[Stage, list[date]] = {stage: [] for stage in Stage}
    for application in applications:
        if application.status is Status.ERASED:
            continue
        whole, part = forget_on(programme, application, closes_at), told_until(programme, application, closes_at)
        if whole <= day:
            days[Stage.TAKING_PART if takes_part(application) else Stage.NOT_TAKING_PART].append(whole)
        elif part <= day and application.reference in told:
            days[Stage.WHAT_THEY_TOLD].append(part)
    answered = equality_answers_until(programme)
    if equality_answers and answered is not None and answered <= day:
        days[Stage.EQUALITY_ANSWERS].append(answered)
    rest = rest_until(programme)
    if rest is not None and rest <= day:
        days[Stage.WHAT_NAMES_NOBODY].append(rest)
    return [Due(stage, len(found), min(found)) for stage, found in days.items() if found]


def noticed_until(today: date) -> date:
    """The last day that a notice of this month speaks of: the end of the next month."""
    return today.replace(day=1) + relativedelta(months=2, days=-1)


def notice_slugs(today: date) -> tuple[str, str]:
    """The ids of this month's notice and of the one before, which speak of today."""
    before = today.replace(day=1) - timedelta(days=1)
    return f"retention.{today:%Y-%m}", f"retention.{before:%Y-%m}"


def in_words(programme: Programme, closes_at: datetime | None) -> str:
    """When what is deleted, for whoever looks at a programme; '' as long as no end is known."""
    rest, answers = rest_until(programme), equality_answers_until(programme)
    if programme.ends_at is None or closes_at is None or rest is None or answers is None:
        return ""
    told, whole = (programme.ends_at + WHAT_THEY_TOLD).date(), (programme.ends_at + TAKING_PART).date()
    parts = [
        f"from {wording.day((closes_at + NOT_TAKING_PART).date())} {Stage.NOT_TAKING_PART}",
        f"from {wording.day(told)} {Stage.WHAT_THEY_TOLD}",
        f"from {wording.day(whole)} {Stage.TAKING_PART}",
        f"from {wording.day(answers)} {Stage.EQUALITY_ANSWERS}",
        f"from {wording.day(rest)} {Stage.WHAT_NAMES_NOBODY}",
    ]
    return f"Deleted, after a notice: {'; '.join(parts)}."
