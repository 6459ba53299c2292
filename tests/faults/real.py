"""The journey's place made of real parts: an Azurite account and a mailbox of the Graph stand-in for each run."""

import base64
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobLeaseClient, BlobServiceClient
from azure.storage.queue import QueueMessage, QueueServiceClient
from icalendar import Calendar
from pydantic import HttpUrl, SecretStr

from local import storage
from local.settings import Ports
from shared.composition import azure
from shared.composition.outside import Outside
from shared.composition.root import App
from shared.ports import Cell, Found, Table
from shared.services.base.tokens import Tokens
from shared.settings import Storage
from shared.stores.names import ContainerName, QueueName, TableName
from tests.contract.running import Azurite
from tests.faults.place import Facts, Hint
from tests.faults.seams import Seams
from tests.graph.stand_in import TOKEN, Inbox, StandIn
from tests.world import PROGRAMME, World

_KEY = base64.b64encode(b"an account of one test run alone").decode()
_TAKEN_SECONDS = 3600


def account_names(count: int) -> list[str]:
    return [f"journey{number}" for number in range(count)]


def accounts_for_azurite(names: list[str]) -> dict[str, str]:
    """The environment in which Azurite knows these accounts."""
    return {"AZURITE_ACCOUNTS": ";".join(f"{name}:{_KEY}" for name in names)}


def _connection(at: Ports, account: str) -> str:
    services = (("Blob", at.blob), ("Queue", at.queue), ("Table", at.table))
    endpoints = "".join(f"{name}Endpoint=http://127.0.0.1:{port}/{account};" for name, port in services)
    return f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={_KEY};{endpoints}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs beside the tests."""

    azurite: Azurite
    graph: StandIn
    inbox: Inbox


class OnRealParts:
    """See ``Place``. What people and the host do goes over connections of its own, on which nothing fails."""

    def __init__(self, world: World, parts: Parts, account: str, *, through: Ports | None = None) -> None:
        """``through``: where the app finds storage, if not where it is."""
        self._world = world
        self._parts = parts
        self._connection = _connection(parts.azurite.ports, account)
        self._mailbox = f"{account}@example.org"
        storage.create_all(self._connection)
        self.settings = world.settings.model_copy(
            update={
                "storage": Storage.model_validate(
                    {"AzureWebJobsStorage": _connection(through or parts.azurite.ports, account)}
                ),
                "graph_base_url": HttpUrl(f"{parts.graph.origin}/v1.0"),
                "graph_static_token": SecretStr(TOKEN),
                "mailbox": self._mailbox,
            }
        )
        self.tokens = Tokens(key=self.settings.token_key.get_secret_value(), base_url=self.settings.base_url)
        self._tables = TableServiceClient.from_connection_string(self._connection)
        self._blobs = BlobServiceClient.from_connection_string(self._connection)
        self.queues = QueueServiceClient.from_connection_string(self._connection)
        self._taken: tuple[str, QueueMessage] | None = None

    def close(self) -> None:
        for client in (self._tables, self._blobs, self.queues):
            client.close()

    def outside(self, seams: Seams) -> Outside:
        del seams  # they are on the wire
        outside = azure.outside_in_azure(self.settings, self._world.clock)
        return Outside(**{name: getattr(outside, name) for name in Outside.__slots__} | {"files": self._world.files})

    def plain_table(self, name: TableName) -> Table:
        return _Read(self._tables, name)  # type: ignore[return-value]

    async def type_in(self, table: TableName, key: str, columns: Mapping[str, Cell]) -> None:
        client = self._tables.get_table_client(table.value)
        client.upsert_entity({"PartitionKey": PROGRAMME, "RowKey": key, **columns})

    async def take_hint(self) -> Hint | None:
        for name in QueueName:
            queue = self.queues.get_queue_client(name.value)
            for message in queue.receive_messages(max_messages=1, visibility_timeout=_TAKEN_SECONDS):
                self._taken = (name.value, message)
                work = _work(name, base64.b64decode(message.content).decode())
                return Hint(work, event=name is QueueName.SUBMISSIONS)
        return None

    async def give_back(self) -> None:
        name, message = self._held()
        self.queues.get_queue_client(name).update_message(message, visibility_timeout=0)

    async def finish(self) -> None:
        name, message = self._held()
        self.queues.get_queue_client(name).delete_message(message)

    def _held(self) -> tuple[str, QueueMessage]:
        assert self._taken is not None
        return self._taken

    async def bodies_waiting(self) -> bool:
        found = self._blobs.get_container_client(ContainerName.SUBMISSIONS.value).find_blobs_by_tags(
            "\"Intake\"='waiting'"
        )
        return bool(list(found))

    async def told(self) -> Facts:
        self._delivered()
        held = self._parts.graph.held(self._mailbox)
        kept = [one for one in held["messages"] if one["folder"] in {"Sent Items", "Drafts"}]
        mails = [f"{_first(one)}: {one['subject']}" for one in kept if not one["isDraft"]]
        drafts = [one["subject"] for one in kept if one["isDraft"]]
        return {"mails": sorted(mails), "invites": sorted(self._invites()), "drafts": sorted(drafts)}

    def _invites(self) -> list[str]:
        """Invitations as each receiver's calendar finds them in the inbox."""
        found = []
        for mail in self._parts.inbox.mails():
            if self._mailbox not in str(mail["From"]):
                continue
            for part in mail.walk():
                if part.get_content_type() == "text/calendar":
                    calendar = Calendar.from_ical(part.get_content())
                    event = calendar.walk("VEVENT")[0]
                    to = str(mail["To"])
                    found.append(f"{to}: {calendar['METHOD']} {event['SUMMARY']} {event.decoded('DTSTART')}")
        return found

    def _delivered(self) -> None:
        until = time.monotonic() + 10
        while any(self._parts.graph.control("GET", "state")["waiting"].values()) and time.monotonic() < until:
            time.sleep(0.05)

    async def after_a_crash(self) -> None:
        container = self._blobs.get_container_client(ContainerName.LOCKS.value)
        for blob in container.list_blobs():
            with contextlib.suppress(HttpResponseError, ResourceNotFoundError):
                BlobLeaseClient(container.get_blob_client(blob.name)).break_lease(0)


class _Read:
    """A table as the portal reads it."""

    def __init__(self, tables: TableServiceClient, name: TableName) -> None:
        self._client = tables.get_table_client(name.value)

    async def query(self, partition: str | None = None, **_: Any) -> AsyncIterator[Found]:
        for row in self._client.list_entities():
            if partition is None or row["PartitionKey"] == partition:
                yield Found(dict(row), "")


def _first(message: Mapping[str, Any]) -> str:
    return str(message["toRecipients"][0]["emailAddress"]["address"])


def _work(queue: QueueName, text: str) -> Callable[[App], Awaitable[None]]:
    async def work(app: App) -> None:
        if queue is QueueName.MAILBOXES:
            await app.mailbox_worker.drain(text)
            return
        if queue is QueueName.PAIRS:
            await app.pairs_work.work_off(text)
            return
        source, programme, content = text.split(" ")
        await app.intake.take_in(programme=programme, source=source, content=content)

    return work


@contextlib.contextmanager
def parts(folder: Path, azurite: Azurite, inbox: Inbox) -> Iterator[Parts]:
    """The stand-in beside the emulator and the inbox that run already."""
    graph = StandIn(state=folder / "graph", smtp_port=inbox.smtp_port, arguments=("--send-delay", "0.02")).start()
    try:
        yield Parts(azurite, graph, inbox)
    finally:
        graph.stop()
