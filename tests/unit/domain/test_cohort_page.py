"""The page of a cohort: a picture shows what its table says, and every wait can be acted on from it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from bs4 import BeautifulSoup

from shared.adapters.rendering import JinjaRenderer
from shared.domain.application import Status
from shared.domain.cohort_figures import Cohort, Meeting
from shared.domain.cohort_page import WIDTH, CohortPage, Picture, cohort_page
from shared.domain.disclosure import protect
from shared.domain.evaluation import Evaluated, EvaluationFigures, breakdowns
from shared.domain.programme import Role
from tests.own_questions import evaluation
from tests.slips import slips
from tests.unit.domain.test_cohort_figures import C7, SUMMER, cohort, met, pair, person


def a_cohort(now: datetime = SUMMER) -> Cohort:
    """Some people at every step, of every kind of wait."""
    days = [datetime(2026, 2, day, 9, tzinfo=UTC) for day in (10, 11, 18, 27)]
    people = [
        person(f"{role.value}{n}", role, Status.APPROVED, at=days[n])
        for role in (Role.MENTOR, Role.MENTEE)
        for n in range(4)
    ]
    people += [person("decide", status=Status.NEEDS_DECISION), person("wait"), person("gone", status=Status.WITHDRAWN)]
    pairs = [pair("mentor0", "mentee0"), pair("mentor1", "mentee1")]
    whole = cohort(*people, now=now, pairs=pairs, checkins=[*met(pairs[0], 1, 2), *met(pairs[1])])
    asks = C7.model_copy(update={"evaluation": evaluation()})
    answered = [Evaluated(str(n), "midway", "mentor", {"sure": "3" if n < 30 else "1"}) for n in range(34)]
    counted = breakdowns(asks, {("midway", "mentor"): 40}, answered)
    tables = protect(counted, day=date(2026, 8, 1)).tables
    return replace(whole, evaluation=EvaluationFigures(tables, ("The file no longer asks at later.",)))


def html_of(page: CohortPage) -> str:
    return JinjaRenderer().report("cohort", {"page": page})


def widths(picture: Picture) -> dict[str, float]:
    return {mark.label: sum(part.width for part in mark.parts) for mark in picture.marks}


def test_a_bar_is_as_long_as_its_number_in_the_table_is_large() -> None:
    page = cohort_page(a_cohort(), contact="team@example.nhs.uk")

    assert {mark.label: mark.total for mark in page.funnel.marks}["Applied"] == 11
    longest = max(widths(page.funnel).values())
    for mark in page.funnel.marks:
        assert widths(page.funnel)[mark.label] == pytest.approx(longest * mark.total / 11, abs=0.3)
        assert sum(number or 0 for number in mark.numbers) == mark.total
        assert all(part.x >= 0 and part.x + part.width <= WIDTH for part in mark.parts)
    assert sum(mark.total for mark in page.weeks.marks) == 11
    heights = {mark.label: sum(part.height for part in mark.parts) for mark in page.weeks.marks}
    assert max(heights.values()) == heights[max(page.weeks.marks, key=lambda mark: mark.total).label]


def test_the_page_says_in_words_and_tables_what_it_shows_and_names_what_to_type() -> None:
    soup = BeautifulSoup(html_of(cohort_page(a_cohort(), contact="team@example.nhs.uk")), "html.parser")
    text = " ".join(soup.get_text(" ").split())

    pictures = soup.find_all("svg", role="img")
    assert [bool(svg["aria-label"]) for svg in pictures] == [True, True]
    assert "Applied 11" in str(pictures[0]["aria-label"])
    codes = [code.get_text() for code in soup.find_all("code")]
    assert {"admit", "decide", "resend approval", "wait"} <= set(codes)
    assert "mentor0-mentee0: Name mentor0 and Name mentee0, confirmed, from 20 April" in text
    assert "Meeting 1: met, Meeting 2: met" in text
    assert soup.find(["script", "link", "img", "iframe"]) is None
    assert slips(str(soup)) == []


def test_every_word_about_a_meeting_has_a_sign_of_its_own() -> None:
    soup = BeautifulSoup(html_of(cohort_page(a_cohort(), contact="")), "html.parser")

    shapes = {str(group["id"]): group.decode_contents() for group in soup.select("defs g")}
    assert len(shapes) == len(set(shapes.values())) == len(Meeting)
    used = [str(use["href"]).removeprefix("#") for use in soup.select(".pairs .signs use")]
    assert used[:3] == ["Met", "Met", "Asked"]
    assert set(used) <= set(shapes)


def test_an_empty_cohort_says_so() -> None:
    text = " ".join(BeautifulSoup(html_of(cohort_page(cohort(), contact="")), "html.parser").get_text(" ").split())

    for words in ("Nobody has applied yet.", "Nobody waits for anybody.", "There are no pairs yet."):
        assert words in text
    assert "Questions:" not in text


def test_a_long_cohort_stays_readable() -> None:
    """A column for each week of a year is no narrower than its number."""
    people = [person(f"p{n}", at=datetime(2026, 1, 5, 9, tzinfo=UTC).replace(month=n)) for n in range(1, 13)]
    weeks = cohort_page(cohort(*people, now=SUMMER), contact="").weeks

    assert len(weeks.marks) > 45
    assert all(later.x - mark.x >= 26 for mark, later in zip(weeks.marks, weeks.marks[1:], strict=False))
    assert weeks.width >= weeks.marks[-1].x
    assert date(2026, 1, 5).strftime("%A") == "Monday"
