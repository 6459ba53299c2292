"""Reads ``Pairs`` as the app understands it: what an administrator typed, checked and turned into pairs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from shared.domain.answers import email_key
from shared.domain.application import Application, Status
from shared.domain.cohort_model import CohortModel, Role, Seat
from shared.domain.pairs import Pair, PairStatus, objections_to
from shared.domain.references import read_reference
from shared.domain.text import as_word
from shared.errors import UnreadableRow
from shared.ports import PairRow
from shared.services.base.tokens import Tokens
from shared.stores.applications import Applications
from shared.stores.pairs import Pairs

NO_PROGRAMME = "PartitionKey is not a programme. Use the programme's id, as in Programmes."
# Near the ends of the calendar even adding a month fails.
_YEARS = range(2000, 3000)
# As many as the intake tries before it gives up on a reference.
_REFERENCE_TRIES = 4
_UNKNOWN_WORD = "a cell of its row in Applications holds a word that the app does not know. Put back what stood there."


class PairReader:
    """Reads pairs, and says in plain words what is wrong with a row."""

    def __init__(self, *, pairs: Pairs, applications: Applications, tokens: Tokens) -> None:
        self._pairs = pairs
        self._applications = applications
        self._tokens = tokens

    async def pair(self, programme: str, pair: str) -> Pair | None:
        """The pair of that id, or None if there is none, or if its row no longer makes sense or is of other people now.

        One that is typed as confirmed and was not taken up is only proposed: nobody is written to.
        """
        row = await self._pairs.find(programme, pair)
        read = self.read(row) if row else None
        if row is None or not isinstance(read, Pair) or read.id != pair:
            return None
        refused = read.status is PairStatus.CONFIRMED and not row.taken_up
        return replace(read, status=PairStatus.PROPOSED) if refused else read

    def is_taken_up(self, row: PairRow) -> bool:
        """Whether the two people who are typed in it are a confirmed pair."""
        read = self.read(row)
        return row.taken_up and isinstance(read, Pair) and read.id == row.known_as

    async def readable_pair(self, programme: str, pair: str) -> Pair | None:
        """The pair of that id, or None if there is none. Raises UnreadableRow if its row no longer makes sense."""
        row = await self._pairs.find(programme, pair)
        read = self.read(row) if row else None
        if row is not None and isinstance(read, str):
            raise UnreadableRow("Pairs", row.known_as, "")
        return read if isinstance(read, Pair) and read.id == pair else None

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
        try:
            start = date.fromisoformat(row.start.strip())
        except ValueError:
            return "StartDate is not a date. Type it like 2026-04-20."
        if start.year not in _YEARS:
            return f"StartDate is in the year {start.year}. Check the year."
        return Pair(
            programme=row.programme,
            id=self._tokens.reference("pair", row.programme, mentor, mentee),
            mentor=mentor,
            mentee=mentee,
            start=start,
            status=status,
            confirmed_at=row.confirmed_at,
            row=row.key,
            silence_known=row.silence_known,
        )

    async def both_take_part(self, pair: Pair) -> bool:
        """Whether both people are approved still: nobody is written to about a pair otherwise."""
        stored = [await self._applications.get(pair.programme, pair.reference_of(seat)) for seat in Seat]
        return all(one is not None and one.value.status is Status.APPROVED for one in stored)

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

    async def objections(self, model: CohortModel, row: PairRow, pair: Pair, others: Iterable[PairRow]) -> str:
        """Why two people who can be a pair are not introduced to each other all the same, or ''.

        ``others`` are all rows of ``Pairs``. The same two in another row are the same pair, and are told nothing twice.
        """
        stored = {s: await self._applications.get(pair.programme, pair.reference_of(s)) for s in Seat}
        people = {seat: one.value for seat, one in stored.items() if one is not None}
        if len(people) < len(stored):
            return ""
        rows = [o for o in others if o.programme == row.programme and o.known_as != pair.id and self.is_taken_up(o)]
        taken = [
            (seat, other.key)
            for seat, person in people.items()
            for other in sorted(rows, key=lambda other: other.key)
            if not self._known_as(person).isdisjoint(_people(other))
        ]
        return objections_to(model, people[Seat.MENTOR], people[Seat.MENTEE], taken, row.overruled)

    def _known_as(self, person: Application) -> frozenset[str]:
        """The references of a person's applications: the same address may have applied for the other role too."""
        key = email_key(person.person.email)
        derived = (
            self._tokens.reference(person.programme, key, role, attempt=attempt)
            for role in Role
            for attempt in range(_REFERENCE_TRIES)
        )
        return frozenset((person.reference, *derived)) if key else frozenset((person.reference,))


def _people(row: PairRow) -> frozenset[str | None]:
    return frozenset((read_reference(row.mentor), read_reference(row.mentee)))


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


def fingerprint(row: PairRow) -> str:
    """What was typed, to notice when it changes."""
    return "|".join((row.mentor.strip(), row.mentee.strip(), row.start.strip(), row.status.strip().lower()))
