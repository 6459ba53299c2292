"""The stylesheet, script and icons of the pages: built from what is pinned, kept by browsers, never from elsewhere."""

import asyncio
import gzip
import json
import re
from unittest.mock import patch

import azure.functions as func
import pytest

from functions import approval, assets
from local.assets.__main__ import build
from shared import bootstrap
from shared.adapters.assets import FOLDER, Assets
from tests.architecture.layers import ROOT
from tests.factories import PRIYA
from tests.world import World, token

ASSETS = Assets()
VERSION = ASSETS.address("site.css").split("/")[2]


def fetched(version: str, name: str, accepts: str = "") -> func.HttpResponse:
    request = func.HttpRequest(
        method="GET",
        url="/",
        route_params={"version": version, "name": name},
        body=b"",
        headers={"Accept-Encoding": accepts} if accepts else {},
    )
    with patch.object(bootstrap, "get_app", lambda: World().app):
        answer: func.HttpResponse = asyncio.run(assets.assets.build().get_user_function()(request))
    return answer


def test_what_is_committed_is_what_a_fresh_build_gives() -> None:
    committed = {path.name: path.read_bytes() for path in FOLDER.iterdir()}

    assert {name: content == committed.get(name) for name, content in build().items()} == dict.fromkeys(committed, True)


def test_the_pinned_frontend_is_the_one_that_was_built_from() -> None:
    lock = json.loads((ROOT / "local" / "package-lock.json").read_text())
    version = lock["packages"]["node_modules/nhsuk-frontend"]["version"]

    assert f"NHS.UK frontend {version}," in (FOLDER / "site.css").read_text().partition("\n")[0]


@pytest.mark.parametrize("name", ["site.css", "site.js"])
def test_nothing_is_loaded_from_another_site(name: str) -> None:
    text = (FOLDER / name).read_text()

    assert re.findall(r"url\((?!nhsuk-icon-[a-z-]+\.svg\))[^)]*\)", text) == []
    assert "@import" not in text
    assert "@font-face" not in text
    assert "sourceMappingURL" not in text
    assert not re.search(r"(fetch|import)\(", text)


def test_the_icons_that_the_style_names_are_there() -> None:
    named = set(re.findall(r"url\(([^)]*)\)", (FOLDER / "site.css").read_text()))

    assert named
    assert all(ASSETS.get(VERSION, name) for name in named)


@pytest.mark.parametrize(
    ("name", "mimetype"), [("site.css", "text/css"), ("site.js", "text/javascript"), ("icon-nhs.svg", "image/svg+xml")]
)
def test_a_browser_keeps_a_file_for_a_year(name: str, mimetype: str) -> None:
    answer = fetched(VERSION, name)

    assert answer.status_code == 200
    assert answer.mimetype == mimetype
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.get_body() == (FOLDER / name).read_bytes()


def test_the_address_of_another_version_gives_the_present_file_and_nobody_keeps_it() -> None:
    answer = fetched("0" * 16, "site.css")

    assert answer.get_body() == (FOLDER / "site.css").read_bytes()
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["nothing.css", "../adapters/assets.py", "..%2Fsettings.py", "__init__.py", ""])
def test_there_is_nothing_else_to_fetch(name: str) -> None:
    assert fetched(VERSION, name).status_code == 404


@pytest.mark.parametrize(
    ("accepts", "small"),
    [("gzip, deflate, br", True), ("GZIP;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_whoever_reads_gzip_gets_it(accepts: str, small: bool) -> None:
    answer = fetched(VERSION, "site.css", accepts)
    body = answer.get_body()

    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (answer.headers.get("Content-Encoding") == "gzip") is small
    assert (gzip.decompress(body) if small else body) == (FOLDER / "site.css").read_bytes()


def test_another_file_gives_every_file_another_address() -> None:
    def other() -> dict[str, bytes]:
        return {**ASSETS._files, "site.js": b"//"}

    changed = Assets()
    changed.__dict__["_files"] = other()

    assert changed.address("site.css") != ASSETS.address("site.css")
    with pytest.raises(KeyError):
        ASSETS.address("nothing.css")


async def test_a_page_leaves_compressed_with_all_its_headers() -> None:
    world = World()
    await world.submit()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    answers = []
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        request = func.HttpRequest(method="GET", url="/", route_params={"token": link}, body=b"", headers=headers)
        with patch.object(bootstrap, "get_app", lambda: world.app):
            answers.append(await approval.decision.build().get_user_function()(request))
    plain, small = answers[0], answers[1]

    assert gzip.decompress(small.get_body()) == plain.get_body()
    assert {**plain.headers, "Content-Encoding": "gzip"} == dict(small.headers)
    assert small.mimetype == plain.mimetype == "text/html"
    assert small.charset == "utf-8"
    assert plain.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
