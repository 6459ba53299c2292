"""Every kind of mail in a browser: on a phone and on a desk, in light and dark, also where the style was dropped."""

import re
from collections.abc import Callable
from typing import Literal

import pytest

from local.mails.gallery import ODD, shown
from shared.domain.owed import Kind
from tests.accessibility.audit import PHONE, axe, resize, show, sideways
from tests.accessibility.conftest import CHECKED, Tab

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
READING_PANE = 900
SETTINGS: tuple[tuple[int, Literal["light", "dark"]], ...] = (
    (READING_PANE, "light"),
    (PHONE, "dark"),
    (PHONE, "light"),
)


@pytest.mark.parametrize("kind", Kind)
def test_mail(kind: Kind, plain_tab: Tab, record_property: Callable[[str, object], None]) -> None:
    page = plain_tab.page
    show(page, shown(kind).html)
    problems = []
    for width, scheme in SETTINGS:
        resize(page, width)
        page.emulate_media(color_scheme=scheme)
        found = axe(page)
        assert {"document-title", "html-has-lang"} <= set(found.passed)
        record_property(CHECKED, ("mails", f"{width:>4} px, {scheme}", len(found.violations)))
        problems += [f"{width} px, {scheme}: {what}" for what in (*found.violations, *sideways(page))]
    resize(page, PHONE)
    show(page, shown(kind, ODD).html)
    problems += [f"odd names: {what}" for what in sideways(page)]
    assert problems == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_mail_whose_style_was_dropped_can_be_read(scheme: Literal["light", "dark"], plain_tab: Tab) -> None:
    plain_tab.page.emulate_media(color_scheme=scheme)
    for kind in (Kind.APPROVED, Kind.APPROVAL_REQUEST, Kind.DIGEST):
        html = shown(kind).html
        bare = re.sub(r"(?s)<style>.*</style>", "", html)
        assert bare != html
        show(plain_tab.page, bare)

        assert axe(plain_tab.page).violations == []


def test_a_mail_in_the_dark_is_dark(plain_tab: Tab) -> None:
    colours = {}
    show(plain_tab.page, shown(Kind.APPROVED).html)
    for scheme in SCHEMES:
        plain_tab.page.emulate_media(color_scheme=scheme)
        colours[scheme] = plain_tab.page.evaluate(
            "() => ['body', '.letter'].map(one => getComputedStyle(document.querySelector(one)).backgroundColor)"
        )

    assert colours == {"light": ["rgb(255, 255, 255)"] * 2, "dark": ["rgb(27, 34, 39)"] * 2}
