"""The team's workbook holds its cohort, and nothing of what people told about themselves."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from shared.domain.pairs import CheckInAnswer
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, TOM, approved_pair, command, mails_to, manager_says
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee, token

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


async def everything_the_team_gets(*, words: str, topics: list[str], cover: bool) -> dict[str, object]:
    """A pair that has begun, of people who told these things: every file, and every mail to the team."""
    world = World()
    told = {"topics": topics, "about_you": words, "access_needs": words, "rather_not_with": words, "cover": cover}
    await world.tick()
    await world.submit(answers(**told))
    await world.submit(mentee(**told))
    await manager_says(world, "priya.shah@example.nhs.uk")
    await manager_says(world, GRACE)
    people = (str(world.application(Role=role)["RowKey"]) for role in ("mentor", "mentee"))
    row = dict(zip(("Mentor", "Mentee"), people, strict=True)) | {"StartDate": "2026-04-20", "Status": "confirmed"}
    world.clock.set(datetime(2026, 4, 13, 12, tzinfo=UTC))
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", **row})
    for day in (datetime(2026, 4, 13, 13, tzinfo=UTC), datetime(2026, 5, 20, 9, tzinfo=UTC)):
        await world.tick(day)
    link = token(world.letters(AMARA, "Meeting 1")[0], "checkins")
    await world.app.checkins.answer(
        link, CheckInAnswer(met=True, met_on=date(2026, 5, 1), rating=4, note=words, wants_to_talk=True)
    )
    await world.app.tick.daily()
    await world.run()
    for key, word in enumerate(("workbook", "foi pack", "confirm foi pack", "evaluation figures", "equality figures")):
        await command(world, word, "", key=str(key))
    mails = [(letter.subject, letter.html) for letter in world.mailbox.sent_to(ADMINISTRATORS)]
    answered = [(row["Command"], row["Result"]) for row in world.rows(TableName.COMMANDS)]
    return {**world.reports.files, "mails": mails, "answers": answered}


async def test_what_people_told_about_themselves_changes_no_byte_of_anything_that_the_team_gets() -> None:
    one = await everything_the_team_gets(words="one", topics=["race"], cover=False)
    another = await everything_the_team_gets(words="another thing", topics=["religion", "lgbtq_plus"], cover=True)

    assert {NAME, PAGE, f"{PROGRAMME}/foi.html"} <= one.keys()
    assert len(one["mails"]) >= 2  # type: ignore[arg-type] # a list
    assert another == one


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
