"""Commands that make pairs: draft, explain, publish, look for somebody else, or say that there is nobody."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from shared.domain.application import Application, Status
from shared.domain.pairs import TOGETHER, Pair, PairRow, PairStatus, without_partner
from shared.domain.references import read_reference
from shared.domain.text import as_word
from shared.domain.waiting import off_lists
from shared.errors import LostRace
from shared.ports import Cell, Clock, Stored
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.verbs import Apart, Fits, OfApplication, OfRow, Result, Verb
from shared.services.pairs.drafting import PairDrafting
from shared.services.pairs.publishing import PairPublishing, mark_of
from shared.services.pairs.rows import PairReader
from shared.stores.commands import Command
from shared.stores.pairs import Pairs

_BETWEEN = re.compile(r"[\s,;+&]+|\b(?:and|with)\b", re.IGNORECASE)
_NO_PROGRAMME = "PartitionKey is not a programme. Use the programme's id, as in Programmes."
_MOST_REFERENCES = 2
_OVER = " The pair '{}' is over: whoever knew of it is told, without a reason."
_RULED_OUT = (
    " Nobody had been told of '{}'. It is 'forbidden' now, so the two are never drafted again; "
    "type 'proposed' if they are to be a pair after all."
)

type _Do = Callable[[Current, Command], Awaitable[Result]]


class PairCommands:
    """Carries them out. What has to look at everybody is done apart from the tick."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        drafting: PairDrafting,
        publishing: PairPublishing,
        pairs: Pairs,
        reader: PairReader,
        writer: ApplicationWriter,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._drafting = drafting
        self._publishing = publishing
        self._pairs = pairs
        self._reader = reader
        self._writer = writer
        self._outbox = outbox
        self._clock = clock

    def verbs(self) -> tuple[Verb, ...]:
        """Returns them, in the order in which they are typed."""
        return (
            Verb(
                word="draw pairs",
                does="drafts pairs for all who are approved and have no partner, in place of earlier drafts",
                run=Apart(self._begin, self._in_programme(self._draw)),
            ),
            Verb(
                word="why",
                does="answers why the person has this partner or none; two references in `Reference`, with a blank "
                "between them: why these two are a pair or not",
                run=Apart(self._begin, self._in_programme(self._why)),
                example="K4Q-M7X-2P9-T",
            ),
            Verb(
                word="undo draft",
                does="removes the drafts",
                run=OfRow(self._in_programme(self._undo)),
            ),
            Verb(
                word="publish pairs",
                does="offers every `draft` and `proposed` pair to its two people, or the one whose `RowKey` is in "
                "`Reference`. `Note`: how many pairs these are, and if you like their first day",
                run=OfRow(self._in_programme(self._publishing.publish)),
                note="12 from 2026-04-20",
            ),
            Verb(
                word="find another",
                does="ends the pair of the person in `Reference` (a draft becomes `forbidden`) and drafts another",
                run=Apart(self._begin, self._in_programme(self._find_another)),
                example="K4Q-M7X-2P9-T",
            ),
            Verb(
                word="no partner this time",
                does="tells the person kindly that there is no partner in this cohort; they come first in the next, "
                "and lose sessions after the training. `find another` takes it back",
                run=OfApplication(Fits(frozenset({Status.APPROVED})), self._no_partner),
            ),
        )

    def _in_programme(self, do: _Do) -> Callable[[Command], Awaitable[Result]]:
        """Returns the command with the programme of its row."""

        async def act(command: Command) -> Result:
            current = await self._programmes.current(command.partition.strip())
            return Result(done=False, words=_NO_PROGRAMME) if current is None else await do(current, command)

        return act

    async def _begin(self, command: Command) -> Result | None:
        if self._programmes.file(command.partition) is None:
            return Result(done=False, words=_NO_PROGRAMME)
        await self._outbox.wake_pairs(command.partition)
        return None

    async def _draw(self, current: Current, _: Command) -> Result:
        return await self._drafting.draw(current)

    async def _undo(self, current: Current, _: Command) -> Result:
        return await self._drafting.undo(current)

    async def _why(self, current: Current, command: Command) -> Result:
        references = _references(command.reference)
        if isinstance(references, str):
            return Result(done=False, words=references)
        return await self._drafting.why(current, references)

    async def _find_another(self, current: Current, command: Command) -> Result:
        references = _references(command.reference)
        if isinstance(references, str) or len(references) > 1:
            words = references if isinstance(references, str) else "Type one reference into Reference."
            return Result(done=False, words=words)
        (reference,) = references
        cause = mark_of(command)
        rows = await self._pairs.of(current.programme.id)
        mine = [row for row in rows if self._is_of(row.value, reference)]
        # A command that was cut off is done again: what it ended is ended, and told once more.
        ended = next((row.value for row in rows if row.value.ended_by == cause), None)
        if ended is None and not any(row.value.cause == cause for row in mine):
            over = await self._end(mine, cause)
            if isinstance(over, str):
                return Result(done=False, words=over)
            ended = over
        became = _what_became_of(ended) if ended else ""
        await self._writer.change(
            current,
            reference,
            lambda newest: without_partner(newest, now=None),
            who="an administrator",
            what="command: find another",
        )
        found = await self._drafting.search(current, {reference}, cause=cause)
        if found:
            return Result(done=True, words=f"Drafted: {found[0]} in Pairs. Read it, then publish it.{became}")
        return Result(
            done=True,
            words="Nobody is free whom the rules allow. What would help stands in MatchNotes, for those who match. "
            f"'no partner this time' tells the person.{became}",
        )

    def _is_of(self, row: PairRow, reference: str) -> bool:
        pair = self._reader.read(row)
        return isinstance(pair, Pair) and reference in {pair.mentor, pair.mentee} and pair.status in _STANDS

    async def _end(self, mine: list[Stored[PairRow]], cause: str) -> PairRow | str | None:
        """End the one pair somebody is in. Returns it as it is now, None if there is none; or why it was not ended.

        What both were told ends in words to both.
        """
        if len(mine) > 1:
            left = [row for row in mine if await self._has_left(row.value)]
            if len(left) != 1:
                return (
                    f"The person is in {len(mine)} pairs. Set Status of the one that is meant to 'ended' in Pairs, "
                    "then type the command again."
                )
            mine = left
        for row in mine:
            status = as_word(row.value.status, PairStatus) or PairStatus.DRAFT
            now = self._clock.now()
            ended = PairStatus.ENDED if status is PairStatus.CONFIRMED else PairStatus.DECLINED
            if status not in TOGETHER:
                ended = PairStatus.FORBIDDEN
            cells: dict[str, Cell] = {"Status": ended, "Searched": True, "EndedBy": cause}
            # Whose partner left was told so; of a pair that could have gone on both hear, in the same words.
            if status in TOGETHER and not await self._has_left(row.value):
                cells["DeclinedAt"] = now
            if not await self._pairs.change(row, cells):
                raise LostRace("a row of Pairs is being changed by others at the same time")
            return replace(row.value, status=ended)
        return None

    async def _has_left(self, row: PairRow) -> bool:
        pair = self._reader.read(row)
        return isinstance(pair, Pair) and not await self._reader.both_take_part(pair)

    async def _no_partner(self, current: Current, application: Application) -> Result:
        rows = await self._pairs.of(current.programme.id)
        mine = [row.value.key for row in rows if self._is_of(row.value, application.reference)]
        if mine:
            return Result(done=False, words=f"The person is in the pair '{mine[0]}'. End that first.")
        now = self._clock.now()

        def decided(newest: Application) -> Application:
            if newest.status is not Status.APPROVED:
                return newest
            return off_lists(current.programme, without_partner(newest, now=now))

        await self._writer.change(
            current,
            application.reference,
            decided,
            who="an administrator",
            what="command: no partner this time",
        )
        return Result(done=True, words="The person is told, and comes first in the next cohort.")


def _what_became_of(row: PairRow) -> str:
    forbidden = as_word(row.status, PairStatus) is PairStatus.FORBIDDEN
    return (_RULED_OUT if forbidden else _OVER).format(row.key)


_STANDS = frozenset({*TOGETHER, PairStatus.DRAFT, PairStatus.PROPOSED})


def _references(typed: str) -> tuple[str, ...] | str:
    """The references that were typed, one or two, or what is wrong with them."""
    whole = read_reference(typed)
    parts = [typed] if whole else [part for part in _BETWEEN.split(typed) if part]
    references = tuple(reference for reference in map(read_reference, parts) if reference)
    if not parts or len(references) < len(parts) or len(parts) > _MOST_REFERENCES:
        return "Type one reference into Reference, or two with a blank between them. Copy the RowKey of applications."
    if len(set(references)) < len(references):
        return "Both references are the same."
    return references
