"""What an answer to a question of a programme's own means, and of whom it is asked."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.registry import provider
from shared.domain.answers import check
from shared.domain.programme import Condition, Option, Question, Sees
from shared.domain.questionnaire import MISSING, Read, condition_in_words, in_words, is_asked, read
from tests.own_questions import IN_WORDS, OWN_ANSWERS, asking_more
from tests.senders.form import filled_in
from tests.senders.providers import ALL
from tests.world import answers

OPTIONS = (
    Option(value="a", text="Apple"),
    Option(value="b", text="Pear", aliases=("Birne",)),
    Option(value="c", text="Fig"),
)


def question(type_: str = "text", **changes: Any) -> Question:
    values: dict[str, Any] = {
        "field": "mine",
        "title": "Mine?",
        "type": type_,
        "required": False,
        "sees": Sees.ADMINISTRATORS,
        "options": OPTIONS if type_ in {"choice", "multi", "ranked"} else (),
    }
    return Question(**(values | changes))


@pytest.mark.parametrize(
    ("type_", "given", "value", "words"),
    [
        ("text", "  two   words ", "two words", "two words"),
        ("text", 7, "7", "7"),
        ("long text", "one \r\n two", "one\ntwo", "one\ntwo"),
        ("email", "jo@Example.ORG", "jo@example.org", "jo@example.org"),
        ("choice", "birne", "b", "Pear"),
        ("choice", ["Apple"], "a", "Apple"),
        ("multi", ["Fig", "a", "Fig"], ("c", "a"), "Fig; Apple"),
        ("ranked", ["Fig", "Apple"], ("c", "a"), "1. Fig; 2. Apple"),
        ("date", "14 May 2026", "2026-05-14", "Thursday 14 May 2026"),
        ("date", "14/05/2026", "2026-05-14", "Thursday 14 May 2026"),
        ("date", "2026-05-14T00:00:00Z", "2026-05-14", "Thursday 14 May 2026"),
        ("number", " 1,200 ", 1200, "1200"),
        ("number", 12.0, 12, "12"),
        ("number", "-3", -3, "-3"),
        ("yes or no", "YES", True, "Yes"),
        ("yes or no", False, False, "No"),
    ],
)
def test_an_answer_is_read_whatever_form_it_came_from(type_: str, given: object, value: object, words: str) -> None:
    asked = question(type_)

    found = read(asked, given)

    assert found == Read(value)  # type: ignore[arg-type]
    assert found.value is not None
    assert in_words(asked, found.value) == words


@pytest.mark.parametrize(
    ("asked", "given", "says"),
    [
        (question(required=True), "  ", MISSING),
        (question("choice", required=True), "", "Please choose one of: Apple; Pear; Fig."),
        (question("multi", required=True), [], "Please choose at least one of: Apple; Pear; Fig."),
        (question(), "x" * 201, "the most we can take is 200"),
        (question(), "a\ud800", "characters that cannot be read"),
        (question("choice"), "Plum", "not one that we offer"),
        (question("multi", most=1), ["a", "b"], "Choose 1 at most."),
        (question("ranked"), ["a", "Apple"], "Choose each answer once only."),
        (question("date"), "31 April 2026", "Enter a date, like 14 May 2026."),
        (question("date"), 20260514, "Enter a date"),
        (question("number"), "a dozen", "Enter a whole number, like 12."),
        (question("number", least=1, most=5), "6", "Enter a whole number from 1 to 5."),
        (question("number", least=1), 0, "Enter a whole number of 1 or more."),
        (question("number"), 1.5, "Enter a whole number"),
        (question("yes or no"), "perhaps", MISSING),
        (question("email"), "nobody", "This is not an email address"),
    ],
)
def test_what_cannot_be_accepted_says_what_to_do(asked: Question, given: object, says: str) -> None:
    found = read(asked, given)

    assert found.value is None
    assert says in found.says or found.says.startswith(says)


TYPES = ("text", "long text", "choice", "multi", "ranked", "date", "number", "yes or no")


@given(st.sampled_from(TYPES), st.text() | st.lists(st.text()) | st.floats() | st.integers() | st.just({"a": None}))
@settings(max_examples=150, deadline=None)
def test_nothing_that_is_sent_makes_it_fail(type_: str, given: object) -> None:
    found = read(question(type_), given)

    assert found.value is None or not found.says


def test_a_question_is_asked_of_whom_its_conditions_name_and_an_unasked_one_answers_none() -> None:
    first = question("yes or no", field="first")
    second = question("choice", field="second", only_if=(Condition(field="first", values=("yes",)),))
    third = question("text", field="third", only_if=(Condition(field="second", values=("a", "b")),))
    every = (first, second, third)

    def asked(**raw: object) -> list[str]:
        return [q.field for q in every if is_asked(every, q, raw, role="mentor")]

    assert asked() == ["first"]
    assert asked(first="yes") == ["first", "second"]
    assert asked(first=True, second="Birne") == ["first", "second", "third"]
    assert asked(first="no", second="a") == ["first"]
    assert (
        condition_in_words(every, third)
        == "Only if you answered \u2018Apple\u2019 or \u2018Pear\u2019 to \u2018Mine?\u2019."
    )


def test_an_answer_to_a_question_that_was_not_asked_is_left_out_and_not_missed() -> None:
    programme = asking_more()

    without = check(programme, answers(drives="no", how_far="12"))
    needed = check(programme, answers(drives="yes"))

    assert without.answers is not None
    assert [told.id for told in without.answers.told] == ["drives"]
    assert [(problem.field, problem.says) for problem in needed.problems] == [("how_far", MISSING)]


@pytest.mark.parametrize("source", ALL)
def test_every_provider_can_ask_them(source: str) -> None:
    programme, sender = asking_more(), provider(source)
    assert sender is not None

    body = ALL[source].body(filled_in(source, answers(**OWN_ANSWERS), programme))
    submission = sender.parse(body, programme)
    checked = check(programme, submission.answers)

    assert checked.problems == ()
    assert submission.unoffered == ()
    told = {one.title: one.words for one in checked.told}
    # Tick boxes of Gravity Forms come in the order of the form.
    expected = IN_WORDS | ({"What do you eat?": "Halal; Vegan"} if source == "gravity" else {})
    assert told == expected
