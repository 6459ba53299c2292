"""The pages that an operator and an assessor read say what the files do."""

import re

import pytest

from shared.domain import retention
from tests.architecture.layers import ROOT
from tests.infra.plan import app_settings, audiences, listed, parameters, planned
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
