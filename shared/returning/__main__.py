"""``python -m shared.returning FILE --programme ID --cohort NAME --keep-until DAY [--dry-run]``.

Takes people of an earlier cohort into ``EarlierParticipants``. Every problem is listed by row, and with one problem
nothing is stored unless ``--leave-out-bad-rows`` says so. Nothing that is printed holds anything about a person.
Exit status: 0 all rows are good, 1 there are problems, 2 the file or a choice cannot be used.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from shared import bootstrap
from shared.composition.root import App
from shared.domain.addresses import mailbox_of
from shared.domain.earlier import Earlier, Sheet, read_sheet
from shared.domain.programme import Programme
from shared.returning.sheets import NotASheet, rows_of
from shared.settings import SettingsProblem

GOOD, PROBLEMS, NOT_USABLE = 0, 1, 2


def options_of(programme: Programme) -> dict[str, frozenset[str]]:
    """The ids that sector and area may have."""
    return {
        field: frozenset(option.value for q in programme.questions if q.field == field for option in q.options)
        for field in ("sector", "area")
    }


def report(sheet: Sheet) -> str:
    """What was read, in words and numbers."""
    lines = [f"row {p.row}, {p.column}: {p.says}" if p.column else f"row {p.row}: {p.says}" for p in sheet.problems]
    if sheet.left_out:
        lines.append(f"Columns that are left out: {', '.join(sheet.left_out)}.")
    good, bad = len(sheet.details), len(sheet.problems)
    lines.append(f"{good} good {'row' if good == 1 else 'rows'}, {bad} {'problem' if bad == 1 else 'problems'}.")
    return "\n".join(lines)


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Read a sheet, list its problems, and store the good rows unless it is a dry run."""
    parser = argparse.ArgumentParser(prog="python -m shared.returning", description=__doc__)
    parser.add_argument("file", metavar="FILE", type=Path, help=".xlsx or .csv; the first row has the headings")
    parser.add_argument("--programme", required=True, help="a programme whose areas and sectors the sheet uses")
    parser.add_argument("--cohort", required=True, help="what the earlier cohort is called in mails")
    parser.add_argument("--keep-until", required=True, type=date.fromisoformat, help="the last day, like 2027-03-31")
    parser.add_argument("--dry-run", action="store_true", help="only list the problems")
    parser.add_argument("--leave-out-bad-rows", action="store_true", help="store the good rows all the same")
    options = parser.parse_args(arguments)
    try:
        app = app or bootstrap.get_app()
        programme = app.programmes.file(options.programme)
        if programme is None:
            return _refused(f"there is no programme '{options.programme}'")
        if options.keep_until <= app.outside.clock.now().date():
            return _refused("--keep-until must lie ahead")
        sheet = read_sheet(rows_of(options.file), options_of(programme))
    except OSError as exc:
        return _refused(f"{options.file} cannot be opened: {exc.strerror or exc}")
    except NotASheet as exc:
        return _refused(str(exc))
    except SettingsProblem as exc:
        return _refused(exc.reason)
    sys.stdout.write(f"{report(sheet)}\n")
    if options.dry_run:
        sys.stdout.write("Nothing was stored: this was a dry run.\n")
    elif sheet.problems and not options.leave_out_bad_rows:
        sys.stdout.write("Nothing was stored. Mend the rows, or leave them out with --leave-out-bad-rows.\n")
    else:
        people = [
            Earlier(details, options.cohort, options.keep_until, _known_as(app, sheet.partners.get(details.email, ())))
            for details in sheet.details
        ]
        stored, left_out = asyncio.run(_bring_in(app, people))
        sys.stdout.write(f"{stored} {'person' if stored == 1 else 'people'} stored.\n")
        if left_out:
            sys.stdout.write(f"{left_out} left out: they were erased at their own wish.\n")
    return PROBLEMS if sheet.problems else GOOD


def _known_as(app: App, partners: Sequence[str]) -> frozenset[str]:
    """What stands for those partners: their addresses are not stored."""
    return frozenset(app.earlier.pseudonym(mailbox_of(address)) for address in partners)


async def _bring_in(app: App, people: Sequence[Earlier]) -> tuple[int, int]:
    """How many were stored, and how many left out."""
    try:
        done = await app.earlier.bring_in(people)
        return done.stored, done.left_out
    finally:
        await app.outside.close()


def _refused(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return NOT_USABLE


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
