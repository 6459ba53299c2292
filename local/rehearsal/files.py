"""Which programme file is rehearsed, what it says of earlier rehearsals, and the note that is put into it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from local.rehearsal.findings import Found
from shared.domain import wording
from shared.domain.programme import Programme
from shared.programmes import shipped
from shared.proofread import ProofReading, proofread

_EXAMPLES = "examples"


class NotFound(Exception):
    """There is no such programme; the text says which there are."""


class Refused(Exception):
    """The file has errors; the text says what is wrong."""


@dataclass(frozen=True)
class Source:
    """A programme file as it is read now."""

    path: Path
    programme: Programme
    reading: ProofReading

    @property
    def name(self) -> str:
        """How people call it: its path from here, or from anywhere."""
        here = Path.cwd()
        return self.path.relative_to(here).as_posix() if self.path.is_relative_to(here) else self.path.as_posix()


def known() -> list[Path]:
    """The files of every programme that ships, those of a deployment first."""
    found = list(shipped())
    return [*found, *sorted((found[0].parent / _EXAMPLES).glob("*.yaml"))]


def source(wanted: str) -> Source:
    """The programme of an id or a file; with nothing wanted the first that ships. Raises NotFound or Refused."""
    path = _path(wanted.strip())
    try:
        reading = proofread(path)
    except OSError as exc:
        raise NotFound(f"{path} cannot be opened: {exc.strerror or exc}") from exc
    if reading.programme is None:
        wrong = "\n".join(f"  line {one.line}, {one.subject}: {one.what} {one.mend}" for one in reading.of("error"))
        raise Refused(f"{path} has errors, so it cannot be rehearsed:\n{wrong}")
    return Source(path.resolve(), reading.programme, reading)


def _path(wanted: str) -> Path:
    files = known()
    if not wanted:
        return files[0]
    by_id = {path.stem: path for path in files}
    if wanted in by_id:
        return by_id[wanted]
    if Path(wanted).is_file():
        return Path(wanted)
    raise NotFound(f"There is no programme or file '{wanted}'. Programmes that ship: {', '.join(by_id)}.")


def settled(found: Sequence[Found], reading: ProofReading) -> tuple[list[Found], list[tuple[Found, str]]]:
    """The findings that are left, and those that somebody has read and accepted in the file, with the reasons."""
    reasons = {(one.finding, one.about): f"{one.why} ({one.by}, {one.on})" for one in reading.rehearsed.accepted}
    left = [one for one in found if (one.what, one.about) not in reasons]
    accepted: dict[tuple[str, str], tuple[Found, str]] = {}
    for one in found:
        if (one.what, one.about) in reasons:
            accepted.setdefault((one.what, one.about), (one, reasons[one.what, one.about]))
    return left, list(accepted.values())


def publish(from_file: Source, today: date) -> None:
    """Note in the file that it was rehearsed as it is now: in its section ``rehearsal``, or in a new one at the end."""
    text = from_file.path.read_text(encoding="utf-8")
    of, on = f"of: {from_file.reading.digest}", f"on: {wording.day(today)}"
    section = re.search(r"(?m)^rehearsal:[ \t]*(?:#.*)?\n(?P<body>(?:[ \t]+.*\n|[ \t]*\n|#.*\n)*)", text)
    if section is None:
        joint = "" if text.endswith("\n") else "\n"
        text += f"{joint}\n# Written by make rehearse: the file as it was rehearsed last.\nrehearsal:\n  {of}\n  {on}\n"
    else:
        # Findings that were accepted have an 'on' too, further in.
        inwards = re.search(r"(?m)^([ \t]+)\w", section["body"])
        indent = inwards[1] if inwards else "  "
        rest = re.sub(rf"(?m)^{indent}(?:of|on):.*\n", "", section["body"])
        noted = f"{indent}{of}\n{indent}{on}\n{rest}"
        text = f"{text[: section.start('body')]}{noted}{text[section.end('body') :]}"
    from_file.path.write_text(text, encoding="utf-8")
