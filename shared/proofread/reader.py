"""From the tree of a programme file to the programme's values. How the parts fit is checked later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.domain.cohort_model import (
    CohortModel,
    Commitment,
    Meetings,
    Releaser,
    RoleDescription,
    SpecificationItem,
    State,
    Unit,
)
from shared.domain.programme import (
    LONDON,
    LONGEST_OFFER_HOURS,
    ApprovalPolicy,
    Branding,
    CertificatePolicy,
    CheckInPolicy,
    Contacts,
    EligibilityRule,
    FoiTexts,
    Imprint,
    InvitationPolicy,
    LinkPolicy,
    Month,
    Programme,
    Role,
    Topic,
    WaitingPolicy,
    end_of_day,
)
from shared.proofread import matching
from shared.proofread.evaluation import read_evaluation
from shared.proofread.finding import Acceptance
from shared.proofread.question_reader import read_questions, texts_of
from shared.proofread.schedule import ROLES, read_groups, warn_without_weekday
from shared.proofread.section import Findings, Once, Section, is_topic_id
from shared.proofread.tree import Mapping, Words
from shared.proofread.words import (
    PrintedDay,
    Problem,
    did_you_mean,
    instant,
    plain,
    read_day,
    read_moment,
    read_month,
    settle_day,
)

PROGRAMME_KEYS = (
    "programme", "name", "host", "cohort", "model", "time zone", "mailbox", "branding", "equality questions", "year",
    "unit", "state", "released by", "begins", "ends", "completed", "follows", "about", "signed by", "form link",
    "information pack", "privacy notice", "accessibility statement", "opens", "closes", "contacts", "topics",
    "eligibility", "meetings", "roles", "groups", "approval", "check-ins", "waiting list", "links", "invitations",
    *matching.KEYS, "freedom of information", "certificate", "evaluation", "notes", "form", "rehearsal",
    "accepted",
)  # fmt: skip
ANSWERS: tuple[Literal["eligible", "not this cohort", "needs a decision"], ...] = (
    "eligible", "not this cohort", "needs a decision",
)  # fmt: skip
#: What a file writes where its source says nothing, so that nobody has to invent something.
NONE_SAID = "none said"
# What two people of equal rights are called where the source has no word for them.
_USUAL_TITLE = "Partner"
BRANDINGS: tuple[Branding, ...] = ("nhs", "plain")


def read_programme(findings: Findings, top: Section) -> Programme | None:
    """The programme, or None if a finding is an error."""
    zone = _zone(top)
    year = top.number("year", least=2000)
    approval = top.section("approval", ("reminder days", "reminder days before closing", "grace days", "delegations"))
    checkins = top.section(
        "check-ins", ("nudge after days", "silent after days", "silent in a row", "still going after months")
    )
    waiting = top.section("waiting list", ("offer hours",))
    links = top.section("links", ("days after end", "days of a new link"))
    invitations = top.section("invitations", ("private", "subject", "reminder"))
    form = top.section("form", ("ids", "questions", "ignored"))
    form_ids = _form_ids(form) if form else {}
    for key in PROGRAMME_KEYS:
        findings.lines[key] = top.line_of(key)
    model = _model(top)
    values: dict[str, Any] = {
        "id": top.identifier("programme"),
        "name": top.text("name", required=True),
        "host": top.text("host"),
        "cohort": top.number("cohort", least=1),
        "model": model,
        "zone": zone.key,
        "mailbox": next(iter(_mailboxes(top, "mailbox")), ""),
        "branding": top.choice("branding", BRANDINGS, "nhs"),
        "asks_equality_questions": top.yes_no("equality questions", default=False),
        "contacts": _contacts(top),
        "imprint": _imprint(top),
        "begins": _month(top, "begins"),
        "completed": top.text("completed"),
        "follows": tuple(plain(words.text) for words in top.texts("follows")),
        "opens_at": _moment(top, "opens", year, zone, _start_of_day),
        "closes_at": _closes(top, year, zone),
        "topics": _topics(top),
        "eligibility": _eligibility(top),
        "approval": (_approval(approval) if approval else None) or ApprovalPolicy(),
        "checkins": (_checkins(checkins) if checkins else None) or CheckInPolicy(),
        "waiting": (_waiting(waiting) if waiting else None) or WaitingPolicy(),
        "links": (_links(links) if links else None) or LinkPolicy(),
        "foi": _foi(top, year),
        "certificate": _certificate(top),
        "invitations": (_invitations(invitations) if invitations else None) or InvitationPolicy(),
        "matching": matching.read_matching(top, model),
        "organisations": matching.read_organisations(top),
        "levels": matching.read_levels(top),
        "groups": read_groups(top, year, zone),
        "evaluation": read_evaluation(top, model.meetings if model else None),
        "questions": read_questions(form) if form else (),
        "form_ids": {source: ids[0] for source, ids in form_ids.items()},
        "more_form_ids": {source: ids[1:] for source, ids in form_ids.items() if ids[1:]},
        "ignored_questions": tuple(plain(words.text) for words in form.texts("ignored")) if form else (),
        "notes": tuple(plain(words.text) for words in top.texts("notes")),
    }
    if findings.refused:
        return None
    return findings.make(Programme, top.line, "programme", **values)


def _model(top: Section) -> CohortModel | None:
    kinds: tuple[Literal["reverse", "reciprocal"], ...] = ("reverse", "reciprocal")
    kind = top.choice("model", kinds)
    unit, released_by = _unit(top)
    values: dict[str, Any] = {
        "kind": kind,
        "roles": _roles(top, kind),
        "meetings": _meetings(top),
        "unit": unit,
        "state": State(top.choice("state", _words(State), State.OPEN.value)),
        "released_by": released_by,
        "open_ended": _open_ended(top),
    }
    return None if top.findings.refused else top.findings.make(CohortModel, top.line, "model", **values)


def _unit(top: Section) -> tuple[Unit, Releaser]:
    """Who applies, and who releases them: the sponsor of a board does both."""
    unit = Unit(top.choice("unit", _words(Unit), Unit.PERSON.value))
    usual = Releaser.SPONSOR if unit is Unit.BOARD else Releaser.MANAGER
    released_by = Releaser(top.choice("released by", _words(Releaser), usual.value))
    if (unit is Unit.BOARD) != (released_by is Releaser.SPONSOR):
        top.wrong(
            "released by",
            f"'{released_by}' cannot be with 'unit: {unit}': a sponsor releases the people of a board, and no others.",
            "Write 'sponsor' for boards, and 'manager' or 'nobody' for people.",
        )
    return unit, released_by


def _words(words: type[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


def _open_ended(top: Section) -> bool:
    """Whether the programme says that it has no end. When one ends that has an end, is worked out."""
    return bool(top.text("ends")) and top.choice("ends", ("none",)) == "none"


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
    wrong: Words | None = None
    printed = top.texts(key)
    for words in printed:
        at = _one_moment(top, key, words, year, zone, whole_day)
        if isinstance(at, Problem):
            top.findings.problem(words.line, top.at(key), at)
            wrong = words
        elif first is None:
            first = at
        elif at != first:
            top.findings.error(
                words.line,
                top.at(key),
                f"'{plain(words.text)}' is another day or time than before.",
                "Keep only one.",
            )
    for words in printed:
        if wrong is not None and words is not wrong:
            what = f"'{plain(words.text)}' stands here, and '{plain(wrong.text)}' on line {wrong.line}."
            top.findings.error(words.line, top.at(key), what, "Find out which is right. Nothing was assumed.")
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


def _closes(top: Section, year: int | None, zone: ZoneInfo) -> datetime | None:
    """The closing instant. Where the source contradicts itself, a named decision in the file settles it.

    What the source says is then reported all the same, beside who decided and why.
    """
    if not isinstance(top.node("closes"), Mapping):
        return _moment(top, "closes", year, zone, end_of_day)
    section = top.section("closes", ("says", "decided", "by", "on", "why"))
    if section is None:
        return None
    section.texts("says", required=True)
    if section.node("decided") is None:
        return _moment(section, "says", year, zone, end_of_day)
    by, on, why = (section.text(key, required=True) for key in ("by", "on", "why"))
    told = len(top.findings.found)
    _moment(section, "says", year, zone, end_of_day)
    contradictions = [finding for finding in top.findings.found[told:] if finding.severity == "error"]
    for finding in contradictions:
        top.findings.found.remove(finding)
        top.findings.decided.append(Acceptance(replace(finding, severity="warning"), by, on, why))
    if not contradictions:
        section.wrong(
            "decided", "There is nothing to decide: 'says' does not contradict itself.", "Write the date alone."
        )
    return _moment(section, "decided", year, zone, end_of_day)


def _month(top: Section, key: str) -> Month | None:
    """A month such as 'June 2022', where that is all that the source says."""
    text = top.text(key)
    month = read_month(text) if text else None
    if text and month is None:
        top.wrong(key, f"'{text}' is not a month with its year.", "Write it such as 'June 2022'.")
    return Month(year=month[0], month=month[1]) if month else None


#: What every page is to have: the key, and what people miss without it.
_PAGES = {
    "information pack": "People cannot read what the programme is about before they apply.",
    "privacy notice": "The form asks about people's lives, and nobody can read what becomes of it.",
    "accessibility statement": "Public bodies have to say how accessible their pages are.",
}


def _imprint(top: Section) -> Imprint:
    about = tuple(plain(words.text) for words in top.texts("about"))
    pages = {key: _address(top, key) for key in (*_PAGES, "form link")}
    signed_by = top.text("signed by")
    for key, why in _PAGES.items():
        if not pages[key]:
            top.findings.warn(top.line_of(key), key, f"No address is written. {why}", f"Write '{key}: https://...'.")
    if not about:
        top.findings.warn(
            top.line_of("about"),
            "about",
            "Nothing says what the programme is, so people choose a role without knowing which is which.",
            "Write 'about:' and a few plain sentences.",
        )
    if not signed_by:
        top.findings.warn(
            top.line_of("signed by"), "signed by", "No person signs the emails.", "Write 'signed by:' and a name."
        )
    if not pages["form link"] and isinstance(top.node("form"), Mapping) and _has_providers(top):
        top.findings.warn(
            top.line_of("form link"),
            "form link",
            "The form is with a provider too, and emails that ask for it again lead to our own form.",
            "Write 'form link: https://...', the address that people know.",
        )
    return Imprint(
        host=top.text("host"),
        about=about,
        signed_by=signed_by,
        privacy_notice=pages["privacy notice"],
        accessibility_statement=pages["accessibility statement"],
        information_pack=pages["information pack"],
        form_link=pages["form link"],
        releaser=_RELEASERS[_unit(top)[1]],
    )


_RELEASERS = {Releaser.MANAGER: "line manager", Releaser.SPONSOR: "sponsor", Releaser.NOBODY: ""}


def _has_providers(top: Section) -> bool:
    form = top.section("form", ("ids", "questions", "ignored"))
    return form is not None and any(name.text != "standard" for name, _ in form.pairs("ids"))


def _address(top: Section, key: str) -> str:
    text = top.text(key)
    if text and (not text.startswith("https://") or " " in text or "." not in text):
        top.wrong(key, f"'{text}' is not the address of a page.", "Write one such as https://www.example.nhs.uk/page.")
    return text


def _contacts(top: Section) -> Contacts:
    if _none_said(top, "contacts"):
        return Contacts(form_support=())
    section = top.section("contacts", ("form support", "returning participants"))
    if section is None:
        top.findings.warn(
            top.line,
            "contacts",
            "Nobody is named whom people can write to.",
            "Write 'contacts:' with a mailbox, or 'contacts: none said'.",
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
            section.findings.error(
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
        top.findings.lines[subject] = name.line
        if not is_topic_id(name.text):
            top.findings.error(
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
    once = Once(top.findings)
    for section in top.sections("eligibility", ("area", "sectors", "answer", "reason", "says"), called="area"):
        area = section.text("area", required=True)
        answer = section.choice("answer", ANSWERS)
        reason, says = section.text("reason"), section.text("says")
        for words in section.texts("sectors", required=True):
            subject = f"eligibility.{area}.{words.text}"
            top.findings.lines[subject] = words.line
            # A space cannot be part of an id, so the pair is one name.
            if once.take(f"{area} {words.text}", words.line, subject):
                rules.append(EligibilityRule(area=area, sector=words.text, answer=answer, reason=reason, says=says))
    return tuple(rules)


def _meetings(top: Section) -> Meetings | None:
    """The pair's own meetings. 'none said': they have some, and nobody has said how many, how long or how often."""
    if _none_said(top, "meetings"):
        return Meetings()
    section = top.section("meetings", ("count", "length", "months"))
    if section is None:
        return None
    counted = section.node("count") is not None or section.node("length") is not None
    values = {
        "count": section.number("count", least=1, required=counted),
        "minutes": section.length("length") if counted else None,
        "months": section.number("months", least=1, required=True),
    }
    if section.findings.refused:
        return None
    return section.findings.make(Meetings, section.line, section.subject, **values)


def _none_said(section: Section, key: str) -> bool:
    """Whether the file says that its source says nothing."""
    node = section.node(key)
    return isinstance(node, Words) and plain(node.text).casefold() == NONE_SAID


def _roles(top: Section, kind: Literal["reverse", "reciprocal"]) -> dict[Role, RoleDescription]:
    roles = {}
    sides = ROLES if kind == "reciprocal" else (Role.MENTOR.value, Role.MENTEE.value)
    for name, node in top.entries("roles", required=True):
        subject = f"roles.{name.text}"
        top.findings.lines[subject] = name.line
        if name.text not in sides:
            top.findings.error(name.line, subject, f"'{name.text}' is not a role.", did_you_mean(name.text, sides))
            continue
        if not isinstance(node, Mapping):
            top.findings.error(
                name.line, subject, f"'{name.text}' takes keys.", "Write 'title:' and the others below it."
            )
            continue
        known = ("title", "about", "asks for", "person specification", "time", "required time")
        section = Section(top.findings, node, subject, known, line=name.line)
        top.findings.lines[section.at("required time")] = section.line_of("required time")
        roles[Role(name.text)] = RoleDescription(
            title=section.text("title", required=name.text != Role.PARTNER) or _USUAL_TITLE,
            specification=_specification(section),
            commitments=_commitments(section),
            about=section.text("about"),
            asks_for=tuple(plain(words.text) for words in section.texts("asks for")),
            total_minutes=None if _none_said(section, "required time") else section.length("required time"),
        )
    if Role.PARTNER in roles and len(roles) > 1:
        top.wrong(
            "roles",
            "Partners are on both sides of a pair, and here somebody else is on one of them too.",
            "Describe 'partner' alone, or 'mentor' and 'mentee'.",
        )
    return roles


def _specification(section: Section) -> tuple[SpecificationItem, ...]:
    items = []
    once = Once(section.findings)
    for part in section.sections("person specification", ("id", "says", "mandatory"), called="id"):
        item_id = part.identifier("id")
        once.take(item_id, part.line_of("id"), part.subject)
        values = {
            "id": item_id,
            "says": part.text("says", required=True),
            "mandatory": part.yes_no("mandatory", default=True),
        }
        if not section.findings.refused:
            items.append(SpecificationItem(**values))
    return tuple(items)


def _commitments(section: Section) -> tuple[Commitment, ...]:
    items = []
    once = Once(section.findings)
    for part in section.sections("time", ("id", "title", "length", "group", "optional"), called="id"):
        item_id = part.identifier("id")
        section.findings.lines[part.subject] = part.line
        once.take(item_id, part.line_of("id"), part.subject)
        values = {
            "id": item_id,
            "title": part.text("title", required=True),
            "minutes": part.length("length"),
            "group": part.identifier("group") if part.node("group") else None,
            "optional": part.yes_no("optional", default=False),
        }
        if not section.findings.refused:
            items.append(Commitment(**values))
    return tuple(items)


def _days(section: Section, key: str) -> tuple[int, ...]:
    days = []
    for words in section.texts(key):
        if words.text.isascii() and words.text.isdecimal() and len(words.text) <= len("9999"):
            days.append(int(words.text))
        else:
            section.findings.error(
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
        section.findings.lines[section.at(key)] = section.line_of(key)
    return section.findings.make(ApprovalPolicy, section.line, section.subject, **values)


def _checkins(section: Section) -> CheckInPolicy | None:
    default = CheckInPolicy()
    nudge = section.number("nudge after days", default=default.nudge_after_days, least=1)
    months = section.number("still going after months", default=default.still_going_months, least=1)
    silent = section.number("silent after days", default=default.silent_after_days, least=2)
    if nudge is not None and silent is not None and silent <= nudge:
        section.wrong(
            "silent after days",
            f"A check-in would count as silent after {silent} days, but the nudge goes out after {nudge}.",
            "Give people time to answer the nudge: write a larger number.",
        )
    row = section.number("silent in a row", default=default.silent_in_a_row, least=1)
    return section.findings.make(
        CheckInPolicy,
        section.line,
        section.subject,
        nudge_after_days=nudge,
        silent_after_days=silent,
        silent_in_a_row=row,
        still_going_months=months,
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
    return section.findings.make(WaitingPolicy, section.line, section.subject, offer_hours=hours)


def _links(section: Section) -> LinkPolicy | None:
    default = LinkPolicy()
    return section.findings.make(
        LinkPolicy,
        section.line,
        section.subject,
        days_after_end=section.number("days after end", default=default.days_after_end, least=1),
        days_of_a_new_link=section.number("days of a new link", default=default.days_of_a_new_link, least=1),
    )


def _certificate(top: Section) -> CertificatePolicy | None:
    """What a certificate needs; without the section there are none."""
    section = top.section("certificate", ("meetings", "training"))
    if section is None:
        return None
    return section.findings.make(
        CertificatePolicy,
        section.line,
        section.subject,
        meetings=section.number("meetings", default=0, least=0),
        training=section.yes_no("training", default=True),
    )


def _foi(top: Section, year: int | None) -> FoiTexts:
    """What is answered under the Freedom of Information Act. A start of which only the month is known stays words."""
    keys = ("designed by", "description", "levels", "evaluation", "during covid-19", "running since")
    section = top.section("freedom of information", keys)
    if section is None:
        return FoiTexts()
    since = section.text("running since")
    printed = read_day(since) if since else None
    day = settle_day(printed, year) if isinstance(printed, PrintedDay) else None
    if isinstance(printed, PrintedDay) and isinstance(day, Problem):
        section.findings.problem(section.line_of("running since"), section.at("running since"), day)

    def said(key: str) -> str:
        return " ".join(paragraph.text for paragraph in section.texts(key))

    return FoiTexts(
        designed_by=said("designed by"),
        description=said("description"),
        levels=said("levels"),
        evaluation=said("evaluation"),
        during_covid=said("during covid-19"),
        running_since=since,
        running_from=day if isinstance(day, date) else None,
    )


def _invitations(section: Section) -> InvitationPolicy | None:
    return section.findings.make(
        InvitationPolicy,
        section.line,
        section.subject,
        private=section.yes_no("private", default=InvitationPolicy().private),
        reminder=section.yes_no("reminder", default=InvitationPolicy().reminder),
        subject=plain(section.text("subject")),
    )


def _form_ids(form: Section) -> dict[str, tuple[str, ...]]:
    """By what each provider names the form: one id, or several if it does not always send the same."""
    found = {}
    for name, node in form.entries("ids"):
        texts = texts_of(node)
        if texts:
            found[name.text] = texts
        else:
            subject = f"{form.at('ids')}.{name.text}"
            form.findings.error(name.line, subject, f"'{name.text}' takes one text.", "Write it after the colon.")
    return found
