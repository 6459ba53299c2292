"""Calendars that tell the truth: a session's row and its bookings are the wish, its one event is brought to them.

Everybody booked is a hidden attendee of one event per session: taking part says something about a person, and an event
for each would make a move as many updates, at 30 a minute. Adding or removing a person is an attendees-only
update, of which Exchange tells that person alone; a changed time or place is one update for all who hold the invite.
"""

import hashlib
import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain import outbox
from shared.domain.answers import email_key
from shared.domain.calendar_event import Attendee, EventContent
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.outbox import MOST_FAILURES, CalendarState, MessageStatus, wait_after
from shared.domain.programme import MOST_AT_A_SESSION, Attendance, Programme, Session, SessionGroup, SessionStatus
from shared.domain.session_dates import is_over
from shared.errors import AlreadyGone, PermanentFailure, TemporaryFailure
from shared.log import step
from shared.ports import Clock, Stored
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.queues import Queues
from shared.services.mail.letterhead import Letterhead
from shared.services.mail.session import MailboxSession
from shared.stores.bookings import Bookings
from shared.stores.messages import CalendarStates
from shared.stores.sessions import Sessions

logger = logging.getLogger(__name__)


MAY_CHANGE = "This date may still change; you will get an update if it does."
# In place of a digest: what the event says is not known.
_UNKNOWN = "unknown"
_NOT_BOOKED = "You are not booked on this date; your own page shows which dates are yours."
NO_LINK = (
    "people are invited to Teams, and Exchange made no link to join by: the mailbox has no licence for Teams. Type a "
    "link into Place, which is then sent to everybody; or have the mailbox given a licence and change Place"
)
TOO_MANY = (
    f"more than {MOST_AT_A_SESSION} people are booked, the most that an invitation can go to, and the last have none. "
    "Type Capacity into the session's row, and give the group another date"
)
# Graph's words, and ours; "none" and "notResponded" say nothing.
_ANSWERS = {"accepted": "accepted", "declined": "declined", "tentativelyAccepted": "tentative"}


class CalendarSync:
    """Brings events to what the tables say, and notices what administrators changed."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        sessions: Sessions,
        bookings: Bookings,
        states: CalendarStates,
        outbox: Outbox,
        letterhead: Letterhead,
        queues: Queues,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._sessions = sessions
        self._bookings = bookings
        self._states = states
        self._outbox = outbox
        self._letterhead = letterhead
        self._queues = queues
        self._clock = clock

    async def bring_up_to_date(
        self, programme: str, session_id: str, mailbox_session: MailboxSession
    ) -> timedelta | None:
        """Bring one session's event to its row. Returns how long to wait before the next try, None when it is true."""
        current = await self._programmes.current(programme)
        session = current.programme.session(session_id) if current else None
        group = current.programme.group_of(session_id) if current else None
        if current is None or session is None or group is None or is_over(session, self._clock.now()):
            return None
        content = self._content(current.programme, group, session)
        bookings = await self._bookings.of_session(programme, session_id)
        wish = _Wish(current.programme, group, session, bookings, content)
        wait = await self._bring(wish, mailbox_session)
        booked = sum(b.status is BookingStatus.BOOKED for b in bookings)
        await self._sessions.note_booked(programme, session_id, booked)
        return wait

    async def _bring(self, wish: "_Wish", mailbox_session: MailboxSession) -> timedelta | None:
        programme, session_id = wish.programme.id, wish.session.id
        stored = await self._states.get(programme, session_id)
        state = stored.value if stored else CalendarState(programme, session_id)
        state = await self._as_it_may_be(wish, state, mailbox_session)
        if state.is_lost and not wish.brings_back(state):
            await self._note_bookings(wish, state)
            if wish.cancelled:
                await self._let_go(state)
            return None
        if not wish.differs(state):
            # The event is true; what the rows say of it may not be, if the last time was cut off.
            await self._note_bookings(wish, state)
            if stored is not None and state.seen:
                # What was typed has been taken back before anybody heard.
                await self._states.put(outbox.told(state), stored.etag)
            return None
        rest = timedelta(0)
        if wish.changes_what_people_hold(state):
            noticed = outbox.noticed(state, wish.digest, self._clock.now())
            rest = outbox.rest_of_burst(noticed, self._clock.now())
            if noticed != state:
                etag = await self._states.put(noticed, stored.etag if stored else None)
                if etag is None:
                    return timedelta(seconds=1)
                state, stored = noticed, Stored(noticed, etag)
            if rest and not wish.changes_who_holds_it(state):
                return rest
        ours = wish.ours(state)
        claimed = replace(
            state, pending=True, attempts=state.attempts + 1, status=MessageStatus.PREPARING, ours=ours | wish.marks
        )
        etag = await self._states.put(claimed, stored.etag if stored else None)
        if etag is None:
            return timedelta(seconds=1)
        try:
            changed = await self._act(wish, claimed, mailbox_session, only_attendees=bool(rest))
            linked = await self._is_linked(wish, changed, mailbox_session)
        except AlreadyGone:
            return await self._lost(wish, Stored(claimed, etag))
        except PermanentFailure as exc:
            return await self._failed(Stored(claimed, etag), exc.reason, park=True)
        except TemporaryFailure as exc:
            # A pause that the mailbox asked for is no fault of this event.
            park = claimed.attempts >= MOST_FAILURES and exc.retry_after is None
            return await self._failed(Stored(claimed, etag), exc.reason, park=park, retry_after=exc.retry_after)
        missing = TOO_MANY if wish.beyond else "" if linked else NO_LINK
        done = replace(changed, pending=False, attempts=0, last_error=missing)
        if await self._states.put(done, etag) is None:
            # Somebody else is at it: what was done here is written down nowhere, so it is looked at again.
            return timedelta(seconds=1)
        await self._note_bookings(wish, changed)
        if (
            claimed.event and changed.version > claimed.version
        ):  # what people answered to another time is no answer to this one
            await self._outbox.read_responses(wish.programme, session_id)
        step(logger, "event brought up to date", session=session_id, programme=programme)
        return rest or None

    async def _as_it_may_be(
        self, wish: "_Wish", state: CalendarState, mailbox_session: MailboxSession
    ) -> CalendarState:
        """After a restore the event may say something else than the tables know, and there may be one they do not know.

        What is not known is brought to the wish again: Exchange tells those alone for whom something changes. An event
        on which nobody is booked was made after what was restored, and goes.
        """
        if not mailbox_session.look_first or state.cancelled:
            return state
        if not state.event:
            event = None if wish.people else await mailbox_session.calendar.find(_key(state))
            if event is not None:
                await mailbox_session.calendar.cancel(event, _NOT_BOOKED)
            return state
        ours = wish.ours(replace(state, ours=None)) | (state.ours or frozenset())
        return replace(state, attendees=_UNKNOWN, content=_UNKNOWN, ours=ours)

    def _wish(self, current: Current | None, session_id: str, bookings: Sequence[Booking]) -> "_Wish | None":
        session = current.programme.session(session_id) if current else None
        group = current.programme.group_of(session_id) if current else None
        if current is None or session is None or group is None:
            return None
        return _Wish(current.programme, group, session, bookings, self._content(current.programme, group, session))

    def _content(self, programme: Programme, group: SessionGroup, session: Session) -> EventContent | None:
        if not session.takes_place or session.starts_at is None or session.ends_at is None:
            return None
        provisional = session.status is SessionStatus.PROVISIONAL
        values: dict[str, Any] = {
            "programme": programme.name,
            "title": group.title,
            "host": programme.host,
            "required": group.required,
            "may_change": MAY_CHANGE if provisional else "",
            "contacts": programme.contacts.form_support,
        }
        subject, html = self._letterhead.text(programme, "calendar event", values)
        return EventContent(
            subject=programme.invitations.subject or subject,
            html=html,
            place=session.place or "Place to be confirmed",
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            zone=programme.zone,
            online=session.online,
            private=programme.invitations.private,
            no_longer=() if provisional else (MAY_CHANGE,),
        )

    async def _act(
        self, wish: "_Wish", state: CalendarState, mailbox_session: MailboxSession, *, only_attendees: bool
    ) -> CalendarState:
        """Do what is missing, one effect after the other; each can be repeated without anybody hearing twice."""
        if wish.cancelled:
            if state.event and not state.cancelled:
                await mailbox_session.calendar.cancel(state.event, wish.cancelled_because)
                mailbox_session.counted(len(wish.people))
            return outbox.told(replace(state, cancelled=True, attendees="", content="", status=MessageStatus.CANCELLED))
        if wish.content is None:
            # Held back or to be confirmed: only who has left is taken out.
            await wish.set_attendees(mailbox_session, state.event, state)
            mailbox_session.counted(wish.newly_told)
            return outbox.told(
                replace(state, attendees=wish.attendees_digest, ours=wish.marks, status=MessageStatus.SENT)
            )
        if not state.event or state.cancelled:
            return await self._create(wish, state, wish.content, mailbox_session)
        if wish.attendees_digest != state.attendees:
            await wish.set_attendees(mailbox_session, state.event, state)
            mailbox_session.counted(wish.newly_told)
            state = replace(state, attendees=wish.attendees_digest, ours=wish.marks)
        if wish.changes_what_people_hold(state) and not only_attendees:
            # After a try whose outcome is unknown everybody may have heard already.
            told = (state.attempts > 1 or mailbox_session.look_first) and await mailbox_session.calendar.says(
                state.event, wish.content
            )
            if not told:
                await mailbox_session.calendar.set_content(state.event, wish.content)
                mailbox_session.counted(len(wish.people))
            state = replace(state, content=wish.content_digest, may_change=wish.may_change, version=state.version + 1)
            state = outbox.told(state)
        return replace(state, status=MessageStatus.SENT)

    async def _create(
        self, wish: "_Wish", state: CalendarState, content: EventContent, mailbox_session: MailboxSession
    ) -> CalendarState:
        generation = state.generation + 1 if state.cancelled else state.generation
        key = _key(replace(state, generation=generation))
        look = state.attempts > 1 or mailbox_session.look_first
        event = await mailbox_session.calendar.find(key) if look else None
        if event is None:
            event = await mailbox_session.calendar.create(key, content, wish.attendees)
            mailbox_session.counted(len(wish.people))
        else:
            await wish.set_attendees(mailbox_session, event, state)
        return replace(
            state,
            event=event,
            generation=generation,
            cancelled=False,
            version=state.version + 1,
            content=wish.content_digest,
            attendees=wish.attendees_digest,
            ours=wish.marks,
            may_change=wish.may_change,
            status=MessageStatus.SENT,
        )

    async def _is_linked(self, wish: "_Wish", state: CalendarState, mailbox_session: MailboxSession) -> bool:
        """Whether nothing is missing by which people can join: only a session on Teams needs a link of Exchange's."""
        if wish.content is None or not wish.content.online or state.cancelled:
            return True
        linked = await mailbox_session.calendar.has_link(state.event)
        if not linked:
            programme, session = wish.programme.id, wish.session.id
            step(logger, "no link for Teams came back", level=logging.WARNING, session=session, programme=programme)
        return linked

    async def _lost(self, wish: "_Wish", stored: Stored[CalendarState]) -> timedelta | None:
        """Note that somebody has deleted the event in the calendar; the digest says so."""
        state = replace(outbox.lost(stored.value), pending=False)
        if await self._states.put(state, stored.etag) is None:
            return timedelta(seconds=1)
        step(logger, "event is gone", level=logging.WARNING, session=state.session, programme=state.programme)
        await self._note_bookings(wish, state)
        return None

    async def _failed(
        self, stored: Stored[CalendarState], reason: str, *, park: bool, retry_after: float | None = None
    ) -> timedelta | None:
        state = stored.value
        status = MessageStatus.PARKED if park else MessageStatus.QUEUED
        # What only waited for a pause is not counted; one try always is, so that the next one looks first.
        attempts = state.attempts if retry_after is None else max(1, state.attempts - 1)
        failed = replace(state, status=status, last_error=reason, attempts=attempts)
        if await self._states.put(failed, stored.etag) is None:
            return timedelta(seconds=1)
        step(
            logger,
            "event parked" if park else "event is tried again",
            level=logging.WARNING,
            session=state.session,
            programme=state.programme,
            attempt=state.attempts,
            reason=reason,
        )
        if park:
            return None
        return wait_after(state.attempts, retry_after, random.random())  # noqa: S311 -- jitter

    async def _note_bookings(self, wish: "_Wish", state: CalendarState) -> None:
        for booking in wish.bookings:
            booked = booking.status is BookingStatus.BOOKED and booking.reference not in wish.beyond
            if booked and wish.content is None and not wish.cancelled:
                continue  # held back or to be confirmed: whoever holds the invitation goes on holding it
            holds = booked and not state.cancelled and wish.content is not None
            version = state.version if holds else 0
            event = state.event if holds else ""
            if (booking.invited, booking.event) != (version, event):
                await self._bookings.note_invite(replace(booking, invited=version, event=event))

    async def look_at_responses(self, queue: str) -> None:
        """Have the mailbox worker of a mailbox read what people answered to the invitations it sent."""
        for programme in self._programmes.ids():
            file = self._programmes.file(programme)
            if file is None or self._queues.of(file) != queue:
                continue
            for state in await self._states.all(programme):
                if state.event and not state.cancelled:
                    await self._outbox.read_responses(file, state.session)

    async def look_at_events(self) -> None:
        """Once a day: have every event that lies ahead looked for, since somebody may have deleted it in Outlook."""
        for programme in self._programmes.ids():
            current = await self._programmes.current(programme)
            for state in await self._states.all(programme) if current is not None else ():
                session = current.programme.session(state.session) if current is not None else None
                if current is None or session is None or not state.event:
                    continue
                over = is_over(session, self._clock.now())
                if over and state.is_lost:
                    await self._let_go(state)
                elif not over and not state.cancelled:
                    await self._outbox.read_responses(current.programme, state.session)

    async def _let_go(self, state: CalendarState) -> None:
        """An event that somebody deleted, of a session that is over by now: nobody needs to hear of it any more."""
        stored = await self._states.get(state.programme, state.session)
        if stored is not None and stored.value.is_lost:
            await self._states.put(replace(stored.value, status=MessageStatus.CANCELLED, last_error=""), stored.etag)

    async def read_responses(self, programme: str, session: str, mailbox_session: MailboxSession) -> None:
        """Write what people answered beside their bookings, and find out whether the events are still there."""
        bookings = await self._bookings.of_session(programme, session)
        answers: Mapping[str, str] = {}
        stored = await self._states.get(programme, session)
        if stored is not None and stored.value.event and not stored.value.cancelled:
            try:
                answers = await mailbox_session.calendar.responses(stored.value.event)
            except AlreadyGone:
                current = await self._programmes.current(programme)
                wish = self._wish(current, session, bookings)
                if wish is not None and not is_over(wish.session, self._clock.now()):
                    await self._lost(wish, stored)
        for booking in bookings:
            answer = _ANSWERS.get(answers.get(email_key(booking.email), ""), "")
            if booking.status is BookingStatus.BOOKED and answer != booking.response:
                await self._bookings.note_response(replace(booking, response=answer))

    async def changed_sessions(self, current: Current) -> set[str]:
        """Sessions whose event is not what their row says: what administrators changed since the last look."""
        changed = set()
        for state in await self._states.all(current.programme.id):
            session = current.programme.session(state.session)
            group = current.programme.group_of(state.session)
            if session is None or group is None or not state.event or is_over(session, self._clock.now()):
                continue
            content = self._content(current.programme, group, session)
            cancelled = session.status is SessionStatus.CANCELLED
            if cancelled != state.cancelled or (content and _says_another(content, state)):
                changed.add(session.id)
        return changed


def _key(state: CalendarState) -> str:
    """Our key of a session's event: what finds it in the mailbox."""
    return f"session/{state.programme}/{state.session}/{state.generation}"


def seen(programme: Programme) -> str:
    """A digest of everything about the sessions that other work hangs on: it changes when an administrator edits."""
    parts = [
        "|".join((s.id, str(s.starts_at), str(s.ends_at), s.status, s.place, s.held_back, str(s.capacity)))
        for group in programme.groups
        for s in group.sessions
    ]
    return _digest(parts)


class _Wish:
    """What a session's row and bookings ask of its event."""

    def __init__(
        self,
        programme: Programme,
        group: SessionGroup,
        session: Session,
        bookings: Sequence[Booking],
        content: EventContent | None,
    ) -> None:
        self.programme = programme
        self.group = group
        self.session = session
        self.bookings = bookings
        self.content = content
        self.cancelled = session.status is SessionStatus.CANCELLED
        # Without a date nobody new is invited.
        dated = content is not None or self.cancelled
        booked = [b for b in bookings if b.status is BookingStatus.BOOKED and (dated or b.invited)]
        # Whoever is on the event stays on it.
        booked.sort(key=lambda b: not b.invited)
        self.people = booked[:MOST_AT_A_SESSION]
        self.beyond = frozenset(b.reference for b in booked[MOST_AT_A_SESSION:])
        self.attendees_digest = _digest(sorted(email_key(b.email) for b in self.people))
        self.content_digest = _content_digest(content) if content else ""
        self.may_change = content is not None and not content.no_longer
        self.marks = frozenset(self._mark(b.email) for b in self.people)

    def _mark(self, email: str) -> str:
        """Enough of a hash to know an address again on one event, and too little to be somebody's."""
        whole = f"{self.programme.id}/{self.session.id}/{email_key(email)}"
        return hashlib.sha256(whole.encode()).hexdigest()[:8]

    def ours(self, state: CalendarState) -> frozenset[str]:
        """The marks of whom we put on the event. Of one made before that was noted, all who have a row are ours."""
        if state.ours is not None:
            return state.ours
        return frozenset(self._mark(b.email) for b in self.bookings)

    async def set_attendees(self, mailbox_session: MailboxSession, event: str, state: CalendarState) -> None:
        """Have everybody who is booked on the event, and nobody whom we had put there before."""
        ours = self.ours(state)
        await mailbox_session.calendar.set_attendees(
            event, self.attendees, ours=lambda address: self._mark(address) in ours
        )

    @property
    def cancelled_because(self) -> str:
        """What a cancellation says above the invitation that it ends."""
        off = "This session has been cancelled, so you need not keep the date."
        if not self.group.required or self.group.attend is not Attendance.ONE_OF:
            return off
        if self.group.if_not_chosen == "first" and any(other.takes_place for other in self.group.sessions):
            return f"{off} If you are booked on another date instead, you get an invitation to it."
        return f"{off} You need another date: we are sending you an email about it."

    def brings_back(self, state: CalendarState) -> bool:
        """Whether the row was given another date since somebody deleted the event: then people are invited again."""
        return self.content is not None and self.content_digest != state.content

    @property
    def attendees(self) -> list[Attendee]:
        """Who is to be on the event."""
        return [Attendee(b.full_name, b.email) for b in self.people]

    @property
    def newly_told(self) -> int:
        """How many hear of it when the attendees are set."""
        wanted = {b.reference for b in self.people}
        return sum((b.invited > 0) != (b.reference in wanted) for b in self.bookings)

    def differs(self, state: CalendarState) -> bool:
        """Whether the event has to be touched at all."""
        if self.cancelled:
            return bool(state.event) and not state.cancelled
        if self.content is None:
            # Held back or to be confirmed: an event that is there stays as it was, for all who have not left.
            left = any(b.invited and b.status is not BookingStatus.BOOKED for b in self.bookings)
            return left and bool(state.event) and not state.cancelled
        if not state.event or state.cancelled:
            return bool(self.people)
        beyond = bool(self.beyond) != (state.last_error == TOO_MANY)
        return beyond or self.attendees_digest != state.attendees or self.changes_what_people_hold(state)

    @property
    def digest(self) -> str:
        """Of what people who hold the invite are to be told."""
        if self.cancelled:
            return "cancelled"
        return self.content_digest if self.may_change else f"{self.content_digest}, for certain"

    def changes_what_people_hold(self, state: CalendarState) -> bool:
        """Whether those who hold the invite would hear of another time or place, or that it is off."""
        if not state.event or state.cancelled:
            return False
        return self.cancelled or (self.content is not None and _says_another(self.content, state))

    def changes_who_holds_it(self, state: CalendarState) -> bool:
        """Whether somebody is to be added or removed; that waits for no edits."""
        return not self.cancelled and self.attendees_digest != state.attendees


def _says_another(content: EventContent, state: CalendarState) -> bool:
    """Whether people have to hear of it: something else, or that a date which might have changed is certain now."""
    return _content_digest(content) != state.content or (state.may_change and bool(content.no_longer))


def _content_digest(content: EventContent) -> str:
    """Of what matters to people. The wording around it is left out: a mended sentence must not mail everybody."""
    return _digest(
        [
            content.subject,
            content.place,
            content.starts_at.isoformat(),
            content.ends_at.isoformat(),
            content.zone,
        ]
    )


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32] if parts else ""
