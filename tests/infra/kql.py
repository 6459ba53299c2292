"""Plays an alert's query on rows, for the few words of KQL that our alerts are made of.

In ``where``: ``==``, ``!=``, ``has``, ``has_any``, ``contains``, ``in``, ``and``, ``or``, brackets. Then ``join
kind=leftanti``. Anything else raises LookupError, so that a query which is not understood is not called right.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

type Row = Mapping[str, object]
type Tables = Mapping[str, Sequence[Row]]

_TOKEN = re.compile(r"""\s*(?:(?P<text>"[^"]*"|'[^']*')|(?P<word>[\w-]+)|(?P<sign>==|!=|[|(),=]))""")


def played(query: str, tables: Tables) -> list[Row]:
    """The rows that a query finds."""
    reader = _Reader(query, tables)
    rows = reader.pipeline()
    reader.end()
    return rows


class _Reader:
    def __init__(self, query: str, tables: Tables) -> None:
        self._tables = tables
        self._tokens: list[str] = []
        at, query = 0, query.strip()
        while at < len(query):
            match = _TOKEN.match(query, at)
            if match is None:
                raise LookupError(f"not understood: {query[at : at + 20]}")
            self._tokens.append(match[0].strip())
            at = match.end()

    def pipeline(self) -> list[Row]:
        rows = list(self._tables[self._take()])
        while self._next("|"):
            match self._take():
                case "where":
                    wanted = self._either()
                    rows = [row for row in rows if wanted(row)]
                case "join":
                    rows = self._without(rows)
                case word:
                    raise LookupError(f"{word} is not known here")
        return rows

    def end(self) -> None:
        if self._tokens:
            raise LookupError(f"not understood: {self._tokens}")

    def _without(self, rows: list[Row]) -> list[Row]:
        for expected in ("kind", "=", "leftanti", "("):
            self._expect(expected)
        others = self.pipeline()
        self._expect(")")
        self._expect("on")
        column = self._take()
        known = {row[column] for row in others}
        return [row for row in rows if row[column] not in known]

    def _either(self) -> Callable[[Row], bool]:
        parts = [self._both()]
        while self._next("or"):
            parts.append(self._both())
        return lambda row: any(part(row) for part in parts)

    def _both(self) -> Callable[[Row], bool]:
        parts = [self._one()]
        while self._next("and"):
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Callable[[Row], bool]:
        if self._next("("):
            inner = self._either()
            self._expect(")")
            return inner
        column = self._take()
        if column == "tostring":
            self._expect("(")
            column = self._take()
            self._expect(")")
        operator, values = self._take(), list(self._values())
        return lambda row: _holds(row[column], operator, values)

    def _values(self) -> Iterator[object]:
        if not self._next("("):
            yield _literal(self._take())
            return
        while not self._next(")"):
            yield _literal(self._take())
            self._next(",")

    def _take(self) -> str:
        if not self._tokens:
            raise LookupError("the query ends too early")
        return self._tokens.pop(0)

    def _next(self, token: str) -> bool:
        if self._tokens and self._tokens[0] == token:
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, token: str) -> None:
        if not self._next(token):
            raise LookupError(f"{token} expected before {self._tokens[:3]}")


def _literal(token: str) -> object:
    return {"true": True, "false": False}.get(token, token[1:-1])


def _holds(value: object, operator: str, wanted: Sequence[object]) -> bool:
    text, words = str(value).casefold(), [str(each).casefold() for each in wanted]
    match operator:
        case "==":
            return value == wanted[0]
        case "!=":
            return value != wanted[0]
        case "in":
            return value in wanted
        case "contains":
            return words[0] in text
        case "has" | "has_any":  # whole terms, as Kusto cuts them: at everything that is no letter or digit
            return any(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text) for word in words)
    raise LookupError(f"{operator} is not known here")
