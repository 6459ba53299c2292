"""Due jobs: who takes up which, in what order, for how long, and that a failing one never stops the others."""

import asyncio
from datetime import timedelta

import pytest

from shared.domain.owed import About
from shared.ports import Job, Stored
from shared.services.base.queues import TICK, by_subject
from shared.services.schedule import due_jobs
from shared.stores.jobs import Jobs
from shared.stores.names import TableName
from tests.factories import AMARA, CLOSES, PRIYA, manager_says
from tests.fakes import ManualClock, MemoryTable
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
        await world.tick(CLOSES + timedelta(days=60))
        return world.tables.calls - before

    # The application is read, and the job taken away.
    assert asyncio.run(calls(4)) - asyncio.run(calls(1)) == 3 * 2


def test_an_alarm_of_unfinished_work_is_no_glance_even_if_everything_is_decided() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        reference = str(world.application()["RowKey"])
        await world.tables(TableName.BOOKINGS).delete(PROGRAMME, f"mentor-training-1.{reference}")
        job = Job(TICK, world.clock.now(), About.APPLICATION, PROGRAMME, reference)
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
        Stored(Job(TICK, CLOSES, About.SESSION if one == "!" else About.APPLICATION, PROGRAMME, one), "etag")
        for one in subjects
    ]

    side_by_side = list(due_jobs.side_by_side(by_subject(jobs)))

    assert ["".join(a.value.subject for subject in some for a in subject) for some in side_by_side] == together


async def _nothing(_: object, __: object) -> None:
    """A handler."""


def test_what_nobody_takes_up_is_said_when_the_app_is_put_together() -> None:
    jobs, clock = Jobs(MemoryTable()), ManualClock(CLOSES)
    handlers = {about: _nothing for about in About if about not in due_jobs.IN_EVERY_TICK and about is not About.PAIR}

    with pytest.raises(ValueError, match=r"jobs about pair: see handlers in composition/schedule\.py"):
        due_jobs.DueJobs(jobs=jobs, handlers=handlers, clock=clock)


async def test_a_subject_that_fails_comes_back_in_five_minutes_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    jobs, clock, seen = Jobs(MemoryTable()), ManualClock(CLOSES), []

    async def look(_: object, job: Job) -> None:
        seen.append(job.subject)
        if job.subject == "b" and seen.count("b") == 1:
            raise ZeroDivisionError("Amara Okafor")

    handlers = {about: look for about in About if about not in due_jobs.IN_EVERY_TICK}
    work = due_jobs.DueJobs(jobs=jobs, handlers=handlers, clock=clock)
    for about, subject in ((About.SESSION, "a"), (About.APPLICATION, "b"), (About.PAIR, "c"), (About.MAILBOX, "d")):
        await jobs.put(Job(TICK, clock.now(), about, PROGRAMME, subject))
    first, left = await work.work_off({}), await jobs.next_due(TICK)
    clock.advance(timedelta(minutes=5))
    second = await work.work_off({})

    assert (first, second, seen) == (4, 1, ["a", "b", "c", "b"])
    assert left == CLOSES.replace(microsecond=0) + timedelta(minutes=5)
    assert "application b is looked at later: ZeroDivisionError" in caplog.text
    assert await jobs.next_due(TICK) is None
