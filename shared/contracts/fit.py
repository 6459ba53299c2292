"""Where a form and the programme file do not fit: said in words, with the line of YAML that would mend it."""

import json
from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from shared.contracts.submission import Asked, Submission, Unoffered, named
from shared.domain.fields import ALWAYS_REQUIRED, FIELDS
from shared.domain.programme import Programme
from shared.domain.text import clean, match_key

# A table's cell has to hold them.
_MOST: Final = 20
_MOST_CHARACTERS: Final = 15_000
# A longer title is written by its key, if it has one; one that is longer still by nothing.
_LONG_TITLE: Final = 300
_LONGEST_TITLE: Final = 4000
_MOST_NAMED: Final = 5


def remarks(programme: Programme, submission: Submission) -> tuple[str, ...]:
    """What administrators should know of the form that was filled in. No answers, except the words of an option.

    One remark for each question that the file does not know, or that is required and did not arrive, and for each
    answer that is none of the file's options. A new question with nearly the words of one that did not arrive is taken
    for the same: its key has changed. Where no words are sent, so is the only one that is new for the only one missing.
    """
    required = {(question.field, clean(question.on_forms)) for question in programme.questions if question.required}
    missing = {match_key(named(asked.title)): asked for asked in submission.missing}
    said, new = [], []
    for asked in submission.unmapped:
        close = get_close_matches(match_key(named(asked.title)), missing, n=1)
        if close:
            said.append(_again(submission.source, asked, missing.pop(close[0])))
        else:
            new.append(asked)
    wordless = [asked for asked in new if asked.title == asked.key]
    if len(wordless) == len(missing) == 1:
        new.remove(wordless[0])
        said.append(_again(submission.source, wordless[0], missing.popitem()[1]))
    said += [_new(submission.source, asked, missing.values() if asked in wordless else ()) for asked in new]
    said += [_gone(asked) for asked in missing.values() if (asked.key, asked.title) in required]
    said += [_unoffered(one) for one in submission.unoffered]
    return _as_many_as_fit(said)


def _again(source: str, asked: Asked, same: Asked) -> str:
    line = f"{source}: {_quoted(asked.key or asked.title)}"
    other = "If it is another one, which nobody reads, write it below \u2018ignored:\u2019. "
    return (
        f"The question \u2018{named(same.title)}\u2019 did not arrive, but the form asks \u2018{named(asked.title)}"
        f"\u2019. {other if asked.title == asked.key else ''}If that is the same question, write under the keys of "
        f"\u2018field: {same.key}\u2019 the line   {line}"
    )


def _new(source: str, asked: Asked, lost: Collection[Asked]) -> str:
    says = (
        f"The form asks \u2018{named(asked.title)}\u2019, which the programme file does not know, so nobody reads the "
        "answer. If that is right"
    )
    if lost:
        titles = ", ".join([f"\u2018{named(one.title)}\u2019" for one in lost][:_MOST_NAMED])
        says = (
            f"The form asks \u2018{named(asked.title)}\u2019, which the programme file does not know. If it is one of "
            f"those that did not arrive ({titles}{', ...' if len(lost) > _MOST_NAMED else ''}), write under its keys "
            f"{source}: {_quoted(asked.key)}. If it is another one, which nobody reads"
        )
    words = asked.key if asked.key and len(asked.title) > _LONG_TITLE else asked.title
    if len(words) > _LONGEST_TITLE:
        return f"{says}, give it a shorter title on the form: this one is too long for the programme file."
    line = f"- {_quoted(words)}"
    return f"{says}, write in the section \u2018form\u2019, below \u2018ignored:\u2019, the line   {line}"


def _gone(asked: Asked) -> str:
    says = f"The required question \u2018{named(asked.title)}\u2019 did not arrive. Put it back on the form"
    if asked.key in ALWAYS_REQUIRED:
        return f"{says}: no application can do without it."
    below = f"{'field' if asked.key in FIELDS else 'id'}: {asked.key}"
    return f"{says}; or, if the form no longer asks it, write below \u2018{below}\u2019 the line   required: no"


def _unoffered(answer: Unoffered) -> str:
    line = f'value: ["words", {_quoted(answer.words or "new words")}]'
    where = f"write below \u2018field: {answer.field}\u2019, in its options, that option\u2019s line as   {line}"
    if answer.words:
        return (
            f"Who chooses \u2018{named(answer.words)}\u2019 for \u2018{named(answer.title)}\u2019 is asked to choose "
            f"again: the programme file has no such option. If it is one of its options in new words, {where}"
        )
    return (
        f"An answer to \u2018{named(answer.title)}\u2019 is none of the file\u2019s options, so the person is asked to "
        f"choose again. If people may type their own under \u2018Other\u2019, take that off the form. If an option of "
        f"the form has new words, {where}"
    )


def _as_many_as_fit(said: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for remark in said[:_MOST]:
        if sum(map(len, kept)) + len(remark) <= _MOST_CHARACTERS:
            kept.append(remark)
    more = len(said) - len(kept)
    return (*kept, f"And {more} more.") if more else tuple(kept)


def _quoted(text: str) -> str:
    """The text as YAML, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)
