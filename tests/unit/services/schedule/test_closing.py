"""Opening and closing as administrators type them, and what follows once."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA, CLOSES, PRIYA, TOM, mails_to, manager_says
from tests.visitor import Visitor
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers, mentee

LATER = datetime(2026, 3, 26, 23, 59, 59, tzinfo=UTC)


async def closes(world: World, value: Cell) -> None:
    await world.type_in(TableName.PROGRAMMES, {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "ClosesAt": value})


def test_the_last_second_of_the_closing_day_counts_and_the_next_one_is_late() -> None:
    async def story(seconds: float) -> str:
        world = World(now=CLOSES + timedelta(seconds=seconds))
        await world.submit()
        return str(world.application()["Status"])

    assert [asyncio.run(story(seconds)) for seconds in (-1, 0, 0.9, 1)] == [
        "Awaiting manager",
        "Awaiting manager",
        "Awaiting manager",
        "Late",
    ]


async def test_closing_is_summed_up_once_with_the_counts() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await world.submit(mentee())
    await world.submit(answers(email="third@example.nhs.uk", area="elsewhere"))
    await manager_says(world, PRIYA.email)
    await world.tick(CLOSES)
    assert mails_to(world, ADMINISTRATORS) == []
    for hours in range(1, 4):
        await world.tick(CLOSES + timedelta(hours=hours))

    assert mails_to(world, ADMINISTRATORS) == ["closing summary"]
    html = world.letters(ADMINISTRATORS)[0].html
    for words in ("<strong>3</strong>", "Approved: 1", "Awaiting manager: 1", "Not this cohort: 1"):
        assert words in html
    assert world.row(TableName.PROGRAMMES)["Status"] == "Closed"


async def test_an_extended_closing_date_lets_late_applications_in_and_moves_deadlines() -> None:
    world = World()
    await world.tick()
    await world.submit(mentee())
    await world.tick(CLOSES + timedelta(hours=10))
    await world.submit()
    assert world.application(Role="mentor")["Status"] == "Late"
    await closes(world, LATER)
    await world.later(minutes=5)
    await world.tick(CLOSES + timedelta(days=8))

    assert world.row(TableName.PROGRAMMES)["Status"] == "Open"
    assert {str(a["Role"]): str(a["Status"]) for a in world.rows(TableName.APPLICATIONS)} == {
        "mentor": "Awaiting manager",
        "mentee": "Awaiting manager",
    }
    assert mails_to(world, AMARA) == ["application received", "late application"]
    assert "Good news: your late application can be accepted." in world.letters(AMARA, "Good news")[0].html
    assert mails_to(world, TOM) == ["application received"]
    assert world.application(Role="mentee")["NextStep"] == "Waiting for Grace Bell to approve, reminder on 24 March"


async def test_a_reminder_follows_a_closing_date_that_was_moved() -> None:
    world = World()
    await world.tick()
    await world.submit()
    for day in range(1, 9):
        await world.tick(NINE + timedelta(days=day))
    await closes(world, "2026-03-26T23:59:59Z")
    for day in range(9, 60):
        await world.tick(NINE + timedelta(days=day))

    sent = [m["SentAt"] for m in world.rows(TableName.MESSAGES) if m["Kind"] == "approval reminder" and "SentAt" in m]
    assert datetime(2026, 3, 24, 9, 0, tzinfo=UTC) in sent
    assert mails_to(world, PRIYA.email) == ["approval reminder"] * 3 + ["approval request"]
    assert mails_to(world, ADMINISTRATORS) == ["closing summary"]


def test_a_second_closing_is_summed_up_again() -> None:
    async def story() -> World:
        world = World()
        await world.tick(CLOSES + timedelta(hours=1))
        await closes(world, LATER)
        await world.later(minutes=5)
        await world.tick(LATER + timedelta(hours=1))
        return world

    assert mails_to(asyncio.run(story()), ADMINISTRATORS) == ["closing summary", "closing summary"]


async def test_nonsense_in_closes_at_is_reported_and_the_last_good_date_stays() -> None:
    world = World()
    await world.tick()
    await closes(world, "end of March")
    await world.later(minutes=5)
    remark = str(world.row(TableName.PROGRAMMES)["Remark"])
    await world.tick(CLOSES + timedelta(hours=1))
    await world.submit()
    await world.app.tick.daily()
    await world.run()

    assert remark.startswith("ClosesAt is ")
    assert "11:59pm on Thursday 12 March 2026 stays in force. Type it like 2026-03-12T23:59:59Z." in remark
    assert world.application()["Status"] == "Late"
    assert "12 March 2026 stays in force" in world.letters(ADMINISTRATORS, "act on")[0].html


async def test_a_closing_date_in_the_year_before_lapses_nobody_and_is_reported() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await closes(world, "2025-03-20T23:59:59Z")
    await world.later(minutes=5)
    await world.app.tick.daily()
    await world.run()

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, AMARA) == ["application received"]
    row = world.row(TableName.PROGRAMMES)
    assert (row["Status"], row["ClosesAtInForce"]) == ("Open", CLOSES)
    assert "ClosesAt is Thursday 20 March 2025, before applications open" in str(row["Remark"])
    assert "20 March 2025, before applications open" in world.letters(ADMINISTRATORS, "act on")[0].html


async def test_a_closing_date_just_passed_closes_at_once() -> None:
    world = World()
    await world.tick()
    await closes(world, NINE - timedelta(minutes=1))
    await world.submit()
    await world.later(minutes=5)

    assert world.application()["Status"] == "Late"
    assert (world.row(TableName.PROGRAMMES)["Status"], world.row(TableName.PROGRAMMES)["Remark"]) == ("Closed", "")


def test_nonsense_in_opens_at_opens_nothing_and_is_reported() -> None:
    async def story(value: Cell) -> tuple[str, str]:
        world = World(now=datetime(2026, 1, 26, 9, 0, tzinfo=UTC))
        await world.tick()
        await world.type_in(TableName.PROGRAMMES, {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "OpensAt": value})
        visitor = Visitor(world)
        shown = await visitor.look()
        await world.later(minutes=5)
        await world.later(minutes=5)
        row = world.row(TableName.PROGRAMMES)
        assert row["Status"] == "Opening soon"
        assert row["OpensAt"] == value
        return shown.words, str(row["Remark"])

    for value, why in (("9 February 2026", "no date and time"), ("2025-02-09T00:00:00Z", "Sunday 9 February 2025")):
        words, remark = asyncio.run(story(value))

        assert "Monday 2 February 2026" in words
        assert remark.startswith(f"OpensAt is {why}")
        assert "midnight on Monday 2 February 2026 stays in force" in remark


async def test_an_emptied_closing_date_keeps_the_programme_open() -> None:
    world = World()
    await world.tick()
    await closes(world, "")
    await world.later(minutes=5)
    await world.tick(CLOSES + timedelta(days=30))
    await world.submit()

    assert world.row(TableName.PROGRAMMES)["Status"] == "Open"
    assert world.application()["Status"] == "Awaiting manager"


async def test_a_late_application_outside_the_rules_still_needs_a_decision_after_an_extension() -> None:
    world = World()
    await world.tick(CLOSES + timedelta(hours=1))
    await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
    await closes(world, LATER)
    await world.later(minutes=5)

    assert world.application()["Status"] == "Needs a decision"
    assert mails_to(world, PRIYA.email) == []
