"""What somebody sees of their partner, and the page on which they say whether an offered one is right.

Nothing here can read lived experience: of a partner people are told name, role, job title and organisation.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.domain.application import Application, Status
from shared.domain.cohort_model import Seat
from shared.domain.expiry import check_in_link_ends, is_over
from shared.domain.pairs import Pair, PairRow, PairStatus, PartnerAnswer, after_answer, introduction_at
from shared.domain.programme import UNSAID, Branding, Imprint, Programme
from shared.domain.references import Purpose
from shared.domain.text import theirs
from shared.errors import LostRace
from shared.log import step
from shared.ports import Cell, Clock, Stored
from shared.services.base.links import LinkBook, partner_page
from shared.services.base.programmes import Programmes
from shared.services.pairs.checkins import CheckInService
from shared.services.pairs.rows import PairReader
from shared.stores.pairs import Pairs

logger = logging.getLogger(__name__)

_TRIES = 6


class OfferState(StrEnum):
    """What the page of an offer shows."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Partner:
    """What one of a pair is told of the other."""

    name: str
    role: str = ""
    job_title: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class PartnerView:
    """What the page shows. ``says`` is the person's own answer so far; ``partner`` is None once it is over.

    ``address`` is where the own page leads to, '' if there is nothing to say there. ``unsettled``: the last day is
    over, and the match is neither made nor off, because one of the two would like to talk first. ``starts_later``: the
    first day comes after ``answer_by``; ``begun``: it has come.
    """

    programme: str
    name: str
    partner: Partner | None
    state: OfferState
    says: PartnerAnswer | None
    answer_by: date | None
    start: date
    contacts: tuple[str, ...]
    address: str = ""
    unsettled: bool = False
    starts_later: bool = True
    begun: bool = False
    branding: Branding = "nhs"
    imprint: Imprint = UNSAID


class PartnerService:
    """Shows offers and takes the answers."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        pairs: Pairs,
        reader: PairReader,
        checkins: CheckInService,
        links: LinkBook,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._pairs = pairs
        self._reader = reader
        self._checkins = checkins
        self._links = links
        self._clock = clock

    async def view(self, token: str) -> PartnerView | None:
        """What the link opens; None if there is no such link, or its person takes part no longer."""
        found = await self._find(token)
        return None if found is None else self._view(found)

    async def answer(self, token: str, says: PartnerAnswer) -> PartnerView | None:
        """Take an answer while the offer is open; later ones change nothing. Returns what the page then shows.

        Everything is looked at again before each try, so of two answers at once both count.
        """
        for _ in range(_TRIES):
            found = await self._find(token)
            if found is None or not found.pair.open_at(self._clock.now()) or found.pair.says(found.seat) is says:
                break
            column = "MentorSays" if found.seat is Seat.MENTOR else "MenteeSays"
            status = after_answer(found.pair, found.seat, says, self._clock.now())
            cells: dict[str, Cell] = {column: says, "Status": status}
            if status is PairStatus.DECLINED:
                cells["DeclinedAt"] = self._clock.now()
            if await self._pairs.change(found.row, cells):
                step(logger, "partner answered", pair=found.pair.id, programme=found.pair.programme)
                await self._checkins.take_up(found.row.value.programme, found.row.value.key)
                break
        else:
            raise LostRace("the pair is being changed by others at the same time")
        return await self.view(token)

    async def behind(self, token: str) -> tuple[PartnerView, ...]:
        """The partners that the own page behind a link shows: those whom its person was told of."""
        link = await self._links.find(token, Purpose.OWN_PAGE)
        programme = self._programmes.file(link.programme) if link else None
        if link is None or programme is None:
            return ()
        found = []
        for row in await self._rows_of(programme.id, link.subject):
            pair = self._reader.read(row)
            seat = _seat(pair, link.subject) if isinstance(pair, Pair) and row.taken_up else None
            if not isinstance(pair, Pair) or seat is None or not self._is_known(programme, pair):
                continue
            people = await self._reader.both(pair)
            view = self._view(_Found(programme, pair, Stored(row, ""), seat, people))
            if view.partner is not None:
                found.append(view)
        return tuple(found)

    async def _rows_of(self, programme: str, reference: str) -> list[PairRow]:
        """The rows that name somebody, and those of which the application knows, however people typed into them."""
        rows = {row.key: row for row in await self._pairs.of_person(programme, reference)}
        application = await self._reader.application(programme, reference)
        for key in (application.pairs if application else {}).keys() - rows.keys():
            stored = await self._pairs.get(programme, key)
            if stored is not None:
                rows[key] = stored.value
        return [rows[key] for key in sorted(rows)]

    def _is_known(self, programme: Programme, pair: Pair) -> bool:
        """Whether the two were told of each other: by an offer, or on the day they were introduced."""
        return pair.offered_at is not None or self._clock.now().astimezone(programme.tz).date() >= pair.start

    async def _find(self, token: str) -> "_Found | None":
        link = await self._links.find(token, Purpose.PARTNER)
        programme = self._programmes.file(link.programme) if link else None
        if link is None or programme is None:
            return None
        row = await self._pairs.stored(link.programme, link.subject)
        pair = self._reader.read(row.value) if row else None
        if row is None or not isinstance(pair, Pair) or pair.id != link.subject:
            return None
        if is_over(check_in_link_ends(programme, pair.answer_by or self._clock.now()), self._clock.now()):
            return None
        seat = Seat(link.detail)
        people = await self._reader.both(pair)
        return _Found(programme, pair, row, seat, people) if _takes_part(people[seat]) else None

    def _view(self, found: "_Found") -> PartnerView:
        programme, pair = found.programme, found.pair
        me, other = found.people[found.seat], found.people[found.seat.other]
        state, now = OfferState.OVER, self._clock.now()
        if _takes_part(other):
            if pair.open_at(now):
                state = OfferState.OPEN
            elif pair.status in {PairStatus.CONFIRMED, PairStatus.OFFERED}:
                # Nobody said no in time; the row says so in a moment.
                state = OfferState.CONFIRMED
        answer_by = pair.answer_by.astimezone(programme.tz).date() if pair.answer_by else None
        return PartnerView(
            programme=programme.name,
            name=me.person.full_name if me else "",
            partner=None if other is None or state is OfferState.OVER else partner_of(programme, other),
            state=state,
            says=pair.says(found.seat),
            answer_by=answer_by,
            start=pair.start,
            contacts=programme.contacts.form_support,
            address=self._links.path(partner_page(pair, found.seat)) if pair.offered_at else "",
            unsettled=state is OfferState.OPEN and pair.is_late(now),
            starts_later=pair.starts_after_offer(programme.tz),
            begun=introduction_at(programme, pair) <= now,
            branding=programme.branding,
            imprint=programme.imprint,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a link opens."""

    programme: Programme
    pair: Pair
    row: Stored[PairRow]
    seat: Seat
    people: Mapping[Seat, Application | None]


def partner_of(programme: Programme, other: Application) -> Partner:
    """What a programme tells of a partner before both have agreed."""
    told = programme.matching.told_of_partner
    person = other.person
    return Partner(
        name=theirs(person.full_name),
        role=programme.model.title(other.role) if "role" in told else "",
        job_title=theirs(person.job_title) if "job title" in told else "",
        organisation=theirs(person.organisation) if "organisation" in told else "",
    )


def _seat(pair: Pair, reference: str) -> Seat | None:
    return next((seat for seat in Seat if pair.reference_of(seat) == reference), None)


def _takes_part(application: Application | None) -> bool:
    return application is not None and application.status is Status.APPROVED
