"""``python -m shared.backup list | check | export | restore | put-back | accept [--export NAME]``.

Reads and writes the storage account that the settings name. ``restore`` fills an empty account; ``put-back --table NAME
[--only TEXT]`` brings back lost rows of one table, and leaves the others alone. See ``docs/operations.md``.
Exit status: 0 done, 1 not: the words say why, and hold nothing about any person.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from shared import bootstrap
from shared.composition.root import App
from shared.errors import ServiceError

_DONE, _NOT = 0, 1
# What an administrator would miss first.
_TOLD = ("Applications", "Sessions", "Pairs")


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Do what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m shared.backup", description=__doc__)
    parser.add_argument("what", choices=("list", "check", "export", "restore", "put-back", "accept"))
    named = "a name that 'list' shows; without it the newest that lost no rows"
    parser.add_argument("--export", default="", metavar="NAME", help=named)
    parser.add_argument("--table", default="", metavar="NAME", help="put-back: which table")
    parser.add_argument("--only", default="", metavar="TEXT", help="put-back: only rows with this in their RowKey")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s")
    logging.getLogger("shared").setLevel(logging.INFO)
    try:
        return asyncio.run(_run(app or bootstrap.get_app(), options))
    except ServiceError as exc:
        sys.stderr.write(f"{exc.reason}\n")
        return _NOT


async def _run(app: App, options: argparse.Namespace) -> int:
    name = options.export
    try:
        match options.what:
            case "list":
                return await _list(app)
            case "check":
                return await _check(app, name)
            case "export":
                return await _export(app)
            case "accept":
                return await _accept(app, name)
            case "put-back":
                return await _put_back(app, options.table, options.only, name)
            case _:
                return await _restore(app, name)
    finally:
        await app.outside.close()


async def _list(app: App) -> int:
    for manifest in await app.backup.whole():
        done = manifest.finished.strftime("%H:%M:%S")
        tables = ", ".join(f"{table} {manifest.rows_of(table):,}" for table in _TOLD)
        _say(
            f"{manifest.export}  {manifest.rows:>9,} rows  {manifest.size:>12,} bytes  whole at {done} UTC  ({tables})"
        )
        if manifest.fewer:
            _say(f"    far fewer rows than before in {', '.join(manifest.fewer)}: not restored unless it is named")
    return _DONE


async def _accept(app: App, name: str) -> int:
    manifest = next((m for m in await app.backup.whole() if m.export == name), None)
    if manifest is None:
        _say("Name the export that has lost rows rightly: --export NAME, as 'list' shows it.")
        return _NOT
    await app.backup.accept(manifest)
    _say(f"{manifest.export} counts as a good one; later ones are compared with it.")
    return _DONE


async def _check(app: App, name: str) -> int:
    # Without a name the one that 'restore' would take.
    manifest = next((m for m in await app.backup.whole() if (m.export == name if name else not m.fewer)), None)
    if manifest is None:
        _say("There is no such export.")
        return _NOT
    problem = await app.backup.check(manifest)
    _say(f"{manifest.export}: {problem or f'whole, {manifest.rows:,} rows in {len(manifest.parts)} parts'}")
    return _NOT if problem else _DONE


async def _export(app: App) -> int:
    manifest = await app.backup.further(app.backup.new_export(), seconds=float("inf"))
    if manifest is None:
        return _NOT
    _say(f"{manifest.export}: {manifest.rows:,} rows, {manifest.size:,} bytes")
    return _DONE


async def _restore(app: App, name: str) -> int:
    done = await app.restorer.restore(name)
    _say(f"{done.export}: {done.rows:,} rows restored and compared; {done.left_out} people erased since are left out.")
    _say("Start the app, look through the tables, and type 'resume' in Commands. Until then nobody is written to.")
    return _DONE


async def _put_back(app: App, table: str, only: str, name: str) -> int:
    done = await app.restorer.put_back(table, only, name)
    _say(
        f"{done.export}: {done.rows:,} of the rows of {table} were lost, and are put back; the others are as they were."
    )
    return _DONE


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
