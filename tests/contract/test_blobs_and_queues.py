"""What ``Bodies``, ``Locks`` and ``Wakeups`` promise: the stand-ins of the unit tests, and the emulator."""

import asyncio
import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueClient

from local.memory.storage import MemoryBodies, MemoryLocks
from shared.adapters.bodies import BodyContainer
from shared.adapters.locks import BlobLocks
from shared.adapters.reports import BlobReports
from shared.adapters.storage import StorageAccount
from shared.adapters.wakeups import QueueWakeups
from shared.ports import Bodies, Body, Locks
from shared.stores.names import ContainerName, QueueName

NOW = datetime(2026, 2, 10, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture(params=["memory", "azure"])
def bodies(request: pytest.FixtureRequest) -> Bodies:
    if request.param == "memory":
        return MemoryBodies()
    account: StorageAccount = request.getfixturevalue("account")
    return BodyContainer(account.container(ContainerName.SUBMISSIONS))


@pytest.fixture(params=["memory", "azure"])
def locks(request: pytest.FixtureRequest) -> Locks:
    if request.param == "memory":
        return MemoryLocks()
    account: StorageAccount = request.getfixturevalue("account")
    return BlobLocks(account.container(ContainerName.LOCKS))


def a_body(data: bytes = b"", *, received_at: datetime = NOW) -> Body:
    data = data or uuid4().bytes
    return Body(hashlib.sha256(data).hexdigest(), "llr-rmi-2026-c7", "msforms", received_at, data)


async def waits(bodies: Bodies, body: Body) -> bool:
    return body.content in [content async for content in bodies.waiting()]


@pytest.mark.parametrize("data", [b"{}", bytes(range(256)) * 1024, "Zoë 🙂".encode()], ids=["small", "largest", "text"])
async def test_a_body_comes_back_as_it_was_kept(bodies: Bodies, data: bytes) -> None:
    body = a_body(data + uuid4().bytes)

    assert await bodies.keep(body)

    assert await bodies.get(body.content) == body


async def test_an_empty_body_is_kept_too(bodies: Bodies) -> None:
    body = Body(hashlib.sha256(b"").hexdigest(), "llr-rmi-2026-c7", "standard", NOW, b"")
    await bodies.remove(body.content)

    assert await bodies.keep(body)

    assert await bodies.get(body.content) == body


async def test_the_time_of_receipt_keeps_its_instant(bodies: Bodies) -> None:
    body = a_body(received_at=NOW.astimezone(timezone(timedelta(hours=5, minutes=30))))

    await bodies.keep(body)

    found = await bodies.get(body.content)
    assert found is not None
    assert found.received_at == NOW
    assert found.received_at.tzinfo is not None


async def test_the_same_body_again_changes_nothing(bodies: Bodies) -> None:
    body = a_body()
    await bodies.keep(body)
    again = Body(body.content, "another-programme", "standard", NOW + timedelta(days=1), body.data)

    assert not await bodies.keep(again)

    assert await bodies.get(body.content) == body


async def test_many_copies_at_once_are_kept_once(bodies: Bodies) -> None:
    body = a_body()

    answers = await asyncio.gather(*(bodies.keep(body) for _ in range(10)))

    assert answers.count(True) == 1


async def test_a_body_waits_until_it_is_taken_in(bodies: Bodies) -> None:
    one, other = a_body(), a_body()
    await bodies.keep(one)
    await bodies.keep(other)
    assert await waits(bodies, one)

    await bodies.taken_in(one.content)
    await bodies.taken_in(one.content)

    assert not await waits(bodies, one)
    assert await waits(bodies, other)
    assert await bodies.get(one.content) == one
    assert not await bodies.keep(one)
    assert not await waits(bodies, one)


async def test_a_body_that_is_held_waits_only_when_it_is_let_go(bodies: Bodies) -> None:
    body = a_body()

    assert await bodies.keep(body, waiting=False)
    assert not await waits(bodies, body)
    assert not await bodies.keep(body)
    assert not await waits(bodies, body)
    await bodies.wait_again(body.content)
    assert await waits(bodies, body)
    await bodies.taken_in(body.content)


@pytest.mark.parametrize("waiting", [True, False])
async def test_a_body_that_moves_to_another_programme_is_otherwise_the_same(bodies: Bodies, waiting: bool) -> None:
    body = a_body()
    await bodies.keep(body, waiting=waiting)

    await bodies.move(body.content, "another-programme")
    await bodies.move(body.content, "another-programme")

    assert await bodies.get(body.content) == replace(body, programme="another-programme")
    assert await waits(bodies, body) == waiting
    await bodies.taken_in(body.content)


async def test_a_removed_body_is_gone_and_may_come_again(bodies: Bodies) -> None:
    body = a_body()
    await bodies.keep(body)

    await bodies.remove(body.content)
    await bodies.remove(body.content)

    assert await bodies.get(body.content) is None
    assert not await waits(bodies, body)
    assert await bodies.keep(body)
    assert await waits(bodies, body)


async def test_unknown_bodies_harm_nothing(bodies: Bodies) -> None:
    assert await bodies.get("0" * 64) is None
    await bodies.taken_in("0" * 64)
    await bodies.remove("0" * 64)
    await bodies.move("0" * 64, "another-programme")


async def test_a_body_is_a_blob_named_by_its_content(account: StorageAccount) -> None:
    container = account.container(ContainerName.SUBMISSIONS)
    body = a_body()

    await BodyContainer(container).keep(body)

    assert [blob.name async for blob in container.list_blobs(name_starts_with=body.content)] == [body.content]


async def test_a_lock_has_one_holder(locks: Locks) -> None:
    name = uuid4().hex
    async with locks.hold(name) as first:
        async with locks.hold(name) as second:
            assert (first.held, second.held) == (True, False)
        async with locks.hold(name) as third, locks.hold(uuid4().hex) as another:
            assert (third.held, another.held) == (False, True)


async def test_a_lock_is_free_again_at_once(locks: Locks) -> None:
    name = uuid4().hex
    for _ in range(3):
        async with locks.hold(name) as lease:
            assert lease.held


async def test_a_lock_is_freed_by_trouble_inside(locks: Locks) -> None:
    name = uuid4().hex

    async def work() -> None:
        async with locks.hold(name):
            raise LookupError("inside")

    with pytest.raises(LookupError, match="inside"):
        await work()
    async with locks.hold(name) as lease:
        assert lease.held


async def test_a_lock_is_freed_when_its_holder_is_cancelled(locks: Locks) -> None:
    name, inside = uuid4().hex, asyncio.Event()

    async def work() -> None:
        async with locks.hold(name):
            inside.set()
            await asyncio.sleep(60)

    holder = asyncio.create_task(work())
    await inside.wait()
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder

    async with locks.hold(name) as lease:
        assert lease.held


async def test_one_of_many_gets_a_lock_that_never_was_there(locks: Locks) -> None:
    name, everybody, got = uuid4().hex, asyncio.Barrier(6), []

    async def work() -> None:
        async with locks.hold(name) as lease:
            got.append(lease.held)
            await everybody.wait()

    await asyncio.gather(*(work() for _ in range(6)))

    assert sorted(got) == [False] * 5 + [True]


@pytest.fixture
def raw_queue(account: StorageAccount) -> Callable[[QueueName], QueueClient]:
    """A queue as the Functions host sees it, before it decodes anything."""
    return lambda name: account._queues.get_queue_client(name.value)


async def _wakeups(account: StorageAccount, raw_queue: Callable[[QueueName], QueueClient]) -> QueueWakeups:
    for name in QueueName:
        await raw_queue(name).clear_messages()
    return QueueWakeups(*(account.queue(name) for name in QueueName))


async def test_messages_are_base64_as_host_json_says(
    account: StorageAccount, raw_queue: Callable[[QueueName], QueueClient]
) -> None:
    host = json.loads((Path(__file__).parents[2] / "host.json").read_text())
    wakeups = await _wakeups(account, raw_queue)

    await wakeups.submission("llr-rmi-2026-c7", "standard", "00ff")
    await wakeups.mailbox("mailbox 1")
    await wakeups.pairs("llr-rmi-2026-c7")

    assert host["extensions"]["queues"]["messageEncoding"] == "base64"
    found = {
        name: [base64.b64decode(m.content, validate=True).decode() async for m in raw_queue(name).receive_messages()]
        for name in QueueName
    }
    assert found == {
        QueueName.SUBMISSIONS: ["standard llr-rmi-2026-c7 00ff"],
        QueueName.MAILBOXES: ["mailbox 1"],
        QueueName.PAIRS: ["llr-rmi-2026-c7"],
    }


async def test_a_message_for_later_shows_up_later(
    account: StorageAccount, raw_queue: Callable[[QueueName], QueueClient]
) -> None:
    wakeups = await _wakeups(account, raw_queue)
    queue = raw_queue(QueueName.MAILBOXES)

    await wakeups.mailbox("later", after=1.2)

    assert not await queue.peek_messages()
    assert (await queue.get_queue_properties()).approximate_message_count == 1
    await asyncio.sleep(1.3)
    assert len(await queue.peek_messages()) == 1


@pytest.mark.parametrize("after", [0.0, -5.0, 0.4])
async def test_a_message_for_now_shows_up_now(
    account: StorageAccount, raw_queue: Callable[[QueueName], QueueClient], after: float
) -> None:
    wakeups = await _wakeups(account, raw_queue)

    await wakeups.mailbox("now", after=after)

    assert len(await raw_queue(QueueName.MAILBOXES).peek_messages()) == 1


async def test_a_file_for_the_team_replaces_the_one_before_and_is_removed_for_good(
    account: StorageAccount,
) -> None:
    """The container of access needs has no public access, and what is gone once stays gone."""
    container = account.container(ContainerName.ACCESS)
    files, name = BlobReports(container), f"{uuid4().hex}/access-needs.xlsx"

    for data in (b"one", b"another"):
        await files.write(name, data, "text/plain")
    assert await (await container.download_blob(name)).readall() == b"another"
    assert (await container.get_container_access_policy())["public_access"] is None

    for _ in range(2):
        await files.remove(name)
    assert not await container.get_blob_client(name).exists()
