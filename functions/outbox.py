"""The wake-up of a mailbox's worker."""

import logging

import azure.functions as func

from shared import bootstrap
from shared.stores.names import QueueName

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.function_name("work_mailbox")
@bp.queue_trigger("message", queue_name=QueueName.MAILBOXES.value, connection="AzureWebJobsStorage")
async def work_mailbox(message: func.QueueMessage) -> None:
    """Drain the queue that the message names."""
    await bootstrap.get_app().mailbox_worker.drain(message.get_body().decode())


@bp.function_name("note_failing_mailbox")
@bp.queue_trigger("message", queue_name=QueueName.MAILBOXES.poison, connection="AzureWebJobsStorage")
async def note_failing_mailbox(message: func.QueueMessage) -> None:
    """Say that a mailbox could not be worked off five times. Its work waits in the tables; the next tick wakes it."""
    del message
    logger.error("a mailbox could not be worked off five times; the next tick tries again")
