"""Erasing a person: every table, every raw body, and a tombstone, so that no late copy and no restore brings them back.

What stays names nobody: the emptied row with its keys, and rows that hold references and hashes alone; the rule of each
table is in ``adapters/table_policies.py``. Exports are cleaned at night (``services/records/export_redaction.py``).
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

from shared.domain.answers import email_key
from shared.domain.application import Application, Status, erased
from shared.ports import MARKED, Bodies, Clock, Extracts, Person, Tombstone, Tombstones, Wakeups
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current, Programmes
from shared.services.base.queues import Queues
from shared.services.form.earlier import EARLIER, EarlierBook
from shared.services.form.quarantine import QuarantineService
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.commands import Commands
from shared.stores.drafts import Drafts
from shared.stores.lived_experience import LivedExperiences
from shared.stores.organisations import Organisations
from shared.stores.receptions import Receptions


class Eraser:
    """Removes people from everything that the account holds."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        lived_experience: LivedExperiences,
        approvals: Approvals,
        bookings: Bookings,
        checkins: CheckIns,
        commands: Commands,
        receptions: Receptions,
        bodies: Bodies,
        earlier: EarlierBook,
        quarantine: QuarantineService,
        drafts: Drafts,
        organisations: Organisations,
        extracts: Extracts,
        tombstones: Tombstones,
        writer: ApplicationWriter,
        wakeups: Wakeups,
        queues: Queues,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._lived_experience = lived_experience
        self._approvals = approvals
        self._bookings = bookings
        self._checkins = checkins
        self._commands = commands
        self._receptions = receptions
        self._bodies = bodies
        self._earlier = earlier
        self._quarantine = quarantine
        self._drafts = drafts
        self._organisations = organisations
        self._extracts = extracts
        self._tombstones = tombstones
        self._writer = writer
        self._wakeups = wakeups
        self._queues = queues
        self._clock = clock

    async def erase(self, current: Current, application: Application) -> bool:
        """Erase a person's application and whatever goes with it. False if it is gone. Doing it again is safe."""
        programme, reference = application.programme, application.reference
        # The tombstones first: from now on no restore brings the person back, wherever this is cut off.
        await self._tombstones.put(Tombstone(programme, reference, self._clock.now()))
        # Before name and address are gone: other rows are found by them.
        await self._erase_person(application)
        if not await self._empty(current, reference, who="an administrator", what="command: erase"):
            return False
        await self._remove_traces(current, [application])
        left = await self._extracts.application(programme, reference)
        await self._tombstones.put(Tombstone(programme, reference, self._clock.now(), left))
        return True

    async def _erase_person(self, application: Application) -> None:
        """Remove what no application's reference leads to, from every programme."""
        person = Person({application.reference}, application.person.full_name, application.person.email)
        if person.email:
            await self.erase_earlier(self._earlier.key(person.email))
            await self._drafts.forget(person.email)
        await self._forget_held(person)
        await self._mark(await self._commands.about(person))
        await self._commands.forget(person)
        known = await self._known_by_others(application)
        await self._mark(await self._organisations.besides(application.programme, known))
        await self._organisations.keep_only(application.programme, known)

    async def erase_held(self, reference: str) -> bool:
        """Erase somebody of whom an application is held back and nothing else. False if there is none such."""
        held = await self._quarantine.of(Person({reference}))
        for email in {one.email for one in held}:
            await self._forget_held(Person({reference}, email=email))
            await self._drafts.forget(email)
        return bool(held)

    async def _forget_held(self, person: Person) -> None:
        """Whatever else comes to wait for somebody's decision is removed here as well."""
        await self._mark([self._quarantine.mark(held) for held in await self._quarantine.of(person)])
        await self._quarantine.forget(person)

    async def _mark(self, marks: Sequence[str]) -> None:
        """Tombstones of single rows: exports and restores leave them out too."""
        for mark in marks:
            await self._tombstones.put(Tombstone(MARKED, mark, self._clock.now()))

    async def _known_by_others(self, application: Application) -> set[tuple[str, str]]:
        """The organisations with the mail domains that applications of other people name."""
        known = set()
        async for other in self._applications.all(application.programme):
            if other.reference == application.reference or other.status is Status.ERASED:
                continue
            managers = (other.manager, *(request.manager for request in other.requests))
            for address in (other.person.email, *(manager.email for manager in managers)):
                known.add((other.person.organisation, address.rpartition("@")[2]))
        return known

    async def erase_earlier(self, key: str) -> bool:
        """Erase somebody who was imported from an earlier cohort's sheet. False if there is nobody with this key."""
        if not await self._earlier.holds(key):
            return False
        await self._tombstones.put(Tombstone(EARLIER, key, self._clock.now()))
        await self._earlier.forget(key)
        return True

    async def also_held(self, application: Application) -> list[tuple[str, str]]:
        """Programme and reference of what else is held of the same person: other roles, cohorts, replaced forms."""
        email = email_key(application.person.email) if application.person.email else None
        found = []
        for programme in sorted(self._programmes.ids()):
            async for other in self._applications.all(programme):
                if (programme, other.reference) == (application.programme, application.reference):
                    continue
                same = other.person.email and email_key(other.person.email) == email
                replaced = programme == application.programme and other.replaced_by == application.reference
                replacing = programme == application.programme and other.reference == application.replaced_by
                if (same or replaced or replacing) and other.status is not Status.ERASED:
                    found.append((programme, other.reference))
        return found

    async def unread(self, application: Application) -> list[str]:
        """Bodies that could not be read as an application, and in which the person's address stands."""
        address = application.person.email.lower()
        if not address:
            return []
        spellings = {address.encode(), quote(address).encode(), quote(address, safe="@").encode()}
        found = []
        for programme in self._programmes.ids():
            async for reception in self._receptions.parked(programme):
                body = await self._bodies.get(reception.content)
                if body is not None and any(spelling.lower() in body.data.lower() for spelling in spellings):
                    found.append(reception.content[:12])
        return found

    async def forget(self, current: Current, applications: Sequence[Application]) -> None:
        """Empty applications that are kept no longer, and delete what goes with them. They leave no tombstone."""
        for application in applications:
            await self._empty(current, application.reference, who="the clock", what="kept no longer")
        await self._remove_traces(current, applications)

    async def remove_what_they_told(self, current: Current, applications: Sequence[Application]) -> None:
        """Delete raw bodies, words in check-ins, and last the rows by which it is known that something is held."""
        programme = current.programme.id
        references = {application.reference for application in applications}
        await self._checkins.empty(programme, references)
        async for reception in self._receptions.of(programme, references):
            await self._bodies.remove(reception.content)
        for application in applications:
            await self._bodies.remove(application.content)
            await self._lived_experience.remove(programme, application.reference)

    async def _remove_traces(self, current: Current, applications: Sequence[Application]) -> None:
        """Delete what is kept beside the applications' rows: whatever tables and blobs say of the people."""
        await self.remove_what_they_told(current, applications)
        for application in applications:
            programme, reference = application.programme, application.reference
            await self._remove_bookings(current, reference)
            await asyncio.gather(
                *(self._approvals.remove(programme, reference, request.number) for request in application.requests)
            )
        references = {application.reference for application in applications}
        person = Person(references)
        await self._commands.forget(person)
        await self._quarantine.forget(person)

    async def _empty(self, current: Current, reference: str, *, who: str, what: str) -> bool:
        """Empty the application's row. False if it is gone."""
        now = self._clock.now()

        def change(newest: Application) -> Application:
            return newest if newest.status is Status.ERASED else erased(newest, now=now)

        return await self._writer.change(current, reference, change, who=who, what=what) is not None

    async def _remove_bookings(self, current: Current, reference: str) -> None:
        """Every row of the person in any session. The events are looked at again, so that they lose the attendee."""
        programme = current.programme.id
        ids = [session.id for group in current.programme.groups for session in group.sessions]
        rows = await asyncio.gather(*(self._bookings.get(programme, session, reference) for session in ids))
        held = {row.session for row in rows if row is not None}
        await self._writer.calendars(current, held)
        await asyncio.gather(*(self._bookings.remove(programme, session, reference) for session in held))
        if held:
            await self._wakeups.mailbox(self._queues.of(current.programme))
