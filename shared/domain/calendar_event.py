"""What an event in a calendar says, and who is invited to it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class EventContent:
    """What an event says to everybody who holds it. ``online``: with a Teams meeting, whose link it keeps for life.

    ``private``: others who may look into somebody's calendar see no more than that they are busy. ``no_longer`` are
    sentences of an earlier text that are not true any more.
    """

    subject: str
    html: str
    place: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    online: bool = False
    private: bool = False
    no_longer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is invited."""

    name: str
    email: str
