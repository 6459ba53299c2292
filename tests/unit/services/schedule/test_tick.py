"""The clock's work: lost messages and missed ticks cost time, not work, and nothing happens twice."""

import asyncio
from datetime import UTC, datetime, timedelta

from tests.factories import AMARA, CLOSES, GRACE, PRIYA, TOM, everything, mails_to, manager_says, told
from tests.world import ADMINISTRATORS, World, answers, mentee


async def test_work_whose_queue_messages_are_all_lost_is_done_by_the_tick() -> None:
    world = World()
    await world.submit(run=False)
    await world.submit(mentee(), run=False)
    world.wakeups.submissions.clear()
    world.wakeups.mailboxes.clear()
    await world.tick()
    for email in (PRIYA.email, GRACE):
        await manager_says(world, email, run=False)
    world.wakeups.mailboxes.clear()
    await world.tick()

    assert mails_to(world, AMARA) == ["application approved", "application received"]
    assert mails_to(world, TOM) == ["application approved", "application received"]
    assert len(world.calendar.told) == 4


def test_what_was_received_before_closing_does_not_find_it_closed_when_its_queue_message_was_lost() -> None:
    async def story() -> World:
        world = World(now=CLOSES - timedelta(seconds=1))
        await world.submit(run=False)
        world.wakeups.submissions.clear()
        await world.tick(CLOSES + timedelta(hours=6))
        return world

    assert asyncio.run(story()).application()["Status"] == "Awaiting manager"


async def test_ticks_missed_for_two_days_around_closing_are_made_good_once() -> None:
    world = World(now=datetime(2026, 3, 4, 9, 0, tzinfo=UTC))
    await world.submit()
    await world.tick(CLOSES - timedelta(days=3))
    await world.tick(CLOSES + timedelta(hours=47))
    await world.later(minutes=5)
    await world.later(minutes=5)
    at_once = [
        (AMARA, "application received"),
        (PRIYA.email, "approval request"),
    ]
    assert told(world) == sorted(at_once)
    # That was late on a Saturday.
    await world.tick(datetime(2026, 3, 16, 9, 0, tzinfo=UTC))

    on_monday = [(PRIYA.email, "approval reminder"), (ADMINISTRATORS, "closing summary")]
    assert told(world) == sorted([*at_once, *on_monday])


async def test_a_tick_with_nothing_to_do_changes_no_row() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await manager_says(world, PRIYA.email)
    for _ in range(3):
        await world.later(minutes=5)
    before = everything(world)
    for _ in range(5):
        await world.later(minutes=5)
    after = everything(world)

    assert before == after


def test_the_cost_of_a_tick_does_not_grow_with_the_number_of_applications() -> None:
    async def calls(people: int) -> int:
        world = World()
        await world.tick()
        for number in range(people):
            await world.submit(answers(email=f"p{number}@example.nhs.uk", manager_email=f"m{number}@example.nhs.uk"))
        for _ in range(4):
            await world.later(minutes=2)
        before = world.tables.calls
        await world.later(minutes=5)
        return world.tables.calls - before

    assert asyncio.run(calls(1)) == asyncio.run(calls(15))
