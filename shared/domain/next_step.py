"""The plain-English ``NextStep`` beside each application's status: who has to do what next, and by when."""

from datetime import datetime

from shared.domain import wording
from shared.domain.answers import Problem
from shared.domain.application import Answer, Application, Status, has_board
from shared.domain.approval import deadline, reminders
from shared.domain.enrolment import can_be_chosen, undecided_groups
from shared.domain.fields import FIELDS
from shared.domain.programme import Programme


def next_step(programme: Programme, application: Application, closes_at: datetime | None, now: datetime) -> str:
    """One sentence for administrators, true at ``now``; before it, what the person asks of them."""
    step = programme.model.says(_by_status(programme, application, closes_at, now)) + _changes(application)
    if application.erasure_asked_at is not None and application.status is not Status.ERASED:
        asked = wording.short_day(application.erasure_asked_at.astimezone(programme.tz).date())
        return f"Asked on {asked} for their data to be deleted: 'erase' in Commands does it. {step}"
    return step


def _changes(application: Application) -> str:
    """What a form in the person's name waits for, '' if there is none."""
    if not application.changes:
        return ""
    if application.status is Status.ERASED:
        return ". Somebody has filled in the form with this address and role again: nobody is asked, you decide"
    return ". Another form in their name waits until they confirm it; 'accept change' in Commands takes it in"


def _by_status(programme: Programme, application: Application, closes_at: datetime | None, now: datetime) -> str:
    match application.status:
        case Status.AWAITING_MANAGER:
            return _waiting(programme, application, closes_at, now)
        case Status.APPROVED if programme.has_ended(closes_at, now):
            return "Nothing to do; the programme has ended"
        case Status.APPROVED:
            return _enrolled(programme, application)
        case Status.DECLINED:
            return "Nothing to do; the applicant has been told"
        case Status.NEEDS_CORRECTION:
            fields = wording.listed([_called(p) for p in application.problems])
            if not application.person.email:
                how = "Contact the applicant another way, and type 'change address' in Commands"
                return f"No address could be read. {how}. To correct: {fields}"
            return f"Waiting for {_name(application)} to correct: {fields}"
        case Status.NEEDS_DECISION:
            return f"Decide: add a row to Commands, 'admit' or 'withdraw'. {application.reason}".strip()
        case Status.NOT_THIS_COHORT:
            return f"Nothing to do; the applicant has been told. {application.reason}".strip()
        case Status.LATE:
            return "Decide: add a row to Commands, 'approve late' lets it in"
        case Status.LAPSED:
            return "Nothing to do; 'resend approval' in Commands asks the manager again"
        case Status.WITHDRAWN:
            return "Nothing to do"
        case Status.ERASED:
            return "Nothing to do; only the key is kept, so that a late copy does not bring the person back"


def _enrolled(programme: Programme, application: Application) -> str:
    for wait in application.waits:
        if wait.offered and wait.offered_until is not None:
            until = wording.moment(wait.offered_until, programme.tz)
            return f"Waiting for {_name(application)} to take a place in {wait.session}, offered until {until}"
    waiting = [w.session for w in application.waits if w.over_at is None]
    lists = f"On the waiting list: {wording.listed(waiting)}" if waiting else ""
    groups = undecided_groups(programme, application)
    choosable = [g.title for g in groups if can_be_chosen(g, application)]
    if choosable and not lists:
        return f"Waiting for {_name(application)} to choose: {wording.listed(choosable)}"
    if groups and not lists:
        return f"Waiting for a date in Sessions: {wording.listed([g.title for g in groups])}"
    if has_board(application):
        return "Admitted; its sponsor has the link for its people"
    if lists:
        return lists
    if not application.pairs:
        told = application.no_partner_at is not None
        if told:
            return "Enrolled; no partner this time, and told so"
        waits = "; no partner in the pairs that were published, and told so" if application.left_out_at else ""
        return f"Enrolled; ready to be matched{waits}"
    pairs = [f"{pair} from {wording.short_day(start)}" for pair, start in application.pairs.items()]
    return f"Matched: {wording.listed(pairs)}"


def by_mail(application: Application) -> str:
    """What came back by mail that somebody has to act on, '' if nothing did."""
    if application.manager_unreachable:
        return f"The manager's address does not work; waiting for {_name(application)} to give another"
    suggestion = application.open_suggestion
    if suggestion is None:
        return ""
    says = "yes" if suggestion.answer is Answer.APPROVE else "no"
    name = application.manager.name or "The line manager"
    return f"{name} replied {says} by mail: read it, then 'accept reply' in Commands takes it as the answer"


def _called(problem: Problem) -> str:
    """The answer that is to be corrected, by the name of its column: on the form it is a whole question."""
    return FIELDS[problem.field].label if problem.field in FIELDS else problem.title


def _name(application: Application) -> str:
    return application.person.full_name or "the applicant"


def _waiting(programme: Programme, application: Application, closes_at: datetime | None, now: datetime) -> str:
    if application.waits_for_manager_name and not application.manager_unreachable:
        return f"Waiting for {_name(application)} to name their line manager"
    came_back = by_mail(application)
    if came_back:
        return came_back
    zone = programme.tz
    step = f"Waiting for {application.manager.name or 'the line manager'} to approve"
    upcoming = next((r.at for r in reminders(programme, application, closes_at) if r.at > now), None)
    if upcoming is not None:
        return f"{step}, reminder on {wording.short_day(upcoming.astimezone(zone).date())}"
    end = deadline(programme, application, closes_at)
    if end is not None:
        return f"{step}, until {wording.short_day(end.astimezone(zone).date())}"
    return step
