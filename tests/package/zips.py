"""Makes the zip as ``make package`` does, and unpacks it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from local.package.contents import ROOT, SITE_PACKAGES


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A zip and the folder it was unpacked in."""

    zip: Path
    folder: Path
    names: frozenset[str]

    @property
    def libraries(self) -> Path:
        return self.folder / SITE_PACKAGES

    def size(self) -> int:
        """Bytes of all files, unpacked."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def made_at(to: Path, *options: str, **environment: str) -> Path:
    """The zip as the command makes it, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "local.package", "--to", str(to), *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return to


def unpack(made: Path, folder: Path) -> Unpacked:
    """Unpack a zip into a folder that is not there yet."""
    with ZipFile(made) as archive:
        archive.extractall(folder)
        return Unpacked(made, folder, frozenset(archive.namelist()))
