"""Hazards 33 and 34: times that lie or can be read in two ways, and links to files."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from shared.stores.names import TableName
from tests.hazards.running import read, receptions, send, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, filled_in
from tests.senders.providers import google_columns
from tests.world import World, answers

CLOSING = datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)


@hazard(33)
@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, 0, tzinfo=UTC),
        datetime(2026, 3, 4, 12, 5, 6, tzinfo=UTC),  # 3 April to whoever reads the month first
        datetime(2026, 12, 11, 0, 0, 0, tzinfo=UTC),
    ],
    ids=str,
)
def test_the_time_of_submission_is_the_instant_that_was_meant(source: str, at: datetime) -> None:
    found = read(source, ALL[source].body(filled_in(source, answers()), at=at)).submitted_at

    assert found == (at if ALL[source].timed else None)


@hazard(33)
@pytest.mark.parametrize("years", [-56, 5])
def test_a_clock_that_is_far_off_opens_no_closed_door(source: str, years: int) -> None:
    """The time we received it counts then: two days after closing is late, whatever the sender's clock says."""
    received = CLOSING + timedelta(days=2)
    body = ALL[source].body(filled_in(source, answers()), at=received.replace(year=received.year + years))

    async def story() -> World:
        world = world_of(source, now=received)
        await send(world, source, body)
        return world

    assert asyncio.run(story()).application()["Status"] == "Late"


@hazard(33)
def test_a_delivery_that_took_an_hour_counts_from_when_the_person_sent_it(source: str) -> None:
    async def story() -> World:
        world = world_of(source, now=CLOSING + timedelta(minutes=50))
        await send(world, source, ALL[source].body(filled_in(source, answers()), at=CLOSING - timedelta(minutes=10)))
        return world

    status = asyncio.run(story()).application()["Status"]

    assert status == ("Awaiting manager" if ALL[source].timed else "Late")


def test_the_time_in_a_sheet_of_google_is_not_read_because_it_could_be_either() -> None:
    sheet = google_columns(filled_in("google", answers()), ALL["google"].sent())

    assert read("google", sheet).submitted_at is None


LINK = "https://files.example/u/CANARY%20file%3B%20frontend%2C%20UI.png"


def with_upload(source: str, body: bytes) -> bytes:
    """The body with a file uploaded to a question of the form, as the provider writes it."""
    if source == "jotform":
        upload = f'"q30_upload": ["name.png#jotformfs"], "upload": ["{LINK}"], "timeToSubmit"'.encode()
        return body.replace(b'"timeToSubmit"', upload)
    value = json.loads(body)
    file = {"id": "1", "name": "odd; name.png", "url": LINK, "link": LINK, "mimeType": "image/png", "size": 1}
    match source:
        case "standard":
            value["answers"]["upload"] = LINK
        case "msforms":
            value["response"]["r" + "1" * 32] = json.dumps([file])
        case "typeform":
            field = {"id": "u", "ref": "upload", "type": "file_upload"}
            value["form_response"]["answers"].append({"type": "file_url", "file_url": LINK, "field": field})
        case "tally":
            value["data"]["fields"].append({"key": "u", "label": "Upload", "type": "FILE_UPLOAD", "value": [file]})
        case "google":
            value["items"].append({"id": 9, "title": "Upload", "type": "FILE_UPLOAD", "value": ["1a2b3c"]})
        case "smartsurvey":
            answer = {"id": 1, "type": "file", "value": LINK}
            value[0]["pages"][0]["questions"].append({"id": 9, "title": "Upload", "answers": [answer]})
        case "gravity":
            value["30"] = json.dumps([LINK])
        case _:
            answer = {"question_id": "u", "question_text": "Upload", "answer_text": "odd; name_A1B2.png"}
            value["answers"].append(answer)
    return json.dumps(value).encode()


@hazard(34)
async def test_a_file_is_neither_fetched_nor_its_link_passed_on(source: str) -> None:
    """Nothing that reads a body can reach the network: tests/architecture holds what contracts may import."""
    body = with_upload(source, ALL[source].body(filled_in(source, answers())))

    world = world_of(source)
    await world.tick()
    await send(world, source, body)

    assert world.application()["Status"] == "Awaiting manager"
    assert len(read(source, body).unmapped) == 1
    for text in (str([world.rows(t) for t in TableName]), str([m.html for m in world.mailbox.sent])):
        assert "CANARY" not in text
        assert "odd; name" not in text
    assert receptions(world)[0]["FormFits"] is False
