"""Which browser the tests drive, and what is said where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Error

from tests import browser
from tests.architecture.layers import ROOT


class Started:
    """A browser that starts, or one that cannot open a page."""

    def __init__(self, path: str, *, opens: bool) -> None:
        self.path = path
        self.opens = opens

    def new_page(self) -> Any:
        if not self.opens:
            raise Error("it crashed")
        return SimpleNamespace(goto=lambda _: None, close=lambda: None)


class Playwright:
    """As much of Playwright as launches programs, of which those named ``broken`` and ``crashing`` do not work."""

    def __init__(self, own: Path) -> None:
        self.chromium = self
        self.executable_path = str(own)
        self.environments: list[dict[str, str]] = []

    def launch(self, *, executable_path: str, env: dict[str, str], **_: Any) -> Started:
        self.environments.append(env)
        if "broken" in executable_path or ("bare" in executable_path and "LD_LIBRARY_PATH" not in env):
            raise Error("no browser")
        return Started(executable_path, opens="crashing" not in executable_path)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no browser at all; what is put into the folder is there."""
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / name) if (tmp_path / name).exists() else None)
    monkeypatch.setattr(browser, "_ELSEWHERE", ())
    monkeypatch.setattr(browser, "_UNPACKED", tmp_path / "unpacked")
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    return tmp_path


def launched(playwright: Any) -> str:
    started: Any = browser.launch(playwright)
    return str(started.path)


def test_an_installed_browser_comes_first(machine: Path) -> None:
    (machine / "google-chrome").touch()
    (machine / "own").touch()

    assert launched(Playwright(machine / "own")) == str(machine / "google-chrome")


def test_else_playwrights_own_is_taken(machine: Path) -> None:
    (machine / "own").touch()

    assert launched(Playwright(machine / "own")) == str(machine / "own")


@pytest.mark.parametrize("fault", ["broken", "crashing"])
def test_what_does_not_open_a_page_is_not_trusted(machine: Path, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_INSTALLED", (fault, "chromium"))
    (machine / fault).touch()
    (machine / "chromium").touch()

    assert launched(Playwright(machine / "own")) == str(machine / "chromium")


def test_one_that_was_fetched_gets_its_own_libraries_only_where_the_machine_has_none(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("unpacked", "bare"):
        (machine / folder).mkdir()
        (machine / folder / "chromium").touch()
    whole, bare = Playwright(machine / "own"), Playwright(machine / "own")

    assert launched(whole) == str(machine / "unpacked" / "chromium")
    monkeypatch.setattr(browser, "_UNPACKED", machine / "bare")
    assert launched(bare) == str(machine / "bare" / "chromium")

    assert ["LD_LIBRARY_PATH" in env for env in whole.environments] == [False]
    assert ["LD_LIBRARY_PATH" in env for env in bare.environments] == [False, True]


def test_without_any_it_is_said_how_to_get_one(machine: Path) -> None:
    with pytest.raises(browser.NoBrowser, match="apt-get install chromium"):
        launched(Playwright(machine / "gone"))


@pytest.mark.parametrize(
    ("system", "processor", "why"),
    [
        ("darwin", "arm64", "for Linux on x86-64"),
        ("linux", "aarch64", "for Linux on x86-64"),
        ("linux", "x86_64", "takes npm and Node"),
    ],
)
def test_where_none_can_be_fetched_it_is_said_why(
    machine: Path, monkeypatch: pytest.MonkeyPatch, system: str, processor: str, why: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: processor)

    with pytest.raises(browser.NoBrowser, match=why):
        browser.bring()


def test_a_fetch_that_fails_is_said_and_leaves_nothing_that_looks_whole(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "_FOLDER", machine)
    for name in ("npm", "node"):
        (machine / name).write_text("#!/bin/sh\nexit 1\n")
        (machine / name).chmod(0o755)

    with pytest.raises(browser.NoBrowser, match="Fetching one with npm did not work"):
        browser.bring()

    assert not (machine / "unpacked").exists()


def test_make_test_says_once_and_at_first_that_there_is_none(tmp_path: Path) -> None:
    """With nothing on the PATH at all, where nothing was fetched before: one message, and 1 as the exit status."""
    code = (
        "import sys; from pathlib import Path; from tests import browser; browser._ELSEWHERE = ();"
        "browser._UNPACKED = Path(sys.argv[1]); sys.exit(browser.main())"
    )
    environment = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}

    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "unpacked")],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr.count("none was found that starts") == 1
    assert "Traceback" not in run.stderr
