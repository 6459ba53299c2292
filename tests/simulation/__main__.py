"""``make simulate``: 100,000 applications in one week, by the real services in virtual time; prints what they took.

Calls, executions and lateness are counted. How long a call takes and what things cost are assumptions, named below.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import quantiles

from tests.bench import report
from tests.simulation.host import DAY, SHORTEST_PAID, TIMEOUT
from tests.simulation.outside import STORAGE_CALL, Most
from tests.simulation.week import Plan, Week, simulate

_GIGABYTES = 0.5
# Flex Consumption on demand, US dollars (list price of May 2025, East US). Look it up again before telling anybody.
_DOLLARS_FOR_A_GB_SECOND = 0.000026
# An execution leaves a request and two lines of the host's own beside ours.
_BYTES_OF_A_LOG_LINE, _LINES_OF_AN_EXECUTION = 700, 3
_LATE = 15 * 60
_MINUTE = 60

# What Microsoft says of Table Storage and of Exchange Online, and what host.json and infra allow.
_PARTITION, _ACCOUNT = 2_000, 20_000
_GRAPH_IN_TEN_MINUTES, _GRAPH_AT_ONCE, _MAILS_IN_A_MINUTE = 10_000, 4, 30
_DAILY_LOG = 1_000_000_000
# Instances of one queue's function, each with a batch of four messages, and a new one when two are left.
_QUEUE_AT_ONCE = 40 * (4 + 2)


def show(week: Week) -> None:
    """Print the tables of a week."""
    applications = week.plan.applications
    closing = f"{week.closes_at:%A %d %B %H:%M} UTC"
    report.say(
        f"{applications:,} applications in one week over {week.plan.mailboxes} mailboxes, closing {closing}; "
        f"{week.busiest_hour:,} in the busiest hour. {week.took:.0f} s of processor time."
    )
    _sheet("How late mails left (minutes after they were due)", ("", "minutes"), _lateness(week))
    _sheet(
        "The latest of each kind",
        ("kind", "mails", "minutes"),
        [(kind, f"{n:,}", f"{week.latest[kind] / _MINUTE:.1f}") for kind, n in week.kinds.most_common()],
    )
    _sheet("Limits: what comes closest", ("", "most", "limit", "%", "of", "when"), limits(week))
    _sheet("Calls", ("kind", "calls", "for each application"), _each(week.calls.total, applications))
    _sheet("Calls to tables", ("table", "reads", "writes", "for each application"), _tables(week))
    executions, by_function = week.host.executions, week.calls.by_function
    _sheet(
        f"Function executions ({SHORTEST_PAID:.0f} s each at least; a storage call as {STORAGE_CALL * 1000:.0f} ms)",
        (
            "function",
            "executions",
            "for each application",
            "table reads",
            "table writes",
            "seconds paid",
            "longest s",
            "at once",
            "failed",
            "cut",
        ),
        [
            (
                *row,
                _per(by_function[row[0], "table read"], applications),
                _per(by_function[row[0], "table write"], applications),
                f"{executions.seconds[row[0]]:,.0f}",
                f"{executions.longest[row[0]]:.1f}",
                f"{executions.most_at_once[row[0]]:,}",
                f"{executions.failed[row[0]]:,}",
                f"{executions.cut[row[0]]:,}",
            )
            for row in _each(executions.count, applications)
        ],
    )
    seconds = sum(executions.seconds.values())
    paid = seconds * _GIGABYTES
    log = sum(_logged(week).values())
    _sheet(
        "Cost of executions, and what else is paid for",
        ("", ""),
        [
            ("512 MB for", f"{seconds:,.0f} s = {paid:,.0f} GB-s = ${paid * _DOLLARS_FOR_A_GB_SECOND:,.2f}"),
            ("log", f"{week.log_lines.total():,} lines of ours; with the host's about {log / 1e9:.2f} GB"),
            ("days", f"{(week.end - week.begin) / timedelta(days=1):.1f}"),
        ],
    )
    _sheet("Rows at the end", ("table", "rows"), [(name, f"{rows:,}") for name, rows in week.rows.items() if rows])
    _sheet("Applications at the end", ("status", ""), [(name, f"{n:,}") for name, n in week.statuses.most_common()])


def limits(week: Week) -> list[tuple[str, ...]]:
    """What is limited: the most that was seen, the limit, how much of it that is, of what, and when."""
    calls, executions = week.calls, week.host.executions
    longest = max(executions.longest.values(), default=0.0)
    slowest = max(executions.longest, key=executions.longest.__getitem__, default="")
    logged = Most(*max(((size, "", day * DAY) for day, size in _logged(week).items()), default=(0, "", 0.0)))
    late_at, late = max(week.lateness, key=lambda one: one[1], default=(week.begin, 0.0))
    return [
        _limit(week, "calls to one partition of a table, a second", calls.partitions.one, _PARTITION),
        _limit(week, "calls to tables, a second", calls.partitions.all, _ACCOUNT),
        _limit(week, "requests to Graph for one mailbox, ten minutes", calls.graph.one, _GRAPH_IN_TEN_MINUTES),
        _limit(week, "requests to Graph for one mailbox at once", Most(calls.most_at_once), _GRAPH_AT_ONCE),
        _limit(week, "mails and invitations of one mailbox, a minute", calls.mails.one, _MAILS_IN_A_MINUTE),
        _limit(week, "a tick, s", Most(round(executions.longest["tick"])), round(TIMEOUT)),
        _limit(week, "any function, s", Most(round(longest), slowest), round(TIMEOUT)),
        _limit(week, "mailbox workers at once", Most(executions.most_at_once["mailboxes"]), _QUEUE_AT_ONCE),
        _limit(week, "a mail's wait, s", Most(round(late), "", (late_at - week.begin).total_seconds()), _LATE),
        _limit(week, "log of a day, bytes", logged, _DAILY_LOG),
        ("rows given by queries of one partition, a second", *_seen(week, calls.rows.one, "", "")),
    ]


def _limit(week: Week, what: str, most: Most, limit: int) -> tuple[str, ...]:
    return (what, *_seen(week, most, f"{limit:,}", f"{100 * most.number / limit:.0f}"))


def _seen(week: Week, most: Most, limit: str, share: str) -> tuple[str, ...]:
    when = f"{week.begin + timedelta(seconds=most.at):%a %d %b %H:%M}" if most.at else ""
    return f"{most.number:,}", limit, share, most.of, when


def _logged(week: Week) -> Counter[int]:
    """Bytes of log by day, about."""
    lines = Counter({day: _LINES_OF_AN_EXECUTION * number for day, number in week.host.executions.by_day.items()})
    lines.update(week.log_lines)
    return Counter({day: number * _BYTES_OF_A_LOG_LINE for day, number in lines.items()})


def _tables(week: Week) -> list[tuple[str, ...]]:
    counts = week.calls.by_table
    most_first = sorted({table for table, _ in counts}, key=lambda table: -_both(counts, table))
    return [
        (
            table,
            f"{counts[table, 'table read']:,}",
            f"{counts[table, 'table write']:,}",
            _per(_both(counts, table), week.plan.applications),
        )
        for table in most_first
    ]


def _both(counts: Counter[tuple[str, str]], table: str) -> int:
    return counts[table, "table read"] + counts[table, "table write"]


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
    return [(name, f"{number:,}", _per(number, applications)) for name, number in sorted(counts.items())]


def _per(number: int, applications: int) -> str:
    return f"{number / applications:.2f}" if applications else ""


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
