"""What a kind of mentoring means: who takes part as what, who learns, who releases, how pairs meet, when it ends.

``reverse``, ``reciprocal`` and boards differ in these values and in nothing else: whoever has to know which side
somebody is on, what to call them, or whom to ask for their time, asks the model.
"""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain import wording

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]

_LINE_MANAGER = re.compile(r"\b[Ll]ine manager(?=s?\b)")
_OF_ONE_SIDE = 2  # capitals at the beginning of a word that is written so: "LGBTQ+ champion"


class Value(BaseModel):
    """Base of every value: frozen, and no unknown field passes unnoticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Role(StrEnum):
    """What a person applies to be: on one of two sides, or a partner, who is on either.

    A sponsor applies for a whole board, invites its people, releases them, and is in no pair.
    """

    MENTOR = "mentor"
    MENTEE = "mentee"
    PARTNER = "partner"
    SPONSOR = "sponsor"


class Seat(StrEnum):
    """One of the two places of a pair, named as its column in ``Pairs``. Partners sit on either."""

    MENTOR = "mentor"
    MENTEE = "mentee"

    @property
    def other(self) -> "Seat":
        """The place of the partner."""
        return Seat.MENTEE if self is Seat.MENTOR else Seat.MENTOR


class Unit(StrEnum):
    """Who applies: people, or whole boards by their sponsor."""

    PERSON = "person"
    BOARD = "board"


class State(StrEnum):
    """Whether there is a cohort to apply to. ``interest``: none yet, and people can ask to be told of the next."""

    INTEREST = "interest"
    OPEN = "open"
    COMPLETED = "completed"


class Releaser(StrEnum):
    """Who agrees that somebody can be away from work."""

    MANAGER = "manager"
    SPONSOR = "sponsor"
    NOBODY = "nobody"


class Commitment(Value):
    """Time a person gives for one purpose: one line of what a line manager is asked to release."""

    id: Identifier
    title: str
    minutes: int = Field(ge=0)
    group: Identifier | None = None  # the session group that fulfils it; None for the pair's own meetings
    optional: bool = False


class SpecificationItem(Value):
    """One line of a person specification, in the pack's words. ``mandatory`` False: it must not be required."""

    id: Identifier
    says: str
    mandatory: bool = True


class RoleDescription(Value):
    """What a role is and asks for: the person specification and the time. ``total_minutes`` is required time only.

    None: the programme does not say how much time it takes. ``asks_for`` says in words made for people what the
    specification says in the pack's; ``about`` is one sentence on the role.
    """

    title: str
    specification: tuple[SpecificationItem, ...]
    commitments: tuple[Commitment, ...]
    total_minutes: int | None
    about: str = ""
    asks_for: tuple[str, ...] = ()


class Meetings(Value):
    """The pair's own meetings, counted from the day the pair starts, as far as the programme counts them.

    ``months`` without ``count``: pairs meet over so many months, as often as they like. Neither: they go on.
    """

    count: int | None = Field(default=None, ge=1, le=60)
    minutes: int | None = Field(default=None, ge=1)
    months: int | None = Field(default=None, ge=1)

    @property
    def in_words(self) -> str:
        """As '6 meetings of 1 hour over 6 months', with what is known of it; '' if nothing is."""
        if self.count is None and self.months is None:
            return ""
        counted = "meetings" if self.count is None else f"{self.count} {'meeting' if self.count == 1 else 'meetings'}"
        length = f" of {wording.length(self.minutes)}" if self.minutes else ""
        over = f" over {self.months} {'month' if self.months == 1 else 'months'}" if self.months else ""
        return f"{counted}{length}{over}"


class CohortModel(Value):
    """What kind of mentoring a programme is. ``roles`` has one entry where both sides are the same.

    ``meetings`` None: the programme has none of its own. ``open_ended``: it has no end, so nothing is counted to one.
    """

    kind: Literal["reverse", "reciprocal"] = "reverse"
    unit: Unit = Unit.PERSON
    state: State = State.OPEN
    released_by: Releaser = Releaser.MANAGER
    roles: dict[Role, RoleDescription]
    meetings: Meetings | None = None
    open_ended: bool = False

    @property
    def of_equals(self) -> bool:
        """Whether a pair is two of the same role, so that nobody is on one side of it."""
        return Role.PARTNER in self.roles

    def role_at(self, seat: Seat) -> Role:
        """The role of whoever sits there."""
        return Role.PARTNER if self.of_equals else Role(seat.value)

    def seats(self, role: Role) -> tuple[Seat, ...]:
        """Where somebody of the role may sit."""
        return tuple(seat for seat in Seat if self.role_at(seat) is role)

    def learns(self, role: Role) -> bool:
        """Whether the role is there to learn: in reciprocal mentoring both are."""
        return self.kind == "reciprocal" or role is not Role.MENTOR

    def shares(self, role: Role) -> bool:
        """Whether the role is there to share what they have lived: in reciprocal mentoring both are."""
        return self.kind == "reciprocal" or role is not Role.MENTEE

    @property
    def applying(self) -> tuple[Role, ...]:
        """Everybody who fills in the form, in one role or another."""
        return (*self.roles, Role.SPONSOR) if self.unit is Unit.BOARD else tuple(self.roles)

    @property
    def begins_with(self) -> Role | None:
        """The role of whoever opens the form at its address, None if the form asks for it."""
        return Role.SPONSOR if self.unit is Unit.BOARD else self.only_role

    def released_as(self, role: Role | None) -> Releaser:
        """Who releases somebody of the role."""
        return Releaser.NOBODY if role is Role.SPONSOR else self.released_by

    @property
    def only_role(self) -> Role | None:
        """The role of everybody, if there is only one: then nobody is asked for it."""
        return next(iter(self.roles)) if len(self.roles) == 1 else None

    def known(self, role: Role | None) -> Role:
        """The role, or for an application whose role could not be read the programme's last."""
        return role if role is not None and role in self.roles else tuple(self.roles)[-1]

    def title(self, role: Role | None) -> str:
        """What the programme calls somebody of the role, '' for none that it has."""
        if role is Role.SPONSOR:
            return "Sponsor"
        return self.roles[role].title if role in self.roles else ""

    def title_at(self, seat: Seat) -> str:
        """What the programme calls whoever sits there."""
        return self.title(self.role_at(seat))

    def called(self, seat: Seat) -> str:
        """Who sits there, for somebody who looks at the row: of equals only its columns tell one from the other."""
        return f"the person in {seat.capitalize()}" if self.of_equals else f"the {seat}"

    @property
    def people(self) -> str:
        """Everybody who is paired, as 'reverse mentors and reverse mentees' or 'learners'."""
        return wording.listed([plural(about.title) for about in self.roles.values()])

    @property
    def releaser(self) -> str:
        """Who is asked to release people, in a word after 'your'; '' if nobody is."""
        return {Releaser.MANAGER: "line manager", Releaser.SPONSOR: "sponsor", Releaser.NOBODY: ""}[self.released_by]

    def says(self, words: str) -> str:
        """Words of ours, which say 'line manager', as they are said of this programme, where somebody else may release.

        For the team's tables and mails. People's pages have ``releaser``, and say nothing of it where nobody does.
        """
        if self.released_by is Releaser.MANAGER:
            return words
        called = self.releaser or "releaser"
        return _LINE_MANAGER.sub(lambda found: called.capitalize() if found[0][0] == "L" else called, words)

    @property
    def counts_meetings(self) -> bool:
        """Whether each meeting has a number: else pairs are asked by rhythm whether they still meet."""
        return self.meetings is not None and self.meetings.count is not None


def plural(title: str) -> str:
    """A role's title for several people, inside a sentence."""
    return f"{small(title)}s"


def small(title: str) -> str:
    """A role's title inside a sentence."""
    return title if title[:_OF_ONE_SIDE].isupper() else f"{title[:1].lower()}{title[1:]}"
