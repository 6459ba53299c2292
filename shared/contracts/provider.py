"""What the intake asks of every form provider."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

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

    def parse(self, body: bytes, programme: Programme) -> Submission:
        """The application in an authenticated body.

        Raises UnreadableSubmission if it cannot be read, NoApplication if it was never one, and no other error.
        """
        ...


@runtime_checkable
class SendsBatches(Protocol):
    """Beside ``Provider``, for one that puts several responses into one body."""

    @property
    def largest_body(self) -> int:
        """In bytes."""
        ...

    def apart(self, body: bytes) -> tuple[bytes, ...]:
        """A body for each response, that ``parse`` reads alone; empty if this body can only be read whole."""
        ...
