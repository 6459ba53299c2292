"""What people make of the programme: when they are asked, what they answered, and figures that tell of nobody.

Answers stand under a key that only the app can work out, so that those of one person can be compared from wave to wave,
and deleted with the person. Nothing that is told here comes out unless enough people answered alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from shared.domain import rhythm, wording
from shared.domain.application import Application, Status
from shared.domain.disclosure import Breakdown, Table, in_words, protect
from shared.domain.expiry import links_end
from shared.domain.fields import Told
from shared.domain.programme import Evaluation, Programme, Question, Role, Sees, Wave
from shared.domain.questionnaire import Raw, Value, is_asked, read
from shared.domain.questionnaire import in_words as answer_in_words

_MORNING: Final = 9
#: Whoever is introduced so late that a wave was due long before is not asked about it any more.
_NOT_LATER_THAN: Final = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One person's answers at one wave. ``key`` is the same at each wave and belongs to nothing else that is stored."""

    key: str
    wave: str
    role: str
    values: Mapping[str, Value] = field(repr=False)
    told: tuple[Told, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a page that was sent: the answers by question, or what is wrong with them."""

    values: Mapping[str, Value]
    told: tuple[Told, ...]
    problems: tuple[tuple[str, str], ...]


def due_at(programme: Programme, application: Application, wave: Wave) -> datetime | None:
    """When somebody is asked: 9am on a working day, so many months after their first pair began; None: in no pair."""
    if application.status is not Status.APPROVED or not application.pairs:
        return None
    day = min(application.pairs.values()) + relativedelta(months=wave.months)
    return rhythm.next_working(wording.at_wall_time(day, _MORNING, 0, programme.tz), programme.tz)


def asked_until(due: datetime) -> datetime:
    """When it is too late for the mail that asks."""
    return due + _NOT_LATER_THAN


def link_ends(programme: Programme, due: datetime | None) -> datetime | None:
    """When the link stops working: a wave may lie long after the programme's end."""
    end = links_end(programme)
    if end is None or due is None:
        return end
    return max(end, due + timedelta(days=programme.links.days_after_end))


def questions_at(evaluation: Evaluation, wave: str, role: Role | None) -> tuple[Question, ...]:
    """What somebody of that role may be asked at a wave."""
    return tuple(
        question
        for question in evaluation.questions
        if question.for_role in {None, role} and (not question.only_at or wave in question.only_at)
    )


def reply(questions: Sequence[Question], raw: Raw, role: Role | None) -> Reply:
    """What was answered. Every question can be passed over; one that is not asked by the others is."""
    values: dict[str, Value] = {}
    told, problems = [], []
    for question in questions:
        if not is_asked(questions, question, raw, role=role):
            continue
        found = read(question, raw.get(question.field))
        if found.says:
            problems.append((question.field, found.says))
        elif found.value is not None:
            values[question.field] = found.value
            told.append(Told(question.field, question.title, answer_in_words(question, found.value), Sees.NOBODY))
    return Reply(values, tuple(told), tuple(problems))


def figures(programme: Programme, asked: Mapping[str, int], answered: Iterable[Evaluated], *, day: date) -> str:
    """How many of those asked answered at each wave, and how often what; small numbers are not told.

    ``asked`` counts people by wave. Of questions whose options are numbers it also says how people moved between the
    first wave at which they answered and the last.
    """
    evaluation = programme.evaluation
    if evaluation is None:
        return "This programme asks no evaluation questions."
    everything = list(answered)
    pack = protect(tuple(_breakdowns(programme, evaluation, asked, everything)), day=day)
    told = [_line(table) for table in pack.tables if table.total != 0]
    return " ".join(told) or "Nobody has been asked yet."


def _breakdowns(
    programme: Programme, evaluation: Evaluation, asked: Mapping[str, int], answered: Sequence[Evaluated]
) -> Iterable[Breakdown]:
    for wave in evaluation.waves:
        mine = [one for one in answered if one.wave == wave.id]
        # Somebody who has left since was asked as well.
        silent = max(asked.get(wave.id, 0) - len(mine), 0)
        of = (f"{programme.id}: asked, {wave.id}",)
        yield Breakdown("answered", f"{wave.title}: those asked", of, {"answered": len(mine), "no answer": silent})
        for question in questions_with_options(evaluation):
            counts = Counter(str(one.values[question.field]) for one in mine if question.field in one.values)
            if counts:
                options = {option.text: counts[option.value] for option in question.options}
                title = f"{wave.title}, {question.title}"
                yield Breakdown(question.field, title, (f"{programme.id}: {wave.id}, {question.field}",), options)
    for question in questions_with_options(evaluation):
        moved = _moved(evaluation, question, answered)
        if moved:
            title = f"From the first answer to the last, {question.title}"
            yield Breakdown("change", title, (f"{programme.id}: change, {question.field}",), moved)


def questions_with_options(evaluation: Evaluation) -> tuple[Question, ...]:
    """The questions whose answers can be counted: one option of several."""
    return tuple(question for question in evaluation.questions if question.type == "choice")


def _moved(evaluation: Evaluation, question: Question, answered: Sequence[Evaluated]) -> dict[str, int]:
    """How many moved up, down or not at all; nothing for a question whose options are no numbers."""
    if not all(option.value.isascii() and option.value.isdecimal() for option in question.options):
        return {}
    order = [wave.id for wave in evaluation.waves]
    people: dict[str, list[tuple[int, int]]] = {}
    for one in answered:
        value = str(one.values.get(question.field, ""))
        if one.wave in order and value.isascii() and value.isdecimal():
            people.setdefault(one.key, []).append((order.index(one.wave), int(value)))
    ways = {"higher": 0, "the same": 0, "lower": 0}
    for points in people.values():
        if len(points) > 1:
            first, last = min(points)[1], max(points)[1]
            ways["higher" if last > first else "lower" if last < first else "the same"] += 1
    return ways if any(ways.values()) else {}


def _line(table: Table) -> str:
    total = in_words(table.total)
    cells = ", ".join(f"{label} {in_words(number)}" for label, number in table.cells)
    return f"{table.title}: {total} people{f' ({cells})' if cells else ''}."
