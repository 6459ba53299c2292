"""One application and every change it can go through, as pure functions. What people are owed follows in ``owed``.

The row in ``Applications`` is the truth; each function takes the application as it is and returns it as it should be.
All instants are aware. Rules come from the cohort's information pack unless a line says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

from shared.domain.addresses import is_same_mailbox, may_be_same_person
from shared.domain.answers import Problem, email_key
from shared.domain.cohort_model import Releaser
from shared.domain.eligibility import Verdict
from shared.domain.fields import FIELDS, Answers, Kept, Told, kept
from shared.domain.programme import Role, Sees

# A provider may deliver late (Typeform retries for 10 hours, Tally for a day), and that is not the applicant's fault.
DELIVERY_ALLOWANCE = timedelta(hours=24)
# However many forms somebody sends in another's name, that one gets a mail a day and can read the page.
ASKED_APART = timedelta(hours=24)
# Their keys stand in one cell of the row. Fewer would let a flood push out the form that is the owner's own.
MOST_CHANGES = 30
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

    number: int
    manager: LineManager
    asked_at: datetime
    link: int = 1
    answer: Answer | None = None
    reason: str = ""
    note: str = ""
    answered_at: datetime | None = None
    revision: int = 0
    bounced_at: datetime | None = None

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
    request: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """A place on the waiting list of a full session, since ``joined_at``.

    From ``offered_at`` until ``offered_until`` a place that came free is kept for the person. ``over_at`` is when they
    left the list, or the offer ran out: they are not booked by any rule in a session that they let go.
    """

    session: str
    joined_at: datetime
    offered_at: datetime | None = None
    offered_until: datetime | None = None
    over_at: datetime | None = None

    @property
    def offered(self) -> bool:
        """Whether a place is kept for the person now."""
        return self.offered_at is not None and self.over_at is None

    @property
    def ran_out(self) -> bool:
        """Whether an offer ended without an answer."""
        return self.over_at is not None and self.offered_until is not None and self.over_at >= self.offered_until


@dataclass(frozen=True, slots=True)
class Released:
    """The dates, by session group, that a line manager knows of: each a session and its start. 0: when they agreed."""

    number: int
    at: datetime
    dates: Mapping[str, tuple[tuple[str, datetime], ...]]


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
    received_at: datetime
    submitted_at: datetime | None
    source: str
    response_id: str
    ask_at: datetime


class Lasts(Enum):
    """What becomes of a field of an application when its form is sent again: each field says it once."""

    FORM = "what the newest form says of it stands"
    MERGED = "worked out from both, or begun afresh: see `_edited` and `_begun_again`"
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
    ``no_partner_at`` is when it was decided that there is no partner in this cohort.
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
    new_email: str = field(default="", metadata=_ours("Email address that waits to be confirmed"))
    new_email_asked_at: datetime | None = field(default=None, metadata=_ours())
    former_email: str = field(default="", metadata=_ours("Email address before", lasts=Lasts.ALWAYS))
    address_changed_at: datetime | None = field(default=None, metadata=_ours(lasts=Lasts.ALWAYS))
    paired_before: date | None = field(default=None, metadata=_ours())

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


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission on its way in: what was read from it and the facts around it.

    ``sender`` is the address that the provider itself vouches for, '' if it does not know who filled in the form.
    ``confirmed_at`` is when the owner of the address said that it is theirs, if they were asked.
    """

    received_at: datetime
    submitted_at: datetime | None
    source: str
    response_id: str
    content: str
    test: bool = False
    sender: str = ""
    confirmed_at: datetime | None = None

    @property
    def taken_at(self) -> datetime:
        """When it is taken in: what follows from it is counted from here."""
        return self.confirmed_at or self.received_at

    @property
    def counts_from(self) -> datetime:
        """The instant that meets the closing date.

        The provider's own time counts if the delivery was at most a day late, else the time we received it:
        a stale or invented time must not open a closed door.
        """
        if self.submitted_at is None:
            return self.received_at
        delay = self.received_at - self.submitted_at
        return self.submitted_at if timedelta(0) <= delay <= DELIVERY_ALLOWANCE else self.received_at

    @property
    def version(self) -> Version:
        """When it was sent and received."""
        return Version(self.submitted_at, self.received_at)


def has_board(application: Application) -> bool:
    """Whether it is a sponsor's whose board was admitted, so that its people can be invited."""
    return application.role is Role.SPONSOR and application.status is Status.APPROVED


def is_late(counts_from: datetime, closes_at: datetime | None) -> bool:
    """Whether an instant lies after the last second that counts."""
    return closes_at is not None and counts_from.replace(microsecond=0) > closes_at


def received(
    *,
    programme: str,
    reference: str,
    answers: Answers,
    chosen: Mapping[str, tuple[str, ...]],
    arrival: Arrival,
    verdict: Verdict,
    closes_at: datetime | None,
    flags: Iterable[str] = (),
) -> Application:
    """A valid application as it first stands: its status follows from eligibility first, the closing date second."""
    application = Application(
        programme=programme,
        reference=reference,
        **from_form({name: getattr(answers, name) for name in FIELDS}),
        told=seen_by(Sees.ADMINISTRATORS, answers.told),
        status=Status.NEEDS_DECISION,
        received_at=arrival.taken_at,
        counts_from=arrival.counts_from,
        submitted_at=arrival.submitted_at,
        chosen=MappingProxyType(dict(chosen)),
        source=arrival.source,
        response_id=arrival.response_id,
        content=arrival.content,
        answers_from=arrival.content,
        test=arrival.test,
    ).flagged(*flags)
    return _placed(application, verdict=verdict, closes_at=closes_at, now=arrival.taken_at)


def _placed(application: Application, *, verdict: Verdict, closes_at: datetime | None, now: datetime) -> Application:
    if verdict.answer == "not this cohort":
        return replace(application, status=Status.NOT_THIS_COHORT, reason=verdict.reason)
    if is_late(application.counts_from, closes_at) and application.let_in_at is None:
        return replace(application, status=Status.LATE, reason="It arrived after the closing date.")
    if verdict.answer == "needs a decision" and application.let_in_at is None:
        return replace(application, status=Status.NEEDS_DECISION, reason=verdict.reason)
    return _released(application, verdict.released_by, now=now)


def _released(application: Application, released_by: Releaser, *, now: datetime) -> Application:
    """The application as it goes on: somebody is asked for the time it takes, or it has its place at once."""
    if released_by is Releaser.NOBODY:
        return replace(application, status=Status.APPROVED, reason="", closed_at=None)
    return ask_manager(application, application.manager, now=now)


def unreadable(
    *,
    programme: str,
    reference: str,
    readable: Mapping[str, object],
    problems: Iterable[Problem],
    arrival: Arrival,
    told: Iterable[Told] = (),
) -> Application:
    """A submission that fails validation: kept with whatever could be read, to be corrected by the applicant."""
    return Application(
        programme=programme,
        reference=reference,
        **from_form(readable),
        told=seen_by(Sees.ADMINISTRATORS, told),
        status=Status.NEEDS_CORRECTION,
        received_at=arrival.taken_at,
        counts_from=arrival.counts_from,
        submitted_at=arrival.submitted_at,
        problems=tuple(problems),
        source=arrival.source,
        response_id=arrival.response_id,
        content=arrival.content,
        answers_from=arrival.content,
        test=arrival.test,
    )


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


def _kept(existing: Application, *lasts: Lasts) -> dict[str, Any]:
    return {name: getattr(existing, name) for name in kept_over(*lasts)}


_STARTS_AFRESH = frozenset(
    {Status.NEEDS_CORRECTION, Status.NEEDS_DECISION, Status.NOT_THIS_COHORT, Status.LATE, Status.AWAITING_MANAGER}
)


_AGAIN = {
    Status.WITHDRAWN: "Applied again after withdrawing.",
    Status.ERASED: "Applied again after withdrawing.",
    Status.DECLINED: "Applied again after the line manager declined.",
    Status.LAPSED: "Applied again after the application had lapsed.",
}


def is_same_response(stored: Application, source: str, response_id: str) -> bool:
    """Whether a form is the response by which the application stands: only then it is its sender's edit."""
    return bool(response_id) and (stored.source, stored.response_id) == (source, response_id)


def needs_its_owner(existing: Application, incoming: Application, *, sender: str = "") -> bool:
    """Whether a form waits until the owner of the stored address has confirmed it.

    Anybody can type somebody's address into a form. Only an edit of the response by which the application stands, and a
    form whose ``sender`` the provider vouches for, are known to be that person's. What would change nothing, a copy or
    a late older version, asks nobody.
    """
    if existing.test or incoming.content in {existing.content, existing.answers_from}:
        return False
    if is_same_response(existing, incoming.source, incoming.response_id):
        return False
    owner = email_key(existing.person.email)
    if owner and owner == email_key(sender):
        return False
    if incoming.version.is_older_than(existing.version):
        return False
    over = existing.status in {Status.WITHDRAWN, Status.ERASED} and not existing.replaced_by
    return not over or _is_sent_since(existing, incoming)


def with_change(existing: Application, incoming: Application, *, now: datetime) -> Application:
    """The application with a form that waits for its owner; one by the same response as an older makes way for it.

    Beyond the most that a cell holds, the oldest stands in ``Quarantine`` alone, until its month is over.
    """
    if any(change.content == incoming.content for change in existing.changes):
        return existing
    same = next((c for c in existing.changes if incoming.response_id and _is_by_response(c, incoming)), None)
    if same is not None and incoming.version.is_older_than(Version(same.submitted_at, same.received_at)):
        return existing
    asked = existing.changes_asked_at
    if same is not None:
        ask_at = same.ask_at  # the mail about the older one leads to this one
    elif asked is None or asked + ASKED_APART <= now:
        ask_at = now
    else:
        ask_at = asked if asked > now else asked + ASKED_APART
    change = Change(
        content=incoming.content,
        received_at=incoming.received_at,
        submitted_at=incoming.submitted_at,
        source=incoming.source,
        response_id=incoming.response_id,
        ask_at=ask_at,
    )
    others = (c for c in existing.changes if c is not same)
    return replace(
        existing,
        changes=(*others, change)[-MOST_CHANGES:],
        changes_asked_at=max(ask_at, asked) if asked else ask_at,
    )


def _is_by_response(change: Change, incoming: Application) -> bool:
    return (change.source, change.response_id) == (incoming.source, incoming.response_id)


def without_changes(existing: Application, contents: Iterable[str]) -> Application:
    """The application without forms that were decided about, or waited too long."""
    gone = set(contents)
    return replace(existing, changes=tuple(change for change in existing.changes if change.content not in gone))


def merged(
    existing: Application,
    incoming: Application,
    *,
    verdict: Verdict | None,
    closes_at: datetime | None,
    confirmed: bool = False,
) -> Application:
    """The application after another submission of the same person and role. ``verdict`` is None if it is not valid.

    Whether it is the same person's is asked before, by ``needs_its_owner``; ``confirmed`` says that somebody has just
    said so, and then it counts as sent now. Nothing changes for an older or an equal version. While the manager has not
    answered, the new answers replace the old ones; after an answer they only raise a flag. One that has ended starts
    again only with a new response: a late copy of the old one never brings it back.
    """
    if incoming.content in {existing.content, existing.answers_from}:
        return existing
    if not confirmed and incoming.version.is_older_than(existing.version):
        return existing
    if existing.status in {Status.WITHDRAWN, Status.ERASED} or _is_new_after_the_end(
        existing, incoming, confirmed=confirmed
    ):
        return _begun_again(existing, incoming, confirmed=confirmed)
    if existing.status not in _STARTS_AFRESH:
        return replace(existing, content=incoming.content, submitted_at=incoming.submitted_at).flagged(
            "The applicant changed the form after the manager's answer; the change is kept and was not used."
        )
    if incoming.status is Status.NEEDS_CORRECTION and existing.status is Status.AWAITING_MANAGER:
        # The accepted answers stay in force: a slip in an edit must not stop an approval that is under way.
        return replace(
            existing,
            content=incoming.content,
            source=incoming.source,
            response_id=incoming.response_id,
            submitted_at=incoming.submitted_at,
            revised_at=incoming.received_at,
            problems=incoming.problems,
            edits=existing.edits + 1,
        ).flagged("The applicant sent changes that could not be accepted; the earlier answers are still in force.")
    if verdict is not None and existing.status is not Status.NEEDS_CORRECTION:
        # Who applied in time stays in time, however late the edit.
        in_time = replace(
            incoming,
            requests=(),
            counts_from=min(existing.counts_from, incoming.counts_from),
            let_in_at=existing.let_in_at,
            reason="",
        )
        incoming = _placed(in_time, verdict=verdict, closes_at=closes_at, now=incoming.received_at)
    return _edited(existing, incoming)


def in_time_after_all(
    late: Application, earlier: Application, *, verdict: Verdict, closes_at: datetime | None, now: datetime
) -> Application:
    """A late application after an ``earlier`` version of it arrived: in time, if that one was."""
    if late.status is not Status.LATE or is_late(earlier.counts_from, closes_at):
        return late
    in_time = replace(late, counts_from=min(late.counts_from, earlier.counts_from), reason="")
    return _placed(in_time, verdict=verdict, closes_at=closes_at, now=now)


def _is_new_after_the_end(existing: Application, incoming: Application, *, confirmed: bool) -> bool:
    """Whether somebody whose application was declined or lapsed has filled in the form anew since."""
    if existing.status not in {Status.DECLINED, Status.LAPSED}:
        return False
    if confirmed:
        return True
    return incoming.status is not Status.NEEDS_CORRECTION and _is_new_since(existing, incoming)


def _is_new_since(existing: Application, incoming: Application) -> bool:
    new = bool(incoming.response_id) and incoming.response_id != existing.response_id
    return new and _is_sent_since(existing, incoming)


def _is_sent_since(existing: Application, incoming: Application) -> bool:
    answered_at = existing.request.answered_at if existing.request else None
    ended_at = existing.closed_at or answered_at
    # Rows of people who were erased used to say nothing of the source.
    copy = existing.status is Status.ERASED and bool(incoming.response_id)
    if copy and incoming.response_id == existing.response_id and existing.source in {"", incoming.source}:
        return False
    return ended_at is None or incoming.counts_from > ended_at


def _begun_again(existing: Application, incoming: Application, *, confirmed: bool) -> Application:
    """An ended application as a new response leaves it; one that was replaced comes back with its own response."""
    if not (confirmed or existing.replaced_by or _is_new_since(existing, incoming)):
        return existing
    again = replace(
        _renumbered(incoming, existing),
        own_link=existing.own_link + 1,
        edits=existing.edits + 1,
        responses=existing.responses + 1,
        **_kept(existing, Lasts.ALWAYS),
    )
    return again.flagged("" if existing.replaced_by else _AGAIN.get(existing.status, ""))


def _renumbered(incoming: Application, existing: Application) -> Application:
    """The incoming application with its first request numbered after the requests that went before."""
    if incoming.request is None:
        # It may be let in later, and then asks its manager by a number that was never used.
        return replace(incoming, requests=existing.requests)
    first = replace(incoming.request, number=len(existing.requests) + 1)
    return replace(incoming, requests=(*existing.requests, first))


def _with_manager_of(existing: Application, incoming: Application) -> Application:
    """A form that names no manager takes nobody's place: the applicant may have named one on their own page."""
    request = incoming.request
    if incoming.manager.email or not existing.manager.email or incoming.status is Status.NEEDS_CORRECTION:
        return incoming
    asked = () if request is None else (*incoming.requests[:-1], replace(request, manager=existing.manager))
    return replace(incoming, manager=existing.manager, requests=asked, waits_for_manager_name=False)


def _edited(existing: Application, incoming: Application) -> Application:
    incoming = _with_manager_of(existing, incoming)
    kept = existing.requests
    still_waits = incoming.waits_for_manager_name
    if incoming.request is None:
        requests = kept
    elif existing.request is not None and _asks_already(existing, existing.request, incoming.manager):
        # The same person is asked: the mail that went out stays good, only the words around it changed.
        requests = (*kept[:-1], replace(existing.request, manager=incoming.manager))
        still_waits = existing.waits_for_manager_name
    else:
        requests = (*kept, replace(incoming.request, number=len(kept) + 1))
    return replace(
        incoming,
        role=incoming.role or existing.role,
        person=replace(incoming.person, email=incoming.person.email or existing.person.email),
        requests=requests,
        waits_for_manager_name=still_waits,
        flags=tuple(dict.fromkeys((*existing.flags, *incoming.flags))),
        edits=existing.edits + 1,
        responses=existing.responses + (incoming.response_id != existing.response_id),
        own_link=existing.own_link,
        revised_at=incoming.received_at,
        test=existing.test and incoming.test,
        **_kept(existing, Lasts.EDITS, Lasts.ALWAYS),
    )


def _asks_already(existing: Application, request: ManagerRequest, manager: LineManager) -> bool:
    """Whether the newest request asks this manager, since the person (last) applied, and they were not told to stop."""
    told_to_stop = existing.status is Status.NOT_THIS_COHORT
    still_asks = (request.answer is None or existing.waits_for_manager_name) and not told_to_stop
    same = email_key(request.manager.email) == email_key(manager.email)
    return same and still_asks and request.asked_at >= existing.received_at


def ask_manager(application: Application, manager: LineManager, *, now: datetime) -> Application:
    """The application waiting for this manager, asked from ``now`` on; an open request to somebody else ends.

    If nobody is named whom a mail could reach, it waits for the applicant to name somebody.
    """
    request = ManagerRequest(number=len(application.requests) + 1, manager=manager, asked_at=now)
    asked = replace(
        application,
        manager=manager,
        requests=(*application.requests, request),
        status=Status.AWAITING_MANAGER,
        reason="",
        waits_for_manager_name=request.asks_nobody,
    )
    return asked.flagged(_own_approval(application.person.email, manager.email))


def _own_approval(own: str, manager: str) -> str:
    """The remark on a manager's address that leads to the applicant, or may; '' on any other."""
    if is_same_mailbox(own, manager):
        return "The manager's address leads to the applicant's own mailbox, so they would approve themselves."
    if own and may_be_same_person(own, manager):
        return "The manager's address may be another one of the applicant's own."
    return ""


def ask_again(application: Application, *, now: datetime, time_is_over: bool = False) -> Application:
    """The same manager asked afresh, with a new link; the links sent before stop working.

    ``time_is_over``: without new time to answer, the application would lapse at the next tick.
    """
    request = application.request
    if request is None:
        return ask_manager(application, application.manager, now=now)
    fresh = ManagerRequest(number=request.number + 1, manager=application.manager, asked_at=now, link=request.link + 1)
    return replace(
        application,
        requests=(*application.requests, fresh),
        status=Status.AWAITING_MANAGER,
        reason="",
        closed_at=None,
        let_in_at=now if time_is_over or application.status is Status.LAPSED else application.let_in_at,
        waits_for_manager_name=fresh.asks_nobody,
    )


def let_in(application: Application, *, released_by: Releaser = Releaser.MANAGER, now: datetime) -> Application:
    """A late or undecided application admitted: whoever releases the person is asked next."""
    return _released(replace(application, let_in_at=now), released_by, now=now)


def withdrawn(application: Application, *, now: datetime) -> Application:
    """The application taken back by its applicant, or by an administrator for them."""
    return replace(
        application, status=Status.WITHDRAWN, closed_at=now, reason="", waits_for_manager_name=False, waits=()
    )


def replaced(application: Application, by: str, *, now: datetime) -> Application:
    """An application whose form response was edited so that it became another one (another address or role)."""
    return replace(withdrawn(application, now=now), replaced_by=by, reason=f"Replaced by {by}: the form was changed.")


def erased(application: Application, *, now: datetime) -> Application:
    """What is left after erasure: a tombstone with the keys that stop a late copy from bringing the person back."""
    return Application(
        programme=application.programme,
        reference=application.reference,
        role=application.role,
        person=Person(),
        manager=LineManager(),
        status=Status.ERASED,
        received_at=application.received_at,
        revised_at=application.revised_at,
        counts_from=application.counts_from,
        submitted_at=application.submitted_at,
        # Only numbers are left of the requests, so that mails and links of a later one are new.
        requests=tuple(
            ManagerRequest(r.number, LineManager(), r.asked_at, link=r.link, revision=r.revision)
            for r in application.requests
        ),
        content=application.content,
        answers_from=application.answers_from,
        source=application.source,
        response_id=application.response_id,
        closed_at=now,
        edits=application.edits,
        responses=application.responses,
        own_link=application.own_link + 1,
    )


def matched(application: Application, pair: str, start: date) -> Application:
    """The person is in a confirmed pair from that day."""
    return replace(application, pairs=MappingProxyType({**application.pairs, pair: start}))


def without_partner(application: Application, *, now: datetime | None) -> Application:
    """The application of somebody for whom there is no partner in this cohort; ``now`` None: look for one again."""
    return replace(application, no_partner_at=(application.no_partner_at or now) if now else None)


def no_longer_matched(application: Application, pair: str, *, today: date) -> Application:
    """The pair has ended, or is somebody else's. That they were in a pair that had begun is remembered."""
    rest = MappingProxyType({p: day for p, day in application.pairs.items() if p != pair})
    began = [day for day in (application.pairs.get(pair), application.paired_before) if day is not None]
    first = min((day for day in began if day <= today), default=None)
    return replace(application, pairs=rest, paired_before=first)


def first_paired(application: Application) -> date | None:
    """The first day of somebody's first pair, whether or not it goes on; None if they were in none."""
    days = [*application.pairs.values(), *filter(None, [application.paired_before])]
    return min(days, default=None)


def lapsed(application: Application, *, now: datetime) -> Application:
    """Nobody could or would say yes or no in time; the reason says which."""
    if application.manager_unreachable:
        reason = "The line manager could not be reached, and the applicant gave no other address in time."
    elif application.request is not None and application.request.asks_nobody:
        reason = "The applicant did not name a line manager in time."
    elif application.waits_for_manager_name:
        reason = "The person who was asked is not the line manager, and the applicant named nobody else in time."
    else:
        reason = "The line manager did not answer in time."
    return replace(application, status=Status.LAPSED, closed_at=now, reason=reason)


def choose(application: Application, group: str, sessions: tuple[str, ...]) -> Application:
    """The application with another choice for one session group; no sessions means none chosen.

    Nobody waits for a session that they have chosen.
    """
    chosen = {**application.chosen, group: sessions}
    if not sessions:
        del chosen[group]
    waits = tuple(w for w in application.waits if w.session not in sessions)
    return replace(application, chosen=MappingProxyType(chosen), waits=waits)
