"""Source ``msforms``: Microsoft Forms, sent by a Power Automate flow.

Forms sends no webhook: a flow fetches "Get response details" and posts it with a secret in a header. Every
answer is a text, a blank is '', a multiple choice is a list as JSON text, keys are 'r' with 32 hex digits.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, submission, title_key
from shared.contracts.signing import accept_secret
from shared.contracts.submission import Submission, either, identifier, moment, own_form
from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import UnreadableSubmission

# In UTC, month first: "2/10/2026 9:15:00 AM". A day above 12 in first place is no moment: nothing is guessed.
_SUBMIT_DATES: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S")
#: What "Get response details" says beside the answers. ``responder`` is who was signed in, in a form for one
#: organisation alone; else it is "anonymous".
_ABOUT_THE_RESPONSE: Final = frozenset(
    {"responder", "submitDate", "submit_date", "formId", "form_id", "responseId", "response_id"}
)


class MicrosoftForms:
    """Both bodies that a flow may send: ``formId`` with ``response``, and ``form_id`` with ``answers``.

    Forms marks no trial; ``"test": true``, which the flow's author can add, does.
    """

    name: Final = "msforms"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the header holds one of the secrets, else raise a 401."""
        del body, now
        accept_secret(headers, secrets)

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body."""
        sent = json_body.read_object(body)
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, either(sent, "formId", "form_id"), {known} if known else set())
        details = _details(sent)
        _must_be_answers(programme, self.name, details)
        said = sent | details
        return submission(
            programme,
            self.name,
            [
                # A question for several answers that has none says so in this text.
                Given((key,), key, None if value == "[]" else value)
                for key, value in details.items()
                if key not in _ABOUT_THE_RESPONSE
            ],
            form_id=form_id,
            response_id=identifier(either(sent, "responseId", "response_id"))
            or identifier(either(details, "responseId", "response_id")),
            submitted_at=_submitted(either(said, "submitDate", "submit_date")),
            test=sent.get("test") is True,
            sender=_responder(either(details, "responder") or either(sent, "responder")),
        )


def _details(sent: Mapping[str, object]) -> dict[str, object]:
    """The object that holds the answers, with an inner ``answers`` unfolded."""
    details = _opened(either(sent, "response", "raw_response", "answers"))
    inner = details.pop("answers", None)
    return details if inner is None else details | _opened(inner)


def _must_be_answers(programme: Programme, source: str, details: Mapping[str, object]) -> None:
    """Raise UnreadableSubmission if the flow sent something else than the answers: that is nobody's application."""
    if {"statusCode", "body"} <= details.keys():
        raise UnreadableSubmission(
            "the flow sent all that 'Get response details' gave out; write body('Get_response_details') in the flow, "
            "without outputs(...)"
        )
    known = {question.keys.get(source, "") for question in programme.questions}
    titles = {title_key(t) for question in programme.questions for t in (question.title, *question.also_titled)}
    if details and not any(key in known or title_key(key) in titles for key in details):
        raise UnreadableSubmission(
            "it holds none of the programme's questions; in the flow, send the body of 'Get response details', and see "
            "that the keys in the programme file are those of this form"
        )


def _opened(value: object) -> dict[str, object]:
    if isinstance(value, str):  # a flow that quotes the object sends it as text
        value = json_body.read_text(value)
    if not isinstance(value, dict):
        raise UnreadableSubmission("the body has no object called response or answers")
    return dict(value)


def _responder(value: object) -> str:
    """Who was signed in, '' if nobody was: Forms then says "anonymous"."""
    text = clean(value) if isinstance(value, str) else ""
    return text if "@" in text else ""


def _submitted(value: object) -> datetime | None:
    text = clean(value) if isinstance(value, str) else ""
    for form in _SUBMIT_DATES:
        try:
            read = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return moment(read.isoformat())
    return moment(text, naive_is_utc=True)
