"""Instructions that administrators type into ``Commands``: each is carried out once and answered in its row."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches

from shared.domain.application import Application
from shared.domain.references import read_reference
from shared.errors import ServiceError, UnreadableRow, explained
from shared.log import step
from shared.ports import Clock
from shared.services.base.programmes import Current, Programmes
from shared.services.base.verbs import Apart, OfApplication, OfApplicationWithNote, OfRow, Result, Verb, Verbs
from shared.stores.applications import Applications
from shared.stores.commands import Command, Commands

logger = logging.getLogger(__name__)

_NO_COMMAND = (
    "There is no command in this row. It belongs into a column named exactly 'Command', with a capital C, and is one "
    "of: {words}."
)
_NO_REFERENCE = "Reference is empty. Copy the RowKey of the application into a column named exactly 'Reference'."
_FAILED = "The app failed on it ({why}). Tell the people who run the app; then type the command again."
_MEND_FIRST = "Put back what stood there, then type the command again."


class CommandService:
    """Reads what is typed in ``Commands``, and finds the ``Verb`` that carries it out."""

    def __init__(
        self,
        *,
        commands: Commands,
        verbs: Verbs,
        programmes: Programmes,
        applications: Applications,
        clock: Clock,
    ) -> None:
        self._commands = commands
        self._verbs = {verb.word: verb for verb in verbs}
        if len(self._verbs) < len(verbs):
            raise ValueError("two commands have the same word: see services/schedule/verbs.py")
        self._programmes = programmes
        self._applications = applications
        self._clock = clock

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """Every command that can be typed, in the order in which people are told of them."""
        return tuple(self._verbs.values())

    async def carry_out_new(self, *, restored: bool = False) -> int:
        """Carry out every command without a result. Returns how many there were.

        ``restored``: only those that are for an account which was restored and waits to be resumed.
        """
        new = [c for c in await self._commands.new() if not restored or self._is_for_restored(c)]
        await self._carry_out_each(new, self._carry_out)
        return len(new)

    async def carry_out_apart(self, programme: str) -> None:
        """Carry out what takes longer than a tick may, of one programme. Two at once would do it twice."""
        new = [c for c in await self._commands.new() if c.partition == programme]
        for command in new:
            verb = self._verbs.get(_typed(command))
            if verb is not None and isinstance(verb.run, Apart):
                await self._carry_out_each([command], verb.run.act)

    async def _carry_out_each(
        self, new: Sequence[Command], carry_out: Callable[[Command], Awaitable[Result | None]]
    ) -> None:
        for command in new:
            try:
                result = await self._answer(command, carry_out)
                if result is None:
                    continue  # it is carried out apart
                await self._commands.finish(command, done=result.done, result=result.words, at=self._clock.now())
                reference = read_reference(command.reference) or ""
                # Only a word of ours: what else was typed there may be anything.
                word = _typed(command) if _typed(command) in self._verbs else "unknown"
                what = f"command done: {word}" if result.done else f"command refused: {word}"
                step(logger, what, reference=reference)
            except ServiceError as exc:  # one row must never keep the clock's other work from being done
                step(logger, "a command is tried again later", level=logging.WARNING, reason=exc.reason)

    def _is_for_restored(self, command: Command) -> bool:
        verb = self._verbs.get(_typed(command))
        return verb is not None and verb.while_restored

    async def _answer(
        self, command: Command, carry_out: Callable[[Command], Awaitable[Result | None]]
    ) -> Result | None:
        """Carry out a command, or say that the app fails on it: a later tick would fail again."""
        try:
            return await carry_out(command)
        except ServiceError:
            raise
        except UnreadableRow as exc:
            return Result(done=False, words=f"{exc.reason}. {_MEND_FIRST}")
        except Exception as exc:  # noqa: BLE001 -- whatever the fault is, the row gets an answer
            step(logger, "the app fails on a command", level=logging.ERROR, reason=explained(exc))
            return Result(done=False, words=_FAILED.format(why=explained(exc)))

    async def _carry_out(self, command: Command) -> Result | None:
        word, words = _typed(command), ", ".join(self._verbs)
        if not word:
            return Result(done=False, words=_NO_COMMAND.format(words=words))
        verb = self._verbs.get(word)
        if verb is None:
            return Result(done=False, words=f"Unknown command.{self._meant(word)} Use one of: {words}.")
        match verb.run:
            case OfRow(act):
                return await act(command)
            case Apart(begin):
                return await begin(command)
            case OfApplication() | OfApplicationWithNote() as run:
                return await self._about_application(run, command)

    def _meant(self, word: str) -> str:
        """The command that a mistyped word is nearest to, as a question, or ''."""
        # Without blanks: 'with draw' is 'withdraw'.
        squeezed = {known.replace(" ", ""): known for known in self._verbs}
        close = get_close_matches(word.replace(" ", ""), squeezed, n=1, cutoff=0.7)
        return f" Did you mean '{squeezed[close[0]]}'?" if close else ""

    async def _about_application(self, run: OfApplication | OfApplicationWithNote, command: Command) -> Result:
        if not command.reference.strip():
            return Result(done=False, words=_NO_REFERENCE)
        reference = read_reference(command.reference)
        if reference is None:
            return Result(done=False, words="Reference is not a reference. Copy the RowKey of the application.")
        found = await self._find(command, reference)
        if found is None:
            done = await run.without(reference) if isinstance(run, OfApplication) else None
            return done or Result(done=False, words="There is no application with this reference.")
        current, application = found
        refusal = run.fits.refusal(application)
        if refusal:
            return Result(done=False, words=refusal)
        if isinstance(run, OfApplicationWithNote):
            return await run.act(current, application, command.note)
        return await run.act(current, application)

    async def _find(self, command: Command, reference: str) -> tuple[Current, Application] | None:
        """The application in the programme of the row's partition, or in any: people mistype the partition."""
        for programme in sorted(self._programmes.ids(), key=lambda id_: id_ != command.partition):
            stored = await self._applications.get(programme, reference)
            if stored is not None:
                current = await self._programmes.current(programme)
                return (current, stored.value) if current else None
        return None


def _typed(command: Command) -> str:
    return " ".join(command.command.lower().split())
