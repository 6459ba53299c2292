"""The request path of a form provider: is this sender ours? Then the body is stored, and nothing else is done here."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from shared.contracts.provider import SendsBatches
from shared.contracts.registry import provider
from shared.errors import RejectedRequest, TemporaryFailure
from shared.services.base.raw_bodies import RawBodies

LARGEST_BODY = 256 * 1024
# The least that a provider waits for an answer is ten seconds (Tally); storage that hangs is tried for twenty.
PATIENCE = 8.0

_PROGRAMME_ID = re.compile(r"^[a-z0-9][a-z0-9-]{1,63}$")

UNKNOWN_PROGRAMME = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """A provider's request: the raw body before any parsing, and its headers with lower-case names."""

    source: str
    programme: str
    headers: Mapping[str, str]
    body: bytes


class WebhookReceiver:
    """Checks who sent a request before its body is stored."""

    def __init__(
        self, *, secrets: Mapping[str, tuple[str, ...]], bodies: RawBodies, patience: float = PATIENCE
    ) -> None:
        self._secrets = secrets
        self._bodies = bodies
        self._patience = patience

    async def receive(self, request: Request) -> str:
        """Store a request's body and say so on the queue. Returns the content hash.

        Raises RejectedRequest (401, 411, 413) and TemporaryFailure if storage does not answer.
        """
        known = provider(request.source)
        largest = known.largest_body if isinstance(known, SendsBatches) else LARGEST_BODY
        if len(request.body) > largest:
            raise RejectedRequest(f"the body is larger than {largest // 1024} KiB", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not request.body and "chunked" in request.headers.get("transfer-encoding", "").lower():
            raise RejectedRequest(
                "the body was sent in chunks (Transfer-Encoding: chunked), so it arrived empty; "
                "send it in one piece with a Content-Length",
                HTTPStatus.LENGTH_REQUIRED,
            )
        if known is None:
            raise RejectedRequest("this form provider is not known here", HTTPStatus.UNAUTHORIZED)
        # Signature times are real time, also where the pipeline's clock was moved.
        known.authenticate(
            headers=request.headers,
            body=request.body,
            secrets=self._secrets.get(request.source, ()),
            now=datetime.now(UTC),
        )
        programme = request.programme if _PROGRAMME_ID.fullmatch(request.programme) else UNKNOWN_PROGRAMME
        try:
            async with asyncio.timeout(self._patience):
                return await self._bodies.keep(programme=programme, source=request.source, body=request.body)
        except TimeoutError:
            # What was stored all the same is found under its hash when the provider sends it again.
            raise TemporaryFailure("storage did not answer in time") from None
