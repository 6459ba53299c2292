"""What else the account holds of somebody who is erased: an administrator decides whether it goes too."""

from urllib.parse import quote

from shared.domain.answers import email_key
from shared.domain.application import Application, Status
from shared.ports import Bodies
from shared.services.base.programmes import Programmes
from shared.stores.applications import Applications
from shared.stores.receptions import Receptions


class HeldElsewhere:
    """Looks for it; changes nothing."""

    def __init__(
        self, *, programmes: Programmes, applications: Applications, receptions: Receptions, bodies: Bodies
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._receptions = receptions
        self._bodies = bodies

    async def applications(self, application: Application) -> list[tuple[str, str]]:
        """Programme and reference of what else is held of the same person: other roles, cohorts, replaced forms."""
        email = email_key(application.person.email) if application.person.email else None
        found = []
        for programme in sorted(self._programmes.ids()):
            async for other in self._applications.all(programme):
                if (programme, other.reference) == (application.programme, application.reference):
                    continue
                same = other.person.email and email_key(other.person.email) == email
                replaced = programme == application.programme and other.replaced_by == application.reference
                replacing = programme == application.programme and other.reference == application.replaced_by
                if (same or replaced or replacing) and other.status is not Status.ERASED:
                    found.append((programme, other.reference))
        return found

    async def unread(self, application: Application) -> list[str]:
        """Bodies that could not be read as an application, and in which the person's address stands."""
        address = application.person.email.lower()
        if not address:
            return []
        spellings = {address.encode(), quote(address).encode(), quote(address, safe="@").encode()}
        found = []
        for programme in self._programmes.ids():
            async for reception in self._receptions.parked(programme):
                body = await self._bodies.get(reception.content)
                if body is not None and any(spelling.lower() in body.data.lower() for spelling in spellings):
                    found.append(reception.content[:12])
        return found
