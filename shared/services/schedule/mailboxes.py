"""What the clock asks of every mailbox: read the inbox, tidy drafts; and whether its work waits for long."""

import logging
from datetime import timedelta

from shared.domain.jobs import Job, ReadInbox, TidyDrafts
from shared.log import step
from shared.ports import Clock, Wakeups
from shared.services.base.queues import Queues, mailbox_of
from shared.stores.jobs import Jobs
from shared.stores.mailboxes import MailboxStates

logger = logging.getLogger(__name__)

# An idle mailbox takes seconds, a closing day's burst minutes. With the tick's five minutes, the alert's five and the
# two that a line needs to be stored, somebody hears of it within twenty.
_BEHIND = timedelta(minutes=8)
# What failed is tried again an hour and a quarter later at the most.
_TRIED_AGAIN = timedelta(minutes=75)
_SOME = 20


class Mailboxes:
    """Sets the jobs of mailboxes, and wakes their worker."""

    def __init__(self, *, jobs: Jobs, states: MailboxStates, wakeups: Wakeups, queues: Queues, clock: Clock) -> None:
        self._jobs = jobs
        self._states = states
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def read(self) -> None:
        """Have every inbox read: there is always something to come for."""
        for queue in self._queues.mailboxes():
            await self._ask(queue, ReadInbox())

    async def tidy(self) -> None:
        """Have drafts that were left looked for in every mailbox."""
        for queue in self._queues.mailboxes():
            await self._ask(queue, TidyDrafts())

    async def _ask(self, queue: str, task: ReadInbox | TidyDrafts) -> None:
        await self._jobs.put(Job(queue, self._clock.now(), task))
        await self._wakeups.mailbox(queue)

    async def say_if_behind(self) -> None:
        """Have the log say that a mailbox's work waits for long: an alert in Azure looks for this line.

        What is tried again is due anew each time. So it counts, too, since when the mailbox has let nothing through.
        """
        for queue in self._queues.mailboxes():
            await self._say_if_behind(queue)

    async def _say_if_behind(self, queue: str) -> None:
        now = self._clock.now()
        waiting = [
            job.value.due
            for job in await self._jobs.due(queue, now + _TRIED_AGAIN, _SOME)
            if not isinstance(job.value.task, ReadInbox | TidyDrafts)
        ]
        failing = (await self._states.get(mailbox_of(queue))).failing_since if waiting else None
        waited = now - min([*waiting[:1], *filter(None, [failing])], default=now)
        if waited > _BEHIND:
            minutes = waited // timedelta(minutes=1)
            step(logger, "outbox is behind", level=logging.WARNING, reason=f"something has waited {minutes} minutes")
