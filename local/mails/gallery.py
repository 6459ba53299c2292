"""One HTML page with every kind of mail: subject, HTML in light and dark, and the plain text that goes with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.graph.text import html_to_text
from local.mails.samples import EMOJI, LINK, LONG, PLAIN, RTL, SCRIPT, sample
from shared.adapters.rendering import JinjaRenderer
from shared.domain.owed import Kind

# What the second sample of each kind has for names and other typed words: long, from right to left, and hostile.
ODD = f"{RTL} {EMOJI} {SCRIPT} {LINK} {LONG}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One mail as people may see it."""

    subject: str
    html: str
    text: str

    @property
    def dark(self) -> str:
        """The HTML as a mail program in dark mode shows it, whatever this browser is set to."""
        return self.html.replace("(prefers-color-scheme: dark)", "all")


def shown(kind: Kind, name: str = PLAIN) -> Shown:
    """A mail of this kind to and about people of this name, from the templates as they are on disk now."""
    subject, html = JinjaRenderer().mail(kind.value, sample(kind, name))
    return Shown(subject, html, html_to_text(html))


def page(kinds: Iterable[Kind] = Kind) -> str:
    """The page, whole in itself."""
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    mails = [(kind.value, shown(kind), shown(kind, ODD)) for kind in kinds]
    return templates.get_template("gallery.html").render(mails=mails)
