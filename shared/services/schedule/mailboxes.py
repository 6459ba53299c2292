"""What the clock asks of every mailbox: read the inbox, tidy drafts; and whether its work waits for long."""

import logging
from datetime import timedelta

from shared.domain.jobs import Job, ReadInbox, TidyDrafts
from shared.log import step
from shared.ports import Clock, Wakeups
from shared.services.base.queues import Queues
from shared.stores.jobs import Jobs

logger = logging.getLogger(__name__)

# An idle mailbox takes seconds; a closing day's burst, or a mailbox that cannot be used, takes longer.
_BEHIND = timedelta(minutes=15)


class Mailboxes:
    """Sets the jobs of mailboxes, and wakes their worker."""

    def __init__(self, *, jobs: Jobs, wakeups: Wakeups, queues: Queues, clock: Clock) -> None:
        self._jobs = jobs
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def read(self) -> None:
        """Have every inbox read: there is always something to come for."""
        for queue in self._queues.mailboxes():
            await self._say_if_behind(queue)
            await self._ask(queue, ReadInbox())

    async def tidy(self) -> None:
        """Have drafts that were left looked for in every mailbox."""
        for queue in self._queues.mailboxes():
            await self._ask(queue, TidyDrafts())

    async def _ask(self, queue: str, task: ReadInbox | TidyDrafts) -> None:
        await self._jobs.put(Job(queue, self._clock.now(), task))
        await self._wakeups.mailbox(queue)

    async def _say_if_behind(self, queue: str) -> None:
        """Have the log say that a mailbox's work waits for long: an alert in Azure looks for this line."""
        oldest = await self._jobs.next_due(queue)
        if oldest is not None and self._clock.now() - oldest > _BEHIND:
            minutes = (self._clock.now() - oldest) // timedelta(minutes=1)
            step(logger, "outbox is behind", level=logging.WARNING, reason=f"something has waited {minutes} minutes")
