"""Sends bodies the way a provider does: through the door, or past it where the sender's proof is not the question."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import azure.functions as func

from functions import intake as door
from shared import bootstrap
from shared.contracts.registry import provider
from shared.contracts.signing import SECRET_IN_ADDRESS
from shared.contracts.submission import Submission
from shared.domain.answers import Checked, check
from shared.ports import Cell
from shared.stores.names import TableName
from tests.senders import ALL
from tests.senders.form import with_every_form
from tests.world import NINE, PROGRAMME, World

SECRETS = {name: sender.secret for name, sender in ALL.items() if sender.header}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door said."""

    status: int
    body: Mapping[str, str]


def world_of(source: str, secrets: Mapping[str, str] | None = None, **around: Any) -> World:
    """A pipeline whose programme has a form at the provider, with the local secrets."""
    return World(programme=with_every_form(), secrets=SECRETS if secrets is None else secrets, **around)


async def knock(
    world: World, source: str, body: bytes, headers: Mapping[str, str], *, programme: str = PROGRAMME
) -> Answer:
    """Send a request through the function app's own door."""
    sent = dict(headers)
    route = {"source": source, "programme": programme}
    which = door.receive_submission
    if SECRET_IN_ADDRESS in sent:
        which, route = door.receive_submission_by_secret_address, route | {"secret": sent.pop(SECRET_IN_ADDRESS)}
    request = func.HttpRequest(
        method="POST", url="https://mentoring.example.nhs.uk/", route_params=route, headers=sent, body=body
    )
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer: func.HttpResponse = await which.build().get_user_function()(request)
    return Answer(answer.status_code, json.loads(answer.get_body()))


async def send(world: World, source: str, body: bytes) -> Answer:
    """Send a body with the provider's own proof, and let the queues run. What has no webhook is brought in."""
    if not ALL[source].header:
        content = await world.deliver(body, source=source)
        return Answer(200, {"received": content})
    answer = await knock(world, source, body, ALL[source].headers(body))
    await world.run()
    return answer


def read(source: str, body: bytes) -> Submission:
    """The application in a body, before validation."""
    known = provider(source)
    assert known is not None
    return known.parse(body, with_every_form())


def understood(source: str, body: bytes) -> Checked:
    """What validation says of it."""
    return check(with_every_form(), read(source, body).answers)


def receptions(world: World) -> list[dict[str, Cell]]:
    """The rows of Submissions."""
    return world.rows(TableName.SUBMISSIONS)


LATER = NINE.replace(hour=15)
