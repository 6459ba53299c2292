"""Broken copies of the shipped programme: the text with one place changed."""

import re
from pathlib import Path

from shared.programmes import shipped
from shared.proofread import Finding, ProofReading, proofread

SHIPPED: Path = next(path for path in shipped() if path.stem == "llr-rmi-2026-c7")
# Without the note of its last rehearsal, which speaks of no other text.
TEXT = re.sub(r"(?m)^rehearsal:\n  of: .*\n  on: .*\n", "rehearsal:\n", SHIPPED.read_text(encoding="utf-8"))
FILE = "copy.yaml"


def changed(old: str, new: str, *, text: str = TEXT) -> str:
    """The text with one place changed; the place must be there exactly once."""
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    return text.replace(old, new)


def line_of(words: str, text: str) -> int:
    """The line, from 1, on which the words stand; they must be there exactly once."""
    assert text.count(words) == 1, f"{text.count(words)} times: {words}"
    return text.count("\n", 0, text.index(words) + len(words) - len(words.lstrip("\n"))) + 1


def read(text: str) -> ProofReading:
    return proofread(text, file=FILE)


# The session that ends before it starts, and what every page is to have and the pack does not give.
_SHIPPED = {
    "groups.peer-support.peer-4",
    *("information pack", "privacy notice", "accessibility statement", "signed by", "form link"),
}


def new_findings(text: str) -> list[Finding]:
    """The findings of a text, without those of the shipped file."""
    shipped_with = {(f.subject, f.what) for f in read(TEXT).findings}
    return [f for f in read(text).findings if f.subject not in _SHIPPED and (f.subject, f.what) not in shipped_with]
