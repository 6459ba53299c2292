"""People who took part in an earlier cohort: what is kept of them, and reading them from a sheet, row by row.

Nothing of what they told an earlier cohort about themselves is taken over.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType

from shared.domain.addresses import email_problem
from shared.domain.answers import email_key
from shared.domain.ending import Wish
from shared.domain.text import LONGEST_LINE, clean, is_broken, match_key


@dataclass(frozen=True, slots=True)
class Details:
    """What a person who took part before can confirm or change."""

    full_name: str
    email: str
    job_title: str = ""
    band: str = ""
    organisation: str = ""
    sector: str = ""
    area: str = ""
    manager_name: str = ""
    manager_email: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """One person of an earlier cohort. ``keep_until`` is the last day on which the details may be used.

    ``partners`` are pseudonyms of those they were paired with.
    ``wishes`` are what they said on their own page, at the end, that they would like.
    """

    details: Details
    cohort: str
    keep_until: date
    partners: frozenset[str] = frozenset()
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one cell of a sheet. ``row`` is its number there, 1 for the headings; it quotes no answer."""

    row: int
    column: str
    says: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What bringing a sheet into a table came to: rows that are new, changed and as they were, and every problem."""

    new: int
    changed: int
    same: int
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: the good rows, every problem, and the columns that are left out.

    ``partners`` are the addresses of those whom people were paired with, by the person's own.
    """

    details: tuple[Details, ...]
    problems: tuple[RowProblem, ...]
    left_out: tuple[str, ...]
    partners: Mapping[str, tuple[str, ...]] = MappingProxyType({})


_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "full_name": ("full name", "name", "your full name"),
    "email": ("email", "email address", "work email", "work email address", "your work email address"),
    "job_title": ("job title", "your job title"),
    "band": ("band", "pay band"),
    "organisation": ("organisation", "organization", "employer"),
    "sector": ("sector",),
    "area": ("area",),
    "manager_name": ("line manager", "manager name", "line manager name", "line manager's name"),
    "partners": ("partner", "partners", "partner email", "partner's email", "partner's email address"),
    "manager_email": ("manager email", "line manager email", "line manager's email", "line manager's email address"),
}
_NEEDED = ("full_name", "email")
_PARTNERS = "partners"
_BETWEEN = re.compile(r"[\s,;]+")


def read_sheet(rows: Iterable[Sequence[str]], options: Mapping[str, frozenset[str]]) -> Sheet:
    """Read a sheet whose first row has the headings. ``options`` are the ids that sector and area may have.

    Where a programme lists none, its form takes any words, and so does this.
    """
    numbered = [(number, row) for number, row in enumerate(rows, start=1) if any(clean(cell) for cell in row)]
    if not numbered:
        return Sheet((), (RowProblem(1, "", "The sheet is empty."),), ())
    (_, headings), *body = numbered
    columns, left_out = _columns(headings)
    missing = [
        RowProblem(1, _HEADINGS[f][0], "There is no column with this heading.") for f in _NEEDED if f not in columns
    ]
    twice = [
        RowProblem(1, _HEADINGS[field][0], "Two columns have this heading. Keep one.")
        for field, places in columns.items()
        if len(places) > 1
    ]
    if missing or twice:
        return Sheet((), (*missing, *twice), left_out)
    found: list[Details] = []
    partners: dict[str, tuple[str, ...]] = {}
    problems: list[RowProblem] = []
    first_row: dict[str, int] = {}
    for number, row in body:
        cells = {field: row[places[0]] if places[0] < len(row) else "" for field, places in columns.items()}
        wrong = [RowProblem(number, _HEADINGS[f][0], says) for f, says in _problems(cells, options)]
        key = email_key(cells["email"])
        if key in first_row:
            wrong.append(RowProblem(number, "email", f"The same address is in row {first_row[key]}. Keep one row."))
        elif key:
            first_row[key] = number
        if wrong:
            problems += wrong
        else:
            met = tuple(filter(None, _BETWEEN.split(clean(cells.pop(_PARTNERS, "")))))
            details = Details(**{field: clean(value) for field, value in cells.items()})
            found.append(details)
            partners |= {details.email: met} if met else {}
    return Sheet(tuple(found), tuple(problems), left_out, MappingProxyType(partners))


def _columns(headings: Sequence[str]) -> tuple[dict[str, list[int]], tuple[str, ...]]:
    """Where each field stands, and the headings that mean none."""
    meant = {heading: field for field, names in _HEADINGS.items() for heading in map(match_key, names)}
    columns: dict[str, list[int]] = {}
    left_out = []
    for place, heading in enumerate(headings):
        field = meant.get(match_key(heading))
        if field is not None:
            columns.setdefault(field, []).append(place)
        elif clean(heading):
            left_out.append(clean(heading)[:LONGEST_LINE])
    return columns, tuple(left_out)


def _problems(cells: Mapping[str, str], options: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    found = []
    for field, value in cells.items():
        text = clean(value)
        if is_broken(value):
            found.append((field, "It holds characters that cannot be read."))
        elif len(text) > LONGEST_LINE:
            found.append((field, f"It is longer than {LONGEST_LINE} characters."))
        elif not text and field in _NEEDED:
            found.append((field, "It is empty."))
        elif text and field in {"email", "manager_email"} and email_problem(text):
            found.append((field, "It is not an email address that mail can reach."))
        elif field == _PARTNERS and any(map(email_problem, filter(None, _BETWEEN.split(text)))):
            found.append((field, "It holds something other than email addresses with a blank between them."))
        elif text and options.get(field) and text not in options[field]:
            found.append((field, f"It is none of: {', '.join(sorted(options[field]))}."))
    return found


FIELDS = tuple(field.name for field in fields(Details))
