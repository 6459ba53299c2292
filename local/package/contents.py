"""What of this repository is deployed."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Where Azure puts the libraries of a zip on Python's path.
SITE_PACKAGES = ".python_packages/lib/site-packages"
_FILES = ("function_app.py", "host.json", "requirements.txt")
_FOLDERS = ("functions", "shared")
# Commands for whoever has a checkout; they read workbooks with a library that is not deployed.
_NOT_DEPLOYED = ("shared/returning/", "shared/bringing.py", "shared/pairs.py", "shared/attendance.py")


def ours() -> Iterator[tuple[str, bytes]]:
    """Name in the zip and content of every file, without what Python wrote beside it."""
    for name in _FILES:
        yield name, (ROOT / name).read_bytes()
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in path.parts and not name.startswith(_NOT_DEPLOYED):
                yield name, path.read_bytes()
