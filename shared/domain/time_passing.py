"""What time alone does to an application."""

from dataclasses import replace
from datetime import datetime

from shared.domain.application import Application, Status, is_late, lapsed, let_in
from shared.domain.approval import deadline
from shared.domain.eligibility import judge
from shared.domain.programme import Programme
from shared.domain.waiting import as_offers_end


def as_time_passes(
    programme: Programme, application: Application, closes_at: datetime | None, now: datetime
) -> Application:
    """What time alone does to an application: it lapses at the manager's deadline; an extended closing date lets in."""
    if application.status is Status.AWAITING_MANAGER:
        last = deadline(programme, application, closes_at)
        if last is not None and now.replace(microsecond=0) > last and not application.answered_by_mail_until(last):
            return lapsed(application, now=now)
    if application.status is Status.APPROVED:
        return as_offers_end(programme, application, now)
    if application.status is Status.LATE and not is_late(application.counts_from, closes_at):
        verdict = judge(
            programme, area=application.person.area, sector=application.person.sector, role=application.role
        )
        if verdict.answer == "needs a decision":
            return replace(application, status=Status.NEEDS_DECISION, reason=verdict.reason)
        return let_in(application, released_by=verdict.released_by, now=now).flagged(
            "It was late and was let in when the closing date was extended."
        )
    return application
