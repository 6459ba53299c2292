"""What the commands share that bring a sheet back into a table: pairs and attendance.

Every problem is listed by row, and with one problem nothing is stored. Nothing that is printed holds anything about a
person but references. Exit status: 0 all rows are good, 1 there are problems, 2 the file or a choice cannot be used.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from shared import bootstrap
from shared.composition.root import App
from shared.domain.earlier import Brought
from shared.returning.sheets import NotASheet, rows_of
from shared.services.base.programmes import Current
from shared.settings import SettingsProblem

GOOD, PROBLEMS, NOT_USABLE = 0, 1, 2

type Rows = Iterable[Sequence[str]]
type BringIn = Callable[[App, Current, Rows, argparse.Namespace], Awaitable[Brought]]


def parser(prog: str, about: str | None, *, sheet: str) -> argparse.ArgumentParser:
    """The choices that each of the commands has."""
    made = argparse.ArgumentParser(prog=prog, description=about)
    made.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv")
    made.add_argument("--programme", required=True, help="whose people they are")
    made.add_argument("--sheet", default=sheet, help="which sheet of a workbook; the first, if none is called so")
    made.add_argument("--dry-run", action="store_true", help="only list the problems, and what would be written")
    return made


def bring(options: argparse.Namespace, bring_in: BringIn, app: App | None, *, stored: str) -> int:
    """Read a sheet, list its problems, and write what differs unless it is a dry run. ``stored`` says what is next."""
    try:
        brought = asyncio.run(_bring(app or bootstrap.get_app(), options, bring_in))
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
        sys.stdout.write(f"{stored}\n")
    return PROBLEMS if brought.problems else GOOD


def report(brought: Brought) -> str:
    """What was found, in words and numbers."""
    lines = [f"row {p.row}, {p.column}: {p.says}" if p.column else f"row {p.row}: {p.says}" for p in brought.problems]
    count = len(brought.problems)
    lines.append(
        f"{brought.new} new, {brought.changed} changed, {brought.same} as they were, "
        f"{count} {'problem' if count == 1 else 'problems'}."
    )
    return "\n".join(lines)


async def _bring(app: App, options: argparse.Namespace, bring_in: BringIn) -> Brought | None:
    try:
        current = await app.programmes.current(options.programme)
        return await bring_in(app, current, rows_of(options.file, sheet=options.sheet), options) if current else None
    finally:
        await app.outside.close()


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_USABLE
