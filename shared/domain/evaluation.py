"""What people make of the programme: when they are asked, what they answered, and figures that tell of nobody.

Answers stand under a key that only the app can work out, so that those of one person can be compared from wave to wave,
and deleted with the person. Nothing that is told here comes out unless enough people answered alike.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dateutil.relativedelta import relativedelta

from shared.domain import rhythm, wording
from shared.domain.application import Application, Status
from shared.domain.cohort_model import plural
from shared.domain.disclosure import Breakdown, Table, in_words
from shared.domain.expiry import links_end
from shared.domain.fields import Told
from shared.domain.programme import Evaluation, Programme, Question, Role, Sees, Wave
from shared.domain.questionnaire import Raw, Value, is_asked, read
from shared.domain.questionnaire import in_words as answer_in_words

_MORNING: Final = 9
_FEWEST_FOR_A_RATE: Final = 25
#: Whoever is introduced so late that a wave was due long before is not asked about it any more.
_NOT_LATER_THAN: Final = timedelta(days=21)


#: The ids of tables of return rates, and of how people moved.
RETURN: Final = "answered"
CHANGE: Final = "change"
#: The cell of those who did.
ANSWERED: Final = "answered"


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
    """When somebody is asked: 9am on a working day, so many months after their first pair began; None: in none."""
    first = application.first_paired
    if application.status is not Status.APPROVED or first is None:
        return None
    day = first + relativedelta(months=wave.months)
    return rhythm.next_working(wording.at_wall_time(day, _MORNING, 0, programme.tz), programme.tz)


def waves_seen(programme: Programme) -> str:
    """When the programme's file asks, as a mark by which a change is noticed. It begins with what everybody is owed."""
    waves = programme.evaluation.waves if programme.evaluation else ()
    return " ".join(["thanks", *(f"{wave.id}:{wave.months}" for wave in waves)])


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


@dataclass(frozen=True, slots=True)
class EvaluationFigures:
    """What may be seen of an evaluation: protected tables, and what else there is to know of them."""

    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """All of it as sentences."""
        told = [_line(table) for table in self.tables if table.total != 0]
        return " ".join([*(told or ["Nobody has answered yet."]), *self.notes])


def asked(programme: Programme, applications: Iterable[Application], now: datetime) -> Counter[tuple[str, str]]:
    """How many people were asked so far, by wave and role. Who has left since was asked too, and is not counted."""
    waves = programme.evaluation.waves if programme.evaluation else ()
    found: Counter[tuple[str, str]] = Counter()
    for application in applications:
        for wave in waves if application.role and not application.test else ():
            due = due_at(programme, application, wave)
            if due is not None and due <= now:
                found[wave.id, application.role or ""] += 1
    return found


def breakdowns(
    programme: Programme, asked_: Mapping[tuple[str, str], int], answered: Iterable[Evaluated]
) -> tuple[Breakdown, ...]:
    """How many of those asked answered at each wave and in each role, how often what, and how people moved.

    Not protected yet. How people moved, between the first wave at which they answered and the last, is told of
    questions whose options are numbers. Answers of waves and questions that the file no longer has are left out.
    """
    evaluation = programme.evaluation
    return tuple(_breakdowns(programme, evaluation, asked_, list(answered))) if evaluation else ()


def notes(programme: Programme, answered: Iterable[Evaluated]) -> tuple[str, ...]:
    """What the tables leave out."""
    known = {wave.id for wave in programme.evaluation.waves} if programme.evaluation else set()
    gone = sorted({one.wave for one in answered} - known)
    if not gone:
        return ()
    kept = "they are kept until the programme's last rows are deleted, and go with the person who is erased"
    return (f"The file no longer asks at {wording.listed(gone)}. Those answers are not counted here; {kept}.",)


def _breakdowns(
    programme: Programme,
    evaluation: Evaluation,
    asked_: Mapping[tuple[str, str], int],
    answered: Sequence[Evaluated],
) -> Iterable[Breakdown]:
    for wave in evaluation.waves:
        mine = [one for one in answered if one.wave == wave.id]
        for role in programme.roles:
            given = sum(one.role == role for one in mine)
            if not given:
                # Told, a 0 would be told again until there are 5.
                continue
            # Somebody who has left since was asked as well.
            silent = max(asked_.get((wave.id, role), 0) - given, 0)
            title = f"{wave.title}: {plural(programme.model.title(role))} who were asked"
            counts = {ANSWERED: given, "no answer": silent}
            yield Breakdown(RETURN, title, (f"{programme.id}: asked, {wave.id}, {role}",), counts)
    for question in questions_with_options(evaluation):
        for wave in evaluation.waves:
            mine = [one for one in answered if one.wave == wave.id]
            counts = Counter(str(one.values[question.field]) for one in mine if question.field in one.values)
            if counts:
                options = {option.text: counts[option.value] for option in question.options}
                title = f"{wave.title}: {question.title}"
                yield Breakdown(question.field, title, (f"{programme.id}: {wave.id}, {question.field}",), options)
        moved = _moved(evaluation, question, answered)
        if moved:
            title = f"From the first answer to the last: {question.title}"
            yield Breakdown(CHANGE, title, (f"{programme.id}: change, {question.field}",), moved)


def return_rate(table: Table) -> int | None:
    """Percent of those asked who answered, of the rounded numbers; None where one is hidden, or too few were asked.

    The Higher Education Statistics Agency tells no percentage of fewer than 22.5 people: rounded, of fewer than 25.
    """
    answered = dict(table.cells).get(ANSWERED)
    if table.id != RETURN or answered is None or (table.total or 0) < _FEWEST_FOR_A_RATE:
        return None
    return min(100, round(100 * answered / (table.total or 1)))


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
    total, rate = in_words(table.total), return_rate(table)
    cells = ", ".join(f"{label} {in_words(number)}" for label, number in table.cells)
    cells += f", return rate {rate}%" if rate is not None else ""
    return f"{table.title}: {total} people{f' ({cells})' if cells else ''}."
