"""Bodies whose queue message was lost: the tick takes them in, and none keeps it from its other work."""

import asyncio

import pytest

from shared.errors import TemporaryFailure
from shared.services.applications import reading
from shared.services.schedule import bodies
from shared.stores.names import TableName
from tests.factories import command, mails_to
from tests.world import ADMINISTRATORS, PROGRAMME, World, mentee


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


async def test_bodies_for_which_a_tick_has_no_time_keep_nothing_else_from_being_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    await world.submit(run=False)
    world.wakeups.submissions.clear()
    monkeypatch.setattr(bodies, "_SECONDS", 0.0)
    await world.later(minutes=5)
    mailboxes = len(world.rows(TableName.MAILBOXES))
    monkeypatch.undo()
    await world.later(minutes=5)

    assert mailboxes == 1, "the inbox was read all the same"
    assert world.application()["Status"] == "Awaiting manager"
