"""``python -m shared.held ADDRESS``: where the account holds an email address, when somebody asks what is held of them.

For a manager, for somebody whose application is held back, for whoever has no page of their own: every row of every
exported table that holds the address, by table, keys and columns, and every raw form with it. Cells are not printed,
since a row can be about others too: look there. Exit status: 0 found, 1 not found.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from shared import bootstrap
from shared.composition.root import App
from shared.errors import ServiceError

_FOUND, _NOT = 0, 1
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_KEYS = ("PartitionKey", "RowKey")


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Look for an address."""
    parser = argparse.ArgumentParser(prog="python -m shared.held", description=__doc__)
    parser.add_argument("address")
    address = parser.parse_args(arguments).address.strip().casefold()
    try:
        return asyncio.run(_run(app or bootstrap.get_app(), address))
    except ServiceError as exc:
        sys.stderr.write(f"{exc.reason}\n")
        return _NOT


async def _run(app: App, address: str) -> int:
    count = 0
    try:
        for table in app.outside.extracts.tables():
            async for page in app.outside.extracts.pages(table):
                for line in page.lines:
                    count += _say_row(table, line, address)
        async for name in app.outside.bodies.received_since(_EVER):
            body = await app.outside.bodies.get(name.content)
            if body is not None and _is_in(body.data.decode(errors="replace"), address):
                sys.stdout.write(f"container submissions: {name.content} ({name.programme})\n")
                count += 1
    finally:
        await app.outside.close()
    sys.stdout.write(f"{count} places. Look into the mailbox too, and into exports of before the last night.\n")
    return _FOUND if count else _NOT


def _say_row(table: str, line: bytes, address: str) -> bool:
    row = json.loads(line)
    columns = [name for name, value in row.items() if name not in _KEYS and _is_in(str(value), address)]
    if not columns and not any(_is_in(str(row.get(key, "")), address) for key in _KEYS):
        return False
    place = ", ".join(str(row[key]) for key in _KEYS)
    sys.stdout.write(f"{table}: {place}: {', '.join(columns) or 'the key'}\n")
    return True


def _is_in(text: str, address: str) -> bool:
    text = text.casefold()
    return address in text or quote(address) in text or quote(address, safe="@") in text


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
