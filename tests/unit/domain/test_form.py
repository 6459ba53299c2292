"""The way through our own form: what is asked of whom, in which order, and what is said when something is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.answers import check
from shared.domain.closing import first_row, looked_at
from shared.domain.form import (
    Kind,
    Opening,
    Page,
    ahead,
    before,
    following,
    opening,
    pages,
    problems,
    raw,
    step,
    unfinished,
)
from shared.domain.programme import Programme
from tests.visitor import typed
from tests.world import NINE, answers, cohort_7

COHORT = cohort_7()


def given(**changes: object) -> dict[str, tuple[str, ...]]:
    form = typed(**changes)
    return {name: tuple(value) if isinstance(value, list) else (value,) for name, value in form.items()}


def ids(filled: dict[str, tuple[str, ...]], programme: Programme = COHORT) -> list[str]:
    return [page.id for page in pages(programme, filled)]


def page(name: str, filled: dict[str, tuple[str, ...]]) -> Page:
    return next(one for one in pages(COHORT, filled) if one.id == name)


def test_where_somebody_works_comes_first_then_the_role_and_the_declaration_last() -> None:
    assert ids(given()) == [
        "area",
        "sector",
        "role",
        "time",
        "full-name",
        "email",
        "job-title",
        "band",
        "organisation",
        "manager",
        "manager-agreed",
        "topics",
        "about-you",
        "meeting",
        "access-needs",
        "training-session",
        "previous-participant",
        "check",
        "declaration",
    ]


def test_every_question_is_asked_once_and_of_the_role_it_is_for() -> None:
    for role, other in (("mentor", "mentee"), ("mentee", "mentor")):
        asked = [q for one in pages(COHORT, given(role=role)) for q in one.questions]
        expected = [q for q in COHORT.questions if q.for_role != other]
        assert sorted(q.title for q in asked) == sorted(q.title for q in expected)


def test_what_only_one_role_is_asked_waits_for_the_role() -> None:
    assert "training-session" not in ids({})
    assert "time" not in ids({})
    assert "time" not in ids({"role": ("nonsense",)})


@pytest.mark.parametrize(
    ("area", "sector", "told"),
    [
        ("llr", "vcse", False),
        ("northamptonshire", "nhs", False),
        ("northamptonshire", "other_healthcare", True),
        ("elsewhere", "nhs", True),
        ("llr", "", False),
        ("nonsense", "nhs", False),
    ],
)
def test_whoever_the_cohort_may_not_be_for_is_told_right_after_the_two_questions(
    area: str, sector: str, told: bool
) -> None:
    way = ids({"area": (area,), "sector": (sector,)})

    assert ("eligibility" in way) is told
    if told:
        assert way.index("eligibility") == way.index("sector") + 1


def test_what_the_form_sends_is_what_a_provider_would_send() -> None:
    for person in (answers(), answers(role="mentee", training_session="mentee-training-2", topics=["race"])):
        checked = check(COHORT, raw(COHORT.questions, given(**person)))
        assert checked.answers == check(COHORT, person).answers
        assert checked.answers is not None


def test_an_answer_for_the_other_role_is_left_behind() -> None:
    filled = {**given(), "role": ("mentee",)}

    assert "training_session" not in raw(COHORT.questions, filled)


def test_a_page_complains_of_its_own_questions_only() -> None:
    assert problems(COHORT, page("full-name", {}), {}) == (("full_name", "Enter your full name."),)
    assert problems(COHORT, page("area", {}), {}) == (("area", "Choose an answer to \u2018Where do you work\u2019."),)
    topics = "Choose at least one answer to \u2018Which topics would you like to share or learn about\u2019."
    assert problems(COHORT, page("topics", {}), {}) == (("topics", topics),)
    assert problems(COHORT, page("band", {}), {}) == ()
    assert problems(COHORT, page("check", {}), {}) == ()


def test_two_answers_that_contradict_each_other_are_told_where_the_second_is_given() -> None:
    filled = given(manager_email="Amara.Okafor@example.nhs.uk")

    ((name, says),) = problems(COHORT, page("manager", filled), filled)
    assert name == "manager_email"
    assert "your own address" in says
    assert problems(COHORT, page("email", filled), filled) == ()


def test_a_wrong_session_is_told_under_the_name_of_its_field() -> None:
    filled = given(training_session="mentee-training-1")

    assert [name for name, _ in problems(COHORT, page("training-session", filled), filled)] == [
        "training_session-mentor"
    ]


def test_whoever_has_not_seen_the_check_goes_from_page_to_page() -> None:
    filled = given()
    way = pages(COHORT, filled)

    assert [following(COHORT, one, filled, checking=False).id for one in way[:-1]] == [one.id for one in way[1:]]
    assert [before(COHORT, one, filled, checking=False) for one in way] == [None, *way[:-1]]


def test_whoever_changes_one_answer_returns_to_the_check() -> None:
    filled = given()

    for one in pages(COHORT, filled):
        if one.kind is Kind.QUESTIONS and one.id != "role":
            assert following(COHORT, one, filled, checking=True).id == "check"
            assert getattr(before(COHORT, one, filled, checking=True), "id", None) == "check"
    assert following(COHORT, page("check", filled), filled, checking=True).id == "declaration"


def test_whoever_changes_the_role_sees_its_dates_and_chooses_anew() -> None:
    filled = {**given(), "role": ("mentee",)}

    assert following(COHORT, page("role", filled), filled, checking=True).id == "time"
    assert following(COHORT, page("time", filled), filled, checking=True).id == "training-session"
    chosen = {**filled, "training_session-mentee": ("mentee-training-1",)}
    assert following(COHORT, page("training-session", chosen), chosen, checking=True).id == "check"
    assert following(COHORT, page("time", chosen), chosen, checking=True).id == "check"


def test_whoever_changes_the_area_is_told_what_that_means() -> None:
    filled = given(area="elsewhere")

    assert following(COHORT, page("area", filled), filled, checking=True).id == "eligibility"
    assert unfinished(COHORT, filled) == page("eligibility", filled)
    undecided = given(area="northamptonshire", sector="other_healthcare")
    assert following(COHORT, page("eligibility", undecided), undecided, checking=True).id == "check"


def test_what_is_missing_is_found_in_the_order_of_the_form() -> None:
    filled = given()
    del filled["topics"], filled["full_name"]

    assert getattr(unfinished(COHORT, filled), "id", None) == "full-name"
    assert getattr(unfinished(COHORT, {**filled, "full_name": ("Amara",)}), "id", None) == "topics"
    assert unfinished(COHORT, given()) is None
    assert getattr(unfinished(COHORT, {}), "id", None) == "area"


def test_pages_with_questions_are_numbered_the_same_before_and_after_the_role() -> None:
    filled = given()
    numbers = [step(COHORT, one, filled) for one in pages(COHORT, filled) if one.kind is Kind.QUESTIONS]

    assert numbers == [(number, 16) for number in range(1, 17)]
    assert step(COHORT, page("area", {}), {}) == (1, 16)
    assert step(COHORT, page("check", filled), filled) == (0, 16)


def test_sessions_that_have_begun_are_not_offered_and_without_any_nothing_is_asked() -> None:
    after_first = ahead(COHORT, datetime(2026, 3, 26, 9, 30, tzinfo=UTC))
    after_all = ahead(COHORT, datetime(2026, 4, 14, 12, 0, tzinfo=UTC))

    assert after_first.session("mentor-training-1") is None
    assert after_first.session("mentor-training-2") is not None
    assert "training-session" in ids(given(), after_first)
    assert "training-session" not in ids(given(), after_all)
    # Those without a date are nobody's choice yet and stay in the programme.
    assert after_all.session("celebration-1") is not None


def test_a_form_without_some_questions_still_has_its_way() -> None:
    bare = COHORT.model_copy(
        update={"questions": tuple(q for q in COHORT.questions if q.field in {"full_name", "email", "role", "consent"})}
    )

    assert ids({}, bare) == ["role", "full-name", "email", "check", "declaration"]


def at(moment: datetime, **changes: Any) -> Opening:
    row = first_row(COHORT, NINE)
    return opening(COHORT, looked_at(row, COHORT, moment), moment)


def test_the_form_is_open_until_the_closing_date_and_takes_late_ones_while_managers_answers_count() -> None:
    assert COHORT.opens_at is not None
    assert COHORT.closes_at is not None
    second, grace = timedelta(seconds=1), timedelta(days=COHORT.approval.grace_days)

    assert at(COHORT.opens_at - second) is Opening.SOON
    assert at(COHORT.opens_at) is Opening.OPEN
    assert at(COHORT.closes_at) is Opening.OPEN
    assert at(COHORT.closes_at + second) is Opening.LATE
    assert at(COHORT.closes_at + grace - second) is Opening.LATE
    assert at(COHORT.closes_at + grace) is Opening.CLOSED
