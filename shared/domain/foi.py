"""The answers to a request under the Freedom of Information Act about one programme, each with where it comes from.

The nine questions are those that trusts are asked about reverse mentoring. What a programme file does not say is told
as not recorded, never guessed; every number is a protected one. A person confirms before anything leaves.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from shared.domain import wording
from shared.domain.cohort_figures import Cohort
from shared.domain.cohort_model import State
from shared.domain.disclosure import Pack, Table
from shared.domain.rhythm import is_working_day

NOT_RECORDED: Final = "Not recorded in the programme file."
_ANSWER_IT: Final = "A person answers this."
_NAMES: Final = "2"
_SAME_MEANING: Final = "A person checks whether these names mean the same."
#: Freedom of Information Act 2000, section 10: not later than the twentieth working day following receipt.
WORKING_DAYS: Final = 20

_CHARACTERISTICS: Final = (
    ("age", r"\bage\b|\bolder\b|\byoung"),
    ("gender reassignment", r"\btrans|gender reassignment|\blgbtq?\b"),
    ("disability", r"\bdisab"),
    ("race including colour, nationality, ethnic or national origin", r"\brac(?:e|ial)\b|\bethnic|\bbame\b|\bbme\b"),
    ("religion or belief", r"\breligio|\bbelief|\bfaith"),
    ("sex", r"\bsex\b|\bgender\b(?! reassignment)|\bwom[ae]n\b"),
    ("sexual orientation", r"\bsexual|\blgbtq?\b"),
)


@dataclass(frozen=True, slots=True)
class FoiAnswer:
    """One answer. ``source`` is where it comes from, ``day`` the day for which it holds; ``tables`` stand below it."""

    number: str
    question: str
    words: tuple[str, ...]
    source: str
    day: date
    tables: tuple[Table, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether the programme file has an answer."""
        return not any(words.startswith(NOT_RECORDED) for words in self.words)

    @property
    def to_do(self) -> str:
        """What a person still has to do about it before the pack is sent, '' if there is nothing."""
        if not self.recorded:
            return _ANSWER_IT
        return _SAME_MEANING if self.number == _NAMES else ""


def answers(cohort: Cohort, pack: Pack) -> tuple[FoiAnswer, ...]:
    """The nine answers of a programme. ``pack``: its tables, protected."""
    today = cohort.day(cohort.now)
    said = cohort.programme.foi

    def answer(number: str, question: str, words: Sequence[str], source: str, *tables: Table) -> FoiAnswer:
        return FoiAnswer(number, question, tuple(words), source, today, tables)

    def text(number: str, question: str, words: str, key: str) -> FoiAnswer:
        source = f"Programme file, 'freedom of information', '{key}'"
        return answer(number, question, [words or NOT_RECORDED], source if words else f"{source}: nothing is written")

    levels = [table for table in pack.tables if table.id == "level"]
    about = " ".join(cohort.programme.imprint.about)
    described = text("3b", "Please describe the programme briefly.", said.description, "description")
    return (
        answer("1", "Do you carry out reverse mentoring?", _whether(cohort), "Programme file; the programme's row"),
        answer(_NAMES, "Which protected characteristics does it include?", _characteristics(cohort), "File, 'topics'"),
        text("3a", "Did you design it yourself, or bring in an expert?", said.designed_by, "designed by"),
        described
        if said.description or not about
        else answer("3b", described.question, [about], "Programme file, 'about'"),
        answer("3c", "How long does it last?", [_how_long(cohort)], "Programme file, 'meetings' and 'ends'"),
        answer(
            "3d",
            "What job levels are paired?",
            [said.levels or NOT_RECORDED, *_of_levels(levels)],
            "Programme file; applications of the people in pairs, by the band they gave",
            *levels,
        ),
        _evaluation(cohort, today),
        text("4", "Did it go on during COVID-19, and how?", said.during_covid, "during covid-19"),
        answer("5", "For how many years has it been running?", [_since(cohort)], "Programme file, 'running since'"),
    )


def due_on(received: date) -> date:
    """The last day on which a request is answered in time."""
    day, left = received, WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


def _whether(cohort: Cohort) -> list[str]:
    programme, model = cohort.programme, cohort.programme.model
    name = " ".join(filter(None, (programme.name, f"(cohort {programme.cohort})" if programme.cohort else "")))
    if model.state is State.INTEREST:
        return [f"No cohort of {name} is open. People can ask to be told of the next one."]
    verb = "was carried out" if model.state is State.COMPLETED or cohort.over else "is carried out"
    return [f"Yes. {model.kind.capitalize()} mentoring {verb} through {name}."]


def _characteristics(cohort: Cohort) -> list[str]:
    """Each characteristic of the request, with the programme's own topics that may be about it."""
    topics = [topic.name for topic in cohort.programme.topics]
    if not topics:
        return [NOT_RECORDED]
    lines = [f"The programme's own names: {wording.listed(topics)}."]
    for named, words in _CHARACTERISTICS:
        about = [topic for topic in topics if re.search(words, topic, re.IGNORECASE)]
        lines.append(f"{named}: {f'yes, as {wording.listed(about)}' if about else 'not named'}")
    return lines


def _how_long(cohort: Cohort) -> str:
    meetings = cohort.programme.meetings
    if cohort.programme.model.open_ended:
        return "No time is fixed."
    if meetings is None or not meetings.months:
        return NOT_RECORDED
    months = "1 month" if meetings.months == 1 else f"{meetings.months} months"
    return f"{months}: {meetings.in_words}." if meetings.count else f"{months}."


def _of_levels(levels: Sequence[Table]) -> list[str]:
    return ["The tables count people in pairs, by the band that they gave."] if levels else []


def _evaluation(cohort: Cohort, today: date) -> FoiAnswer:
    said = cohort.programme.foi.evaluation
    named = [g.title for g in cohort.programme.groups if "evaluation" in f"{g.id} {g.title}".casefold()]
    words = [said] if said else []
    words += [f"In sessions: {wording.listed(named)}."] if named else []
    asked = cohort.programme.evaluation
    words += [f"By questionnaire: {wording.listed([wave.title for wave in asked.waves])}."] if asked else []
    source = "Programme file, 'freedom of information', 'groups' and 'evaluation'"
    return FoiAnswer("3e", "How do you evaluate it?", tuple(words) or (NOT_RECORDED,), source, today)


def _since(cohort: Cohort) -> str:
    """Never a number of years where the start is a month, or not known: it would be out by up to a year."""
    said = cohort.programme.foi
    if said.running_from is not None:
        years = relativedelta(cohort.day(cohort.now), said.running_from).years
        so_far = "less than a year" if years < 1 else "1 year" if years == 1 else f"{years} years"
        return f"Since {wording.day(said.running_from)}: {so_far}."
    if said.running_since:
        return f"Since {said.running_since}. The day is not recorded, so no number of years is given."
    opened = cohort.programme.opens_at
    this = f" This cohort took applications from {wording.day(cohort.day(opened))}." if opened else ""
    return f"{NOT_RECORDED}{this}"
