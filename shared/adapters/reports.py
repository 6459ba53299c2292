"""Files for the team, in a container that some of them may read."""

import contextlib

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import ContainerClient

from shared.adapters.bodies import translated


class BlobReports:
    """See ``ports.Reports``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def write(self, name: str, data: bytes, content_type: str) -> None:
        """See the port."""
        async with translated("write"):
            settings = ContentSettings(content_type=content_type)
            await self._container.upload_blob(name, data, overwrite=True, content_settings=settings)

    async def remove(self, name: str) -> None:
        """See the port."""
        async with translated("delete"):
            with contextlib.suppress(ResourceNotFoundError):
                await self._container.delete_blob(name)
