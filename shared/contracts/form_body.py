"""Reading of bodies that a browser's form would send: multipart/form-data or urlencoded, told apart by the bytes.

The Content-Type is not needed: a multipart body begins with its own boundary.
"""

import email
from typing import Final
from urllib.parse import parse_qsl

from shared.contracts.json_body import MOST_FIELDS
from shared.errors import UnreadableSubmission

_LONGEST_BOUNDARY: Final = 70  # RFC 2046


def read_fields(body: bytes) -> dict[str, str]:
    """The texts of the form's fields by name. Files are left out: their content is never used."""
    found = _multipart(body) if body.startswith(b"--") else _urlencoded(body)
    fields = dict(found)
    if len(fields) < len(found):
        raise UnreadableSubmission("the form names a field twice")
    if not fields:
        raise UnreadableSubmission("the body holds no fields of a form")
    return fields


def _multipart(body: bytes) -> list[tuple[str, str]]:
    boundary = body[2 : 2 + _LONGEST_BOUNDARY + 2].partition(b"\n")[0].rstrip(b"\r")
    if not boundary or b'"' in boundary or b"\n" not in body[: len(boundary) + 4]:
        raise UnreadableSubmission("the body begins like a multipart form, but has no boundary")
    header = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    message = email.message_from_bytes(header + body)
    if not message.is_multipart() or message.defects:
        raise UnreadableSubmission("the body begins like a multipart form, but is cut short or broken")
    found = []
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            found.append((name, _text(content if isinstance(content, bytes) else b"")))
        if len(found) > MOST_FIELDS:
            raise UnreadableSubmission(f"the form has more than {MOST_FIELDS} fields")
    return found


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            _text(body), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:  # its words may quote the body
        raise UnreadableSubmission("the body is neither JSON nor the fields of a form") from None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise UnreadableSubmission("the form is not in UTF-8") from None
