"""References that people can read out, and the links in mails. Both are derived, so deriving again gives the same.

A reference is HMAC(programme, address, role): a repeat lands on the same row, and nobody can guess it.
A link's token is 256 bits of HMAC(purpose, subject, version); only its SHA-256 is stored.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

# Crockford's base 32: no I, L, O or U, so that a reference survives the telephone.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_DIGITS = 9
_BASE = 32
_FIELD = 0b100101  # x^5 + x^2 + 1, primitive over two elements


def new_reference(key: bytes, *parts: str, attempt: int = 0) -> str:
    """A reference such as ``K4Q-M7X-2P9-T``: 45 bits and a check character. ``attempt`` gives another on a clash."""
    seed = "\x1f".join((*parts, str(attempt)) if attempt else parts)
    number = int.from_bytes(hmac.digest(key, b"reference\x1f" + seed.encode(), "sha256")) % _BASE**_DIGITS
    digits = [(number // _BASE**place) % _BASE for place in reversed(range(_DIGITS))]
    text = "".join(_ALPHABET[d] for d in digits)
    return f"{text[0:3]}-{text[3:6]}-{text[6:9]}-{_check(digits)}"


def _check(digits: list[int]) -> str:
    """A weighted sum in the field of 32 elements: any one wrong character and any two swapped neighbours are noticed.

    Modulo a prime below 32 two characters would stand for each other; all weights here are distinct and not zero.
    """
    total = 0
    for digit in digits:
        total = (total ^ digit) << 1
        total ^= _FIELD if total & _BASE else 0
    return _ALPHABET[total]


def read_reference(typed: str) -> str | None:
    """The reference as stored, from what somebody typed (case, spaces, O for 0, I or L for 1); None if it is wrong."""
    text = typed.strip().upper().translate(_MISREAD).replace("-", "").replace(" ", "")
    if len(text) != _DIGITS + 1 or any(c not in _ALPHABET for c in text):
        return None
    if _check([_ALPHABET.index(c) for c in text[:_DIGITS]]) != text[_DIGITS]:
        return None
    return f"{text[0:3]}-{text[3:6]}-{text[6:9]}-{text[9]}"


def stamp(key: bytes, purpose: str, moment: datetime) -> str:
    """A moment, to the second, that comes back from a page as it was sent out or not at all."""
    seconds = str(int(moment.timestamp()))
    return f"{seconds}.{_signed(key, purpose, seconds)}"


def read_stamp(key: bytes, purpose: str, text: str) -> datetime | None:
    """The moment of a stamp; None if it was not made here, or for another purpose."""
    seconds, _, signature = text.partition(".")
    if not re.fullmatch(r"[0-9]{1,12}", seconds, re.ASCII):
        return None
    if not hmac.compare_digest(signature.encode(), _signed(key, purpose, seconds).encode()):
        return None
    return datetime.fromtimestamp(int(seconds), UTC)


def derived_key(key: bytes, purpose: str) -> bytes:
    """A key of 256 bits for a purpose of its own: whoever learns it learns nothing of the key it is derived from."""
    return hmac.digest(key, f"key\x1f{purpose}".encode(), "sha256")


def pseudonym(key: bytes, *parts: str) -> str:
    """What stands for something that is only to be recognised: nobody can work back from it."""
    return hmac.digest(key, "\x1f".join(("pseudonym", *parts)).encode(), "sha256").hex()[:40]


def _signed(key: bytes, purpose: str, seconds: str) -> str:
    return hmac.digest(key, f"stamp\x1f{purpose}\x1f{seconds}".encode(), "sha256").hex()[:32]


class Purpose(StrEnum):
    """What a link opens; the value is the first part of its path."""

    DECISION = "decisions"
    OWN_PAGE = "me"
    CHECK_IN = "checkins"
    PARTNER = "partner"
    RETURNING = "welcome-back"
    LEAVE = "leave"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class Link:
    """What one link opens: a subject of a programme, in one version. ``detail`` is the request or check-in."""

    purpose: Purpose
    programme: str
    subject: str
    version: int
    detail: str = ""


def token(key: bytes, link: Link) -> str:
    """The token of a link: 256 bits, base64url without padding."""
    seed = "\x1f".join((link.purpose, link.programme, link.subject, str(link.version), link.detail))
    digest = hmac.digest(key, b"link\x1f" + seed.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(value: str) -> str:
    """What is stored of a token: its SHA-256 in hex. Plain SHA-256 is enough for 256 random bits (ASVS 6.5.2)."""
    return hashlib.sha256(value.encode()).hexdigest()
