"""Somebody who fills in our own form with a browser that runs no script, on a world in memory."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode

import azure.functions as func
from bs4 import BeautifulSoup, Tag

from functions import apply
from shared import bootstrap
from shared.domain.draft import begin, key_of
from shared.domain.form import ahead, name_of, pages
from tests.world import PROGRAMME, World, answers, cohort_7

type Typed = Mapping[str, str | Sequence[str]]

_ROLES = ("mentor", "mentee")


def typed(**changes: object) -> dict[str, Any]:
    """What ``tests.world.answers`` are on the form: every value as the browser sends it."""
    given = answers(**changes)
    role = given.get("role", "")
    form: dict[str, Any] = {}
    for field, value in given.items():
        name = f"{field}-{role}" if field == "training_session" else field
        form[name] = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    return form


class Shown:
    """A page as it arrived."""

    def __init__(self, answer: func.HttpResponse) -> None:
        self.status: int = answer.status_code
        self.headers = answer.headers
        self.html = answer.get_body().decode()
        self.soup = BeautifulSoup(self.html, "html.parser")

    @property
    def title(self) -> str:
        return self.soup.title.get_text() if self.soup.title else ""

    @property
    def heading(self) -> str:
        found = self.soup.find("h1")
        return " ".join(found.get_text(" ").split()) if found else ""

    @property
    def words(self) -> str:
        return " ".join(self.soup.get_text(" ").split())

    @property
    def fields(self) -> set[str]:
        return {str(tag["name"]) for tag in self.soup.select("form input, form textarea")}

    @property
    def errors(self) -> list[str]:
        return [" ".join(tag.get_text(" ").split()) for tag in self.soup.select(".nhsuk-error-summary li")]

    @property
    def onward(self) -> str:
        """The page that the button which is a link leads to."""
        link = self.soup.select_one("a.nhsuk-button")
        return page_of(link["href"]) if link else ""

    @property
    def back(self) -> str:
        link = self.soup.select_one("a.nhsuk-back-link")
        return page_of(link["href"]) if link else ""

    def given(self) -> dict[str, list[str]]:
        """What stands in the fields of the page."""
        found: dict[str, list[str]] = {}
        for tag in self.soup.select("form input, form textarea"):
            kind, name = tag.get("type"), str(tag["name"])
            if tag.name == "textarea":
                found.setdefault(name, []).append(tag.get_text().removeprefix("\n"))
            elif kind not in {"radio", "checkbox"}:
                found.setdefault(name, []).append(str(tag.get("value", "")))
            elif tag.has_attr("checked"):
                found.setdefault(name, []).append(str(tag["value"]))
        return found


def page_of(address: object) -> str:
    """The last part of an address of the form, '' for the first page."""
    return re.sub(r"^/apply/[^/]+/?", "", str(address))


class Visitor:
    """One browser: it keeps the cookie and follows where it is led."""

    def __init__(self, world: World, programme: str = PROGRAMME) -> None:
        self.world = world
        self.programme = programme
        self.cookie = ""
        self.headers: dict[str, str] = {}
        self.at = ""

    async def send(self, method: str, page: str, form: Typed | None = None) -> func.HttpResponse:
        """One request, without following where it leads."""
        headers = {**self.headers, **({"Cookie": self.cookie} if self.cookie else {})}
        page, _, query = page.partition("?")
        request = func.HttpRequest(
            method=method,
            url="https://mentoring.example.nhs.uk/",
            params=dict(parse_qsl(query)),
            route_params={"programme": self.programme, **({"page": page} if page else {})},
            body=urlencode(form or {}, doseq=True).encode(),
            headers=headers,
        )
        with patch.object(bootstrap, "get_app", lambda: self.world.app):
            answer: func.HttpResponse = await apply.apply.build().get_user_function()(request)
        if "Set-Cookie" in answer.headers:
            self.cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        return answer

    async def look(self, page: str = "") -> Shown:
        """Open a page, and go where it leads."""
        return await self._follow(await self.send("GET", page), page)

    async def press(self, page: str, form: Typed | None = None) -> Shown:
        """Send a page's form and go where it leads."""
        return await self._follow(await self.send("POST", page, form), page)

    async def start(self, *, keep: bool = False) -> Shown:
        """Open the first page, read it for a minute, and press its button, as the page is filled in."""
        front = await self.look()
        self.world.clock.advance(timedelta(minutes=1))
        found = {name: values for name, values in front.given().items() if name != "website"}
        return await self.press("", {**found, **({"keep": "yes"} if keep else {})})

    async def declare(self, trap: str = "", /, **changes: object) -> Shown:
        """Accept and send, on the page as it is now."""
        declaration = await self.look("declaration")
        return await self.press("declaration", {**self.declared(declaration, **changes), "website": trap})

    @staticmethod
    def declared(declaration: Shown, **changes: object) -> dict[str, Any]:
        """What the declaration sends when everything in it is ticked."""
        form = typed(**changes)
        return {**declaration.given(), **{name: form[name] for name in declaration.fields if name in form}}

    async def fill_in(self, form: Typed, *, until: str = "sent", first: Shown | None = None) -> Shown:
        """Go on from a page (None: from the start) to another, typing what is asked for."""
        shown = first or await self.start()
        for _ in range(40):
            if self.at == until:
                return shown
            if isinstance(shown.soup.find("form"), Tag):
                known = {name: values for name, values in shown.given().items() if name != "website"}
                asked = {name: form[name] for name in shown.fields if name in form}
                shown = await self.press(self.at, {**known, **asked})
                if shown.errors:
                    return shown
            else:
                shown = await self.look(shown.onward)
        raise AssertionError(f"never came to {until}: stuck at {self.at}")

    async def _follow(self, answer: func.HttpResponse, page: str) -> Shown:
        for _ in range(5):
            self.at = page.partition("?")[0]
            if answer.status_code != 303:
                return Shown(answer)
            page = page_of(answer.headers["Location"])
            answer = await self.send("GET", page)
        raise AssertionError("led in circles")


async def come_to(world: World, page: str, **changes: object) -> Visitor:
    """A visitor whose draft is filled in up to a page, as if each page before it had been sent.

    Sending them takes a hundred times longer, and is what other tests are about.
    """
    form = {name: tuple(text) if isinstance(text, list) else (text,) for name, text in typed(**changes).items()}
    way = pages(ahead(cohort_7(), world.clock.now()), form)
    place = [known.id for known in way].index(page)
    before = {name_of(question) for known in way[:place] for question in known.questions}
    secret, draft = begin(PROGRAMME, world.clock.now())
    key = key_of(secret)
    assert key is not None
    answered = {name: values for name, values in form.items() if name in before}
    filled = replace(draft, answers=answered, checking=page in {"check", "declaration"})
    assert await world.app.own_form._drafts.add(key, filled)
    visitor = Visitor(world)
    visitor.cookie, visitor.at = f"__Host-apply-{PROGRAMME}={secret}", page
    return visitor


async def just_sent(world: World, came_by: str = "", /, **changes: Any) -> tuple[Visitor, Shown]:
    """A visitor who has just sent an application, and the page that says so. ``came_by``: ``X-Forwarded-For``."""
    visitor = await come_to(world, "declaration", **changes)
    visitor.headers |= {"X-Forwarded-For": came_by} if came_by else {}
    return visitor, await visitor.declare(**changes)
