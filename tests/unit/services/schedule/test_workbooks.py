"""The team's workbook holds its cohort, and nothing of what people told about themselves."""

from io import BytesIO

from openpyxl import load_workbook

from tests.factories import AMARA, TOM, approved_pair
from tests.world import PROGRAMME, World, answers, mentee

NAME = f"{PROGRAMME}/workbook.xlsx"


async def test_a_workbook_of_the_cohort_as_it_stands_lies_in_reports() -> None:
    world = World()
    await approved_pair(world)

    assert await world.app.workbooks.make(PROGRAMME) == NAME

    book = load_workbook(BytesIO(world.reports.files[NAME]))
    typed = {str(cell.value) for row in book["Applications"].iter_rows() for cell in row}
    assert {"Amara Okafor", "Tom Hughes", AMARA, TOM} <= typed


async def test_a_programme_without_anybody_has_one_too_and_an_unknown_one_has_none() -> None:
    world = World()

    assert await world.app.workbooks.make(PROGRAMME) == NAME
    assert await world.app.workbooks.make("no-such-programme") == ""
    assert list(world.reports.files) == [NAME]


async def test_what_people_told_about_themselves_changes_no_byte() -> None:
    made = []
    for topics, words in ((["race"], "one"), (["disability"], "another")):
        world = World()
        for form in (answers, mentee):
            await world.submit(form(topics=topics, about_you=words, access_needs=words))
        await world.app.workbooks.make(PROGRAMME)
        made.append(world.reports.files[NAME])

    assert made[0] == made[1]
