"""Source ``google``: Google Forms, sent by an Apps Script (``docs/forms/google.gs``) with a secret in a header.

Two bodies: items with their ids (the script on the form), and ``namedValues`` by title (a script on the answers' sheet
that posts its event as it is). The second has no form id, joins ticked options with commas, and writes its times in the
sheet's own language and zone, which nobody can read for certain: the time we receive it counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, blank, submission
from shared.contracts.signing import accept_secret
from shared.contracts.submission import Submission, either, identifier, is_test_form, moment, own_form
from shared.domain.programme import Programme
from shared.errors import UnreadableSubmission

#: The column of the time in a sheet of answers. Sheets in other languages name it otherwise.
_TIMESTAMP: Final = "timestamp"


class GoogleForms:
    """A question's key is its item id, or its title."""

    name: Final = "google"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the header holds one of the secrets, else raise a 401."""
        del body, now
        accept_secret(headers, secrets)

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body."""
        sent = json_body.read_object(body)
        by_title, items = sent.get("namedValues"), either(sent, "items", "answers")
        known = programme.form_ids.get(self.name)
        given_id = either(sent, "formId", "form_id")
        if given_id is None and isinstance(by_title, dict):
            given_id = known  # a sheet does not know its form: secret and address have to do
        form_id = own_form(programme, given_id, {known} if known else set())
        if isinstance(items, list):
            given = list(_of_items(items))
        elif isinstance(by_title, dict):
            given = list(_of_columns(by_title))
        else:
            raise UnreadableSubmission("the body has neither a list called items nor an object called namedValues")
        return submission(
            programme,
            self.name,
            given,
            form_id=form_id,
            response_id=identifier(either(sent, "responseId", "response_id")),
            submitted_at=moment(either(sent, "submittedAt", "submitted_at", "timestamp")),
            test=sent.get("test") is True or is_test_form(sent.get("formTitle")),
        )


def _of_items(items: list[Any]) -> Iterator[Given]:
    for item in json_body.parts(items):
        title = item.get("title")
        id_ = identifier(either(item, "id", "itemId"))
        yield Given((id_,), title if isinstance(title, str) else "", either(item, "value", "response", "answer"))


def _of_columns(columns: Mapping[str, Any]) -> Iterator[Given]:
    """Each answer of each column. Several in one are answers of several questions with one title.

    A question that was deleted and made again under its title leaves blanks beside the answer.
    """
    for title, values in columns.items():
        if title.strip().casefold() != _TIMESTAMP:
            answered = [value for value in values if not blank(value)] if isinstance(values, list) else [values]
            for value in answered or [None]:
                yield Given((), title, value)
