"""From a form to its application: added, merged with the one there is, or kept for the owner of the address."""

import logging
from collections.abc import Collection
from dataclasses import replace

from shared.contracts.submission import Submission
from shared.domain import leaving
from shared.domain.answers import Checked, email_key
from shared.domain.application import Application, Status
from shared.domain.approval import deadline
from shared.domain.arriving import (
    Arrival,
    in_time_after_all,
    is_same_response,
    merged,
    needs_its_owner,
    with_change,
    without_changes,
)
from shared.domain.eligibility import judge
from shared.domain.new_address import ALIAS, is_former
from shared.domain.programme import Programme, Role
from shared.errors import LostRace, UnreadableSubmission
from shared.log import step
from shared.ports import Bodies, Body, Clock
from shared.services.applications.domains import Domains
from shared.services.applications.reading import Form, form_of, read
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current
from shared.services.base.tokens import Tokens
from shared.services.form.quarantine import QuarantineService
from shared.stores.applications import Applications
from shared.stores.lived_experience import LivedExperiences
from shared.stores.responses import Responses

logger = logging.getLogger(__name__)

_TEST = {True: ("test",), False: ()}
_REFERENCE_TRIES = 4
#: What ``Audit`` says when an administrator took in a form that waited.
ACCEPTED_BY_COMMAND = "command: accept change"


class FormMerger:
    """Brings forms to their applications. Doing it again changes nothing."""

    def __init__(
        self,
        *,
        applications: Applications,
        lived_experience: LivedExperiences,
        responses: Responses,
        domains: Domains,
        bodies: Bodies,
        quarantine: QuarantineService,
        writer: ApplicationWriter,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._lived_experience = lived_experience
        self._responses = responses
        self._domains = domains
        self._bodies = bodies
        self._quarantine = quarantine
        self._writer = writer
        self._tokens = tokens
        self._clock = clock

    async def take(self, current: Current, submission: Submission, body: Body) -> str:
        """Make an application of a submission, or merge it with the one it belongs to. Returns the reference.

        Raises WrongKey before anything is stored.
        """
        await self._tokens.must_fit()
        programme = current.programme
        form = form_of(programme, submission, body)
        arrival = form.arrival
        reference = self._reference(programme, form.checked, arrival, 0)
        # An application keeps its reference when its person's address is changed.
        known = await self._responses.reference(programme.id, ALIAS, reference)
        application = form.application(current, known or reference)
        reference = await self._earlier_of_response(current, application, arrival)
        if reference:
            await self._onto(current, application, reference, form)
        else:
            reference = await self._store(current, application, form)
        step(logger, "taken in", submission=body.content, reference=reference, programme=programme.id)
        return reference

    async def take_confirmed(
        self, current: Current, reference: str, body: Body, decided: Collection[str], *, by_owner: bool
    ) -> Application | None:
        """Take in a form that waited, since the owner of the address says that it is theirs, or an administrator does.

        ``decided`` are all the forms that wait no longer. Once it waits no more, doing it again changes nothing.
        Returns the application as it then is, None if it is gone. Raises UnreadableSubmission.
        """
        programme, now = current.programme, self._clock.now()
        form = read(programme, body).confirmed_at(now)
        stored = await self._applications.get(programme.id, reference)
        if stored is None:
            return None
        incoming = form.application(current, reference)
        last = deadline(programme, incoming, current.closes_at)
        if incoming.status is Status.AWAITING_MANAGER and last is not None and now.replace(microsecond=0) > last:
            form = form.sent_only_now(now)
            incoming = form.application(current, reference)
        if any(change.content == body.content for change in stored.value.changes):
            incoming = await self._with_flags(programme, incoming, form)
            lived = form.lived_experience(programme, reference, stored.value.edits + 1)
            if lived is not None and stored.value.status is not Status.APPROVED:
                # First: the change is made once, and whoever is cut off after it has nothing left to confirm.
                await self._lived_experience.put(lived)

        def take(newest: Application) -> Application:
            if not any(change.content == body.content for change in newest.changes):
                return newest
            after = merged(newest, incoming, verdict=form.verdict, closes_at=current.closes_at, confirmed=True)
            if by_owner:
                # They hold the link to their own page, and are looking at it.
                after = replace(after, own_link=newest.own_link)
            return without_changes(after, {*decided, body.content})

        who, what = ("the applicant", "confirmed a form") if by_owner else ("an administrator", ACCEPTED_BY_COMMAND)
        return await self._writer.change(current, reference, take, who=who, what=what)

    async def take_mended(self, current: Current, reference: str, body: Body) -> None:
        """Take in answers that their owner has mended on their own page; the response they belong to stays the same."""
        programme = current.programme
        form = read(programme, body).confirmed_at(self._clock.now())
        stored = await self._applications.get(programme.id, reference)
        if stored is None:
            return
        incoming = await self._with_flags(programme, form.application(current, reference), form)
        incoming = replace(incoming, source=stored.value.source, response_id=stored.value.response_id)

        def take(newest: Application) -> Application:
            if newest.status not in {Status.NEEDS_CORRECTION, Status.AWAITING_MANAGER}:
                return newest
            after = merged(newest, incoming, verdict=form.verdict, closes_at=current.closes_at, confirmed=True)
            return replace(after, own_link=newest.own_link)

        after = await self._writer.change(current, reference, take, who="the applicant", what="mended their answers")
        await self._keep_lived_experience(programme, after, form)

    async def follow_confirmed(self, current: Current, application: Application, body: Body) -> None:
        """Put in place what goes with a confirmed form whose answers stand now; doing it again changes nothing."""
        form = read(current.programme, body)
        await self._keep_lived_experience(current.programme, application, form)
        await self._follow_response(current, form.confirmed_at(self._clock.now()).arrival, application.reference)

    async def _with_flags(self, programme: Programme, application: Application, form: Form) -> Application:
        """The application with the remarks that need a look at others; not made for a form that waits."""
        answers = form.checked.answers
        if answers is None or application.test:
            return application
        return application.flagged(*await self._domains.remarks(programme.id, answers))

    def _reference(self, programme: Programme, checked: Checked, arrival: Arrival, attempt: int) -> str:
        """From address and role, so that a repeat lands on the same row; else from the response itself.

        A test has a row of its own, so that trying the form out changes nobody's application.
        """
        email, role = checked.readable.get("email"), checked.readable.get("role")
        if isinstance(email, str) and email and isinstance(role, Role):
            parts = (email_key(email), role, *_TEST[arrival.test])
            return self._tokens.reference(programme.id, *parts, attempt=attempt)
        response = arrival.response_id or arrival.content
        return self._tokens.reference(programme.id, "response", arrival.source, response, attempt=attempt)

    async def _earlier_of_response(self, current: Current, application: Application, arrival: Arrival) -> str:
        """The reference that an edit of a known response goes onto whatever address it gives, or ''.

        A version with a slip is no new application, and neither is an older version that arrives last.
        """
        if not arrival.response_id:
            return ""
        programme = current.programme.id
        earlier = await self._responses.reference(programme, arrival.source, arrival.response_id)
        if not earlier or earlier == application.reference:
            return ""
        stored = await self._applications.get(programme, earlier)
        # A response may first have named the address of somebody who has since applied by a response of their own.
        if stored is None or not is_same_response(stored.value, arrival.source, arrival.response_id):
            return ""
        slip = application.status is Status.NEEDS_CORRECTION
        return earlier if slip or arrival.version.is_older_than(stored.value.version) else ""

    async def _onto(self, current: Current, incoming: Application, reference: str, form: Form) -> None:
        stored = await self._applications.get(incoming.programme, reference)
        if stored is None:
            return
        if await self._applications.get(incoming.programme, incoming.reference) is not None:
            # Somebody has applied with the address that it names now, and nothing goes there without them.
            incoming = replace(incoming, person=replace(incoming.person, email=stored.value.person.email))
        await self._merge(current, stored.value, replace(incoming, reference=reference), form)

    async def _store(self, current: Current, incoming: Application, form: Form) -> str:
        """Add the application, or merge it with the one that is there. Returns its reference."""
        for attempt in range(_REFERENCE_TRIES):
            if attempt:
                incoming = replace(incoming, reference=self._retried(incoming, attempt))
            stored = await self._applications.get(incoming.programme, incoming.reference)
            if stored is None:
                new = await self._with_flags(current.programme, incoming, form)
                if await self._writer.add(current, new, who="the form"):
                    await self._keep_lived_experience(current.programme, new, form)
                    await self._follow_response(current, form.arrival, incoming.reference)
                    return incoming.reference
                stored = await self._applications.get(incoming.programme, incoming.reference)
                if stored is None:
                    continue
            if is_former(stored.value, incoming.person.email):
                incoming = replace(incoming, person=replace(incoming.person, email=stored.value.person.email))
            if _somebody_else(stored.value, incoming):
                continue  # two people with one reference: take the next one derived for this person
            if not needs_its_owner(stored.value, incoming, sender=form.arrival.sender):
                incoming = await self._with_flags(current.programme, incoming, form)
            after = await self._merge(current, stored.value, incoming, form)
            if after is None or all(change.content != incoming.content for change in after.changes):
                await self._follow_response(current, form.arrival, incoming.reference)
            return incoming.reference
        raise UnreadableSubmission("no free reference could be derived")

    def _retried(self, incoming: Application, attempt: int) -> str:
        email, role = incoming.person.email, incoming.role
        parts = (
            (email_key(email), role.value, *_TEST[incoming.test])
            if email and role
            else ("response", incoming.source, incoming.response_id)
        )
        return self._tokens.reference(incoming.programme, *parts, attempt=attempt)

    async def _merge(
        self, current: Current, existing: Application, incoming: Application, form: Form
    ) -> Application | None:
        """Merge a form with the application that is there, or have it wait for the owner of the address.

        Returns the application as it then is, None if it is gone.
        """
        waits = False

        def merge(newest: Application) -> Application:
            nonlocal waits
            waits = needs_its_owner(newest, incoming, sender=form.arrival.sender)
            if waits:
                return with_change(newest, incoming, now=self._clock.now())
            after = merged(newest, incoming, verdict=form.verdict, closes_at=current.closes_at)
            if after != newest or incoming.content in {newest.content, newest.answers_from}:
                return after
            return in_time_after_all(
                newest,
                incoming,
                verdict=judge(
                    current.programme, area=newest.person.area, sector=newest.person.sector, role=newest.role
                ),
                closes_at=current.closes_at,
                now=incoming.received_at,
            )

        held = needs_its_owner(existing, incoming, sender=form.arrival.sender)
        after = await self._writer.change(
            current,
            incoming.reference,
            merge,
            who="the form",
            what="a form in their name waits" if held else "form sent again",
        )
        if after is None:
            return None
        if waits:
            await self._quarantine.hold_for_owner(after, incoming, before=existing)
        elif after.status is Status.ERASED:
            # A late copy changes nothing, and must not stay either.
            await self._bodies.remove(incoming.content)
        await self._keep_lived_experience(current.programme, after, form)
        return after

    async def _keep_lived_experience(self, programme: Programme, after: Application | None, form: Form) -> None:
        """Store what goes with the answers that stand, if they are this form's; a retry does it again.

        After the application, whose versions are counted: of two handlers the one that lost stores nothing.
        """
        if after is None or after.answers_from != form.arrival.content:
            return
        if after.status is not Status.ERASED:
            lived = form.lived_experience(programme, after.reference, after.edits)
            if lived is None:
                return
            await self._lived_experience.put(lived)
            newest = await self._applications.get(programme.id, after.reference)
            if newest is None or newest.value.status is not Status.ERASED:
                return
        # Erased while it was on its way.
        await self._lived_experience.remove(programme.id, after.reference)

    async def _follow_response(self, current: Current, arrival: Arrival, reference: str) -> None:
        """If an edit of one form response led to another application than before, the earlier one is replaced."""
        for _ in range(_REFERENCE_TRIES):
            if not arrival.response_id or await self._follow(current, arrival, reference):
                return
        raise LostRace("versions of one response are being taken in at the same time")

    async def _follow(self, current: Current, arrival: Arrival, reference: str) -> bool:
        """False if another version of the response was noted meanwhile."""
        programme = current.programme.id
        earlier = await self._responses.reference(programme, arrival.source, arrival.response_id)
        if earlier == reference:
            return True
        if earlier:
            stored = await self._applications.get(programme, earlier)
            newest = await self._applications.get(programme, reference)
            if stored is None or newest is None or newest.value.content != arrival.content:
                return True
            if not arrival.confirmed_at and arrival.version.is_older_than(stored.value.version):
                return True
            await self._writer.change(
                current, earlier, lambda old: _replaced(old, reference, arrival), who="the form", what="form changed"
            )
        return await self._responses.note(programme, arrival.source, arrival.response_id, reference, instead_of=earlier)


def _replaced(old: Application, by: str, arrival: Arrival) -> Application:
    # What stands there by another response is somebody else's, or was confirmed since: no edit takes it away.
    if old.status in {Status.WITHDRAWN, Status.ERASED} or not is_same_response(
        old, arrival.source, arrival.response_id
    ):
        return old
    if old.status not in {Status.APPROVED, Status.DECLINED, Status.LAPSED}:
        return leaving.replaced(old, by, now=arrival.taken_at)
    return old.flagged(f"The form was changed afterwards and led to another application, {by}.")


def _somebody_else(stored: Application, incoming: Application) -> bool:
    """Two people on one reference: one chance in 350 million for a new application among 100,000, but a leak."""
    if not stored.person.email or not incoming.person.email:
        return False
    return email_key(stored.person.email) != email_key(incoming.person.email)
