"""How many webhooks a second the app takes, against a bare handler in the same host with the same storage."""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from uuid import uuid4

import uvloop
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from local import storage
from local.settings import app_settings
from tests.bench import load
from tests.bench.report import Line, Outcome, Sheet
from tests.contract.running import azurite
from tests.host.running import ROOT, running_host, write_app
from tests.world import PROGRAMME, answers

_AT_ONCE = 8
_ROUNDS = 8
_REQUESTS = 200
_LEAST = 0.7
# What runs behind the request would take its share of the processor; it is measured nowhere here.
_SWITCHED_OFF = (
    "take_in_submission",
    "set_aside_submission",
    "work_mailbox",
    "note_failing_mailbox",
    "tick",
    "daily",
)


@dataclass
class _Side:
    """One of the two hosts, and what its rounds gave."""

    base: str
    process: int
    before: float | None = None
    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def row(self, name: str) -> tuple[str, ...]:
        cuts = quantiles(self.waits, n=100)
        return (name, f"{median(self.rates):.0f}", f"{cuts[49] * 1000:.1f}", f"{cuts[98] * 1000:.1f}")

    def processor(self) -> float | None:
        """Milliseconds of processor time that the host has used for each request, where the system tells."""
        now = _processor(self.process)
        return None if now is None or self.before is None else (now - self.before) * 1000 / len(self.waits)


def _processor(process: int) -> float | None:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure() -> Outcome:
    with tempfile.TemporaryDirectory() as name, azurite() as emulator:
        folder = Path(name)
        storage.create_all(emulator.connection)
        with ContainerClient.from_connection_string(emulator.connection, "bare") as container:
            container.create_container()
        with QueueClient.from_connection_string(emulator.connection, "bare") as queue:
            queue.create_queue()
        host_json = json.loads((ROOT / "host.json").read_text())
        write_app(folder / "ours", (ROOT / "function_app.py").read_text(), host_json)
        write_app(folder / "bare", (Path(__file__).parent / "bare" / "function_app.py").read_text(), host_json)
        off = {f"AzureWebJobs.{function}.Disabled": "true" for function in _SWITCHED_OFF}
        settings = {**app_settings(emulator.ports), **off}
        with (
            running_host(folder / "ours", storage=emulator.connection, environment=settings) as ours,
            running_host(folder / "bare", storage=emulator.connection) as bare,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            sides = (_Side(ours.base, ours.process.pid), _Side(bare.base, bare.process.pid))
            for side in sides:
                runner.run(load.send(side.base, _requests(100), _AT_ONCE))
                side.before = _processor(side.process)
            for number in range(_ROUNDS):
                for side in sides if number % 2 else sides[::-1]:
                    prepared = _requests(_REQUESTS)
                    sent = runner.run(load.send(side.base, prepared, _AT_ONCE))
                    assert set(sent.statuses) == {200}
                    side.rates.append(len(prepared) / sent.seconds)
                    side.waits += sent.waits
            return _outcome(*sides)


def _outcome(ours: _Side, bare: _Side) -> Outcome:
    rates = median(ours.rates), median(bare.rates)
    processor, least = ours.processor(), bare.processor()
    used = []
    if processor and least:
        used.append(Line("processor time of the host for one webhook / bare handler", "ms", processor, least))
    return Outcome(
        lines=[
            Line(
                f"webhooks a second, {_AT_ONCE} at once / bare handler",
                "/s",
                *rates,
                f"at least {_LEAST}",
                rates[0] / rates[1] >= _LEAST,
            ),
            *used,
        ],
        sheets=[
            Sheet(
                "Webhook: medians of the rounds",
                ("handler", "requests/s", "p50 ms", "p99 ms"),
                [ours.row("ours"), bare.row("bare")],
            )
        ],
        note=(
            f"{_ROUNDS} rounds of {_REQUESTS} new signed bodies for each side in turn, on one emulator. Switched off "
            f"in the app: {', '.join(_SWITCHED_OFF)}. The bare handler checks no signature, and uploads without "
            "metadata and without the tag that the app's sweep looks for."
        ),
        more={"ours": ours.rates, "bare": bare.rates},
    )


def _requests(count: int) -> list[bytes]:
    """Signed requests, no two alike."""
    forms = ({"form_id": PROGRAMME, "response_id": uuid4().hex, "answers": answers()} for _ in range(count))
    return [load.request(json.dumps(form).encode()) for form in forms]
