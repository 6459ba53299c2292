"""Pairs that come back in a sheet: only what differs is written, and with one problem nothing is."""

from pathlib import Path

import pytest

from shared import pairs
from shared.stores.names import TableName
from tests.unit.services.pairs.test_drawing import Cohort
from tests.world import PROGRAMME


def brought(cohort: Cohort, folder: Path, *rows: str, dry_run: bool = False) -> int:
    file = folder / "pairs.csv"
    file.write_text("\n".join(["Mentor,Mentee,Status,First day,Overruled", *rows]), encoding="utf-8")
    options = [str(file), "--programme", PROGRAMME, *(["--dry-run"] if dry_run else [])]
    return pairs.main(options, cohort.world.app)


async def test_the_workbooks_own_sheet_comes_back_unchanged_and_one_changed_cell_is_one_change(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    from shared.domain.pair_sheet import read_pairs
    from shared.returning.sheets import rows_of

    cohort = Cohort()
    await cohort.people_are("M1", "M2", "E1", "E2")
    await cohort.types("draw pairs")
    await cohort.types("workbook")
    file = tmp_path / "workbook.xlsx"
    file.write_bytes(cohort.world.reports.files[f"{PROGRAMME}/workbook.xlsx"])
    app = cohort.world.app
    current = await app.programmes.current(PROGRAMME)
    assert current is not None

    same = await app.pair_sheets.bring_in(current, read_pairs(rows_of(file, sheet="Pairs")), store=True)
    assert (same.new, same.changed, same.same, same.problems) == (0, 0, 2, ())

    book = load_workbook(file)
    cell = next(cell for row in book["Pairs"].iter_rows() for cell in row if cell.value == "Draft")
    cell.value = "proposed"
    book.save(file)
    changed = await app.pair_sheets.bring_in(current, read_pairs(rows_of(file, sheet="Pairs")), store=True)
    assert (changed.new, changed.changed, changed.same) == (0, 1, 1)
    assert len(cohort.pairs("proposed")) == 1


async def _cohort() -> Cohort:
    cohort = Cohort()
    await cohort.people_are("M1", "E1", "E2")
    return cohort


def test_every_problem_is_listed_by_row_and_then_nothing_is_stored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    cohort = asyncio.run(_cohort())
    mentor, one, two = (cohort.people[name] for name in ("M1", "E1", "E2"))
    good = f"{mentor},{one}, Proposed ,04/05/2026,"

    assert (
        brought(cohort, tmp_path, good, f"{one},{two},proposed,,", f"x,{two},soon,never,", f"{mentor},{two},offered,,")
        == 1
    )
    told = capsys.readouterr().out
    for says in (
        "row 3: Mentor: this application is not for the role of mentor.",
        "row 4, mentor: It is not the reference of an application.",
        "row 4, status: It is none of: draft, proposed",
        "row 4, first day: It is not a date.",
        "row 5: Only the app writes 'offered'.",
        "1 new, 0 changed",
        "Nothing was stored. Mend the rows",
    ):
        assert says in told
    assert cohort.world.rows(TableName.PAIRS) == []

    assert brought(cohort, tmp_path, good, dry_run=True) == 0
    assert cohort.world.rows(TableName.PAIRS) == []
    assert brought(cohort, tmp_path, good, f"{mentor},{two},forbidden,,") == 0
    rows = {str(row["Status"]): row for row in cohort.world.rows(TableName.PAIRS)}
    assert (rows["proposed"]["StartDate"], rows["forbidden"]["Mentee"]) == ("2026-05-04", two)
    assert brought(cohort, tmp_path, good, good) == 1
    assert "row 3: The same two are in row 2." in capsys.readouterr().out
