"""Changes somebody's email address: asked for on the own page or by a command, confirmed by a mail to the new one.

With the address go mails, bookings and invitations to what lies ahead; what is over stays. The partner is told.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from shared.domain.addresses import as_sent, email_problem, unread_problem
from shared.domain.answers import email_key
from shared.domain.application import Application, Status
from shared.domain.jobs import LookAtPair
from shared.domain.new_address import ALIAS, address_problem, asked_for, confirmation, is_waiting, moved
from shared.domain.programme import UNSAID, Branding, Imprint
from shared.domain.text import clean
from shared.ports import Clock
from shared.services.applications.corrections import Corrections
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.base.verbs import Fits, OfApplicationWithNote, Result, Verb
from shared.stores.applications import Applications
from shared.stores.pairs import Pairs
from shared.stores.responses import Responses

_TAKEN = "Somebody has applied for this role with that address already."
_SURELY_DONE = timedelta(minutes=2)


def alias(tokens: Tokens, application: Application, address: str) -> str:
    """The id under which ``Responses`` knows the application of an address and role."""
    return tokens.reference(application.programme, email_key(address), application.role or "")


@dataclass(frozen=True, slots=True)
class AddressPage:
    """What the page behind a confirming link shows. ``done``: it is the person's address now."""

    programme: str
    address: str
    done: bool
    problem: str
    contacts: tuple[str, ...]
    branding: Branding
    imprint: Imprint = UNSAID


class AddressService:
    """Takes wishes for another address, and confirms them."""

    def __init__(
        self,
        *,
        opened: OpenedLinks,
        applications: Applications,
        responses: Responses,
        pairs: Pairs,
        corrections: Corrections,
        writer: ApplicationWriter,
        outbox: Outbox,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._opened = opened
        self._applications = applications
        self._responses = responses
        self._pairs = pairs
        self._corrections = corrections
        self._writer = writer
        self._outbox = outbox
        self._tokens = tokens
        self._clock = clock

    async def ask(self, current: Current, application: Application, typed: str, *, who: str) -> str:
        """Have the new address asked whether it is theirs. Returns why not, in words; '' if it is asked."""
        address = as_sent(clean(typed))
        problem = current.programme.model.says(address_problem(application, address)) or await self._taken(
            application, address
        )
        if problem:
            return problem
        now = self._clock.now()
        await self._writer.change(
            current,
            application.reference,
            lambda newest: asked_for(newest, address, now=now),
            who=who,
            what="asked for another email address",
        )
        return ""

    async def _taken(self, application: Application, address: str) -> str:
        """Why the address cannot be had: an application of the same role stands under it."""
        await self._tokens.must_fit()
        reference = alias(self._tokens, application, address)
        known = await self._responses.reference(application.programme, ALIAS, reference)
        stored = await self._applications.get(application.programme, known or reference)
        if stored is None or stored.value.reference == application.reference or stored.value.status is Status.ERASED:
            return ""
        return _TAKEN if email_key(stored.value.person.email) == email_key(address) else ""

    async def page(self, token: str) -> AddressPage | None:
        """The page of a confirming link; None if it is none."""
        found = await self._opened.new_address(token)
        if found is None:
            return None
        current, application, link = found
        waits = link.detail == confirmation(application) and is_waiting(application, self._clock.now())
        done = not waits and application.address_changed_at is not None and link.version < application.own_link
        return AddressPage(
            programme=current.programme.name,
            address=application.new_email if waits else "",
            done=done,
            problem="" if waits or done else "This link has ended. Ask for your new address again on your own page.",
            contacts=current.programme.contacts.form_support,
            branding=current.programme.branding,
            imprint=current.programme.imprint,
        )

    async def confirm(self, token: str) -> AddressPage | None:
        """Have the application under the address that its owner has just confirmed; once more changes nothing."""
        found, page = await self._opened.new_address(token), await self.page(token)
        if found is None or page is None or not page.address:
            return page
        current, application, link = found
        if taken := await self._taken(application, application.new_email):
            return replace(page, address="", problem=taken)
        programme, now = current.programme.id, self._clock.now()
        # First, so that a crash leaves no form of the new address that begins a second application.
        known = await self._responses.claim(
            programme, ALIAS, alias(self._tokens, application, application.new_email), application.reference
        )
        if known != application.reference:
            return replace(page, address="", problem=_TAKEN)
        await self._corrections.take_address(current, application, application.new_email)
        rows = [await self._pairs.get(programme, key) for key in application.pairs]
        looks = [LookAtPair(row.value.known_as) for row in rows if row is not None and row.value.known_as]
        for look in looks:
            await self._outbox.look(programme, look, due=now + _SURELY_DONE)

        def change(newest: Application) -> Application:
            waits = link.detail == confirmation(newest) and newest.own_link == link.version
            return moved(newest, now=now) if waits and is_waiting(newest, now) else newest

        await self._writer.change(
            current, application.reference, change, who="the applicant", what="confirmed another email address"
        )
        for look in looks:
            await self._outbox.look(programme, look)
        return await self.page(token)

    def verb(self) -> Verb:
        """Returns the command."""
        return Verb(
            word="change address",
            does="asks by mail whether the address in `Note` is the person's; once they say so, mails and invitations "
            "go there",
            run=OfApplicationWithNote(Fits(frozenset(Status) - {Status.ERASED}), self._asked),
            note="new.address@example.nhs.uk",
        )

    async def _asked(self, current: Current, application: Application, note: str) -> Result:
        problem = await self.ask(current, application, note, who="an administrator")
        if problem:
            # What the person themself is told may quote the address.
            cannot_be_one = email_problem(as_sent(clean(note)))
            return Result(done=False, words=f"Note: {unread_problem(note) if cannot_be_one else problem}")
        return Result(done=True, words="The new address is asked by mail; nothing changes until they confirm it.")
