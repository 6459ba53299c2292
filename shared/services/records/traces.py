"""The places that hold something of a person, each with the little it needs to forget them.

``composition/root.py`` puts them into the two lists of ``Eraser``. A new table that holds something of people gets a
class here, and its rule in ``adapters/table_policies.py``.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from shared.domain.application import Application, Status
from shared.domain.erasing import MARKED, Person
from shared.ports import AccessFiles, Bodies
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.earlier import EARLIER, EarlierService
from shared.services.form.interest import InterestService
from shared.services.form.quarantine import QuarantineService
from shared.services.pairs.evaluations import keys_of
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.bookings import Bookings
from shared.stores.cells import row_mark
from shared.stores.checkins import CheckIns
from shared.stores.commands import Commands
from shared.stores.drafts import Drafts
from shared.stores.evaluations import Evaluations, row_key
from shared.stores.lived_experience import LivedExperiences
from shared.stores.match_notes import MatchNotes
from shared.stores.names import TableName
from shared.stores.organisations import Organisations
from shared.stores.pairs import Pairs
from shared.stores.receptions import Receptions


def access_file(programme: str) -> str:
    """Where the file of a programme's access needs lies in its container."""
    return f"{programme}/access-needs.xlsx"


type Marks = Sequence[tuple[str, str]]


class PersonTraces(Protocol):
    """What is found by who somebody is: their name, their address, however their reference was typed."""

    async def marks(self, application: Application) -> Marks:
        """Returns what ``forget`` is going to take away, as tombstones name it: partition and reference."""
        ...

    async def forget(self, application: Application) -> None:
        """Remove it. Doing it again is safe."""
        ...


class ApplicationTraces(Protocol):
    """What is found by the references of applications."""

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """Remove it. Doing it again is safe."""
        ...


#: What no application's reference leads to.
type TracesBeside = Sequence[PersonTraces]
#: Whatever tables and blobs say of applications, but for what participants told.
type TracesOfApplications = Sequence[ApplicationTraces]


def person_of(application: Application) -> Person:
    """Everything by which rows may name whoever applied."""
    return Person({application.reference}, application.person.full_name, application.person.email)


def _references(applications: Sequence[Application]) -> set[str]:
    return {application.reference for application in applications}


class EarlierTraces:
    """The row of somebody who was imported from an earlier cohort's sheet."""

    def __init__(self, earlier: EarlierService) -> None:
        self._earlier = earlier

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        email = application.person.email
        return await self.marks_of(self._earlier.key(email)) if email else ()

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        if application.person.email:
            await self.forget_row(self._earlier.key(application.person.email))

    async def marks_of(self, key: str) -> Marks:
        """The mark of the row with this key, if there is one."""
        return ((EARLIER, key),) if await self._earlier.holds(key) else ()

    async def forget_row(self, key: str) -> None:
        """Delete the row with this key."""
        await self._earlier.forget(key)


class InterestTraces:
    """The lists on which they wait to hear of a cohort."""

    def __init__(self, interest: InterestService) -> None:
        self._interest = interest

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        return [(one.programme, one.key) for one in await self._interest.of_person(application.person.email)]

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        for one in await self._interest.of_person(application.person.email):
            await self._interest.forget(one)

    async def marks_of(self, key: str) -> Marks:
        """The marks of the rows with this key."""
        return [(one.programme, one.key) for one in await self._interest.of_key(key)]

    async def forget_rows(self, key: str) -> None:
        """Delete the rows with this key."""
        for one in await self._interest.of_key(key):
            await self._interest.forget(one)


class DraftTraces:
    """What they have typed on our own form and not sent. No export holds it."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        del application
        return ()

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        if application.person.email:
            await self._drafts.forget(application.person.email)


class EvaluationTraces:
    """What they answered about the programme: found by their key alone, since nothing in a row says whose it is."""

    def __init__(self, *, programmes: Programmes, evaluations: Evaluations, tokens: Tokens) -> None:
        self._programmes = programmes
        self._evaluations = evaluations
        self._tokens = tokens

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        return [
            (MARKED, row_mark(TableName.EVALUATIONS, application.programme, row_key(wave, key)))
            for wave, key in sorted(await self._rows(application))
        ]

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        for wave, key in await self._rows(application):
            await self._evaluations.remove(application.programme, wave, key)

    async def _rows(self, application: Application) -> set[tuple[str, str]]:
        """The rows that they may have at the times of the file, and those of times that the file no longer names."""
        programme = self._programmes.file(application.programme)
        keys = keys_of(self._tokens, application.programme, application.reference)
        waves = programme.evaluation.waves if programme and programme.evaluation else ()
        there = await self._evaluations.of(application.programme, keys)
        return {(wave.id, key) for wave in waves for key in keys} | {(one.wave, one.key) for one in there}


class HeldTraces:
    """What is held back of them, with what they sent, and whatever else comes to wait for somebody's decision."""

    def __init__(self, quarantine: QuarantineService) -> None:
        self._quarantine = quarantine

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        return await self.marks_of(person_of(application))

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        await self._quarantine.forget(person_of(application))

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        del current
        await self._quarantine.forget(Person(_references(applications)))

    async def addresses(self, reference: str) -> set[str]:
        """The addresses of what is held back under a reference."""
        return {held.email for held in await self._quarantine.of(Person({reference}))}

    async def marks_of(self, person: Person) -> Marks:
        """The marks of what is held back of somebody."""
        return [(MARKED, self._quarantine.mark(held)) for held in await self._quarantine.of(person)]

    async def forget_person(self, person: Person) -> None:
        """Delete what is held back of somebody."""
        await self._quarantine.forget(person)


class CommandTraces:
    """What was noted and answered about them in ``Commands``."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        return [(MARKED, mark) for mark in await self._commands.about(person_of(application))]

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        await self._commands.forget(person_of(application))

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        del current
        await self._commands.forget(Person(_references(applications)))


class OrganisationTraces:
    """Rows of ``Organisations`` that nobody else's application explains."""

    def __init__(self, *, organisations: Organisations, applications: Applications) -> None:
        self._organisations = organisations
        self._applications = applications

    async def marks(self, application: Application) -> Marks:
        """See ``PersonTraces``."""
        known = await self._known_by_others(application)
        return [(MARKED, mark) for mark in await self._organisations.besides(application.programme, known)]

    async def forget(self, application: Application) -> None:
        """See ``PersonTraces``."""
        await self._organisations.keep_only(application.programme, await self._known_by_others(application))

    async def _known_by_others(self, application: Application) -> set[tuple[str, str]]:
        """The organisations with the mail domains that applications of other people name."""
        known = set()
        async for other in self._applications.all(application.programme):
            if other.reference == application.reference or other.status is Status.ERASED:
                continue
            managers = (other.manager, *(request.manager for request in other.requests))
            for address in (other.person.email, *(manager.email for manager in managers)):
                known.add((other.person.organisation, address.rpartition("@")[2]))
        return known


class ToldTraces:
    """What they told: raw bodies, words in check-ins, reasons out of it, and last the rows that say what is held.

    The file of access needs goes whole: the next night writes it again, without them.
    """

    def __init__(
        self,
        *,
        checkins: CheckIns,
        receptions: Receptions,
        bodies: Bodies,
        notes: MatchNotes,
        lived_experience: LivedExperiences,
        access: AccessFiles,
    ) -> None:
        self._checkins = checkins
        self._access = access
        self._notes = notes
        self._receptions = receptions
        self._bodies = bodies
        self._lived_experience = lived_experience

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        programme, references = current.programme.id, _references(applications)
        await self._checkins.empty(programme, references)
        await self._notes.forget(programme, references)
        async for reception in self._receptions.of(programme, references):
            await self._bodies.remove(reception.content)
        for application in applications:
            await self._bodies.remove(application.content)
            await self._lived_experience.remove(programme, application.reference)
        await self._access.remove(access_file(programme))


class PairTraces:
    """The names and reasons beside the pairs they were in."""

    def __init__(self, pairs: Pairs) -> None:
        self._pairs = pairs

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        await self._pairs.forget(current.programme.id, _references(applications))


class BookingTraces:
    """Every row of theirs in any session. The events are looked at again, so that they lose the attendee."""

    def __init__(self, *, bookings: Bookings, outbox: Outbox) -> None:
        self._bookings = bookings
        self._outbox = outbox

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        for application in applications:
            await self._remove(current, application.reference)

    async def _remove(self, current: Current, reference: str) -> None:
        programme = current.programme.id
        ids = [session.id for group in current.programme.groups for session in group.sessions]
        rows = await asyncio.gather(*(self._bookings.get(programme, session, reference) for session in ids))
        held = {row.session for row in rows if row is not None}
        await self._outbox.sync_events(current.programme, held)
        await asyncio.gather(*(self._bookings.remove(programme, session, reference) for session in held))
        if held:
            await self._outbox.wake(current.programme)


class ApprovalTraces:
    """What their managers were asked and answered."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    async def remove(self, current: Current, applications: Sequence[Application]) -> None:
        """See ``ApplicationTraces``."""
        programme = current.programme.id
        for application in applications:
            numbers = [request.number for request in application.requests]
            await asyncio.gather(*(self._approvals.remove(programme, application.reference, n) for n in numbers))


def beside(
    earlier: EarlierTraces,
    listed: InterestTraces,
    drafts: DraftTraces,
    held: HeldTraces,
    typed: CommandTraces,
    evaluations: EvaluationTraces,
    organisations: OrganisationTraces,
) -> TracesBeside:
    """Returns what no application's reference leads to."""
    return (earlier, listed, drafts, held, typed, evaluations, organisations)


def of_applications(
    pairs: PairTraces, bookings: BookingTraces, approvals: ApprovalTraces, typed: CommandTraces, held: HeldTraces
) -> TracesOfApplications:
    """Returns whatever tables and blobs say of applications, but for what participants told."""
    return (pairs, bookings, approvals, typed, held)
