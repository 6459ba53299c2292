"""Deciding and applying with a keyboard alone, with and without scripts, and seeing where one is."""

from typing import Any, Literal

import pytest
from playwright.sync_api import expect

from shared.domain.suspicion import SHORTEST
from shared.stores.names import TableName
from tests.accessibility.audit import DESKTOP, axe, focused, resize
from tests.accessibility.conftest import Tab
from tests.accessibility.keyboard import Keyboard, unseen_stops
from tests.accessibility.screens import DECISION, SCREENS
from tests.accessibility.site import Site
from tests.visitor import typed

BY_NAME = {screen.name: screen for screen in SCREENS}


def test_a_manager_decides_with_the_keyboard_alone(tab: Tab, site: Site) -> None:
    page, keyboard = tab.page, Keyboard(tab.page)
    resize(page, DESKTOP)
    tab.scripts.for_pages()
    world = site.open(page, BY_NAME["decision, open"])

    keyboard.press("Tab")
    assert focused(page)["text"] == "Skip to main content"
    keyboard.press("Enter")
    assert focused(page)["id"] == "maincontent"
    keyboard.tab_to(lambda here: here["text"] == "Send my answer")
    keyboard.enter()
    assert page.title().startswith(f"Error: {DECISION}")
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()
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


def test_somebody_applies_with_the_keyboard_alone(tab: Tab, site: Site) -> None:
    page, keyboard = tab.page, Keyboard(tab.page)
    resize(page, DESKTOP)
    tab.scripts.for_pages()
    world = site.open(page, BY_NAME["apply-front, open"])
    form, mistakes = typed(), 0
    world.clock.advance(SHORTEST)  # whoever does not read the first page is taken for a program

    keyboard.tab_to(lambda here: here["text"] == "Start now")
    keyboard.enter()
    for _ in range(40):
        if page.title().startswith("We have your application"):
            break
        if page.title().startswith(
            "What is your full name"
        ):  # nothing typed: a mistake, and back to it from the summary
            keyboard.tab_to(lambda here: here["text"] == "Continue")
            keyboard.enter()
            expect(page.locator(".nhsuk-error-summary")).to_be_focused()
            keyboard.tab_to(lambda here: here["href"] == "#full_name")
            keyboard.press("Enter")
            assert focused(page)["id"] == "full_name"
            mistakes += 1
        fill_in(keyboard, form)
    else:
        raise AssertionError(f"stuck at {page.title()}")

    assert mistakes == 1
    assert world.application()["FullName"] == "Amara Okafor"
    assert world.application()["SessionsChosen"] == "mentor-training: mentor-training-1"


def fill_in(keyboard: Keyboard, form: dict[str, Any]) -> None:
    """Answer what a page of the form asks, and go on."""
    done: set[str] = set()
    here = focused(keyboard.page)
    while here["text"] not in {"Continue", "Continue to the declaration", "Accept and send my application"}:
        name, wanted = here["name"], form.get(here["name"], "")
        if here["type"] == "radio" and name not in done:
            done.add(name)
            for _ in range(10):
                if here["value"] == wanted:
                    break
                keyboard.press("ArrowDown")
                here = focused(keyboard.page)
            keyboard.press("Space")
        elif here["type"] == "checkbox" and here["value"] in (wanted if isinstance(wanted, list) else [wanted]):
            keyboard.press("Space")
        elif here["tag"] == "textarea" or here["type"] in {"text", "email"}:
            keyboard.type(wanted)
        keyboard.press("Tab")
        here = focused(keyboard.page)
    keyboard.enter()


@pytest.mark.parametrize(
    ("name", "colours"),
    [
        ("decision, nothing chosen", "none"),
        ("own, place offered", "none"),
        ("apply-page, check", "none"),
        ("decision, nothing chosen", "active"),
    ],
)
def test_it_can_be_seen_where_the_focus_is(
    name: str, colours: Literal["none", "active"], plain_tab: Tab, site: Site
) -> None:
    page = plain_tab.page
    resize(page, DESKTOP)
    page.emulate_media(forced_colors=colours)
    site.open(page, BY_NAME[name])

    assert unseen_stops(page) == []
    assert axe(page).violations == []
