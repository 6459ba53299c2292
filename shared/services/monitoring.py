"""Equality monitoring, from the page to the figures: answers are put apart, mixed at night, and told as figures only.

What is put into the box stands under a key that only the sender's browser knows. A night moves what may leave it, in
an order that tells nothing, and nothing of the application goes with it.
"""

import logging
from collections.abc import Mapping
from random import Random

from shared.domain.form import Given
from shared.domain.monitoring import FEWEST, batch, figures, is_last_batch, monitored
from shared.log import step
from shared.ports import Clock, Monitoring, MonitoringBox
from shared.services.programmes import Current, Programmes

logger = logging.getLogger(__name__)


class MonitoringDesk:
    """Takes equality answers, mixes them, and tells figures."""

    def __init__(
        self, *, programmes: Programmes, box: MonitoringBox, monitoring: Monitoring, clock: Clock, random: Random
    ) -> None:
        self._programmes = programmes
        self._box = box
        self._monitoring = monitoring
        self._clock = clock
        self._random = random

    async def take(self, programme: str, key: str, given: Given) -> bool:
        """Put answers into the box; sent again under the same key they are there once. False if nothing is answered."""
        answers = monitored(given)
        if answers is None:
            return False
        await self._box.put(programme, key, answers)
        return True

    async def mix(self) -> None:
        """Move what may leave the box. Done again after it was cut off, it moves what is left."""
        for id_ in self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is not None:
                await self._mix(current)

    async def figures(self, programme: str) -> str:
        """The figures of a programme in words, or of all of them if there is none of that id."""
        ids = (programme,) if programme in self._programmes.ids() else self._programmes.ids()
        return " ".join([f"{id_}: {figures(await self._answers(id_))}" for id_ in ids])

    async def _answers(self, programme: str) -> list[Mapping[str, str]]:
        return [monitored.answers async for monitored in self._monitoring.all(programme)]

    async def _mix(self, current: Current) -> None:
        programme = current.programme.id
        waiting = await self._box.waiting(programme)
        last = is_last_batch(current.programme, current.closes_at, self._clock.now())
        leaving = batch(list(waiting), last=last, random=self._random)
        for key in leaving:
            await self._monitoring.add(programme, waiting[key])
        # Only when all are stored: a row that is left behind is stored again under its id, which changes nothing.
        for key in leaving:
            await self._box.remove(programme, key)
        if leaving:
            step(logger, f"{len(leaving)} equality answers mixed", programme=programme)
        if last and waiting and not leaving:
            # Figures of so few are never told, and rows of so few could be recognised.
            for key in waiting:
                await self._box.remove(programme, key)
            step(logger, f"equality answers of fewer than {FEWEST} deleted", programme=programme)
