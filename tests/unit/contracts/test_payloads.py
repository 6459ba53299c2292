"""Each provider's fixtures, read whole: the answers of two made-up people, however their form wrote them down."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from shared.contracts.fit import remarks
from shared.contracts.registry import provider, providers
from shared.contracts.submission import Submission
from shared.domain.answers import check
from shared.domain.fields import Answers
from tests.senders import ALL, filled_in
from tests.senders.form import with_every_form
from tests.unit.contracts.builders import PAYLOADS, payload
from tests.world import answers, mentee

MENTOR = answers(email="amara.okafor@trust.example", manager_email="priya.shah@trust.example", access_needs="")
MENTEE = mentee(
    email="tom.hughes@council.example",
    manager_email="grace.bell@council.example",
    sector="local_authority",
    organisation="Wreake Borough Council",
)
AT = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)


def read(path: str, body: bytes | None = None) -> Submission:
    source = path.partition("/")[0]
    known = provider(source)
    assert known is not None
    return known.parse(body or payload(path), with_every_form())


def understood(source: str, given: dict[str, object]) -> Answers:
    checked = check(with_every_form(), given)
    assert checked.problems == ()
    assert checked.answers is not None
    return checked.answers


@pytest.mark.parametrize(
    ("path", "person", "response_id", "at"),
    [
        ("typeform/mentor.json", MENTOR, "m1e2n3t4o5r6m1e2n3t4o5r6m1e2n3t4", AT),
        ("typeform/older_mentee.json", MENTEE, "0ffee0ffee0ffee0ffee0ffee0ffee00", AT),
        ("tally/mentor.json", MENTOR, "mEnt0r7", AT),
        ("tally/older_mentee.json", MENTEE, "mEnt3e", AT),
        (
            "jotform/mentor.multipart.txt",
            MENTOR | {"about_you": 'They call it "the ward at 3am".\nI would like to be heard.'},
            "6100000000000000001",
            None,
        ),
        ("google/items.json", MENTOR, "2_ABaOmadeUpResponse", AT),
        ("google/named_values.json", MENTEE, "", None),
        ("gravity/entry.json", MENTOR, "3234", AT),
        ("gravity/entry.urlencoded.txt", MENTEE, "3235", AT),
        ("govuk/form_submission.json", MENTOR, "A1B2C3D4", AT),
    ],
)
def test_a_fixture_is_the_application_of_its_person(
    path: str, person: dict[str, object], response_id: str, at: datetime | None
) -> None:
    source = path.partition("/")[0]

    submission = read(path)

    assert understood(source, submission.answers) == understood(source, person)
    assert (submission.source, submission.form_id) == (source, ALL[source].form_id)
    assert (submission.response_id, submission.submitted_at) == (response_id, at)
    assert remarks(with_every_form(), submission) == ()
    assert not submission.test


@pytest.mark.parametrize("source", sorted(ALL))
def test_what_matching_needs_is_read_from_every_provider(source: str) -> None:
    asked = {
        "team": "Ward 7",
        "cover": True,
        "way_of_meeting": "in_person",
        "place": "Leicester",
        "could_take_two": True,
        "rather_not_with": "Jo Bloggs, or anybody of the board.",
    }
    given = answers(**asked)

    found = understood(source, read(source, ALL[source].body(filled_in(source, given))).answers)

    assert found == understood(source, given)
    assert asked.items() <= asdict(found).items()


def test_every_provider_has_fixtures() -> None:
    folders = {folder.name for folder in PAYLOADS.iterdir() if any(folder.iterdir())}

    assert folders == set(providers()) - {"returning", "own"}  # written by pages of ours


@pytest.mark.parametrize("source", sorted(set(ALL) - {"standard"}))
@pytest.mark.parametrize(
    ("name", "test"), [("TEST Jo", True), ("TEST", True), ("Test Jo", False), ("Jo TESTER", False)]
)
def test_a_name_that_begins_with_test_in_capitals_is_a_trial_at_any_provider(
    source: str, name: str, *, test: bool
) -> None:
    assert read(source, ALL[source].body(filled_in(source, answers(full_name=name)))).test is test


@pytest.mark.parametrize("path", ["typeform/test_request.json", "jotform/preview.multipart.txt"])
def test_a_trial_is_recognised(path: str) -> None:
    assert read(path).test


@pytest.mark.parametrize("source", ["typeform", "tally", "jotform", "google", "govuk"])
def test_a_form_whose_title_says_test_is_a_trial(source: str) -> None:
    for title, test in [
        ("TEST: apply", True),
        ("Apply - DO NOT USE (TEST)", True),
        ("test - apply", True),
        ("(Test) apply", True),
        ("Test", True),
        ("Our latest contest", False),
        ("Test Valley reverse mentoring: apply", False),
        ("Tests and trials: apply", False),
    ]:
        body = json.dumps(
            {
                "typeform": {
                    "event_type": "form_response",
                    "form_response": {"form_id": ALL["typeform"].form_id, "definition": {"title": title}},
                },
                "tally": {"eventType": "FORM_RESPONSE", "data": {"formId": ALL["tally"].form_id, "formName": title}},
                "google": {"formId": ALL["google"].form_id, "formTitle": title, "items": []},
                "govuk": {"form_id": ALL["govuk"].form_id, "form_name": title, "answers": []},
            }.get(source)
        ).encode()
        if source == "jotform":
            body = f"formID={ALL['jotform'].form_id}&formTitle={title}&rawRequest={{}}".encode()
        assert read(source, body).test is test
