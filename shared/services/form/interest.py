"""Serves ``/interest/{programme}`` and ``/leave/{token}``: who would like to hear of the next cohort is told, once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shared.domain import wording
from shared.domain.addresses import as_sent, email_problem
from shared.domain.answers import LONGEST_LINE, email_key
from shared.domain.closing import ProgrammeStatus
from shared.domain.form import Opening, opening
from shared.domain.interest import KEPT_MONTHS, Interest, waits_for
from shared.domain.outbox import Message
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.references import Link, Purpose
from shared.domain.suspicion import network_of
from shared.domain.text import clean, theirs, too_long
from shared.ports import Clock
from shared.services.base.links import LinkBook
from shared.services.base.mails import Composed, Draft, NotOwed
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.rate_limits import Counter
from shared.services.form.views import Heading, heading
from shared.stores.interest import Interested

_NOT_KNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InterestPage:
    """What the page shows. ``roles`` are what can be chosen, empty where everybody is the same.

    ``open_now``: people can apply, so that nobody has to wait for another cohort. ``over``: the programme is completed
    and takes nothing any more. ``noted``: it was sent.
    """

    programme: Heading
    roles: tuple[tuple[str, str, str], ...]
    months: int
    open_now: bool
    over: bool = False
    noted: bool = False
    problems: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LeavePage:
    """Asks whether somebody wants to leave the list, or says that they have."""

    programme: Heading
    left: bool = False


class InterestService:
    """Keeps the list of each programme, and tells those on it when a cohort opens."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        interested: Interested,
        links: LinkBook,
        outbox: Outbox,
        counter: Counter,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._interested = interested
        self._links = links
        self._outbox = outbox
        self._counter = counter
        self._tokens = tokens
        self._clock = clock

    async def page(self, programme: str) -> InterestPage | None:
        """The page, or None if there is no such programme."""
        current = await self._programmes.current(programme)
        return self._page(current) if current else None

    async def take(self, programme: str, given: Mapping[str, str], *, forwarded_for: str = "") -> InterestPage | None:
        """Note who would like to be told; the page with what is wrong if something is. None: too many today.

        Whoever is on the list already is told the same, and nobody learns from it who is. ``forwarded_for`` is the
        request's header of that name, for the network it came from.
        """
        current = await self._programmes.current(programme)
        if current is None:
            return None
        page = self._page(current)
        if page.over:
            return page
        problems = _problems(page, given)
        if problems:
            return replace(page, problems=problems)
        if (await self._counter.asked(network_of(forwarded_for))).too_many:
            return None
        await self._note(current, given)
        return replace(page, noted=True)

    def _page(self, current: Current) -> InterestPage:
        programme = current.programme
        several = programme.roles.items() if programme.model.only_role is None else ()
        return InterestPage(
            programme=heading(programme),
            roles=(*((role.value, about.title, about.about) for role, about in several),),
            months=KEPT_MONTHS,
            open_now=opening(programme, current.row, self._clock.now()) in {Opening.OPEN, Opening.LATE},
            over=current.row.status is ProgrammeStatus.COMPLETED,
        )

    async def _note(self, current: Current, given: Mapping[str, str]) -> None:
        await self._tokens.must_fit()
        programme, now = current.programme, self._clock.now()
        email = as_sent(clean(given["email"]))
        chosen = next((role for role in programme.roles if role == given.get("role")), programme.model.only_role)
        before = await self._interested.get(programme.id, self.key(email))
        interest = Interest(
            programme=programme.id,
            key=self.key(email),
            full_name=clean(given["full_name"]),
            email=email,
            role=chosen,
            asked_at=now,
            # Who asks again while it is open has not stopped to wait for it.
            waited=waits_for(current.row.status) or (before is not None and before.waited and not before.told_of),
        )
        await self._links.store(leave_page(interest))
        await self._interested.put(interest)
        mail = Mail(
            id=message_id(interest.key, f"interest-noted.{now.astimezone(programme.tz).date()}"),
            kind=Kind.INTEREST_NOTED,
            about=About.INTEREST,
            subject=interest.key,
            to=To.APPLICANT,
            due=now,
            detail=programme.id,
        )
        await self._outbox.post(programme, mail)

    def key(self, email: str) -> str:
        """The key of the person with that address, in every programme's list."""
        return self._tokens.reference("interest", email_key(email))

    async def leaving(self, token: str) -> LeavePage | None:
        """The page of a link, or None if it opens nothing."""
        found = await self._links.find(token, Purpose.LEAVE)
        programme = self._programmes.file(found.programme) if found else None
        if found is None or programme is None:
            return None
        return LeavePage(heading(programme), left=await self._interested.get(found.programme, found.subject) is None)

    async def leave(self, token: str) -> LeavePage | None:
        """Take whoever holds the link off the list; doing it again changes nothing."""
        found = await self._links.find(token, Purpose.LEAVE)
        programme = self._programmes.file(found.programme) if found else None
        if found is None or programme is None:
            return None
        await self._interested.remove(found.programme, found.subject)
        return LeavePage(heading(programme), left=True)

    async def tell_of_openings(self) -> int:
        """Tell everybody once whose cohort is open now, or one that follows it. Returns how many there were."""
        told = 0
        for id_ in self._programmes.ids():
            current = await self._programmes.current(id_)
            if current is None or current.row.status is not ProgrammeStatus.OPEN:
                continue
            for home in dict.fromkeys((*current.programme.follows, id_)):
                for interest in await self._interested.of_programme(home):
                    if interest.is_told_of(id_):
                        await self._tell(current, interest)
                        told += 1
        return told

    async def _tell(self, current: Current, interest: Interest) -> None:
        now = self._clock.now()
        # The mail first: it has one id, and a row that says "told" without one would tell nobody.
        mail = Mail(
            id=message_id(interest.key, f"cohort-opens.{interest.programme}"),
            kind=Kind.COHORT_OPENS,
            about=About.INTEREST,
            subject=interest.key,
            to=To.APPLICANT,
            due=now,
            detail=interest.programme,
        )
        await self._outbox.post(current.programme, mail)
        await self._interested.put(replace(interest, told_of=current.programme.id, told_at=now))

    async def forget_old(self) -> int:
        """Delete everybody whose two years are over. Returns how many there were."""
        return await self._interested.remove_older_than(self._clock.now().date())

    async def of_person(self, email: str) -> list[Interest]:
        """Every list on which the person with that address is."""
        found = [await self._interested.get(id_, self.key(email)) for id_ in self._programmes.ids()] if email else []
        return [interest for interest in found if interest is not None]

    async def of_key(self, key: str) -> list[Interest]:
        """Every list on which the person with that key is."""
        found = [await self._interested.get(id_, key) for id_ in self._programmes.ids()]
        return [interest for interest in found if interest is not None]

    async def forget(self, interest: Interest) -> None:
        """Take somebody off a list."""
        await self._interested.remove(interest.programme, interest.key)


class InterestMails:
    """Composes what people on a list are told."""

    def __init__(self, interested: Interested) -> None:
        self._interested = interested

    async def compose(self, current: Current, message: Message, tokens: Tokens) -> Composed:
        """See ``Composer``."""
        interest = await self._interested.get(message.detail, message.subject)
        if interest is None:
            return NotOwed("they have left the list")
        programme = current.programme
        return Draft(
            (interest.email,),
            {
                "name": theirs(interest.full_name),
                "programme": programme.name,
                "host": programme.host,
                "months": KEPT_MONTHS,
                "closes": wording.moment(current.closes_at, programme.tz) if current.closes_at else "",
                "form": programme.imprint.form_link or tokens.form(programme.id),
                "leave": tokens.url(leave_page(interest)),
                "contacts": programme.contacts.form_support,
            },
        )


def leave_page(interest: Interest) -> Link:
    """The link by which somebody leaves the list of a programme."""
    return Link(Purpose.LEAVE, interest.programme, interest.key, 1)


def _problems(page: InterestPage, given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    name = clean(given.get("full_name", ""))
    found = []
    if not name:
        found.append(("full_name", "Enter your name."))
    elif len(name) > LONGEST_LINE:
        found.append(("full_name", too_long(len(name), LONGEST_LINE)))
    problem = email_problem(clean(given.get("email", "")))
    if problem:
        found.append(("email", problem))
    if page.roles and given.get("role") not in {*(value for value, _, _ in page.roles), _NOT_KNOWN}:
        found.append(("role", "Choose one of these answers."))
    if not given.get("consent"):
        found.append(("consent", "Tick the box if we may write to you. Without it we cannot."))
    return tuple(found)
