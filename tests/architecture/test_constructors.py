"""A class that is given more than nine things does two jobs: cut it in two by purpose."""

import ast
from collections.abc import Iterator

from tests.architecture.layers import ROOT

MOST = 9
SERVICES = ROOT / "shared" / "services"


def wide(room: str, source: str) -> Iterator[str]:
    """The classes of a file whose constructor takes too much, with their room."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.ClassDef):
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                given = [*method.args.posonlyargs, *method.args.args, *method.args.kwonlyargs]
                if len(given) - len(("self",)) > MOST:
                    yield f"{room}: {node.name}"


def found() -> set[str]:
    return {
        one
        for path in SERVICES.rglob("*.py")
        for one in wide(path.relative_to(SERVICES).parts[0], path.read_text(encoding="utf-8"))
    }


def test_no_constructor_takes_more_than_nine_things() -> None:
    assert found() == set(), "cut the class in two by purpose, as Intake and FormMerger are"


def test_a_planted_constructor_is_found() -> None:
    names = ", ".join(f"a{number}: int" for number in range(MOST + 1))

    assert list(wide("mail", f"class Wide:\n    def __init__(self, *, {names}) -> None: ...")) == ["mail: Wide"]
    assert not list(wide("mail", "class Narrow:\n    def __init__(self, *, a: int) -> None: ..."))
