"""Makes the tables, queues and containers in Azurite that ``infra/`` makes in Azure."""

import contextlib
from itertools import chain

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from shared.stores.names import ContainerName, QueueName, TableName


def create_all(connection: str) -> None:
    """Create what is missing; what is there stays as it is."""
    with TableServiceClient.from_connection_string(connection) as tables:
        for table in TableName:
            tables.create_table_if_not_exists(table.value)
    with QueueServiceClient.from_connection_string(connection) as queues:
        for name in chain.from_iterable((queue.value, queue.poison) for queue in QueueName):
            with contextlib.suppress(ResourceExistsError):
                queues.create_queue(name)
    with BlobServiceClient.from_connection_string(connection) as blobs:
        for container in ContainerName:
            with contextlib.suppress(ResourceExistsError):
                blobs.create_container(container.value)
