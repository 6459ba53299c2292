"""No mail and no page, in no state, has words run together, stray blanks or stops, or a piece of its template."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from local.graph.text import html_to_text
from local.mails.samples import sample, to_pair
from shared.adapters.rendering import JinjaRenderer
from shared.domain.owed import Kind
from tests.slips import slips
from tests.unit.templates.test_pages import CASES

RENDERER = JinjaRenderer()
# What is never empty: it was checked before, or somebody typed it into the programme file.
_ALWAYS = {"programme", "reference", "link", "own_page", "change_link", "mailbox", "role", "title", "start", "id"}
_ALWAYS |= {
    "wave",
    "evaluation_link",
    "partner",
    "partner_email",
    "partner_role",
    "closed",
    "cohort",
    "session",
    "offer_ends",
}


def states(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The values, with each one and each two of them the other way round: false for true, nothing for something."""
    turned: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, bool):
            turned[key] = not value
        elif key not in _ALWAYS and isinstance(value, str | tuple | list):
            turned[key] = type(value)() if value else "something" if isinstance(value, str) else value
    yield dict(values)
    for some in [*combinations(turned, 1), *combinations(turned, 2)]:
        yield {**values, **{key: turned[key] for key in some}}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.value) for kind in Kind])
def test_a_mail_in_every_state(kind: Kind) -> None:
    found: set[str] = set()
    seen = set()
    for values in states(sample(kind)):
        subject, html = RENDERER.mail(kind.value, values)
        if html not in seen:
            seen.add(html)
            found.update(slips(html))
            found.update(slips(f"<p>{subject}</p>") if "<" not in subject else [])
            found.update(
                f"two blanks in the text: {line!r}" for line in html_to_text(html).splitlines() if "  " in line.strip()
            )

    assert sorted(found) == []


@pytest.mark.parametrize("case", CASES)
def test_a_page_in_every_state(case: str) -> None:
    name, values = CASES[case]

    assert slips(RENDERER.page(name, values)) == []


def test_slips_are_found() -> None:
    for bad in (
        "<p>We may ask themagain.</p>",
        "<p>Yes , it is</p>",
        "<p>We ask you .</p>",
        "<p>We  ask</p>",
        "<p></p>",
        "<p>We ask you. .</p>",
        "<p>We ask {{ you }}</p>",
        "<p>We ask None</p>",
        "<li>We ask <strong></strong></li>",
        "<p>We ask.You ask</p>",
        "<p>We ask..</p>",
    ):
        assert slips(bad), bad
    assert slips("<p>We may ask them again. You, too: <bdi>Anita Khan</bdi> (now)?</p>") == []


def test_blanks_of_the_template_stay_whatever_people_typed(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    words = '{{ "" if once else " again" }}{{ "and " if once }}{{ who }}{{ " and" ~ " gone" }}'
    (tmp_path / "mail" / "note.html").write_text(f"---\nsubject: A\n---\nasked{words}", encoding="utf-8")
    renderer = JinjaRenderer(folder=tmp_path)

    assert renderer.mail("note", {"once": False, "who": ""})[1] == "asked again and gone"
    assert renderer.mail("note", {"once": True, "who": "Ann \u200b Lee"})[1] == "askedand Ann Lee and gone"


def test_a_pair_without_jobs_is_introduced_in_whole_sentences() -> None:
    bare = to_pair() | {"partner_job": "", "partner_organisation": "", "name": ""}

    assert slips(RENDERER.mail(Kind.INTRODUCTION.value, bare)[1]) == []
