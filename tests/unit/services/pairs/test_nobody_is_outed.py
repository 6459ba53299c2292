"""A cohort played twice, with every topic and everybody's own words changed and the pairs fixed: nothing differs.

Nothing: no mail, no invitation, no page, no digest, no cell that anybody but those who match may read, no log line, no
queue message, no address of a page, no workbook, no cohort page and no FOI pack. Secrets in links are derived from keys
alone, so they are the same too.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import azure.functions as func

from functions import participation, partner
from shared import bootstrap
from shared.domain.pairs import PartnerAnswer
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import manager_says
from tests.unit.services.pairs.test_drawing import PAIRING, Cohort
from tests.world import PROGRAMME, World, answers, mentee

#: What only those who match may read, and what holds the form as it was sent, which nobody reads who does not run it.
_FOR_MATCHERS = frozenset({TableName.LIVED_EXPERIENCE, TableName.MATCH_NOTES})
# The hash of what was sent, by which a body is named, and what is counted by it.
_HASHES = re.compile(r"\b[0-9a-f]{64}\b|(?<=submission=)[0-9a-f]{12}")
# How many bytes the night's export of the whole account has, which the length of what anybody wrote is a part of.
_BYTES = re.compile(r"(?<='Bytes': ')\d+|\d+(?= bytes)")
_OPEN: Mapping[str, Any] = {
    "topics": ["race"],
    "about_you": "I have seen much and would share it.",
    "access_needs": "",
    "cover": False,
    "rather_not_with": "",
}
_OTHER: Mapping[str, Any] = {
    "topics": ["religion", "lgbtq_plus", "gender"],
    "about_you": "Quite other words.",
    "access_needs": "A hearing loop, please.",
    "cover": True,
    "rather_not_with": "E3 Person, or anybody of the trust's board.",
}


_LINK = re.compile(r"https://[^\s\"<]+/(me|partner)/([\w-]{43})")
_DOORS = {"me": participation.own_page, "partner": partner.partner}


def _queued(world: World) -> list[str]:
    """Everything that is put into a queue from now on, as it is put there."""
    said: list[str] = []

    def heard(name: str, put: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def call(*message: Any, **options: Any) -> None:
            said.append(_HASHES.sub("<hash>", f"{name} {message} {options}"))
            await put(*message, **options)

        return call

    for name in ("submission", "mailbox", "pairs"):
        setattr(world.wakeups, name, heard(name, getattr(world.wakeups, name)))
    return said


async def _pages(world: World) -> dict[str, bytes]:
    """Every own page and partner's page that a mail leads to, as it is shown, by its address."""
    found: dict[str, bytes] = {}
    with patch.object(bootstrap, "get_app", lambda: world.app):
        for address in (match for letter in world.mailbox.sent for match in _LINK.finditer(letter.html)):
            if address[0] not in found:
                request = func.HttpRequest("GET", address[0], route_params={"token": address[2]}, body=b"")
                answer = await _DOORS[address[1]].build().get_user_function()(request)
                found[address[0]] = answer.get_body()
    return found


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(_BYTES.sub("<bytes>", _HASHES.sub("<hash>", record.getMessage())))


async def _played(confided: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that anybody but those who match can see of a cohort from its forms to its introductions."""
    cohort = Cohort(World())
    world = cohort.world
    shown: list[str] = []
    queued = _queued(world)
    await world.tick()
    for name in ("M1", "M2", "M3", "E1", "E2", "E3"):
        form = answers if name.startswith("M") else mentee
        boss = f"boss.{name.lower()}@example.nhs.uk"
        email = f"{name.lower()}@example.nhs.uk"
        await world.submit(form(full_name=f"{name} Person", email=email, manager_email=boss, **confided))
        await manager_says(world, boss)
        cohort.people[name] = str(world.application(Email=email)["RowKey"])
    world.clock.set(PAIRING)
    for number in (1, 2):
        row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": f"fixed-{number}", "Status": "proposed"}
        pair = {"Mentor": cohort.people[f"M{number}"], "Mentee": cohort.people[f"E{number}"], "StartDate": "2026-05-04"}
        await world.type_in(TableName.PAIRS, {**row, **pair})
    never: dict[str, Cell] = {"PartitionKey": PROGRAMME, "Status": "forbidden", "Mentor": cohort.people["M3"]}
    for name in ("E1", "E2", "E3"):
        await world.type_in(TableName.PAIRS, {**never, "RowKey": f"no-{name}", "Mentee": cohort.people[name]})
    for name in ("M1", "M2"):
        both = {"Mentor": cohort.people[name], "Mentee": cohort.people["E3"]}
        await world.type_in(TableName.PAIRS, {**never, "RowKey": f"no-{name}", **both})
    shown.append(await cohort.types("draw pairs"))
    shown.append(await cohort.types("why", cohort.people["E3"]))
    shown.append(await cohort.types("why", f"{cohort.people['M1']} {cohort.people['E1']}"))
    shown.append(await cohort.types("why", f"{cohort.people['M1']} {cohort.people['E2']}"))
    await world.app.tick.daily()
    await world.run()
    shown.append(await cohort.types("publish pairs", note="2"))
    offered = await _pages(world)
    shown.append(await cohort.says("M1", PartnerAnswer.YES))
    shown.append(await cohort.says("E2", PartnerAnswer.NO))
    shown.append(await cohort.types("find another", cohort.people["E2"]))
    shown.append(await cohort.types("no partner this time", cohort.people["E3"]))
    await world.tick(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
    await world.app.tick.daily()
    await world.run()
    shown.extend([await cohort.types(command) for command in ("workbook", "foi pack")])
    pages = [offered, await _pages(world)]
    tables = {
        name.value: sorted(_BYTES.sub("<bytes>", _HASHES.sub("<hash>", str(row))) for row in world.rows(name))
        for name in TableName
        if name not in _FOR_MATCHERS
    }
    mails = [(letter.to, letter.subject, letter.html) for letter in world.mailbox.sent]
    return {
        "shown": shown,
        "tables": tables,
        "mails": mails,
        "invitations": world.calendar.told,
        "pages": pages,
        "queued": queued,
        "reports": world.reports.files,
        "secret": world.rows(TableName.MATCH_NOTES),
    }


def test_topics_and_own_words_change_nothing_that_anybody_sees_but_those_who_match() -> None:
    heard: list[list[str]] = []
    played = []
    for confided in (_OPEN, _OTHER):
        handler, ours = _Lines(), logging.getLogger("shared")
        ours.addHandler(handler)
        try:
            played.append(asyncio.run(_played(confided)))
        finally:
            ours.removeHandler(handler)
        heard.append(handler.lines)
    one, other = played

    assert len(one["mails"]) > 20
    assert one["secret"] != other["secret"], "the two cohorts would differ for those who match"
    assert one["shown"] == other["shown"]
    assert one["mails"] == other["mails"]
    assert one["invitations"] == other["invitations"]
    assert one["queued"] == other["queued"]
    assert len(one["pages"][1]) >= 6 + 4
    assert one["pages"] == other["pages"]
    assert len(one["reports"]) == 3
    assert one["reports"] == other["reports"]
    assert {name: rows for name, rows in one["tables"].items() if rows != other["tables"][name]} == {}
    assert heard[0] == heard[1]
