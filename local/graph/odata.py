"""Query options: `$filter`, `$select`, `$expand`, `$orderby`, `$top`, `$skip`, `$count`."""

import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from local.graph.errors import bad_request
from local.graph.settings import Json
from local.graph.state import property_name
from local.graph.web import Request

Predicate = Callable[[Json], bool]
EXTENDED = "singleValueExtendedProperties"
DEFAULT_PAGE = 10
LARGEST_PAGE = 1000
LIST_OPTIONS = frozenset({"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count"})

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')"
    r"|(?P<moment>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<path>[A-Za-z_@][\w@.]*(?:/[A-Za-z_@][\w@.]*)*)"
    r"|(?P<sign>[():,]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


@dataclass
class Filter:
    """`paths` in the order of writing; `label` is an extended property that every match must have."""

    matches: Predicate
    paths: list[str] = field(default_factory=list)
    label: tuple[str, str] | None = None


def invalid_filter(detail: str) -> NoReturn:
    """400, and nothing of what was asked for in it."""
    raise bad_request(f"Invalid filter clause: {detail}.")


def value_at(document: Json, path: str) -> object:
    """What lies at `from/emailAddress/address` or the like."""
    found: object = document
    for part in path.split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found


class _Parser:
    """A small part of the OData grammar: comparisons, `and`, `or`, `not`, `startswith`, the Any lambda."""

    def __init__(self, text: str, known: Collection[str]) -> None:
        self._tokens = self._split(text)
        self._known = known
        self._at = 0
        self.paths: list[str] = []

    @staticmethod
    def _split(text: str) -> list[tuple[str, str]]:
        tokens, at = [], 0
        text = text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                invalid_filter(f"a syntax error at position {at}")
            tokens.append((found.lastgroup or "", found.group(found.lastgroup or 0)))
            at = found.end()
        return tokens

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _next(self, kind: str, *words: str) -> str:
        got, text = self._peek()
        if got != kind or (words and text.lower() not in words):
            invalid_filter(f"expected {' or '.join(words) or 'a ' + kind} at term {self._at + 1}")
        self._at += 1
        return text

    def _word(self, word: str) -> bool:
        if self._peek() == ("path", word):
            self._at += 1
            return True
        return False

    def parse(self) -> Filter:
        """The whole text."""
        found = self._either()
        if self._peek()[0] != "end":
            invalid_filter(f"unexpected term {self._at + 1}")
        return Filter(found.matches, self.paths, found.label)

    def _either(self) -> Filter:
        parts = [self._all()]
        while self._word("or"):
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        tests = [part.matches for part in parts]
        return Filter(lambda document: any(test(document) for test in tests))

    def _all(self) -> Filter:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        tests = [part.matches for part in parts]
        label = next((part.label for part in parts if part.label), None)
        return Filter(lambda document: all(test(document) for test in tests), label=label)

    def _one(self) -> Filter:
        if self._word("not"):
            test = self._one().matches
            return Filter(lambda document: not test(document))
        if self._peek() == ("sign", "("):
            self._at += 1
            inside = self._either()
            self._next("sign", ")")
            return inside
        path = self._next("path")
        if path.lower() == "startswith":
            return self._starts_with()
        if path.lower().endswith("/any"):
            return self._any(path.rpartition("/")[0])
        return self._comparison(path)

    def _property(self, path: str) -> str:
        name = path.partition("/")[0]
        if name not in self._known:
            raise unknown_property(name)
        self.paths.append(path)
        return path

    def _literal(self) -> object:
        kind, text = self._peek()
        self._at += 1
        match kind:
            case "string":
                return text[1:-1].replace("''", "'")
            case "moment":
                return _moment(text)
            case "number":
                return float(text)
            case "path" if text in {"true", "false", "null"}:
                return {"true": True, "false": False, "null": None}[text]
        invalid_filter(f"expected a value at term {self._at}")

    def _comparison(self, path: str) -> Filter:
        self._property(path)
        compare = _COMPARE[self._next("path", *_COMPARE)]
        wanted = self._literal()

        def matches(document: Json) -> bool:
            value = value_at(document, path)
            if isinstance(wanted, datetime):
                value = _moment(value) if isinstance(value, str) else value
            try:
                return compare(value, wanted)
            except TypeError:
                return False

        return Filter(matches)

    def _starts_with(self) -> Filter:
        self._next("sign", "(")
        path = self._property(self._next("path"))
        self._next("sign", ",")
        start = self._literal()
        self._next("sign", ")")
        return Filter(lambda document: str(value_at(document, path) or "").startswith(str(start)))

    def _any(self, path: str) -> Filter:
        """`Any(ep: ep/id eq '...' and ep/value eq '...')`; the value may be left out or be `ne null`."""
        if path != EXTENDED:
            invalid_filter("Any is supported on singleValueExtendedProperties only")
        self.paths.append(path)
        self._next("sign", "(")
        variable = self._next("path")
        self._next("sign", ":")
        wanted_id: str | None = None
        wanted_value: str | None = None
        while True:
            name = self._next("path")
            relation = self._next("path", "eq", "ne")
            value = self._literal()
            if name == f"{variable}/id" and relation == "eq" and isinstance(value, str):
                wanted_id = property_name(value)
            elif name == f"{variable}/value" and relation == "eq" and isinstance(value, str):
                wanted_value = value.casefold()
            elif not (name == f"{variable}/value" and relation == "ne" and value is None):
                invalid_filter("an extended property is compared by id and value with eq")
            if not self._word("and"):
                break
        self._next("sign", ")")
        if wanted_id is None:
            invalid_filter("an extended property needs an id")

        def matches(document: Json) -> bool:
            return any(
                property_name(one["id"]) == wanted_id
                and (wanted_value is None or one["value"].casefold() == wanted_value)
                for one in document.get(EXTENDED, ())
            )

        return Filter(matches, label=None if wanted_value is None else (wanted_id, wanted_value))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        invalid_filter("not a date and time")
    return moment if moment.tzinfo else datetime.fromisoformat(f"{text[:10]}T{text[11:] or '00:00'}+00:00")


def unknown_property(name: str) -> Exception:
    """400 for a name that the type does not have."""
    return bad_request(f"Could not find a property named '{name}' on the type asked for.")


def parse_filter(text: str, known: Collection[str]) -> Filter:
    """A test for documents that contain every property, the hidden ones as well."""
    return _Parser(text, known).parse()


@dataclass(frozen=True)
class Options:
    """What a caller asked a list or one item to look like."""

    select: tuple[str, ...] = ()
    expand: tuple[str, ...] | None = None
    filter: Filter | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int = DEFAULT_PAGE
    skip: int = 0
    count: bool = False


def _whole_number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.options.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise bad_request(f"Invalid value for {name}: a whole number from {least} to {most} is expected.")
    return int(text)


def read_select(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The names, each of which has to exist."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name != "*" and name not in known:
            raise unknown_property(name)
    return () if "*" in names else names


def read_expand(text: str) -> tuple[str, ...]:
    """The extended properties to show, as `property_name` spells them."""
    found = re.fullmatch(rf"\s*{EXTENDED}\s*\(\s*\$filter\s*=\s*(.+)\)\s*", text)
    if found is None:
        raise bad_request(f"$expand is supported as {EXTENDED}($filter=id eq '...') only.")
    tests = re.split(r"\s+or\s+(?=id\s)", found.group(1).strip())
    ids = [re.fullmatch(r"id\s+eq\s+'((?:[^']|'')*)'", test.strip()) for test in tests]
    if not all(ids):
        raise bad_request(f"The $filter inside $expand={EXTENDED} compares id with eq.")
    return tuple(property_name(one.group(1).replace("''", "'")) for one in ids if one)


def read_order(text: str, known: Collection[str]) -> tuple[tuple[str, bool], ...]:
    """Paths, each with whether it is descending."""
    order = []
    for part in text.split(","):
        path, _, direction = part.strip().partition(" ")
        if path.partition("/")[0] not in known:
            raise unknown_property(path)
        if direction.strip().lower() not in {"", "asc", "desc"}:
            raise bad_request("Invalid $orderby: asc or desc is expected.")
        order.append((path, direction.strip().lower() == "desc"))
    return tuple(order)


def read_options(request: Request, known: Collection[str], allowed: Collection[str] = LIST_OPTIONS) -> Options:
    """Check and read them all; what is not known is refused, as a typing mistake would go unseen."""
    for name in request.options:
        if name not in allowed and f"${name}" not in allowed:
            raise bad_request(f"The query option '{name}' is not supported here.")
    given = request.options
    options = Options(
        select=read_select(given.get("$select", ""), known),
        expand=read_expand(given["$expand"]) if "$expand" in given else None,
        filter=parse_filter(given["$filter"], known) if "$filter" in given else None,
        order=read_order(given["$orderby"], known) if "$orderby" in given else (),
        top=_whole_number(request, "$top", DEFAULT_PAGE, 1, LARGEST_PAGE),
        skip=_whole_number(request, "$skip", 0, 0, 10**9),
        count=given.get("$count", "false").lower() == "true",
    )
    refuse_inefficient(options)
    return options


def refuse_inefficient(options: Options) -> None:
    """What is sorted by has to come first in the filter, in the same order."""
    if options.filter is None or not options.order:
        return
    sorted_by = [path for path, _ in options.order]
    first = list(dict.fromkeys(options.filter.paths))[: len(sorted_by)]
    if first != sorted_by:
        message = "The restriction or sort order is too complex for this operation."
        raise bad_request(message, "InefficientFilter")


def sort(documents: list[Json], order: Sequence[tuple[str, bool]]) -> list[Json]:
    """By several properties; those without a value come first."""
    for path, descending in reversed(order):
        documents = sorted(
            documents,
            key=lambda document: (
                value_at(document, path) is not None,
                str(value_at(document, path) or "").casefold(),
            ),
            reverse=descending,
        )
    return documents


def page(request: Request, documents: list[Json], options: Options, show: Callable[[Json], Json]) -> Json:
    """One page of a list, with the link to the next."""
    shown = documents[options.skip : options.skip + options.top]
    answer: Json = {"@odata.context": f"{request.origin}/v1.0/$metadata#Collection"}
    if options.count:
        answer["@odata.count"] = len(documents)
    answer["value"] = [show(document) for document in shown]
    rest = options.skip + options.top
    if rest < len(documents):
        answer["@odata.nextLink"] = request.link({**request.options, "$skip": str(rest)})
    return answer
