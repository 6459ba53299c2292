"""One application as a form provider sent it, in our words, and the small readings that providers share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import UnreadableSubmission

_LONGEST_ID: Final = 200
_LONGEST_SHOWN: Final = 80
_YEARS: Final = range(2000, 3000)
# "Test: apply here", "DEV TEST - DO NOT USE", and not "Test Valley mentoring", "Testing for all" or "Our latest form".
_TEST_FORM: Final = re.compile(r"\W*test\s*(?![\s\w])|(?-i:.*\bTEST\b)", re.IGNORECASE)

_TEST_NAME: Final = re.compile(r"TEST\b")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as the form asks it: the provider's key and the title, whole; never an answer."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Unoffered:
    """An answer to a question with options that is none of the programme's.

    ``words`` are the option's, '' where they may be a person's own: those are shown to nobody.
    """

    field: str
    title: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a provider's body says, before validation.

    ``answers`` maps canonical fields to JSON values, blanks left out. ``unmapped`` are the form's questions that the
    programme does not have, ``missing`` the programme's (field and title) that were not on the form, as far as that
    can be told, ``unoffered`` what was chosen and is none of the programme's options. ``submitted_at`` is in UTC, None
    if no zone was given; ``response_id`` may be ''. ``sender`` is the address of whoever filled in the form, if the
    provider itself knows them, and not from an answer.
    """

    source: str
    form_id: str
    response_id: str
    submitted_at: datetime | None
    answers: dict[str, object]
    unmapped: tuple[Asked, ...] = ()
    missing: tuple[Asked, ...] = ()
    unoffered: tuple[Unoffered, ...] = ()
    test: bool = False
    sender: str = ""


def identifier(value: object) -> str:
    """An id that arrives as text or number; '' if there is none, or if it is no id a provider would give."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):  # a huge one cannot become text: Python refuses beyond 4,300 digits
        return str(value) if 0 <= value < 10**18 else ""
    text = clean(value)
    return text if len(text) <= _LONGEST_ID else ""


def moment(value: object, *, naive_is_utc: bool = False) -> datetime | None:
    """An ISO 8601 moment in UTC; None if it is none, or has no zone and nobody promised that it is UTC.

    A year in which no form can have been sent is none either: a table could not hold it, or not be read again.
    """
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(clean(value))
        if read.tzinfo is None:
            if not naive_is_utc:
                return None
            read = read.replace(tzinfo=UTC)
        read = read.astimezone(UTC)
    except (ValueError, OverflowError):  # overflow: year 1 or 9999 with an offset
        return None
    return read if read.year in _YEARS else None


def either(sent: Mapping[str, object], *names: str) -> object:
    """The value under the first name that has one; None if none has."""
    return next((sent[name] for name in names if sent.get(name) is not None), None)


def is_test_form(title: object) -> bool:
    """Whether the form's title says that it is for trying out."""
    return isinstance(title, str) and _TEST_FORM.match(clean(title)) is not None


def is_test_name(name: object) -> bool:
    """Whether the name is of somebody who tries the form out, "TEST Jo": the one mark that every form can carry."""
    return isinstance(name, str) and _TEST_NAME.match(clean(name)) is not None


def named(value: str) -> str:
    """A key, title or form id as it is shown to an administrator: cleaned and cut short. Nothing is found by it."""
    text = clean(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def own_form(programme: Programme, given: object, known: set[str]) -> str:
    """The form id given, if it is one of ``known``; anything else is unreadable for this programme."""
    form_id = identifier(given)
    if not form_id:
        raise UnreadableSubmission("the form id is missing or is no text")
    if form_id not in known:
        raise UnreadableSubmission(f"the form id '{named(form_id)}' is not one of programme {programme.id}")
    return form_id
