"""The pages that an operator and an assessor read say what the files do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.domain import retention
from tests.architecture.layers import ROOT
from tests.infra.plan import (
    GROUPS,
    INFRA,
    app_settings,
    audiences,
    grants,
    listed,
    needed,
    opened,
    parameters,
    planned,
    snapshot,
)
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
        name: (set(re.findall(r"`(\w+)`", change)), set(re.findall(r"`(\w+)`", read)))
        for names, *_, change, read in rows(section(SECURITY, "Who can read what"))
        for name in re.findall(r"`([A-Z]\w+)`", names)
    }
    assert told == audiences(), "the table in docs/security.md and the one in infra/names.bicep"


def test_every_group_is_explained() -> None:
    explained = {row[0].strip("`") for row in rows(section(SECURITY, "Who can read what"))[1:]}
    groups = {name.removesuffix("Group") for name in parameters() if name.endswith("Group")}

    assert groups <= explained


def test_what_each_group_may_open_besides_rows_is_what_is_granted() -> None:
    """Who can read, write or delete what, worked out from the Bicep files."""
    told = {
        row[0].strip("`"): row[2] for row in rows(section(SECURITY, "Who can read what")) if re.match(r"`[a-z]", row[0])
    }

    assert told == {group: opened(planned(), group) for group in GROUPS}


def test_what_the_app_may_do_is_what_is_granted() -> None:
    english = {
        name: text.split(":")[0]
        for name, text in re.findall(
            r"^  (\w+): '[0-9a-f-]{36}' // (.+)$", (INFRA / "roles.bicep").read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    called = {"tables": "each table", "queues": "each queue and its poison queue", "vaults": "the vault"}
    granted = {
        (f"`{name}`" if kind == "containers" else called.get(kind, "Application Insights"), english[role])
        for who, role, where in grants(planned())
        if who == "the app"
        for kind, _, name in [where.partition(" ")]
    }
    told = {
        (what, role.partition(" (")[0])
        for things, role in rows(section(SECURITY, "What the app may do"))[1:]
        if not things.startswith("one mailbox")
        for what in things.split(", ")
    }

    assert told == granted


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


# The commands and options that are written anywhere, looked up in azure-cli 2.91.0 (``az COMMAND --help``), with ``!``
# behind those that must be given. Whoever uses another one looks it up, too.
_AZ = {
    "account set": "--subscription!",
    "ad group create": "--display-name! --mail-nickname! --output --query",
    "bicep install": "--version",
    "consumption budget delete": "--budget-name! --resource-group",
    "deployment group create": "--name --output --parameters --query --resource-group! --template-file",
    "deployment group show": "--name! --query --resource-group!",
    "deployment group what-if": "--parameters --resource-group!",
    "functionapp deployment source config-zip": "--build-remote --name --resource-group --src!",
    "functionapp keys list": "--name! --output --query --resource-group!",
    "functionapp log deployment list": "--name! --resource-group!",
    "functionapp restart": "--name --resource-group",
    "functionapp show": "--query",
    "functionapp stop": "--name --resource-group",
    "group create": "--location! --name!",
    "group delete": "--name!",
    "keyvault purge": "--name",
    "keyvault recover": "--name",
    "keyvault secret list": "--maxresults --output --vault-name",
    "keyvault secret recover": "--name --vault-name",
    "keyvault secret set": "--encoding --file --name! --output --vault-name!",
    "keyvault secret show": "--name --output --query --vault-name",
    "keyvault secret show-deleted": "--name --output --query --vault-name",
    "lock delete": "",
    "lock list": "--resource-group",
    "login": "",
    "provider register": "--namespace! --wait",
}
_LONG = {
    "-f": "--template-file",
    "-g": "--resource-group",
    "-l": "--location",
    "-n": "--name",
    "-o": "--output",
    "-p": "--parameters",
}
# The other programs that docs/deploy.md and docs/operations.md have people run.
_OTHERS = {
    "azcopy copy": "--recursive --s2s-preserve-blob-tags",  # github.com/Azure/azure-storage-azcopy/pull/1280
    "azd env set": "",
    "azd provision": "",
    "azd up": "",
    "gh workflow run": "--ref -f",  # cli.github.com/manual/gh_workflow_run
}
_COMMAND = re.compile(
    r"""(?:^|[\s`($])(az|azcopy|azd|gh) ((?:[a-z][a-z-]*(?![\w.])(?: |\b))+)((?:"[^"\n]*"|'[^'\n]*'|[^"'`|#;)&\n])*)""",
    re.MULTILINE,
)
_OPTION = re.compile(r"(?<=\s)--?[a-z][\w-]*(?=[\s=]|$)")
_WRITTEN = [
    path
    for folder in ("docs", "infra", ".github/workflows")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".md", ".sh", ".yml", ".bicep", ".ps1"}
]


def commands(*programs: str) -> list[tuple[str, list[str], str]]:
    """Every command that is written for one of these programs, with its options and where it stands."""
    found = []
    for path in _WRITTEN:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for program, words, rest in _COMMAND.findall(text):
            if program in programs:
                named = words.strip() if program == "az" else f"{program} {words.strip()}"
                found.append((named, _OPTION.findall(f" {rest}"), path.name))
    return found


def test_every_command_of_the_azure_cli_is_one_and_has_the_options_that_it_must() -> None:
    used: dict[str, set[str]] = {}
    for command, short, name in commands("az"):
        options = {_LONG.get(option, option) for option in short}
        assert command in _AZ, (command, name)
        needed = {option.rstrip("!") for option in _AZ[command].split() if option.endswith("!")}
        # Named in a sentence, a command may stand alone.
        assert not options or needed <= options, (command, needed - options, name)
        used.setdefault(command, set()).update(options)

    assert {command: " ".join(sorted(options)) for command, options in used.items()} == {
        command: options.replace("!", "") for command, options in _AZ.items()
    }, "an option that nobody looked up, or a name that nobody uses"


@pytest.mark.parametrize(
    "wrong", ["az group create --nmae rg -l uksouth", "az group create -n rg", "az group make -n rg -l uksouth"]
)
def test_an_option_that_is_none_would_be_found(wrong: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"`{wrong}`", encoding="utf-8")
    monkeypatch.setattr(sys.modules[__name__], "_WRITTEN", [tmp_path / "page.md"])

    with pytest.raises(AssertionError, match=r"page\.md"):
        test_every_command_of_the_azure_cli_is_one_and_has_the_options_that_it_must()


def test_commands_of_other_programs_are_known() -> None:
    used: dict[str, set[str]] = {}
    for command, options, _ in commands("azcopy", "azd", "gh"):
        if not command.startswith("gh release"):  # in the workflows, where actionlint and a stand-in look at them
            used.setdefault(command, set()).update(options)

    assert {command: " ".join(sorted(options)) for command, options in used.items()} == {
        command: " ".join(sorted(options.split())) for command, options in _OTHERS.items()
    }


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
    # Printed on A4 at 10 points 1,150 words of such tables and blocks fill three pages.
    assert len(DEPLOY.split()) <= 1160, "three pages"


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
