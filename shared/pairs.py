"""``python -m shared.pairs FILE --programme ID [--sheet NAME] [--dry-run]``.

Takes pairs out of a sheet into ``Pairs``: the sheet Pairs of the cohort's workbook, changed, or one with the columns
Mentor, Mentee (references) and Status, perhaps First day and Overruled. Every problem is listed by row, and with one
problem nothing is stored. Nothing that is printed holds anything about a person but references.
Exit status: 0 all rows are good, 1 there are problems, 2 the file or a choice cannot be used.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from shared import bootstrap
from shared.composition.root import App
from shared.domain.pair_sheet import PairSheet, read_pairs
from shared.returning.sheets import NotASheet, rows_of
from shared.services.pairs.sheets import Brought
from shared.settings import SettingsProblem

GOOD, PROBLEMS, NOT_USABLE = 0, 1, 2


def report(brought: Brought) -> str:
    """What was found, in words and numbers."""
    lines = [f"row {p.row}, {p.column}: {p.says}" if p.column else f"row {p.row}: {p.says}" for p in brought.problems]
    count = len(brought.problems)
    lines.append(
        f"{brought.new} new, {brought.changed} changed, {brought.same} as they were, "
        f"{count} {'problem' if count == 1 else 'problems'}."
    )
    return "\n".join(lines)


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Read a sheet, list its problems, and write what differs unless it is a dry run."""
    parser = argparse.ArgumentParser(prog="python -m shared.pairs", description=__doc__)
    parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv")
    parser.add_argument("--programme", required=True, help="whose pairs they are")
    parser.add_argument("--sheet", default="Pairs", help="which sheet of a workbook; the first, if none is called so")
    parser.add_argument("--dry-run", action="store_true", help="only list the problems, and what would be written")
    options = parser.parse_args(arguments)
    try:
        app = app or bootstrap.get_app()
        sheet = read_pairs(rows_of(options.file, sheet=options.sheet))
        brought = asyncio.run(_bring_in(app, options.programme, sheet, store=not options.dry_run))
    except OSError as exc:
        return _refused(f"{options.file} cannot be opened: {exc.strerror or exc}")
    except NotASheet as exc:
        return _refused(str(exc))
    except SettingsProblem as exc:
        return _refused(exc.reason)
    if brought is None:
        return _refused(f"there is no programme '{options.programme}'")
    sys.stdout.write(f"{report(brought)}\n")
    if options.dry_run:
        sys.stdout.write("Nothing was stored: this was a dry run.\n")
    elif brought.problems:
        sys.stdout.write("Nothing was stored. Mend the rows, then bring the sheet again.\n")
    else:
        sys.stdout.write("Stored. The next tick takes the rows up.\n")
    return PROBLEMS if brought.problems else GOOD


async def _bring_in(app: App, programme: str, sheet: PairSheet, *, store: bool) -> Brought | None:
    try:
        current = await app.programmes.current(programme)
        return await app.pair_sheets.bring_in(current, sheet, store=store) if current else None
    finally:
        await app.outside.close()


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_USABLE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
