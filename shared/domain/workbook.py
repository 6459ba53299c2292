"""The team's workbook of a cohort as values: which sheets it has, with which columns and rows. Writing stops elsewhere.

It is made of the figures of a cohort, which know nothing of lived experience. What people write in their own words (a
manager's note, the words of a check-in) is not in it either: a workbook is passed on more easily than a table.
The layout is that of the Government Analysis Function's guidance on spreadsheets: a cover with contents, one table a
sheet, no merged cells, no blank rows, words in square brackets where there is no number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

from shared.domain import cohort_figures as figures
from shared.domain import wording
from shared.domain.application import Status
from shared.domain.cohort_figures import By, Cohort
from shared.domain.cohort_model import Seat
from shared.domain.evaluation import return_rate
from shared.domain.next_step import next_step
from shared.domain.pairs import NO_DAY, PairStatus
from shared.domain.programme import Attendance, Role, Sees
from shared.domain.text import clean

NOT_APPLICABLE: Final = "[z]"
CONFIDENTIAL: Final = "[c]"
_MOST_IN_ALT_TEXT: Final = 12
# Excel takes no longer name of a table's column, and a number may come behind it.
_LONGEST_HEAD: Final = 240

type Cell = str | int | date | datetime | None


class Kind(StrEnum):
    """What a column holds. A text may stand anywhere: it is shown as it is."""

    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    LINK = "link to a sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its head, which is unique in its sheet."""

    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of its sheet's first ``rows`` rows: the columns ``series`` by the words or days in column ``labels``.

    ``says`` is read to whoever does not see it.
    """

    shape: Literal["bar", "column"]
    title: str
    labels: int
    series: tuple[int, ...]
    rows: int
    says: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table and what stands above it. Without rows, ``empty`` stands in place of the table.

    ``breaks_at``: rows before which a new page begins when it is printed.
    """

    name: str
    title: str
    about: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    chart: Chart | None = None
    breaks_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook. Aware instants in it are shown as the clock on the wall in ``zone`` shows them."""

    title: str
    subject: str
    author: str
    made_at: datetime
    zone: ZoneInfo
    sheets: tuple[Sheet, ...]
    language: str = "en-GB"


def cohort_workbook(cohort: Cohort, *, contact: str) -> Workbook:
    """The workbook of a cohort as it stands. ``contact`` is whom to ask about it."""
    sheets = (
        _today(cohort),
        _weeks(cohort),
        _applications(cohort),
        _waiting(cohort),
        _pairs(cohort),
        _sessions(cohort),
        _attendance(cohort),
        _guests(cohort),
        _checkins(cohort),
        _funnel(cohort),
        _losses(cohort),
        _organisations(cohort),
        _evaluation(cohort),
    )
    notes = _notes(cohort)
    name = name_of(cohort)
    return Workbook(
        title=f"{name}: the cohort on {wording.day(cohort.day(cohort.now))}",
        subject="Applications, pairs, sessions and check-ins of a cohort, for the team. Not for publication.",
        author=clean(cohort.programme.host),
        made_at=cohort.now,
        zone=cohort.programme.tz,
        sheets=(_cover(cohort, name, contact, (notes, *sheets)), notes, *sheets),
    )


def name_of(cohort: Cohort) -> str:
    """What a cohort is called on a cover."""
    number = cohort.programme.cohort
    return clean(cohort.programme.name) + (f", cohort {number}" if number is not None else "")


def _cover(cohort: Cohort, name: str, contact: str, others: Sequence[Sheet]) -> Sheet:
    return new_sheet(
        "Cover",
        name,
        [
            f"How the cohort stands at {wording.moment(cohort.now, cohort.programme.tz)}, UK time.",
            "For the team that runs the programme. Not for publication: it names people, and its numbers are exact.",
            "Numbers that leave the team come from the command 'foi pack', which protects small ones.",
            f"Questions about this workbook: {contact}." if contact else "",
            "Contents, one row for each other sheet:",
        ],
        [Column("Sheet", Kind.LINK), Column("What it shows"), Column("Rows", Kind.NUMBER)],
        [(sheet.name, sheet.title, len(sheet.rows)) for sheet in others],
        empty="",
    )


def _notes(cohort: Cohort) -> Sheet:
    grace = cohort.programme.approval.grace_days
    notes: dict[str, str] = {
        "Who is counted": "Everybody who applied, but for tests, applications that became another one, and people "
        "whose data was erased. Who applied for both roles is counted in each.",
        "What is left out": "Topics, what people wrote about themselves, access needs, answers to equality questions, "
        "what managers wrote, and the words of check-ins.",
        "Dates and times": "UK time. The tables of the app hold the same instants in UTC.",
        "Empty cells": "There is nothing to say: not yet, or not of this row.",
        NOT_APPLICABLE: "Not applicable: the way of this role has no such step.",
        CONFIDENTIAL: "Confidential, on the sheet Evaluation: from 1 to 7. Other numbers there are to the nearest 5, "
        "and totals are rounded by themselves, so numbers may not add up. What has hardly moved is told as it was.",
        "Days": "Whole days on the calendar since the date beside them.",
        "Organisation": "As the programme's list names it. What is on no list stands as people type it: spellings "
        "that differ only in capitals, blanks, points or '&' count as one, under the one that most people use.",
        "Level": "As people type it, with Agenda for Change bands in one way.",
        "Steps of the funnel": "Each is counted by itself. A meeting was held if one of the two says so.",
        "Who came to a session": "As noted under Attended in Bookings. Where nobody noted it, a place in a session "
        "that is over counts, if the invitation was not declined.",
        cohort.says("Line managers"): f"Their answers count until {grace} days after the closing date, or after "
        "somebody was let in later.",
        "Would like to talk": "Such a wish stands on the sheet Waiting, without a name.",
    }
    return new_sheet(
        "Notes",
        "What the words and numbers mean",
        ["One table."],
        [Column("About"), Column("Note")],
        list(notes.items()),
        empty="",
    )


def _today(cohort: Cohort) -> Sheet:
    roles = _roles(cohort)
    rows: list[tuple[Cell, ...]] = []
    statuses = figures.counts(cohort, By.STATUS)
    for by in (By.STATUS, By.ROLE, By.AREA, By.SECTOR, By.LEVEL, By.MONTH, By.SESSION):
        counted = statuses if by is By.STATUS else figures.counts(cohort, by)
        rows += [(_GROUPS[by], count.what, *_by_role(count.by_role, roles), count.total) for count in counted]
    waits = [wait.whom for wait in figures.waits(cohort)]
    by_status = [pair.status for pair in cohort.pairs]
    none = [None for _ in roles]
    rows += [("Waiting for", cohort.says(whom.value), *none, waits.count(whom)) for whom in figures.Whom]
    rows += [("Pairs by status", status.value.capitalize(), *none, by_status.count(status)) for status in PairStatus]
    titles = [cohort.title(role) for role in roles]
    return new_sheet(
        "Today",
        "The cohort in numbers",
        ["One table, with a chart of the first rows to its right. Choose a group with the filter."],
        [Column("Group"), Column("What"), *(Column(title, Kind.NUMBER) for title in titles), _ALL],
        rows,
        empty="",
        chart=_chart(
            "bar", "Applications by status", 1, range(2, 2 + len(roles)), [(c.what, c.total) for c in statuses]
        ),
    )


_ALL: Final = Column("All", Kind.NUMBER)
_GROUPS: Final = {
    By.STATUS: "Applications by status",
    By.ROLE: "Applications by role",
    By.AREA: "Applications by area",
    By.SECTOR: "Applications by type of organisation",
    By.LEVEL: "Applications by level",
    By.MONTH: "Applications by month",
    By.SESSION: "Places taken in sessions",
}


def _weeks(cohort: Cohort) -> Sheet:
    roles = _roles(cohort)
    titles = [cohort.title(role) for role in roles]
    weeks = figures.counts(cohort, By.WEEK)
    told = [(wording.short_day(week.first_day) if week.first_day else week.what, week.total) for week in weeks]
    return new_sheet(
        "Weeks",
        "Applications by week",
        ["One table, with a chart to its right. A week is named by its Monday."],
        [Column("Week from", Kind.DAY), *(Column(title, Kind.NUMBER) for title in titles), _ALL],
        [(week.first_day, *_by_role(week.by_role, roles), week.total) for week in weeks],
        empty="Nobody has applied yet.",
        chart=_chart("column", "Applications by week", 0, range(1, 1 + len(roles)), told),
    )


def _applications(cohort: Cohort) -> Sheet:
    programme = cohort.programme
    names = figures.organisations(cohort)
    places: dict[str, list[str]] = {}
    for session in figures.sessions(cohort):
        for booking in session.booked:
            words = figures.session_name(programme, session.group, session.session)
            places.setdefault(booking.reference, []).append(words)
    own = _own_questions(cohort)
    rows: list[tuple[Cell, ...]] = []
    for a in cohort.applications:
        request = a.request
        rows.append(
            (
                a.reference,
                a.person.full_name,
                a.person.email,
                cohort.title(a.role),
                a.status.value,
                next_step(programme, a, cohort.closes_at, cohort.now),
                names[a.reference],
                figures.in_words(programme, "sector", a.person.sector),
                figures.in_words(programme, "area", a.person.area),
                a.person.job_title,
                figures.level(a.person.band) if a.person.band else None,
                a.manager.name,
                a.manager.email,
                a.received_at,
                request.asked_at if request else None,
                request.answered_at if request else None,
                "Yes" if a.previous_participant else "No",
                "; ".join(places.get(a.reference, ())),
                wording.listed(list(a.pairs)),
                *(next((one.words for one in a.told if one.id == id_), None) for id_ in own),
            )
        )
    releaser = cohort.says("Line manager").rpartition(" ")[2].capitalize()
    return new_sheet(
        "Applications",
        "Everybody who applied",
        ["One table, in the order in which applications arrived."],
        [
            *map(Column, ("Reference", "Name", "Email", "Role", "Status", "Next step", "Organisation")),
            *map(Column, ("Type of organisation", "Area", "Job title", "Level")),
            *(Column(cohort.says(title)) for title in ("Line manager", "Line manager's email")),
            *(Column(title, Kind.MOMENT) for title in ("Received", f"{releaser} asked", f"{releaser} answered")),
            *map(Column, ("Took part before", "Sessions", "Pair")),
            *map(Column, own.values()),
        ],
        rows,
        empty="Nobody has applied yet.",
    )


def _own_questions(cohort: Cohort) -> dict[str, str]:
    """The programme's own questions that administrators may see, by id: those of today, and those answered before."""
    titles = {q.field: q.title for q in cohort.programme.questions if q.sees is Sees.ADMINISTRATORS}
    for application in cohort.applications:
        for one in application.told:
            titles.setdefault(one.id, one.title)
    return titles


def _waiting(cohort: Cohort) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    for wait in figures.waits(cohort):
        of = cohort.people.get(wait.reference)
        rows.append(
            (
                cohort.says(wait.whom.value),
                wait.name,
                cohort.says(wait.what),
                wait.reference,
                of.person.full_name if of else None,
                cohort.title(of.role) if of else None,
                wait.since,
                wait.days,
                wait.until,
                wait.command,
            )
        )
    return new_sheet(
        "Waiting",
        "Who waits for whom",
        ["One table: what the team has to do first, then by who it is; who has waited longest comes first."],
        [
            *map(Column, ("Waiting for", "Name", "What for", "Reference", "Applicant", "Role")),
            Column("Since", Kind.MOMENT),
            Column("Days", Kind.NUMBER),
            Column("Until", Kind.MOMENT),
            Column("Command"),
        ],
        rows,
        empty="Nobody waits for anybody.",
    )


def _titles_of_pair(cohort: Cohort) -> tuple[str, str]:
    """The headings of the two people of a pair, which no two columns may share."""
    first, second = (cohort.title(cohort.programme.model.role_at(seat)) for seat in Seat)
    return first, f"{second} (the other)" if second == first else second


def _pairs(cohort: Cohort) -> Sheet:
    pairs = figures.pairs(cohort)
    most = max((len(pair.meetings) for pair in pairs), default=0)
    rows: list[tuple[Cell, ...]] = [
        (
            one.pair.row or one.pair.id,
            one.pair.status.value.capitalize(),
            cohort.name(one.pair.mentor),
            cohort.name(one.pair.mentee),
            one.pair.mentor,
            one.pair.mentee,
            None if one.pair.start == NO_DAY else one.pair.start,
            one.met,
            one.last_met,
            one.silent_for,
            *(word.value for word in one.meetings),
            *(None for _ in range(most - len(one.meetings))),
        )
        for one in pairs
    ]
    mentor, mentee = _titles_of_pair(cohort)
    return new_sheet(
        "Pairs",
        "Pairs and their meetings",
        ["One table, in order of the first day."],
        [
            *map(Column, ("Pair", "Status", mentor, mentee, f"{mentor}'s reference", f"{mentee}'s reference")),
            Column("First day", Kind.DAY),
            Column("Meetings held", Kind.NUMBER),
            Column("Last met", Kind.DAY),
            Column("Check-ins without an answer in a row", Kind.NUMBER),
            *(Column(f"Meeting {number}") for number in range(1, most + 1)),
        ],
        rows,
        empty="There are no pairs yet.",
    )


_PLACES: Final = (
    *("Capacity", "Booked", "Kept for somebody", "Free", "Waiting", "Declined", "Confirmed"),
    *("Came", "Did not come"),
)


def _sessions(cohort: Cohort) -> Sheet:
    return new_sheet(
        "Sessions",
        "Sessions and their places",
        ["One table, in the order of the programme. Who is booked stands on the sheet Attendance."],
        [
            Column("Session"),
            Column("Purpose"),
            Column("Status"),
            Column("Begins", Kind.MOMENT),
            Column("Ends", Kind.MOMENT),
            Column("As printed"),
            Column("Place"),
            *(Column(title, Kind.NUMBER) for title in _PLACES),
        ],
        [
            (
                one.session.id,
                one.group.title,
                one.session.status.value.capitalize(),
                one.session.starts_at,
                one.session.ends_at,
                one.session.printed,
                one.session.place,
                one.session.capacity,
                len(one.booked),
                one.kept,
                one.free,
                one.waiting,
                one.declined,
                one.confirmed,
                *((one.came, one.stayed_away) if one.is_noted else (None, None)),
            )
            for one in figures.sessions(cohort)
        ],
        empty="The programme has no sessions.",
    )


def _guests(cohort: Cohort) -> Sheet:
    """Who is invited to what everybody attends, by name alone: nothing tells a guest's role, which may tell more."""
    rows: list[tuple[Cell, ...]] = []
    for one in figures.sessions(cohort):
        if one.group.attend is not Attendance.ALL_OF or set(one.group.roles) != set(cohort.programme.roles):
            continue
        names = [(cohort.name(b.reference), RESPONSES.get(b.response, b.response)) for b in one.booked]
        if one.session.starts_at is None:
            approved = [a for a in cohort.applications if a.status is Status.APPROVED]
            names = [(a.person.full_name or figures.NOT_GIVEN, "Not invited yet") for a in approved]
        names.sort(key=lambda guest: (guest[0].casefold(), guest[0]))
        rows += [(one.group.title, one.session.starts_at, name, answer) for name, answer in names]
    return new_sheet(
        "Guests",
        "Guest lists of what everybody attends",
        ["One table, in order of name. Roles and employers are left out on purpose: print this one for the door."],
        [Column("Event"), Column("Starts", Kind.MOMENT), Column("Name"), Column("Invitation")],
        rows,
        empty="The programme has no event that everybody attends, or nobody is approved yet.",
    )


def _attendance(cohort: Cohort) -> Sheet:
    """By session and name, each session on a page of its own. Roles stay out: a trainer needs names alone."""
    rows: list[tuple[Cell, ...]] = []
    breaks = []
    names = figures.organisations(cohort)
    for one in figures.sessions(cohort):
        if one.booked and rows:
            breaks.append(len(rows))
        for booking in one.booked:
            rows.append(  # noqa: PERF401 -- the row before the first of each session is noted in between
                (
                    one.group.title,
                    one.session.starts_at,
                    cohort.name(booking.reference),
                    booking.email,
                    names[booking.reference],
                    booking.attendance.capitalize(),
                    RESPONSES.get(booking.response, booking.response),
                    "Yes" if booking.confirmed else "No",
                    None if booking.attended is None else "Yes" if booking.attended else "No",
                    booking.session,
                    booking.reference,
                )
            )
    return new_sheet(
        "Attendance",
        "Attendance lists",
        ["One table. Printed, each session begins a page. Fill in Attended, and it can be brought back."],
        [
            Column("Purpose"),
            Column("Begins", Kind.MOMENT),
            *map(Column, ("Name", "Email", "Organisation", "Attendance", "Invitation", "Confirmed", "Attended")),
            *map(Column, ("Session", "Reference")),
        ],
        rows,
        empty="Nobody is booked yet.",
        breaks_at=breaks,
    )


RESPONSES: Final = {
    "": "No answer",
    "accepted": "Accepted",
    "declined": "Declined",
    "tentative": "Perhaps",
}


def _checkins(cohort: Cohort) -> Sheet:
    rows = {pair.id: pair.row for pair in cohort.pairs}
    return new_sheet(
        "Check-ins",
        "Check-ins, without what people wrote",
        ["One table, by pair and meeting. Ratings are from 1 to 5."],
        [
            Column("Pair"),
            Column("Meeting", Kind.NUMBER),
            *map(Column, ("Role", "Name", "Reference", "Status")),
            Column("Asked on", Kind.MOMENT),
            Column("Met"),
            Column("Met on", Kind.DAY),
            Column("Rating", Kind.NUMBER),
            Column("Answered", Kind.MOMENT),
        ],
        [
            (
                rows.get(checkin.pair) or checkin.pair,
                checkin.meeting,
                cohort.title(cohort.programme.model.role_at(checkin.seat)),
                cohort.name(checkin.reference),
                checkin.reference,
                checkin.status.value,
                checkin.due_at,
                None if checkin.met is None else "Yes" if checkin.met else "No",
                checkin.met_on,
                checkin.rating,
                checkin.answered_at,
            )
            for checkin in cohort.checkins
        ],
        empty="There are no check-ins yet.",
    )


def _funnel(cohort: Cohort) -> Sheet:
    roles = _roles(cohort)
    titles = [cohort.title(role) for role in roles]
    way = figures.funnel(cohort)
    applied, lost = len(cohort.applications), sum(loss.total for loss in way.losses)
    rows = [
        (
            cohort.says(step.step.value),
            *(step.by_role.get(role, NOT_APPLICABLE) for role in roles),
            step.total,
            round(100 * step.total / applied) if applied else NOT_APPLICABLE,
        )
        for step in way.steps
    ]
    return new_sheet(
        "Funnel",
        "The way from applying to evaluation",
        [
            "One table, with a chart to its right.",
            f"Applied: {applied}. Completed: {way.completed}. Waiting or taking part: {way.under_way}. Lost: {lost}.",
            *figures.not_counted(cohort),
        ],
        [
            Column("Step"),
            *(Column(title, Kind.NUMBER) for title in titles),
            _ALL,
            Column("Percent of all who applied", Kind.NUMBER),
        ],
        rows,
        empty="",
        chart=_chart(
            "bar",
            "From applying to evaluation",
            0,
            [1 + len(roles)],
            [(cohort.says(s.step), s.total) for s in way.steps],
        ),
    )


def _losses(cohort: Cohort) -> Sheet:
    roles = _roles(cohort)
    return new_sheet(
        "Losses",
        "Why people were lost, and after which step",
        ["One table, in the order of the funnel's steps."],
        [Column("After"), Column("Why"), *(Column(cohort.title(role), Kind.NUMBER) for role in roles), _ALL],
        [
            (cohort.says(loss.after.value), cohort.says(loss.why.value), *_by_role(loss.by_role, roles), loss.total)
            for loss in figures.funnel(cohort).losses
        ],
        empty="Nobody has been lost.",
    )


def _organisations(cohort: Cohort) -> Sheet:
    roles = _roles(cohort)
    titles = [cohort.title(role) for role in roles]
    names = figures.organisations(cohort)
    paired = {r for p in cohort.pairs if p.status in figures.TOGETHER for r in (p.mentor, p.mentee)}
    took: dict[str, list[int]] = {}
    typed: dict[str, set[str]] = {}
    for a in cohort.applications:
        name = names[a.reference]
        typed.setdefault(name, set()).add(clean(a.person.organisation))
        sums = took.setdefault(name, [0, 0])
        sums[0] += a.status.value == "Approved"
        sums[1] += a.reference in paired
    return new_sheet(
        "Organisations",
        "Applications by organisation",
        ["One table, by name. Spellings: how many ways people typed it."],
        [
            Column("Organisation"),
            *(Column(title, Kind.NUMBER) for title in titles),
            _ALL,
            Column("Approved", Kind.NUMBER),
            Column("In a pair", Kind.NUMBER),
            Column("Spellings", Kind.NUMBER),
        ],
        [
            (c.what, *_by_role(c.by_role, roles), c.total, *took[c.what], len(typed[c.what]))
            for c in figures.counts(cohort, By.ORGANISATION)
        ],
        empty="Nobody has applied yet.",
    )


def _evaluation(cohort: Cohort) -> Sheet:
    """Protected numbers alone: who answers a few questions of a few people is soon known."""
    rows: list[tuple[Cell, ...]] = []
    for table in cohort.evaluation.tables:
        rows += [(table.title, label, _seen(number), table.day) for label, number in table.cells]
        rows.append((table.title, "All", _seen(table.total), table.day))
        rate = return_rate(table)
        if rate is not None:
            rows.append((table.title, "Return rate in percent", rate, table.day))
    return new_sheet(
        "Evaluation",
        "What people make of the programme",
        [
            "One table. Small numbers are protected (see Notes); answers name nobody.",
            *cohort.evaluation.notes,
        ],
        [Column("What"), Column("Answer"), Column("People", Kind.NUMBER), Column("As of", Kind.DAY)],
        rows,
        empty="Nobody has answered yet." if cohort.programme.evaluation else "The programme's file asks nothing.",
    )


def _seen(number: int | None) -> int | str:
    return CONFIDENTIAL if number is None else number


def _roles(cohort: Cohort) -> list[Role | None]:
    """The columns for roles; one more if somebody's role is not known."""
    roles: list[Role | None] = [*cohort.programme.roles]
    return [*roles, None] if any(a.role not in roles for a in cohort.applications) else roles


def _by_role(counted: Mapping[Role | None, int], roles: Sequence[Role | None]) -> list[int]:
    return [counted.get(role, 0) for role in roles]


def _chart(
    shape: Literal["bar", "column"],
    title: str,
    labels: int,
    series: Sequence[int],
    told: Sequence[tuple[str, int]],
) -> Chart | None:
    """The chart, with its numbers in words; None if all of them are 0."""
    if not any(number for _, number in told):
        return None
    words = [f"{what} {number}" for what, number in told[:_MOST_IN_ALT_TEXT]]
    rest = len(told) - len(words)
    more = f"; and {rest} more" if rest > 0 else ""
    says = f"{shape.capitalize()} chart: {title}. {'; '.join(words)}{more}. The table has the same numbers."
    return Chart(shape, title, labels, tuple(series), len(told), says)


def new_sheet(
    name: str,
    title: str,
    about: Iterable[str],
    columns: Iterable[Column],
    rows: Iterable[tuple[Cell, ...]],
    *,
    empty: str,
    chart: Chart | None = None,
    breaks_at: Iterable[int] = (),
) -> Sheet:
    """A sheet in which every text is safe to show, since what was typed by hand may hold anything.

    Two columns with one head, such as a role that is called like another column, are told apart by a number.
    """
    heads: dict[str, Column] = {}
    for column in columns:
        head = unique = clean(column.title)[:_LONGEST_HEAD]
        number = 1
        while unique.casefold() in heads:
            number += 1
            unique = f"{head} ({number})"
        heads[unique.casefold()] = Column(unique, column.kind)
    cleaned = tuple(tuple(clean(cell) or None if isinstance(cell, str) else cell for cell in row) for row in rows)
    return Sheet(
        name,
        title,
        tuple(clean(line) for line in about if line),
        tuple(heads.values()),
        cleaned,
        empty,
        chart,
        tuple(breaks_at),
    )
