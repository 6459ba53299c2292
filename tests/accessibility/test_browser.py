import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import browser


def playwright(path: Path) -> Any:
    """As much of Playwright as says where its own browser is, or would be."""
    return SimpleNamespace(chromium=SimpleNamespace(executable_path=str(path)))


def test_an_installed_browser_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own, chrome = tmp_path / "own", tmp_path / "chrome"
    for path in (own, chrome):
        path.touch()
    monkeypatch.setattr(shutil, "which", lambda name: str(chrome) if name == "google-chrome" else None)

    assert browser.find(playwright(own)) == str(chrome)


def test_else_playwrights_own_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "own").touch()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(browser, "_ELSEWHERE", ())

    assert browser.find(playwright(tmp_path / "own")) == str(tmp_path / "own")


def test_without_any_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(browser, "_ELSEWHERE", ())

    with pytest.raises(browser.NoBrowser, match="apt-get install chromium"):
        browser.find(playwright(tmp_path / "gone"))
