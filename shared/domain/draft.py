"""An application that is being filled in on our own form: what has been answered so far, for a day at most.

The browser holds a secret of 256 bits; the draft lies under its hash, by the hour in which it ends.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.domain.answers import LONG_TEXTS, LONGEST_LINE, LONGEST_TEXT, Answers
from shared.domain.application import is_late
from shared.domain.eligibility import judge
from shared.domain.programme import Programme, Question
from shared.domain.references import token_hash
from shared.domain.suspicion import Doubt
from shared.domain.text import clean, has_control_characters

_LIFE: Final = timedelta(hours=24)
_COOKIE: Final = re.compile(r"(?P<hour>[0-9]{10})\.(?P<secret>[A-Za-z0-9_-]{43})", re.ASCII)
_HOUR: Final = "%Y%m%d%H"
# What is too long comes back to be shortened, so more is kept than is accepted; of all answers together no more than
# a row of the table holds, whatever they are made of.
_KEPT_OF_A_TEXT: Final = 2 * LONGEST_TEXT
_KEPT_OF_A_LINE: Final = 5 * LONGEST_LINE
_KEPT_OF_A_CHOICE: Final = LONGEST_LINE
_KEPT_CHOICES: Final = 100


class ComesNext(StrEnum):
    """What becomes of an application that was sent, as a rule: an earlier one of the same person may change it."""

    MANAGER = "manager"
    NAME_MANAGER = "name manager"
    LATE = "late"
    DECISION = "decision"
    NOT_THIS_COHORT = "not this cohort"


def comes_next(programme: Programme, answers: Answers, closes_at: datetime | None, sent_at: datetime) -> ComesNext:
    """What the intake makes of a new application: the same order as ``shared.domain.application.received``."""
    verdict = judge(programme, area=answers.area, sector=answers.sector)
    if verdict.answer == "not this cohort":
        return ComesNext.NOT_THIS_COHORT
    if is_late(sent_at, closes_at):
        return ComesNext.LATE
    if verdict.answer == "needs a decision":
        return ComesNext.DECISION
    return ComesNext.MANAGER if answers.manager_email else ComesNext.NAME_MANAGER


@dataclass(frozen=True, slots=True)
class Draft:
    """What is kept of one visit to the form.

    ``answers`` are as they were typed, by the name of the field. ``checking``: the person has seen the check of all
    answers. ``submitted_at`` is set once, so that sending again sends the same. When the application is kept, its
    ``reference`` stands here and the answers are gone. ``shown_at`` is when the first page was shown, as its signed
    stamp says; ``doubts`` are what has been noticed so far. ``equality_answered`` says that, and never what.
    ``comes_next`` is what the page after sending says of the application.
    """

    programme: str
    started_at: datetime
    expires_at: datetime
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    checking: bool = False
    submitted_at: datetime | None = None
    reference: str = ""
    shown_at: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    equality_answered: bool = False
    comes_next: ComesNext = ComesNext.MANAGER


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Where a draft lies: the hour in which it ends, in UTC, and the hash of its secret."""

    hour: str
    hash: str


def begin(
    programme: str, now: datetime, *, shown_at: datetime | None = None, doubts: tuple[Doubt, ...] = ()
) -> tuple[str, Draft]:
    """A new draft, and what the browser keeps of it. It ends on the hour, within 24 hours."""
    ends = (now + _LIFE).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return f"{ends:{_HOUR}}.{secrets.token_urlsafe(32)}", Draft(programme, now, ends, shown_at=shown_at, doubts=doubts)


def key_of(cookie: str) -> DraftKey | None:
    """Where the draft lies that a browser's secret belongs to; None for what is no such secret."""
    match = _COOKIE.fullmatch(cookie)
    return DraftKey(match["hour"], token_hash(match["secret"])) if match else None


def monitoring_key_of(cookie: str) -> str:
    """Under what the equality answers of that browser are put down; '' for what is no such secret.

    Only the browser can tell it: neither the draft nor the application holds what it is derived from.
    """
    match = _COOKIE.fullmatch(cookie)
    return token_hash(f"equality monitoring {match['secret']}") if match else ""


def hour_of(moment: datetime) -> str:
    """The hour of a moment as drafts are kept by it: every draft of an earlier one, and of this one, has ended."""
    return f"{moment.astimezone(UTC):{_HOUR}}"


def most_kept(question: Question) -> int:
    """How many letters of one answer a draft keeps."""
    if question.type == "multi":
        return _KEPT_OF_A_CHOICE
    return _KEPT_OF_A_TEXT if question.field in LONG_TEXTS else _KEPT_OF_A_LINE


def kept(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    """What a draft keeps of an answer: everything that could be accepted, and far more than that.

    What is too long as it was typed is kept without the spaces and empty lines that do not count. What is too long then
    is cut, and it stays far too long, so nobody applies with half an answer.
    """
    most, multiline = most_kept(question), question.field in LONG_TEXTS
    return tuple(
        value if len(value) <= most else clean(value, multiline=multiline)[:most]
        for value in values[:_KEPT_CHOICES]
        if not has_control_characters(value)
    )


def is_cut(question: Question, values: Sequence[str]) -> bool:
    """Whether a draft keeps only the beginning of an answer."""
    most, multiline = most_kept(question), question.field in LONG_TEXTS
    return any(len(value) > most and len(clean(value, multiline=multiline)) > most for value in values)
