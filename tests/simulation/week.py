"""The story: a week of applications, managers who answer, mailboxes at their pace, timers, until nothing is left."""

import asyncio
import gc
import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast
from unittest.mock import patch

from local.memory.exports import MemoryTombstones
from local.memory.process import Files
from local.memory.read_once import read_once
from local.memory.storage import MemoryLease, MemoryLocks, MemoryReports
from local.memory.virtual import VirtualClock, VirtualLoop, run
from shared.composition import root
from shared.composition.outside import Outside
from shared.composition.root import App
from shared.domain.application import Answer
from shared.domain.approval import ManagerAnswer
from shared.domain.programme import Programme
from shared.domain.references import Link, Purpose
from shared.services.base.queues import queue_of
from shared.services.base.tokens import Tokens
from shared.stores.names import TableName
from tests.simulation import people
from tests.simulation.host import DAY, Host
from tests.simulation.outside import (
    Calls,
    CountedBodies,
    CountedExports,
    CountedExtracts,
    CountedTables,
    EmptyInbox,
    SimulatedCalendar,
    SimulatedMailbox,
)
from tests.world import World, cohort_7

_TICK = 300
# As ``BlobLocks`` does.
_RENEWED_AFTER = 10
_LONGEST = timedelta(days=90)
_SEED = 2026


@dataclass(frozen=True)
class Plan:
    """What is simulated. ``mailboxes`` programmes share the applications, each with a mailbox of its own."""

    applications: int = 100_000
    mailboxes: int = 42


@dataclass
class Week:
    """What was found."""

    plan: Plan
    host: Host
    calls: Calls
    mailboxes: dict[str, SimulatedMailbox]
    programmes: tuple[str, ...]
    begin: datetime
    closes_at: datetime
    end: datetime
    busiest_hour: int
    rows: dict[str, int]
    statuses: Counter[str]
    roles: set[tuple[str, str]]
    log_lines: Counter[int]
    took: float
    lateness: list[tuple[datetime, float]] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    latest: dict[str, float] = field(default_factory=dict)


class _Locks(MemoryLocks):
    """Leases; taking, renewing and giving back are a call each."""

    def __init__(self, calls: Calls) -> None:
        super().__init__()
        self._calls = calls

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[MemoryLease]:
        await self._calls.storage("blob write")
        async with super().hold(name) as lease:
            begun = asyncio.get_running_loop().time()
            try:
                yield lease
            finally:
                if lease.held:
                    held = asyncio.get_running_loop().time() - begun
                    self._calls.note("blob write", 1 + int(held / _RENEWED_AFTER))


class _Bells:
    """``Wakeups``: each message starts an execution."""

    def __init__(self, host: Host) -> None:
        self.app: App
        self._host = host

    async def submission(self, programme: str, source: str, content: str) -> None:
        take_in = self.app.intake.take_in
        self._host.message("intake", lambda: take_in(programme=programme, source=source, content=content))

    async def mailbox(self, queue: str, *, after: float = 0) -> None:
        drain = self.app.mailbox_worker.drain
        self._host.message("mailboxes", lambda: drain(queue), after=after)

    async def pairs(self, programme: str) -> None:
        work_off = self.app.pairs_work.work_off
        self._host.message("pairs", lambda: work_off(programme))


class _Metrics:
    """``Metrics`` that nobody reads: lateness is taken from the mails themselves."""

    def count(self, metric: object, number: int = 1, **of: str) -> None: ...

    def outbox_age(self, seconds: float) -> None: ...


class _Lines:
    """Counts what would be written to the log, by day; making the lines would take longer than counting them."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.by_day: Counter[int] = Counter()
        self._loop = loop

    @contextmanager
    def counted(self) -> Iterator[None]:
        ours = logging.getLogger("shared")
        level = ours.level
        ours.setLevel(logging.INFO)
        try:
            with patch.object(logging.Logger, "_log", self._line):
                yield
        finally:
            ours.setLevel(level)

    def _line(self, *_: object, **__: object) -> None:
        self.by_day[int(self._loop.time() // DAY)] += 1


async def _nothing() -> None: ...


class Simulation:
    """Plays the part of everybody."""

    def __init__(self, plan: Plan, loop: VirtualLoop) -> None:
        self._plan = plan
        self._loop = loop
        self._random = Random(_SEED)  # noqa: S311 -- a seed that replays
        programmes = _programmes(plan.mailboxes)
        closes_at = programmes[0].closes_at
        assert closes_at is not None
        self._closes_at = closes_at
        self._begin = closes_at - timedelta(days=7) + timedelta(seconds=1)
        self.clock = VirtualClock(self._begin, loop)
        self.calls = Calls(loop)
        self.host = Host(self.calls)
        self.tables = CountedTables(self.calls)
        self._programmes = programmes
        self._lateness: list[tuple[datetime, float]] = []
        self._kinds: Counter[str] = Counter()
        self._latest: defaultdict[str, float] = defaultdict(float)
        addresses = [programme.mailbox for programme in programmes]
        self._mailboxes = {a: SimulatedMailbox(a, self.calls, self._left) for a in addresses}
        calendars = {a: SimulatedCalendar(a, self.calls) for a in addresses}
        inboxes = {a: EmptyInbox(a, self.calls) for a in addresses}
        settings = World().settings.model_copy(update={"mailbox": addresses[0], "more_mailboxes": tuple(addresses)})
        self._tokens = Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url)
        bells = _Bells(self.host)
        self.app = bells.app = root.build(
            settings,
            Outside(
                table=self.tables,
                bodies=CountedBodies(self.calls),
                wakeups=bells,
                locks=_Locks(self.calls),
                mailbox=self._mailboxes.__getitem__,
                calendar=calendars.__getitem__,
                inbox=inboxes.__getitem__,
                clock=self.clock,
                files=Files(*programmes),
                metrics=_Metrics(),
                extracts=cast("Any", CountedExtracts(self.tables)),
                exports=cast("Any", CountedExports(self.calls)),
                reports=MemoryReports(),
                access=MemoryReports(),
                tombstones=MemoryTombstones(),
                close=_nothing,
            ),
        )
        # What a mail says costs the same each time, and is measured elsewhere.
        self.app.renderer.mail = lambda name, values: (name, "")  # type: ignore[method-assign]

    async def play(self) -> Week:
        """From the first morning until everybody was written to, and the managers' last day is over."""
        lines = _Lines(self._loop)
        with lines.counted():
            return await self._play(lines)

    async def _play(self, lines: _Lines) -> Week:
        begun = time.process_time()
        ids = tuple(programme.id for programme in self._programmes)
        crowd = people.applicants(self._plan.applications, ids, self._closes_at, self._random)
        timers = [asyncio.create_task(timer) for timer in (self._ticks(), self._nights())]
        arriving = asyncio.create_task(self._arrive(crowd))
        await arriving
        over = self._closes_at + timedelta(days=self._programmes[0].approval.grace_days, hours=2)
        while self.clock.now() < over or self._waiting():
            assert self.clock.now() < self._begin + _LONGEST, "it does not come to an end"
            await asyncio.sleep(_TICK)
        for timer in timers:
            timer.cancel()
        await self.host.finish()
        return Week(
            plan=self._plan,
            host=self.host,
            calls=self.calls,
            mailboxes=self._mailboxes,
            programmes=ids,
            begin=self._begin,
            closes_at=self._closes_at,
            end=self.clock.now(),
            busiest_hour=people.busiest_hour(crowd),
            rows={name.value: len(self.tables(name).rows) for name in TableName},
            statuses=Counter(str(row["Status"]) for row, _ in self.tables(TableName.APPLICATIONS).rows.values()),
            roles={
                (programme, str(row["Role"]))
                for (programme, _), (row, _) in self.tables(TableName.APPLICATIONS).rows.items()
            },
            log_lines=lines.by_day,
            took=time.process_time() - begun,
            lateness=self._lateness,
            kinds=self._kinds,
            latest=self._latest,
        )

    async def _arrive(self, crowd: list[people.Applicant]) -> None:
        for one in crowd:
            await asyncio.sleep((one.at - self.clock.now()).total_seconds())
            self._webhook(one)

    def _webhook(self, one: people.Applicant) -> None:
        keep = self.app.raw_bodies.keep
        self.host.start("webhook", lambda: keep(programme=one.programme, source="standard", body=one.body))

    async def _ticks(self) -> None:
        # A timer of Functions waits for the run before, and then for its next time.
        while True:
            await self.host.run("tick", self.app.tick.run)
            await asyncio.sleep(_TICK - asyncio.get_running_loop().time() % _TICK)

    async def _nights(self) -> None:
        await asyncio.sleep(7 * 3600)
        while True:
            self.host.start("daily", self.app.tick.daily)
            await asyncio.sleep(24 * 3600)

    def _left(self, mailbox: str, about: str) -> None:
        """A mail has left: note how late, and let people act on it."""
        programme, message, _ = about.split(" ")
        row, _ = self.tables(TableName.MESSAGES).rows[programme, message]
        due = row["DueAt"]
        assert isinstance(due, datetime)
        kind, reference = str(row["Kind"]), str(row["Reference"])
        late = (self.clock.now() - due).total_seconds()
        self._lateness.append((self.clock.now(), late))
        self._kinds[kind] += 1
        self._latest[kind] = max(self._latest[kind], late)
        if kind == "approval request":
            after = people.manager_answers_after(self._random)
            if after is not None:
                self._answer(programme, reference, after.total_seconds(), approves=people.approves(self._random))
        elif kind in {"application received", "application approved"} and people.opens_own_page(self._random):
            token = self._tokens(Link(Purpose.OWN_PAGE, programme, reference, 1))
            self.host.start("own page", lambda: self.app.own_pages.page(token), after=600)

    def _answer(self, programme: str, reference: str, after: float, *, approves: bool) -> None:
        row, _ = self.tables(TableName.APPLICATIONS).rows[programme, reference]
        request: dict[str, Any] = json.loads(str(row["Requests"]))[-1]
        number = str(request["number"])
        token = self._tokens(Link(Purpose.DECISION, programme, reference, request["link"], number))
        answer = ManagerAnswer(Answer.APPROVE if approves else Answer.DECLINE, request["revision"])
        self.host.start("decision page", lambda: self.app.approval.page(token), after=after)
        self.host.start("decision", lambda: self.app.approval.answer(token, answer), after=after + 60)

    def _waiting(self) -> bool:
        """Whether a mailbox has something to do that is due."""
        now = self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        queues = {queue_of(address) for address in self._mailboxes}
        rows = self.tables(TableName.ALARMS).rows
        due = (rows[key][0] for queue in queues for key in rows.irange((queue, ""), (queue, now)))
        return any(row["About"] != "mailbox" for row in due)


def _programmes(count: int) -> list[Programme]:
    """Copies of cohort 7, each with an id, a mailbox and a form of its own."""
    template = cohort_7()
    return [
        template.model_copy(
            update={
                "id": f"programme-{number:02}",
                "mailbox": f"mentoring{number:02}@example.nhs.uk",
                "form_ids": dict.fromkeys(template.form_ids, f"programme-{number:02}"),
            }
        )
        for number in range(count)
    ]


def simulate(plan: Plan) -> Week:
    """Play a plan from beginning to end."""
    loop = VirtualLoop()

    async def story() -> Week:
        return await Simulation(plan, loop).play()

    # Nothing is thrown away in here, and looking for what might be takes longer than the rest.
    gc.disable()
    try:
        with read_once():
            return run(loop, story())
    finally:
        gc.enable()
