"""The nine answers to a Freedom of Information request: what is not recorded is not guessed."""

from datetime import UTC, date, datetime

import pytest

from shared.domain import foi
from shared.domain.cohort_figures import breakdowns, cohort
from shared.domain.disclosure import Pack, protect
from shared.domain.programme import UNSAID, FoiTexts, Programme
from shared.programmes import FOLDER
from shared.proofread import load_programme
from tests.factories import with_model
from tests.own_questions import evaluation
from tests.world import cohort_7

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
C7 = cohort_7()


def told(programme: Programme = C7, now: datetime = NOW) -> dict[str, str]:
    """The answers by their number."""
    whole = cohort(programme, closes_at=programme.closes_at, now=now, applications=[])
    pack: Pack = protect(breakdowns(whole), day=now.date())
    return {answer.number: " ".join(answer.words) for answer in foi.answers(whole, pack)}


def saying(**texts: object) -> Programme:
    return C7.model_copy(update={"foi": FoiTexts.model_validate(texts)})


def test_the_nine_questions_are_answered_each_with_its_source_and_day() -> None:
    whole = cohort(C7, closes_at=C7.closes_at, now=NOW, applications=[])
    answers = foi.answers(whole, protect(breakdowns(whole), day=NOW.date()))

    assert [answer.number for answer in answers] == ["1", "2", "3a", "3b", "3c", "3d", "3e", "4", "5"]
    assert all(answer.source and answer.day == date(2026, 8, 1) and all(answer.words) for answer in answers)


def test_what_the_file_does_not_say_is_not_recorded_and_what_it_says_is_told_as_it_stands() -> None:
    silent, said = told(), told(saying(designed_by="Ourselves.", during_covid="Yes, online."))

    assert {silent[number] for number in ("3a", "4")} == {foi.NOT_RECORDED}
    assert (said["3a"], said["4"]) == ("Ourselves.", "Yes, online.")
    assert silent["3b"].startswith("Reverse Mentoring for Inclusion turns traditional mentoring on its head.")
    assert told(saying(description="Pairs meet."))["3b"] == "Pairs meet."
    assert told(C7.model_copy(update={"imprint": UNSAID}))["3b"] == foi.NOT_RECORDED
    assert silent["3c"] == "6 months: 6 meetings of 1 hour over 6 months."
    assert told(with_model(C7, open_ended=True))["3c"] == "No time is fixed."


def test_questionnaires_are_told_as_a_way_of_evaluating() -> None:
    asks = told(C7.model_copy(update={"evaluation": evaluation()}))["3e"]

    assert told()["3e"] == "In sessions: Evaluation session for mentees."
    assert asks.startswith("In sessions: Evaluation session for mentees. By questionnaire: ")


def test_the_trust_that_was_asked_has_an_answer_to_each_question_in_its_file() -> None:
    trust = load_programme(FOLDER / "examples" / "foi-trust-reciprocal.yaml")

    assert foi.NOT_RECORDED not in " ".join(told(trust).values())
    assert told(trust)["5"] == "Since January 2020. The day is not recorded, so no number of years is given."


def test_each_characteristic_of_the_request_is_told_apart() -> None:
    words = told()["2"]

    assert "age: not named" in words
    assert "disability: yes, as Disability" in words
    assert "religion or belief: yes, as Religion" in words
    assert "sexual orientation: yes, as LGBTQ+" in words
    assert "sex: yes, as Gender" in words


@pytest.mark.parametrize(
    ("since", "day", "now", "says"),
    [
        ("January 2020", None, NOW, "Since January 2020. The day is not recorded, so no number of years is given."),
        ("13 January 2020", date(2020, 1, 13), datetime(2026, 1, 12, tzinfo=UTC), "Monday 13 January 2020: 5 years."),
        ("13 January 2020", date(2020, 1, 13), datetime(2026, 1, 13, tzinfo=UTC), "Monday 13 January 2020: 6 years."),
        ("13 January 2020", date(2020, 1, 13), datetime(2020, 6, 1, tzinfo=UTC), "2020: less than a year."),
        ("", None, NOW, "This cohort took applications from Monday 2 February 2026."),
    ],
)
def test_years_are_counted_only_from_a_day(since: str, day: date | None, now: datetime, says: str) -> None:
    words = told(saying(running_since=since, running_from=day), now)["5"]

    assert words.endswith(says)
    assert ("years" in words.replace("number of years", "")) == (day is not None and "less" not in says)


def test_a_request_is_answered_by_the_20th_working_day() -> None:
    # Good Friday and Easter Monday 2026 are 3 and 6 April.
    assert foi.due_on(date(2026, 3, 2)) == date(2026, 3, 30)
    assert foi.due_on(date(2026, 3, 20)) == date(2026, 4, 21)
