"""Source ``govuk``: the JSON that GOV.UK Forms writes to a bucket or attaches to a mail.

It has no webhook: ``python -m shared.govuk`` brings the files in. ``selections`` is exact, ``answer_text`` is to read.
Files of older forms have no ``form_id``, but the form's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, submission
from shared.contracts.signing import refused
from shared.contracts.submission import Submission, either, identifier, is_test_form, moment, own_form
from shared.domain.programme import Programme
from shared.errors import UnreadableSubmission


class GovukForms:
    """A question's key is its ``question_id``, which stays when the question is edited or moved."""

    name: Final = "govuk"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Refuse: nobody sends these over the network."""
        del headers, body, secrets, now
        raise refused("GOV.UK Forms sends no webhooks; bring its files in with the command")

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the file. ``test`` is put in by the command for files of a preview."""
        sent = json_body.read_object(body)
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, either(sent, "form_id", "form_name"), {known} if known else set())
        answers = sent.get("answers")
        if not isinstance(answers, list):
            raise UnreadableSubmission("the file has no list called answers")
        return submission(
            programme,
            self.name,
            _given(answers),
            form_id=form_id,
            response_id=identifier(sent.get("submission_reference")),
            submitted_at=moment(sent.get("submitted_at")),
            test=sent.get("test") is True or is_test_form(sent.get("form_name")),
        )


def _given(answers: list[Any]) -> Iterator[Given]:
    for answer in json_body.parts(answers):
        title = answer.get("question_text")
        value = either(answer, "selections", "answer_text")
        yield Given((identifier(answer.get("question_id")),), title if isinstance(title, str) else "", value)
