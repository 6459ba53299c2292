"""Raw bodies as blobs named by their content hash. A tag marks those that wait, so the tick finds only them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from shared.errors import TemporaryFailure
from shared.ports import Body, BodyName

# An index tag costs nothing on the request path (it travels with the upload) and can be searched without listing; a
# second container could be left between copy and deletion. Searching needs the role Storage Blob Data Owner. The index
# may lag: a body that is taken in twice changes nothing.
_WAITING = {"Intake": "waiting"}
_WAITING_QUERY = "\"Intake\"='waiting'"


class BodyContainer:
    """See ``ports.Bodies``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def keep(self, body: Body, *, waiting: bool = True) -> bool:
        """See the port."""
        metadata = {
            "programme": body.programme,
            "source": body.source,
            "receivedat": body.received_at.astimezone(UTC).isoformat(),
        }
        async with translated("store"):
            try:
                await self._container.upload_blob(
                    body.content,
                    body.data,
                    length=len(body.data),
                    overwrite=False,
                    metadata=metadata,
                    tags=_WAITING if waiting else None,
                )
            except ResourceExistsError:
                return False  # the name is the content: whoever wrote it, the same bytes are there
        return True

    async def get(self, content: str) -> Body | None:
        """See the port."""
        async with translated("read"):
            try:
                stream = await self._container.download_blob(content)
                data = await stream.readall()
            except ResourceNotFoundError:
                return None
        metadata = stream.properties.metadata or {}
        return Body(
            content=content,
            programme=metadata["programme"],
            source=metadata["source"],
            received_at=datetime.fromisoformat(metadata["receivedat"]),
            data=data,
        )

    async def wait_again(self, content: str) -> None:
        """See the port."""
        await self._mark(content, _WAITING)

    async def move(self, content: str, programme: str) -> None:
        """See the port."""
        blob = self._container.get_blob_client(content)
        async with translated("move"):
            try:
                told = (await blob.get_blob_properties()).metadata or {}
                if told.get("programme") != programme:
                    await blob.set_blob_metadata({**told, "programme": programme})
            except ResourceNotFoundError:
                return

    async def taken_in(self, content: str) -> None:
        """See the port."""
        await self._mark(content, {})

    async def _mark(self, content: str, tags: dict[str, str]) -> None:
        async with translated("mark"):
            try:
                await self._container.get_blob_client(content).set_blob_tags(tags)
            except ResourceNotFoundError:
                return

    async def remove(self, content: str) -> None:
        """See the port."""
        async with translated("delete"):
            try:
                await self._container.delete_blob(content)
            except ResourceNotFoundError:
                return

    async def waiting(self) -> AsyncIterator[str]:
        """See the port."""
        async with translated("find"):
            async for blob in self._container.find_blobs_by_tags(_WAITING_QUERY):
                yield str(blob.name)

    async def received_since(self, instant: datetime) -> AsyncIterator[BodyName]:
        """See the port."""
        async with translated("list"):
            async for blob in self._container.list_blobs(include=["metadata"]):
                told = blob.metadata or {}
                if datetime.fromisoformat(told["receivedat"]) >= instant:
                    yield BodyName(told["programme"], str(blob.name))


@asynccontextmanager
async def translated(doing: str) -> AsyncIterator[None]:
    """Turn the SDK's errors of blobs into ours."""
    try:
        yield
    except HttpResponseError as exc:
        raise TemporaryFailure(f"blob storage answered {exc.status_code} to a {doing}") from exc
    except AzureError as exc:
        raise TemporaryFailure(f"blob storage did not answer a {doing}") from exc
