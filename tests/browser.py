"""Finds a Chromium to drive: an installed one, else the one that Playwright brings."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

_INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
# macOS and Windows put browsers where no PATH leads.
_ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# No sandbox: containers, and CI as root, have none. Nothing but our own pages on this machine is opened. The rest keeps
# the browser from calling home.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class NoBrowser(Exception):
    """There is no Chromium on this machine; the text says how to get one."""

    def __init__(self) -> None:
        super().__init__(
            "These tests drive Chromium, and none was found. Install it: 'apt-get install chromium' on Debian and "
            "Ubuntu, Google Chrome elsewhere, or '.venv/bin/python -m playwright install chromium' anywhere."
        )


def find(playwright: Playwright) -> str:
    """The path of a Chromium, or of a browser made of it. Raises NoBrowser."""
    found = next((path for name in _INSTALLED if (path := shutil.which(name))), None)
    candidates = (found, *_ELSEWHERE, playwright.chromium.executable_path)
    path = next((path for path in candidates if path and Path(path).is_file()), None)
    if path is None:
        raise NoBrowser
    return path


def launch(playwright: Playwright) -> Browser:
    """A browser without a window. Raises NoBrowser."""
    return playwright.chromium.launch(executable_path=find(playwright), args=list(_ARGUMENTS))
