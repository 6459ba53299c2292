"""Who came to a session: typed or out of a trainer's sheet, and what follows for certificate, figures and workbook."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from shared import attendance
from shared.stores.bookings import Bookings
from shared.stores.names import TableName
from tests.factories import AMARA, TOM, approved_pair, mails_to
from tests.world import ADMINISTRATORS, PROGRAMME, World

AFTER_TRAINING = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
WORKBOOK = f"{PROGRAMME}/workbook.xlsx"


async def _trained() -> tuple[World, str, str]:
    """A mentor and a mentee, booked in trainings that are over."""
    world = World()
    mentor, mentee = await approved_pair(world)
    world.clock.set(AFTER_TRAINING)
    return world, mentor, mentee


def brought(world: World, file: Path, *choices: str) -> int:
    return attendance.main([str(file), "--programme", PROGRAMME, *choices], world.app)


def noted(world: World) -> dict[str, object]:
    return {str(row["RowKey"]): row["Attended"] for row in world.rows(TableName.BOOKINGS) if row.get("Attended")}


def test_the_workbooks_own_list_filled_in_comes_back_and_again_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, mentor, mentee = asyncio.run(_trained())
    asyncio.run(world.app.workbooks.make(PROGRAMME))
    book = load_workbook(BytesIO(world.reports.files[WORKBOOK]))
    page = book["Attendance"]
    (table,) = page.tables.values()
    head, *rows = page[table.ref]
    place = {str(cell.value): number for number, cell in enumerate(head)}
    said = {"mentor-training-1": "yes", "mentee-training-1": " No"}
    for row in rows:
        row[place["Attended"]].value = said.get(str(row[place["Session"]].value))
    file = tmp_path / "workbook.xlsx"
    book.save(file)

    assert brought(world, file, "--dry-run") == 0
    assert noted(world) == {}
    assert brought(world, file) == 0
    assert noted(world) == {f"mentor-training-1.{mentor}": "yes", f"mentee-training-1.{mentee}": "no"}
    assert brought(world, file) == 0
    assert capsys.readouterr().out.splitlines()[-2] == "0 new, 0 changed, 2 as they were, 0 problems."


def test_a_trainers_own_list_goes_by_address_and_every_problem_is_named_by_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, mentor, _ = asyncio.run(_trained())
    file = tmp_path / "list.csv"
    lines = [f"{AMARA.upper()},yes", f"{TOM},yes", f"{AMARA},perhaps", ",", f"{AMARA},no"]
    file.write_text("\n".join(["Email,Attended", *lines]), encoding="utf-8")

    assert brought(world, file, "--session", "mentor-training-1") == 1
    told = capsys.readouterr().out
    for says in (
        "row 3, email: Nobody of this address has a place in mentor-training-1.",
        "row 4, attended: It is neither Yes nor No.",
        "row 6: Row 2 says the other about the same person and session.",
        "Nothing was stored.",
    ):
        assert says in told
    assert noted(world) == {}

    file.write_text(f"Email,Attended\n{AMARA},yes\n", encoding="utf-8")
    assert brought(world, file, "--session", "peer-1") == 1
    assert "peer-1 has not taken place yet" in capsys.readouterr().out
    assert brought(world, file) == 1
    assert "row 1: There is no table with a column Attended" in capsys.readouterr().out
    assert brought(world, file, "--session", "Mentor-training-1") == 0
    assert noted(world) == {f"mentor-training-1.{mentor}": "yes"}


async def test_a_word_that_is_neither_yes_nor_no_is_told_and_stops_nothing() -> None:
    world, mentor, _ = await _trained()
    key = f"mentor-training-1.{mentor}"

    await world.type_in(TableName.BOOKINGS, {"PartitionKey": PROGRAMME, "RowKey": key, "Attended": "perhaps"})
    await world.app.tick.daily()
    await world.run()

    assert mails_to(world, ADMINISTRATORS).count("daily digest") == 1
    (digest,) = [letter.html for letter in world.mailbox.sent_to(ADMINISTRATORS) if "Attended" in letter.html]
    assert f"Bookings, row {key}: column Attended cannot be read" in digest
    booking = await Bookings(world.tables(TableName.BOOKINGS)).get(PROGRAMME, "mentor-training-1", mentor)
    assert booking is not None
    assert booking.attended is None
    assert booking.came
