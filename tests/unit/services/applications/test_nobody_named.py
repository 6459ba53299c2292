"""Applications that name no line manager: nobody is asked, and the applicant is asked at once who it is."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.application import LineManager
from shared.domain.draft import ComesNext, comes_next
from shared.domain.programme import Programme
from shared.stores.names import TableName
from tests.factories import AMARA, CLOSES, GRACE, PRIYA, command, mails_to, manager_says, own_link, read_answers
from tests.world import NINE, World, answers, cohort_7

NOBODY = {"manager_name": None, "manager_email": None}
MANAGER_FIELDS = {"manager_name", "manager_email"}
WAITING = "Waiting for Amara Okafor to name their line manager"


def programme_that(*, asks: bool) -> Programme:
    """The programme whose form has no question for a manager, or has one that may be left blank."""
    whole = cohort_7()
    questions = [
        q if q.field not in MANAGER_FIELDS else q.model_copy(update={"required": False})
        for q in whole.questions
        if asks or q.field not in MANAGER_FIELDS
    ]
    return whole.model_copy(update={"questions": tuple(questions)})


def without_manager(**changes: object) -> dict[str, object]:
    return answers(**{**NOBODY, **changes})


def asked(world: World) -> list[str]:
    """Whom a mail about releasing somebody has gone to, or waits to go to."""
    kinds = {"approval request", "approval reminder", "release not needed"}
    assert not [row for row in world.rows(TableName.MESSAGES) if row["Status"] == "Parked"]
    kept = [row for row in world.rows(TableName.MESSAGES) if row["Kind"] in kinds and row["Status"] != "Cancelled"]
    return sorted({str(row["Kind"]) for row in kept})


def assert_waits_for_a_name(world: World) -> None:
    row = world.application()
    assert (row["Status"], row["NextStep"], row["WaitsForManagerName"]) == ("Awaiting manager", WAITING, True)
    assert asked(world) == []
    assert world.rows(TableName.APPROVALS) == []
    assert "manager needed" in mails_to(world, AMARA)
    for letter in world.letters(AMARA):
        assert "We ask " not in letter.html
        assert "remind" not in letter.html


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("name", [None, "Priya Shah"])
async def test_nobody_is_asked_and_the_applicant_is_asked_who_it_is(name: str | None, *, asks: bool) -> None:
    world = World(programme=programme_that(asks=asks))
    await world.submit(without_manager(manager_name=name))
    page = await world.app.own_pages.page(own_link(world, AMARA))
    assert page is not None
    assert (page.can_name_manager, page.must_name_manager) == (True, True)
    assert page.next_step.startswith("Tell us who your line manager is")
    await world.tick(NINE + timedelta(days=8))

    assert_waits_for_a_name(world)
    assert mails_to(world, AMARA) == ["application received", "manager needed"]
    needed = world.letters(AMARA, "Who is your line manager?")[0].html
    assert "told that they are not your line manager" not in needed
    assert ("You named" in needed) == (name is not None)


async def test_who_is_then_named_is_asked_and_can_say_yes() -> None:
    world = World(programme=programme_that(asks=False))
    await world.submit(without_manager())
    await world.app.own_pages.name_manager(own_link(world, AMARA), LineManager("Grace Bell", GRACE))
    await world.run()
    changed = world.letters(AMARA, "We have asked")[0].html
    assert "Nobody we asked before" not in changed
    await manager_says(world, GRACE)

    assert mails_to(world, GRACE) == ["approval request"]
    assert world.application()["Status"] == "Approved"
    assert [row["ManagerEmail"] for row in world.rows(TableName.APPROVALS)] == [GRACE]


@pytest.mark.parametrize("which", ["the same response", "another response"])
async def test_an_edit_that_names_nobody_leaves_the_manager_who_was_named(which: str) -> None:
    """The form does not ask, and the applicant has named somebody on their own page: an edit must not undo that."""

    world = World(programme=programme_that(asks=False))
    await world.submit(without_manager(), response_id="one")
    await world.app.own_pages.name_manager(own_link(world, AMARA), LineManager("Grace Bell", GRACE))
    await world.later(minutes=5)
    again = "one" if which == "the same response" else "two"
    await world.submit(without_manager(job_title="Ward sister"), response_id=again)

    row = world.application()
    assert (row["ManagerEmail"], row["WaitsForManagerName"]) == (GRACE, False)
    assert mails_to(world, GRACE) == ["approval request"]


async def test_an_edit_that_names_nobody_either_is_asked_once() -> None:
    world = World(programme=programme_that(asks=True))
    await world.submit(without_manager(), response_id="one")
    await world.later(minutes=5)
    await world.submit(without_manager(job_title="Ward sister"), response_id="one")

    assert_waits_for_a_name(world)
    assert mails_to(world, AMARA) == ["application received", "application updated", "manager needed"]
    assert "told us that they are not" not in world.letters(AMARA, "updated")[0].html


async def test_an_edit_that_names_somebody_has_them_asked() -> None:
    world = World(programme=programme_that(asks=True))
    await world.submit(without_manager(), response_id="one")
    await world.later(minutes=5)
    await world.submit(answers(), response_id="one")

    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert world.application()["WaitsForManagerName"] is False


@pytest.mark.parametrize(
    ("words", "changes", "before"),
    [("approve late", {}, "Late"), ("admit", {"area": "northamptonshire", "sector": "vcse"}, "Not this cohort")],
)
async def test_who_is_let_in_without_a_manager_is_asked_who_it_is(
    words: str, changes: dict[str, str], before: str
) -> None:
    late = words == "approve late"
    world = World(now=CLOSES + timedelta(hours=1) if late else NINE, programme=programme_that(asks=True))
    await world.tick()
    await world.submit(without_manager(**changes))
    assert world.application()["Status"] == before
    result = await command(world, words, str(world.application()["RowKey"]))

    assert result.startswith("Done: No line manager is named, so the applicant is asked")
    assert_waits_for_a_name(world)


async def test_resend_approval_asks_the_applicant_again() -> None:
    world = World(programme=programme_that(asks=True))
    await world.submit(without_manager())
    result = await command(world, "resend approval", str(world.application()["RowKey"]))

    assert result.startswith("Done: No line manager is named")
    assert_waits_for_a_name(world)
    assert mails_to(world, AMARA) == ["application received", "manager needed", "manager needed"]


async def test_an_address_typed_into_the_row_is_asked_by_resend_approval() -> None:
    world = World(programme=programme_that(asks=True))
    await world.submit(without_manager())
    row = {n: world.application()[n] for n in ("PartitionKey", "RowKey")}
    await world.type_in(TableName.APPLICATIONS, {**row, "ManagerName": "Grace Bell", "ManagerEmail": GRACE})
    await command(world, "resend approval", str(row["RowKey"]))

    assert mails_to(world, GRACE) == ["approval request"]
    assert world.application()["WaitsForManagerName"] is False


def test_it_lapses_with_the_true_reason_and_can_be_withdrawn_without_a_word_to_nobody() -> None:
    async def lapsing() -> World:
        world = World(programme=programme_that(asks=True))
        await world.submit(without_manager())
        await world.tick(CLOSES + timedelta(days=8))
        await world.later(days=3)
        return world

    world = asyncio.run(lapsing())
    row = world.application()
    assert (row["Status"], row["Reason"]) == ("Lapsed", "The applicant did not name a line manager in time.")
    lapsed = world.letters(AMARA, "lapsed")[0].html
    assert "we could ask nobody" in lapsed
    assert "told us that they are not your line manager" not in lapsed
    assert asked(world) == []

    async def withdrawing() -> World:
        world = World(programme=programme_that(asks=True))
        await world.submit(without_manager())
        await world.app.own_pages.withdraw(own_link(world, AMARA))
        await world.run()
        return world

    world = asyncio.run(withdrawing())
    assert world.application()["Status"] == "Withdrawn"
    assert asked(world) == []


def test_the_page_after_sending_does_not_promise_that_a_manager_is_asked() -> None:
    programme = programme_that(asks=True)
    named = read_answers(answers(), programme)
    nobody = read_answers(without_manager(), programme)
    at = datetime(2026, 2, 10, tzinfo=UTC)

    assert comes_next(programme, named, CLOSES, at) is ComesNext.MANAGER
    assert comes_next(programme, nobody, CLOSES, at) is ComesNext.NAME_MANAGER
    assert comes_next(programme, nobody, CLOSES, CLOSES + timedelta(seconds=1)) is ComesNext.LATE
