"""What the writer promises whoever changes an application: one event a change, and what follows now or by a job."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.application import Application
from shared.domain.leaving import withdrawn
from shared.errors import LostRace, TemporaryFailure
from shared.services.applications.domains import Domains
from shared.services.applications.places import Places
from shared.services.applications.reconcile import Reconciler
from shared.services.applications.writer import ApplicationWriter
from shared.services.base.links import LinkBook
from shared.services.base.outbox import Outbox
from shared.services.base.programmes import Current
from shared.services.base.queues import Queues
from shared.stores.applications import Applications
from shared.stores.approvals import Approvals
from shared.stores.audit import Audit
from shared.stores.bookings import Bookings
from shared.stores.jobs import Jobs
from shared.stores.links import Links
from shared.stores.messages import Messages
from shared.stores.names import TableName
from shared.stores.organisations import Organisations
from tests.factories import REFERENCE, answered, applied
from tests.world import PROGRAMME, World


class Hand:
    """A writer of its own on a world's tables, and the application it writes."""

    def __init__(self, current: Current, world: World) -> None:
        table, clock = world.tables, world.clock
        self.world, self.current = world, current
        self.applications = Applications(table(TableName.APPLICATIONS))
        self.messages = Messages(table(TableName.MESSAGES))
        bookings = Bookings(table(TableName.BOOKINGS))
        queues = Queues(world.settings.mailbox)
        self.outbox = Outbox(
            messages=self.messages,
            jobs=Jobs(table(TableName.ALARMS)),
            wakeups=world.wakeups,
            queues=queues,
            clock=clock,
        )
        reconciler = Reconciler(
            approvals=Approvals(table(TableName.APPROVALS)),
            bookings=bookings,
            domains=Domains(Organisations(table(TableName.ORGANISATIONS))),
            links=LinkBook(links=Links(table(TableName.LINKS)), tokens=world.tokens),
            outbox=self.outbox,
            clock=clock,
        )
        self.writer = ApplicationWriter(
            applications=self.applications,
            audit=Audit(table(TableName.AUDIT)),
            places=Places(bookings=bookings, clock=clock),
            reconciler=reconciler,
            outbox=self.outbox,
            clock=clock,
        )

    async def change(self, change: Callable[[Application], Application]) -> Application | None:
        """Have an application changed."""
        return await self.writer.change(self.current, REFERENCE, change, who="somebody", what="did something")

    @property
    def events(self) -> list[str]:
        """What the audit says was done."""
        return [str(row["What"]) for row in self.world.rows(TableName.AUDIT)]

    @property
    def second_looks(self) -> int:
        """How many hands have left a job of their own."""
        return sum(bool(row.get("Hand")) for row in self.world.rows(TableName.ALARMS))

    def cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have storage fail while mails are put in place."""

        async def fails(*_: Any, **__: Any) -> bool:
            raise TemporaryFailure("storage is away")

        monkeypatch.setattr(self.outbox, "put_in_place", fails)


async def a_hand() -> Hand:
    world = World()
    current = await world.app.programmes.current(PROGRAMME)
    assert current is not None
    return Hand(current, world)


async def test_what_is_added_is_audited_owed_and_leaves_no_job_of_its_own() -> None:
    hand = await a_hand()
    assert await hand.writer.add(hand.current, applied(), who="the form")

    assert hand.events == ["received"]
    assert hand.second_looks == 0
    assert {row["Kind"] for row in hand.world.rows(TableName.MESSAGES)} >= {"application received", "approval request"}
    assert hand.world.wakeups.mailboxes


async def test_a_reference_that_is_taken_is_left_alone() -> None:
    hand = await a_hand()
    await hand.writer.add(hand.current, applied(), who="the form")
    before = hand.world.rows(TableName.APPLICATIONS)

    assert not await hand.writer.add(hand.current, withdrawn(applied(), now=hand.world.clock.now()), who="the form")

    assert hand.world.rows(TableName.APPLICATIONS) == before
    assert (hand.events, hand.second_looks) == (["received"], 0)


@pytest.mark.parametrize(
    ("change", "events"),
    [
        (lambda newest: newest, []),
        (lambda newest: withdrawn(newest, now=newest.received_at), ["did something"]),
        (
            lambda newest: answered(newest) if newest.request and not newest.request.answer else newest,
            ["did something"],
        ),
    ],
)
async def test_each_change_is_one_event_however_often_it_is_made(
    change: Callable[[Application], Application], events: list[str]
) -> None:
    hand = await a_hand()
    await hand.writer.add(hand.current, applied(), who="the form")
    hand.world.clock.set(hand.world.clock.now() + timedelta(minutes=1))

    once = await hand.change(change)
    rows = hand.world.rows(TableName.APPLICATIONS)
    again = await hand.change(change)

    assert hand.events == ["received", *events]
    assert (once, hand.world.rows(TableName.APPLICATIONS), hand.second_looks) == (again, rows, 0)


async def test_nothing_is_made_of_an_application_that_is_not_there() -> None:
    hand = await a_hand()
    assert await hand.change(lambda newest: withdrawn(newest, now=newest.received_at)) is None

    assert (hand.events, hand.second_looks) == ([], 0)


async def test_a_change_counts_and_a_job_is_left_if_what_follows_cannot_be_put_in_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand = await a_hand()
    await hand.writer.add(hand.current, applied(), who="the form")
    hand.cut(monkeypatch)

    changed = await hand.change(lambda newest: withdrawn(newest, now=newest.received_at))

    assert changed is not None
    stored = await hand.applications.get(PROGRAMME, REFERENCE)
    assert stored is not None
    assert stored.value == changed
    assert hand.second_looks == 1


async def test_who_finds_nothing_to_change_sees_to_what_another_hand_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hand = await a_hand()
    await hand.writer.add(hand.current, applied(), who="the form")
    hand.cut(monkeypatch)
    await hand.change(answered)
    monkeypatch.undo()
    before = {row["Kind"] for row in hand.world.rows(TableName.MESSAGES)}

    await hand.change(lambda newest: newest)

    assert {row["Kind"] for row in hand.world.rows(TableName.MESSAGES)} - before == {
        "application approved",
        "session tomorrow",
        "no partner yet",
    }


async def test_who_loses_every_race_says_so_and_leaves_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    hand = await a_hand()
    await hand.writer.add(hand.current, applied(), who="the form")

    async def lost(*_: Any) -> bool:
        return False

    monkeypatch.setattr(hand.applications, "replace", lost)

    with pytest.raises(LostRace):
        await hand.change(lambda newest: withdrawn(newest, now=newest.received_at))

    assert (hand.events, hand.second_looks) == (["received"], 0)
