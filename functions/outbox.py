"""The postman's bell."""

import logging

import azure.functions as func

from shared import bootstrap
from shared.stores.names import QueueName

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.function_name("run_postman")
@bp.queue_trigger("message", queue_name=QueueName.POSTMAN.value, connection="AzureWebJobsStorage")
async def run_postman(message: func.QueueMessage) -> None:
    """Drain the lane that the message names."""
    await bootstrap.get_app().postman.drain(message.get_body().decode())


@bp.function_name("note_failing_postman")
@bp.queue_trigger("message", queue_name=QueueName.POSTMAN.poison, connection="AzureWebJobsStorage")
async def note_failing_postman(message: func.QueueMessage) -> None:
    """Say that a lane could not be drained five times. Its work waits in the tables, and the next tick rings again."""
    del message
    logger.error("the postman could not come five times; the next tick sends for it again")
