"""Commands about what came by our own form: what is held back, and the answers to equality questions."""

from shared.services.base.verbs import OfRow, Result, Verb
from shared.services.form.equality import EqualityService
from shared.services.form.quarantine import QuarantineService
from shared.stores.commands import Command


class FormCommands:
    """Carries them out."""

    def __init__(self, *, quarantine: QuarantineService, equality: EqualityService) -> None:
        self._quarantine = quarantine
        self._equality = equality

    def held(self) -> tuple[Verb, ...]:
        """Returns those that decide on what is held back."""
        return (
            Verb(
                word="accept quarantined",
                does="takes in what was held back; it counts from when it was sent. `Reference`: its `RowKey` (8 "
                "characters of it do) or its `Reference` in `Quarantine`",
                run=OfRow(self._accept),
                example="3f2a9c81b0d4",
            ),
            Verb(
                word="discard quarantined",
                does="deletes it, without a word to anybody. `Reference` as above",
                run=OfRow(self._discard),
                example="3f2a9c81b0d4",
            ),
        )

    def figures(self) -> Verb:
        """Returns the one that answers what equality questions were answered."""
        return Verb(
            word="equality figures",
            does="answers how often each equality question was answered how; small numbers are protected",
            run=OfRow(self._figures),
        )

    async def _accept(self, command: Command) -> Result:
        return _counted(await self._quarantine.accept(command.reference), "taken in like any other application")

    async def _discard(self, command: Command) -> Result:
        return _counted(await self._quarantine.discard(command.reference), "deleted, without a word to anybody")

    async def _figures(self, command: Command) -> Result:
        return Result(done=True, words=await self._equality.figures(command.partition))


def _counted(count: int, done: str) -> Result:
    if not count:
        words = "Nothing is held back under this. Copy the RowKey or the Reference of a waiting row in Quarantine."
        return Result(done=False, words=words)
    return Result(done=True, words=f"{count} {done}.")
