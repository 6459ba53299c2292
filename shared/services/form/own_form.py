"""Serves ``/apply/{programme}``: an application is filled in page by page, checked, and given to the intake.

Every page that is sent is stored before the next one is shown, so going back, refreshing or closing the window loses
nothing. What is sent in the end goes the way of any provider's body, under an id that the draft decides: sending it
twice is one application.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.answers import check
from shared.domain.draft import (
    MOST_TRIES,
    Draft,
    DraftKey,
    begin,
    comes_next,
    equality_key_of,
    is_cut,
    kept,
    key_of,
    most_kept,
)
from shared.domain.enrolment import BookingStatus
from shared.domain.form import (
    Given,
    Kind,
    Opening,
    Page,
    ahead,
    first,
    following,
    name_of,
    opening,
    options_of,
    page_ids,
    pages,
    problems,
    raw,
    taken,
    unfinished,
)
from shared.domain.programme import Programme, Question, Role
from shared.domain.suspicion import STAMP_LASTS, Doubt, network_of
from shared.domain.waiting import TAKEN
from shared.errors import LostRace
from shared.ports import Clock, Stored
from shared.services.base.programmes import Current, Programmes
from shared.services.base.tokens import Tokens
from shared.services.form.equality import EqualityService
from shared.services.form.handing_over import HandingOver
from shared.services.form.rate_limits import Counter
from shared.services.form.views import (
    DeletePage,
    EqualityPage,
    FormPage,
    FrontPage,
    Heading,
    SentPage,
    WhosePage,
    equality_page,
    form_page,
    front_page,
    heading,
    in_words,
)
from shared.stores.bookings import Bookings
from shared.stores.drafts import Drafts

logger = logging.getLogger(__name__)

#: The page that says that an application was sent.
SENT = "sent"
#: The page with the equality questions, which whoever has applied may answer or leave.
EQUALITY = "equality"
#: The page on which somebody who comes back says whose draft it is.
CONTINUE = "continue"
#: The page on which what was typed can be deleted.
DELETE = "delete"
#: The field that people do not see.
TRAP = "website"
_NOT_TO_BE_MENDED = "{}: {} If there is no question for it, {}: we help you to apply."
_TRIES = 5
_COUNTED = TAKEN | {BookingStatus.WAITING}


@dataclass(frozen=True, slots=True)
class Go:
    """Another page of the form is to be shown; '' stands for the first."""

    page: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was typed is gone. ``by_tries``: because too many addresses were tried that are not the one given."""

    programme: Heading
    by_tries: bool = False


#: What a page of the form answers with.
type Answer = FormPage | SentPage | EqualityPage | WhosePage | DeletePage | Deleted | Go


@dataclass(frozen=True, slots=True)
class Started:
    """A draft was begun: what the browser is to keep (for a day, or until it is closed), and the page to go to."""

    cookie: str
    page: str
    keep: bool


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request of somebody who has a draft. ``programme`` has no sessions that nobody can choose any more."""

    key: DraftKey
    draft: Stored[Draft]
    current: Current
    programme: Programme


@dataclass(frozen=True, slots=True)
class TooMany:
    """So many forms were begun from one network today that no more are."""

    programme: Heading


class OwnForm:
    """The form of every programme."""

    def __init__(
        self,
        *,
        programmes: Programmes,
        drafts: Drafts,
        bookings: Bookings,
        handing_over: HandingOver,
        counter: Counter,
        equality: EqualityService,
        tokens: Tokens,
        clock: Clock,
    ) -> None:
        self._programmes = programmes
        self._drafts = drafts
        self._bookings = bookings
        self._handing_over = handing_over
        self._counter = counter
        self._equality = equality
        self._tokens = tokens
        self._clock = clock

    async def front(self, programme: str, cookie: str, *, again: bool = False) -> FrontPage | None:
        """The first page, or None if there is no such programme. ``cookie`` is what the browser keeps, or ''.

        ``again``: its button was pressed, and has to be pressed again.
        """
        visit, current = await self._visit(programme, cookie)
        if current is None:
            return None
        resume, asks_whose = "", False
        if visit is not None:
            draft = visit.draft.value
            asks_whose = draft.asks_whose
            resume = SENT if draft.reference else CONTINUE if asks_whose else _resume(visit.programme, draft.answers)
        return front_page(
            ahead(current.programme, self._clock.now()),
            opening(current.programme, current.row, self._clock.now()),
            opens_at=current.row.opens_at,
            closes_at=current.closes_at,
            resume=resume,
            shown=self.new_stamp(programme),
            asks_whose=asks_whose,
            again=again,
        )

    async def start(
        self,
        programme: str,
        cookie: str,
        sent: Mapping[str, Sequence[str]],
        *,
        forwarded_for: str = "",
        invited: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Started | FrontPage | TooMany | None:
        """Begin a draft; what the browser had begun before is forgotten.

        The first page, if the form is not open or its button worked already. Whoever goes back and starts again may
        use the same page; how fast they are then counts from that moment.

        ``forwarded_for`` is the request's header of that name, for the network it came from. ``invited`` is what the
        sponsor who has invited somebody gives in their place.
        """
        visit, current = await self._visit(programme, cookie)
        if current is None:
            return None
        now = self._clock.now()
        if opening(current.programme, current.row, now) not in {Opening.OPEN, Opening.LATE}:
            return await self.front(programme, cookie)
        if (await self._counter.started(network_of(forwarded_for))).too_many:
            return TooMany(heading(current.programme))
        stamp = first(sent, "shown")
        shown_at = self._shown_at(programme, stamp)
        if shown_at is not None:
            if now - shown_at >= STAMP_LASTS:
                return await self.front(programme, cookie, again=True)
            if not await self._counter.is_first_use(stamp, shown_at):
                if visit is None:
                    return await self.front(programme, cookie, again=True)
                shown_at = now
        if visit is not None:
            await self._drafts.remove(visit.key)
        doubts = [Doubt.UNSEEN] if shown_at is None else []
        doubts += [Doubt.TRAP] if first(sent, TRAP) else []
        keep = bool(first(sent, "keep"))
        given = invited if invited is not None else _given_before(current.programme)
        secret, draft = begin(programme, now, shown_at=shown_at, doubts=tuple(doubts), keep=keep, given=given)
        key = key_of(secret)
        if key is None or not await self._drafts.add(key, draft):
            raise LostRace("a draft of that key is there already")
        return Started(secret, pages(ahead(current.programme, now), given)[0].id, keep)

    def has_page(self, programme: Programme, page_id: str) -> bool:
        """Whether the form has such a page, which may be another's to see."""
        return page_id in {SENT, EQUALITY, CONTINUE, DELETE} or page_id in page_ids(programme)

    async def page(self, programme: str, page_id: str, cookie: str, *, seen: str = "") -> Answer | None:
        """A page of the form, or where to go instead; None if the browser has no draft that is still kept.

        ``seen`` is what the check was left with: if it shows something else by now, it comes again.
        """
        visit, _ = await self._visit(programme, cookie)
        if visit is None:
            return None
        draft = visit.draft.value
        if draft.reference:
            return await self._after_sending(visit, cookie, page_id)
        if page_id == DELETE:
            return DeletePage(heading(visit.programme))
        if page_id == CONTINUE and draft.asks_whose:
            return _whose_page(visit)
        if draft.is_locked(self._clock.now()):
            return Go(CONTINUE)
        page = _named(visit.programme, draft.answers, page_id)
        if page is None:
            return Go(_resume(visit.programme, draft.answers))
        if page.kind is Kind.DECLARATION and seen and seen != self._seen(visit, draft.answers):
            return await self._check_again(visit, draft)
        here = {name_of(question) for question in page.questions}
        unaccepted = {name: values for name, values in draft.unaccepted.items() if name in here}
        given = {**draft.answers, **unaccepted}
        told = page.kind is Kind.QUESTIONS and (draft.checking or unaccepted)
        return await self._show(visit, page, given, problems(visit.programme, page, given) if told else ())

    async def save(
        self,
        programme: str,
        page_id: str,
        cookie: str,
        sent: Mapping[str, Sequence[str]],
        *,
        forwarded_for: str = "",
    ) -> Answer | None:
        """Store what a page was sent and say where to go; the page again if something in it cannot be accepted."""
        visit, _ = await self._visit(programme, cookie)
        if visit is None:
            return None
        draft = visit.draft.value
        if draft.reference:
            if page_id == EQUALITY and _offers_equality_questions(visit.programme, draft):
                given_here = {} if first(sent, "skip") else sent
                await self._equality.take(visit.programme.id, equality_key_of(cookie), given_here)
            return Go(SENT)
        if page_id == DELETE:
            await self._drafts.remove(visit.key)
            return Deleted(heading(visit.programme))
        if page_id == CONTINUE:
            return await self._open(visit, first(sent, "address"))
        page = _named(visit.programme, draft.answers, page_id)
        if page is None:
            return Go(_resume(visit.programme, draft.answers))
        typed = {name_of(question): _typed(question, sent) for question in page.questions}
        given = {**draft.answers, **typed}
        found = _with_what_is_cut(page, typed, problems(visit.programme, page, given))
        now, seen = self._clock.now(), first(sent, "seen")
        locked = draft.is_locked(now)
        # While it is locked, whoever comes next could give their own address, and open it with that.
        fixed = {"email"} if locked and first(draft.answers, "email") else set()
        keeping = {name_of(q): kept(q, typed[name_of(q)]) for q in page.questions if name_of(q) not in fixed}
        after = (
            following(visit.programme, page, {**draft.answers, **keeping}, checking=draft.checking)
            if page.kind is not Kind.DECLARATION
            else page
        )
        checking = not found and after.kind is Kind.CHECK
        declares = page.kind is Kind.DECLARATION

        def answered(newest: Draft) -> Draft:
            if newest.submitted_at is not None or (declares and not self._is_as_seen(visit, newest, seen)):
                return newest
            wrong = frozenset(name for name, _ in found)
            answers, unaccepted = taken(visit.programme, page, newest.answers, keeping, wrong)
            checked = newest.checking or checking
            changed = replace(newest, answers=answers, unaccepted=unaccepted, checking=checked)
            return changed if locked else changed.used(now)

        stored = await self._change(visit.key, visit.draft, answered)
        if stored is None:
            return None
        if stored.value.reference:
            return Go(SENT)  # the same button, pressed twice
        if declares and not self._is_as_seen(visit, stored.value, seen):
            return Go(CONTINUE) if locked else await self._check_again(visit, stored.value)
        if stored.value.submitted_at is not None and not declares:
            return Go("declaration")  # it is being sent as it was; what is changed afterwards is another application
        if found:
            return await self._show(visit, page, given, found)
        if declares:
            return await self._send(
                visit, stored, page, seen=seen, trapped=bool(first(sent, TRAP)), network=network_of(forwarded_for)
            )
        return Go(after.id)

    async def _open(self, visit: _Visit, email: str) -> Answer | None:
        """Go on with a draft, if that is the email address given in it. After some that are not, it is deleted."""
        draft = visit.draft.value
        if not draft.asks_whose:
            return Go(_resume(visit.programme, draft.answers))
        now = self._clock.now()
        if draft.opens_to(email):
            opened = await self._change(visit.key, visit.draft, lambda newest: replace(newest, used_at=now, tries=0))
            return Go(_resume(visit.programme, opened.value.answers)) if opened else None
        if not email.strip():
            return _whose_page(visit, "Enter the email address that you gave in this application.")
        tried = await self._change(visit.key, visit.draft, lambda newest: replace(newest, tries=newest.tries + 1))
        if tried is None or tried.value.tries >= MOST_TRIES:
            await self._drafts.remove(visit.key)
            return Deleted(heading(visit.programme), by_tries=True)
        return _whose_page(visit, "This is not the email address that was given in this application.")

    def new_stamp(self, programme: str) -> str:
        """A signed time that no other first page has."""
        number = secrets.token_hex(8)
        return f"{number}.{self._tokens.stamp(_stamped(programme, number), self._clock.now())}"

    def _shown_at(self, programme: str, stamp: str) -> datetime | None:
        number, _, rest = stamp.partition(".")
        return self._tokens.read_stamp(_stamped(programme, number), rest)

    def _seen(self, visit: _Visit, given: Given) -> str:
        """What stands for everything that the check shows of these answers."""
        return self._tokens.pseudonym("seen", visit.key.hash, in_words(visit.programme, given))

    def _is_as_seen(self, visit: _Visit, draft: Draft, seen: str) -> bool:
        """Whether a draft says what was seen when it was declared; once it is being sent, nothing changes any more."""
        return draft.submitted_at is not None or seen == self._seen(visit, draft.answers)

    async def _check_again(self, visit: _Visit, draft: Draft) -> FormPage | Go:
        """The check, with a word on why it is there again."""
        return await self._show(visit, Page("check", Kind.CHECK), draft.answers, (), changed=True)

    async def forget_ended(self, most: int) -> int:
        """Delete drafts whose day is over, and the counts of earlier days. Returns how many drafts there were."""
        await self._counter.forget_old(most)
        return await self._drafts.remove_ended(self._clock.now(), most)

    async def _visit(self, programme: str, cookie: str) -> tuple[_Visit | None, Current | None]:
        """What belongs to a browser's secret, and the programme as it stands."""
        key = key_of(cookie)
        current, draft = await asyncio.gather(
            self._programmes.current(programme), self._drafts.get(key) if key else _nothing()
        )
        if current is None or draft is None or key is None:
            return None, current
        now = self._clock.now()
        if draft.value.programme != programme or draft.value.expires_at <= now:
            return None, current
        return _Visit(key, draft, current, ahead(current.programme, now)), current

    async def _show(
        self,
        visit: _Visit,
        page: Page,
        given: Given,
        found: tuple[tuple[str, str], ...],
        *,
        changed: bool = False,
    ) -> FormPage | Go:
        draft = visit.draft.value
        if page.kind in {Kind.CHECK, Kind.DECLARATION}:
            missing = unfinished(visit.programme, given)
            if missing is not None:
                return Go(missing.id)
        after = (
            "" if page.kind is Kind.DECLARATION else following(visit.programme, page, given, checking=draft.checking).id
        )
        open_ = opening(visit.current.programme, visit.current.row, self._clock.now()) is Opening.OPEN
        return form_page(
            visit.programme,
            page,
            draft,
            given,
            problems=found,
            following=after,
            closed=not open_,
            hints=await self._places_left(visit.programme, page),
            seen=self._seen(visit, given) if page.kind in {Kind.CHECK, Kind.DECLARATION} else "",
            changed=changed,
        )

    async def _places_left(self, programme: Programme, page: Page) -> dict[str, str]:
        """How many places each session of the page has left, for those that have a limited number."""
        hints = {}
        for question in page.questions:
            for option in options_of(programme, question) if question.field == "training_session" else ():
                session = programme.session(option.value)
                if session is None or session.capacity is None:
                    continue
                rows = await self._bookings.of_session(programme.id, session.id)
                left = session.capacity - sum(row.status in _COUNTED for row in rows)
                hints[session.id] = _left_in_words(left)
        return hints

    async def _send(
        self, visit: _Visit, draft: Stored[Draft], page: Page, *, seen: str, trapped: bool, network: str
    ) -> FormPage | Go | None:
        """Give the application to the intake, or hold it back.

        The time in it, and what is doubted about it, is decided once: sending again does the same. A problem that can
        be mended on no page is told on this one, with the way to a person.
        """
        programme = visit.programme
        missing = unfinished(programme, draft.value.answers)
        checked = check(programme, raw(programme.questions, draft.value.answers), asking=True)
        if missing is not None:
            return Go(missing.id)
        if checked.answers is None:
            how = "write to us" if programme.contacts.form_support else "ask whoever told you of this form"
            told = tuple(("", _NOT_TO_BE_MENDED.format(p.title, p.says, how)) for p in checked.problems)
            return await self._show(visit, page, draft.value.answers, told)
        now = self._clock.now()
        frozen: Stored[Draft] | None = draft
        if draft.value.submitted_at is None:
            doubts = await self._handing_over.doubts(draft.value, checked.answers, trapped=trapped, network=network)
            frozen = await self._change(
                visit.key,
                draft,
                lambda newest: _decided(newest, now, doubts) if self._is_as_seen(visit, newest, seen) else newest,
            )
        if frozen is None:
            return None
        if frozen.value.submitted_at is None:
            return await self._check_again(visit, frozen.value)
        if not frozen.value.reference:
            shown = await self._handing_over.give(programme, visit.key, frozen.value, checked.answers)
            sent_at = frozen.value.submitted_at or now
            then = comes_next(visit.current.programme, checked.answers, visit.current.closes_at, sent_at)
            await self._change(
                visit.key,
                frozen,
                lambda newest: replace(newest, reference=shown, answers={}, unaccepted={}, comes_next=then),
            )
            if programme.asks_equality_questions:
                await self._equality.touch(programme.id)
        return Go(SENT)

    async def _after_sending(self, visit: _Visit, cookie: str, page_id: str) -> Answer:
        programme, draft = visit.programme, visit.draft.value
        if page_id not in {SENT, EQUALITY}:
            return Go(SENT)
        offered = _offers_equality_questions(programme, draft)
        answered = offered and await self._equality.has_answered(programme.id, equality_key_of(cookie))
        if page_id == EQUALITY:
            return equality_page(programme) if offered and not answered else Go(SENT)
        return SentPage(
            heading(programme),
            draft.reference,
            asks_more=offered and not answered,
            answered_more=answered,
            comes_next=draft.comes_next,
            by_place=bool(programme.eligibility),
        )

    async def _change(
        self, key: DraftKey, draft: Stored[Draft], change: Callable[[Draft], Draft]
    ) -> Stored[Draft] | None:
        """Write a changed draft; another window may have written too. None if it is gone. A sent one stays as it is."""
        newest: Stored[Draft] | None = draft
        for _ in range(_TRIES):
            if newest is None or newest.value.reference:
                return newest
            after = change(newest.value)
            if after == newest.value:
                return newest
            etag = await self._drafts.replace(key, after, newest.etag)
            if etag is not None:
                return Stored(after, etag)
            newest = await self._drafts.get(key)
        raise LostRace("the draft is being changed elsewhere")


def _given_before(programme: Programme) -> dict[str, tuple[str, ...]]:
    """Of a board its sponsor applies: whoever opens the form at its address."""
    return {"role": (Role.SPONSOR.value,)} if programme.model.begins_with is Role.SPONSOR else {}


async def _nothing() -> None:
    return None


def _offers_equality_questions(programme: Programme, draft: Draft) -> bool:
    """Whether whoever sent this may answer them. What may be a program's would spoil the figures."""
    return programme.asks_equality_questions and not draft.doubts


def _whose_page(visit: _Visit, *wrong: str) -> WhosePage:
    given = any(value.strip() for value in visit.draft.value.answers.get("email", ()))
    return WhosePage(heading(visit.programme), given, tuple(("address", says) for says in wrong))


def _stamped(programme: str, number: str) -> str:
    return f"apply {programme} {number}"


def _decided(draft: Draft, now: datetime, doubts: tuple[Doubt, ...]) -> Draft:
    return draft if draft.submitted_at else replace(draft, submitted_at=now, doubts=doubts)


def _named(programme: Programme, given: Given, page_id: str) -> Page | None:
    return next((page for page in pages(programme, given) if page.id == page_id), None)


def _resume(programme: Programme, given: Given) -> str:
    """Where somebody goes on who comes back."""
    missing = unfinished(programme, given)
    return missing.id if missing else "check"


def _typed(question: Question, sent: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What a page was sent for a question; a browser sends several values for tick boxes only."""
    values = tuple(sent.get(name_of(question), ()))
    return values if question.takes_several else values[-1:]


def _with_what_is_cut(page: Page, typed: Given, found: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The problems of a page, which also say of what only the beginning is kept until it is mended."""
    cut = {
        name_of(q): f"Until then we keep only its first {most_kept(q):,} characters."
        for q in page.questions
        if is_cut(q, typed[name_of(q)])
    }
    return tuple((name, f"{says} {cut[name]}" if name in cut else says) for name, says in found)


def _left_in_words(left: int) -> str:
    if left <= 0:
        return "This session is full. If you choose it, you join its waiting list."
    return "1 place left" if left == 1 else f"{left} places left"
