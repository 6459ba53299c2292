"""The page is whole in itself, and what it packs is unpacked again as it was."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from local.rehearsal.findings import find
from local.rehearsal.page import changes, embedded, packed, page
from tests.rehearsal.played import PROGRAMMES, TINY, played

FIRST = PROGRAMMES[0]


@pytest.fixture(scope="module")
def html() -> str:
    from_file, story = played(FIRST, TINY)
    return page(story, find(story, from_file.reading.lines), file=from_file.name)


@pytest.fixture(scope="module")
def data(html: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def unpacked(lines: list[str], numbers: str) -> str:
    ends = [part.partition("-") for part in numbers.split(",")]
    return "\n".join(line for a, _, b in ends for line in lines[int(a) : int(b or a) + 1])


class Loads(HTMLParser):
    """Collects what a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        wanted = [given.get("src"), given.get("srcset")]
        if tag in {"link", "a", "use", "image"}:
            wanted += [given.get("href"), given.get("xlink:href")]
        self.found += [one for one in wanted if one and not one.startswith("#")]


def test_the_page_needs_nothing_from_outside(html: str) -> None:
    loads = Loads()
    loads.feed(html)

    assert loads.found == []
    assert "@import" not in html.partition("</style>")[0]


def test_every_mail_and_invitation_can_be_read_on_it_as_it_was(data: Any) -> None:
    _, story = played(FIRST, TINY)

    for address, items in data["people"].items():
        bodies = [unpacked(data["lines"], one[3]) for one in items if len(one) > 2]
        assert bodies == [told.html for told in sorted(story.to(address), key=lambda told: told.at)], address


def test_the_tables_of_the_last_week_are_what_the_changes_come_to(data: Any) -> None:
    _, story = played(FIRST, TINY)
    rows: dict[str, dict[str, Any]] = {}
    for week in data["tables"]:
        for key, cells in week.get("Sessions", {}).items():
            rows[key] = {**rows.get(key, {}), **(cells or {})}

    assert set(rows) == {s.id for group in story.programme.groups for s in group.sessions}
    assert rows["peer-1"]["Status"] == "cancelled", "the plan has one session cancelled"


def test_only_cells_that_changed_are_told_and_what_went_is_nothing() -> None:
    first: dict[str, Any] = {"T": {"a": {"x": 1, "y": 2}, "b": {"x": 1}}}
    then: dict[str, Any] = {"T": {"a": {"x": 1, "z": 3}, "b": None}}

    assert changes([first, then]) == [first, {"T": {"a": {"z": 3, "y": ""}, "b": None}}]


@pytest.mark.parametrize("bodies", [["a\nb\nc", "a\nX\nc", "a\nb\nc"], [""], ["\n\n", "a"], []])
def test_bodies_come_out_as_they_went_in(bodies: list[str]) -> None:
    lines, numbers = packed(bodies)

    assert [unpacked(lines, one) for one in numbers] == bodies


def test_nothing_in_the_data_ends_the_script() -> None:
    text = "</script><!--<script>"

    assert "<" not in embedded([text])
    assert json.loads(embedded([text])) == [text]


def test_what_people_are_called_is_escaped(html: str) -> None:
    assert "Siân O&#39;Brien" in html
    assert "José" in html
