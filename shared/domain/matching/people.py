"""What matching knows of a person: what the team may see, and apart from it what was told in confidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from shared.domain.matching.rules import Employer, Matching


class Side(StrEnum):
    """On which side of a pair somebody is: of the first two one meets the other, partners meet each other."""

    MENTOR = "mentor"
    MENTEE = "mentee"
    PARTNER = "partner"


class Way(StrEnum):
    """How somebody can meet."""

    IN_PERSON = "in person"
    ONLINE = "online"
    EITHER = "either"


class Two(NamedTuple):
    """A pair by references: mentor and mentee, or two partners in the order of their references."""

    mentor: str
    mentee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One application that wants a partner, with what the team may see of it. Somebody in both roles is two of these.

    ``address``, ``managers`` and ``partners_before`` are compared with one another, so all are written in one way: as
    addresses, or all as the same pseudonyms. ``managers`` holds everybody who was named or answered as manager.
    ``waited``: in how many rounds before this one the person was left without a partner.
    """

    reference: str
    side: Side
    called: str = field(repr=False)
    address: str = field(repr=False)
    managers: frozenset[str] = field(default=frozenset(), repr=False)
    partners_before: frozenset[str] = field(default=frozenset(), repr=False)
    employer: Employer = field(default=Employer(key="", known=False), repr=False)
    team: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    way: Way = Way.EITHER
    level: int | None = None
    could_take_more: bool = False
    waited: int = 0

    def partners(self, rules: Matching) -> int:
        """How many partners the person can have."""
        usual = rules.partners.mentee if self.side is Side.MENTEE else rules.partners.mentor
        return max(usual, rules.partners.more_if_they_agree) if self.could_take_more else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Confided:
    """What a person told to those who match and to nobody else. None of it is printed by accident.

    ``any_topic``: whatever the partner brings. ``cover``: never with somebody who, having named a single topic, would
    know which one is meant. ``rather_not_with``: addresses, written as those of ``Person``.
    """

    topics: frozenset[str] = field(default=frozenset(), repr=False)
    any_topic: bool = field(default=False, repr=False)
    cover: bool = field(default=False, repr=False)
    rather_not_with: frozenset[str] = field(default=frozenset(), repr=False)


NOTHING_CONFIDED = Confided()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Everything a plan is drawn from. ``kept`` pairs stand whatever the rules say; ``forbidden`` ones never come."""

    programme: str
    rules: Matching
    people: tuple[Person, ...]
    confided: Mapping[str, Confided] = field(default_factory=dict, repr=False)
    kept: frozenset[Two] = frozenset()
    forbidden: frozenset[Two] = frozenset()

    @property
    def in_the_open(self) -> "Cohort":
        """The same cohort for somebody to whom nothing was told in confidence."""
        return Cohort(
            programme=self.programme,
            rules=self.rules.open_rules,
            people=self.people,
            kept=self.kept,
            forbidden=self.forbidden,
        )
