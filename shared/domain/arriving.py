"""A form on its way into an application: what it first stands as, whose it is, and what another form changes.

All instants are aware. Rules come from the cohort's information pack unless a line says otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from shared.domain.answers import Problem, email_key
from shared.domain.application import (
    Application,
    Change,
    Lasts,
    LineManager,
    ManagerRequest,
    Status,
    Version,
    from_form,
    kept_over,
    seen_by,
)
from shared.domain.approval import ask_for_release
from shared.domain.closing import is_late
from shared.domain.eligibility import Verdict
from shared.domain.fields import FIELDS, Answers, Told
from shared.domain.programme import Sees

# A provider may deliver late (Typeform retries for 10 hours, Tally for a day), and that is not the applicant's fault.
DELIVERY_ALLOWANCE = timedelta(hours=24)


# However many forms somebody sends in another's name, that one gets a mail a day and can read the page.
ASKED_APART = timedelta(hours=24)


# Their keys stand in one cell of the row. Fewer would let a flood push out the form that is the owner's own.
MOST_CHANGES = 30


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission on its way in: what was read from it and the facts around it.

    ``sender`` is the address that the provider itself vouches for, '' if it does not know who filled in the form.
    ``confirmed_at`` is when the owner of the address said that it is theirs, if they were asked.
    """

    received_at: datetime
    submitted_at: datetime | None
    source: str
    response_id: str
    content: str
    test: bool = False
    sender: str = ""
    confirmed_at: datetime | None = None

    @property
    def taken_at(self) -> datetime:
        """When it is taken in: what follows from it is counted from here."""
        return self.confirmed_at or self.received_at

    @property
    def counts_from(self) -> datetime:
        """The instant that meets the closing date.

        The provider's own time counts if the delivery was at most a day late, else the time we received it:
        a stale or invented time must not open a closed door.
        """
        if self.submitted_at is None:
            return self.received_at
        delay = self.received_at - self.submitted_at
        return self.submitted_at if timedelta(0) <= delay <= DELIVERY_ALLOWANCE else self.received_at

    @property
    def version(self) -> Version:
        """When it was sent and received."""
        return Version(self.submitted_at, self.received_at)


@dataclass(frozen=True, slots=True)
class Reception:
    """What became of one body that was received: one row of ``Submissions``.

    ``form_remarks`` say where the form and the programme file do not fit, without answers.
    """

    programme: str
    content: str
    source: str
    received_at: datetime
    status: str
    reason: str = ""
    reference: str = ""
    response_id: str = ""
    test: bool = False
    form_remarks: tuple[str, ...] = ()


def received(
    *,
    programme: str,
    reference: str,
    answers: Answers,
    chosen: Mapping[str, tuple[str, ...]],
    arrival: Arrival,
    verdict: Verdict,
    closes_at: datetime | None,
    flags: Iterable[str] = (),
) -> Application:
    """A valid application as it first stands: its status follows from eligibility first, the closing date second."""
    application = Application(
        programme=programme,
        reference=reference,
        **from_form({name: getattr(answers, name) for name in FIELDS}),
        told=seen_by(Sees.ADMINISTRATORS, answers.told),
        status=Status.NEEDS_DECISION,
        received_at=arrival.taken_at,
        counts_from=arrival.counts_from,
        submitted_at=arrival.submitted_at,
        chosen=MappingProxyType(dict(chosen)),
        source=arrival.source,
        response_id=arrival.response_id,
        content=arrival.content,
        answers_from=arrival.content,
        test=arrival.test,
    ).flagged(*flags)
    return _placed(application, verdict=verdict, closes_at=closes_at, now=arrival.taken_at)


def _placed(application: Application, *, verdict: Verdict, closes_at: datetime | None, now: datetime) -> Application:
    if verdict.answer == "not this cohort":
        return replace(application, status=Status.NOT_THIS_COHORT, reason=verdict.reason)
    if is_late(application.counts_from, closes_at) and application.let_in_at is None:
        return replace(application, status=Status.LATE, reason="It arrived after the closing date.")
    if verdict.answer == "needs a decision" and application.let_in_at is None:
        return replace(application, status=Status.NEEDS_DECISION, reason=verdict.reason)
    return ask_for_release(application, verdict.released_by, now=now)


def unreadable(
    *,
    programme: str,
    reference: str,
    readable: Mapping[str, object],
    problems: Iterable[Problem],
    arrival: Arrival,
    told: Iterable[Told] = (),
) -> Application:
    """A submission that fails validation: kept with whatever could be read, to be corrected by the applicant."""
    return Application(
        programme=programme,
        reference=reference,
        **from_form(readable),
        told=seen_by(Sees.ADMINISTRATORS, told),
        status=Status.NEEDS_CORRECTION,
        received_at=arrival.taken_at,
        counts_from=arrival.counts_from,
        submitted_at=arrival.submitted_at,
        problems=tuple(problems),
        source=arrival.source,
        response_id=arrival.response_id,
        content=arrival.content,
        answers_from=arrival.content,
        test=arrival.test,
    )


def _kept(existing: Application, *lasts: Lasts) -> dict[str, Any]:
    return {name: getattr(existing, name) for name in kept_over(*lasts)}


_STARTS_AFRESH = frozenset(
    {Status.NEEDS_CORRECTION, Status.NEEDS_DECISION, Status.NOT_THIS_COHORT, Status.LATE, Status.AWAITING_MANAGER}
)


_AGAIN = {
    Status.WITHDRAWN: "Applied again after withdrawing.",
    Status.ERASED: "Applied again after withdrawing.",
    Status.DECLINED: "Applied again after being declined.",
    Status.LAPSED: "Applied again after the application had lapsed.",
}


def is_same_response(stored: Application, source: str, response_id: str) -> bool:
    """Whether a form is the response by which the application stands: only then it is its sender's edit."""
    return bool(response_id) and (stored.source, stored.response_id) == (source, response_id)


def needs_its_owner(existing: Application, incoming: Application, *, sender: str = "") -> bool:
    """Whether a form waits until the owner of the stored address has confirmed it.

    Anybody can type somebody's address into a form. Only an edit of the response by which the application stands, and a
    form whose ``sender`` the provider vouches for, are known to be that person's. What would change nothing, a copy or
    a late older version, asks nobody.
    """
    if existing.test or incoming.content in {existing.content, existing.answers_from}:
        return False
    if is_same_response(existing, incoming.source, incoming.response_id):
        return False
    owner = email_key(existing.person.email)
    if owner and owner == email_key(sender):
        return False
    if incoming.version.is_older_than(existing.version):
        return False
    over = existing.status in {Status.WITHDRAWN, Status.ERASED} and not existing.replaced_by
    return not over or _is_sent_since(existing, incoming)


def with_change(existing: Application, incoming: Application, *, now: datetime) -> Application:
    """The application with a form that waits for its owner; one by the same response as an older makes way for it.

    Beyond the most that a cell holds, the oldest stands in ``Quarantine`` alone, until its month is over.
    """
    if any(change.content == incoming.content for change in existing.changes):
        return existing
    same = next((c for c in existing.changes if incoming.response_id and _is_by_response(c, incoming)), None)
    if same is not None and incoming.version.is_older_than(Version(same.submitted_at, same.received_at)):
        return existing
    asked = existing.changes_asked_at
    if same is not None:
        ask_at = same.ask_at  # the mail about the older one leads to this one
    elif asked is None or asked + ASKED_APART <= now:
        ask_at = now
    else:
        ask_at = asked if asked > now else asked + ASKED_APART
    change = Change(
        content=incoming.content,
        received_at=incoming.received_at,
        submitted_at=incoming.submitted_at,
        source=incoming.source,
        response_id=incoming.response_id,
        ask_at=ask_at,
    )
    others = (c for c in existing.changes if c is not same)
    return replace(
        existing,
        changes=(*others, change)[-MOST_CHANGES:],
        changes_asked_at=max(ask_at, asked) if asked else ask_at,
    )


def _is_by_response(change: Change, incoming: Application) -> bool:
    return (change.source, change.response_id) == (incoming.source, incoming.response_id)


def without_changes(existing: Application, contents: Iterable[str]) -> Application:
    """The application without forms that were decided about, or waited too long."""
    gone = set(contents)
    return replace(existing, changes=tuple(change for change in existing.changes if change.content not in gone))


def merged(
    existing: Application,
    incoming: Application,
    *,
    verdict: Verdict | None,
    closes_at: datetime | None,
    confirmed: bool = False,
) -> Application:
    """The application after another submission of the same person and role. ``verdict`` is None if it is not valid.

    Whether it is the same person's is asked before, by ``needs_its_owner``; ``confirmed`` says that somebody has just
    said so, and then it counts as sent now. Nothing changes for an older or an equal version. While the manager has not
    answered, the new answers replace the old ones; after an answer they only raise a flag. One that has ended starts
    again only with a new response: a late copy of the old one never brings it back.
    """
    if incoming.content in {existing.content, existing.answers_from}:
        return existing
    if not confirmed and incoming.version.is_older_than(existing.version):
        return existing
    if existing.status in {Status.WITHDRAWN, Status.ERASED} or _is_new_after_the_end(
        existing, incoming, confirmed=confirmed
    ):
        return _begun_again(existing, incoming, confirmed=confirmed)
    if existing.status not in _STARTS_AFRESH:
        return replace(existing, content=incoming.content, submitted_at=incoming.submitted_at).flagged(
            "The applicant changed the form after the manager's answer; the change is kept and was not used."
        )
    if incoming.status is Status.NEEDS_CORRECTION and existing.status is Status.AWAITING_MANAGER:
        # The accepted answers stay in force: a slip in an edit must not stop an approval that is under way.
        return replace(
            existing,
            content=incoming.content,
            source=incoming.source,
            response_id=incoming.response_id,
            submitted_at=incoming.submitted_at,
            revised_at=incoming.received_at,
            problems=incoming.problems,
            edits=existing.edits + 1,
        ).flagged("The applicant sent changes that could not be accepted; the earlier answers are still in force.")
    if verdict is not None and existing.status is not Status.NEEDS_CORRECTION:
        # Who applied in time stays in time, however late the edit.
        in_time = replace(
            incoming,
            requests=(),
            counts_from=min(existing.counts_from, incoming.counts_from),
            let_in_at=existing.let_in_at,
            reason="",
        )
        incoming = _placed(in_time, verdict=verdict, closes_at=closes_at, now=incoming.received_at)
    return _edited(existing, incoming)


def in_time_after_all(
    late: Application, earlier: Application, *, verdict: Verdict, closes_at: datetime | None, now: datetime
) -> Application:
    """A late application after an ``earlier`` version of it arrived: in time, if that one was."""
    if late.status is not Status.LATE or is_late(earlier.counts_from, closes_at):
        return late
    in_time = replace(late, counts_from=min(late.counts_from, earlier.counts_from), reason="")
    return _placed(in_time, verdict=verdict, closes_at=closes_at, now=now)


def _is_new_after_the_end(existing: Application, incoming: Application, *, confirmed: bool) -> bool:
    """Whether somebody whose application was declined or lapsed has filled in the form anew since."""
    if existing.status not in {Status.DECLINED, Status.LAPSED}:
        return False
    if confirmed:
        return True
    return incoming.status is not Status.NEEDS_CORRECTION and _is_new_since(existing, incoming)


def _is_new_since(existing: Application, incoming: Application) -> bool:
    new = bool(incoming.response_id) and incoming.response_id != existing.response_id
    return new and _is_sent_since(existing, incoming)


def _is_sent_since(existing: Application, incoming: Application) -> bool:
    answered_at = existing.request.answered_at if existing.request else None
    ended_at = existing.closed_at or answered_at
    # Rows of people who were erased used to say nothing of the source.
    copy = existing.status is Status.ERASED and bool(incoming.response_id)
    if copy and incoming.response_id == existing.response_id and existing.source in {"", incoming.source}:
        return False
    return ended_at is None or incoming.counts_from > ended_at


def _begun_again(existing: Application, incoming: Application, *, confirmed: bool) -> Application:
    """An ended application as a new response leaves it; one that was replaced comes back with its own response."""
    if not (confirmed or existing.replaced_by or _is_new_since(existing, incoming)):
        return existing
    again = replace(
        _renumbered(incoming, existing),
        own_link=existing.own_link + 1,
        edits=existing.edits + 1,
        responses=existing.responses + 1,
        **_kept(existing, Lasts.ALWAYS),
    )
    return again.flagged("" if existing.replaced_by else _AGAIN.get(existing.status, ""))


def _renumbered(incoming: Application, existing: Application) -> Application:
    """The incoming application with its first request numbered after the requests that went before."""
    if incoming.request is None:
        # It may be let in later, and then asks its manager by a number that was never used.
        return replace(incoming, requests=existing.requests)
    first = replace(incoming.request, number=len(existing.requests) + 1)
    return replace(incoming, requests=(*existing.requests, first))


def _with_manager_of(existing: Application, incoming: Application) -> Application:
    """A form that names no manager takes nobody's place: the applicant may have named one on their own page."""
    request = incoming.request
    if incoming.manager.email or not existing.manager.email or incoming.status is Status.NEEDS_CORRECTION:
        return incoming
    asked = () if request is None else (*incoming.requests[:-1], replace(request, manager=existing.manager))
    return replace(incoming, manager=existing.manager, requests=asked, waits_for_manager_name=False)


def _edited(existing: Application, incoming: Application) -> Application:
    incoming = _with_manager_of(existing, incoming)
    kept = existing.requests
    still_waits = incoming.waits_for_manager_name
    if incoming.request is None:
        requests = kept
    elif existing.request is not None and _asks_already(existing, existing.request, incoming.manager):
        # The same person is asked: the mail that went out stays good, only the words around it changed.
        requests = (*kept[:-1], replace(existing.request, manager=incoming.manager))
        still_waits = existing.waits_for_manager_name
    else:
        requests = (*kept, replace(incoming.request, number=len(kept) + 1))
    return replace(
        incoming,
        role=incoming.role or existing.role,
        person=replace(incoming.person, email=incoming.person.email or existing.person.email),
        requests=requests,
        waits_for_manager_name=still_waits,
        flags=tuple(dict.fromkeys((*existing.flags, *incoming.flags))),
        edits=existing.edits + 1,
        responses=existing.responses + (incoming.response_id != existing.response_id),
        own_link=existing.own_link,
        revised_at=incoming.received_at,
        test=existing.test and incoming.test,
        **_kept(existing, Lasts.EDITS, Lasts.ALWAYS),
    )


def _asks_already(existing: Application, request: ManagerRequest, manager: LineManager) -> bool:
    """Whether the newest request asks this manager, since the person (last) applied, and they were not told to stop."""
    told_to_stop = existing.status is Status.NOT_THIS_COHORT
    still_asks = (request.answer is None or existing.waits_for_manager_name) and not told_to_stop
    same = email_key(request.manager.email) == email_key(manager.email)
    return same and still_asks and request.asked_at >= existing.received_at
