"""What is sent on our own form is given to the intake like any provider's body, or held back if it is doubtful."""

import hashlib
import json
import logging

from shared.domain.answers import email_key
from shared.domain.arriving import is_same_response
from shared.domain.draft import Draft, DraftKey
from shared.domain.fields import Answers
from shared.domain.form import raw
from shared.domain.programme import Programme
from shared.domain.suspicion import Doubt, HeldApplication, of_counts, too_fast
from shared.log import step
from shared.ports import Clock
from shared.services.base.raw_bodies import RawBodies
from shared.services.base.tokens import Tokens
from shared.services.form.quarantine import OWN_FORM, WAITING, QuarantineService
from shared.services.form.rate_limits import Counter
from shared.stores.applications import Applications
from shared.stores.responses import Responses

logger = logging.getLogger(__name__)


class HandingOver:
    """Hands the application of a draft to the intake. Doing it again is the same application."""

    def __init__(
        self,
        *,
        applications: Applications,
        responses: Responses,
        raw_bodies: RawBodies,
        quarantine: QuarantineService,
        counter: Counter,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._responses = responses
        self._raw_bodies = raw_bodies
        self._quarantine = quarantine
        self._counter = counter
        self._tokens = tokens
        self._clock = clock

    async def doubts(self, draft: Draft, answers: Answers, *, trapped: bool, network: str) -> tuple[Doubt, ...]:
        """Returns why an application that is sent now may be no person's. It is counted, so this is asked once."""
        found = [*draft.doubts, *([Doubt.TRAP] if trapped else [])]
        if draft.shown_at is not None and too_fast(draft.shown_at, self._clock.now()):
            found.append(Doubt.FAST)
        found += of_counts(await self._counter.sent(network, answers))
        return tuple(dict.fromkeys(found))

    async def give(self, programme: Programme, key: DraftKey, draft: Draft, answers: Answers) -> str:
        """Give a draft that was declared and will not change any more. Returns the reference that is to be shown."""
        await self._tokens.must_fit()
        # The reference under which the intake stores the application.
        reference = self._tokens.reference(programme.id, email_key(answers.email), answers.role)
        await self._give(programme, key, draft, answers, reference)
        return await self._shown_reference(programme, _response(key), reference)

    async def _give(self, programme: Programme, key: DraftKey, draft: Draft, answers: Answers, reference: str) -> None:
        body = _body(programme, key, draft)
        if not draft.doubts:
            await self._raw_bodies.keep(programme=programme.id, source=OWN_FORM, body=body)
            step(logger, "applied on our own form", reference=reference, programme=programme.id)
            return
        held = HeldApplication(
            programme=programme.id,
            content=hashlib.sha256(body).hexdigest(),
            status=WAITING,
            why=" ".join(draft.doubts),
            received_at=draft.submitted_at or self._clock.now(),
            reference=reference,
            full_name=answers.full_name,
            email=answers.email,
            organisation=answers.organisation,
            manager_email=answers.manager_email,
        )
        await self._quarantine.hold(programme, held)
        await self._raw_bodies.hold(programme=programme.id, source=OWN_FORM, body=body)
        step(logger, "held back", level=logging.WARNING, reference=reference, programme=programme.id, reason=held.why)

    async def _shown_reference(self, programme: Programme, response: str, reference: str) -> str:
        """The reference that the confirmation shows: the application's, to whoever sent it first.

        Anybody can type somebody's address. Whoever sends a later form is shown one of its own that looks the same, so
        the page tells nobody that somebody has applied, and under which reference. Asked first, so that two forms that
        are sent at once are told apart by it as two that are sent a day apart.
        """
        own = self._tokens.reference(programme.id, "response", OWN_FORM, response)
        first = await self._responses.claim(programme.id, OWN_FORM, f"first for {reference}", own)
        stored = await self._applications.get(programme.id, reference)
        is_theirs = stored is None or is_same_response(stored.value, OWN_FORM, response)
        return reference if first == own and is_theirs else own


def _response(key: DraftKey) -> str:
    """The id of the one response that a draft can lead to."""
    return key.hash[:32]


def _body(programme: Programme, key: DraftKey, draft: Draft) -> bytes:
    body = {
        "form_id": programme.id,
        "response_id": _response(key),
        "submitted_at": draft.submitted_at.isoformat() if draft.submitted_at else None,
        "answers": raw(programme.questions, draft.answers),
    }
    return json.dumps(body, ensure_ascii=False).encode()
