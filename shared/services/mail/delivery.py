"""Taking one mail a step further, so that it goes out once: claim, look, draft, write down, send, confirm.

Graph has no idempotency key for mail. So each mail carries our own key; before anything is done again it is looked up
by that key; and a draft that was handed over is never handed over again at once. Nothing here retries: a step that
fails says how long to leave the mail alone.
"""

import logging
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.outbox import FINISHED, LOOK_AFTER_HANDOVER, MOST_FAILURES, Message, MessageStatus, wait_after
from shared.domain.owed import Kind
from shared.errors import AlreadyGone, PermanentFailure, TemporaryFailure
from shared.log import step
from shared.ports import Clock, Letter, Metric, Metrics, Stored
from shared.services.applications.reminders import Reminders
from shared.services.base.mails import NotOwed, NotYet
from shared.services.mail.composing import MailComposer, message_key
from shared.services.mail.session import LeftAlone, MailboxSession
from shared.stores.messages import Messages

logger = logging.getLogger(__name__)

# How long a draft whose hand-over is in doubt is left alone: transport may hold it for minutes.
_DOUBT = timedelta(minutes=10)
_GIVEN_UP_ON_DRAFTS = timedelta(hours=1)
_LATE = timedelta(minutes=15)


class Delivery:
    """Moves messages through their life."""

    def __init__(
        self,
        *,
        messages: Messages,
        letters: MailComposer,
        reminders: Reminders,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._messages = messages
        self._letters = letters
        self._reminders = reminders
        self._metrics = metrics
        self._clock = clock

    async def further(self, programme: str, message_id: str, mailbox_session: MailboxSession) -> timedelta | None:
        """Take one message a step further. Returns how long to leave it, None when nothing is left to do."""
        stored = await self._messages.get(programme, message_id)
        if stored is None or stored.value.status in FINISHED:
            return None
        message = stored.value
        if message.status is MessageStatus.HANDED_OVER:
            return await self._confirm(stored, mailbox_session)
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
            return await self._deliver(
                Stored(claimed, etag), mailbox_session, in_doubt=message.attempts > 0 or mailbox_session.look_first
            )
        except PermanentFailure as exc:
            await self._park(claimed, exc.reason)
            return None
        except AlreadyGone as exc:
            return await self._failed(claimed, exc.reason)
        except TemporaryFailure as exc:
            if exc.retry_after is None:
                return await self._failed(claimed, exc.reason)
            # The mailbox asked for time: no fault of this message, so it does not count towards giving up.
            self._again(claimed, exc.reason)
            await self._note(claimed, last_error=exc.reason)
            return timedelta(seconds=max(exc.retry_after, mailbox_session.quiet_seconds))

    async def set_aside(self, programme: str, message_id: str, why: str) -> bool:
        """Park a message that the program itself fails on. False if there is no such message."""
        stored = await self._messages.get(programme, message_id)
        if stored is None:
            return False
        await self._park(stored.value, f"the program fails on it ({why}); tell the people who run it")
        return True

    async def _deliver(
        self, stored: Stored[Message], mailbox_session: MailboxSession, *, in_doubt: bool
    ) -> timedelta | None:
        message, mailbox = stored.value, mailbox_session.mailbox
        written = await mailbox.find(message_key(message)) if in_doubt else None
        for spare in written.spare if written else ():
            await mailbox.discard(spare)
        if written is not None and not written.is_draft:
            await self._handed_over(stored, written.graph_id)
            return LOOK_AFTER_HANDOVER
        composed = await self._letters.compose(message)
        match composed:
            case NotOwed():
                if written is not None:
                    await mailbox.discard(written.graph_id)
                stored = await self._write(stored, status=MessageStatus.CANCELLED, last_error=composed.because)
                _step("not sent", message, reason=composed.because)
                return await self._owed_after_all(stored)
            case NotYet():
                if written is not None:
                    await mailbox.discard(written.graph_id)
                await self._write(stored, status=MessageStatus.QUEUED, attempts=0, due=composed.due)
                return composed.due - self._clock.now()
            case Letter():
                pass
        if written is None:
            written = await mailbox.draft(composed)
            _step("draft made", message)
        elif message.status is MessageStatus.DRAFTED and message.sent_at is not None:
            # It may have been handed over already: the move out of Drafts can take minutes.
            rest = message.sent_at + _DOUBT - self._clock.now()
            if timedelta(0) < rest <= _DOUBT:
                return rest
        # Written before the hand-over, so that a draft without this status was surely never handed over. It is also
        # the fence: a mailbox worker whose lease was taken over meanwhile finds its claim outdated here, and stops.
        mailbox_session.must_be_let_through()
        stored = await self._write(
            stored, status=MessageStatus.DRAFTED, graph_id=written.graph_id, sent_at=self._clock.now()
        )
        mailbox_session.counted(1)
        try:
            await mailbox_session.leave_alone(await mailbox.send(written.graph_id))
        except LeftAlone:
            # Surely not handed over, so that nobody need wait until it would have left.
            await self._write(stored, sent_at=None)
            raise
        await self._handed_over(stored, written.graph_id)
        return LOOK_AFTER_HANDOVER

    async def _owed_after_all(self, stored: Stored[Message]) -> timedelta | None:
        """Look once more whether a cancelled mail is owed: whoever changed the application just now saw it waiting.

        They look at the mails after they have written, and this looks after it has cancelled: one of the two sees it.
        """
        message = stored.value
        if message.only_after or isinstance(await self._letters.compose(message), NotOwed):
            return None
        await self._write(
            stored, status=MessageStatus.QUEUED, attempts=0, last_error="", generation=message.generation + 1
        )
        return timedelta(seconds=1)

    async def _handed_over(self, stored: Stored[Message], graph_id: str) -> None:
        message = stored.value
        await self._write(
            stored, status=MessageStatus.HANDED_OVER, graph_id=graph_id, sent_at=self._clock.now(), last_error=""
        )
        _step("handed over", message)
        self._metrics.count(Metric.SENT, kind=message.kind.value)
        if self._clock.now() - message.due >= _LATE:
            self._metrics.count(Metric.LATE, kind=message.kind.value)
        if message.kind is Kind.APPROVAL_REMINDER:
            await self._reminders.note(message.programme, message.subject, int(message.detail))

    async def _confirm(self, stored: Stored[Message], mailbox_session: MailboxSession) -> timedelta | None:
        """Look whether a mail that was handed over has left. One that is still a draft is left to Exchange."""
        message = stored.value
        try:
            written = await mailbox_session.mailbox.find(message_key(message))
        except TemporaryFailure as exc:
            return wait_after(1, exc.retry_after, random.random())  # noqa: S311 -- jitter
        if written is None or not written.is_draft:
            await self._write(stored, status=MessageStatus.SENT)
            _step("sent", message)
            return None
        waited = self._clock.now() - (message.sent_at or self._clock.now())
        if waited < _GIVEN_UP_ON_DRAFTS:
            return max(LOOK_AFTER_HANDOVER, waited)
        await self._park(message, "it was handed over an hour ago and is still in Drafts; look into the mailbox")
        return None

    async def _failed(self, claimed: Message, reason: str) -> timedelta | None:
        """Another failed try: how long to wait before the next, or None after the last."""
        failures = claimed.failures + 1
        if failures >= MOST_FAILURES:
            await self._park(claimed, f"given up after {failures} tries: {reason}")
            return None
        self._again(claimed, reason)
        await self._note(claimed, last_error=reason, failures=failures)
        return wait_after(failures, None, random.random())  # noqa: S311 -- jitter

    async def _write(self, stored: Stored[Message], **changes: Any) -> Stored[Message]:  # noqa: ANN401 -- replace checks the names
        message = replace(stored.value, **changes)
        etag = await self._messages.replace(message, stored.etag)
        if etag is None:
            raise TemporaryFailure("the message was changed by somebody else meanwhile")
        return Stored(message, etag)

    async def _note(self, message: Message, **changes: Any) -> None:  # noqa: ANN401 -- replace checks the names
        newest = await self._messages.get(message.programme, message.id)
        if newest is not None and newest.value.status not in FINISHED:
            await self._messages.replace(replace(newest.value, **changes), newest.etag)

    async def _park(self, message: Message, reason: str) -> None:
        """Have a person look at it. Raises TemporaryFailure if somebody else changes it meanwhile: it is not parked."""
        newest = await self._messages.get(message.programme, message.id)
        if newest is not None and newest.value.status not in FINISHED:
            await self._write(newest, status=MessageStatus.PARKED, last_error=reason)
        self._metrics.count(Metric.PARKED, kind=message.kind.value)
        _step("parked", message, level=logging.ERROR, reason=reason)

    def _again(self, message: Message, reason: str) -> None:
        self._metrics.count(Metric.RETRIED, kind=message.kind.value)
        _step("is tried again", message, level=logging.WARNING, reason=reason)

    async def tidy(self, mailbox_session: MailboxSession) -> None:
        """Discard drafts of ours that nobody will send: their message went another way, or is not owed any more."""
        for left in await mailbox_session.mailbox.drafts():
            age = self._clock.now() - left.made_at
            if age < _GIVEN_UP_ON_DRAFTS or not mailbox_session.may_go_on:
                continue
            programme, message_id, generation = left.about.split(" ")
            stored = await self._messages.get(programme, message_id)
            finished = stored is None or stored.value.status in FINISHED - {MessageStatus.PARKED}
            if finished or (stored is not None and str(stored.value.generation) != generation):
                await mailbox_session.mailbox.discard(left.graph_id)
                step(logger, "a draft was left over and is discarded", message=message_id, programme=programme)


def _step(what: str, message: Message, *, level: int = logging.INFO, reason: str = "") -> None:
    """One line of a message's story; its subject is the reference of an application, a pair or a programme."""
    step(
        logger,
        what,
        level=level,
        reference=message.subject,
        message=message.id,
        programme=message.programme,
        attempt=message.attempts,
        reason=reason,
    )
