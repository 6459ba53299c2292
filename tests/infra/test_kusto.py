"""Every query of infra/ and docs/ means something: Microsoft's language service binds it to the tables' columns."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT
from tests.architecture.test_doors import triggers
from tests.infra.plan import INFRA
from tests.infra.test_alerts import ALERTS
from tests.infra.test_security import TRANSFORMATIONS

KUSTO = ROOT / "tests" / "kusto"
_SERVICE = KUSTO / "node_modules" / "@kusto" / "language-service-next"


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """``make test`` installs it: without it no query has been read, and that is no success."""
    here = _SERVICE.exists() and shutil.which("node") is not None
    assert here, "the language service for KQL is not installed: make tests/kusto/node_modules/ready"


_OF_AN_APP = (
    "OperationName: string, OperationId: string, ParentId: string, Properties: dynamic, Measurements: dynamic, "
    "AppRoleName: string, AppRoleInstance: string, AppVersion: string, ClientIP: string, ClientType: string, "
    "SeverityLevel: int, ItemCount: int, SDKVersion: string, ResourceGUID: string"
)
_ALWAYS = "TimeGenerated: datetime, TenantId: string, Type: string, SourceSystem: string, _ResourceId: string"
_OF_STORAGE = (
    "AccountName: string, OperationName: string, Category: string, StatusCode: string, StatusText: string, "
    "Uri: string, ObjectKey: string, AuthenticationType: string, AuthorizationDetails: dynamic, "
    "RequesterObjectId: string, RequesterUpn: string, CallerIpAddress: string, UserAgentHeader: string"
)
# Columns and types as in learn.microsoft.com/azure/azure-monitor/reference/tables, those that anybody here might use.
TABLES = {
    "AppRequests": f"Id: string, Name: string, Url: string, Success: bool, ResultCode: string, DurationMs: real, "
    f"{_OF_AN_APP}",
    "AppTraces": f"Message: string, {_OF_AN_APP}",
    "AppExceptions": f"ProblemId: string, ExceptionType: string, OuterType: string, OuterMessage: string, "
    f"InnermostType: string, InnermostMessage: string, InnermostMethod: string, Details: dynamic, {_OF_AN_APP}",
    "AppDependencies": f"Id: string, Name: string, Target: string, DependencyType: string, Data: string, "
    f"Success: bool, ResultCode: string, DurationMs: real, {_OF_AN_APP}",
    "StorageTableLogs": _OF_STORAGE,
    "StorageBlobLogs": _OF_STORAGE,
    "StorageQueueLogs": _OF_STORAGE,
    "Usage": "DataType: string, Quantity: real, QuantityUnit: string, Solution: string, IsBillable: bool",
    "_LogOperation": "Category: string, Operation: string, Level: string, Detail: string",
}
_PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *INFRA.rglob("*.md"), ROOT / "README.md"])
_IN_LINE = re.compile(rf"`((?:{'|'.join(TABLES)}) (?:\\\||\|) [^`]+)`")
_IN_BLOCK = re.compile(rf"```\w*\n\s*((?:{'|'.join(TABLES)})\n?\s*\|.*?)```", re.DOTALL)
# What a line of the log is looked for by.
_WORDS = re.compile(r'Message (?:has|contains|startswith) "([^"]+)"')


def in_pages() -> dict[str, str]:
    found = {}
    for path in _PAGES:
        text = path.read_text(encoding="utf-8")
        for number, query in enumerate([*_IN_LINE.findall(text), *_IN_BLOCK.findall(text)]):
            found[f"{path.relative_to(ROOT)} {number}"] = query.replace("\\|", "|")
    return found


QUERIES = {
    **{f"alert {name}": alert["query"] for name, alert in ALERTS.items()},
    **in_pages(),
    **{f"filter {table}": f"let source = {table};\n{text}" for table, text in TRANSFORMATIONS.items()},
}


@cache
def bound(*more: tuple[str, str]) -> dict[str, dict[str, object]]:
    """What the service says of every query, and of further ones."""
    schemas = {name: f"({_ALWAYS}, {columns})" for name, columns in TABLES.items()}
    given = json.dumps({"tables": schemas, "queries": {**QUERIES, **dict(more)}})
    done = subprocess.run(
        ["node", str(KUSTO / "bind.js")], input=given, capture_output=True, text=True, check=True, timeout=60
    )
    told: dict[str, dict[str, object]] = json.loads(done.stdout)
    return told


def test_every_query_binds_without_a_word() -> None:
    wrong = {name: said["problems"] for name, said in bound().items() if said["problems"]}

    assert wrong == {}
    assert len(QUERIES) >= 30, "those of the pages are found"


@pytest.mark.parametrize("table", TRANSFORMATIONS)
def test_a_filter_adds_no_column_and_changes_no_type(table: str) -> None:
    plain = bound(*((f"plain {name}", name) for name in TABLES))
    before, after = plain[f"plain {table}"]["columns"], plain[f"filter {table}"]["columns"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)

    assert after
    assert {name: before.get(name) for name in after} == after


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ('AppTraces | where Mesage has "parked"', "Mesage"),
        ("AppTraces | summarise count()", "summarise"),
        ('AppRequests | where DurationMs has "x"', "real and string"),
        ("AppTrace | take 5", "AppTrace"),
    ],
)
def test_a_query_that_means_nothing_would_be_found(query: str, problem: str) -> None:
    assert problem in str(bound(("wrong", query))["wrong"]["problems"])


def test_functions_and_lines_that_queries_name_are_in_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("shared", "functions")
        for path in sorted(Path(ROOT / folder).rglob("*.py"))
    )
    text = "\n".join(query for name, query in QUERIES.items() if not name.startswith("filter "))
    words, functions = set(_WORDS.findall(text)), set(re.findall(r'\b(?:Operation)?Name == "(\w+)"', text))

    assert {word for word in words if word not in code and word.casefold() not in code.casefold()} == set()
    assert functions <= set(triggers())
    assert len(words) >= 8
