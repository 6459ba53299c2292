"""Source ``jotform``: Jotform's webhook, a multipart form whose field ``rawRequest`` holds the answers as JSON text.

Jotform signs nothing and sends no header of ours, so the secret is the last segment of the address. It comes back in
the body's ``webhookURL``: never log a body. Keys are ``q3_fullName``; a renamed question keeps its number. Titles are
not sent, except in ``pretty``, which cannot be taken apart. Texts have HTML entities.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import form_body, json_body
from shared.contracts.mapping import TEXTS, Given, Typed, submission
from shared.contracts.signing import SECRET_IN_ADDRESS, accept_secret
from shared.contracts.submission import Submission, identifier, is_test_form, own_form
from shared.domain.programme import Programme, Question
from shared.errors import UnreadableSubmission

_KEY: Final = re.compile(r"q?([0-9]{1,9})(_.*)?", re.DOTALL)
_ANSWER: Final = re.compile(r"q[0-9]{1,9}_", re.ASCII)
_OTHER: Final = "other"
_OF_A_NAME: Final = ("prefix", "first", "middle", "last", "suffix")


class Jotform:
    """A question's key is its ``q3_fullName``; only the number counts. Jotform sends no time of submission."""

    name: Final = "jotform"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the address ends in one of the secrets, else raise a 401."""
        del body, now
        accept_secret(headers, secrets, name=SECRET_IN_ADDRESS)

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body. The preview in the form's editor is a test."""
        fields = form_body.read_fields(body)
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, fields.get("formID"), {known} if known else set())
        answers = json_body.read_text(fields.get("rawRequest", ""))
        if not isinstance(answers, dict):
            raise UnreadableSubmission("the form's field rawRequest is missing or is no JSON object")
        return submission(
            programme,
            self.name,
            _given(programme, self.name, answers),
            form_id=form_id,
            response_id=identifier(fields.get("submissionID")),
            submitted_at=None,
            test=fields.get("preview") == "true" or is_test_form(fields.get("formTitle")),
        )


def _given(programme: Programme, source: str, answers: Mapping[str, Any]) -> Iterator[Given]:
    by_number = {_number(key): question for question in programme.questions if (key := question.keys.get(source))}
    for key, value in answers.items():
        if _ANSWER.match(key):
            question = by_number.get(_number(key))
            keys = (question.keys[source],) if question else (key,)
            yield Given(keys, "", _value(question, value))


def _number(key: str) -> str:
    found = _KEY.fullmatch(key)
    return found[1] if found else key


def _value(question: Question | None, value: object) -> object:
    """A text, or a list of texts where options were chosen; what has parts (a name, a date) becomes one text."""
    if isinstance(value, str):
        return html.unescape(value)
    if isinstance(value, dict) and question is not None and question.type in TEXTS:
        return _joined(value)
    if isinstance(value, dict):  # options beside what was typed under "Other"
        return [
            _typed(item) if name == _OTHER else html.unescape(item)
            for name, item in value.items()
            if isinstance(item, str)
        ]
    return [_value(question, item) for item in value if isinstance(item, str)] if isinstance(value, list) else value


def _typed(value: str) -> Typed:
    return Typed(html.unescape(value))


def _joined(value: Mapping[str, Any]) -> str:
    if set(value) == {"day", "month", "year"}:
        return "-".join(str(value[part]) for part in ("year", "month", "day") if value[part])
    names = [name for name in _OF_A_NAME if name in value]
    texts = [value[name] for name in (names or value)]
    return html.unescape(" ".join(text for text in texts if isinstance(text, str) and text))
