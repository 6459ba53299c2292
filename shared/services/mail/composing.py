"""From a message to the letter that leaves: composed by the room that owes it, rendered here."""

import logging
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from shared.domain.limits import too_many_until
from shared.domain.outbox import Message
from shared.errors import UnreadableRow
from shared.log import step
from shared.ports import Clock, Letter
from shared.services.base.links import LinkBook
from shared.services.base.mails import Composers, Draft, NotOwed, NotYet
from shared.services.base.programmes import Programmes
from shared.services.mail.letterhead import Letterhead
from shared.stores.messages import Messages

logger = logging.getLogger(__name__)

_WHEN_MENDED = timedelta(hours=1)


class MailComposer:
    """Composes the mail of a message, or says why it must not go. ``composers``: whose work each subject is."""

    def __init__(
        self,
        *,
        composers: Composers,
        programmes: Programmes,
        messages: Messages,
        links: LinkBook,
        letterhead: Letterhead,
        clock: Clock,
    ) -> None:
        self._composers = composers
        self._programmes = programmes
        self._messages = messages
        self._links = links
        self._letterhead = letterhead
        self._clock = clock

    async def compose(self, message: Message) -> Letter | NotOwed | NotYet:
        """Returns the letter of a message as things stand now."""
        current = await self._programmes.current(message.programme)
        if current is None:
            return NotOwed("the programme is no longer set up")
        composer = self._composers.get(message.about)
        if composer is None:
            return NotOwed("nobody is written to about this")
        tokens = self._links.noting()
        try:
            composed = await composer.compose(current, message, tokens)
            if isinstance(composed, Draft):
                others = (await self._messages.of(message.programme, message.subject)).values()
                until = too_many_until(current.programme, message, others, self._clock.now())
                composed = composed if until is None else NotYet(until)
        except UnreadableRow as exc:
            # It is owed still, for all that anybody can tell; the digest asks for the row to be mended.
            step(logger, "a mail waits", level=logging.ERROR, message=message.id, reason=exc.reason)
            return NotYet(self._clock.now() + _WHEN_MENDED)
        # The key may have changed since a link was stored, or its row is gone, and no mail may hold one that opens
        # nothing.
        for link in tokens.given:
            await self._links.store(link)
        if not isinstance(composed, Draft):
            return composed
        subject, html = self._letterhead.text(current.programme, message.kind.value, composed.values)
        about = f"{message.programme} {message.id} {message.generation}"
        return Letter(key=message_key(message), to=composed.to, subject=subject, html=html, about=about)


def message_key(message: Message) -> str:
    """The key that a mail carries for life: the same for every try, another one after it was cancelled and revived."""
    return str(uuid5(NAMESPACE_URL, f"mentoring/{message.programme}/{message.id}/{message.generation}"))
