"""A later form for an application that stands: the owner of the address says whether it is theirs.

Anybody can type somebody's address into a form. So a form by another response replaces nothing: it waits in the
application's ``changes``, its owner gets a mail without a word of it, and only their own page shows what it would do.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from shared.domain import wording
from shared.domain.application import CHANGES_ARE_KEPT, Application, Change, Status
from shared.domain.arriving import MOST_CHANGES, without_changes
from shared.domain.lived_experience import LivedExperience
from shared.domain.programme import UNSAID, Branding, Imprint, Programme
from shared.domain.references import read_reference
from shared.errors import UnreadableSubmission
from shared.ports import Bodies, Clock
from shared.services.applications.merging import ACCEPTED_BY_COMMAND, FormMerger
from shared.services.applications.opened import OpenedLinks
from shared.services.applications.reading import read, says, stands
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.programmes import Current, Programmes
from shared.services.form.quarantine import QuarantineService
from shared.stores.applications import Applications
from shared.stores.lived_experience import LivedExperiences

#: What is chosen instead of a form: that none of them is theirs.
KEEP = "keep"
_HASH_START = 8
_MOST_SHOWN = 5
_NOTHING_WAITS = "No form waits to be confirmed for this application."


@dataclass(frozen=True, slots=True)
class Difference:
    """One question of which a form says something else than the application: what stands, and what it says."""

    title: str
    now: str
    then: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One form that waits. ``id`` is what is chosen; ``problems`` are what could not be accepted in it."""

    id: str
    sent: str
    differences: tuple[Difference, ...]
    problems: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """What the page shows, the newest form first. ``taken`` and ``kept`` say what was just decided.

    ``newest`` comes back with the choice, so that nothing is decided about a form that came meanwhile.
    """

    programme: str
    branding: Branding
    contacts: tuple[str, ...]
    status: str
    waiting: tuple[Waiting, ...]
    newest: str
    more: int
    problem: str = ""
    taken: bool = False
    kept: bool = False
    imprint: Imprint = UNSAID


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an administrator's wish to take a form in, in words for them."""

    done: bool
    words: str


class ChangesService:
    """Shows owners of addresses what waits for them, and does what they (or administrators) say."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        applications: Applications,
        lived_experience: LivedExperiences,
        opened: OpenedLinks,
        bodies: Bodies,
        quarantine: QuarantineService,
        merger: FormMerger,
        writer: ApplicationWriter,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._applications = applications
        self._lived_experience = lived_experience
        self._opened = opened
        self._bodies = bodies
        self._quarantine = quarantine
        self._merger = merger
        self._writer = writer
        self._clock = clock

    async def page(self, token: str) -> ChangePage | None:
        """The page of a person's own link; None if nothing waits there, or the link opens nothing."""
        found = await self._opened.own_page(token)
        if found is None or not found.application.changes:
            return None
        page = await self._page(found.current, found.application)
        return page if page.waiting else None

    async def answer(self, token: str, choice: str, newest: str) -> ChangePage | None:
        """Do what the owner chose: take one of the forms in, or none of them. ``newest`` is the newest they were shown.

        A second press, and a choice about what no longer waits, changes nothing. None if the link opens nothing, or
        nothing waits any more.
        """
        found = await self._opened.own_page(token)
        if found is None:
            return None
        current, application, _ = found
        if not application.changes:
            # It may have been cut off after the choice was stored.
            await self._tidy(current, application)
            return None
        contents = [change.content for change in application.changes]
        if choice != KEEP and choice not in contents:
            page = await self._page(current, application)
            return _with_problem(page, "Choose one of the answers.")
        if newest not in contents:
            page = await self._page(current, application)
            return _with_problem(page, "Another form came in the meantime. Look at what is here now, and choose again.")
        decided = frozenset({*contents[: contents.index(newest) + 1], *({choice} - {KEEP})})
        if choice == KEEP:
            await self._let_go(current, application.reference, decided, who="the applicant", what="kept what stands")
            return await self._page(current, application, kept=True)
        body = await self._bodies.get(choice)
        if body is None:
            return None
        try:
            after = await self._merger.take_confirmed(current, application.reference, body, decided, by_owner=True)
        except UnreadableSubmission:
            return None
        await self._tidy(current, after)
        return await self._page(current, after or application, taken=True)

    async def accept(self, wanted: str) -> Accepted:
        """Take in a form that waits, as an administrator asks: by the reference, or by the start of the form's hash."""
        wanted = wanted.strip()
        reference = read_reference(wanted)
        for programme in sorted(self._programmes.ids()):
            current = await self._programmes.current(programme)
            if current is None:
                continue
            content = ""
            subject = reference
            if reference is None and len(wanted) >= _HASH_START:
                held = [h for h in await self._quarantine.of_owners(programme) if h.content.startswith(wanted.lower())]
                content, subject = (held[0].content, held[0].reference) if len(held) == 1 else ("", None)
            stored = await self._applications.get(programme, subject) if subject else None
            if stored is not None:
                return await self._accept_one(current, stored.value, content)
        return Accepted(done=False, words=_NOTHING_KNOWN)

    async def _accept_one(self, current: Current, application: Application, content: str) -> Accepted:
        contents = [change.content for change in application.changes]
        if content not in contents and _was_accepted(application):
            # The command was cut off before it was answered.
            await self._tidy(current, application)
            return Accepted(done=True, words=_DONE)
        if not contents:
            return Accepted(done=False, words=_NOTHING_WAITS)
        if not content and len(contents) > 1:
            rows = ", ".join(one[:12] for one in contents)
            words = f"{len(contents)} forms wait. Type the RowKey in Quarantine of the right one as Reference: {rows}."
            return Accepted(done=False, words=words)
        content = content or contents[0]
        body = await self._bodies.get(content)
        if content not in contents or body is None:
            return Accepted(done=False, words=_NOTHING_WAITS)
        try:
            after = await self._merger.take_confirmed(current, application.reference, body, {content}, by_owner=False)
        except UnreadableSubmission as exc:
            return Accepted(done=False, words=f"The form cannot be read any more: {exc.reason}.")
        await self._tidy(current, after)
        answered = after is not None and after.status is Status.APPROVED and after.answers_from != content
        return Accepted(done=True, words=_NOT_USED if answered else _DONE)

    async def forget_old(self) -> int:
        """Delete what nobody has confirmed for a month, quietly: the body too. Returns how many there were.

        What was decided, and cut off before its row was written, is brought to its end.
        """
        count = 0
        for programme in self._programmes.ids():
            current = await self._programmes.current(programme)
            if current is None:
                continue
            for held in await self._quarantine.of_owners(programme):
                if self._clock.now() - held.received_at < CHANGES_ARE_KEPT:
                    stored = await self._applications.get(programme, held.reference)
                    await self._tidy(current, stored.value if stored else None)
                    continue
                gone, too_long = frozenset({held.content}), "a form waited too long"
                if await self._let_go(current, held.reference, gone, who="the clock", what=too_long) is None:
                    await self._quarantine.drop(held)
                await self._quarantine.remove(held)
                count += 1
        return count

    async def _let_go(
        self, current: Current, reference: str, contents: frozenset[str], *, who: str, what: str
    ) -> Application | None:
        """Have forms wait no longer, and delete them unless they stand by now."""
        after = await self._writer.change(
            current, reference, lambda newest: without_changes(newest, contents), who=who, what=what
        )
        await self._tidy(current, after, contents)
        return after

    async def _tidy(
        self, current: Current, application: Application | None, decided: Collection[str] = frozenset()
    ) -> None:
        """Bring an application's forms to what was decided: finish what was taken, delete what nobody wanted.

        The application says what waits: what waits no more was either taken or is not used. Only while it holds as many
        as it can were older ones pushed out by newer ones: of those nobody has decided anything.
        """
        if application is None:
            return
        waits = {change.content for change in application.changes}
        full = len(application.changes) >= MOST_CHANGES
        used = {application.answers_from, application.content}
        for held in await self._quarantine.of_owners(application.programme):
            if held.reference != application.reference or held.content in waits:
                continue
            if held.content in used:
                body = await self._bodies.get(held.content)
                if body is not None:
                    await self._merger.follow_confirmed(current, application, body)
                await self._quarantine.taken(held)
            elif not full or held.content in decided:
                await self._quarantine.drop(held)

    async def _page(
        self, current: Current, application: Application, *, taken: bool = False, kept: bool = False
    ) -> ChangePage:
        programme = current.programme
        shown = () if taken or kept else tuple(reversed(application.changes))[:_MOST_SHOWN]
        lived = await self._lived_experience.get(programme.id, application.reference) if shown else None
        waiting = [await self._waiting(programme, application, lived, change) for change in shown]
        return ChangePage(
            programme=programme.name,
            branding=programme.branding,
            contacts=programme.contacts.form_support,
            imprint=programme.imprint,
            status=application.status,
            waiting=tuple(one for one in waiting if one is not None),
            newest=application.changes[-1].content if application.changes else "",
            more=len(application.changes) - len(shown) if shown else 0,
            taken=taken,
            kept=kept,
        )

    async def _waiting(
        self, programme: Programme, application: Application, lived: LivedExperience | None, change: Change
    ) -> Waiting | None:
        body = await self._bodies.get(change.content)
        if body is None:
            return None
        sent = wording.moment(change.received_at, programme.tz)
        try:
            form = read(programme, body)
        except UnreadableSubmission:
            return None
        before, after = stands(programme, application, lived), says(programme, form)
        return Waiting(
            id=change.content,
            sent=sent,
            differences=tuple(
                Difference(title, before.get(title, ""), value)
                for title, value in after.items()
                if value != before.get(title, "")
            ),
            problems=tuple((p.title, p.says) for p in form.checked.problems),
        )


def _with_problem(page: ChangePage, problem: str) -> ChangePage:
    return replace(page, problem=problem)


def _was_accepted(application: Application) -> bool:
    event = application.last_event
    return event is not None and event.what == ACCEPTED_BY_COMMAND


_NOTHING_KNOWN = "There is no application with this reference, and no form in Quarantine whose RowKey begins like this."
_DONE = "Taken in; the applicant is told what follows from it."
_NOT_USED = "Taken note of: the manager has answered already, so the form is kept and was not used."
