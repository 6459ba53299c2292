"""People who took part before: a link to what is stored of them, and the application they make of it.

The page answers the same whether or not an address is known, and does the same work: whether anybody is written to is
decided when the mail is about to be written. What they told an earlier cohort about themselves is never shown or used.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from shared.domain import wording
from shared.domain.addresses import mended
from shared.domain.answers import Problem, check
from shared.domain.draft import ComesNext, comes_next
from shared.domain.earlier import FIELDS as STORED
from shared.domain.expiry import is_over, returning_link_ends
from shared.domain.form import (
    Given,
    Opening,
    ahead,
    first,
    name_of,
    opening,
    options_of,
    raw,
    says_of,
    yes_or_no_options,
)
from shared.domain.owed import About, Kind, Mail, To, message_id
from shared.domain.programme import UNSAID, Branding, Imprint, Programme, Question
from shared.domain.questionnaire import condition_in_words
from shared.domain.references import Link, Purpose, token_hash
from shared.domain.suspicion import network_of
from shared.ports import Clock
from shared.services.base.links import LinkBook
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current, Programmes
from shared.services.base.raw_bodies import RawBodies
from shared.services.form.earlier import EarlierService, made_at
from shared.services.form.rate_limits import Counter
from shared.services.form.views import Field, RoleView, field_with, role_view
from shared.stores.responses import Responses

SOURCE = "returning"
_TAKEN = frozenset({Opening.OPEN, Opening.LATE})
_NOT_ASKED = frozenset({"email", "previous_participant"})


@dataclass(frozen=True, slots=True)
class ReturningPage:
    """What the page shows. ``problems`` are by form field; ``sent`` thanks, ``used`` says that it was done before.

    ``opening``: whether applications are taken; late ones are looked at by an administrator. ``opens`` and ``closes``
    are in words. ``roles`` have the hours and dates of each. ``comes_next``: what becomes of what was sent, as a rule.
    """

    programme: str
    name: str
    email: str
    cohort: str
    questions: tuple[Field, ...]
    contacts: tuple[str, ...]
    opening: Opening = Opening.OPEN
    opens: str = ""
    closes: str = ""
    problems: tuple[tuple[str, str], ...] = ()
    sent: bool = False
    used: bool = False
    branding: Branding = "nhs"
    imprint: Imprint = UNSAID
    id: str = ""
    roles: tuple[RoleView, ...] = ()
    comes_next: ComesNext | None = None


@dataclass(frozen=True, slots=True)
class AskingPage:
    """What the page says on which a link is asked for. ``opens`` and ``closes`` are in words."""

    programme: str
    branding: Branding
    contacts: tuple[str, ...]
    opening: Opening
    opens: str
    closes: str
    imprint: Imprint = UNSAID
    id: str = ""

    @property
    def takes_applications(self) -> bool:
        """Whether it is any use to ask now: a link works for two weeks or so."""
        return self.opening in _TAKEN


class ReturningService:
    """Serves ``/returning/{programme}`` and ``/welcome-back/{token}``."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        earlier: EarlierService,
        outbox: Outbox,
        links: LinkBook,
        responses: Responses,
        raw_bodies: RawBodies,
        counter: Counter,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._earlier = earlier
        self._outbox = outbox
        self._links = links
        self._responses = responses
        self._raw_bodies = raw_bodies
        self._counter = counter
        self._clock = clock

    def programme(self, programme: str) -> Programme | None:
        """The programme of that id, or None."""
        return self._programmes.file(programme)

    async def asking(self, programme: str) -> AskingPage | None:
        """The page on which a link is asked for, or None if there is no such programme."""
        current = await self._programmes.current(programme)
        if current is None:
            return None
        opens, closes = _opens_and_closes(current)
        return AskingPage(
            programme=current.programme.name,
            branding=current.programme.branding,
            contacts=_contacts(current.programme),
            imprint=current.programme.imprint,
            id=current.programme.id,
            opening=opening(current.programme, current.row, self._clock.now()),
            opens=opens,
            closes=closes,
        )

    async def ask(self, programme: Programme, email: str, *, forwarded_for: str = "") -> bool:
        """Have the person with that address written to, once a day, if anything is stored of them.

        False if so many were asked for from one network today that no more are, whoever they are. ``forwarded_for`` is
        the request's header of that name, for the network it came from.
        """
        if (await self._counter.asked(network_of(forwarded_for))).too_many:
            return False
        link = self._earlier.link(programme.id, email)
        await self._links.store(link)
        day = made_at(link).date().isoformat()
        now = self._clock.now()
        mail = Mail(
            id=message_id(link.subject, f"welcome-back.{day}"),
            kind=Kind.RETURNING,
            about=About.EARLIER,
            subject=link.subject,
            to=To.APPLICANT,
            due=now,
            detail=link.detail,
        )
        await self._outbox.post(programme, mail)
        return True

    async def page(self, token: str) -> ReturningPage | None:
        """The page of a link, or None if it opens nothing."""
        return await self._page(token, {})

    async def apply(self, token: str, given: Mapping[str, list[str]]) -> ReturningPage | None:
        """Make an application of what was confirmed, or say what is wrong with it."""
        link = await self._find(token)
        page = await self._page(token, given)
        if link is None or page is None or page.used or page.opening not in _TAKEN:
            return page
        current = await self._programmes.current(link.programme)
        if current is None:
            return None
        now = self._clock.now()
        programme = ahead(current.programme, now)
        questions = [q for q in programme.questions if q.field not in _NOT_ASKED]
        names = {name_of(question) for question in questions}
        asked_for = {name: values for name, values in given.items() if name in names}
        sent = {
            "email": mended(page.email),
            "previous_participant": True,
            **raw(questions, asked_for),
        }
        checked = check(programme, sent, asking=True)
        if checked.answers is None:
            return await self._page(token, given, problems=checked.problems)
        # Without the moment of sending the same answers are the same body, however often the button is pressed. What
        # counts is then the moment at which they are stored, which is the same one.
        body = {"form_id": programme.id, "response_id": _response(token), "answers": sent}
        await self._raw_bodies.keep(
            programme=link.programme, source=SOURCE, body=json.dumps(body, ensure_ascii=False).encode()
        )
        return replace(page, sent=True, comes_next=comes_next(programme, checked.answers, current.closes_at, now))

    async def _find(self, token: str) -> Link | None:
        link = await self._links.find(token, Purpose.RETURNING)
        if link is None:
            return None
        programme = self._programmes.file(link.programme)
        if programme is None or is_over(returning_link_ends(programme, made_at(link)), self._clock.now()):
            return None
        return link

    async def _page(
        self, token: str, given: Mapping[str, list[str]], *, problems: tuple[Problem, ...] = ()
    ) -> ReturningPage | None:
        link = await self._find(token)
        if link is None:
            return None
        found, current, used = await asyncio.gather(
            self._earlier.find(link),
            self._programmes.current(link.programme),
            self._responses.reference(link.programme, SOURCE, _response(token)),
        )
        if found is None or current is None:
            return None
        now = self._clock.now()
        programme = ahead(current.programme, now)
        opens, closes = _opens_and_closes(current)
        stored = asdict(found.details)
        questions = tuple(asked(programme, q, stored, given) for q in programme.questions if q.field not in _NOT_ASKED)
        chosen = first(given, "role")
        return ReturningPage(
            programme=programme.name,
            name=found.details.full_name,
            email=found.details.email,
            cohort=found.cohort,
            questions=questions,
            contacts=_contacts(programme),
            imprint=programme.imprint,
            id=programme.id,
            opening=opening(programme, current.row, now),
            opens=opens,
            closes=closes,
            problems=tuple(_in_words(programme, _name_of(questions, p.field, chosen), given, p.says) for p in problems),
            roles=tuple(role_view(programme, role, {}) for role in programme.roles),
            used=bool(used),
            branding=programme.branding,
        )


def _contacts(programme: Programme) -> tuple[str, ...]:
    return programme.contacts.returning_participants or programme.contacts.form_support


def _opens_and_closes(current: Current) -> tuple[str, str]:
    zone, opens_at = current.programme.tz, current.row.opens_at
    opens = wording.day(opens_at.astimezone(zone).date()) if opens_at else ""
    return opens, wording.moment(current.closes_at, zone) if current.closes_at else ""


def _response(token: str) -> str:
    """The id of the one response that a link can lead to: a second press of the button is an edit of the first."""
    return token_hash(token)[:32]


def asked(programme: Programme, question: Question, stored: Mapping[str, str], given: Given) -> Field:
    """A question as the page shows it: with what was given, else with what is stored."""
    name = name_of(question)
    kept = [stored[question.field]] if question.field in STORED and stored[question.field] else []
    options = options_of(programme, question) or yes_or_no_options(question)
    shown = field_with(question, options, {name: given.get(name, [] if given else kept)}, {})
    # All questions stand on one page, so each says whom it is for.
    only_for = f" (only for: {programme.roles[question.for_role].title})" if question.for_role else ""
    hint = " ".join(filter(None, (condition_in_words(programme.questions, question), question.hint)))
    return replace(shown, title=f"{question.title}{only_for}", hint=hint)


def _in_words(programme: Programme, name: str, given: Given, says: str) -> tuple[str, str]:
    """A problem by form field, in the words of our own form: they name the question, on a page that has many."""
    question = next((q for q in programme.questions if name_of(q) == name), None)
    return name, says_of(question, given, says) if question else says


def _name_of(questions: tuple[Field, ...], field: str, role: str) -> str:
    """The form field in which a problem is mended; '' if it stands in none."""
    names = [q.name for q in questions if q.field == field]
    return next((name for name in names if name == f"{field}-{role}"), next(iter(names), ""))
