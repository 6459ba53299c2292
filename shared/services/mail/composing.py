"""From a message to the letter that leaves: composed by the room that owes it, rendered here."""

from collections.abc import Mapping
from uuid import NAMESPACE_URL, uuid5

from shared.domain.outbox import Message
from shared.domain.owed import About
from shared.ports import Letter, Renderer
from shared.services.base.links import LinkBook
from shared.services.base.mails import Composer, Draft, NotOwed, NotYet
from shared.services.base.programmes import Programmes
from shared.services.base.queues import Queues
from shared.services.base.tokens import Tokens


class MailComposer:
    """Composes the mail of a message, or says why it must not go. ``composers``: whose work each subject is."""

    def __init__(
        self,
        *,
        composers: Mapping[About, Composer],
        programmes: Programmes,
        links: LinkBook,
        renderer: Renderer,
        tokens: Tokens,
        queues: Queues,
    ) -> None:
        self._composers = composers
        self._programmes = programmes
        self._links = links
        self._renderer = renderer
        self._tokens = tokens
        self._queues = queues

    async def compose(self, message: Message) -> Letter | NotOwed | NotYet:
        """Returns the letter of a message as things stand now."""
        current = await self._programmes.current(message.programme)
        if current is None:
            return NotOwed("the programme is no longer set up")
        composer = self._composers.get(message.about)
        if composer is None:
            return NotOwed("nobody is written to about this")
        tokens = self._tokens.noting()
        composed = await composer.compose(current, message, tokens)
        if self._tokens.renewed:
            # The key may have changed since the link was stored, and no mail may hold one that opens nothing.
            for link in tokens.given:
                await self._links.store(link)
        if not isinstance(composed, Draft):
            return composed
        mailbox = self._queues.mailbox(current.programme)
        subject, html = self._renderer.mail(message.kind.value, {**composed.values, "mailbox": mailbox})
        about = f"{message.programme} {message.id} {message.generation}"
        return Letter(key=message_key(message), to=composed.to, subject=subject, html=html, about=about)


def message_key(message: Message) -> str:
    """The key that a mail carries for life: the same for every try, another one after it was cancelled and revived."""
    return str(uuid5(NAMESPACE_URL, f"mentoring/{message.programme}/{message.id}/{message.generation}"))
