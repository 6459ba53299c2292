"""The rules by which a programme pairs people, as they stand in its file under ``matching:``.

Rules are named in the file by the words of ``Rule``. Whether one is broken by two people is in ``checks``.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.domain.text import match_key

HEAVIEST: Final = 3
_BAND_WORDS: Final = frozenset({"band", "afc", "agenda", "for", "change", "nhs"})


class Rule(StrEnum):
    """What can be asked of two people; the value is how the file says it."""

    NOT_ONESELF = "not oneself"
    NOT_THE_LINE_MANAGER = "not the line manager"
    NOT_ONE_MANAGER = "not two people of one manager"
    NOT_REFUSED = "not refused"
    NOT_PARTNERS_BEFORE = "not partners before"
    TOPIC_IN_COMMON = "topic in common"
    COVER = "cover if asked for"
    NOT_SAME_TEAM = "not the same team"
    DIFFERENT_ORGANISATION = "different organisation"
    SAME_ORGANISATION = "same organisation"
    MENTEE_MORE_SENIOR = "mentee more senior"
    NOT_SAME_LEVEL = "not the same level"
    WAYS_OF_MEETING_FIT = "ways of meeting fit"
    SAME_PLACE_IN_PERSON = "same place if in person"


#: No programme can do without these and nobody is advised to lift them: they keep people safe.
ALWAYS: Final = (Rule.NOT_ONESELF, Rule.NOT_THE_LINE_MANAGER, Rule.NOT_REFUSED, Rule.COVER)
#: They look at what was told in confidence, so what comes of them is for those who match alone.
CONFIDENTIAL: Final = frozenset({Rule.TOPIC_IN_COMMON, Rule.COVER, Rule.NOT_REFUSED})
#: They tell a mentor from a mentee, so pairs of equals have none of them.
_NEED_TWO_SIDES: Final = frozenset({Rule.MENTEE_MORE_SENIOR})

#: The questions that a rule needs: any one of them will do. A rule that is not here needs none.
QUESTIONS: Final[Mapping[Rule, tuple[str, ...]]] = {
    Rule.NOT_THE_LINE_MANAGER: ("manager_email",),
    Rule.NOT_ONE_MANAGER: ("manager_email",),
    Rule.TOPIC_IN_COMMON: ("topics",),
    Rule.COVER: ("cover",),
    Rule.NOT_SAME_TEAM: ("team",),
    Rule.DIFFERENT_ORGANISATION: ("organisation",),
    Rule.SAME_ORGANISATION: ("organisation",),
    Rule.MENTEE_MORE_SENIOR: ("band",),
    Rule.NOT_SAME_LEVEL: ("band",),
    Rule.WAYS_OF_MEETING_FIT: ("way_of_meeting",),
    Rule.SAME_PLACE_IN_PERSON: ("place",),
}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Wish(_Value):
    """A rule that may be broken if it must be: 3 is the worst to break, 1 the mildest."""

    rule: Rule
    weight: int = Field(ge=1, le=HEAVIEST)


class LevelApart(_Value):
    """Points for how many levels the mentee is above the mentor: ``most`` at the ideal, fewer for each step off it."""

    ideal: int = Field(default=3, ge=0, le=11)
    each_step_off: int = Field(default=3, ge=0)
    most: int = Field(default=10, ge=0, le=1000)


class Points(_Value):
    """What makes one pair better than another where no wish tells them apart."""

    topic_in_common: int = Field(default=20, ge=0, le=1000)
    topics_counted: int = Field(default=3, ge=1, le=10)
    same_place: int = Field(default=15, ge=0, le=1000)
    level_apart: LevelApart = LevelApart()


class Partners(_Value):
    """How many partners a person has, and how many somebody has who agreed to more. Nobody has more than needed."""

    mentor: int = Field(default=1, ge=1, le=5)
    mentee: int = Field(default=1, ge=1, le=5)
    more_if_they_agree: int = Field(default=2, ge=1, le=5)


_USUAL_MUST: Final = (*ALWAYS, Rule.NOT_ONE_MANAGER, Rule.TOPIC_IN_COMMON, Rule.NOT_PARTNERS_BEFORE)
_USUAL_WISHES: Final = (
    Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3),
    Wish(rule=Rule.NOT_SAME_TEAM, weight=3),
    Wish(rule=Rule.MENTEE_MORE_SENIOR, weight=2),
    Wish(rule=Rule.WAYS_OF_MEETING_FIT, weight=2),
    Wish(rule=Rule.SAME_PLACE_IN_PERSON, weight=2),
    Wish(rule=Rule.NOT_SAME_LEVEL, weight=1),
)


class Matching(_Value):
    """How a programme pairs people. What it does not say is as in reverse mentoring, where seniority is a wish.

    ``equals``: one pool of partners, not mentors and mentees. ``may_be_lifted`` are the rules of ``must`` that an
    explanation may advise to lift. ``days_to_say_no`` 0: nobody is asked, a pair is confirmed at once.
    """

    equals: bool = False
    must: tuple[Rule, ...] = _USUAL_MUST
    wishes: tuple[Wish, ...] = _USUAL_WISHES
    may_be_lifted: tuple[Rule, ...] = (Rule.TOPIC_IN_COMMON, Rule.NOT_PARTNERS_BEFORE)
    points: Points = Points()
    partners: Partners = Partners()
    days_to_say_no: int = Field(default=5, ge=0, le=60)
    told_of_partner: tuple[Literal["name", "role", "job title", "organisation"], ...] = (
        "name",
        "role",
        "job title",
        "organisation",
    )

    @model_validator(mode="after")
    def _in_itself(self) -> Self:
        wished = [wish.rule for wish in self.wishes]
        for name, rules in (("must", list(self.must)), ("wishes", wished), ("may be lifted", list(self.may_be_lifted))):
            twice = sorted({rule for rule in rules if rules.count(rule) > 1})
            _refuse(twice, f"is named twice under '{name}'")
        _refuse(set(ALWAYS) - set(self.must), "always holds; put it back under 'must'")
        _refuse(set(self.must) & set(wished), "is under 'must' and under 'wishes'; it can only be one of them")
        _refuse(set(ALWAYS) & set(self.may_be_lifted), "keeps people safe and is never lifted")
        _refuse(set(self.may_be_lifted) - set(self.must), "may be lifted, but is not under 'must'")
        named = {*self.must, *wished}
        if {Rule.SAME_ORGANISATION, Rule.DIFFERENT_ORGANISATION} <= named:
            _refuse([Rule.SAME_ORGANISATION], "cannot stand beside 'different organisation'")
        if self.equals:
            _refuse(_NEED_TWO_SIDES & named, "tells a mentor from a mentee, and in this programme both are partners")
        return self

    @property
    def open_rules(self) -> "Matching":
        """The same without whatever looks at what was told in confidence."""
        return self._without(CONFIDENTIAL, points=self.points.model_copy(update={"topic_in_common": 0}))

    @property
    def named(self) -> tuple[Rule, ...]:
        """Every rule that is asked for, those that must hold first."""
        return (*self.must, *(wish.rule for wish in self.wishes))

    def asked(self, fields: Collection[str]) -> "Matching":
        """The rules whose questions the form asks; the others are off."""
        off = frozenset(self.not_asked(fields))
        points = self.points
        if "topics" not in fields:
            points = points.model_copy(update={"topic_in_common": 0})
        return self._without(off, points=points)

    def not_asked(self, fields: Collection[str]) -> tuple[Rule, ...]:
        """The rules that are off because no question of the form fills what they look at."""
        return tuple(rule for rule in self.named if rule in QUESTIONS and not any(f in fields for f in QUESTIONS[rule]))

    def _without(self, off: Collection[Rule], *, points: Points) -> "Matching":
        # Not validated again: 'always' holds for what a file says, and a form may not ask.
        return self.model_copy(
            update={
                "must": tuple(rule for rule in self.must if rule not in off),
                "wishes": tuple(wish for wish in self.wishes if wish.rule not in off),
                "may_be_lifted": tuple(rule for rule in self.may_be_lifted if rule not in off),
                "points": points,
            }
        )


def _refuse(rules: Collection[Rule], why: str) -> None:
    if rules:
        raise ValueError("; ".join(f"'{rule}' {why}" for rule in sorted(rules)))


def usual(model: Literal["reverse", "reciprocal"], *, board: bool = False) -> Matching:
    """The rules of a programme whose file says nothing of matching.

    Reciprocal: equals, without seniority; a topic in common is wished. A board: within one organisation, and people of
    one manager, since the executives of a board have one.
    """
    if model == "reverse":
        return Matching()
    wishes = [
        Wish(rule=Rule.TOPIC_IN_COMMON, weight=2),
        Wish(rule=Rule.WAYS_OF_MEETING_FIT, weight=2),
        Wish(rule=Rule.SAME_PLACE_IN_PERSON, weight=2),
    ]
    points = Points(level_apart=LevelApart(most=0))
    if board:
        must = (*ALWAYS, Rule.SAME_ORGANISATION, Rule.NOT_PARTNERS_BEFORE)
        lifted: tuple[Rule, ...] = (Rule.NOT_PARTNERS_BEFORE,)
    else:
        must = (*ALWAYS, Rule.NOT_ONE_MANAGER, Rule.NOT_PARTNERS_BEFORE)
        lifted = (Rule.NOT_PARTNERS_BEFORE,)
        wishes.insert(0, Wish(rule=Rule.NOT_SAME_TEAM, weight=3))
        wishes.insert(0, Wish(rule=Rule.DIFFERENT_ORGANISATION, weight=3))
    return Matching(equals=True, must=must, wishes=tuple(wishes), may_be_lifted=lifted, points=points)


class Organisation(_Value):
    """An employer: its id, the names people type for it, and the id of another that counts as the same."""

    id: str
    names: tuple[str, ...]
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Employer:
    """Where somebody works, as far as rules go. ``known`` False: the name is on no list, so it could be any of them."""

    key: str
    known: bool


class Organisations(_Value):
    """The programme's list of employers; without one, two names mean two employers."""

    listed: tuple[Organisation, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = [one.id for one in self.listed]
        if len(ids) != len(set(ids)):
            raise ValueError("two organisations have one id")
        unknown = sorted({one.same_as for one in self.listed if one.same_as} - set(ids))
        if unknown:
            raise ValueError(f"there is no organisation '{unknown[0]}' to be the same as")
        linked = {one.id for one in self.listed if one.same_as}
        chained = sorted({one.same_as for one in self.listed} & linked)
        if chained:
            raise ValueError(f"'{chained[0]}' is itself the same as another; name that one")
        names = [name for one in self.listed for name in _names(one)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"'{twice[0]}' is a name of two organisations")
        return self

    def employer(self, typed: str) -> Employer:
        """The employer that somebody typed."""
        key = match_key(typed)
        if not self.listed:
            return Employer(key=key, known=bool(key))
        for one in self.listed:
            if key in _names(one):
                return Employer(key=one.same_as or one.id, known=True)
        return Employer(key=f"?{key}" if key else "", known=False)

    def name(self, typed: str) -> str:
        """What the list calls the employer that somebody typed, by its first name; '' if it is not on it."""
        employer = self.employer(typed).key
        return next((one.names[0] for one in self.listed if one.id == employer and one.names), "")


def _names(organisation: Organisation) -> set[str]:
    return {match_key(name) for name in (organisation.id, *organisation.names)}


class Levels(_Value):
    """What people call their band or level, as a number from 1 to 12. What is not listed is not known."""

    of: dict[str, int] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _within(self) -> Self:
        highest = 12
        wrong = sorted(name for name, level in self.of.items() if not 1 <= level <= highest)
        if wrong:
            raise ValueError(f"the level of '{wrong[0]}' is not from 1 to {highest}")
        return self

    def level(self, typed: str) -> int | None:
        """The level of what somebody typed; None: not known, and then no rule of levels is broken."""
        key = _band(typed)
        return next((level for name, level in self.of.items() if _band(name) == key), None)


def _band(typed: str) -> str:
    """A band as people mean it: 'Band 8a', 'AfC band 8A' and '8a' are one."""
    words = match_key(typed).replace("-", " ").split()
    return "".join(word for word in words if word not in _BAND_WORDS)
