"""Email addresses as people type them: what mail can reach, what was likely meant, and whose mailbox it is.

What can only mean one thing is mended where nobody can be asked any more (``mended``). Where somebody sits in front of
a page, they are told what is wrong and what it may have been meant for (``email_problem``).
"""

import re
import unicodedata
from typing import Final

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from shared.domain.text import clean, too_long

LONGEST_ADDRESS: Final = 254
_LONGEST_LOCAL_PART: Final = 64

_NOT_REACHED: Final = "This is not an email address that mail can reach."
_CHECK_IT: Final = f"{_NOT_REACHED} Please check it for typing mistakes."
_BETWEEN_ADDRESSES: Final = re.compile(r"[\s,;/|]+")
_NAMED: Final = re.compile(r"[^<>]*<\s*([^<>]*?)\s*>[.,;:\s]*")
_MAILTO: Final = re.compile(r"mailto:\s*", re.IGNORECASE)
# What a sentence or a list leaves behind an address; none of it can end one.
_AT_THE_END: Final = ".,;:"
# A mail program or a word processor writes these for the apostrophe of the keyboard; no address has one.
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u2032\u00b4\u02bc\uff07`", "'"))
_BETWEEN_NAMES: Final = re.compile(r"[._-]+|[0-9]+$")


def mended(address: str) -> str:
    """The address without what is certainly no part of it: blanks around it, brackets and a name, ``mailto:``, a stop.

    A curly apostrophe is written as the straight one: no mail system takes the other. Anything else stays as it was.
    """
    text = clean(address)
    if "<" in text and (named := _NAMED.fullmatch(text)):
        text = named[1]
    text = _MAILTO.sub("", text, count=1) if _MAILTO.match(text) else text
    return text.rstrip(_AT_THE_END).rstrip().translate(_APOSTROPHES)


def read(address: str) -> ValidatedEmail | None:
    """The parts of a clean address that mail can reach, None if it cannot.

    A domain such as bücher.example goes out as ASCII, which every mail system delivers; a local part cannot.
    """
    if _misshapen(address) or len(address.rpartition("@")[0]) > _LONGEST_LOCAL_PART:
        return None
    try:
        return validate_email(address, check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:  # its words may quote the address
        return None


def as_sent(address: str) -> str:
    """The address as mail goes to it; one that mail cannot reach as it is."""
    valid = read(address)
    return address if valid is None else valid.ascii_email or valid.normalized


def email_problem(address: str) -> str:
    """What is wrong with an address typed on one of our pages, or '' if mail could reach it.

    It may quote the address, so it is for nobody but who typed it.
    """
    if not address:
        return "Please give an email address."
    if read(address) is not None:
        return ""
    meant = _meant(address)
    offered = f" Did you mean {meant}?" if meant else ""
    if says := _misshapen(address):
        return f"{says}{offered}"
    if len(address.rpartition("@")[0]) > _LONGEST_LOCAL_PART:
        return f"{_NOT_REACHED} What stands before the @ can have {_LONGEST_LOCAL_PART} characters at most."
    return f"{_NOT_REACHED}{offered}" if offered else _CHECK_IT


def unread_problem(address: str) -> str:
    """What is wrong with an address that was sent, without quoting it: that is stored and mailed."""
    return _misshapen(address) or _CHECK_IT


def mailbox_of(address: str) -> str:
    """The mailbox that an address reaches, for counting and comparing: what follows a plus sign is its owner's choice.

    Capitals make no difference. Full stops do: whether they are ignored is each mail system's own affair.
    """
    local, _, domain = clean(address).lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}" if local else domain


def is_same_mailbox(one: str, other: str) -> bool:
    """Whether mail to both addresses reaches one person."""
    return bool(one and other) and mailbox_of(one) == mailbox_of(other)


def may_be_same_person(one: str, other: str) -> bool:
    """Whether two addresses may be one person's: the same name at two domains, or written twice at one.

    Whoever has two domains has two addresses. It is a sign and no proof: people of one name share it too.
    """
    names = [_BETWEEN_NAMES.sub("", mailbox_of(address).rpartition("@")[0]) for address in (one, other)]
    return bool(names[0]) and names[0] == names[1]


def _meant(address: str) -> str:
    """The address that somebody probably meant, '' if there is nothing to go by."""
    plain = unicodedata.normalize("NFKD", mended(address))
    without_accents = "".join(c for c in plain if not unicodedata.combining(c))
    # A comma is beside the full stop on every keyboard.
    likely = re.sub(r"\.{2,}", ".", re.sub(r"\s+", "", without_accents).replace(",", "."))
    return likely if likely != address and likely.count("@") == 1 and read(likely) is not None else ""


def _misshapen(address: str) -> str:
    """What is wrong with an address at first sight, '' if nothing is."""
    if sum("@" in part.strip("@") for part in _BETWEEN_ADDRESSES.split(address)) > 1:
        return "Please give one email address only."
    if any(mark in address for mark in "<>") or _MAILTO.match(address):
        return "Please give only the email address, without a name, brackets or \u2018mailto:\u2019."
    if len(address) > LONGEST_ADDRESS:
        return too_long(len(address), LONGEST_ADDRESS)
    return ""
