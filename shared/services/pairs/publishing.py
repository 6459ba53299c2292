"""Publishes pairs: what a person has read and counted is offered to both people, or confirmed if nobody is asked."""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from shared.domain import wording
from shared.domain.application import Application, Status
from shared.domain.pairs import (
    TO_COME,
    TOGETHER,
    Pair,
    PairRow,
    PairStatus,
    last_day_to_say_no,
    left_out,
    past_start,
    start_problem,
)
from shared.domain.text import match_key
from shared.log import step
from shared.ports import Cell, Clock, Stored
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.base.verbs import Result
from shared.services.pairs.people import PairPeople
from shared.services.pairs.rows import PairReader
from shared.stores.commands import Command
from shared.stores.pairs import Pairs
from shared.stores.rounds import Rounds

logger = logging.getLogger(__name__)

_NOTE = re.compile(r"(?P<number>[0-9]{1,5})(?:\s*(?:pairs?)?,?\s*(?:from)?\s*(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}))?")
_NAMED = 10
#: In one of these somebody is in a pair, or will be unless a person changes it.
_STANDS = TOGETHER | TO_COME
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Note:
    """What the person who publishes has typed: how many pairs they have read, and perhaps when all of them begin."""

    number: int
    start: date | None


class PairPublishing:
    """Carries out ``publish pairs``. Done again after a crash, it goes on with what is left of the same pairs."""

    def __init__(
        self,
        *,
        pairs: Pairs,
        reader: PairReader,
        people: PairPeople,
        rounds: Rounds,
        writer: ApplicationWriter,
        clock: Clock,
    ) -> None:
        self._pairs = pairs
        self._reader = reader
        self._people = people
        self._rounds = rounds
        self._writer = writer
        self._clock = clock

    async def publish(self, current: Current, command: Command) -> Result:
        """Offer every draft and proposed pair to its two people, or the one that ``Reference`` names.

        When none is left of what was drawn, whoever is in none of the pairs is told so.
        """
        mark = mark_of(command)
        rows = await self._pairs.of(current.programme.id)
        one = match_key(command.reference)
        chosen = [row for row in rows if not one or match_key(row.value.key) == one]
        if one and not chosen:
            return Result(done=False, words="Pairs has no row of that name. Type its RowKey, or nothing.")
        waiting = [row for row in chosen if self._is_to_come(row.value)]
        before = sum(row.value.cause == mark for row in chosen if not self._is_to_come(row.value))
        note = _read(command.note)
        refusal = _refusal(note, len(waiting) + before, one=bool(one))
        if refusal or note is None:
            return Result(done=False, words=refusal)
        held = await self._hold(current, waiting, [row.value for row in rows], note.start)
        if held:
            return Result(done=False, words=_words_of_held(held))
        offered_at = self._clock.now()
        cells: dict[str, Cell] = {"Cause": mark, **_told(current, offered_at)}
        if note.start is not None:
            cells["StartDate"] = note.start.isoformat()
        for row in waiting:
            # Whoever has changed the row since it was read and counted has changed their mind about it.
            await self._pairs.change(row, cells)
        after = await self._pairs.of(current.programme.id)
        published = sum(row.value.cause == mark and not self._is_to_come(row.value) for row in after)
        last = not one or not any(self._is_to_come(row.value) for row in after)
        told = await self._close_round(current, offered_at, mark) if last else 0
        step(logger, "pairs published", programme=current.programme.id)
        words = _words(current, published, len(waiting) + before, offered_at)
        return Result(done=True, words=words + _words_of_left_out(told))

    def _is_to_come(self, row: PairRow) -> bool:
        pair = self._reader.read(row)
        return isinstance(pair, Pair) and pair.status in TO_COME

    async def _hold(
        self, current: Current, waiting: Sequence[Stored[PairRow]], rows: Sequence[PairRow], start: date | None
    ) -> Mapping[str, str]:
        """Why pairs cannot be published as they are, by the name of their row, which says so too."""
        everybody = await self._people.of(current, await self._pairs.all(), ended_here=False)
        # Two rows for one person are noticed before either is told to anybody.
        as_told = {row.value.key: _as_told(self._reader, row.value) for row in waiting}
        others = [as_told.get(row.key, row) for row in rows]
        today = self._clock.now().astimezone(current.programme.tz).date()
        held = {}
        for row in waiting:
            pair = self._reader.read(as_told[row.value.key])
            if isinstance(pair, str):
                problem = pair
            else:
                day = start or pair.start
                problem = (
                    await self._reader.people_problem(current.programme.model, pair)
                    or self._reader.objections(row.value, pair, others, everybody)
                    or start_problem(current.programme, day, closes_at=current.closes_at, today=today)
                    or past_start(day, today=today, typed=row.value.overruled)
                )
            if problem:
                held[row.value.key] = problem
                await self._pairs.change(row, {"Remark": problem})
        return held

    async def _close_round(self, current: Current, now: datetime, mark: str) -> int:
        """Tell whoever is in none of the pairs of a round, and remember them, so that they come first in the next one.

        Returns how many are told. Whoever was approved after the draw was not looked for, and hears nothing. A few
        pairs that are published by themselves, whatever became of the drafts, are not that round yet.
        """
        rounds = await self._rounds.of(current.programme.id)
        last = max(rounds, key=lambda one: one.number, default=None)
        if last is None or last.published_at is not None:
            return last.told if last is not None and last.published_by == mark else 0
        everybody = await self._people.of(current, (), only=())
        rows = await self._pairs.of(current.programme.id)
        read = [pair for row in rows if isinstance(pair := self._reader.read(row.value), Pair)]
        paired = {r for pair in read if pair.status in _STANDS for r in (pair.mentor, pair.mentee)}
        together = {r for pair in read if pair.status in TOGETHER for r in (pair.mentor, pair.mentee)}
        if len(together) * 2 < last.paired:
            return 0
        applications, drawn_at = everybody.applications, last.drawn_at or now
        alone = sorted(r for r in everybody.people.keys() - paired if _approved_at(applications[r]) <= drawn_at)
        told = [reference for reference in alone if _is_told(applications[reference], drawn_at)]
        # Told before the round is closed: a crash in between has the same people told again, which changes nothing.
        for reference in told:
            await self._writer.change(
                current,
                reference,
                lambda newest: left_out(newest, now=now) if newest.status is Status.APPROVED else newest,
                who="an administrator",
                what="command: publish pairs",
            )
        closed = replace(last, published_at=now, left_out=tuple(alone), told=len(told), published_by=mark)
        await self._rounds.put(closed)
        return len(told)


def _approved_at(application: Application) -> datetime:
    request = application.request
    return (request.answered_at if request else None) or application.let_in_at or application.received_at


def _is_told(application: Application, drawn_at: datetime) -> bool:
    """Whether somebody who is left out is told for this draw, perhaps again after a crash; once in all rounds."""
    before = application.left_out_at
    return application.no_partner_at is None and (before is None or before >= drawn_at)


def _told(current: Current, now: datetime) -> dict[str, Cell]:
    """What a pair becomes of which both are told now."""
    if current.programme.matching.days_to_say_no == 0:
        return {"Status": PairStatus.CONFIRMED}
    return {
        "Status": PairStatus.OFFERED,
        "OfferedAt": now,
        "AnswerBy": last_day_to_say_no(current.programme, now),
    }


def _as_told(reader: PairReader, row: PairRow) -> PairRow:
    """The row as if both had been told."""
    pair = reader.read(row)
    if isinstance(pair, str):
        return row
    told = replace(row, status=PairStatus.OFFERED, known_as=pair.id, offered_at=_EVER)
    return replace(told, seen=f"|{PairStatus.OFFERED}")


def mark_of(command: Command) -> str:
    """What stands for a command in the rows that it changed: the same row of ``Commands`` gives the same."""
    return hashlib.sha256(f"{command.partition}|{command.key}".encode()).hexdigest()[:16]


def _read(note: str) -> _Note | None:
    found = _NOTE.fullmatch(note.strip().casefold())
    if found is None:
        return None
    try:
        return _Note(int(found["number"]), date.fromisoformat(found["day"]) if found["day"] else None)
    except ValueError:
        return None


def _refusal(note: _Note | None, number: int, *, one: bool) -> str:
    if number == 0:
        return (
            "This pair is neither a draft nor proposed, so there is nothing to publish."
            if one
            else "Pairs has no drafts and no proposed pairs. 'draw pairs' makes drafts."
        )
    there = "is 1 pair" if number == 1 else f"are {number} pairs"
    if note is None:
        return (
            f"Note must say how many pairs you are publishing: there {there}. Read them in Pairs, then type the "
            f"command again with Note {number}, or '{number} from 2026-04-20' for one first day."
        )
    if note.number != number:
        return (
            f"Note says {note.number}, but there {there} to publish. Read them in Pairs again, then type the command "
            f"with Note {number}."
        )
    return ""


def _words_of_held(held: Mapping[str, str]) -> str:
    names = [f"'{key}'" for key in sorted(held)]
    shown = wording.listed([*names[:_NAMED], *([f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [])])
    rows = "row" if len(names) == 1 else "rows"
    return f"Nothing was published. See Remark of the {rows} {shown} in Pairs, then type the command again."


def _words_of_left_out(told: int) -> str:
    if told == 0:
        return ""
    people = "1 person has" if told == 1 else f"{told} people have"
    return f" {people} no partner among them, and {'is' if told == 1 else 'are'} told so kindly."


def _words(current: Current, published: int, wanted: int, now: datetime) -> str:
    pairs = "1 pair" if published == 1 else f"{published} pairs"
    missed = wanted - published
    changed = f" {missed} more had been changed meanwhile, and stayed as they are." if missed else ""
    if current.programme.matching.days_to_say_no == 0:
        return f"{pairs} confirmed. Both people are introduced on their first day.{changed}"
    until = wording.day(last_day_to_say_no(current.programme, now).astimezone(current.programme.tz).date())
    are = "is" if published == 1 else "are"
    return f"{pairs} {are} offered to both people, who can say no until {until}. Then they are confirmed.{changed}"
