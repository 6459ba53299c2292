"""What is owed by mail: a row in ``Messages``, a job for the mailbox, and a wake-up for whoever works it off."""

from shared.domain import outbox
from shared.domain.outbox import FINISHED
from shared.domain.owed import Mail
from shared.domain.programme import Programme
from shared.ports import Job, Wakeups
from shared.services.base.queues import Queues
from shared.stores.jobs import Jobs
from shared.stores.messages import Messages


class Outbox:
    """Posts mails. Which mailbox writes them follows from the programme."""

    def __init__(self, *, messages: Messages, jobs: Jobs, wakeups: Wakeups, queues: Queues) -> None:
        self._messages = messages
        self._jobs = jobs
        self._wakeups = wakeups
        self._queues = queues

    async def post(self, programme: Programme, mail: Mail) -> bool:
        """Queue a mail, once. Returns False if it was queued before."""
        added = await self._messages.add(outbox.queued(programme.id, mail))
        stored = None if added else await self._messages.get(programme.id, mail.id)
        # A row that is there may have been left without its job.
        if added or (stored is not None and stored.value.status not in FINISHED):
            queue = self._queues.of(programme)
            await self._jobs.put(Job(queue, mail.due, mail.about, programme.id, f"mail {mail.id}"))
            await self._wakeups.mailbox(queue)
        return added
