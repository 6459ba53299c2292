"""Hazards 1 to 9: what arrives twice, late, half, together, or as a trial. One person is one application."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import timedelta
from unittest.mock import patch

import azure.functions as func
import pytest

from local.host.functions import AuthLevel, Function, HttpTrigger
from local.host.routes import RouteTable
from shared import bootstrap
from shared.contracts.signing import SECRET_IN_ADDRESS
from shared.ports import Cell
from shared.stores.names import TableName
from tests.doors import doors
from tests.factories import command, mails_to, told
from tests.hazards.running import LATER, knock, read, receptions, send, world_of
from tests.hazards.table import hazard
from tests.senders import ALL, Sender, filled_in
from tests.senders.form import with_every_form
from tests.senders.providers import SUBMITTED, google_columns, smartsurvey_row
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee

AMARA, PRIYA = "amara.okafor@example.nhs.uk", "priya.shah@example.nhs.uk"
BOTH = [(AMARA, "application received"), (PRIYA, "approval request")]


def form(source: str, **around: object) -> bytes:
    """Amara's form; words for answers to change are keywords in capitals."""
    changes = {name.lower(): value for name, value in around.items() if name.isupper()}
    rest = {name: value for name, value in around.items() if not name.isupper()}
    return ALL[source].body(filled_in(source, answers(**changes)), **rest)


@hazard(1)
async def test_the_same_event_again_and_again_is_one_application(source: str) -> None:
    world = world_of(source)
    for _ in range(5):
        await send(world, source, form(source))
    await world.tick()

    assert (len(world.rows(TableName.APPLICATIONS)), told(world)) == (1, BOTH)
    assert [row["Status"] for row in receptions(world)] == ["Taken in"]


@hazard(1)
async def test_the_same_response_in_other_bytes_is_one_application(source: str) -> None:
    """A sender may repeat itself with another event id, or with its fields in another order."""
    again = form(source) + (b"" if source == "jotform" else b"\n ")

    world = world_of(source)
    for body in (form(source), again):
        await send(world, source, body)

    assert (len(world.rows(TableName.APPLICATIONS)), told(world)) == (1, BOTH)


@hazard(2, 6)
async def test_an_edit_counts_and_the_first_version_sent_again_does_not(source: str) -> None:
    first = form(source)
    edited = form(source, JOB_TITLE="Ward sister", at=SUBMITTED + timedelta(hours=2))

    world = world_of(source, now=SUBMITTED)
    await send(world, source, first)
    world.clock.advance(timedelta(hours=2, minutes=1))
    await send(world, source, edited)
    world.clock.advance(timedelta(hours=8))
    await send(world, source, first)

    assert world.application()["JobTitle"] == "Ward sister"
    assert told(world) == [BOTH[0], (AMARA, "application updated"), BOTH[1]]


@hazard(2, only={name for name, sender in ALL.items() if sender.timed})  # without a time what comes last counts
def test_an_edit_that_comes_before_the_first_version_stands(source: str) -> None:
    edited = form(source, JOB_TITLE="Ward sister", at=SUBMITTED + timedelta(hours=2))

    async def story() -> World:
        world = world_of(source, now=LATER)
        for body in (edited, form(source)):
            await send(world, source, body)
            world.clock.advance(timedelta(minutes=5))
        return world

    assert asyncio.run(story()).application()["JobTitle"] == "Ward sister"


@hazard(3)
async def test_the_sender_has_its_answer_before_any_work_is_done(source: str) -> None:
    """One blob and one queue message, and the answer: nothing of that waits for tables or mail."""
    body = form(source)

    world = world_of(source)
    began = time.perf_counter()
    answer = await knock(world, source, body, ALL[source].headers(body))
    assert answer.status == 200
    seconds = time.perf_counter() - began

    assert (len(world.bodies.kept), len(world.wakeups.submissions)) == (1, 1)
    assert world.tables.calls == 0
    assert seconds < 5


def unwelcome(sender: Sender) -> list[bytes]:
    """Authentic bodies that no application can be made of."""
    return [
        sender.body(filled_in(sender.name, answers()), form_id="9999999"),
        b"",
        b"not what was agreed",
        b'{"half": ',
        b"\xff\xfe{\x00}\x00",
        b"null",
        b"[1, 2]",
        b'"\\ud800"',
        b"<?xml version='1.0'?><response/>",
    ]


@hazard(4)
async def test_what_cannot_be_read_is_kept_parked_and_told_and_the_sender_is_content(source: str) -> None:
    world = world_of(source)
    await world.tick()
    statuses = [(await send(world, source, body)).status for body in unwelcome(ALL[source])]

    assert set(statuses) == {200}
    parked = [row for row in receptions(world) if row["Status"] == "Parked"]
    assert {row["RowKey"] for row in parked} == set(world.bodies.kept)
    assert all(row["Reason"] for row in parked)
    assert world.kinds_sent() == ["submission parked"]
    assert len(world.letters(ADMINISTRATORS)) == 1


@hazard(4)
@pytest.mark.parametrize("programme", ["llr-rmi-2031-c12", "../../etc", "UPPER", "x" * 200])
def test_an_address_with_a_programme_nobody_knows_is_no_404(source: str, programme: str) -> None:
    body = form(source)

    async def story() -> tuple[World, int]:
        world = world_of(source)
        if not ALL[source].header:
            await world.app.raw_bodies.keep(programme="unknown", source=source, body=body)
            return world, 200
        return world, (await knock(world, source, body, ALL[source].headers(body), programme=programme)).status

    world, status = asyncio.run(story())
    asyncio.run(world.run())

    assert status == 200
    assert "Parked" in {row["Status"] for row in receptions(world)}
    assert len(world.bodies.kept) == 1


#: Addresses with a slash or a part too many, or a part too few; and whether the programme can be read in them.
ADDRESSES = {
    "/webhooks/{source}/{programme}": True,
    "/webhooks/{source}/{programme}/": True,
    "//webhooks/{source}/{programme}": True,
    "/webhooks//{source}/{programme}": True,
    "/WEBHOOKS/{source}/{programme}//": True,
    "/webhooks/{source}/{programme}/extra/more": True,
    "/webhooks/{source}": False,
    "//webhooks//{source}/": False,
}


def routes() -> RouteTable:
    """The app's routes, as the host looks them up."""
    found = [
        Function(
            name=door.name,
            id=door.name,
            trigger=HttpTrigger(
                "req", door.trigger["route"], frozenset(door.trigger["methods"]), AuthLevel("anonymous")
            ),
            outputs=(),
            bindings=(),
        )
        for door in doors()
        if door.trigger["type"] == "httpTrigger"
    ]
    return RouteTable("", found)


async def posted(world: World, path: str, body: bytes, headers: Mapping[str, str]) -> func.HttpResponse:
    """Through whichever door the host finds for the path."""
    found = routes().find("POST", path)
    assert found is not None, path
    handler = next(door.handler for door in doors() if door.name == found[0].name)
    request = func.HttpRequest(method="POST", url=path, route_params=found[2], headers=headers, body=body)
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer: func.HttpResponse = await handler(request)
    return answer


@hazard(4, only=sorted(name for name, sender in ALL.items() if sender.header))
@pytest.mark.parametrize("address", ADDRESSES)
async def test_an_address_typed_nearly_right_is_no_404_and_nothing_is_lost(source: str, address: str) -> None:
    body = form(source)
    headers = dict(ALL[source].headers(body))
    secret = headers.pop(SECRET_IN_ADDRESS, "")
    programme = f"{PROGRAMME}/{secret}" if secret else PROGRAMME
    path = address.format(source=source, programme=programme)

    world = world_of(source)
    answer = await posted(world, path, body, headers)
    await world.run()
    status = answer.status_code

    if secret and not ADDRESSES[address]:
        assert status == 401  # the address is the only proof there is, and it is not all there
        return
    assert status == 200
    (row,) = receptions(world)
    assert row["Status"] == ("Taken in" if ADDRESSES[address] else "Parked")
    assert ADDRESSES[address] or row["Reason"] == (
        "there is no programme that this address names; check the address in the form's webhook"
    )


@hazard(4, only=["typeform"])
@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/", "/nowhere/typeform/x", "/me", "/api/webhooks/typeform"]
)
def test_what_is_no_address_of_a_webhook_is_404(source: str, path: str) -> None:
    world, body = world_of(source), form(source)

    answer = asyncio.run(posted(world, path, body, ALL[source].headers(body)))

    assert (answer.status_code, answer.get_body()) == (404, b"")
    assert not world.bodies.kept


MISTYPED = "llr-rmi-2026-c07"


async def sent_to(world: World, source: str, body: bytes, programme: str) -> str:
    """Past the door, whose question is another one; returns the content hash."""
    content = await world.app.raw_bodies.keep(programme=programme, source=source, body=body)
    await world.run()
    return content


def state_of(world: World) -> tuple[list[tuple[str, str]], int]:
    """The rows of Submissions, and how many applications there are."""
    rows = sorted((str(row["PartitionKey"]), str(row["Status"])) for row in receptions(world))
    return rows, len(world.rows(TableName.APPLICATIONS))


@hazard(4)
async def test_what_was_sent_to_a_mistyped_address_and_then_to_the_right_one_is_taken_in(source: str) -> None:
    world = world_of(source)
    await world.tick()
    await sent_to(world, source, form(source), MISTYPED)
    parked = state_of(world)
    await sent_to(world, source, form(source), PROGRAMME)
    await sent_to(world, source, form(source), MISTYPED)

    assert parked == ([(PROGRAMME, "Parked")], 0)
    assert state_of(world) == ([(PROGRAMME, "Taken in")], 1)
    assert len(world.letters(ADMINISTRATORS, "could not be read")) == 1


@hazard(4)
async def test_what_was_parked_with_another_programme_goes_from_there_when_it_is_sent_to_its_own(source: str) -> None:
    other = with_every_form().model_copy(update={"id": "a-first-programme", "form_ids": {}})

    world = World(programme=with_every_form(), earlier=other)
    await sent_to(world, source, form(source), "a-first-programme")
    assert state_of(world) == ([("a-first-programme", "Parked")], 0)
    await sent_to(world, source, form(source), PROGRAMME)

    assert state_of(world) == ([(PROGRAMME, "Taken in")], 1)
    assert {body.programme for body in world.bodies.kept.values()} == {PROGRAMME}


async def retried_while_the_queue_loses_it(world: World, content: str) -> Cell:
    """What the command answers."""
    row = {"PartitionKey": PROGRAMME, "RowKey": "1", "Command": "retry parked", "Reference": content[:12]}
    await world.type_in(TableName.COMMANDS, row)
    await world.app.tick.run()
    world.wakeups.submissions.clear()
    await world.later(minutes=5)
    return world.row(TableName.COMMANDS, RowKey="1")["Result"]


@hazard(4)
async def test_what_was_sent_to_a_mistyped_address_is_retried_even_if_the_queue_loses_it(source: str) -> None:
    world = world_of(source)
    content = await sent_to(world, source, form(source), MISTYPED)
    result = await retried_while_the_queue_loses_it(world, content)

    assert result == "1 brought back."
    assert state_of(world) == ([(PROGRAMME, "Taken in")], 1)


@hazard(4)
async def test_what_is_parked_with_two_programmes_is_not_lost_if_the_queue_loses_its_retry(source: str) -> None:
    other = with_every_form().model_copy(update={"id": "another-programme", "form_ids": {}})
    body = form(source, form_id="999")

    world = World(programme=with_every_form(), earlier=other)
    for address in (PROGRAMME, "another-programme"):
        content = await sent_to(world, source, body, address)
    world.files.change(PROGRAMME, form_ids={**with_every_form().form_ids, source: "999"})
    await retried_while_the_queue_loses_it(world, content)
    assert state_of(world)[0][-1][0] == PROGRAMME
    await command(world, "retry parked", content[:12], key="2")

    assert state_of(world) == ([("another-programme", "Parked"), (PROGRAMME, "Taken in")], 1)


@hazard(4)
async def test_a_retry_that_fails_as_before_is_told_again_and_one_without_a_body_leaves_no_row(source: str) -> None:
    world = world_of(source)
    content = await sent_to(world, source, b"{", PROGRAMME)
    world.clock.advance(timedelta(hours=2))
    await command(world, "retry parked", content[:12])
    told_of = len(world.letters(ADMINISTRATORS, "could not be read"))
    await world.bodies.remove(content)
    await command(world, "retry parked", content[:12], key="2")

    assert told_of == 2
    assert state_of(world) == ([], 0)


@hazard(4)
async def test_a_form_whose_id_was_missing_is_taken_in_when_the_sender_sends_it_again(source: str) -> None:
    body = form(source, form_id="999")

    world = world_of(source)
    for _ in range(3):
        await sent_to(world, source, body, PROGRAMME)
        world.clock.advance(timedelta(hours=2))
    assert state_of(world) == ([(PROGRAMME, "Parked")], 0)
    world.files.change(PROGRAMME, form_ids={**with_every_form().form_ids, source: "999"})
    await sent_to(world, source, body, PROGRAMME)

    assert state_of(world) == ([(PROGRAMME, "Taken in")], 1)
    assert len(world.letters(ADMINISTRATORS, "could not be read")) == 1, "what is parked already is not told again"


@hazard(5)
@pytest.mark.parametrize("way", ["retried", "sent again"])
async def test_a_batch_that_was_sent_to_a_mistyped_address_is_taken_in_whole(source: str, way: str) -> None:
    sender = ALL[source]
    rows = [
        smartsurvey_row(
            filled_in(source, answers(email=f"p{number}@example.nhs.uk")), sender.sent(response_id=str(number))
        )
        for number in range(5)
    ]
    batch = b"[" + b",".join(rows) + b"]"

    world = world_of(source)
    content = await sent_to(world, source, batch, MISTYPED)
    if way == "retried":
        assert await command(world, "retry parked", content[:12]) == "Done: 1 brought back."
    else:
        await sent_to(world, source, batch, PROGRAMME)

    assert state_of(world) == ([(PROGRAMME, "Split"), *[(PROGRAMME, "Taken in")] * 5], 5)
    assert {body.programme for body in world.bodies.kept.values()} == {PROGRAMME}


@hazard(5)
async def test_one_bad_response_of_a_batch_is_parked_alone(source: str) -> None:
    sender = ALL[source]
    rows = [
        smartsurvey_row(filled_in(source, answers()), sender.sent(response_id="1")),
        b'{"id": 2, "survey_id": 1700726, "status": "completed", "pages": "no list"}',
        b'{"id": 3, "id": 3}',
        b"17",
        b'{"id": 4, "survey_id": 999, "pages": []}',
        smartsurvey_row(filled_in(source, mentee()), sender.sent(response_id="5")),
        b'{"id": 6, "survey_id": 1700726, "status": "disqualified", "pages": []}',
    ]

    world = world_of(source)
    await world.tick()
    answer = await send(world, source, b"[" + b",\n ".join(rows) + b"]")
    status = answer.status

    assert status == 200
    assert sorted(str(row["FullName"]) for row in world.rows(TableName.APPLICATIONS)) == [
        "",
        "Amara Okafor",
        "Tom Hughes",
    ]
    by_status = sorted(str(row["Status"]) for row in receptions(world))
    assert by_status == ["No application", "Parked", "Parked", "Parked", "Split", "Taken in", "Taken in", "Taken in"]
    kept = {body.data for body in world.bodies.kept.values()}
    assert kept == {b"[" + row + b"]" for row in rows}, "each response is kept in its own bytes, and the batch is gone"
    assert len(world.letters(ADMINISTRATORS, "could not be read")) == 1


@hazard(5)
@pytest.mark.parametrize("odd", [b"Am\xe9ra", b"Am\tra", b"Am\x00ra", b"\xf0\x9f Amara", b"Am\xed\xa0\x80ra"])
async def test_one_response_of_a_batch_in_bytes_that_cannot_be_read_is_parked_alone(source: str, odd: bytes) -> None:
    sender = ALL[source]
    rows = [
        smartsurvey_row(
            filled_in(source, answers(email=f"p{number}@example.nhs.uk")), sender.sent(response_id=str(number))
        )
        for number in range(3)
    ]
    rows[1] = rows[1].replace(b"Amara", odd)
    batch = b"\xef\xbb\xbf[" + b",".join(rows) + b"]"

    world = world_of(source)
    await sent_to(world, source, batch, PROGRAMME)

    assert sorted(str(row["Status"]) for row in receptions(world)) == ["Parked", "Split", "Taken in", "Taken in"]
    assert {body.data for body in world.bodies.kept.values()} == {b"[" + row + b"]" for row in rows}


@hazard(5)
async def test_a_batch_of_a_thousand_is_taken_in_whole_and_only_once(source: str) -> None:
    sender = ALL[source]
    rows = [
        smartsurvey_row(
            filled_in(source, answers(email=f"person{number}@example.nhs.uk", full_name=f"Person {number}")),
            sender.sent(response_id=str(number)),
        )
        for number in range(1000)
    ]
    batch = b"[" + b",".join(rows) + b"]"

    world = world_of(source)
    for _ in range(2):
        assert (await knock(world, source, batch, sender.headers(batch))).status == 200
        while world.wakeups.submissions:  # without the mailbox worker, who would write 2,000 mails
            programme, name, content = world.wakeups.submissions.pop()
            await world.app.intake.take_in(programme=programme, source=name, content=content)
    waiting = [content async for content in world.bodies.waiting()]

    assert len(batch) > 1_000_000
    assert len(world.rows(TableName.APPLICATIONS)) == 1000
    assert (len(world.bodies.kept), waiting) == (1000, [])


NO_APPLICATIONS = {
    "typeform": {"event_id": "x", "event_type": "form_response_partial", "form_response": {"form_id": "LLRc7x26"}},
    "tally": {"eventId": "x", "eventType": "FORM_OPENED", "data": {"formId": "wLLRc7"}},
    "smartsurvey": [{"id": 1, "survey_id": 1700726, "status": "partial", "pages": []}],
    "gravity": {"id": "1", "form_id": "7", "status": "spam"},
}


@hazard(6, only=NO_APPLICATIONS)
async def test_half_a_form_is_no_application(source: str) -> None:
    """The others send nothing before the form is sent."""

    world = world_of(source)
    await world.tick()
    await send(world, source, json.dumps(NO_APPLICATIONS[source]).encode())

    assert [row["Status"] for row in receptions(world)] == ["No application"]
    assert receptions(world)[0]["Reason"]
    assert world.rows(TableName.APPLICATIONS) == []
    assert world.mailbox.sent == []


@hazard(7)
async def test_a_test_is_stored_and_mails_nobody(source: str) -> None:
    world = world_of(source)
    await world.tick()
    await send(world, source, form(source, test=True))
    await world.app.tick.daily()
    await world.later(days=4)

    assert world.application()["Test"] is True
    assert [(row["Status"], row["Test"]) for row in receptions(world)] == [("Taken in", True)]
    # The first digest tells of the session that the file holds back, whatever else has come.
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    assert len(world.mailbox.sent) == 1


@hazard(7)
async def test_a_test_with_a_real_persons_address_leaves_their_application_alone(source: str) -> None:
    world = world_of(source)
    await send(world, source, form(source, response_id="41"))
    await send(world, source, form(source, test=True, JOB_TITLE="Tester"))
    await send(world, source, form(source, test=True, response_id="41", JOB_TITLE="Tester"))

    assert world.application(Test=False)["JobTitle"] == "Staff nurse"
    assert world.application(Test=True)["JobTitle"] == "Tester"
    assert told(world) == BOTH


@pytest.mark.parametrize("source", ["typeform"])
async def test_a_digest_that_goes_anyway_names_the_tests_and_no_figure_counts_them(source: str) -> None:
    world = world_of(source)
    await world.tick()
    await send(world, source, form(source, test=True, AREA="northamptonshire", SECTOR="other_healthcare"))
    await send(world, source, form(source, response_id="28", AREA="northamptonshire", SECTOR="other_healthcare"))
    await world.later(days=1)
    await world.app.tick.daily()
    await world.run()
    await world.tick(SUBMITTED + timedelta(days=41))

    (digest,) = world.letters(ADMINISTRATORS, "things to act on")
    real, test = (str(world.application(Test=value)["RowKey"]) for value in (False, True))
    assert digest.html.count(real) == digest.html.count(test) == 1
    assert "Tests that were sent in" in digest.html
    (summary,) = world.letters(ADMINISTRATORS, "have closed")
    assert "1 received" in summary.subject
    assert "1 more was a test and is not counted." in summary.html


@hazard(8)
async def test_a_flow_that_forgot_to_fetch_the_answers_is_told_to_administrators(source: str) -> None:
    world = world_of(source)
    await world.tick()
    await send(world, source, b'{"value": [{"resourceData": {"responseId": 27}}]}')
    await send(world, source, json.dumps({"formId": ALL[source].form_id, "responseId": 28}).encode())

    assert sorted(str(row["Reason"]) for row in receptions(world)) == [
        "the body has no object called response or answers",
        "the form id is missing or is no text",
    ]
    assert len(world.letters(ADMINISTRATORS, "could not be read")) == 1


@hazard(9)
async def test_a_replay_a_month_later_changes_nothing(source: str) -> None:
    body = form(source)
    headers = ALL[source].headers(body)

    world = world_of(source)
    await send(world, source, body)
    await world.later(days=30)
    before = world.application()
    world.mailbox.items.clear()
    status = (await knock(world, source, body, headers)).status
    await world.run()

    assert (status, world.application()) == (200, before)
    assert world.mailbox.sent == []


@hazard(9)
async def test_a_replay_of_somebody_who_was_erased_leaves_nothing_behind(source: str) -> None:
    body = form(source)

    world = world_of(source)
    await send(world, source, body)
    await command(world, "erase", str(world.application()["RowKey"]))
    await send(world, source, body)
    await world.later(minutes=20)

    assert world.application()["Status"] == "Erased"
    assert not world.bodies.kept


@hazard(9, only=["standard"])
def test_where_a_time_is_signed_an_old_one_is_refused(source: str) -> None:
    body = form(source)
    headers = ALL[source].headers(body)
    old = str(int(headers["webhook-timestamp"]) - 301)

    answer = asyncio.run(knock(world_of(source), source, body, headers | {"webhook-timestamp": old}))

    assert (answer.status, "5 minutes" in answer.body["error"]) == (401, True)


async def test_a_sheet_of_google_forms_has_no_response_id_and_a_repeat_still_changes_nothing() -> None:
    body = google_columns(filled_in("google", answers()), ALL["google"].sent())

    world = world_of("google")
    for _ in range(3):
        await send(world, "google", body)

    assert read("google", body).response_id == ""
    assert (len(world.rows(TableName.APPLICATIONS)), told(world)) == (1, BOTH)
