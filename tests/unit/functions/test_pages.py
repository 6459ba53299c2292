"""What holds for the pages of every door."""

import asyncio
import gzip
from unittest.mock import patch

import azure.functions as func
import pytest

from shared import bootstrap
from shared.stores.names import TableName
from tests.doors import Door, doors
from tests.world import PROGRAMME, World

LARGEST = 256 * 1024
# Webhooks have a limit of their own, which is told in a program's words.
FORMS = [
    door
    for door in doors()
    if "POST" in (door.trigger.get("methods") or ())
    and not str(door.trigger["route"]).startswith(("webhooks/", "{*rest}"))
]
# What no browser makes of one of our pages, and the reason that is told.
UNREADABLE = {
    "more than 100 fields": (b"&".join(b"f%d=x" % number for number in range(101)), "more than 100 fields"),
    "compressed": (gzip.compress(b"action=withdraw"), "not in UTF-8, or it was compressed"),
    "Latin-1": ("note=caf\u00e9".encode("latin-1"), "not in UTF-8"),
    "multipart": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n", "take no files"),
    "multipart after a blank line": (
        b"\r\n--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--",
        "no files",
    ),
    "JSON": (b'{"action": "withdraw"}', "was not the form of one of our pages"),
}


async def posted(world: World, door: Door, letters: int) -> func.HttpResponse:
    return await posted_body(world, door, b"x=" + b"y" * (letters - 2))


async def posted_body(world: World, door: Door, body: bytes) -> func.HttpResponse:
    request = func.HttpRequest(
        method="POST",
        url="https://mentoring.example.nhs.uk/",
        route_params={"programme": PROGRAMME, "token": "A" * 43, "page": "about-you"},
        body=body,
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


@pytest.mark.parametrize("case", UNREADABLE)
@pytest.mark.parametrize("door", FORMS, ids=lambda door: door.name)
def test_a_form_that_cannot_be_read_is_told_why_and_is_no_empty_answer(door: Door, case: str) -> None:
    body, why = UNREADABLE[case]
    world = World()

    answer = asyncio.run(posted_body(world, door, body))

    assert answer.status_code == 400
    assert why in answer.get_body().decode()
    assert [table for table in TableName if world.rows(table)] == []


@pytest.mark.parametrize("door", FORMS, ids=lambda door: door.name)
def test_a_form_of_a_hundred_fields_is_read(door: Door) -> None:
    body = b"&".join(b"f%d=x" % number for number in range(100))

    assert asyncio.run(posted_body(World(), door, body)).status_code != 400


def test_there_are_doors_with_forms() -> None:
    assert {door.name for door in FORMS} >= {"apply", "returning", "welcome_back"}
