"""Storage whose answers get lost: whatever the caller is told, doing it again must be right."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from azure.core.pipeline.transport import AsyncHttpTransport

from shared.adapters.bodies import BodyContainer
from shared.adapters.locks import BlobLocks
from shared.adapters.storage import StorageAccount
from shared.adapters.wakeups import QueueWakeups
from shared.errors import TemporaryFailure
from shared.ports import Body, Row, Table
from shared.stores.names import ContainerName, QueueName, TableName
from tests.contract.conftest import opened_account
from tests.contract.faulty_line import AFTER, FaultyLine, Trouble
from tests.contract.running import Azurite

NOW = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
BUSY = {Trouble.BUSY_AFTER, Trouble.BUSY_BEFORE}
# Long enough for every retry of a call, short enough for a form provider.
PATIENCE = 10.0


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the SDK would have waited between tries; it waits no time at all."""
    noted: list[float] = []

    async def sleep(_: object, duration: float) -> None:
        noted.append(duration)

    monkeypatch.setattr(AsyncHttpTransport, "sleep", sleep)
    return noted


@asynccontextmanager
async def tables_behind(emulator: Azurite) -> AsyncIterator[tuple[FaultyLine, Table]]:
    async with FaultyLine(emulator.ports.table) as line:
        account = await opened_account(emulator.behind(table=line.port))
        try:
            yield line, account.table(TableName.RESPONSES)
        finally:
            await account.close()


@asynccontextmanager
async def account_behind(emulator: Azurite, service: str) -> AsyncIterator[tuple[FaultyLine, StorageAccount]]:
    async with FaultyLine(getattr(emulator.ports, service)) as line:
        account = await opened_account(emulator.behind(**{service: line.port}))
        try:
            yield line, account
        finally:
            await account.close()


def row(partition: str, name: str) -> Row:
    return {"PartitionKey": partition, "RowKey": "k", "Name": name}


async def name_in(table: Table, partition: str) -> object:
    found = await table.get(partition, "k")
    return found and found.row["Name"]


async def told[T](call: Callable[[], Awaitable[T]]) -> T | TemporaryFailure:
    """What the caller hears: an answer or that it may try again, and nothing else."""
    try:
        return await call()
    except TemporaryFailure as exc:
        return exc


@pytest.mark.parametrize("trouble", Trouble)
async def test_insert(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        line.next("POST", trouble)

        answer = await told(lambda: table.insert(row(partition, "mine")))

        assert line.seen[0].trouble is trouble
        if trouble in BUSY:
            assert answer is True
        assert answer is True or isinstance(answer, TemporaryFailure)
        landed = await name_in(table, partition)
        assert landed == ("mine" if trouble in AFTER or answer is True else None)
        if isinstance(answer, TemporaryFailure):
            assert await table.insert(row(partition, "mine")) is (landed is None)
        assert await name_in(table, partition) == "mine"


@pytest.mark.parametrize("trouble", Trouble)
async def test_insert_where_somebody_else_was_first(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        await table.insert(row(partition, "theirs"))
        line.next("POST", trouble)

        answer = await told(lambda: table.insert(row(partition, "mine")))

        assert answer is False or (isinstance(answer, TemporaryFailure) and trouble not in BUSY)
        assert await name_in(table, partition) == "theirs"


@pytest.mark.parametrize("trouble", Trouble)
async def test_replace(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        etag = await table.put(row(partition, "first"))
        line.next("PUT", trouble)

        answer = await told(lambda: table.replace(row(partition, "second"), etag))

        assert any(seen.trouble is trouble for seen in line.seen)
        assert isinstance(answer, str)
        assert await name_in(table, partition) == "second"
        assert await table.replace(row(partition, "third"), answer) is not None


@pytest.mark.parametrize("trouble", Trouble)
async def test_replace_of_what_somebody_else_changed(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        stale = await table.put(row(partition, "first"))
        await table.put(row(partition, "theirs"))
        line.next("PUT", trouble)

        assert await told(lambda: table.replace(row(partition, "mine"), stale)) is None
        assert await name_in(table, partition) == "theirs"


@pytest.mark.parametrize("trouble", Trouble)
async def test_put(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        line.next("PATCH", trouble)
        line.next("PUT", trouble)

        answer = await told(lambda: table.put(row(partition, "mine")))

        assert any(seen.trouble is trouble for seen in line.seen)
        if isinstance(answer, TemporaryFailure):
            assert trouble not in BUSY
            answer = await table.put(row(partition, "mine"))
        assert await name_in(table, partition) == "mine"
        assert await table.replace(row(partition, "next"), answer) is not None


@pytest.mark.parametrize("trouble", Trouble)
async def test_merge(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        await table.put({**row(partition, "first"), "Typed": "by hand"})
        line.next("PATCH", trouble)

        answer = await told(lambda: table.merge(row(partition, "second")))

        assert any(seen.trouble is trouble for seen in line.seen)
        if isinstance(answer, TemporaryFailure):
            assert trouble not in BUSY
            answer = await table.merge(row(partition, "second"))
        assert answer is True
        found = await table.get(partition, "k")
        assert found is not None
        assert (found.row["Name"], found.row["Typed"]) == ("second", "by hand")


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("trouble", Trouble)
async def test_delete(emulator: Azurite, trouble: Trouble, *, conditional: bool) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        etag = await table.put(row(partition, "first"))
        line.next("DELETE", trouble)

        answer = await told(lambda: table.delete(partition, "k", etag if conditional else None))

        # After a lost answer nobody can say whose delete it was; what counts is that the row is gone.
        assert isinstance(answer, bool)
        assert answer or trouble in AFTER
        assert await name_in(table, partition) is None


@pytest.mark.parametrize("trouble", Trouble)
async def test_reads_are_simply_repeated(emulator: Azurite, trouble: Trouble) -> None:
    partition = uuid4().hex
    async with tables_behind(emulator) as (line, table):
        await table.put(row(partition, "first"))

        line.next("GET", trouble)
        assert await name_in(table, partition) == "first"
        line.next("GET", trouble)
        assert [found.row["Name"] async for found in table.query(partition)] == ["first"]


@pytest.mark.parametrize("trouble", [Trouble.BUSY_BEFORE, Trouble.CUT_BEFORE])
async def test_tables_that_stay_away_are_given_up_in_time(
    emulator: Azurite, trouble: Trouble, waits: list[float]
) -> None:
    async with tables_behind(emulator) as (line, table):
        line.always(trouble)
        with pytest.raises(TemporaryFailure) as told_so:
            await table.get("secret-partition", "secret-key")

    assert sum(waits) < PATIENCE
    assert "secret" not in str(told_so.value)


def a_body() -> Body:
    data = uuid4().bytes
    return Body(hashlib.sha256(data).hexdigest(), "llr-rmi-2026-c7", "standard", NOW, data)


@pytest.mark.parametrize("trouble", Trouble)
async def test_keeping_a_body(emulator: Azurite, trouble: Trouble) -> None:
    body = a_body()
    async with account_behind(emulator, "blob") as (line, account):
        bodies = BodyContainer(account.container(ContainerName.SUBMISSIONS))
        line.next("PUT", trouble)

        answer = await told(lambda: bodies.keep(body))

        assert line.seen[0].trouble is trouble
        if isinstance(answer, TemporaryFailure):
            assert trouble not in BUSY
            await bodies.keep(body)
        assert await bodies.get(body.content) == body
        assert body.content in [content async for content in bodies.waiting()]


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_body_that_was_taken_in_or_removed(emulator: Azurite, trouble: Trouble) -> None:
    body = a_body()
    async with account_behind(emulator, "blob") as (line, account):
        bodies = BodyContainer(account.container(ContainerName.SUBMISSIONS))
        await bodies.keep(body)

        line.next("PUT", trouble)
        await bodies.taken_in(body.content)
        assert body.content not in [content async for content in bodies.waiting()]
        line.next("DELETE", trouble)
        await bodies.remove(body.content)
        assert await bodies.get(body.content) is None


@pytest.mark.parametrize("service", ["blob", "queue"])
@pytest.mark.parametrize("trouble", [Trouble.BUSY_BEFORE, Trouble.CUT_BEFORE])
async def test_a_webhook_hears_in_time_that_storage_is_away(
    emulator: Azurite, trouble: Trouble, service: str, waits: list[float]
) -> None:
    async with account_behind(emulator, service) as (line, account):
        line.always(trouble)
        bodies = BodyContainer(account.container(ContainerName.SUBMISSIONS))
        wakeups = QueueWakeups(*(account.queue(name) for name in QueueName))
        call = bodies.keep(a_body()) if service == "blob" else wakeups.submission("llr-rmi-2026-c7", "standard", "00")
        with pytest.raises(TemporaryFailure):
            await call

    assert sum(waits) < PATIENCE


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_queue_message_arrives_at_least_once(emulator: Azurite, trouble: Trouble) -> None:
    async with account_behind(emulator, "queue") as (line, account):
        queue = account.queue(QueueName.MAILBOXES)
        await queue.clear_messages()
        wakeups = QueueWakeups(account.queue(QueueName.SUBMISSIONS), queue, account.queue(QueueName.PAIRS))
        line.next("POST", trouble)

        answer = await told(lambda: wakeups.mailbox("lane"))

        assert any(seen.trouble is trouble for seen in line.seen)
        if isinstance(answer, TemporaryFailure):
            assert trouble not in BUSY
            await wakeups.mailbox("lane")
        messages = [message.content async for message in queue.receive_messages()]
        assert messages
        assert set(messages) == {"lane"}


@pytest.mark.parametrize("trouble", Trouble)
async def test_a_lease_whose_answer_was_lost_is_still_ours(emulator: Azurite, trouble: Trouble) -> None:
    """Otherwise nobody holds it until it runs out, and the queue stands still for half a minute."""
    async with account_behind(emulator, "blob") as (line, account):
        locks = BlobLocks(account.container(ContainerName.LOCKS))
        name = uuid4().hex
        async with locks.hold(name) as made:
            assert made.held

        line.next("PUT", trouble)
        async with locks.hold(name) as held:
            assert held.held


@pytest.mark.parametrize("trouble", [Trouble.BUSY_BEFORE, Trouble.CUT_BEFORE])
async def test_no_lease_can_be_had_while_storage_is_away(emulator: Azurite, trouble: Trouble) -> None:
    async with account_behind(emulator, "blob") as (line, account):
        line.always(trouble)
        with pytest.raises(TemporaryFailure):
            async with BlobLocks(account.container(ContainerName.LOCKS)).hold(uuid4().hex):
                pass


async def test_storage_that_is_not_there_at_all_is_a_temporary_failure(emulator: Azurite) -> None:
    async with FaultyLine(emulator.ports.table) as line:
        nowhere = line.port
    gone = Azurite(replace(emulator.ports, table=nowhere, blob=nowhere, queue=nowhere))
    account = await opened_account(gone.connection)
    bodies = BodyContainer(account.container(ContainerName.SUBMISSIONS))
    wakeups = QueueWakeups(*(account.queue(name) for name in QueueName))
    try:
        answers = await asyncio.gather(
            told(lambda: account.table(TableName.RESPONSES).get("p", "k")),
            told(lambda: bodies.keep(a_body())),
            told(lambda: wakeups.mailbox("lane")),
        )
    finally:
        await account.close()

    assert [type(answer) for answer in answers] == [TemporaryFailure] * 3
