"""The links in mails and what each opens."""

from shared.domain.application import Application
from shared.domain.pairs import CheckIn
from shared.domain.references import Link, Purpose


def own_page(application: Application) -> Link:
    """The link to the applicant's own page."""
    return Link(Purpose.OWN_PAGE, application.programme, application.reference, application.own_link)


def decision_page(application: Application, number: int) -> Link:
    """The link to the manager's page for one request."""
    request = next(r for r in application.requests if r.number == number)
    return Link(Purpose.DECISION, application.programme, application.reference, request.link, str(number))


def check_in_page(checkin: CheckIn) -> Link:
    """The link to one person's check-in about one meeting."""
    return Link(Purpose.CHECK_IN, checkin.programme, checkin.pair, 1, f"{checkin.meeting}.{checkin.role}")
