"""A mentoring programme's cohort as values: roles, sessions, eligibility, questions. Reading files stops elsewhere.

The values are made by ``shared.proofread`` from one YAML file; rules here come from the cohort's information pack.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from pydantic import AwareDatetime, Field

from shared.domain import wording
from shared.domain.cohort_model import CohortModel, Identifier, Meetings, RoleDescription, Value

# Whoever speaks of a programme speaks of its roles.
from shared.domain.cohort_model import Role as Role  # noqa: PLC0414 -- the form in which mypy lets others import it here
from shared.domain.matching.rules import Levels, Matching, Organisations

LONGEST_OFFER_HOURS = 24 * 14
LONDON = ZoneInfo("Europe/London")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")

type Branding = Literal["nhs", "plain"]
type QuestionType = Literal["text", "long text", "email", "choice", "multi", "yes or no", "ranked", "date", "number"]

TopicIdentifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,63}$")]  # lgbtq_plus

# Exchange takes 500 attendees for one event. Some room is left for whom the team adds in Outlook.
MOST_AT_A_SESSION = 480


class SessionStatus(StrEnum):
    """The words an administrator reads and types in ``Sessions.Status``."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"
    TO_BE_CONFIRMED = "to be confirmed"
    CANCELLED = "cancelled"
    INVALID = "invalid"


_WITHOUT_A_DATE = frozenset({SessionStatus.TO_BE_CONFIRMED, SessionStatus.INVALID})


class Attendance(StrEnum):
    """How many sessions of a group one person attends."""

    ONE_OF = "one of"
    ANY_OF = "any of"
    ALL_OF = "all of"


class Month(Value):
    """A month: all that a source says of a date."""

    year: int
    month: int = Field(ge=1, le=12)

    @property
    def in_words(self) -> str:
        """As 'June 2022'."""
        return f"{date(self.year, self.month, 1):%B %Y}"

    def last_day(self, months: int = 1) -> date:
        """The last day of so many months that begin with this one."""
        return date(self.year, self.month, 1) + relativedelta(months=max(months, 1), days=-1)


class Session(Value):
    """One dated meeting of a group.

    ``starts_at`` and ``ends_at`` are UTC instants; both are None while the session is to be confirmed or invalid.
    ``printed`` keeps the words of the pack, and ``day`` the day they name, also where the rest makes no sense;
    ``held_back`` says why an invalid session is not used, with its repairs.
    ``taken_up`` is when it was last going to take place, as far as anybody was told; () if it was not, None if the row
    is of a version that did not note it.
    ``month`` is all that is known of its date, as 'May 2022': shown to people, and nobody is invited.
    """

    id: Identifier
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    status: SessionStatus = SessionStatus.PROVISIONAL
    place: str = ""
    capacity: int | None = Field(default=None, ge=1, le=MOST_AT_A_SESSION)
    printed: str = ""
    day: date | None = None
    held_back: str = ""
    month: str = ""
    taken_up: tuple[AwareDatetime, AwareDatetime] | tuple[()] | None = None

    @property
    def minutes(self) -> int:
        """Length in minutes, 0 while there is no time."""
        if self.starts_at is None or self.ends_at is None:
            return 0
        return int((self.ends_at - self.starts_at) / timedelta(minutes=1))

    @property
    def online(self) -> bool:
        """Whether it is held on Microsoft Teams: then its calendar event gets a link, unless one was typed."""
        return "://" not in self.place and re.search(r"\bteams\b", self.place, re.IGNORECASE) is not None

    @property
    def takes_place(self) -> bool:
        """Whether people can be invited to it."""
        dated = self.starts_at is not None and self.ends_at is not None
        return dated and self.status in {SessionStatus.PROVISIONAL, SessionStatus.CONFIRMED}


class SessionGroup(Value):
    """Sessions that serve one purpose for one or both roles, and the rule of attendance.

    ``if_not_chosen`` says what happens to an approved person who named no session of a required group:
    ``ask`` sends a link to choose, ``first`` books the first session that takes place (it can be changed).
    ``recurring``: nobody knows how many there will be. The last one waits for its date, and as soon as it has one
    another stands behind it. ``how_often`` is what the source says of that, as 'every 2 months'.
    """

    id: Identifier
    title: str
    roles: tuple[Role, ...]
    attend: Attendance
    required: bool
    if_not_chosen: Literal["ask", "first"] = "ask"
    note: str = ""
    recurring: bool = False
    how_often: str = ""
    sessions: tuple[Session, ...]

    @property
    def recurs(self) -> str:
        """That and how often it takes place again, in words; '' if it does not."""
        return (self.how_often or "more than once") if self.recurring else ""

    def number_of(self, session_id: str) -> int:
        """Which session of a recurring group an id names, 0 if none."""
        number = session_id.removeprefix(f"{self.id}-")
        return int(number) if self.recurring and _NUMBER.fullmatch(number) else 0

    def with_next(self) -> "SessionGroup":
        """With one more session if it is recurring and each so far has a date, or had one."""
        if not self.recurring or (self.sessions and self.sessions[-1].status in _WITHOUT_A_DATE):
            return self
        number = max((self.number_of(session.id) for session in self.sessions), default=0) + 1
        following = Session(id=f"{self.id}-{number}", status=SessionStatus.TO_BE_CONFIRMED)
        return self.model_copy(update={"sessions": (*self.sessions, following)})


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
    type: QuestionType
    required: bool
    options: tuple[Option, ...] = ()
    for_role: Role | None = None
    hint: str = ""
    help: tuple[str, ...] = ()
    sees: Sees | None = None
    least: int | None = None
    most: int | None = None
    only_if: tuple[Condition, ...] = ()
    also_titled: tuple[str, ...] = ()  # on other forms, today's first
    only_at: tuple[str, ...] = ()  # of an evaluation: the waves at which it is asked; none named: at each
    keys: dict[str, str] = Field(default_factory=dict)  # source -> that provider's key

    @property
    def on_forms(self) -> str:
        """Its title where somebody else's form asks it, as far as the file says so."""
        return next(iter(self.also_titled), self.title)

    @property
    def takes_several(self) -> bool:
        """Whether an answer can have several options."""
        return self.type in {"multi", "ranked"}


class Wave(Value):
    """A time at which people are asked how they find the programme, in months from their pair's first day."""

    id: Identifier
    title: str
    months: int = Field(ge=0, le=120)


class Evaluation(Value):
    """The questions that people are asked of the programme, the same at each wave, so that change can be seen."""

    about: str = ""
    waves: tuple[Wave, ...]
    questions: tuple[Question, ...]

    def wave(self, wave: str) -> Wave | None:
        """The wave of that id, or None."""
        return next((one for one in self.waves if one.id == wave), None)


class Topic(Value):
    """A subject of lived experience, under the programme's own name for it."""

    id: TopicIdentifier
    name: str


class ApprovalPolicy(Value):
    """When the line manager is asked, reminded, and until when the answer counts."""

    reminder_days: tuple[int, ...] = (3, 7)
    reminder_days_before_closing: int | None = 2
    grace_days: int = Field(default=7, ge=0)
    delegations: int = Field(default=3, ge=0)


class CheckInPolicy(Value):
    """When a silent person is nudged, and after how many silent check-ins in a row administrators hear of it.

    Where meetings are not counted, pairs are asked every ``still_going_months`` whether they still meet.
    """

    nudge_after_days: int = Field(default=5, ge=1)
    silent_after_days: int = Field(default=12, ge=2)
    silent_in_a_row: int = Field(default=2, ge=1)
    still_going_months: int = Field(default=3, ge=1, le=24)


class WaitingPolicy(Value):
    """How long a place that came free in a full session is kept for the person it is offered to."""

    offer_hours: int = Field(default=48, ge=1, le=LONGEST_OFFER_HOURS)


class InvitationPolicy(Value):
    """How a session stands in calendars that others may look into. ``subject``: one for all; '' for the session's.

    ``reminder``: whoever is booked gets a mail on the working day before.
    """

    private: bool = True
    reminder: bool = True
    subject: str = Field(default="", max_length=200)


class LinkPolicy(Value):
    """How many days the links in mails work after the programme's end, and a new one that was asked for after that."""

    days_after_end: int = Field(default=90, ge=1)
    days_of_a_new_link: int = Field(default=14, ge=1)


class CertificatePolicy(Value):
    """What a certificate needs: so many meetings that were held, and the training unless the file says otherwise."""

    meetings: int = Field(default=0, ge=0)
    training: bool = True


class FoiTexts(Value):
    """What a programme's own words say to questions under the Freedom of Information Act; '' is not recorded.

    ``running_since`` is as written, perhaps a month; ``running_from`` the day, if one is written.
    """

    designed_by: str = ""
    description: str = ""
    levels: str = ""
    evaluation: str = ""
    during_covid: str = ""
    running_since: str = ""
    running_from: date | None = None


class Contacts(Value):
    """Mailboxes for people, one list per purpose."""

    form_support: tuple[str, ...]
    returning_participants: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """How somebody who has had an email of ours reaches the team: not every source gives an address."""
        at = wording.listed(self.form_support, "or")
        return f"write to us at {at}" if at else "reply to one of our emails"


class Imprint(Value):
    """What stands on every page and in every mail of a programme, whatever they are about.

    ``about`` says what the programme is, in plain words. ``signed_by`` is who signs its mails. ``releaser`` is who is
    asked to release people, as 'line manager'. The others are addresses of pages elsewhere. '' where nothing is known.
    """

    host: str = ""
    about: tuple[str, ...] = ()
    privacy_notice: str = ""
    accessibility_statement: str = ""
    information_pack: str = ""
    form_link: str = ""
    signed_by: str = ""
    releaser: str = "line manager"


#: Of a page about nothing in particular, and of a programme that says none of it.
UNSAID = Imprint()


class Programme(Value):
    """One cohort of one programme, proof-read.

    ``opens_at`` and ``closes_at`` are UTC instants; ``closes_at`` is the last second that counts
    (23:59:59 wall time on the printed day). None: no date is set and the programme stays open.
    ``mailbox`` is the address it writes from; empty: the app's own. ``branding`` is how its pages look.
    ``asks_equality_questions``: our own form offers them to whoever has applied. ``begins`` is the month in which pairs
    start, ``completed`` when the cohort ended, both as far as the source says. ``follows`` names the programmes whose
    interested people hear when this one opens.
    """

    id: Identifier
    name: str
    host: str
    cohort: int | None
    model: CohortModel
    zone: str = "Europe/London"
    mailbox: str = ""
    branding: Branding = "nhs"
    asks_equality_questions: bool = False
    contacts: Contacts
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None
    topics: tuple[Topic, ...]
    eligibility: tuple[EligibilityRule, ...]
    approval: ApprovalPolicy = ApprovalPolicy()
    checkins: CheckInPolicy = CheckInPolicy()
    waiting: WaitingPolicy = WaitingPolicy()
    links: LinkPolicy = LinkPolicy()
    foi: FoiTexts = FoiTexts()
    certificate: CertificatePolicy | None = None
    invitations: InvitationPolicy = InvitationPolicy()
    matching: Matching = Matching()
    organisations: Organisations = Organisations()
    levels: Levels = Levels()
    groups: tuple[SessionGroup, ...]
    questions: tuple[Question, ...]
    evaluation: Evaluation | None = None
    form_ids: dict[str, str] = Field(default_factory=dict)
    more_form_ids: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # by which the same form is also known
    imprint: Imprint = UNSAID
    begins: Month | None = None
    completed: str = ""
    follows: tuple[Identifier, ...] = ()
    ignored_questions: tuple[str, ...] = ()  # keys or titles of questions on a form that nobody reads
    notes: tuple[str, ...] = ()

    @property
    def pairing(self) -> Matching:
        """The rules by which people are paired: those of the file whose questions its form asks."""
        return self.matching.asked({question.field for question in self.questions})

    @property
    def tz(self) -> ZoneInfo:
        """The zone of every wall time that people read."""
        return ZoneInfo(self.zone)

    @property
    def roles(self) -> dict[Role, RoleDescription]:
        """What people can apply to be."""
        return self.model.roles

    @property
    def meetings(self) -> Meetings | None:
        """The pair's own meetings."""
        return self.model.meetings

    @property
    def ends_at(self) -> datetime | None:
        """When the last session ends, and not before pairs could have had all their meetings.

        None: it is open-ended, or no closing date is set and people may join it after the last session so far.
        """
        if self.closes_at is None or self.model.open_ended:
            return None
        months = (self.meetings.months if self.meetings else None) or 0
        met = self.closes_at + relativedelta(months=months)
        if self.begins is not None:
            met = max(met, end_of_day(self.begins.last_day(months), self.tz))
        return max(met, self.last_session_ends_at or met)

    def has_ended(self, closes_at: datetime | None, now: datetime) -> bool:
        """Whether it is over, also if its closing date was moved beyond what its file says."""
        return self.ends_at is not None and now > max(self.ends_at, closes_at or self.ends_at)

    @property
    def last_session_ends_at(self) -> datetime | None:
        """When the last session that has a time ends."""
        ends = (s.ends_at for group in self.groups for s in group.sessions if s.ends_at is not None)
        return max(ends, default=None)

    def groups_for(self, role: Role) -> tuple[SessionGroup, ...]:
        """The session groups a role attends, in the programme's order."""
        return tuple(group for group in self.groups if role in group.roles)

    def training_for(self, role: Role) -> SessionGroup | None:
        """What a role is trained in before anybody is paired: the first group of sessions that it has to attend."""
        return next((group for group in self.groups_for(role) if group.required), None)

    def session(self, session_id: str) -> Session | None:
        """The session of that id, or None."""
        return next((s for group in self.groups for s in group.sessions if s.id == session_id), None)

    def group_of(self, session_id: str) -> SessionGroup | None:
        """The group that holds the session, or None."""
        return next((g for g in self.groups if any(s.id == session_id for s in g.sessions)), None)

    def with_sessions(self, live: Mapping[str, Session]) -> "Programme":
        """The programme with sessions replaced by what the ``Sessions`` table says of them today.

        A recurring group has more of them than its file: those of the table, and the next.
        """
        return self.model_copy(update={"groups": tuple(self._as_it_stands(group, live) for group in self.groups)})

    def _as_it_stands(self, group: SessionGroup, live: Mapping[str, Session]) -> SessionGroup:
        of_file = [_as_it_stands(session, live.get(session.id, session)) for session in group.sessions]
        known = {session.id for one in self.groups for session in one.sessions}
        more = sorted((group.number_of(id_), id_) for id_ in live if id_ not in known and group.number_of(id_))
        sessions = (*of_file, *(live[id_] for _, id_ in more))
        return group.model_copy(update={"sessions": sessions}).with_next()


def _as_it_stands(file: Session, live: Session) -> Session:
    """A session as the table has it. What the file knows of its month stands until it has a date."""
    return live.model_copy(update={"month": file.month}) if file.month and live.starts_at is None else live


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a wall-clock day, as an instant in that zone."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=zone)
