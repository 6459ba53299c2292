"""Source ``typeform``: Typeform's webhook, signed over the raw body.

A question that was not answered is absent from ``answers``; ``definition`` lists every question with its title.
Older payloads have no ``ref`` beside an answer and no ids of choices.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, Picked, Typed, submission
from shared.contracts.signing import accept_signature
from shared.contracts.submission import Submission, identifier, is_test_form, moment, own_form
from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import NoApplication, UnreadableSubmission

# What "Send test request" puts where the form asks for an address.
_MADE_UP_ADDRESS: Final = "an_account@example.com"
_OTHER: Final = "other"
_NO_QUESTIONS: Final = frozenset({"statement", "welcome_screen", "thankyou_screen"})


class Typeform:
    """A question's key is its ``ref``, which an author can set, or its ``id``."""

    name: Final = "typeform"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if ``Typeform-Signature`` fits the raw body, else raise a 401."""
        del now
        accept_signature(
            headers,
            body,
            secrets,
            name="typeform-signature",
            written=lambda digest: f"sha256={base64.b64encode(digest).decode()}",
        )

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body. Half a form (``form_response_partial``) is none: it holds no consent."""
        sent = json_body.read_object(body)
        response = sent.get("form_response")
        if sent.get("event_type") != "form_response":
            raise NoApplication("an event other than a complete response")
        if not isinstance(response, dict):
            raise UnreadableSubmission("the body has no object called form_response")
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, response.get("form_id"), {known} if known else set())
        given = list(_given(response))
        return submission(
            programme,
            self.name,
            given,
            form_id=form_id,
            response_id=identifier(response.get("token")) or identifier(sent.get("event_id")),
            submitted_at=moment(response.get("submitted_at")),
            test=is_test_form(json_body.part(response, "definition").get("title"))
            or any(answer.value == _MADE_UP_ADDRESS for answer in given),
        )


def _given(response: Mapping[str, Any]) -> Iterator[Given]:
    """Every question of the form, with its answer if there is one; then answers to fields that are not listed."""
    fields = {_id(field): field for field in _fields(json_body.part(response, "definition").get("fields"), depth=3)}
    answers = {_id(json_body.part(answer, "field")): answer for answer in json_body.parts(response.get("answers"))}
    for id_ in dict.fromkeys((*fields, *answers)):
        answer = answers.get(id_, {})
        field = {**json_body.part(answer, "field"), **fields.get(id_, {})}
        keys = tuple(key for key in (identifier(field.get("ref")), identifier(field.get("id"))) if key)
        title = field.get("title")
        yield Given(keys, title if isinstance(title, str) else "", _value(answer))


def _id(field: Mapping[str, Any]) -> str:
    return identifier(field.get("id")) or identifier(field.get("ref"))


def _fields(listed: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """The questions, those inside groups too."""
    for field in json_body.parts(listed):
        inner = json_body.part(field, "properties").get("fields")
        if inner and depth:
            yield from _fields(inner, depth - 1)
        elif str(field.get("type")) not in _NO_QUESTIONS:
            yield field


def _value(answer: Mapping[str, Any]) -> object:
    type_ = answer.get("type")
    value = answer.get(type_) if isinstance(type_, str) else None
    if not isinstance(value, dict):
        return value
    if type_ == "choice":
        # What was typed under "Other" has no label, and sometimes an id of its own: "other".
        return _typed(value.get("other")) or _picked(value.get("label"), value.get("ref"), value.get("id"))
    if type_ == "choices":
        return _choices(value)
    return value


def _choices(value: Mapping[str, Any]) -> list[object]:
    """Each choice. Ids count only where there is one for each label: the list may be shorter.

    "Other" may stand among the ids, without a label, or with one that says nothing beside what was typed.
    """
    other = _typed(value.get("other"))

    def listed(name: str) -> list[object]:
        items = value.get(name)
        return items if isinstance(items, list) else []

    labels = listed("labels")

    def of_labels(items: list[object]) -> list[object]:
        if len(items) > len(labels):
            items = [item for item in items if item != _OTHER]
        return items if len(items) == len(labels) else [None] * len(labels)

    ids, refs = of_labels(listed("ids")), of_labels(listed("refs"))
    chosen = zip(labels, refs, ids, strict=True)
    return [*(_picked(*each) for each in chosen if not (other and _OTHER in each[1:])), other]


def _picked(label: object, *ids: object) -> Picked | None:
    known = tuple(id_ for id_ in map(identifier, ids) if id_)
    text = label if isinstance(label, str) else next(iter(known), "")
    return Picked(known, text, sure=bool(known)) if text else None


def _typed(other: object) -> Typed | None:
    return Typed(other) if isinstance(other, str) and clean(other) else None
