"""How a cohort stands today, as the values of one page for the team: each picture with the table of what it shows.

It is made of the figures of a cohort, which know nothing of lived experience, so none can be on it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.domain import cohort_figures as figures
from shared.domain import wording
from shared.domain.cohort_figures import By, Cohort, Meeting, Whom
from shared.domain.disclosure import Table, in_words
from shared.domain.evaluation import return_rate
from shared.domain.programme import Role

WIDTH: Final = 720
_LABELS: Final = 270
_NUMBERS: Final = 60
_ROW: Final = 30
_HEIGHT: Final = 180
_NARROWEST: Final = 26
_WIDEST: Final = 90


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of a picture; ``series`` is the number of its role."""

    series: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """What a picture shows of one thing: its words, its numbers by role, all together, and where it is drawn."""

    label: str
    short: str
    numbers: tuple[int | None, ...]
    total: int
    parts: tuple[Part, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars of people by role. ``says`` is read to whoever does not see it; ``head`` names the rows of the table."""

    title: str
    head: str
    says: str
    series: tuple[str, ...]
    marks: tuple[Mark, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WaitLine:
    """Somebody who waits, in words. ``command`` and ``reference`` are copied into Commands."""

    whom: str
    name: str
    about: str
    what: str
    days: int
    until: str
    command: str
    reference: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session with its places; ``came`` says how many did, once it is over."""

    name: str
    status: str
    place: str
    booked: int
    capacity: int | None
    free: int | None
    waiting: int
    declined: int
    came: str


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair with a word for each meeting, for which the page has a sign."""

    row: str
    names: tuple[str, str]
    status: str
    start: str
    meetings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureLine:
    """Protected figures about one thing: how many people in all, and each answer with its number, in words."""

    title: str
    total: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CohortPage:
    """Everything on the page."""

    programme: str
    cohort: int | None
    id: str
    made: str
    contact: str
    summary: tuple[str, ...]
    funnel: Picture
    losses: tuple[tuple[str, str, int], ...]
    not_counted: tuple[str, ...]
    weeks: Picture
    waits: tuple[WaitLine, ...]
    sessions: tuple[SessionLine, ...]
    pairs: tuple[PairLine, ...]
    legend: tuple[str, ...]
    evaluation: tuple[FigureLine, ...]
    evaluation_notes: tuple[str, ...]


def cohort_page(cohort: Cohort, *, contact: str) -> CohortPage:
    """The page of a cohort as it stands. ``contact`` is whom to ask about it."""
    way = figures.funnel(cohort)
    return CohortPage(
        programme=cohort.programme.name,
        cohort=cohort.programme.cohort,
        id=cohort.programme.id,
        made=wording.moment(cohort.now, cohort.programme.tz),
        contact=contact,
        summary=figures.picture(cohort),
        funnel=_funnel(cohort, way),
        losses=tuple((cohort.says(loss.after.value), cohort.says(loss.why.value), loss.total) for loss in way.losses),
        not_counted=figures.not_counted(cohort),
        weeks=_weeks(cohort),
        waits=tuple(_wait(cohort, one) for one in figures.waits(cohort)),
        sessions=tuple(_session(cohort, one) for one in figures.sessions(cohort)),
        pairs=tuple(_pair(cohort, one) for one in figures.pairs(cohort)),
        legend=tuple(Meeting),
        evaluation=tuple(_figures(table) for table in cohort.evaluation.tables if table.total != 0),
        evaluation_notes=cohort.evaluation.notes,
    )


def _roles(cohort: Cohort) -> list[Role | None]:
    roles: list[Role | None] = [*cohort.programme.roles]
    if any(a.role not in cohort.programme.roles for a in cohort.applications):
        roles.append(None)
    return roles


def _funnel(cohort: Cohort, way: figures.Funnel) -> Picture:
    roles = _roles(cohort)
    most = max((step.total for step in way.steps), default=0)
    room = WIDTH - _LABELS - _NUMBERS
    marks = []
    for row, step in enumerate(way.steps):
        numbers = tuple(step.by_role.get(role) for role in roles)
        parts, x, y = [], float(_LABELS), row * _ROW + 5
        for series, number in enumerate(numbers):
            width = round(room * (number or 0) / most, 1) if most else 0.0
            if width:
                parts.append(Part(series, round(x, 1), y, width, _ROW - 10))
            x += width
        marks.append(
            Mark(cohort.says(step.step.value), "", numbers, step.total, tuple(parts), round(x + 6, 1), row * _ROW + 20)
        )
    says = wording.listed([f"{mark.label} {mark.total}" for mark in marks])
    titles = tuple(cohort.title(role) for role in roles)
    return Picture("From applying to the end", "Step", says, titles, tuple(marks), WIDTH, len(marks) * _ROW)


def _weeks(cohort: Cohort) -> Picture:
    roles = _roles(cohort)
    counts = figures.counts(cohort, By.WEEK)
    most = max((count.total for count in counts), default=0)
    step = min(_WIDEST, max(_NARROWEST, WIDTH // len(counts))) if counts else WIDTH
    marks = []
    for place, count in enumerate(counts):
        numbers = tuple(count.by_role.get(role, 0) for role in roles)
        parts, x, y = [], place * step + 2.0, float(_HEIGHT)
        for series, number in enumerate(numbers):
            height = round((_HEIGHT - 20) * number / most, 1) if most else 0.0
            y -= height
            if height:
                parts.append(Part(series, x, round(y, 1), min(step - 4, 60), height))
        short = wording.short_day(count.first_day) if count.first_day else ""
        marks.append(Mark(count.what, short, numbers, count.total, tuple(parts), x, round(y - 4, 1)))
    says = wording.listed([f"week from {mark.label}: {mark.total}" for mark in marks])
    titles = tuple(cohort.title(role) for role in roles)
    width = max(WIDTH, step * len(counts))
    return Picture("Applications by week", "Week from", says, titles, tuple(marks), width, _HEIGHT + 24)


def _wait(cohort: Cohort, wait: figures.Waiting) -> WaitLine:
    of = cohort.people.get(wait.reference)
    return WaitLine(
        whom=cohort.says(wait.whom.value),
        name=wait.name or ("" if wait.whom is Whom.TEAM else figures.NOT_GIVEN),
        about=f"{of.person.full_name or figures.NOT_GIVEN}, {cohort.title(of.role)}" if of else "",
        what=cohort.says(wait.what),
        days=wait.days,
        until=_day(cohort, wait.until),
        command=wait.command,
        reference=wait.reference,
    )


def _day(cohort: Cohort, instant: datetime | None) -> str:
    return wording.day(cohort.day(instant)) if instant else ""


def _session(cohort: Cohort, one: figures.SessionFigures) -> SessionLine:
    return SessionLine(
        name=figures.session_name(cohort.programme, one.group, one.session),
        status=one.session.status.value,
        place=one.session.place,
        booked=len(one.booked),
        capacity=one.session.capacity,
        free=one.free,
        waiting=one.waiting,
        declined=one.declined,
        came=_came(cohort, one),
    )


def _came(cohort: Cohort, one: figures.SessionFigures) -> str:
    missing = one.to_note(cohort.now)
    if one.is_noted:
        return f"{one.came}, {missing} not noted" if missing else str(one.came)
    return "not noted" if missing else ""


def _pair(cohort: Cohort, one: figures.PairFigures) -> PairLine:
    return PairLine(
        row=one.pair.row or one.pair.id,
        names=(cohort.name(one.pair.mentor), cohort.name(one.pair.mentee)),
        status=one.pair.status.value,
        start=wording.short_day(one.pair.start),
        meetings=one.meetings,
    )


def _figures(table: Table) -> FigureLine:
    answers = [(label, in_words(number)) for label, number in table.cells]
    rate = return_rate(table)
    answers += [("return rate", f"{rate}%")] if rate is not None else []
    return FigureLine(table.title, in_words(table.total), tuple(answers))
