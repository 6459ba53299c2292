"""The digests of a day: one for each programme in which there is something to tell the team."""

import logging

from shared.domain.owed import About, Kind, Mail, To
from shared.errors import explained
from shared.ports import Clock
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.services.pairs.checkins import CheckInService
from shared.services.schedule.digest import Digest, digest_id

logger = logging.getLogger(__name__)


class Digests:
    """Posts them."""

    def __init__(
        self, *, programmes: Programmes, checkins: CheckInService, digest: Digest, outbox: Outbox, clock: Clock
    ) -> None:
        self._programmes = programmes
        self._checkins = checkins
        self._digest = digest
        self._outbox = outbox
        self._clock = clock

    async def post(self) -> int:
        """Post a digest for every programme that has one today. Returns how many there are."""
        posted = 0
        for programme in self._programmes.ids():
            try:
                posted += await self._post(programme)
            except Exception as exc:  # noqa: BLE001 -- one programme must never keep the others from being told
                logger.error("programme %s has no digest today: %s", programme, explained(exc))  # noqa: TRY400
        return posted

    async def _post(self, programme: str) -> bool:
        current = await self._programmes.current(programme)
        if current is None:
            return False
        await self._checkins.let_go_of_deleted_rows(current)
        now = self._clock.now()
        if not await self._digest.is_due(current, now):
            return False
        mail = Mail(digest_id(current, now), Kind.DIGEST, About.PROGRAMME, programme, To.ADMINISTRATORS, now)
        return await self._outbox.post(current.programme, mail)
