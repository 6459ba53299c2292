"""The mailbox worker across instances: lease, pace and pauses outlive a process, and each mailbox has its own."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from local.memory.exchange import FakeMailbox
from local.memory.process import Files
from local.memory.storage import MemoryLease
from shared.composition import root
from shared.composition.outside import Outside
from shared.domain.enrolment import Booking
from shared.domain.jobs import Job, SyncEvent
from shared.domain.mailbox import MailboxState
from shared.errors import TemporaryFailure
from shared.ports import Letter, Written
from shared.services.base.queues import queue_of
from shared.settings import SettingsProblem
from shared.stores.bookings import Bookings
from shared.stores.jobs import Jobs
from shared.stores.mailboxes import MailboxStates
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, manager_says, told
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, cohort_7

BOTH = [(AMARA, "application received"), (PRIYA.email, "approval request")]
OTHER = "second.team@example.nhs.uk"


def restarted(world: World) -> None:
    """Another process: nothing is left but what was stored."""
    world.app = root.build(world.settings, world.outside)


async def test_a_pause_is_kept_by_the_next_process() -> None:
    world = World()
    world.mailbox.failing["draft"] = TemporaryFailure("Graph answered 429", retry_after=900)
    await world.submit()
    world.mailbox.failing.clear()
    restarted(world)
    await world.later(minutes=5)
    early = len(world.mailbox.items)
    await world.later(minutes=11)

    assert early == 0
    assert told(world) == BOTH


def test_the_pace_is_kept_by_the_next_process() -> None:
    async def story() -> tuple[int, int]:
        world = World()
        for number in range(25):
            form = answers(email=f"person{number}@example.nhs.uk", manager_email=f"manager{number}@example.nhs.uk")
            await world.submit(form, run=False)
        await world.run()
        restarted(world)
        await world.later(seconds=30)
        early = len(world.mailbox.sent)
        await world.later(seconds=31)
        return early, len(world.mailbox.sent)

    assert asyncio.run(story()) == (30, 50)


async def test_a_mail_taken_with_a_request_to_wait_is_sent_once_and_the_pause_is_kept() -> None:
    world = World()
    send = world.mailbox.send

    async def taken_but_wait(graph_id: str) -> float:
        await send(graph_id)
        return 600

    world.mailbox.send = taken_but_wait  # type: ignore[method-assign]
    await world.submit()
    world.mailbox.send = send  # type: ignore[method-assign]
    await world.submit(answers(email="another.person@example.nhs.uk", manager_email="b@example.nhs.uk"))
    early = {letter.to[0] for letter in world.mailbox.sent}
    await world.later(minutes=11)

    # Mails of the first application may have been on their way together when the first of them was told to wait.
    assert early
    assert early <= {AMARA, PRIYA.email}
    assert len(world.mailbox.sent) == 4
    assert len({letter.to[0] for letter in world.mailbox.sent}) == 4


def test_a_worker_whose_lease_is_taken_away_begins_nothing_new() -> None:
    async def story() -> World:
        world = World()
        leases: list[MemoryLease] = []
        hold = world.locks.hold

        def watched(name: str) -> Any:
            context = hold(name)
            enter = context.__aenter__

            async def entered() -> MemoryLease:
                leases.append(await enter())
                return leases[-1]

            context.__aenter__ = entered  # type: ignore[method-assign]
            return context

        draft = world.mailbox.draft

        async def losing(letter: Letter) -> Written:
            leases[-1].held = False
            return await draft(letter)

        world.locks.hold = watched  # type: ignore[method-assign]
        world.mailbox.draft = losing  # type: ignore[method-assign]
        for number in range(10):
            await world.submit(answers(email=f"p{number}@example.nhs.uk", manager_email="m@example.nhs.uk"), run=False)
        world.wakeups.submissions, given = [], list(world.wakeups.submissions)
        for programme, source, content in given:
            await world.app.intake.take_in(programme=programme, source=source, content=content)
        await world.app.mailbox_worker.drain(queue_of(world.settings.mailbox))
        return world

    # Four are under way when it happens; nobody begins a fifth.
    assert len(asyncio.run(story()).mailbox.items) <= 4


def test_never_more_than_four_requests_are_under_way() -> None:
    async def story() -> int:
        world = World()
        under_way = most = 0
        draft = world.mailbox.draft

        async def slow(letter: Letter) -> Written:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1
            return await draft(letter)

        world.mailbox.draft = slow  # type: ignore[method-assign]
        for number in range(12):
            await world.submit(answers(email=f"p{number}@example.nhs.uk", manager_email="m@example.nhs.uk"), run=False)
        await world.run()
        return most

    assert asyncio.run(story()) == 4


def test_several_alarms_about_one_session_are_one_look_at_it() -> None:
    async def story() -> tuple[int, World]:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email, run=False)
        jobs = Jobs(world.tables(TableName.ALARMS))
        for seconds in range(5):
            due = world.clock.now() - timedelta(seconds=seconds)
            await jobs.put(Job(queue_of(world.settings.mailbox), due, SyncEvent("mentor-training-1"), PROGRAMME))
        looks = 0
        of_session = Bookings.of_session

        async def counted(self: Bookings, programme: str, session: str) -> tuple[Booking, ...]:
            nonlocal looks
            looks += session == "mentor-training-1"
            return await of_session(self, programme, session)

        with patch.object(Bookings, "of_session", counted):
            await world.run()
        return looks, world

    looks, world = asyncio.run(story())

    assert looks == 1
    assert [told for _, _, told in world.calendar.told] == ["invited"]
    assert not [row for row in world.rows(TableName.ALARMS) if row["About"] == "session"]


def test_a_session_that_only_reads_the_inbox_writes_no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> int:
        world = World()
        await world.later(minutes=5)
        written = 0
        note_pace = MailboxStates.note_pace

        async def counted(self: MailboxStates, state: MailboxState) -> None:
            nonlocal written
            written += 1
            await note_pace(self, state)

        monkeypatch.setattr(MailboxStates, "note_pace", counted)
        await world.later(minutes=5)
        return written

    assert asyncio.run(story()) == 0


def two_mailboxes() -> tuple[World, dict[str, FakeMailbox]]:
    second = cohort_7().model_copy(update={"id": "second-programme", "mailbox": OTHER, "form_ids": {}})
    world = World()
    boxes = {world.settings.mailbox: world.mailbox, OTHER: FakeMailbox()}
    world.files = Files(cohort_7(), second)
    world.settings = world.settings.model_copy(update={"more_mailboxes": (OTHER,)})
    world.outside = Outside(
        **{name: getattr(world.outside, name) for name in Outside.__slots__}
        | {"files": world.files, "mailbox": boxes.__getitem__}
    )
    restarted(world)
    return world, boxes


async def test_a_programme_writes_from_the_mailbox_it_names_and_a_pause_of_one_leaves_the_other_alone() -> None:
    world, boxes = two_mailboxes()
    world.mailbox.failing["draft"] = TemporaryFailure("Graph answered 429", retry_after=3600)
    await world.submit()
    await world.app.tick.daily()
    await world.submit(form_id="second-programme", given=answers(), run=False)
    # The same form sent to the other programme's address.
    world.wakeups.submissions = [
        ("second-programme", source, content) for _, source, content in world.wakeups.submissions
    ]
    await world.run()
    first, second = [m.to[0] for m in boxes[world.settings.mailbox].sent], sorted(m.to[0] for m in boxes[OTHER].sent)

    assert first == []
    assert second == sorted([AMARA, ADMINISTRATORS, PRIYA.email])


def test_a_programme_that_names_a_mailbox_the_app_was_not_given_stops_the_start_with_what_to_do() -> None:
    world, _ = two_mailboxes()
    world.settings = world.settings.model_copy(update={"more_mailboxes": ()})

    with pytest.raises(SettingsProblem, match="MORE_MAILBOXES: the programme second-programme names a mailbox"):
        restarted(world)


async def test_a_draft_that_was_left_behind_is_discarded_and_one_that_is_owed_is_kept() -> None:
    world = World()
    world.mailbox.failing["send"] = TemporaryFailure("Graph did not answer")
    await world.submit()
    drafts = len(world.mailbox.items)
    world.mailbox.failing.clear()
    row = world.row(TableName.MESSAGES, Kind="approval request")
    await world.type_in(TableName.MESSAGES, {**row, "Status": "Cancelled"})
    for item in world.mailbox.items.values():
        item.made_at = world.clock.now() - timedelta(hours=2)
    await world.app.tick.daily()
    await world.run()

    assert drafts == 2
    assert [item.letter.to[0] for item in world.mailbox.items.values() if item.is_draft] == [AMARA]
