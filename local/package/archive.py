"""Writes the zip: sorted, without times or modes of this machine, with bytecode that needs no check against its source.

Azure mounts the package read-only, so what is not compiled here is compiled again at every cold start.
"""

import importlib.util
from collections.abc import Mapping
from importlib._bootstrap_external import _code_to_hash_pyc  # type: ignore[attr-defined] # no public way exists
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from local.package.contents import ROOT, SITE_PACKAGES
from shared.adapters.compiled import FOLDER as COMPILED
from shared.adapters.rendering import JinjaRenderer

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
# Where the package lies in Azure: what tracebacks name.
_AT = PurePosixPath("/home/site/wwwroot")


def compiled(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The bytecode of every Python file that compiles, by the name that Python 3.13 looks for."""
    found = {}
    for name, source in files.items():
        if name.endswith(".py"):
            try:
                code = compile(source, str(_AT / name), "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue  # templates of code that some libraries ship; nobody imports them
            path = PurePosixPath(name)
            cached = path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"
            found[str(cached)] = bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))
    return found


def templates() -> dict[str, bytes]:
    """The bytecode of every template, by the name under which the app looks for it."""
    folder = COMPILED.relative_to(ROOT).as_posix()
    return {f"{folder}/{name}": code for name, code in JinjaRenderer().compiled(_AT, _AT / SITE_PACKAGES)}


def write(files: Mapping[str, bytes], to: Path) -> None:
    """Write the files, by name, into a zip that the same files always give."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(to, "w") as archive:
        for name in sorted(files):
            info = ZipInfo(name, _NO_TIME)
            info.compress_type, info.external_attr, info.create_system = ZIP_DEFLATED, _READABLE, 3
            archive.writestr(info, files[name], compresslevel=9)
