"""A provider's answers under our names: which question an answer belongs to, and what its option texts mean.

Questions are found by key first and by title second, options by id first and by text second. Nothing is found by
its place. What no question maps is named, never dropped silently. Whether a value will do is judged later.

Traps for whoever writes a provider: blank is absent, ``null``, ``""``, ``[]``, ``"[]"`` or an object of blanks, most of
which ``blank`` knows. A list of one and the one itself mean the same; so may ``"A, B"``, but options hold commas. Lists
turn up where ids should be: ``identifier`` returns ''; an unhashable value looked up in a set is a 500. "3/4/2026" is
two days, and a time without a zone is none.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.contracts import json_body
from shared.contracts.submission import Asked, Submission, Unoffered, is_test_name
from shared.domain.answers import is_offered
from shared.domain.fields import YES_OR_NO
from shared.domain.options import chosen, yes_or_no
from shared.domain.programme import Option, Programme, Question
from shared.domain.questionnaire import is_asked
from shared.domain.text import clean, match_key

TEXTS: Final = frozenset({"text", "long text", "email", "date", "number"})
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>|\{\{[^{}]{0,200}\}\}|[*_]")
_TAGS: Final = re.compile(r"<[^<>]{0,200}>")
_SEPARATOR: Final = re.compile(r"\s*[,;\n]\s*")
_MOST_PIECES: Final = 100


@dataclass(frozen=True, slots=True)
class Picked:
    """An option that was chosen: the provider's ids of it, and its words.

    ``sure``: the words are the form's for certain, and not what somebody typed under "Other".
    """

    ids: tuple[str, ...]
    text: str
    sure: bool = True


class Typed(str):
    """What somebody typed under "Other": an answer like any other text, and for certain no option of the form."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Given:
    """One question of the form as it arrived: the provider's keys for it (the stablest first), its title if that is
    sent, and the answer, None for a question without one."""

    keys: tuple[str, ...]
    title: str
    value: object


def submission(
    programme: Programme,
    source: str,
    given: Iterable[Given],
    *,
    form_id: str,
    response_id: str,
    submitted_at: datetime | None,
    test: bool,
    sender: str = "",
) -> Submission:
    """The application that these answers make.

    An unknown option goes through as its text, so that validation can name the question it was given to.
    """
    placed, unmapped = _placed(programme, source, given)
    answers: dict[str, object] = {}
    by_role: list[tuple[Question, object]] = []
    unoffered: list[Unoffered] = []
    for question, value in placed:
        translated = _translated(question, value)
        if blank(translated):
            continue
        unoffered += _unoffered(programme, question, value)
        if question.for_role is None:
            answers[question.field] = translated
        else:
            by_role.append((question, translated))
    role = answers.get("role")
    # Own question first. The other role's answer only counts where the own one is blank: then validation
    # says that it belongs to the other role, instead of finding nothing.
    for question, value in sorted(by_role, key=lambda pair: pair[0].for_role != role):
        answers.setdefault(question.field, value)
    return Submission(
        source=source,
        form_id=form_id,
        response_id=response_id,
        submitted_at=submitted_at,
        answers=answers,
        unmapped=unmapped,
        missing=_missing(programme, answers, [question for question, _ in placed]),
        unoffered=tuple(dict.fromkeys(unoffered)),
        test=test or is_test_name(answers.get("full_name")),
        sender=sender,
    )


def blank(value: object) -> bool:
    """Whether a provider's value means "not answered"."""
    if isinstance(value, list):
        return all(blank(item) for item in value)
    if isinstance(value, Picked):
        return blank(value.text)
    return value is None or value == {} or (isinstance(value, str) and not clean(value))


def title_key(title: str) -> str:
    """What two titles share when a person would call them the same, whatever markup the form puts around the words."""
    return match_key(_MARKUP.sub("", html.unescape(title)))


def _placed(
    programme: Programme, source: str, given: Iterable[Given]
) -> tuple[list[tuple[Question, object]], tuple[Asked, ...]]:
    """Each answer beside its question; keys win over titles, since a form keeps old questions' answers."""
    by_key = {key: question for question in programme.questions if (key := question.keys.get(source))}
    by_title = _by_title(programme, source)
    found: dict[int, tuple[Question, object]] = {}
    rest: list[Given] = []
    for answer in given:
        question = next((by_key[key] for key in answer.keys if key in by_key), None)
        if question is None:
            rest.append(answer)
        else:
            found.setdefault(id(question), (question, answer.value))
    # Two answered questions of one title: which of them is meant cannot be told.
    answered = Counter(title_key(_shown(answer)) for answer in rest if not blank(answer.value))
    unmapped: list[Given] = []
    for answer in sorted(rest, key=lambda answer: blank(answer.value)):
        title = title_key(_shown(answer))
        question = by_title.get(title)
        if question is None or id(question) in found or answered[title] > 1:
            unmapped.append(answer)
        else:
            found[id(question)] = (question, answer.value)
    return list(found.values()), _named(programme, unmapped)


def _by_title(programme: Programme, source: str) -> dict[str, Question]:
    """The questions by their title, and by their key, which some providers know only as a title."""
    titled = [
        (title, question)
        for question in programme.questions
        for title in {title_key(t) for t in (question.title, *question.also_titled, question.keys.get(source, ""))}
        if title
    ]
    times = Counter(title for title, _ in titled)
    # two questions of one title: neither can be told from the other
    return {title: question for title, question in titled if times[title] == 1}


def _shown(answer: Given) -> str:
    return answer.title or next(iter(answer.keys), "")


def _named(programme: Programme, unmapped: Iterable[Given]) -> tuple[Asked, ...]:
    """The questions without their answers, each once; not those that the programme says nobody reads."""
    ignored = {title_key(one) for one in programme.ignored_questions}
    asked = [
        Asked(clean(next(iter(answer.keys), "")), clean(_shown(answer)))
        for answer in unmapped
        if not ignored & {title_key(text) for text in (answer.title, *answer.keys)}
    ]
    return tuple(dict.fromkeys(one for one in asked if one.title))


def _missing(programme: Programme, answers: Mapping[str, object], found: list[Question]) -> tuple[Asked, ...]:
    """The programme's questions that were not on the form, of those that this person is asked."""
    role = answers.get("role")
    return tuple(
        Asked(question.field, clean(question.on_forms))
        for question in programme.questions
        if is_asked(programme.questions, question, answers, role=role if isinstance(role, str) else None)
        and not any(question is one for one in found)
    )


def not_asked(programme: Programme, answers: Mapping[str, object]) -> tuple[Asked, ...]:
    """The questions of which a body by our own names says nothing, not even that they were left blank."""
    found = [question for question in programme.questions if question.field in answers]
    return _missing(programme, answers, found)


def not_offered(programme: Programme, answers: Mapping[str, object]) -> tuple[Unoffered, ...]:
    """The answers, under our own names, that are none of what the programme offers; without their words."""
    found = []
    for question in programme.questions:
        value = answers.get(question.field)
        if question.type in TEXTS or blank(value) or question.for_role not in (None, answers.get("role")):
            continue
        if _is_yes_or_no(question):
            known = value is True or value is False or yes_or_no(question.options, value) is not None
        else:
            items = value if isinstance(value, list) else [value]
            known = all(isinstance(item, str) and is_offered(programme, question.field, item) for item in items)
        if not known:
            found.append(Unoffered(question.field, clean(question.on_forms)))
    return tuple(dict.fromkeys(found))


def _translated(question: Question, value: object) -> object:
    """The value with option texts replaced by our values, as far as they are known."""
    value = _unpacked(question, value)
    if question.type in TEXTS:
        return _without_markup(value.text) if isinstance(value, Picked) else value
    if _is_yes_or_no(question):
        return _yes_or_no(question.options, value)
    if isinstance(value, list):
        return [_option(question.options, item) for item in value if not blank(item)]
    return _option(question.options, value)


def _unpacked(question: Question, value: object) -> object:
    """The value without blanks, as a list where several options arrived as one text."""
    if isinstance(value, list):
        value = [item for item in value if not blank(item)]
        if len(value) == 1 and not question.takes_several:
            value = value[0]
    if question.type in TEXTS:
        return value
    if isinstance(value, str) and (listed := json_body.text_list(value)) is not None:
        value = listed
    if question.takes_several and isinstance(value, str) and not _is_yes_or_no(question):
        value = _apart(question.options, value)
    return value


def _is_yes_or_no(question: Question) -> bool:
    return question.field in YES_OR_NO or question.type == "yes or no"


def _unoffered(programme: Programme, question: Question, value: object) -> Iterator[Unoffered]:
    """What was answered and is no option: administrators hear of it, since nobody can get past a reworded option.

    What was typed under "Other" is left out where that can be told; where it cannot, the words are.
    """
    if question.type in TEXTS or isinstance(value, Typed):
        return
    unpacked = _unpacked(question, value)
    for item in unpacked if isinstance(unpacked, list) else [unpacked]:
        words = _words(item)
        texts = [word for word in words if isinstance(word, str) and not isinstance(word, Typed)]
        if not blank(item) and texts and not any(is_offered(programme, question.field, word) for word in texts):
            shown = _without_markup(clean(item.text)) if isinstance(item, Picked) and item.sure else ""
            yield Unoffered(question.field, clean(question.on_forms), shown)


def _yes_or_no(options: tuple[Option, ...], value: object) -> object:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value  # of JSON text, or of a tick box
    for word in (*value.ids, value.text) if isinstance(value, Picked) else (value,):
        answer = yes_or_no(options, word)
        if answer is not None:
            return answer
    return value.text if isinstance(value, Picked) else value


def _option(options: tuple[Option, ...], value: object) -> object:
    """Our value of an option, by the provider's id for it (a spelling like any other) or by its words."""
    words = _words(value)
    known = (chosen(options, word) for word in words if isinstance(word, str))
    return next((one for one in known if one is not None), words[-1])


def _words(value: object) -> tuple[object, ...]:
    """By what an option may be known: the provider's ids, its words, and its words without the markup around them."""
    words: tuple[object, ...] = (*value.ids, value.text) if isinstance(value, Picked) else (value,)
    last = words[-1]
    if isinstance(last, str) and not isinstance(last, Typed) and (plain := _without_markup(last)) != last:
        return (*words, plain)
    return words


def _without_markup(text: str) -> str:
    """An option's words as people saw them: some forms send the tags and entities that made them bold."""
    return clean(html.unescape(_TAGS.sub("", text))) if "<" in text or "&" in text else text


def _apart(options: tuple[Option, ...], text: str) -> str | list[str]:
    """Options that arrive as one text with commas, semicolons or line ends between: commas may be inside an option.

    The longest run of pieces that is an option counts; what is none stays together as it was written.
    """
    words = [word for option in options for word in (option.value, option.text, *option.aliases)]
    keys = {match_key(word) for word in words}
    longest = max((len(_SEPARATOR.split(word)) for word in words), default=1)
    ends = [0, *(match.end() for match in _SEPARATOR.finditer(text)), len(text)]
    if match_key(text) in keys or not _SEPARATOR.search(text) or len(ends) > _MOST_PIECES:
        return text

    def piece(first: int, last: int) -> str:
        return text[ends[first] : ends[last]].strip(" ,;\n")

    found: list[str] = []
    start = unknown = 0
    while start < len(ends) - 1:
        runs = range(min(start + longest, len(ends) - 1), start, -1)
        end = next((end for end in runs if match_key(piece(start, end)) in keys), None)
        if end is None:
            start += 1
            continue
        found += [piece(unknown, start), piece(start, end)]
        start = unknown = end
    found.append(piece(unknown, len(ends) - 1))
    return [words for words in found if words]
