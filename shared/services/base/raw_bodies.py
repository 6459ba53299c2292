"""Raw bodies on their way in: stored under their content hash before anything else is done with them."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from shared.log import step
from shared.ports import Bodies, Body, Clock, Metric, Metrics, Wakeups

logger = logging.getLogger(__name__)

_AT_A_TIME = 20


class RawBodies:
    """Stores what was sent and says on the queue that it is there."""

    def __init__(self, *, bodies: Bodies, wakeups: Wakeups, metrics: Metrics, clock: Clock) -> None:
        self._bodies = bodies
        self._wakeups = wakeups
        self._metrics = metrics
        self._clock = clock

    async def hold(self, *, programme: str, source: str, body: bytes) -> str:
        """Store a body that somebody is to look at before it is taken in. Returns the content hash."""
        content = hashlib.sha256(body).hexdigest()
        held = Body(content=content, programme=programme, source=source, received_at=self._clock.now(), data=body)
        await self._bodies.keep(held, waiting=False)
        return content

    async def keep(self, *, programme: str, source: str, body: bytes, wake: bool = True) -> str:
        """Store a body whose sender is known, and say so on the queue. Returns the content hash.

        Without ``wake`` the next tick finds it: whoever runs a command by hand may write to no queue.
        """
        content = await self._store(programme, source, self._clock.now(), body, wake=wake)
        self._metrics.count(Metric.ACCEPTED, source=source)
        step(logger, "accepted", submission=content, programme=programme)
        return content

    async def keep_apart(self, batch: Body, rows: Sequence[bytes]) -> None:
        """Store each response of a batch as a body of its own, received when the batch was.

        One that cannot be read is then parked alone. Doing it again changes nothing.
        """
        for some in batched(rows, _AT_A_TIME, strict=False):
            await asyncio.gather(*(self._store(batch.programme, batch.source, batch.received_at, row) for row in some))

    async def _store(
        self, programme: str, source: str, received_at: datetime, data: bytes, *, wake: bool = True
    ) -> str:
        content = hashlib.sha256(data).hexdigest()
        await self._bodies.keep(Body(content, programme, source, received_at, data))
        if wake:
            await self._wakeups.submission(programme, source, content)
        return content
