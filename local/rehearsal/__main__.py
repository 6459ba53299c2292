"""``make rehearse``: plays a programme's whole year with invented people, and writes one page to read it on."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from local.rehearsal import compare
from local.rehearsal.files import NotFound, Refused, Source, publish, settled, source
from local.rehearsal.findings import by_kind, find
from local.rehearsal.page import page
from local.rehearsal.plan import COUNTS, Plan
from local.rehearsal.play import rehearse
from local.rehearsal.story import Story
from local.settings import local_folder

PLAYED, REFUSED, NOT_FOUND = 0, 1, 2
_A_FEW = 3


def main(arguments: Sequence[str]) -> int:
    """Play, write the page, say what was found. Returns the exit status."""
    asked = _parser().parse_args(arguments)
    # What the app logs is for whoever runs it; without a handler Python would print its warnings among the findings.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        plan = Plan.typed({field.name: _typed(asked, field.name) for field in fields(Plan)})
        first = source(asked.programme)
        other = source(asked.against) if asked.against else None
    except ValueError as exc:
        sys.stderr.write(f"{exc}\n")
        return REFUSED
    except (NotFound, Refused) as exc:
        sys.stderr.write(f"{exc}\n")
        return NOT_FOUND if isinstance(exc, NotFound) else REFUSED
    folder = Path(asked.folder) if asked.folder else local_folder() / "rehearsal"
    folder.mkdir(parents=True, exist_ok=True)
    story = rehearse(first.programme, plan)
    left = _write(first, story, folder)
    if other is not None:
        after = rehearse(other.programme, plan)
        _write(other, after, folder)
        file = folder / f"{first.path.stem}-and-{other.path.stem}.html"
        file.write_text(compare.page(story, after, (first.name, other.name)), encoding="utf-8")
        print(f"Side by side: {file.resolve().as_uri()}")
    if asked.publish:
        return _publish(first, left)
    return PLAYED


def _write(of: Source, story: Story, folder: Path) -> int:
    """Write the page of a rehearsal and say what was found. Returns how many findings are left."""
    left, accepted = settled(find(story, of.reading.lines), of.reading)
    file = folder / f"{of.path.stem}.html"
    file.write_text(page(story, left, file=of.name, accepted=accepted), encoding="utf-8")
    mails = sum(told.is_mail for told in story.told)
    done = f"in {story.took:.0f} seconds and at most {story.memory // 2**20} MB of memory"
    print(f"{of.programme.name}: {len(story.people)} people, {mails} mails, {done}")
    for what, some in by_kind(left).items():
        print(f"  {what}: {len(some)}")
        for one in some[:_A_FEW]:
            where = f"line {one.line}, {one.about}" if one.line else one.about
            print(f"    {one.day:%a} {one.day.day} {one.day:%b %Y}, {one.who}: {one.says} ({where})")
        if len(some) > _A_FEW:
            print(f"    and {len(some) - _A_FEW} more, on the page")
    for one, why in accepted:
        print(f"  accepted: {one.what} ({one.about}): {why}")
    print(f"The year to read: {file.resolve().as_uri()}")
    return len(left)


def _publish(of: Source, left: int) -> int:
    if left:
        sys.stderr.write(
            f"Not noted in {of.name}: {left} findings are left. Mend the file, or accept them in it:\n"
            "rehearsal:\n  accepted:\n    - {finding: , about: , by: , on: , why: }\n"
        )
        return REFUSED
    publish(of, datetime.now(UTC).date())
    print(f"Noted in {of.name} that it was rehearsed as it is.")
    return PLAYED


def _typed(asked: argparse.Namespace, name: str) -> str:
    """A choice of the command as ``Plan`` reads what is typed."""
    value = getattr(asked, name)
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.rehearsal", description=__doc__)
    default = Plan()
    parser.add_argument("programme", nargs="?", default="", help="an id, or a file; the first that ships if left out")
    parser.add_argument("--people", default=default.people, help="how many apply (%(default)s)")
    parser.add_argument("--seed", default=default.seed, help="another number gives other people (%(default)s)")
    for name in COUNTS:
        parser.add_argument(f"--{name.replace('_', '-')}", help=_HELP[name])
    for name, words in _CHANGES.items():
        parser.add_argument(f"--{name}", default=True, action=argparse.BooleanOptionalAction, help=words)
    parser.add_argument("--extended-by", default=0, metavar="DAYS", help="the closing date is put off by so many days")
    parser.add_argument("--against", default="", metavar="PROGRAMME", help="another file, to see what it changes")
    parser.add_argument("--publish", action="store_true", help="note in the file that it was rehearsed")
    parser.add_argument("--folder", default="", help="where the page is written (.local/rehearsal)")
    return parser


_HELP = {
    "slow": "managers who answer in the second week",
    "refuse": "managers who refuse",
    "hand_over": "managers who name another manager",
    "left": "managers whose address does not work any more",
    "silent_managers": "managers who never answer",
    "withdraw": "people who withdraw",
    "decline": "people who decline the partner they are offered",
    "silent": "people who never answer a check-in",
}
_CHANGES = {
    "moved": "a session is moved",
    "cancelled": "a session is cancelled",
    "dated": "sessions without a date are given one",
    "late": "somebody applies late, and is let in",
}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
