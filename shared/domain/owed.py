"""What people are owed: a pure function of programme and application (or pair). Deriving it twice changes nothing.

Every item has a deterministic id, so that storing it is an insert-if-absent, and the mailbox worker asks again
just before a mail is written whether it is still owed.

There is no "now" here, and a mail whose due time has passed goes at once. So whoever adds one says until when it is
owed, here or in ``_refused_now`` of its composer, and tests it late: no other test would notice. Its id says what makes
it new.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dateutil.relativedelta import relativedelta

from shared.domain.application import Answer, Application, Status
from shared.domain.approval import deadline, reminders
from shared.domain.cohort_model import Seat
from shared.domain.ending import thanked_at
from shared.domain.enrolment import attended, cancelled_choices
from shared.domain.evaluation import due_at
from shared.domain.pairs import CheckIn, CheckInStatus, Pair, PairStatus, introduction_at, nudge_at, silent_at
from shared.domain.programme import Programme, Session
from shared.domain.released import tell_at
from shared.domain.rhythm import DAYS_APART, day_before, days_after, next_working

# What a match takes to make, and what somebody waits before they wonder.
_AFTER_TRAINING = timedelta(days=14)
_MOST_WAITING_MAILS = 6
# Whoever has just heard that there is no partner yet is not told the same again, nor what was about to be said then.
JUST_HEARD = timedelta(days=28)
_ABOUT_TO_HEAR = timedelta(days=4)


class To(StrEnum):
    """Who a mail is for."""

    APPLICANT = "applicant"
    MANAGER = "line manager"
    ADMINISTRATORS = "administrators"


class Kind(StrEnum):
    """The kinds of message, as administrators read them in ``Messages.Kind``. The template has the same name."""

    RECEIVED = "application received"
    NEEDS_CORRECTION = "needs correction"
    NEEDS_DECISION = "needs a decision"
    NOT_THIS_COHORT = "not this cohort"
    LATE = "late application"
    UPDATED = "application updated"
    APPROVAL_REQUEST = "approval request"
    APPROVAL_REMINDER = "approval reminder"
    MANAGER_CHANGED = "manager changed"
    MANAGER_NEEDED = "manager needed"
    MANAGER_UNREACHABLE = "manager unreachable"
    APPROVED = "application approved"
    DECLINED = "application declined"
    LAPSED = "application lapsed"
    WITHDRAWN = "application withdrawn"
    RELEASE_CHANGED = "release changed"
    RELEASE_NOT_NEEDED = "release not needed"
    PLACE_OFFERED = "place offered"
    OFFER_ENDED = "offer ended"
    SESSION_CANCELLED = "session cancelled"
    NEW_LINK = "new link"
    CONFIRM_CHANGE = "confirm change"
    CONFIRM_ADDRESS = "confirm address"
    ADDRESS_CHANGED = "address changed"
    ADDRESS_LEFT = "address no longer used"
    PARTNER_ADDRESS = "new partner address"
    PAIR_ENDED = "pair ended"
    MEETINGS_DONE = "meetings done"
    NO_PARTNER_YET = "no partner yet"
    SESSION_TOMORROW = "session tomorrow"
    RETURNING = "welcome back"
    DELETION_ASKED = "deletion asked"
    CALENDAR = "calendar event"
    PARTNER_OFFERED = "partner offered"
    NOT_GOING_AHEAD = "match not going ahead"
    INTRODUCTION = "introduction"
    PARTNER_LEFT = "partner left"
    NO_PARTNER = "no partner this time"
    LEFT_OUT = "no partner in this round"
    CHECK_IN = "check-in"
    CHECK_IN_NUDGE = "check-in nudge"
    EVALUATION = "evaluation"
    THANKS = "thank you"
    PAIRS_DRAFTED = "pairs drafted"
    CLOSING_SUMMARY = "closing summary"
    DIGEST = "daily digest"
    PARKED = "submission parked"
    FORM_CHANGED = "form changed"
    HELD_BACK = "applications held back"
    RETENTION = "retention notice"
    INTEREST_NOTED = "interest noted"
    COHORT_OPENS = "cohort opens"


class About(StrEnum):
    """What a message or a job is about: where the mailbox worker and the tick look things up."""

    APPLICATION = "application"
    PAIR = "pair"
    PROGRAMME = "programme"
    SESSION = "session"
    MAILBOX = "mailbox"
    EARLIER = "earlier participant"
    INTEREST = "interest"
    UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that is owed. ``id`` is unique in the programme; ``only_after`` names a mail that has to go before."""

    id: str
    kind: Kind
    about: About
    subject: str
    to: To
    due: datetime
    detail: str = ""
    only_after: str = ""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """An instant at which the subject has to be looked at again, because time itself changes it."""

    about: About
    subject: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """Everything one subject is owed."""

    mails: tuple[Mail, ...] = ()
    looks: tuple[LookAgain, ...] = ()


def owed_to_application(programme: Programme, application: Application, closes_at: datetime | None) -> Owed:
    """What the applicant and their manager are owed in the state the application is in."""
    if application.test:
        return Owed()
    mails = _Mails(application)
    _changes(mails, application)
    if application.replaced_by:
        return Owed(tuple(mails.items))
    looks: list[LookAgain] = []
    match application.status:
        case Status.AWAITING_MANAGER:
            _to_applicant_while_waiting(mails, application)
            if not (application.waits_for_manager_name or application.manager_unreachable):
                _to_manager(mails, programme, application, closes_at)
            end = deadline(programme, application, closes_at)
            if end is not None and not application.answered_by_mail_until(end):
                due = end.replace(microsecond=0) + timedelta(seconds=1)
                looks.append(LookAgain(About.APPLICATION, application.reference, due))
        case Status.APPROVED:
            mails.accepted()
            mails.result(Kind.APPROVED)
            mails.left_out()
            mails.no_partner()
            looks += _waiting_lists(mails, programme, application)
            _evaluations(mails, programme, application)
            _thanks(mails, programme, application)
            _cancelled_sessions(mails, programme, application)
            _sessions_ahead(mails, programme, application)
            _no_partner_yet(mails, programme, application)
            _released(mails, programme, application)
        case Status.DECLINED:
            mails.accepted()
            mails.result(Kind.DECLINED)
        case Status.LAPSED:
            mails.accepted()
            at = next_working(application.closed_at or application.received_at, programme.tz)
            mails.applicant(Kind.LAPSED, f"lapsed.{len(application.requests)}", at)
        case Status.NEEDS_CORRECTION:
            mails.applicant(Kind.NEEDS_CORRECTION, f"needs-correction.{application.edits}", application.received_at)
        case Status.NEEDS_DECISION:
            mails.applicant(Kind.NEEDS_DECISION, _each_time("needs-decision", application), application.received_at)
        case Status.NOT_THIS_COHORT:
            mails.applicant(Kind.NOT_THIS_COHORT, _each_time("not-this-cohort", application), application.received_at)
            _release_not_needed(mails, application)
        case Status.LATE:
            mails.applicant(Kind.LATE, _each_time("late", application), application.received_at)
        case Status.WITHDRAWN:
            _after_withdrawal(mails, application)
        case Status.ERASED:
            return Owed()
    _whatever_the_status(mails, application)
    return Owed(tuple(mails.items), tuple(looks))


class _Mails:
    """Collects one application's mails; an application without a readable address is owed none itself."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.items: list[Mail] = []

    def _add(self, kind: Kind, to: To, slug: str, due: datetime | None, detail: str = "", only_after: str = "") -> None:
        reference = self.application.reference
        self.items.append(
            Mail(
                id=message_id(reference, slug),
                kind=kind,
                about=About.APPLICATION,
                subject=reference,
                to=to,
                due=due or self.application.received_at,
                detail=detail,
                only_after=message_id(reference, only_after) if only_after else "",
            )
        )

    def applicant(self, kind: Kind, slug: str, due: datetime | None, detail: str = "") -> None:
        if self.application.person.email:
            self._add(kind, To.APPLICANT, slug, due, detail)

    def to_anybody(self, kind: Kind, slug: str, due: datetime) -> None:
        """To an address of the applicant that is not the present one."""
        self._add(kind, To.APPLICANT, slug, due)

    def manager(self, kind: Kind, slug: str, due: datetime | None, detail: str = "", only_after: str = "") -> None:
        self._add(kind, To.MANAGER, slug, due, detail, only_after)

    def accepted(self) -> None:
        """The first confirmation stays owed until it has gone, also when the answer was faster than the post."""
        first = _first_request_of_round(self.application)
        if first is not None:
            number, asked_at = first
            self.applicant(Kind.RECEIVED, f"received.{number}", asked_at)

    def no_partner(self) -> None:
        """That there is none this time, while that is so."""
        at = self.application.no_partner_at
        if at is not None and not self.application.pairs:
            self.applicant(Kind.NO_PARTNER, f"no-partner.{at:%Y%m%dT%H%M%S}", at)

    def left_out(self) -> None:
        """That pairs were published and none is theirs, once, while that is so."""
        application = self.application
        if application.left_out_at is not None and application.no_partner_at is None and not application.pairs:
            self.applicant(Kind.LEFT_OUT, "left-out", application.left_out_at)

    def result(self, kind: Kind) -> None:
        request = self.application.request
        if request is not None:
            slug = f"{'approved' if kind is Kind.APPROVED else 'declined'}.{request.number}.{request.revision}"
            self.applicant(kind, slug, request.answered_at)
        elif kind is Kind.APPROVED:
            # Nobody had to release them.
            self.applicant(kind, _each_time("approved", self.application), self.application.let_in_at)


def _each_time(slug: str, application: Application) -> str:
    """Whoever fills in the form anew is answered anew."""
    return f"{slug}.{application.responses}" if application.responses > 1 else slug


def _first_request_of_round(application: Application) -> tuple[int, datetime] | None:
    """The request that the applicant's confirmation speaks of: the first since they were let in, or (last) applied."""
    for request in application.requests:
        if request.asked_at == application.let_in_at and not request.asked_afresh:
            return request.number, request.asked_at
    for request in application.requests:
        if request.asked_at >= application.received_at or request is application.request:
            return request.number, request.asked_at
    return None


def _to_applicant_while_waiting(mails: _Mails, application: Application) -> None:
    mails.accepted()
    first = _first_request_of_round(application)
    request = application.request
    if application.edits and application.problems:
        mails.applicant(Kind.NEEDS_CORRECTION, f"needs-correction.{application.edits}", application.revised_at)
    elif application.revised_at is not None and first is not None and application.revised_at > first[1]:
        # A change made before anybody was asked needs no mail of its own: the confirmation speaks of what it led to.
        mails.applicant(Kind.UPDATED, f"updated.{application.edits}", application.revised_at)
    if request is None or first is None:
        return
    if application.manager_unreachable:
        mails.applicant(Kind.MANAGER_UNREACHABLE, f"manager-unreachable.{request.number}", request.bounced_at)
    elif application.waits_for_manager_name:
        mails.applicant(
            Kind.MANAGER_NEEDED, f"manager-needed.{request.number}", request.answered_at or request.asked_at
        )
    elif request.number > first[0]:
        mails.applicant(Kind.MANAGER_CHANGED, f"manager-changed.{request.number}", request.asked_at)


def _to_manager(mails: _Mails, programme: Programme, application: Application, closes_at: datetime | None) -> None:
    request = application.request
    if request is None or request.answer is not None:
        return
    number = str(request.number)
    asked = f"approval-request.{number}"
    mails.manager(Kind.APPROVAL_REQUEST, asked, request.asked_at, number)
    for reminder in reminders(programme, application, closes_at):
        slug = f"approval-reminder.{number}.{reminder.purpose}"
        mails.manager(Kind.APPROVAL_REMINDER, slug, reminder.at, number, only_after=asked)


def _waiting_lists(mails: _Mails, programme: Programme, application: Application) -> list[LookAgain]:
    """The offer of a place, word that it ran out, and the instants at which time changes a place on a list."""
    ends = []
    for wait in application.waits:
        # The moment of joining tells one time on the list from another.
        slug = f"{wait.session}.{wait.joined_at:%Y%m%dT%H%M%S}"
        session = programme.session(wait.session)
        if wait.ran_out:
            mails.applicant(Kind.OFFER_ENDED, f"offer-ended.{slug}", wait.over_at, wait.session)
        elif wait.offered:
            mails.applicant(Kind.PLACE_OFFERED, f"place-offered.{slug}", wait.offered_at, wait.session)
            ends.append(wait.offered_until)
        elif wait.over_at is None and session is not None:
            ends.append(session.starts_at)
    return [LookAgain(About.APPLICATION, application.reference, at) for at in ends if at is not None]


def _sessions_ahead(mails: _Mails, programme: Programme, application: Application) -> None:
    """A word on the last working day before each session, for whoever has been booked for longer than a day."""
    approved_at = application.request.answered_at if application.request else None
    if not programme.invitations.reminder or approved_at is None:
        return
    for group, sessions in attended(programme, application).items():
        for session in (programme.session(id_) for id_ in sessions):
            if session is None or session.starts_at is None:
                continue
            due = day_before(session.starts_at, programme.tz)
            if due > approved_at + timedelta(days=1):
                slug = f"session-tomorrow.{session.id}.{session.starts_at:%Y%m%dT%H%M}"
                mails.applicant(Kind.SESSION_TOMORROW, slug, due, f"{group} {session.id}")


def _no_partner_yet(mails: _Mails, programme: Programme, application: Application) -> None:
    """That nobody is forgotten: a while after the training, then every month, while somebody waits for a partner."""
    request, ends = application.request, programme.ends_at
    trained = [s.ends_at for s in _trained(programme, application) if s.ends_at is not None]
    if application.pairs or application.no_partner_at or not trained or request is None or request.answered_at is None:
        return
    first, told = max(*trained, request.answered_at) + _AFTER_TRAINING, application.left_out_at
    for number in range(_MOST_WAITING_MAILS):
        due = next_working(first + relativedelta(months=number), programme.tz)
        heard = told is not None and told - _ABOUT_TO_HEAR < due < told + JUST_HEARD
        if not heard and (ends is None or due < ends):
            mails.applicant(Kind.NO_PARTNER_YET, f"no-partner-yet.{number + 1}", due)


def _trained(programme: Programme, application: Application) -> list[Session]:
    """The first sessions that the role needs and this person attends: the training, before anybody is paired."""
    mine = attended(programme, application)
    groups = [group for group in programme.groups if group.required and group.id in mine]
    return [s for group in groups[:1] for s in group.sessions if s.id in mine[group.id]]


def _released(mails: _Mails, programme: Programme, application: Application) -> None:
    """Word to the manager who agreed, when the dates for which they released somebody are others."""
    request, newest = application.request, application.released[-1] if application.released else None
    if request is None or newest is None or not newest.number or not request.manager.email:
        return
    slug = f"release-changed.{request.number}.{request.revision}.{newest.number}"
    due = tell_at(programme, newest)
    mails.manager(Kind.RELEASE_CHANGED, slug, due, str(request.number))


def _cancelled_sessions(mails: _Mails, programme: Programme, application: Application) -> None:
    """Word that another date is needed, for whoever chose one that was cancelled; and again once there is another."""
    for group, session in cancelled_choices(programme, application):
        others = "choose" if any(other.takes_place for other in group.sessions) else "wait"
        at = f"{session.starts_at:%Y%m%dT%H%M}" if session.starts_at else "undated"
        slug = f"session-cancelled.{session.id}.{at}.{others}"
        mails.applicant(Kind.SESSION_CANCELLED, slug, application.received_at, session.id)


def _evaluations(mails: _Mails, programme: Programme, application: Application) -> None:
    """A mail at each wave to whoever is or was in a pair. One that was due long ago is refused when it is written."""
    for wave in programme.evaluation.waves if programme.evaluation else ():
        due = due_at(programme, application, wave)
        if due is not None:
            mails.applicant(Kind.EVALUATION, f"evaluation.{wave.id}", due, wave.id)


def _thanks(mails: _Mails, programme: Programme, application: Application) -> None:
    """Word of thanks once, when all is over for them. One that was due long ago is refused when it is written."""
    due = thanked_at(programme, application)
    if due is not None:
        mails.applicant(Kind.THANKS, "thanks", due)


def _changes(mails: _Mails, application: Application) -> None:
    """Whether a form in the person's name is theirs: asked once a day at most, whatever became of the application."""
    for ask_at in dict.fromkeys(change.ask_at for change in application.changes):
        mails.applicant(Kind.CONFIRM_CHANGE, f"confirm-change.{ask_at:%Y-%m-%d}", ask_at)


def _whatever_the_status(mails: _Mails, application: Application) -> None:
    """What the person asked for on their own page."""
    if application.new_email_asked_at is not None:
        slug = f"confirm-address.{application.new_email_asked_at:%Y%m%dT%H%M%S}"
        mails.to_anybody(Kind.CONFIRM_ADDRESS, slug, application.new_email_asked_at)
    if application.address_changed_at is not None:
        at = f"{application.address_changed_at:%Y%m%dT%H%M%S}"
        mails.applicant(Kind.ADDRESS_CHANGED, f"address-changed.{at}", application.address_changed_at)
        if application.former_email:
            mails.to_anybody(Kind.ADDRESS_LEFT, f"address-left.{at}", application.address_changed_at)
    if application.link_renewed_at is not None:
        mails.applicant(Kind.NEW_LINK, f"new-link.{application.own_link}", application.link_renewed_at)
    if application.erasure_asked_at is not None:
        slug = f"deletion-asked.{application.erasure_asked_at:%Y%m%dT%H%M%S}"
        mails.applicant(Kind.DELETION_ASKED, slug, application.erasure_asked_at)


def _after_withdrawal(mails: _Mails, application: Application) -> None:
    number = application.request.number if application.request else 0
    mails.applicant(Kind.WITHDRAWN, f"withdrawn.{number}.{application.edits}", application.closed_at)
    _release_not_needed(mails, application)


def _release_not_needed(mails: _Mails, application: Application) -> None:
    """Tell a manager who was reached and did not refuse that they need not release anybody."""
    request = application.request
    reached = request is not None and bool(request.manager.email) and not application.manager_unreachable
    if request is not None and reached and request.answer in {None, Answer.APPROVE}:
        mails.manager(
            Kind.RELEASE_NOT_NEEDED,
            f"release-not-needed.{request.number}",
            application.closed_at or application.revised_at,
            str(request.number),
            only_after=f"approval-request.{request.number}",
        )


def owed_to_pair(
    programme: Programme,
    pair: Pair,
    checkins: tuple[CheckIn, ...],
    *,
    left: Mapping[Seat, datetime] | None = None,
    moved: Mapping[Seat, datetime] | None = None,
) -> Owed:
    """What both people of a pair are owed: an offer, neutral words if it ends, introduction, check-ins, one nudge each.

    ``left`` are those who take part no longer, and since when: the other one is told, if they knew of their partner.
    ``moved`` says who has another address, and since when: the partner knows the old one from the introduction.
    """
    match pair.status:
        case PairStatus.OFFERED:
            return _offered(pair)
        case PairStatus.DECLINED | PairStatus.ENDED if pair.declined_at is not None:
            return _told_both(pair, Kind.NOT_GOING_AHEAD, pair.declined_at, only_after=_known_by(pair))
        case PairStatus.ENDED if any(checkin.status is CheckInStatus.EXPECTED for checkin in checkins):
            # After the last meeting there is nothing to say: they have been thanked.
            return _told_both(pair, Kind.PAIR_ENDED, pair.ended_at, only_after=_known_by(pair))
        case PairStatus.CONFIRMED:
            return _confirmed(programme, pair, checkins, left or {}, moved or {})
        case _:
            return Owed()


def _after_the_last(programme: Programme, pair: Pair, checkins: tuple[CheckIn, ...]) -> list[Mail]:
    """Thanks and what comes next, for whoever has told of the last meeting; none where meetings have no end."""
    last = programme.meetings.count if programme.meetings else None
    return [
        _to_one(pair, Kind.MEETINGS_DONE, checkin.seat, checkin.answered_at)
        for checkin in checkins
        if checkin.meeting == last and checkin.answered_at is not None
    ]


def _offered(pair: Pair) -> Owed:
    offered = _told_both(pair, Kind.PARTNER_OFFERED, pair.offered_at)
    if pair.answer_by is None:
        return offered
    over = pair.answer_by.replace(microsecond=0) + timedelta(seconds=1)
    return replace(offered, looks=(LookAgain(About.PAIR, pair.id, over),))


def _told_both(pair: Pair, kind: Kind, at: datetime | None, *, only_after: Kind | None = None) -> Owed:
    """The same mail to both at the same time; nothing if the time is not known, as in rows that people typed."""
    if at is None:
        return Owed()
    return Owed(tuple(_to_one(pair, kind, seat, at, only_after=only_after) for seat in Seat))


def _to_one(pair: Pair, kind: Kind, seat: Seat, at: datetime, *, only_after: Kind | None = None) -> Mail:
    after = message_id(pair.id, f"{_slug(only_after)}.{seat}") if only_after else ""
    mail_id = message_id(pair.id, f"{_slug(kind)}.{seat}")
    return Mail(mail_id, kind, About.PAIR, pair.id, To.APPLICANT, at, seat, after)


def _known_by(pair: Pair) -> Kind:
    """The mail by which the two know of each other."""
    return Kind.INTRODUCTION if pair.offered_at is None else Kind.PARTNER_OFFERED


def _slug(kind: Kind) -> str:
    return kind.value.replace(" ", "-")


def _confirmed(
    programme: Programme,
    pair: Pair,
    checkins: tuple[CheckIn, ...],
    left: Mapping[Seat, datetime],
    moved: Mapping[Seat, datetime],
) -> Owed:
    at = introduction_at(programme, pair)
    mails = [
        _to_one(pair, Kind.PARTNER_LEFT, goes.other, left[goes], only_after=_known_by(pair))
        for goes in Seat
        if goes in left and goes.other not in left
    ]
    if left:
        return Owed(tuple(mails))
    mails += [_to_one(pair, Kind.INTRODUCTION, seat, at) for seat in Seat]
    mails += _after_the_last(programme, pair, checkins)
    for seat, since in moved.items():
        if since > at:
            slug = message_id(pair.id, f"partner-address.{since:%Y%m%dT%H%M%S}.{seat.other}")
            mails.append(Mail(slug, Kind.PARTNER_ADDRESS, About.PAIR, pair.id, To.APPLICANT, since, seat.other))
    looks = []
    for checkin in checkins:
        if checkin.status is not CheckInStatus.EXPECTED:
            continue
        detail = f"{checkin.meeting}.{checkin.seat}"
        # A pair confirmed long after its start day is not asked about meetings it was never told of.
        if silent_at(programme, checkin) <= at:
            continue
        due = next_working(max(checkin.due_at, at), programme.tz)
        nudge = next_working(max(nudge_at(programme, checkin), days_after(due, DAYS_APART, programme.tz)), programme.tz)
        asked = message_id(pair.id, f"check-in.{detail}")
        mails.append(Mail(asked, Kind.CHECK_IN, About.PAIR, pair.id, To.APPLICANT, due, detail))
        if nudge < silent_at(programme, checkin):
            slug = f"check-in-nudge.{detail}"
            again = Mail(message_id(pair.id, slug), Kind.CHECK_IN_NUDGE, About.PAIR, pair.id, To.APPLICANT, nudge)
            mails.append(replace(again, detail=detail, only_after=asked))
        looks.append(LookAgain(About.PAIR, pair.id, silent_at(programme, checkin)))
    return Owed(tuple(mails), tuple(dict.fromkeys(looks)))


def message_id(subject: str, slug: str) -> str:
    """The id of a message: the subject first, so that a subject's messages lie together in the table."""
    return f"{subject}.{slug}"
