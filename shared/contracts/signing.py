"""Proof of who sent a request, shared by providers: compared in constant time, refused when in doubt."""

import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Final

from shared.errors import RejectedRequest

#: For providers that sign nothing but can send a header.
SECRET_HEADER: Final = "x-webhook-secret"  # noqa: S105 -- a header's name
#: Under this name the door hands over the last segment of an address that ends in a secret.
SECRET_IN_ADDRESS: Final = "x-webhook-secret-in-address"  # noqa: S105 -- a header's name


def refused(reason: str) -> RejectedRequest:
    """The 401 to raise."""
    return RejectedRequest(reason, HTTPStatus.UNAUTHORIZED)


def accept_secret(headers: Mapping[str, str], secrets: Sequence[str], *, name: str = SECRET_HEADER) -> None:
    """Return if the header holds one of the secrets, else raise a 401. Nothing signs the body or a time."""
    _usable(secrets)
    what = "secret at the end of the address" if name == SECRET_IN_ADDRESS else f"{name} header"
    given = headers.get(name, "")
    if not given:
        raise refused(f"the {what} is missing")
    if not same_as_any(given, secrets):
        raise refused(f"the {what} does not fit")


def accept_signature(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    *,
    name: str,
    written: Callable[[bytes], str],
) -> None:
    """Return if the header holds the HMAC-SHA256 of the raw body under one of the secrets, else raise a 401.

    ``written`` is how the provider writes the 32 bytes. No time is signed, so a replay passes: the body's hash and
    the response's id make it one application all the same.
    """
    usable = _usable(secrets)
    given = headers.get(name, "").strip()
    if not given:
        raise refused(f"the {name} header is missing: switch signing on where the form is made")
    if not same_as_any(given, [written(hmac.digest(_octets(secret), body, "sha256")) for secret in usable]):
        raise refused(f"the signature in {name} does not fit")


def same_as_any(given: str, expected: Iterable[str]) -> bool:
    """Whether the text equals one of the expected; blank ones never count, and every one is compared."""
    found = False
    for candidate in expected:
        if candidate.strip():
            found |= hmac.compare_digest(_octets(given), _octets(candidate))
    return found


def _usable(secrets: Sequence[str]) -> list[str]:
    usable = [secret for secret in secrets if secret.strip()]
    if not usable:
        raise refused("no usable secret is set for this source")
    return usable


def _octets(text: str) -> bytes:
    # compare_digest raises on text beyond ASCII; a header may also hold a lone surrogate
    return text.encode("utf-8", "surrogatepass")
