"""``python -m local.docs``: writes anew what the pages take from the code, between a mark and ``<!-- end -->``.

A test fails while a page is not as this would write it.
"""

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import HttpUrl, SecretStr

from local.memory.pipeline import Pipeline
from local.memory.process import ManualClock
from shared.domain.fields import Kept, column, kept
from shared.programmes import shipped
from shared.proofread import load_programme
from shared.settings import Settings, Storage, WebhookSecrets
from shared.stores.names import TableName

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_KEYS = {"PartitionKey", "RowKey"}
# Nothing is sent by them: they only let the app be put together, to be asked which commands it has.
_SETTINGS = Settings(
    public_base_url=HttpUrl("https://mentoring.example.nhs.uk"),
    graph_base_url=HttpUrl("https://graph.example.nhs.uk/v1.0"),
    mailbox="mentoring@example.nhs.uk",
    admin_email="team@example.nhs.uk",
    token_key=SecretStr("a-key-for-no-link-0123456789abcdef01"),
    tick_schedule="0 */5 * * * *",
    daily_schedule="0 0 7 * * *",
)
_IN_PARTS = {"storage", "webhook_secrets"}


def columns() -> dict[str, set[str]]:
    """Returns the columns that the stores write and read, by table."""
    found: dict[str, set[str]] = {}
    for file in sorted((ROOT / "shared" / "stores").glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        name = re.match(r"``(\w+)`` rows", ast.get_docstring(tree) or "")
        if name and name[1] in set(TableName):
            found[name[1]] = {word for word in _cells(tree) if re.fullmatch(r"[A-Z]\w+", word)} - _KEYS
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


def explained(section: str) -> set[str]:
    """Returns the columns that a section's table of columns explains."""
    rows = re.findall(r"(?m)^\| (\W*`[^|]+) \|", section.partition("| column |")[2].partition("\n\n")[0])
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


def _only_the_apps(section: str) -> str:
    rest = sorted(columns()[section.partition("\n")[0].strip()] - explained(section))
    return f"For the app only: {', '.join(f'`{column}`' for column in rest)}."


def _settings(_section: str) -> str:
    rows = ["| name | what it is | without it |", "|---|---|---|"]
    for model in (Storage, Settings):
        for name, field in model.model_fields.items():
            if name not in _IN_PARTS:
                default = "refused" if field.is_required() else f"`{field.default}`" if field.default else ""
                rows.append(f"| `{field.validation_alias or name.upper()}` | {field.description} | {default} |")
    first, *others = (f"__{name.upper()}`" for name in WebhookSecrets.model_fields)
    secrets = ", ".join([f"`WEBHOOK_SECRETS{first}", *(f"`…{name}" for name in others)])
    what = "live secrets of a form provider, with spaces between them"
    return "\n".join([*rows, f"| {secrets} | {what} | that source is refused |"])


def _decisions(_section: str) -> str:
    pages = sorted((DOCS / "adr").glob("0*.md"))
    titles = [page.read_text(encoding="utf-8").partition("\n")[0].partition(". ")[2] for page in pages]
    rows = [f"| [{page.name[:4]}]({page.name}) | {title} |" for page, title in zip(pages, titles, strict=True)]
    return "\n".join(["| | decision |", "|---|---|", *rows])


def _commands(_section: str) -> str:
    """Every command in the order in which people are told of them, with an example of what is typed."""
    programme = load_programme(shipped()[0])
    rows = [
        "| `Command` | does | refused unless the status is | for example `Command`, `Reference` |",
        "|---|---|---|---|",
    ]
    app = Pipeline(_SETTINGS, programme, clock=ManualClock(datetime(2026, 2, 9, 9, tzinfo=UTC))).app
    rows += [f"| `{verb.word}` | {verb.does} | {verb.unless} | {verb.as_typed} |" for verb in app.tick.commands.verbs]
    return "\n".join(rows)


WRITTEN: dict[str, Callable[[str], str]] = {
    "columns": _only_the_apps,
    "settings": _settings,
    "decisions": _decisions,
    "commands": _commands,
}


def written(page: str) -> str:
    """Returns a page with everything between the marks as the code has it now."""
    sections = re.split(r"(?m)^(?=## )", page)
    return "".join(
        re.sub(
            rf"(?s)(<!-- ({'|'.join(WRITTEN)}) -->\n).*?(<!-- end -->)",
            lambda mark, section=section: f"{mark[1]}{WRITTEN[mark[2]](section.removeprefix('## '))}\n{mark[3]}",
            section,
        )
        for section in sections
    )


def pages() -> list[Path]:
    """Returns every page that may have marks."""
    return sorted(DOCS.rglob("*.md"))


def main() -> None:
    """Write every page anew."""
    for page in pages():
        page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
