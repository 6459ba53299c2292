"""Source ``tally``: Tally's webhook, signed over the raw body.

A choice arrives as the ids of options, whose words stand beside it. Check boxes bring a row of true or false for each
option besides; fields that nobody fills in (hidden, calculated) are no answers.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, Picked, submission
from shared.contracts.signing import accept_signature
from shared.contracts.submission import Submission, identifier, is_test_form, moment, own_form
from shared.domain.programme import Programme
from shared.errors import NoApplication, UnreadableSubmission

_NOT_FILLED_IN: Final = frozenset({"HIDDEN_FIELDS", "CALCULATED_FIELDS"})


class Tally:
    """A question's key is its ``key``, such as ``question_iorX2e``."""

    name: Final = "tally"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if ``Tally-Signature`` fits the raw body, else raise a 401."""
        del now
        accept_signature(
            headers,
            body,
            secrets,
            name="tally-signature",
            written=lambda digest: base64.b64encode(digest).decode(),
        )

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body."""
        sent = json_body.read_object(body)
        if sent.get("eventType") != "FORM_RESPONSE":
            raise NoApplication("an event other than a response")
        data = sent.get("data")
        if not isinstance(data, dict):
            raise UnreadableSubmission("the body has no object called data")
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, data.get("formId"), {known} if known else set())
        return submission(
            programme,
            self.name,
            _given(json_body.parts(data.get("fields"))),
            form_id=form_id,
            response_id=identifier(data.get("responseId")) or identifier(data.get("submissionId")),
            submitted_at=moment(data.get("createdAt")),
            test=is_test_form(data.get("formName")),
        )


def _given(fields: list[Mapping[str, Any]]) -> Iterator[Given]:
    with_options = [key for field in fields if field.get("options") and (key := identifier(field.get("key")))]
    for field in fields:
        key, label, value = identifier(field.get("key")), field.get("label"), field.get("value")
        one_box = isinstance(value, bool) and any(key.startswith(f"{other}_") for other in with_options)
        if str(field.get("type")) not in _NOT_FILLED_IN and not one_box:
            yield Given((key,), label if isinstance(label, str) else "", _value(field, value))


def _value(field: Mapping[str, Any], value: object) -> object:
    words = {identifier(option.get("id")): option.get("text") for option in json_body.parts(field.get("options"))}
    if not words:
        return value
    return [_picked(words, item) for item in (value if isinstance(value, list) else [value])]


def _picked(words: Mapping[str, object], value: object) -> object:
    """The option of that id; what is no id of a text (older forms sent the words) goes through.

    Nothing says whether what was typed under "Other" may stand among the options, so none of the words are sure.
    """
    if not isinstance(value, str):
        return value
    text = words.get(value)
    return Picked((value,), text if isinstance(text, str) else value, sure=False)
