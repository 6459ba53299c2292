"""What the team's files cost, read back by a second library, and what a reader of everything published finds."""

import time
from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO

from openpyxl import load_workbook

from shared.adapters.rendering import JinjaRenderer
from shared.adapters.workbook import written
from shared.domain.cohort_page import cohort_page
from shared.domain.workbook import Cell, Workbook, cohort_workbook
from tests.bench.report import Line, Outcome, Sheet
from tests.unit.domain.publications import Tally, a_whole_cohort, published

_CONTACT = "equality.team@example.nhs.uk"
_REAL, _MANY = 82, 2_000
_COHORTS = 120
_KB = 1024
_MOST_SECONDS = 30.0


def measure() -> Outcome:
    files = {size: _files(size) for size in (_REAL, _MANY)}
    tally = sum((published(seed) for seed in range(_COHORTS)), Tally())
    (seconds, kb, page_seconds, page_kb, _), (many_seconds, many_kb, _, many_page_kb, _) = files.values()
    lines = [
        Line(
            f"workbook of {_REAL:,} / of {_MANY:,} people",
            "s",
            seconds,
            many_seconds,
            "below 30 s",
            _fits(many_seconds),
        ),
        Line("its size", "KB", kb, many_kb, "below 1 MB", kb < _KB),
        Line("the page of the cohort", "KB", page_kb, many_page_kb),
        Line("the same", "s", page_seconds, files[_MANY][2]),
        Line(
            "hidden numbers worked out exactly / hidden",
            "cells",
            tally.exact,
            tally.hidden,
            "none",
            tally.exact == tally.nearly == 0,
        ),
    ]
    head = ("people", "sheets", "rows", "cells that came back as they were", "others")
    rows = [(f"{size:,}", *(f"{number:,}" for number in found[4])) for size, found in files.items()]
    attacked = (
        f"{_COHORTS} invented cohorts, each published three times: {tally.tables:,} tables with {tally.hidden:,} "
        f"hidden numbers. {tally.left_out} tables tell less or nothing; known to be one of two: {tally.nearly}."
    )
    return Outcome(lines, note=attacked, sheets=[Sheet("Workbooks read back with openpyxl", head, rows)])


def _fits(seconds: float) -> bool:
    return seconds < _MOST_SECONDS


def _files(size: int) -> tuple[float, float, float, float, tuple[int, int, int, int]]:
    cohort = a_whole_cohort(size)
    values = cohort_workbook(cohort, contact=_CONTACT)
    seconds, data = _timed(lambda: written(cohort_workbook(cohort, contact=_CONTACT)))
    renderer = JinjaRenderer()
    page_seconds, page = _timed(
        lambda: renderer.report("cohort", {"page": cohort_page(cohort, contact=_CONTACT)}).encode()
    )
    return seconds, len(data) / _KB, page_seconds, len(page) / _KB, _read_back(values, data)


def _timed(make: Callable[[], bytes]) -> tuple[float, bytes]:
    begun = time.process_time()
    made = make()
    return time.process_time() - begun, made


def _read_back(values: Workbook, data: bytes) -> tuple[int, int, int, int]:
    """Sheets, rows, cells that are the same, cells that are not."""
    book = load_workbook(BytesIO(data))
    rows = same = others = 0
    for sheet in values.sheets:
        if not sheet.rows:
            continue
        page = book[sheet.name]
        (table,) = page.tables.values()
        for wanted, found in zip(sheet.rows, page[table.ref][1:], strict=True):
            rows += 1
            alike = [_shown(cell, values) == there.value for cell, there in zip(wanted, found, strict=True)]
            same, others = same + sum(alike), others + len(alike) - sum(alike)
    return len(book.sheetnames), rows, same, others


def _shown(cell: Cell, values: Workbook) -> Cell:
    """As openpyxl gives it: days have a time, and no instant has a zone."""
    if isinstance(cell, datetime):
        return cell.astimezone(values.zone).replace(tzinfo=None)
    return datetime(cell.year, cell.month, cell.day) if isinstance(cell, date) else cell  # noqa: DTZ001 -- a cell
