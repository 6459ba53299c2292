"""Reads the Bicep files and works out on paper what they would deploy: every resource, with its values.

``deploy`` takes a file and its parameters and gives the resources of it and its modules, loops and conditions carried
out. What only Azure knows (an address, an object id) stands there as ``<name of the resource>.<property>``. A name, a
parameter, an output or a function that does not exist raises LookupError, as the compiler would refuse it.

It knows the part of the language that ``infra/`` uses. It is no compiler: types, API versions and whether Azure accepts
a combination are not its business.
"""

import hashlib
import ipaddress
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_bicep
from tree_sitter import Node

INFRA = Path(__file__).parents[2] / "infra"

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_GROUP = "/subscriptions/0/resourceGroups/rg"
_REPEATED = object()  # what a name stands for while it is being worked out


@dataclass
class Resource:
    """One resource as it would be deployed. ``name`` holds the parents' names; ``scope`` is another resource's id."""

    type: str
    version: str
    name: str
    body: dict[str, Any]
    existing: bool
    scope: str

    @property
    def id(self) -> str:
        """Enough of an id to tell resources apart."""
        return f"{_GROUP}/{self.type}/{self.name}"

    @property
    def properties(self) -> dict[str, Any]:
        """What stands under ``properties``."""
        found: dict[str, Any] = self.body.get("properties", {})
        return found

    def member(self, name: str) -> Any:
        if name in {"id", "name"}:
            return getattr(self, name)
        if name in self.body and name != "properties":
            return self.body[name]
        return _Later(f"<{self.name}>", self.body.get(name, {}))


@dataclass
class _Later:
    """Something that only Azure knows, or an object that is known in part."""

    path: str
    known: Any

    def member(self, name: str) -> Any:
        known = self.known.get(name) if isinstance(self.known, dict) else None
        return known if known is not None else _Later(f"{self.path}.{name}", {})

    def __str__(self) -> str:
        return self.path


@dataclass
class Deployment:
    """What a file and its modules would deploy."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)

    def of(self, kind: str) -> list[Resource]:
        """The resources of a type that would be made."""
        return [one for one in self.resources if one.type.lower() == kind.lower() and not one.existing]

    def one(self, kind: str) -> Resource:
        """The only resource of a type."""
        (found,) = self.of(kind)
        return found

    def by_id(self, id_: str) -> Resource:
        """A resource by the id that another one's scope holds."""
        return next(one for one in self.resources if one.id == id_)


def files() -> list[Path]:
    """Every Bicep file and every parameter file of an environment."""
    return sorted([*INFRA.rglob("*.bicep"), *INFRA.rglob("*.bicepparam")])


@cache
def parsed(path: Path) -> Node:
    """The syntax tree. A parameter file is read as if it declared variables, which the grammar knows."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".bicepparam":
        text = "\n".join("var" + line[5:] if line.startswith("param") else line for line in text.splitlines())
    return _PARSER.parse(text.encode()).root_node


def mistakes(node: Node) -> Iterator[str]:
    """Where the file cannot be read."""
    if node.type == "ERROR" or node.is_missing:
        yield f"line {node.start_point[0] + 1}: {_text(node)[:60]}"
    for child in node.children:
        yield from mistakes(child)


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def _kids(node: Node) -> list[Node]:
    return [child for child in node.children if child.is_named and child.type not in {"comment", "decorators"}]


@dataclass(frozen=True)
class Declaration:
    """A declaration at the top of a file. ``value`` is the expression behind it, None for a parameter without one."""

    kind: str
    name: str
    node: Node
    value: Node | None
    decorators: tuple[str, ...]


@cache
def declarations(path: Path) -> dict[str, Declaration]:
    """Everything a file declares, by name; outputs as ``output <name>``."""
    found: dict[str, Declaration] = {}
    decorators: tuple[str, ...] = ()
    for node in parsed(path).children:
        if node.type == "decorators":
            decorators = tuple(_text(child) for child in node.children)
            continue
        kind, _, declared = node.type.rpartition("_")
        if declared == "declaration" and kind in {"parameter", "variable", "resource", "module", "output"}:
            name = _text(next(child for child in node.children if child.type == "identifier"))
            after = [
                child for child, before in zip(node.children[1:], node.children, strict=False) if before.type == "="
            ]
            key = f"output {name}" if kind == "output" else name
            if key in found:
                raise LookupError(f"{path.name} declares {key} twice")
            found[key] = Declaration(kind, name, node, after[0] if after else None, decorators)
        if node.type != "comment":
            decorators = ()
    return found


def imports(path: Path) -> dict[str, Path]:
    """Names that a file takes from other files."""
    return {
        _text(child): (path.parent / _plain(node.children[-1])).resolve()
        for node in parsed(path).children
        if node.type == "import_functionality"
        for child in node.children
        if child.type == "identifier"
    }


def mentioned(path: Path) -> set[str]:
    """Every identifier that a file uses anywhere but to declare it or to name a property."""
    found: set[str] = set()

    def walk(node: Node) -> None:
        kids = node.children
        own = (
            next((kid for kid in kids if kid.type == "identifier"), None)
            if node.type.endswith("_declaration")
            else None
        )
        key = kids[0] if node.type == "object_property" else None
        for kid in kids:
            if kid.type == "identifier" and kid not in (own, key):
                found.add(_text(kid))
            elif kid is not key:
                walk(kid)

    for node in parsed(path).children:
        if node.type != "import_functionality":
            walk(node)
    return found


def constant(path: Path, name: str) -> Any:
    """The value of a variable that needs nothing but the file itself."""
    return _File(path, {}, Deployment()).value_of(name)


def deploy(path: Path, parameters: Mapping[str, Any]) -> Deployment:
    """What a file would deploy. Raises LookupError for a name, parameter, output or function that does not exist."""
    deployment = Deployment()
    _File(path, parameters, deployment).run()
    return deployment


def _plain(node: Node) -> str:
    parts = list(_parts(node))
    if not all(isinstance(part, str) for part in parts):
        raise LookupError(f"not a plain text: {_text(node)}")
    return "".join(map(str, parts))


def _parts(node: Node) -> Iterator[str | Node]:
    """A string's texts and the expressions between them. The grammar drops spaces, so the texts are cut out."""
    quote = 3 if _text(node).startswith("'''") else 1
    whole, start = node.text or b"", quote
    holes = [child for child in node.children if child.type == "interpolation"] if quote == 1 else []
    for hole in holes:
        yield _unescaped(whole[start : hole.start_byte - node.start_byte].decode())
        yield _kids(hole)[0]
        start = hole.end_byte - node.start_byte
    last = whole[start : len(whole) - quote].decode()
    yield _unescaped(last) if quote == 1 else last.removeprefix("\n")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda escape: {"n": "\n", "r": "\r", "t": "\t"}.get(escape[1], escape[1]), text)


type _Names = dict[str, Any]


class _File:
    """One file with the values of its parameters."""

    def __init__(self, path: Path, parameters: Mapping[str, Any], deployment: Deployment) -> None:
        self._path = path
        self._given = parameters
        self._deployment = deployment
        self._known: _Names = {}
        self._declared = declarations(path)
        self._imported = imports(path)

    def run(self) -> None:
        """Work out everything the file declares."""
        wanted = {name for name, one in self._declared.items() if one.kind == "parameter"}
        if unknown := set(self._given) - wanted:
            raise LookupError(f"{self._path.name} has no parameter {sorted(unknown)}")
        if missing := {name for name in wanted - set(self._given) if self._declared[name].value is None}:
            raise LookupError(f"{self._path.name} needs parameter {sorted(missing)}")
        for name, one in self._declared.items():
            value = self.value_of(name)
            if one.kind == "output":
                self._deployment.outputs[one.name] = value

    def value_of(self, name: str) -> Any:
        """The value behind a name of the file, worked out once and when it is needed."""
        if self._known.get(name) is _REPEATED:
            raise LookupError(f"{self._path.name}: {name} needs itself")
        if name not in self._known:
            self._known[name] = _REPEATED
            self._known[name] = self._work_out(name)
        return self._known[name]

    def _work_out(self, name: str) -> Any:
        if name in self._imported:
            source = self._imported[name]
            if not any("export" in text for text in declarations(source)[name].decorators):
                raise LookupError(f"{source.name} does not export {name}")
            return constant(source, name)
        one = self._declared.get(name)
        if one is None:
            raise LookupError(f"{self._path.name}: {name} is not declared")
        if one.kind == "parameter" and name in self._given:
            return self._given[name]
        assert one.value is not None
        if one.kind == "resource":
            return self._each(one.value, lambda body, names: self._resource(one, body, names))
        if one.kind == "module":
            return self._each(one.value, lambda body, names: self._module(one, body, names))
        return self.evaluate(one.value, {})

    def _each(self, node: Node, make: Callable[[Node, _Names], Any]) -> Any:
        """Make one thing, one for each element of a loop, or nothing where a condition does not hold."""
        if node.type == "for_statement":
            return [make(body, names) for body, names in self._loop(node, {})]
        if node.type == "if_statement":
            condition, body = _kids(node)
            return make(body, {}) if self.evaluate(condition, {}) else None
        return make(node, {})

    def _loop(self, node: Node, names: _Names) -> Iterator[tuple[Node, _Names]]:
        head, elements, body = _kids(node)
        variables = [_text(kid) for kid in _kids(head)] if head.type == "for_loop_parameters" else [_text(head)]
        for index, element in enumerate(self.evaluate(elements, names)):
            yield body, {**names, **dict(zip(variables, (element, index), strict=False))}

    def _resource(self, one: Declaration, body_node: Node, names: _Names) -> Resource:
        kind, _, version = _plain(next(kid for kid in one.node.children if kid.type == "string")).partition("@")
        body = self.evaluate(body_node, names)
        parent, scope = body.pop("parent", None), body.pop("scope", None)
        name = f"{parent.name}/{body['name']}" if parent else str(body["name"])
        existing = any(kid.type == "existing" or _text(kid) == "existing" for kid in one.node.children[:4])
        resource = Resource(kind, version, name, body, existing, scope.id if scope else "")
        self._deployment.resources.append(resource)
        return resource

    def _module(self, one: Declaration, body_node: Node, names: _Names) -> "_Outputs":
        file = _plain(next(kid for kid in one.node.children if kid.type == "string"))
        body = self.evaluate(body_node, names)
        inner = Deployment(self._deployment.resources)
        _File((self._path.parent / file).resolve(), body.get("params", {}), inner).run()
        return _Outputs(file, inner.outputs)

    def evaluate(self, node: Node, names: _Names) -> Any:
        """The value of an expression; ``names`` are those of loops and functions around it."""
        hole = names.get("") if names else None
        if hole is not None and node == hole[0]:
            return self.evaluate(hole[1], {key: value for key, value in names.items() if key})
        lambda_node = _leading_lambda(node)
        if lambda_node is not None:
            return self._function(node, lambda_node, names)
        how = getattr(self, f"_{node.type}", None)
        if how is None:
            raise LookupError(f"{self._path.name}: what is a {node.type}? {_text(node)[:60]}")
        return how(node, names)

    def _function(self, whole: Node, node: Node, names: _Names) -> Callable[..., Any]:
        """A lambda. The grammar takes what follows its first word (``.name``, ``? :``) for something around it."""
        *heads, body = _kids(node)
        if heads[0].type == "parenthesized_expression":
            heads = _kids(heads[0])
        variables = [_text(head) for head in heads]

        def call(*values: Any) -> Any:
            inner = {**names, **dict(zip(variables, values, strict=False))}
            return self.evaluate(body, inner) if whole == node else self.evaluate(whole, {**inner, "": (node, body)})

        return call

    def _string(self, node: Node, names: _Names) -> str:
        return "".join(part if isinstance(part, str) else _written(self.evaluate(part, names)) for part in _parts(node))

    def _number(self, node: Node, _: _Names) -> int:
        return int(_text(node))

    def _boolean(self, node: Node, _: _Names) -> bool:
        return _text(node) == "true"

    def _null(self, _node: Node, _: _Names) -> None:
        return None

    def _identifier(self, node: Node, names: _Names) -> Any:
        name = _text(node)
        return names[name] if name in names else self.value_of(name)

    def _parenthesized_expression(self, node: Node, names: _Names) -> Any:
        return self.evaluate(_kids(node)[0], names)

    def _array(self, node: Node, names: _Names) -> list[Any]:
        return [self.evaluate(kid, names) for kid in _kids(node)]

    def _for_statement(self, node: Node, names: _Names) -> list[Any]:
        return [self.evaluate(body, inner) for body, inner in self._loop(node, names)]

    def _object(self, node: Node, names: _Names) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kid in _kids(node):
            if not _kids(kid):
                continue  # a word to the linter
            key, value = _kids(kid)
            name = self._string(key, names) if key.type == "string" else _text(key)
            if name in found:
                raise LookupError(f"{self._path.name}: {name} stands there twice")
            found[name] = self.evaluate(value, names)
        return found

    def _member_expression(self, node: Node, names: _Names) -> Any:
        whole, part = _kids(node)
        return _member(self.evaluate(whole, names), _text(part))

    def _subscript_expression(self, node: Node, names: _Names) -> Any:
        whole, part = (self.evaluate(kid, names) for kid in _kids(node))
        return _member(whole, part) if isinstance(whole, dict) else whole[part]

    def _ternary_expression(self, node: Node, names: _Names) -> Any:
        condition, then, otherwise = _kids(node)
        return self.evaluate(then if self.evaluate(condition, names) else otherwise, names)

    def _unary_expression(self, node: Node, names: _Names) -> bool:
        return not self.evaluate(_kids(node)[0], names)

    def _call_expression(self, node: Node, names: _Names) -> Any:
        name, arguments = _kids(node)
        function = _FUNCTIONS.get(_text(name))
        if function is None:
            raise LookupError(f"{self._path.name}: function {_text(name)} is not known")
        return function(*(self.evaluate(kid, names) for kid in _kids(arguments)))


@dataclass
class _Outputs:
    module: str
    outputs: dict[str, Any]

    def member(self, name: str) -> Any:
        if name != "outputs":
            raise LookupError(f"a module has no {name}")
        return self.outputs


def _leading_lambda(node: Node) -> Node | None:
    while node.type in {"member_expression", "subscript_expression", "ternary_expression", "binary_expression"}:
        node = _kids(node)[0]
    return node if node.type == "lambda_expression" else None


def _member(whole: Any, part: str) -> Any:
    if isinstance(whole, dict):
        if part not in whole:
            raise LookupError(f"{part} is not one of {sorted(whole)}")
        return whole[part]
    return whole.member(part)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _union(*parts: Any) -> Any:
    if isinstance(parts[0], dict):
        return {key: value for part in parts for key, value in part.items()}
    return list(dict.fromkeys(one for part in parts for one in part))


def _unique(*parts: Any) -> str:
    return "u" + hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:12]


def _subnet(network: str, prefix: int, index: int) -> str:
    return str(list(ipaddress.ip_network(network).subnets(new_prefix=prefix))[index])


def _to_object(elements: Sequence[Any], key: Callable[[Any], str], value: Callable[[Any], Any]) -> dict[str, Any]:
    return {key(one): value(one) for one in elements}


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "cidrSubnet": _subnet,
    "concat": lambda *lists: [one for elements in lists for one in elements],
    "contains": lambda whole, part: part in whole,
    "empty": lambda value: not value,
    "environment": lambda: {"portal": "https://portal.azure.com", "suffixes": {"storage": "core.windows.net"}},
    "filter": lambda elements, wanted: [one for one in elements if wanted(one)],
    "flatten": lambda lists: [one for elements in lists for one in elements],
    "guid": lambda *parts: str(uuid.uuid5(uuid.NAMESPACE_OID, "|".join(map(str, parts)))),
    "items": lambda whole: [{"key": key, "value": whole[key]} for key in sorted(whole, key=str.lower)],
    "join": lambda parts, between: between.join(map(_written, parts)),
    "map": lambda elements, function: [function(one) for one in elements],
    "objectKeys": lambda whole: sorted(whole, key=str.lower),
    "resourceGroup": lambda: {"id": _GROUP, "name": "rg"},
    "split": lambda text, between: text.split(between),
    "string": _written,
    "subscriptionResourceId": lambda kind, name: f"/subscriptions/0/providers/{kind}/{name}",
    "take": lambda whole, count: whole[:count],
    "tenant": lambda: {"tenantId": "<tenant>"},
    "toObject": _to_object,
    "toUpper": str.upper,
    "union": _union,
    "uniqueString": _unique,
    "utcNow": lambda pattern: {"yyyy-MM-01": "2026-02-01"}[pattern],
}
