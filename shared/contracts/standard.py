"""Source ``standard``: the canonical submission, signed as Standard Webhooks say. For senders we instruct.

The signature is checked here and not by the ``standardwebhooks`` library: that reads the clock itself, takes
one secret, decodes the body before it checks (an authentic body in another encoding must be parked, not
refused) and raises five kinds of errors. The tests hold this against the library and a published vector.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from shared.contracts import json_body
from shared.contracts.mapping import blank, not_asked, not_offered, title_key
from shared.contracts.signing import refused, same_as_any
from shared.contracts.submission import Asked, Submission, identifier, is_test_name, moment, own_form
from shared.domain.fields import FIELDS
from shared.domain.programme import Programme
from shared.domain.text import clean
from shared.errors import UnreadableSubmission

STANDARD: Final = "standard"
_TOLERANCE_SECONDS: Final = 300
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_SHORTEST_KEY: Final = 24  # bytes, as the specification says


class StandardWebhooks:
    """Our own format; ``test`` in the body marks a trial. ``name`` is another for pages of ours that write it."""

    def __init__(self, name: str = STANDARD) -> None:
        self.name: Final = name

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if a signature fits a secret and the time is within 5 minutes, else raise a 401."""
        message_id, timestamp, signatures = (_header(headers, name) for name in ("id", "timestamp", "signature"))
        if not (message_id.strip() and timestamp and signatures.strip()):
            raise refused("a webhook-id, webhook-timestamp or webhook-signature header is missing")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise refused("the webhook-timestamp is not a number of seconds")
        if abs(now.timestamp() - int(timestamp)) > _TOLERANCE_SECONDS:
            raise refused("the webhook-timestamp is more than 5 minutes from now")
        keys = [key for secret in secrets if (key := _key(secret))]
        if not keys:
            raise refused("no usable secret is set for this source")
        signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
        expected = [f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}" for key in keys]
        if not any(same_as_any(signature, expected) for signature in signatures.split()):
            raise refused("no signature in webhook-signature fits")

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in the body; the form id is the programme's, or its form id for this source."""
        sent = json_body.read_object(body)
        form_id = own_form(
            programme, sent.get("form_id"), {programme.id, programme.form_ids.get(self.name, programme.id)}
        )
        answers = sent.get("answers")
        if not isinstance(answers, dict):
            raise UnreadableSubmission("the body has no object called answers")
        known = {*FIELDS, *(question.field for question in programme.questions)}
        ignored = {title_key(one) for one in programme.ignored_questions}
        unknown = dict.fromkeys(clean(field) for field in answers if field not in known)
        return Submission(
            source=self.name,
            form_id=form_id,
            response_id=identifier(sent.get("response_id")),
            submitted_at=moment(sent.get("submitted_at")),
            answers={field: value for field, value in answers.items() if field in known and not blank(value)},
            unmapped=tuple(Asked(field, field) for field in unknown if field and title_key(field) not in ignored),
            # Our own pages ask what they ask, and leave out what nobody answered.
            missing=not_asked(programme, answers) if self.name == STANDARD else (),
            unoffered=not_offered(programme, answers) if self.name == STANDARD else (),
            test=sent.get("test") is True or is_test_name(answers.get("full_name")),
        )


def _header(headers: Mapping[str, str], name: str) -> str:
    """A header of Standard Webhooks. Svix, which many tools send by, calls them otherwise and means the same."""
    return headers.get(f"webhook-{name}") or headers.get(f"svix-{name}", "")


def _key(secret: str) -> bytes:
    """The key of a secret 'whsec_...'; b'' if it is garbled or too short to be trusted."""
    encoded = secret.strip().removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):  # ValueError: not ASCII
        return b""
    return key if len(key) >= _SHORTEST_KEY else b""
