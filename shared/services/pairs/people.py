"""Who can be paired in a programme, of what the team may see: nothing here could read lived experience."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from shared.domain.addresses import mailbox_of
from shared.domain.application import Application, Status
from shared.domain.matching.entrants import entrant, rules_broken
from shared.domain.matching.people import Person
from shared.domain.matching.rules import Rule
from shared.domain.pairs import PairRow, PairStatus
from shared.domain.programme import Programme
from shared.domain.references import read_reference
from shared.domain.text import as_word
from shared.services.base.programmes import Current, Programmes
from shared.services.form.earlier import EarlierService
from shared.stores.applications import Applications
from shared.stores.rounds import Rounds


@dataclass(frozen=True, slots=True)
class Entrants:
    """The applications of a programme by reference, and those people of it who can be in a pair."""

    programme: Programme
    applications: Mapping[str, Application]
    people: Mapping[str, Person]

    def broken(self, mentor: str, mentee: str) -> tuple[Rule, ...]:
        """The open rules that must hold and that two of these people break."""
        one, other = self.people.get(mentor), self.people.get(mentee)
        return () if one is None or other is None else rules_broken(self.programme, one, other)

    def mailbox(self, reference: str) -> str:
        """What tells the person behind an application from others, whichever address they applied with."""
        application = self.applications.get(reference)
        return mailbox_of(application.person.email) if application and application.person.email else ""


class PairPeople:
    """Reads them."""

    def __init__(
        self, *, programmes: Programmes, applications: Applications, earlier: EarlierService, rounds: Rounds
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._earlier = earlier
        self._rounds = rounds

    async def of(
        self,
        current: Current,
        rows: Iterable[PairRow],
        *,
        only: Collection[str] | None = None,
        ended_here: bool = True,
    ) -> Entrants:
        """The people of a programme. ``rows`` are all of ``Pairs``; ``only``: no others are looked up elsewhere.

        ``ended_here``: whose pair in this very cohort has ended were partners before too. Who types them again knows.
        """
        programme = current.programme
        applications = {a.reference: a async for a in self._applications.all(programme.id)}
        before, waited = await self._history(programme.id, applications, list(rows), ended_here=ended_here)
        people = {}
        for reference, application in applications.items():
            # A sponsor has a board's place, and is in no pair.
            if application.status is not Status.APPROVED or application.role not in programme.roles or application.test:
                continue
            mailbox = mailbox_of(application.person.email)
            imported = await self._imported(application) if only is None or reference in only else frozenset()
            people[reference] = entrant(
                programme,
                application,
                self._earlier.pseudonym,
                partners_before=frozenset(map(self._earlier.pseudonym, before.get(mailbox, ()))) | imported,
                waited=waited[mailbox],
            )
        return Entrants(programme, applications, people)

    async def _imported(self, application: Application) -> frozenset[str]:
        earlier = await self._earlier.row(application.person.email)
        return earlier.partners if earlier else frozenset()

    async def _history(
        self, programme: str, applications: Mapping[str, Application], rows: Collection[PairRow], *, ended_here: bool
    ) -> tuple[dict[str, set[str]], Counter[str]]:
        """By mailbox: whose partners people were before, here and in other cohorts, and how often they went without."""
        before: dict[str, set[str]] = {}
        waited: Counter[str] = Counter()
        for id_ in self._programmes.ids():
            here = id_ == programme
            of_it = applications if here else {a.reference: a async for a in self._applications.all(id_)}
            mailboxes = {r: mailbox_of(a.person.email) for r, a in of_it.items() if a.person.email}
            for row in rows:
                if row.programme == id_ and _were_partners(row, here=here) and (ended_here or not here):
                    pair = [mailboxes.get(read_reference(typed) or "") for typed in (row.mentor, row.mentee)]
                    if pair[0] and pair[1]:
                        before.setdefault(pair[0], set()).add(pair[1])
                        before.setdefault(pair[1], set()).add(pair[0])
            if here:
                for published in await self._rounds.published(id_):
                    waited.update(mailboxes[r] for r in published.left_out if r in mailboxes)
            else:
                met = _who_met(row for row in rows if row.programme == id_)
                alone = (r for r, a in of_it.items() if a.no_partner_at or (a.left_out_at and r not in met))
                waited.update(mailboxes[r] for r in alone if r in mailboxes)
        return before, waited


def _who_met(rows: Iterable[PairRow]) -> set[str | None]:
    """The references of everybody who was in a confirmed pair."""
    return {read_reference(typed) for row in rows if row.confirmed_at for typed in (row.mentor, row.mentee)}


def _were_partners(row: PairRow, *, here: bool) -> bool:
    """Whether two people once met as a pair. One that goes on here is not over yet."""
    status = as_word(row.status, PairStatus)
    return row.confirmed_at is not None and (
        status is PairStatus.ENDED or (status is PairStatus.CONFIRMED and not here)
    )
