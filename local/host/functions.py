"""The app's functions as the index describes them: trigger, outputs, and what may be wrong with them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from local.host.errors import StartError
from local.host.settings import AppSettings

KNOWN_BINDINGS = {
    ("httptrigger", "in"),
    ("http", "out"),
    ("queuetrigger", "in"),
    ("queue", "out"),
    ("timertrigger", "in"),
}


class AuthLevel(StrEnum):
    """Which key a caller needs."""

    ANONYMOUS = "anonymous"
    FUNCTION = "function"
    ADMIN = "admin"


@dataclass(frozen=True)
class HttpTrigger:
    """Called by a request; no methods listed means every method."""

    parameter: str
    route: str
    methods: frozenset[str]
    auth_level: AuthLevel


@dataclass(frozen=True)
class QueueTrigger:
    """Called by a message."""

    parameter: str
    queue: str
    connection: str


@dataclass(frozen=True)
class TimerTrigger:
    """Called by the clock."""

    parameter: str
    schedule: str
    run_on_startup: bool
    use_monitor: bool


@dataclass(frozen=True)
class QueueOutput:
    """A queue that the function writes to."""

    parameter: str
    queue: str
    connection: str


Trigger = HttpTrigger | QueueTrigger | TimerTrigger


@dataclass(frozen=True)
class Function:
    """One function of the app."""

    name: str
    id: str
    trigger: Trigger
    outputs: tuple[QueueOutput, ...]
    bindings: tuple[Mapping[str, object], ...]

    def resolved(self, settings: AppSettings) -> "Function":
        """The same function with every ``%NAME%`` replaced; FunctionError if one is unknown."""
        trigger: Trigger
        match self.trigger:
            case HttpTrigger(route=route):
                trigger = replace(self.trigger, route=settings.resolve(route))
            case QueueTrigger(queue=queue, connection=connection):
                trigger = replace(self.trigger, queue=settings.resolve(queue), connection=settings.resolve(connection))
            case TimerTrigger(schedule=schedule):
                trigger = replace(self.trigger, schedule=settings.resolve(schedule))
        outputs = tuple(
            replace(output, queue=settings.resolve(output.queue), connection=settings.resolve(output.connection))
            for output in self.outputs
        )
        return replace(self, trigger=trigger, outputs=outputs)


class IndexedFunction(Protocol):
    """What the library says about a function."""

    name: str
    function_id: str
    raw_bindings: Sequence[str]


def read_index(indexed: Iterable[IndexedFunction]) -> list[Function]:
    """Understand the index, in the order in which the real host looks at functions: by name.

    A binding that this host does not copy stops the start, because an app that half works misleads.
    """
    functions: dict[str, Function] = {}
    problems: list[str] = []
    for entry in indexed:
        try:
            function = _read_function(entry)
        except StartError as exc:
            problems.append(f"Function '{entry.name}': {exc}")
            continue
        if function.name.lower() in functions:
            problems.append(f"Function '{entry.name}': the name differs from another only in case.")
        functions[function.name.lower()] = function
    if problems:
        raise StartError("\n".join(problems))
    return [functions[name] for name in sorted(functions)]


def _read_function(entry: IndexedFunction) -> Function:
    bindings: list[dict[str, object]] = [json.loads(text) for text in entry.raw_bindings]
    triggers: list[Trigger] = []
    outputs: list[QueueOutput] = []
    for binding in bindings:
        kind, direction = _text(binding, "type"), _text(binding, "direction")
        if (kind.lower(), direction.lower()) not in KNOWN_BINDINGS:
            raise StartError(f"the local host does not support the binding '{kind}' ({direction}).")
        properties = binding.get("properties")
        if isinstance(properties, dict) and properties.get("SupportsDeferredBinding"):
            raise StartError("the local host does not support parameter types of azurefunctions-extensions.")
        match kind.lower():
            case "httptrigger":
                triggers.append(_http_trigger(entry.name, binding))
            case "queuetrigger":
                triggers.append(
                    QueueTrigger(_text(binding, "name"), _text(binding, "queueName"), _text(binding, "connection"))
                )
            case "timertrigger":
                triggers.append(
                    TimerTrigger(
                        parameter=_text(binding, "name"),
                        schedule=_text(binding, "schedule"),
                        run_on_startup=binding.get("runOnStartup") is True,
                        use_monitor=binding.get("useMonitor") is not False,
                    )
                )
            case "queue":
                outputs.append(
                    QueueOutput(_text(binding, "name"), _text(binding, "queueName"), _text(binding, "connection"))
                )
    if len(triggers) != 1:
        raise StartError("it needs exactly one trigger.")
    return Function(
        name=entry.name,
        id=entry.function_id,
        trigger=triggers[0],
        outputs=tuple(outputs),
        bindings=tuple(bindings),
    )


def _http_trigger(function: str, binding: Mapping[str, object]) -> HttpTrigger:
    methods = binding.get("methods")
    route = binding.get("route")
    return HttpTrigger(
        parameter=_text(binding, "name"),
        route=route if isinstance(route, str) else function,
        methods=frozenset(str(method).upper() for method in methods) if isinstance(methods, list) else frozenset(),
        auth_level=AuthLevel((_text(binding, "authLevel") or "function").lower()),
    )


def _text(binding: Mapping[str, object], member: str) -> str:
    value = binding.get(member)
    return value if isinstance(value, str) else ""
