"""Applications that are held back, and their bodies.

Those that may not be a person's wait for administrators, who let them in or remove them by command. Their row is
written before the body is stored, so nothing is ever held that nobody sees. Those that would change an application that
stands, by another response, wait for the owner of its address (``services/applications/changes.py``): that they wait
stands in the application, and the row here shows administrators what came.
"""

from dataclasses import replace

from shared.domain.answers import email_key
from shared.domain.application import CHANGES_ARE_KEPT, Application
from shared.domain.erasing import MARKED, Person, Tombstone
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.programme import Programme
from shared.domain.references import read_reference
from shared.domain.suspicion import HeldApplication
from shared.ports import Bodies, Clock, Tombstones, Wakeups
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.stores.quarantine import Quarantine
from shared.stores.receptions import Receptions

#: The source of what the form sends.
OWN_FORM = "own"
WAITING, ACCEPTED, DISCARDED = "Waiting", "Accepted", "Discarded"
#: Of a form that would change an application that stands.
FOR_OWNER = "Waiting for the applicant"
#: What ``Submissions`` says of one that nobody wanted; a late copy of it goes at once.
NOT_USED = "Not used"
_KNOWN = frozenset({WAITING, ACCEPTED, DISCARDED})
_HASH_START = 8
_ANOTHER = "Another form with the address and role of an application that stands."


class QuarantineService:
    """Keeps what is held back, and carries out what was decided about it."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        quarantine: Quarantine,
        receptions: Receptions,
        bodies: Bodies,
        tombstones: Tombstones,
        outbox: Outbox,
        wakeups: Wakeups,
        clock: Clock,
    ) -> None:
        self._tombstones = tombstones
        self._programmes = programmes
        self._quarantine = quarantine
        self._receptions = receptions
        self._bodies = bodies
        self._outbox = outbox
        self._wakeups = wakeups
        self._clock = clock

    async def hold(self, programme: Programme, held: HeldApplication) -> None:
        """Note an application that is held back, and tell administrators: one mail an hour at most."""
        await self._quarantine.put(held)
        now = self._clock.now()
        id_ = message_id(programme.id, f"held-back.{now:%Y-%m-%dT%H}")
        await self._outbox.post(
            programme, Mail(id_, Kind.HELD_BACK, About.PROGRAMME, programme.id, To.ADMINISTRATORS, now)
        )

    async def hold_for_owner(self, after: Application, incoming: Application, *, before: Application) -> None:
        """Show administrators a form that waits for the owner of an address; an older one by its response goes."""
        if all(change.content != incoming.content for change in after.changes):
            return  # an older version than the one that waits
        await self._quarantine.put(
            HeldApplication(
                programme=after.programme,
                content=incoming.content,
                status=FOR_OWNER,
                why=_ANOTHER,
                received_at=incoming.received_at,
                reference=after.reference,
                full_name=incoming.person.full_name,
                email=incoming.person.email,
                organisation=incoming.person.organisation,
                manager_email=incoming.manager.email,
            )
        )
        still = {change.content for change in after.changes}
        older = {
            change.content
            for change in before.changes
            if (change.source, change.response_id) == (incoming.source, incoming.response_id)
        }
        gone = older - still - {after.answers_from, after.content}
        for held in await self.of_owners(after.programme) if gone else ():
            if held.content in gone:
                await self.drop(held)

    async def of_owners(self, programme: str) -> list[HeldApplication]:
        """What waits for owners of addresses, as administrators see it."""
        return [held async for held in self._quarantine.all(programme) if held.status == FOR_OWNER]

    async def taken(self, held: HeldApplication) -> None:
        """Note that a form that waited for an owner was taken in."""
        await self._quarantine.put(replace(held, status=ACCEPTED))

    async def drop(self, held: HeldApplication) -> None:
        """Delete a form that waited for an owner and is not used: the body first, and all but why in the row."""
        await self._bodies.remove(held.content)
        reception = await self._receptions.get(held.programme, held.content)
        if reception is not None:
            await self._receptions.put(replace(reception, status=NOT_USED))
        await self._empty(held)

    async def remove(self, held: HeldApplication) -> None:
        """Delete the row."""
        await self._quarantine.remove(held.programme, held.content)

    async def accept(self, wanted: str) -> int:
        """Have what is held taken in like any other, by the start of its hash or by its reference. Returns how many."""
        count = 0
        for held in await self._waiting(wanted):
            # The mark first: without it, a crash after the row is written would leave a body that nobody looks for.
            await self._bodies.wait_again(held.content)
            await self._quarantine.put(replace(held, status=ACCEPTED))
            await self._wakeups.submission(held.programme, OWN_FORM, held.content)
            count += 1
        return count

    async def discard(self, wanted: str) -> int:
        """Delete what is held and no person's: the body, and everything in the row but why. Returns how many.

        It leaves a tombstone: exports are cleaned of it at night, and no restore brings it back.
        """
        count = 0
        for held in await self._waiting(wanted):
            await self._tombstones.put(Tombstone(MARKED, self._quarantine.mark(held), self._clock.now()))
            await self._bodies.remove(held.content)
            await self._empty(held)
            count += 1
        return count

    async def _empty(self, held: HeldApplication) -> None:
        nobody = replace(held, full_name="", email="", organisation="", manager_email="")
        await self._quarantine.put(replace(nobody, status=DISCARDED))

    async def forget_old(self) -> int:
        """Delete what was received too long ago: its body too, if nobody decided about it. Returns how many."""
        count = 0
        for programme in self._programmes.ids():
            async for held in self._quarantine.all(programme):
                if self._clock.now() - held.received_at < CHANGES_ARE_KEPT or held.status not in _KNOWN:
                    continue
                if held.status == WAITING:
                    await self._bodies.remove(held.content)
                await self._quarantine.remove(programme, held.content)
                count += 1
        return count

    async def of(self, person: Person) -> list[HeldApplication]:
        """What is held of somebody in any programme, by reference or address, also after it was decided about."""
        wanted = email_key(person.email)
        return [
            held
            for programme in self._programmes.ids()
            async for held in self._quarantine.all(programme)
            if held.reference in person.references or (wanted and email_key(held.email) == wanted)
        ]

    def mark(self, held: HeldApplication) -> str:
        """The mark of its row."""
        return self._quarantine.mark(held)

    async def forget(self, person: Person) -> None:
        """Delete what is held of somebody who is erased: the body first, to which only the row leads."""
        for held in await self.of(person):
            await self._bodies.remove(held.content)
            await self._quarantine.remove(held.programme, held.content)

    async def _waiting(self, wanted: str) -> list[HeldApplication]:
        wanted = wanted.strip()
        reference = read_reference(wanted)
        found = []
        for programme in self._programmes.ids():
            async for held in self._quarantine.all(programme):
                hash_ = len(wanted) >= _HASH_START and held.content.startswith(wanted.lower())
                if held.status == WAITING and (hash_ or held.reference == reference):
                    found.append(held)
        return found
