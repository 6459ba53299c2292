"""Opens the storage account: clients with short timeouts and one owner of retries, the SDK."""

from collections.abc import Callable
from typing import Any

from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient
from azure.storage.queue import TextBase64DecodePolicy, TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient, QueueServiceClient

from shared.adapters.table import AzureTable
from shared.settings import Storage
from shared.stores.names import ContainerName, QueueName, TableName

# A form provider waits 10 to 30 s for an answer, so a call with its retries must end well before that.
_OPTIONS: dict[str, Any] = {
    "retry_total": 3,
    "retry_backoff_factor": 0.3,
    "retry_backoff_max": 2,
    "connection_timeout": 2,
    "read_timeout": 5,
    # Else every call looks for a proxy and opens ~/.netrc, in another thread.
    "use_env_settings": False,
}
# Blobs and queues have a retry policy of their own, with other names for the same things.
_BLOB_AND_QUEUE_OPTIONS: dict[str, Any] = {
    "retry_total": 3,
    # Two seconds before each try, give or take one: the policy's own spread is three.
    "initial_backoff": 1,
    "increment_base": 1,
    "random_jitter_range": 1,
    "connection_timeout": 2,
    "read_timeout": 5,
    "use_env_settings": False,
}


class StorageAccount:
    """The account's tables, queues and containers, opened on first use inside the running event loop."""

    def __init__(self, settings: Storage, credential: Callable[[], Any]) -> None:
        connection = settings.connection
        if connection is not None:
            text = connection.get_secret_value()
            self._tables = TableServiceClient.from_connection_string(text, **_OPTIONS)
            self._blobs = BlobServiceClient.from_connection_string(text, **_BLOB_AND_QUEUE_OPTIONS)
            self._queues = QueueServiceClient.from_connection_string(text, **_BLOB_AND_QUEUE_OPTIONS)
        else:
            identity = credential()
            self._tables = TableServiceClient(str(settings.table_service_uri), credential=identity, **_OPTIONS)
            self._blobs = BlobServiceClient(
                str(settings.blob_service_uri), credential=identity, **_BLOB_AND_QUEUE_OPTIONS
            )
            self._queues = QueueServiceClient(
                str(settings.queue_service_uri), credential=identity, **_BLOB_AND_QUEUE_OPTIONS
            )

    def table(self, name: TableName) -> AzureTable:
        """One table."""
        return AzureTable(self.raw_table(name))

    def raw_table(self, name: TableName) -> TableClient:
        """One table as the SDK knows it, for whole copies."""
        return self._tables.get_table_client(name.value)

    def container(self, name: ContainerName) -> ContainerClient:
        """One container."""
        return self._blobs.get_container_client(name.value)

    def queue(self, name: QueueName) -> QueueClient:
        """One queue, in base64 both ways as the triggers of the Functions host expect."""
        return self._queues.get_queue_client(
            name.value,
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._tables.close()
        await self._blobs.close()
        await self._queues.close()
