"""What of this repository is deployed."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FILES = ("function_app.py", "host.json", "requirements.txt")
_FOLDERS = ("functions", "shared")


def ours() -> Iterator[tuple[str, bytes]]:
    """Name in the zip and content of every file, without what Python wrote beside it."""
    for name in _FILES:
        yield name, (ROOT / name).read_bytes()
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_bytes()
