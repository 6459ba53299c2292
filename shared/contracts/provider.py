"""What the intake asks of every form provider."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from shared.contracts.submission import Submission
from shared.domain.programme import Programme


class Provider(Protocol):
    """One form provider: proves that a request is from it, then reads the body."""

    @property
    def name(self) -> str:
        """The ``source`` of the webhook's address and of ``Question.keys`` and ``Programme.form_ids``."""
        ...

    def authenticate(self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
        """Return if the request carries proof made with one of the secrets; else raise a 401 RejectedRequest.

        Header names are in lower case. ``now`` is the machine's real time. Without a usable secret
        nobody is accepted.
        """
        ...

    def parse(self, body: bytes, programme: Programme) -> tuple[Submission, ...]:
        """The applications in an authenticated body; UnreadableSubmission, and no other error, if none."""
        ...
