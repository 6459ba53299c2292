"""Ten thousand webhooks, some of them twice and some broken, through the host: who is there at the end?"""

import asyncio
import json
import random
import tempfile
import time
from pathlib import Path

from azure.data.tables import TableServiceClient
from azure.storage.blob import ContainerClient

from local import storage
from local.settings import app_settings
from shared.stores.names import ContainerName, TableName
from tests.bench import load
from tests.bench.report import Line, Outcome, say
from tests.contract.running import azurite
from tests.host.running import ROOT, running_host, write_app
from tests.world import PROGRAMME, answers

_WEBHOOKS = 10_000
_TWICE = 0.20
_BROKEN = 0.05
_AT_ONCE = 8
_EARLY = 200
_PATIENCE_SECONDS = 1_800
# The mailbox worker has nobody to write to here; the mails stay owed.
_SWITCHED_OFF = ("work_mailbox", "note_failing_mailbox", "tick", "daily")


def measure() -> Outcome:
    chance = random.Random(7)  # noqa: S311 -- the same flood every time
    bodies = _bodies(chance)
    broken = round(_WEBHOOKS * _BROKEN)
    distinct = len(set(bodies))
    valid = distinct - broken
    requests = [load.request(body) for body in bodies]
    with tempfile.TemporaryDirectory() as name, azurite() as emulator:
        folder = Path(name) / "ours"
        storage.create_all(emulator.connection)
        write_app(folder, (ROOT / "function_app.py").read_text(), json.loads((ROOT / "host.json").read_text()))
        off = {f"AzureWebJobs.{function}.Disabled": "true" for function in _SWITCHED_OFF}
        settings = {**app_settings(emulator.ports), **off}
        with running_host(folder, storage=emulator.connection, environment=settings) as host:
            early = asyncio.run(load.send(host.base, requests[:_EARLY], _AT_ONCE))
            first = load.resident(host.process.pid)
            begun = time.monotonic()
            rest = asyncio.run(load.send(host.base, requests[_EARLY:], _AT_ONCE))
            while _rows(emulator.connection, TableName.SUBMISSIONS) < distinct:
                if time.monotonic() - begun > _PATIENCE_SECONDS:
                    say("flood: not everything was taken in in time")
                    break
                time.sleep(5)
            took = time.monotonic() - begun
            last = load.resident(host.process.pid)
        taken = _rows(emulator.connection, TableName.SUBMISSIONS)
        parked = _rows(emulator.connection, TableName.SUBMISSIONS, "Status eq 'Parked'")
        people = _rows(emulator.connection, TableName.APPLICATIONS)
        with ContainerClient.from_connection_string(emulator.connection, ContainerName.SUBMISSIONS.value) as blobs:
            kept = sum(1 for _ in blobs.list_blob_names())
    answered = (early.statuses + rest.statuses).count(200)
    return Outcome(
        lines=[
            Line("webhooks answered 200 / sent", "", answered, len(bodies), "1.00", answered == len(bodies)),
            Line("bodies kept / different bodies sent", "", kept, distinct, "1.00", kept == distinct),
            Line("bodies taken in / different bodies sent", "", taken, distinct, "1.00", taken == distinct),
            Line("applications / different valid bodies", "", people, valid, "1.00", people == valid),
            Line("parked / broken bodies sent", "", parked, broken, "1.00", parked == broken),
            Line("memory of the host, last / first", "MB", last, first),
        ],
        note=(
            f"{_WEBHOOKS} webhooks, {_TWICE:.0%} of them repeats and {_BROKEN:.0%} broken, {_AT_ONCE} at once: "
            f"answered in {rest.seconds:.0f} s, all taken in after {took:.0f} s. First memory: after {_EARLY} webhooks."
        ),
    )


def _bodies(chance: random.Random) -> list[bytes]:
    repeats, broken = round(_WEBHOOKS * _TWICE), round(_WEBHOOKS * _BROKEN)
    whole = [
        json.dumps(
            {
                "form_id": PROGRAMME,
                "response_id": str(number),
                "answers": answers(
                    email=f"person{number}@example.nhs.uk", manager_email=f"m{number % 400}@example.nhs.uk"
                ),
            }
        ).encode()
        for number in range(_WEBHOOKS - repeats - broken)
    ]
    bodies = [*whole, *(f"{{broken {number}".encode() for number in range(broken)), *chance.choices(whole, k=repeats)]
    chance.shuffle(bodies)
    return bodies


def _rows(connection: str, table: TableName, where: str | None = None) -> int:
    with TableServiceClient.from_connection_string(connection) as service:
        client = service.get_table_client(table.value)
        if where:
            return sum(1 for _ in client.query_entities(where, select=["RowKey"]))
        return sum(1 for _ in client.list_entities(select=["RowKey"]))
