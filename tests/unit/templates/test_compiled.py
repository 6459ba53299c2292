"""Templates as bytecode: the package's is used for the very same source only, and a damaged one is not used."""

from pathlib import Path, PurePosixPath

import pytest
from jinja2 import DictLoader, Environment

from shared.adapters import compiled
from shared.adapters.compiled import CompiledTemplates, ready_made

AT = PurePosixPath("/home/site/wwwroot")


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_KNOWN", {})


def environment(source: str, folder: Path, kind: str = "page") -> Environment:
    return Environment(
        autoescape=True, loader=DictLoader({"hello": source}), bytecode_cache=CompiledTemplates(kind, folder)
    )


def packed(source: str, folder: Path) -> Path:
    ((name, code),) = ready_made(environment(source, folder), ["hello"], AT)
    (folder / name).write_bytes(code)
    return folder / name


def compilations(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    seen: list[object] = []
    compile_ = Environment.compile

    def counting(self: Environment, *given: object, **options: object) -> object:
        seen.append(given)
        return compile_(self, *given, **options)  # type: ignore[call-overload]  # handed on as they came

    monkeypatch.setattr(Environment, "compile", counting)
    return seen


def test_what_the_package_brings_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed("Hello {{ name }}", tmp_path)
    seen = compilations(monkeypatch)

    assert environment("Hello {{ name }}", tmp_path).get_template("hello").render(name="<Zoë>") == "Hello &lt;Zoë&gt;"
    assert seen == []


def test_a_template_that_was_edited_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed("Hello {{ name }}", tmp_path)
    seen = compilations(monkeypatch)

    assert environment("Dear {{ name }}", tmp_path).get_template("hello").render(name="Zoë") == "Dear Zoë"
    assert len(seen) == 1


@pytest.mark.parametrize("damage", [b"", b"j2", b"\x00" * 400])
def test_what_is_damaged_is_compiled_anew(tmp_path: Path, damage: bytes) -> None:
    packed("Hello {{ name }}", tmp_path).write_bytes(damage)

    assert environment("Hello {{ name }}", tmp_path).get_template("hello").render(name="Zoë") == "Hello Zoë"


def test_a_process_compiles_each_template_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = compilations(monkeypatch)

    for _ in range(3):
        environment("Hello {{ name }}", tmp_path).get_template("hello")
    environment("Hello {{ name }}", tmp_path, "mail").get_template("hello")

    assert len(seen) == 2
