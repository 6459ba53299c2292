"""The functions of the app, as the host is told of them. The app itself can be asked only once in a process."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import function_app


@dataclass(frozen=True)
class Door:
    """One function: its name, its trigger's binding, and what is called."""

    name: str
    trigger: Mapping[str, Any]
    handler: Callable[..., Any]


@cache
def doors() -> tuple[Door, ...]:
    """Every function of the app, each with its one trigger."""
    found = []
    for function in function_app.app.get_functions():
        (trigger,) = (one for one in json.loads(str(function))["bindings"] if str(one["type"]).endswith("Trigger"))
        found.append(Door(str(function.get_function_name()), trigger, function.get_user_function()))
    return tuple(found)
