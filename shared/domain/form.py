"""The questions of a programme as pages of ours ask them: names of fields, options, the way from page to page.

What a page is sent becomes raw answers for ``answers.check``, which alone decides what is valid.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from shared.domain.answers import check
from shared.domain.closing import ProgrammeRow, ProgrammeStatus, grace_ends
from shared.domain.eligibility import Verdict, judge
from shared.domain.fields import YES_OR_NO
from shared.domain.programme import Option, Programme, Question, Role
from shared.domain.questionnaire import is_asked
from shared.domain.release import when
from shared.domain.text import clean

#: What a person has typed or chosen so far, by the name of the field; a field that was left empty has no values.
type Given = Mapping[str, Sequence[str]]

# Where somebody works decides whether the cohort is for them, so it is asked before anything else.
_FIRST: Final = ("area", "sector")
_TRAINING: Final = "training_session"
# What stands in a draft before anything is asked: the role, and of somebody whom a sponsor has invited, by whom.
_GIVEN_BEFORE: Final = ("role", "organisation", "manager_name", "manager_email")
# What a person signs, after everything else has been checked.
_DECLARED: Final = ("commitment", "consent")
# Questions about one thing stand on one page: its id, its heading, their fields. Who is asked one of them alone gets a
# page with that.
_TOGETHER: Final = (
    ("organisation", "Your organisation", ("organisation", "team")),
    ("manager", "Your line manager", ("manager_name", "manager_email")),
    ("topics", "Topics", ("topics", "cover")),
    ("meeting", "Meeting your partner", ("way_of_meeting", "place", "could_take_two", "rather_not_with")),
)
# "What is your full name?" asks for something that can be named in few words: "Enter your full name."
_WHAT_IS: Final = re.compile(r"What is ((?:your|the) .+)")
_TYPED: Final = frozenset({"text", "long text", "email", "date", "number"})
_GONE: Final = "This date is no longer possible. Choose another one."


class Kind(StrEnum):
    """What a page is for."""

    QUESTIONS = "questions"
    ELIGIBILITY = "eligibility"
    TIME = "time"
    CHECK = "check"
    DECLARATION = "declaration"


# What somebody is told again who changes an answer that it depends on.
_TOLD_AFTER: Final = {"area": Kind.ELIGIBILITY, "sector": Kind.ELIGIBILITY, "role": Kind.TIME}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the form. ``id`` is the last part of its address; ``heading`` is '' where its question is one."""

    id: str
    kind: Kind
    questions: tuple[Question, ...] = ()
    heading: str = ""


class Opening(StrEnum):
    """Whether a programme takes applications."""

    SOON = "soon"
    OPEN = "open"
    LATE = "late"
    CLOSED = "closed"
    INTEREST = "interest"
    COMPLETED = "completed"


def opening(programme: Programme, row: ProgrammeRow, now: datetime) -> Opening:
    """Whether the form can be filled in. Late applications are taken while managers' answers still count."""
    match row.status:
        case ProgrammeStatus.OPENING_SOON:
            return Opening.SOON
        case ProgrammeStatus.OPEN:
            return Opening.OPEN
        case ProgrammeStatus.CLOSED | ProgrammeStatus.ENDED:
            late = row.closes_at is not None and now < grace_ends(programme, row.closes_at)
            return Opening.LATE if late else Opening.CLOSED
        case ProgrammeStatus.NOT_OPEN:
            return Opening.INTEREST
        case ProgrammeStatus.COMPLETED:
            return Opening.COMPLETED


def ahead(programme: Programme, now: datetime) -> Programme:
    """The programme without the sessions that have begun: nobody can choose them any more.

    Without a date to choose there is nothing to ask: such a question goes too, and neither an answer given before nor
    one that the programme requires can then stand in anybody's way.
    """
    groups = tuple(
        group.model_copy(
            update={"sessions": tuple(s for s in group.sessions if s.starts_at is None or s.starts_at > now)}
        )
        for group in programme.groups
    )
    left = programme.model_copy(update={"groups": groups})
    asked = tuple(q for q in left.questions if q.field != _TRAINING or options_of(left, q))
    return left.model_copy(update={"questions": asked})


def name_of(question: Question) -> str:
    """The name of a question's field on our pages: two questions may fill one field, for different roles."""
    # The programme's own cannot be taken for a field of ours, such as the one that nobody sees.
    name = f"own-{question.field}" if question.sees else question.field
    return f"{name}-{question.for_role}" if question.for_role else name


def options_of(programme: Programme, question: Question) -> tuple[Option, ...]:
    """What can be chosen; sessions as they stand today, and only those that take place."""
    match question.field:
        case "training_session":
            sessions = [programme.session(option.value) for option in question.options]
            return tuple(Option(value=s.id, text=when(programme, s)) for s in sessions if s and s.takes_place)
        case "topics" if not question.options:
            return tuple(Option(value=topic.id, text=topic.name) for topic in programme.topics)
        case "role" if not question.options:
            return tuple(Option(value=role, text=about.title) for role, about in programme.roles.items())
        case _:
            return question.options


def raw(questions: Iterable[Question], given: Given) -> dict[str, object]:
    """The answers as a form provider would send them: those to questions that the others have this person asked."""
    role, known = first(given, "role"), tuple(questions)
    answers: dict[str, object] = {}
    for question in known:
        values = [value for value in given.get(name_of(question), ()) if value.strip()]
        if values and question.for_role in {None, role}:
            answers[question.field] = values if question.takes_several else values[-1]
    given_before = {name: given[name][-1] for name in _GIVEN_BEFORE if given.get(name)}
    if not any(question.only_if for question in known):
        return {**given_before, **answers}
    asked = {question.field for question in known if is_asked(known, question, answers, role=role)}
    return {**given_before, **{field: value for field, value in answers.items() if field in asked}}


def first(given: Given, name: str) -> str:
    """The first value of a field, '' if there is none."""
    return next(iter(given.get(name, ())), "")


def role_of(programme: Programme, given: Given) -> Role | None:
    """What somebody applies to be: what they chose, or what everybody is; None while it is not known."""
    chosen = first(given, "role")
    return next((role for role in programme.model.applying if role == chosen), programme.model.begins_with)


def pages(programme: Programme, given: Given) -> tuple[Page, ...]:
    """The way through the form for somebody who has given these answers."""
    role = role_of(programme, given)
    answers = raw(programme.questions, given) if any(q.only_if for q in programme.questions) else {}
    asked = [
        q
        for q in programme.questions
        if q.field not in _DECLARED and is_asked(programme.questions, q, answers, role=role)
    ]
    early = [q for field in _FIRST for q in asked if q.field == field]
    then = [q for q in asked if q.field == "role"]
    rest = [q for q in asked if q not in early and q not in then]
    way = [_of(q) for q in early]
    verdict = verdict_on(programme, given)
    if verdict is not None and verdict.answer != "eligible":
        way.append(Page("eligibility", Kind.ELIGIBILITY))
        if verdict.answer == "not this cohort":
            # They are asked for nothing more: their name and address for the next cohort go elsewhere.
            return tuple(way)
    way += [_of(q) for q in then]
    if role in programme.roles:
        way.append(Page("time", Kind.TIME))
    way += _grouped(rest)
    declared = tuple(q for field in _DECLARED for q in programme.questions if q.field == field)
    return (*way, Page("check", Kind.CHECK), Page("declaration", Kind.DECLARATION, declared, "Declaration"))


def page_ids(programme: Programme) -> frozenset[str]:
    """The id of every page that somebody may have come to, whatever they answered."""
    ways = (pages(programme, {"role": (role,)}) for role in programme.model.applying)
    # Two that depend on more than the role: on the area and the sector, and on whether there is a date to choose.
    conditional = (page_id_of(question) for question in programme.questions if question.only_if)
    return frozenset({"eligibility", "training-session", *conditional, *(page.id for way in ways for page in way)})


def declared_names(programme: Programme) -> frozenset[str]:
    """The fields of the declaration."""
    return frozenset(name_of(q) for q in programme.questions if q.field in _DECLARED)


def taken(
    programme: Programme, page: Page, before: Given, sent: Mapping[str, tuple[str, ...]], wrong: frozenset[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """All answers after a page was sent, and what was typed on it that does not count.

    A good answer stands until a better one comes: what is ``wrong`` with the new one is mended or left. What was
    declared before is declared again once anything else has changed.
    """
    already = {name for name, _ in problems(programme, page, before)}
    stands = {name for name in wrong - already if any(value.strip() for value in before.get(name, ()))}
    if page.kind is Kind.DECLARATION:
        stands = set()
    counts = {name: values for name, values in sent.items() if name not in stands}
    answers = {**{name: tuple(values) for name, values in before.items()}, **counts}
    if page.kind is not Kind.DECLARATION and any(counts[name] != tuple(before.get(name, ())) for name in counts):
        answers = {name: values for name, values in answers.items() if name not in declared_names(programme)}
    return answers, {name: sent[name] for name in stands if name in sent}


def verdict_on(programme: Programme, given: Given) -> Verdict | None:
    """Whether the cohort is for somebody of the area and sector given, None while one of them is not known."""
    questions = [q for q in programme.questions if q.field in _FIRST]
    known = check(programme, raw(questions, given)).readable
    area, sector = known.get("area"), known.get("sector")
    if not isinstance(area, str) or not isinstance(sector, str) or not area or not sector:
        return None
    return judge(programme, area=area, sector=sector)


def problems(programme: Programme, page: Page, given: Given) -> tuple[tuple[str, str], ...]:
    """What cannot be accepted on a page, as name of the field and what to do."""
    wanted = {question.field: question for question in page.questions}
    if not wanted:
        return ()
    gone = {field for field, question in wanted.items() if _is_gone(programme, question, given)}
    return (
        *((name_of(wanted[field]), _GONE) for field in sorted(gone)),
        *(
            (name_of(wanted[found.field]), says_of(wanted[found.field], given, found.says))
            for found in check(programme, raw(programme.questions, given), asking=True).problems
            if found.field in wanted and found.field not in gone
        ),
    )


def _is_gone(programme: Programme, question: Question, given: Given) -> bool:
    """Whether the date that was chosen has begun, or has been cancelled, since."""
    if question.field != _TRAINING:
        return False
    listed = {option.value for option in question.options}
    return first(given, name_of(question)) in listed - {o.value for o in options_of(programme, question)}


def following(programme: Programme, page: Page, given: Given, *, checking: bool) -> Page:
    """The page after this one. Who has been at the check (``checking``) returns to it by way of what is missing now."""
    way = pages(programme, given)
    after = way[_place(way, page) + 1 :] or (page,)
    if not checking or page.kind is Kind.CHECK:
        return after[0]
    told = next((p for p in after if p.kind is _TOLD_AFTER.get(page.id)), None)
    for_role = [p for p in after if any(q.for_role and not given.get(name_of(q)) for q in p.questions)]
    unasked = for_role[0] if for_role and page.kind is Kind.TIME else None
    return told or unasked or unfinished(programme, given) or next(p for p in way if p.kind is Kind.CHECK)


def before(programme: Programme, page: Page, given: Given, *, checking: bool) -> Page | None:
    """Where 'Back' leads, None to the first page of all."""
    way = pages(programme, given)
    place = _place(way, page)
    check_page = next((p for p in way if p.kind is Kind.CHECK), None)
    if checking and page.kind is not Kind.CHECK and check_page is not None:
        return check_page
    return way[place - 1] if place else None


def unfinished(programme: Programme, given: Given) -> Page | None:
    """The first page with something that cannot be accepted, the declaration apart; None if there is none."""
    way = pages(programme, given)
    if way[-1].kind is Kind.ELIGIBILITY:
        return way[-1]
    return next((page for page in way if page.kind is Kind.QUESTIONS and problems(programme, page, given)), None)


def step(programme: Programme, page: Page, given: Given) -> tuple[int, int]:
    """The number of a page of questions, and of how many. Questions for one role count before it is known."""
    likely = given if first(given, "role") else {**given, "role": tuple(programme.roles)[:1]}
    numbered = [p for p in pages(programme, likely) if p.kind is Kind.QUESTIONS]
    return next((n for n, p in enumerate(numbered, start=1) if p.id == page.id), 0), len(numbered)


def yes_or_no_options(question: Question) -> tuple[Option, ...]:
    """What can be chosen where the programme lists nothing: yes and no."""
    asks = question.type == "yes or no" or question.field in YES_OR_NO
    return (Option(value="yes", text="Yes"), Option(value="no", text="No")) if asks and not question.options else ()


def page_id_of(question: Question) -> str:
    """The last part of the address of a question's page."""
    page_id = question.field.replace("_", "-")
    return f"question-{page_id}" if question.sees else page_id


def _of(question: Question) -> Page:
    return Page(page_id_of(question), Kind.QUESTIONS, (question,))


def _grouped(questions: Sequence[Question]) -> list[Page]:
    """A page for each question, and one for those that belong together, where the first of them stands."""
    found: list[Page] = []
    for question in questions:
        page_id, heading, fields = next((t for t in _TOGETHER if question.field in t[2]), ("", "", ()))
        mine = tuple(one for field in fields for one in questions if one.field == field)
        if len(mine) < 2:  # noqa: PLR2004 -- one alone needs no heading
            found.append(_of(question))
        elif all(page.id != page_id for page in found):
            found.append(Page(page_id, Kind.QUESTIONS, mine, heading))
    return found


def _place(way: Sequence[Page], page: Page) -> int:
    return next(place for place, one in enumerate(way) if one.id == page.id)


def says_of(question: Question, given: Given, says: str) -> str:
    """What a page of ours says of a problem.

    A missing answer is asked for in the words of its question; of any other, what is wrong with it.
    """
    if any(clean(value) for value in given.get(name_of(question), ())) or question.field in _DECLARED:
        return says
    title = question.title.rstrip(" ?:.")
    if question.type in _TYPED and (named := _WHAT_IS.fullmatch(title)):
        return f"Enter {named[1]}."
    if not question.options and question.type != "yes or no" and question.title.rstrip().endswith("?"):
        return f"Answer the question \u2018{title}?\u2019."
    if question.takes_several:
        return f"Choose at least one answer to \u2018{title}\u2019."
    if question.options or question.type in {"choice", "yes or no"}:
        return f"Choose an answer to \u2018{title}\u2019."
    if question.sees is not None:
        return f"Enter an answer to \u2018{title}\u2019."
    return f"Enter {title[:1].lower()}{title[1:]}."
