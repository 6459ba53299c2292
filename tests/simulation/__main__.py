"""``make simulate``: 100,000 applications in one week, by the real services in virtual time; prints what they took.

Calls, executions and lateness are counted. How long a call takes and what things cost are assumptions, named below.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from statistics import quantiles

from tests.bench import report
from tests.simulation.host import SHORTEST_PAID, STORAGE_CALL
from tests.simulation.week import Plan, Week, simulate

_GIGABYTES = 0.5
# Flex Consumption on demand, US dollars (list price of May 2025, East US). Look it up again before telling anybody.
_DOLLARS_FOR_A_GB_SECOND = 0.000026
_BYTES_OF_A_LOG_LINE = 700
_LATE = 15 * 60
_MINUTE = 60


def show(week: Week) -> None:
    """Print the tables of a week."""
    applications = week.plan.applications
    closing = f"{week.closes_at:%A %d %B %H:%M} UTC"
    report.say(
        f"{applications:,} applications in one week over {week.plan.mailboxes} mailboxes, closing {closing}; "
        f"{week.busiest_hour:,} in the busiest hour. {week.took:.0f} s of processor time."
    )
    _sheet("How late mails left (minutes after they were due)", ("", "minutes"), _lateness(week))
    _sheet("Calls", ("kind", "calls", "for each application"), _each(week.calls.total, applications))
    executions = week.host.executions
    _sheet(
        f"Function executions ({SHORTEST_PAID:.0f} s each at least; a storage call as {STORAGE_CALL * 1000:.0f} ms)",
        ("function", "executions", "for each application", "seconds paid", "longest s", "failed"),
        [
            (
                *row,
                f"{executions.seconds[row[0]]:,.0f}",
                f"{executions.longest[row[0]]:.1f}",
                f"{executions.failed[row[0]]:,}",
            )
            for row in _each(executions.count, applications)
        ],
    )
    seconds = sum(executions.seconds.values())
    paid = seconds * _GIGABYTES
    _sheet(
        "Cost of executions, and what else is paid for",
        ("", ""),
        [
            ("512 MB for", f"{seconds:,.0f} s = {paid:,.0f} GB-s = ${paid * _DOLLARS_FOR_A_GB_SECOND:,.2f}"),
            ("log", f"{week.log_lines:,} lines, about {week.log_lines * _BYTES_OF_A_LOG_LINE / 1e9:.2f} GB"),
            ("most calls to Graph at once", f"{week.calls.most_at_once:,}"),
        ],
    )
    _sheet("Rows at the end", ("table", "rows"), [(name, f"{rows:,}") for name, rows in week.rows.items() if rows])
    _sheet("Applications at the end", ("status", ""), [(name, f"{n:,}") for name, n in week.statuses.most_common()])


def _lateness(week: Week) -> list[tuple[str, str]]:
    late = [seconds for _, seconds in week.lateness]
    cuts = quantiles(late, n=100) if len(late) > 1 else [0.0] * 99
    over = sum(seconds > _LATE for seconds in late)
    return [
        ("mails", f"{len(late):,}"),
        ("median", f"{cuts[49] / _MINUTE:.1f}"),
        ("95 of 100", f"{cuts[94] / _MINUTE:.1f}"),
        ("the latest", f"{max(late, default=0) / _MINUTE:.1f}"),
        ("over 15 minutes", f"{over:,}"),
    ]


def _each(counts: Mapping[str, int], applications: int) -> list[tuple[str, ...]]:
    return [(name, f"{number:,}", f"{number / applications:.2f}") for name, number in sorted(counts.items())]


def _sheet(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    report.show({title: report.Outcome(sheets=[report.Sheet(title, head, rows)])})


def main() -> int:
    """Play it and print it."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--applications", type=int, default=plan.applications)
    parser.add_argument("--mailboxes", type=int, default=plan.mailboxes)
    asked = parser.parse_args()
    show(simulate(Plan(asked.applications, asked.mailboxes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
