"""Takes the pictures of docs/pictures from a running platform: ``make pictures``. Needs an installed Chromium."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

from shared.domain.suspicion import SHORTEST
from tests.browser import launch
from tests.journey.platform import PROGRAMME, ROOT, running, wait_until
from tests.visitor import typed
from tests.world import answers, mentee

PICTURES = ROOT / "docs" / "pictures"
_PHONE = ViewportSize(width=390, height=844)
_DESKTOP = ViewportSize(width=1280, height=800)


def take() -> None:
    """Play a few days of February and photograph what people see."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running(Path(tempfile.mkdtemp())) as platform, sync_playwright() as playwright:
        platform.apply(answers(), response_id="mentor-1")
        platform.apply(mentee(), response_id="mentee-1")
        asked = platform.wait_for_mail("priya.shah@example.nhs.uk", "release")
        platform.wait_for_mail("tom.hughes@example.nhs.uk", "application")
        browser = launch(playwright)
        _photograph_the_form(browser, platform.host_url(f"/apply/{PROGRAMME}"))
        page = asked.link("decisions")
        _photograph(browser, page, "manager-phone.png", _PHONE, whole=False)
        platform.submit_form(page, decision="approve")
        confirmed = platform.wait_for_mail("amara.okafor@example.nhs.uk", "confirmed")
        _photograph(browser, confirmed.link("me"), "own-page-phone.png", _PHONE, whole=False)
        wait_until(
            lambda: any(mail.calendar for mail in platform.mails_to("amara.okafor@example.nhs.uk")),
            lambda: "no invitation",
        )
        console = f"http://127.0.0.1:{platform.ports.console}"
        _photograph(browser, f"{console}/", "console.png", _DESKTOP)
        _photograph(browser, f"{console}/mails", "mails.png", _DESKTOP, whole=False)
        _photograph(browser, f"{console}/tables/Applications", "applications.png", _DESKTOP)
        _photograph(browser, f"http://127.0.0.1:{platform.ports.inbox}/", "inbox.png", _DESKTOP, whole=False)
        for kind, mail in (("approval-mail", asked), ("confirmation-mail", confirmed)):
            file = platform.folder / f"{kind}.html"
            file.write_text(mail.html)
            _photograph(browser, file.as_uri(), f"{kind}-phone.png", _PHONE, whole=False)
        browser.close()


def _photograph_the_form(browser: Browser, address: str) -> None:
    """Apply on our own form with a phone: its first page, a page with dates, the check, and the equality questions."""
    form = typed(full_name="Sam Reid", email="sam.reid@example.nhs.uk")
    begun = time.monotonic()
    page = browser.new_page(viewport=_PHONE)
    page.goto(address)
    page.screenshot(path=PICTURES / "apply-first-page-phone.png")
    with page.expect_navigation():
        page.get_by_role("button", name="Start now").click()
    while not page.title().startswith("Check your answers"):
        if page.url.endswith("/training-session"):
            page.screenshot(path=PICTURES / "apply-question-phone.png")
        _fill_in(page, form)
        with page.expect_navigation():
            page.get_by_role("button", name="Continue").click()
    page.screenshot(path=PICTURES / "apply-check-phone.png")
    with page.expect_navigation():
        page.get_by_role("button", name="Continue to the declaration").click()
    _fill_in(page, form)
    # Who is quicker is held back, and is asked nothing more.
    time.sleep(max(0.0, SHORTEST.total_seconds() - (time.monotonic() - begun)))
    for button in ("Accept and send my application", "Answer the equality questions"):
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()
    page.screenshot(path=PICTURES / "equality-questions-phone.png")
    page.close()


def _fill_in(page: Page, form: Mapping[str, Any]) -> None:
    for field in page.locator("form input:not([type=hidden]):not([name=website]), form textarea").all():
        _answer(field, form)


def _answer(field: Locator, form: Mapping[str, Any]) -> None:
    kind, value = field.get_attribute("type"), field.get_attribute("value")
    wanted = form.get(field.get_attribute("name") or "", "")
    if kind not in {"radio", "checkbox"}:
        field.fill(wanted)
    elif value in (wanted if isinstance(wanted, list) else [wanted]):
        field.check()


def _photograph(browser: Browser, url: str, name: str, size: ViewportSize, *, whole: bool = True) -> None:
    page = browser.new_page(viewport=size)
    page.goto(url)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / name, full_page=whole)
    page.close()


if __name__ == "__main__":
    take()
