"""ASP.NET route templates, matched as the real host matches them: one after the other, by function name."""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from local.host.errors import FunctionError
from local.host.functions import Function, HttpTrigger

_PARAMETER = re.compile(r"\{(?P<rest>\*?)(?P<name>[^{}:?=*]+)(?P<constraints>(?::[^{}:?=]+)*)(?P<optional>\??)\}")
_BUILT_IN = ("admin", "runtime")


def _is_whole_number(text: str, bits: int) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None and -(1 << bits - 1) <= int(text) < 1 << bits - 1


def _is_guid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


CONSTRAINTS: Mapping[str, Callable[[str], bool]] = {
    "int": lambda text: _is_whole_number(text, 32),
    "long": lambda text: _is_whole_number(text, 64),
    "bool": lambda text: text.lower() in {"true", "false"},
    "alpha": lambda text: re.fullmatch(r"[A-Za-z]+", text) is not None,
    "decimal": lambda text: re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) is not None,
    "guid": _is_guid,
}


@dataclass(frozen=True)
class Route:
    """A template compiled to one regular expression, with the constraints of its parameters."""

    template: str
    pattern: re.Pattern[str]
    parameters: tuple[tuple[str, tuple[Callable[[str], bool], ...]], ...]

    @classmethod
    def compile(cls, template: str) -> "Route":
        """Read a template such as ``people/{id:int}/{page?}`` or ``files/{*path}``."""
        template = template.strip("/")
        if template.split("/", 1)[0].lower() in _BUILT_IN:
            raise FunctionError(f"The route '{template}' conflicts with a built-in route.")
        pattern, parameters = "", []
        segments = template.split("/") if template else []
        for number, segment in enumerate(segments):
            is_last = number == len(segments) - 1
            slash = "/" if number else ""
            whole = _PARAMETER.fullmatch(segment)
            if whole and (whole["rest"] or whole["optional"]):
                if not is_last:
                    raise FunctionError(f"The route '{template}' has an optional part before its end.")
                pattern += f"(?:{slash}({'.*' if whole['rest'] else '[^/]+'}))?"
            else:
                pattern += slash + cls._segment(template, segment)
            parameters += [
                (found["name"], cls._constraints(template, found["constraints"]))
                for found in _PARAMETER.finditer(segment)
            ]
        names = [name.lower() for name, _ in parameters]
        if len(names) != len(set(names)):
            raise FunctionError(f"The route '{template}' names a parameter twice.")
        return cls(template, re.compile(pattern, re.IGNORECASE | re.DOTALL), tuple(parameters))

    @staticmethod
    def _segment(template: str, segment: str) -> str:
        pattern, end = "", 0
        for found in _PARAMETER.finditer(segment):
            if found["rest"] or found["optional"]:
                raise FunctionError(f"The route '{template}' mixes text with an optional part.")
            pattern += re.escape(segment[end : found.start()]) + "([^/]+?)"
            end = found.end()
        literal = segment[end:]
        if not segment or re.search(r"[{}]", literal + pattern.replace("([^/]+?)", "")):
            raise FunctionError(f"The route '{template}' cannot be read.")
        return pattern + re.escape(literal)

    @staticmethod
    def _constraints(template: str, text: str) -> tuple[Callable[[str], bool], ...]:
        names = [name.lower() for name in text.split(":") if name]
        unknown = [name for name in names if name not in CONSTRAINTS]
        if unknown:
            raise FunctionError(f"The route '{template}' has the constraint '{unknown[0]}', not known here.")
        return tuple(CONSTRAINTS[name] for name in names)

    def match(self, path: str) -> dict[str, str] | None:
        """The route's parameters, or None; ``path`` is decoded and starts with a slash."""
        found = self.pattern.fullmatch(path[1:]) or self.pattern.fullmatch(path[1:].removesuffix("/"))
        if found is None:
            return None
        values: dict[str, str] = {}
        for (name, constraints), value in zip(self.parameters, found.groups(), strict=True):
            if not value:
                continue
            if not all(holds(value) for holds in constraints):
                return None
            values[name] = value
        return values


class RouteTable:
    """All HTTP functions, sorted by name; the first whose route and method fit is taken.

    A literal segment has no precedence over a parameter, and a wrong method is as good as a wrong path.
    """

    def __init__(self, prefix: str, functions: Iterable[Function]) -> None:
        self._routes: list[tuple[Route, HttpTrigger, Function]] = []
        for function in sorted(functions, key=lambda function: function.name.upper()):  # an underscore after letters
            if isinstance(function.trigger, HttpTrigger):
                route = Route.compile(full_template(prefix, function.trigger.route))
                self._routes.append((route, function.trigger, function))

    def find(self, method: str, path: str) -> tuple[Function, HttpTrigger, dict[str, str]] | None:
        """The function for a request, with its route parameters."""
        for route, trigger, function in self._routes:
            if trigger.methods and method not in trigger.methods:
                continue
            parameters = route.match(path)
            if parameters is not None:
                return function, trigger, parameters
        return None


def full_template(prefix: str, route: str) -> str:
    """The route with the prefix of ``host.json``."""
    return "/".join(part for part in (prefix.strip("/"), route.strip("/")) if part)
