"""What the compiler does not look at: that parameters are explained, given everywhere, and fit what Azure takes."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.infra.plan import INFRA, files, needed, parameters, snapshot


def label(path: Path) -> str:
    return path.relative_to(INFRA).as_posix()


@pytest.mark.parametrize("path", [path for path in files() if path.suffix == ".bicep"], ids=label)
def test_every_parameter_says_what_it_is(path: Path) -> None:
    assert [name for name, text in parameters(label(path)).items() if "@description('" not in text] == []


def test_the_private_network_is_there_only_if_it_is_wanted() -> None:
    endpoints = {name: len(snapshot(name).of("Microsoft.Network/privateEndpoints")) for name in ("prod", "everything")}

    assert endpoints == {"prod": 0, "everything": 4}


def test_every_module_is_used() -> None:
    used = set(re.findall(r"'(modules/\w+\.bicep)'", (INFRA / "main.bicep").read_text(encoding="utf-8")))

    assert {label(path) for path in INFRA.glob("modules/*.bicep")} == used


def test_nobody_is_given_anything_before_their_group_is_known() -> None:
    """The test environment's snapshot knows every group; without them it gives to the app alone."""
    given = {name for name, text in parameters().items() if name.endswith("Group") and text.endswith(" = ''")}

    assert given == {name for name in parameters() if name.endswith("Group")}


@pytest.mark.parametrize("name", ["prod", "test", "everything"])
def test_no_two_resources_are_the_same(name: str) -> None:
    # The workspace is made bare, so that its filter can be made, and then again with the filter.
    made = [one for one in snapshot(name).resources if one.type != "Microsoft.OperationalInsights/workspaces"]
    ids = sorted(one.id for one in made)

    assert [id_ for id_, other in pairwise(ids) if id_ == other] == []


@pytest.mark.parametrize("path", sorted(INFRA.glob("environments/*.bicepparam")), ids=label)
def test_an_environment_gives_what_belongs_to_the_trust(path: Path) -> None:
    """Every environment reads the same variables, so that none is set in vain."""
    given = set(re.findall(r"^param (\w+) = readEnvironmentVariable\(", path.read_text(encoding="utf-8"), re.MULTILINE))
    wanted = {name for name in parameters() if name.endswith(("Group", "Email"))}

    assert given == wanted | {
        *("mailbox", "moreMailboxes", "publicBaseUrl", "connectedForms", "replyTo"),
        *("graphTenantId", "graphClientId", "graphCertificate"),
    }


def test_the_parameters_of_azd_are_those_of_the_file() -> None:
    given = json.loads((INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]

    assert needed() <= set(given) <= set(parameters())
    assert all(re.fullmatch(r"\$\{[A-Z_]+(=[a-z]*)?\}", one["value"]) for one in given.values())
    # What the file does not get, it decides by the environment's name: azd reads no environments/*.bicepparam.
    assert "environmentName == 'prod' ? 30 : 5" in parameters()["messagesPerMinute"]


def test_names_fit_what_azure_takes() -> None:
    """Storage 24 letters and digits, vault 24 characters; the environment's name may have eight."""
    for name in ("prod", "test", "everything"):
        deployment = snapshot(name)
        room = 8 - len(str(deployment.one("Microsoft.Web/sites").body["tags"]["environment"]))

        assert re.fullmatch(r"[a-z0-9]{3,24}", deployment.one("Microsoft.Storage/storageAccounts").name)
        vault = deployment.one("Microsoft.KeyVault/vaults").name
        assert re.fullmatch(r"[a-z][a-z0-9-]+", vault)
        assert len(vault) + room <= 24
        assert len(deployment.one("Microsoft.Web/sites").name) + room <= 60
    assert "@maxLength(8)" in parameters()["environmentName"]
