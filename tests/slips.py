"""Slips of the pen in a mail or page: words run together, stray blanks and stops, nothing where something should be."""

import re
from functools import cache, lru_cache
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString

ROOT = Path(__file__).parent.parent
_BLOCKS = ["p", "li", "h1", "h2", "h3", "h4", "dt", "dd", "legend", "label", "button", "summary", "td", "title"]
_INSIDE = ["strong", "a", "bdi", "span"]
_READ = {".html", ".py", ".yaml"}
_MARKS = {
    "a blank before a stop": re.compile(r"\s[.,;:!?)](?:\s|$)|[(]\s"),
    "two stops": re.compile(r"(?<!\.\.)[.,;:?!][,;:]|(?<!\.)\.\.(?!\.)|[?!,;:]\."),
    "no blank between sentences": re.compile(r"[a-z]{2}[.;,?!][A-Z][a-z]"),
    "a literal of the template": re.compile(
        r"\{\{|\}\}|\{%|%\}|\b(?:None(?! of)|True|False|Undefined|Markup)\b|\[\]|\(\)|<[a-z]|&[a-z]+;"
    ),
    "an empty sentence": re.compile(r"[.?!]\s+[.?!]|^\s*[.,;:?!]"),
}
# Addresses and references.
_NOT_READ = re.compile(r"[/@]\S*\w|\d\S*[A-Z]|[A-Z]\S*\d")
_LINK = re.compile(r"""\bhref="[^"]*\"""")
_WORD = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)?")


def slips(html: str) -> list[str]:
    """What is wrong with the words of a mail or page. One that differs in its links is read once."""
    return list(_slips(_LINK.sub("", html)))


@lru_cache(maxsize=2000)
def _slips(html: str) -> tuple[str, ...]:
    soup = BeautifulSoup(html, "html.parser")
    for unread in soup(["style", "script", "textarea", "svg"]):
        unread.decompose()
    found = []
    for line_break in soup.find_all("br"):
        line_break.replace_with("\n")
    for block in soup.find_all(_BLOCKS):
        if block.find(_BLOCKS):
            continue
        line = " ".join(block.get_text().split())
        if not line and block.name not in {"td", "button"} and block.find(["img", "input"]) is None:
            found.append(f"<{block.name}> is empty")
        found += [f"{what}: {line!r}" for what, pattern in _MARKS.items() if pattern.search(line)]
    found += [f"<{tag.name}> is empty" for tag in soup.find_all(_INSIDE) if not tag.get_text(strip=True)]
    found += [
        f"two blanks: {str(node)!r}"
        for node in soup.find_all(string=True)
        if type(node) is NavigableString and re.search(r"\S[ \t\u00a0]{2,}\S", node)
    ]
    whole = soup.get_text("\n") if soup.body is None else "\n".join(b.get_text() for b in soup.find_all(_BLOCKS))
    found += [f"no word: {word!r}" for word in sorted(_words(whole) - _vocabulary())]
    return tuple(found)


def _words(text: str) -> set[str]:
    read = " ".join(part for part in text.split() if not _NOT_READ.search(part))
    return {word.removesuffix("'s") for word in _spoken(read)}


def _spoken(text: str) -> set[str]:
    words = {word.casefold().replace("’", "'") for word in _WORD.findall(text)}
    return words | {word.removesuffix("'s") for word in words}


@cache
def _vocabulary() -> set[str]:
    """Every word that stands somewhere in the templates, the programme files, the code or the samples.

    Two that ran together in what was rendered stand nowhere.
    """
    places = [
        *(ROOT / "shared").rglob("*"),
        *(ROOT / "local" / "mails").glob("*.py"),
        *(ROOT / "functions").glob("*.py"),
    ]
    places += [*(ROOT / "tests").glob("*.py"), *(ROOT / "tests" / "unit" / "templates").glob("*.py")]
    places += (ROOT / "tests" / "accessibility").glob("*.py")
    texts = [path.read_text("utf-8") for path in places if path.suffix in _READ and "slips" not in path.name]
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    months = "January February March April May June July August September October November December"
    return {word for text in [*texts, days, months] for word in _spoken(text)} | {"am", "pm"}
