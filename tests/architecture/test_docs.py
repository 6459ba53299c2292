"""The pages say what the code has: tables, commands, settings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.docs import DOCS, pages, written
from shared.domain.fields import Kept, column, kept
from shared.programmes import shipped
from shared.proofread import proofread
from shared.stores.names import TableName
from tests.architecture.layers import ROOT
from tests.infra.plan import audiences

TABLES = (DOCS / "tables.md").read_text(encoding="utf-8")
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"(?m)^## ", TABLES)}
EXAMPLES = re.findall(r"(?s)```yaml\n(.*?)```", (DOCS / "programme-file.md").read_text(encoding="utf-8"))
#: What the app reads back out of tables that people may change, and nobody types: it is the app's own, or a copy for
#: people that speaks for itself.
OURS = {
    table: set(names.split())
    for table, names in {
        "Applications": "AddressChangedAt ChangesAskedAt ClosedAt Content Edits FormerEmail LastEvent LastEventAt "
        "LastEventBy LastEventFrom LeftOutAt LetInAt LinkRenewedAt NewEmail NewEmailAskedAt NoPartnerAt OwnLink "
        "PairedBefore ReceivedAt RepliesSeen ResponseId Responses RevisedAt SessionsAssigned SessionsChosen Source "
        "SubmittedAt SubmittedAtKnown WaitsForManagerName",
        "Bookings": "AsOf Attendance Email EventId FullName InviteVersion Reference Session",
        "CheckIns": "AnsweredAt DueAt Meeting Met MetOn Pair Rating Reference Role",
        "Interest": "AskedAt Email FullName Role ToldAt ToldOf Waited",
        "Pairs": "AnswerBy Cause ConfirmedAt DeclinedAt EndedAt EndedBy Names OfferedAt PairId Round Searched",
        "Programmes": "ClosesAtLocal ClosesAtSeen Deletion Name OpensAtLocal SessionsKnown SessionsSeen SummaryFor "
        "WavesSeen",
        "Sessions": "TakenUp",
    }.items()
}
PEOPLE_CHANGE = sorted(table for table, (change, _) in audiences().items() if change)
TEAM = {"administrators", "matchers", "contacts"}


def columns() -> dict[str, set[str]]:
    """The columns that the stores write and read, by table."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "shared" / "stores").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        name = re.match(r"``(\w+)`` rows", ast.get_docstring(tree) or "")
        if name and name[1] in set(TableName):
            found[name[1]] = {word for word in _cells(tree) if re.fullmatch(r"[A-Z]\w+", word)}
    # Answers of the form are written by the list of them.
    found[TableName.APPLICATIONS] |= {column(name) for name in kept(Kept.PERSON, Kept.MANAGER, Kept.APPLICATION)}
    found[TableName.LIVED_EXPERIENCE] |= {column(name) for name in kept(Kept.LIVED)}
    return found


def _cells(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        # A row is written as a dictionary, and read as ``text(row, "Column")``.
        places = node.keys if isinstance(node, ast.Dict) else node.args[1:2] if isinstance(node, ast.Call) else ()
        for place in places:
            if isinstance(place, ast.Constant) and isinstance(place.value, str):
                yield place.value


def read_back(table: str) -> set[str]:
    """The columns that a table's store reads out of its rows, but its keys and the answers of a form."""
    found: set[str] = set()
    for file in sorted((ROOT / "shared" / "stores").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if (ast.get_docstring(tree) or "").startswith(f"``{table}`` rows"):
            found |= {word for word in _read(tree) if re.fullmatch(r"[A-Z]\w+", word)}
    return found - {"PartitionKey", "RowKey"}


def _read(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            is_get = isinstance(node.func, ast.Attribute) and node.func.attr == "get"
            # ``row.get("Column")``, and ``text(row, "Column")``.
            for place in node.args[:1] if is_get else node.args[1:2]:
                if isinstance(place, ast.Constant) and isinstance(place.value, str):
                    yield place.value


def explained(section: str) -> set[str]:
    """The columns that a section's list explains."""
    lines = re.findall(r"(?m)^- ((?:\W*`[A-Z]\w+`\W*)+): ", section)
    return {word for line in lines for word in re.findall(r"`(\w+)`", line)}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_what_a_page_takes_from_the_code_is_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert written(text) == text, "run python -m local.docs"


def test_what_stood_between_the_marks_is_replaced() -> None:
    page = "before\n<!-- commands -->\nstale words\n<!-- end -->\nafter\n"

    assert "\n- `erase` " in written(page)
    assert "stale" not in written(page)
    assert (written(page)[:7], written(page)[-6:]) == ("before\n", "after\n")


@pytest.mark.parametrize("table", TableName, ids=str)
def test_every_table_that_the_team_may_open_is_explained_and_no_column_that_is_none(table: TableName) -> None:
    """The others stand in docs/security.md, which is compared with infra/names.bicep."""
    change, read = audiences()[table]

    assert table in SECTIONS or not (change | read) & TEAM, f"docs/tables.md needs '## {table}': what a row of it is"
    named = explained(SECTIONS.get(table, ""))
    assert named <= columns().get(table, set()), "docs/tables.md explains a column that is none"


@pytest.mark.parametrize("table", PEOPLE_CHANGE)
def test_every_column_that_people_type_into_is_explained(table: str) -> None:
    """A new one that the app reads fails here, until somebody says of whom it is."""
    # What is said of every table before the first one counts for each of them.
    named = set(re.findall(r"`(\w+)`", SECTIONS[table] + SECTIONS["Before you type"] + SECTIONS["Six common tasks"]))
    unsaid = read_back(table) - named - OURS.get(table, set())

    assert read_back(table)
    assert not unsaid, (
        f"the app reads {sorted(unsaid)} of {table}, which people may change: if people type there, say what in "
        f"docs/tables.md under '## {table}', with the name in **bold**; if nobody does, add it to OURS in this file"
    )


@pytest.mark.parametrize("table", TableName, ids=str)
def test_a_column_is_bold_only_where_people_may_type(table: TableName) -> None:
    bold = set(re.findall(r"\*\*`(\w+)`\*\*", SECTIONS.get(table, "")))

    assert not bold or table in PEOPLE_CHANGE, (
        f"docs/tables.md has {sorted(bold)} of {table} in bold, and infra/names.bicep lets nobody change it"
    )
    assert not bold & OURS.get(table, set()), "people are told to type where OURS says that nobody does"


def in_the_shipped_file(example: str) -> str:
    """The shipped programme file with an example in place of what it says of the same keys."""
    text = shipped()[0].read_text(encoding="utf-8")
    for key in re.findall(r"(?m)^([a-z]+):", example):
        text = re.sub(rf"(?ms)^{key}:.*?(?=^[a-z#]|\Z)", "", text)
    if example.startswith("- {id:"):
        head = "  - {id: more, title: More, for: [mentor], attend: any of, required: no, sessions: ["
        sessions = ", ".join(re.findall(r"(?m)^- ({.*})", example.replace("id: ", "id: more-")))
        return text.replace("  - id: celebration\n", f"{head}{sessions}]}}\n\n  - id: celebration\n", 1)
    # The questions are the last that the file says, so one more of them may follow.
    return f"{text.rstrip()}\n{example}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split()[0].strip(":"))
def test_an_example_of_a_programme_file_can_be_used(example: str) -> None:
    text = in_the_shipped_file(example)
    reading = proofread(text, file="example.yaml")

    assert text != shipped()[0].read_text(encoding="utf-8")
    assert reading.programme, [str(finding) for finding in reading.findings]
