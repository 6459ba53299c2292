"""Which application a link in a mail opens, for the person or line manager who holds it."""

import asyncio
from typing import NamedTuple

from shared.domain.application import Application, Status
from shared.domain.evaluation import due_at, link_ends
from shared.domain.expiry import is_over, links_end, own_link_ends
from shared.domain.references import Link, Purpose
from shared.ports import Clock
from shared.services.base.links import LinkBook
from shared.services.base.programmes import Current, Programmes
from shared.stores.applications import Applications


class Opened(NamedTuple):
    """What a link opens."""

    current: Current
    application: Application
    link: Link


class OpenedLinks:
    """Opens the links to applications. One that has ended, or whose person was erased, opens nothing."""

    def __init__(self, *, programmes: Programmes, applications: Applications, links: LinkBook, clock: Clock) -> None:
        self._programmes = programmes
        self._applications = applications
        self._links = links
        self._clock = clock

    async def own_page(self, token: str) -> Opened | None:
        """Returns what the newest link to a person's own page opens, else None."""
        opened = await self.own_page_once(token)
        if opened is None or opened.application.own_link != opened.link.version:
            return None
        ends = own_link_ends(opened.current.programme, opened.application)
        return None if is_over(ends, self._clock.now()) else opened

    async def own_page_once(self, token: str) -> Opened | None:
        """Returns what a link to a person's own page opened, whether or not it has ended or was replaced."""
        link = await self._links.find(token, Purpose.OWN_PAGE)
        return None if link is None or link.detail else await self._of(link)

    async def new_address(self, token: str) -> Opened | None:
        """Returns what the link to confirm another address is about, whether or not it has ended; else None."""
        link = await self._links.find(token, Purpose.OWN_PAGE)
        return await self._of(link) if link is not None and link.detail else None

    async def decision(self, token: str) -> Opened | None:
        """Returns what the link to one request of a line manager opens, else None. Its number is the link's detail."""
        opened = await self._of(await self._links.find(token, Purpose.DECISION))
        if opened is None or is_over(links_end(opened.current.programme), self._clock.now()):
            return None
        return opened

    async def evaluation(self, token: str) -> Opened | None:
        """Returns what the link to evaluation questions opens, for somebody who takes part. Its detail is the wave."""
        opened = await self._of(await self._links.find(token, Purpose.EVALUATION))
        if opened is None or opened.application.status is not Status.APPROVED:
            return None
        programme = opened.current.programme
        wave = programme.evaluation.wave(opened.link.detail) if programme.evaluation else None
        if wave is None:
            return None
        ends = link_ends(programme, due_at(programme, opened.application, wave))
        return None if is_over(ends, self._clock.now()) else opened

    async def _of(self, link: Link | None) -> Opened | None:
        if link is None:
            return None
        current, stored = await asyncio.gather(
            self._programmes.current(link.programme), self._applications.get(link.programme, link.subject)
        )
        if current is None or stored is None or stored.value.status is Status.ERASED:
            return None
        return Opened(current, stored.value, link)
