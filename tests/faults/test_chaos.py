"""Everybody at once, on a bad line: each form is delivered twice, each manager presses twice, storage is half away.

Of all calls to blobs, queues and tables 2% never arrive, 2% are done and their answers lost, and 2% are refused. In the
end everybody was told once, asked once and invited once. ``FAULT_SEED`` plays another.
"""

import asyncio
import base64
import contextlib
import json
import random
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue import QueueMessage, QueueServiceClient

from shared.composition import root
from shared.composition.root import App
from shared.domain.application import Answer, Application
from shared.domain.approval import ManagerAnswer
from shared.errors import ServiceError
from shared.services.base.links import decision_page
from shared.stores.applications import Applications
from shared.stores.names import QueueName, TableName
from tests.contract.faulty_line import FaultyLine
from tests.contract.running import azurite
from tests.faults.matrix import START, seed_of_sample
from tests.faults.real import OnRealParts, Parts, account_names, accounts_for_azurite, parts
from tests.faults.seams import Seams
from tests.graph.stand_in import run_inbox
from tests.world import PROGRAMME, World, answers

PEOPLE = 10
_SHARE = 0.02
_TRIES_OF_THE_QUEUE = 5
_AT_ONCE = 12
_MOST_ROUNDS = 60
_GONE = frozenset({"Handed over", "Sent"})


@pytest.fixture(scope="module")
def running() -> Iterator[Parts]:
    with (
        azurite(accounts_for_azurite(account_names(1))) as emulator,
        run_inbox() as inbox,
        tempfile.TemporaryDirectory() as folder,
        parts(Path(folder), emulator, inbox) as started,
    ):
        yield started


class Chaos:
    """Two processes of the app, and everybody who wants something of them."""

    def __init__(self, world: World, place: OnRealParts, queues: QueueServiceClient, apps: list[App]) -> None:
        self._clock = world.clock
        self._place = place
        self._queues = {name: queues.get_queue_client(name.value) for name in QueueName}
        self._apps = apps
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def deliver(self, number: int) -> None:
        """A provider that delivers twice at once, and goes on until it is told that the body is stored."""
        payload = {
            "form_id": PROGRAMME,
            "response_id": f"response-{number}",
            "submitted_at": START.isoformat(),
            "answers": answers(email=_person(number), manager_email=_manager(number)),
        }
        body = json.dumps(payload).encode()

        def keep(app: App) -> Awaitable[str]:
            return app.raw_bodies.keep(programme=PROGRAMME, source="standard", body=body)

        await self._twice(keep, lambda content: content is not None)

    async def approve(self, application: Application) -> None:
        """A manager who presses twice at once, and goes on until they see that it worked."""
        assert application.request is not None
        link = self._place.tokens(decision_page(application, application.request.number))

        async def press(app: App) -> bool:
            page = await app.approval.page(link)
            after = page and await app.approval.answer(link, ManagerAnswer(Answer.APPROVE, page.revision))
            return bool(after and after.answer is Answer.APPROVE)

        await self._twice(press, bool)

    async def _twice[T](self, work: Callable[[App], Awaitable[T]], worked: Callable[[T | None], bool]) -> None:
        for _ in range(_MOST_ROUNDS):
            async with self._slots:
                if any(map(worked, await asyncio.gather(*(_tried(work(app)) for app in self._apps)))):
                    return
        raise AssertionError("it never worked")

    async def work_off(self) -> None:
        """What the host does: whatever is on the queues, several at once; what fails comes back, five times."""
        while taken := [one for name in QueueName for one in self._take(name)]:
            await asyncio.gather(*(self._work(*one) for one in taken))

    def _take(self, name: QueueName) -> list[tuple[QueueName, QueueMessage]]:
        return [(name, one) for one in self._queues[name].receive_messages(max_messages=16, visibility_timeout=600)]

    async def _work(self, name: QueueName, message: QueueMessage) -> None:
        app = self._apps[hash(message.id) % len(self._apps)]
        text = base64.b64decode(message.content).decode()
        async with self._slots:
            try:
                if name is QueueName.MAILBOXES:
                    await app.mailbox_worker.drain(text)
                elif name is QueueName.PAIRS:
                    await app.pairs_work.work_off(text)
                else:
                    source, programme, content = text.split(" ")
                    last = (message.dequeue_count or 0) > _TRIES_OF_THE_QUEUE
                    take = app.intake.try_for_the_last_time if last else app.intake.take_in
                    await take(programme=programme, source=source, content=content)
            except ServiceError:
                self._queues[name].update_message(message, visibility_timeout=0)
                return
        self._queues[name].delete_message(message)

    async def tick(self, minutes: float) -> None:
        self._clock.advance(timedelta(minutes=minutes))
        await _tried(self._apps[0].tick.run())
        await self.work_off()

    async def applications(self) -> list[Application]:
        table = Applications(self._place.plain_table(TableName.APPLICATIONS))
        return [application async for application in table.all(PROGRAMME)]

    async def until_all_approved(self) -> None:
        """Managers answer as soon as they are asked; the clock goes on beside them."""
        answered: set[object] = set()
        for _ in range(_MOST_ROUNDS):
            rows = [found.row async for found in self._place.plain_table(TableName.MESSAGES).query()]
            asked = {row["Reference"] for row in rows if row["Kind"] == "approval request" and row["Status"] in _GONE}
            new = [
                application for application in await self.applications() if application.reference in asked - answered
            ]
            answered |= {application.reference for application in new}
            await asyncio.gather(self.tick(1), *(self.approve(application) for application in new))
            if len(answered) == PEOPLE:
                return
        raise AssertionError(f"{PEOPLE - len(answered)} managers were never asked")

    async def until_rest(self) -> None:
        """The line is good again: whatever the faults left is found by queue and tick alone."""
        for _ in range(_MOST_ROUNDS):
            await self._place.after_a_crash()
            await self.tick(5)
            messages = [found.row async for found in self._place.plain_table(TableName.MESSAGES).query()]
            jobs = [found.row async for found in self._place.plain_table(TableName.ALARMS).query()]
            under_way = [row for row in messages if row["Status"] in {"Preparing", "Draft made", "Handed over"}]
            looks = [row for row in jobs if row.get("Hand")]
            if not under_way and not looks and not await self._place.bodies_waiting():
                return
        raise AssertionError(f"no rest: {under_way}, {looks}")


def _person(number: int) -> str:
    return f"person{number}@example.nhs.uk"


def _manager(number: int) -> str:
    return f"manager{number}@example.nhs.uk"


async def _tried[T](work: Awaitable[T]) -> T | None:
    with contextlib.suppress(ServiceError):
        return await work
    return None


async def story(running: Parts, seed: int) -> tuple[dict[str, list[str]], list[Application], Counter[Any]]:
    at, world = running.azurite.ports, World(now=START)
    chance = random.Random(seed)
    async with FaultyLine(at.table) as table, FaultyLine(at.blob) as blob, FaultyLine(at.queue) as queue:
        lines = (table, blob, queue)
        through = replace(at, table=table.port, blob=blob.port, queue=queue.port)
        place = OnRealParts(world, running, account_names(1)[0], through=through)
        place.settings = place.settings.model_copy(update={"messages_per_minute": 1000})
        apps = [root.build(place.settings, place.outside(Seams())) for _ in range(2)]
        chaos = Chaos(world, place, place.queues, apps)
        try:
            await chaos.tick(0)
            for line in lines:
                line.at_random(chance, _SHARE)
            await asyncio.gather(chaos.work_off(), *(chaos.deliver(number) for number in range(PEOPLE)))
            await chaos.until_all_approved()
            for line in lines:
                line.at_random(chance, 0)
            await chaos.until_rest()
            trouble = Counter(seen.trouble for line in lines for seen in line.seen)
            return await place.told(), await chaos.applications(), trouble
        finally:
            for app in apps:
                await app.outside.close()
            place.close()


@pytest.mark.timeout(400)
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:.*deprecated:DeprecationWarning")
def test_on_a_bad_line_everybody_is_told_once_asked_once_and_invited_once(
    running: Parts, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = seed_of_sample()

    told, applications, trouble = asyncio.run(story(running, seed))

    with capsys.disabled():
        met = ", ".join(f"{count} x {what}" for what, count in trouble.items() if what)
        print(f"\nchaos: {trouble.total()} calls, {met} (FAULT_SEED={seed})")
    kinds = Counter(told["mails"])
    people = [_person(number) for number in range(PEOPLE)]
    managers = [_manager(number) for number in range(PEOPLE)]
    assert [mail for mail, count in kinds.items() if count > 1] == []
    assert Counter(mail.partition(":")[0] for mail in kinds) == {
        **dict.fromkeys(people, 2),
        **dict.fromkeys(managers, 1),
    }
    assert Counter(parseaddr(invite.partition(":")[0])[1] for invite in told["invites"]) == dict.fromkeys(people, 1)
    assert {a.status.value for a in applications} == {"Approved"}
    assert len(applications) == PEOPLE
    assert told["drafts"] == []
