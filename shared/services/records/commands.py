"""Commands about what is kept: erase a person, say what is going to be deleted, resume after a restore."""

from shared.domain.application import Application, Status
from shared.services.base.programmes import Current
from shared.services.base.verbs import Fits, OfApplication, OfRow, Result, Verb
from shared.services.records.erasure import Eraser, EraserWithoutApplication
from shared.services.records.held_elsewhere import HeldElsewhere
from shared.services.records.resume import RESUME, RestoredAccount
from shared.services.records.retention import Retention
from shared.stores.commands import Command

_ERASED = "Erased. Mails already sent stay in the mailbox; see its retention policy."
_RESUMED = (
    "Everything is looked at again. Mails and invitations go out when that is done; Status of the row 'restore' in "
    "Upkeep says so."
)


class RecordsCommands:
    """Carries them out."""

    def __init__(
        self,
        *,
        eraser: Eraser,
        without_application: EraserWithoutApplication,
        elsewhere: HeldElsewhere,
        retention: Retention,
        restored: RestoredAccount,
    ) -> None:
        self._eraser = eraser
        self._without_application = without_application
        self._elsewhere = elsewhere
        self._retention = retention
        self._restored = restored

    def erasing(self) -> Verb:
        """Returns the one that erases a person."""
        return Verb(
            word="erase",
            does="removes the person, and done again what has come since; see below",
            # Whatever the status: the first time may have been cut off.
            run=OfApplication(Fits(frozenset(Status)), self._erase, self._erase_without_application),
        )

    def keeping(self) -> tuple[Verb, ...]:
        """Returns those about the account as a whole."""
        return (
            Verb(
                word=RESUME,
                does="after a restore: lets mails, calendars and the clock go on",
                run=OfRow(self._begin_to_resume),
                while_restored=True,
            ),
            Verb(
                word="retention report",
                does="answers what is due to be deleted until the end of next month. Deletes nothing",
                run=OfRow(self._report),
            ),
        )

    async def _begin_to_resume(self, _: Command) -> Result:
        refusal = await self._restored.begin()
        return Result(done=not refusal, words=refusal or _RESUMED)

    async def _report(self, command: Command) -> Result:
        return Result(done=True, words=await self._retention.report(command.partition))

    async def _erase(self, current: Current, application: Application) -> Result:
        others = await self._elsewhere.applications(application)
        unread = await self._elsewhere.unread(application)
        if not await self._eraser.erase(current, application):
            return Result(done=False, words="The application is gone.")
        named = ", ".join(f"{reference} in {programme}" for programme, reference in others)
        also = f" The same person is also held as {named}: type 'erase' for each that is to go too." if named else ""
        bodies = ", ".join(unread)
        if bodies:
            also += f" Their address stands in submissions that could not be read: look for {bodies} in Submissions."
        return Result(done=True, words=f"{_ERASED}{also}")

    async def _erase_without_application(self, reference: str) -> Result | None:
        """Somebody who has no application can be erased all the same."""
        if await self._without_application.erase_earlier(reference):
            return Result(done=True, words="Erased from EarlierParticipants.")
        if await self._without_application.erase_listed(reference):
            return Result(done=True, words="Erased from Interest.")
        if await self._without_application.erase_held(reference):
            return Result(done=True, words="Erased from Quarantine, with what was sent.")
        return None
