import contextlib
import json
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts.msforms import MicrosoftForms
from shared.contracts.submission import Submission
from shared.domain.answers import check
from shared.domain.programme import Programme
from shared.errors import RejectedRequest, UnreadableSubmission
from tests.unit.contracts.builders import (
    FORM,
    KEYS,
    MENTEE_DATES,
    a_programme,
    payload,
    raw_answers,
    sent_by_forms,
)

FORMS = MicrosoftForms()
NOW = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)
SECRET = "made-up-secret-0123456789"


def refusal(given: str | None, secrets: tuple[str, ...] = (SECRET,)) -> str:
    sent = {} if given is None else {"x-webhook-secret": given}
    with pytest.raises(RejectedRequest) as caught:
        FORMS.authenticate(headers=sent, body=b"{}", secrets=secrets, now=NOW)
    assert caught.value.status is HTTPStatus.UNAUTHORIZED
    return caught.value.reason


def titles(submission: Submission) -> list[str]:
    return [asked.title for asked in submission.unmapped]


def one(body: bytes, programme: Programme) -> Submission:
    return FORMS.parse(body, programme)


@pytest.mark.parametrize("given", [SECRET, "the next one"])
def test_any_of_our_secrets_opens(given: str) -> None:
    FORMS.authenticate(headers={"x-webhook-secret": given}, body=b"", secrets=["", SECRET, "the next one"], now=NOW)


@pytest.mark.parametrize(
    "given", [None, "", " ", SECRET[:-1], SECRET + " ", SECRET.upper(), "\u00e9\udc80", f"{SECRET} x"]
)
def test_no_other_header_does(given: str | None) -> None:
    assert SECRET not in refusal(given)


@pytest.mark.parametrize("secrets", [(), ("",), (" ",)])
def test_without_a_secret_nobody_is_accepted(secrets: tuple[str, ...]) -> None:
    for sent in (None, "", " ", SECRET):
        assert refusal(sent, secrets) == "no usable secret is set for this source"


def test_the_whole_response_details_are_read(programme: Programme) -> None:
    assert one(payload("msforms/get_response_details.json"), programme) == Submission(
        source="msforms",
        form_id=FORM,
        response_id="27",
        submitted_at=datetime(2026, 2, 10, 9, 15, tzinfo=UTC),
        answers=raw_answers(
            email="Amara.Okoye@trust.example",
            about_you="I would like leaders to hear how the ward sounds at 3am.\nAnd I like to listen.",
            access_needs=None,
        ),
    )


def test_a_hand_built_body_is_read(programme: Programme) -> None:
    submission = one(payload("msforms/hand_built_body.json"), programme)

    assert (submission.response_id, submission.unmapped) == ("28", ())
    assert submission.submitted_at == datetime(2026, 2, 10, 16, 45, 10, tzinfo=UTC)
    assert submission.answers["training_session"] == "mentee-training-2"
    assert submission.answers["manager_agreed"] is False
    assert check(programme, submission.answers).problems == ()


def test_answers_may_lie_inside_the_response_or_arrive_as_text(programme: Programme) -> None:
    expected = one(sent_by_forms(), programme)
    sent = json.loads(sent_by_forms())
    details = dict(sent["response"])
    about = {"responder": "anonymous", "submitDate": details.pop("submitDate"), "responseId": 27}
    folded = {"formId": FORM, "response": {**about, "answers": details}}
    as_text = sent | {"response": json.dumps(sent["response"])}

    assert one(json.dumps(folded).encode(), programme) == expected
    assert one(json.dumps(as_text).encode(), programme) == expected
    assert one(json.dumps(json.dumps(sent)).encode(), programme) == expected
    assert one(b"\xef\xbb\xbf" + sent_by_forms(), programme) == expected


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2/10/2026 9:15:00 AM", datetime(2026, 2, 10, 9, 15, tzinfo=UTC)),
        ("12/1/2026 12:05:09 AM", datetime(2026, 12, 1, 0, 5, 9, tzinfo=UTC)),
        ("3/29/2026 1:30:00\u202fPM", datetime(2026, 3, 29, 13, 30, tzinfo=UTC)),
        ("7/1/2026 21:05:00", datetime(2026, 7, 1, 21, 5, tzinfo=UTC)),
        ("2026-02-10T09:15:00", datetime(2026, 2, 10, 9, 15, tzinfo=UTC)),
        ("2026-07-10T09:15:00+01:00", datetime(2026, 7, 10, 8, 15, tzinfo=UTC)),
        ("29/3/2026 1:30:00 PM", None),
        ("12/31/9999 11:59:59 PM", None),
        ("1/1/0001 12:00:00 AM", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (20260210, None),
    ],
)
def test_submit_dates_are_utc_and_month_first(sent: object, read: datetime | None, programme: Programme) -> None:
    assert one(sent_by_forms({"submitDate": sent}), programme).submitted_at == read


@pytest.mark.parametrize(
    ("role", "mentor_date", "mentee_date", "session"),
    [
        ("Reverse mentee", "", MENTEE_DATES[0], "mentee-training-1"),
        ("Reverse mentee", "Monday 13 April 2026, 1pm \u2013 4pm", MENTEE_DATES[0], "mentee-training-1"),
        ("Reverse mentee", "Monday 13 April 2026, 1pm to 4pm", "", "mentor-training-2"),
        ("Reverse mentor", "", MENTEE_DATES[0], "mentee-training-1"),
        ("Reverse mentor", "Some other day", "", "Some other day"),
        ("Dragon", "", MENTEE_DATES[0], "mentee-training-1"),
        ("Reverse mentor", "", "", None),
    ],
)
def test_the_date_of_the_own_role_counts_and_the_other_only_when_it_is_alone(
    role: str, mentor_date: str, mentee_date: str, session: str | None, programme: Programme
) -> None:
    body = sent_by_forms({"role": role, "mentor_training": mentor_date, "mentee_training": mentee_date})

    assert one(body, programme).answers.get("training_session") == session


@pytest.mark.parametrize(
    ("field", "sent", "read"),
    [
        ("topics", '["LGBTQ+","Golf"]', ["lgbtq_plus", "Golf"]),
        ("topics", "Race", "race"),
        ("topics", ["Race"], ["race"]),
        ("topics", "[]", None),
        ("topics", "", None),
        ("area", "Mars", "Mars"),
        ("area", "LEICESTER, Leicestershire and  Rutland", "llr"),
        ("consent", '["I agree"]', True),
        ("consent", "I might", "I might"),
        ("previous_participant", "Yes", True),
        ("about_you", '["Race"]', '["Race"]'),
        ("full_name", None, None),
        ("full_name", "A\ud83d", "A\ud83d"),
        ("band", 6, 6),
    ],
)
def test_option_texts_become_our_values_and_unknown_ones_go_through(
    field: str, sent: object, read: object, programme: Programme
) -> None:
    assert one(sent_by_forms({field: sent}), programme).answers.get(field) == read


def test_a_key_that_changed_is_found_by_its_title_and_the_rest_is_named(programme: Programme) -> None:
    body = json.loads(sent_by_forms())
    response = body["response"]
    response["Your job title *"] = response.pop(KEYS["job_title"])
    response["Your full name"] = "An older answer"
    response["r" + "0" * 32] = "quagmire"

    submission = one(json.dumps(body).encode(), programme)

    assert submission.answers["job_title"] == "Ward clerk"
    assert submission.answers["full_name"] == "Amara Okoye-Lindqvist"
    assert titles(submission) == ["Your full name", "r" + "0" * 32]


def test_two_questions_of_one_title_cannot_be_told_apart_by_it(programme: Programme) -> None:
    twins = tuple(q.model_copy(update={"title": "Name"}) if "name" in q.field else q for q in programme.questions)

    submission = one(sent_by_forms({"Name": "Whose?"}), a_programme(questions=twins))

    assert titles(submission) == ["Name"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (sent_by_forms(formId="another"), "the form id 'another' is not one of programme llr-rmi-2026-c7"),
        (sent_by_forms(formId=None), "the form id is missing or is no text"),
        (b'{"value": [{"resourceData": {"responseId": 27}}]}', "the form id is missing or is no text"),
        (sent_by_forms(response=None), "the body has no object called response or answers"),
        (sent_by_forms(response="null"), "the body has no object called response or answers"),
        (sent_by_forms(response="words"), "the body is not JSON (line 1, column 1)"),
        (sent_by_forms(response=[]), "the body has no object called response or answers"),
        (b'{"formId": @{triggerBody()}}', "the body is not JSON (line 1, column 12)"),
    ],
)
def test_what_is_no_response_of_this_form_says_why(body: bytes, reason: str, programme: Programme) -> None:
    with pytest.raises(UnreadableSubmission) as caught:
        FORMS.parse(body, programme)

    assert caught.value.reason == reason


def test_a_programme_without_a_form_here_takes_no_response() -> None:
    with pytest.raises(UnreadableSubmission, match="is not one of programme"):
        FORMS.parse(sent_by_forms(), a_programme(form_ids={}))


ANSWER = (
    st.none() | st.booleans() | st.text(max_size=9) | st.sampled_from(['["Race"]', "[[", "Yes"]) | st.lists(st.text())
)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=50)
    | st.fixed_dictionaries(
        {"formId": st.sampled_from([FORM, "x", None, 3])},
        optional={
            "responseId": ANSWER,
            "response": ANSWER | st.dictionaries(st.sampled_from([*KEYS.values(), "submitDate", "answers"]), ANSWER),
            "answers": ANSWER,
        },
    ).map(lambda body: json.dumps(body).encode())
)
def test_any_bytes_are_a_response_or_unreadable(body: bytes) -> None:
    programme = a_programme()
    with contextlib.suppress(UnreadableSubmission):
        check(programme, FORMS.parse(body, programme).answers)
