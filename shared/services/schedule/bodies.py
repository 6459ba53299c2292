"""Bodies whose queue message was lost are taken in by the tick."""

import asyncio
import logging
from datetime import timedelta

from shared.errors import explained
from shared.ports import Bodies, Clock
from shared.services.applications.intake import Intake

logger = logging.getLogger(__name__)

# Functions cuts a tick at five minutes, and what comes after bodies must still be done.
_SECONDS = 100.0
# By then the queue has made its five tries, or its message is lost.
_QUEUE_HAS_TRIED = timedelta(minutes=15)


class WaitingBodies:
    """Takes in what was received and waits."""

    def __init__(self, *, bodies: Bodies, intake: Intake, clock: Clock) -> None:
        self._bodies = bodies
        self._intake = intake
        self._clock = clock

    async def sweep(self) -> int:
        """Take in bodies that wait. Those still on the queue are found done when it comes. Returns how many."""
        count = 0
        loop = asyncio.get_running_loop()
        over_at = loop.time() + _SECONDS
        async for content in self._bodies.waiting():
            if loop.time() >= over_at:
                logger.warning("bodies still wait; the next tick goes on")
                break
            body = await self._bodies.get(content)
            if body is None:
                continue
            given_up_on = self._clock.now() - body.received_at > _QUEUE_HAS_TRIED
            take_in = self._intake.try_for_the_last_time if given_up_on else self._intake.take_in
            try:
                await take_in(programme=body.programme, source=body.source, content=content)
                count += 1
            except Exception as exc:  # noqa: BLE001 -- one body must never keep the clock's other work from being done
                logger.error("submission %s could not be taken in: %s", content[:12], explained(exc))  # noqa: TRY400
        return count
