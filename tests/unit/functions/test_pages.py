"""What holds for the pages of every door."""

import asyncio
from unittest.mock import patch

import azure.functions as func
import pytest

from shared import bootstrap
from shared.adapters.names import TableName
from tests.doors import Door, doors
from tests.world import PROGRAMME, World

LARGEST = 256 * 1024
# Webhooks have a limit of their own, which is told in a program's words.
FORMS = [
    door
    for door in doors()
    if "POST" in (door.trigger.get("methods") or ()) and not str(door.trigger["route"]).startswith("webhooks/")
]


async def posted(world: World, door: Door, letters: int) -> func.HttpResponse:
    request = func.HttpRequest(
        method="POST",
        url="https://mentoring.example.nhs.uk/",
        route_params={"programme": PROGRAMME, "token": "A" * 43, "page": "about-you"},
        body=b"x=" + b"y" * (letters - 2),
    )
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer: func.HttpResponse = await door.handler(request)
    return answer


@pytest.mark.parametrize("door", FORMS, ids=lambda door: door.name)
def test_a_form_that_is_far_too_long_is_told_so_and_changes_nothing(door: Door) -> None:
    world = World()

    larger = asyncio.run(posted(world, door, LARGEST + 1))

    assert larger.status_code == 413
    assert "Go back in your browser" in larger.get_body().decode()
    assert [table for table in TableName if world.rows(table)] == []


@pytest.mark.parametrize("door", FORMS, ids=lambda door: door.name)
def test_a_form_of_the_largest_size_is_read(door: Door) -> None:
    assert asyncio.run(posted(World(), door, LARGEST)).status_code < 413


def test_there_are_doors_with_forms() -> None:
    assert {door.name for door in FORMS} >= {"apply", "returning", "welcome_back"}
