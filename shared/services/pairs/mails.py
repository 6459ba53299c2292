"""Mails to the two people of a pair."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.domain import wording
from shared.domain.application import Application, Status
from shared.domain.cohort_model import Seat
from shared.domain.enrolment import attended
from shared.domain.matching.rules import Rule
from shared.domain.outbox import FINISHED, Message
from shared.domain.owed import Kind, Mail, To, owed_to_pair
from shared.domain.pairs import CheckIn, Pair, PairStatus, silent_run
from shared.domain.programme import Attendance, Programme, SessionStatus
from shared.domain.references import Link
from shared.domain.release import when
from shared.domain.rhythm import days_after, days_between, next_working, reminder_goes
from shared.domain.text import theirs
from shared.ports import Clock
from shared.services.base.links import check_in_page, own_page, partner_page
from shared.services.base.mails import Composed, Draft, NotOwed, NotYet, refusal
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.pairs.offers import partner_of
from shared.services.pairs.rows import PairReader
from shared.stores.checkins import CheckIns
from shared.stores.messages import Messages

_OVER = frozenset({Kind.NOT_GOING_AHEAD, Kind.PARTNER_LEFT, Kind.PAIR_ENDED, Kind.MEETINGS_DONE})
# Of several mails on one day these come on the next, and never those.
_WAIT = frozenset({Kind.CHECK_IN, Kind.CHECK_IN_NUDGE})
_FIRST = frozenset({Kind.INTRODUCTION, Kind.SESSION_TOMORROW, Kind.EVALUATION, Kind.THANKS})
# Who ended long ago, before anybody was told of it, is not told now.
_NEWS = timedelta(days=14)


class PairMails:
    """Composes what is owed to a pair."""

    def __init__(
        self,
        *,
        pairs: PairReader,
        checkins: CheckIns,
        messages: Messages,
        clock: Clock,
    ) -> None:
        self._pairs = pairs
        self._checkins = checkins
        self._messages = messages
        self._clock = clock

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """See ``Composer``."""
        pair = await self._pairs.readable_pair(message.programme, message.subject)
        if pair is None:
            return NotOwed("the pair is gone")
        checkins = await self._checkins.of_pair(pair.programme, pair.id)
        left = await self._pairs.left(pair) if pair.status is PairStatus.CONFIRMED else {}
        moved = await self._pairs.moved(pair) if pair.status is PairStatus.CONFIRMED else {}
        owed = owed_to_pair(current.programme, pair, checkins, left=left, moved=moved)
        refused = await refusal(message, owed.mails, self._messages, self._clock.now())
        if refused is not None:
            return refused
        people = await self._pairs.both(pair)
        seat = Seat(message.detail.rpartition(".")[2])
        me, partner = people[seat], people[seat.other]
        if me is None or partner is None:
            return NotOwed("one of the two applications is gone")
        # What tells somebody that a pair is over goes to whoever stays.
        needed = (me,) if message.kind in _OVER else (me, partner)
        if any(person.status is not Status.APPROVED for person in needed):
            return NotOwed("one of the two is no longer taking part")
        if message.kind is Kind.PAIR_ENDED and partner.status is not Status.APPROVED:
            return NotOwed("they were told that their partner has left")
        if message.kind is Kind.MEETINGS_DONE and message.due + _NEWS < self._clock.now():
            return NotOwed("it is too long ago")
        if message.kind in _WAIT:
            refused = await self._comes_later(current.programme, message, owed.mails, me)
            if refused is not None:
                return refused
        checkin = next((c for c in checkins if f"{c.meeting}.{c.seat}" == message.detail), None)
        values = pair_values(
            current.programme, pair, me, partner, checkin, tokens, unanswered=silent_run(checkins, seat)
        )
        values["begun"] = self._clock.now().astimezone(current.programme.tz).date() > pair.start
        if message.kind is Kind.MEETINGS_DONE:
            values["sessions"] = sessions_to_come(current.programme, me, self._clock.now())
        return Draft((me.person.email,), values)

    async def _comes_later(
        self, programme: Programme, message: Message, owed: Sequence[Mail], me: Application
    ) -> NotOwed | NotYet | None:
        """Why a check-in or its nudge does not go now: on a day off, at night, behind the first or another mail."""
        now = self._clock.now()
        due = next(m.due for m in owed if m.id == message.id)
        first = await self._messages.get(message.programme, message.only_after) if message.only_after else None
        sent = [first.value.sent_at] if first is not None and first.value.sent_at is not None else []
        goes = reminder_goes(programme.tz, due=due, asked=None, before=sent, now=now)
        if goes is None:
            return NotOwed("the check-in itself has only just gone")
        if goes <= now and await self._hears_today(programme, message, me):
            goes = next_working(days_after(now, 1, programme.tz), programme.tz)
        return NotYet(goes) if goes > now else None

    async def _hears_today(self, programme: Programme, message: Message, me: Application) -> bool:
        """Whether another mail has come to somebody today, or is to come: of a session, or of a second partner."""
        mine = (await self._messages.of(programme.id, me.reference)).values()
        others = [one for one in mine if one.to is To.APPLICANT]
        for pair in await self._pairs.of(programme.id, me.pairs):
            if pair.id != message.subject:
                seat = Seat.MENTOR if pair.mentor == me.reference else Seat.MENTEE
                theirs = (await self._messages.of(programme.id, pair.id)).values()
                others += [one for one in theirs if one.detail.rpartition(".")[2] == seat]
        today = (one for one in others if days_between(one.sent_at or one.due, self._clock.now(), programme.tz) == 0)
        return any(_goes_before(one, message) for one in today)


def _goes_before(other: Message, message: Message) -> bool:
    """Whether a mail of today's has gone, or goes first. Of two that wait for each other the name decides."""
    if other.sent_at is not None:
        return True
    first = other.kind in _FIRST or (other.kind in _WAIT and other.id < message.id)
    return first and other.status not in FINISHED


def sessions_to_come(programme: Programme, application: Application, now: datetime) -> list[str]:
    """What still comes for somebody after the last meeting, in words; sessions without a date too."""
    mine = attended(programme, application)
    return (
        [
            f"{group.title}: {when(programme, session)}"
            for group in programme.groups_for(application.role)
            for session in group.sessions
            if (session.id in mine.get(group.id, ()) and session.starts_at is not None and session.starts_at > now)
            or (session.status is SessionStatus.TO_BE_CONFIRMED and group.attend is Attendance.ALL_OF)
        ]
        if application.role
        else []
    )


def pair_values(
    programme: Programme,
    pair: Pair,
    me: Application,
    partner: Application,
    checkin: CheckIn | None,
    tokens: Tokens,
    *,
    unanswered: int = 0,
) -> dict[str, Any]:
    """What a mail to one of a pair may say: about the partner nothing but name, job and address."""
    told, known = partner_of(programme, partner), partner_of(programme, me)
    return {
        "name": theirs(me.person.full_name),
        "reference": me.reference,
        "programme": programme.name,
        "host": programme.host,
        "role": programme.model.title(me.role),
        "partner": theirs(partner.person.full_name),
        "partner_role": programme.model.title(partner.role),
        "partner_job": told.job_title,
        "partner_organisation": told.organisation,
        "partner_email": partner.person.email,
        "knows_job": bool(known.job_title),
        "knows_organisation": bool(known.organisation),
        "start": wording.day(pair.start),
        "begun": False,
        "starts_later": pair.starts_after_offer(programme.tz),
        "meetings": programme.meetings.in_words if programme.meetings else "",
        "of_meetings": programme.meetings.count if programme.meetings else None,
        "still_going": not programme.model.counts_meetings,
        "asked": programme.meetings is not None,
        "meeting": checkin.meeting if checkin else 0,
        "unanswered": unanswered,
        "link": tokens.url(_page(pair, me, checkin)),
        "answer_by": _last_day(programme, pair),
        "seniority": _seniority(programme),
        "own_page": tokens.url(own_page(me)),
        "contacts": programme.contacts.form_support,
    }


def _page(pair: Pair, me: Application, checkin: CheckIn | None) -> Link:
    if checkin is not None:
        return check_in_page(checkin)
    seat = Seat.MENTOR if me.reference == pair.mentor else Seat.MENTEE
    return partner_page(pair, seat) if pair.status is PairStatus.OFFERED else own_page(me)


def _last_day(programme: Programme, pair: Pair) -> str:
    return wording.day(pair.answer_by.astimezone(programme.tz).date()) if pair.answer_by else ""


def _seniority(programme: Programme) -> str:
    """How far the programme looks at who is the more senior: 'must', 'wish' or ''."""
    rules = programme.pairing
    if Rule.MENTEE_MORE_SENIOR in rules.must:
        return "must"
    return "wish" if Rule.MENTEE_MORE_SENIOR in rules.named else ""
