"""The pages that an operator and an assessor read say what the files do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.domain import retention
from tests.architecture.layers import ROOT
from tests.infra.plan import app_settings, audiences, listed, needed, parameters, planned, snapshot
from tests.infra.test_alerts import ALERTS
from tests.infra.test_storage import rules

_STORAGE = "Microsoft.Storage/storageAccounts"
EXPORT_DAYS = rules()["exports"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]

DEPLOY, OPERATIONS, SECURITY = (
    (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("deploy", "operations", "security")
)


def section(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ") and "|---" not in line]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_who_can_read_what_is_what_is_granted() -> None:
    told = {
        re.sub("`", "", name): (set(re.findall(r"`(\w+)`", change)), set(re.findall(r"`(\w+)`", read)))
        for name, change, read in rows(section(SECURITY, "Who can read what"))
        if name.startswith("`") and name[1].isupper()
    }
    assert told == audiences(), "the table in docs/security.md and the one in infra/names.bicep"


def test_every_group_is_explained() -> None:
    explained = {row[0].strip("`") for row in rows(section(SECURITY, "Who can read what"))[1:]}
    groups = {name.removesuffix("Group") for name in parameters() if name.endswith("Group")}

    assert groups <= explained


def test_the_names_of_a_deployment_are_those_it_prints() -> None:
    outputs = set(planned().outputs)

    for name in ("FUNCTION_APP_NAME", "FUNCTION_APP_URL", "KEY_VAULT_NAME", "IDENTITY_CLIENT_ID", "IDENTITY_OBJECT_ID"):
        assert name in outputs
        assert name in DEPLOY


def test_every_alert_says_what_to_do() -> None:
    told = {
        row[0].partition("`")[2].partition("`")[0]: row
        for row in rows(section(OPERATIONS, "What each alert means"))[1:]
    }
    severities = {
        one.name.removesuffix("-mentoring-prod"): one.properties["severity"]
        for kind in ("scheduledQueryRules", "metricAlerts")
        for one in planned().of(f"Microsoft.Insights/{kind}")
    }

    assert set(told) - {""} == set(severities)
    assert set(ALERTS) <= set(severities)
    assert {name: f"({severities[name]})" for name in severities} == {
        name: row[0].rpartition(" ")[2] for name, row in told.items() if name
    }


def test_every_setting_is_explained() -> None:
    text = section(OPERATIONS, "Settings").replace("`…__", "`AzureWebJobsStorage__")
    settings = {
        name for name in app_settings(planned()) if not name.startswith(("APPLICATIONINSIGHTS", "WEBHOOK_SECRETS"))
    }
    sources = listed("modules/functionapp.bicep", "formSources")

    assert {name for name in settings - {"AzureWebJobsDisableHomepage"} if f"`{name}`" not in text} == set()
    assert {source for source in sources if f"__{source.upper()}`" not in text} == set()


@pytest.mark.parametrize(
    ("what", "days"),
    [
        ("raw forms", rules()["raw-bodies"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]),
        ("nightly exports", EXPORT_DAYS),
        ("deleted blobs", planned().one(f"{_STORAGE}/blobServices").properties["deleteRetentionPolicy"]["days"]),
        ("logs", planned().of("Microsoft.OperationalInsights/workspaces")[-1].properties["retentionInDays"]),
        ("deleted secrets", planned().one("Microsoft.KeyVault/vaults").properties["softDeleteRetentionInDays"]),
    ],
)
def test_how_long_it_is_kept(what: str, days: int) -> None:
    (row,) = [row for row in rows(section(SECURITY, "How long it is kept")) if row[0] == what]

    assert f"{days} days" in row[1]


def test_exports_are_deleted_when_the_code_says() -> None:
    assert retention.EXPORTS_ARE_KEPT.days == EXPORT_DAYS


# Looked up in the command tables of azure-cli 2.91.0. Whoever uses another one looks it up, too.
_AZ = {
    "ad group create",
    "bicep install",
    "consumption budget delete",
    "deployment group create",
    "deployment group show",
    "deployment group what-if",
    "functionapp deployment source config-zip",
    "functionapp keys list",
    "functionapp log deployment list",
    "functionapp restart",
    "functionapp show",
    "functionapp stop",
    "group create",
    "group delete",
    "keyvault purge",
    "keyvault recover",
    "keyvault secret list",
    "keyvault secret recover",
    "keyvault secret set",
    "keyvault secret show",
    "keyvault secret show-deleted",
    "lock delete",
    "lock list",
    "login",
    "provider register",
}
_COMMAND = re.compile(r"(?:^|[\s`($])az ((?:[a-z][a-z-]*(?: |\b))+)", re.MULTILINE)
_WRITTEN = [
    path
    for folder in ("docs", "infra", ".github/workflows")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".md", ".sh", ".yml", ".bicep", ".ps1"}
]


def test_every_command_of_the_azure_cli_is_one() -> None:
    used = {
        (command.strip(), path.name)
        for path in _WRITTEN
        for command in _COMMAND.findall(path.read_text(encoding="utf-8"))
    }
    unknown = {(command, name) for command, name in used if command not in _AZ}

    assert unknown == set()
    assert {command for command, _ in used} == _AZ, "no name is kept that nobody uses"


def test_what_is_deployed_from_the_pages_is_there() -> None:
    """Files, parameters and outputs that docs/deploy.md names."""
    for path in re.findall(r"(?:-f|-p) (infra/\S+)", DEPLOY):
        assert (ROOT / path).exists(), path
    given = set(re.findall(r"-p (\w+)=\S+ (\w+)=", DEPLOY)[0])
    assert given == needed("once.bicep")
    assert {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_SUBSCRIPTION_ID"} == snapshot("once").outputs
    # Every variable of a GitHub environment is named where people set them.
    workflow = (ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    variables = set(re.findall(r"vars\.(\w+)", workflow))
    assert {name for name in variables if f"`{name}`" not in DEPLOY} == set()
    for name in ("GRAPH_TENANT_ID", "GRAPH_CLIENT_ID", "GRAPH_CERTIFICATE", "REPLY_TO"):
        assert name in section(DEPLOY, "First: which tenant is the mailbox in?")


def test_the_page_on_deploying_is_short_and_begins_with_the_tenant() -> None:
    headings = re.findall(r"^## (.+)$", DEPLOY, re.MULTILINE)

    assert headings[0] == "First: which tenant is the mailbox in?"
    assert len(DEPLOY.split()) <= 1600, "three pages"


def test_the_settings_to_paste_are_all_that_a_command_needs(tmp_path: Path) -> None:
    """docs/operations.md, for restorers: with the Azure CLI as a stand-in that knows the key."""
    (block,) = re.findall(r"```sh\n(az login\n.*?)\.venv/bin/python -m shared\.settings", OPERATIONS, re.DOTALL)
    (tmp_path / "az").write_text("#!/bin/sh\n[ $1 = login ] || echo a-key-of-the-vault-with-forty-characters-\n")
    (tmp_path / "az").chmod(0o755)
    script = block.replace("STORAGE_ACCOUNT_NAME", "stmentoring").replace("KEY_VAULT_NAME", "kv-prod")
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{script}\n{sys.executable} -m shared.settings"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
