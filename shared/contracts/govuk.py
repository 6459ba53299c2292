"""Source ``govuk``: the JSON that GOV.UK Forms writes to a bucket or attaches to a mail.

It has no webhook: ``python -m shared.govuk`` brings the files in. ``selections`` and ``selection`` are exact,
``answer_text`` is to read. Some files have a ``form_id``, others the form's name alone: a programme may give both.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, Typed, submission
from shared.contracts.signing import refused
from shared.contracts.submission import Submission, either, identifier, is_test_form, moment, own_form
from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import UnreadableSubmission

_NONE: Final = "None of the above"


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
        known = {programme.form_ids.get(self.name, ""), *programme.more_form_ids.get(self.name, ())} - {""}
        named = [name for name in (sent.get("form_id"), sent.get("form_name")) if identifier(name) in known]
        form_id = own_form(programme, next(iter(named), either(sent, "form_id", "form_name")), known)
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
        yield Given((identifier(answer.get("question_id")),), title if isinstance(title, str) else "", _value(answer))


def _value(answer: Mapping[str, Any]) -> object:
    """Options as they stand on the form; a question that can be answered several times has a list for each time."""
    chosen = either(answer, "selections", "selection", "answer_text")
    own = answer.get("none_of_the_above_answer")
    if isinstance(own, str) and clean(own):
        others = [each for each in chosen if each != _NONE] if isinstance(chosen, list) else []
        return [*others, Typed(own)] if others else Typed(own)
    if isinstance(chosen, list):
        flat = [each for some in chosen for each in (some if isinstance(some, list) else [some])]
        return [each for i, each in enumerate(flat) if each not in flat[:i]]
    return chosen
