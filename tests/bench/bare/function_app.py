"""The least that a webhook can do: hash the body, upload it if it is new, put a message on a queue. No checks at all.

The clients have the options of ``shared/adapters/storage.py``, so that only the app's own work makes a difference.
"""

import hashlib
import os
from typing import Any

import azure.functions as func
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue import TextBase64DecodePolicy, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

_OPTIONS: dict[str, Any] = {
    "retry_total": 3,
    "initial_backoff": 1,
    "increment_base": 2,
    "connection_timeout": 2,
    "read_timeout": 5,
}

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
_opened: list[tuple[ContainerClient, QueueClient]] = []


def _clients() -> tuple[ContainerClient, QueueClient]:
    """Opened on first use, inside the event loop that uses them."""
    if not _opened:
        connection = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 -- the name that Azure gives it
        queue = QueueClient.from_connection_string(
            connection,
            "bare",
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
            **_OPTIONS,
        )
        _opened.append((ContainerClient.from_connection_string(connection, "bare", **_OPTIONS), queue))
    return _opened[0]


@app.function_name("bare")
@app.route("webhooks/{source}/{programme}", methods=["POST"])
async def bare(req: func.HttpRequest) -> func.HttpResponse:
    body = req.get_body()
    content = hashlib.sha256(body).hexdigest()
    container, queue = _clients()
    try:
        await container.upload_blob(content, body, length=len(body), overwrite=False)
    except ResourceExistsError:
        return func.HttpResponse(status_code=409)
    await queue.send_message(content)
    return func.HttpResponse(content)
