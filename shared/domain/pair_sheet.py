"""Pairs as they come back in a sheet: the workbook's sheet Pairs, or one that somebody has made, read row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.domain.earlier import RowProblem
from shared.domain.pairs import NO_DAY, PairStatus
from shared.domain.references import read_reference
from shared.domain.sheets import HEADINGS_WITHIN, columns_of, numbered
from shared.domain.text import as_word, match_key

_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d %B %Y", "%d %b %Y")
_OTHER_COLUMNS = {
    "status": "status",
    "first day": "start",
    "startdate": "start",
    "start date": "start",
    "overruled": "overruled",
}


@dataclass(frozen=True, slots=True)
class SheetPair:
    """One good row. ``number`` is its number in the sheet."""

    number: int
    mentor: str
    mentee: str
    status: PairStatus
    start: date
    overruled: str


@dataclass(frozen=True, slots=True)
class PairSheet:
    """What was read: the good rows and every problem."""

    pairs: tuple[SheetPair, ...]
    problems: tuple[RowProblem, ...]


def read_pairs(rows: Iterable[Sequence[str]]) -> PairSheet:
    """Read a sheet. Its table begins with the first row in which two headings are references of people."""
    given = numbered(rows)
    for place, (_, headings) in enumerate(given[:HEADINGS_WITHIN]):
        columns = _columns(headings)
        if {"mentor", "mentee", "status"} <= columns.keys():
            return _body(given[place + 1 :], columns)
    says = "There is no table with a column Status and two columns of references, such as Mentor and Mentee."
    return PairSheet((), (RowProblem(1, "", says),))


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Where each thing stands: of two columns of references the first is the mentor's."""
    found = columns_of(headings, _OTHER_COLUMNS)
    references = []
    for place, heading in enumerate(headings):
        key = match_key(heading)
        if key in {"mentor", "mentee"} or key.endswith("reference"):
            references.append((not key.endswith("reference"), place))
    # Beside columns of references, 'Mentor' and 'Mentee' hold names.
    places = [place for _, place in sorted(references)][:2]
    return {**found, **dict(zip(("mentor", "mentee"), sorted(places), strict=False))}


def _body(rows: Sequence[tuple[int, Sequence[str]]], columns: dict[str, int]) -> PairSheet:
    pairs: list[SheetPair] = []
    problems: list[RowProblem] = []
    first: dict[frozenset[str], int] = {}
    for number, row in rows:
        cells = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
        if not any(cells[name] for name in ("mentor", "mentee")):
            continue
        read = _pair(number, cells)
        if isinstance(read, list):
            problems += read
            continue
        both = frozenset((read.mentor, read.mentee))
        if both in first:
            problems.append(RowProblem(number, "", f"The same two are in row {first[both]}. Keep one row."))
            continue
        first[both] = number
        pairs.append(read)
    return PairSheet(tuple(pairs), tuple(problems))


def _pair(number: int, cells: dict[str, str]) -> SheetPair | list[RowProblem]:
    wrong = []
    mentor, mentee = read_reference(cells["mentor"]), read_reference(cells["mentee"])
    for name, reference in (("mentor", mentor), ("mentee", mentee)):
        if reference is None:
            wrong.append(RowProblem(number, name, "It is not the reference of an application."))
    status = as_word(cells["status"], PairStatus)
    if status is None:
        wrong.append(RowProblem(number, "status", f"It is none of: {', '.join(PairStatus)}."))
    start = _day(cells.get("start", ""))
    if start is None:
        wrong.append(RowProblem(number, "first day", "It is not a date. Type it like 2026-04-20."))
    if mentor is None or mentee is None or status is None or start is None:
        return wrong
    return SheetPair(number, mentor, mentee, status, start, cells.get("overruled", ""))


def _day(typed: str) -> date | None:
    if not typed:
        return NO_DAY
    try:
        return datetime.fromisoformat(typed).date()
    except ValueError:
        pass
    for form in _DAYS:
        try:
            return datetime.strptime(typed, form).date()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return None
