"""How hard a mail is to read: the school year that Flesch and Kincaid's formula gives it, and how many words it has.

The formula is Kincaid's of 1975: 0.39 words a sentence + 11.8 syllables a word - 15.59. A paragraph, a line of a list
and a heading each end a sentence; addresses and numbers are no words. Syllables are counted by the groups of vowels
that are heard, which is right for nine English words in ten and errs to neither side.
"""

import re
from dataclasses import dataclass
from statistics import median

from local.mails.gallery import shown
from local.mails.samples import the_programme
from shared.domain.owed import Kind

#: The highest year that a mail may ask for: 12 years of age, as the NHS and GOV.UK write.
MOST = 7.0
# Greetings, dates and headings are no sentences, and would make a text look easier than it is.
_SHORTEST = 4
_END = re.compile(r"[.?!:](?:\s|$)")
_ADDRESS = re.compile(r"\S*(?:@|//)\S*")
_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019]*")
_HEARD = re.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Read:
    """What one mail asks of its reader."""

    kind: Kind
    words: int
    grade: float


def syllables(word: str) -> int:
    """How many syllables a word has, at least one."""
    plain = re.sub(r"[^a-z]", "", word.lower())
    # An 'e' at the end, or in 'ed' and 'es', is mostly silent.
    heard = re.sub(r"(?:(?<=[^aeiouytd])ed|(?<=[^aeiouylsxzcg])es|(?<=[^aeiouyl])e)$", "", plain)
    return max(1, len(_HEARD.findall(heard)))


def grade(sentences: list[list[str]]) -> float:
    """The school year in which a text of these sentences can be read."""
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def sentences_of(text: str) -> list[list[str]]:
    """The sentences of a mail, as words. The names of the programme and its host are nobody's choice of words here."""
    programme, found = the_programme(), []
    for line in text.splitlines():
        short = line.replace(programme.name, "the programme").replace(programme.host, "the team")
        found += [_WORD.findall(part) for part in _END.split(_ADDRESS.sub("", short))]
    return [sentence for sentence in found if sentence]


def read(kind: Kind) -> Read:
    """What the mail of a kind asks of its reader, with ordinary values."""
    sentences = sentences_of(shown(kind).text)
    return Read(kind, sum(map(len, sentences)), grade([each for each in sentences if len(each) >= _SHORTEST]))


def report() -> str:
    """Every mail with its school year and words, the hardest first, and what the middle and longest are."""
    every = sorted((read(kind) for kind in Kind), key=lambda one: -one.grade)
    lines = [f"{one.grade:5.1f}  {one.words:4}  {one.kind}" for one in every]
    words = sorted(one.words for one in every)
    return "\n".join(
        ["year   words  mail", *lines, f"words a mail: half have {median(words):.0f} or fewer, the longest {words[-1]}"]
    )
