"""Counts what one network, applicant or line manager's address is used for on a day, without keeping any of them."""

import asyncio

from shared.domain.answers import Answers, email_key
from shared.domain.limits import MOST_A_DAY
from shared.domain.owed import Kind
from shared.domain.suspicion import Counted, Tally
from shared.errors import LostRace
from shared.ports import Clock, Tallies
from shared.services.tokens import Tokens


class Counter:
    """Counts under hashes that hold the day, so that not even the hashes can be followed from one day to the next."""

    def __init__(self, *, tallies: Tallies, tokens: Tokens, clock: Clock) -> None:
        self._tallies = tallies
        self._tokens = tokens
        self._clock = clock

    async def started(self, network: str) -> Tally:
        """Count a form that was begun; nothing is counted for a network that is not known."""
        return await self._count(Counted.STARTED, network)

    async def asked(self, network: str) -> Tally:
        """Count an address of which somebody asked for what is stored."""
        return await self._count(Counted.ASKED, network)

    async def sent(self, network: str, answers: Answers) -> tuple[Tally, ...]:
        """Count an application that is sent."""
        counted = {
            Counted.NETWORK: network,
            Counted.APPLICANT: email_key(answers.email),
            Counted.MANAGER: email_key(answers.manager_email),
        }
        return tuple(await asyncio.gather(*(self._count(what, value) for what, value in counted.items())))

    async def clicked(self, kind: Kind, programme: str, reference: str) -> bool:
        """Count a click of one person that leads to a mail of that kind. False if there were enough of them today."""
        day = self._clock.now().date()
        key = self._tokens.pseudonym("clicked", kind, programme, reference, day.isoformat())
        try:
            return await self._tallies.add(day, key) <= MOST_A_DAY[kind]
        except LostRace:
            return False

    async def forget_old(self, most: int) -> int:
        """Delete the counts of earlier days. Gives how many there were."""
        return await self._tallies.remove_before(self._clock.now().date(), most)

    async def _count(self, what: Counted, value: str) -> Tally:
        if not value:
            return Tally(what, 0)
        day = self._clock.now().date()
        try:
            return Tally(what, await self._tallies.add(day, self._tokens.pseudonym(what, value, day.isoformat())))
        except LostRace:
            return Tally(what, 0)  # nobody waits for a count
