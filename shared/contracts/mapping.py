"""A provider's answers under our names: which question an answer belongs to, and what its option texts mean.

Answers that no question maps are named, never dropped silently. Whether a value will do is judged later.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from shared.contracts import json_body
from shared.contracts.submission import named
from shared.domain.answers import YES_OR_NO, chosen, yes_or_no
from shared.domain.programme import Option, Programme, Question
from shared.domain.text import clean, match_key


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it arrived: the provider's key for the question, its title if that is sent, the value."""

    key: str
    title: str
    value: object


def to_canonical(
    programme: Programme, source: str, given: Iterable[Given]
) -> tuple[dict[str, object], tuple[str, ...]]:
    """Answers by canonical field without blanks, and the names of those that no question maps.

    An unknown option goes through as its text, so that validation can name the question it was given to.
    """
    placed, unmapped = _placed(programme, source, given)
    answers: dict[str, object] = {}
    by_role: list[tuple[Question, object]] = []
    for question, value in placed:
        translated = _translated(question, value)
        if blank(translated):
            continue
        if question.for_role is None:
            answers[question.field] = translated
        else:
            by_role.append((question, translated))
    role = answers.get("role")
    # Own question first. The other role's answer only counts where the own one is blank: then validation
    # says that it belongs to the other role, instead of finding nothing.
    for question, value in sorted(by_role, key=lambda pair: pair[0].for_role != role):
        answers.setdefault(question.field, value)
    return answers, unmapped


def blank(value: object) -> bool:
    """Whether a provider's value means "not answered"."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not clean(value))


def _placed(
    programme: Programme, source: str, given: Iterable[Given]
) -> tuple[list[tuple[Question, object]], tuple[str, ...]]:
    """Each answer beside its question; keys win over titles, since a form keeps old questions' answers."""
    by_key = {key: question for question in programme.questions if (key := question.keys.get(source))}
    titles = Counter(match_key(question.title) for question in programme.questions)
    by_title = {  # two questions of one title: neither can be told from the other
        match_key(question.title): question
        for question in programme.questions
        if titles[match_key(question.title)] == 1
    }
    found: dict[int, tuple[Question, object]] = {}
    rest: list[Given] = []
    for answer in given:
        if question := by_key.get(answer.key):
            found.setdefault(id(question), (question, answer.value))
        else:
            rest.append(answer)
    unmapped: list[str] = []
    for answer in rest:
        title = answer.title or answer.key
        question = by_title.get(match_key(title))
        if question is None or id(question) in found:
            unmapped.append(named(title))
        else:
            found[id(question)] = (question, answer.value)
    return list(found.values()), tuple(dict.fromkeys(filter(None, unmapped)))


def _translated(question: Question, value: object) -> object:
    """The value with option texts replaced by our values, as far as they are known."""
    if question.type in {"text", "long text", "email"}:
        return value
    if isinstance(value, str) and (listed := json_body.text_list(value)) is not None:
        value = listed
    if question.field in YES_OR_NO or question.type == "yes or no":
        answer = yes_or_no(question.options, value)
        return value if answer is None else answer
    if isinstance(value, list):
        return [_option(question.options, item) for item in value if not blank(item)]
    return _option(question.options, value)


def _option(options: tuple[Option, ...], value: object) -> object:
    known = chosen(options, value) if isinstance(value, str) else None
    return value if known is None else known
