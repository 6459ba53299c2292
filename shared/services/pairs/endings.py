"""What a person does when the programme ends for them: takes their certificate, and says what they would like then."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from shared.domain import ending
from shared.domain.earlier import Earlier
from shared.domain.ending import WISHES_ARE_KEPT, Certificate, Wish
from shared.domain.programme import UNSAID, Branding, Imprint
from shared.log import step
from shared.ports import Clock
from shared.services.applications.opened import Opened, OpenedLinks
from shared.services.form.earlier import EarlierService, details_of
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EndPage:
    """What the page shows. ``no_certificate`` says why there is none, '' if there is one."""

    programme: str
    name: str
    role: str
    no_certificate: str
    gives_certificates: bool
    wishes: tuple[str, ...]
    contacts: tuple[str, ...]
    branding: Branding
    imprint: Imprint = UNSAID
    saved: bool = False


class Endings:
    """Behind a person's own link. Nothing here reads what they told about themselves."""

    def __init__(
        self, *, opened: OpenedLinks, bookings: Bookings, checkins: CheckIns, earlier: EarlierService, clock: Clock
    ) -> None:
        self._opened = opened
        self._bookings = bookings
        self._checkins = checkins
        self._earlier = earlier
        self._clock = clock

    async def page(self, token: str, *, saved: bool = False) -> EndPage | None:
        """The page, or None if the link opens nothing or the programme goes on for its person."""
        opened = await self._ending(token)
        if opened is None:
            return None
        programme, application = opened.current.programme, opened.application
        trained, met = await self._taken_part(opened)
        row = await self._earlier.row(application.person.email)
        return EndPage(
            programme=programme.name,
            name=application.person.full_name,
            role=programme.model.title(application.role),
            no_certificate=ending.certificate_problem(programme, trained=trained, met=met),
            gives_certificates=programme.certificate is not None,
            wishes=tuple(wish.name.lower() for wish in Wish if row and wish in row.wishes),
            contacts=programme.contacts.form_support,
            branding=programme.branding,
            imprint=programme.imprint,
            saved=saved,
        )

    async def wish(self, token: str, given: Collection[str]) -> EndPage | None:
        """Keep what the person would like, in place of what they said before; without a wish nothing is kept."""
        opened = await self._ending(token)
        if opened is None:
            return None
        programme, person = opened.current.programme, opened.application.person
        wishes = ending.read_wishes(given)
        until = (self._clock.now() + WISHES_ARE_KEPT).date()
        if person.email:
            details = details_of(opened.application)
            await self._earlier.keep_wishes(Earlier(details, programme.name, until, wishes=wishes))
        step(logger, "wishes for later were kept", reference=opened.application.reference)
        return await self.page(token, saved=True)

    async def certificate(self, token: str, *, with_role: bool) -> Certificate | None:
        """The certificate, or None if the person has no right to one."""
        opened = await self._ending(token)
        if opened is None:
            return None
        programme = opened.current.programme
        trained, met = await self._taken_part(opened)
        if ending.certificate_problem(programme, trained=trained, met=met):
            return None
        today = self._clock.now().astimezone(programme.tz).date()
        return ending.certificate(
            programme, opened.application, trained=trained, met=met, with_role=with_role, today=today
        )

    async def _ending(self, token: str) -> Opened | None:
        opened = await self._opened.own_page(token)
        if opened is None:
            return None
        current, now = opened.current, self._clock.now()
        over = ending.is_ending(current.programme, opened.application, current.closes_at, now)
        return opened if over else None

    async def _taken_part(self, opened: Opened) -> tuple[bool, int]:
        """Whether the person was trained, and how many meetings they held."""
        programme, application = opened.current.programme, opened.application
        bookings, _ = await self._bookings.readable(programme.id)
        checkins, _ = await self._checkins.readable(programme.id)
        return (
            ending.was_trained(programme, application, bookings, self._clock.now()),
            ending.meetings_held(checkins, application.reference),
        )
