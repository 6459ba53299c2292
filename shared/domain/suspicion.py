"""Why an application may not be a person's: it is then held back for an administrator, never dropped.

Nobody is asked to solve a riddle. The limits let a whole trust behind one network address apply on one day, and let
everybody there who took part before ask for their link.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Final

# Nobody reads and answers fifteen pages faster.
SHORTEST: Final = timedelta(seconds=3)
# One household or one trust's network: the part of an address of version 6 that its users cannot choose.
_NETWORK_BITS: Final = 64


class Counted(StrEnum):
    """What is counted on a day, to notice one sender of very much."""

    STARTED = "started"
    NETWORK = "network"
    APPLICANT = "applicant"
    MANAGER = "manager"
    ASKED = "asked"


#: For how long the first page's button works, once.
STAMP_LASTS: Final = timedelta(hours=24)

#: How many of each are usual on one day. Beyond STARTED no form is begun, beyond ASKED nobody is sent a link to what is
#: stored of them; beyond the others applications are held back.
MOST_A_DAY: Final = {
    Counted.STARTED: 300,
    Counted.NETWORK: 60,
    Counted.APPLICANT: 5,
    Counted.MANAGER: 12,
    Counted.ASKED: 100,
}


class Doubt(StrEnum):
    """What makes an application doubtful, in words for an administrator."""

    TRAP = "A field that people do not see was filled in."
    UNSEEN = "The form was begun without its first page."
    FAST = "It was filled in within seconds."
    NETWORK = "Very many applications came from the same network address that day."
    APPLICANT = "Very many applications were sent for the same email address that day."
    MANAGER = "Very many applications named the same person to release them that day."


_DOUBTS: Final = {
    Counted.NETWORK: Doubt.NETWORK,
    Counted.APPLICANT: Doubt.APPLICANT,
    Counted.MANAGER: Doubt.MANAGER,
}


@dataclass(frozen=True, slots=True)
class DailyCount:
    """How many of one thing there have been today."""

    what: Counted
    count: int

    @property
    def too_many(self) -> bool:
        """Whether that is more than usual."""
        return self.count > MOST_A_DAY[self.what]


@dataclass(frozen=True, slots=True)
class HeldApplication:
    """An application of our own form that is held back. ``content`` is the hash of its body, ``why`` is in words."""

    programme: str
    content: str
    status: str
    why: str
    received_at: datetime
    reference: str
    full_name: str
    email: str
    organisation: str
    manager_email: str


def too_fast(shown_at: datetime, sent_at: datetime) -> bool:
    """Whether a form was filled in faster than anybody can."""
    return sent_at - shown_at < SHORTEST


def of_counts(counts: Iterable[DailyCount]) -> tuple[Doubt, ...]:
    """The doubts that counts give rise to."""
    return tuple(_DOUBTS[one.what] for one in counts if one.too_many)


def network_of(forwarded_for: str) -> str:
    """The network that a request came from, '' if it is not known.

    ``forwarded_for`` is the header ``X-Forwarded-For``, to which Azure appends the caller's address and port; what
    stands before that, anybody can have written.
    """
    last = forwarded_for.rpartition(",")[2].strip()
    bare = last.partition("]")[0].removeprefix("[") if last.startswith("[") else last
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{_NETWORK_BITS}", strict=False) if address.version == 6 else address)  # noqa: PLR2004 -- a version
