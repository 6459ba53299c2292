"""Queue triggers: takes messages from one queue for one function, and says what becomes of each.

At least once, as in Azure: a process that dies leaves its messages locked until the lock runs out.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from local.host.datums import Datum, json_datum, message_metadata, string_datum
from local.host.functions import Function
from local.host.invocations import Invocations
from local.host.queueoutputs import MessageEncoding, send_creating
from local.host.settings import QueueSettings
from local.host.storage import CALL_SECONDS
from local.host.waiting import is_set_within

logger = logging.getLogger(__name__)

LOCK = timedelta(minutes=10)
SHORTEST_PAUSE = timedelta(milliseconds=100)
POISON_SUFFIX = "-poison"


class QueueListener:
    """Polls one queue. ``lock`` is how long a message stays hidden; it is renewed at half of that."""

    def __init__(
        self,
        function: Function,
        queue: QueueClient,
        poison_queue: QueueClient | None,
        invocations: Invocations,
        settings: QueueSettings,
        *,
        lock: timedelta = LOCK,
        renew_after: timedelta | None = None,
    ) -> None:
        self._function = function
        self._queue = queue
        self._poison_queue = poison_queue
        self._invocations = invocations
        self._settings = settings
        self._encoding = MessageEncoding(base64=settings.base64)
        self._lock = lock
        self._renew_after = lock / 2 if renew_after is None else renew_after
        self._running: set[asyncio.Task[object]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Poll until told to stop, then see the running messages through."""
        pause = SHORTEST_PAUSE
        stop: asyncio.Task[object] = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                if len(self._running) > self._settings.new_batch_threshold:
                    await asyncio.wait({stop, *self._running}, return_when=asyncio.FIRST_COMPLETED)
                    continue
                messages = await self._receive()
                for message in messages:
                    task: asyncio.Task[object] = asyncio.create_task(self._process(message))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                if messages:
                    pause = SHORTEST_PAUSE
                else:
                    await is_set_within(stopping, pause)
                    pause = min(pause * 2, max(self._settings.max_polling_interval, SHORTEST_PAUSE))
            if self._running:
                await asyncio.wait(self._running)
        finally:
            for task in (stop, *self._running):
                task.cancel()

    async def _receive(self) -> list[QueueMessage]:
        """One batch. A queue that does not exist counts as empty: the trigger does not create it."""
        pages = self._queue.receive_messages(
            messages_per_page=self._settings.batch_size,
            visibility_timeout=_seconds(self._lock),
            timeout=CALL_SECONDS,
        ).by_page()
        try:
            async for page in pages:
                return [message async for message in page]
        except ResourceNotFoundError:
            pass
        except AzureError as exc:
            logger.warning("The queue of '%s' cannot be read: %s", self._function.name, type(exc).__name__)
        return []

    async def _process(self, message: QueueMessage) -> None:
        receipt = Receipt(self._queue, message)
        try:
            if (message.dequeue_count or 0) > self._settings.max_dequeue_count:
                await self._to_poison_queue(receipt)
                return
            try:
                text = self._encoding.decode(message.content)
            except ValueError:
                logger.warning("A message for '%s' (Id=%s) is not base64", self._function.name, message.id)
                await self._to_poison_queue(receipt)
                return
            if await self._call(message, text, receipt):
                await receipt.delete()
            else:
                await self._after_failure(message, receipt)
        except AzureError as exc:
            logger.warning(
                "The message %s of '%s' could not be settled: %s",
                message.id,
                self._function.name,
                type(exc).__name__,
            )

    async def _call(self, message: QueueMessage, text: str, receipt: "Receipt") -> bool:
        done = asyncio.Event()
        renewal = asyncio.create_task(self._keep_locked(receipt, done))
        try:
            result = await self._invocations.run(
                self._function,
                string_datum(text),
                reason=f"New queue message detected on '{self._queue.queue_name}'.",
                metadata=message_metadata(text, _system_metadata(message)),
            )
        finally:
            done.set()
            # Not cancelled: a renewal under way gives the receipt that deletes the message.
            await renewal
        return result.ok

    async def _keep_locked(self, receipt: "Receipt", done: asyncio.Event) -> None:
        while not await is_set_within(done, self._renew_after):
            try:
                await receipt.hide(self._lock)
            except AzureError as exc:
                logger.warning(
                    "The lock of a message of '%s' was not renewed: %s",
                    self._function.name,
                    type(exc).__name__,
                )

    async def _after_failure(self, message: QueueMessage, receipt: "Receipt") -> None:
        if self._poison_queue is None:
            return  # a poison queue has none of its own: the message waits for its lock to run out
        if (message.dequeue_count or 0) >= self._settings.max_dequeue_count:
            await self._to_poison_queue(receipt)
        else:
            await receipt.hide(self._settings.visibility_timeout)

    async def _to_poison_queue(self, receipt: "Receipt") -> None:
        if self._poison_queue is None:
            return
        logger.warning("A message for '%s' moves to %s", self._function.name, self._poison_queue.queue_name)
        await send_creating(self._poison_queue, receipt.content)
        await receipt.delete()


class Receipt:
    """A message with the receipt that is valid now; every renewal gives a new one."""

    def __init__(self, queue: QueueClient, message: QueueMessage) -> None:
        self._queue = queue
        self._id = message.id
        self._pop_receipt = message.pop_receipt
        self.content: str = message.content

    async def hide(self, time: timedelta) -> None:
        """Keep the message hidden for that long from now on."""
        updated = await self._queue.update_message(
            self._id, self._pop_receipt, visibility_timeout=_seconds(time), timeout=CALL_SECONDS
        )
        self._pop_receipt = updated.pop_receipt

    async def delete(self) -> None:
        """The message is dealt with."""
        await self._queue.delete_message(self._id, self._pop_receipt, timeout=CALL_SECONDS)


def _system_metadata(message: QueueMessage) -> dict[str, Datum]:
    return {
        "Id": string_datum(message.id),
        "PopReceipt": string_datum(message.pop_receipt or ""),
        "DequeueCount": json_datum(message.dequeue_count),
        "ExpirationTime": json_datum(_iso(message.expires_on)),
        "InsertionTime": json_datum(_iso(message.inserted_on)),
        "NextVisibleTime": json_datum(_iso(message.next_visible_on)),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _seconds(time: timedelta) -> int:
    return int(time.total_seconds())
