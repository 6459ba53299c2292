"""Takes the pictures of docs/pictures from a running platform: ``make pictures``. Needs an installed Chromium."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser import launch
from tests.journey.platform import ROOT, running, wait_until
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
        page = asked.link("decisions")
        _photograph(browser, page, "manager-phone.png", _PHONE)
        platform.submit_form(page, decision="approve")
        confirmed = platform.wait_for_mail("amara.okafor@example.nhs.uk", "confirmed")
        _photograph(browser, confirmed.link("me"), "own-page-phone.png", _PHONE)
        wait_until(
            lambda: any(mail.calendar for mail in platform.mails_to("amara.okafor@example.nhs.uk")),
            lambda: "no invitation",
        )
        console = f"http://127.0.0.1:{platform.ports.console}"
        _photograph(browser, f"{console}/", "console.png", _DESKTOP)
        _photograph(browser, f"{console}/tables/Applications", "applications.png", _DESKTOP)
        _photograph(browser, f"http://127.0.0.1:{platform.ports.inbox}/", "inbox.png", _DESKTOP, whole=False)
        for kind, mail in (("approval-mail", asked), ("confirmation-mail", confirmed)):
            file = platform.folder / f"{kind}.html"
            file.write_text(mail.html)
            _photograph(browser, file.as_uri(), f"{kind}.png", _PHONE)
        browser.close()


def _photograph(browser: Browser, url: str, name: str, size: ViewportSize, *, whole: bool = True) -> None:
    page = browser.new_page(viewport=size)
    page.goto(url)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / name, full_page=whole)
    page.close()


if __name__ == "__main__":
    take()
