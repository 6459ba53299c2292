"""The pinned libraries as Azure's Linux needs them, and the part of msgraph that is used.

msgraph brings a class for everything in Microsoft 365: 16,000 files, of which the adapters load some fifty. Only those
are packed. ``make trim`` writes their list anew; the tests run every Graph contract against the packed ones.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from local.package.contents import ROOT

REQUIREMENTS = ROOT / "requirements.txt"
KEPT_OF_MSGRAPH = Path(__file__).parent / "msgraph-modules.txt"
# What Azure's images of Python 3.13 can load (glibc 2.36).
_PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64")
# Of an installed library's papers: what installers write for themselves.
_PAPERS = frozenset({"RECORD", "INSTALLER", "REQUESTED"})


def wheels(folder: Path) -> list[Path]:
    """Fetch the wheels that ``requirements.txt`` pins, checked against its hashes; kept for the next time."""
    pins = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    wanted, done = folder / pins, folder / pins / "complete"
    if not done.exists():
        wanted.mkdir(parents=True, exist_ok=True)
        platforms = [word for platform in _PLATFORMS for word in ("--platform", platform)]
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-qq", "--no-deps"),
                *("--require-hashes", "--only-binary=:all:", "--python-version", "3.13", "--implementation", "cp"),
                *("-r", str(REQUIREMENTS), "-d", str(wanted), *platforms),
            ],
            check=True,
        )
        done.touch()
    return sorted(wanted.glob("*.whl"))


def files(wheel: Path, *, whole: bool = False) -> Iterator[tuple[str, bytes]]:
    """Name below site-packages and content of what is packed of a wheel; ``whole`` leaves nothing of msgraph out."""
    kept = None if whole else _msgraph()
    with ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            path = PurePosixPath(name)
            if name.endswith("/") or path.parts[0].endswith(".data") or path.name in _PAPERS:
                continue
            if path.parts[0] == "msgraph" and kept is not None and name not in kept:
                continue
            yield name, archive.read(name)


def _msgraph() -> frozenset[str]:
    modules = KEPT_OF_MSGRAPH.read_text().split()
    paths = [module.replace(".", "/") for module in modules]
    return frozenset(name for path in paths for name in (f"{path}.py", f"{path}/__init__.py"))
