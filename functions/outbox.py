"""The postman's bell."""

import azure.functions as func

from shared import bootstrap
from shared.adapters.names import QueueName

bp = func.Blueprint()


@bp.function_name("run_postman")
@bp.queue_trigger("message", queue_name=QueueName.POSTMAN.value, connection="AzureWebJobsStorage")
async def run_postman(message: func.QueueMessage) -> None:
    """Drain the lane that the message names."""
    await bootstrap.get_app().postman.drain(message.get_body().decode())
