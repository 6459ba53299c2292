"""How everything that the app consists of is made: of what its constructor asks for, by the types of its parameters."""

from collections.abc import Callable, Iterable
from inspect import isclass, signature
from typing import Any, is_protocol

from svcs import Container, Registry, autowire

from shared.composition.outside import Outside


def registry(wanted: Iterable[Callable[..., object]], given: Iterable[object]) -> Registry:
    """Returns how to make what is wanted, and whatever that asks for in turn; of each type there is one.

    ``wanted``: classes, and functions that make the type they return. ``given``: types of values that whoever opens a
    container registers there. A store is made of the table that it names. Raises TypeError if something is asked for
    that nothing makes.
    """
    made, wanted = Registry(), tuple(wanted)
    known = {*given, *map(_made_by, wanted)}
    for make in wanted:
        made.register_factory(_made_by(make), autowire(make), enter=False)
    for make in wanted:
        _register_needs(made, make, known)
    return made


def _made_by(make: Callable[..., object]) -> Any:  # noqa: ANN401 -- a class, or whatever type a function returns
    return make if isclass(make) else signature(make).return_annotation


def _register_needs(made: Registry, make: Callable[..., object], known: set[Any]) -> None:
    for name, parameter in signature(make).parameters.items():
        kind = parameter.annotation
        if kind in known or parameter.default is not parameter.empty:
            continue
        if not isclass(kind) or is_protocol(kind) or not kind.__module__.startswith("shared."):
            raise TypeError(f"nothing makes the {name} that {make} asks for: {kind}")
        known.add(kind)
        if hasattr(kind, "TABLE"):
            made.register_factory(kind, _of_table(kind), enter=False)
        else:
            made.register_factory(kind, autowire(kind), enter=False)
            _register_needs(made, kind, known)


def _of_table(store: Any) -> Callable[[Container], object]:  # noqa: ANN401 -- any class of ``stores``
    def make(svcs_container: Container) -> object:
        return store(svcs_container.get(Outside).table(store.TABLE))

    return make
