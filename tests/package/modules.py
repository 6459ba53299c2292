"""Which modules the app asks for, and which of msgraph are really loaded.

Answers of Graph are read as JSON and never as msgraph's models, so what is loaded does not depend on what Graph sends;
refusals are read as one model, whose parts the contracts load too.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from local.package import contents
from local.package.contents import ROOT

_CONTRACTS = ("test_calendar.py", "test_mailbox.py", "test_inbox.py", "test_graph_trouble.py")
# What that process is told. Not PYTHONPATH: its Graph stand-in checks requests with all of msgraph.
_INTO, _FROM = "MSGRAPH_MODULES_FILE", "PACKED_LIBRARIES"


def imported_by_the_app() -> set[str]:
    """The name of every module that any line of the app imports, at the top or when it is needed."""
    found = set()
    for source in (content for name, content in contents.ours() if name.endswith(".py")):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module)
            elif isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
    return found


def loaded_by_the_contracts(into: Path, *, libraries: Path | None = None) -> list[str]:
    """Run every contract of Graph in a process of its own and give the modules of msgraph it loaded.

    ``libraries`` come before those of this checkout. Raises AssertionError if a contract fails.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.package.modules"),
            *(str(ROOT / "tests" / "contract" / name) for name in _CONTRACTS),
        ],
        cwd=ROOT,
        env={**os.environ, _INTO: str(into), **({_FROM: str(libraries)} if libraries else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return into.read_text().split()


def pytest_configure() -> None:
    """As a plugin of that process: take the packed libraries."""
    if _FROM in os.environ:
        sys.path.insert(0, os.environ[_FROM])


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish() -> Generator[None]:
    """As a plugin of that process: write down what was loaded."""
    yield
    names = sorted(name for name in sys.modules if name.partition(".")[0] == "msgraph")
    Path(os.environ[_INTO]).write_text("\n".join(names) + "\n")
