"""What the pages of our own form show, made from the programme and what has been answered so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from shared.domain import wording
from shared.domain.cohort_model import SpecificationItem, Unit
from shared.domain.draft import ComesNext, Draft
from shared.domain.equality import QUESTIONS, EqualityQuestion
from shared.domain.form import (
    Given,
    Kind,
    Opening,
    Page,
    before,
    name_of,
    options_of,
    pages,
    role_of,
    step,
    verdict_on,
    yes_or_no_options,
)
from shared.domain.programme import UNSAID, Branding, Imprint, Option, Programme, Question, Role
from shared.domain.release import Release, release

type Look = Literal["line", "email", "lines", "one", "many", "date", "number", "ranked"]


class Choice(NamedTuple):
    """Something that can be chosen; ``hint`` stands below it."""

    value: str
    words: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question as a page asks it. ``look`` is the kind of field, ``given`` what was typed or chosen.

    ``most`` is how many options can be chosen, 0 where there is no limit; ``field`` the answer that it fills.
    """

    name: str
    title: str
    look: Look
    required: bool
    choices: tuple[Choice, ...]
    given: tuple[str, ...]
    meaning: str
    hint: str = ""
    help: tuple[str, ...] = ()
    most: int = 0
    field: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """One line of the check: a question, what was answered, and the page on which it can be changed."""

    page: str
    title: str
    answer: str


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role as the form presents it."""

    title: str
    specification: tuple[SpecificationItem, ...]
    release: Release
    about: str = ""
    asks_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """What every page of a programme's form needs to know."""

    id: str
    name: str
    branding: Branding
    contacts: tuple[str, ...]
    imprint: Imprint = UNSAID


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The first page. ``areas`` says who can take part; ``resume`` is the page on which a draft goes on, or ''.

    ``shown`` is a signed time that goes back with the button. ``asks_whose``: going on needs the email address that was
    given. ``again``: the button was pressed on a page that had been used, or had been open for too long.
    """

    programme: Heading
    host: str
    opening: Opening
    opens: str
    closes: str
    areas: tuple[tuple[str, str], ...]
    roles: tuple[RoleView, ...]
    needs_manager: bool
    resume: str
    shown: str
    asks_whose: bool = False
    again: bool = False
    runs: str = ""
    completed: str = ""
    of_boards: bool = False


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page of the form. ``back`` is the page before, '' the first of all; ``following`` the one after.

    ``step`` and ``steps`` number the pages with questions. ``verdict`` is the answer about area and sector. ``seen``
    stands for everything that the check shows, and goes with the declaration; ``changed``: it is no longer what was
    seen before. ``keep``: the answers outlive the browser's being closed.
    """

    programme: Heading
    page: Page
    fields: tuple[Field, ...]
    problems: tuple[tuple[str, str], ...]
    back: str
    following: str
    step: int
    steps: int
    kept_until: str
    closed: bool
    verdict: str = ""
    role: RoleView | None = None
    answered: tuple[Answered, ...] = ()
    seen: str = ""
    changed: bool = False
    keep: bool = False


@dataclass(frozen=True, slots=True)
class WhosePage:
    """Asks whoever wants to go on for the email address that was given. ``can_tell``: one was."""

    programme: Heading
    can_tell: bool
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DeletePage:
    """Asks whether what was typed is to be deleted."""

    programme: Heading


@dataclass(frozen=True, slots=True)
class SentPage:
    """The confirmation. ``asks_more``: equality questions are offered; ``answered_more``: they were answered.

    ``comes_next`` is what the app does with the application, as a rule. ``by_place``: whether somebody can take part
    goes by where they work.
    """

    programme: Heading
    reference: str
    asks_more: bool = False
    answered_more: bool = False
    comes_next: ComesNext = ComesNext.MANAGER
    by_place: bool = True


@dataclass(frozen=True, slots=True)
class EqualityPage:
    """The equality questions."""

    programme: Heading
    questions: tuple[Field, ...]


_NO_HINTS: Mapping[str, str] = {}
# What a browser may fill in by itself, because it is about the applicant.
_MEANINGS = {
    "full_name": "name",
    "email": "email",
    "job_title": "organization-title",
    "organisation": "organization",
}


_LOOKS: Mapping[str, Look] = {"email": "email", "date": "date", "number": "number"}


def heading(programme: Programme) -> Heading:
    """What every page needs."""
    return Heading(programme.id, programme.name, programme.branding, programme.contacts.form_support, programme.imprint)


def front_page(
    programme: Programme,
    opening: Opening,
    *,
    opens_at: datetime | None,
    closes_at: datetime | None,
    resume: str,
    shown: str,
    asks_whose: bool,
    again: bool,
) -> FrontPage:
    """The first page of a programme's form, in each of its states."""
    return FrontPage(
        programme=heading(programme),
        host=programme.host,
        opening=opening,
        opens=wording.day(opens_at.astimezone(programme.tz).date()) if opens_at else "",
        closes=wording.moment(closes_at, programme.tz) if closes_at else "",
        areas=_areas(programme),
        roles=tuple(role_view(programme, role, {}) for role in programme.roles),
        needs_manager=any(q.field == "manager_email" for q in programme.questions),
        resume=resume,
        shown=shown,
        asks_whose=asks_whose,
        again=again,
        runs=_runs(programme),
        completed=programme.completed,
        of_boards=programme.model.unit is Unit.BOARD,
    )


def _runs(programme: Programme) -> str:
    """When it runs, as far as the programme says: 'It runs from June 2022. Pairs have meetings over 6 months.'"""
    meetings = programme.meetings.in_words if programme.meetings else ""
    has = f"have {meetings}" if meetings else "go on for as long as it helps them" if programme.model.open_ended else ""
    since = f"It runs from {programme.begins.in_words}." if programme.begins else ""
    again = [group.title for group in programme.groups if group.recurring]
    comes = f"Besides, there are: {wording.listed(again)}." if again else ""
    return " ".join(filter(None, (since, f"Pairs {has}." if has else "", comes)))


def form_page(
    programme: Programme,
    page: Page,
    draft: Draft,
    given: Given,
    *,
    problems: tuple[tuple[str, str], ...],
    following: str,
    closed: bool,
    hints: dict[str, str],
    seen: str,
    changed: bool,
) -> FormPage:
    """One page with what was answered. ``given`` may be ahead of the draft; ``hints`` stand below options."""
    back = before(programme, page, given, checking=draft.checking)
    number, steps = step(programme, page, given)
    verdict = verdict_on(programme, given) if page.kind is Kind.ELIGIBILITY else None
    role = role_of(programme, given)
    return FormPage(
        programme=heading(programme),
        page=page,
        fields=tuple(field_of(programme, question, given, hints) for question in page.questions),
        problems=problems,
        back=back.id if back else "",
        following=following,
        step=number,
        steps=steps,
        kept_until=wording.moment(draft.expires_at, programme.tz),
        closed=closed,
        verdict=verdict.answer if verdict else "",
        role=role_view(programme, role, given)
        if role in programme.roles and page.kind in {Kind.TIME, Kind.DECLARATION}
        else None,
        answered=_answered(programme, given) if page.kind is Kind.CHECK else (),
        seen=seen,
        changed=changed,
        keep=draft.keep,
    )


def in_words(programme: Programme, given: Given) -> str:
    """Everything that somebody agrees to who sends these answers: each in words, and what their role takes."""
    role = role_of(programme, given)
    view = role_view(programme, role, given) if role in programme.roles else None
    return repr((_answered(programme, given), view))


def equality_page(programme: Programme) -> EqualityPage:
    """The equality questions of every programme."""
    return EqualityPage(heading(programme), tuple(_equality_field(question) for question in QUESTIONS))


def role_view(programme: Programme, role: Role, given: Given) -> RoleView:
    """What a role asks for. Of a session that was chosen only that date is named."""
    about = programme.roles[role]
    sessions = given.get(f"training_session-{role}", given.get("training_session", ()))
    groups = {group.id: (session,) for session in sessions if (group := programme.group_of(session))}
    return RoleView(about.title, about.specification, release(programme, role, groups), about.about, about.asks_for)


def _areas(programme: Programme) -> tuple[tuple[str, str], ...]:
    """Each area with the kinds of organisation that are eligible there, in the form's words and order."""
    words = {
        field: {o.value: o.text for q in programme.questions if q.field == field for o in q.options}
        for field in ("area", "sector")
    }
    found = []
    for area, name in words["area"].items():
        eligible = {r.sector for r in programme.eligibility if r.area == area and r.answer == "eligible"}
        sectors = [text for sector, text in words["sector"].items() if sector in eligible]
        if sectors:
            found.append((name, wording.listed(sectors)))
    return tuple(found)


def field_of(programme: Programme, question: Question, given: Given, hints: Mapping[str, str] = _NO_HINTS) -> Field:
    """One question of the application form as a page asks it, with what was given; ``hints`` stand below options."""
    options = options_of(programme, question) or yes_or_no_options(question)
    if question.field == "role":
        hints = {role.value: about.about for role, about in programme.roles.items()}
    return field_with(question, options, given, hints)


def field_with(
    question: Question,
    options: Sequence[Option],
    given: Given,
    hints: Mapping[str, str],
    *,
    none: str = "I do not know yet",
) -> Field:
    """A question with these options; ``none`` is the words for choosing none of them, if that is allowed."""
    choices = tuple(Choice(o.value, _capital(o.text), hints.get(o.value, "")) for o in options)
    values = tuple(given.get(name_of(question), ()))
    only = len(choices) == 1 and question.type == "yes or no"
    if choices and question.type == "choice" and not question.required:
        choices = (*choices, Choice("", none))
    return Field(
        name=name_of(question),
        title=question.title,
        look=_look(question, choices, only=only),
        required=question.required,
        choices=choices,
        given=values,
        meaning=_MEANINGS.get(question.field, "off"),
        hint=question.hint,
        help=question.help,
        most=_most(question, choices),
        field=question.field,
    )


def _most(question: Question, choices: Sequence[Choice]) -> int:
    """How many options can be chosen; all of them can be put in order."""
    if not question.takes_several:
        return 0
    return question.most or (len(choices) if question.type == "ranked" else 0)


def _equality_field(question: EqualityQuestion) -> Field:
    choices = tuple(Choice(o.value, o.text, question.hints.get(o.value, "")) for o in question.options)
    return Field(question.id, question.title, "one", False, choices, (), "off", question.hint)


def _look(question: Question, choices: Sequence[Choice], *, only: bool) -> Look:
    if question.type == "ranked":
        return "ranked"
    if question.type == "multi" or only:
        return "many"
    if choices:
        return "one"
    if question.type == "long text":
        return "lines"
    return _LOOKS.get(question.type, "line")


def _answered(programme: Programme, given: Given) -> tuple[Answered, ...]:
    return tuple(
        Answered(page.id, question.title, _in_words(programme, question, given))
        for page in pages(programme, given)
        if page.kind is Kind.QUESTIONS
        for question in page.questions
    )


def _in_words(programme: Programme, question: Question, given: Given) -> str:
    texts = {o.value: o.text for o in (*options_of(programme, question), *yes_or_no_options(question))}
    values = [value for value in given.get(name_of(question), ()) if value.strip()]
    words = [_capital(texts.get(value, value)) if texts else value for value in values]
    if question.type == "ranked":
        words = [f"{place}. {word}" for place, word in enumerate(words, start=1)]
    return "\n".join(words)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
