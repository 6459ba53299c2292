"""The postman: drains one mailbox's lane in due order, writes each mail once, and keeps the calendars true.

There is one postman per mailbox across all instances (a lease). Exchange takes about 30 messages a minute and four
requests at a time from a mailbox, so that is the pace; everything else waits in the table, in due order.
"""

import asyncio
import logging
import random
from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.outbox import (
    FINISHED,
    LOOK_AFTER_HANDOVER,
    MOST_ATTEMPTS,
    Message,
    MessageStatus,
    wait_after,
)
from shared.domain.owed import About, Kind
from shared.errors import AlreadyGone, PermanentFailure, TemporaryFailure, explained
from shared.ports import (
    Alarm,
    Alarms,
    Applications,
    Approvals,
    Clock,
    Letter,
    Locks,
    Mailbox,
    Messages,
    Stored,
    Wakeups,
)
from shared.services.lanes import Lanes
from shared.services.letters import Letters, NotOwed, NotYet, message_key
from shared.services.programmes import Programmes
from shared.services.sessions import Calendars
from shared.services.settling import Settling

logger = logging.getLogger(__name__)

_AT_ONCE = 4
_BATCH = 32
_MINUTE = timedelta(seconds=60)
# How long a draft whose hand-over is in doubt is left alone: transport may hold it for minutes.
_DOUBT = timedelta(minutes=10)
# The function may run five minutes; the postman hands over long before.
_SHIFT_SECONDS = 120.0
_BUSY_SECONDS = 10
_LONGEST_WAIT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Round:
    """What one shift of the postman did."""

    handled: int
    left: bool


class Postman:
    """Writes what is owed, one lane at a time."""

    def __init__(
        self,
        *,
        messages: Messages,
        alarms: Alarms,
        applications: Applications,
        approvals: Approvals,
        programmes: Programmes,
        settling: Settling,
        letters: Letters,
        mailbox: Mailbox,
        calendars: Calendars,
        locks: Locks,
        wakeups: Wakeups,
        lanes: Lanes,
        clock: Clock,
        messages_per_minute: int,
    ) -> None:
        self._messages = messages
        self._alarms = alarms
        self._applications = applications
        self._approvals = approvals
        self._programmes = programmes
        self._settling = settling
        self._letters = letters
        self._mailbox = mailbox
        self._calendars = calendars
        self._locks = locks
        self._wakeups = wakeups
        self._lanes = lanes
        self._clock = clock
        self._per_minute = messages_per_minute
        self._sent: deque[datetime] = deque()
        self._bells: dict[str, float] = {}

    async def drain(self, lane: str) -> Round:
        """Work off what is due in a lane, until nothing is, the minute's budget is used, or the shift is over."""
        async with self._locks.hold(f"postman {lane}") as held:
            if not held:
                # Its holder may have looked for the last time just before our alarm was set.
                if await self._alarms.due(lane, self._clock.now(), 1):
                    await self._wake_in(lane, _BUSY_SECONDS)
                return Round(0, left=True)
            done = await self._shift(lane)
        await self._wake_again(lane)
        return done

    async def _shift(self, lane: str) -> Round:
        over_at = asyncio.get_running_loop().time() + _SHIFT_SECONDS
        handled = 0
        while asyncio.get_running_loop().time() < over_at:
            budget = self._budget()
            due = await self._alarms.due(lane, self._clock.now(), min(_BATCH, max(budget, 1)))
            if not due:
                return Round(handled, left=False)
            if budget < 1:
                return Round(handled, left=True)
            slots = asyncio.Semaphore(_AT_ONCE)
            await asyncio.gather(*(self._in_turn(slots, alarm) for alarm in due))
            handled += len(due)
        return Round(handled, left=True)

    def _counted(self, people: int) -> None:
        """Invitations count as messages of the mailbox, one for each person who hears."""
        self._sent.extend([self._clock.now()] * people)

    def _budget(self) -> int:
        now = self._clock.now()
        while self._sent and not timedelta(0) <= now - self._sent[0] < _MINUTE:
            self._sent.popleft()
        return self._per_minute - len(self._sent)

    async def _wake_again(self, lane: str) -> None:
        """Have the postman come back when the next thing is due soon; the tick looks at everything later."""
        next_due = await self._alarms.next_due(lane)
        if next_due is None:
            return
        wait = (next_due - self._clock.now()).total_seconds()
        if self._budget() < 1 and self._sent:
            wait = max(wait, (self._sent[0] + _MINUTE - self._clock.now()).total_seconds())
        if wait < _LONGEST_WAIT_SECONDS:
            await self._wake_in(lane, max(1.0, wait + 0.5))

    async def _wake_in(self, lane: str, seconds: float) -> None:
        """Ring the bell later, unless it is going to ring by then: bells that beget bells would never stop."""
        now = asyncio.get_running_loop().time()
        planned = self._bells.get(lane, 0.0)
        if now < planned <= now + seconds:
            return
        self._bells[lane] = now + seconds
        await self._wakeups.postman(lane, after=seconds)

    async def _in_turn(self, slots: asyncio.Semaphore, alarm: Stored[Alarm]) -> None:
        async with slots:
            try:
                await self._handle(alarm)
            except TemporaryFailure as exc:
                logger.warning("%s waits: %s", alarm.value.subject, exc.reason)
                await self._postpone(alarm, wait_after(1, exc.retry_after, random.random()))  # noqa: S311 -- jitter
            except Exception as exc:  # noqa: BLE001 -- a fault in one message must never hold up the others
                logger.error("%s fails: %s", alarm.value.subject, explained(exc))  # noqa: TRY400 -- texts can quote data
                await self._set_aside(alarm, exc)

    async def _set_aside(self, alarm: Stored[Alarm], exc: Exception) -> None:
        """Park a message the program itself fails on; an administrator can bring it back once that is mended."""
        _, _, message_id = alarm.value.subject.partition(" ")
        stored = await self._messages.get(alarm.value.programme, message_id) if message_id else None
        if stored is None:
            await self._postpone(alarm, timedelta(hours=1))
            return
        await self._park(stored, f"the program fails on it ({explained(exc)}); tell the people who run it")
        await self._alarms.remove(alarm)

    async def _postpone(self, alarm: Stored[Alarm], wait: timedelta) -> None:
        later = replace(alarm.value, due=self._clock.now() + wait)
        await self._alarms.put(later)
        await self._alarms.remove(alarm)

    async def _handle(self, alarm: Stored[Alarm]) -> None:
        if alarm.value.about is About.SESSION:
            wait = await self._calendars.bring_up_to_date(alarm.value.programme, alarm.value.subject, self._counted)
            if wait is None:
                await self._alarms.remove(alarm)
            else:
                await self._postpone(alarm, wait)
            return
        _, _, message_id = alarm.value.subject.partition(" ")
        stored = await self._messages.get(alarm.value.programme, message_id)
        if stored is None or stored.value.status in FINISHED:
            await self._alarms.remove(alarm)
            return
        wait = await self._move(stored)
        if wait is None:
            await self._alarms.remove(alarm)
        else:
            await self._postpone(alarm, wait)

    async def _move(self, stored: Stored[Message]) -> timedelta | None:
        """Take one message a step further. Gives how long to leave it, None when it is finished."""
        message = stored.value
        if message.status is MessageStatus.HANDED_OVER:
            return await self._confirm(stored)
        # The claim comes first: attempts above 0 means that somebody may have begun, so look before acting.
        claimed = replace(
            message,
            status=MessageStatus.PREPARING if message.status is MessageStatus.QUEUED else message.status,
            attempts=message.attempts + 1,
        )
        etag = await self._messages.replace(claimed, stored.etag)
        if etag is None:
            return timedelta(seconds=1)
        try:
            return await self._deliver(Stored(claimed, etag), in_doubt=message.attempts > 0)
        except PermanentFailure as exc:
            await self._park(Stored(claimed, etag), exc.reason)
            return None
        except AlreadyGone as exc:
            await self._note(Stored(claimed, etag), exc.reason)
            return wait_after(claimed.attempts, None, random.random())  # noqa: S311 -- jitter
        except TemporaryFailure as exc:
            if claimed.attempts >= MOST_ATTEMPTS:
                await self._park(Stored(claimed, etag), f"given up after {claimed.attempts} tries: {exc.reason}")
                return None
            await self._note(Stored(claimed, etag), exc.reason)
            return wait_after(claimed.attempts, exc.retry_after, random.random())  # noqa: S311 -- jitter

    async def _deliver(self, stored: Stored[Message], *, in_doubt: bool) -> timedelta | None:
        message = stored.value
        written = await self._mailbox.find(message_key(message)) if in_doubt else None
        if written is not None and not written.is_draft:
            await self._handed_over(stored, written.graph_id)
            return LOOK_AFTER_HANDOVER
        composed = await self._letters.compose(message)
        match composed:
            case NotOwed():
                if written is not None:
                    await self._mailbox.discard(written.graph_id)
                await self._write(stored, status=MessageStatus.CANCELLED, last_error=composed.because)
                return None
            case NotYet():
                if written is not None:
                    await self._mailbox.discard(written.graph_id)
                await self._write(stored, status=MessageStatus.QUEUED, attempts=0, due=composed.due)
                return composed.due - self._clock.now()
            case Letter():
                pass
        if written is None:
            written = await self._mailbox.draft(composed)
        elif message.status is MessageStatus.DRAFTED and message.sent_at is not None:
            # It may have been handed over already: the move out of Drafts can take minutes.
            rest = message.sent_at + _DOUBT - self._clock.now()
            if timedelta(0) < rest <= _DOUBT:
                return rest
        # Written before the hand-over, so that a draft without this status was surely never handed over.
        stored = await self._write(
            stored, status=MessageStatus.DRAFTED, graph_id=written.graph_id, sent_at=self._clock.now()
        )
        self._sent.append(self._clock.now())
        await self._mailbox.send(written.graph_id)
        await self._handed_over(stored, written.graph_id)
        return LOOK_AFTER_HANDOVER

    async def _handed_over(self, stored: Stored[Message], graph_id: str) -> None:
        message = stored.value
        await self._write(
            stored, status=MessageStatus.HANDED_OVER, graph_id=graph_id, sent_at=self._clock.now(), last_error=""
        )
        logger.info("message %s of %s handed over", message.id, message.programme)
        if message.kind is Kind.APPROVAL_REMINDER:
            await self._approvals.note_reminder(
                message.programme, message.subject, int(message.detail), self._clock.now()
            )
            await self._refresh(message)

    async def _refresh(self, message: Message) -> None:
        current = await self._programmes.current(message.programme)
        stored = await self._applications.get(message.programme, message.subject)
        if current is not None and stored is not None:
            await self._settling.refresh_next_step(current, stored.value)

    async def _confirm(self, stored: Stored[Message]) -> timedelta | None:
        """Look whether a mail that was handed over has left. One that is still a draft is left to Exchange."""
        message = stored.value
        try:
            written = await self._mailbox.find(message_key(message))
        except TemporaryFailure as exc:
            return wait_after(1, exc.retry_after, random.random())  # noqa: S311 -- jitter
        if written is None or not written.is_draft:
            await self._write(stored, status=MessageStatus.SENT)
            return None
        waited = self._clock.now() - (message.sent_at or self._clock.now())
        if waited < timedelta(hours=1):
            return max(LOOK_AFTER_HANDOVER, waited)
        await self._park(stored, "it was handed over an hour ago and is still in Drafts; look into the mailbox")
        return None

    async def _write(self, stored: Stored[Message], **changes: Any) -> Stored[Message]:  # noqa: ANN401 -- replace checks the names
        message = replace(stored.value, **changes)
        etag = await self._messages.replace(message, stored.etag)
        if etag is None:
            raise TemporaryFailure("the message was changed by somebody else meanwhile")
        return Stored(message, etag)

    async def _note(self, stored: Stored[Message], reason: str) -> None:
        newest = await self._messages.get(stored.value.programme, stored.value.id)
        if newest is not None and newest.value.status not in FINISHED:
            await self._messages.replace(replace(newest.value, last_error=reason), newest.etag)

    async def _park(self, stored: Stored[Message], reason: str) -> None:
        newest = await self._messages.get(stored.value.programme, stored.value.id)
        if newest is not None:
            parked = replace(newest.value, status=MessageStatus.PARKED, last_error=reason)
            await self._messages.replace(parked, newest.etag)
        logger.error("message %s of %s parked: %s", stored.value.id, stored.value.programme, reason)
