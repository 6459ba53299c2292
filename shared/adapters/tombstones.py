"""Who was erased, as small blobs beside the exports: a table that is restored from last night would not know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob.aio import ContainerClient

from shared.adapters.bodies import translated
from shared.domain.erasing import Tombstone
from shared.errors import LostRace

FOLDER = "erased/"
_TRIES = 6


class BlobTombstones:
    """See ``ports.Tombstones``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def put(self, tombstone: Tombstone) -> None:
        """See the port."""
        async with translated("write"):
            for _ in range(_TRIES):
                before, condition = await self._before(tombstone)
                try:
                    await self._write(_later(before, tombstone), condition)
                except (ResourceExistsError, ResourceModifiedError):
                    continue  # another hand erases the same person
                return
        raise LostRace("the tombstone is being changed by others at the same time")

    async def _before(self, tombstone: Tombstone) -> tuple[Tombstone | None, Mapping[str, Any]]:
        """What is there, and the condition that it is there still."""
        try:
            stream = await self._container.download_blob(f"{FOLDER}{tombstone.name}")
        except ResourceNotFoundError:
            return None, {"overwrite": False}
        unchanged = {"etag": stream.properties.etag, "match_condition": MatchConditions.IfNotModified}
        return _read(await stream.readall()), {"overwrite": True, **unchanged}

    async def _write(self, tombstone: Tombstone, condition: Mapping[str, Any]) -> None:
        at = tombstone.at.astimezone(UTC).isoformat()
        data = json.dumps(
            {"partition": tombstone.partition, "reference": tombstone.reference, "at": at, "left": tombstone.left}
        ).encode()
        await self._container.upload_blob(f"{FOLDER}{tombstone.name}", data, metadata={"at": at}, **condition)

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
                found.append(_read(await stream.readall()))
        return found


def _read(data: bytes) -> Tombstone:
    told = json.loads(data)
    return Tombstone(told["partition"], told["reference"], datetime.fromisoformat(told["at"]), told["left"])


def _later(before: Tombstone | None, tombstone: Tombstone) -> Tombstone:
    """The later of two; one that does not know yet what is left does not forget what the other knew."""
    if before is None:
        return tombstone
    return replace(tombstone, at=max(before.at, tombstone.at), left=tombstone.left or before.left)
