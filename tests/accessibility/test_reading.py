"""Pages on paper, and with the spacing that some people need to read."""

import pytest

from tests.accessibility.audit import PHONE, axe, resize, sideways
from tests.accessibility.conftest import Tab
from tests.accessibility.screens import SCREENS
from tests.accessibility.site import Site

BY_NAME = {screen.name: screen for screen in SCREENS}
# The fullest page of each kind.
FULLEST = (
    "apply-front, open",
    "apply-page, time",
    "apply-page, too long",
    "apply-page, check",
    "apply-sent, just sent",
    "decision, nothing chosen",
    "own, approved mentor",
    "own, place offered",
    "own-change, two forms",
    "own-data, saved as a file",
    "checkin, open",
    "welcome-back, nothing said",
    "message, link cut short",
)
# A4 without margins, at 96 dots an inch.
PAPER = 794
# WCAG 2.2, success criterion 1.4.12.
_SPACED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
        p { margin-bottom: 2em !important; }`);
    document.adoptedStyleSheets = [sheet];
}"""
_CUT_OFF = """() => [...document.body.querySelectorAll('*')].filter(one => {
    const style = getComputedStyle(one);
    const cuts = ['hidden', 'clip'].includes(style.overflowY) && one.clientHeight > 1;
    return cuts && one.scrollHeight > one.clientHeight + 2;
}).map(one => one.outerHTML.slice(0, 120))"""
_ON_WHITE = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { background: none !important; }');
    document.adoptedStyleSheets = [sheet];
}"""
_ON_PAPER = """() => ({
    buttons: [...document.querySelectorAll('button')].filter(one => one.checkVisibility()).length,
    skip: document.querySelector('.nhsuk-skip-link')?.checkVisibility() ?? false,
    heading: document.querySelector('h1').checkVisibility(),
})"""


@pytest.fixture(params=FULLEST)
def opened(request: pytest.FixtureRequest, plain_tab: Tab, site: Site) -> Tab:
    resize(plain_tab.page, PHONE)
    site.open(plain_tab.page, BY_NAME[request.param])
    return plain_tab


def test_more_space_between_letters_words_and_lines_hides_nothing(opened: Tab) -> None:
    opened.page.evaluate(_SPACED)

    assert sideways(opened.page) == []
    assert opened.page.evaluate(_CUT_OFF) == []


def test_on_paper_a_page_is_what_is_to_be_read(opened: Tab) -> None:
    opened.page.emulate_media(media="print")
    resize(opened.page, PAPER)

    assert sideways(opened.page) == []
    assert opened.page.evaluate(_ON_PAPER) == {"buttons": 0, "skip": False, "heading": True}
    # Browsers print no backgrounds unless they are told to.
    opened.page.evaluate(_ON_WHITE)
    assert axe(opened.page).violations == []
