"""Reading of bodies that a browser's form would send: multipart/form-data or urlencoded, told apart by the bytes.

The Content-Type is not needed: a multipart body names its own boundary, on its first line or after a few words that
nobody reads (RFC 2046, 5.1.1).
"""

import email
import re
from collections.abc import Iterator
from email.message import Message
from typing import Final
from urllib.parse import parse_qsl

from shared.contracts.json_body import DEEPEST, MOST_FIELDS, refuse_compressed
from shared.errors import UnreadableSubmission

_LONGEST_BOUNDARY: Final = 70  # RFC 2046
# Blank lines, or a sentence for readers of old, before the first boundary. The headers counted are few, so that no body
# makes the search slow.
_AFTER_A_PREAMBLE: Final = re.compile(
    rb"\n(--[^\r\n]{1,70}\r?\n(?:[!-9;-~]{1,70}:[^\r\n]*\r?\n){0,5}?content-disposition[ \t]*:[ \t]*form-data)",
    re.IGNORECASE,
)
_TOO_MANY: Final = f"the form has more than {MOST_FIELDS} fields"
_TOO_DEEP: Final = f"the form's parts are nested deeper than {DEEPEST} levels"


def read_fields(body: bytes) -> dict[str, str]:
    """Returns the texts of the form's fields by name. Files are left out: their content is never used.

    Raises UnreadableSubmission, which says why.
    """
    refuse_compressed(body)
    parts = _from_first_boundary(body)
    found = _urlencoded(body) if parts is None else _multipart(parts)
    fields = dict(found)
    if len(fields) < len(found):
        raise UnreadableSubmission("the form names a field twice")
    if not fields:
        raise UnreadableSubmission("the body holds no fields of a form")
    return fields


def _from_first_boundary(body: bytes) -> bytes | None:
    """The body from its first boundary on, or None if it is no multipart form."""
    begins = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins.startswith(b"--"):
        return begins
    found = _AFTER_A_PREAMBLE.search(body)
    return body[found.start(1) :] if found else None


def _multipart(body: bytes) -> list[tuple[str, str]]:
    boundary = body[2 : 2 + _LONGEST_BOUNDARY + 2].partition(b"\n")[0].rstrip(b"\r")
    if not boundary or b'"' in boundary or b"\n" not in body[: len(boundary) + 4]:
        raise UnreadableSubmission("the body begins like a multipart form, but has no boundary")
    header = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    try:
        message = email.message_from_bytes(header + body)
    except RecursionError:
        raise UnreadableSubmission(_TOO_DEEP) from None
    if not message.is_multipart() or message.defects:
        raise UnreadableSubmission("the body begins like a multipart form, but is cut short or broken")
    found = []
    for part in _parts_of(message, 0):
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            found.append((name, _text(content if isinstance(content, bytes) else b"")))
        if len(found) > MOST_FIELDS:
            raise UnreadableSubmission(_TOO_MANY)
    return found


def _parts_of(message: Message, depth: int) -> Iterator[Message]:
    """A message and all its parts, as ``Message.walk`` has them, but not so deep that Python gives up."""
    if depth > DEEPEST:
        raise UnreadableSubmission(_TOO_DEEP)
    yield message
    parts = message.get_payload() if message.is_multipart() else ()
    for part in parts:
        if isinstance(part, Message):
            yield from _parts_of(part, depth + 1)


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    if body.count(b"&") >= MOST_FIELDS:
        raise UnreadableSubmission(_TOO_MANY)
    try:
        return parse_qsl(_text(body), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:  # its words may quote the body
        raise UnreadableSubmission("the body is neither JSON nor the fields of a form") from None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UnreadableSubmission("the form is not in UTF-8") from None
