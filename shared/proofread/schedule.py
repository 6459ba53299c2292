"""Session groups and their sessions. One that cannot be right is held back alone; nothing is repaired."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.domain import wording
from shared.domain.programme import MOST_AT_A_SESSION, Attendance, Month, Role, Session, SessionGroup, SessionStatus
from shared.proofread.section import Once, Section
from shared.proofread.words import (
    HOUR,
    PrintedDay,
    Problem,
    clock_in_words,
    did_you_mean,
    instant,
    is_to_be_confirmed,
    read_day,
    read_month,
    read_span,
    settle_day,
    span_in_words,
)

GROUP_KEYS = ("id", "title", "for", "attend", "required", "if not chosen", "note", "recurring", "sessions")
SESSION_KEYS = ("id", "date", "time", "place", "capacity", "status")
# The words a programme lead can type; the other two follow from the date and time.
STATUSES = (SessionStatus.PROVISIONAL, SessionStatus.CONFIRMED, SessionStatus.CANCELLED)
EARLIEST, LATEST = 7 * HOUR, 21 * HOUR
ROLES = tuple(role.value for role in Role)

Span = tuple[int, int]  # start and end in minutes after midnight, as printed


@dataclass(frozen=True, slots=True)
class _Printed:
    """A session's own words. ``date`` and ``time`` are empty where nothing is written."""

    section: Section
    date: str
    time: str

    @property
    def span(self) -> Span | Problem:
        return read_span(self.time)

    @property
    def to_be_confirmed(self) -> bool:
        return self.without_a_day or is_to_be_confirmed(self.time)

    @property
    def without_a_day(self) -> bool:
        """Whether no more than the month is known."""
        return is_to_be_confirmed(self.date) or read_month(self.date) is not None


@dataclass(frozen=True, slots=True)
class _Times:
    """What a session's words come to: both instants, neither (to be confirmed), or problems by key; and its day."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    problems: tuple[tuple[str, Problem], ...] = ()
    day: date | None = None


def read_role_names(section: Section, key: str) -> tuple[Role, ...]:
    """One role or several; an unknown one is an error."""
    roles = []
    for words in section.texts(key, required=True):
        if words.text in ROLES:
            roles.append(Role(words.text))
        else:
            section.findings.error(
                words.line, section.at(key), f"'{words.text}' is not a role.", did_you_mean(words.text, ROLES)
            )
    return tuple(dict.fromkeys(roles))


def read_groups(top: Section, year: int | None, zone: ZoneInfo) -> tuple[SessionGroup, ...]:
    """Every group under ``groups``."""
    groups = []
    group_ids, session_ids = Once(top.findings), Once(top.findings)
    for section in top.sections("groups", GROUP_KEYS, called="id"):
        findings = section.findings
        group_id = section.identifier("id")
        findings.lines[section.subject] = section.line
        group_ids.take(group_id, section.line_of("id"), section.subject)
        values = {
            "id": group_id,
            "title": section.text("title", required=True),
            "roles": read_role_names(section, "for"),
            "attend": Attendance(section.choice("attend", tuple(way.value for way in Attendance))),
            "required": section.yes_no("required"),
            "if_not_chosen": section.choice("if not chosen", ("ask", "first"), "ask"),
            "note": section.text("note"),
            **_recurring(section),
        }
        recurring = bool(values["recurring"])
        printed = [
            _Printed(part, part.text("date"), part.text("time"))
            for part in section.sections(
                "sessions", SESSION_KEYS, called="id", under=section.subject, required=not values["recurring"]
            )
        ]
        sessions = []
        for one in printed:
            session_id = one.section.identifier("id")
            session_ids.take(session_id, one.section.line_of("id"), one.section.subject)
            others = [other.span for other in printed if other is not one]
            session = _read_session(one, session_id, others, year, zone)
            if session is not None:
                sessions.append(session)
        if not sessions and not recurring:
            section.wrong(
                "sessions",
                "The group has no sessions.",
                "Write at least one, 'date: to be confirmed' if need be.",
            )
        group = findings.make(SessionGroup, section.line, section.subject, sessions=tuple(sessions), **values)
        if group is not None:
            groups.append(group.with_next())
    _numbered(top, groups)
    return tuple(groups)


def _recurring(section: Section) -> dict[str, bool | str]:
    """Whether a group takes place again and again, and how often as far as the source says."""
    words = section.text("recurring")
    often = words.casefold().startswith("every ")
    recurring = often or words.casefold() == "yes"
    if words and not recurring and words.casefold() != "no":
        section.wrong(
            "recurring", f"'{words}' does not say that it recurs.", "Write 'yes', or how often: 'every 2 months'."
        )
    if recurring and section.text("attend").casefold() == Attendance.ONE_OF:
        section.wrong(
            "attend",
            "Nobody can choose one session of a group that goes on for ever.",
            "Write 'all of' (everybody is invited to each), or 'any of'.",
        )
    return {"recurring": recurring, "how_often": words if often else ""}


def _numbered(top: Section, groups: Sequence[SessionGroup]) -> None:
    """The sessions of a recurring group are numbered as they come: no other session may have such an id."""
    for group in groups:
        for other in groups:
            for session in other.sessions:
                if other is not group and group.number_of(session.id):
                    top.findings.error(
                        top.findings.lines.get(f"groups.{other.id}.{session.id}", top.line),
                        f"groups.{other.id}.{session.id}",
                        f"The group '{group.id}' recurs, and '{session.id}' is what it calls one of its own sessions.",
                        "Give this one another id.",
                    )


def _read_session(
    one: _Printed, session_id: str, others: Sequence[Span | Problem], year: int | None, zone: ZoneInfo
) -> Session | None:
    section, findings = one.section, one.section.findings
    findings.lines[section.subject] = section.line
    status = section.choice("status", STATUSES, SessionStatus.PROVISIONAL)
    place, capacity = section.text("place"), section.number("capacity", least=1, most=MOST_AT_A_SESSION)
    printed = " ".join(part for part in (one.date, one.time) if part)
    found = _reconcile(one, _plausible_mend(one.span, others), year, zone)
    for key, problem in found.problems:
        findings.put("held back", section.line_of(key), section.subject, problem.what, problem.mend)
    month = read_month(one.date)
    if found.problems:
        status = SessionStatus.INVALID
    elif found.starts_at is None and status is not SessionStatus.CANCELLED:
        status = SessionStatus.TO_BE_CONFIRMED
    return findings.make(
        Session,
        section.line,
        section.subject,
        id=session_id,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        status=status,
        place=place,
        capacity=capacity,
        printed=printed,
        month=Month(year=month[0], month=month[1]).in_words if month else "",
        day=found.day,
        held_back=" ".join(f"{problem.what} {problem.mend}" for _, problem in found.problems),
    )


def _reconcile(one: _Printed, mend: str, year: int | None, zone: ZoneInfo) -> _Times:
    """Date and time checked on their own first, so that both mistakes of one session are told at once."""
    problems: list[tuple[str, Problem]] = []
    day = None if one.without_a_day else _session_day(one, year)
    if isinstance(day, Problem):
        problems.append(("date", day))
    span = None if one.to_be_confirmed and (not one.time or is_to_be_confirmed(one.time)) else _session_span(one, mend)
    if isinstance(span, Problem):
        problems.append(("time", span))
    if problems or not isinstance(day, date) or not isinstance(span, tuple):
        return _Times(problems=tuple(problems), day=day if isinstance(day, date) else None)
    instants = [instant(day, minutes, zone) for minutes in span]
    wrong = [("time", at) for at in instants if isinstance(at, Problem)]
    right = [at for at in instants if isinstance(at, datetime)]
    if wrong:
        return _Times(problems=tuple(wrong), day=day)
    if span[0] < EARLIEST or span[1] > LATEST:
        one.section.findings.warn(
            one.section.line_of("time"),
            one.section.subject,
            f"The session is at {span_in_words(*span)}, outside {span_in_words(EARLIEST, LATEST)}.",
            "Write am or pm, or the 24-hour clock, if another time is meant.",
        )
    return _Times(right[0], right[1], day=day)


def _session_day(one: _Printed, year: int | None) -> date | Problem:
    if not one.date:
        return Problem("The session has no date.", "Write it, or 'date: to be confirmed'.")
    printed = read_day(one.date)
    if isinstance(printed, Problem):
        return printed
    day = settle_day(printed, year)
    if not isinstance(day, Problem):
        warn_without_weekday(one.section, "date", printed, day)
    return day


def warn_without_weekday(section: Section, key: str, printed: PrintedDay, day: date) -> None:
    """A date without its weekday may be right, but nothing can tell."""
    if printed.weekday is None:
        subject = section.subject or key
        what = "The date has no weekday, so it cannot be checked."
        section.findings.warn(section.line_of(key), subject, what, f"If it is right, write '{wording.day(day)}'.")


def _session_span(one: _Printed, mend: str) -> Span | Problem:
    if not one.time:
        return Problem("The session has no time.", "Write its start and end, or 'time: to be confirmed'.")
    span = one.span
    if isinstance(span, Problem) or span[0] < span[1]:
        return span
    start, end = clock_in_words(span[0]), clock_in_words(span[1])
    if start == end:
        return Problem(f"Printed as '{one.time}': it starts and ends at {start}.", mend)
    return Problem(f"Printed as '{one.time}': it ends ({end}) before it starts ({start}).", mend)


def _plausible_mend(span: Span | Problem, others: Sequence[Span | Problem]) -> str:
    """The repairs that give a session the usual length of its group. They are offered, never applied."""
    right = [other for other in others if isinstance(other, tuple) and other[0] < other[1]]
    usual = Counter(end - start for start, end in right).most_common(2)
    tied = len(usual) > 1 and usual[0][1] == usual[1][1]
    if isinstance(span, Problem) or not usual or tied:
        return "Find out the right time and write it. Nothing was assumed."
    length, count = usual[0]
    repairs = []
    for repair, right_end in (((span[0], span[0] + length), "start"), ((span[1] - length, span[1]), "end")):
        if repair[0] >= 0 and repair[1] < 24 * HOUR:
            same = right.count(repair)
            seen = f", as {same} of the others {'is' if same == 1 else 'are'}" if same else ""
            repairs.append(f"'{span_in_words(*repair)}' (if the {right_end} is right{seen})")
    if not repairs:
        return "Find out the right time and write it. Nothing was assumed."
    who = f"{count} of the {len(right)} other sessions" if count < len(right) else f"The other {len(right)} sessions"
    who = "The other session" if len(right) == 1 else who
    verb = "lasts" if count == 1 else "last"
    return (
        f"{who} {verb} {wording.length(length)}, so it may be {' or '.join(repairs)}. "
        "Find out the right time and write it. Nothing was assumed."
    )
