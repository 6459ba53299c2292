"""Every kind of link in every state of its application, and of its pair: what it shows, and whether it stores."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
import pytest

from functions import approval, checkins, evaluations, interest, participation, partner, returning
from shared import bootstrap
from shared.domain.application import Status
from shared.domain.cohort_model import Seat
from shared.domain.earlier import Details, Earlier
from shared.domain.pairs import CheckInAnswer
from shared.domain.references import Link, Purpose
from shared.ports import Cell as Value
from shared.services.base.links import LinkBook
from shared.stores.links import Links
from shared.stores.names import TableName
from tests.factories import AMARA, approved_pair, command, everything
from tests.own_questions import evaluation
from tests.unit.functions.test_any_cell import Kept
from tests.world import PROGRAMME, World, token

DOORS: Mapping[Purpose, Any] = {
    Purpose.DECISION: approval.decision,
    Purpose.OWN_PAGE: participation.own_page,
    Purpose.CHECK_IN: checkins.checkin,
    Purpose.EVALUATION: evaluations.evaluation,
    Purpose.PARTNER: partner.partner,
    Purpose.RETURNING: returning.welcome_back,
    Purpose.LEAVE: interest.leave,
}
# What each page is sent: something that it would store if it could.
SENT: Mapping[Purpose, Mapping[str, str]] = {
    Purpose.DECISION: {"decision": "decline", "revision": "1", "note": "a word to be kept"},
    Purpose.OWN_PAGE: {"action": "correct", "full_name": "A word to be kept", "job_title": "Nurse", "band": "5"},
    Purpose.CHECK_IN: {"met": "yes", "note": "a word to be kept"},
    Purpose.EVALUATION: {"own-sure": "3"},
    Purpose.PARTNER: {"answer": "yes"},
    Purpose.RETURNING: {"role": "mentor"},
    Purpose.LEAVE: {"sure": "yes"},
}
DEAD, OPEN, STORES = "dead", "open", "stores"


@dataclass(frozen=True)
class Cell:
    """What a link does when it is looked at, and when its form is sent."""

    get: str
    post: str


# The manager of somebody approved has been told to the applicant, so that answer stands; a "no" can become another.
TABLE: Mapping[Purpose, Mapping[Status, Cell]] = {
    Purpose.DECISION: {
        **dict.fromkeys(Status, Cell(OPEN, OPEN)),
        Status.ERASED: Cell(DEAD, DEAD),
    },
    Purpose.OWN_PAGE: {
        **dict.fromkeys(Status, Cell(OPEN, STORES)),
        Status.NEEDS_CORRECTION: Cell(OPEN, OPEN),
        Status.WITHDRAWN: Cell(OPEN, OPEN),
        Status.ERASED: Cell(DEAD, DEAD),
    },
    Purpose.CHECK_IN: {
        **dict.fromkeys(Status, Cell(DEAD, DEAD)),
        Status.APPROVED: Cell(OPEN, STORES),
    },
    Purpose.EVALUATION: {
        **dict.fromkeys(Status, Cell(DEAD, DEAD)),
        Status.APPROVED: Cell(OPEN, STORES),
    },
    Purpose.PARTNER: {
        **dict.fromkeys(Status, Cell(DEAD, DEAD)),
        Status.APPROVED: Cell(OPEN, STORES),
    },
    # It opens what is stored of an earlier cohort, whatever became of an application for this one; erasure takes both.
    Purpose.RETURNING: {
        **dict.fromkeys(Status, Cell(OPEN, OPEN)),
        Status.ERASED: Cell(DEAD, DEAD),
    },
    # Of whoever has left, or was erased, it says no more than that nobody is on the list by this link.
    Purpose.LEAVE: {
        **dict.fromkeys(Status, Cell(OPEN, STORES)),
        Status.ERASED: Cell(OPEN, OPEN),
    },
}
PAIRS: Mapping[str, Cell] = {
    "confirmed": Cell(OPEN, STORES),
    "Confirmed ": Cell(OPEN, STORES),
    "proposed": Cell(OPEN, OPEN),
    "ended": Cell(OPEN, OPEN),
    "deleted": Cell(DEAD, DEAD),
    "partner withdrew": Cell(OPEN, OPEN),
    "partner erased": Cell(OPEN, OPEN),
    "another partner": Cell(DEAD, DEAD),
}


async def in_a_pair() -> tuple[World, dict[Purpose, str], str, str]:
    """A pair at its first check-in; the mentor's links, and both references."""
    world = World()
    world.files.change(PROGRAMME, evaluation=evaluation())
    mentor, mentee = await approved_pair(world)
    people = [Earlier(Details("Amara Okafor", AMARA), "cohort 6", date(2027, 1, 1))]
    await world.app.earlier.bring_in(people)
    known = world.app.returning.programme(PROGRAMME)
    assert known is not None
    await world.type_in(
        TableName.PAIRS,
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "pair",
            "Mentor": mentor,
            "Mentee": mentee,
            "StartDate": "2026-04-20",
            "Status": "confirmed",
        },
    )
    await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    await world.app.returning.ask(known, AMARA)
    asked = {"full_name": "Amara Okafor", "email": AMARA, "role": "mentor", "consent": "yes"}
    assert await world.app.interest.take(PROGRAMME, asked)
    await world.run()
    links = {
        Purpose.DECISION: token(world.letters("priya.shah@example.nhs.uk")[0], "decisions"),
        Purpose.OWN_PAGE: token(world.letters(AMARA)[0], "me"),
        Purpose.CHECK_IN: token(world.letters(AMARA, "Meeting 1")[0], "checkins"),
        Purpose.EVALUATION: token(world.letters(AMARA, "Before you begin")[0], "evaluations"),
        Purpose.PARTNER: await offered_page(world),
        Purpose.LEAVE: token(world.letters(AMARA, "applications open")[0], "leave"),
        Purpose.RETURNING: token(world.letters(AMARA, "details from before")[0], "welcome-back"),
    }
    return world, links, mentor, mentee


async def offered_page(world: World) -> str:
    """The mentor's link to the page on which an offer is answered."""
    pair = str(world.row(TableName.PAIRS)["PairId"])
    link = Link(Purpose.PARTNER, PROGRAMME, pair, 1, Seat.MENTOR)
    await LinkBook(links=Links(world.tables(TableName.LINKS)), tokens=world.tokens).store(link)
    return world.tokens(link)


async def offer(world: World) -> None:
    """Have the pair be one that both may still say no to."""
    by = world.clock.now() + timedelta(days=5)
    row: dict[str, Value] = {"PartitionKey": PROGRAMME, "RowKey": "pair", "Status": "offered", "AnswerBy": by}
    await world.type_in(TableName.PAIRS, {**row, "OfferedAt": world.clock.now()})


async def put(world: World, reference: str, status: Status) -> None:
    """Bring an application into a status: erased by the command, else as its row says."""
    if status is Status.ERASED:
        assert (await command(world, "erase", reference, key=reference)).startswith("Done")
    else:
        row: dict[str, Value] = {"PartitionKey": PROGRAMME, "RowKey": reference, "Status": status.value}
        await world.type_in(TableName.APPLICATIONS, row)


async def ask(world: World, purpose: Purpose, link: str, form: Mapping[str, str]) -> func.HttpResponse:
    request = func.HttpRequest(
        method="POST" if form else "GET",
        url="https://mentoring.example.nhs.uk/",
        route_params={"token": link},
        body=urlencode(form).encode(),
        headers={},
    )
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer: func.HttpResponse = await DOORS[purpose].build().get_user_function()(request)
    return answer


async def done(world: World, purpose: Purpose, link: str, form: Mapping[str, str]) -> str:
    """What became of a request: the link was dead, showed its page, or stored something."""
    before = everything(world)
    answer = await ask(world, purpose, link, form)
    assert answer.status_code in {200, 404, 410}
    changed = everything(world) != before
    if answer.status_code != 200:
        assert not changed, "a dead link stored something"
        assert "Amara" not in answer.get_body().decode()
        return DEAD
    return STORES if changed else OPEN


def test_every_kind_of_link_is_in_the_table_with_every_status() -> None:
    # A sponsor invites people of programmes for boards alone: see tests/journey/test_programmes.py.
    assert set(TABLE) == set(DOORS) == set(Purpose) - {Purpose.JOIN}
    assert all(set(row) == set(Status) for row in TABLE.values())


async def test_every_kind_of_link_in_every_status_does_what_the_table_says() -> None:
    world, links, mentor, _ = await in_a_pair()
    kept, tried, wrong = Kept(world), 0, []
    for purpose, row in TABLE.items():
        for status, right in row.items():
            for form, wanted in (({}, right.get), (SENT[purpose], right.post)):
                kept.put_back()
                if purpose is Purpose.PARTNER:
                    await offer(world)
                await put(world, mentor, status)
                found = await done(world, purpose, links[purpose], form)
                tried += 1
                if found != wanted:
                    wrong.append(f"{purpose}, {status}, {'POST' if form else 'GET'}: {found}, not {wanted}")

    print(f"{tried} cells: kinds of link x statuses x GET, POST")  # noqa: T201 -- how much was tried
    assert wrong == []
    assert tried == len(TABLE) * len(Status) * 2


async def test_a_check_in_link_in_every_state_of_its_pair_does_what_the_table_says() -> None:
    world, links, _, mentee = await in_a_pair()
    kept, tried, wrong = Kept(world), 0, []
    for state, right in PAIRS.items():
        for form, wanted in (({}, right.get), (SENT[Purpose.CHECK_IN], right.post)):
            kept.put_back()
            if state == "deleted":
                await world.tables(TableName.PAIRS).delete(PROGRAMME, "pair")
            elif state.startswith("partner"):
                await put(world, mentee, Status.WITHDRAWN if state.endswith("withdrew") else Status.ERASED)
            else:
                other = (
                    {"Mentee": world.app.earlier.key("kim@example.org")}
                    if state.startswith("another")
                    else {"Status": state}
                )
                await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", **other})
            found = await done(world, Purpose.CHECK_IN, links[Purpose.CHECK_IN], form)
            page = await ask(world, Purpose.CHECK_IN, links[Purpose.CHECK_IN], {})
            tried += 1
            names = "Tom Hughes" in page.get_body().decode()
            if found != wanted or names != (right.post == STORES):
                wrong.append(f"{state}, {'POST' if form else 'GET'}: {found}, not {wanted}; names: {names}")

    print(f"{tried} cells: states of a pair x GET, POST")  # noqa: T201 -- how much was tried
    assert wrong == []


@pytest.mark.parametrize("late", ["the check-in was read", "the people were read"])
def test_an_answer_that_is_under_way_never_lands_in_what_erasure_emptied(late: str) -> None:
    async def story() -> World:
        world, links, mentor, _ = await in_a_pair()
        checkins = world.app.checkins
        store = checkins._checkins if late == "the check-in was read" else checkins._book._applications
        read = store.get
        erased = False

        async def and_then_erased(programme: str, key: str) -> Any:
            nonlocal erased
            found = await read(programme, key)
            if not erased:
                erased = True
                assert (await command(world, "erase", mentor)).startswith("Done")
            return found

        with patch.object(store, "get", and_then_erased):
            answer = CheckInAnswer(met=True, met_on=None, rating=5, note="a word to be kept", wants_to_talk=True)
            assert not await checkins.answer(links[Purpose.CHECK_IN], answer)
        return world

    assert "a word to be kept" not in str(everything(asyncio.run(story())))
