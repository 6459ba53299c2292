"""The Bicep files as Microsoft's compiler sees them, where there is one; the snapshots' hashes in any case."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.infra import compiler

# On a machine that does other things too, the compiler takes its time.
pytestmark = pytest.mark.timeout(400)
needs_compiler = pytest.mark.skipif(compiler.found() is None, reason=compiler.WHY_NOT)


def test_every_change_of_the_files_has_its_snapshot() -> None:
    """Without the compiler too: whoever changes a file writes the snapshots anew."""
    assert compiler.hashes() == json.loads(compiler.MADE_FROM.read_text(encoding="utf-8")), "make infra UPDATE=1"


def test_the_compiler_is_the_one_that_wrote_the_snapshots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on GitHub's machines: one is on the PATH, and `az bicep install` puts the one that is meant beside it."""
    for folder, version in (("usr", "0.45.15"), (".azure/bin", compiler.VERSION.removeprefix("v"))):
        file = tmp_path / folder / "bicep"
        file.parent.mkdir(parents=True)
        file.write_text(f"#!/bin/sh\necho 'Bicep CLI version {version} (b34271ac51)'\n", encoding="utf-8")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "usr"))
    monkeypatch.setenv("HOME", str(tmp_path))

    assert compiler.found.__wrapped__() == str(tmp_path / ".azure" / "bin" / "bicep")
    (tmp_path / ".azure" / "bin" / "bicep").unlink()
    assert compiler.found.__wrapped__() is None


@needs_compiler
def test_the_compiler_finds_no_error_no_warning_and_no_line_to_format() -> None:
    assert list(compiler.problems()) == []


@needs_compiler
def test_the_snapshots_are_what_the_files_deploy() -> None:
    assert list(compiler.differences()) == []


@needs_compiler
def test_a_warning_and_another_form_would_be_found() -> None:
    with compiler.copied() as root:
        (root / "infra" / "small.bicep").write_text("param   unused string = ''\n", encoding="utf-8")

        found = list(compiler.problems(root, ["small"], []))

    assert any("no-unused-params" in line for line in found)
    assert "another form is usual: bicep format infra/small.bicep" in found


@needs_compiler
def test_a_changed_value_would_be_found() -> None:
    with compiler.copied() as root:
        storage = root / "infra" / "modules" / "storage.bicep"
        storage.write_text(storage.read_text(encoding="utf-8").replace("'TLS1_2'", "'TLS1_1'"), encoding="utf-8")

        assert len(list(compiler.differences(root, [Path("tests/infra/everything.bicepparam")]))) == 1


def test_what_is_asked_of_the_files_is_strict() -> None:
    text = (compiler.ROOT / "bicepconfig.json").read_text(encoding="utf-8")
    rules = json.loads(re.sub(r"(?m)^\s*//.*$", "", text))["analyzers"]["core"]["rules"]

    assert len(rules) > 40
    assert {name for name, rule in rules.items() if rule["level"] != "error"} == {
        "use-recent-api-versions",
        "use-user-defined-types",
    }


def test_the_workflows_use_the_version_that_the_tests_name() -> None:
    for name in ("deploy", "test"):
        text = (compiler.ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
        yaml.safe_load(text)

        assert re.findall(r"az bicep install --version (\S+)", text) == [compiler.VERSION]
