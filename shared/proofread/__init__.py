"""Proof-reads a programme file and makes the programme of it. Which file, and what then, is for others.

``python -m shared.proofread FILE`` does the same for a programme lead.
"""

from pathlib import Path

from shared.domain.programme import Programme
from shared.proofread.checks import check
from shared.proofread.finding import Acceptance, Finding, ProgrammeRefused, ProofReading, Severity
from shared.proofread.matching import warn_of_rules_that_are_off
from shared.proofread.reader import PROGRAMME_KEYS, read_programme
from shared.proofread.rehearsed import digest, read_rehearsed
from shared.proofread.section import Findings, Section
from shared.proofread.tree import Mapping, Unreadable, read_tree
from shared.proofread.words import plain

__all__ = [
    "Acceptance",
    "Finding",
    "ProgrammeRefused",
    "ProofReading",
    "Severity",
    "load_programme",
    "proofread",
]


def proofread(source: Path | str, *, file: str = "") -> ProofReading:
    """Proof-read a file (a Path) or the text of one (a str); ``file`` is the name that findings carry.

    Raises OSError where a Path cannot be read, and nothing else: what is wrong with the text is a finding.
    """
    if isinstance(source, Path):
        findings = Findings(file or source.as_posix())
        try:
            # A byte order mark is what Windows editors leave; it is no mistake.
            text = source.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            line = exc.object.count(b"\n", 0, exc.start) + 1
            findings.error(line, "file", "There is a character that is not UTF-8.", "Save the file as UTF-8 text.")
            return ProofReading(None, tuple(findings.found))
    else:
        findings, text = Findings(file or "programme.yaml"), source
    try:
        root = read_tree(text)
    except Unreadable as exc:
        findings.error(exc.line, "file", exc.what, exc.mend)
        return ProofReading(None, tuple(findings.found))
    if not isinstance(root, Mapping):
        findings.error(root.line, "file", "The file does not begin with keys.", "Begin with 'programme:' and its id.")
        return ProofReading(None, tuple(findings.found))
    top = Section(findings, root, "", PROGRAMME_KEYS)
    programme = read_programme(findings, top)
    if programme is not None:
        check(findings, programme)
        warn_of_rules_that_are_off(top, programme)
    now = digest(root)
    rehearsed = read_rehearsed(top, now)
    accepted = (*findings.decided, *_accept(findings, top))
    in_order = tuple(sorted(findings.found, key=lambda finding: finding.line))
    return ProofReading(
        None if findings.refused else programme,
        in_order,
        accepted,
        digest=now,
        rehearsed=rehearsed,
        lines=dict(findings.lines),
    )


def _accept(findings: Findings, top: Section) -> tuple[Acceptance, ...]:
    """Take the accepted warnings out of the findings. An acceptance of nothing is a warning itself."""
    acceptances = []
    for part in top.sections("accepted", ("about", "warning", "by", "on", "why"), called="about"):
        about, warning, by, on, why = (part.text(key, required=True) for key in ("about", "warning", "by", "on", "why"))
        matching = [
            finding
            for finding in findings.found
            if (finding.severity, finding.subject, plain(finding.what)) == ("warning", about, warning)
        ]
        for finding in matching:
            findings.found.remove(finding)
            acceptances.append(Acceptance(finding, by, on, why))
        if not matching and not findings.refused:
            what = f"A warning about '{about}' is accepted here, but no such warning is given."
            findings.warn(
                part.line,
                part.subject,
                what,
                "Take it out, or copy the subject and the words of the warning exactly.",
            )
    return tuple(acceptances)


def load_programme(path: Path) -> Programme:
    """The programme of a file. Raises ProgrammeRefused with every error in it."""
    reading = proofread(path)
    if reading.programme is None:
        raise ProgrammeRefused(path.as_posix(), reading.of("error"))
    return reading.programme
