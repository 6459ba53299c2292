"""What programs send on our own form is held back for a person to look at; people never notice, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.suspicion import MOST_A_DAY, Counted, Doubt
from shared.stores.names import TableName
from tests.factories import AMARA, command
from tests.visitor import Visitor, just_sent, typed
from tests.world import ADMINISTRATORS, NINE, World


def told(story: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await story()

    return asyncio.run(run())


class Robot(Visitor):
    """Sends what it finds, at once."""

    async def begin(self, **form: str) -> None:
        front = await self.look()
        await self.press("", {**{name: values[0] for name, values in front.given().items()}, **form})


async def applied(visitor: Visitor, **changes: Any) -> str:
    """Fill in the form from where it was begun; returns the reference that is shown."""
    shown = await visitor.fill_in(typed(**changes), first=await visitor.look("area"))
    found = shown.soup.select_one(".nhsuk-panel strong")
    assert found is not None, shown.heading
    return found.get_text()


async def too_fast(world: World, **changes: Any) -> str:
    robot = Robot(world)
    await robot.begin()
    return await applied(robot, **changes)


async def trapped(world: World) -> str:
    robot = Robot(world)
    await robot.begin(website="https://spam.example")
    world.clock.advance(timedelta(minutes=5))
    return await applied(robot)


async def unseen(world: World) -> str:
    robot = Robot(world)
    await robot.press("", {"shown": "1770714000.0123456789abcdef0123456789abcdef"})
    world.clock.advance(timedelta(minutes=5))
    return await applied(robot)


async def trapped_at_the_end(world: World) -> str:
    visitor = Visitor(world)
    await visitor.fill_in(typed(), until="declaration")
    shown = await visitor.declare("x")
    return shown.soup.select_one(".nhsuk-panel strong").get_text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("sending", "doubt"),
    [
        (too_fast, Doubt.FAST),
        (trapped, Doubt.TRAP),
        (unseen, Doubt.UNSEEN),
        (trapped_at_the_end, Doubt.TRAP),
    ],
)
def test_what_a_program_sends_waits_for_an_administrator(
    sending: Callable[[World], Awaitable[str]], doubt: Doubt
) -> None:
    async def story() -> tuple[World, str]:
        world = World()
        reference = await sending(world)
        await world.run()
        await world.later(hours=1)
        return world, reference

    world, reference = told(story)
    held = world.row(TableName.QUARANTINE)

    assert (held["Status"], held["Why"], held["Reference"], held["Email"]) == ("Waiting", doubt.value, reference, AMARA)
    assert world.rows(TableName.APPLICATIONS) == []
    assert len(world.bodies.kept) == 1
    assert [letter.to for letter in world.mailbox.sent] == [(ADMINISTRATORS,)]
    letter = world.mailbox.sent[0]
    assert reference in letter.html
    assert "race" not in str(held)


def test_whoever_reads_before_they_answer_is_nobody_to_doubt() -> None:
    async def story() -> World:
        world = World()
        await Visitor(world).fill_in(typed())
        await world.run()
        return world

    world = told(story)

    assert world.rows(TableName.QUARANTINE) == []
    assert world.application()["Status"] == "Awaiting manager"


def test_an_administrator_lets_a_person_in_who_applied_in_time() -> None:
    async def story() -> tuple[World, str, str, str]:
        world = World()
        reference = await too_fast(world)
        await world.run()
        world.clock.set(datetime(2026, 3, 14, 9, 0, tzinfo=UTC))
        # As somebody types it from the mail.
        first = await command(world, "accept quarantined", f" {reference.replace('-', ' ').lower()}")
        again = await command(world, "accept quarantined", reference, key="2")
        return world, reference, first, again

    world, reference, first, again = told(story)

    assert first == "Done: 1 taken in like any other application."
    assert again.startswith("Refused: Nothing is held back under this.")
    assert (world.application()["RowKey"], world.application()["Status"]) == (reference, "Awaiting manager")
    assert world.row(TableName.QUARANTINE)["Status"] == "Accepted"


def test_what_is_no_persons_is_deleted_by_its_hash() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        await too_fast(world)
        content = str(world.row(TableName.QUARANTINE)["RowKey"])
        return world, await command(world, "discard quarantined", content[:8])

    world, answer = told(story)
    held = world.row(TableName.QUARANTINE)

    assert answer == "Done: 1 deleted, without a word to anybody."
    assert (held["Status"], held["FullName"], held["Email"]) == ("Discarded", "", "")
    assert world.bodies.kept == {}
    assert world.rows(TableName.APPLICATIONS) == []


@pytest.mark.parametrize("typed_", ["", "abc", "K4Q-M7X-2P9-T", "0" * 64])
def test_a_command_about_nothing_that_is_held_is_refused(typed_: str) -> None:
    async def story() -> str:
        world = World()
        await too_fast(world)
        return await command(world, "discard quarantined", typed_)

    assert told(story).startswith("Refused: Nothing is held back under this.")


def test_what_nobody_looked_at_goes_after_a_month_and_until_then_every_digest_names_it() -> None:
    async def story() -> tuple[World, int, list[str]]:
        world = World()
        await too_fast(world)
        world.clock.set(NINE + timedelta(days=29))
        await world.app.tick.daily()
        await world.run()
        before = len(world.rows(TableName.QUARANTINE))
        digests = [letter.html for letter in world.letters(ADMINISTRATORS)]
        world.clock.set(NINE + timedelta(days=31))
        await world.app.tick.daily()
        await world.run()
        return world, before, digests

    world, before, digests = told(story)

    assert before == 1
    assert any("It was filled in within seconds." in digest for digest in digests)
    assert world.rows(TableName.QUARANTINE) == []
    assert world.bodies.kept == {}


def test_a_flood_tells_administrators_once_an_hour() -> None:
    async def story() -> World:
        world = World()
        for number in range(4):
            await too_fast(world, email=f"robot{number}@example.nhs.uk", manager_email=f"m{number}@example.nhs.uk")
        await world.run()
        return world

    world = told(story)

    assert len(world.rows(TableName.QUARANTINE)) == 4
    assert len(world.letters(ADMINISTRATORS)) == 1


@pytest.mark.parametrize(
    ("counted", "doubt"),
    [(Counted.NETWORK, Doubt.NETWORK), (Counted.APPLICANT, Doubt.APPLICANT), (Counted.MANAGER, Doubt.MANAGER)],
)
def test_more_than_a_day_holds_of_one_address_is_held_back(counted: Counted, doubt: Doubt) -> None:
    async def story() -> tuple[list[World], list[int]]:
        world, held = World(), []
        for number in range(MOST_A_DAY[counted] + 2):
            came_by = "203.0.113.9:5000" if counted is Counted.NETWORK else f"198.51.100.{number}:80"
            addresses = {
                "email": AMARA if counted is Counted.APPLICANT else f"person{number}@example.nhs.uk",
                "manager_email": "boss@example.nhs.uk" if counted is Counted.MANAGER else f"m{number}@example.nhs.uk",
            }
            await just_sent(world, came_by, **addresses)
            held.append(doubted(world))
        world.clock.advance(timedelta(days=1))
        await just_sent(world, "203.0.113.9:5000", manager_email="boss@example.nhs.uk")
        held.append(doubted(world))
        await world.tick()
        return [world], held

    (world,), held = told(story)

    assert held == [0] * MOST_A_DAY[counted] + [1, 2, 2]
    assert {row["Why"] for row in world.rows(TableName.QUARANTINE) if row["Status"] == "Waiting"} == {doubt.value}
    # Of the day before nothing is left, and of today no address.
    assert {row["PartitionKey"] for row in world.rows(TableName.TALLIES)} == {"2026-02-11"}
    assert not any(word in str(world.rows(TableName.TALLIES)) for word in ("203.0.113", "boss", "amara"))


def doubted(world: World) -> int:
    """How many forms wait for administrators; later ones of the same person wait for that person."""
    return sum(row["Status"] == "Waiting" for row in world.rows(TableName.QUARANTINE))


def test_one_network_cannot_begin_forms_without_end() -> None:
    async def story() -> tuple[int, int, str]:
        world = World()
        visitor = Visitor(world)
        visitor.headers["X-Forwarded-For"] = "203.0.113.9:5000"
        for _ in range(MOST_A_DAY[Counted.STARTED]):
            await visitor.send("POST", "", {})
        refused = await visitor.press("", {})
        rows = len(world.rows(TableName.DRAFTS))
        visitor.headers["X-Forwarded-For"] = "203.0.113.10:5000"
        await visitor.press("", {})
        return refused.status, rows, visitor.at

    assert told(story) == (429, 1, "area")


def test_an_erased_person_is_in_no_quarantine() -> None:
    async def story() -> World:
        world = World()
        reference = await too_fast(world)
        await command(world, "accept quarantined", reference)
        assert world.row(TableName.QUARANTINE)["FullName"] == "Amara Okafor"
        await command(world, "erase", reference, key="2")
        return world

    world = told(story)

    assert world.rows(TableName.QUARANTINE) == []
    assert "Amara" not in str([world.rows(table) for table in TableName])
    assert world.bodies.kept == {}
