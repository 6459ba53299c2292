"""Every route of the function app, on the in-memory pipeline: no answer of 500, and no body that is lost."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared import bootstrap
from shared.contracts.registry import providers
from shared.domain.earlier import Details, Earlier
from shared.stores.names import TableName
from tests.doors import doors
from tests.factories import approved_pair, own_link
from tests.fuzz.inputs import ODD_TEXTS, bodies, texts
from tests.hazards.running import SECRETS, receptions, world_of
from tests.senders import ALL
from tests.senders.form import with_every_form
from tests.world import PROGRAMME, World, answers, token

_CASES_OF_ONE_WORLD = 100
_NAME = re.compile(r'<(?:input|select|textarea|button)[^>]*\bname="([^"]+)"(?:[^>]*\bvalue="([^"]*)")?')
# What a person might type; often enough that some get through to the next page.
_TYPED = [*ODD_TEXTS, '"' * 60_000, *(["Robin Lee", "robin.lee@example.nhs.uk", "boss@example.nhs.uk", "5"] * 20)]
_HEADERS = "Origin Sec-Fetch-Site X-Forwarded-For Accept-Encoding Cookie Content-Type x-webhook-secret"
_ASSET = re.compile(r'/assets/([^/"]+)/([^/"]+)"')
_PLACE = re.compile(r"\{\*?(\w+)\??\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One route as the host is told of it."""

    path: str
    methods: tuple[str, ...]
    door: Callable[[func.HttpRequest], Any]

    @property
    def places(self) -> tuple[str, ...]:
        """The parts of the path that a request fills in."""
        return tuple(_PLACE.findall(self.path))


def routes() -> list[Route]:
    """Every route, whoever added it."""
    found = [
        Route(door.trigger["route"], tuple(str(method).upper() for method in door.trigger["methods"]), door.handler)
        for door in doors()
        if door.trigger["type"] == "httpTrigger"
    ]
    return sorted(found, key=lambda route: route.path)


@dataclass(slots=True)
class Stage:
    """A pipeline with people in every state; their links, and what their pages are made of, to be sent back."""

    world: World
    tokens: Mapping[str, list[str]]
    fields: list[tuple[str, str]] = field(default_factory=list)
    assets: list[tuple[str, str]] = field(default_factory=list)
    pages: list[str] = field(default_factory=lambda: [""])
    cookie: str = ""
    used: int = 0

    def known(self, place: str, route: str, source: str) -> list[str]:
        """Values for a place of a path that open something."""
        match place:
            case "token":
                return self.tokens.get(route.partition("/")[0], [])
            case "version" | "name":
                return [asset[place == "name"] for asset in self.assets]
            case "page":
                return self.pages[-1:]
            case _:
                return [{"programme": PROGRAMME, "source": source, "secret": SECRETS.get(source, "x")}.get(place, "x")]

    def follow(self, answer: func.HttpResponse) -> None:
        """Do what a browser would: keep the cookie, and know where it is led and what it is asked."""
        self.cookie = answer.headers.get("Set-Cookie", self.cookie).partition(";")[0]
        if to := answer.headers.get("Location"):
            self.pages.append(to.rpartition("/")[2])
        if answer.mimetype == "text/html" and "Content-Encoding" not in answer.headers:
            self.learn(answer.get_body().decode())

    def learn(self, page: str) -> None:
        """Take note of the fields of a page's form, and of the files it names."""
        self.fields = _NAME.findall(page) or self.fields
        self.assets = _ASSET.findall(page) or self.assets


async def _set() -> Stage:
    world = world_of("standard")
    await approved_pair(world)
    mentor, mentee = (str(world.application(Role=role, Status="Approved")["RowKey"]) for role in ("mentor", "mentee"))
    pair = {"PartitionKey": PROGRAMME, "RowKey": "p", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(
        TableName.PAIRS, {**pair, "StartDate": "2026-01-20", "Status": "confirmed", "Overruled": "start date"}
    )
    for _ in range(3):
        await world.later(days=10)
    await world.submit(answers(email="waiting@example.nhs.uk", manager_email="asked@example.nhs.uk"))
    await world.submit(answers(email="wrong@example.nhs.uk", area="nowhere"))
    before = Details("Robin Lee", "robin@example.nhs.uk")
    await world.app.earlier.bring_in([Earlier(before, "cohort 6", date(2027, 1, 1))])
    await world.app.returning.ask(with_every_form(), before.email)
    await world.run()
    checkin = [letter for letter in world.mailbox.sent if "/checkins/" in letter.html]
    tokens = {
        "decisions": [
            token(world.letters(address, "release")[0], "decisions")
            for address in ("priya.shah@example.nhs.uk", "asked@example.nhs.uk")
        ],
        "me": [own_link(world, address) for address in ("amara.okafor@example.nhs.uk", "waiting@example.nhs.uk")],
        "checkins": [token(checkin[0], "checkins")],
        "welcome-back": [token(world.letters(before.email)[0], "welcome-back")],
    }
    stage = Stage(world, tokens)
    own_page = await world.app.own_pages.page(tokens["me"][0])
    stage.learn(world.app.renderer.page("own", {"page": own_page, "errors": [], "given": {}, "step": "details"}))
    return stage


@dataclass(frozen=True, slots=True)
class Case:
    """One request before it meets a stage. Numbers choose among what the stage has at that moment."""

    method: int
    source: str
    body: bytes
    proven: bool
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path: list[tuple[bool, int, str]]
    form: list[tuple[bool, int, int | str]] | None


_choice = st.integers(0, 10_000)
_mostly = st.sampled_from([True, True, True, True, False])
# The host hands texts over as UTF-8, so half of a surrogate pair never arrives but in a body.
_texts = texts.map(lambda text: text.encode("utf-8", "replace").decode())
_headers = st.dictionaries(
    st.sampled_from(_HEADERS.split()),
    st.sampled_from(
        ["", "cross-site", "https://evil.example", "gzip;q=", "gzip", "\u00e9", "a=b; c", "*/*", "x, [::1]:5"]
    ),
    max_size=2,
)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    source = draw(st.sampled_from(sorted(providers())))
    return Case(
        method=draw(_choice),
        source=source,
        body=draw(bodies(source if source in ALL else "standard")),
        proven=draw(_mostly),
        headers=draw(_headers),
        query=draw(st.dictionaries(st.sampled_from(["step", "format", "as", "x"]), _texts, max_size=2)),
        path=draw(st.lists(st.tuples(_mostly, _choice, _texts), min_size=4, max_size=4)),
        form=draw(st.none() | st.lists(st.tuples(_mostly, _choice, _choice | texts), max_size=8)),
    )


@dataclass(slots=True)
class Tally:
    """What came of the requests, by status; and of the bodies that were accepted."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    accepted: int = 0
    lost: int = 0


class Requests:
    """Sends requests to one route, each on a stage that others have used before, now and then on a new one."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.tally = Tally()
        self._stage: Stage | None = None

    def try_some(self, cases: int, *, same: bool) -> Tally:
        """Send so many. ``same``: those of the last time again. Raises what the app raises."""

        @settings(
            max_examples=cases,
            derandomize=same,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a request that fails does so on the stage that others left
        )
        @given(case=_cases())
        def one(case: Case) -> None:
            asyncio.run(self._one(case))

        one()
        return self.tally

    async def _one(self, case: Case) -> None:
        stage = self._stage
        if stage is None or stage.used >= _CASES_OF_ONE_WORLD:
            stage = self._stage = await _set()
        stage.used += 1
        answer = await self._answer(stage, self._request(stage, case))
        await stage.world.run()
        self._count(stage, answer)
        stage.follow(answer)

    async def _answer(self, stage: Stage, request: func.HttpRequest) -> func.HttpResponse:
        with patch.object(bootstrap, "get_app", lambda: stage.world.app):
            answer: func.HttpResponse = await self.route.door(request)
            return answer

    def _request(self, stage: Stage, case: Case) -> func.HttpRequest:
        body, headers = case.body, {"Cookie": stage.cookie} | dict(case.headers)
        if "source" in self.route.places:
            headers |= ALL[case.source].headers(body) if case.proven and case.source in SECRETS else {}
        elif case.form is not None:
            body = self._form(stage, case.form)
            headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        return func.HttpRequest(
            method=self.route.methods[case.method % len(self.route.methods)],
            url="https://mentoring.example.nhs.uk/",
            headers=headers,
            params=case.query,
            route_params={
                place: _chosen(stage.known(place, self.route.path, case.source) or ["A" * 43], which) if known else text
                for place, (known, which, text) in zip(self.route.places, case.path, strict=False)
            },
            body=body,
        )

    def _form(self, stage: Stage, given: list[tuple[bool, int, int | str]]) -> bytes:
        """A form mostly as the last page offers it, with odd values, and odd fields."""
        names = [*dict.fromkeys(name for name, _ in stage.fields), "action", "decision", "answer", "email", "x"]
        typed: list[tuple[str, str]] = []
        for as_offered, which, odd in given:
            name, value = stage.fields[which % len(stage.fields)] if stage.fields else ("x", "")
            if as_offered and value:
                typed.append((name, value))
            else:
                typed.append((name if as_offered else _chosen(names, which), _chosen(_TYPED, odd)))
        once = dict(typed).items() if given and given[0][0] else typed
        return urlencode([(name, value.encode("utf-8", "replace")) for name, value in once]).encode()

    def _count(self, stage: Stage, answer: func.HttpResponse) -> None:
        self.tally.cases += 1
        self.tally.statuses[answer.status_code] += 1
        text = answer.get_body() if "Content-Encoding" not in answer.headers else b""
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, text
        assert b"Traceback" not in text
        if answer.status_code == HTTPStatus.OK and "source" in self.route.places:
            content = json.loads(text)["received"]
            self.tally.accepted += 1
            became = {row["RowKey"]: row["Status"] for row in receptions(stage.world)}
            kept = content in stage.world.bodies.kept or became.get(content) == "Split"
            self.tally.lost += not (kept and content in became)
            assert self.tally.lost == 0, "a body was accepted and is gone"


def _chosen(among: list[str], given: int | str) -> str:
    return given if isinstance(given, str) else among[given % len(among)]
