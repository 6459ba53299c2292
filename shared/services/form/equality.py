"""Equality monitoring, from the page to the figures: answers are put apart, mixed at night, and told as figures only.

The box is sealed, and sealed anew whenever somebody sends an application, whether or not they answer. A night moves
what may leave it, in an order that tells nothing, and nothing of the application goes with it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from random import Random

from shared.domain.disclosure import Table
from shared.domain.draft import hour_of
from shared.domain.equality import FEWEST, Box, answers_of, breakdowns, in_words, is_last_batch
from shared.domain.form import Given
from shared.errors import LostRace, TemporaryFailure
from shared.log import step
from shared.ports import Clock
from shared.services.base.programmes import Current, Programmes
from shared.services.base.told_figures import ToldFigures
from shared.stores.equality import Monitoring, MonitoringBox

logger = logging.getLogger(__name__)

_TRIES = 20
_PAUSE = 0.02


class EqualityService:
    """Takes equality answers, mixes them, and tells figures."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        box: MonitoringBox,
        monitoring: Monitoring,
        told: ToldFigures,
        clock: Clock,
        random: Random,
    ) -> None:
        self._programmes = programmes
        self._box = box
        self._monitoring = monitoring
        self._told = told
        self._clock = clock
        self._random = random

    async def touch(self, programme: str) -> None:
        """Seal the box anew, as is done whenever an application is sent: so its time tells nobody who has answered.

        If it fails, or somebody else has just done it, nothing is lost.
        """
        try:
            stored = await self._box.get(programme)
            await self._box.replace(programme, stored.value, stored.etag)
        except TemporaryFailure as exc:
            logger.warning("the box of equality answers was not sealed anew: %s", exc.reason)

    async def has_answered(self, programme: str, mark: str) -> bool:
        """Whether answers came from the browser of that mark, today."""
        return mark in (await self._box.get(programme)).value.marks

    async def take(self, programme: str, mark: str, given: Given) -> None:
        """Put answers into the box; from one browser they are there once. Without an answer it is only sealed anew."""
        answers = answers_of(given)
        if answers is None or not mark:
            await self.touch(programme)
            return
        await self._change(programme, lambda box: box.with_answers(mark, answers))

    async def mix(self) -> None:
        """Move what may leave the box. Done again after it was cut off, it moves what is left."""
        for id_ in self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is not None:
                await self._mix(current)

    async def figures(self, programme: str) -> str:
        """The figures of a programme in words, or of all of them if there is none of that id."""
        ids = (programme,) if programme in self._programmes.ids() else self._programmes.ids()
        return " ".join([f"{id_}: {in_words(await self.tables(id_))}" for id_ in ids])

    async def tables(self, programme: str) -> tuple[Table, ...]:
        """The same as protected tables. What is told once is remembered, and protected later."""
        answers = [one.answers async for one in self._monitoring.all(programme)]
        return await self._told.protected(
            programme, "equality", breakdowns(programme, answers), day=self._clock.now().date()
        )

    async def _mix(self, current: Current) -> None:
        programme, now = current.programme.id, self._clock.now()
        last = is_last_batch(current.programme, current.closes_at, now)
        before = (await self._box.get(programme)).value
        if not (before.waiting or before.leaving):
            return
        # What leaves is decided and written down before any of it is stored, so that a night that is cut off goes on
        # with the same answers: stored again under their ids, they change nothing.
        box = await self._change(
            programme, lambda newest: newest.at_night(last=last, hour=hour_of(now), random=self._random)
        )
        for answers in box.leaving:
            await self._monitoring.add(programme, answers)
        await self._change(programme, lambda newest: replace(newest, leaving=()))
        if box.leaving:
            step(logger, f"{len(box.leaving)} equality answers mixed", programme=programme)
        elif last:
            step(logger, f"equality answers of fewer than {FEWEST} deleted", programme=programme)

    async def _change(self, programme: str, change: Callable[[Box], Box]) -> Box:
        """Write a changed box, whoever else writes meanwhile. It is written even if nothing in it is changed."""
        for attempt in range(_TRIES):
            stored = await self._box.get(programme)
            changed = change(stored.value)
            if await self._box.replace(programme, changed, stored.etag):
                return changed
            # Many may send at once: whoever lost makes way, the longer the more often.
            await asyncio.sleep(self._random.uniform(0, _PAUSE * (attempt + 1)))
        raise LostRace("the box of equality answers is being changed elsewhere")
