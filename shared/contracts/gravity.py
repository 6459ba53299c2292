"""Source ``gravity``: the Webhooks add-on of Gravity Forms (WordPress), JSON or form fields, with a secret in a header.

Every value is a text. Keys are field numbers; a name or check boxes have several inputs, such as ``1.3`` and ``1.6``.
Titles are not sent.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import form_body, json_body
from shared.contracts.mapping import TEXTS, Given, blank, submission
from shared.contracts.signing import accept_secret
from shared.contracts.submission import Submission, identifier, moment, own_form
from shared.domain.options import chosen
from shared.domain.programme import Programme, Question
from shared.errors import NoApplication

_INPUT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", re.ASCII)


class GravityForms:
    """A question's key is its field id, such as ``5`` (not ``5.1``)."""

    name: Final = "gravity"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the header holds one of the secrets, else raise a 401."""
        del body, now
        accept_secret(headers, secrets)

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the entry. What was sent from the form's preview is a test."""
        entry: Mapping[str, Any]
        if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b'"')):
            entry = json_body.read_object(body)
        else:
            entry = form_body.read_fields(body)
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, entry.get("form_id"), {known} if known else set())
        if str(entry.get("status")) in {"spam", "trash"}:
            raise NoApplication("an entry that Gravity Forms took for spam, or that was thrown away")
        return submission(
            programme,
            self.name,
            _given(programme, self.name, entry),
            form_id=form_id,
            response_id=identifier(entry.get("id")),
            submitted_at=moment(entry.get("date_created"), naive_is_utc=True),
            test="gf_page=preview" in str(entry.get("source_url")),
        )


def _given(programme: Programme, source: str, entry: Mapping[str, Any]) -> Iterator[Given]:
    questions = {question.keys.get(source): question for question in programme.questions}
    inputs: dict[str, list[tuple[int, object]]] = defaultdict(list)
    for key, value in entry.items():
        if found := _INPUT.fullmatch(key):
            inputs[found[1]].append((int(found[2] or 0), value))
    for field, values in inputs.items():
        answered = [value for _, value in sorted(values, key=lambda pair: pair[0]) if not blank(value)]
        yield Given((field,), "", _value(questions.get(field), answered))


def _value(question: Question | None, values: list[object]) -> object:
    """One value, or a list. A consent box sends a tick and its version beside its words: the option counts."""
    if question is None or len(values) == 1:
        return values[0] if len(values) == 1 else values
    if question.type in TEXTS:
        return " ".join(str(value) for value in values)
    known = [value for value in values if isinstance(value, str) and chosen(question.options, value) is not None]
    return values if question.takes_several else known or values
