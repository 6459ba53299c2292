"""Who was erased, as small blobs beside the exports: a table that is restored from last night would not know."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from azure.storage.blob.aio import ContainerClient

from shared.adapters.bodies import translated
from shared.ports import Tombstone

FOLDER = "erased/"


class BlobTombstones:
    """See ``ports.Tombstones``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def put(self, tombstone: Tombstone) -> None:
        """See the port."""
        data = json.dumps(
            {
                "partition": tombstone.partition,
                "reference": tombstone.reference,
                "at": tombstone.at.astimezone(UTC).isoformat(),
                "left": tombstone.left,
            }
        ).encode()
        metadata = {"at": tombstone.at.astimezone(UTC).isoformat()}
        async with translated("write"):
            await self._container.upload_blob(f"{FOLDER}{tombstone.name}", data, overwrite=True, metadata=metadata)

    async def remove_before(self, instant: datetime) -> None:
        """See the port."""
        async with translated("delete"):
            async for blob in self._container.list_blobs(name_starts_with=FOLDER, include=["metadata"]):
                if datetime.fromisoformat((blob.metadata or {})["at"]) < instant:
                    await self._container.delete_blob(blob.name)

    async def since(self, instant: datetime) -> Sequence[Tombstone]:
        """See the port."""
        found = []
        async with translated("read"):
            async for blob in self._container.list_blobs(name_starts_with=FOLDER, include=["metadata"]):
                if datetime.fromisoformat((blob.metadata or {})["at"]) < instant:
                    continue
                stream = await self._container.download_blob(blob.name)
                told = json.loads(await stream.readall())
                at = datetime.fromisoformat(told["at"])
                found.append(Tombstone(told["partition"], told["reference"], at, told["left"]))
        return found
