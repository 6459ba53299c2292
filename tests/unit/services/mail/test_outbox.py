"""The mailbox worker: each mail once, whatever the mail service answers and whenever the process stops."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.memory.exchange import FakeMailbox
from shared.errors import AlreadyGone, PermanentFailure, TemporaryFailure
from shared.ports import LeftDraft, Letter, Written
from shared.services.base.queues import queue_of
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, mails_to, manager_says, told
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers, mentee

BOTH = [(AMARA, "application received"), (PRIYA.email, "approval request")]


class Watched:
    """A mailbox that notes when it is called, and fails after the effect of the calls it is told to."""

    def __init__(self, inner: FakeMailbox, now: Callable[[], datetime]) -> None:
        self.inner = inner
        self.now = now
        self.calls: list[tuple[str, datetime]] = []
        self.after: dict[str, list[Exception]] = {}
        self.before: dict[str, list[Exception]] = {}

    async def find(self, key: str) -> Written | None:
        return await self._call("find", key)  # type: ignore[no-any-return]

    async def draft(self, letter: Letter) -> Written:
        return await self._call("draft", letter)  # type: ignore[no-any-return]

    async def send(self, graph_id: str) -> float:
        return await self._call("send", graph_id)  # type: ignore[no-any-return]

    async def drafts(self) -> Sequence[LeftDraft]:
        return await self.inner.drafts()

    async def discard(self, graph_id: str) -> None:
        await self._call("discard", graph_id)

    async def _call(self, name: str, argument: Any) -> Any:
        self.calls.append((name, self.now()))
        if self.before.get(name):
            raise self.before[name].pop(0)
        result = await getattr(self.inner, name)(argument)
        if self.after.get(name):
            raise self.after[name].pop(0)
        return result


def watched(world: World) -> Watched:
    mailbox = Watched(world.mailbox, world.clock.now)
    world.app.mailbox_worker._sessions._mailbox = lambda _: mailbox
    return mailbox


async def ticks(world: World, hours: float, every: float = 5) -> None:
    end = world.clock.now() + timedelta(hours=hours)
    while world.clock.now() < end:
        await world.later(minutes=every)


async def test_a_mail_is_confirmed_as_sent_once_it_has_left() -> None:
    world = World()
    await world.submit()
    await world.later(minutes=5)

    assert sorted((str(m["Kind"]), str(m["Status"]), m["Attempts"]) for m in world.rows(TableName.MESSAGES)) == [
        ("application received", "Sent", 1),
        ("approval reminder", "Queued", 0),
        ("approval reminder", "Queued", 0),
        ("approval reminder", "Queued", 0),
        ("approval request", "Sent", 1),
    ]


async def test_no_call_is_made_before_the_time_the_mail_service_asked_for() -> None:
    world = World()
    mailbox = watched(world)
    mailbox.before["draft"] = [TemporaryFailure("Graph answered 429", retry_after=900)] * 2
    await world.submit()
    first = len(mailbox.calls)
    await ticks(world, 1)
    calls = mailbox.calls[first:]

    assert min(at for _, at in calls) >= NINE + timedelta(seconds=900)
    assert told(world) == BOTH


async def test_a_mail_service_that_asks_for_time_is_left_alone_by_every_mail() -> None:
    world = World()
    mailbox = watched(world)
    mailbox.before["draft"] = [TemporaryFailure("Graph answered 429", retry_after=900)] * 2
    await world.submit()
    first = len(mailbox.calls)
    world.clock.advance(timedelta(minutes=5))
    await world.submit(mentee())
    await ticks(world, 1)
    calls = mailbox.calls[first:]

    assert min(at for _, at in calls) >= NINE + timedelta(seconds=900)
    assert len(told(world)) == 4


def test_a_second_look_does_not_shorten_the_time_the_mail_service_asked_for() -> None:
    async def story() -> list[tuple[str, datetime]]:
        world = World()
        await world.tick()
        mailbox = watched(world)
        mailbox.before["draft"] = [TemporaryFailure("Graph answered 429", retry_after=900)] * 2
        await world.submit()
        first = len(mailbox.calls)
        closes_at = datetime(2026, 3, 20, 23, 59, 59, tzinfo=UTC)
        await world.type_in(
            TableName.PROGRAMMES, {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "ClosesAt": closes_at}
        )
        await world.later(minutes=5)
        return mailbox.calls[first:]

    assert asyncio.run(story()) == []


@pytest.mark.parametrize("call", ["draft", "send"])
async def test_a_lost_answer_never_sends_a_mail_twice(call: str) -> None:
    world = World()
    mailbox = watched(world)
    mailbox.after[call] = [TemporaryFailure("Graph did not answer")] * 2
    await world.submit()
    await ticks(world, 2)

    assert told(world) == BOTH
    assert [item.is_draft for item in world.mailbox.items.values()] == [False, False]


async def test_a_draft_whose_hand_over_is_in_doubt_is_left_alone_at_first() -> None:
    world = World()
    mailbox = watched(world)
    # Exchange took it, and it still lies in Drafts for a while: to us it looks unsent.
    mailbox.before["send"] = [TemporaryFailure("Graph did not answer")] * 2
    await world.submit()
    await ticks(world, 1, every=1)
    sends = [at for name, at in mailbox.calls if name == "send"]

    assert sends[:2] == [NINE, NINE]
    assert min(sends[2:]) >= NINE + timedelta(minutes=10)
    assert len(sends) == 4
    assert told(world) == BOTH


async def test_a_mail_that_is_refused_for_good_is_parked_with_a_plain_reason_and_can_be_retried() -> None:
    world = World()
    mailbox = watched(world)
    mailbox.before["draft"] = [PermanentFailure("the mailbox refuses this recipient")] * 2
    await world.submit()
    await ticks(world, 1)
    assert told(world) == []
    parked = world.row(TableName.MESSAGES, Kind="approval request")
    await world.app.tick.daily()
    await world.run()
    assert "refuses this recipient" in world.letters(ADMINISTRATORS, "act on today")[0].html
    result = await command(world, "retry parked", str(parked["Reference"]))

    assert (parked["Status"], parked["LastError"]) == ("Parked", "the mailbox refuses this recipient")
    assert result == "Done: 2 brought back."
    assert told(world) == sorted([*BOTH, (ADMINISTRATORS, "daily digest")])


async def test_a_mail_service_that_is_down_for_days_ends_in_parked_mails_and_no_endless_tries() -> None:
    world = World()
    mailbox = watched(world)
    world.mailbox.failing["draft"] = TemporaryFailure("Graph did not answer")
    await world.submit()
    await ticks(world, 14)
    count = len(mailbox.calls)
    await ticks(world, 2)
    assert len(mailbox.calls) == count
    _ = count

    first = [m for m in world.rows(TableName.MESSAGES) if m["Kind"] != "approval reminder"]
    assert [(m["Status"], m["LastError"]) for m in first] == [
        ("Parked", "given up after 14 tries: Graph did not answer"),
        ("Parked", "given up after 14 tries: Graph did not answer"),
    ]


def test_a_draft_that_somebody_deleted_is_written_again() -> None:
    async def story() -> World:
        world = World()
        mailbox = watched(world)
        mailbox.before["send"] = [AlreadyGone("Graph answered 404")] * 2
        await world.submit()
        world.mailbox.items.clear()
        await ticks(world, 1)
        return world

    assert told(asyncio.run(story())) == BOTH


async def test_a_mail_waiting_for_the_mail_service_goes_out_after_the_storm_and_never_to_somebody_erased() -> None:
    world = World()
    mailbox = watched(world)
    mailbox.before["draft"] = [TemporaryFailure("Graph answered 429", retry_after=600)] * 2
    await world.submit()
    await command(world, "erase", str(world.application()["RowKey"]))
    await ticks(world, 2)

    assert told(world) == []
    assert {str(m["Status"]) for m in world.rows(TableName.MESSAGES) if m["Kind"] != "approval reminder"} == {
        "Cancelled"
    }


def test_at_most_thirty_mails_leave_in_a_minute() -> None:
    async def story() -> tuple[int, int]:
        world = World()
        for number in range(25):
            form = answers(email=f"person{number}@example.nhs.uk", manager_email=f"manager{number}@example.nhs.uk")
            await world.submit(form, run=False)
        await world.run()
        first = len(world.mailbox.sent)
        await world.later(seconds=61)
        return first, len(world.mailbox.sent)

    assert asyncio.run(story()) == (30, 50)


async def test_a_clock_set_back_an_hour_sends_nothing_twice() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email)
    await world.later(minutes=30)
    for minutes in (-60, 5, 30, 30, 30):
        await world.later(minutes=minutes)

    assert mails_to(world, AMARA) == ["application approved", "application received"]
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert [what for _, _, what in world.calendar.told] == ["invited"]


def test_only_one_worker_works_a_queue_and_a_later_one_takes_over() -> None:
    async def story() -> World:
        world = World()
        queue = queue_of(world.settings.mailbox)
        world.locks.held.add(f"mailbox {queue}")
        await world.submit()
        assert told(world) == []
        world.locks.held.clear()
        await world.later(minutes=1)
        return world

    assert told(asyncio.run(story())) == BOTH
