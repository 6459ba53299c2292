"""Another email address for somebody who has applied: asked for, confirmed from the new mailbox, and what follows."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.addresses import email_problem, is_same_mailbox
from shared.domain.answers import email_key
from shared.domain.application import Application, Status

# A new address is confirmed from its mailbox, so that a slip of the pen sends nobody's application to a stranger.
CONFIRMED_WITHIN = timedelta(days=14)


#: Under this name of a source ``Responses`` remembers which application an address leads to, beside its first.
ALIAS = "address"


def is_former(application: Application, address: str) -> bool:
    """Whether the address is the one that the person had before: an edited form may still hold it."""
    return bool(application.former_email) and email_key(application.former_email) == email_key(address)


def address_problem(application: Application, address: str) -> str:
    """Why this cannot be the person's new address, in words that name nobody; '' if it can."""
    problem = email_problem(address)
    if problem:
        return problem
    if is_same_mailbox(application.person.email, address):
        return "This is the address that we write to now."
    if is_same_mailbox(application.manager.email, address):
        return "This is the line manager's address. Give the person's own."
    return ""


def asked_for(application: Application, address: str, *, now: datetime) -> Application:
    """The application with a new address that waits to be confirmed, in place of one that waited before."""
    if application.status is Status.ERASED:
        return application
    same = application.new_email == address and is_waiting(application, now)
    return application if same else replace(application, new_email=address, new_email_asked_at=now)


def is_waiting(application: Application, now: datetime) -> bool:
    """Whether a new address waits to be confirmed."""
    asked = application.new_email_asked_at
    return bool(application.new_email) and asked is not None and now < asked + CONFIRMED_WITHIN


def confirmation(application: Application) -> str:
    """What names one request for a new address, in its link and its mail; '' if there is none."""
    asked = application.new_email_asked_at
    return f"address-{asked:%Y%m%dT%H%M%S}" if application.new_email and asked is not None else ""


def moved(application: Application, *, now: datetime) -> Application:
    """The application under its new address. Links that went to the old one open nothing any more."""
    before = application.person.email
    return replace(
        application,
        person=replace(application.person, email=application.new_email),
        former_email="" if before == application.new_email else before,
        address_changed_at=now,
        new_email="",
        new_email_asked_at=None,
        own_link=application.own_link + 1,
        problems=tuple(problem for problem in application.problems if problem.field != "email"),
    ).flagged("The email address was changed.")
