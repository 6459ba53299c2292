import base64
import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from shared.contracts.standard import StandardWebhooks
from shared.contracts.submission import Submission
from shared.domain.answers import check
from shared.domain.programme import Programme
from shared.errors import RejectedRequest, UnreadableSubmission
from tests.unit.contracts.builders import a_programme, payload, raw_answers

STANDARD = StandardWebhooks()
NOW = datetime(2026, 2, 10, 9, 15, tzinfo=UTC)
KEY = b"a made-up key of thirty-two byte"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OTHER = "whsec_" + base64.b64encode(KEY[::-1]).decode()
BODY = payload("standard/mentor.json")


def signature(secret: str, id_: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, id_.encode() + b"." + timestamp.encode() + b"." + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def headers(
    secret: str = SECRET,
    *,
    at: datetime = NOW,
    body: bytes = BODY,
    changes: dict[str, str | None] | None = None,
) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    made: dict[str, str | None] = {
        "id": "msg_1",
        "timestamp": timestamp,
        "signature": signature(secret, "msg_1", timestamp, body),
    }
    return {f"webhook-{name}": value for name, value in (made | (changes or {})).items() if value is not None}


def refusal(
    sent: dict[str, str], *, body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,), now: datetime = NOW
) -> str:
    with pytest.raises(RejectedRequest) as caught:
        STANDARD.authenticate(headers=sent, body=body, secrets=secrets, now=now)
    assert caught.value.status is HTTPStatus.UNAUTHORIZED
    return caught.value.reason


def test_the_published_vector_is_accepted_and_one_character_off_is_not() -> None:
    # from the Python library of the standard-webhooks repository (MIT)
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    sent = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = datetime.fromtimestamp(1614265330, UTC)

    STANDARD.authenticate(headers=sent, body=body, secrets=[secret], now=now)

    sent["webhook-signature"] = sent["webhook-signature"].replace("OE=", "OA=")
    assert refusal(sent, body=body, secrets=(secret,), now=now) == "no signature in webhook-signature fits"


def test_what_the_library_signs_is_accepted() -> None:
    made = Webhook(SECRET).sign("msg_1", NOW, BODY.decode())

    STANDARD.authenticate(headers=headers(changes={"signature": made}), body=BODY, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize(
    ("signing", "secrets"),
    [
        (SECRET, [SECRET]),
        (SECRET, [OTHER, SECRET]),
        (OTHER, [OTHER, SECRET]),
        (SECRET, ["whsec_!!!!", "", "\u00e9", SECRET]),
        (SECRET, [SECRET.rstrip("=")]),
    ],
)
def test_any_of_our_secrets_will_do(signing: str, secrets: list[str]) -> None:
    STANDARD.authenticate(headers=headers(signing), body=BODY, secrets=secrets, now=NOW)


def test_a_sender_that_rotates_sends_several_signatures() -> None:
    good = headers()["webhook-signature"]
    several = f"v1a,abc  nonsense v1,AAAA {good}"

    STANDARD.authenticate(headers=headers(changes={"signature": several}), body=BODY, secrets=[SECRET], now=NOW)


def test_an_authentic_body_need_not_be_text() -> None:
    body = b"\xff\x00 not text"

    STANDARD.authenticate(headers=headers(body=body), body=body, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_accepted(seconds: int) -> None:
    STANDARD.authenticate(headers=headers(at=NOW + timedelta(seconds=seconds)), body=BODY, secrets=[SECRET], now=NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86400])
def test_more_is_not(seconds: int) -> None:
    assert "more than 5 minutes" in refusal(headers(at=NOW + timedelta(seconds=seconds)))


GOOD = headers()["webhook-signature"]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": ""},
        {"id": " "},
        {"id": "msg_2"},
        {"id": "\u00e9\udc80"},
        {"timestamp": None},
        {"timestamp": "soon"},
        {"timestamp": f"{int(NOW.timestamp())}.0"},
        {"timestamp": f"+{int(NOW.timestamp())}"},
        {"timestamp": f" {int(NOW.timestamp())}"},
        {"timestamp": "\u0661" * 10},
        {"timestamp": "9" * 5000},
        {"timestamp": "inf"},
        {"signature": None},
        {"signature": ""},
        {"signature": " , v1, ,"},
        {"signature": GOOD.removeprefix("v1,")},
        {"signature": GOOD.replace("v1,", "v2,")},
        {"signature": GOOD.replace("v1,", "v1a,")},
        {"signature": GOOD.rstrip("=")},
        {"signature": GOOD.upper()},
        {"signature": "v1," + base64.b64decode(GOOD[3:]).hex()},
        {"signature": "v1,\u00e9\ud800"},
        {"signature": "v1,"},
    ],
)
def test_anything_missing_or_garbled_is_refused(changes: dict[str, str | None]) -> None:
    assert refusal(headers(changes=changes))


def test_a_changed_body_is_refused() -> None:
    assert refusal(headers(), body=BODY + b" ")


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_",), ("whsec_!!!!",), ("whsec_c2hvcnQ=",), ("\u00e9",)])
def test_without_a_usable_secret_nobody_is_accepted(secrets: tuple[str, ...]) -> None:
    assert refusal(headers(), secrets=secrets) == "no usable secret is set for this source"


def test_the_empty_key_opens_nothing() -> None:
    assert refusal(headers("whsec_"), secrets=("whsec_", SECRET))


@settings(max_examples=100, deadline=None)
@given(
    sent=st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
        st.text(alphabet=st.characters(exclude_categories=()), max_size=20) | st.just(str(int(NOW.timestamp()))),
    ),
    secrets=st.lists(st.text(max_size=50), max_size=3),
)
def test_no_header_and_no_secret_does_anything_but_refuse(sent: dict[str, str], secrets: list[str]) -> None:
    refusal(sent, secrets=(*secrets, SECRET))


def test_the_canonical_submission_is_read(programme: Programme) -> None:
    expected = {
        field: value
        for field, value in raw_answers(email="Amara.Okoye@trust.example").items()
        if field != "access_needs"  # blank
    }

    assert STANDARD.parse(BODY, programme) == Submission(
        source="standard",
        form_id="llr-rmi-2026-c7",
        response_id="sv-0001",
        submitted_at=datetime(2026, 2, 10, 9, 15, tzinfo=UTC),
        answers=expected,
    )


@pytest.mark.parametrize("name", ["standard/mentor.json", "standard/mentee.json"])
def test_the_payloads_are_valid_applications(name: str, programme: Programme) -> None:
    submission = STANDARD.parse(payload(name), programme)

    assert check(programme, submission.answers).problems == ()


def canonical(**changes: object) -> bytes:
    return json.dumps(json.loads(BODY) | changes).encode()


def test_the_programme_s_own_form_id_for_this_source_will_do_too(programme: Programme) -> None:
    assert STANDARD.parse(canonical(form_id="canonical-c7"), programme).form_id == "canonical-c7"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-07-01T12:00:00+01:00", datetime(2026, 7, 1, 11, tzinfo=UTC)),
        ("2026-07-01T12:00:00", None),
        ("1/7/2026", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("1601-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2999-12-31T23:59:59Z", datetime(2999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (1770714900, None),
        (None, None),
    ],
)
def test_a_moment_without_a_zone_or_in_no_year_of_ours_is_none(
    sent: object, read: datetime | None, programme: Programme
) -> None:
    assert STANDARD.parse(canonical(submitted_at=sent), programme).submitted_at == read


@pytest.mark.parametrize(
    ("sent", "read"), [(12, "12"), (" a ", "a"), (None, ""), (["a"], ""), (True, ""), ("x" * 201, "")]
)
def test_a_response_id_is_a_short_text_or_a_number(sent: object, read: str, programme: Programme) -> None:
    assert STANDARD.parse(canonical(response_id=sent), programme).response_id == read


def test_unknown_answers_are_named_without_their_values(programme: Programme) -> None:
    answers = raw_answers() | {"shoe_size": "quagmire", "x" * 90: 1}

    submission = STANDARD.parse(canonical(answers=answers, test=True), programme)

    assert [asked.title for asked in submission.unmapped] == ["shoe_size", "x" * 90]
    assert "shoe_size" not in submission.answers
    assert submission.test


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"form_id": "llr\u200b-x\n"}, "the form id 'llr-x' is not one of programme llr-rmi-2026-c7"),
        ({"form_id": "y" * 150}, f"the form id '{'y' * 79}\u2026' is not one of programme llr-rmi-2026-c7"),
        ({"form_id": None}, "the form id is missing or is no text"),
        ({"form_id": ["llr-rmi-2026-c7"]}, "the form id is missing or is no text"),
        ({"answers": None}, "the body has no object called answers"),
        ({"answers": [{"field": "email"}]}, "the body has no object called answers"),
    ],
)
def test_what_is_no_application_of_this_programme_says_why(
    changes: dict[str, object], reason: str, programme: Programme
) -> None:
    with pytest.raises(UnreadableSubmission) as caught:
        STANDARD.parse(canonical(**changes), programme)

    assert caught.value.reason == reason


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=50)
    | st.dictionaries(
        st.sampled_from(["form_id", "answers", "submitted_at"]),
        st.just("llr-rmi-2026-c7")
        | st.text()
        | st.dictionaries(st.text(), st.text() | st.none())
        | st.floats()
        | st.none(),
    ).map(lambda body: json.dumps(body).encode())
)
def test_any_bytes_are_an_application_or_unreadable(body: bytes) -> None:
    with contextlib.suppress(UnreadableSubmission):
        STANDARD.parse(body, a_programme())
