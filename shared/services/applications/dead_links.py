"""Why a link opens nothing, told apart as far as that gives nothing away to a stranger who tries one."""

import re
from enum import StrEnum

from shared.domain.application import Status
from shared.domain.expiry import is_over, just_renewed, links_end, own_link_ends, returning_link_ends
from shared.domain.references import Link, Purpose
from shared.ports import Clock
from shared.services.base.links import LinkBook
from shared.services.base.programmes import Current, Programmes
from shared.services.form.earlier import made_at
from shared.stores.applications import Applications

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class DeadLink(StrEnum):
    """What is wrong with a link. One that was replaced before, and not just now, can be replaced once more."""

    INCOMPLETE = "incomplete"
    UNKNOWN = "unknown"
    REPLACED = "replaced"
    REPLACED_BEFORE = "replaced before"
    OWN_PAGE_EXPIRED = "own page expired"
    RETURNING_EXPIRED = "returning expired"
    EXPIRED = "expired"


class DeadLinks:
    """Looks at a link that opened nothing. Who holds a whole token was sent it, or was handed the mail."""

    def __init__(self, *, programmes: Programmes, applications: Applications, links: LinkBook, clock: Clock) -> None:
        self._programmes = programmes
        self._applications = applications
        self._links = links
        self._clock = clock

    async def reason(self, token: str) -> DeadLink:
        """What to tell the person who opened it. An erased person's link looks like any that was never made."""
        if not _TOKEN.fullmatch(token):
            return DeadLink.INCOMPLETE
        link = await self._links.find(token)
        current = await self._programmes.current(link.programme) if link else None
        if link is None or current is None:
            return DeadLink.UNKNOWN
        if link.purpose is Purpose.OWN_PAGE:
            return await self._own_page(current, link)
        if link.purpose is Purpose.RETURNING:
            over = is_over(returning_link_ends(current.programme, made_at(link)), self._clock.now())
            return DeadLink.RETURNING_EXPIRED if over else DeadLink.UNKNOWN
        return DeadLink.EXPIRED if is_over(links_end(current.programme), self._clock.now()) else DeadLink.UNKNOWN

    async def _own_page(self, current: Current, link: Link) -> DeadLink:
        stored = await self._applications.get(link.programme, link.subject)
        if stored is None or stored.value.status is Status.ERASED:
            return DeadLink.UNKNOWN
        if is_over(own_link_ends(current.programme, stored.value), self._clock.now()):
            return DeadLink.OWN_PAGE_EXPIRED
        if stored.value.own_link == link.version:
            return DeadLink.UNKNOWN
        return DeadLink.REPLACED if just_renewed(stored.value, self._clock.now()) else DeadLink.REPLACED_BEFORE
