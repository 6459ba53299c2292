"""What a benchmark gives back, and how it is printed and written down."""

import json
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Below this a number is worth its decimals.
_SMALL = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison. ``met`` is None where there is no target; then the number is there to be looked at."""

    name: str
    unit: str
    ours: float
    baseline: float
    target: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.baseline if self.baseline else float("inf")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of its own, with a title."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(slots=True)
class Outcome:
    """Everything one benchmark found. ``more`` goes into the file only."""

    lines: list[Line] = field(default_factory=list)
    note: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    more: dict[str, object] = field(default_factory=dict)


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show(outcomes: Mapping[str, Outcome]) -> None:
    """Print the results as one table, then the sheets and the notes of each benchmark."""
    rows = [
        (line.name, _number(line.ours), _number(line.baseline), line.unit, f"{line.ratio:.2f}", line.target, _met(line))
        for outcome in outcomes.values()
        for line in outcome.lines
    ]
    if rows:
        say()
        _print(("measured", "ours", "baseline", "", "ratio", "target", ""), rows)
    for outcome in outcomes.values():
        for sheet in outcome.sheets:
            say(f"\n{sheet.title}")
            _print(sheet.head, sheet.rows)
    for name, outcome in outcomes.items():
        if outcome.note:
            say(textwrap.fill(f"{name}: {outcome.note}", 118, initial_indent="\n", subsequent_indent="  "))


def write(outcomes: Mapping[str, Outcome], file: Path) -> None:
    """Write the results down; those of benchmarks that were not run stay as they were."""
    try:
        known = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        known = {}
    for name, outcome in outcomes.items():
        lines = [{**asdict(line), "ratio": round(line.ratio, 3)} for line in outcome.lines]
        known[name] = {**asdict(outcome), "lines": lines}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(known, indent=2) + "\n")


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if abs(value) < _SMALL else f"{value:,.0f}"


def _met(line: Line) -> str:
    return "" if line.met is None else "ok" if line.met else "MISSED"


def _print(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, ["-" * width for width in widths], *rows):
        # Words to the left, numbers to the right.
        cells = [
            cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ]
        say(f"  {'  '.join(cells)}".rstrip())
