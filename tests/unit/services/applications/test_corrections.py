"""What could not be accepted is mended on the own page, and so is what only those who match may read."""

import json
from datetime import UTC, datetime

import pytest

from shared.stores.names import TableName
from tests.factories import AMARA, approved_pair, command, mails_to, own_link
from tests.visitor import typed
from tests.world import World, answers

BOSS = "the.right.boss@example.nhs.uk"


async def test_one_wrong_answer_is_mended_and_all_others_stay() -> None:
    world = World()
    await world.submit(answers(manager_email="not an address"), response_id="r1")
    link = own_link(world, AMARA)
    page = await world.app.corrections.answers(link)
    assert page is not None
    assert [field.name for field in page.fields] == ["manager_email"]
    again = await world.app.corrections.mend(link, {"manager_email": ("also wrong",)})
    still = world.application()["Status"]
    done = await world.app.corrections.mend(link, {"manager_email": (BOSS,)})
    await world.run()

    assert again is not None
    assert [name for name, _ in again.problems] == ["manager_email"]
    assert again.fields[0].given == ("also wrong",)
    assert done is not None
    assert done.saved
    row, lived = world.application(), world.row(TableName.LIVED_EXPERIENCE)
    assert (still, row["Status"], row["ManagerEmail"]) == ("Needs correction", "Awaiting manager", BOSS)
    assert (row["ResponseId"], row["FullName"], lived["AccessNeeds"]) == (
        "r1",
        "Amara Okafor",
        "A room without stairs, please.",
    )
    assert mails_to(world, BOSS) == ["approval request"]
    assert await world.app.corrections.answers(link) is None
    assert await world.app.corrections.mend(link, {"manager_email": (BOSS,)}) is None
    assert mails_to(world, AMARA).count("application received") == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("full_name", "x" * 300),
        ("role", "boss"),
        ("job_title", ""),
        ("organisation", "x" * 999),
        ("sector", "bank"),
        ("area", "the moon"),
        ("manager_name", ""),
        ("manager_email", AMARA),
        ("manager_agreed", "perhaps"),
        ("topics", ["chess"]),
        ("about_you", "x" * 99999),
        ("access_needs", "x" * 99999),
        ("training_session", "mentee-training-1"),
        ("previous_participant", "maybe"),
        ("commitment", ["training"]),
        ("consent", False),
    ],
)
async def test_whatever_is_wrong_is_asked_alone_and_mended(field: str, wrong: object) -> None:
    world = World()
    await world.submit(answers(**{field: wrong}))
    link, before = own_link(world, AMARA), world.application()["Status"]
    page = await world.app.corrections.answers(link)
    assert page is not None
    (asked,) = page.fields
    right = typed()[asked.name]
    done = await world.app.corrections.mend(link, {asked.name: tuple(right) if isinstance(right, list) else (right,)})
    await world.run()

    assert asked.name.startswith(field)
    assert done is not None
    assert done.saved
    assert (before, world.application()["Status"]) == ("Needs correction", "Awaiting manager")


async def test_the_mail_leads_to_the_page_and_names_the_answer() -> None:
    world = World()
    await world.submit(answers(manager_email="not an address"))

    (letter,) = world.letters(AMARA, "needs a correction")
    assert f"{own_link(world, AMARA)}?step=mend" in letter.html


async def test_another_role_asks_for_what_that_role_needs() -> None:
    world = World()
    await world.submit(answers(role="sponsor", training_session=None))
    link = own_link(world, AMARA)
    first = await world.app.corrections.mend(link, {"role": ("mentee",)})
    assert first is not None
    names = [field.name for field in first.fields] if not first.saved else []
    if not first.saved:
        await world.app.corrections.mend(link, {"role": ("mentee",), "training_session-mentee": ("mentee-training-1",)})

    assert names in ([], ["role", "training_session-mentee"])
    assert world.application()["Role"] == "mentee"
    assert world.application()["Status"] == "Awaiting manager"


async def test_a_mended_application_is_erased_with_what_was_typed() -> None:
    world = World()
    await world.submit(answers(manager_email="not an address"))
    link = own_link(world, AMARA)
    await world.app.corrections.mend(link, {"manager_email": (BOSS,)})
    await world.run()
    await command(world, "erase", str(world.application()["RowKey"]))

    assert [body for body in world.bodies.kept.values() if AMARA.encode() in body.data] == []
    assert BOSS not in json.dumps(world.rows(TableName.APPLICATIONS), default=str)


async def test_what_somebody_told_of_themselves_is_seen_and_changed_by_them_alone() -> None:
    world = World()
    await approved_pair(world)
    link = own_link(world, AMARA)
    before = world.application(Role="mentor")
    page = await world.app.about_you.page(link)
    assert page is not None
    given = {field.name: field.given for field in page.fields}
    told = {"topics": ("religion",), "about_you": ("Anew",), "access_needs": ("A hearing loop",)}
    done = await world.app.about_you.tell(link, told)
    await world.run()

    assert given["topics"] == ("race", "disability")
    assert given["access_needs"] == ("A room without stairs, please.",)
    assert done is not None
    assert done.saved
    row = world.row(TableName.LIVED_EXPERIENCE, RowKey=before["RowKey"])
    assert (row["Topics"], row["AboutYou"], row["AccessNeeds"]) == ("religion", "Anew", "A hearing loop")
    assert world.application(Role="mentor") == before
    assert all("hearing" not in letter.html for letter in world.mailbox.sent)


async def test_once_somebody_has_a_partner_only_access_needs_can_change() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    row = {"PartitionKey": "llr-rmi-2026-c7", "RowKey": "p", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(TableName.PAIRS, {**row, "StartDate": "2026-04-20", "Status": "confirmed"})
    await world.tick(datetime(2026, 4, 13, tzinfo=UTC))
    link = own_link(world, AMARA)
    page = await world.app.about_you.page(link)
    await world.app.about_you.tell(link, {"topics": ("religion",), "access_needs": ("A hearing loop",)})

    assert page is not None
    assert [field.name for field in page.fields] == ["access_needs"]
    lived = world.row(TableName.LIVED_EXPERIENCE, RowKey=mentor)
    assert (lived["Topics"], lived["AccessNeeds"]) == ("race, disability", "A hearing loop")


@pytest.mark.parametrize("told", [{"topics": ("nothing of ours",)}, {"topics": ()}])
async def test_what_the_form_would_not_take_is_not_taken_here(told: dict[str, tuple[str, ...]]) -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    page = await world.app.about_you.tell(link, {**told, "access_needs": ("x" * 5000,)})

    assert page is not None
    assert not page.saved
    assert {name for name, _ in page.problems} >= {"access_needs"}
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == "race, disability"
