from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.answers import Checked, Problem, check, email_key
from shared.domain.cohort_model import CohortModel
from shared.domain.fields import FIELDS, Answers
from shared.domain.options import chosen, yes_or_no
from shared.domain.programme import Option, Programme, Role
from tests.unit.contracts.builders import MENTEE_DATES, MENTOR_DATES, a_programme, a_question, raw_answers

PROGRAMME = a_programme()


def checked(**changes: object) -> Checked:
    return check(PROGRAMME, raw_answers(**changes))


def problems(**changes: object) -> dict[str, str]:
    return {problem.field: problem.says for problem in checked(**changes).problems}


def accepted(**changes: object) -> Answers:
    outcome = checked(**changes)
    assert outcome.problems == ()
    assert outcome.answers is not None
    return outcome.answers


def test_a_complete_application_is_read_whole() -> None:
    outcome = checked()

    assert outcome == Checked(
        answers=Answers(
            full_name="Amara Okoye-Lindqvist",
            email="Amara.Okoye@trust.example",
            role=Role.MENTOR,
            job_title="Ward clerk",
            band="3",
            organisation="Soar Valley Community Trust",
            sector="nhs",
            area="llr",
            manager_name="Tobias Fenwick",
            manager_email="tobias.fenwick@trust.example",
            manager_agreed=True,
            topics=("race", "disability"),
            about_you="First line.\nSecond line.",
            access_needs="",
            training_session="mentor-training-1",
            previous_participant=False,
            commitment=("training", "meetings", "principles"),
            consent=True,
        ),
        problems=(),
        readable=outcome.readable,
        remarks=(),
    )
    assert set(outcome.readable) == set(FIELDS)


def test_an_empty_application_names_everything_that_is_missing_in_the_order_of_the_form() -> None:
    outcome = check(PROGRAMME, {})

    assert outcome.answers is None
    assert [problem.field for problem in outcome.problems] == [
        "full_name",
        "email",
        "role",
        "job_title",
        "organisation",
        "sector",
        "area",
        "manager_name",
        "manager_email",
        "manager_agreed",
        "topics",
        "commitment",
        "consent",
    ]


@pytest.mark.parametrize("blank", [None, "", "  \u200b\u00a0", [], [""]])
def test_blank_is_missing_where_an_answer_is_required_and_nothing_elsewhere(blank: object) -> None:
    outcome = check(PROGRAMME, raw_answers() | {"job_title": blank, "band": blank, "topics": blank})

    assert [problem.field for problem in outcome.problems] == ["job_title", "topics"]
    assert outcome.readable["band"] == ""


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        (
            "full_name",
            "x" * 201,
            "This answer has 201 characters and the most we can take is 200. Please shorten it.",
        ),
        ("about_you", "x" * 4001, "This answer has 4,001 characters and the most we can take is 4,000."),
        (
            "email",
            "a" * 250 + "@b.example",
            "This answer has 260 characters and the most we can take is 254.",
        ),
        ("full_name", {"first": "Amara"}, "We expected words here"),
        ("full_name", 7, "We expected words here"),
        ("band", True, "We expected words here"),
        ("organisation", ["A", "B"], "We expected words here"),
        ("about_you", "caf\ud83d", "characters that cannot be read"),
        ("email", "amara(at)trust.example", "not an email address"),
        ("email", "amara@trust", "not an email address"),
        ("email", "amara@trust.example; tobias@trust.example", "one email address only"),
        ("email", "amara@trust.example tobias@trust.example", "one email address only"),
        ("email", "amara@@trust.example", "Please check it for typing mistakes"),
        ("email", "amara@trust@example", "Please check it for typing mistakes"),
        ("email", "Amara O <amara@trust.example> at work", "only the email address"),
        ("email", "jos\u00e9@trust.example", "Please check it for typing mistakes"),
        ("email", f"{'a' * 65}@trust.example", "Please check it for typing mistakes"),
        ("email", ".", "Please check it for typing mistakes"),
        ("manager_email", " AMARA.okoye@TRUST.example ", "This is your own address."),
        ("role", "Dragon", "Please choose from: Reverse mentor; Reverse mentee."),
        ("role", ["mentor", "mentee"], "not one that we offer"),
        ("role", "?", "not one that we offer"),
        ("sector", 3, "not one that we offer"),
        ("area", "Mars", "Leicester, Leicestershire and Rutland; Northamptonshire; Somewhere else."),
        ("manager_agreed", "perhaps", "Please choose from: Yes; Not yet."),
        ("manager_agreed", 1, "Please choose from: Yes; Not yet."),
        ("previous_participant", "perhaps", "Please choose from: Yes; No."),
        ("topics", ["race", "golf"], "Please choose from: Race; Disability; LGBTQ+."),
        ("topics", ["race", 3], "could not read this answer"),
        ("commitment", ["training", "principles"], "Please also confirm: will attend all six meetings."),
        (
            "commitment",
            [],
            "Please confirm every line: will attend the training; will attend all six meetings;",
        ),
        ("consent", False, "Please choose \u2018I agree\u2019 if you do."),
        ("consent", "", "Please choose \u2018I agree\u2019 if you do."),
        ("consent", "maybe", "not one that we offer"),
        ("training_session", "mentee-training-1", "That date is for reverse mentees. Choose one of: "),
        ("training_session", "Tuesday 3 March, 10am", "We do not know this date. Choose one of: "),
        ("training_session", 4, "We do not know this date."),
    ],
)
def test_one_bad_answer_is_one_problem_that_says_what_to_do(field: str, given: object, says: str) -> None:
    outcome = check(PROGRAMME, raw_answers() | {field: given})

    (problem,) = outcome.problems
    assert problem.field == field
    assert says in problem.says
    assert outcome.answers is None


def test_a_problem_carries_the_title_of_its_question() -> None:
    assert checked(area="Mars").problems == (
        Problem(
            "area",
            "Where do you work?",
            "This answer is not one that we offer. Please choose from: "
            "Leicester, Leicestershire and Rutland; Northamptonshire; Somewhere else.",
        ),
    )
    (problem,) = checked(role="mentee", training_session="nowhere").problems
    assert problem.title == "Reverse mentees: which training date do you prefer?"


def test_a_date_of_the_other_role_lists_the_dates_of_the_own_one() -> None:
    says = problems(role="mentee", training_session=MENTOR_DATES[0])["training_session"]

    assert says == f"That date is for reverse mentors. Choose one of: {MENTEE_DATES[0]}; {MENTEE_DATES[1]}."


@pytest.mark.parametrize("field", sorted(set(FIELDS) - {"previous_participant", "manager_agreed", "consent"}))
def test_no_problem_quotes_the_answer(field: str) -> None:
    secret = "quagmire\ud800@secret@"

    outcome = check(PROGRAMME, raw_answers() | {field: [secret, secret] if field == "topics" else secret})

    assert outcome.problems
    assert "quagmire" not in repr(outcome.problems) + repr(outcome.remarks)


def test_what_can_be_read_stays_readable_beside_problems() -> None:
    outcome = checked(full_name="", manager_email="amara.okoye@trust.example", role="Reverse Mentee", area="Mars")

    assert set(FIELDS) - set(outcome.readable) == {"full_name", "area"}
    assert outcome.readable["role"] is Role.MENTEE
    assert outcome.readable["manager_email"] == "amara.okoye@trust.example"


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("role", "REVERSE  mentor ", Role.MENTOR),
        ("role", ["Reverse mentor"], Role.MENTOR),
        ("area", "leicester, leicestershire and rutland", "llr"),
        ("band", 6, "6"),
        ("full_name", " Dr  Ng\u0169g\u0129\u00a0wa  O'Dea-\u674e ", "Dr Ng\u0169g\u0129 wa O'Dea-\u674e"),
        ("email", " o'Dea@NHS.Example\u200b ", "o'Dea@nhs.example"),
        ("email", "o\u2019dea@nhs.example", "o'dea@nhs.example"),
        ("email", "o.dea@nhs.example.", "o.dea@nhs.example"),
        ("email", "o.dea@nhs.example, ", "o.dea@nhs.example"),
        ("email", "Orla O'Dea <o.dea@nhs.example>;", "o.dea@nhs.example"),
        ("email", "<o.dea@nhs.example>", "o.dea@nhs.example"),
        ("manager_email", "MAILTO: o.dea@nhs.example", "o.dea@nhs.example"),
        ("full_name", "Amara\x00 O\x07", "Amara O"),
        ("about_you", "From a slide:\x0bsecond\x02 line\x85third", "From a slide:\nsecond line\nthird"),
        ("email", "o.dea@b\u00fccher.example", "o.dea@xn--bcher-kva.example"),
        ("topics", ["LGBTQ+", "race", "Race"], ("lgbtq_plus", "race")),
        ("topics", "Disability", ("disability",)),
        (
            "commitment",
            ["will apply the principles of reverse mentoring", "meetings", "training"],
            ("training", "meetings", "principles"),
        ),
        ("consent", "I agree", True),
        ("consent", ["I agree"], True),
        ("manager_agreed", "Yes", True),
        ("manager_agreed", "Not yet", False),
        ("previous_participant", "yes", True),
        ("previous_participant", None, False),
        ("training_session", MENTOR_DATES[1].replace("to", "TO"), "mentor-training-2"),
        ("training_session", "", None),
    ],
)
def test_answers_are_normalised(field: str, given: object, value: object) -> None:
    assert getattr(accepted(**{field: given}), field) == value


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"manager_agreed": False}, "not yet agreed"),
        ({"email": "o\u2019dea@trust.example"}, "applicant\u2019s email address came with more around it"),
        ({"manager_email": "mailto:tobias@trust.example"}, "line manager\u2019s email address came with more"),
        ({"manager_email": "tobias@Gmail.com"}, "free mail service"),
        ({"manager_email": "HR@trust.example"}, "shared mailbox"),
        ({"manager_email": "tobias@trust.con"}, "ends in .con"),
        ({"training_session": "peer-support-1"}, "optional session"),
        ({"role": "mentee", "training_session": "mentee-training-3"}, "does not take place"),
    ],
)
def test_an_administrator_is_told_of_what_stops_nothing(changes: dict[str, Any], remark: str) -> None:
    outcome = checked(**changes)

    assert outcome.problems == ()
    assert [remark in each for each in outcome.remarks] == [True]
    if "training_session" in changes:
        assert outcome.answers is not None
        assert outcome.answers.training_session is None


def test_a_required_session_that_is_no_training_is_refused() -> None:
    assert "not a training date" in problems(role="mentee", training_session="midway-1")["training_session"]


def test_without_any_date_to_choose_the_answer_should_be_blank() -> None:
    programme = a_programme(groups=())

    (problem,) = check(programme, raw_answers()).problems

    assert problem.says == "We do not know this date. No date can be chosen yet: please leave this answer blank."


def test_a_session_id_is_enough_where_the_form_offers_no_dates() -> None:
    questions = tuple(q for q in PROGRAMME.questions if q.field != "training_session")
    programme = a_programme(questions=questions)

    fits = check(programme, raw_answers(role="mentee", training_session="mentee-training-2"))
    does_not = check(programme, raw_answers(role="mentee", training_session="midway-1"))

    assert fits.problems == ()
    assert [(p.field, p.title) for p in does_not.problems] == [("training_session", "training_session")]


def test_a_programme_that_asks_little_still_needs_a_person_and_their_consent() -> None:
    programme = a_programme(questions=(), topics=(), groups=())

    assert [p.field for p in check(programme, {}).problems] == ["full_name", "email", "role", "consent"]
    brief = {"full_name": "Kit Lowe", "email": "kit@trust.example", "role": "mentee", "consent": True}
    assert check(programme, brief).problems == ()


def test_a_training_date_can_be_required_of_one_role() -> None:
    question = a_question("mentor_training", "Which date?", for_role=Role.MENTOR)
    programme = a_programme(questions=(*(q for q in PROGRAMME.questions if q.field != "training_session"), question))

    assert [p.field for p in check(programme, raw_answers(training_session=None)).problems] == ["training_session"]
    assert check(programme, raw_answers(role="mentee", training_session=None)).problems == ()


def test_an_address_has_one_key_however_it_is_typed() -> None:
    assert email_key(" Amara.Okoye@Trust.Example ") == email_key("amara.okoye@trust.example")


def test_an_option_is_found_by_value_text_or_alias() -> None:
    options = (Option(value="a", text="The first", aliases=("Number 1",)), Option(value="b", text="A"))

    assert [chosen(options, given) for given in ("a", "THE FIRST", "number 1:", "A", "c", "", "*")] == [
        "a", "a", "a", "a", None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (True, True),
        ("false", False),
        ("Agreed", True),
        ("no", False),
        ("later", None),
        (1, None),
        (None, None),
    ],
)
def test_yes_and_no_are_understood_without_options(given: object, meant: bool | None) -> None:
    assert yes_or_no((), given) is meant


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=20)
    | st.sampled_from(["mentor", "mentee", "a@b.example", "yes", "race", "mentor-training-1", "peer-support-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    "programme", [PROGRAMME, a_programme(questions=(), groups=(), topics=(), model=CohortModel(roles={}))]
)
@settings(max_examples=150, deadline=None)
@given(raw=st.fixed_dictionaries({}, optional=dict.fromkeys([*FIELDS, "other"], JSON)))
def test_nothing_a_sender_can_send_raises(programme: Programme, raw: dict[str, object]) -> None:
    outcome = check(programme, raw)

    assert (outcome.answers is None) == bool(outcome.problems)
    assert set(outcome.readable) <= set(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_too_long_to_print_is_one_more_wrong_answer(field: str) -> None:
    assert field in problems(**{field: 10**5000})


@settings(max_examples=100, deadline=None)
@given(changes=st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_one_bad_answer_does_not_hide_another(changes: dict[str, object]) -> None:
    """Every field is readable, or has a problem of its own."""
    outcome = check(PROGRAMME, raw_answers() | changes)

    assert set(FIELDS) == set(outcome.readable) | {problem.field for problem in outcome.problems}
