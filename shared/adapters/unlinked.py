"""Keeps mail programs from making links of what people type: 'evil.example' in a name stays text."""

import re

# Nobody sees it, it breaks no line, and no address holds one: a mail program finds no address around it.
_JOINER = "\u2060"
# Where an address would go on: behind a dot or an @ in any script, behind a scheme, within '//' and '\\'. Times of day
# (9:30, 9.30) are left alone.
_PLACES = re.compile(
    r"(?<=[.\u3002\uff0e\uff61])(?=[^\s.\d]|\d+\.\d)"
    r"|(?<=[@\uff20])(?=[^\s.])"
    r"|(?<=[:\uff1a])(?=[^\s\d])"
    r"|(?<=[/\\\uff0f])(?=[/\\\uff0f])"
    r"|(?:(?<=[Tt][Ee][Ll]:)|(?<=[Ss][Mm][Ss]:)|(?<=[Ff][Aa][Xx]:))(?=[\d+])"
)
# What telephones offer to call: seven digits or more, alone or in groups. A day such as 2026-04-20 is none.
_NUMBER = re.compile(r"(?<![\w-])(?:\+|00)?\(?\d(?:[ \u00a0().-]{0,2}\d){6,}(?!\w)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
_DIGIT = re.compile(r"(?<=\d)(?=[^\u2060])")
# An address that is nothing but an address: a mail program can only make a mail to it.
_PLAIN_ADDRESS = re.compile(r"[\w+'-]+(?:\.[\w+'-]+)*@[\w-]+(?:\.[\w-]+)+")


def unlinked(text: str) -> str:
    """The same text to the eye, with an invisible character wherever a mail program would see an address or number."""
    return _PLACES.sub(_JOINER, _NUMBER.sub(_uncalled, text))


def _uncalled(number: re.Match[str]) -> str:
    return number[0] if _DAY.match(number[0]) else _DIGIT.sub(_JOINER, number[0])


def address(text: str) -> str:
    """An email address that must work when it is copied: as it is, unless it could be taken for a page's address."""
    return text if _PLAIN_ADDRESS.fullmatch(text) else unlinked(text)
