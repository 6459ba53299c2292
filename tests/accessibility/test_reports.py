"""The pages that the team opens as files: on a phone, on a desk and on paper, with and without anything on them."""

from collections.abc import Callable
from datetime import date

import pytest

from shared.adapters.rendering import JinjaRenderer
from shared.domain.cohort_figures import Cohort, breakdowns
from shared.domain.cohort_page import cohort_page
from shared.domain.disclosure import protect
from shared.domain.equality import breakdowns as equality_breakdowns
from shared.domain.foi import answers
from tests.accessibility.audit import DESKTOP, PHONE, axe, resize, show, sideways
from tests.accessibility.conftest import CHECKED, Tab
from tests.unit.domain.test_cohort_figures import cohort
from tests.unit.domain.test_cohort_page import a_cohort

_A4_WIDTH = 720


def report(name: str, of: Cohort) -> str:
    """A report as a file."""
    if name == "cohort":
        return JinjaRenderer().report("cohort", {"page": cohort_page(of, contact="team@example.nhs.uk")})
    pack = protect(breakdowns(of), day=date(2026, 8, 1))
    said = answers(of, pack)
    values = {"programme": of.programme.name, "cohort": 7, "final": False, "made": "1 August", "today": "1 August"}
    values |= {"due": "28 August", "answers": said, "others": pack.tables, "contact": "team@example.nhs.uk"}
    equality = protect(equality_breakdowns("c7", [{"sex": "Female"}] * 30), day=date(2026, 8, 1))
    return JinjaRenderer().report("foi", values | {"equality": equality.tables})


@pytest.mark.parametrize("name", ["cohort", "foi"])
@pytest.mark.parametrize("of", [a_cohort(), cohort()], ids=["people", "nobody"])
def test_report(name: str, of: Cohort, plain_tab: Tab, record_property: Callable[[str, object], None]) -> None:
    page = plain_tab.page
    show(page, report(name, of))
    problems = []
    for width in (PHONE, DESKTOP):
        resize(page, width)
        found = axe(page)
        assert {"color-contrast", "document-title", "html-has-lang"} <= set(found.passed)
        record_property(CHECKED, ("reports", f"{width:>4} px", len(found.violations)))
        problems += [f"{width} px: {what}" for what in (*found.violations, *sideways(page))]
    page.emulate_media(media="print")
    resize(page, _A4_WIDTH)
    problems += [f"on paper: {what}" for what in sideways(page)]
    assert problems == []
