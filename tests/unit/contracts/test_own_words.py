"""What providers send where somebody gave an answer of their own, and what is no form at all."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.fit import remarks
from shared.contracts.govuk import GovukForms
from shared.contracts.msforms import MicrosoftForms
from shared.contracts.smartsurvey import SmartSurvey
from shared.contracts.standard import StandardWebhooks
from shared.contracts.submission import Submission
from shared.contracts.typeform import Typeform
from shared.domain.programme import Programme
from shared.errors import UnreadableSubmission
from tests.senders.form import filled_in, with_every_form
from tests.senders.providers import ALL
from tests.world import answers

HOSPICE = "Soar Valley Hospice"
PROGRAMME = with_every_form()
NOW = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)


def body(source: str) -> Any:
    return json.loads(ALL[source].body(filled_in(source, answers())))


def by_typeform(field: str, **answer: object) -> Submission:
    sent = body("typeform")
    for each in sent["form_response"]["answers"]:
        if each["field"]["ref"] == PROGRAMME_KEY["typeform"][field]:
            for old in [name for name in each if name != "field"]:
                del each[old]
            each.update(answer)
    return Typeform().parse(json.dumps(sent).encode(), PROGRAMME)


PROGRAMME_KEY = {
    source: {q.field: q.keys.get(source, "") for q in PROGRAMME.questions} for source in ("typeform", "govuk")
}


@pytest.mark.parametrize(
    "choice",
    [
        {"other": HOSPICE},
        {"id": "other", "other": HOSPICE},
        {"id": "other", "ref": "other", "label": "Other", "other": HOSPICE},
        {"label": HOSPICE, "other": None},
    ],
)
def test_typeforms_other_is_what_was_typed_whatever_stands_beside_it(choice: dict[str, object]) -> None:
    sent = by_typeform("organisation", type="choice", choice=choice)

    assert sent.answers["organisation"] == HOSPICE
    assert sent.unoffered == ()


@pytest.mark.parametrize(
    "choices",
    [
        {"labels": ["Race"], "other": "Class"},
        {"ids": ["a"], "labels": ["Race"], "refs": ["a"], "other": "Class"},
        {"ids": ["a", "other"], "labels": ["Race"], "refs": ["a", "other"], "other": "Class"},
        {"ids": ["a", "other"], "labels": ["Race", "Other"], "refs": ["a", "other"], "other": "Class"},
    ],
)
def test_typeforms_other_among_several_is_one_answer_and_no_option(choices: dict[str, object]) -> None:
    sent = by_typeform("topics", type="choices", choices=choices)

    assert sent.answers["topics"] == ["race", "Class"]
    assert sent.unoffered == ()


def by_govuk(field: str, **answer: object) -> Submission:
    sent = body("govuk")
    for each in sent["answers"]:
        if each["question_id"] == PROGRAMME_KEY["govuk"][field]:
            each.pop("selections", None)
            each.update(answer)
    return GovukForms().parse(json.dumps(sent).encode(), PROGRAMME)


@pytest.mark.parametrize(
    ("field", "answer", "reads"),
    [
        (
            "organisation",
            {
                "answer_text": f"None of the above - {HOSPICE}",
                "selection": "None of the above",
                "none_of_the_above_answer": HOSPICE,
            },
            HOSPICE,
        ),
        ("sector", {"answer_text": "NHS (the National Health Service)", "selection": "NHS"}, "nhs"),
        ("topics", {"answer_text": "Race, Disability", "selections": [["Race", "Disability"]]}, ["race", "disability"]),
        ("topics", {"answer_text": "", "selections": [["Race"], ["Disability", "Race"]]}, ["race", "disability"]),
        (
            "topics",
            {"selections": ["Race", "None of the above"], "none_of_the_above_answer": "Class"},
            ["race", "Class"],
        ),
    ],
)
def test_govuk_forms_selection_none_of_the_above_and_repeated_answers(
    field: str, answer: dict[str, object], reads: object
) -> None:
    assert by_govuk(field, **answer).answers[field] == reads


def test_a_govuk_form_may_be_named_by_its_id_and_by_its_name() -> None:
    both = PROGRAMME.model_copy(
        update={"form_ids": {"govuk": "7042"}, "more_form_ids": {"govuk": ("Reverse mentoring: apply",)}}
    )
    sent = body("govuk") | {"form_name": "Reverse mentoring: apply"}
    for named in ({"form_id": "7042"}, {"form_id": None}, {"form_id": "another"}):
        found = GovukForms().parse(json.dumps(sent | named).encode(), both)
        assert found.form_id == (named["form_id"] if named["form_id"] == "7042" else "Reverse mentoring: apply")
    with pytest.raises(UnreadableSubmission):
        GovukForms().parse(json.dumps(sent | {"form_id": None, "form_name": "Another form"}).encode(), both)


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"statusCode": 200, "headers": {}, "body": {"x": "y"}}, "body('Get_response_details')"),
        ({"resourceData": {"responseId": 7}, "id": "x"}, "none of the programme's questions"),
    ],
)
def test_a_flow_that_sends_something_else_than_the_answers_is_parked_with_the_reason(
    response: dict[str, object], says: str
) -> None:
    sent = body("msforms") | {"response": response}

    with pytest.raises(UnreadableSubmission) as caught:
        MicrosoftForms().parse(json.dumps(sent).encode(), PROGRAMME)

    assert says in caught.value.reason


def standard(programme: Programme = PROGRAMME, **changes: object) -> Submission:
    given = answers(**changes)
    sent = {"form_id": programme.id, "response_id": "51", "answers": given}
    return StandardWebhooks().parse(json.dumps(sent).encode(), programme)


def test_misfits_of_the_canonical_form_are_told_like_those_of_any_other() -> None:
    told = " ".join(
        remarks(PROGRAMME, standard(organisation=None, sector="NHS trust", consent=1, topics="race, faith"))
    )

    assert "The required question \u2018The organisation you work for" in told
    for title in ("Type of organisation", "I agree that", "Which topics"):
        assert f"An answer to \u2018{title}" in told
    assert "NHS trust" not in told
    assert "faith" not in told


def test_a_canonical_form_that_fits_is_told_nothing() -> None:
    assert remarks(PROGRAMME, standard(about_you="", band="", access_needs=None)) == ()


def test_svix_headers_are_standard_webhooks_under_another_name() -> None:
    key, at = b"k" * 24, str(int(NOW.timestamp()))
    digest = hmac.digest(key, f"msg_1.{at}.".encode() + b"{}", hashlib.sha256)
    headers = {"id": "msg_1", "timestamp": at, "signature": f"v1,{base64.b64encode(digest).decode()}"}

    StandardWebhooks().authenticate(
        headers={f"svix-{name}": value for name, value in headers.items()},
        body=b"{}",
        secrets=[f"whsec_{base64.b64encode(key).decode()}"],
        now=NOW,
    )


def test_markup_around_an_options_words_is_not_the_option() -> None:
    sent = ALL["smartsurvey"].body(filled_in("smartsurvey", answers())).decode()
    marked = sent.replace('"choice_title": "Race"', '"choice_title": "<p><strong>Race</strong>&nbsp;</p>"')
    assert marked != sent

    found = SmartSurvey().parse(marked.encode(), PROGRAMME)

    assert found == SmartSurvey().parse(sent.encode(), PROGRAMME)
