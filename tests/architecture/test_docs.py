"""The pages say what the code has: columns of tables, commands, settings, decisions."""

import re
from pathlib import Path

import pytest

from local.docs import DOCS, columns, explained, pages, written
from shared.stores.names import TableName

TABLES = (DOCS / "tables.md").read_text(encoding="utf-8")
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"(?m)^## ", TABLES)}
_NOBODYS = SECTIONS["For the app only"]


def told_of(table: str) -> str:
    """What the page says of a table: a section of its own, or a row of the last one."""
    return SECTIONS.get(table, "") or "".join(re.findall(rf"(?m)^\| `{table}` .*$", _NOBODYS))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_what_a_page_takes_from_the_code_is_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert written(text) == text, "run python -m local.docs"


def test_a_column_that_nobody_explained_is_listed() -> None:
    page = "## Approvals\n\n| column | meaning |\n|---|---|\n| `Note` | w |\n\n<!-- columns -->\nold\n<!-- end -->\n"

    assert "`TokenHash`" in written(page)
    assert "`Note`" not in written(page).partition("<!-- columns -->")[2]
    assert "old" not in written(page)


@pytest.mark.parametrize("table", TableName, ids=str)
def test_every_table_and_its_columns_are_in_docs_tables(table: TableName) -> None:
    told = told_of(table)

    assert told, f"docs/tables.md says nothing of {table}"
    assert {column for column in columns().get(table, set()) if f"`{column}`" not in told} == set()
    assert explained(told) <= columns().get(table, set()), "docs/tables.md explains a column that is none"
