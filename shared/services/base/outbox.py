"""What is owed by mail: a row in ``Messages``, an alarm for the mailbox, and a wake-up for whoever works it off."""

from shared.domain import outbox
from shared.domain.outbox import FINISHED
from shared.domain.owed import Mail
from shared.domain.programme import Programme
from shared.ports import Alarm, Wakeups
from shared.services.base.queues import Lanes
from shared.stores.jobs import Alarms
from shared.stores.messages import Messages


class Outbox:
    """Posts mails. Which mailbox writes them follows from the programme."""

    def __init__(self, *, messages: Messages, alarms: Alarms, wakeups: Wakeups, lanes: Lanes) -> None:
        self._messages = messages
        self._alarms = alarms
        self._wakeups = wakeups
        self._lanes = lanes

    async def post(self, programme: Programme, mail: Mail) -> bool:
        """Queue a mail, once. Returns False if it was queued before."""
        added = await self._messages.add(outbox.queued(programme.id, mail))
        stored = None if added else await self._messages.get(programme.id, mail.id)
        # A row that is there may have been left without its alarm.
        if added or (stored is not None and stored.value.status not in FINISHED):
            lane = self._lanes.postman(programme)
            await self._alarms.put(Alarm(lane, mail.due, mail.about, programme.id, f"mail {mail.id}"))
            await self._wakeups.postman(lane)
        return added
