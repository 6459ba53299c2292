"""What is looked at on a page in a browser: axe-core's rules, scrolling sideways, where the focus is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

ROOT = Path(__file__).parents[2]
_AXE = ROOT / "local" / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2, levels A and AA, is all of these together.
STANDARD = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PHONE, DESKTOP = 320, 1280

_RUN = """async tags => {
    const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'], preload: false };
    const { violations, passes } = await axe.run(document, options);
    return {
        violations: violations.map(one => `${one.id} (${one.impact}): ${one.help}: `
            + one.nodes.map(node => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join('; ')),
        passed: passes.map(one => one.id),
    };
}"""
_TOO_WIDE = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > room + 1);
    const guilty = wide.slice(-3).map(one => one.outerHTML.slice(0, 120));
    return [`the page is ${document.documentElement.scrollWidth} px wide`, ...guilty];
}"""


@dataclass(frozen=True)
class Found:
    """What axe found on a page, in words, and the rules that it checked something by."""

    violations: list[str]
    passed: list[str]


class Scripts:
    """Whether pages may run scripts. What looks at them always may.

    A page that was loaded without is what such a browser makes of it: its scripts never ran, ``noscript`` is shown,
    and no script that was passed over then runs later. Only the auditor's own calls need the switch on while they run.
    """

    def __init__(self, session: CDPSession, *, allowed: bool) -> None:
        self._session = session
        self.allowed = allowed
        self.for_pages()

    def for_pages(self) -> None:
        """As the pages are to have it."""
        self._session.send("Emulation.setScriptExecutionDisabled", {"value": not self.allowed})

    def for_the_auditor(self) -> None:
        """On."""
        self._session.send("Emulation.setScriptExecutionDisabled", {"value": False})


def axe(page: Page, tags: tuple[str, ...] = STANDARD) -> Found:
    """Run axe-core on the page as it is now."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(source())
    return Found(**page.evaluate(_RUN, list(tags)))


def source() -> str:
    """axe-core itself. Raises AssertionError with what to do if it is not installed."""
    assert _AXE.is_file(), "axe-core is not installed: run 'npm ci' in local/, or 'make test', which does."
    return _AXE.read_text(encoding="utf-8")


def sideways(page: Page) -> list[str]:
    """What makes the page scroll sideways; [] if nothing does."""
    found: list[str] = page.evaluate(_TOO_WIDE)
    return found


def show(page: Page, html: str) -> None:
    """Show this HTML, which came from no server. On the page before, its security policy would still hold."""
    page.goto("about:blank")
    page.set_content(html)


def resize(page: Page, width: int) -> None:
    """Have the window so wide, and high enough for nothing to depend on it."""
    page.set_viewport_size({"width": width, "height": 900})


def focused(page: Page) -> dict[str, Any]:
    """What has the focus, and whether it is the summary of errors."""
    seen: dict[str, Any] = page.evaluate(
        """() => {
            const one = document.activeElement;
            return {
                id: one.id,
                tag: one.tagName.toLowerCase(),
                type: one.getAttribute('type') ?? '',
                name: one.getAttribute('name') ?? '',
                value: one.getAttribute('value') ?? '',
                text: one.innerText ?? '',
                href: one.getAttribute('href') ?? '',
                summary: one.matches('.nhsuk-error-summary'),
            };
        }"""
    )
    return seen
