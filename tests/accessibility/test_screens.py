"""Every page, on a phone and on a desk, with and without scripts: nothing for axe to find, no scrolling sideways."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from shared.adapters.rendering import TEMPLATES
from tests.accessibility.audit import DESKTOP, PHONE, axe, focused, resize, show, sideways
from tests.accessibility.conftest import CHECKED, Tab
from tests.accessibility.screens import SCREENS, Kept, Screen
from tests.accessibility.site import Site, doors_of_pages
from tests.slips import slips

_BAD = """<html><head><title></title></head><body>
<p style="color:#999">pale</p><input><img src="data:,"><p>{wide}</p>
<nav>{tiny}{tiny}</nav>
""".format(wide="wide" * 99, tiny='<a href="#" style="display:block; width:9px; height:9px"></a>')


def test_what_axe_and_we_look_for_would_be_found(tab: Tab) -> None:
    tab.scripts.for_the_auditor()
    resize(tab.page, PHONE)
    show(tab.page, _BAD)

    found = {violation.partition(" ")[0] for violation in axe(tab.page).violations}

    wanted = {"color-contrast", "document-title", "html-has-lang", "image-alt", "label", "link-name", "target-size"}
    assert wanted - found == set()
    assert sideways(tab.page)[0].startswith("the page is ")


@pytest.mark.parametrize("screen", SCREENS, ids=[screen.name for screen in SCREENS])
def test_page(screen: Screen, tab: Tab, site: Site, record_property: Callable[[str, object], None]) -> None:
    page = tab.page
    tab.scripts.for_pages()
    resize(page, PHONE)
    world = site.open(page, screen)
    tab.scripts.for_the_auditor()

    assert slips(page.content()) == []
    assert [slip for letter in world.mailbox.sent for slip in slips(letter.html)] == []
    assert site.renderer.last == screen.template
    assert page.title().partition(" - ")[0] == screen.title
    assert page.locator("h1").count() == 1
    if screen.is_error:
        # A browser moves the focus there when it first draws the page, a moment after it has loaded.
        expect(page.locator(".nhsuk-error-summary")).to_be_focused()
    else:
        assert focused(page)["summary"] is False
    problems = []
    for width in (PHONE, DESKTOP):
        resize(page, width)
        problems += [f"{width} px: {what}" for what in sideways(page)]
        if width == DESKTOP and not tab.scripts.allowed:
            continue  # of what is there without scripts, the width changes nothing that axe has not seen with them
        found = axe(page)
        setting = f"{width:>4} px, scripts {'on' if tab.scripts.allowed else 'off'}"
        record_property(CHECKED, ("pages", setting, len(found.violations)))
        assert {"color-contrast", "document-title", "html-has-lang"} <= set(found.passed)
        problems += [f"{width} px: {violation}" for violation in found.violations]
    if tab.scripts.allowed:
        # At 200% a window of 1280 px has room for 640. Scripts only add words to what is looked at here.
        resize(page, DESKTOP // 2)
        problems += [f"200%: {what}" for what in sideways(page)]
    assert problems == []


def test_a_manager_on_a_phone_reaches_every_answer_without_scrolling(tab: Tab, site: Site) -> None:
    tab.scripts.for_pages()
    tab.page.set_viewport_size({"width": 390, "height": 844})
    site.open(tab.page, next(screen for screen in SCREENS if screen.name == "decision, open"))

    below = [box["y"] + box["height"] for radio in tab.page.get_by_role("radio").all() if (box := radio.bounding_box())]

    assert len(below) == 3
    assert max(below) < 844


def test_every_door_that_browsers_open_has_screens(site: Site) -> None:
    places = [site.run(screen.arrange(site.begin())) for screen in SCREENS]
    paths = [(place.path if isinstance(place, Kept) else place).partition("?")[0] for place in places]

    doors = doors_of_pages()
    assert len(doors) > 4
    assert [door.template for door in doors if not any(door.match(path) for path in paths)] == []


def test_every_template_of_a_page_has_screens() -> None:
    templates = {path.stem for path in (TEMPLATES / "pages").glob("*.html")} - {"layout", "parts"}

    assert {screen.template for screen in SCREENS} == templates
