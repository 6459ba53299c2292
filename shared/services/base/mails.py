"""What a mail says is decided when its draft is made: the state is read again, and one no longer owed is not written.

Each kind is composed by the room that owes it. A line manager's mail is made from ``ManagerView``, which has no place
for lived experience; ports that could read it are not passed to any composer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.domain.outbox import TOLD, Message
from shared.domain.owed import About, Mail
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.stores.messages import Messages


@dataclass(frozen=True, slots=True)
class NotOwed:
    """The mail must not go: ``because`` says why, for administrators."""

    because: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """The mail is due later than its row says: the closing date was moved, or there were enough of its kind today."""

    due: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Who the mail is for, and the values of its template."""

    to: tuple[str, ...]
    values: Mapping[str, Any]


Composed = Draft | NotOwed | NotYet


class Composer(Protocol):
    """Composes the mails about one kind of subject."""

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """Returns what the mail says as things stand now, or why it must not go."""
        ...


#: Whose work the mails about each kind of subject are.
type Composers = Mapping[About, Composer]


async def refusal(message: Message, owed: Sequence[Mail], messages: Messages, now: datetime) -> NotOwed | NotYet | None:
    """Returns why a mail must not go at this instant, None if it may. ``owed`` is what its subject is owed."""
    mail = next((m for m in owed if m.id == message.id), None)
    if mail is None:
        return NotOwed("things changed before it was written")
    if mail.due.replace(microsecond=0) > now:
        return NotYet(mail.due)
    if mail.only_after:
        before = await messages.get(message.programme, mail.only_after)
        if before is None or before.value.status not in TOLD:
            return NotOwed("the mail it refers to was never sent")
    return None
