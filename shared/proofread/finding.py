"""What proof-reading answers: findings with their place and mend, and the programme if it can be used."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

from shared.domain.programme import Programme
from shared.errors import ServiceError

Severity = Literal["error", "held back", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend.

    ``error`` refuses the file, ``held back`` keeps one session out, ``warning`` stops nothing.
    ``line`` counts from 1; ``subject`` is a dotted place such as ``groups.peer-support.peer-4``.
    """

    severity: Severity
    file: str
    line: int
    subject: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.severity}: {self.subject}: {self.what} {self.mend}"

    def as_dict(self) -> dict[str, str | int]:
        """The finding as plain data, for ``--json``."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A warning that a named person read and accepted: ``finding`` would be reported without it."""

    finding: Finding
    by: str
    on: str
    why: str


@dataclass(frozen=True, slots=True)
class AcceptedFinding:
    """A finding of a dress rehearsal that a named person read and accepted, by its name and the place it is about."""

    finding: str
    about: str
    by: str
    on: str
    why: str


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What the file says of its dress rehearsal: the hash of the file as it was played, and what was accepted then."""

    of: str
    on: str
    accepted: tuple[AcceptedFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofReading:
    """The result for one file, findings in line order. ``programme`` is None if any finding is an error.

    ``digest`` is the hash of what the file says but for what it says of its rehearsal. ``lines`` has the line of each
    place of the file.
    """

    programme: Programme | None
    findings: tuple[Finding, ...]
    accepted: tuple[Acceptance, ...] = ()
    digest: str = ""
    rehearsed: Rehearsed = Rehearsed("", "")
    lines: Mapping[str, int] = field(default_factory=dict)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)


class ProgrammeRefused(ServiceError):
    """A programme file has errors; nothing of it is used until they are mended."""

    def __init__(self, file: str, findings: tuple[Finding, ...]) -> None:
        lines = "\n".join(str(finding) for finding in findings)
        super().__init__(f"{file} is refused:\n{lines}")
        self.findings = findings
