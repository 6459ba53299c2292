"""What is committed: pins with hashes, and nothing that ties the repository to one machine or registry."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT

_PIN = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)")
# Needed by the local platform or the tests, and dead weight in a cold start.
_NOT_DEPLOYED = {"azure-functions-runtime", "icalendar", "uvicorn", "pytest"}


def tracked(*patterns: str) -> list[Path]:
    run = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        pytest.skip("which files are tracked is known to git alone, and this is an unpacked archive")
    return [ROOT / name for name in run.stdout.split("\0") if name]


def pins(text: str) -> dict[str, str]:
    """What stands behind each pin: its marker and hashes."""
    return {match[1].lower(): match[3] for match in _PIN.finditer(text)}


def places(path: Path, text: str) -> list[str]:
    """Words in a lock file that say where packages come from."""
    if path.name == "package-lock.json":
        return re.findall(r'"resolved"', text)
    return re.findall(r"https?://\S+|--(?:extra-)?index-url|--find-links|--trusted-host", text)


def test_lock_files_name_no_registry() -> None:
    found = tracked("*requirements*.txt", "*requirements*.in", "*package-lock.json")
    assert {path.name for path in found} >= {"requirements.txt", "requirements.in", "package-lock.json"}

    assert {path: named for path in found if (named := places(path, path.read_text(encoding="utf-8")))} == {}


def test_no_setting_names_a_registry() -> None:
    for path in tracked("*.npmrc", "*pip.conf", "*uv.toml", "pyproject.toml", "Makefile", ".ci/*"):
        assert not re.search(r"(?i)registry\s*=|index[-_]url|extra-index", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package-lock.json", '{"packages": {"a": {"resolved": "x"}}}'),
        ("requirements.txt", "--index-url somewhere\n"),
        ("requirements.txt", "a @ https://example.org/a.whl\n"),
    ],
)
def test_a_named_place_would_be_found(name: str, text: str) -> None:
    assert places(Path(name), text)


def test_every_pin_has_a_hash() -> None:
    for path in tracked("*requirements.txt"):
        text = path.read_text(encoding="utf-8")
        found = pins(text)

        assert len(found) > 10, path
        assert [name for name, rest in found.items() if "--hash=sha256:" not in rest] == []
        # Every line is a pin, a hash or a comment: nothing is installed without one.
        others = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert [line for line in others if not _PIN.match(line)] == []


def test_a_pin_without_a_hash_would_be_found() -> None:
    text = "a==1 \\\n    --hash=sha256:00\n    # via b\nb==2\nc[x]==3 ; python_version > '3' \\\n    --hash=sha256:11\n"

    assert [name for name, rest in pins(text).items() if "--hash=" not in rest] == ["b"]


def test_every_npm_package_has_an_integrity() -> None:
    lock = json.loads((ROOT / "local" / "package-lock.json").read_text(encoding="utf-8"))

    found = {name: package for name, package in lock["packages"].items() if name and not package.get("link")}
    assert found
    assert [name for name, package in found.items() if not package.get("integrity")] == []


def test_what_is_deployed_holds_nothing_of_the_local_platform() -> None:
    deployed = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))

    assert {"azure-functions", "msgraph-sdk", "pydantic"} <= set(deployed)
    assert _NOT_DEPLOYED & set(deployed) == set()


def test_what_is_deployed_has_the_same_version_everywhere() -> None:
    versions = {
        name: {match[1].lower(): match[2] for match in _PIN.finditer((ROOT / name).read_text(encoding="utf-8"))}
        for name in ("requirements.txt", "local/requirements.txt", "tests/requirements.txt")
    }
    deployed = versions.pop("requirements.txt")

    assert {
        name: (package, version, deployed[package])
        for name, found in versions.items()
        for package, version in found.items()
        if package in deployed and deployed[package] != version
    } == {}


def test_no_private_settings_are_tracked() -> None:
    assert [path for path in tracked() if path.name in {"local.settings.json", ".env"} or path.suffix == ".pem"] == []


_LINK = re.compile(r"\]\(([^)\s]+)\)")


def dead_links(page: Path, text: str) -> list[str]:
    """Links of a page that lead to no file of the repository, or to no heading of it; a leading slash is its root."""
    return [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link) and not _leads(page, link)]


def _leads(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = ROOT / path.lstrip("/") if path.startswith("/") else page.parent / path if path else page
    return target.exists() and (not heading or heading in headings(target.read_text(encoding="utf-8")))


def headings(text: str) -> set[str]:
    """What a link into a page can name."""
    found = re.findall(r"(?m)^#+ (.+)$", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_every_link_in_the_documentation_leads_somewhere() -> None:
    pages = tracked("*.md")

    assert len(pages) > 10
    assert {page.name: dead for page in pages if (dead := dead_links(page, page.read_text(encoding="utf-8")))} == {}


def test_a_dead_link_would_be_found() -> None:
    page = ROOT / "docs" / "architecture.md"

    good = "[a](tables.md) [b](/README.md) [c](https://example.org) [d](tables.md#audit) [e](#the-rooms)"
    bad = "[f](gone.md) [g](/gone/) [h](tables.md#gone) [i](#gone)"
    assert dead_links(page, good + bad) == ["gone.md", "/gone/", "tables.md#gone", "#gone"]
