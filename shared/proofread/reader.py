"""From the tree of a programme file to the programme's values. How the parts fit is checked later."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.fields import FIELDS
from shared.domain.programme import (
    LONDON,
    LONGEST_OFFER_HOURS,
    ApprovalPolicy,
    Branding,
    CheckInPolicy,
    Commitment,
    Condition,
    Contacts,
    EligibilityRule,
    LinkPolicy,
    Meetings,
    Option,
    Programme,
    Question,
    Role,
    RoleDescription,
    Sees,
    SpecificationItem,
    Topic,
    WaitingPolicy,
    end_of_day,
)
from shared.proofread.schedule import ROLES, read_groups, warn_without_weekday
from shared.proofread.section import Desk, Once, Section, is_topic_id
from shared.proofread.tree import Listing, Mapping, Node, Words
from shared.proofread.words import Problem, did_you_mean, instant, plain, read_moment, settle_day

PROGRAMME_KEYS = (
    "programme", "name", "host", "cohort", "model", "time zone", "mailbox", "branding", "equality questions", "year",
    "opens", "closes", "contacts", "topics", "eligibility", "meetings", "roles", "groups", "approval", "check-ins",
    "waiting list", "links", "notes", "form", "accepted",
)  # fmt: skip
# A column of a table is named by it.
_OWN_ID = re.compile(r"[a-z][a-z0-9_]{1,39}")
ANSWERS: tuple[Literal["eligible", "not this cohort", "needs a decision"], ...] = (
    "eligible", "not this cohort", "needs a decision",
)  # fmt: skip
BRANDINGS: tuple[Branding, ...] = ("nhs", "plain")
QUESTION_KEYS = (
    "field", "id", "title", "type", "required", "hint", "help", "options", "for role", "who sees", "only if",
    "at least", "at most", "keys",
)  # fmt: skip
QUESTION_TYPES = ("text", "long text", "email", "choice", "multi", "yes or no", "ranked", "date", "number")


def read_programme(desk: Desk, top: Section) -> Programme | None:
    """The programme, or None if a finding is an error."""
    zone = _zone(top)
    year = top.number("year", least=2000)
    meetings = top.section("meetings", ("count", "length", "months"))
    approval = top.section("approval", ("reminder days", "reminder days before closing", "grace days", "delegations"))
    checkins = top.section("check-ins", ("nudge after days", "silent after days", "silent in a row"))
    waiting = top.section("waiting list", ("offer hours",))
    links = top.section("links", ("days after end", "days of a new link"))
    form = top.section("form", ("ids", "questions", "ignored"))
    for key in PROGRAMME_KEYS:
        desk.lines[key] = top.line_of(key)
    values: dict[str, Any] = {
        "id": top.identifier("programme"),
        "name": top.text("name", required=True),
        "host": top.text("host"),
        "cohort": top.number("cohort", least=1),
        "model": _model(top),
        "zone": zone.key,
        "mailbox": next(iter(_mailboxes(top, "mailbox")), ""),
        "branding": top.choice("branding", BRANDINGS, "nhs"),
        "asks_equality_questions": top.yes_no("equality questions", default=False),
        "contacts": _contacts(top),
        "opens_at": _moment(top, "opens", year, zone, _start_of_day),
        "closes_at": _moment(top, "closes", year, zone, end_of_day),
        "topics": _topics(top),
        "eligibility": _eligibility(top),
        "roles": _roles(top),
        "meetings": _meetings(meetings) if meetings else None,
        "approval": (_approval(approval) if approval else None) or ApprovalPolicy(),
        "checkins": (_checkins(checkins) if checkins else None) or CheckInPolicy(),
        "waiting": (_waiting(waiting) if waiting else None) or WaitingPolicy(),
        "links": (_links(links) if links else None) or LinkPolicy(),
        "groups": read_groups(top, year, zone),
        "questions": _questions(form) if form else (),
        "form_ids": {name.text: plain(words.text) for name, words in form.pairs("ids")} if form else {},
        "ignored_questions": tuple(plain(words.text) for words in form.texts("ignored")) if form else (),
        "notes": tuple(plain(words.text) for words in top.texts("notes")),
    }
    if desk.refused:
        return None
    return desk.make(Programme, top.line, "programme", **values)


def _model(top: Section) -> Literal["reverse", "reciprocal"]:
    models: tuple[Literal["reverse", "reciprocal"], ...] = ("reverse", "reciprocal")
    model = top.choice("model", models)
    if model == "reciprocal":
        top.wrong(
            "model",
            "'reciprocal' cannot be run yet: in every mail and on every page one person shares and the other learns.",
            "Write 'reverse' if that is so in this programme; else this app is not for it yet.",
        )
    return model


def _zone(top: Section) -> ZoneInfo:
    name = top.text("time zone") or LONDON.key
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        top.wrong("time zone", f"'{name}' is not a time zone.", "Write 'Europe/London', or leave it out.")
        return LONDON


def _start_of_day(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _moment(
    top: Section, key: str, year: int | None, zone: ZoneInfo, whole_day: Callable[[date, ZoneInfo], datetime]
) -> datetime | None:
    """The instant of a date that people depend on. Printed in several places, it must be the same in each."""
    first: datetime | None = None
    for words in top.texts(key):
        at = _one_moment(top, key, words, year, zone, whole_day)
        if isinstance(at, Problem):
            top.desk.problem(words.line, key, at)
        elif first is None:
            first = at
        elif at != first:
            top.desk.error(
                words.line,
                key,
                f"'{plain(words.text)}' is another day or time than before.",
                "Keep only one.",
            )
    return first


def _one_moment(
    top: Section,
    key: str,
    words: Words,
    year: int | None,
    zone: ZoneInfo,
    whole_day: Callable[[date, ZoneInfo], datetime],
) -> datetime | Problem:
    read = read_moment(words.text)
    if isinstance(read, Problem):
        return read
    printed, minutes = read
    day = settle_day(printed, year)
    if isinstance(day, Problem):
        return day
    warn_without_weekday(top, key, printed, day)
    if minutes is not None:
        return instant(day, minutes, zone)
    return whole_day(day, zone).astimezone(UTC)


def _contacts(top: Section) -> Contacts:
    section = top.section("contacts", ("form support", "returning participants"))
    if section is None:
        top.desk.warn(
            top.line,
            "contacts",
            "Nobody is named whom people can write to.",
            "Write 'contacts:' with a mailbox.",
        )
        return Contacts(form_support=())
    return Contacts(
        form_support=_mailboxes(section, "form support", required=True),
        returning_participants=_mailboxes(section, "returning participants"),
    )


def _mailboxes(section: Section, key: str, *, required: bool = False) -> tuple[str, ...]:
    # Costs 30 ms to import, and only programme files need it here.
    from email_validator import EmailNotValidError, validate_email

    boxes = []
    for words in section.texts(key, required=required):
        box = words.text.strip()
        try:
            validate_email(box, check_deliverability=False)
        except EmailNotValidError:
            section.desk.error(
                words.line,
                section.at(key),
                f"'{box}' is not a mail address.",
                "Write one such as team@nhs.net.",
            )
        boxes.append(box)
    return tuple(boxes)


def _topics(top: Section) -> tuple[Topic, ...]:
    topics = []
    for name, words in top.pairs("topics"):
        subject = f"topics.{name.text}"
        top.desk.lines[subject] = name.line
        if not is_topic_id(name.text):
            top.desk.error(
                name.line,
                subject,
                f"'{name.text}' cannot be an id.",
                "Use 2 to 64 small letters, digits, hyphens or underscores.",
            )
            continue
        topics.append(Topic(id=name.text, name=plain(words.text)))
    return tuple(topics)


def _eligibility(top: Section) -> tuple[EligibilityRule, ...]:
    rules = []
    once = Once(top.desk)
    for section in top.sections("eligibility", ("area", "sectors", "answer", "reason", "says"), called="area"):
        area = section.text("area", required=True)
        answer = section.choice("answer", ANSWERS)
        reason, says = section.text("reason"), section.text("says")
        for words in section.texts("sectors", required=True):
            subject = f"eligibility.{area}.{words.text}"
            top.desk.lines[subject] = words.line
            # A space cannot be part of an id, so the pair is one name.
            if once.take(f"{area} {words.text}", words.line, subject):
                rules.append(EligibilityRule(area=area, sector=words.text, answer=answer, reason=reason, says=says))
    return tuple(rules)


def _meetings(section: Section) -> Meetings | None:
    values = {
        "count": section.number("count", least=1, required=True),
        "minutes": section.length("length"),
        "months": section.number("months", least=1, required=True),
    }
    if section.desk.refused:
        return None
    return section.desk.make(Meetings, section.line, section.subject, **values)


def _roles(top: Section) -> dict[Role, RoleDescription]:
    roles = {}
    for name, node in top.entries("roles", required=True):
        subject = f"roles.{name.text}"
        top.desk.lines[subject] = name.line
        if name.text not in ROLES:
            top.desk.error(name.line, subject, f"'{name.text}' is not a role.", did_you_mean(name.text, ROLES))
            continue
        if not isinstance(node, Mapping):
            top.desk.error(name.line, subject, f"'{name.text}' takes keys.", "Write 'title:' and the others below it.")
            continue
        known = ("title", "person specification", "time", "required time")
        section = Section(top.desk, node, subject, known, line=name.line)
        top.desk.lines[section.at("required time")] = section.line_of("required time")
        roles[Role(name.text)] = RoleDescription(
            title=section.text("title", required=True),
            specification=_specification(section),
            commitments=_commitments(section),
            total_minutes=section.length("required time"),
        )
    return roles


def _specification(section: Section) -> tuple[SpecificationItem, ...]:
    items = []
    once = Once(section.desk)
    for part in section.sections("person specification", ("id", "says", "mandatory"), called="id"):
        item_id = part.identifier("id")
        once.take(item_id, part.line_of("id"), part.subject)
        values = {
            "id": item_id,
            "says": part.text("says", required=True),
            "mandatory": part.yes_no("mandatory", default=True),
        }
        if not section.desk.refused:
            items.append(SpecificationItem(**values))
    return tuple(items)


def _commitments(section: Section) -> tuple[Commitment, ...]:
    items = []
    once = Once(section.desk)
    for part in section.sections("time", ("id", "title", "length", "group", "optional"), called="id"):
        item_id = part.identifier("id")
        section.desk.lines[part.subject] = part.line
        once.take(item_id, part.line_of("id"), part.subject)
        values = {
            "id": item_id,
            "title": part.text("title", required=True),
            "minutes": part.length("length"),
            "group": part.identifier("group") if part.node("group") else None,
            "optional": part.yes_no("optional", default=False),
        }
        if not section.desk.refused:
            items.append(Commitment(**values))
    return tuple(items)


def _days(section: Section, key: str) -> tuple[int, ...]:
    days = []
    for words in section.texts(key):
        if words.text.isascii() and words.text.isdecimal() and len(words.text) <= len("9999"):
            days.append(int(words.text))
        else:
            section.desk.error(
                words.line, section.at(key), f"'{words.text}' is not a number of days.", "Write it in digits."
            )
    return tuple(days)


def _approval(section: Section) -> ApprovalPolicy | None:
    default = ApprovalPolicy()
    days = _days(section, "reminder days") if section.node("reminder days") else default.reminder_days
    if any(later <= earlier for earlier, later in zip((0, *days), days, strict=False)):
        section.wrong(
            "reminder days",
            "The reminders are not in order.",
            "Write days from 1, each later than the one before.",
        )
    values = {
        "reminder_days": days,
        "reminder_days_before_closing": section.number("reminder days before closing"),
        "grace_days": section.number("grace days", default=default.grace_days),
        "delegations": section.number("delegations", default=default.delegations),
    }
    for key in ("reminder days", "reminder days before closing", "grace days"):
        section.desk.lines[section.at(key)] = section.line_of(key)
    return section.desk.make(ApprovalPolicy, section.line, section.subject, **values)


def _checkins(section: Section) -> CheckInPolicy | None:
    default = CheckInPolicy()
    nudge = section.number("nudge after days", default=default.nudge_after_days, least=1)
    silent = section.number("silent after days", default=default.silent_after_days, least=2)
    if nudge is not None and silent is not None and silent <= nudge:
        section.wrong(
            "silent after days",
            f"A check-in would count as silent after {silent} days, but the nudge goes out after {nudge}.",
            "Give people time to answer the nudge: write a larger number.",
        )
    row = section.number("silent in a row", default=default.silent_in_a_row, least=1)
    return section.desk.make(
        CheckInPolicy,
        section.line,
        section.subject,
        nudge_after_days=nudge,
        silent_after_days=silent,
        silent_in_a_row=row,
    )


def _waiting(section: Section) -> WaitingPolicy | None:
    hours = section.number("offer hours", default=WaitingPolicy().offer_hours, least=1)
    if hours is not None and hours > LONGEST_OFFER_HOURS:
        section.wrong(
            "offer hours",
            f"A place would be kept for {hours} hours, and everybody else on the list would wait as long.",
            f"Write {LONGEST_OFFER_HOURS} hours or fewer.",
        )
        return None
    return section.desk.make(WaitingPolicy, section.line, section.subject, offer_hours=hours)


def _links(section: Section) -> LinkPolicy | None:
    default = LinkPolicy()
    return section.desk.make(
        LinkPolicy,
        section.line,
        section.subject,
        days_after_end=section.number("days after end", default=default.days_after_end, least=1),
        days_of_a_new_link=section.number("days of a new link", default=default.days_of_a_new_link, least=1),
    )


def question_subject(question: Question, under: str = "form.questions") -> str:
    """Where findings about a question are said to be."""
    return _question_subject(question.field, question.for_role, under)


def _question_subject(field: str, role: str | None, under: str) -> str:
    return f"{under}.{field}.{role}" if role else f"{under}.{field}"


def _questions(form: Section) -> tuple[Question, ...]:
    questions = []
    once = Once(form.desk)
    for part in form.sections("questions", QUESTION_KEYS, called="field"):
        field, sees = _field(part)
        question = read_question(part, field, sees, once, under="form.questions")
        if question is not None:
            questions.append(question)
    return tuple(questions)


def _field(part: Section) -> tuple[str, Sees | None]:
    """The name of a question's answer, and who sees it if the question is the programme's own."""
    if part.node("id") is None:
        field = part.text("field", required=True)
        if field and field not in FIELDS:
            part.wrong(
                "field",
                f"'{field}' is not an answer that the app knows.",
                f"{did_you_mean(field, tuple(FIELDS))} For a question of your own write 'id:' instead of 'field:'.",
            )
        if part.node("who sees") is not None:
            part.wrong("who sees", f"Who sees '{field}' is the app's to say.", "Take the line out.")
        return field, None
    if part.node("field") is not None:
        part.wrong("id", "A question has 'field:' or 'id:', not both.", "Keep 'id:' for a question of your own.")
    own = part.text("id", required=True)
    part.subject = _question_subject(own, None, "form.questions") if own else part.subject
    if own in FIELDS:
        part.wrong("id", f"'{own}' is an answer that the app knows.", f"Write 'field: {own}', or another id.")
    elif own and _OWN_ID.fullmatch(own) is None:
        part.wrong("id", f"'{own}' cannot be an id.", "Use 2 to 40 small letters, digits and underscores.")
    return own, part.choice("who sees", tuple(Sees))


def read_question(part: Section, field: str, sees: Sees | None, once: Once, *, under: str) -> Question | None:
    """One question, whichever questionnaire it stands in; None if it cannot be read."""
    role = part.choice("for role", ROLES) if part.node("for role") else None
    part.subject = _question_subject(field, role, under)
    once.take(f"{field} for {role}" if role else field, part.line_of("id" if sees else "field"), part.subject)
    lines = part.desk.lines
    lines[part.subject] = part.line
    lines |= {f"{part.subject}.{key}": part.line_of(key) for key in ("required", "only if", "at most", "at least")}
    keys = part.pairs("keys")
    lines |= {f"{part.subject}.keys.{name.text}": name.line for name, _ in keys}
    return part.desk.make(
        Question,
        part.line,
        part.subject,
        field=field,
        title=part.text("title", required=True),
        type=part.choice("type", QUESTION_TYPES),
        required=part.yes_no("required"),
        options=_options(part),
        for_role=role,
        hint=part.text("hint"),
        help=tuple(plain(words.text) for words in part.texts("help")),
        sees=sees,
        least=part.number("at least"),
        most=part.number("at most", least=1),
        only_if=_conditions(part),
        keys={name.text: plain(words.text) for name, words in keys},
    )


def _conditions(part: Section) -> tuple[Condition, ...]:
    conditions = []
    for name, node in part.entries("only if"):
        values = _texts_of(node)
        if not values:
            part.desk.error(
                name.line,
                part.at("only if"),
                f"'{name.text}' names no answer.",
                "Write the values of its options, such as '[in_person, either]', or yes or no.",
            )
        conditions.append(Condition(field=name.text, values=values))
    return tuple(conditions)


def _options(part: Section) -> tuple[Option, ...]:
    options = []
    for name, node in part.entries("options"):
        subject = f"{part.subject}.options.{name.text}"
        part.desk.lines[subject] = name.line
        texts = _texts_of(node)
        if texts:
            options.append(Option(value=name.text, text=texts[0], aliases=texts[1:]))
        else:
            part.desk.error(
                name.line,
                subject,
                f"'{name.text}' has no words.",
                "Write what the form shows after the colon.",
            )
    return tuple(options)


def _texts_of(node: Node) -> tuple[str, ...]:
    items = node.items if isinstance(node, Listing) else (node,)
    return tuple(plain(item.text) for item in items if isinstance(item, Words) and plain(item.text))
