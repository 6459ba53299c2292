"""``python -m local.package``: make the deployment zip and say what is in it.

``--plain`` leaves the bytecode out, ``--whole`` packs all of msgraph: to compare.
"""

import argparse
import hashlib
from collections import Counter
from pathlib import Path

from local.package import archive, contents, libraries
from local.package.contents import SITE_PACKAGES
from local.settings import local_folder

_SHOWN = 12


def build(to: Path, *, folder: Path, bytecode: bool = True, whole: bool = False) -> dict[str, bytes]:
    """Make the zip. Returns the files in it by name; ``folder`` keeps the wheels for the next time."""
    files = dict(contents.ours())
    for wheel in libraries.wheels(folder / "wheels"):
        files |= {f"{SITE_PACKAGES}/{name}": content for name, content in libraries.files(wheel, whole=whole)}
    if bytecode:
        files |= archive.compiled(files) | archive.templates()
    archive.write(files, to)
    return files


def by_library(files: dict[str, bytes]) -> Counter[str]:
    """Bytes by library, this app's own under 'the app'."""
    sizes: Counter[str] = Counter()
    for name, content in files.items():
        library = name.removeprefix(f"{SITE_PACKAGES}/").split("/")[0] if name.startswith(SITE_PACKAGES) else "the app"
        sizes[library.split("-")[0].removesuffix(".libs")] += len(content)
    return sizes


def main() -> None:
    """Make it and print its size by library."""
    parser = argparse.ArgumentParser(prog="python -m local.package", description=__doc__)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--to", type=Path, help="default: package/app.zip in the folder of local data")
    asked = parser.parse_args()
    folder = local_folder() / "package"
    to = asked.to or folder / "app.zip"
    files = build(to, folder=folder, bytecode=not asked.plain, whole=asked.whole)
    sizes = by_library(files)
    for name, size in sizes.most_common(_SHOWN):
        print(f"{name:32}{size / 1e6:8.1f} MB")
    print(f"{'the other ' + str(len(sizes) - _SHOWN):32}{sum(sorted(sizes.values())[:-_SHOWN]) / 1e6:8.1f} MB")
    print(f"{'unpacked, ' + format(len(files), ',') + ' files':32}{sum(sizes.values()) / 1e6:8.1f} MB")
    print(f"{'the zip':32}{to.stat().st_size / 1e6:8.1f} MB")
    print(f"SHA-256 {hashlib.sha256(to.read_bytes()).hexdigest()}")
    print(f"Written to {to}")


if __name__ == "__main__":
    main()
