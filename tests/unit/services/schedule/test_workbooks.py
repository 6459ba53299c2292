"""The team's workbook holds its cohort, and nothing of what people told about themselves."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.factories import AMARA, TOM, approved_pair, command, mails_to
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee

NAME, PAGE = f"{PROGRAMME}/workbook.xlsx", f"{PROGRAMME}/cohort.html"


async def test_a_workbook_of_the_cohort_as_it_stands_lies_in_reports() -> None:
    world = World()
    await approved_pair(world)

    assert await world.app.workbooks.make(PROGRAMME) == (NAME, PAGE)

    book = load_workbook(BytesIO(world.reports.files[NAME]))
    typed = {str(cell.value) for row in book["Applications"].iter_rows() for cell in row}
    assert {"Amara Okafor", "Tom Hughes", AMARA, TOM} <= typed


async def test_a_programme_without_anybody_has_one_too_and_an_unknown_one_has_none() -> None:
    world = World()

    assert await world.app.workbooks.make(PROGRAMME) == (NAME, PAGE)
    assert await world.app.workbooks.make("no-such-programme") == ()
    assert list(world.reports.files) == [NAME, PAGE]
    assert "Nobody has applied yet." in world.reports.files[PAGE].decode()


async def test_what_people_told_about_themselves_changes_no_byte() -> None:
    made = []
    for topics, words in ((["race"], "one"), (["disability"], "another")):
        world = World()
        for form in (answers, mentee):
            await world.submit(form(topics=topics, about_you=words, access_needs=words))
        await world.app.workbooks.make(PROGRAMME)
        made.append((world.reports.files[NAME], world.reports.files[PAGE]))

    assert made[0] == made[1]


async def test_the_command_writes_it_now_and_says_where_it_lies() -> None:
    world = World()

    said = await command(world, "Workbook", "")

    assert said == f"Done: Written to the container reports: {NAME}, {PAGE}."
    assert list(world.reports.files) == [NAME, PAGE]


async def test_every_day_brings_a_new_one_and_one_that_fails_keeps_no_digest_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    await world.tick()
    await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
    await world.app.tick.daily()
    await world.run()
    first = world.reports.files.pop(NAME)
    world.reports.files.clear()
    await world.submit(answers(email="sam@example.nhs.uk", area="northamptonshire", sector="other_healthcare"))

    def failing(_: object) -> bytes:
        raise ZeroDivisionError("Amara Okafor")

    monkeypatch.setattr(world.app.workbooks, "_write", failing)
    world.clock.advance(timedelta(days=1))
    await world.app.tick.daily()
    await world.run()

    assert first
    assert world.reports.files == {}
    assert "has no new workbook: ZeroDivisionError" in caplog.text
    assert mails_to(world, ADMINISTRATORS).count("daily digest") == 2
