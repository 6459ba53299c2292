"""What the clock asks of mailboxes."""

import asyncio
import logging
from datetime import timedelta

import pytest

from shared.errors import TemporaryFailure
from shared.stores.names import TableName
from tests.factories import command
from tests.world import PROGRAMME, World, answers


def test_mail_for_which_nobody_comes_is_said_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> list[list[str]]:
        world = World()
        await world.submit(run=False)
        said = []
        for minutes in (0, 7, 2):
            caplog.clear()
            world.wakeups.mailboxes.clear()  # nobody comes for the mail
            world.clock.advance(timedelta(minutes=minutes))
            await world.app.tick.run()
            said.append([record.getMessage() for record in caplog.records if "outbox" in record.getMessage()])
        return said

    with caplog.at_level(logging.INFO, logger="shared"):
        at_once, after_a_while, at_last = asyncio.run(story())

    assert (at_once, after_a_while) == ([], [])
    assert at_last == ["outbox is behind: something has waited 9 minutes"]


_REASONS = {
    "no answer": TemporaryFailure("Graph did not answer (RemoteProtocolError)"),
    "no token": TemporaryFailure("there is no token for Graph", retry_after=300),
    "401": TemporaryFailure("Graph answered 401", retry_after=300),
    "403": TemporaryFailure("Graph answered 403 ErrorAccessDenied", retry_after=300),
    "429": TemporaryFailure("Graph answered 429", retry_after=3600),
    "503": TemporaryFailure("Graph answered 503"),
}


@pytest.mark.parametrize("reason", _REASONS)
@pytest.mark.parametrize("call", ["draft", "send"])
async def test_mail_that_does_not_leave_is_said_within_a_quarter_of_an_hour_and_for_as_long_as_it_lasts(
    reason: str, call: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Said within a quarter of an hour at most; the alert looks every five minutes, so somebody hears within twenty."""
    world = World()
    world.mailbox.failing[call] = _REASONS[reason]
    await world.submit()
    said = []
    for number in range(24):
        caplog.clear()
        if number == 12:
            await world.submit(answers(email="later@example.nhs.uk", manager_email="other@example.nhs.uk"))
        await world.later(minutes=5)
        said.append(any("outbox is behind" in record.getMessage() for record in caplog.records))

    assert said == [False] + [True] * 23

    world.mailbox.failing.clear()
    await world.later(hours=1.5)
    await world.later(minutes=5)
    caplog.clear()
    await world.later(minutes=5)
    assert "outbox is behind" not in caplog.text
    sent = sorted(letter.key for letter in world.mailbox.sent)
    assert len(sent) == len(set(sent)) == 4


async def test_a_refusal_that_is_about_the_mailbox_parks_nothing_in_a_day() -> None:
    world = World()
    world.mailbox.failing["draft"] = _REASONS["403"]
    await world.submit()
    for _ in range(24):
        await world.later(hours=1)

    assert {row["Status"] for row in world.rows(TableName.MESSAGES)} <= {"Preparing", "Queued"}
    world.mailbox.failing.clear()
    await world.later(minutes=6)
    assert len(world.mailbox.sent) == 2


async def test_the_id_of_a_programme_brings_back_everything_that_is_parked() -> None:
    world = World()
    world.mailbox.failing["draft"] = TemporaryFailure("Graph answered 503")
    await world.submit()
    await world.submit(answers(email="later@example.nhs.uk", manager_email="other@example.nhs.uk"))
    await world.deliver(b"nonsense")
    for _ in range(24):
        await world.later(hours=1)
    parked = [row for row in world.rows(TableName.MESSAGES) if row["Status"] == "Parked"]
    assert len(parked) >= 4
    world.mailbox.failing.clear()

    answer = await command(world, "retry parked", PROGRAMME.upper())
    await world.later(minutes=1)

    assert answer == f"Done: {len(parked) + 1} brought back."
    assert not [one for one in world.rows(TableName.MESSAGES) if one["Status"] == "Parked"]
