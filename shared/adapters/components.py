"""The components of the NHS.UK frontend for our templates, and the small translations that they ask for."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader
from markupsafe import Markup

from shared.adapters.compiled import CompiledTemplates
from shared.domain.programme import Option

type Choice = Option | Sequence[str]


class Components:
    """The components by the names of their macros, such as ``errorSummary``; each is loaded when first used.

    They have an environment of their own, because they leave out what they are not told; ours calls that an error.
    """

    def __init__(self) -> None:
        self.environment = Environment(
            loader=PackageLoader("nhsuk_frontend_jinja"),
            bytecode_cache=CompiledTemplates("component"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def __getattr__(self, name: str) -> Callable[..., Markup]:
        """The macro of that name. Raises TemplateNotFound if there is no such component."""
        folder = re.sub("[A-Z]", lambda capital: f"-{capital[0].lower()}", name)
        template = self.environment.get_template(f"nhsuk/components/{folder}/macro.jinja")
        macro: Callable[..., Markup] = getattr(template.module, name)
        setattr(self, name, macro)
        return macro


def about(problems: Iterable[tuple[str, str]], field: str) -> str:
    """What is wrong with a field, '' if nothing is."""
    return next((says for name, says in problems if name == field), "")


def titled(text: str, heading: bool = False) -> dict[str, Any]:
    """A label or legend; as the page's own heading it is large."""
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
