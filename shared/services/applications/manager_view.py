"""Everything a line manager may know about an applicant: their mails and their page are made from this alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain import wording
from shared.domain.application import Application, ManagerRequest, Status
from shared.domain.approval import deadline, passed_on_by
from shared.domain.cohort_model import Meetings
from shared.domain.enrolment import begins_at
from shared.domain.programme import UNSAID, Branding, Imprint, Programme
from shared.domain.release import Release, release
from shared.domain.text import theirs


@dataclass(frozen=True, slots=True)
class ManagerView:
    """Everything a line manager's mail or page may say about an applicant.

    ``passed_on``: another manager named this one, not the applicant.
    """

    applicant: str
    manager: str
    role: str
    programme: str
    host: str
    release: Release
    answer_by: str
    link: str
    contacts: Sequence[str]
    branding: Branding = "nhs"
    passed_on: bool = False
    meetings: Meetings | None = None
    imprint: Imprint = UNSAID


def manager_view(
    programme: Programme,
    application: Application,
    closes_at: datetime | None,
    request: ManagerRequest,
    *,
    link: str,
    now: datetime,
) -> ManagerView:
    """The view of one request, for the manager whom it asks: as long as they have to answer, of dates to come alone."""
    model = programme.model
    role = model.known(application.role)
    last = deadline(programme, application, closes_at)
    waits = application.status is Status.AWAITING_MANAGER
    since = max(begins_at(application), now) if waits else begins_at(application)
    return ManagerView(
        applicant=theirs(application.person.full_name),
        manager=theirs(request.manager.name),
        role=model.title(role),
        programme=programme.name,
        host=programme.host,
        release=release(programme, role, application.chosen, since=since),
        answer_by=wording.day(last.astimezone(programme.tz).date()) if last else "",
        link=link,
        contacts=programme.contacts.form_support,
        branding=programme.branding,
        passed_on=passed_on_by(application, request) is not None,
        meetings=programme.meetings,
        imprint=programme.imprint,
    )
