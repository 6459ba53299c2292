"""Azurite in memory as a process of its own."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from local.settings import Ports, connection_string

_AZURITE = Path(__file__).parents[2] / "local" / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, all different."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in opened]


@dataclass(frozen=True)
class Azurite:
    """Where a running emulator listens."""

    ports: Ports

    @property
    def connection(self) -> str:
        return connection_string(self.ports)

    def behind(self, *, table: int = 0, blob: int = 0, queue: int = 0) -> str:
        """The connection string with some services reached through other ports."""
        at = self.ports
        return connection_string(replace(at, table=table or at.table, blob=blob or at.blob, queue=queue or at.queue))


@contextlib.contextmanager
def azurite(environment: Mapping[str, str] | None = None) -> Iterator[Azurite]:
    """An emulator that forgets everything when it stops."""
    blob, queue, table = free_ports(3)
    command = [
        "node",
        str(_AZURITE),
        "--inMemoryPersistence",
        "--silent",
        "--disableTelemetry",
        "--skipApiVersionCheck",
    ]
    for name, port in (("blob", blob), ("queue", queue), ("table", table)):
        command += [f"--{name}Host", "127.0.0.1", f"--{name}Port", str(port)]
    env = {**os.environ, **(environment or {})}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env) as process:
        try:
            _wait(lambda: all(_listens(port) for port in (blob, queue, table)))
            yield Azurite(Ports(0, 0, 0, 0, 0, blob, queue, table))
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(ready: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not ready():
        assert time.monotonic() < until, "the emulator does not answer"
        time.sleep(0.05)
