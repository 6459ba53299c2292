"""How an application ends for good: taken back, replaced by another, or erased. Every instant is aware."""

from dataclasses import replace
from datetime import datetime

from shared.domain.application import Application, LineManager, ManagerRequest, Person, Status


def withdrawn(application: Application, *, now: datetime) -> Application:
    """The application taken back by its applicant, or by an administrator for them."""
    return replace(
        application, status=Status.WITHDRAWN, closed_at=now, reason="", waits_for_manager_name=False, waits=()
    )


def replaced(application: Application, by: str, *, now: datetime) -> Application:
    """An application whose form response was edited so that it became another one (another address or role)."""
    return replace(withdrawn(application, now=now), replaced_by=by, reason=f"Replaced by {by}: the form was changed.")


def erased(application: Application, *, now: datetime) -> Application:
    """What is left after erasure: a tombstone with the keys that stop a late copy from bringing the person back."""
    return Application(
        programme=application.programme,
        reference=application.reference,
        role=application.role,
        person=Person(),
        manager=LineManager(),
        status=Status.ERASED,
        received_at=application.received_at,
        revised_at=application.revised_at,
        counts_from=application.counts_from,
        submitted_at=application.submitted_at,
        # Only numbers are left of the requests, so that mails and links of a later one are new.
        requests=tuple(
            ManagerRequest(r.number, LineManager(), r.asked_at, link=r.link, revision=r.revision)
            for r in application.requests
        ),
        content=application.content,
        answers_from=application.answers_from,
        source=application.source,
        response_id=application.response_id,
        closed_at=now,
        edits=application.edits,
        responses=application.responses,
        own_link=application.own_link + 1,
    )
