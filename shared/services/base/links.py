"""The links in mails: what each opens, and the one place where they are stored and found."""

from shared.domain.application import Application
from shared.domain.cohort_model import Seat
from shared.domain.new_address import confirmation
from shared.domain.pairs import CheckIn, Pair
from shared.domain.references import Link, Purpose, token_hash
from shared.services.base.tokens import NotingTokens, Tokens
from shared.stores.links import Links


def own_page(application: Application) -> Link:
    """The link to the applicant's own page."""
    return Link(Purpose.OWN_PAGE, application.programme, application.reference, application.own_link)


def new_address_page(application: Application) -> Link:
    """The link that confirms the address for which the application was asked to be changed."""
    detail = confirmation(application)
    return Link(Purpose.OWN_PAGE, application.programme, application.reference, application.own_link, detail)


def decision_page(application: Application, number: int) -> Link:
    """The link to the manager's page for one request."""
    request = next(r for r in application.requests if r.number == number)
    return Link(Purpose.DECISION, application.programme, application.reference, request.link, str(number))


def check_in_page(checkin: CheckIn) -> Link:
    """The link to one person's check-in about one meeting."""
    return Link(Purpose.CHECK_IN, checkin.programme, checkin.pair, 1, f"{checkin.meeting}.{checkin.seat}")


def evaluation_page(application: Application, wave: str) -> Link:
    """The link to somebody's evaluation questions at one wave."""
    return Link(Purpose.EVALUATION, application.programme, application.reference, 1, wave)


def partner_page(pair: Pair, seat: Seat) -> Link:
    """The link with which one of a pair says whether the offered partner is right."""
    return Link(Purpose.PARTNER, pair.programme, pair.id, 1, seat)


def join_page(application: Application) -> Link:
    """The link by which a sponsor invites the people of their board. Withdrawing and applying again ends it."""
    return Link(Purpose.JOIN, application.programme, application.reference, application.own_link)


class LinkBook:
    """Stores links under the hash of their token, and finds them by the token.

    A link ends by what it opens (its date, or a newer version in the row it belongs to): nothing is deleted here.
    """

    def __init__(self, *, links: Links, tokens: Tokens) -> None:
        self._links = links
        self._tokens = tokens

    def stored_as(self, link: Link) -> str:
        """Returns the hash of a link's token."""
        return token_hash(self._tokens(link))

    def path(self, link: Link) -> str:
        """The path of a link, for a page of ours that leads there."""
        return f"/{link.purpose}/{self._tokens(link)}"

    def noting(self) -> NotingTokens:
        """What makes the links of one mail, and remembers which it gave."""
        return self._tokens.noting()

    async def store(self, link: Link) -> None:
        """Have a link open what it is for; storing it again changes nothing."""
        await self._links.put(self.stored_as(link), link)

    async def find(self, token: str, purpose: Purpose | None = None) -> Link | None:
        """Returns what a token opens, if it was made for this purpose (any, if none is given); None if nothing."""
        link = await self._links.find(token_hash(token))
        return link if link is None or purpose in {None, link.purpose} else None
