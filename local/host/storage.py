"""Clients of the storage account, each with time limits, and shared per connection string."""

from collections.abc import Mapping
from typing import Any

from azure.core.exceptions import AzureError
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from local.host.errors import FunctionError

CALL_SECONDS = 10
# One retry after a second or so: the listeners ask again anyway, and stopping must not wait for more.
PATIENCE: Mapping[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 30,
    "retry_total": 1,
    "initial_backoff": 1,
    "random_jitter_range": 1,
}


class Storage:
    """Opens clients and closes them all at the end."""

    def __init__(self) -> None:
        self._queues: dict[str, QueueServiceClient] = {}
        self._blobs: dict[str, BlobServiceClient] = {}

    def queue(self, connection_string: str, name: str) -> QueueClient:
        """A queue; texts pass through it as they are."""
        if connection_string not in self._queues:
            try:
                self._queues[connection_string] = QueueServiceClient.from_connection_string(
                    connection_string,
                    **PATIENCE,
                )
            except (ValueError, AzureError):
                raise FunctionError("The storage connection string cannot be read.") from None
        return self._queues[connection_string].get_queue_client(name)

    def container(self, connection_string: str, name: str) -> ContainerClient:
        """A blob container."""
        if connection_string not in self._blobs:
            try:
                self._blobs[connection_string] = BlobServiceClient.from_connection_string(
                    connection_string,
                    **PATIENCE,
                )
            except (ValueError, AzureError):
                raise FunctionError("The storage connection string cannot be read.") from None
        return self._blobs[connection_string].get_container_client(name)

    async def close(self) -> None:
        """Close every connection."""
        for queues in self._queues.values():
            await queues.close()
        for blobs in self._blobs.values():
            await blobs.close()
