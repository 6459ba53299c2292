"""Our own form on the real host and storage: over HTTP, with the cookie that a browser keeps, without script."""

import asyncio
import gzip
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from azure.data.tables.aio import TableClient
from bs4 import BeautifulSoup

from local.settings import app_settings, connection_string
from shared.adapters.table import AzureTable
from shared.domain.equality import Box
from shared.services.base.tokens import Tokens
from shared.stores.equality import MonitoringBox
from tests.journey.browser import Browser
from tests.journey.platform import PROGRAMME, Platform, running, wait_until
from tests.visitor import typed
from tests.world import mentee

MENTOR = "amara.okafor@example.nhs.uk"
MENTEE = "tom.hughes@example.nhs.uk"
CANARY = "Canary-Own-Form"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("own-form")) as started:
        yield started


def test_a_mentor_applies_without_any_form_provider(platform: Platform) -> None:
    browser = Browser(platform)
    browser.fill_in(typed(about_you=CANARY))
    reference = browser.soup.select_one(".nhsuk-panel strong")

    asked = platform.wait_for_mail("priya.shah@example.nhs.uk", "release")
    received = platform.wait_for_mail(MENTOR, "application")
    platform.reconcile()
    row = platform.row("Applications", Email=MENTOR)
    assert reference is not None
    assert row["RowKey"] == reference.get_text() == platform.row("LivedExperience", AboutYou=CANARY)["RowKey"]
    assert reference.get_text() in received.text
    assert (row["Status"], row["Source"]) == ("Awaiting manager", "own")
    assert CANARY not in asked.source
    assert CANARY not in str(platform.rows("Drafts"))
    assert CANARY not in "".join(log.read_text() for log in platform.folder.rglob("*.log"))


def test_the_last_button_pressed_ten_times_at_once_is_one_application(platform: Platform) -> None:
    browser = Browser(platform)
    given = typed(**mentee())
    browser.fill_in(given, until="Declaration")
    address, fields = browser.form(given)
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())}

    def press(_: int) -> int:
        return httpx.post(address, data=fields, headers=cookie, timeout=20, trust_env=False).status_code

    with ThreadPoolExecutor(10) as together:
        answers = list(together.map(press, range(10)))
    platform.wait_for_mail(MENTEE, "application")
    platform.reconcile()

    assert answers == [303] * 10
    assert len([row for row in platform.rows("Applications") if row["Email"] == MENTEE]) == 1
    assert len([row for row in platform.rows("Submissions") if row["Source"] == "own"]) == 2
    assert len(platform.mails_to(MENTEE)) == 1


def test_the_cookie_comes_back_as_it_was_set(platform: Platform) -> None:
    answer = httpx.post(platform.host_url(f"/apply/{PROGRAMME}"), trust_env=False)
    cookie = answer.headers["set-cookie"].lower()

    assert answer.status_code == 303
    # No HTTPS here, and so no __Host- either: browsers would not keep it.
    assert cookie.startswith(f"apply-{PROGRAMME}=")
    assert all(part in cookie for part in ("path=/", "httponly", "samesite=lax"))
    # The host adds an empty domain, which browsers read as none.
    assert "domain=;" in f"{cookie};".replace(" ", "")
    assert not any(part in cookie for part in ("max-age=", "expires="))


def test_a_draft_is_deleted_when_its_day_is_over(platform: Platform) -> None:
    browser = Browser(platform)
    browser.fill_in(typed(), until="What is your full name?")
    platform.tick_at("2026-02-11T23:00:00Z")
    browser.answer = browser.client.get(f"{browser.base}/full-name")

    assert browser.answer.status_code == 410
    assert platform.rows("Drafts") == []


def test_style_and_script_are_fetched_once_and_pages_leave_compressed(platform: Platform) -> None:
    page = httpx.get(platform.host_url(f"/apply/{PROGRAMME}"), trust_env=False, headers={"Accept-Encoding": "gzip"})
    soup = BeautifulSoup(page.text, "html.parser")
    addresses = [str(tag.get("href") or tag.get("src")) for tag in soup.find_all(["link", "script"])]

    assert page.headers["content-encoding"] == "gzip"
    assert len(addresses) == 3
    for address in addresses:
        with httpx.stream("GET", platform.host_url(address), headers={"Accept-Encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert len(gzip.decompress(raw)) > len(raw)


def test_what_is_filled_in_within_a_second_waits_for_an_administrator_who_lets_it_in(platform: Platform) -> None:
    platform.set_clock("2026-02-12T09:00:00Z")
    robot = Browser(platform, reads=False)
    # Fifteen pages take a moment over HTTP; the pipeline's clock goes back for a program that needs none.
    robot.fill_in(typed(email="robot@example.nhs.uk"), until="Declaration")
    platform.set_clock("2026-02-12T09:00:01Z")
    robot.press(typed())
    reference = robot.soup.select_one(".nhsuk-panel strong")
    assert reference is not None
    platform.wait_for_mail("equality.team@example.nhs.uk", "may not be a person")
    held = platform.row("Quarantine", Reference=reference.get_text())
    assert not [row for row in platform.rows("Applications") if row["Email"] == "robot@example.nhs.uk"]

    answer = platform.command("let-in", "accept quarantined", held["RowKey"][:10])

    assert answer["Result"] == "1 taken in like any other application."
    assert platform.row("Applications", Email="robot@example.nhs.uk")["Status"] == "Awaiting manager"


def test_equality_answers_are_one_row_that_leads_to_nobody_and_are_mixed_at_night(platform: Platform) -> None:
    platform.set_clock("2026-02-13T09:00:00Z")
    browser = Browser(platform)
    browser.fill_in(typed(email="ann.lee@example.nhs.uk", manager_email="boss@example.nhs.uk"))
    sent = browser.answer
    browser.answer = browser.client.get(f"{browser.base}/equality")
    address, fields = browser.form({"religion": "sikh", "sex": "female"})
    cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())}

    def press(_: int) -> int:
        return httpx.post(address, data=fields, headers=cookie, timeout=20, trust_env=False).status_code

    with ThreadPoolExecutor(10) as together:
        answers = list(together.map(press, range(10)))
    platform.reconcile()
    (row,) = platform.rows("MonitoringBox")
    thanked = browser.client.get(str(sent.url))
    inside = asyncio.run(twelve_more(platform))
    platform.fire("daily")
    wait_until(lambda: len(platform.rows("Monitoring")) == 8, lambda: f"{len(platform.rows('Monitoring'))} mixed")
    platform.reconcile()
    metrics = platform.command("figures", "equality figures", "")

    assert answers == [303] * 10
    assert "Thank you for answering the equality questions." in thanked.text
    assert [one.answers for one in inside.waiting] == [{"sex": "Female", "religion": "Sikh"}]
    assert set(row) == {"PartitionKey", "RowKey", "OpId", "Sealed0"}
    assert [one["RowKey"] for one in platform.rows("MonitoringBox")] == ["box"]
    assert "Religion: No religion 0" in metrics["Result"]
    assert "Sikh 10" in metrics["Result"]
    logs = "".join(log.read_text() for log in platform.folder.rglob("*.log"))
    assert not [word for word in ("Sikh", "sikh", inside.waiting[0].id, *inside.marks) if word in logs]


async def twelve_more(platform: Platform) -> Box:
    """As if twelve more people had given the same answers. Returns what was in the box."""
    key = app_settings(platform.ports)["TOKEN_KEY"]
    async with TableClient.from_connection_string(connection_string(platform.ports), "MonitoringBox") as client:
        table = MonitoringBox(AzureTable(client), Tokens(key=key, base_url="").keys_for("equality monitoring"))
        box, etag = await table.get(PROGRAMME)
        more = tuple(replace(box.waiting[0], id=f"{number:032}") for number in range(12))
        assert await table.replace(PROGRAMME, replace(box, waiting=(*box.waiting, *more)), etag)
    return box
