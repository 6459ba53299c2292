"""Strict reading of JSON bodies: one way to read a body, or an ``UnreadableSubmission`` that says why not."""

import json
import math
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

from shared.errors import UnreadableSubmission

DEEPEST: Final = 20
#: Of one object: a batch of applications repeats its fields. The body's size is capped before it comes here.
MOST_FIELDS: Final = 500
# How gzip, zlib (called "deflate" in HTTP) and zstd begin; none of them begins a text in UTF-8.
_COMPRESSED: Final = (b"\x1f\x8b", b"\x78\x9c", b"\x78\xda", b"\x28\xb5\x2f\xfd")


def read(body: bytes) -> object:
    """The JSON value of a body in UTF-8, with or without a byte order mark. Lone surrogates stay in texts.

    Text that is JSON once more is read once more: some flows send ``string(body)``.
    """
    refuse_compressed(body)
    if body.startswith((BOM_UTF16_BE, BOM_UTF16_LE)):
        raise UnreadableSubmission("the body is in UTF-16, not UTF-8")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # without the cause: its text quotes the body
        raise UnreadableSubmission(f"the body is not UTF-8 (byte {error.start})") from None
    if not text.strip():
        raise UnreadableSubmission("the body is empty")
    value = read_text(text)
    return read_text(value) if isinstance(value, str) else value


def refuse_compressed(body: bytes) -> None:
    """Raise UnreadableSubmission for a body that was compressed, which would look like a broken one."""
    if body.startswith(_COMPRESSED):
        raise UnreadableSubmission("the body is compressed; have the form's provider send it uncompressed")


def read_object(body: bytes) -> dict[str, object]:
    """As ``read``, for a body that must be one JSON object."""
    value = read(body)
    if not isinstance(value, dict):
        raise UnreadableSubmission("the body is JSON, but not an object")
    return value


def read_text(text: str) -> object:
    """The JSON value of a text: no repeated keys, NaN or unreadable numbers, and not too deep or wide."""
    try:
        value: object = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UnreadableSubmission(f"the body is not JSON ({where})") from None
    except ValueError:  # an integer of thousands of digits
        raise UnreadableSubmission("the body holds a number that cannot be read") from None
    except RecursionError:
        raise UnreadableSubmission(_TOO_DEEP) from None
    _check_depth(value)
    return value


def part(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object under a name; an empty one if there is none."""
    inner = outer.get(name)
    return inner if isinstance(inner, dict) else {}


def parts(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; none if it is no list. What is no object in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_list(text: str) -> list[str] | None:
    """The texts of a list that arrives as JSON text, as in ``'["Race","Gender"]'``; else None."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = read_text(text)
    except UnreadableSubmission:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    return value


_TOO_DEEP: Final = f"the body is nested deeper than {DEEPEST} levels"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_FIELDS:
        raise UnreadableSubmission(f"the body has an object of more than {MOST_FIELDS} fields")
    read_pairs = dict(pairs)
    if len(read_pairs) < len(pairs):
        raise UnreadableSubmission("the body names a field twice in one object")
    return read_pairs


def _no_constant(name: str) -> NoReturn:
    raise UnreadableSubmission(f"the body holds {name}, which is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise UnreadableSubmission("the body holds a number that cannot be read")
    return number


def _check_depth(value: object) -> None:
    level = _containers([value])
    for _ in range(DEEPEST):
        level = _containers(
            inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)
        )
    if level:
        raise UnreadableSubmission(_TOO_DEEP)


def _containers(values: Iterable[object]) -> list[dict[str, object] | list[object]]:
    return [value for value in values if isinstance(value, dict | list)]
