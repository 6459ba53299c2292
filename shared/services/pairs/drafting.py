"""Drafts pairs: reads who can be in one, draws the best plan, and writes it down with its reasons. It tells nobody.

What everybody on the team may read goes into ``Pairs`` and ``Rounds``, what may tell of things said in confidence into
``MatchNotes``. All of it may be done twice: the same people give the same plan, and a draft that is there stays.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.application import Status
from shared.domain.matching.entrants import short_name
from shared.domain.matching.graph import CannotBeDrawn
from shared.domain.matching.people import Cohort, Two
from shared.domain.matching.plan import Drawing, draw
from shared.domain.matching.reasons import Help, Reasons, WhyNobody, WhyPair
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.pairs import TO_COME, TOGETHER, Pair, PairRow, PairStatus, usual_start
from shared.domain.rhythm import is_working_day, next_working
from shared.domain.wording import listed
from shared.errors import LostRace
from shared.log import step
from shared.ports import Cell, Clock, Stored
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.services.base.verbs import Result
from shared.services.pairs.confidences import Confidences
from shared.services.pairs.people import Entrants, PairPeople
from shared.services.pairs.rows import PairReader, waits_to_be_searched
from shared.stores.match_notes import EVERYBODY, MatchNote, MatchNotes
from shared.stores.pairs import Pairs, described, drafted, of_round
from shared.stores.rounds import Round, Rounds

logger = logging.getLogger(__name__)

_TRIES = 6
_FORBIDS = frozenset({PairStatus.FORBIDDEN, PairStatus.DECLINED})
_NOBODY_TO_PAIR = "Nobody is approved who could be in a pair yet, so nothing was drafted."
_WHERE = "Why these, and what would help the others, stands in MatchNotes, for those who match."


@dataclass(frozen=True, slots=True)
class _Table:
    """``Pairs`` and the people of a programme as they are now. ``read`` are the rows that make sense, by their name."""

    current: Current
    entrants: Entrants
    rows: Sequence[Stored[PairRow]]
    read: Mapping[str, Pair]

    def of(self, statuses: Collection[PairStatus]) -> frozenset[Two]:
        """The pairs in one of these, both of whom can be in one."""
        people = self.entrants.people
        return frozenset(
            self.two(pair)
            for pair in self.read.values()
            if pair.status in statuses and pair.mentor in people and pair.mentee in people
        )

    def two(self, pair: Pair) -> Two:
        """The two of a pair as a plan names them."""
        both = (pair.mentor, pair.mentee)
        return Two(*sorted(both)) if self.current.programme.pairing.equals else Two(*both)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A plan with what is said of it."""

    drawing: Drawing
    pairs: Mapping[Two, WhyPair]
    nobody: Mapping[str, WhyNobody]
    helps: Sequence[Help]
    seconds: float


class PairDrafting:
    """Draws pairs for the queue that wakes it: for a large cohort it takes longer than a tick may."""

    def __init__(
        self,
        *,
        pairs: Pairs,
        reader: PairReader,
        people: PairPeople,
        confidences: Confidences,
        rounds: Rounds,
        notes: MatchNotes,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._pairs = pairs
        self._reader = reader
        self._people = people
        self._confidences = confidences
        self._rounds = rounds
        self._notes = notes
        self._outbox = outbox
        self._clock = clock

    # Drawing everybody

    async def draw(self, current: Current) -> Result:
        """Draft pairs for everybody who has no partner, in place of the drafts that are there.

        The team is written to once a round: whoever typed the command may not be the one who decides.
        """
        table = await self._read(current)
        cohort = await self._cohort(table, kept=TOGETHER | {PairStatus.PROPOSED})
        if not cohort.people:
            return Result(done=False, words=_NOBODY_TO_PAIR)
        try:
            drawn = await asyncio.to_thread(_draw, cohort, _topics(current))
        except CannotBeDrawn as exc:
            return Result(done=False, words=str(exc))
        number = await self._note_round(current, drawn)
        await self._write_drafts(table, drawn, number)
        notes = [*_notes_of(table.entrants, drawn), _note_of_everybody(drawn)]
        await self._notes.put(current.programme.id, notes, drawn_at=self._clock.now())
        await self._notes.keep_only(current.programme.id, {note.key for note in notes})
        await self._tell_team(current, number)
        step(logger, "pairs drafted", programme=current.programme.id)
        return Result(done=True, words=_words_of_draw(table, drawn, number))

    async def _read(self, current: Current) -> _Table:
        every = await self._pairs.all()
        rows = await self._pairs.of(current.programme.id)
        read = {row.value.key: pair for row in rows if isinstance(pair := self._reader.read(row.value), Pair)}
        return _Table(current, await self._people.of(current, every), rows, read)

    async def _cohort(self, table: _Table, *, kept: Collection[PairStatus]) -> Cohort:
        entrants, stays = table.entrants, table.of(kept)
        spoken_for = {reference for two in stays for reference in two}
        # Of somebody for whom it was decided that there is nobody, only a pair that a person typed counts.
        people = [
            person
            for reference, person in entrants.people.items()
            if reference in spoken_for or entrants.applications[reference].no_partner_at is None
        ]
        here = {person.reference for person in people}
        forbidden = {two for two in table.of(_FORBIDS) if here.issuperset(two)}
        return Cohort(
            programme=table.current.programme.id,
            rules=table.current.programme.pairing,
            people=tuple(people),
            confided=await self._confidences.of(entrants),
            kept=stays,
            forbidden=frozenset(forbidden - stays),
        )

    async def _note_round(self, current: Current, drawn: _Drawn) -> int:
        """Write the draw down. Drawing the same again, after a crash or for curiosity, is the same round."""
        id_ = current.programme.id
        last = max(await self._rounds.of(id_), key=lambda one: one.number, default=None)
        plan, people = drawn.drawing.plan, len(drawn.drawing.cohort.people)
        number = last.number if last else 0
        if last is None or last.inputs != plan.inputs or last.published_at is not None:
            number += 1
        broken = sum(why.rules.says != _NONE_BROKEN for why in drawn.pairs.values())
        now, took = self._clock.now(), f"{drawn.seconds:.1f} seconds"
        await self._rounds.put(Round(id_, number, people, people - len(plan.without), broken, plan.inputs, took, now))
        return number

    async def _tell_team(self, current: Current, number: int) -> None:
        id_, zone, now = current.programme.id, current.programme.tz, self._clock.now()
        at_work = is_working_day(now.astimezone(zone).date())
        mail = Mail(
            id=message_id(id_, f"pairs-drafted.{number}"),
            kind=Kind.PAIRS_DRAFTED,
            about=About.PROGRAMME,
            subject=id_,
            to=To.ADMINISTRATORS,
            due=now if at_work else next_working(now, zone),
            detail=str(number),
        )
        await self._outbox.post(current.programme, mail)

    async def _write_drafts(self, table: _Table, drawn: _Drawn, number: int) -> None:
        """Bring the rows to the plan. A row that somebody changed meanwhile is theirs, and stays as it is."""
        drafts = {pair.id: key for key, pair in table.read.items() if pair.status is PairStatus.DRAFT}
        stored = {row.value.key: row for row in table.rows}
        kept = drawn.drawing.cohort.kept
        names = _Names(stored)
        for two, why in drawn.pairs.items():
            cells = _cells(table.entrants, two, why)
            if two in kept:
                for row_key, pair in table.read.items():
                    if table.two(pair) == two and pair.status in TOGETHER | {PairStatus.PROPOSED}:
                        await self._pairs.change(stored[row_key], cells)
                continue
            key = drafts.pop(self._reader.id_of(table.current.programme.id, two.mentor, two.mentee), "")
            if key:
                await self._pairs.change(stored[key], {**cells, **of_round(number)})
            else:
                await self._add(table.current, names, two, cells, number=number)
        for key in drafts.values():
            await self._pairs.remove(stored[key])

    async def _add(
        self,
        current: Current,
        names: "_Names",
        two: Two,
        cells: Mapping[str, Cell],
        *,
        number: int,
        cause: str = "",
    ) -> str:
        """Insert a draft under the next name that is free. Returns the name."""
        id_, start = self._reader.id_of(current.programme.id, *two), usual_start(current.programme, self._clock.now())
        row = {**drafted(id_, two.mentor, two.mentee, start, number=number, cause=cause), **cells}
        for _ in range(_TRIES):
            key = names.next()
            if await self._pairs.add(current.programme.id, key, row):
                return key
        raise LostRace("rows are being added to Pairs by others at the same time")

    async def undo(self, current: Current) -> Result:
        """Delete the drafts, and what was noted of them."""
        removed = 0
        for row in await self._pairs.of(current.programme.id):
            pair = self._reader.read(row.value)
            if isinstance(pair, Pair) and pair.status is PairStatus.DRAFT:
                removed += await self._pairs.remove(row)
        await self._notes.keep_only(current.programme.id, ())
        return Result(done=True, words=f"{_count(removed, 'draft')} removed, with the notes for those who match.")

    # Looking for one or two people

    async def search_after_no(self, current: Current) -> None:
        """Draft other partners for everybody to whom, or of whom, somebody said no. All other pairs stay."""
        for row in await self._pairs.of(current.programme.id):
            pair = self._reader.read(row.value)
            if not waits_to_be_searched(row.value) or not isinstance(pair, Pair):
                continue
            await self.search(current, {pair.mentor, pair.mentee}, cause=pair.id)
            await self._pairs.change(row, {"Searched": True})

    async def search(self, current: Current, references: Collection[str], *, cause: str) -> Sequence[str]:
        """Draft partners for these people, with every other pair and draft left as it is.

        ``cause`` says what for: done again for the same, it drafts nothing more. Returns the names of the rows.
        """
        table = await self._read(current)
        done = [row.value.key for row in table.rows if row.value.cause == cause]
        cohort = await self._cohort(table, kept=TOGETHER | TO_COME)
        wanted = {person.reference for person in cohort.people} & set(references)
        wanted -= {reference for two in cohort.kept for reference in two}
        if not wanted:
            return done
        cohort = _for_these_alone(cohort, wanted)
        drawn = await asyncio.to_thread(_draw, cohort, _topics(current), wanted)
        names = _Names({row.value.key: row for row in table.rows})
        number = max((one.number for one in await self._rounds.of(current.programme.id)), default=0)
        # Before the rows: they are what says that it is done.
        await self._notes.put(current.programme.id, _notes_of(table.entrants, drawn), drawn_at=self._clock.now())
        return [
            *done,
            *[
                await self._add(current, names, two, _cells(table.entrants, two, why), number=number, cause=cause)
                for two, why in drawn.pairs.items()
            ],
        ]

    # Answering why

    async def why(self, current: Current, references: Sequence[str]) -> Result:
        """Why somebody has this partner or none, or why two people are no pair, as things stand."""
        table = await self._read(current)
        cohort = await self._cohort(table, kept=TOGETHER | {PairStatus.PROPOSED})
        here = {person.reference for person in cohort.people}
        missing = [reference for reference in references if reference not in here]
        if missing:
            return Result(done=False, words=f"{_and(missing)}: {_cannot_be_paired(table, missing[0])}")
        try:
            note, words = await asyncio.to_thread(_answer, cohort, table.entrants, references, _topics(current))
        except CannotBeDrawn as exc:
            return Result(done=False, words=str(exc))
        await self._notes.put(current.programme.id, [note], drawn_at=self._clock.now())
        return Result(done=True, words=f"{words} Those who match find more in MatchNotes, row {note.key}.")


_NONE_BROKEN = "none broken"


class _Names:
    """Names for new rows: numbers that no row has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {key.casefold() for key in taken}
        self._number = 0

    def next(self) -> str:
        """The next that is free."""
        while True:
            self._number += 1
            name = f"drawn-{self._number:03}"
            if name not in self._taken:
                return name


def _draw(cohort: Cohort, topics: Mapping[str, str], wanted: Collection[str] | None = None) -> _Drawn:
    """Draw, with reasons: for everybody, or for ``wanted`` and their new partners alone. Reasons take most of it."""
    begun = time.perf_counter()
    drawing = draw(cohort)
    reasons = Reasons(drawing, topics=topics)
    new = [two for two in drawing.plan.pairs if wanted is None or (two not in cohort.kept and {*two} & {*wanted})]
    pairs = {two: reasons.why(two) for two in new}
    without = [reference for reference in drawing.plan.without if wanted is None or reference in wanted]
    nobody = {reference: reasons.nobody(reference) for reference in without}
    return _Drawn(drawing, pairs, nobody, reasons.helps(), time.perf_counter() - begun)


def _for_these_alone(cohort: Cohort, wanted: Collection[str]) -> Cohort:
    """The cohort in which nobody but these can get a partner whom they do not have."""
    spoken_for = {reference for two in cohort.kept for reference in two}
    free = [p for p in cohort.people if p.reference not in spoken_for and p.reference not in wanted]
    sides = {person.side for person in cohort.people if person.reference in wanted}
    if cohort.rules.equals:
        names = sorted(person.reference for person in free)
        barred = {Two(one, other) for place, one in enumerate(names) for other in names[place + 1 :]}
        return replace(cohort, forbidden=cohort.forbidden | (barred - cohort.kept))
    if len(sides) > 1:
        # Both of a pair that is over look for somebody, and the others of both sides look on.
        mentors = [p.reference for p in free if p.side.value == "mentor"]
        mentees = [p.reference for p in free if p.side.value == "mentee"]
        barred = {Two(mentor, mentee) for mentor in mentors for mentee in mentees}
        return replace(cohort, forbidden=cohort.forbidden | barred)
    rivals = {person.reference for person in free if person.side in sides}
    people = tuple(person for person in cohort.people if person.reference not in rivals)
    forbidden = frozenset(two for two in cohort.forbidden if rivals.isdisjoint(two))
    return replace(cohort, people=people, forbidden=forbidden)


def _topics(current: Current) -> Mapping[str, str]:
    return {topic.id: topic.name for topic in current.programme.topics}


def _cells(entrants: Entrants, two: Two, why: WhyPair) -> dict[str, Cell]:
    """What everybody on the team may read of a pair."""
    return described(_names(entrants, two), why.why.says, why.rules.says, why.price.says)


def _names(entrants: Entrants, two: Iterable[str]) -> str:
    return " with ".join(short_name(entrants.applications[reference].person.full_name) for reference in two)


def _notes_of(entrants: Entrants, drawn: _Drawn) -> Iterable[MatchNote]:
    """What those who match may read, for each pair and for each person without one."""
    for two, why in drawn.pairs.items():
        yield _note_of_pair(entrants, two, why)
    for reference, nobody in drawn.nobody.items():
        yield MatchNote(f"nobody {reference}", _names(entrants, [reference]), (reference,), nobody.matchers.says)


def _note_of_pair(entrants: Entrants, two: Two, why: WhyPair) -> MatchNote:
    key = f"pair {two.mentor} {two.mentee}"
    return MatchNote(key, _names(entrants, two), tuple(two), why.matchers.says, why.matchers_price.says)


def _note_of_everybody(drawn: _Drawn) -> MatchNote:
    helps = " ".join(help_.matchers.says for help_ in drawn.helps)
    if not drawn.drawing.plan.without:
        helps = "Everybody has a partner."
    return MatchNote(EVERYBODY, "What would help most", (), helps or "Nothing that the rules leave open would help.")


def _answer(
    cohort: Cohort, entrants: Entrants, references: Sequence[str], topics: Mapping[str, str]
) -> tuple[MatchNote, str]:
    """The note for those who match, and the words that everybody on the team may read."""
    drawing = draw(cohort)
    reasons = Reasons(drawing, topics=topics)
    if len(references) == 1:
        reference = references[0]
        mine = [two for two in drawing.plan.pairs if reference in two]
        if not mine:
            nobody = reasons.nobody(reference)
            note = MatchNote(f"why {reference}", _names(entrants, references), (reference,), nobody.matchers.says)
            return note, f"No partner in the best plan. {nobody.why.says}"
        two = mine[0]
    else:
        two = _as_pair(drawing, references)
    if two in drawing.plan.pairs:
        why = reasons.why(two)
        note = replace(_note_of_pair(entrants, two, why), key=f"why {' '.join(references)}")
        return note, f"{_names(entrants, two)}: {why.why.says} Rules: {why.rules.says} {why.price.says}"
    if len({drawing.graph.person(reference)[0] for reference in two}) == 1 and not cohort.rules.equals:
        raise CannotBeDrawn("Both are on the same side of a pair. Give a mentor and a mentee.")
    why_not = reasons.why_not(two)
    note = MatchNote(f"why {' '.join(references)}", _names(entrants, two), tuple(two), why_not.matchers.says)
    return note, f"{_names(entrants, two)}: {why_not.why.says}"


def _as_pair(drawing: Drawing, references: Sequence[str]) -> Two:
    one, other = references
    if drawing.cohort.rules.equals:
        return Two(*sorted(references))
    return Two(one, other) if drawing.graph.person(one)[0] else Two(other, one)


def _cannot_be_paired(table: _Table, reference: str) -> str:
    application = table.entrants.applications.get(reference)
    if application is None:
        return "there is no application with this reference in this programme."
    if application.status is not Status.APPROVED:
        return f"the application is not approved; its status is '{application.status}'."
    if application.no_partner_at is not None:
        return "it was decided that there is no partner this time. 'find another' looks again."
    if application.test:
        return "a test is never paired."
    return "a sponsor applies for others, and is in no pair."


def _words_of_draw(table: _Table, drawn: _Drawn, number: int) -> str:
    plan, cohort = drawn.drawing.plan, drawn.drawing.cohort
    people, without = len(cohort.people), len(plan.without)
    drafts = len(plan.pairs) - len(cohort.kept)
    to_publish = drafts + len(table.of({PairStatus.PROPOSED}))
    broken = [two for two, why in drawn.pairs.items() if why.rules.says != _NONE_BROKEN]
    kept = f", beside {_count(len(cohort.kept), 'pair')} that stay" if cohort.kept else ""
    says = [f"{people - without} of {people} people have a partner: {_count(drafts, 'draft')}{kept}."]
    if without:
        says.append(f"{without} {'has' if without == 1 else 'have'} none.")
    if broken:
        says.append(f"{_count(len(broken), 'pair')} {'breaks' if len(broken) == 1 else 'break'} a rule, see Rules.")
    read = f"Nobody has been told of them. Read the drafts of round {number} in Pairs."
    says += [read if drafts else "Nothing new is to be read in Pairs.", _WHERE]
    if to_publish:
        says.append(f"When they are right, type 'publish pairs' with Note {to_publish}.")
    return " ".join(says)


def _count(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else f'{what}s'}"


def _and(references: Sequence[str]) -> str:
    return listed(list(references))
