"""The command that brings back what was parked: mails, calendar events and submissions."""

from dataclasses import replace
from datetime import timedelta

from shared.domain.arriving import Reception
from shared.domain.outbox import CalendarState, MessageStatus
from shared.domain.references import read_reference
from shared.ports import Bodies, Wakeups
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.verbs import OfRow, Result, Verb
from shared.stores.commands import Command
from shared.stores.messages import CalendarStates, Messages
from shared.stores.receptions import Receptions

_HASH_START = 8
_SURELY_WRITTEN = timedelta(minutes=2)


class ParkedMail:
    """Brings back mails and calendar events that were parked."""

    def __init__(self, *, messages: Messages, states: CalendarStates, outbox: Outbox) -> None:
        self._messages = messages
        self._states = states
        self._outbox = outbox

    async def bring_back(self, current: Current, wanted: str) -> int:
        """Bring back a message by its id, all of an application's, a pair's or the programme's, or an event.

        Returns how many.
        """
        programme, reference, done = current.programme.id, read_reference(wanted), 0
        everything = wanted.casefold() == programme.casefold()
        async for message in self._messages.parked(programme):
            if everything or message.id == wanted or (reference is not None and message.subject == reference):
                done += await self._outbox.bring_back(current.programme, message.id)
        for state in await self._states.all(programme):
            if state.status is MessageStatus.PARKED and (everything or wanted in {state.id, state.session}):
                done += await self._retry_event(current, state)
        return done

    async def _retry_event(self, current: Current, state: CalendarState) -> int:
        stored = await self._states.get(state.programme, state.session)
        if stored is None or stored.value.status is not MessageStatus.PARKED:
            return 0
        # Attempts stay above 0: part of it may have been done before it was parked, so the mailbox worker looks first.
        again = replace(stored.value, status=MessageStatus.QUEUED, attempts=1, last_error="")
        await self._states.put(again, stored.etag)
        await self._outbox.sync_events(current.programme, {state.session})
        await self._outbox.wake(current.programme)
        return 1


class ParkedSubmissions:
    """Brings back submissions that were parked."""

    def __init__(self, *, receptions: Receptions, bodies: Bodies, wakeups: Wakeups) -> None:
        self._receptions = receptions
        self._bodies = bodies
        self._wakeups = wakeups

    async def bring_back(self, current: Current, wanted: str) -> int:
        """Have those read again whose hash begins so, or all of the programme's. Returns how many."""
        done, everything = 0, wanted.casefold() == current.programme.id.casefold()
        async for reception in self._receptions.parked(current.programme.id):
            if everything or (len(wanted) >= _HASH_START and reception.content.startswith(wanted.lower())):
                await self._retry(reception)
                done += 1
        return done

    async def _retry(self, reception: Reception) -> None:
        # The row stays until the body has been read again, since its mark leads the tick to one programme only.
        await self._bodies.move(reception.content, reception.programme)
        await self._bodies.wait_again(reception.content)
        await self._receptions.put(replace(reception, reason="is being read again"))
        await self._wakeups.submission(reception.programme, reception.source, reception.content)


class RetryParked:
    """Carries out the command."""

    def __init__(self, *, programmes: Programmes, mail: ParkedMail, submissions: ParkedSubmissions) -> None:
        self._programmes = programmes
        self._parked = (mail, submissions)

    def verb(self) -> Verb:
        """Returns the command."""
        return Verb(
            word="retry parked",
            does="brings parked work back. `Reference`: a `RowKey` in `Messages` or `Submissions` (8 characters of "
            "the latter do), a session, an application, a `PairId`, or a programme's id (everything of it)",
            run=OfRow(self._retry),
            example="K4Q-M7X-2P9-T.approval-request.1",
        )

    async def _retry(self, command: Command) -> Result:
        wanted, done = command.reference.strip(), 0
        for programme in self._programmes.ids():
            current = await self._programmes.current(programme)
            if current is not None:
                for parked in self._parked:
                    done += await parked.bring_back(current, wanted)
        if not done:
            words = "Nothing parked under this reference. Copy the RowKey from Messages or Submissions."
            return Result(done=False, words=words)
        return Result(done=True, words=f"{done} brought back.")
