"""The pages that say how a form is connected: one for each provider, pictures as drawn."""

import re

from shared.contracts.registry import providers
from tests.architecture.layers import ROOT
from tests.diagrams import PICTURES, pictures

PAGES = ROOT / "docs" / "forms"
#: Written by pages of ours, so there is nothing to connect.
OURS = {"returning", "own"}


def test_every_provider_has_a_row_and_a_page() -> None:
    rows = re.findall(
        r"(?m)^\|[^|]+\| `(\w+)` \|.*\]\((\S+\.md)\) \|$", (PAGES / "README.md").read_text(encoding="utf-8")
    )

    assert {name for name, _ in rows} == set(providers()) - OURS
    for name, page in rows:
        text = (PAGES / page).read_text(encoding="utf-8")
        assert f"/webhooks/{name}/" in text or name == "govuk", page


def test_the_pictures_are_as_they_would_be_drawn_now_and_each_is_shown() -> None:
    drawn = dict(pictures())
    shown = {name for page in PAGES.glob("*.md") for name in re.findall(r"\(pictures/(\S+)\)", page.read_text("utf-8"))}

    assert {path.name: path.read_text(encoding="utf-8") for path in PICTURES.iterdir()} == {
        path.name: text for path, text in drawn.items()
    }, "run make pictures"
    assert shown == {path.name for path in drawn}
