"""Reads a source file and says which rules of the house it breaks."""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_HEAVY = re.compile(r"(msgraph|msgraph_core|kiota_\w+|azure\.identity)(\.|$)")
_FILTER_CALLS = {"query_entities", "find_blobs_by_tags"}
_FILTER_KEYWORDS = {"query_filter", "filter_expression"}
# A comparison of OData, with the place for a value behind it.
_LOOKS_LIKE_A_FILTER = re.compile(
    r"\w+\s+(eq|ne|lt|le|gt|ge)\s+(datetime|guid|binary|X)?['\"]?(\{\w*\}|%[sdr]|\Z|\x00)"
)
_ENVIRONMENT = {"environ", "environb", "getenv"}


@dataclass(frozen=True)
class Layer:
    """What the files below a path may import besides the standard library."""

    ours: tuple[str, ...]
    others: tuple[str, ...] = ()


# The rooms of the services, from the ground up: each may use those before it in this list, and none behind.
ROOMS = ("base", "form", "applications", "pairs", "records", "mail", "schedule")

# The first path that fits counts. Imports point inwards only.
LAYERS: dict[str, Layer] = {
    "shared/domain/": Layer(("shared.domain", "shared.errors"), ("pydantic", "email_validator", "dateutil")),
    "shared/contracts/": Layer(("shared.contracts", "shared.domain", "shared.errors")),
    **{
        f"shared/services/{room}/": Layer(
            (
                *(f"shared.services.{lower}" for lower in ROOMS[: floor + 1]),
                "shared.stores",
                "shared.ports",
                "shared.domain",
                "shared.contracts",
                "shared.errors",
                "shared.log",
            )
        )
        for floor, room in enumerate(ROOMS)
    },
    "shared/services/__init__.py": Layer(()),
    # Equality answers are sealed before any table holds them.
    "shared/stores/equality.py": Layer(
        ("shared.stores", "shared.ports", "shared.domain", "shared.errors"), ("cryptography",)
    ),
    "shared/stores/": Layer(
        ("shared.stores", "shared.ports", "shared.domain", "shared.errors"), ("pydantic", "typing_extensions")
    ),
    # Programme files are read here, and reading them is the proof-reader's work.
    "shared/adapters/programmes.py": Layer(
        ("shared.ports", "shared.domain", "shared.errors", "shared.proofread", "shared.programmes")
    ),
    "shared/adapters/": Layer(
        (
            "shared.adapters",
            "shared.stores",
            "shared.ports",
            "shared.domain",
            "shared.errors",
            "shared.log",
            "shared.settings",
        ),
        (
            "azure",
            "cryptography",
            "msgraph",
            "msgraph_core",
            "kiota_abstractions",
            "kiota_authentication_azure",
            "kiota_http",
            "httpx",
            "jinja2",
            "opentelemetry",
            "markupsafe",
            "xlsxwriter",
        ),
    ),
    "shared/proofread/": Layer(
        ("shared.proofread", "shared.domain", "shared.errors"), ("pydantic", "email_validator", "yaml")
    ),
    "shared/programmes/": Layer(()),
    "shared/errors.py": Layer(()),
    "shared/log.py": Layer(()),
    "shared/ports.py": Layer(("shared.domain", "shared.errors")),
    "shared/settings.py": Layer(("shared.errors",), ("pydantic", "pydantic_settings")),
    # A command that somebody runs by hand; openpyxl is not deployed.
    "shared/returning/": Layer(
        ("shared.returning", "shared.bootstrap", "shared.composition", "shared.domain", "shared.settings"),
        ("openpyxl",),
    ),
    # Commands that somebody runs by hand.
    "shared/bringing.py": Layer(
        (
            "shared.bootstrap",
            "shared.composition",
            "shared.domain",
            "shared.returning.sheets",
            "shared.services.base.programmes",
            "shared.settings",
        )
    ),
    "shared/pairs.py": Layer(
        ("shared.bringing", "shared.composition", "shared.domain", "shared.services.base.programmes")
    ),
    "shared/attendance.py": Layer(
        ("shared.bringing", "shared.composition", "shared.domain", "shared.services.base.programmes")
    ),
    # A command too; what it reads goes the way of any webhook's body.
    "shared/govuk.py": Layer(
        (
            "shared.bootstrap",
            "shared.composition",
            "shared.contracts",
            "shared.domain",
            "shared.errors",
            "shared.services.applications.webhooks",
        )
    ),
    "shared/new_programme.py": Layer(("shared.domain", "shared.programmes", "shared.proofread")),
    "shared/backup.py": Layer(("shared.bootstrap", "shared.composition", "shared.errors")),
    "shared/held.py": Layer(("shared.bootstrap", "shared.composition", "shared.errors")),
    "shared/bootstrap.py": Layer(("shared",)),
    "shared/composition/": Layer(("shared",), ("azure.identity", "svcs")),
    "shared/__init__.py": Layer(()),
    # Names of tables and queues are written in triggers and looked up by the health check; the module imports nothing.
    "functions/": Layer(
        (
            "functions",
            "shared.bootstrap",
            "shared.composition",
            "shared.contracts",
            "shared.services",
            "shared.domain",
            "shared.errors",
            "shared.stores.names",
        ),
        ("azure.functions",),
    ),
    "function_app.py": Layer(("functions",), ("azure.functions",)),
}


def files() -> list[Path]:
    """The product's sources, and those of the local platform."""
    found = [ROOT / "function_app.py"]
    for folder in ("functions", "shared", "local"):
        found += [path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts]
    return sorted(found)


def violations(path: str, source: str) -> list[str]:
    """Every broken rule of a file, as 'path:line: what is wrong'; ``path`` is relative to the root."""
    tree = ast.parse(source)
    found = list(_filters(tree))
    if not path.startswith("local/"):
        found += [*_imports(path, tree), *_heavy(tree), *_clocks(tree)]
        if path != "shared/settings.py":
            found += _environment(tree)
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


type Broken = tuple[int, str]


def _named(node: ast.AST) -> Iterator[str]:
    """The full names that an import statement brings in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def _below(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


def _imports(path: str, tree: ast.Module) -> Iterator[Broken]:
    layer = next((layer for start, layer in LAYERS.items() if path.startswith(start)), None)
    if layer is None:
        yield 1, "no layer is known for this file"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "relative import"
        elif isinstance(node, ast.Call) and _name_of(node.func) in {"__import__", "import_module"}:
            yield node.lineno, "import by name"
        else:
            for name in _named(node):
                if name.split(".")[0] in sys.stdlib_module_names or _below(name, (*layer.ours, *layer.others)):
                    continue
                yield node.lineno if isinstance(node, ast.stmt) else 1, f"may not import {name}"


def _heavy(tree: ast.Module) -> Iterator[Broken]:
    """Imports that run when the module is loaded; those for type checkers do not run."""

    def at_load(body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and _name_of(node.test) == "TYPE_CHECKING":
                yield from at_load(node.orelse)
                continue
            yield node
            for field in ("body", "orelse", "finalbody"):
                yield from at_load(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from at_load(handler.body)

    for node in at_load(tree.body):
        for name in _named(node):
            if _HEAVY.match(name):
                yield node.lineno, f"{name} is imported when the module is loaded"


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _built(node: ast.AST) -> str | None:
    """The literal text of a string that is put together from parts, None for any other expression."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _text(node.func.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        left, right = _text(node.left), _text(node.right)
        return None if left is None and right is None else f"{left or ''}\0{right or ''}"
    return None


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return _built(node)


def _filters(tree: ast.Module) -> Iterator[Broken]:
    """Values belong into ``parameters``: text that is put together lets a value say more than a value."""
    built_names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _built(node.value) is not None
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            given = node.args[:1] if _name_of(node.func) in _FILTER_CALLS else []
            given = given + [keyword.value for keyword in node.keywords if keyword.arg in _FILTER_KEYWORDS]
            for value in given:
                if _built(value) is not None or (isinstance(value, ast.Name) and value.id in built_names):
                    yield value.lineno, "a filter is put together as text"
        text = _built(node)
        if text is not None and _LOOKS_LIKE_A_FILTER.search(text) and isinstance(node, ast.expr):
            yield node.lineno, "text that looks like a filter is put together"


def _environment(tree: ast.Module) -> Iterator[Broken]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute | ast.ImportFrom):
            continue
        if isinstance(node, ast.Attribute):
            reads = node.attr in _ENVIRONMENT and _name_of(node.value) == "os"
        else:
            reads = node.module == "os" and any(alias.name in _ENVIRONMENT for alias in node.names)
        if reads:
            yield node.lineno, "reads the environment; only shared/settings.py does"


def _clocks(tree: ast.Module) -> Iterator[Broken]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        whose, what = _name_of(node.func.value), node.func.attr
        if whose not in {"datetime", "date"}:
            continue
        zoned = len(node.args) + len(node.keywords)
        if (
            what in {"utcnow", "utcfromtimestamp", "today"}
            or (what == "now" and not zoned)
            or (what == "fromtimestamp" and zoned < 2)
        ):
            yield node.lineno, f"{whose}.{what} has no time zone"
