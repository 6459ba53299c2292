"""Deleting what need not be held any longer, after administrators were told.

Each month in which something is going to be due, administrators of the programme get a notice. What is due goes at
night, when a notice that speaks of it was sent two weeks ago or more. ``KeepUntil`` in ``Programmes`` stops all of it.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.domain import retention, rhythm, wording
from shared.domain.application import Application, Status
from shared.domain.outbox import TOLD
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.retention import Due, Stage
from shared.log import step
from shared.ports import Clock, Extracts, WhoTold
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.records.erasure import Eraser
from shared.stores.applications import Applications
from shared.stores.equality import Monitoring
from shared.stores.messages import Messages

logger = logging.getLogger(__name__)

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class _Found:
    """The applications of a programme that are due today."""

    whole: list[Application]
    told: list[Application]


class Retention:
    """Says what is going to be deleted, and deletes it."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        told: WhoTold,
        monitoring: Monitoring,
        messages: Messages,
        extracts: Extracts,
        eraser: Eraser,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._told = told
        self._monitoring = monitoring
        self._messages = messages
        self._extracts = extracts
        self._eraser = eraser
        self._outbox = outbox
        self._clock = clock

    async def notice(self, current: Current) -> dict[str, Any] | None:
        """What the notice of this month says, or None if there is nothing to tell."""
        due = await self._due(current, retention.noticed_until(self._today))
        if not due:
            return None
        return {
            "programme": current.programme.name,
            "id": current.programme.id,
            "items": [_in_words(one) for one in due],
            "kept_until": wording.day(current.row.keep_until) if current.row.keep_until else "",
        }

    async def give_notice(self) -> None:
        """Queue this month's notice for every programme in which something is going to be due, on a working day."""
        if not rhythm.is_working_day(self._today):
            return
        for id_ in self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is None or not await self._due(current, retention.noticed_until(self._today)):
                continue
            slug, _ = retention.notice_slugs(self._today)
            now = self._clock.now()
            mail = Mail(message_id(id_, slug), Kind.RETENTION, About.PROGRAMME, id_, To.ADMINISTRATORS, now)
            await self._outbox.post(current.programme, mail)

    async def report(self, programme: str) -> str:
        """What would go tonight and until the end of next month, in words. Nothing is deleted."""
        parts = []
        for id_ in (programme,) if programme in self._programmes.ids() else self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is None:
                continue
            tonight = await self._due(current, self._today)
            later = await self._due(current, retention.noticed_until(self._today))
            why_not = await self._stopped(current) if tonight else ""
            parts.append(
                f"{id_}: due now: {_listed(tonight)}{f' (waits: {why_not})' if why_not else ''}; "
                f"until {wording.day(retention.noticed_until(self._today))}: {_listed(later)}."
            )
        return " ".join([*parts, "Nothing was deleted."])

    async def further(self, *, seconds: float) -> bool:
        """Delete what is due for so long. True when nothing is left to do."""
        until = asyncio.get_running_loop().time() + seconds
        for id_ in self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is not None and not await self._delete(current, until):
                return False
        return True

    async def _delete(self, current: Current, until: float) -> bool:
        if self._today < retention.nothing_before(current.programme, current.closes_at):
            return True
        found = await self._found(current)
        rest = retention.rest_until(current.programme)
        over = rest is not None and rest <= self._today
        answered = retention.equality_answers_until(current.programme)
        forget_answers = (
            answered is not None and answered <= self._today and await self._monitoring.holds(current.programme.id)
        )
        if not (found.whole or found.told or forget_answers or over) or await self._stopped(current):
            return True
        steps = ((found.told, self._eraser.remove_what_they_told), (found.whole, self._eraser.forget))
        for applications, delete in steps:
            for begin in range(0, len(applications), _AT_ONCE):
                if asyncio.get_running_loop().time() >= until:
                    return False
                some = applications[begin : begin + _AT_ONCE]
                await delete(current, some)
                step(logger, f"{len(some)} people's data was kept no longer", programme=current.programme.id)
        if forget_answers:
            await self._monitoring.clear(current.programme.id)
            step(logger, "answers to equality questions were kept no longer", programme=current.programme.id)
        if over:
            await self._extracts.clear(current.programme.id)
            step(logger, "the programme's last rows were kept no longer", programme=current.programme.id)
        return True

    async def _found(self, current: Current) -> _Found:
        programme, closes_at, today = current.programme, current.closes_at, self._today
        found = _Found([], [])
        async for application in self._applications.all(programme.id):
            if application.status is Status.ERASED:
                continue
            if retention.forget_on(programme, application, closes_at) <= today:
                found.whole.append(application)
            elif retention.told_until(programme, application, closes_at) <= today:
                found.told.append(application)
        if found.told:
            told = await self._told.references(programme.id)
            found.told[:] = [application for application in found.told if application.reference in told]
        return found

    async def _stopped(self, current: Current) -> str:
        """Why nothing goes tonight although something is due, or ''."""
        kept = current.row.keep_until
        if kept is not None and kept >= self._today:
            return f"KeepUntil is {kept.isoformat()}"
        for slug in retention.notice_slugs(self._today):
            message = await self._messages.get(current.programme.id, message_id(current.programme.id, slug))
            sent = message.value.sent_at if message and message.value.status in TOLD else None
            if sent is not None and self._clock.now() - sent >= retention.NOTICE:
                return ""
        return "no notice of it is two weeks old"

    async def _due(self, current: Current, day: date) -> list[Due]:
        programme, closes_at = current.programme, current.closes_at
        if day < retention.nothing_before(programme, closes_at):
            return []
        applications = [a async for a in self._applications.all(programme.id)]
        told = await self._told.references(programme.id)
        return retention.due_until(
            day,
            programme,
            applications,
            closes_at,
            told=told,
            equality_answers=await self._monitoring.holds(programme.id),
        )

    @property
    def _today(self) -> date:
        return self._clock.now().date()


def _in_words(due: Due) -> str:
    first = wording.day(due.first)
    if due.stage in {Stage.EQUALITY_ANSWERS, Stage.WHAT_NAMES_NOBODY}:
        return f"{due.stage}, from {first}"
    return f"{due.stage}: {due.people} {'person' if due.people == 1 else 'people'}, from {first}"


def _listed(due: list[Due]) -> str:
    return ", ".join(_in_words(one) for one in due) or "nothing"
