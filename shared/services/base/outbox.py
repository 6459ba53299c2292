"""What is owed, on its way: rows in ``Messages``, jobs for the tick and the mailboxes, and wake-ups for their workers.

Whoever owes something says so here, and never writes a job or a message itself.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain import outbox
from shared.domain.jobs import TICK, Job, LookAtPair, ReadResponses, Reconcile, SendMail, SyncEvent, TickTask
from shared.domain.outbox import FINISHED, Message, MessageStatus
from shared.domain.owed import About, LookAgain, Mail, Owed
from shared.domain.programme import Programme
from shared.ports import Clock, Stored, Wakeups
from shared.services.base.queues import Queues
from shared.stores.jobs import Jobs
from shared.stores.messages import Messages

_SECOND_LOOK = timedelta(minutes=2)
_SURELY_WRITTEN = timedelta(minutes=2)


class Outbox:
    """Posts mails, sets jobs and wakes workers. Which mailbox does the work follows from the programme."""

    def __init__(self, *, messages: Messages, jobs: Jobs, wakeups: Wakeups, queues: Queues, clock: Clock) -> None:
        self._messages = messages
        self._jobs = jobs
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def post(self, programme: Programme, mail: Mail) -> bool:
        """Queue a mail, once, and wake its mailbox. Returns False if it was queued before."""
        added = await self._messages.add(outbox.queued(programme.id, mail))
        stored = None if added else await self._messages.get(programme.id, mail.id)
        # A row that is there may have been left without its job.
        if added or (stored is not None and stored.value.status not in FINISHED):
            await self._jobs.put(self._sending(programme, mail))
            await self.wake(programme)
        return added

    async def put_in_place(self, programme: Programme, subject: str, owed: Owed, *, brand_new: bool = False) -> bool:
        """Put in place every mail and look that a subject is owed; doing it again changes nothing.

        ``brand_new``: nothing can have been put in place before. Returns whether something is due already, of which
        its mailbox is then to be told.
        """
        now = self._clock.now()
        present: Mapping[str, Message] = {} if brand_new else await self._messages.of(programme.id, subject)
        fresh = [mail for mail in owed.mails if _needs_work(mail, present.get(mail.id))]
        await asyncio.gather(*(self._enqueue(programme, mail, present.get(mail.id)) for mail in fresh))
        await asyncio.gather(
            *(self._jobs.put(Job(TICK, look.due, _task(look), programme.id, timed=True)) for look in owed.looks)
        )
        return any(mail.due <= now for mail in fresh)

    async def _enqueue(self, programme: Programme, mail: Mail, present: Message | None) -> None:
        """Row first, job second: a job without a row would be dropped, a row without a job is found again."""
        if present is None:
            await self._messages.add(outbox.queued(programme.id, mail))
        elif present.status is MessageStatus.CANCELLED:
            stored = await self._messages.get(programme.id, mail.id)
            if stored is not None and stored.value.status is MessageStatus.CANCELLED:
                again = replace(outbox.queued(programme.id, mail), generation=stored.value.generation + 1)
                await self._messages.replace(again, stored.etag)
        await self._jobs.put(self._sending(programme, mail))

    async def bring_back(self, programme: Programme, message_id: str) -> bool:
        """Have a parked mail tried again. Returns False if none is parked under this id."""
        stored = await self._messages.get(programme.id, message_id)
        if stored is None or stored.value.status is not MessageStatus.PARKED:
            return False
        # Attempts stay above 0: the mail may have gone out before it was parked, so the mailbox worker looks first.
        again = replace(stored.value, status=MessageStatus.PREPARING, attempts=1, last_error="")
        now = self._clock.now()
        job = Job(self._queues.of(programme), now, SendMail(message_id, stored.value.about), programme.id)
        # Before, for a crash in between; and after, so that no mailbox worker looks too early and never again.
        await self._jobs.put(replace(job, due=now + _SURELY_WRITTEN))
        await self._messages.replace(again, stored.etag)
        await self._jobs.put(job)
        await self.wake(programme)
        return True

    async def look(self, programme: str, task: TickTask, *, due: datetime | None = None) -> None:
        """Have the tick see to something, now or when it is due."""
        await self._jobs.put(Job(TICK, due or self._clock.now(), task, programme))

    async def second_look(self, programme: str, reference: str) -> Stored[Job]:
        """Set the job that sees to an application if what is done next is not finished.

        It is the caller's own, to be taken back (``take_back``) when everything is.
        """
        return await self._jobs.put_own(Job(TICK, self._clock.now() + _SECOND_LOOK, Reconcile(reference), programme))

    async def take_back(self, job: Stored[Job]) -> None:
        """Take back a job that was set here and is not needed any more."""
        await self._jobs.remove(job)

    async def sync_events(self, programme: Programme, sessions: Iterable[str]) -> None:
        """Have the mailbox worker bring these sessions' events to what the rows say, when it is woken."""
        queue, now = self._queues.of(programme), self._clock.now()
        await asyncio.gather(
            *(self._jobs.put(Job(queue, now, SyncEvent(session), programme.id)) for session in sorted(sessions))
        )

    async def read_responses(self, programme: Programme, session: str) -> None:
        """Have the mailbox worker read what people answered to a session's invitation."""
        job = Job(self._queues.of(programme), self._clock.now(), ReadResponses(session), programme.id)
        await self._jobs.put(job)

    async def wake_pairs(self, programme: str) -> None:
        """Have pairs of a programme drafted, which takes longer than a tick may."""
        await self._wakeups.pairs(programme)

    async def wake(self, programme: Programme) -> None:
        """Wake the worker of the mailbox that writes for this programme."""
        await self._wakeups.mailbox(self._queues.of(programme))

    async def wake_all(self) -> None:
        """Wake the worker of every mailbox."""
        for queue in self._queues.mailboxes():
            await self._wakeups.mailbox(queue)

    def _sending(self, programme: Programme, mail: Mail) -> Job:
        return Job(self._queues.of(programme), mail.due, SendMail(mail.id, mail.about), programme.id)


def _needs_work(mail: Mail, message: Message | None) -> bool:
    if message is None:
        return True
    if message.status is MessageStatus.CANCELLED:
        return not mail.only_after
    return message.status not in FINISHED


def _task(look: LookAgain) -> TickTask:
    return LookAtPair(look.subject) if look.about is About.PAIR else Reconcile(look.subject)
