"""Components are filled into moulds. What comes out must be what the library itself makes, whatever is typed."""

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound
from markupsafe import Markup

from shared.adapters import components
from shared.adapters.component_cache import CachedComponent, Parameters, Shape, compiled, shape_of
from shared.adapters.components import Components
from shared.adapters.rendering import JinjaRenderer
from tests.unit.templates.test_pages import CASES
from tests.unit.templates.values import a_decision_page, an_own_page
from tests.visitor import Visitor, typed
from tests.world import World

MADE = Components()
ODD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\xa0"), min_size=1)


def words(markup: str) -> str:
    """Without the line breaks and blanks that are only for people who read the source."""
    return " ".join(markup.split()).replace("> ", ">").replace(" <", "<")


@pytest.fixture
def compared() -> Iterator[list[str]]:
    """Every component that is made is compared with the library's; returns the names of those that were."""
    seen: list[str] = []
    ours = Components.__getattr__

    def both(self: Components, name: str) -> Any:
        component = ours(self, name)
        if name.startswith("_"):
            return component

        def checked(parameters: Parameters) -> Markup:
            made = component(parameters)
            assert words(made) == words(self.macro(name)(parameters)), name
            seen.append(name)
            return made

        setattr(self, name, checked)
        return checked

    with patch.object(Components, "__getattr__", both):
        yield seen


@pytest.mark.parametrize("case", CASES)
def test_every_page_is_what_the_library_makes(case: str, compared: list[str]) -> None:
    name, values = CASES[case]

    JinjaRenderer().page(name, {"errors": [], "given": {}, **values})

    assert compared or name == "own-data"


async def test_the_whole_form_is_what_the_library_makes(compared: list[str]) -> None:
    visitor = Visitor(World())
    await visitor.fill_in(typed(about_you="<b>&quot;Zoë&quot;</b>\n\n  ümlaut"))
    await visitor.look("equality")
    await visitor.press("equality", {"sex": "female"})

    assert {"radios", "checkboxes", "characterCount", "summaryList", "panel", "backLink"} <= set(compared)


@given(ODD, ODD, ODD)
def test_what_is_typed_comes_out_as_it_was_and_nowhere_else(label: str, hint: str, value: str) -> None:
    field = {"id": "f", "name": "f", "label": {"text": label}, "hint": {"text": hint}, "value": value}

    soup = BeautifulSoup(MADE.input(field), "html.parser")

    assert [tag.name for tag in soup.find_all()] == ["div", "label", "div", "input"]
    assert soup.select_one("label").get_text().strip() == label.strip()  # type: ignore[union-attr]  # is there
    assert soup.select_one("#f-hint").get_text().strip() == hint.strip()  # type: ignore[union-attr]  # is there
    assert soup.select_one("input")["value"] == value  # type: ignore[index]  # is there


@pytest.mark.parametrize("text", ["\ue0000\ue001", "\ue0007\ue001", "{0} %s {{ x }}", "\\1"])
def test_a_text_that_looks_like_a_mark_is_a_text(text: str) -> None:
    soup = BeautifulSoup(MADE.insetText({"text": text}), "html.parser")

    assert soup.select_one("p").get_text() == text  # type: ignore[union-attr]  # is there


def test_plain_text_is_no_html() -> None:
    assert "&lt;script&gt;" in MADE.insetText({"html": "<script>alert(1)</script>"})
    assert "<em>so</em>" in MADE.insetText({"html": Markup("<em>so</em>")})


def test_yes_is_not_the_number_one() -> None:
    yes, one = ({"rows": 1, "attributes": {"data-it": {"value": flag, "optional": True}}} for flag in (True, 1))

    assert shape_of(yes, []) != shape_of(one, [])


def test_a_component_that_the_library_does_not_have_is_said_to_be_missing() -> None:
    with pytest.raises(TemplateNotFound):
        MADE.crystalBall({"text": "x"})


def test_no_mould_keeps_what_people_typed() -> None:
    kept: list[tuple[Shape, CachedComponent]] = []

    def noted(component: Any, shape: Shape) -> CachedComponent:
        mould = compiled(component, shape)
        kept.append((shape, mould))
        return mould

    async def story() -> None:
        visitor = Visitor(World())
        await visitor.fill_in(
            typed(full_name="Canary Name", about_you="canary story", manager_email="c@canary.example")
        )

    with patch.object(components, "compiled", noted):
        asyncio.run(story())
        renderer = JinjaRenderer()
        for name, values in CASES.values():
            renderer.page(name, {"errors": [], "given": {}, **values})
    shown = repr(kept).casefold()

    assert len(kept) > 50
    for typed_by_people in ("canary", a_decision_page().view.applicant, an_own_page().name, an_own_page().email):
        assert typed_by_people.casefold() not in shown
