"""An application that is being filled in on our own form: what has been answered so far, for a day at most.

The browser holds a secret of 256 bits; the draft lies under its hash, by the hour in which it ends.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shared.domain.addresses import mended
from shared.domain.answers import email_key
from shared.domain.closing import is_late
from shared.domain.cohort_model import Releaser, Role
from shared.domain.eligibility import judge
from shared.domain.fields import LONG_TEXTS, Answers
from shared.domain.programme import Programme, Question
from shared.domain.references import token_hash
from shared.domain.suspicion import Doubt
from shared.domain.text import LONGEST_LINE, LONGEST_TEXT, clean, is_broken, without_controls

_LIFE: Final = timedelta(hours=24)
# After so long without a page sent it may be somebody else who sits there.
_OPEN_FOR: Final = timedelta(hours=1)
# Nobody needs to the second when a page was sent, and ten presses of one button should be one write.
_TO_THE: Final = timedelta(minutes=1)
#: How often an email address may be tried to open a draft; then it is deleted.
MOST_TRIES: Final = 5
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
    SPONSOR = "sponsor"
    PLACE = "place"


def comes_next(programme: Programme, answers: Answers, closes_at: datetime | None, sent_at: datetime) -> ComesNext:
    """What the intake makes of a new application: the same order as ``shared.domain.arriving.received``."""
    verdict = judge(programme, area=answers.area, sector=answers.sector, role=answers.role)
    if verdict.answer == "not this cohort":
        return ComesNext.NOT_THIS_COHORT
    if is_late(sent_at, closes_at):
        return ComesNext.LATE
    if verdict.answer == "needs a decision":
        return ComesNext.SPONSOR if answers.role is Role.SPONSOR else ComesNext.DECISION
    if verdict.released_by is Releaser.NOBODY:
        return ComesNext.PLACE
    return ComesNext.MANAGER if answers.manager_email else ComesNext.NAME_MANAGER


@dataclass(frozen=True, slots=True)
class Draft:
    """What is kept of one visit to the form.

    ``answers`` are as they were typed, by the name of the field. ``checking``: the person has seen the check of all
    answers. ``submitted_at`` is set once, so that sending again sends the same. When the application is kept, its
    ``reference`` stands here and the answers are gone. ``shown_at`` is when the first page was shown, as its signed
    stamp says; ``doubts`` are what has been noticed so far.
    ``comes_next`` is what the page after sending says of the application.

    ``unaccepted`` is what was typed last, on one page, instead of answers that were good: those still count.
    ``keep``: whoever began it said that nobody else uses the browser. ``used_at`` is when the last page was sent,
    ``tries`` how often an address was given since that opened nothing.
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
    comes_next: ComesNext = ComesNext.MANAGER
    unaccepted: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    keep: bool = False
    used_at: datetime | None = None
    tries: int = 0

    @property
    def asks_whose(self) -> bool:
        """Whether somebody who comes back has to say what was typed. Where nothing was, nothing is shown."""
        return bool(self.answers) and not (self.keep or self.reference)

    def is_locked(self, now: datetime) -> bool:
        """Whether it has been left alone for so long that no page opens before that."""
        return self.asks_whose and now - (self.used_at or self.started_at) > _OPEN_FOR

    def used(self, now: datetime) -> "Draft":
        """The draft after a page was sent, or after its owner came back."""
        return self if now - (self.used_at or self.started_at) < _TO_THE else replace(self, used_at=now)

    def opens_to(self, email: str) -> bool:
        """Whether that is the email address that was given in it."""
        mine = next(iter(self.answers.get("email", ())), "")
        return bool(mine.strip()) and email_key(mended(mine)) == email_key(mended(email))


@dataclass(frozen=True, slots=True)
class DraftKey:
    """Where a draft lies: the hour in which it ends, in UTC, and the hash of its secret."""

    hour: str
    hash: str


def begin(
    programme: str,
    now: datetime,
    *,
    shown_at: datetime | None = None,
    doubts: tuple[Doubt, ...] = (),
    keep: bool = False,
    given: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> tuple[str, Draft]:
    """A new draft, and what the browser keeps of it. It ends on the hour, within 24 hours.

    ``given`` is what stands in it before anything is asked, and is on no page.
    """
    ends = (now + _LIFE).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    draft = Draft(programme, now, ends, answers=dict(given), shown_at=shown_at, doubts=doubts, keep=keep)
    return f"{ends:{_HOUR}}.{secrets.token_urlsafe(32)}", draft


def key_of(cookie: str) -> DraftKey | None:
    """Where the draft lies that a browser's secret belongs to; None for what is no such secret."""
    match = _COOKIE.fullmatch(cookie)
    return DraftKey(match["hour"], token_hash(match["secret"])) if match else None


def equality_key_of(cookie: str) -> str:
    """By what it is known that equality answers came from that browser; '' for what is no such secret.

    Only the browser can tell it: neither the draft nor the application holds what it is derived from. It begins with
    the hour after which the browser keeps the secret no longer.
    """
    match = _COOKIE.fullmatch(cookie)
    return f"{match['hour']}.{token_hash(f'equality monitoring {match["secret"]}')}" if match else ""


def hour_of(moment: datetime) -> str:
    """The hour of a moment as drafts are kept by it: every draft of an earlier one, and of this one, has ended."""
    return f"{moment.astimezone(UTC):{_HOUR}}"


def most_kept(question: Question) -> int:
    """How many letters of one answer a draft keeps."""
    if question.takes_several:
        return _KEPT_OF_A_CHOICE
    return _KEPT_OF_A_TEXT if _has_lines(question) else _KEPT_OF_A_LINE


def _has_lines(question: Question) -> bool:
    return question.field in LONG_TEXTS or (question.sees is not None and question.type == "long text")


def kept(question: Question, values: Sequence[str]) -> tuple[str, ...]:
    """What a draft keeps of an answer: everything that could be accepted, and far more than that.

    What is too long as it was typed is kept without the spaces and empty lines that do not count. What is too long then
    is cut, and it stays far too long, so nobody applies with half an answer.
    """
    most, multiline = most_kept(question), _has_lines(question)
    return tuple(
        value if len(value) <= most else clean(value, multiline=multiline)[:most]
        for value in map(without_controls, values[:_KEPT_CHOICES])
        if not is_broken(value)
    )


def is_cut(question: Question, values: Sequence[str]) -> bool:
    """Whether a draft keeps only the beginning of an answer."""
    most, multiline = most_kept(question), _has_lines(question)
    return any(len(value) > most and len(clean(value, multiline=multiline)) > most for value in values)
