import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import json_body
from shared.errors import UnreadableSubmission


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, null, true, 0.5]}', {"a": [1, None, True, 0.5]}),
        (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', {"a": "\u00e9"}),
        (b'"{\\"a\\": 1}"', {"a": 1}),
        (b'{"a": "\\ud83d"}', {"a": "\ud83d"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b"[]", []),
    ],
)
def test_a_body_is_read(body: bytes, value: object) -> None:
    assert json_body.read(body) == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n", "the body is empty"),
        (b"\xef\xbb\xbf", "the body is empty"),
        (b'{"a": "caf\xe9"}', "the body is not UTF-8 (byte 10)"),
        ('{"a": 1}'.encode("utf-16"), "the body is in UTF-16, not UTF-8"),
        (b'{"form": @{x}, "a": "said "no""}', "the body is not JSON (line 1, column 10)"),
        (b"name=Amara", "the body is not JSON (line 1, column 1)"),
        (b'"just words"', "the body is not JSON (line 1, column 1)"),
        (b'{"a": NaN}', "the body holds NaN, which is not JSON"),
        (b'{"a": -Infinity}', "the body holds -Infinity, which is not JSON"),
        (b'{"a": 1e999}', "the body holds a number that cannot be read"),
        (b"[" + b"9" * 5000 + b"]", "the body holds a number that cannot be read"),
        (b'{"a": {"b": 1, "b": 2}}', "the body names a field twice in one object"),
        (b'"{\\"a\\": 1, \\"a\\": 2}"', "the body names a field twice in one object"),
        (nested(22), "the body is nested deeper than 20 levels"),
        (nested(100_000), "the body is nested deeper than 20 levels"),
        (b"[" * 100_000, "the body is nested deeper than 20 levels"),
    ],
)
def test_a_body_that_cannot_be_trusted_says_why_and_quotes_nothing(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSubmission) as caught:
        json_body.read(body)

    assert caught.value.reason == reason
    assert caught.value.__cause__ is None


def test_the_limits_are_exact() -> None:
    assert json_body.read(nested(20))
    with pytest.raises(UnreadableSubmission):
        json_body.read(nested(21))
    assert len(json_body.read_object(b"{" + b",".join(b'"%d":1' % n for n in range(500)) + b"}")) == 500
    with pytest.raises(UnreadableSubmission, match="more than 500 fields"):
        json_body.read(b"{" + b",".join(b'"%d":1' % n for n in range(501)) + b"}")


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"[]"'])
def test_an_application_is_an_object(body: bytes) -> None:
    with pytest.raises(UnreadableSubmission, match="not an object"):
        json_body.read_object(body)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["Race","LGBTQ+"]', ["Race", "LGBTQ+"]),
        (" []", []),
        ("Race", None),
        ("[Race]", None),
        ("[1]", None),
        ('{"a": 1}', None),
        ("[" * 100_000, None),
    ],
)
def test_a_list_as_json_text_is_opened_and_nothing_else(text: str, items: list[str] | None) -> None:
    assert json_body.text_list(text) == items


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0d8e1nat-. ', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UnreadableSubmission):
        json_body.read(body)
