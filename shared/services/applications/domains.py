"""The mail domains of organisations: learned from applications that a manager approved, and from nothing else.

A form that somebody fills in proves nothing. If it made its own domain known, the next one in another person's name
would have no remark.
"""

from shared.domain.application import Application, Status
from shared.domain.fields import Answers
from shared.stores.organisations import Organisations

_ANOTHER = "The manager's address is at another domain than colleagues of the same organisation use."


class Domains:
    """Knows which domains colleagues of an organisation use."""

    def __init__(self, organisations: Organisations) -> None:
        self._organisations = organisations

    async def remarks(self, programme: str, answers: Answers) -> list[str]:
        """The remark on a manager's domain that is neither known nor the applicant's own; nobody is stopped by it."""
        theirs = _domain(answers.manager_email)
        if not theirs or theirs == _domain(answers.email):
            return []
        seen = await self._organisations.domains(programme, answers.organisation)
        return [] if theirs in seen else [_ANOTHER]

    async def learn(self, application: Application) -> None:
        """Note the domain of somebody whose manager approved. Doing it again changes nothing.

        The first of an organisation makes the beginning; later a manager at a known domain has to vouch for another,
        so that nobody who approves themselves makes their own domain known.
        """
        person, request = application.person, application.request
        if application.status is not Status.APPROVED or application.test or request is None or not person.organisation:
            return
        own, theirs = _domain(person.email), _domain(request.manager.email)
        seen = await self._organisations.domains(application.programme, person.organisation)
        if own and own not in seen and (not seen or theirs in seen):
            await self._organisations.note(application.programme, person.organisation, own)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
