"""Counts the tests that passed for each hazard and provider, and prints them with ``--hazards``."""

from collections import Counter
from typing import Any

import pytest

from tests.hazards.table import HAZARDS, REASONS
from tests.senders import ALL

Cell = tuple[int, str]
_CELL = "hazard"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--hazards", action="store_true", help="print the table of hazards and providers")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hazard(number, ...): what the test is about; see tests/hazards/table.py")
    config.pluginmanager.register(Table(), "hazards")


def cells_of(item: pytest.Item) -> list[Cell]:
    """The cells that a test counts for."""
    callspec = getattr(item, "callspec", None)
    source = str(callspec.params["source"]) if callspec else ""
    numbers = [number for mark in item.iter_markers("hazard") for number in mark.args]
    return [(number, source) for number in numbers if (number, source) not in REASONS]


@pytest.fixture
def collected(request: pytest.FixtureRequest) -> Counter[Cell]:
    """How many tests there are for each cell."""
    return Counter(
        cell for item in request.session.items if item.get_closest_marker("hazard") for cell in cells_of(item)
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("hazard"):
            item.user_properties += [(_CELL, cell) for cell in cells_of(item)]


class Table:
    """Counts what passed, in whichever process it ran."""

    def __init__(self) -> None:
        self.passed: Counter[Cell] = Counter()
        self.failed: Counter[Cell] = Counter()

    def pytest_runtest_logreport(self, report: Any) -> None:
        for name, cell in report.user_properties:
            if name == _CELL and report.when == "call":
                (self.passed if report.passed else self.failed)[cell[0], cell[1]] += 1

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if not config.getoption("--hazards", default=False):
            return
        write = terminalreporter.write_line
        write("")
        write("Tests passed for each hazard and provider; a letter is the reason why it cannot occur there.")
        write("")
        letters: dict[str, str] = {}
        for reason in REASONS.values():
            letters.setdefault(reason, chr(ord("a") + len(letters)))
        write(f"{'':<58}" + "".join(f"{name:>12}" for name in ALL))
        for number, words in HAZARDS.items():
            cells = "".join(f"{self._cell((number, name), letters):>12}" for name in ALL)
            write(f"{number:>3} {words:<54}{cells}")
        write("")
        for reason, letter in letters.items():
            write(f"  {letter}  {reason}")
        empty = sum(
            (number, name) not in REASONS and not self.passed[number, name] for number in HAZARDS for name in ALL
        )
        write("")
        write(
            f"{len(HAZARDS)} hazards x {len(ALL)} providers: {len(self.passed)} cells tested "
            f"(passed {self.passed.total()} times, failed {self.failed.total()}), "
            f"{len(REASONS)} with a reason, {empty} empty"
        )

    def _cell(self, cell: Cell, letters: dict[str, str]) -> str:
        if cell in REASONS:
            return letters[REASONS[cell]]
        return f"{self.passed[cell]}" + (f" ({self.failed[cell]} FAILED)" if self.failed[cell] else "")
