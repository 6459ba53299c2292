"""The stylesheet, the script and the icons of the pages, as ``local/assets`` has built them.

Their address holds a hash over all of them, so whoever has fetched one never needs to ask again.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "assets"

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, plain and compressed; ``current`` is False if it was asked for under another version's address."""

    content: bytes
    compressed: bytes
    mimetype: str
    current: bool = True


class Assets:
    """The files, read when one is first asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._compressed: dict[str, bytes] = {}

    def address(self, name: str) -> str:
        """Where a page finds the file. Raises KeyError if there is none of that name."""
        if name not in self._files:
            raise KeyError(name)
        return f"/assets/{self._version}/{name}"

    def get(self, version: str, name: str) -> Asset | None:
        """The file of that name, as it is now: while a new version is deployed, both are asked for."""
        content = self._files.get(name)
        if content is None:
            return None
        if name not in self._compressed:
            self._compressed[name] = gzip.compress(content, mtime=0)
        return Asset(content, self._compressed[name], _TYPES[Path(name).suffix], version == self._version)

    @cached_property
    def _files(self) -> Mapping[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self._folder.iterdir()) if path.suffix in _TYPES}

    @cached_property
    def _version(self) -> str:
        digests = (f"{name} {hashlib.sha256(content).hexdigest()}\n" for name, content in self._files.items())
        return hashlib.sha256("".join(digests).encode()).hexdigest()[:16]
