"""Prints how many times the Exchange administrator's scripts were run."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.infra import shell

_RUNS = "runs of a script"


@pytest.fixture(scope="module")
def powershell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[shell.PowerShell]:
    """A PowerShell with the stand-ins in it."""
    started = shell.PowerShell(tmp_path_factory.mktemp("powershell"))
    yield started
    started.close()


@pytest.fixture
def play(
    powershell: shell.PowerShell, record_property: Callable[[str, object], None]
) -> Callable[[Sequence[shell.Run]], list[shell.Result]]:
    """Run scripts in a real PowerShell, and count them."""

    def counted(runs: Sequence[shell.Run]) -> list[shell.Result]:
        record_property(_RUNS, len(runs))
        return powershell.play(runs)

    return counted


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """In whichever process they ran."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    runs = sum(number for report in reports for name, number in report.user_properties if name == _RUNS)
    if runs:
        terminalreporter.write_line(f"The Exchange scripts were run {runs} times in PowerShell.")
