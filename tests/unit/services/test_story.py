"""The log tells one application's story from end to end, by its ids, and operators' figures count it."""

import asyncio
import logging

import pytest

from shared.ports import Metric
from tests.factories import PRIYA, manager_says
from tests.world import World


def test_the_story_of_one_application_can_be_read_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> tuple[World, str]:
        world = World()
        content = await world.submit()
        await manager_says(world, PRIYA.email)
        await world.later(minutes=5)
        return world, content

    with caplog.at_level(logging.INFO, logger="shared"):
        world, content = asyncio.run(story())

    reference = str(world.application()["RowKey"])
    lines = [r.getMessage() for r in caplog.records if reference in r.getMessage() or content[:12] in r.getMessage()]
    said = [line.partition(" reference=")[0].partition(" submission=")[0] for line in lines]
    assert said[0] == "the form: received (new -> Awaiting manager)"
    assert next(word for word in said if word in {"taken in", "draft made", "handed over", "sent"}) == "taken in"
    assert "the line manager: answered: approve (Awaiting manager -> Approved)" in said
    for slug in ("received.1", "approval-request.1", "approved.1.1"):
        told = [word for word, line in zip(said, lines, strict=True) if f"message={reference}.{slug} " in line]
        assert [word for word in told if word in {"handed over", "sent"}] == ["handed over", "sent"], slug
    mails = {record.mentoring_message for record in caplog.records if hasattr(record, "mentoring_message")}
    assert {f"{reference}.{slug}" for slug in ("received.1", "approval-request.1", "approved.1.1")} <= mails


def test_what_is_accepted_sent_and_parked_is_counted() -> None:
    async def story() -> World:
        world = World()
        await world.tick()
        await world.submit()
        await world.deliver(b"nonsense")
        await world.later(minutes=5)
        return world

    counted = asyncio.run(story()).metrics.counted

    assert counted[Metric.PARKED.value, "submission"] == 1
    assert counted[Metric.SENT.value, "approval request"] == 1
    assert sum(number for (metric, *_), number in counted.items() if metric == Metric.SENT) == 3
