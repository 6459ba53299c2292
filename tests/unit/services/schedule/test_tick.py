"""The clock's work: lost messages and missed ticks cost time, not work, and nothing happens twice."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.owed import About
from shared.errors import TemporaryFailure
from shared.ports import Job, Stored
from shared.services.applications import reading
from shared.services.base.queues import TICK, by_subject
from shared.services.schedule import tick
from shared.stores.jobs import Jobs
from shared.stores.names import TableName
from tests.factories import AMARA, CLOSES, GRACE, PRIYA, TOM, command, everything, mails_to, manager_says, told
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee


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
        (ADMINISTRATORS, "closing summary"),
    ]
    assert told(world) == sorted(at_once)
    # That was late on a Saturday.
    await world.tick(datetime(2026, 3, 16, 9, 0, tzinfo=UTC))

    assert told(world) == sorted([*at_once, (PRIYA.email, "approval reminder")])


@pytest.mark.parametrize("through_the_queue", [True, False], ids=["poison queue", "sweep"])
async def test_a_body_on_which_the_program_fails_is_parked_and_told_once_and_comes_back_after_a_fix(
    monkeypatch: pytest.MonkeyPatch, through_the_queue: bool
) -> None:
    world = World()
    await world.tick()
    content = await world.submit(run=False)
    world.wakeups.submissions.clear()
    await world.submit(mentee(), run=False)
    with monkeypatch.context() as broken:

        def failing(*_: object, **__: object) -> None:
            raise ZeroDivisionError("Amara Okafor")

        broken.setattr(reading, "check", failing)
        if through_the_queue:
            await world.app.intake.try_for_the_last_time(programme=PROGRAMME, source="standard", content=content)
        await world.later(minutes=16)
    parked = world.row(TableName.SUBMISSIONS, RowKey=content)
    await world.tick()
    result = await command(world, "retry parked", content[:12])
    await world.later(minutes=5)
    reason = str(parked["Reason"])

    assert reason == "the program fails on it (ZeroDivisionError); tell the people who run it"
    assert result == "Done: 1 brought back."
    assert world.application(Role="mentor")["Status"] == "Awaiting manager"
    assert mails_to(world, ADMINISTRATORS) == ["submission parked"]


def test_a_body_that_fails_because_storage_is_away_waits_for_the_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> World:
        world = World()
        content = await world.submit(run=False)
        world.wakeups.submissions.clear()
        with monkeypatch.context() as broken:

            def away(*_: object, **__: object) -> None:
                raise TemporaryFailure("storage is away")

            broken.setattr(reading, "check", away)
            await world.app.intake.try_for_the_last_time(programme=PROGRAMME, source="standard", content=content)
        assert world.rows(TableName.SUBMISSIONS) == []
        await world.later(minutes=5)
        return world

    assert asyncio.run(story()).application()["Status"] == "Awaiting manager"


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
    monkeypatch.setattr(tick, "_SECONDS_FOR_ALARMS", 0.0)
    await world.tick(CLOSES + timedelta(days=60))
    without = world.application()["Status"]
    monkeypatch.undo()
    await world.later(minutes=5)

    assert without == "Awaiting manager"
    assert world.application()["Status"] == "Lapsed"


async def test_bodies_for_which_a_tick_has_no_time_keep_nothing_else_from_being_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    await world.submit(run=False)
    world.wakeups.submissions.clear()
    monkeypatch.setattr(tick, "_SECONDS_FOR_BODIES", 0.0)
    await world.later(minutes=5)
    mailboxes = len(world.rows(TableName.MAILBOXES))
    monkeypatch.undo()
    await world.later(minutes=5)

    assert mailboxes == 1, "the inbox was read all the same"
    assert world.application()["Status"] == "Awaiting manager"


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

    side_by_side = list(tick._side_by_side(by_subject(jobs)))

    assert ["".join(a.value.subject for subject in some for a in subject) for some in side_by_side] == together


def test_a_digest_is_sent_only_when_there_is_something_to_act_on_and_once_a_day() -> None:
    async def story() -> tuple[int, int, World]:
        world = World()
        await world.tick()
        quiet = await world.app.tick.daily()
        await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
        posted = [await world.app.tick.daily() for _ in range(3)]
        await world.run()
        return quiet, sum(posted), world

    quiet, posted, world = asyncio.run(story())

    assert (quiet, posted) == (0, 1)
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    html = world.letters(ADMINISTRATORS)[0].html
    assert str(world.application()["RowKey"]) in html
    assert "13.00 - 11.30" in html
    assert len(world.rows(TableName.COMMANDS)) == 0


def test_mail_that_has_waited_for_more_than_a_quarter_of_an_hour_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> list[list[str]]:
        world = World()
        await world.submit(run=False)
        said = []
        for minutes in (0, 14, 2):
            caplog.clear()
            world.wakeups.mailboxes.clear()  # nobody comes for the mail
            world.clock.advance(timedelta(minutes=minutes))
            await world.app.tick.run()
            said.append([record.getMessage() for record in caplog.records if "outbox" in record.getMessage()])
        return said

    with caplog.at_level(logging.INFO, logger="shared"):
        at_once, after_a_while, at_last = asyncio.run(story())

    assert (at_once, after_a_while) == ([], [])
    assert at_last == ["outbox is behind: something has waited 16 minutes"]
