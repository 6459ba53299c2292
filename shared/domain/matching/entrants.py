"""Makes of applications, and of what was told in confidence, the people that a plan is drawn from.

Addresses become pseudonyms here (``known_as``), so that nothing that is drawn, hashed or stored has one in it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from shared.domain.addresses import mailbox_of
from shared.domain.application import Application
from shared.domain.cohort_model import Role
from shared.domain.matching.checks import open_check
from shared.domain.matching.people import Confided, Person, Side, Way
from shared.domain.matching.rules import CONFIDENTIAL, Rule
from shared.domain.pairs import managers_of
from shared.domain.programme import Programme
from shared.domain.text import match_key, theirs

_WAYS: Final[Mapping[str, Way]] = {"in_person": Way.IN_PERSON, "online": Way.ONLINE}
_ADDRESS = re.compile(r"[^\s<>,;()]+@[^\s<>,;()]+")
_WORD = re.compile(r"[^\W_]+")

type KnownAs = Callable[[str], str]


def side_of(programme: Programme, role: Role | None) -> Side:
    """On which side of a pair somebody of that role is."""
    if programme.pairing.equals:
        return Side.PARTNER
    return Side.MENTOR if role is Role.MENTOR else Side.MENTEE


def short_name(full_name: str) -> str:
    """A name as rows of pairs show it: the initial and the last word, or the one word there is."""
    words = theirs(full_name).split()
    return f"{words[0][:1]}. {words[-1]}" if len(words) > 1 else "".join(words) or "no name"


def entrant(
    programme: Programme,
    application: Application,
    known_as: KnownAs,
    *,
    partners_before: frozenset[str] = frozenset(),
    waited: int = 0,
) -> Person:
    """What matching may know of somebody that the team may see too."""
    person = application.person
    return Person(
        reference=application.reference,
        side=side_of(programme, application.role),
        called=f"{short_name(person.full_name)} ({application.reference})",
        address=known_as(mailbox_of(person.email)),
        managers=frozenset(known_as(mailbox) for mailbox in managers_of(application)),
        partners_before=partners_before,
        employer=programme.organisations.employer(person.organisation),
        team=application.team,
        place=application.place,
        way=_WAYS.get(application.way_of_meeting, Way.EITHER),
        level=programme.levels.level(person.band),
        could_take_more=application.could_take_two,
        waited=waited,
    )


def confided(
    topics: Iterable[str], others: Mapping[str, str], known_as: KnownAs, *, cover: bool = False, rather_not: str = ""
) -> Confided:
    """What somebody told those who match. ``others`` are the addresses of everybody else with their full names."""
    return Confided(topics=frozenset(topics), cover=cover, rather_not_with=refused(rather_not, others, known_as))


def refused(words: str, others: Mapping[str, str], known_as: KnownAs) -> frozenset[str]:
    """Whom somebody would rather not meet: every address in their words, and everybody whose whole name is in them."""
    if not words:
        return frozenset()
    said = _words(words)
    named = {mailbox_of(address.strip(".'\"")) for address in _ADDRESS.findall(words)}
    named |= {mailbox_of(address) for address, name in others.items() if len(name.split()) > 1 and _words(name) in said}
    return frozenset(map(known_as, named))


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(match_key(text)))} "


def rules_broken(programme: Programme, mentor: Person, mentee: Person) -> tuple[Rule, ...]:
    """The rules that must hold and that these two break, as far as the team may know."""
    rules = programme.pairing
    open_rules = (rule for rule in rules.must if rule not in CONFIDENTIAL)
    return tuple(rule for rule in open_rules if open_check(rule, rules).by(mentor, mentee))
