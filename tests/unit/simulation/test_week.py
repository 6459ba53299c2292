"""The simulation in small: whatever arrives is answered, calls are counted and take time, and time is made up."""

import asyncio
from typing import Any

import pytest

from local.memory.tables import MemoryTable
from local.memory.virtual import VirtualLoop, run
from shared.ports import Row
from shared.stores.names import TableName
from tests.simulation.__main__ import limits
from tests.simulation.host import TIMEOUT, Host
from tests.simulation.outside import EXECUTION, STORAGE_CALL, Busiest, Calls, CountedTable, Execution, Most
from tests.simulation.week import Plan, Week, simulate


@pytest.fixture(scope="module")
def week() -> Week:
    return simulate(Plan(applications=24, mailboxes=2))


def test_everybody_is_written_to_and_nothing_fails_or_is_cut(week: Week) -> None:
    assert sum(week.statuses.values()) == week.rows["Applications"] == 24
    assert set(week.statuses) <= {"Approved", "Declined", "Lapsed", "Withdrawn"}
    assert not +week.host.executions.failed
    assert not +week.host.executions.cut
    assert len(week.lateness) == week.kinds.total() == week.calls.total["graph send"] > 48
    assert max(week.latest.values()) == max(late for _, late in week.lateness)
    # So many days cannot have been waited for.
    assert (week.end - week.begin).days >= 7


def test_the_same_plan_is_the_same_week(week: Week) -> None:
    again = simulate(week.plan)

    assert again.calls.made == week.calls.made
    assert again.lateness == week.lateness


def test_what_is_limited_is_shown_beside_its_limit(week: Week) -> None:
    shown = {what: (most, limit) for what, most, limit, *_ in limits(week)}

    assert shown["requests to Graph for one mailbox at once"] == ("4", "4")
    assert shown["a tick, s"][1] == f"{TIMEOUT:.0f}"
    most, limit = shown["mails and invitations of one mailbox, a minute"]
    assert 2 <= int(most) <= int(limit) == 30


def test_a_programme_has_mentors_and_mentees(week: Week) -> None:
    assert week.rows["Bookings"] > len(week.programmes)
    assert week.roles == {(programme, role) for programme in week.programmes for role in ("mentor", "mentee")}


ROWS: tuple[Row, ...] = tuple({"PartitionKey": "p", "RowKey": f"{n:04}", "Even": n % 2 == 0} for n in range(2_500))


def test_a_counted_table_gives_what_one_in_memory_gives() -> None:
    async def story(table: MemoryTable) -> list[object]:
        for row in ROWS[:20]:
            await table.insert(row)
        found = await table.get("p", "0001")
        assert found is not None
        answers: list[object] = [
            found.row,
            await table.replace({**found.row, "Even": True}, found.etag),
            await table.replace(found.row, found.etag),
            await table.merge({"PartitionKey": "p", "RowKey": "0002", "More": 1}),
            await table.delete("p", "0003"),
            await table.insert(ROWS[4]),
        ]
        asked: tuple[dict[str, Any], ...] = (
            {},
            {"limit": 3},
            {"where": {"Even": True}, "limit": 4},
            {"from_key": "0004", "before_key": "0009"},
        )
        for how in asked:
            answers += [one.row async for one in table.query("p", **how)]
        return answers

    loop = VirtualLoop()

    assert run(loop, story(CountedTable(TableName.MESSAGES, Calls(loop)))) == asyncio.run(story(MemoryTable()))


def test_a_query_is_a_call_for_each_thousand_rows_and_calls_take_time() -> None:
    loop = VirtualLoop()
    calls = Calls(loop)

    async def story() -> float:
        table = CountedTable(TableName.MESSAGES, calls)
        for row in ROWS:
            await table.insert(row)
        EXECUTION.set(Execution("reader"))
        begun = loop.time()
        assert len([found async for found in table.query("p")]) == 2_500
        return loop.time() - begun

    took = run(loop, story())

    assert calls.by_function["reader", "table read"] == 3
    assert calls.by_table["Messages", "table write"] == 2_500
    assert took > 3 * STORAGE_CALL
    assert calls.partitions.one.number == pytest.approx(1 / STORAGE_CALL, rel=0.2)


def test_a_function_that_takes_too_long_is_cut_and_paid_until_then() -> None:
    loop = VirtualLoop()
    host = Host(Calls(loop))

    async def story() -> None:
        host.start("slow", lambda: asyncio.sleep(TIMEOUT + 1))
        host.start("quick", lambda: asyncio.sleep(0), after=5)
        await host.finish()

    run(loop, story())

    assert host.executions.cut == {"slow": 1}
    assert host.executions.seconds == {"slow": TIMEOUT, "quick": 1.0}


def test_the_busiest_window_is_remembered() -> None:
    busiest = Busiest(10.0)
    for at, of, number in ((1.0, "a", 2), (9.0, "b", 1), (12.0, "b", 3), (31.0, "a", 1)):
        busiest.add((of, ""), number, at)

    assert busiest.one == Most(3, "b", 10.0)
    assert busiest.all == Most(3, "", 0.0)


def test_whoever_waits_for_nothing_is_told_so() -> None:
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="nothing is to come"):
        run(VirtualLoop(), story())
