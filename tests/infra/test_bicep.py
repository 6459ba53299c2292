"""The Bicep files can be read, and every name in them means something."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.infra import bicep
from tests.infra.plan import MAIN, planned, without_people

FILES = bicep.files()
_EXPORTING = {"names.bicep", "roles.bicep"}


def label(path: Path) -> str:
    return path.relative_to(bicep.INFRA).as_posix()


@pytest.mark.parametrize("path", FILES, ids=label)
def test_it_can_be_read(path: Path) -> None:
    assert list(bicep.mistakes(bicep.parsed(path))) == []


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".bicep"], ids=label)
def test_everything_declared_is_used(path: Path) -> None:
    declared = {name for name, one in bicep.declarations(path).items() if one.kind in {"parameter", "variable"}}
    declared |= set(bicep.imports(path))

    if path.name not in _EXPORTING:
        assert declared - bicep.mentioned(path) == set()


def test_everything_exported_is_imported() -> None:
    exported = {(path, name) for path in FILES if path.name in _EXPORTING for name in bicep.declarations(path)}
    imported = {(source, name) for path in FILES for name, source in bicep.imports(path).items()}

    assert exported == imported


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".bicep"], ids=label)
def test_every_parameter_says_what_it_is(path: Path) -> None:
    silent = [
        name
        for name, one in bicep.declarations(path).items()
        if one.kind == "parameter" and not any(text.startswith("@description(") for text in one.decorators)
    ]

    assert silent == []


@pytest.mark.parametrize("private", [False, True], ids=["public endpoints", "private network"])
def test_every_name_parameter_and_output_exists(private: bool) -> None:
    """Working the deployment out on paper looks each of them up."""
    deployment = planned(private=private)

    assert len(deployment.of("Microsoft.Network/privateEndpoints")) == (4 if private else 0)
    assert set(bicep.INFRA.glob("modules/*.bicep")) == {
        (bicep.INFRA / module).resolve() for module in re.findall(r"'(modules/\w+\.bicep)'", MAIN.read_text())
    }


def test_nobody_is_given_anything_before_their_group_is_known() -> None:
    """A deployment without groups is one that nobody but the app can open."""
    who = {one.properties["principalType"] for one in without_people().of("Microsoft.Authorization/roleAssignments")}

    assert who == {"ServicePrincipal"}


def test_no_two_resources_have_the_same_name() -> None:
    made = [one for one in planned(private=True).resources if not one.existing]
    # The workspace is made bare, so that its filter can be made, and then again with the filter.
    ids = sorted(f"{one.id} on {one.scope}" for one in made if one.type != "Microsoft.OperationalInsights/workspaces")

    assert [id_ for id_, other in pairwise(ids) if id_ == other] == []


@pytest.mark.parametrize("path", sorted(bicep.INFRA.glob("environments/*.bicepparam")), ids=label)
def test_the_parameters_of_an_environment_are_those_of_the_file(path: Path) -> None:
    given = set(bicep.declarations(path))
    parameters = {name: one for name, one in bicep.declarations(MAIN).items() if one.kind == "parameter"}

    assert "using '../main.bicep'" in path.read_text(encoding="utf-8")
    assert given <= set(parameters)
    assert {name for name, one in parameters.items() if one.value is None} <= given


def test_the_parameters_of_azd_are_those_of_the_file() -> None:
    given = json.loads((bicep.INFRA / "main.parameters.json").read_text(encoding="utf-8"))["parameters"]
    parameters = {name: one for name, one in bicep.declarations(MAIN).items() if one.kind == "parameter"}

    assert set(given) <= set(parameters)
    assert {name for name, one in parameters.items() if one.value is None} <= set(given)
    assert all(re.fullmatch(r"\$\{[A-Z_]+(=[a-z]*)?\}", one["value"]) for one in given.values())


def test_names_fit_what_azure_takes() -> None:
    """Storage 24 letters and digits, vault 24 characters; the environment's name may have eight."""
    deployment = bicep.deploy(
        MAIN, {"environmentName": "a" * 8, "mailbox": "m", "adminEmail": "a", "operatorEmail": "o"}
    )

    assert re.fullmatch(r"[a-z0-9]{3,24}", deployment.one("Microsoft.Storage/storageAccounts").name)
    assert re.fullmatch(r"[a-z][a-z0-9-]{2,23}", deployment.one("Microsoft.KeyVault/vaults").name)
    assert len(deployment.one("Microsoft.Web/sites").name) <= 60


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("param a string\noutput b string = c\n", "c is not declared"),
        ("var a = { b: 1 }\noutput c int = a.d\n", "d is not one of"),
        ("module m 'other.bicep' = {\n  name: 'm'\n  params: { wrong: 1 }\n}\n", "has no parameter"),
        ("module m 'other.bicep' = {\n  name: 'm'\n}\n", "needs parameter"),
        ("output a string = nothing('b')\n", "function nothing is not known"),
        ("var a = b\nvar b = a\noutput c string = a\n", "needs itself"),
    ],
)
def test_a_name_that_means_nothing_would_be_found(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "other.bicep").write_text("param x int\noutput y int = x\n", encoding="utf-8")
    (tmp_path / "main.bicep").write_text(text, encoding="utf-8")

    with pytest.raises(LookupError, match=problem):
        bicep.deploy(tmp_path / "main.bicep", {"a": "x"} if "param a" in text else {})


def test_a_mistake_in_the_syntax_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "main.bicep").write_text("resource a 'B@1' = {\n  name 'x'\n}\n", encoding="utf-8")

    assert list(bicep.mistakes(bicep.parsed(tmp_path / "main.bicep"))) != []
