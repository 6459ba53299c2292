"""One application as it stands, with what each field is for; what people are owed follows in ``owed``.

The row in ``Applications`` is the truth. It goes through ``arriving`` (forms), ``approval``, ``enrolment`` and
``waiting`` (sessions), ``pairs``, ``time_passing`` and ``leaving``: functions that take it as it is and return it as it
should be.
All instants are aware. Rules come from the cohort's information pack unless a line says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from shared.domain.answers import Problem
from shared.domain.fields import FIELDS, Kept, Told, kept
from shared.domain.instants import Count, Instant
from shared.domain.programme import Role, Sees

CHANGES_ARE_KEPT = timedelta(days=30)


class Status(StrEnum):
    """The words an administrator reads in ``Applications.Status``."""

    AWAITING_MANAGER = "Awaiting manager"
    APPROVED = "Approved"
    DECLINED = "Declined"
    NEEDS_CORRECTION = "Needs correction"
    NEEDS_DECISION = "Needs a decision"
    NOT_THIS_COHORT = "Not this cohort"
    LATE = "Late"
    LAPSED = "Lapsed"
    WITHDRAWN = "Withdrawn"
    ERASED = "Erased"


class Answer(StrEnum):
    """What a manager can say: the values of the ``decision`` form field."""

    APPROVE = "approve"
    DECLINE = "decline"
    NOT_MY_REPORT = "not_my_report"


@dataclass(frozen=True, slots=True)
class Person:
    """The applicant, as far as a line manager may know them. Lived experience is kept elsewhere."""

    full_name: str = ""
    email: str = ""
    job_title: str = ""
    band: str = ""
    organisation: str = ""
    sector: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class LineManager:
    """Who is asked to release the applicant."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class ManagerRequest:
    """One request to one manager. ``revision`` counts their answers, 0 while there is none.

    ``link`` is the version of the link in the mail: raising it revokes every link sent before. ``bounced_at`` is when
    a mail of this request came back.
    """

    number: Count
    manager: LineManager
    asked_at: Instant
    link: Count = 1
    answer: Answer | None = None
    reason: str = ""
    note: str = ""
    answered_at: Instant | None = None
    revision: Count = 0
    bounced_at: Instant | None = None

    @property
    def asks_nobody(self) -> bool:
        """Whether no manager was named, so that the applicant has to say who it is before anybody can be asked."""
        return not self.manager.email

    @property
    def asked_afresh(self) -> bool:
        """Whether it only repeats the request before it, to the same manager with a new link."""
        return self.link > 1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How the reply ``at`` to the mail of a request reads. It counts only once an administrator accepts it."""

    answer: Answer
    request: Count
    at: Instant


@dataclass(frozen=True, slots=True)
class Wait:
    """A place on the waiting list of a full session, since ``joined_at``.

    From ``offered_at`` until ``offered_until`` a place that came free is kept for the person. ``over_at`` is when they
    left the list, or the offer ran out: they are not booked by any rule in a session that they let go.
    """

    session: str
    joined_at: Instant
    offered_at: Instant | None = None
    offered_until: Instant | None = None
    over_at: Instant | None = None

    @property
    def offered(self) -> bool:
        """Whether a place is kept for the person now."""
        return self.offered_at is not None and self.over_at is None

    @property
    def ran_out(self) -> bool:
        """Whether an offer ended without an answer."""
        return self.over_at is not None and self.offered_until is not None and self.over_at >= self.offered_until


class ReleasedDate(NamedTuple):
    """A session as a line manager knows of it. An older version of the app did not note when it ends."""

    session: str
    starts_at: Instant
    ends_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """The dates, by session group, that a line manager knows of. 0: when they agreed."""

    number: Count
    at: Instant
    dates: Mapping[str, tuple[ReleasedDate, ...]]


@dataclass(frozen=True, slots=True)
class Event:
    """What last happened to an application: it stands in its row until ``Audit`` has it for certain."""

    at: datetime
    who: str
    what: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """When one version of an application was sent, as far as its provider says, and when it was received."""

    submitted_at: datetime | None
    received_at: datetime

    def is_older_than(self, other: "Version") -> bool:
        """Which of two versions is newer, whatever order they were delivered in.

        A time of submission that lies in the future is of a clock that is wrong. Where one of the two has no time
        that can be believed, the order in which they were received counts: nothing later is ever taken for older.
        """
        mine, theirs = self.believed, other.believed
        if mine is None or theirs is None:
            return self.received_at < other.received_at
        return (mine, self.received_at) < (theirs, other.received_at)

    @property
    def believed(self) -> datetime | None:
        """The time of submission, None if there is none or it lies in the future."""
        sent = self.submitted_at
        return sent if sent is not None and sent <= self.received_at else None


@dataclass(frozen=True, slots=True)
class Change:
    """A later form for an application that stands, by another response: it waits until its owner has confirmed it.

    ``content`` is the hash of its body, which alone says what it would change. ``ask_at`` is when the mail about it is
    due: one mail a day at most, however many forms there are.
    """

    content: str
    received_at: Instant
    submitted_at: Instant | None
    source: str
    response_id: str
    ask_at: Instant


class Lasts(Enum):
    """What becomes of a field of an application when its form is sent again: each field says it once."""

    FORM = "what the newest form says of it stands"
    MERGED = "worked out from both, or begun afresh: see `arriving.merged`"
    EDITS = "ours, and no edit of the form changes it; who begins again begins without it"
    ALWAYS = "ours, and it stays also when somebody begins again"


def _form(told: str = "") -> Mapping[str, object]:
    """Of a field that the form fills. ``told`` is what its owner's data calls it, '' for what is told elsewhere."""
    return {"lasts": Lasts.FORM, "told": told}


def _merged(told: str = "") -> Mapping[str, object]:
    return {"lasts": Lasts.MERGED, "told": told}


def _ours(told: str = "", *, lasts: Lasts = Lasts.EDITS) -> Mapping[str, object]:
    return {"lasts": lasts, "told": told}


@dataclass(frozen=True, slots=True)
class Application:
    """One person's application for one role in one programme.

    Each field says what becomes of it when the form is sent again (``Lasts``), and what its owner is told it is.
    Those that are answers of the form are of the kinds in ``shared.domain.fields``.

    ``received_at`` is when the first body reached us, ``revised_at`` when the newest version did (None: the first is
    the newest); ``counts_from`` is the instant compared with the closing date.
    ``chosen`` maps a session group to the sessions the person picked, ``assigned`` to those that the programme booked
    by its own rule. ``flags`` are remarks for administrators.
    ``replies`` counts mails for somebody to read, the newest of ``replied_at``; ``replies_seen`` are the marks of all
    that were taken in. ``confirmed`` maps a session to the start that the person said they will be there for.
    ``pairs`` are the confirmed pairs that the person is in, by the name of the row in ``Pairs``, with their first day.
    ``edits`` counts newer versions, ``responses`` how often the form was filled in anew.
    ``link_renewed_at`` is when a new link to the own page was asked for, ``erasure_asked_at`` when deletion was.
    ``content`` is the newest version that was looked at, ``answers_from`` the one whose answers stand.
    ``told`` are answers to the programme's own questions that administrators may see.
    ``released`` are the dates that the manager knows of, newest last (see ``domain/released.py``).
    ``new_email`` waits for its owner to confirm it; ``former_email`` is the one that made way for the present address.
    ``changes`` wait for the owner of the address, who was (or is) asked at ``changes_asked_at``.
    ``no_partner_at`` is when it was decided that there is no partner in this cohort; ``left_out_at`` when pairs were
    first published and none of them was this person's.
    ``paired_before`` is the first day of the earliest of their pairs that have ended.
    """

    programme: str = field(metadata=_form())
    reference: str = field(metadata=_form("Reference"))
    role: Role | None = field(metadata=_merged())
    person: Person = field(metadata=_merged())
    manager: LineManager = field(metadata=_merged())
    status: Status = field(metadata=_form("Status"))
    received_at: datetime = field(metadata=_ours("Received"))
    counts_from: datetime = field(metadata=_form())
    submitted_at: datetime | None = field(default=None, metadata=_form("Sent"))
    manager_agreed: bool = field(default=False, metadata=_form())
    previous_participant: bool = field(default=False, metadata=_form())
    chosen: Mapping[str, tuple[str, ...]] = field(default=MappingProxyType({}), metadata=_form())
    requests: tuple[ManagerRequest, ...] = field(default=(), metadata=_merged())
    problems: tuple[Problem, ...] = field(default=(), metadata=_form())
    flags: tuple[str, ...] = field(default=(), metadata=_merged("Remarks of the programme"))
    reason: str = field(default="", metadata=_form("Reason"))
    source: str = field(default="", metadata=_form("Where it came from"))
    response_id: str = field(default="", metadata=_form())
    content: str = field(default="", metadata=_form())
    edits: int = field(default=0, metadata=_merged())
    let_in_at: datetime | None = field(default=None, metadata=_ours())
    closed_at: datetime | None = field(default=None, metadata=_form("Ended"))
    waits_for_manager_name: bool = field(default=False, metadata=_merged())
    own_link: int = field(default=1, metadata=_merged())
    replaced_by: str = field(default="", metadata=_form())
    test: bool = field(default=False, metadata=_merged())
    revised_at: datetime | None = field(default=None, metadata=_merged("Changed"))
    replies: int = field(default=0, metadata=_ours("Emails from you or your manager", lasts=Lasts.ALWAYS))
    replies_seen: tuple[str, ...] = field(default=(), metadata=_ours(lasts=Lasts.ALWAYS))
    replied_at: datetime | None = field(default=None, metadata=_ours(lasts=Lasts.ALWAYS))
    suggestion: Suggestion | None = field(default=None, metadata=_ours())
    last_event: Event | None = field(default=None, metadata=_form())
    waits: tuple[Wait, ...] = field(default=(), metadata=_form())
    confirmed: Mapping[str, datetime] = field(default=MappingProxyType({}), metadata=_form())
    link_renewed_at: datetime | None = field(default=None, metadata=_ours())
    erasure_asked_at: datetime | None = field(default=None, metadata=_ours("Deletion asked for"))
    assigned: Mapping[str, tuple[str, ...]] = field(default=MappingProxyType({}), metadata=_form())
    pairs: Mapping[str, date] = field(default=MappingProxyType({}), metadata=_form())
    responses: int = field(default=1, metadata=_merged())
    answers_from: str = field(default="", metadata=_form())
    changes: tuple[Change, ...] = field(default=(), metadata=_ours(lasts=Lasts.ALWAYS))
    changes_asked_at: datetime | None = field(default=None, metadata=_ours(lasts=Lasts.ALWAYS))
    team: str = field(default="", metadata=_form())
    place: str = field(default="", metadata=_form())
    way_of_meeting: str = field(default="", metadata=_form())
    board_members: str = field(default="", metadata=_form())
    could_take_two: bool = field(default=False, metadata=_form())
    told: tuple[Told, ...] = field(default=(), metadata=_form())
    released: tuple[Released, ...] = field(default=(), metadata=_ours())
    no_partner_at: datetime | None = field(default=None, metadata=_ours("No partner in this cohort"))
    left_out_at: datetime | None = field(default=None, metadata=_ours("Pairs were made, and no partner was found yet"))
    new_email: str = field(default="", metadata=_ours("Email address that waits to be confirmed"))
    new_email_asked_at: datetime | None = field(default=None, metadata=_ours())
    former_email: str = field(default="", metadata=_ours("Email address before", lasts=Lasts.ALWAYS))
    address_changed_at: datetime | None = field(default=None, metadata=_ours(lasts=Lasts.ALWAYS))
    paired_before: date | None = field(default=None, metadata=_ours())

    @property
    def first_paired(self) -> date | None:
        """The first day of their first pair, whether or not it goes on; None if they were in none."""
        return min([*self.pairs.values(), *([self.paired_before] if self.paired_before else [])], default=None)

    @property
    def request(self) -> ManagerRequest | None:
        """The request in force: the newest one."""
        return self.requests[-1] if self.requests else None

    @property
    def version(self) -> Version:
        """When its newest version was sent and received."""
        return Version(self.submitted_at, self.revised_at or self.received_at)

    @property
    def answered(self) -> bool:
        """Whether the manager in charge has answered."""
        return self.request is not None and self.request.answer is not None

    @property
    def open_suggestion(self) -> Suggestion | None:
        """The suggestion, until the request it is about is answered, replaced or over."""
        suggestion, request = self.suggestion, self.request
        if suggestion is None or request is None or self.status is not Status.AWAITING_MANAGER:
            return None
        return suggestion if suggestion.request == request.number and not self.answered else None

    def answered_by_mail_until(self, last: datetime) -> bool:
        """Whether a yes or no came by mail by then, and still waits for somebody to read it."""
        reply = self.open_suggestion
        return reply is not None and reply.at.replace(microsecond=0) <= last

    @property
    def manager_unreachable(self) -> bool:
        """Whether the mail of the open request came back, so that another address is needed."""
        request = self.request
        return request is not None and request.bounced_at is not None and not self.answered

    def flagged(self, *remarks: str) -> "Application":
        """The application with remarks for administrators, each kept once, in order."""
        return replace(self, flags=tuple(dict.fromkeys((*self.flags, *(r for r in remarks if r)))))


def has_board(application: Application) -> bool:
    """Whether it is a sponsor's whose board was admitted, so that its people can be invited."""
    return application.role is Role.SPONSOR and application.status is Status.APPROVED


def from_form(values: Mapping[str, object]) -> dict[str, Any]:
    """The parts of an application that its form fills, of what could be read: no words or no for what could not."""

    def value(name: str) -> object:
        given = values.get(name)
        if FIELDS[name].is_yes_or_no:
            return given is True
        return given if isinstance(given, str) else ""

    role = values.get("role")
    return {
        **{name: value(name) for name in kept(Kept.APPLICATION)},
        "role": role if isinstance(role, Role) else None,
        "person": Person(**{name: str(value(name)) for name in kept(Kept.PERSON)}),
        "manager": LineManager(str(value("manager_name")), str(value("manager_email"))),
    }


def seen_by(sees: Sees, told: Iterable[Told]) -> tuple[Told, ...]:
    """The answers to the programme's own questions that are for these eyes."""
    return tuple(one for one in told if one.sees is sees)


def form_values(application: Application) -> dict[str, Any]:
    """The answers that stand in an application, by the names in ``shared.domain.fields``: the way back."""
    return {
        **{name: getattr(application.person, name) for name in kept(Kept.PERSON)},
        **{name: getattr(application.manager, name.removeprefix("manager_")) for name in kept(Kept.MANAGER)},
        **{name: getattr(application, name) for name in kept(Kept.APPLICATION)},
    }


def kept_over(*lasts: Lasts) -> tuple[str, ...]:
    """The fields of an application that last so long."""
    return tuple(one.name for one in fields(Application) if one.metadata["lasts"] in lasts)
