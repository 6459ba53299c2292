"""One emulator, one Graph stand-in and one event loop for all contract tests; a fresh table for each."""

import asyncio
from collections.abc import Iterator
from typing import cast
from uuid import uuid4

import pytest

from local import storage as local_storage
from local.memory.tables import MemoryTable
from shared.adapters.graph import GraphConnection, StaticToken
from shared.adapters.storage import StorageAccount
from shared.adapters.table import AzureTable
from shared.ports import Table
from shared.settings import Storage
from tests.contract.running import Azurite, azurite
from tests.graph.stand_in import MAILBOX, SEND_DELAY, TOKEN, Inbox, StandIn, eventually, run_inbox


@pytest.fixture(scope="session", autouse=True)
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture(scope="session")
def emulator() -> Iterator[Azurite]:
    with azurite() as running:
        local_storage.create_all(running.connection)
        yield running


@pytest.fixture(scope="session")
def account(emulator: Azurite, runner: asyncio.Runner) -> Iterator[StorageAccount]:
    """The storage account as the app opens it."""
    opened = runner.run(opened_account(emulator.connection))
    yield opened
    runner.run(opened.close())


async def opened_account(connection: str) -> StorageAccount:
    """A storage account, opened inside the running loop."""
    return StorageAccount(Storage.model_validate({"AzureWebJobsStorage": connection}), lambda: None)


@pytest.fixture
def azure_table(account: StorageAccount, runner: asyncio.Runner) -> AzureTable:
    """An empty table on the emulator."""
    name = f"T{uuid4().hex}"

    async def make() -> None:
        await account._tables.create_table(name)

    runner.run(make())
    return AzureTable(account._tables.get_table_client(name))


@pytest.fixture(params=["memory", "azure"])
def table(request: pytest.FixtureRequest) -> Table:
    """An empty table: the stand-in of the unit tests, then the real adapter."""
    if request.param == "memory":
        return MemoryTable()
    return cast("Table", request.getfixturevalue("azure_table"))


@pytest.fixture(scope="session")
def shared_inbox() -> Iterator[Inbox]:
    with run_inbox() as inbox:
        yield inbox


@pytest.fixture(scope="session")
def shared_graph(shared_inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    stand_in = StandIn(
        state=tmp_path_factory.mktemp("graph") / "state",
        smtp_port=shared_inbox.smtp_port,
        arguments=("--send-delay", str(SEND_DELAY), "--mailboxes", MAILBOX),
    ).start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def graph(shared_graph: StandIn) -> StandIn:
    """The stand-in, emptied."""
    eventually(lambda: not any(shared_graph.control("GET", "state")["waiting"].values()))
    shared_graph.control("POST", "reset")
    return shared_graph


@pytest.fixture
def inbox(shared_inbox: Inbox, graph: StandIn) -> Inbox:
    """What people receive, emptied."""
    shared_inbox.clear()
    return shared_inbox


@pytest.fixture(scope="session")
def connection(shared_graph: StandIn, runner: asyncio.Runner) -> Iterator[GraphConnection]:
    """The app's own way to Graph."""
    opened = GraphConnection(f"{shared_graph.origin}/v1.0", lambda: StaticToken(TOKEN))
    yield opened
    if opened._open is not None:
        runner.run(closed(opened))


async def closed(connection: GraphConnection) -> None:
    """Close a connection to Graph."""
    await connection.connected().adapter._http_client.aclose()
