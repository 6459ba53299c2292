"""What administrators type into Commands is done once and answered in its row."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.application import Answer
from shared.errors import TemporaryFailure
from shared.ports import Row
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, everything, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers


async def waiting(world: World) -> str:
    await world.tick()
    await world.submit()
    return str(world.application()["RowKey"])


UNKNOWN = (
    "Refused: Unknown command. Use one of: resend approval, approve late, admit, withdraw, erase, retry parked, "
    "accept reply, accept change, draw pairs, why, undo draft, publish pairs, find another, no partner this time, "
    "change address, accept quarantined, discard quarantined, resume, retention report, "
    "equality figures, workbook, foi pack, confirm foi pack."
)


def meant(word: str) -> str:
    return UNKNOWN.replace("command. ", f"command. Did you mean '{word}'? ")


NO_COMMAND = (
    "Refused: There is no command in this row. It belongs into a column named exactly 'Command', with a capital C, "
    f"and is one of: {UNKNOWN.partition('one of: ')[2]}"
)
EMPTY_REFERENCE = (
    "Refused: Reference is empty. Copy the RowKey of the application into a column named exactly 'Reference'."
)
WAITS = "Refused: This application is 'Awaiting manager'; the command is for"
NO_REFERENCE = "Refused: Reference is not a reference. Copy the RowKey of the application."
NOTHING_PARKED = "Refused: Nothing parked under this reference. Copy the RowKey from Messages or Submissions."
ERASED = "Done: Erased. Mails already sent stay in the mailbox; see its retention policy."


@pytest.mark.parametrize(
    ("words", "reference", "result"),
    [
        ("promote", "{}", UNKNOWN),
        ("", "{}", NO_COMMAND),
        ("  With Draw ", "{}", meant("withdraw")),
        ("aprove late", "{}", meant("approve late")),
        ("resend aproval", "{}", meant("resend approval")),
        ("retry-parked", "{}", meant("retry parked")),
        ("withdrawn", "{}", meant("withdraw")),
        ("accept quarantine", "{}", meant("accept quarantined")),
        ("delete", "{}", UNKNOWN),
        ("withdraw", "AAA-AAA-AAA-B", NO_REFERENCE),
        ("withdraw", "", EMPTY_REFERENCE),
        ("withdraw", "000-000-000-0", "Refused: There is no application with this reference."),
        ("approve late", "{}", f"{WAITS} 'Late'."),
        ("admit", "{}", f"{WAITS} 'Needs a decision' or 'Not this cohort' or 'Late'."),
        ("accept reply", "{}", "Refused: There is no reply waiting to be accepted for this reference."),
        ("retry parked", "{}", NOTHING_PARKED),
        ("WITHDRAW", "{}", "Done: Withdrawn; everybody concerned is told."),
        ("resend   APPROVAL", " {} ", "Done: Priya Shah is asked again; links sent before no longer work."),
        ("Erase", "{}", ERASED),
    ],
)
def test_each_command_is_answered_in_words(words: str, reference: str, result: str) -> None:
    async def story() -> str:
        world = World()
        return await command(world, words, reference.format(await waiting(world)))

    assert asyncio.run(story()) == result


def test_a_reference_is_found_as_people_type_it_and_in_a_mistyped_partition() -> None:
    async def story() -> str:
        world = World()
        reference = await waiting(world)
        typed = reference.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        return await command(world, "withdraw", typed, partition="llr")

    assert asyncio.run(story()) == "Done: Withdrawn; everybody concerned is told."


async def test_a_command_is_carried_out_once_and_a_second_row_is_refused() -> None:
    world = World()
    reference = await waiting(world)
    await command(world, "withdraw", reference)
    before = world.rows(TableName.COMMANDS)
    for _ in range(3):
        await world.later(minutes=5)
    after = world.rows(TableName.COMMANDS)
    second = await command(world, "withdraw", reference, key="2")

    assert second == "Refused: This application is 'Withdrawn' already."
    assert before == after
    assert mails_to(world, AMARA) == ["application received", "application withdrawn"]


async def test_resend_approval_asks_the_same_manager_afresh_and_tells_the_applicant() -> None:
    world = World()
    reference = await waiting(world)
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    await command(world, "resend approval", reference)
    await manager_says(world, PRIYA.email)

    assert world.application()["Status"] == "Approved"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request"]


async def test_resend_approval_that_is_cut_off_before_its_answer_asks_nobody_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    reference = await waiting(world)
    table, merge = world.tables(TableName.COMMANDS), world.tables(TableName.COMMANDS).merge

    async def cut_off(row: Row) -> bool:
        raise TemporaryFailure("storage is away")

    monkeypatch.setattr(table, "merge", cut_off)
    row = {"PartitionKey": PROGRAMME, "RowKey": "1", "Command": "resend approval", "Reference": reference}
    await world.type_in(TableName.COMMANDS, row)
    await world.tick()
    monkeypatch.setattr(table, "merge", merge)
    await world.later(minutes=5)

    assert mails_to(world, PRIYA.email) == ["approval request", "approval request"]
    assert world.row(TableName.COMMANDS)["Status"] == "Done"


SECRETS = ["Okafor", "amara.okafor", "Priya", "priya.shah", "what I have seen", "without stairs", "Staff nurse"]


async def erased_after_a_full_life() -> World:
    world = World()
    await world.tick()
    await world.submit(response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(band="6"), response_id="a")
    await manager_says(world, PRIYA.email)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await world.run()
    await command(world, "erase", str(world.application()["RowKey"]))
    return world


def test_erasing_leaves_nothing_of_the_person_in_any_table() -> None:
    tables = everything(asyncio.run(erased_after_a_full_life()))

    found = {name: [word for word in SECRETS if word in str(rows)] for name, rows in tables.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_erasing_deletes_every_version_of_the_form_that_was_kept() -> None:
    world = asyncio.run(erased_after_a_full_life())

    assert list(world.bodies.kept) == []


def test_erasing_takes_the_invites_back() -> None:
    world = asyncio.run(erased_after_a_full_life())

    assert [what for _, _, what in world.calendar.told][-1] == "removed"
    assert all(not event.attendees for event in world.calendar.events.values())
    assert world.application()["Status"] == "Erased"


async def test_withdrawing_for_somebody_tells_the_manager_who_released_them() -> None:
    world = World()
    reference = await waiting(world)
    await manager_says(world, PRIYA.email)
    await command(world, "withdraw", reference)

    assert mails_to(world, PRIYA.email) == ["approval request", "release not needed"]
    assert [what for _, _, what in world.calendar.told] == ["invited", "removed"]


async def test_a_row_with_a_word_nobody_knows_is_named_in_the_digest_and_a_command_about_it_is_answered() -> None:
    world = World()
    reference = await waiting(world)
    await world.type_in(TableName.APPLICATIONS, {"PartitionKey": PROGRAMME, "RowKey": reference, "Status": "aproved"})
    result = await command(world, "withdraw", reference)
    await world.app.tick.daily()
    await world.run()

    assert result == (
        f"Refused: Applications, row {reference}: column Status cannot be read. Put back what stood there, then type "
        "the command again."
    )
    (digest,) = world.letters(ADMINISTRATORS)
    assert f"Applications, row {reference}: " in digest.html


async def test_erasing_twice_is_done_twice_and_removes_what_came_meanwhile() -> None:
    world = await erased_after_a_full_life()
    reference = str(world.application()["RowKey"])
    await world.submit(answers(band="7"), response_id="a", submitted_at=NINE)
    result = await command(world, "erase", reference, key="2")

    assert result == ERASED
    assert list(world.bodies.kept) == []
    assert all(word not in str(everything(world)) for word in SECRETS)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("priya shah", "ManagerEmail is not one email address."),
        ("", "ManagerEmail is not one email address."),
        ("a@example.nhs.uk; b@example.nhs.uk", "ManagerEmail is not one email address."),
        (AMARA.upper(), "ManagerEmail is the applicant's own address."),
    ],
)
async def test_nobody_is_asked_at_an_address_that_is_no_managers(typed: str, says: str) -> None:
    world = World()
    reference = await waiting(world)
    await world.type_in(TableName.APPLICATIONS, {"PartitionKey": PROGRAMME, "RowKey": reference, "ManagerEmail": typed})
    result = await command(world, "resend approval", reference)

    assert result == f"Refused: {says} Correct it in the row, then type the command again."
    assert mails_to(world, AMARA) == ["application received"]
    assert world.application()["Status"] == "Awaiting manager"


async def test_a_manager_who_is_asked_again_after_the_last_day_gets_time_to_answer() -> None:
    world = World()
    reference = await waiting(world)
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    await world.tick(datetime(2026, 3, 25, 9, 0, tzinfo=UTC))
    await command(world, "resend approval", reference)
    await world.later(days=2)

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request"]
    assert mails_to(world, AMARA) == ["application declined", "application received", "manager changed"]
