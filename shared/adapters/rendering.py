"""Turns the templates in ``shared/templates`` into mails and pages. What they say is decided in services.

Every value is escaped and a missing one is an error. A mail template opens with front matter that holds its subject.
In mails no value becomes a link by itself: the few that must work as addresses say so with ``as_is`` or ``address``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, Template, TemplateNotFound
from markupsafe import Markup, escape

from shared.adapters.assets import Assets
from shared.adapters.compiled import CompiledTemplates, ready_made
from shared.adapters.components import FILTERS, Components
from shared.adapters.unlinked import address, unlinked
from shared.domain import wording
from shared.domain.programme import Imprint
from shared.domain.text import Ours, clean

TEMPLATES = Path(__file__).parent.parent / "templates"
LONGEST_SUBJECT = 200

_FRONT_MATTER = re.compile(r"\A---\n(?P<lines>.*?\n)---\n", re.DOTALL)
# What a page may leave out: nothing was sent yet, and a page about nothing in particular has no programme.
_NOTHING_SENT: Mapping[str, Any] = {
    "errors": (),
    "given": {},
    "saved": False,
    "step": "",
    "programme": "",
    "branding": "nhs",
    "imprint": Imprint(),
    "contacts": (),
}


class JinjaRenderer:
    """See ``ports.Renderer``. Building one costs nothing; a template is compiled when it is first used."""

    def __init__(self, assets: Assets | None = None, *, folder: Path = TEMPLATES) -> None:
        self._assets = assets or Assets()
        self._folder = folder
        self._components = Components()
        self._subjects: dict[str, Template] = {}

    def mail(self, name: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject and HTML of the mail of that kind."""
        path = f"mail/{name.replace(' ', '-')}.html"
        subject = _one_line(self._subject(path).render(values))
        html = self._mails.get_template(path).render(values, subject=subject)
        return subject, html

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        """HTML of the page of that name."""
        return self._environment.get_template(f"pages/{name}.html").render({**_NOTHING_SENT, **values})

    def report(self, name: str, values: Mapping[str, Any]) -> str:
        """HTML of the report of that name: a file by itself, which loads nothing."""
        return self._environment.get_template(f"reports/{name}.html").render(values)

    def compiled(self, app: PurePosixPath, libraries: PurePosixPath) -> Iterator[tuple[str, bytes]]:
        """File name and bytecode of every template and component, for a package whose parts will lie there."""
        components = self._components.environment
        at = app / TEMPLATES.relative_to(TEMPLATES.parent.parent)
        mails, pages, reports = (
            [path.relative_to(self._folder).as_posix() for path in sorted((self._folder / kind).glob("*.html"))]
            for kind in ("mail", "pages", "reports")
        )
        yield from ready_made(self._mails, mails, at)
        yield from ready_made(self._environment, [*pages, *reports], at)
        yield from ready_made(components, components.list_templates(["jinja"]), libraries / "nhsuk_frontend_jinja")

    @cached_property
    def _environment(self) -> Environment:
        environment = Environment(
            loader=_Templates(self._folder),
            bytecode_cache=CompiledTemplates("page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals |= {"asset": self._assets.address, "nhsuk": self._components}
        environment.filters.update(
            {
                **FILTERS,
                "day": wording.day,
                "length": wording.length,
                "listed": wording.listed,
                "purpose": purpose,
                "sentence": sentence,
                "the": with_article,
            }
        )
        return environment

    @cached_property
    def _mails(self) -> Environment:
        """For mails: addresses come to life only where a template says so."""
        environment = self._environment.overlay(finalize=_as_typed, bytecode_cache=CompiledTemplates("mail"))
        environment.filters = {**environment.filters, "as_is": escape, "address": _as_address}
        return environment

    def _subject(self, path: str) -> Template:
        if path not in self._subjects:
            # A subject is not HTML: 'O&#39;Brien' is not how anybody spells their name.
            plain = self._environment.overlay(autoescape=False)
            self._subjects[path] = plain.from_string(_subject_of(self._folder, path))
        return self._subjects[path]


class _Templates(BaseLoader):
    """Files of the folder, without their front matter."""

    def __init__(self, folder: Path) -> None:
        self._files = FileSystemLoader(folder)

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, file, unchanged = self._files.get_source(environment, template)
        match = _FRONT_MATTER.match(source)
        if match is None:
            return source, file, unchanged
        # A comment of as many lines keeps the line numbers of errors true.
        comment = "{#" + "\n" * match[0].count("\n") + "#}"
        return comment + source[match.end() :], file, unchanged


def _subject_of(folder: Path, path: str) -> str:
    try:
        source = (folder / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise TemplateNotFound(path) from None
    match = _FRONT_MATTER.match(source)
    lines = match["lines"].splitlines() if match else []
    subject = next((line.partition(":")[2].strip() for line in lines if line.startswith("subject:")), "")
    if not subject:
        raise ValueError(f"{path} does not begin with front matter that holds 'subject:'")
    return subject


def _one_line(subject: str) -> str:
    line = clean(subject)
    return unlinked(line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1].rstrip()}…")


def _as_typed(value: object) -> object:
    """What a value becomes in a mail: text without hidden characters and without anything to click on.

    A blank at an edge stays: the templates' own words come through here as well, and " again" needs its blank.
    """
    if isinstance(value, str) and not isinstance(value, Markup | Ours):
        text = unlinked(clean(value, multiline=True))
        return f"{' ' * value.startswith(' ')}{text}{' ' * value.endswith(' ')}" if text else " " * (value == " ")
    return value


def _as_address(value: str) -> Markup:
    """An address that somebody typed and that was found to be one."""
    return escape(address(value))


def purpose(programme: str) -> str:
    """What a programme is for in as few words as a subject has room for: 'reverse mentoring'."""
    kinds = dict.fromkeys(re.findall(r"\b(reverse|reciprocal)\b", programme.casefold()))
    return f"{wording.listed(list(kinds))} mentoring".strip()


def with_article(programme: str) -> str:
    """A programme's name within a sentence: names that end in 'Programme' take an article."""
    takes_one = programme.casefold().endswith("programme") and not programme.casefold().startswith("the ")
    return f"the {programme}" if takes_one else programme


def sentence(text: str) -> str:
    """The text with a capital first letter, the rest as it is ('Room 5, LRI' stays)."""
    return f"{text[:1].upper()}{text[1:]}"
