"""A programme in which nobody has to release people: no mail and no page speaks of somebody who would."""

import asyncio
import re
from datetime import UTC, date, datetime
from typing import Any

from bs4 import BeautifulSoup

from functions import participation, returning
from shared.domain.earlier import Details, Earlier
from shared.domain.programme import Programme
from shared.programmes import FOLDER
from shared.proofread import proofread
from tests.factories import AMARA, TOM, own_link
from tests.slips import slips
from tests.unit.functions.test_people import ask
from tests.visitor import Visitor
from tests.world import PROGRAMME, World, answers, mentee, token

#: What the form does not ask, since there is nobody to ask.
_NOT_ASKED = {"manager_name": None, "manager_email": None, "manager_agreed": None}
_LATE, _RETURNS = "late@example.nhs.uk", "grace.bell@example.nhs.uk"
_SOMEBODY = re.compile(r"manager|sponsor|releas|\byour  ", re.IGNORECASE)


def released_by_nobody() -> Programme:
    """The shipped programme, whose file says so, and whose form does not ask for a line manager."""
    text = (FOLDER / f"{PROGRAMME}.yaml").read_text(encoding="utf-8")
    for field in _NOT_ASKED:
        text = re.sub(rf"(?ms)^    - field: {field}\n.*?(?=^    (?:- |#)|^ {{0,2}}\S|\Z)", "", text)
    text = text.replace(" Talk to your line manager about it first.", "")
    text = re.sub(r"(?m)^model: .*$", "model: reverse\nreleased by: nobody", text)
    programme = proofread(text).programme
    assert programme is not None
    return programme


async def _played(world: World) -> dict[str, str]:
    """Every mail that people and team get, and every page they open, until applications are over."""

    async def page(name: str, door: Any, route: dict[str, str], **query: str) -> None:
        answer = await ask(world, door, route, query=query)
        pages[name] = answer.get_body().decode()

    pages: dict[str, str] = {}
    person = answers(**_NOT_ASKED)
    incomplete = mentee(**_NOT_ASKED, commitment=["training"])
    await world.app.earlier.bring_in([Earlier(Details("Grace Bell", _RETURNS), "cohort 6", date(2027, 1, 1))])
    await world.tick()
    await world.submit(person, response_id="first")
    await world.submit(incomplete)
    await world.submit({**person, "job_title": "Matron"}, response_id="second")
    link = {"token": own_link(world, AMARA)}
    pages["front"] = (await Visitor(world).look()).html
    await page("own", participation.own_page, link)
    for step in ("withdraw", "delete", "details", "change"):
        await page(step, participation.own_page, link, step=step)
    await page("returning", returning.returning, {"programme": PROGRAMME})
    await ask(world, returning.returning, {"programme": PROGRAMME}, email=_RETURNS)
    await page("welcome back", returning.welcome_back, {"token": token(world.letters(_RETURNS)[0], "welcome-back")})
    await ask(world, participation.own_page, {"token": own_link(world, TOM)}, action="withdraw", sure="yes")
    await ask(world, participation.own_page, link, action="ask_deletion", sure="yes")
    await world.tick(datetime(2026, 3, 13, 8, 0, tzinfo=UTC))
    await world.submit({**person, "full_name": "Lee Bell", "email": _LATE})
    letters = {f"{number} {one.subject}": one.html for number, one in enumerate(world.mailbox.sent)}
    return {**pages, **letters}


def _words(html: str) -> str:
    """What is read of it: neither style nor the description of the information pack."""
    return BeautifulSoup(re.sub(r"(?s)<style.*?</style>", "", html), "html.parser").get_text(" ")


def test_no_mail_and_no_page_speaks_of_somebody_who_releases_people() -> None:
    world = World(programme=released_by_nobody())
    shown = asyncio.run(_played(world))

    kinds = set(world.kinds_sent())
    assert {"application approved", "needs correction", "application withdrawn", "deletion asked"} <= kinds
    assert {"closing summary", "late application", "welcome back", "confirm change"} <= kinds
    assert len(shown) >= 16
    assert {name: slips(html) for name, html in shown.items() if slips(html)} == {}
    assert {name: found for name, html in shown.items() if (found := _SOMEBODY.findall(_words(html)))} == {}
