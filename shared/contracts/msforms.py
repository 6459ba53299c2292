"""Source ``msforms``: Microsoft Forms, sent by a Power Automate flow.

Forms sends no webhook: a flow fetches "Get response details" and posts it with a secret in a header. Every
answer is a text, a blank is '', a multiple choice is a list as JSON text, keys are 'r' with 32 hex digits.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from shared.contracts import json_body
from shared.contracts.mapping import Given, to_canonical
from shared.contracts.signing import refused, same_as_any
from shared.contracts.submission import Submission, identifier, moment, own_form
from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import UnreadableSubmission

_HEADER: Final = "x-webhook-secret"
# In UTC, month first: "2/10/2026 9:15:00 AM". A day above 12 in first place is no moment: nothing is guessed.
_SUBMIT_DATES: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S")
#: What "Get response details" says beside the answers. ``responder`` is not used: it may be "anonymous".
_ABOUT_THE_RESPONSE: Final = frozenset(
    {"responder", "submitDate", "submit_date", "formId", "form_id", "responseId", "response_id"}
)


class MicrosoftForms:
    """Both bodies that a flow may send: ``formId`` with ``response``, and ``form_id`` with ``answers``."""

    name: Final = "msforms"

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the header holds one of the secrets, else 401. Nothing signs the body or a time."""
        del body, now
        if not any(secret.strip() for secret in secrets):
            raise refused("no usable secret is set for this source")
        given = headers.get(_HEADER, "")
        if not given:
            raise refused(f"the {_HEADER} header is missing")
        if not same_as_any(given, secrets):
            raise refused(f"the {_HEADER} header does not fit")

    def parse(self, body: bytes, programme: Programme) -> tuple[Submission, ...]:
        """The one application in the body."""
        sent = json_body.read_object(body)
        known = programme.form_ids.get(self.name)
        form_id = own_form(programme, _either(sent, "formId", "form_id"), {known} if known else set())
        details = _details(sent)
        said = sent | details
        answers, unmapped = to_canonical(
            programme,
            self.name,
            [Given(key, key, value) for key, value in details.items() if key not in _ABOUT_THE_RESPONSE],
        )
        return (
            Submission(
                source=self.name,
                form_id=form_id,
                response_id=identifier(_either(sent, "responseId", "response_id"))
                or identifier(_either(details, "responseId", "response_id")),
                submitted_at=_submitted(_either(said, "submitDate", "submit_date")),
                answers=answers,
                unmapped=unmapped,
            ),
        )


def _either(sent: Mapping[str, object], *names: str) -> object:
    return next((sent[name] for name in names if sent.get(name) is not None), None)


def _details(sent: Mapping[str, object]) -> dict[str, object]:
    """The object that holds the answers, with an inner ``answers`` unfolded."""
    details = _opened(_either(sent, "response", "answers"))
    inner = details.pop("answers", None)
    return details if inner is None else details | _opened(inner)


def _opened(value: object) -> dict[str, object]:
    if isinstance(value, str):  # a flow that quotes the object sends it as text
        value = json_body.read_text(value)
    if not isinstance(value, dict):
        raise UnreadableSubmission("the body has no object called response or answers")
    return dict(value)


def _submitted(value: object) -> datetime | None:
    text = clean(value) if isinstance(value, str) else ""
    for form in _SUBMIT_DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return moment(text, naive_is_utc=True)
