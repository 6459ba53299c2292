"""What a component looks like around the texts in it: rendered once for parameters of one shape, then filled.

The macros of the NHS.UK frontend look at dozens of parameters that nobody gave; a page of ten took ten milliseconds.
A cached component holds none of the texts that it is filled with, so it keeps nothing that people typed.
"""

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import batched, count
from typing import Any

from markupsafe import Markup, escape

#: The parameters that are texts, on whichever level. Components only ask whether there is one.
TEXTS = frozenset({"text", "html", "value"})

# A number between private characters, which no template has.
_MARK = re.compile("\ue000([0-9]+)\ue001")

type Shape = tuple[type, Hashable]
type Parameters = dict[str, Any]


class _Text:
    """The kind of a place that a text goes to."""


@dataclass(frozen=True, slots=True)
class CachedComponent:
    """A component in pieces: markup with the number of the text behind it, and the markup after the last."""

    pieces: tuple[tuple[str, int], ...]
    last: str

    def filled(self, texts: list[str]) -> Markup:
        """The component with these texts. All but markup is escaped, also where the library would trust plain html."""
        parts: list[str] = []
        for before, number in self.pieces:
            parts += before, escape(texts[number])
        parts.append(self.last)
        return Markup("".join(parts))  # noqa: S704 -- made of the component's own markup and of what was escaped


def shape_of(parameters: Parameters, texts: list[str]) -> Shape:
    """The shape of parameters; their texts are added to ``texts`` in order."""
    return dict, tuple(
        (name, _text(value, texts) if name in TEXTS and value and isinstance(value, str) else _part(value, texts))
        for name, value in parameters.items()
    )


def compiled(component: Callable[[Parameters], str], shape: Shape) -> CachedComponent:
    """What a component makes of parameters of that shape."""
    *found, last = _MARK.split(component(_marked(shape, count())))
    return CachedComponent(tuple((before, int(number)) for before, number in batched(found, 2, strict=True)), last)


def _text(value: str, texts: list[str]) -> Shape:
    texts.append(value)
    return _Text, isinstance(value, Markup)


def _part(value: Any, texts: list[str]) -> Shape:  # noqa: ANN401 -- whatever a template gives
    match value:
        case dict():
            return shape_of(value, texts)
        case list() | tuple():
            return list, tuple(_part(item, texts) for item in value)
        case _:
            return type(value), value  # with its type: True and 1 are the same key otherwise


def _marked(shape: Shape, numbers: Iterator[int]) -> Any:  # noqa: ANN401 -- what ``_part`` was given, with marks
    kind, content = shape
    if kind is dict and isinstance(content, tuple):
        return {name: _marked(part, numbers) for name, part in content}
    if kind is list and isinstance(content, tuple):
        return [_marked(part, numbers) for part in content]
    if kind is _Text:
        mark = f"\ue000{next(numbers)}\ue001"
        return Markup(mark) if content else mark  # noqa: S704 -- a mark of ours
    return content
