"""Another address: asked for, confirmed from the new mailbox, and everything that lies ahead follows."""

import re
from datetime import UTC, datetime

import pytest

from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, TOM, approved_pair, mails_to, own_link
from tests.world import PROGRAMME, World, answers

NEW = "amara.new@example.org"


async def typed(world: World, note: str) -> str:
    row = {"Command": "change address", "Reference": str(world.application(Role="mentor")["RowKey"]), "Note": note}
    key = str(len(world.rows(TableName.COMMANDS)))
    await world.type_in(TableName.COMMANDS, {"PartitionKey": PROGRAMME, "RowKey": key, **row})
    await world.tick()
    return str(world.row(TableName.COMMANDS, RowKey=key)["Result"])


def confirming(world: World, address: str = NEW) -> str:
    (letter,) = world.letters(address, "your new email address?")
    found = re.search(r"/me/([A-Za-z0-9_-]{43})", letter.html)
    assert found is not None
    return found[1]


async def test_once_it_is_confirmed_mails_bookings_and_what_lies_ahead_go_to_the_new_address() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "peer-1")
    await world.tick(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    old = own_link(world, AMARA)
    pair = {"PartitionKey": PROGRAMME, "RowKey": "pair-01", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(TableName.PAIRS, {**pair, "StartDate": "2026-04-02", "Status": "confirmed"})
    await world.tick()
    await world.tick(datetime(2026, 4, 2, 9, 0, tzinfo=UTC))
    world.calendar.told.clear()
    await typed(world, NEW)
    link, before = confirming(world), world.application(Role="mentor")["Email"]
    for _ in range(2):
        page = await world.app.addresses.confirm(link)
        await world.run()
        await world.later(minutes=5)

    assert before == AMARA
    assert page is not None
    assert page.done
    assert world.application(Role="mentor")["Email"] == NEW
    assert await world.app.own_pages.page(old) is None
    assert await world.app.own_pages.page(own_link(world, NEW)) is not None
    assert len(world.letters(AMARA, "no longer use")) == 1
    assert "/me/" not in world.letters(AMARA, "no longer use")[0].html
    assert [NEW in letter.html for letter in world.letters(TOM, "new email address")] == [True]
    ahead = {
        id_ for id_, e in world.calendar.events.items() if e.content.starts_at > datetime(2026, 4, 2, 9, tzinfo=UTC)
    }
    told = [(event in ahead, who, what) for event, who, what in world.calendar.told]
    assert all(is_ahead for is_ahead, _, _ in told)
    assert sorted((who, what) for _, who, what in told) == [(NEW, "invited"), (AMARA, "removed")]


async def test_a_form_whose_one_mistake_was_the_address_is_taken_in_once_another_is_confirmed() -> None:
    world = World()
    await world.submit(answers(email="not an address"))
    before = world.application()["Status"]
    await typed(world, NEW)
    link = confirming(world)
    for _ in range(2):
        await world.app.addresses.confirm(link)
        await world.run()

    assert (before, world.application()["Status"]) == ("Needs correction", "Awaiting manager")
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert mails_to(world, NEW) == ["address changed", "application received", "confirm address"]
    assert world.row(TableName.LIVED_EXPERIENCE)["AccessNeeds"] == "A room without stairs, please."


async def test_what_is_mended_after_another_address_was_confirmed_goes_on_under_it() -> None:
    world = World()
    await world.submit(answers(email="not an address", manager_email="nor is this"))
    await typed(world, NEW)
    await world.app.addresses.confirm(confirming(world))
    await world.run()
    (letter,) = world.letters(NEW, "needs a correction")
    page = await world.app.corrections.answers(own_link(world, NEW))
    await world.app.corrections.mend(own_link(world, NEW), {"manager_email": (PRIYA.email,)})
    await world.run()

    assert "?step=mend" in letter.html
    assert page is not None
    assert [field.name for field in page.fields] == ["manager_email"]
    assert (world.application()["Status"], world.application()["Email"]) == ("Awaiting manager", NEW)


async def test_an_old_address_in_the_form_does_not_come_back_with_what_is_mended() -> None:
    world = World()
    await world.submit(answers(manager_email="not an address"))
    await typed(world, NEW)
    await world.app.addresses.confirm(confirming(world))
    await world.run()
    await world.app.corrections.mend(own_link(world, NEW), {"manager_email": (PRIYA.email,)})
    await world.run()

    assert (world.application()["Status"], world.application()["Email"]) == ("Awaiting manager", NEW)


async def test_a_form_of_the_new_address_is_the_same_persons() -> None:
    world = World()
    await approved_pair(world)
    await typed(world, NEW)
    await world.app.addresses.confirm(confirming(world))
    await world.run()
    await world.submit(answers(email=NEW, full_name="Amara Okafor-Reed"))

    (mentor,) = [row for row in world.rows(TableName.APPLICATIONS) if row["Role"] == "mentor"]
    assert (mentor["Email"], mentor["FullName"]) == (NEW, "Amara Okafor")


@pytest.mark.parametrize(
    ("note", "why"),
    [
        ("amara@", "Note: "),
        (AMARA.upper(), "Note: This is the address that we write to now."),
        (PRIYA.email, "Note: This is the line manager's address"),
        ("", "Note: "),
    ],
)
async def test_what_cannot_be_their_address_is_refused_in_words(note: str, why: str) -> None:
    world = World()
    await approved_pair(world)

    assert (await typed(world, note)).startswith(why)


async def test_an_address_under_which_somebody_has_applied_is_refused() -> None:
    world = World()
    await world.submit(answers(email="ben@example.nhs.uk", full_name="Ben"))
    await world.submit(answers())
    found = await world.app.own_pages.behind_now(own_link(world, AMARA))
    assert found is not None

    assert "already" in await world.app.addresses.ask(*found, "ben@example.nhs.uk", who="the applicant")


async def test_a_newer_wish_ends_the_link_of_the_one_before() -> None:
    world = World()
    await approved_pair(world)
    await typed(world, "first@example.org")
    first = confirming(world, "first@example.org")
    await world.later(minutes=1)
    await typed(world, NEW)
    page = await world.app.addresses.confirm(first)

    assert page is not None
    assert "has ended" in page.problem
    assert world.application(Role="mentor")["Email"] == AMARA
