"""The components of the NHS.UK frontend for our templates, and the small translations that they ask for."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from shared.adapters.compiled import CompiledTemplates
from shared.adapters.component_cache import CachedComponent, Parameters, Shape, compiled, shape_of
from shared.domain.programme import Option

type Choice = Option | Sequence[str]


# One programme's pages need some two hundred, with every mistake that can be made in them.
_MOST_CACHED = 2_000


class Components:
    """The components by the names of their macros, such as ``errorSummary``; each is loaded when first used.

    They have an environment of their own, because they leave out what they are not told; ours calls that an error.
    """

    def __init__(self) -> None:
        self._cached = lru_cache(_MOST_CACHED)(self._compiled)
        self.environment = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"),
            bytecode_cache=CompiledTemplates("component"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def __getattr__(self, name: str) -> Callable[[Parameters], Markup]:
        """The component of that name. Raises TemplateNotFound, when it is called, if there is none."""
        if name.startswith("_"):
            raise AttributeError(name)

        def component(parameters: Parameters) -> Markup:
            texts: list[str] = []
            shape = shape_of(parameters, texts)
            return self._cached(name, shape).filled(texts)

        setattr(self, name, component)
        return component

    def macro(self, name: str) -> Callable[[Parameters], Markup]:
        """The macro of the library that makes the component. Raises TemplateNotFound."""
        folder = re.sub("[A-Z]", lambda capital: f"-{capital[0].lower()}", name)
        template = self.environment.get_template(f"nhsuk/components/{folder}/macro.jinja")
        macro: Callable[[Parameters], Markup] = getattr(template.module, name)
        return macro

    def _compiled(self, name: str, shape: Shape) -> CachedComponent:
        return compiled(self.macro(name), shape)


def about(problems: Iterable[tuple[str, str]], field: str) -> str:
    """What is wrong with a field, '' if nothing is."""
    return next((says for name, says in problems if name == field), "")


def titled(text: str, heading: bool = False, hidden: bool = False) -> dict[str, Any]:
    """A label or legend; as the page's own heading it is large. ``hidden``: the page's heading says it already."""
    if hidden:
        return {"text": text, "classes": "nhsuk-u-visually-hidden"}
    return {"text": text, "size": "l", "isPageHeading": True} if heading else {"text": text, "size": "s"}


def choices(options: Iterable[Choice], chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Radios or checkboxes from options, or from (value, words) and perhaps a hint."""
    chosen = set(chosen)
    plain = [(o.value, o.text) if isinstance(o, Option) else o for o in options]
    return [
        {
            "value": value,
            "text": words,
            "hint": {"text": hint[0] if hint else ""},
            "checked": value in chosen,
        }
        for value, words, *hint in plain
    ]


FILTERS: dict[str, Callable[..., Any]] = {"about": about, "choices": choices, "titled": titled}
