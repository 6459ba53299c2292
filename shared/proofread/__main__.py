"""``python -m shared.proofread FILE...``: what is wrong with programme files, and what they come to.

Exit status: 0 every file can be used (sessions may be held back), 1 one has errors, 2 one cannot be opened.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.domain import wording
from shared.domain.programme import Programme, Session, SessionGroup
from shared.proofread import ProofReading, Severity, proofread

USABLE, REFUSED, NOT_OPENED = 0, 1, 2
HEADINGS: dict[Severity, str] = {
    "error": "Errors: the file is refused until they are mended",
    "held back": "Held back: left out until mended, the rest of the programme runs",
    "warning": "Warnings: nothing stops, but someone should look",
}


def _when(group: SessionGroup, session: Session, programme: Programme) -> str:
    if group.recurring and not session.printed:
        return f"{group.recurs}, this one when it has a date"
    if session.starts_at is None or session.ends_at is None:
        return f"printed as '{session.printed}'"
    return wording.times(session.starts_at, session.ends_at, programme.tz)


def _summary(programme: Programme) -> Iterator[str]:
    cohort = f", cohort {programme.cohort}" if programme.cohort else ""
    yield f"  {programme.name}{cohort} ({programme.id})"
    opens, closes = programme.opens_at, programme.closes_at
    opening = wording.day(opens.astimezone(programme.tz)) if opens else "no date is set"
    closing = wording.moment(closes, programme.tz) if closes else "no date is set"
    yield f"    Applications open: {opening}"
    yield f"    Applications close: {closing}"
    yield "  Time to be released"
    for role in programme.roles.values():
        optional = sum(item.minutes for item in role.commitments if item.optional)
        more = f", and up to {wording.length(optional)} that is optional" if optional else ""
        needed = "not said" if role.total_minutes is None else wording.length(role.total_minutes)
        yield f"    {role.title}: {needed}{more}"
    yield from _pairing(programme)
    sessions = [session for group in programme.groups for session in group.sessions]
    yield f"  Sessions: {len(sessions)}, {sum(session.takes_place for session in sessions)} with a time"
    for group in programme.groups:
        for session in group.sessions:
            yield f"    {session.id}: {_when(group, session, programme)} ({session.status})"


def _pairing(programme: Programme) -> Iterator[str]:
    rules, fields = programme.matching, {question.field for question in programme.questions}
    asked = programme.pairing
    yield "  Pairs"
    yield f"    Must: {wording.listed(list(asked.must))}"
    wishes = [f"{wish.rule} ({wish.weight})" for wish in asked.wishes]
    yield f"    Wished, 3 is the worst to break: {wording.listed(wishes) or 'nothing'}"
    off = [rule for rule in rules.not_asked(fields) if rule in rules.must]
    if off:
        yield f"    Off, since the form does not ask: {wording.listed(off)}"
    days = rules.days_to_say_no
    yield f"    Both can say no for: {f'{days} days' if days else 'no time, a published pair is confirmed'}"


def _report(path: Path, reading: ProofReading) -> Iterator[str]:
    yield str(path)
    for severity, heading in HEADINGS.items():
        found = reading.of(severity)
        if found:
            yield f"  {heading}"
        for finding in found:
            yield f"    line {finding.line}, {finding.subject}"
            yield f"      {finding.what}"
            yield f"      To mend: {finding.mend}"
    for accepted in reading.accepted:
        yield f"  Accepted by {accepted.by} on {accepted.on}: {accepted.finding.what} {accepted.why}"
    if reading.programme is not None:
        yield from _summary(reading.programme)
    counts = {severity: len(reading.of(severity)) for severity in HEADINGS}
    verdict = "refused" if reading.programme is None else "can be used"
    yield (
        f"  Result: {verdict}. Errors: {counts['error']}. "
        f"Held back: {counts['held back']}. Warnings: {counts['warning']}."
    )


def main(arguments: Sequence[str]) -> int:
    """Proof-read each file and answer with the exit status of the worst."""
    parser = argparse.ArgumentParser(prog="python -m shared.proofread", description="Proof-read programme files.")
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true", help="print the findings as a JSON list")
    options = parser.parse_args(arguments)
    status, findings = USABLE, []
    for path in options.files:
        try:
            reading = proofread(path)
        except OSError as exc:
            sys.stderr.write(f"{path} cannot be opened: {exc.strerror or exc}\n")
            status = NOT_OPENED
            continue
        if reading.programme is None:
            status = max(status, REFUSED)
        findings += [finding.as_dict() for finding in reading.findings]
        if not options.json:
            sys.stdout.write("\n".join(_report(path, reading)) + "\n")
    if options.json:
        sys.stdout.write(json.dumps(findings, indent=1) + "\n")
    return status


if __name__ == "__main__":
    # A terminal that cannot show a letter gets its code, not a crash.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    raise SystemExit(main(sys.argv[1:]))
