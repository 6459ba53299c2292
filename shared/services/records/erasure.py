"""Erasing a person: every table, every raw body, and a tombstone, so that no late copy and no restore brings them back.

What stays names nobody: the emptied row with its keys, and rows that hold references and hashes alone; the rule of each
table is in ``adapters/table_policies.py``. Exports are cleaned at night (``services/records/export_redaction.py``).
"""

from collections.abc import Sequence

from shared.domain.application import Application, Status
from shared.domain.erasing import Person, Tombstone
from shared.domain.leaving import erased
from shared.ports import Clock, Extracts, Tombstones
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.records.traces import (
    EarlierTraces,
    HeldTraces,
    InterestTraces,
    Marks,
    ToldTraces,
    TracesBeside,
    TracesOfApplications,
)
from shared.stores.drafts import Drafts


class Eraser:
    """Removes people from everything that the account holds.

    ``beside``: what no application's reference leads to. ``told``: what participants told, which retention may take
    away before the rest. ``of_applications``: whatever else tables and blobs say of them.
    """

    def __init__(
        self,
        *,
        beside: TracesBeside,
        told: ToldTraces,
        of_applications: TracesOfApplications,
        extracts: Extracts,
        tombstones: Tombstones,
        writer: ApplicationWriter,
        clock: Clock,
    ) -> None:
        self._beside = beside
        self._told = told
        self._of_applications = of_applications
        self._extracts = extracts
        self._tombstones = tombstones
        self._writer = writer
        self._clock = clock

    async def erase(self, current: Current, application: Application) -> bool:
        """Erase a person's application and whatever goes with it. False if it is gone. Doing it again is safe."""
        programme, reference = application.programme, application.reference
        # The tombstones first: from now on no restore brings the person back, wherever this is cut off.
        await self._tombstones.put(Tombstone(programme, reference, self._clock.now()))
        # Before name and address are gone: other rows are found by them.
        for traces in self._beside:
            await _mark(self._tombstones, self._clock, await traces.marks(application))
            await traces.forget(application)
        if not await self._empty(current, reference, who="an administrator", what="command: erase"):
            return False
        await self._remove_traces(current, [application])
        left = await self._extracts.application(programme, reference)
        await self._tombstones.put(Tombstone(programme, reference, self._clock.now(), left))
        return True

    async def forget(self, current: Current, applications: Sequence[Application]) -> None:
        """Empty applications that are kept no longer, and delete what goes with them. They leave no tombstone."""
        for application in applications:
            await self._empty(current, application.reference, who="the clock", what="kept no longer")
        await self._remove_traces(current, applications)

    async def remove_what_they_told(self, current: Current, applications: Sequence[Application]) -> None:
        """Delete what these people told, and keep that they applied."""
        await self._told.remove(current, applications)

    async def _remove_traces(self, current: Current, applications: Sequence[Application]) -> None:
        for traces in (self._told, *self._of_applications):
            await traces.remove(current, applications)

    async def _empty(self, current: Current, reference: str, *, who: str, what: str) -> bool:
        """Empty the application's row. False if it is gone."""
        now = self._clock.now()

        def change(newest: Application) -> Application:
            return newest if newest.status is Status.ERASED else erased(newest, now=now)

        return await self._writer.change(current, reference, change, who=who, what=what) is not None


class EraserWithoutApplication:
    """Erases people who have no application."""

    def __init__(
        self,
        *,
        earlier: EarlierTraces,
        listed: InterestTraces,
        held: HeldTraces,
        drafts: Drafts,
        tombstones: Tombstones,
        clock: Clock,
    ) -> None:
        self._earlier = earlier
        self._listed = listed
        self._held = held
        self._drafts = drafts
        self._tombstones = tombstones
        self._clock = clock

    async def erase_earlier(self, key: str) -> bool:
        """Erase somebody who was imported from an earlier cohort's sheet. False if there is nobody with this key."""
        marks = await self._earlier.marks_of(key)
        await _mark(self._tombstones, self._clock, marks)
        if marks:
            await self._earlier.forget_row(key)
        return bool(marks)

    async def erase_listed(self, key: str) -> bool:
        """Erase somebody who only waits to hear of a cohort. False if there is nobody with this key."""
        marks = await self._listed.marks_of(key)
        await _mark(self._tombstones, self._clock, marks)
        await self._listed.forget_rows(key)
        return bool(marks)

    async def erase_held(self, reference: str) -> bool:
        """Erase somebody of whom an application is held back and nothing else. False if there is none such."""
        addresses = await self._held.addresses(reference)
        for email in addresses:
            person = Person({reference}, email=email)
            await _mark(self._tombstones, self._clock, await self._held.marks_of(person))
            await self._held.forget_person(person)
            await self._drafts.forget(email)
        return bool(addresses)


async def _mark(tombstones: Tombstones, clock: Clock, marks: Marks) -> None:
    """Tombstones of single rows: exports and restores leave them out too."""
    for partition, mark in marks:
        await tombstones.put(Tombstone(partition, mark, clock.now()))
