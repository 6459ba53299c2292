"""Text as people type it and forms mangle it, made safe to store and compare. HTML entities stay."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

_JOINERS = "\u200c\u200d"
# Format characters that are seen: the number and verse signs of Arabic, Syriac and Kaithi.
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
# Blank to the eye although Unicode counts them as a letter (Hangul fillers) or a symbol (empty Braille cell).
_BLANK_LETTERS = frozenset("\u2800\u3164\uffa0")
_COMBINING_GRAPHEME_JOINER = "\u034f"
# The flags of England, Scotland and Wales end in invisible tag letters; elsewhere these are hidden text.
_TAGGED_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)")
_JOINS_AFTER = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})
_JOINS_BEFORE = frozenset({"Lo", "So", "Sm"})
# Most of what people type: nothing in it is unseen, and a form's language has nothing to compose.
_PLAIN = re.compile(r"[ -~\t\r\n]*")
# Where a line ends: what people paste out of slides and word processors has other characters for it than a keyboard.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_SAME_ON_KEYBOARDS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | {"\u2026": "..."}
)

#: The most letters of an answer of one line, and of one of as many lines as people like.
LONGEST_LINE = 200
LONGEST_TEXT = 4000
_LONGEST_NAME = 80
# Addresses, numbers to call, and the marks of sentences that speak to somebody.
_MESSAGE = re.compile(r"[@!?:;<>]|//|\.[^\W\d]{3,}|[^\W\d]{4,}\.\s+\w|(?:\d\D?){5,}|\b(?:www|http)\b", re.IGNORECASE)


class Ours(str):
    """Text of ours that people copy, such as a row's key: mails show it without the slightest change."""

    __slots__ = ()


def clean(value: str, *, multiline: bool = False) -> str:
    """The text in NFC, trimmed, single-spaced, free of what is not seen; line breaks stay if ``multiline``.

    The two zero-width joiners stay inside emoji and between letters of scripts without capitals (Arabic,
    Indic): there they change what is read. Between Latin letters, or at an edge, they go.
    """
    if not _PLAIN.fullmatch(value):
        value = _seen(value)
    if not multiline:
        return " ".join(value.split())
    return "\n".join(" ".join(line.split()) for line in value.splitlines()).strip("\n")


def without_controls(value: str) -> str:
    """The text as it was typed, without the control characters that come along when people paste.

    One that ends a line becomes a line end; the others are nothing to anybody, and go.
    """
    return value if _PLAIN.fullmatch(value) else _CONTROLS.sub("", _LINE_ENDS.sub("\n", value))


def _seen(value: str) -> str:
    parts = _TAGGED_FLAG.split(unicodedata.normalize("NFC", without_controls(value)))
    # split() puts the matches, which stay whole, at the odd places
    kept = "".join(part if place % 2 else "".join(map(_visible, part)) for place, part in enumerate(parts))
    return unicodedata.normalize("NFC", _without_stray_joiners(kept))


def is_broken(value: str) -> bool:
    """Whether it holds half a character (a lone surrogate): the sign of a sender that cuts texts. Nobody types one."""
    return _LONE_SURROGATES.search(value) is not None


def too_long(length: int, limit: int) -> str:
    """What to say of an answer that is longer than we take: it is never cut, so that nobody reads half of it."""
    return f"This answer has {length:,} characters and the most we can take is {limit:,}. Please shorten it."


def match_key(value: str) -> str:
    """What two option texts or titles share when a person would call them the same. Never shown to people."""
    key = clean(value).casefold().translate(_SAME_ON_KEYBOARDS)
    return unicodedata.normalize("NFC", " ".join(key.split())).rstrip(" *?:.")


def theirs(typed: str) -> str:
    """A name or a title that one person typed, as another person's mail may show it.

    What is longer than names are, or reads like a message, stands in quotation marks: it is not our word.
    """
    line = clean(typed)
    return line if len(line) <= _LONGEST_NAME and not _MESSAGE.search(line) else f"“{line}”"


@lru_cache(maxsize=1024)  # every status of every row is read so
def as_word[W: StrEnum](typed: str, words: type[W]) -> W | None:
    """The word of ours that somebody typed, whatever its capitals and blanks; None if it is none of them."""
    if typed in words:
        return words(typed)  # as we write it ourselves, so nearly always
    wanted = " ".join(clean(typed).split()).casefold()
    return next((word for word in words if word.casefold() == wanted), None)


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if character in "\t\n":
        return "\n" if character == "\n" else " "
    if category == "Zs" or character in _BLANK_LETTERS:
        return " "
    if category == "Cf":
        return character if character in _JOINERS or character in _VISIBLE_FORMATS else ""
    if category in {"Cc", "Cs"} or character == _COMBINING_GRAPHEME_JOINER or _is_noncharacter(character):
        return ""
    return character


def _is_noncharacter(character: str) -> bool:
    # Code points that no XML may hold, so a workbook with one would not open.
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF  # noqa: PLR2004 -- Unicode's ranges


def _without_stray_joiners(value: str) -> str:
    if not any(joiner in value for joiner in _JOINERS):
        return value
    around = f" {value} "
    return "".join(
        character
        for before, character, after in zip(around, value, around[2:], strict=False)
        if character not in _JOINERS
        or (unicodedata.category(before) in _JOINS_AFTER and unicodedata.category(after) in _JOINS_BEFORE)
    )
