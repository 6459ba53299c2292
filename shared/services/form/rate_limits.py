"""Counts what one network, applicant or line manager's mailbox is used for on a day, without keeping any of them."""

import asyncio
from datetime import datetime

from shared.domain import limits
from shared.domain.addresses import mailbox_of
from shared.domain.fields import Answers
from shared.domain.owed import Kind
from shared.domain.suspicion import MOST_A_DAY, STAMP_LASTS, Counted, DailyCount
from shared.ports import Clock
from shared.services.base.tokens import Tokens
from shared.stores.counters import DailyCounters


class Counter:
    """Counts under hashes that hold the day, so that not even the hashes can be followed from one day to the next."""

    def __init__(self, *, counters: DailyCounters, tokens: Tokens, clock: Clock) -> None:
        self._counters = counters
        self._tokens = tokens
        self._clock = clock

    async def started(self, network: str) -> DailyCount:
        """Count a form that was begun; nothing is counted for a network that is not known."""
        return await self._count(Counted.STARTED, network)

    async def asked(self, network: str) -> DailyCount:
        """Count an address of which somebody asked for what is stored."""
        return await self._count(Counted.ASKED, network)

    async def is_first_use(self, stamp: str, made_at: datetime) -> bool:
        """Whether no form was begun with this stamp of the first page yet. It is remembered for as long as it works."""
        day = (made_at + STAMP_LASTS).date()
        return await self._counters.first(day, self._tokens.pseudonym("stamp", stamp, day.isoformat()))

    async def sent(self, network: str, answers: Answers) -> tuple[DailyCount, ...]:
        """Count an application that is sent. All addresses of one mailbox are one."""
        counted = {
            Counted.NETWORK: network,
            Counted.APPLICANT: mailbox_of(answers.email),
            Counted.MANAGER: mailbox_of(answers.manager_email),
        }
        return tuple(await asyncio.gather(*(self._count(what, value) for what, value in counted.items())))

    async def clicked(self, kind: Kind, programme: str, reference: str) -> bool:
        """Count a click of one person that leads to a mail of that kind. False if there were enough of them today."""
        day = self._clock.now().date()
        key = self._tokens.pseudonym("clicked", kind, programme, reference, day.isoformat())
        most = limits.MOST_A_DAY[kind]
        return await self._counters.add(day, key, most=most) <= most

    async def forget_old(self, most: int) -> int:
        """Delete the counts of earlier days. Returns how many there were."""
        return await self._counters.remove_before(self._clock.now().date(), most)

    async def _count(self, what: Counted, value: str) -> DailyCount:
        if not value:
            return DailyCount(what, 0)
        day = self._clock.now().date()
        key = self._tokens.pseudonym(what, value, day.isoformat())
        return DailyCount(what, await self._counters.add(day, key, most=MOST_A_DAY[what]))
