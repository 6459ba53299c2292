"""Due jobs: who takes up which, in what order, for how long, and that a failing one never stops the others."""

import asyncio
from datetime import timedelta

import pytest

from local.memory.process import ManualClock
from local.memory.tables import MemoryTable
from shared.domain.jobs import TICK, TICK_TASKS, Job, LookAtPair, OfferPlaces, Reconcile
from shared.ports import Stored
from shared.services.base.queues import by_task
from shared.services.schedule import due_jobs
from shared.stores.jobs import Jobs
from shared.stores.names import TableName
from tests.factories import AMARA, CLOSES, PRIYA, manager_says
from tests.world import PROGRAMME, World, answers


def test_whoever_was_decided_before_their_last_day_is_only_glanced_at_when_it_comes() -> None:
    async def calls(people: int) -> int:
        world = World()
        for number in range(people):
            await world.submit(answers(email=f"p{number}@example.nhs.uk", manager_email=f"m{number}@example.nhs.uk"))
            await manager_says(world, f"m{number}@example.nhs.uk")
        await world.tick(CLOSES + timedelta(days=1))
        await world.later(minutes=5)
        before = world.tables.calls
        # Their last day is over, and nothing else is due yet.
        await world.tick(CLOSES + timedelta(days=9))
        return world.tables.calls - before

    # The application is read, and the job taken away.
    assert asyncio.run(calls(4)) - asyncio.run(calls(1)) == 3 * 2


def test_a_job_of_unfinished_work_is_no_glance_even_if_everything_is_decided() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        reference = str(world.application()["RowKey"])
        await world.tables(TableName.BOOKINGS).delete(PROGRAMME, f"mentor-training-1.{reference}")
        job = Job(TICK, world.clock.now(), Reconcile(reference), PROGRAMME)
        await Jobs(world.tables(TableName.ALARMS)).put(job)
        await world.later(minutes=5)
        return world

    assert asyncio.run(story()).row(TableName.BOOKINGS, Email=AMARA)["Status"] == "Booked"


async def test_alarms_for_which_a_tick_has_no_time_are_taken_up_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    await world.submit()
    monkeypatch.setattr(due_jobs, "_SECONDS", 0.0)
    await world.tick(CLOSES + timedelta(days=60))
    without = world.application()["Status"]
    monkeypatch.undo()
    await world.later(minutes=5)

    assert without == "Awaiting manager"
    assert world.application()["Status"] == "Lapsed"


@pytest.mark.parametrize(
    ("subjects", "together"),
    [
        ("", []),
        ("abc", ["abc"]),
        ("abacb", ["aabbc"]),
        ("ab!cd", ["ab", "!", "cd"]),
        ("!!a", ["!!", "a"]),
        ("abcdefghij", ["abcdefgh", "ij"]),
    ],
)
def test_only_different_applications_are_looked_at_side_by_side_and_nothing_overtakes(
    subjects: str, together: list[str]
) -> None:
    jobs = [
        Stored(Job(TICK, CLOSES, OfferPlaces(one) if one == "!" else Reconcile(one), PROGRAMME), "etag")
        for one in subjects
    ]

    side_by_side = list(due_jobs.side_by_side(by_task(jobs)))

    assert ["".join(str(a.value.task)[-1] for task in some for a in task) for some in side_by_side] == together


async def _nothing(_: object, __: object) -> None:
    """A handler."""


def test_what_nobody_takes_up_is_said_when_the_app_is_put_together() -> None:
    jobs, clock = Jobs(MemoryTable()), ManualClock(CLOSES)
    handlers = {kind: _nothing for kind in TICK_TASKS if kind is not LookAtPair}

    with pytest.raises(ValueError, match=r"nobody takes up LookAtPair: see handlers in services/schedule/due_jobs\.py"):
        due_jobs.DueJobs(jobs=jobs, handlers=handlers, clock=clock)


async def test_a_subject_that_fails_comes_back_in_five_minutes_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    jobs, clock, seen = Jobs(MemoryTable()), ManualClock(CLOSES), list[str]()

    async def look(_: object, job: Job) -> None:
        seen.append(str(job.task)[-1])
        if seen == ["a", "b"]:
            raise ZeroDivisionError("Amara Okafor")

    handlers = dict.fromkeys(TICK_TASKS, look)
    work = due_jobs.DueJobs(jobs=jobs, handlers=handlers, clock=clock)
    for task in (OfferPlaces("a"), Reconcile("b"), LookAtPair("c")):
        await jobs.put(Job(TICK, clock.now(), task, PROGRAMME))
    first, left = await work.work_off({}), await jobs.next_due(TICK)
    clock.advance(timedelta(minutes=5))
    second = await work.work_off({})

    assert (first, second, seen) == (3, 1, ["a", "b", "c", "b"])
    assert left == CLOSES.replace(microsecond=0) + timedelta(minutes=5)
    assert "application b is looked at later: ZeroDivisionError" in caplog.text
    assert await jobs.next_due(TICK) is None
