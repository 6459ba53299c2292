"""Applications that may not be a person's: held back, told to administrators, and let in or removed by their command.

The row is written before the body is stored, so nothing is ever held that nobody sees.
"""

from dataclasses import replace
from datetime import timedelta

from shared.domain.answers import email_key
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.programme import Programme
from shared.domain.references import read_reference
from shared.ports import Bodies, Clock, HeldApplication, Person, Quarantine, Wakeups
from shared.services.closing import Closing
from shared.services.programmes import Programmes

#: The source of what the form sends.
OWN_FORM = "own"
WAITING, ACCEPTED, DISCARDED = "Waiting", "Accepted", "Discarded"
_KNOWN = frozenset({WAITING, ACCEPTED, DISCARDED})
_HASH_START = 8
_KEPT_FOR = timedelta(days=30)


class QuarantineDesk:
    """Keeps what is held back, and carries out what was decided about it."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        quarantine: Quarantine,
        bodies: Bodies,
        closing: Closing,
        wakeups: Wakeups,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._quarantine = quarantine
        self._bodies = bodies
        self._closing = closing
        self._wakeups = wakeups
        self._clock = clock

    async def hold(self, programme: Programme, held: HeldApplication) -> None:
        """Note an application that is held back, and tell administrators: one mail an hour at most."""
        await self._quarantine.put(held)
        now = self._clock.now()
        id_ = message_id(programme.id, f"held-back.{now:%Y-%m-%dT%H}")
        await self._closing.post(
            programme, Mail(id_, Kind.HELD_BACK, About.PROGRAMME, programme.id, To.ADMINISTRATORS, now)
        )

    async def accept(self, wanted: str) -> int:
        """Have what is held taken in like any other, by the start of its hash or by its reference. Gives how many."""
        count = 0
        for held in await self._waiting(wanted):
            # The mark first: without it, a crash after the row is written would leave a body that nobody looks for.
            await self._bodies.wait_again(held.content)
            await self._quarantine.put(replace(held, status=ACCEPTED))
            await self._wakeups.submission(held.programme, OWN_FORM, held.content)
            count += 1
        return count

    async def discard(self, wanted: str) -> int:
        """Delete what is held and no person's: the body, and everything in the row but why. Gives how many."""
        count = 0
        for held in await self._waiting(wanted):
            await self._bodies.remove(held.content)
            nobody = replace(held, full_name="", email="", organisation="", manager_email="")
            await self._quarantine.put(replace(nobody, status=DISCARDED))
            count += 1
        return count

    async def forget_old(self) -> int:
        """Delete what was received too long ago: its body too, if nobody decided about it. Gives how many."""
        count = 0
        for programme in self._programmes.ids():
            async for held in self._quarantine.all(programme):
                if self._clock.now() - held.received_at < _KEPT_FOR or held.status not in _KNOWN:
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
