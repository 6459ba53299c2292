"""Two hands at one application in the same second: neither takes away what the other relies on."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.composition import root
from shared.composition.root import App
from shared.domain.application import Answer
from shared.domain.approval import ManagerAnswer
from shared.domain.outbox import Message, MessageStatus
from shared.domain.owed import Kind
from shared.errors import PermanentFailure, TemporaryFailure
from shared.services.base.mails import NotOwed
from shared.stores.applications import Applications
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, mails_to, manager_says, own_link
from tests.world import PROGRAMME, World, answers, token


class Slow:
    """A table that takes its time over every call, so that hands overtake each other, and meets something at one."""

    def __init__(self, inner: Any, method: str, meet: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._method = method
        self._meet = meet

    def __getattr__(self, name: str) -> Any:
        method, meet = getattr(self._inner, name), self._meet
        if not inspect.iscoroutinefunction(method):
            return method

        async def called(*args: Any, **options: Any) -> Any:
            await asyncio.sleep(0)
            if name == self._method:
                await meet()
            return await method(*args, **options)

        return called


def process(world: World, table: TableName, method: str, meet: Callable[[], Awaitable[None]]) -> App:
    """Another process on the same storage, which meets something at a table."""

    def tables(name: TableName) -> Any:
        return Slow(world.tables(name), method if name is table else "", meet)

    return root.build(world.settings, replace(world.outside, table=tables))


def once_away() -> Callable[[], Awaitable[None]]:
    """The twin is faster; then storage does not answer one call."""
    failed: list[bool] = []

    async def meet() -> None:
        if not failed:
            failed.append(True)
            await asyncio.sleep(0.02)
            raise TemporaryFailure("table storage answered 503 to an insert")

    return meet


def held() -> tuple[Callable[[], Awaitable[None]], asyncio.Event, asyncio.Event]:
    """A hand that is held at its next call: what it meets, that it is there, and what lets it go."""
    there, go = asyncio.Event(), asyncio.Event()

    async def meet() -> None:
        there.set()
        await go.wait()

    return meet, there, go


async def _tried(work: Awaitable[object]) -> None:
    try:
        await work
    except TemporaryFailure:
        return


@pytest.mark.parametrize("table", [TableName.AUDIT, TableName.LINKS, TableName.APPROVALS, TableName.MESSAGES])
@pytest.mark.parametrize("hands", [1, 2])
async def test_two_deliveries_at_once_and_one_failed_call_lose_no_mail(table: TableName, hands: int) -> None:
    world = World()
    await world.tick()
    content = await world.submit(run=False)
    world.wakeups.submissions.clear()
    method = "put" if table is TableName.LINKS else "insert"
    app = process(world, table, method, once_away())

    def take() -> Awaitable[object]:
        return app.intake.take_in(programme=PROGRAMME, source="standard", content=content)

    await asyncio.gather(*(_tried(take()) for _ in range(hands)))
    await take()  # the queue brings it again
    for minutes in (0, 3, 10):
        await world.later(minutes=minutes)

    assert mails_to(world, AMARA) == ["application received"]
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert [row["What"] for row in world.rows(TableName.AUDIT) if row["Reference"]] == ["received"]


@pytest.mark.parametrize("table", [TableName.AUDIT, TableName.BOOKINGS, TableName.MESSAGES])
@pytest.mark.parametrize("presses", [1, 2, 3])
async def test_a_button_pressed_twice_at_once_and_one_failed_call_lose_no_effect(
    table: TableName, presses: int
) -> None:
    world = World()
    await world.submit()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    app = process(world, table, "insert", once_away())
    page = await app.approval.page(link)
    assert page is not None
    answer = ManagerAnswer(Answer.APPROVE, page.revision)
    await asyncio.gather(*(_tried(app.approval.answer(link, answer)) for _ in range(presses)))
    await app.approval.answer(link, answer)  # whoever was told that it failed presses again
    for minutes in (0, 3, 10):
        await world.later(minutes=minutes)

    assert mails_to(world, AMARA) == ["application approved", "application received"]
    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "invited")]


async def test_whoever_finds_nothing_to_change_sees_to_what_follows() -> None:
    """A hand died after it had stored the application, and nobody knows of it any more: not even a job."""

    world = World()
    await world.tick()
    content = await world.submit(run=False)
    app = process(world, TableName.AUDIT, "insert", once_away())
    await _tried(app.intake.take_in(programme=PROGRAMME, source="standard", content=content))
    world.tables(TableName.ALARMS).rows.clear()
    before = [str(row["RowKey"]) for row in world.rows(TableName.MESSAGES)]
    await world.run()

    assert before == []
    assert mails_to(world, AMARA) == ["application received"]
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert not [row for row in world.rows(TableName.ALARMS) if row.get("Hand")]


async def test_a_hand_that_was_slow_does_not_book_somebody_who_has_withdrawn_since() -> None:
    world = World()
    await world.submit()
    meet, there, go = held()
    slow = process(world, TableName.BOOKINGS, "insert", meet)
    link = token(world.letters(PRIYA.email)[0], "decisions")
    page = await slow.approval.page(link)
    assert page is not None
    approving = asyncio.create_task(slow.approval.answer(link, ManagerAnswer(Answer.APPROVE, page.revision)))
    await there.wait()
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    go.set()
    await approving
    await world.later(minutes=5)

    assert {row["Status"] for row in world.rows(TableName.BOOKINGS)} == {"Cancelled"}
    assert world.calendar.told == []
    assert "application approved" not in mails_to(world, AMARA)
    assert not [row for row in world.rows(TableName.ALARMS) if row.get("Hand")]


@pytest.mark.parametrize("table", [TableName.BOOKINGS, TableName.APPROVALS])
async def test_a_hand_that_was_slow_leaves_nothing_of_somebody_who_was_erased_since(table: TableName) -> None:
    world = World()
    await world.submit()
    meet, there, go = held()
    slow = process(world, table, "insert", meet)
    link = token(world.letters(PRIYA.email)[0], "decisions")
    page = await slow.approval.page(link)
    assert page is not None
    approving = asyncio.create_task(slow.approval.answer(link, ManagerAnswer(Answer.APPROVE, page.revision)))
    await there.wait()
    await command(world, "erase", str(world.application()["RowKey"]))
    go.set()
    await approving
    await world.later(minutes=5)

    rows = [row for name in (TableName.BOOKINGS, TableName.APPROVALS) for row in world.rows(name)]
    assert rows == []
    assert AMARA not in str([world.rows(name) for name in TableName])


async def test_a_copy_that_comes_while_somebody_is_erased_leaves_no_lived_experience() -> None:
    world = World()
    await world.submit(response_id="one")
    meet, there, go = held()
    slow = process(world, TableName.LIVED_EXPERIENCE, "insert", meet)
    content = await world.submit(response_id="one", submitted_at=world.clock.now() + timedelta(seconds=1), run=False)
    taking = asyncio.create_task(slow.intake.take_in(programme=PROGRAMME, source="standard", content=content))
    await there.wait()
    await command(world, "erase", str(world.application()["RowKey"]))
    go.set()
    await taking

    assert world.application()["Status"] == "Erased"
    assert world.rows(TableName.LIVED_EXPERIENCE) == []


async def test_a_mail_that_is_cancelled_while_it_comes_to_be_owed_again_goes() -> None:
    """The worker read the application before the change, and cancels after the one who changed it has looked."""

    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, run=False)
    letters, read = world.app.mailbox_worker._tasks._delivery._letters, []
    compose = letters.compose

    async def before_the_change(message: Message) -> object:
        read.append(message.id)
        approval = message.kind is Kind.APPROVED
        return NotOwed("as it was before") if approval and read.count(message.id) == 1 else await compose(message)

    letters.compose = before_the_change  # type: ignore[method-assign, assignment]
    await world.run()
    await world.later(minutes=5)

    assert mails_to(world, AMARA) == ["application approved", "application received"]


async def test_a_mail_that_could_not_be_parked_because_somebody_else_wrote_is_not_forgotten() -> None:
    world = World()
    world.mailbox.failing["draft"] = PermanentFailure("the mailbox is full")
    messages = world.app.mailbox_worker._tasks._delivery._messages
    replaces, lost = messages.replace, []

    async def lost_once(message: Message, etag: str) -> str | None:
        if message.status is MessageStatus.PARKED and message.id not in lost:
            lost.append(message.id)
            return None
        return await replaces(message, etag)

    messages.replace = lost_once  # type: ignore[method-assign]
    await world.submit()
    await world.later(minutes=5)

    statuses = {str(row["Kind"]): str(row["Status"]) for row in world.rows(TableName.MESSAGES)}
    assert (statuses["application received"], statuses["approval request"]) == ("Parked", "Parked")


@pytest.mark.parametrize("dies", [False, True])
async def test_a_place_that_a_hand_is_taking_is_nobody_elses_until_it_is_done_or_has_died(*, dies: bool) -> None:
    """Whoever looks at the application meanwhile, as the same press does once more, leaves the place alone."""

    world = World()
    await world.tick()
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "Capacity": 1})
    await world.submit()
    await world.submit(answers(email="sam.lee@example.nhs.uk", manager_email="boss.sam@example.nhs.uk"))
    meet, there, go = held()
    slow = process(world, TableName.APPLICATIONS, "replace", meet)
    link = token(world.letters(PRIYA.email)[0], "decisions")
    page = await slow.approval.page(link)
    assert page is not None
    answer = ManagerAnswer(Answer.APPROVE, page.revision)
    approving = asyncio.create_task(slow.approval.answer(link, answer))
    await there.wait()
    reconciler, current = world.app.approval._reconciler, await world.app.programmes.current(PROGRAMME)
    stored = await Applications(world.tables(TableName.APPLICATIONS)).get(
        PROGRAMME, str(world.application(Email=AMARA)["RowKey"])
    )
    assert current is not None
    assert stored is not None
    await reconciler.reconcile(current, stored.value, previous=None)
    await manager_says(world, "boss.sam@example.nhs.uk", run=False)
    during = standing(world)
    if dies:
        approving.cancel()
    else:
        go.set()
        await approving
    await world.later(minutes=5)
    await world.later(minutes=5)

    assert during == {AMARA: "Place held", "sam.lee@example.nhs.uk": "Waiting"}
    after = {AMARA: "Cancelled", "sam.lee@example.nhs.uk": "Place offered"}
    assert standing(world) == (after if dies else {**during, AMARA: "Booked"})


async def test_a_place_that_was_given_back_by_a_hand_that_failed_is_offered_all_the_same() -> None:
    """The tick took up the session's job before the place was free, and the hand never came to set another."""
    world = World()
    await world.tick()
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "Capacity": 1})
    for email, manager in ((AMARA, PRIYA.email), ("sam.lee@example.nhs.uk", "boss.sam@example.nhs.uk")):
        await world.submit(answers(email=email, manager_email=manager))
        await manager_says(world, manager)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    application = await Applications(world.tables(TableName.APPLICATIONS)).get(
        PROGRAMME, str(world.application(Email=AMARA)["RowKey"])
    )
    assert application is not None
    world.tables(TableName.ALARMS).rows.clear()
    await world.app.own_pages._writer._outbox.second_look(PROGRAMME, application.value.reference)
    await world.later(minutes=5)

    assert standing(world) == {AMARA: "Cancelled", "sam.lee@example.nhs.uk": "Place offered"}


def standing(world: World) -> dict[str, str]:
    """Who stands how in the session of one place."""
    rows = [row for row in world.rows(TableName.BOOKINGS) if row["Session"] == "mentor-training-1"]
    return {str(row["Email"]): str(row["Status"]) for row in rows}
