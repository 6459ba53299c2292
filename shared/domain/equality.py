"""Equality monitoring: what is asked after an application was sent, how answers lose their sender, and figures.

The questions are the harmonised ones of the Government Statistical Service for England, as the GOV.UK pattern "equality
information" words them, each with "Prefer not to say". There is no free text: words of one's own can be recognised.
Answers serve no decision about a person (Data Protection Act 2018, schedule 1, paragraph 8(3)).
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from shared.domain.closing import grace_ends
from shared.domain.disclosure import MOST_HIDDEN, Breakdown, Table, Told
from shared.domain.disclosure import in_words as number_in_words
from shared.domain.form import Given, first
from shared.domain.programme import Option, Programme

#: Nobody's answers leave the box in smaller company than this.
FEWEST: Final = 5
# A share of fewer people than this would tell their number.
_FEWEST_FOR_SHARES: Final = 25
# By then every draft that was open when the form closed has ended.
_LAST_DRAFTS: Final = timedelta(hours=24)

_PREFER_NOT: Final = Option(value="prefer_not_to_say", text="Prefer not to say")


@dataclass(frozen=True, slots=True)
class EqualityQuestion:
    """One question. ``about`` is what it is called in figures; ``hints`` stand below options, by their value."""

    id: str
    about: str
    title: str
    options: tuple[Option, ...]
    hint: str = ""
    hints: Mapping[str, str] = field(default_factory=dict)

    def words(self, value: str) -> str:
        """What an option says, '' for a value that is none."""
        return next((option.text for option in self.options if option.value == value), "")


@dataclass(frozen=True, slots=True)
class EqualityAnswers:
    """One person's answers, in words by the question's id, without the questions that were passed over.

    ``id`` is random and belongs to nothing else; it keeps the same answers from being stored twice.
    """

    id: str
    answers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Box:
    """What waits to be mixed. Outside the program it is only ever seen sealed.

    ``marks`` are of browsers that have answered, each by the hour after which it is forgotten: which answers came from
    it is not noted, here either. ``leaving`` is what a night has chosen and is storing for good.
    """

    waiting: tuple[EqualityAnswers, ...] = ()
    leaving: tuple[EqualityAnswers, ...] = ()
    marks: frozenset[str] = frozenset()

    def with_answers(self, mark: str, answers: EqualityAnswers) -> "Box":
        """The box with one more person's answers; the same box if that browser has answered."""
        if mark in self.marks:
            return self
        return replace(self, waiting=(*self.waiting, answers), marks=self.marks | {mark})

    def at_night(self, *, last: bool, hour: str, random: Random) -> "Box":
        """The box when a night has chosen what leaves it. A choice that was not carried out to its end stands.

        Of fewer than ``FEWEST`` nobody's answers are kept in the end: figures of so few are never told, and rows of so
        few could be recognised. ``hour`` is the present one: marks of earlier ones are forgotten.
        """
        marks = frozenset(mark for mark in self.marks if mark.partition(".")[0] > hour)
        if self.leaving:
            return replace(self, marks=marks)
        leaving = batch(self.waiting, last=last, random=random)
        stay = tuple(one for one in self.waiting if one not in leaving)
        return Box(() if last else stay, tuple(leaving), marks)


def _options(**texts: str) -> tuple[Option, ...]:
    return (*(Option(value=value, text=text) for value, text in texts.items()), _PREFER_NOT)


QUESTIONS: Final = (
    EqualityQuestion(
        "age_group",
        "Age",
        "How old are you?",
        _options(
            under_25="Under 25",
            from_25="25 to 34",
            from_35="35 to 44",
            from_45="45 to 54",
            from_55="55 to 64",
            from_65="65 or over",
        ),
    ),
    EqualityQuestion("sex", "Sex", "What is your sex?", _options(female="Female", male="Male")),
    EqualityQuestion(
        "gender_same",
        "Gender same as sex registered at birth",
        "Is the gender you identify with the same as your sex registered at birth?",
        _options(yes="Yes", no="No"),
    ),
    EqualityQuestion(
        "ethnic_group",
        "Ethnic group",
        "What is your ethnic group?",
        _options(
            white="White",
            mixed="Mixed or multiple ethnic groups",
            asian="Asian or Asian British",
            black="Black, African, Caribbean or Black British",
            other="Another ethnic group",
        ),
    ),
    EqualityQuestion(
        "condition",
        "Condition or illness of 12 months or more",
        "Do you have any physical or mental health conditions or illnesses lasting or expected to last "
        "12 months or more?",
        _options(yes="Yes", no="No"),
    ),
    EqualityQuestion(
        "limited",
        "Day-to-day activities reduced",
        "Do any of your conditions or illnesses reduce your ability to carry out day-to-day activities?",
        _options(
            a_lot="Yes, a lot", a_little="Yes, a little", not_at_all="Not at all", none="I have no condition or illness"
        ),
        hint="For example, eating, washing, walking or going shopping.",
    ),
    EqualityQuestion(
        "religion",
        "Religion",
        "What is your religion?",
        _options(
            none="No religion",
            christian="Christian",
            buddhist="Buddhist",
            hindu="Hindu",
            jewish="Jewish",
            muslim="Muslim",
            sikh="Sikh",
            other="Another religion",
        ),
        hints={"christian": "Including Church of England, Catholic, Protestant and all other Christian denominations."},
    ),
    EqualityQuestion(
        "sexual_orientation",
        "Sexual orientation",
        "Which of these best describes how you think of yourself?",
        _options(
            straight="Heterosexual or straight",
            gay="Gay or lesbian",
            bisexual="Bisexual",
            other="Another sexual orientation",
        ),
    ),
)


def answers_of(given: Given) -> EqualityAnswers | None:
    """The answers that a page was sent, None if no question was answered. What is no option counts as passed over."""
    words = {question.id: question.words(first(given, question.id)) for question in QUESTIONS}
    answers = {id_: text for id_, text in words.items() if text}
    return EqualityAnswers(secrets.token_hex(16), answers) if answers else None


def is_last_batch(programme: Programme, closes_at: datetime | None, now: datetime) -> bool:
    """Whether nobody can answer any more, so that what was kept back in the box goes too."""
    if closes_at is None:
        return False
    return now >= grace_ends(programme, closes_at) + _LAST_DRAFTS


def batch[T](waiting: Sequence[T], *, last: bool, random: Random) -> list[T]:
    """What leaves the box tonight, in an order that tells nothing.

    While more can come, ``FEWEST`` stay behind, taken at random, so that the last batch is no smaller than any other
    and nobody knows which night an answer came from. Nothing leaves that would be fewer than ``FEWEST``.
    """
    mixed = random.sample(waiting, len(waiting))
    leaving = mixed if last else mixed[FEWEST:]
    return leaving if len(leaving) >= FEWEST else []


def breakdowns(programme: str, answers: Iterable[Mapping[str, str]]) -> tuple[Breakdown, ...]:
    """How many answered, and each question by its answers, not protected yet. Characteristics are never crossed."""
    everybody = list(answers)
    found = [Breakdown("everybody", "People who answered", (_of(programme),), {"answered": len(everybody)})]
    for question in QUESTIONS:
        counts = Counter(text for one in everybody if (text := one.get(question.id)))
        known = [option.text for option in question.options]
        order = [*known, *sorted(set(counts) - set(known))]  # words of an earlier version of the questions
        of = (f"{_of(programme)}, {question.id}",)
        found.append(Breakdown(question.id, question.about, of, {text: counts[text] for text in order}))
    return tuple(found)


def _of(programme: str) -> str:
    return f"{programme}: equality"


def is_of_equality(table: Table) -> bool:
    """Whether a table is one of these."""
    return ": equality" in table.of[0]


def in_words(tables: Sequence[Table]) -> str:
    """The protected tables as sentences."""
    everybody, *questions = tables
    if not everybody.total:
        fewest = MOST_HIDDEN + 1
        return f"Fewer than {fewest} people have answered, or the box still keeps their answers: there are no figures."
    parts = [f"{everybody.total} people answered (to the nearest 5; numbers from 1 to {MOST_HIDDEN} are not told)."]
    for table in questions:
        if table.told is Told.ALL:
            told = ", ".join(f"{text} {_number(number, table.total)}" for text, number in table.cells)
        else:
            told = "left out, since small numbers could be worked out"
        parts.append(f"{table.title}: {told}.")
    return " ".join(parts)


def _number(number: int | None, of: int | None) -> str:
    if number is None or not of or of < _FEWEST_FOR_SHARES:
        return number_in_words(number)
    # Of the rounded numbers: an exact share would tell the exact number.
    return f"{number} ({round(100 * number / of)}%)"
