"""A mentoring programme's cohort as values: roles, sessions, eligibility, questions. Reading files stops elsewhere.

The values are made by ``shared.proofread`` from one YAML file; rules here come from the cohort's information pack.
"""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

LONGEST_OFFER_HOURS = 24 * 14
LONDON = ZoneInfo("Europe/London")

type Branding = Literal["nhs", "plain"]

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,63}$")]
TopicIdentifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,63}$")]  # lgbtq_plus


class Value(BaseModel):
    """Base of every value: frozen, and no unknown field passes unnoticed."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Role(StrEnum):
    """What a person applies to be. In reverse mentoring the mentor shares lived experience, the mentee learns."""

    MENTOR = "mentor"
    MENTEE = "mentee"


class SessionStatus(StrEnum):
    """The words an administrator reads and types in ``Sessions.Status``."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    TO_BE_CONFIRMED = "to be confirmed"
    CANCELLED = "cancelled"
    INVALID = "invalid"


class Attendance(StrEnum):
    """How many sessions of a group one person attends."""

    ONE_OF = "one of"
    ANY_OF = "any of"
    ALL_OF = "all of"


class Session(Value):
    """One dated meeting of a group.

    ``starts_at`` and ``ends_at`` are UTC instants; both are None while the session is to be confirmed or invalid.
    ``printed`` keeps the words of the pack; ``held_back`` says why an invalid session is not used, with its repairs.
    """

    id: Identifier
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    status: SessionStatus = SessionStatus.PROVISIONAL
    place: str = ""
    capacity: int | None = Field(default=None, ge=1)
    printed: str = ""
    held_back: str = ""

    @property
    def minutes(self) -> int:
        """Length in minutes, 0 while there is no time."""
        if self.starts_at is None or self.ends_at is None:
            return 0
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))

    @property
    def online(self) -> bool:
        """Whether it is held on Microsoft Teams: then its calendar event gets a meeting link."""
        return re.search(r"\bteams\b", self.place, re.IGNORECASE) is not None

    @property
    def takes_place(self) -> bool:
        """Whether people can be invited to it."""
        dated = self.starts_at is not None and self.ends_at is not None
        return dated and self.status in {SessionStatus.PROVISIONAL, SessionStatus.CONFIRMED}


class SessionGroup(Value):
    """Sessions that serve one purpose for one or both roles, and the rule of attendance.

    ``if_not_chosen`` says what happens to an approved person who named no session of a required group:
    ``ask`` sends a link to choose, ``first`` books the first session that takes place (it can be changed).
    """

    id: Identifier
    title: str
    roles: tuple[Role, ...]
    attend: Attendance
    required: bool
    if_not_chosen: Literal["ask", "first"] = "ask"
    note: str = ""
    sessions: tuple[Session, ...]


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
    """What a role asks for: the person specification and the time. ``total_minutes`` is required time only."""

    title: str
    specification: tuple[SpecificationItem, ...]
    commitments: tuple[Commitment, ...]
    total_minutes: int


class EligibilityRule(Value):
    """One area and sector, and the answer. ``reason`` is shown to administrators, ``says`` is the pack's wording."""

    area: str
    sector: str
    answer: Literal["eligible", "not this cohort", "needs a decision"]
    reason: str = ""
    says: str = ""


class Option(Value):
    """An answer that can be chosen: our ``value``, and the ``text`` (with ``aliases``) that forms show and send."""

    value: str
    text: str
    aliases: tuple[str, ...] = ()


class Sees(StrEnum):
    """Who may see what people answer to a question of the programme's own: where it is kept follows from it."""

    ADMINISTRATORS = "administrators"
    MATCHERS = "matchers"
    NOBODY = "nobody but export"


class Condition(Value):
    """A question is asked only of whoever gave one of these answers (an option's value, ``yes`` or ``no``)."""

    field: str
    values: tuple[str, ...]


class Question(Value):
    """One question of a questionnaire and the key each form provider gives it.

    ``field`` is the name in the canonical submission; two questions may fill one field for different roles
    (the training date), then ``for_role`` says whose it is. One that the app knows stands in ``shared.domain.fields``;
    any other is the programme's own, and then ``sees`` says whose eyes it is for.
    Our own pages show ``help`` before the question, a paragraph each, and ``hint`` below its title. ``least`` and
    ``most`` are of a number; ``most`` is also how many options can be chosen. Of ``only_if`` all must hold.
    """

    field: str
    title: str
    type: Literal["text", "long text", "email", "choice", "multi", "yes or no", "ranked", "date", "number"]
    required: bool
    options: tuple[Option, ...] = ()
    for_role: Role | None = None
    hint: str = ""
    help: tuple[str, ...] = ()
    sees: Sees | None = None
    least: int | None = None
    most: int | None = None
    only_if: tuple[Condition, ...] = ()
    keys: dict[str, str] = Field(default_factory=dict)  # source -> that provider's key

    @property
    def takes_several(self) -> bool:
        """Whether an answer can have several options."""
        return self.type in {"multi", "ranked"}


class Topic(Value):
    """A subject of lived experience, under the programme's own name for it."""

    id: TopicIdentifier
    name: str


class Meetings(Value):
    """The pair's own meetings, counted from the day the pair starts."""

    count: int = Field(ge=1, le=60)
    minutes: int = Field(ge=1)
    months: int = Field(ge=1)


class ApprovalPolicy(Value):
    """When the line manager is asked, reminded, and until when the answer counts."""

    reminder_days: tuple[int, ...] = (3, 7)
    reminder_days_before_closing: int | None = 2
    grace_days: int = Field(default=7, ge=0)
    delegations: int = Field(default=3, ge=0)


class CheckInPolicy(Value):
    """When a silent person is nudged, and after how many silent check-ins in a row administrators hear of it."""

    nudge_after_days: int = Field(default=5, ge=1)
    silent_after_days: int = Field(default=12, ge=2)
    silent_in_a_row: int = Field(default=2, ge=1)


class WaitingPolicy(Value):
    """How long a place that came free in a full session is kept for the person it is offered to."""

    offer_hours: int = Field(default=48, ge=1, le=LONGEST_OFFER_HOURS)


class LinkPolicy(Value):
    """How many days the links in mails work after the programme's end, and a new one that was asked for after that."""

    days_after_end: int = Field(default=90, ge=1)
    days_of_a_new_link: int = Field(default=14, ge=1)


class Contacts(Value):
    """Mailboxes for people, one list per purpose."""

    form_support: tuple[str, ...]
    returning_participants: tuple[str, ...] = ()


class Programme(Value):
    """One cohort of one programme, proof-read.

    ``opens_at`` and ``closes_at`` are UTC instants; ``closes_at`` is the last second that counts
    (23:59:59 wall time on the printed day). None: no date is set and the programme stays open.
    ``mailbox`` is the address it writes from; empty: the app's own. ``branding`` is how its pages look.
    ``asks_equality_questions``: our own form offers them to whoever has applied.
    """

    id: Identifier
    name: str
    host: str
    cohort: int | None
    model: Literal["reverse", "reciprocal"]
    zone: str = "Europe/London"
    mailbox: str = ""
    branding: Branding = "nhs"
    asks_equality_questions: bool = False
    contacts: Contacts
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None
    topics: tuple[Topic, ...]
    eligibility: tuple[EligibilityRule, ...]
    roles: dict[Role, RoleDescription]
    meetings: Meetings | None
    approval: ApprovalPolicy = ApprovalPolicy()
    checkins: CheckInPolicy = CheckInPolicy()
    waiting: WaitingPolicy = WaitingPolicy()
    links: LinkPolicy = LinkPolicy()
    groups: tuple[SessionGroup, ...]
    questions: tuple[Question, ...]
    form_ids: dict[str, str] = Field(default_factory=dict)
    ignored_questions: tuple[str, ...] = ()  # keys or titles of questions on a form that nobody reads
    notes: tuple[str, ...] = ()

    @property
    def tz(self) -> ZoneInfo:
        """The zone of every wall time that people read."""
        return ZoneInfo(self.zone)

    @property
    def ends_at(self) -> datetime | None:
        """When the last session ends, and not before pairs could have had all their meetings.

        None: no closing date is set, so it is open-ended, and people may join it after the last session so far.
        """
        if self.closes_at is None:
            return None
        months = self.meetings.months if self.meetings else 0
        met = self.closes_at + relativedelta(months=months)
        return max(met, self.last_session_ends_at or met)

    @property
    def last_session_ends_at(self) -> datetime | None:
        """When the last session that has a time ends."""
        ends = (s.ends_at for group in self.groups for s in group.sessions if s.ends_at is not None)
        return max(ends, default=None)

    def groups_for(self, role: Role) -> tuple[SessionGroup, ...]:
        """The session groups a role attends, in the programme's order."""
        return tuple(group for group in self.groups if role in group.roles)

    def session(self, session_id: str) -> Session | None:
        """The session of that id, or None."""
        return next((s for group in self.groups for s in group.sessions if s.id == session_id), None)

    def group_of(self, session_id: str) -> SessionGroup | None:
        """The group that holds the session, or None."""
        return next((g for g in self.groups if any(s.id == session_id for s in g.sessions)), None)

    def with_sessions(self, live: dict[str, Session]) -> "Programme":
        """The programme with sessions replaced by what the ``Sessions`` table says of them today."""
        groups = tuple(
            group.model_copy(update={"sessions": tuple(live.get(s.id, s) for s in group.sessions)})
            for group in self.groups
        )
        return self.model_copy(update={"groups": groups})


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a wall-clock day, as an instant in that zone."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=zone)
