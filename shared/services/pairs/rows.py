"""Reads ``Pairs`` as the app understands it: what an administrator typed, checked and turned into pairs."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date, datetime

from shared.domain.application import Application, Status
from shared.domain.cohort_model import CohortModel, Seat
from shared.domain.pairs import NO_DAY, TOGETHER, Pair, PairRow, PairStatus, PartnerAnswer, objections_to
from shared.domain.references import read_reference
from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.services.base.tokens import Tokens
from shared.services.pairs.people import Entrants
from shared.stores.applications import Applications
from shared.stores.pairs import Pairs

NO_PROGRAMME = "PartitionKey is not a programme. Use the programme's id, as in Programmes."
# Near the ends of the calendar even adding a month fails.
_YEARS = range(2000, 3000)
_UNKNOWN_WORD = "a cell of its row in Applications holds a word that the app does not know. Put back what stood there."


class PairReader:
    """Reads pairs, and says in plain words what is wrong with a row."""

    def __init__(self, *, pairs: Pairs, applications: Applications, tokens: Tokens) -> None:
        self._pairs = pairs
        self._applications = applications
        self._tokens = tokens

    async def pair(self, programme: str, pair: str) -> Pair | None:
        """The pair of that id, or None if there is none, or if its row no longer makes sense or is of other people now.

        One that is typed as confirmed or offered and was not taken up is only proposed: nobody is written to.
        """
        row = await self._pairs.find(programme, pair)
        read = self.read(row) if row else None
        if row is None or not isinstance(read, Pair) or read.id != pair:
            return None
        refused = read.status in TOGETHER and not row.taken_up
        return replace(read, status=PairStatus.PROPOSED) if refused else read

    def is_taken_up(self, row: PairRow) -> bool:
        """Whether the two people who are typed in it are a confirmed pair, or are offered to each other."""
        read = self.read(row)
        return row.taken_up and isinstance(read, Pair) and read.id == row.known_as

    async def readable_pair(self, programme: str, pair: str) -> Pair | None:
        """The pair of that id, or None if there is none. Raises UnreadableRow if its row no longer makes sense."""
        row = await self._pairs.find(programme, pair)
        read = self.read(row) if row else None
        if row is not None and isinstance(read, str):
            raise UnreadableRow("Pairs", row.known_as, "")
        return read if isinstance(read, Pair) and read.id == pair else None

    async def of(self, programme: str, keys: Iterable[str]) -> list[Pair]:
        """The pairs that stand in the rows of these names, as far as the rows can be read."""
        rows = [await self._pairs.get(programme, key) for key in keys]
        read = [self.read(row.value) for row in rows if row is not None]
        return [pair for pair in read if isinstance(pair, Pair)]

    def id_of(self, programme: str, mentor: str, mentee: str) -> str:
        """The id of two people as a pair."""
        return self._tokens.reference("pair", programme, mentor, mentee)

    def read(self, row: PairRow) -> Pair | str:
        """The pair of a row, or what is wrong with the row."""
        status = as_word(row.status, PairStatus)
        if status is None:
            return f"Status is none of: {', '.join(PairStatus)}."
        mentor, mentee = read_reference(row.mentor), read_reference(row.mentee)
        if mentor is None:
            return "Mentor is not a reference. Copy the RowKey of the mentor's application."
        if mentee is None:
            return "Mentee is not a reference. Copy the RowKey of the mentee's application."
        start = NO_DAY
        if status in TOGETHER or row.start.strip():
            try:
                start = date.fromisoformat(row.start.strip())
            except ValueError:
                return "StartDate is not a date. Type it like 2026-04-20."
            if start.year not in _YEARS:
                return f"StartDate is in the year {start.year}. Check the year."
        return Pair(
            programme=row.programme,
            id=self.id_of(row.programme, mentor, mentee),
            mentor=mentor,
            mentee=mentee,
            start=start,
            status=status,
            confirmed_at=row.confirmed_at,
            offered_at=row.offered_at,
            answer_by=row.answer_by,
            declined_at=row.declined_at,
            ended_at=row.ended_at,
            mentor_says=as_word(row.mentor_says, PartnerAnswer),
            mentee_says=as_word(row.mentee_says, PartnerAnswer),
            row=row.key,
            silence_known=row.silence_known,
        )

    async def both(self, pair: Pair) -> dict[Seat, Application | None]:
        """The applications of the two people, None for one that is gone."""
        stored = await asyncio.gather(*(self._applications.get(pair.programme, pair.reference_of(s)) for s in Seat))
        return {seat: one.value if one else None for seat, one in zip(Seat, stored, strict=True)}

    async def versions(self, row: PairRow) -> str:
        """What changes when one of the two applications that a row names is written; '' for one that is not there."""
        found = []
        for reference in map(read_reference, (row.mentor, row.mentee)):
            try:
                stored = await self._applications.get(row.programme, reference) if reference else None
            except UnreadableRow:
                stored = None
            found.append(stored.etag if stored else "")
        return "|".join(found)

    async def application(self, programme: str, reference: str) -> Application | None:
        """One application, or None."""
        stored = await self._applications.get(programme, reference)
        return stored.value if stored else None

    def applications(self, programme: str) -> AsyncIterator[Application]:
        """Every application of a programme that can be read."""
        return self._applications.all(programme)

    async def left(self, pair: Pair) -> dict[Seat, datetime]:
        """Who of the two takes part no longer, and since when."""
        people = await self.both(pair)
        return {
            seat: application.closed_at or application.received_at
            for seat, application in people.items()
            if application is not None and application.status is not Status.APPROVED
        }

    async def moved(self, pair: Pair) -> dict[Seat, datetime]:
        """Who of the two has another address than before, and since when."""
        people = await self.both(pair)
        return {seat: one.address_changed_at for seat, one in people.items() if one and one.address_changed_at}

    async def both_take_part(self, pair: Pair) -> bool:
        """Whether both people are approved still: nobody is written to about a pair otherwise."""
        people = await self.both(pair)
        return all(one is not None and one.status is Status.APPROVED for one in people.values())

    async def people_problem(self, model: CohortModel, pair: Pair) -> str:
        """Why these two cannot be a pair, or ''."""
        for seat in Seat:
            try:
                stored = await self._applications.get(pair.programme, pair.reference_of(seat))
            except UnreadableRow as exc:
                return f"{seat.value.capitalize()}: {exc.reason}. Put back what stood there."
            problem = _person_problem(model, stored.value if stored else None, seat)
            if problem:
                return problem
        return ""

    def objections(self, row: PairRow, pair: Pair, others: Iterable[PairRow], entrants: Entrants) -> str:
        """Why two people who can be a pair are not introduced to each other all the same, or ''.

        ``others`` are all rows of ``Pairs``. The same two in another row are the same pair, and are told nothing twice.
        """
        mentor, mentee = (entrants.applications.get(pair.reference_of(seat)) for seat in Seat)
        if mentor is None or mentee is None:
            return ""
        rows = [o for o in others if o.programme == row.programme and o.known_as != pair.id and self.is_taken_up(o)]
        taken = []
        for seat, person in zip(Seat, (mentor, mentee), strict=True):
            inside = [other.key for other in sorted(rows, key=lambda one: one.key) if _is_in(person, other, entrants)]
            could_have = entrants.people.get(person.reference)
            most = could_have.partners(entrants.programme.pairing) if could_have else 1
            if len(inside) >= most:
                taken += [(seat, key) for key in inside]
        model, broken = entrants.programme.model, entrants.broken(pair.mentor, pair.mentee)
        return objections_to(model, mentor, mentee, taken, row.overruled, broken=broken)


def _is_in(person: Application, row: PairRow, entrants: Entrants) -> bool:
    """Whether a row is about the person too, and the other one in it takes part: the same mailbox is the same person,
    whichever of its addresses and roles they applied with."""
    both = [read_reference(row.mentor) or "", read_reference(row.mentee) or ""]
    mine = entrants.mailbox(person.reference)
    inside = [one == person.reference or (bool(mine) and entrants.mailbox(one) == mine) for one in both]
    return any(inside) and all(own or reference in entrants.people for own, reference in zip(inside, both, strict=True))


def _person_problem(model: CohortModel, application: Application | None, seat: Seat) -> str:
    name, role = seat.value.capitalize(), model.role_at(seat)
    if application is None:
        return f"{name}: there is no application with this reference in this programme."
    if application.role is not role:
        return f"{name}: this application is not for the role of {role}."
    if application.status is not Status.APPROVED:
        return f"{name}: this application is not approved; its status is '{application.status}'."
    return ""


def known(row: PairRow, pair: Pair) -> PairRow:
    """The row with what the app now knows of it."""
    return replace(row, known_as=pair.id, remark="", seen=fingerprint(row))


def being_taken_up(row: PairRow) -> str:
    """What stands in ``Seen`` while a confirmed row is worked on, so that a crash neither forgets nor frees it."""
    return f"being taken up|{fingerprint(row)}"


def waits_to_be_searched(row: PairRow) -> bool:
    """Whether one of the two said no to an offer, and nobody has looked for other partners yet."""
    return as_word(row.status, PairStatus) is PairStatus.DECLINED and row.declined_at is not None and not row.searched


def fingerprint(row: PairRow) -> str:
    """What was typed, to notice when it changes."""
    return "|".join((row.mentor.strip(), row.mentee.strip(), row.start.strip(), row.status.strip().lower()))
