"""From a form provider's request to a stored application.

On the request path only two things happen: the raw body is stored under its content hash, and a queue message says so.
Everything else happens behind the queue, where it can be repeated.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from shared.contracts.fit import remarks
from shared.contracts.provider import SendsBatches
from shared.contracts.registry import provider
from shared.domain.application import Application, Status
from shared.domain.arriving import Reception
from shared.domain.cohort_model import State, Unit
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.programme import Programme
from shared.errors import NoApplication, ServiceError, UnreadableSubmission, explained
from shared.log import step
from shared.ports import Bodies, Body, Clock, Metric, Metrics, Stored, Tombstones
from shared.services.applications.merging import FormMerger
from shared.services.applications.webhooks import UNKNOWN_PROGRAMME
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Programmes
from shared.services.base.raw_bodies import RawBodies
from shared.services.form.quarantine import NOT_USED, OWN_FORM
from shared.stores.applications import Applications
from shared.stores.receptions import Receptions

logger = logging.getLogger(__name__)

_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_TAKEN_IN = "Taken in"
_SPLIT = "Split"
_FAILS_ON_IT = "the program fails on it ({why}); tell the people who run it"
_PARKED = "Parked"
_OWN_PAGES_ALONE = (
    "boards apply on the programme's own page, and their people by their sponsor's link; close the form at its provider"
)
_NOT_TAKEN = {
    State.COMPLETED: "the programme is completed and takes no applications; close the form at its provider",
    State.INTEREST: "no cohort is open, so nobody can apply; close the form at its provider",
}


def _refuse_what_is_not_taken(programme: Programme, source: str) -> None:
    """Raises UnreadableSubmission for what a form should not have sent: it is kept, and people are told."""
    if programme.model.state is not State.OPEN:
        raise UnreadableSubmission(_NOT_TAKEN[programme.model.state])
    if programme.model.unit is Unit.BOARD and source != OWN_FORM:
        raise UnreadableSubmission(_OWN_PAGES_ALONE)


class LostApplications:
    """Knows an application whose row is gone although nobody was erased: sent again, its form brings it back."""

    def __init__(self, *, applications: Applications, tombstones: Tombstones) -> None:
        self._applications = applications
        self._tombstones = tombstones

    async def found(self, programme: str, reference: str) -> Stored[Application] | None:
        """The application, or None."""
        return await self._applications.get(programme, reference)

    async def is_lost(self, programme: str, reference: str) -> bool:
        """Whether there is no row, and no tombstone that says why."""
        if await self.found(programme, reference) is not None:
            return False
        erased = await self._tombstones.since(_EVER)
        return all((one.partition, one.reference) != (programme, reference) for one in erased)


class Intake:
    """Behind the queue: each body is taken in once, and what cannot be read waits for a person."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        lost: LostApplications,
        receptions: Receptions,
        bodies: Bodies,
        raw_bodies: RawBodies,
        merger: FormMerger,
        outbox: Outbox,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._lost = lost
        self._receptions = receptions
        self._bodies = bodies
        self._raw_bodies = raw_bodies
        self._merger = merger
        self._outbox = outbox
        self._metrics = metrics
        self._clock = clock

    async def take_in(self, *, programme: str, source: str, content: str) -> None:
        """Take in one stored body. Doing it again changes nothing."""
        home = self._home(programme)
        known = await self._receptions.get(home, content)
        if known is not None and known.status == _TAKEN_IN and await self._lost.is_lost(home, known.reference):
            known = None
        if known is not None and known.status != _PARKED:
            await self._done_with(known)
            return
        body = await self._bodies.get(content)
        if body is None:
            step(logger, "gone from storage", level=logging.ERROR, submission=content, programme=programme)
            if known is not None:
                await self._receptions.remove(home, content)
            return
        reception = Reception(
            programme=home, content=content, source=source, received_at=body.received_at, status=_TAKEN_IN
        )
        current = await self._programmes.current(programme)
        sender = provider(source)
        try:
            if current is None or sender is None:
                known_as = "that this address names" if programme == UNKNOWN_PROGRAMME else f"'{programme}'"
                raise UnreadableSubmission(f"there is no programme {known_as}; check the address in the form's webhook")
            _refuse_what_is_not_taken(current.programme, source)
            rows = sender.apart(body.data) if isinstance(sender, SendsBatches) else ()
            if len(rows) > 1:
                await self._raw_bodies.keep_apart(replace(body, programme=programme), rows)
                reception = replace(reception, status=_SPLIT, reason=f"{len(rows)} responses, each a row of its own")
            else:
                submission = sender.parse(body.data, current.programme)
                reception = replace(
                    reception,
                    reference=await self._merger.take(current, submission, body),
                    test=submission.test,
                    form_remarks=remarks(current.programme, submission),
                )
        except NoApplication as exc:
            reception = replace(reception, status="No application", reason=exc.reason)
        except UnreadableSubmission as exc:
            reception = replace(reception, status=_PARKED, reason=exc.reason)
        except ServiceError:
            raise
        except Exception as exc:
            if known is None:
                raise
            # It is parked already, so nothing is lost, and the queue need not try it again and again.
            reception = replace(reception, status=_PARKED, reason=_FAILS_ON_IT.format(why=explained(exc)))
        if reception.status == _PARKED:
            await self._park(reception, told=known is not None and known.reason == reception.reason)
        else:
            await self._receptions.put(reception)
            await self._found_its_programme(body, programme)
        if reception.form_remarks and not reception.test and current is not None:
            await self._tell_of_the_form(current.programme)
        await self._done_with(reception)

    def _home(self, programme: str) -> str:
        """The programme under which a body's row stands: nobody looks for rows of one that does not exist.

        Every programme's administrators are the same people, so any other will do.
        """
        ids = self._programmes.ids()
        return programme if self._programmes.file(programme) is not None or not ids else ids[0]

    async def _found_its_programme(self, body: Body, programme: str) -> None:
        """What was parked under another programme and is sent again to the right address waits there no more."""
        if body.programme == programme:
            return
        elsewhere = await self._receptions.get(body.programme, body.content)
        if elsewhere is not None and elsewhere.status == _PARKED:
            await self._bodies.move(body.content, programme)
            await self._receptions.remove(body.programme, body.content)

    async def _done_with(self, reception: Reception) -> None:
        """The body no longer waits. A batch goes: each response is kept alone, and can be erased alone.

        So does a late copy of what somebody sent who has been erased since, and of what its owner did not want.
        """
        stored = await self._lost.found(reception.programme, reception.reference) if reception.reference else None
        waits = stored is not None and any(c.content == reception.content for c in stored.value.changes)
        erased = stored is not None and stored.value.status is Status.ERASED
        if (erased and not waits) or reception.status in {_SPLIT, NOT_USED}:
            await self._bodies.remove(reception.content)
        else:
            await self._bodies.taken_in(reception.content)

    async def try_for_the_last_time(self, *, programme: str, source: str, content: str) -> None:
        """Take in a body that has failed again and again; park it if the program itself fails on it.

        Parked, it is told to administrators and brought back by ``retry parked``. While a dependency is away it keeps
        its waiting mark, and a later tick takes it in.
        """
        try:
            await self.take_in(programme=programme, source=source, content=content)
        except ServiceError as exc:
            step(
                logger,
                "left to the tick",
                level=logging.WARNING,
                submission=content,
                programme=programme,
                reason=exc.reason,
            )
        except Exception as exc:  # noqa: BLE001 -- whatever the fault is, the body must not be lost in a queue
            await self._set_aside(programme, source, content, explained(exc))

    async def _set_aside(self, programme: str, source: str, content: str, why: str) -> None:
        body = await self._bodies.get(content)
        if body is None:
            return
        reason = _FAILS_ON_IT.format(why=why)
        reception = Reception(
            programme=self._home(programme),
            content=content,
            source=source,
            received_at=body.received_at,
            status=_PARKED,
            reason=reason,
        )
        await self._park(reception, told=False)
        await self._bodies.taken_in(content)

    async def _park(self, reception: Reception, *, told: bool) -> None:
        """Have it wait for a person, under the programme of its row: that is the one ``retry parked`` tries it with."""
        await self._bodies.move(reception.content, reception.programme)
        await self._receptions.put(reception)
        if told:
            return
        self._metrics.count(Metric.PARKED, kind="submission")
        step(
            logger,
            "parked",
            level=logging.WARNING,
            submission=reception.content,
            programme=reception.programme,
            reason=reception.reason,
        )
        await self._tell_administrators(reception.programme)

    async def _tell_administrators(self, programme: str) -> None:
        """One alert an hour at most; the list in it and the daily digest name the rest."""
        known = self._programmes.file(programme)
        if known is None:
            return
        now = self._clock.now()
        hour = now.strftime("%Y-%m-%dT%H")
        mail = Mail(
            message_id(known.id, f"parked.{hour}"), Kind.PARKED, About.PROGRAMME, known.id, To.ADMINISTRATORS, now
        )
        await self._outbox.post(known, mail)

    async def _tell_of_the_form(self, programme: Programme) -> None:
        """One mail a day at most; the daily digest names what came after it."""
        now = self._clock.now()
        day = now.astimezone(programme.tz).date().isoformat()
        id_ = message_id(programme.id, f"form-changed.{day}")
        mail = Mail(id_, Kind.FORM_CHANGED, About.PROGRAMME, programme.id, To.ADMINISTRATORS, now)
        await self._outbox.post(programme, mail)
