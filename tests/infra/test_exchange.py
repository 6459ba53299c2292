"""The scripts for the Exchange administrator can be read, and grant, prove and take back the same three roles."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell
from tree_sitter import Node

from tests.infra.plan import INFRA, planned

FOLDER = INFRA / "exchange"
SCRIPTS = sorted(FOLDER.glob("*.ps1"))
_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
# What shared/adapters/graph.py does: drafts and look-ups, sending, events.
_ROLES = {"Application Mail.ReadWrite", "Application Mail.Send", "Application Calendars.ReadWrite"}


def mistakes(node: Node) -> Iterator[int]:
    if node.type == "ERROR" or node.is_missing:
        yield node.start_point[0] + 1
    for child in node.children:
        yield from mistakes(child)


def roles(path: Path) -> set[str]:
    return set(re.findall(r"'(Application [A-Za-z.]+)'", path.read_text(encoding="utf-8")))


def test_there_is_a_script_to_grant_to_prove_and_to_take_back() -> None:
    assert [path.stem for path in SCRIPTS] == ["Grant-MailboxAccess", "Revoke-MailboxAccess", "Test-MailboxAccess"]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_it_can_be_read_and_knows_the_same_roles(path: Path) -> None:
    assert list(mistakes(_PARSER.parse(path.read_bytes()).root_node)) == []
    assert roles(path) == _ROLES


def test_a_mistake_in_a_script_would_be_found() -> None:
    assert list(mistakes(_PARSER.parse(b"foreach ($a in $b { Write-Output $a }\n").root_node)) != []


def test_what_grants_or_takes_back_can_say_first_what_it_would_do() -> None:
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")

        assert ("SupportsShouldProcess" in text) == (not path.stem.startswith("Test"))


def test_only_the_proof_speaks_to_graph_and_it_only_reads() -> None:
    for path in SCRIPTS:
        code = re.sub(r"(?s)<#.*?#>|\"[^\"]*\"|'[^']*'", "", path.read_text(encoding="utf-8"))
        verbs = set(re.findall(r"\b([A-Z][a-z]+)-Mg\w+", code))

        assert verbs <= ({"Get"} if path.stem.startswith("Test") else set())


def test_the_page_names_the_roles_and_the_outputs_it_needs() -> None:
    page = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert {f"`{role}`" for role in _ROLES} <= set(re.findall(r"`Application [A-Za-z.]+`", page))
    assert {name for name in planned().outputs if name.startswith("IDENTITY_")} <= set(re.findall(r"`([A-Z_]+)`", page))
