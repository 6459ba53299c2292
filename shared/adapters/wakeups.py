"""Queue messages that wake the intake and the mailbox worker. They carry ids or a hash: nothing about people."""

from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from shared.errors import TemporaryFailure


class QueueWakeups:
    """See ``ports.Wakeups``. The clients encode in base64, as ``host.json`` says the triggers decode."""

    def __init__(self, submissions: QueueClient, mailbox_worker: QueueClient, pairs: QueueClient) -> None:
        self._submissions = submissions
        self._mailbox_worker = mailbox_worker
        self._pairs = pairs

    async def submission(self, programme: str, source: str, content: str) -> None:
        """See the port."""
        await _send(self._submissions, f"{source} {programme} {content}", 0)

    async def mailbox(self, queue: str, *, after: float = 0) -> None:
        """See the port."""
        await _send(self._mailbox_worker, queue, after)

    async def pairs(self, programme: str) -> None:
        """See the port."""
        await _send(self._pairs, programme, 0)


async def _send(queue: QueueClient, message: str, after: float) -> None:
    try:
        await queue.send_message(message, visibility_timeout=max(0, round(after)))
    except AzureError as exc:
        raise TemporaryFailure("queue storage did not take a message") from exc
