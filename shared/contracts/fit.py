"""Where a form and the programme file do not fit: said in words, with the line of YAML that would mend it."""

import json
from difflib import get_close_matches
from typing import Final

from shared.contracts.submission import Asked, Submission, named
from shared.domain.programme import Programme
from shared.domain.text import match_key

_MOST: Final = 20  # a table's cell has to hold them


def remarks(programme: Programme, submission: Submission) -> tuple[str, ...]:
    """One remark for each question that the file does not know, or that is required and did not arrive. No answers.

    A new question with nearly the words of one that did not arrive is taken for the same: its key has changed.
    """
    required = {(question.field, named(question.title)) for question in programme.questions if question.required}
    missing = {match_key(asked.title): asked for asked in submission.missing}
    said = []
    for asked in submission.unmapped:
        close = get_close_matches(match_key(asked.title), missing, n=1)
        same = missing.pop(close[0]) if close else None
        said.append(_again(submission.source, asked, same) if same else _new(asked))
    said += [_gone(asked) for asked in missing.values() if (asked.key, asked.title) in required]
    more = len(said) - _MOST
    return (*said[:_MOST], f"And {more} more.") if more > 0 else tuple(said)


def _again(source: str, asked: Asked, same: Asked) -> str:
    line = f"{source}: {_quoted(asked.key or asked.title)}"
    return (
        f"The question \u2018{same.title}\u2019 did not arrive, but the form asks \u2018{asked.title}\u2019. "
        f"If that is the same question, write under the keys of \u2018field: {same.key}\u2019 the line   {line}"
    )


def _new(asked: Asked) -> str:
    line = f"- {_quoted(asked.title)}"
    return (
        f"The form asks \u2018{asked.title}\u2019, which the programme file does not know, so nobody reads the answer. "
        f"If that is right, write in the section \u2018form\u2019, below \u2018ignored:\u2019, the line   {line}"
    )


def _gone(asked: Asked) -> str:
    return (
        f"The required question \u2018{asked.title}\u2019 did not arrive. Put it back on the form; "
        f"or, if the form no longer asks it, write below \u2018field: {asked.key}\u2019 the line   required: no"
    )


def _quoted(text: str) -> str:
    """The text as YAML, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)
