"""Serves ``/join/{token}``: a sponsor hands its people a link, and with it they begin the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.domain.application import Application, Status
from shared.domain.cohort_model import Role
from shared.domain.form import Opening, opening
from shared.domain.references import Purpose
from shared.domain.text import theirs
from shared.ports import Clock
from shared.services.base.links import LinkBook
from shared.services.base.programmes import Current, Programmes
from shared.services.form.own_form import OwnForm, Started, TooMany
from shared.services.form.views import FrontPage, Heading, heading
from shared.stores.applications import Applications


@dataclass(frozen=True, slots=True)
class JoinPage:
    """What somebody sees whom a sponsor has invited. ``open``: the form can be filled in."""

    programme: Heading
    sponsor: str
    organisation: str
    open: bool
    shown: str


class BoardService:
    """Opens the form to the people of a board that was admitted."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        links: LinkBook,
        own_form: OwnForm,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._links = links
        self._own_form = own_form
        self._clock = clock

    async def page(self, token: str) -> JoinPage | None:
        """The page of a link, or None if it opens nothing: its board has withdrawn, or was never admitted."""
        found = await self._find(token)
        if found is None:
            return None
        current, sponsor = found
        return JoinPage(
            programme=heading(current.programme),
            sponsor=theirs(sponsor.person.full_name),
            organisation=theirs(sponsor.person.organisation),
            open=opening(current.programme, current.row, self._clock.now()) in {Opening.OPEN, Opening.LATE},
            shown=self._own_form.new_stamp(current.programme.id),
        )

    async def start(
        self, token: str, sent: Mapping[str, Sequence[str]], *, forwarded_for: str = ""
    ) -> tuple[str, Started | FrontPage | TooMany | None] | None:
        """Begin the form of somebody who was invited. Returns the programme and what ``OwnForm.start`` says."""
        found = await self._find(token)
        if found is None:
            return None
        current, sponsor = found
        invited = {
            "role": (current.programme.model.known(None).value,),
            "organisation": (sponsor.person.organisation,),
            "manager_name": (sponsor.person.full_name,),
            "manager_email": (sponsor.person.email,),
        }
        programme = current.programme.id
        return programme, await self._own_form.start(programme, "", sent, forwarded_for=forwarded_for, invited=invited)

    async def _find(self, token: str) -> tuple[Current, Application] | None:
        link = await self._links.find(token, Purpose.JOIN)
        current = await self._programmes.current(link.programme) if link else None
        if link is None or current is None:
            return None
        stored = await self._applications.get(link.programme, link.subject)
        if stored is None or stored.value.status is not Status.APPROVED or stored.value.role is not Role.SPONSOR:
            return None
        return (current, stored.value) if stored.value.own_link == link.version else None
