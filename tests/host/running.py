"""Starts the real host and the real storage emulator as processes, on free ports."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
AZURITE = ROOT / "local" / "node_modules" / ".bin" / "azurite"
# The development account of the emulator, which is public.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
HOST_JSON: Mapping[str, Any] = {
    "version": "2.0",
    "extensions": {
        "http": {"routePrefix": ""},
        "queues": {
            "batchSize": 4,
            "newBatchThreshold": 2,
            "maxDequeueCount": 3,
            "visibilityTimeout": "00:00:00",
            "maxPollingInterval": "00:00:00.300",
        },
    },
}


def eventually[T](look: Callable[[], T], *, within: float = 10.0) -> T:
    """Look until there is something to see."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            return found
        time.sleep(0.03)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in opened]


@contextlib.contextmanager
def azurite() -> Iterator[str]:
    """The emulator in memory; returns its connection string."""
    blob, queue, table = free_ports(3)
    arguments = ["--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    for name, port in (("blob", blob), ("queue", queue), ("table", table)):
        arguments += [f"--{name}Host", "127.0.0.1", f"--{name}Port", str(port)]
    with subprocess.Popen([AZURITE, *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            assert eventually(lambda: all(_is_open(port) for port in (blob, queue, table)), within=30)
            yield (
                f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={ACCOUNT_KEY};"
                f"BlobEndpoint=http://127.0.0.1:{blob}/{ACCOUNT};QueueEndpoint=http://127.0.0.1:{queue}/{ACCOUNT};"
                f"TableEndpoint=http://127.0.0.1:{table}/{ACCOUNT}"
            )
        finally:
            process.terminate()


@dataclass
class RunningHost:
    """A host process with its app's folder."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    environment: Mapping[str, str]
    base: str = ""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=15))

    def log(self) -> str:
        return (self.folder / "host.log").read_text()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, self.base + path, **options)

    def seen(self, function: str) -> list[dict[str, Any]]:
        """What the app's functions have noted down, as one list for each."""
        path = self.folder / "seen.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [entry for entry in entries if entry["function"] == function]

    def queue_name(self, name: str) -> str:
        return f"{self.environment['PREFIX']}-{name}"

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(timeout=20)
        self.client.close()
        return code


def write_app(folder: Path, code: str, host_json: Mapping[str, Any] = HOST_JSON) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "function_app.py").write_text(code)
    (folder / "host.json").write_text(json.dumps(host_json))


def launch(
    folder: Path,
    *,
    storage: str = "",
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> RunningHost:
    """Start the host; it takes a free port itself."""
    full_environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "AzureWebJobsStorage": storage,
        "PREFIX": folder.name.lower().replace("_", "-"),
        **(environment or {}),
    }
    with (folder / "host.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.host", str(folder), "--port", "0", *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=full_environment,
        )
    return RunningHost(folder, process, full_environment)


@contextlib.contextmanager
def running_host(
    folder: Path,
    *,
    storage: str = "",
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningHost]:
    """A host that answers, stopped at the end."""
    lines_before = len(_log_lines(folder))
    host = launch(folder, storage=storage, arguments=arguments, environment=environment)
    try:

        def address() -> str:
            assert host.process.poll() is None, host.log()
            found = [line for line in _log_lines(folder)[lines_before:] if "Listening on " in line]
            return found[0].split("Listening on ", 1)[1] if found else ""

        host.base = eventually(address, within=20)
        assert host.base, host.log()
        yield host
    finally:
        host.stop()


def _log_lines(folder: Path) -> list[str]:
    path = folder / "host.log"
    return path.read_text().splitlines() if path.exists() else []


def _is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
