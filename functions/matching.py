"""The queue behind which pairs are drafted."""

import logging

import azure.functions as func

from shared import bootstrap
from shared.stores.names import QueueName

bp = func.Blueprint()
logger = logging.getLogger(__name__)


@bp.function_name("work_pairs")
@bp.queue_trigger("message", queue_name=QueueName.PAIRS.value, connection="AzureWebJobsStorage")
async def work_pairs(message: func.QueueMessage) -> None:
    """Draft or explain pairs of the programme that the message names."""
    await bootstrap.get_app().pairs_work.work_off(message.get_body().decode())


@bp.function_name("note_failing_pairs")
@bp.queue_trigger("message", queue_name=QueueName.PAIRS.poison, connection="AzureWebJobsStorage")
async def note_failing_pairs(message: func.QueueMessage) -> None:
    """Say that pairs could not be drafted five times. The command waits in its row; the next tick wakes it again."""
    del message
    logger.error("pairs could not be drafted five times; the next tick tries again")
