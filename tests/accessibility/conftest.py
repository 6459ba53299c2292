"""One site and one browser for all pages, and the table of what was looked at, printed at the end."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from _pytest.terminal import TerminalReporter
from playwright.sync_api import Browser, Page, sync_playwright

from tests.accessibility.audit import Scripts
from tests.accessibility.site import Site
from tests.browser import NoBrowser, launch

# A test notes down (what, violations) with record_property under this name, for each page that it has looked at.
CHECKED = "accessibility"


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    site = Site()
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            found = launch(playwright)
        except NoBrowser as exc:
            pytest.fail(str(exc), pytrace=False)
        yield found
        found.close()


@dataclass(frozen=True)
class Tab:
    """A tab of the browser, in which pages may run scripts or not."""

    page: Page
    scripts: Scripts


def open_tab(browser: Browser, *, scripts: bool) -> Iterator[Tab]:
    context = browser.new_context(accept_downloads=True)
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield Tab(page, Scripts(context.new_cdp_session(page), allowed=scripts))
    context.close()


@pytest.fixture(scope="package", params=[True, False], ids=["with scripts", "without scripts"])
def tab(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Tab]:
    """A tab for pages, once with and once without scripts."""
    yield from open_tab(browser, scripts=request.param)


@pytest.fixture(scope="package")
def kept_tab(browser: Browser) -> Iterator[Tab]:
    yield from open_tab(browser, scripts=True)


@pytest.fixture
def plain_tab(kept_tab: Tab) -> Tab:
    """A tab for what looks the same with and without scripts: a screen, ordinary colours, until a test says else."""
    kept_tab.page.emulate_media(media="screen", color_scheme="light", forced_colors="none")
    return kept_tab


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """The table: pages and violations, by kind and by script setting."""
    table: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == CHECKED:
                    what, setting, violations = value
                    table[what, setting][0] += 1
                    table[what, setting][1] += violations
    if not table:
        return
    terminalreporter.section("accessibility: axe-core, WCAG 2.2 A and AA")
    terminalreporter.write_line(f"{'':10}{'setting':34}{'checked':>9}{'violations':>12}")
    for (what, setting), (checked, violations) in sorted(table.items()):
        terminalreporter.write_line(f"{what:10}{setting:34}{checked:>9}{violations:>12}")
