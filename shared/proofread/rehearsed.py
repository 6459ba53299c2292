"""Whether a programme file is still what its rehearsal played: ``make rehearse`` writes the hash into the file."""

import hashlib

from shared.proofread.finding import AcceptedFinding, Rehearsed
from shared.proofread.section import Section
from shared.proofread.tree import Listing, Mapping, Node, Words
from shared.proofread.words import plain

KEY = "rehearsal"
_LENGTH = 16


def digest(root: Mapping) -> str:
    """The hash of all that a file says but for its rehearsal: notes, blanks and line ends change nothing."""
    said = _said(Mapping(tuple((key, value) for key, value in root.entries if key.text != KEY), root.line))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:_LENGTH]


def _said(node: Node) -> object:
    if isinstance(node, Words):
        return plain(node.text)
    if isinstance(node, Listing):
        return [_said(item) for item in node.items]
    return [(key.text, _said(value)) for key, value in node.entries]


def read_rehearsed(top: Section, now: str) -> Rehearsed:
    """What the file says of its rehearsal; a warning if it was changed since. ``now``: its hash."""
    section = top.section(KEY, ("of", "on", "accepted"))
    if section is None:
        return Rehearsed("", "")
    accepted = tuple(
        AcceptedFinding(*(part.text(key, required=True) for key in ("finding", "about", "by", "on", "why")))
        for part in section.sections("accepted", ("finding", "about", "by", "on", "why"), called="finding")
    )
    of, on = section.text("of"), section.text("on")
    if of and of != now:
        top.findings.warn(
            section.line_of("of"),
            section.at("of"),
            f"The file has changed since it was rehearsed{f' on {on}' if on else ''}.",
            "Run 'make rehearse PROGRAMME=' with this file and look at what it found; with PUBLISH=1 it is noted here.",
        )
    return Rehearsed(of, on, accepted)
