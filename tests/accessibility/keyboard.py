"""Somebody who has a keyboard and no mouse, and has to see where the focus is."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import FloatRect, Page

from tests.accessibility.audit import focused

_MOST_STOPS = 80
_BOX = """() => {
    const one = document.activeElement;
    // Radio buttons are drawn by their label.
    const drawn = [one, ...(one.labels ?? [])].map(each => each.getBoundingClientRect()).filter(box => box.width);
    const [left, top] = [Math.min(...drawn.map(b => b.left)), Math.min(...drawn.map(b => b.top))];
    const [right, bottom] = [Math.max(...drawn.map(b => b.right)), Math.max(...drawn.map(b => b.bottom))];
    const [x, y] = [Math.max(0, left + scrollX - 12), Math.max(0, top + scrollY - 12)];
    return { x, y, width: right + scrollX + 12 - x, height: bottom + scrollY + 12 - y };
}"""


class Keyboard:
    """Tab, Shift+Tab, arrows, Space, Enter, and letters."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Go on until the focus is where it is wanted."""
        seen = []
        for _ in range(_MOST_STOPS):
            self.page.keyboard.press("Tab")
            here = focused(self.page)
            if wanted(here):
                return here
            seen.append(here["id"] or here["text"] or here["tag"])
        raise AssertionError(f"the keyboard never gets there, only to {seen}")

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def enter(self) -> None:
        """Follow a link or press a button that opens another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, text: str) -> None:
        """Write."""
        self.page.keyboard.type(text)


def unseen_stops(page: Page) -> list[str]:
    """The stops of the Tab key at which nothing shows that the focus is there; [] if it shows everywhere."""
    stops: list[tuple[str, FloatRect, bytes]] = []
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        here = focused(page)
        name = here["id"] or here["text"] or here["tag"]
        if here["tag"] == "body" or (stops and name == stops[0][0]):
            break
        box: FloatRect = page.evaluate(_BOX)
        stops.append((name, box, page.screenshot(full_page=True, clip=box)))
    assert stops, "the Tab key leads nowhere"
    page.evaluate("() => document.activeElement.blur()")
    return [name for name, box, picture in stops if page.screenshot(full_page=True, clip=box) == picture]
