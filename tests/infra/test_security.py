"""What an assessment looks at first: no keys, nothing public that need not be, and logs without links."""

import re

import pytest

from tests.architecture.test_doors import ROUTES
from tests.infra.plan import INFRA, files, listed, parameters, planned, snapshot, worded

STORAGE = planned().one("Microsoft.Storage/storageAccounts").properties
VAULT = planned().one("Microsoft.KeyVault/vaults").properties
APP = planned().one("Microsoft.Web/sites").properties


def test_storage_opens_to_entra_id_only() -> None:
    assert STORAGE["allowSharedKeyAccess"] is False
    assert STORAGE["allowBlobPublicAccess"] is False
    assert STORAGE["defaultToOAuthAuthentication"] is True
    assert STORAGE["isLocalUserEnabled"] is False
    assert STORAGE["allowCrossTenantReplication"] is False
    containers = planned().of("Microsoft.Storage/storageAccounts/blobServices/containers")
    assert {one.properties["publicAccess"] for one in containers} == {"None"}


_KEYS = re.compile(r"list(Keys|AccountSas|ServiceSas|Secrets)\w*\(|getSecret\(|AccountKey=|SharedAccess")
# A literal behind such a name; ids of roles are none.
_LITERAL = re.compile(r"(?i)(password|secret)\w*\s*[:=]\s*'(?![0-9a-f]{8}-)[^'$@]{6,}'")


def test_nothing_asks_for_a_key_or_holds_one() -> None:
    for path in [*files(), *INFRA.rglob("*.json")]:
        text = path.read_text(encoding="utf-8")

        assert not _KEYS.search(text), path
        assert not _LITERAL.search(text), path


def test_everything_travels_encrypted() -> None:
    assert STORAGE["supportsHttpsTrafficOnly"] is True
    assert STORAGE["minimumTlsVersion"] == "TLS1_2"
    assert APP["httpsOnly"] is True
    assert (APP["siteConfig"]["minTlsVersion"], APP["siteConfig"]["scmMinTlsVersion"]) == ("1.2", "1.2")


def test_packages_are_not_deployed_with_a_password() -> None:
    ways = planned().of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")

    assert {one.short_name: one.properties["allow"] for one in ways} == {"ftp": False, "scm": False}
    storage = APP["functionAppConfig"]["deployment"]["storage"]
    assert storage["authentication"]["type"] == "UserAssignedIdentity"


def test_the_vault_is_opened_by_roles_and_cannot_be_emptied() -> None:
    assert VAULT["enableRbacAuthorization"] is True
    assert VAULT["enablePurgeProtection"] is True
    assert VAULT["softDeleteRetentionInDays"] == 90
    # A test system is torn down and made again, under the same name.
    assert snapshot("test").one("Microsoft.KeyVault/vaults").properties["enablePurgeProtection"] is None
    assert planned().of("Microsoft.KeyVault/vaults/secrets") == []


def test_logs_and_telemetry_take_no_keys_and_have_a_cap() -> None:
    assert planned().one("Microsoft.Insights/components").properties["DisableLocalAuth"] is True
    (workspace,) = [
        one for one in planned().of("Microsoft.OperationalInsights/workspaces") if "retentionInDays" in one.properties
    ]
    assert workspace.properties["features"]["disableLocalAuth"] is True
    assert workspace.properties["workspaceCapping"]["dailyQuotaGb"] >= 1


def test_what_cannot_be_made_again_cannot_be_deleted() -> None:
    locks = planned().of("Microsoft.Authorization/locks")

    assert {one.properties["level"] for one in locks} == {"CanNotDelete"}
    assert {planned().by_id(one.scope).type for one in locks} == {
        "Microsoft.Storage/storageAccounts",
        "Microsoft.KeyVault/vaults",
    }


def test_who_opened_what_is_written_down() -> None:
    watched = {
        planned().by_id(one.scope).type.rpartition("/")[2]
        for one in planned().of("Microsoft.Insights/diagnosticSettings")
    }

    assert watched == {"tableServices", "blobServices", "queueServices", "vaults", "workspaces"}


def test_data_stays_in_the_united_kingdom() -> None:
    assert "@allowed(['uksouth'])" in parameters()["location"]  # UK West has no zones for ZRS
    assert {str(one.body["location"]) for one in planned().resources if "location" in one.body} == {"uksouth", "global"}


def test_it_is_flex_consumption_with_limits() -> None:
    plan, scale = planned().one("Microsoft.Web/serverfarms"), APP["functionAppConfig"]["scaleAndConcurrency"]

    assert plan.body["sku"] == {"tier": "FlexConsumption", "name": "FC1"}
    assert APP["functionAppConfig"]["runtime"] == {"name": "python", "version": "3.13"}
    assert scale["instanceMemoryMB"] == 512
    assert scale["maximumInstanceCount"] == 40  # fewer are refused in some regions
    assert scale["triggers"]["http"]["perInstanceConcurrency"] >= 1


def test_with_a_private_network_storage_and_vault_have_no_public_door() -> None:
    private = planned(private=True)
    storage = private.one("Microsoft.Storage/storageAccounts").properties
    vault = private.one("Microsoft.KeyVault/vaults").properties

    assert {storage["publicNetworkAccess"], vault["publicNetworkAccess"]} == {"Disabled"}
    assert {storage["networkAcls"]["defaultAction"], vault["networkAcls"]["defaultAction"]} == {"Deny"}
    assert "outputs.appSubnetId.value" in private.one("Microsoft.Web/sites").properties["virtualNetworkSubnetId"]
    assert APP.get("virtualNetworkSubnetId") is None


TRANSFORMATIONS = {
    flow["streams"][0].removeprefix("Microsoft-Table-"): worded(flow["transformKql"])
    for flow in planned().one("Microsoft.Insights/dataCollectionRules").properties["dataFlows"]
}
# Part of a route that only its holder knows.
_SECRET = re.compile(r"\{(token|secret)\}")


def test_every_route_with_a_secret_in_its_path_is_filtered() -> None:
    paths = listed("modules/filter.bicep", "secretPaths")
    wanted = {f"/{route.partition('{')[0]}" for route in ROUTES if _SECRET.search(route)}

    assert set(paths) == wanted, "secretPaths in infra/modules/filter.bicep"


def test_requests_are_stored_without_their_address() -> None:
    requests = TRANSFORMATIONS["AppRequests"]

    assert requests.endswith("| project-away Url, Properties")  # the property HttpPath repeats the path
    assert 'Name = iif(Name contains "/", "no function", Name)' in requests


@pytest.mark.parametrize("table", ["AppTraces", "AppExceptions"])
def test_lines_with_a_link_are_stored_without_their_text(table: str) -> None:
    for path in listed("modules/filter.bicep", "secretPaths"):
        assert f'contains "{path}"' in TRANSFORMATIONS[table]


def test_the_transformations_keep_to_the_part_of_the_language_that_they_may_use() -> None:
    allowed = {"source", "extend", "where", "project-away"}
    functions = {"iif", "tostring", "parse_json", "split"}

    for transformation in TRANSFORMATIONS.values():
        assert {part.split()[0] for part in transformation.split(" | ")} <= allowed
        assert set(re.findall(r"(\w+)\(", re.sub(r'"[^"]*"', "", transformation))) <= functions


def test_nothing_is_logged_before_the_filter_is_in_place() -> None:
    (workspace,) = [
        one for one in planned().of("Microsoft.OperationalInsights/workspaces") if "retentionInDays" in one.properties
    ]

    assert "uniqueString('filter'" in workspace.properties["defaultDataCollectionRuleResourceId"]
    assert "outputs.id.value" in workspace.properties["defaultDataCollectionRuleResourceId"]
    assert "@onlyIfNotExists()\nresource workspace " in (INFRA / "modules" / "filter.bicep").read_text(encoding="utf-8")
    # Platform logs of HTTP requests would hold the addresses again, past the filter.
    sites = [one for one in planned().of("Microsoft.Insights/diagnosticSettings") if "Microsoft.Web" in one.scope]
    assert sites == []
