"""Source ``smartsurvey``: SmartSurvey's webhook, signed over the raw body: up to 1,000 responses in one JSON array.

Anything but 200 holds up every response behind it for a day, so a batch is taken apart and each response read alone.
A response that is changed later comes again with a later ``date_modified``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, Picked, Typed, submission
from shared.contracts.signing import accept_signature
from shared.contracts.submission import Submission, either, identifier, moment, own_form
from shared.domain.programme import Programme
from shared.errors import NoApplication, UnreadableSubmission

_WHITESPACE: Final = " \t\r\n"
# What a person typed: of "Other, please say", it is the answer; a comment stands beside the answer.
_COMMENT: Final = "comment"


class SmartSurvey:
    """A question's key is its id. Only completed responses are applications."""

    name: Final = "smartsurvey"
    #: 1,000 responses of 8 KiB.
    largest_body: Final = 8 * 1024 * 1024

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if ``X-SmartSurvey-Signature`` fits the raw body, else raise a 401."""
        del now
        accept_signature(headers, body, secrets, name="x-smartsurvey-signature", written=bytes.hex)

    def apart(self, body: bytes) -> tuple[bytes, ...]:
        """Each response of an array as an array of its own, in its own bytes: what is wrong with one stays with it."""
        try:
            # Bytes that are no UTF-8 come back as they were, and ``parse`` says so of that response alone.
            text = body.decode("utf-8-sig", errors="surrogateescape")
            return tuple(f"[{row}]".encode(errors="surrogateescape") for row in _rows(text))
        except (ValueError, RecursionError):
            return ()

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The one response in the body."""
        if body.lstrip().startswith(b"<"):
            raise UnreadableSubmission("the body is XML: choose JSON in the webhook's settings")
        sent = json_body.read(body)
        if sent == []:
            raise NoApplication("an empty batch")
        row = sent[0] if isinstance(sent, list) and len(sent) == 1 else sent
        if not isinstance(row, dict):
            raise UnreadableSubmission("the body is no response of a survey")
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, row.get("survey_id"), {known} if known else set())
        if str(row.get("status", "completed")) not in {"completed", "updated"}:
            raise NoApplication("a response that was not completed")
        return submission(
            programme,
            self.name,
            _given(row),
            form_id=form_id,
            response_id=identifier(row.get("id")),
            submitted_at=moment(either(row, "date_modified", "date_ended")),
            test=False,
        )


def _rows(text: str) -> Iterator[str]:
    """The values of a JSON array as they are written. ValueError if it is none."""
    reader = json.JSONDecoder(strict=False)  # a raw tab in one response is for ``parse`` to refuse
    at = _skip(text, 0)
    if text[at : at + 1] != "[":
        raise ValueError("no array")
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return
    while True:
        _, end = reader.raw_decode(text, at)
        yield text[at:end]
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            return
        if text[at : at + 1] != ",":
            raise ValueError("no array")
        at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _WHITESPACE:
        at += 1
    return at


def _given(row: Mapping[str, Any]) -> Iterator[Given]:
    for page in json_body.parts(row.get("pages")):
        for question in json_body.parts(page.get("questions")):
            title = question.get("title")
            values = [_value(answer) for answer in json_body.parts(question.get("answers"))]
            yield Given(
                (identifier(question.get("id")),),
                title if isinstance(title, str) else "",
                [value for value in values if value is not None],
            )


def _value(answer: Mapping[str, Any]) -> object:
    typed = answer.get("value")
    if answer.get("type") == _COMMENT:
        return None
    words, id_ = answer.get("choice_title"), identifier(answer.get("choice_id"))
    if typed not in (None, ""):
        return Typed(typed) if isinstance(typed, str) and id_ else typed
    return Picked((id_,) if id_ else (), words, sure=bool(id_)) if isinstance(words, str) else None
