"""Plays a year: people act when something reaches them, the team types, and the clock jumps to what is due next."""

import asyncio
import gc
import heapq
import itertools
import re
import resource
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from html import escape
from typing import Any, Final

from local.console.columns import TECHNICAL
from local.memory.pipeline import Pipeline
from local.memory.read_once import UncopiedTables, read_once
from local.memory.virtual import VirtualClock, VirtualLoop, run
from local.rehearsal.cast import Manner, Person, cast, taken
from local.rehearsal.plan import Plan
from local.rehearsal.story import (
    Held,
    RehearsedCalendar,
    RehearsedMailbox,
    Story,
    Told,
    another,
    manager_of,
    stamped_html,
    week_of,
)
from shared.domain import wording
from shared.domain.application import Answer, LineManager, Status
from shared.domain.approval import ManagerAnswer
from shared.domain.closing import grace_ends
from shared.domain.cohort_model import State, Unit
from shared.domain.owed import Kind
from shared.domain.pairs import CheckInAnswer, PartnerAnswer
from shared.domain.programme import Programme, Session, SessionStatus
from shared.domain.replies import Inbound
from shared.domain.rhythm import is_working_day, next_working
from shared.ports import Cell, Letter
from shared.proofread.words import PrintedDay, Problem, read_day, settle_day
from shared.settings import Settings
from shared.stores.names import TableName

TEAM = "equality.team@example.nhs.uk"
BASE = "https://rehearsal.invalid"
_LINK = re.compile(re.escape(BASE) + r"/([a-z-]+)/([A-Za-z0-9_-]{43})")
#: The longest that is played: a programme without an end goes on for ever.
LONGEST: Final = timedelta(days=3 * 366)
_AFTERMATH: Final = timedelta(days=120)
_WITHOUT_AN_END: Final = timedelta(days=400)
_DAILY_HOUR, _WEDNESDAY = 7, 2
# What is due within these minutes is done in one tick: Azure's own come every five.
_TICK = timedelta(minutes=5)
_REST = 60.0
# What the team reads in the portal.
SHOWN: Final = (
    TableName.PROGRAMMES,
    TableName.SESSIONS,
    TableName.APPLICATIONS,
    TableName.APPROVALS,
    TableName.BOOKINGS,
    TableName.PAIRS,
    TableName.CHECK_INS,
    TableName.COMMANDS,
)

type Act = Callable[[], Awaitable[object]]


def settings() -> Settings:
    """Settings that lead nowhere: there is no mailbox, no Graph and no storage behind them."""
    return Settings(
        public_base_url=BASE,
        graph_base_url="https://graph.invalid/v1.0",
        mailbox="mentoring@example.nhs.uk",
        admin_email=TEAM,
        token_key="rehearsal-0123456789-0123456789-0123",  # noqa: S106 -- nothing is behind it
        tick_schedule="0 */5 * * * *",
        daily_schedule=f"0 0 {_DAILY_HOUR} * * *",
    )


def rehearse(programme: Programme, plan: Plan) -> Story:
    """Play a programme from its opening until nobody is left in it."""
    loop = VirtualLoop()
    begun = time.process_time()

    async def played() -> Story:
        return await _Stage(programme, plan, loop).play()

    # Hardly anything is thrown away in here, and looking for it takes a third of the time.
    gc.freeze()
    gc.disable()
    try:
        with read_once():
            story = run(loop, played())
    finally:
        gc.enable()
    story.took = time.process_time() - begun
    story.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return story


class _Stage:
    """One rehearsal."""

    def __init__(self, programme: Programme, plan: Plan, loop: VirtualLoop) -> None:
        self._programme = programme if not programme.mailbox else programme.model_copy(update={"mailbox": ""})
        self._plan = plan
        self._people = cast(programme, plan)
        self._begin = taken(programme)[0] - timedelta(days=3)
        clock = VirtualClock(self._begin, loop)
        self._mailbox, self._calendar = RehearsedMailbox(clock), RehearsedCalendar(clock)
        self._pipeline = Pipeline(
            settings(),
            self._programme,
            clock=clock,
            mailbox=self._mailbox,
            calendar=self._calendar,
            tables=UncopiedTables(),
            exported=False,
        )
        # Files that nobody opens here: writing them would take most of the time.
        tick = self._pipeline.app.tick
        tick.chores = [do for do in tick.chores if do != self._pipeline.app.workbooks.make_all]
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._order = itertools.count()
        self._acted: set[datetime] = set()
        self._read = 0
        self._told: list[Told] = []
        self._did: list[tuple[datetime, str, str]] = []
        self._weeks: list[date] = []
        self._tables: list[dict[str, dict[str, dict[str, Cell] | None]]] = []
        self._shown: dict[str, dict[str, dict[str, Cell]]] = {table.value: {} for table in SHOWN}
        self._by_email = {person.email: person for person in self._people}
        self._by_reference: dict[str, Person] = {}
        self._answered: set[tuple[str, str]] = set()
        self._introduced: set[str] = set()
        self._searched: set[str] = set()
        self._without: set[str] = set()
        self._paired_at: datetime | None = None
        self._dated: set[str] = set()
        self._keys_of: dict[tuple[str, str], datetime] = {}
        self._held: list[Held] = []
        self._keys = itertools.count(1)

    # The clock

    async def play(self) -> Story:
        """From three days before the opening until the tables are empty, or nothing can come any more."""
        self._plan_ahead()
        daily = self._begin.replace(hour=_DAILY_HOUR, minute=0, second=0, microsecond=0)
        last = self._last()
        while True:
            now = self._now
            while daily <= now:
                daily = self._next_daily(daily)
            at = min(filter(None, (daily, self._next_due(), self._agenda[0][0] if self._agenda else None)))
            if at > last:
                break
            await self._go_to(at)
            await self._tick()
            if self._now >= daily:
                await self._pipeline.app.tick.daily()
                await self._run()
                self._note_tables()
                if self._is_over():
                    break
            await self._read_post()
            while self._agenda and self._agenda[0][0] <= self._now:
                _, _, act = heapq.heappop(self._agenda)
                self._acted.add(self._now)
                await act()
                await self._run()
                await self._tick()
                await self._read_post()
        return self._story()

    async def _tick(self) -> None:
        await self._pipeline.tick()
        await self._run()

    async def _run(self) -> None:
        """Let the queues run; a mailbox that keeps its pace goes on after each rest, as its wake-ups have it."""
        wakeups = self._pipeline.wakeups
        await self._pipeline.run()
        while wakeups.mailboxes and (rest := min(after for _, after in wakeups.mailboxes)) <= _REST:
            await asyncio.sleep(rest)
            wakeups.mailboxes = [(queue, max(0.0, after - rest)) for queue, after in wakeups.mailboxes]
            await self._pipeline.run()

    def _last(self) -> datetime:
        """When the curtain falls at the latest."""
        if self._programme.model.state is not State.OPEN:
            return taken(self._programme)[1] + _AFTERMATH
        return self._begin + (LONGEST if self._programme.ends_at else _WITHOUT_AN_END)

    @property
    def _now(self) -> datetime:
        return self._pipeline.clock.now()

    async def _go_to(self, at: datetime) -> None:
        wait = (at - self._now).total_seconds()
        if wait > 0:
            await asyncio.sleep(wait)

    def _next_due(self) -> datetime | None:
        """When the first job is due that no tick sets anew, at the tick after it."""
        rows = self._pipeline.tables(TableName.ALARMS).rows
        found: list[datetime] = []
        for queue in {key[0] for key in rows}:
            for key in rows.irange((queue, ""), (queue, "\U0010ffff")):
                due = rows[key][0]["DueAt"]
                if isinstance(due, datetime) and rows[key][0]["About"] != "mailbox":
                    found.append(due)
                    break
        if not found:
            return None
        due = max(min(found), self._now + timedelta(seconds=1))
        return due + (-(due - _EPOCH) % _TICK)

    def _at(self, when: datetime, act: Act) -> None:
        heapq.heappush(self._agenda, (max(when, self._now), next(self._order), act))

    def _next_daily(self, daily: datetime) -> datetime:
        """Tomorrow; once it is long over only retention is left, and is looked at on Wednesdays."""
        ends_at, tomorrow = self._programme.ends_at, daily + timedelta(days=1)
        if ends_at is None or daily < ends_at + _AFTERMATH:
            return tomorrow
        return tomorrow + timedelta(days=(_WEDNESDAY - tomorrow.weekday()) % 7)

    def _is_over(self) -> bool:
        """Whether nothing more can come: everybody has been deleted."""
        rows = self._pipeline.tables(TableName.APPLICATIONS).rows.values()
        began = self._now > self._begin + timedelta(days=30)
        return began and not self._agenda and all(row["Status"] == Status.ERASED for row, _ in rows)

    # What is known beforehand

    def _plan_ahead(self) -> None:
        comes = {State.OPEN: self._applies, State.INTEREST: self._is_interested}.get(self._programme.model.state)
        if comes is None:
            return
        for person in self._people:
            self._at(person.applies_at, partial(comes, person))
        if self._programme.model.state is not State.OPEN:
            return
        closes_at = self._programme.closes_at
        if closes_at is not None and self._plan.extended_by:
            later = closes_at + timedelta(days=self._plan.extended_by)
            self._at(self._working(closes_at - timedelta(days=2)), lambda: self._extends(later))
        self._change_sessions()
        pairs_at = self._pairs_at()
        self._at(pairs_at, self._draws_pairs)
        ends_at = self._programme.ends_at
        for person in self._people:
            if person.withdraws == "late" and (ends_at is None or ends_at > pairs_at):
                self._at(self._working(pairs_at + timedelta(days=70)), lambda person=person: self._withdraws(person))  # type: ignore[misc]

    def _change_sessions(self) -> None:
        """One session is moved, one cancelled, one given a date: each where people have a choice, if there is one."""
        ahead = [s for group in self._programme.groups for s in group.sessions if s.takes_place and s.starts_at]
        ahead.sort(key=lambda session: session.starts_at or _EPOCH)
        moved = self._pick(ahead, required=True)
        if self._plan.moved and moved is not None and moved.starts_at:
            self._at(self._working(moved.starts_at - timedelta(days=28)), lambda: self._moves(moved))
        cancelled = self._pick([s for s in ahead if s is not moved], required=False)
        if self._plan.cancelled and cancelled is not None and cancelled.starts_at:
            self._at(self._working(cancelled.starts_at - timedelta(days=28)), lambda: self._cancels(cancelled))
        undated = [s for group in self._programme.groups for s in group.sessions if not s.takes_place]
        if self._plan.dated:
            for session in undated:
                day = a_day_for(session, self._programme)
                told = self._working(day - timedelta(days=45))
                self._at(told, lambda session=session, day=day: self._dates(session, day))  # type: ignore[misc]

    def _pick(self, sessions: list[Session], *, required: bool) -> Session | None:
        """A session that the team changes: an optional one is cancelled, one that all of a role attend is moved."""
        for session in sessions[::-1] if required else sessions:
            group = self._programme.group_of(session.id)
            if group is not None and group.required is required:
                return session
        return None

    def _pairs_at(self) -> datetime:
        """A few days after the last manager's answer and everybody's first training, at work."""
        closes_at = self._programme.closes_at
        if closes_at is None:
            return self._working(self._begin + timedelta(days=90))
        ready = grace_ends(self._programme, closes_at + timedelta(days=self._plan.extended_by))
        for group in self._programme.groups:
            first = [s.starts_at for s in group.sessions if s.takes_place and s.starts_at]
            if group.required and first and min(first) < closes_at + timedelta(days=60):
                ready = max(ready, *first)
        return self._working(ready + timedelta(days=2))

    def _working(self, instant: datetime) -> datetime:
        """The instant, or sometime in the next working morning."""
        at = next_working(max(instant, self._begin), self._programme.tz)
        return at if at == instant else at + timedelta(minutes=10 + instant.minute * 2)

    # What people do

    async def _applies(self, person: Person) -> None:
        self._says(person.known_as, "applies")
        body = {
            "form_id": self._form_id(),
            "response_id": f"response-{person.number}",
            "submitted_at": self._now.isoformat(),
            "answers": person.answers,
        }
        # Boards are taken from our own form alone.
        source = "own" if self._programme.model.unit is Unit.BOARD else "standard"
        await self._pipeline.receive(_json(body), programme=self._programme.id, source=source)
        row = self._application(person)
        if row is None:
            return
        self._by_reference[str(row["RowKey"])] = person
        if row["Status"] == Status.NEEDS_DECISION:
            self._at(self._soon(person, "decided", 2), lambda: self._commands("admit", person))
        if row["Status"] == Status.LATE:
            self._at(self._soon(person, "let in", 2), lambda: self._commands("approve late", person))

    def _form_id(self) -> str:
        if self._programme.model.unit is Unit.BOARD:
            return self._programme.id
        return self._programme.form_ids.get("standard", self._programme.id)

    async def _is_interested(self, person: Person) -> None:
        self._says(person.known_as, "asks to be told of the next cohort")
        given = {"full_name": person.name, "email": person.email, "role": person.role.value, "consent": "yes"}
        await self._pipeline.app.interest.take(
            self._programme.id, given, forwarded_for=f"192.0.2.{person.number % 250}"
        )

    async def _leaves(self, person: Person, letter: Letter) -> None:
        self._says(person.known_as, "wants to hear no more")
        await self._pipeline.app.interest.leave(_token(letter, "leave"))

    async def _read_post(self) -> None:
        """Note what has left, and have its readers act on it, each in their own time."""
        for at, event, email, what in self._calendar.news():
            content = self._calendar.events[event].content
            when = wording.times(content.starts_at, content.ends_at, self._programme.tz)
            html = stamped_html(f"<p>{escape(f'{when}. {content.place}')}</p>\n{content.html}")
            subject = f"[Rehearsal] {content.subject}"
            self._told.append(Told(at, email, what, subject, html, event, prompted=at in self._acted))
            self._holds(at, event, email, what)
        new, self._read = self._mailbox.left[self._read :], len(self._mailbox.left)
        for at, letter in new:
            programme, message, _ = letter.about.split(" ")
            row = self._pipeline.tables(TableName.MESSAGES).rows[programme, message][0]
            kind = str(row["Kind"])
            prompted = row["DueAt"] in self._acted
            for to in letter.to:
                self._told.append(
                    Told(at, to, kind, letter.subject, letter.html, str(row["Reference"]), prompted=prompted)
                )
                self._reacts(to, kind, str(row["Reference"]), letter)

    def _holds(self, at: datetime, event: str, email: str, what: str) -> None:
        if what == "invited":
            self._keys_of[event, email] = at
            return
        if what in {"removed", "cancelled"} and (event, email) in self._keys_of:
            self._held.append(self._place(event, email, self._keys_of.pop((event, email)), at))

    def _place(self, event: str, email: str, since: datetime, until: datetime) -> Held:
        item = self._calendar.events[event]
        session = item.key.split("/")[2]
        group = self._programme.group_of(session)
        content = item.content
        return Held(email, session, group.id if group else "", content.starts_at, content.ends_at, since, until)

    def _reacts(self, to: str, kind: str, reference: str, letter: Letter) -> None:
        if kind == Kind.APPROVAL_REQUEST:
            self._manager_reacts(to, self._by_reference.get(reference), letter)
            return
        person = self._by_email.get(to)
        if person is None:
            return
        if kind in {Kind.MANAGER_UNREACHABLE, Kind.MANAGER_NEEDED}:
            self._at(self._soon(person, "names", 3), lambda: self._names_manager(person))
        elif kind == Kind.RECEIVED and person.withdraws == "early":
            self._at(self._soon(person, "withdraws", 1), lambda: self._withdraws(person))
        elif kind == Kind.INTEREST_NOTED and person.withdraws:
            self._at(self._soon(person, "leaves", 9), lambda: self._leaves(person, letter))
        elif kind == Kind.SESSION_CANCELLED or (kind == Kind.APPROVED and self._needs_a_date(person)):
            self._at(self._soon(person, letter.key, 2), lambda: self._chooses(person))
        elif kind == Kind.PLACE_OFFERED:
            self._at(self._soon(person, "takes", 1), lambda: self._takes(person, letter))
        elif kind == Kind.PARTNER_OFFERED:
            self._answers_offer(person, letter)
        elif kind == Kind.INTRODUCTION:
            self._meets(person)
        elif kind == Kind.CHECK_IN and not person.silent:
            self._at(
                self._soon(person, letter.key, self._plan.random(letter.key).choice((1, 2, 3, 4, 7))),
                lambda: self._checks_in(person, letter),
            )

    def _manager_reacts(self, to: str, person: Person | None, letter: Letter) -> None:
        """Whoever was named by the person has a manner of their own; whoever is asked in their place is prompt."""
        named = person is not None and to == person.manager.email
        manner = person.manager.manner if person is not None and named else Manner.PROMPT
        of = to if person is None or not named else person.email
        if manner is Manner.HAS_LEFT:
            self._at(self._now + timedelta(minutes=6), lambda: self._comes_back(to, letter))
            return
        if manner is Manner.SILENT or (to, of) in self._answered:
            return
        self._answered.add((to, of))
        dice = self._plan.random("manager", of)
        days = dice.randint(9, 13) if manner is Manner.SLOW else dice.randint(0, 3)
        at = self._working(self._now + timedelta(days=days, hours=dice.randint(1, 6), minutes=dice.randrange(60)))
        self._at(at, lambda: self._manager_answers(to, manner, letter))

    async def _manager_answers(self, to: str, manner: Manner, letter: Letter) -> None:
        token = _token(letter, "decisions")
        approval = self._pipeline.app.approval
        page = await approval.page(token) if token else None
        if page is None or page.state != "open":
            self._says(self._name(to), "opens the link, and there is nothing to answer any more")
            return
        answer, right, reason = Answer.APPROVE, None, ""
        if manner is Manner.REFUSES:
            answer, reason = Answer.DECLINE, "We are short of staff until the summer."
        elif manner is Manner.HANDS_OVER:
            answer = Answer.NOT_MY_REPORT
            right = LineManager("Robin Marsh", f"right.{to}")
        self._says(self._name(to), f"answers: {answer.value.replace('_', ' ')}")
        await approval.answer(token, ManagerAnswer(answer, page.revision, reason, right_manager=right))

    async def _comes_back(self, to: str, letter: Letter) -> None:
        self._says(self._name(to), "cannot be reached: the mail comes back")
        self._pipeline.inbox.receive(
            Inbound(
                id=f"inbound-{len(self._pipeline.inbox.mails)}",
                message_id=f"<{letter.key}.back@{_DOMAIN}>",
                received_at=self._now,
                sender=f"postmaster@{_DOMAIN}",
                subject=f"Undeliverable: {letter.subject}",
                conversation=letter.key,
                headers=(("x-failed-recipients", to),),
            )
        )
        # Each tick has the inbox read.
        self._at(self._now + _TICK, _nothing)

    async def _names_manager(self, person: Person) -> None:
        token = self._own_link(person)
        if token:
            self._says(person.known_as, "names another line manager")
            manager = LineManager("Ash Whitfield", f"new.{person.manager.email}")
            await self._pipeline.app.own_pages.name_manager(token, manager)

    async def _withdraws(self, person: Person) -> None:
        token, row = self._own_link(person), self._application(person)
        if token and row is not None and row["Status"] in {Status.AWAITING_MANAGER, Status.APPROVED}:
            self._says(person.known_as, "withdraws")
            await self._pipeline.app.own_pages.withdraw(token)
            if self._paired_at is not None:
                self._look_at_pairs_in(1)

    def _needs_a_date(self, person: Person) -> bool:
        """Whether the training that somebody chose in the form was over before they were told of their place."""
        session = self._programme.session(str(person.answers.get("training_session")))
        return session is not None and session.starts_at is not None and session.starts_at < self._now

    async def _chooses(self, person: Person) -> None:
        """The first date that is left takes whoever has none."""
        token = self._own_link(person)
        page = await self._pipeline.app.own_pages.page(token) if token else None
        for group in page.groups if page else ():
            if not group.required or group.all or any(session.chosen for session in group.sessions):
                continue
            left = next((session for session in group.sessions if not session.problem), None)
            if left is not None:
                self._says(person.known_as, f"chooses {left.id}")
                await self._pipeline.app.own_pages.choose_session(token, left.id)

    async def _takes(self, person: Person, letter: Letter) -> None:
        token, row = _token(letter, "me"), self._application(person)
        if token and row is not None:
            self._says(person.known_as, "takes the place that was offered")
            page = await self._pipeline.app.own_pages.page(token)
            offered = [s.id for group in (page.groups if page else ()) for s in group.sessions if s.offered]
            for session in offered:
                await self._pipeline.app.own_pages.choose_session(token, session)

    async def _checks_in(self, person: Person, letter: Letter) -> None:
        token = _token(letter, "checkins")
        dice = self._plan.random("check-in", person.number, letter.key)
        met = dice.random() < 9 / 10
        day = (self._now - timedelta(days=dice.randint(1, 9))).date() if met else None
        answer = CheckInAnswer(met, day, dice.randint(3, 5) if met else None, "", wants_to_talk=False)
        if token and await self._pipeline.app.checkins.answer(token, answer):
            self._says(person.known_as, "answers the check-in")

    # What the team does

    async def _draws_pairs(self) -> None:
        """The day on which pairs are made: drafted, read, published, and looked at again until everybody knows."""
        self._says("the team", "types 'draw pairs'")
        await self._commands_row("draw pairs")
        self._paired_at = self._now
        self._look_at_pairs_in(1)

    def _look_at_pairs_in(self, days: float) -> None:
        self._at(self._working(self._now + timedelta(days=days)), self._looks_at_pairs)

    async def _looks_at_pairs(self) -> None:
        """Publish what is drafted; look for another partner for whoever has none, once; then tell them."""
        drafts = self._pairs_of("draft", "proposed")
        for row in [row for row in drafts if row.get("Remark")]:
            self._says("the team", f"forbids {row['RowKey']}, of which Pairs has a remark")
            await self._types(TableName.PAIRS, str(row["RowKey"]), Status="forbidden")
            drafts.remove(row)
        without = self._without_partner()
        if drafts:
            start = self._first_day()
            self._says("the team", f"publishes {_counted(len(drafts), 'pair')}, who start on {wording.day(start)}")
            await self._commands_row("publish pairs", note=f"{len(drafts)} from {start.isoformat()}")
        elif new := without - self._searched:
            # A new search can find its partner among those whose search has found nobody.
            self._searched |= new
            await self._types_for(new, "find another")
        elif without:
            self._without |= without
            await self._types_for(without, "no partner this time")
        if drafts or without or self._pairs_of("offered"):
            self._look_at_pairs_in(3)

    async def _types_for(self, references: set[str], word: str) -> None:
        for reference in sorted(references):
            self._says("the team", f"types '{word}' for {self._by_reference[reference].name}")
            await self._commands_row(word, reference=reference)

    def _first_day(self) -> date:
        """A Monday by which both can have answered, or the working day after it."""
        start = self._now.astimezone(self._programme.tz).date() + timedelta(days=10)
        start += timedelta(days=-start.weekday() % 7)
        while not is_working_day(start):
            start += timedelta(days=1)
        return start

    def _pairs_of(self, *statuses: str) -> list[dict[str, Cell]]:
        return [row for row in self._pipeline.rows(TableName.PAIRS) if row.get("Status") in statuses]

    def _without_partner(self) -> set[str]:
        """The references of those who take part, stand in no pair with somebody who does, and were not told so."""
        rows = self._pipeline.rows(TableName.APPLICATIONS)
        roles = {role.value for role in self._programme.roles}
        here = {str(row["RowKey"]) for row in rows if row["Status"] == Status.APPROVED and row["Role"] in roles}
        pairs = self._pairs_of("draft", "proposed", "offered", "confirmed")
        both = [{str(row["Mentor"]), str(row["Mentee"])} for row in pairs]
        paired = set[str]().union(*(one for one in both if one <= here))
        return (here & self._by_reference.keys()) - paired - self._without

    def _answers_offer(self, person: Person, letter: Letter) -> None:
        says = PartnerAnswer.NO if person.declines else PartnerAnswer.YES
        person.declines = False  # of the next one they say yes

        async def answer() -> None:
            self._says(person.known_as, f"says {says} to the partner they were offered")
            await self._pipeline.app.partners.answer(_token(letter, "partner"), says)

        self._at(self._soon(person, letter.key, 3), answer)

    def _meets(self, person: Person) -> None:
        """Somebody is introduced. Whoever is silent has a partner who is silent too."""
        self._introduced.add(person.email)
        for row in self._pairs_of("confirmed"):
            both = [self._by_reference.get(str(row[column])) for column in ("Mentor", "Mentee")]
            known = [one for one in both if one is not None]
            if person in known:
                for one in known:
                    one.silent = any(each.silent for each in known)

    async def _commands(self, word: str, person: Person) -> None:
        row = self._application(person)
        if row is None:
            return
        self._says("the team", f"types '{word}' for {person.name}")
        await self._commands_row(word, reference=str(row["RowKey"]))

    async def _commands_row(self, word: str, *, reference: str = "", note: str = "") -> None:
        await self._types(TableName.COMMANDS, f"{next(self._keys):04}", Command=word, Reference=reference, Note=note)

    async def _extends(self, to: datetime) -> None:
        self._says("the team", f"extends the closing date to {wording.day(to.astimezone(self._programme.tz).date())}")
        await self._types(TableName.PROGRAMMES, self._programme.id, ClosesAt=to)

    async def _moves(self, session: Session) -> None:
        assert session.starts_at is not None  # noqa: S101 -- picked for it
        assert session.ends_at is not None  # noqa: S101
        to = self._working(session.starts_at + timedelta(days=1))
        self._says("the team", f"moves {session.id} to {wording.day(to.astimezone(self._programme.tz).date())}")
        length = session.ends_at - session.starts_at
        await self._types(TableName.SESSIONS, session.id, StartsAt=to, EndsAt=to + length)

    async def _cancels(self, session: Session) -> None:
        self._says("the team", f"cancels {session.id}")
        await self._types(TableName.SESSIONS, session.id, Status=SessionStatus.CANCELLED.value)

    async def _dates(self, session: Session, day: datetime) -> None:
        self._says("the team", f"gives {session.id} a time")
        self._dated.add(session.id)
        status = SessionStatus.CONFIRMED.value
        ends = day + timedelta(minutes=90)
        await self._types(TableName.SESSIONS, session.id, StartsAt=day, EndsAt=ends, Status=status)

    async def _types(self, table: TableName, key: str, **cells: Cell) -> None:
        await self._pipeline.type_in(table, {"PartitionKey": self._programme.id, "RowKey": key, **cells})

    # Odds and ends

    def _says(self, who: str, what: str) -> None:
        self._did.append((self._now, who, what))

    def _soon(self, person: Person, what: str, days: int) -> datetime:
        """Within some days, by day."""
        dice = self._plan.random(what, person.number)
        return self._working(self._now + timedelta(days=dice.uniform(0.1, days)))

    def _application(self, person: Person) -> dict[str, Cell] | None:
        rows = self._pipeline.rows(TableName.APPLICATIONS)
        return next((row for row in rows if row.get("Email") == person.email), None)

    def _own_link(self, person: Person) -> str:
        """The token of a person's own page, from the newest mail that has one."""
        for letter in reversed(self._mailbox.sent_to(person.email)):
            if token := _token(letter, "me"):
                return token
        return ""

    def _name(self, address: str) -> str:
        known = self._by_email.get(address)
        if known is not None:
            return known.known_as
        managed = next((person for person in self._people if person.manager.email == address), None)
        return manager_of(managed) if managed else another(address)

    def _note_tables(self) -> None:
        """Once a week: what has changed in the tables since the week before."""
        week = week_of(self._now.astimezone(self._programme.tz).date())
        if self._weeks and self._weeks[-1] == week:
            return
        changed: dict[str, dict[str, dict[str, Cell] | None]] = {}
        for table in SHOWN:
            before = self._shown[table.value]
            after = {
                str(row["RowKey"]): {
                    name: cell for name, cell in row.items() if name not in TECHNICAL and not _is_for_the_app(cell)
                }
                for row in self._pipeline.rows(table)
            }
            rows: dict[str, dict[str, Cell] | None] = {key: row for key, row in after.items() if before.get(key) != row}
            rows |= dict.fromkeys(before.keys() - after.keys())
            if rows:
                changed[table.value] = rows
            self._shown[table.value] = after
        self._weeks.append(week)
        self._tables.append(changed)

    def _story(self) -> Story:
        return Story(
            programme=self._programme,
            plan=self._plan,
            people=self._people,
            began=self._begin,
            ended=self._now,
            told=self._told,
            did=self._did,
            weeks=self._weeks,
            tables=list(self._tables),
            final={name.value: self._pipeline.rows(name) for name in TableName},
            team=TEAM,
            held=[*self._held, *(self._place(*key, since, self._now) for key, since in self._keys_of.items())],
            introduced=frozenset(self._introduced),
            paired_at=self._paired_at,
            dated=frozenset(self._dated),
        )


_HASH = re.compile(r"[0-9a-f]{32,}")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_DOMAIN = "example.nhs.uk"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _is_for_the_app(cell: Cell) -> bool:
    """Whether it is a cell that nobody reads: a hash, or values one within the other."""
    return isinstance(cell, str) and (_HASH.fullmatch(cell) is not None or cell.startswith(("[{", '{"')))


async def _nothing() -> None:
    """A tick is all that is wanted."""


def _json(body: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(body).encode()


def _token(letter: Letter, purpose: str) -> str:
    """The token of the first link of a purpose in a mail, '' without one."""
    return next((match[2] for match in _LINK.finditer(letter.html) if match[1] == purpose), "")


def a_day_for(session: Session, programme: Programme) -> datetime:
    """A day and time for a session without: the printed day if there is one, else in the weeks after the last."""
    words = session.printed.split()
    printed = (read_day(" ".join(words[:length])) for length in range(len(words), 0, -1))
    found = next((one for one in printed if isinstance(one, PrintedDay)), None)
    last = (programme.last_session_ends_at or taken(programme)[1] + timedelta(days=60)).astimezone(programme.tz)
    if found is not None and not isinstance(settled := settle_day(found, last.year), Problem):
        return wording.at_wall_time(settled, 14, 0, programme.tz)
    undated = [one.id for group in programme.groups for one in group.sessions if not one.takes_place]
    weeks = 1 + (undated.index(session.id) if session.id in undated else 0)
    day = last.date() + timedelta(weeks=weeks)
    return next_working(wording.at_wall_time(day, 14, 0, programme.tz), programme.tz)
