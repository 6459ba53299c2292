"""Proof of who sent a request, shared by providers: compared in constant time, refused when in doubt."""

import hmac
from collections.abc import Iterable
from http import HTTPStatus

from shared.errors import RejectedRequest


def refused(reason: str) -> RejectedRequest:
    """The 401 to raise."""
    return RejectedRequest(reason, HTTPStatus.UNAUTHORIZED)


def same_as_any(given: str, expected: Iterable[str]) -> bool:
    """Whether the text equals one of the expected; blank ones never count, and every one is compared."""
    found = False
    for candidate in expected:
        if candidate.strip():
            found |= hmac.compare_digest(_octets(given), _octets(candidate))
    return found


def _octets(text: str) -> bytes:
    # compare_digest raises on text beyond ASCII; a header may also hold a lone surrogate
    return text.encode("utf-8", "surrogatepass")
