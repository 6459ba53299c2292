"""What goes wrong in an operator's worst week, and that the pages' answers to it work: lost rows, links, calendars."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared import held
from shared.ports import Cell
from shared.stores.names import ContainerName, TableName
from tests.factories import AMARA, GRACE, PRIYA, TOM, approved_pair, command, manager_says, own_link
from tests.unit.services.pairs.test_checkins import confirmed
from tests.unit.services.records.test_exports import after_the_loss, exported, lived
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers


async def lose(world: World, table: TableName, **columns: str) -> None:
    """Somebody deletes the rows with these values in the portal."""
    for row in world.rows(table):
        if all(row[name] == value for name, value in columns.items()):
            await world.tables(table).delete(str(row["PartitionKey"]), str(row["RowKey"]))


async def test_a_session_whose_row_is_deleted_comes_back_as_it_last_stood() -> None:
    world = World()
    await world.tick()
    moved = world.row(TableName.SESSIONS, RowKey="mentor-training-1")
    starts, ends = moved["StartsAt"], moved["EndsAt"]
    assert not isinstance(starts, str | int | float | bool | None)
    assert not isinstance(ends, str | int | float | bool | None)
    typed: dict[str, Cell] = {
        "StartsAt": starts + timedelta(days=1),
        "EndsAt": ends + timedelta(days=1),
        "Place": "Room 9",
    }
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", **typed})
    await world.tick()
    # Nonsense first, as the trial had it: what was known before it is what comes back.
    await world.type_in(
        TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "StartsAt": "soon"}
    )
    await world.tick()
    await lose(world, TableName.SESSIONS)
    await world.tick()

    back = world.row(TableName.SESSIONS, RowKey="mentor-training-1")
    assert {name: back[name] for name in typed} == typed
    assert len(world.rows(TableName.SESSIONS)) > 5


async def test_links_in_later_mails_open_after_the_rows_of_links_are_gone() -> None:
    world = World()
    await world.submit()
    await lose(world, TableName.LINKS)
    await world.later(minutes=20)
    reference = str(world.application()["RowKey"])

    await command(world, "resend approval", reference)
    await manager_says(world, PRIYA.email)
    await world.later(minutes=5)

    assert world.application()["Status"] == "Approved"
    assert await world.app.own_pages.page(own_link(world, AMARA)) is not None


async def test_a_form_sent_again_brings_back_an_application_whose_row_is_lost() -> None:
    world = World()
    content = await world.submit()
    form = await world.bodies.get(content)
    assert form is not None
    reference = str(world.application()["RowKey"])
    sent = len(world.mailbox.sent)
    await lose(world, TableName.APPLICATIONS)
    await world.receive(form.data, programme=PROGRAMME)
    await world.later(minutes=5)

    assert world.row(TableName.SUBMISSIONS, RowKey=content)["Status"] == "Taken in"
    assert (world.application()["RowKey"], world.application()["Status"]) == (reference, "Awaiting manager")
    assert len(world.mailbox.sent) == sent, "nobody is written to twice"


async def test_lost_rows_are_put_back_as_the_export_has_them_and_nothing_else_changes() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await exported(world)
    await world.submit(answers(email="new@example.nhs.uk", manager_email=GRACE))
    await command(world, "withdraw", mentee, key="8")
    await world.later(minutes=5)
    before, sent = world.rows(TableName.APPLICATIONS), len(world.mailbox.sent)
    events = {event.key: set(event.attendees) for event in world.calendar.events.values()}
    await lose(world, TableName.APPLICATIONS, RowKey=mentor)
    await world.later(minutes=5)

    done = await world.app.restorer.put_back("Applications")
    await world.later(minutes=5)

    assert done.rows == 1
    assert [row["Status"] for row in world.rows(TableName.APPLICATIONS)] == [row["Status"] for row in before]
    assert len(world.mailbox.sent) == sent
    assert {event.key: set(event.attendees) for event in world.calendar.events.values()} == events
    assert (await world.app.restorer.put_back("Applications")).rows == 0


async def test_what_came_due_while_a_row_was_lost_is_made_good() -> None:
    world = World()
    await world.tick()
    await world.submit()
    reference = str(world.application()["RowKey"])
    await exported(world)
    await lose(world, TableName.APPLICATIONS)
    await world.tick(datetime(2026, 4, 20, 9, tzinfo=UTC))  # the managers' last day is over

    await world.app.restorer.put_back("Applications", reference)
    await world.later(minutes=5)

    assert world.application()["Status"] == "Lapsed"


async def test_nobody_who_was_erased_is_put_back() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await exported(world)
    world.clock.advance(timedelta(minutes=5))
    await command(world, "erase", mentor)
    await lose(world, TableName.APPLICATIONS)
    await lose(world, TableName.LIVED_EXPERIENCE)

    await world.app.restorer.put_back("Applications")
    for reference in (mentor, mentee):
        await world.app.restorer.put_back("LivedExperience", reference)

    assert {row["RowKey"]: row["Status"] for row in world.rows(TableName.APPLICATIONS)} == {
        mentor: "Erased",
        mentee: "Approved",
    }
    assert [row["RowKey"] for row in world.rows(TableName.LIVED_EXPERIENCE)] == [mentee]


async def test_a_form_sent_again_brings_nobody_back_who_was_erased() -> None:
    world = World()
    form = await world.bodies.get(await world.submit())
    assert form is not None
    await command(world, "erase", str(world.application()["RowKey"]))
    await lose(world, TableName.APPLICATIONS)
    await world.receive(form.data, programme=PROGRAMME)
    await world.later(minutes=5)

    assert world.rows(TableName.APPLICATIONS) == []


async def test_after_a_restore_every_calendar_is_brought_to_its_bookings() -> None:
    """Trial F4: an event made after the export, and one that lost people after it."""
    before = await lived()
    await exported(before)
    before.clock.advance(timedelta(minutes=5))
    await command(before, "withdraw", str(before.application(Email=TOM)["RowKey"]), key="9")
    await before.submit(answers(email="new@example.nhs.uk", manager_email=GRACE, training_session="mentor-training-2"))
    await manager_says(before, GRACE)
    await before.later(minutes=5)
    assert any(e.key.split("/")[2] == "mentor-training-2" for e in before.calendar.events.values())
    before.bodies.kept.clear()  # the new form is not sent again, so nobody is to be on that event

    world = after_the_loss(before)
    await world.app.restorer.restore()
    await command(world, "resume", "")
    for _ in range(4):
        await world.later(minutes=5)

    booked: dict[str, set[str]] = {}
    for row in world.rows(TableName.BOOKINGS):
        if row["Status"] == "Booked":
            booked.setdefault(str(row["Session"]), set()).add(str(row["Email"]))
    events = {e.key.split("/")[2]: set(e.attendees) for e in world.calendar.events.values() if not e.cancelled}
    assert {session: people for session, people in events.items() if people} == booked


async def test_a_discarded_form_is_taken_out_of_exports_too() -> None:
    world = World()
    await world.tick()
    content = "ab" * 32
    await world.tables(TableName.QUARANTINE).put(
        {
            "PartitionKey": PROGRAMME,
            "RowKey": content,
            "Status": "Waiting",
            "Why": "It was filled in very fast.",
            "ReceivedAt": world.clock.now(),
            "Reference": "K4Q-M7X-2P9-T",
            "FullName": "Nora Nobody",
            "Email": "nora@example.nhs.uk",
        }
    )
    manifest = await exported(world)
    assert "Nora" in await said(world, manifest.export)

    assert (await command(world, "discard quarantined", content[:10])).startswith("Done")
    world.clock.advance(timedelta(days=1))
    await world.app.tick.daily()
    for _ in range(2):
        await world.later(minutes=5)

    assert "Nora" not in await said(world, manifest.export)


async def said(world: World, export: str) -> str:
    """Everything that an export holds."""
    manifest = next(one for one in await world.app.backup.whole() if one.export == export)
    lines = [line for part in manifest.parts async for line in world.exports.lines(export, part)]
    return b"".join(lines).decode()


async def test_a_missing_row_of_a_pair_is_told_as_missing_and_both_are() -> None:
    world = World()
    await confirmed(world)
    await lose(world, TableName.APPLICATIONS)
    await world.app.tick.daily()
    await world.run()

    digest = " ".join(letter.html for letter in world.letters(ADMINISTRATORS, "act on today"))
    assert digest.count("has no row in Applications") == 2
    assert "ended, and tell the other one" not in digest


async def test_somebody_sees_their_pair_what_was_done_and_what_was_typed() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await command(world, "resend approval", mentor, key="7")
    for _ in range(10):
        await world.later(hours=24)
    link = own_link(world, AMARA)
    data = await world.app.subject_access.behind(link)
    assert data is not None
    sections = {section.title: [dict(facts) for facts in section.entries] for section in data.sections}

    (pair,) = sections["Your pairs"]
    assert (pair["Your partner's reference"], pair["Status"]) == (mentee, "confirmed")
    assert pair.keys() == {"Your partner's reference", "Status", "First day", "Confirmed"}
    assert sections["Emails about your pair"][0]["Email"] == "introduction"
    assert "Approved" in {event.get("Status after") for event in sections["What was done with your application"]}
    assert sections["What the team asked the system to do"] == [{"Command": "resend approval"}]
    assert all("Asked" in one or "Will be asked" in one for one in sections["Your check-ins"])
    assert any("Will be asked" in one for one in sections["Your check-ins"])
    assert "grace" not in str(pair).lower()


async def test_erasing_somebody_ends_their_wish_to_talk() -> None:
    world = World()
    mentor, _ = await confirmed(world)
    for _ in range(40):
        if any(row["Reference"] == mentor for row in world.rows(TableName.CHECK_INS)):
            break
        await world.later(hours=24)
    row = next(row for row in world.rows(TableName.CHECK_INS) if row["Reference"] == mentor)
    await world.tables(TableName.CHECK_INS).merge(
        {"PartitionKey": PROGRAMME, "RowKey": row["RowKey"], "WantsToTalk": True}
    )
    await command(world, "erase", mentor)

    assert not any(one.get("WantsToTalk") for one in world.rows(TableName.CHECK_INS) if one["Reference"] == mentor)


def test_where_a_manager_stands_is_found_and_no_cell_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    world = World()
    asyncio.run(world.submit(answers(about_you="Canary words")))

    assert held.main(["Priya.Shah@example.nhs.uk"], world.app) == 0
    found = capsys.readouterr().out
    assert held.main(["nobody@example.nhs.uk"], world.app) == 1

    reference = str(world.application()["RowKey"])
    assert f"Applications: {PROGRAMME}, {reference}: ManagerEmail, Requests\n" in found
    assert "Approvals: " in found
    assert f"container {ContainerName.SUBMISSIONS}: " in found
    assert "Canary" not in found
    assert AMARA not in found
