"""The mail to somebody who took part before."""

from shared.domain import wording
from shared.domain.outbox import Message
from shared.domain.references import Link, Purpose
from shared.domain.text import theirs
from shared.services.base.mails import Composed, Draft, NotOwed
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.form.earlier import EarlierService


class ReturningMails:
    """Composes the link to what is stored of somebody."""

    def __init__(
        self,
        *,
        earlier: EarlierService,
    ) -> None:
        self._earlier = earlier

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """See ``Composer``."""
        link = Link(Purpose.RETURNING, message.programme, message.subject, 1, message.detail)
        found = await self._earlier.find(link)
        if found is None:
            return NotOwed("nothing is stored of a person with this key")
        programme = current.programme
        values = {
            "name": theirs(found.details.full_name),
            "programme": programme.name,
            "host": programme.host,
            "cohort": found.cohort,
            "closes": wording.moment(current.closes_at, programme.tz) if current.closes_at else "",
            "closed": current.row.status.takes_applications_no_more,
            "link": tokens.url(link),
            "days": programme.links.days_of_a_new_link,
            "contacts": programme.contacts.returning_participants or programme.contacts.form_support,
        }
        return Draft((found.details.email,), values)
