"""Every table, queue and container of the code is deployed, and nothing else; what is old is deleted in time."""

from typing import Any

from shared.adapters import exports
from shared.stores.names import ContainerName, QueueName, TableName
from tests.infra.plan import planned, worded

_STORAGE = "Microsoft.Storage/storageAccounts"
# What the Functions host keeps for itself: the package it runs, its leases and timers, its keys.
_HOST = {"deployments", "azure-webjobs-hosts", "azure-webjobs-secrets"}
# Where to add a name that the code has and the deployment does not.
_WHERE = "infra/names.bicep and shared/stores/names.py do not name the same"


def made(kind: str) -> list[str]:
    return sorted(one.name.rpartition("/")[2] for one in planned().of(f"{_STORAGE}/{kind}"))


def test_tables() -> None:
    assert made("tableServices/tables") == sorted(TableName), _WHERE


def test_queues_with_their_poison_queues() -> None:
    wanted = sorted(name for queue in QueueName for name in (queue.value, queue.poison))

    assert made("queueServices/queues") == wanted, _WHERE


def test_containers() -> None:
    assert made("blobServices/containers") == sorted([*ContainerName, *_HOST]), _WHERE


def test_the_package_lies_in_its_container() -> None:
    app = planned().one("Microsoft.Web/sites")

    assert worded(app.properties["functionAppConfig"]["deployment"]["storage"]["value"]) == "<>deployments"


def rules() -> dict[str, dict[str, Any]]:
    policy = planned().one(f"{_STORAGE}/managementPolicies").properties["policy"]
    return {rule["name"]: rule["definition"] for rule in policy["rules"] if rule["enabled"]}


def test_old_blobs_are_deleted() -> None:
    # Tombstones lie beside the exports, and must outlive them.
    for name, start in (
        ("raw-bodies", f"{ContainerName.SUBMISSIONS}/"),
        ("exports", f"{ContainerName.EXPORTS}/{exports.FOLDER}"),
    ):
        assert rules()[name]["filters"]["prefixMatch"] == [start]
        assert rules()[name]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"] > 0


def test_what_was_erased_does_not_live_on_as_an_earlier_version() -> None:
    """Versions are kept so that a mistake can be undone within the days of the recycle bin, and no longer."""
    everywhere = rules()["earlier-versions"]

    assert "prefixMatch" not in everywhere["filters"]
    assert everywhere["actions"] == {"version": {"delete": {"daysAfterCreationGreaterThan": 1}}}


def test_a_deleted_blob_can_be_brought_back_for_some_days() -> None:
    blobs = planned().one(f"{_STORAGE}/blobServices").properties

    assert blobs["isVersioningEnabled"] is True
    assert blobs["deleteRetentionPolicy"]["enabled"] is True
    assert 7 <= blobs["deleteRetentionPolicy"]["days"] <= 30
    assert blobs["deleteRetentionPolicy"] == blobs["containerDeleteRetentionPolicy"]
