"""Deciding with a keyboard alone, with and without scripts, and seeing where one is."""

from typing import Literal

import pytest

from shared.adapters.names import TableName
from tests.accessibility.audit import DESKTOP, axe, focused, resize
from tests.accessibility.conftest import Tab
from tests.accessibility.keyboard import Keyboard, unseen_stops
from tests.accessibility.screens import DECISION, SCREENS, asked
from tests.accessibility.site import Site

BY_NAME = {screen.name: screen for screen in SCREENS}


def test_a_manager_decides_with_the_keyboard_alone(tab: Tab, site: Site) -> None:
    page, keyboard = tab.page, Keyboard(tab.page)
    resize(page, DESKTOP)
    tab.scripts.for_pages()
    world = site.begin()
    page.goto(site.base + site.run(asked(world)))

    keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to main content"
    keyboard.press("Enter")
    assert focused(page)["id"] == "maincontent"
    keyboard.tab_to(lambda here: here["text"] == "Send my answer")
    keyboard.enter()
    assert page.title().startswith(f"Error: {DECISION}")
    assert focused(page)["summary"]
    assert keyboard.tab_to(lambda here: here["tag"] == "a")["href"] == "#decision"
    keyboard.press("Enter")
    assert focused(page)["id"] == "decision"
    keyboard.press("ArrowDown")
    assert focused(page)["value"] == "decline"
    keyboard.tab_to(lambda here: here["id"] == "reason")
    keyboard.type("Short of staff")
    keyboard.tab_to(lambda here: here["text"] == "Send my answer")
    keyboard.enter()

    assert page.title().startswith("Your answer about")
    assert (world.application()["Status"], world.row(TableName.APPROVALS)["Reason"]) == ("Declined", "Short of staff")


@pytest.mark.parametrize("colours", ["none", "active"], ids=["colours of ours", "forced colours"])
@pytest.mark.parametrize("name", ["decision, nothing chosen", "own, place offered"])
def test_it_can_be_seen_where_the_focus_is(
    name: str, colours: Literal["none", "active"], plain_tab: Tab, site: Site
) -> None:
    page, screen = plain_tab.page, BY_NAME[name]
    resize(page, DESKTOP)
    page.emulate_media(forced_colors=colours)
    page.goto(site.base + site.run(screen.arrange(site.begin())))
    screen.act(page)
    page.wait_for_load_state()

    assert unseen_stops(page) == []
    assert axe(page).violations == []
