"""What people need is listed for those who arrange it, in a file of its own that goes with the data."""

from datetime import UTC, datetime
from io import BytesIO

from openpyxl import load_workbook

from tests.factories import AMARA, approved_pair, command
from tests.world import PROGRAMME, World, answers

NAME = f"{PROGRAMME}/access-needs.xlsx"
NEED = "A room without stairs, please."


def sheet(world: World, name: str) -> list[tuple[object, ...]]:
    """The rows of the table of a sheet."""
    page = load_workbook(BytesIO(world.access.files[NAME]))[name]
    (table,) = page.tables.values()
    return [tuple(cell.value for cell in row) for row in page[table.ref][1:]]


async def test_who_arranges_access_finds_needs_by_session_and_person_and_nothing_else() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await world.app.workbooks.make(PROGRAMME)

    by_session = [(row[7], row[3], row[5]) for row in sheet(world, "Sessions") if row[4] == AMARA]
    assert ("mentor-training-1", "Amara Okafor", NEED) in by_session
    assert ("Amara Okafor", AMARA, NEED, mentor) in sheet(world, "People")
    assert {row[3] for row in sheet(world, "People")} <= {mentor, mentee}
    words = str([sheet(world, name) for name in ("Sessions", "People")]).casefold()
    assert not [word for word in ("i would like to share", "race", "disab", "partnership nhs trust") if word in words]
    assert NEED.encode() not in b"".join(world.reports.files.values())


async def test_nobody_waiting_for_a_manager_is_in_it_and_without_a_need_there_is_no_file() -> None:
    world = World()
    await world.submit(answers())

    await command(world, "workbook", "")

    assert world.access.files == {}


async def test_it_goes_with_the_person_and_comes_back_at_night_without_them() -> None:
    world = World()
    mentor, _ = await approved_pair(world)
    await command(world, "workbook", "")
    assert NAME in world.access.files

    await command(world, "erase", mentor, key="2")
    assert world.access.files == {}

    await world.app.tick.daily()
    assert NAME not in world.access.files or mentor not in str(sheet(world, "People"))


async def test_it_goes_when_the_programme_is_over() -> None:
    world = World()
    await approved_pair(world)
    await world.app.workbooks.make(PROGRAMME)

    world.clock.set(datetime(2027, 6, 1, 9, 0, tzinfo=UTC))
    await world.app.workbooks.make(PROGRAMME)

    assert world.access.files == {}
