"""Leases on blobs: one holder across all instances, renewed while held, free again soon after a holder dies."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.storage.blob.aio import BlobLeaseClient, ContainerClient

from shared.errors import TemporaryFailure

_LEASE_SECONDS = 30
_RENEW_SECONDS = 10
_CONFLICT = 409

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Held:
    """See ``ports.Lease``."""

    held: bool


class BlobLocks:
    """See ``ports.Locks``."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[Held]:
        """See the port."""
        lease = await self._acquire(name)
        held = Held(held=lease is not None)
        if lease is None:
            yield held
            return
        renewing = asyncio.create_task(_keep(lease, held))
        try:
            yield held
        finally:
            held.held = False  # for whoever looks late: nothing new is begun under it
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing
            with contextlib.suppress(AzureError):  # it runs out by itself
                await lease.release()

    async def _acquire(self, name: str) -> BlobLeaseClient | None:
        blob = self._container.get_blob_client(name)
        try:
            return await blob.acquire_lease(_LEASE_SECONDS)
        except HttpResponseError as exc:
            if exc.status_code == _CONFLICT:
                return None
            if exc.status_code != 404:  # noqa: PLR2004 -- the blob is made on first use
                raise TemporaryFailure(f"blob storage answered {exc.status_code} to a lease") from exc
        except AzureError as exc:
            raise TemporaryFailure("blob storage did not answer a lease") from exc
        try:
            with contextlib.suppress(ResourceExistsError):
                await blob.upload_blob(b"", overwrite=False)
            return await blob.acquire_lease(_LEASE_SECONDS)
        except HttpResponseError as exc:
            if exc.status_code == _CONFLICT:
                return None
            raise TemporaryFailure(f"blob storage answered {exc.status_code} to a lease") from exc


async def _keep(lease: BlobLeaseClient, held: Held) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        try:
            await lease.renew()
        except AzureError:
            # Its holder begins nothing new. What is under way may end: writes are conditional, so that a successor
            # who takes over meanwhile costs work and not correctness.
            held.held = False
            logger.warning("a lease could not be renewed")
            return
