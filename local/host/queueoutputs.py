"""Queue output bindings, and the form that a message has on the wire."""

import base64
import binascii
import json
from collections.abc import Sequence

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.datums import Datum
from local.host.functions import Function
from local.host.settings import AppSettings
from local.host.storage import CALL_SECONDS, Storage


class MessageEncoding:
    """Base64 around the text, or nothing, as ``host.json`` says."""

    def __init__(self, *, base64: bool) -> None:
        self._base64 = base64

    def encode(self, body: bytes) -> str:
        """To the queue."""
        return base64.b64encode(body).decode() if self._base64 else body.decode()

    def decode(self, content: str) -> str:
        """From the queue; ValueError if it is not base64."""
        if not self._base64:
            return content
        try:
            return base64.b64decode(content, validate=True).decode("utf-8", "replace")
        except binascii.Error as exc:
            raise ValueError("not base64") from exc


class QueueOutputs:
    """Sends what a function wrote to its queue outputs."""

    def __init__(self, storage: Storage, settings: AppSettings, encoding: MessageEncoding) -> None:
        self._storage = storage
        self._settings = settings
        self._encoding = encoding

    async def send(self, function: Function, written: Sequence[tuple[str, Datum]]) -> None:
        """Send every message; a queue that does not exist is created."""
        outputs = {output.parameter: output for output in function.outputs}
        for parameter, datum in written:
            output = outputs[parameter]
            connection_string = self._settings.connection_string(output.connection)
            queue = self._storage.queue(connection_string, output.queue)
            for body in messages_of(datum):
                await send_creating(queue, self._encoding.encode(body))


async def send_creating(queue: QueueClient, content: str) -> None:
    """Send to a queue, creating it first if it is missing."""
    try:
        await queue.send_message(content, timeout=CALL_SECONDS)
    except ResourceNotFoundError:
        await queue.create_queue(timeout=CALL_SECONDS)
        await queue.send_message(content, timeout=CALL_SECONDS)


def messages_of(datum: Datum) -> list[bytes]:
    """The messages in what a function wrote: one text, one QueueMessage, or a list of either."""
    if datum.type == "bytes":
        return [bytes(datum.value)]
    if datum.type == "json":
        content = json.loads(datum.value)
        return [_body_of(item) for item in (content if isinstance(content, list) else [content])]
    return [str(datum.value).encode()]


def _body_of(item: object) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, dict) and set(item) == {"id", "body"}:
        return str(item["body"]).encode()
    return json.dumps(item).encode()
