"""What time alone does to an application."""

from dataclasses import replace
from datetime import datetime

from shared.domain.application import Application, Status
from shared.domain.approval import deadline, let_in
from shared.domain.closing import is_late
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
            return lapsed(application, programme, now=now)
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


def lapsed(application: Application, programme: Programme, *, now: datetime) -> Application:
    """Nobody could or would say yes or no in time; the reason says which."""
    if application.manager_unreachable:
        reason = "The line manager could not be reached, and the applicant gave no other address in time."
    elif application.request is not None and application.request.asks_nobody:
        reason = "The applicant did not name a line manager in time."
    elif application.waits_for_manager_name:
        reason = "The person who was asked is not the line manager, and the applicant named nobody else in time."
    else:
        reason = "The line manager did not answer in time."
    return replace(application, status=Status.LAPSED, closed_at=now, reason=programme.model.says(reason))
