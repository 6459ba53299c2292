"""A tick reads the pairs that were changed, and all of them only when one is to be worked on."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.ports import Found
from shared.stores.names import TableName
from tests.factories import approved_pair, command, manager_says
from tests.unit.services.pairs.test_checkins import confirmed, pair_row
from tests.world import World, mentee


async def rows_read(world: World, monkeypatch: pytest.MonkeyPatch, of: TableName = TableName.PAIRS) -> int:
    """How many rows of a table a tick reads by looking through it."""
    table, read = world.tables(of), 0
    query = table.query

    async def counted(*arguments: Any, **options: Any) -> AsyncIterator[Found]:
        nonlocal read
        async for found in query(*arguments, **options):
            read += 1
            yield found

    with monkeypatch.context() as patched:
        patched.setattr(table, "query", counted)
        await world.later(minutes=5)
    return read


async def settled(world: World, others: int) -> tuple[str, str]:
    """A confirmed pair, with others that have ended, after the ticks that take them up."""
    mentor, mentee = await confirmed(world)
    for number in range(others):
        await pair_row(world, mentor, mentee, RowKey=f"old-{number}", Status="ended")
    for _ in range(3):
        await world.later(minutes=5)
    return mentor, mentee


@pytest.mark.parametrize("others", [0, 30])
async def test_pairs_that_nobody_touches_are_not_read_again(others: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    await settled(world, others)

    assert await rows_read(world, monkeypatch) == 1  # the one that was written last


async def test_a_row_that_somebody_touches_is_worked_on_in_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    mentor, mentee = await settled(world, 5)
    await pair_row(world, mentor, mentee, RowKey="pair-1", Status="ended")
    await world.later(minutes=5)
    ended = world.row(TableName.PAIRS, RowKey="pair-1")
    await pair_row(world, mentor, mentee, RowKey="again", Status="confirmed")
    await world.later(minutes=5)
    again = world.row(TableName.PAIRS, RowKey="again")
    for _ in range(2):
        await world.later(minutes=5)

    assert str(ended["Seen"]).endswith("|ended")
    assert str(again["Seen"]).endswith("|confirmed")
    assert await rows_read(world, monkeypatch) < 6


async def test_a_pair_that_waited_is_taken_up_although_nobody_touched_its_row_again() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    before = dict(world.application(RowKey=mentee))
    await world.tables(TableName.APPLICATIONS).put({**before, "Status": "Lapsed"})
    await pair_row(world, mentor, mentee)
    for _ in range(4):
        await world.later(minutes=5)
    waiting = dict(world.row(TableName.PAIRS))
    await world.tables(TableName.APPLICATIONS).put(before)
    await world.later(minutes=5)

    assert "not approved" in str(waiting["Remark"])
    assert world.row(TableName.PAIRS)["Remark"] == ""
    assert world.row(TableName.PAIRS)["PairId"]


@pytest.mark.parametrize("held", [1, 12])
async def test_rows_that_something_speaks_against_cost_no_tick_what_the_programme_has(
    held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    mentor, _ = await settled(world, 5)
    await world.submit(mentee(full_name="Ann Lee", email="ann@example.nhs.uk", manager_email="joe@example.nhs.uk"))
    await command(world, "approve late", third := str(world.application(Email="ann@example.nhs.uk")["RowKey"]))
    await manager_says(world, "joe@example.nhs.uk")
    for number in range(held):
        await pair_row(world, mentor, third, RowKey=f"wrong-{number}", Status="proposed")
    for _ in range(3):
        await world.later(minutes=5)
    remarks = [row["Remark"] for row in world.rows(TableName.PAIRS) if str(row["RowKey"]).startswith("wrong")]
    read = [await rows_read(world, monkeypatch, of) for of in (TableName.APPLICATIONS, TableName.PAIRS)]

    assert len(remarks) == held
    assert all("already" in str(remark) for remark in remarks)
    assert read[0] == 0
    assert read[1] <= 2 * held + 1  # those that were written last


async def test_once_a_day_every_row_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    await settled(world, 4)
    await world.app.tick.daily()
    await world.run()

    assert await rows_read(world, monkeypatch) == 5
