"""``python -m shared.pairs FILE --programme ID [--sheet NAME] [--dry-run]``.

Takes pairs out of a sheet into ``Pairs``: the sheet Pairs of the cohort's workbook, changed, or one with the columns
Mentor, Mentee (references) and Status, perhaps First day and Overruled. ``shared/bringing.py`` says what is printed.
"""

import argparse
from collections.abc import Sequence

from shared.bringing import Rows, bring, parser
from shared.composition.root import App
from shared.domain.earlier import Brought
from shared.domain.pair_sheet import read_pairs
from shared.services.base.programmes import Current


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Bring a sheet in. Returns the exit status."""
    options = parser("python -m shared.pairs", __doc__, sheet="Pairs").parse_args(arguments)
    return bring(options, _bring_in, app, stored="Stored. The next tick takes the rows up.")


async def _bring_in(app: App, current: Current, rows: Rows, options: argparse.Namespace) -> Brought:
    return await app.pair_sheets.bring_in(current, read_pairs(rows), store=not options.dry_run)


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
