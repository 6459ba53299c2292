"""Microsoft's Bicep compiler, where it is found, and what it makes of the files: errors, form, and snapshots.

A snapshot is every resource as Azure would be asked for it. Snapshots are committed, so that a change is read as what
it deploys; beside them stands from which files they were made, so that a forgotten one is noticed without the compiler.
"""

import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.infra import plan

ROOT = plan.INFRA.parent
HERE = Path(__file__).parent
SNAPSHOTS = HERE / "snapshots"
MADE_FROM = SNAPSHOTS / "made-from.json"
VERSION = "v0.49.2"
WHY_NOT = (
    f"Bicep {VERSION} is neither on the PATH nor where the Azure CLI installs it, so the files were compared with "
    f"their snapshots by hash, and nothing was compiled; `az bicep install --version {VERSION}`, or "
    "https://github.com/Azure/bicep/releases"
)
PARAMETERS = [
    *(path.relative_to(ROOT) for path in sorted(plan.INFRA.glob("environments/*.bicepparam"))),
    Path("tests/infra/everything.bicepparam"),
    Path("tests/infra/once.bicepparam"),
]
# What belongs to a trust: made up here. The id of a group is its name.
_TRUST = {
    "MAILBOX": "mentoring@example.nhs.uk",
    "MORE_MAILBOXES": "",
    "ADMIN_EMAIL": "equality.team@example.nhs.uk",
    "OPERATOR_EMAIL": "operators@example.nhs.uk",
    "GRAPH_TENANT_ID": "",
    "GRAPH_CLIENT_ID": "",
    "GRAPH_CERTIFICATE": "",
    "REPLY_TO": "",
    "PUBLIC_BASE_URL": "",
    "CONNECTED_FORMS": "msforms",
    "ADMINISTRATORS_GROUP": "administrators",
    "MATCHERS_GROUP": "matchers",
    "ACCESS_ARRANGERS_GROUP": "accessArrangers",
    "CONTACTS_GROUP": "contacts",
    "AUDITORS_GROUP": "auditors",
    "OPERATORS_GROUP": "operators",
    "SECRET_KEEPERS_GROUP": "secretKeepers",
    "RESTORERS_GROUP": "restorers",
}


@functools.cache
def found() -> str | None:
    """The compiler: on the PATH, or where the Azure CLI installs it.

    Another version warns of other things and writes another snapshot. GitHub's machines have one on the PATH.
    """
    installed = Path.home() / ".azure" / "bin" / "bicep"
    for path in (shutil.which("bicep"), str(installed) if installed.exists() else None):
        if path and f" {VERSION.removeprefix('v')} " in _run("--version", compiler=path).stdout:
            return path
    return None


@contextlib.contextmanager
def copied(root: Path = ROOT) -> Iterator[Path]:
    """The files in a folder of their own, since the compiler writes beside what it reads."""
    with tempfile.TemporaryDirectory() as name:
        for folder in ("infra", "tests/infra"):
            shutil.copytree(root / folder, Path(name) / folder, ignore=shutil.ignore_patterns("*.py", "snapshots"))
        shutil.copyfile(root / "bicepconfig.json", Path(name) / "bicepconfig.json")
        yield Path(name)


def problems(
    root: Path = ROOT, of: Sequence[str] = ("main", "once"), parameters: Sequence[Path] = PARAMETERS
) -> Iterator[str]:
    """What is wrong with the files: errors, warnings, and lines that the compiler would write another way."""
    with copied(root) as copy:
        told = []
        for name in of:
            said = _run("lint", str(copy / "infra" / f"{name}.bicep"))
            told += (said.stdout + said.stderr).splitlines()
        for path in parameters:
            told += _run("build-params", str(copy / path), "--stdout").stderr.splitlines()
        yield from (line.replace(f"{copy}/", "") for line in told if line.strip())
        for kind in ("bicep", "bicepparam"):
            _run("format", "--pattern", f"{copy}/**/*.{kind}")
        for path in sorted(copy.rglob("*.bicep*")):
            original = root / path.relative_to(copy)
            if original.suffix != ".json" and path.read_bytes() != original.read_bytes():
                yield f"another form is usual: bicep format {path.relative_to(copy)}"


def snapshots(root: Path = ROOT, of: Sequence[Path] = PARAMETERS) -> dict[str, str]:
    """Every resource that each file of parameters would deploy, as text."""
    made = {}
    with copied(root) as copy:
        for path in of:
            done = _run(
                *("snapshot", str(copy / path), "--mode", "overwrite", "--location", "uksouth"),
                *("--subscription-id", "00000000-0000-0000-0000-000000000000"),
                # What is made once is made where production will be.
                *("--resource-group", f"rg-mentoring-{'prod' if path.stem == 'once' else path.stem}"),
            )
            written = (copy / path).with_suffix(".snapshot.json")
            if not written.exists():
                raise AssertionError(done.stdout + done.stderr)
            # Sorted, because the compiler writes the outputs in another order each time.
            found = json.loads(written.read_text(encoding="utf-8"))
            made[path.stem] = json.dumps(found, indent=1, sort_keys=True) + "\n"
    return made


def committed(name: str) -> Path:
    """Where the snapshot of a file of parameters lies."""
    return SNAPSHOTS / f"{name}.json"


def differences(root: Path = ROOT, of: Sequence[Path] = PARAMETERS) -> Iterator[str]:
    """Which committed snapshots are not what the files deploy now."""
    for name, text in snapshots(root, of).items():
        if not committed(name).exists() or committed(name).read_text(encoding="utf-8") != text:
            yield f"{name} would be deployed otherwise: make infra UPDATE=1, and read the difference"


def update() -> None:
    """Write the snapshots anew, and what they were made from."""
    SNAPSHOTS.mkdir(exist_ok=True)
    for name, text in snapshots().items():
        committed(name).write_text(text, encoding="utf-8")
    MADE_FROM.write_text(json.dumps(hashes(), indent=1) + "\n", encoding="utf-8")


def hashes() -> dict[str, str]:
    """Every file that decides about a snapshot, and the snapshots themselves."""
    paths = {*plan.files(), *(ROOT / one for one in PARAMETERS), *(committed(one.stem) for one in PARAMETERS)}
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
        if path.exists()
    }


def _run(*arguments: str, compiler: str | None = None) -> subprocess.CompletedProcess[str]:
    compiler = compiler or found()
    assert compiler, WHY_NOT
    environment = {**os.environ, **_TRUST, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    return subprocess.run([compiler, *arguments], capture_output=True, text=True, env=environment, check=False)
