"""What the clock asks of mailboxes."""

import asyncio
import logging
from datetime import timedelta

import pytest

from tests.world import World


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
