"""Finds what is stored of somebody who took part before: an earlier cohort's application, or an imported row."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from shared.domain.answers import email_key
from shared.domain.application import Application, Status
from shared.domain.earlier import Details, Earlier
from shared.domain.programme import Role
from shared.domain.references import Link, Purpose
from shared.ports import Clock, Tombstones
from shared.services.base.programmes import Programmes
from shared.services.base.tokens import Tokens
from shared.stores.applications import Applications
from shared.stores.earlier import EarlierParticipants

# Imported rows stand in one partition of this name, and so do the tombstones of people who had one.
EARLIER = "earlier"
_EVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored of a person, and what the cohort it comes from is called."""

    details: Details
    cohort: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people of a sheet were stored, and how many not because they had been erased."""

    stored: int
    left_out: int


class EarlierService:
    """Knows people by keys that are derived from their address; an address itself stands in no key and no link."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        earlier: EarlierParticipants,
        tombstones: Tombstones,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._earlier = earlier
        self._tombstones = tombstones
        self._tokens = tokens
        self._clock = clock

    def link(self, programme: str, email: str) -> Link:
        """Today's link to what may be stored of the person with that address, for a new cohort."""
        day = self._clock.now().date().isoformat()
        others = sorted(id_ for id_ in self._programmes.ids() if id_ != programme)
        references = [f"{id_}/{self._tokens.reference(id_, email_key(email), role)}" for id_ in others for role in Role]
        return Link(Purpose.RETURNING, programme, self.key(email), 1, " ".join([day, *references]))

    def key(self, email: str) -> str:
        """The key of the person with that address."""
        return self._tokens.reference(EARLIER, email_key(email))

    def pseudonym(self, mailbox: str) -> str:
        """What stands for a mailbox where people are compared or remembered as partners, and nothing else is said."""
        return self._tokens.reference("partner", mailbox)

    async def find(self, link: Link) -> Found | None:
        """What is stored of the person a link is about: the newest application, else an imported row."""
        applications = await asyncio.gather(*(self._application(place) for place in link.detail.split()[1:]))
        newest = max((a for a in applications if a is not None), key=lambda a: a.received_at, default=None)
        if newest is not None:
            file = self._programmes.file(newest.programme)
            return Found(details_of(newest), file.name if file else newest.programme)
        earlier = await self._earlier.get(link.subject)
        if earlier is None or earlier.keep_until < self._clock.now().date():
            return None
        return Found(earlier.details, earlier.cohort)

    async def _application(self, place: str) -> Application | None:
        programme, _, reference = place.partition("/")
        stored = await self._applications.get(programme, reference)
        if stored is None or stored.value.status is Status.ERASED or not stored.value.person.email:
            return None
        return stored.value

    async def bring_in(self, people: Iterable[Earlier]) -> Imported:
        """Store people from a sheet, but for those who were erased. Raises WrongKey, and stores nobody then."""
        await self._tokens.must_fit()
        erased = {t.reference for t in await self._tombstones.since(_EVER) if t.partition == EARLIER}
        stored = left_out = 0
        for earlier in people:
            key = self.key(earlier.details.email)
            if key in erased:
                left_out += 1
                continue
            known = await self._earlier.get(key)
            await self._earlier.put(
                key, replace(earlier, wishes=known.wishes, partners=known.partners) if known else earlier
            )
            stored += 1
        return Imported(stored, left_out)

    async def keep_wishes(self, earlier: Earlier) -> None:
        """Store what somebody would like after their cohort, with what is needed for it.

        Who wishes nothing any more is forgotten, unless an import brought them in: that row only loses the wishes.
        """
        key = self.key(earlier.details.email)
        known = await self._earlier.get(key)
        if earlier.wishes:
            await self._earlier.put(key, replace(earlier, partners=known.partners if known else frozenset()))
        elif known is not None and known.wishes and known.cohort == earlier.cohort and not known.partners:
            await self._earlier.remove(key)
        elif known is not None and known.wishes:
            await self._earlier.put(key, replace(known, wishes=()))

    async def row(self, email: str) -> Earlier | None:
        """The imported row of the person with that address, or None."""
        return await self._earlier.get(self.key(email)) if email else None

    async def holds(self, key: str) -> bool:
        """Whether there is an imported row with that key."""
        return await self._earlier.get(key) is not None

    async def forget(self, key: str) -> None:
        """Remove the imported row with that key."""
        await self._earlier.remove(key)

    async def forget_old(self) -> int:
        """Remove every imported row whose last day has passed."""
        return await self._earlier.remove_older_than(self._clock.now().date())


def made_at(link: Link) -> datetime:
    """The day on which a returning participant's link was made."""
    return datetime.fromisoformat(link.detail.split()[0]).replace(tzinfo=UTC)


def details_of(application: Application) -> Details:
    """What of an application is of use in a later cohort."""
    person, manager = application.person, application.manager
    return Details(
        full_name=person.full_name,
        email=person.email,
        job_title=person.job_title,
        band=person.band,
        organisation=person.organisation,
        sector=person.sector,
        area=person.area,
        manager_name=manager.name,
        manager_email=manager.email,
    )
