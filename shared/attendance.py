"""``python -m shared.attendance FILE --programme ID [--session ID] [--sheet NAME] [--dry-run]``.

Takes who came to a session out of a sheet into ``Bookings``: the sheet Attendance of the cohort's workbook, filled in,
or a trainer's own with the columns Attended (Yes or No), Reference or Email, and Session, unless ``--session`` names
the one that it is about. Empty cells change nothing. ``shared/bringing.py`` says what is printed.
"""

import argparse
from collections.abc import Sequence

from shared.bringing import Rows, bring, parser
from shared.composition.root import App
from shared.domain.earlier import Brought
from shared.services.base.programmes import Current


def main(arguments: Sequence[str], app: App | None = None) -> int:
    """Bring a sheet in. Returns the exit status."""
    choices = parser("python -m shared.attendance", __doc__, sheet="Attendance")
    choices.add_argument("--session", default="", help="which session a sheet is about that does not say so")
    return bring(choices.parse_args(arguments), _bring_in, app, stored="Stored.")


async def _bring_in(app: App, current: Current, rows: Rows, options: argparse.Namespace) -> Brought:
    return await app.attendance.bring_in(current, rows, session=options.session, store=not options.dry_run)


if __name__ == "__main__":
    import sys

    raise SystemExit(main(sys.argv[1:]))
