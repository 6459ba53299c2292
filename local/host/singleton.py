"""The lock that lets one host at a time run a timer: a blob lease."""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob.aio import BlobLeaseClient, ContainerClient

from local.host.storage import CALL_SECONDS
from local.host.waiting import is_set_within

logger = logging.getLogger(__name__)

CONFLICT = 409
LEASE = timedelta(seconds=60)
RENEW_AFTER = timedelta(seconds=20)
# The real host asks once a minute; a developer should not wait that long.
ASK_AGAIN_AFTER = timedelta(seconds=5)


class SingletonLock:
    """Held through a lease that is renewed until it is released or lost."""

    def __init__(
        self,
        container: ContainerClient,
        name: str,
        *,
        lease: timedelta = LEASE,
        renew_after: timedelta = RENEW_AFTER,
        ask_again_after: timedelta = ASK_AGAIN_AFTER,
    ) -> None:
        self._container = container
        self._name = name
        self._lease_time = lease
        self._renew_after = renew_after
        self._ask_again_after = ask_again_after

    async def acquire(self, stopping: asyncio.Event) -> BlobLeaseClient | None:
        """Ask until the lock is ours; None if the host stops first."""
        told = False
        while not stopping.is_set():
            try:
                lease = await self._try_acquire()
            except AzureError as exc:
                logger.warning("The lock %s cannot be asked for: %s", self._name, type(exc).__name__)
            else:
                if lease is not None:
                    return lease
                if not told:
                    logger.info("Another host holds the lock %s", self._name)
                    told = True
            await is_set_within(stopping, self._ask_again_after)
        return None

    async def keep(self, lease: BlobLeaseClient, released: asyncio.Event) -> None:
        """Renew until ``released``; returns early if the lease is lost, because then another host may run."""
        while not await is_set_within(released, self._renew_after):
            try:
                await lease.renew(timeout=CALL_SECONDS)
            except AzureError as exc:
                logger.warning("The lock %s is lost: %s", self._name, type(exc).__name__)
                return

    async def release(self, lease: BlobLeaseClient) -> None:
        """Let another host have it at once."""
        try:
            await lease.release(timeout=CALL_SECONDS)
        except AzureError as exc:
            logger.warning("The lock %s was not released: %s", self._name, type(exc).__name__)

    async def _try_acquire(self) -> BlobLeaseClient | None:
        lease = BlobLeaseClient(self._container.get_blob_client(self._name))
        try:
            try:
                await self._acquire(lease)
            except ResourceNotFoundError:
                await self._create_blob()
                await self._acquire(lease)
        except HttpResponseError as exc:
            if exc.status_code == CONFLICT:
                return None
            raise
        return lease

    async def _acquire(self, lease: BlobLeaseClient) -> None:
        await lease.acquire(lease_duration=int(self._lease_time.total_seconds()), timeout=CALL_SECONDS)

    async def _create_blob(self) -> None:
        with suppress(ResourceExistsError):
            await self._container.create_container(timeout=CALL_SECONDS)
        with suppress(ResourceExistsError):
            await self._container.upload_blob(self._name, b"", timeout=CALL_SECONDS)
