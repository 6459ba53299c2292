"""Questions as data: what an answer to one means, whom it is asked of, and how it reads in words.

The application form's own questions and the evaluations are questionnaires. What a page shows for them is made in
``services/form/views.py``; the answers that the app itself acts on are read in ``answers``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from shared.domain import addresses, wording
from shared.domain.options import chosen, is_blank, lines_of, listing, only, yes_or_no
from shared.domain.programme import Option, Question
from shared.domain.text import LONGEST_LINE, LONGEST_TEXT, clean, is_broken, too_long

#: An answer as it counts: words, a day as ISO, an option's value, several of them, a number, yes or no.
type Value = str | int | bool | tuple[str, ...]
#: Answers as they came, by the names of their questions.
type Raw = Mapping[str, object]

MISSING: Final = "Please answer this question."
UNREADABLE: Final = "This answer holds characters that cannot be read. Please type it again."
# A browser without a field for dates sends what people type, and providers have forms of their own.
_DATES: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%d %m %Y")
_LARGEST: Final = 10**9


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one answer. ``value`` is None where nothing was answered, or where ``says`` tells what is wrong."""

    value: Value | None
    says: str = ""


def read(question: Question, given: object, *, numbers: bool = True) -> Read:
    """One answer; blank is one too, unless the question is required. ``numbers`` are read where words are asked for."""
    if is_blank(given):
        return Read(None, _missing(question) if question.required else "")
    match question.type:
        case "text" | "long text" | "email":
            return _text(question, str(given) if numbers and _is_short_number(given) else given)
        case "choice":
            return _choice(question, given)
        case "multi" | "ranked":
            return _several(question, given)
        case "date":
            return _date(given)
        case "number":
            return _number(question, given)
        case "yes or no":
            answer = yes_or_no(question.options, given)
            return Read(answer) if answer is not None else Read(None, _missing(question))


def is_asked(questions: Sequence[Question], question: Question, raw: Raw, *, role: str | None) -> bool:
    """Whether somebody of that role, who gave these answers, is asked the question.

    ``raw`` has them by ``field``. A question that is not asked itself answers no condition.
    """
    if question.for_role not in {None, role}:
        return False
    return all(
        any(
            _is_met(other, raw.get(other.field), condition.values)
            for other in questions
            if other.field == condition.field and other is not question
            if is_asked(questions[: questions.index(other)], other, raw, role=role)
        )
        for condition in question.only_if
    )


def _is_met(question: Question, given: object, values: Sequence[str]) -> bool:
    answer = yes_or_no(question.options, given)
    if question.type == "yes or no" or (answer is not None and not question.options):
        return answer is not None and ("yes" if answer else "no") in values
    words = lines_of(given) or []
    return any((chosen(question.options, word) or clean(word)) in values for word in words)


def condition_in_words(questions: Iterable[Question], question: Question) -> str:
    """Whom a question is for, where it stands on a page with those it depends on; '' for everybody."""
    known = list(questions)
    parts = []
    for condition in question.only_if:
        other = next((q for q in known if q.field == condition.field), None)
        if other is not None:
            texts = {o.value: o.text for o in other.options}
            answers = wording.listed([f"\u2018{texts.get(v, v)}\u2019" for v in condition.values], "or")
            parts.append(f"you answered {answers} to \u2018{other.title}\u2019")
    return f"Only if {wording.listed(parts)}." if parts else ""


def in_words(question: Question, value: Value) -> str:
    """An answer as people read it."""
    texts = {option.value: option.text for option in question.options}
    match value:
        case bool():
            known = "true" if value else "false"
            return texts.get(known, "Yes" if value else "No")
        case tuple() if question.type == "ranked":
            return "; ".join(f"{place}. {texts.get(one, one)}" for place, one in enumerate(value, start=1))
        case tuple():
            return "; ".join(texts.get(one, one) for one in value)
        case str() if question.type == "date":
            return wording.day(date.fromisoformat(value))
        case _:
            return texts.get(str(value), str(value))


def read_date(typed: str) -> date | None:
    """The day that somebody typed or a form sent, None if it is none."""
    words = clean(typed)
    if len(words) > len("2026-05-14") and words[10:11] in {"T", " "} and words[4:5] == "-":
        words = words[:10]  # with a time, which no form asks for
    for form in _DATES:
        try:
            return datetime.strptime(words, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def _missing(question: Question) -> str:
    if question.takes_several and question.options:
        return f"Please choose at least one of: {listing(question.options)}."
    return f"Please choose one of: {listing(question.options)}." if question.options else MISSING


def unreadable(given: object, *, required: bool) -> str:
    """Why an answer in words cannot be read, '' if it can be, or is blank and may be."""
    if is_blank(given):
        return MISSING if required else ""
    if not isinstance(given, str):
        return "We expected words here and received something else. Please type the answer again."
    return UNREADABLE if is_broken(given) else ""


def _is_short_number(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and abs(given) < _LARGEST


def _text(question: Question, given: object) -> Read:
    said = unreadable(given, required=question.required)
    if said or not isinstance(given, str):
        return Read(None, said)
    long = question.type == "long text"
    value, limit = clean(given, multiline=long), LONGEST_TEXT if long else LONGEST_LINE
    if len(value) > limit:
        return Read(None, too_long(len(value), limit))
    if question.type == "email":
        return Read(addresses.as_sent(value)) if addresses.read(value) else Read(None, addresses.email_problem(value))
    return Read(value)


def _choice(question: Question, given: object) -> Read:
    given = only(given)
    value = chosen(question.options, given) if isinstance(given, str) else None
    return Read(value) if value is not None else Read(None, _not_offered(question.options))


def _several(question: Question, given: object) -> Read:
    words = lines_of(given)
    if words is None:
        return Read(None, "We could not read this answer. Please give it again.")
    values = [chosen(question.options, word) if question.options else clean(word) for word in words]
    if any(value is None or len(value) > LONGEST_LINE for value in values):
        return Read(None, _not_offered(question.options))
    found = tuple(dict.fromkeys(value for value in values if value))
    if question.type == "ranked" and len(found) < len(values):
        return Read(None, "Choose each answer once only.")
    if question.most is not None and len(found) > question.most:
        return Read(None, f"Choose {question.most} at most.")
    return Read(found)


def _not_offered(options: Sequence[Option]) -> str:
    choose = f"Please choose from: {listing(options)}." if options else "Please give it again."
    return f"This answer is not one that we offer. {choose}"


def _date(given: object) -> Read:
    given = only(given)
    day = read_date(given) if isinstance(given, str) and not is_broken(given) else None
    return Read(day.isoformat()) if day else Read(None, "Enter a date, like 14 May 2026.")


def _number(question: Question, given: object) -> Read:
    given = only(given)
    number = None
    if isinstance(given, int | float) and not isinstance(given, bool):
        number = int(given) if abs(given) < _LARGEST and given == int(given) else None
    elif isinstance(given, str):
        words = clean(given).replace(",", "").removesuffix(".0")
        digits = words.removeprefix("-")
        fits = digits.isascii() and digits.isdecimal() and len(digits) < len(str(_LARGEST))
        number = int(words) if fits else None
    least, most = question.least, question.most
    if number is not None and (least is None or number >= least) and (most is None or number <= most):
        return Read(number)
    if least is not None and most is not None:
        return Read(None, f"Enter a whole number from {least} to {most}.")
    if least is not None:
        return Read(None, f"Enter a whole number of {least} or more.")
    return Read(None, "Enter a whole number, like 12." if most is None else f"Enter a whole number of {most} or less.")
