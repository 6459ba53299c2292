"""What a form provider is answered while storage hangs."""

import asyncio
import json

import pytest

from shared.errors import TemporaryFailure
from shared.services.applications.webhooks import PATIENCE, Request, WebhookReceiver
from shared.services.base.raw_bodies import RawBodies
from tests.journey.platform import STANDARD_SECRET, signed
from tests.world import PROGRAMME, World, answers


async def test_a_provider_hears_in_time_that_storage_hangs_and_sends_again_what_is_taken_in_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = STANDARD_SECRET
    world = World(secrets={"standard": secret})
    body = json.dumps({"form_id": PROGRAMME, "response_id": "one", "answers": answers()}).encode()
    headers = {name.lower(): value for name, value in signed(body, message_id="msg_one").items()}
    request = Request("standard", PROGRAMME, headers, body)
    bodies = RawBodies(
        bodies=world.outside.bodies, wakeups=world.outside.wakeups, metrics=world.outside.metrics, clock=world.clock
    )
    receiver = WebhookReceiver(secrets={"standard": (secret,)}, bodies=bodies, patience=0)

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as away:
        away.setattr(world.wakeups, "submission", hangs)  # the body is stored, and then nothing more is heard
        with pytest.raises(TemporaryFailure, match="did not answer in time"):
            await receiver.receive(request)
    await world.app.webhooks.receive(request)
    await world.run()

    assert len(world.bodies.kept) == 1
    assert len(world.mailbox.sent) == 2
    assert PATIENCE < 10
