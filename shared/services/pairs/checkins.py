"""Pairs and their six months: a row in ``Pairs`` leads to introductions and check-ins; answers come back by link."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared.domain import wording
from shared.domain.application import Application, Status
from shared.domain.cohort_model import Seat
from shared.domain.expiry import check_in_link_ends, is_over
from shared.domain.jobs import LookAtPair
from shared.domain.owed import owed_to_pair
from shared.domain.pairs import (
    TOGETHER,
    CheckIn,
    CheckInAnswer,
    CheckInStatus,
    Pair,
    PairRow,
    PairStatus,
    answered,
    expected_checkins,
    last_day_to_say_no,
    matched,
    no_longer_matched,
    past_start,
    silent_at,
    start_problem,
)
from shared.domain.programme import LONDON, UNSAID, Branding, Imprint, Programme
from shared.domain.references import Link, Purpose
from shared.errors import LostRace, ServiceError, explained
from shared.log import step
from shared.ports import Cell, Clock, Stored
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.links import LinkBook, check_in_page, partner_page
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.pairs.changed_rows import ChangedRows
from shared.services.pairs.people import PairPeople
from shared.services.pairs.rows import (
    NO_PROGRAMME,
    PairReader,
    being_taken_up,
    fingerprint,
    known,
    waits_to_be_searched,
)
from shared.stores.checkins import CheckIns
from shared.stores.pairs import Pairs

logger = logging.getLogger(__name__)

_TRIES = 6
_EXPECTED = CheckInStatus.EXPECTED
_NOT_UNDERSTOOD = (
    "This row could not be worked on. Check StartDate, and look in Applications and CheckIns for a word of these two "
    "people that was typed by hand. It is tried again at every tick."
)


@dataclass(frozen=True, slots=True)
class CheckInView:
    """What the check-in page shows. ``start`` is the pair's first day, in the programme's ``zone``.

    ``still_going``: meetings are not counted, and the question is whether the two still meet.
    """

    programme: str
    name: str
    partner: str
    meeting: int
    meetings: int
    checkin: CheckIn
    contacts: tuple[str, ...]
    over: bool
    start: date
    branding: Branding = "nhs"
    zone: ZoneInfo = LONDON
    still_going: bool = False
    imprint: Imprint = UNSAID


@dataclass(frozen=True, slots=True)
class MeetingAhead:
    """What a person's own page shows of their meetings: a check-in to answer now, or when the next one comes."""

    partner: str
    meeting: int
    meetings: int
    day: str
    address: str


class CheckInService:
    """Starts pairs, keeps their check-ins, and takes the answers."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        pairs: Pairs,
        book: PairReader,
        people: PairPeople,
        checkins: CheckIns,
        writer: ApplicationWriter,
        links: LinkBook,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._pairs = pairs
        self._changed = ChangedRows(pairs, book)
        self._book = book
        self._people = people
        self._checkins = checkins
        self._writer = writer
        self._links = links
        self._outbox = outbox
        self._clock = clock

    async def look_at_rows(self) -> None:
        """Take up rows of ``Pairs`` that are new or were changed since they were last looked at.

        They are taken in the order of their names, each with those before it in mind: of two rows that were typed at
        the same time for one person, the first is confirmed.
        """
        await self._look_at(await self._changed.rows())

    async def take_up(self, programme: str, key: str) -> None:
        """The same for one row, at once; what fails is done by the next tick."""
        await self._look_at(await self._pairs.all(), only=(programme, key))

    async def _look_at(self, all_rows: Sequence[PairRow], only: tuple[str, str] | None = None) -> None:
        rows = {(row.programme, row.key): row for row in all_rows}
        searches = {row.programme for row in all_rows if waits_to_be_searched(row)}
        for place in sorted(rows):
            row = rows[place]
            if row.seen == fingerprint(row) or only not in {None, place}:
                continue
            try:
                await self._look_at_row(row, rows)
            except Exception as exc:  # noqa: BLE001 -- one row must never keep the others, and the clock, from working
                pair = row.known_as or "that is new"
                logger.error("pair %s is looked at again in the next tick: %s", pair, explained(exc))  # noqa: TRY400
                if not isinstance(exc, ServiceError):
                    await self._remark(row, _NOT_UNDERSTOOD)
        for programme in sorted(searches):
            await self._outbox.wake_pairs(programme)

    async def _look_at_row(self, row: PairRow, rows: dict[tuple[str, str], PairRow]) -> None:
        current = await self._programmes.current(row.programme)
        if current is None:
            await self._refuse(row, NO_PROGRAMME)
            return
        # Before they are judged; a row without a remark is looked at once more in any case.
        versions = await self._book.versions(row) if row.remark else ""
        pair = self._book.read(row)
        problem = pair if isinstance(pair, str) else self._start_problem(current, pair)
        if isinstance(pair, str) or problem:
            await self._refuse(row, problem)
            return
        if pair.status in {*TOGETHER, PairStatus.PROPOSED}:
            problem = await self.problem(current, row, pair, rows.values())
            if not problem and pair.status is PairStatus.CONFIRMED and not await self._knows_start(current, row, pair):
                problem = past_start(pair.start, today=self._today(current), typed=row.overruled)
            if problem:
                # The people may be approved, or another pair of theirs may end, without anybody touching the row.
                await self._remark(row, problem)
                if row.remark == problem:
                    self._changed.hold(row, versions)
                return
        pair = _since(current.programme, pair, self._clock.now())
        # The id first, so that the mailbox worker finds the row; "seen" last, so that a crash repeats what follows.
        noted = replace(
            known(row, pair),
            confirmed_at=pair.confirmed_at,
            offered_at=pair.offered_at,
            answer_by=pair.answer_by,
            ended_at=pair.ended_at,
        )
        begun = being_taken_up(row) if pair.status in TOGETHER else row.seen
        # Before the write, which may have had its effect where it fails.
        rows[row.programme, row.key] = replace(noted, seen=begun)
        await self._pairs.note(replace(noted, seen=begun))
        await self.reconcile(current, pair)
        await self._note_beside_people(current, row, pair)
        await self._pairs.note(noted)

    async def problem(self, current: Current, row: PairRow, pair: Pair, rows: Iterable[PairRow]) -> str:
        """Why the two of a row are not told of each other, or ''. ``rows`` are all of ``Pairs``."""
        problem = await self._book.people_problem(current.programme.model, pair)
        if problem or self._book.is_taken_up(row):
            return problem
        everybody = list(rows)
        entrants = await self._people.of(current, everybody, only={pair.mentor, pair.mentee}, ended_here=False)
        return self._book.objections(row, pair, everybody, entrants)

    async def _knows_start(self, current: Current, row: PairRow, pair: Pair) -> bool:
        """Whether both know this first day: it was confirmed before, or offered. A local midnight was once read as a
        day earlier."""
        if row.confirmed_at is None:
            return row.offered_at is not None
        if any(f"|{day}|" in row.seen for day in (pair.start, pair.start - timedelta(days=1))):
            return True
        due = {checkin.id: checkin.due_at for checkin in await self._checkins.of_pair(pair.programme, pair.id)}
        expected = expected_checkins(current.programme, pair, self._clock.now())
        return any(due.get(checkin.id) == checkin.due_at for checkin in expected)

    def _start_problem(self, current: Current, pair: Pair) -> str:
        """What is wrong with the first day of a pair that takes place. One that ends may, whenever it began."""
        if pair.status not in TOGETHER:
            return ""
        today = self._clock.now().date()
        return start_problem(current.programme, pair.start, closes_at=current.closes_at, today=today)

    async def _note_beside_people(self, current: Current, row: PairRow, pair: Pair) -> None:
        """Have the applications say who is in this pair, and who of its row before is not any more."""
        people = {pair.mentor, pair.mentee}
        before = people
        if row.known_as and row.known_as != pair.id:
            before = people | {c.reference for c in await self._checkins.of_pair(pair.programme, row.known_as)}
        now = people if pair.status is PairStatus.CONFIRMED else set()
        today = self._today(current)

        def change(newest: Application) -> Application:
            if newest.reference in now:
                return matched(newest, row.key, pair.start)
            return no_longer_matched(newest, row.key, today=today)

        for reference in sorted(before):
            what = "matched" if reference in now else "no longer matched"
            await self._writer.change(current, reference, change, who="an administrator", what=what)

    async def let_go_of_deleted_rows(self, current: Current) -> None:
        """Have applications say no longer that they are matched in a row of ``Pairs`` that somebody deleted."""
        self._changed.read_all_next()  # once a day, in case the table's clocks were further apart than they should be
        matched_in = {a.reference: a.pairs async for a in self._book.applications(current.programme.id) if a.pairs}
        # Read after the applications: a row that is not there now was deleted, and is not a new one.
        rows = {row.key for row in await self._pairs.all() if row.programme == current.programme.id}
        for reference, pairs in matched_in.items():
            for key in sorted(pairs.keys() - rows):
                change = partial(no_longer_matched, pair=key, today=self._today(current))
                what = "no longer matched"
                await self._writer.change(current, reference, change, who="an administrator", what=what)

    def _today(self, current: Current) -> date:
        return self._clock.now().astimezone(current.programme.tz).date()

    async def _remark(self, row: PairRow, remark: str) -> None:
        if row.remark != remark:
            await self._pairs.note(replace(row, remark=remark))

    async def _refuse(self, row: PairRow, remark: str) -> None:
        await self._pairs.note(replace(row, remark=remark, seen=fingerprint(row)))

    async def look_again(self, current: Current, pair_id: str) -> None:
        """What a job asks for: settle silences, then make sure that everything owed is in place."""
        pair = await self._book.pair(current.programme.id, pair_id)
        if pair is None or self._start_problem(current, pair):
            return  # a row that was refused: its check-ins stay as they are, and nobody is called silent
        now = self._clock.now()
        if pair.status is PairStatus.OFFERED:
            await self._settle_offer(pair, now)
            return
        if pair.status is PairStatus.CONFIRMED and not await self._book.both_take_part(pair):
            await self.reconcile(current, pair)
            return  # nobody is asked any more, so nobody is silent
        for checkin in await self._checkins.of_pair(pair.programme, pair.id):
            waiting = checkin.status is CheckInStatus.EXPECTED and pair.status is PairStatus.CONFIRMED
            if waiting and silent_at(current.programme, checkin) <= now:
                await self._change(checkin, _silent)
        await self.reconcile(current, pair)

    async def look_at_person(self, current: Current, reference: str) -> None:
        """What a job asks for when somebody takes part no longer: their partners are told, and offers to them end."""
        for row in await self._pairs.all():
            pair = self._book.read(row) if row.programme == current.programme.id else ""
            if isinstance(pair, Pair) and reference in {pair.mentor, pair.mentee} and row.taken_up:
                await self.look_again(current, pair.id)

    async def _settle_offer(self, pair: Pair, now: datetime) -> None:
        """End an offer to somebody who left; confirm one to which nobody said no in time, or asked to talk first."""
        row = await self._pairs.stored(pair.programme, pair.id)
        offer = self._book.read(row.value) if row is not None else ""
        if row is None or not isinstance(offer, Pair) or offer.status is not PairStatus.OFFERED:
            return
        if not await self._book.both_take_part(offer):
            cells: Mapping[str, Cell] = {"Status": PairStatus.DECLINED, "DeclinedAt": now}
        elif offer.is_late(now) and not offer.waits_for_talk:
            cells = {"Status": PairStatus.CONFIRMED}
        else:
            return
        await self._pairs.change(row, cells)
        await self.take_up(pair.programme, row.value.key)

    async def reconcile(self, current: Current, pair: Pair) -> None:
        """Put in place the check-ins, links and mails that a pair is owed."""
        if pair.status is PairStatus.OFFERED:
            await asyncio.gather(*(self._links.store(partner_page(pair, seat)) for seat in Seat))
        present = {c.id: c for c in await self._checkins.of_pair(pair.programme, pair.id)}
        left = await self._book.left(pair) if pair.status is PairStatus.CONFIRMED else {}
        if pair.status is PairStatus.CONFIRMED and not left:
            expected = expected_checkins(current.programme, pair, self._clock.now())
            new = [c for c in expected if c.id not in present]
            moved = [c for c in expected if c.id in present and _moved(present[c.id], c)]
            # Links first: a row that is there says that its link is too.
            await asyncio.gather(*(self._links.store(check_in_page(c)) for c in new))
            await asyncio.gather(*(self._checkins.add(c) for c in new))
            await asyncio.gather(*(self._change(c, partial(_as_moved, to=c)) for c in moved))
            present |= {c.id: c for c in (*new, *moved)}
        checkins = tuple(sorted(present.values(), key=lambda c: (c.meeting, c.seat)))
        elsewhere = await self._book.moved(pair) if pair.status is PairStatus.CONFIRMED else {}
        owed = owed_to_pair(current.programme, pair, checkins, left=left, moved=elsewhere)
        if await self._outbox.put_in_place(current.programme, pair.id, owed):
            await self._outbox.wake(current.programme)

    async def of_person(self, programme: Programme, application: Application) -> tuple[MeetingAhead, ...]:
        """The check-ins that wait for somebody's answer, and the next that comes, of each pair they are in."""
        now, found = self._clock.now(), []
        for key in application.pairs:
            row = await self._pairs.get(programme.id, key)
            pair = await self._book.pair(programme.id, row.value.known_as) if row and row.value.known_as else None
            if pair is None or pair.status is not PairStatus.CONFIRMED:
                continue
            checkins = [c for c in await self._checkins.of_pair(programme.id, pair.id) if c.status is _EXPECTED]
            mine = sorted((c for c in checkins if c.reference == application.reference), key=lambda c: c.meeting)
            waiting = [checkin for checkin in mine if checkin.due_at <= now]
            coming = [checkin for checkin in mine if checkin.due_at > now][:1]
            for checkin in (*waiting, *coming):
                partner = (await self._book.both(pair))[checkin.seat.other]
                found.append(
                    MeetingAhead(
                        partner=partner.person.full_name if partner else "",
                        meeting=checkin.meeting,
                        meetings=(programme.meetings.count or 0) if programme.meetings else 0,
                        day=wording.day(checkin.due_at.astimezone(programme.tz).date()),
                        address=self._links.path(check_in_page(checkin)) if checkin.due_at <= now else "",
                    )
                )
        return tuple(found)

    async def _change(self, checkin: CheckIn, change: Callable[[CheckIn], CheckIn]) -> None:
        """Change a check-in as it stands by now: since it was read, it may have been answered, or emptied."""
        for _ in range(_TRIES):
            stored = await self._checkins.get(checkin.programme, checkin.id)
            if stored is None:
                return
            changed = change(stored.value)
            if changed == stored.value or await self._checkins.replace(changed, stored.etag):
                return
        raise LostRace("the check-in is being changed by others at the same time")

    async def view(self, token: str) -> CheckInView | None:
        """What the link opens, or None if there is no such link, or its person takes part no longer."""
        found = await self._find(token)
        if found is None:
            return None
        programme, pair = found.programme, found.pair
        meetings = programme.meetings
        return CheckInView(
            programme=programme.name,
            name=found.names[found.checkin.value.seat],
            # Of somebody who has left, or was erased, the other one is told nothing.
            partner="" if found.over else found.names[found.checkin.value.seat.other],
            meeting=found.checkin.value.meeting,
            meetings=(meetings.count if meetings else None) or 0,
            still_going=not programme.model.counts_meetings,
            checkin=found.checkin.value,
            contacts=programme.contacts.form_support,
            imprint=programme.imprint,
            over=found.over,
            start=pair.start,
            branding=programme.branding,
            zone=programme.tz,
        )

    async def answer(self, token: str, answer: CheckInAnswer) -> bool:
        """Store an answer; a later one replaces the earlier. False if the link opens nothing, or its pair has ended.

        Everything is looked at again before each try: an answer that is under way never lands in what was emptied.
        """
        for _ in range(_TRIES):
            found = await self._find(token)
            if found is None or found.over:
                return False
            pair, before = found.pair, found.checkin.value
            after = answered(before, answer, now=self._clock.now())
            if await self._checkins.replace(after, found.checkin.etag):
                break
        else:
            raise LostRace("the check-in is being changed by others at the same time")
        step(logger, "check-in answered", reference=before.reference, pair=pair.id, programme=pair.programme)
        meetings = found.programme.meetings
        was_last = meetings is not None and before.meeting == meetings.count
        if (answer.wants_to_talk and not before.wants_to_talk) or was_last:
            # The digest carries it to the equality team; the pair's own job makes sure that it is looked at, and that
            # whoever has told of the last meeting is thanked.
            await self._outbox.look(pair.programme, LookAtPair(pair.id))
        return True

    async def _find(self, token: str) -> "_Opened | None":
        """What a link opens. Its page shows no session, so the file's programme will do: reading them takes longest."""
        link = await self._links.find(token, Purpose.CHECK_IN)
        programme = self._programmes.file(link.programme) if link else None
        if link is None or programme is None:
            return None
        opened = await self._of_link(programme, link)
        if opened is None or await self._has_ended(programme, opened.checkin.value):
            return None
        return opened

    async def _has_ended(self, programme: Programme, checkin: CheckIn) -> bool:
        """Whether its link has expired. A session that was moved to a later day keeps links alive."""
        now = self._clock.now()
        if not is_over(check_in_link_ends(programme, checkin.due_at), now):
            return False
        current = await self._programmes.current(programme.id)
        return current is None or is_over(check_in_link_ends(current.programme, checkin.due_at), now)

    async def _of_link(self, programme: Programme, link: Link) -> "_Opened | None":
        """The pair, the check-in, and both people; None if the one who was asked takes part no longer.

        The check-in is read before the people: whoever is erased after that has emptied it before anything is written.
        """
        pair, checkin = await asyncio.gather(
            self._book.readable_pair(link.programme, link.subject),
            self._checkins.get(link.programme, f"{link.subject}.{link.detail}"),  # see ``CheckIn.id``
        )
        if pair is None or checkin is None:
            return None
        people = await self._book.both(pair)
        if not _takes_part(people[checkin.value.seat]):
            return None
        names = {seat: person.person.full_name if person else "" for seat, person in people.items()}
        over = pair.status is not PairStatus.CONFIRMED or not all(map(_takes_part, people.values()))
        return _Opened(programme, pair, checkin, names, over)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a link opens. ``over``: the pair has ended, or one of the two takes part no longer."""

    programme: Programme
    pair: Pair
    checkin: Stored[CheckIn]
    names: dict[Seat, str]
    over: bool


def _since(programme: Programme, pair: Pair, now: datetime) -> Pair:
    """The pair with the instants from which it counts, which a row that was typed does not say."""
    if pair.status is PairStatus.CONFIRMED and pair.confirmed_at is None:
        return replace(pair, confirmed_at=now)
    if pair.status is PairStatus.ENDED and pair.confirmed_at is not None and pair.ended_at is None:
        return replace(pair, ended_at=now)
    if pair.status is PairStatus.OFFERED:
        offered_at = pair.offered_at or now
        answer_by = pair.answer_by or last_day_to_say_no(programme, offered_at)
        return replace(pair, offered_at=offered_at, answer_by=answer_by)
    return pair


def _takes_part(application: Application | None) -> bool:
    return application is not None and application.status is Status.APPROVED


def _silent(checkin: CheckIn) -> CheckIn:
    return replace(checkin, status=CheckInStatus.SILENT) if checkin.status is CheckInStatus.EXPECTED else checkin


def _as_moved(checkin: CheckIn, to: CheckIn) -> CheckIn:
    return to if _moved(checkin, to) else checkin


def _moved(present: CheckIn, expected: CheckIn) -> bool:
    """Whether the start day was changed and an open check-in has to move with it."""
    return present.status is CheckInStatus.EXPECTED and present.due_at != expected.due_at
