"""Whether two people break a rule. A rule looks at a small part of a person, and is judged once for equal parts.

Two tables: what the team may see is judged of ``Person`` alone, what was told in confidence of ``Known``.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from shared.domain.matching.people import Confided, Person, Way
from shared.domain.matching.rules import Employer, Matching, Rule
from shared.domain.text import match_key


class Known(NamedTuple):
    """A person with what they told in confidence."""

    person: Person
    confided: Confided


@dataclass(frozen=True, slots=True)
class Check[Of]:
    """``part`` is all that the rule looks at; ``broken`` is given the mentor's part and the mentee's."""

    part: Callable[[Of], Hashable]
    broken: Callable[[Any, Any], bool]

    def by(self, mentor: Of, mentee: Of) -> bool:
        """Whether the two break the rule."""
        return self.broken(self.part(mentor), self.part(mentee))

    def masks(self, left: Sequence[Of], right: Sequence[Of]) -> list[int]:
        """For each on the left, a number with a bit for each on the right with whom the rule is broken."""
        where: dict[Hashable, int] = {}
        for place, one in enumerate(right):
            part = self.part(one)
            where[part] = where.get(part, 0) | 1 << place
        known: dict[Hashable, int] = {}
        result = []
        for one in left:
            mine = self.part(one)
            mask = known.get(mine)
            if mask is None:
                mask = sum(people for part, people in where.items() if self.broken(mine, part))
                known[mine] = mask
            result.append(mask)
        return result


def open_check(rule: Rule, rules: Matching) -> Check[Person]:
    """The check of a rule about what the team may see."""
    levels_apart = any(wish.rule is Rule.NOT_SAME_LEVEL for wish in rules.wishes)
    if rule is Rule.MENTEE_MORE_SENIOR and rule not in rules.must and levels_apart:
        # Equal levels are left to the wish that is about them: counted twice, they would be worse than a senior mentor.
        return _MENTOR_NOT_ABOVE
    return _OPEN[rule]


def confidential_check(rule: Rule) -> Check[Known]:
    """The check of a rule about what was told in confidence."""
    return _CONFIDENTIAL[rule]


def in_doubt(rule: Rule, one: Person, other: Person) -> bool:
    """Whether a rule about employers is broken only because a name is on no list, so that a person has to look."""
    if rule not in {Rule.DIFFERENT_ORGANISATION, Rule.SAME_ORGANISATION, Rule.NOT_SAME_TEAM}:
        return False
    return one.employer.key != other.employer.key and not (one.employer.known and other.employer.known)


def topics_in_common(one: Confided, other: Confided) -> frozenset[str]:
    """The topics that both named."""
    return one.topics & other.topics


def _could_be_one_employer(one: Employer, other: Employer) -> bool:
    return one.key == other.key or not (one.known and other.known)


def _employer(person: Person) -> Employer:
    return person.employer


def _not_one_employer(one: Employer, other: Employer) -> bool:
    return not one.key or one.key != other.key


def _manages(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> bool:
    return one[0] in other[1] or other[0] in one[1]


def _same_team(one: tuple[str, Employer], other: tuple[str, Employer]) -> bool:
    return bool(one[0]) and one[0] == other[0] and _could_be_one_employer(one[1], other[1])


def _not_above(mentor: int | None, mentee: int | None) -> bool:
    return mentor is not None and mentee is not None and mentee <= mentor


def _below(mentor: int | None, mentee: int | None) -> bool:
    return mentor is not None and mentee is not None and mentee < mentor


def _level(person: Person) -> int | None:
    return person.level


def _too_far(one: tuple[Way, str], other: tuple[Way, str]) -> bool:
    return Way.IN_PERSON in {one[0], other[0]} and bool(one[1] and other[1]) and one[1] != other[1]


_MENTOR_NOT_ABOVE: Final = Check[Person](_level, _below)
_OPEN: Final = {
    Rule.NOT_ONESELF: Check[Person](lambda p: p.address, lambda a, b: a == b),
    Rule.NOT_THE_LINE_MANAGER: Check[Person](lambda p: (p.address, p.managers), _manages),
    Rule.NOT_ONE_MANAGER: Check[Person](lambda p: p.managers, lambda a, b: not a.isdisjoint(b)),
    Rule.NOT_PARTNERS_BEFORE: Check[Person](lambda p: (p.address, p.partners_before), _manages),
    Rule.NOT_SAME_TEAM: Check[Person](lambda p: (match_key(p.team), p.employer), _same_team),
    Rule.DIFFERENT_ORGANISATION: Check[Person](_employer, _could_be_one_employer),
    Rule.SAME_ORGANISATION: Check[Person](_employer, _not_one_employer),
    Rule.MENTEE_MORE_SENIOR: Check[Person](_level, _not_above),
    Rule.NOT_SAME_LEVEL: Check[Person](_level, lambda a, b: a is not None and a == b),
    Rule.WAYS_OF_MEETING_FIT: Check[Person](lambda p: p.way, lambda a, b: {a, b} == {Way.IN_PERSON, Way.ONLINE}),
    Rule.SAME_PLACE_IN_PERSON: Check[Person](lambda p: (p.way, match_key(p.place)), _too_far),
}


def _no_topic_in_common(one: Confided, other: Confided) -> bool:
    return not (one.any_topic or other.any_topic) and one.topics.isdisjoint(other.topics)


def _would_know(one: Confided, other: Confided) -> bool:
    return one.cover and not other.any_topic and len(other.topics) <= 1


_CONFIDENTIAL: Final = {
    Rule.TOPIC_IN_COMMON: Check[Known](
        lambda k: Confided(topics=k.confided.topics, any_topic=k.confided.any_topic), _no_topic_in_common
    ),
    Rule.COVER: Check[Known](
        lambda k: Confided(topics=k.confided.topics, any_topic=k.confided.any_topic, cover=k.confided.cover),
        lambda a, b: _would_know(a, b) or _would_know(b, a),
    ),
    Rule.NOT_REFUSED: Check[Known](lambda k: (k.person.address, k.confided.rather_not_with), _manages),
}
