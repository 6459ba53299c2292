"""What would be deployed, as Microsoft's compiler worked it out: the committed snapshots, for the tests to look at.

They were made from the files of today (``test_compiler.py`` holds that without a compiler, too). What only Azure knows
stands there as an expression in brackets.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

INFRA = Path(__file__).parents[2] / "infra"
SNAPSHOTS = Path(__file__).parent / "snapshots"
GROUPS = (
    *("administrators", "matchers", "accessArrangers", "contacts", "auditors", "operators", "secretKeepers"),
    "restorers",
)

_ROLE = re.compile(r"^  (\w+): '([0-9a-f-]{36})'", re.MULTILINE)
_ENTRY = re.compile(r"^  (\w+): \{ change: \[(.*?)\], read: \[(.*?)\] \}", re.MULTILINE)


@dataclass(frozen=True)
class Resource:
    """One resource as Azure would be asked for it. ``scope`` is the id of what it is about, '' if it stands alone."""

    type: str
    name: str
    id: str
    scope: str
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body.get("properties", {})
        return found

    @property
    def short_name(self) -> str:
        """Without the names of what it is part of."""
        return self.name.rpartition("/")[2]


@dataclass(frozen=True)
class Deployment:
    """Every resource of a snapshot, and the names of its outputs."""

    resources: tuple[Resource, ...]
    outputs: frozenset[str]

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type."""
        return [one for one in self.resources if one.type.lower() == kind.lower()]

    def one(self, kind: str) -> Resource:
        """The only resource of a type."""
        (found,) = self.of(kind)
        return found

    def by_id(self, id_: str) -> Resource:
        """A resource by its id."""
        return next(one for one in self.resources if one.id == id_)


@cache
def snapshot(name: str) -> Deployment:
    """What a file of parameters would deploy."""
    found = json.loads((SNAPSHOTS / f"{name}.json").read_text(encoding="utf-8"))
    resources = tuple(_resource(each) for each in found["predictedResources"])
    return Deployment(resources, frozenset(found["outputs"]))


def planned(*, private: bool = False) -> Deployment:
    """Production; or everything at once, with the private network."""
    return snapshot("everything" if private else "prod")


def _resource(body: dict[str, Any]) -> Resource:
    scope, extension, _ = body["id"].rpartition("/providers/")
    return Resource(body["type"], body["name"], body["id"], scope if "/providers/" in scope and extension else "", body)


def app_settings(deployment: Deployment) -> dict[str, str]:
    """The settings that the function app would get, as text."""
    settings = next(one for one in deployment.of("Microsoft.Web/sites/config") if one.short_name == "appsettings")
    return {name: worded(value) for name, value in settings.properties.items()}


def worded(value: object) -> str:
    """A value as text, with ``<>`` for what only Azure knows."""
    text = str(value)
    if not text.startswith("["):
        return text
    formatted = re.match(r"\[format\('((?:[^']|'')*)'(.*)\)\]$", text)
    if formatted is None:
        return "<>"
    literal = re.search(r", '([^']*)'$", formatted[2])
    known = formatted[1].replace("{1}", literal[1]) if literal else formatted[1]
    return re.sub(r"\{\d\}", "<>", known).replace("''", "'")


def roles() -> dict[str, str]:
    """The built-in roles that are given to anybody, by the names of roles.bicep."""
    return dict(_ROLE.findall((INFRA / "roles.bicep").read_text(encoding="utf-8")))


def row_editor() -> str:
    """The id of the role that once.bicep makes."""
    return snapshot("once").one("Microsoft.Authorization/roleDefinitions").name


def audiences() -> dict[str, tuple[set[str], set[str]]]:
    """Every table of names.bicep: the groups that may change it, and those that may read it."""
    found = _ENTRY.findall((INFRA / "names.bicep").read_text(encoding="utf-8"))
    return {name: (_words(change), _words(read)) for name, change, read in found}


def listed(file: str, name: str) -> list[str]:
    """The texts of a list that a file declares."""
    text = (INFRA / file).read_text(encoding="utf-8").partition(f"var {name} = [\n")[2].partition("\n]")[0]
    return re.findall(r"'([^']+)'", text)


def parameters(file: str = "main.bicep") -> dict[str, str]:
    """The parameters of a file, each with what stands above it and its default."""
    text = (INFRA / file).read_text(encoding="utf-8")
    found = re.findall(r"((?:^[@#].*\n)*)^param (\w+) (\S+)(.*)$", text, re.MULTILINE)
    return {name: f"{above}{kind}{default}" for above, name, kind, default in found}


def needed(file: str = "main.bicep") -> set[str]:
    """The parameters without a default."""
    return {name for name, text in parameters(file).items() if " = " not in text.splitlines()[-1]}


def files() -> list[Path]:
    """Every Bicep file and every file of parameters."""
    return sorted([*INFRA.rglob("*.bicep"), *INFRA.rglob("*.bicepparam")])


def grants(deployment: Deployment) -> set[tuple[str, str, str]]:
    """Who may do what where: principal, name of the role, and the resource below its account or vault.

    The app is ``the app``, whatever Azure calls its identity.
    """
    named = {id_: name for name, id_ in roles().items()}
    found = set()
    for one in deployment.of("Microsoft.Authorization/roleAssignments"):
        kind, name = _below(one.scope)
        id_ = str(one.properties["roleDefinitionId"]).rpartition("/")[2]
        who = str(one.properties["principalId"])
        role = named.get(id_) or ("rowEditor" if id_ == row_editor() else id_)
        found.add(
            ("the app" if "/userAssignedIdentities/id-mentoring-" in who else who, role, f"{kind} {name}".strip())
        )
    return found


# What each role lets somebody do. The editor of rows deletes rows and no table; who may change rows is in audiences().
_ALL_OF_IT = "read, write, delete"
RIGHTS = {
    "blobContributor": _ALL_OF_IT,
    "blobOwner": _ALL_OF_IT,
    "blobReader": "read",
    "logReader": "read",
    "metricsPublisher": "write",
    "queueContributor": _ALL_OF_IT,
    "reader": "names only",
    "rowEditor": "rows: read, write, delete",
    "secretsOfficer": _ALL_OF_IT,
    "secretsUser": "read",
    "tableContributor": _ALL_OF_IT,
    "tableReader": "rows: read",
}
_CALLED = {"vaults": "secrets", "workspaces": "logs", "storageAccounts": "the account", "components": "telemetry"}


def opened(deployment: Deployment, who: str) -> str:
    """What somebody may do with whole things, in words: everything but single rows of tables."""
    found: dict[tuple[str, str], set[str]] = {}
    for principal, role, where in grants(deployment):
        kind, _, name = where.partition(" ")
        if principal == who and not RIGHTS[role].startswith(("rows", "names")):
            found.setdefault((kind, RIGHTS[role]), set()).add(name)
    said = []
    for (kind, rights), names in found.items():
        what = ", ".join(f"`{name}`" for name in sorted(names)) if kind == "containers" else _CALLED.get(kind, kind)
        if kind == "tables" and names == set(audiences()):
            what = "every table, whole"
        said.append(f"{what}: {rights}")
    return "; ".join(sorted(said))


def _below(scope: str) -> tuple[str, str]:
    """What a scope is, and its name below the account, '' for an account or vault itself."""
    parts = scope.rpartition("/providers/")[2].split("/")[1:]
    kinds, names = parts[::2], parts[1::2]
    return kinds[-1], names[-1] if len(names) > 1 else ""


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
