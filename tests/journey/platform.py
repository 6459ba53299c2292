"""Starts the local platform in a subprocess on free ports, and plays form provider, manager, clock and reader."""

import email
import email.policy
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from azure.data.tables import TableClient
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient
from bs4 import BeautifulSoup
from standardwebhooks import Webhook

from local.settings import connection_string, ports

ROOT = Path(__file__).resolve().parents[2]
PROGRAMME = "llr-rmi-2026-c7"
STANDARD_SECRET = "whsec_bG9jYWwtd2ViaG9vay1zZWNyZXQtMzItYnl0ZXMhISE="
MSFORMS_SECRET = "local-msforms-secret-0123456789abcdef"
_PORTS = (
    "HOST_PORT",
    "CONSOLE_PORT",
    "GRAPH_PORT",
    "INBOX_PORT",
    "SMTP_PORT",
    "AZURITE_BLOB_PORT",
    "AZURITE_QUEUE_PORT",
    "AZURITE_TABLE_PORT",
)
_PATIENCE = 40.0


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@dataclass(frozen=True)
class Mail:
    """One mail as its receiver finds it."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    calendar: str
    source: str

    def link(self, purpose: str) -> str:
        """The address of the first link of a purpose: ``decisions``, ``me`` or ``checkins``."""
        found = re.search(rf"http://[^\s\"'<>]+/{purpose}/[A-Za-z0-9_-]{{43}}", self.html)
        assert found, f"no {purpose} link in the mail '{self.subject}'"
        return found.group()


class Platform:
    """A running platform."""

    def __init__(self, folder: Path, app: Path = ROOT, **environment: str) -> None:
        numbers = free_ports(len(_PORTS))
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AzureWebJobs", "MAILBOX"))},
            **{name: str(number) for name, number in zip(_PORTS, numbers, strict=True)},
            "LOCAL_DIR": str(folder),
            **environment,
        }
        self.ports = ports(self.environment)
        self.folder = folder
        self.app = app
        self.process: subprocess.Popen[str] | None = None
        self.printed = ""
        self._read: dict[str, Mail] = {}
        self._http = httpx.Client(timeout=20, trust_env=False)

    # -- running

    def start(self) -> "Platform":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "--app", str(self.app)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("Ready"):
                return self
        raise AssertionError(f"the platform did not start:\n{self.printed}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(40)

    def host_url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.ports.host}{path}"

    def loaded_by_host(self) -> set[Path]:
        """Every library in machine code that the process of the function app has loaded (Linux only)."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        host = next(pid for pid in children if b"local.host" in Path(f"/proc/{pid}/cmdline").read_bytes())
        lines = Path(f"/proc/{host}/maps").read_text().splitlines()
        return {Path(line.split(maxsplit=5)[5]) for line in lines if line.endswith(".so")}

    # -- the clock and the timers

    def set_clock(self, to: str) -> None:
        answer = self._http.put(f"http://127.0.0.1:{self.ports.console}/clock", json={"now": to})
        assert answer.status_code == 200, answer.text

    def fire(self, timer: str) -> None:
        answer = self._http.post(self.host_url(f"/admin/functions/{timer}"), json={"input": ""})
        assert answer.status_code == 202

    def tick_at(self, moment: str) -> None:
        """Move the clock, run a tick, and let everything that follows come to rest."""
        self.set_clock(moment)
        self.fire("tick")
        self.reconcile()

    # -- form providers

    def post(self, source: str, body: bytes, headers: Mapping[str, str], programme: str = PROGRAMME) -> httpx.Response:
        return self._http.post(
            self.host_url(f"/webhooks/{source}/{programme}"),
            content=body,
            headers={"content-type": "application/json", **headers},
        )

    def apply(self, answers: Mapping[str, Any], *, response_id: str, submitted_at: str | None = None) -> httpx.Response:
        """Deliver a signed submission of the standard source."""
        payload = {"form_id": PROGRAMME, "response_id": response_id, "answers": dict(answers)}
        if submitted_at:
            payload["submitted_at"] = submitted_at
        body = json.dumps(payload).encode()
        return self.post("standard", body, signed(body, message_id=f"msg_{response_id}"))

    # -- what people see

    def mails(self) -> list[Mail]:
        """Every mail in the inbox, oldest first."""
        base = f"http://127.0.0.1:{self.ports.inbox}/api/email"
        ids: list[str] = []
        while True:  # newest first, 200 at a time
            page = self._http.get(f"{base}/summary", params={"limit": 200, "skip": len(ids)}).json()
            ids += [item["id"] for item in page["items"]]
            if not page["items"] or len(ids) >= page["total"]:
                break
        ids.reverse()
        for id_ in ids:
            if id_ not in self._read:
                self._read[id_] = _mail(self._http.get(f"{base}/{id_}/source").text)
        return [self._read[id_] for id_ in ids]

    def mails_to(self, address: str, containing: str = "") -> list[Mail]:
        return [m for m in self.mails() if address in m.to and containing.lower() in m.subject.lower()]

    def wait_for_mail(self, address: str, containing: str, *, count: int = 1) -> Mail:
        """The newest such mail, once there are that many."""
        wait_until(
            lambda: len(self.mails_to(address, containing)) >= count,
            lambda: f"no mail '{containing}' to {address}: {[(m.to, m.subject) for m in self.mails()]}",
        )
        return self.mails_to(address, containing)[-1]

    def get(self, url: str) -> BeautifulSoup:
        answer = self._http.get(url)
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return BeautifulSoup(answer.text, "html.parser")

    def submit_form(self, url: str, **fields: str) -> BeautifulSoup:
        """Fill in the page's form as a browser would, its hidden fields included."""
        page = self.get(url)
        hidden = {
            str(field["name"]): str(field.get("value", "")) for field in page.select("form input[type=hidden][name]")
        }
        answer = self._http.post(url, data={**hidden, **fields})
        assert answer.status_code == 200, (answer.status_code, answer.text[:300])
        return BeautifulSoup(answer.text, "html.parser")

    # -- what administrators see

    def rows(self, table: str) -> list[dict[str, Any]]:
        with self.table(table) as client:
            return [dict(row) for row in client.list_entities()]

    def row(self, table: str, **columns: object) -> dict[str, Any]:
        found = [row for row in self.rows(table) if all(row.get(n) == v for n, v in columns.items())]
        assert len(found) == 1, f"{len(found)} rows of {table} with {columns}: {found}"
        return found[0]

    def table(self, name: str) -> TableClient:
        return TableClient.from_connection_string(connection_string(self.ports), name)

    def type_in(self, table: str, row: Mapping[str, Any]) -> None:
        """Add or change a row as the portal does."""
        with self.table(table) as client:
            client.upsert_entity(dict(row))

    def command(self, key: str, command: str, reference: str) -> dict[str, Any]:
        self.type_in("Commands", {"PartitionKey": PROGRAMME, "RowKey": key, "Command": command, "Reference": reference})
        self.fire("tick")
        wait_until(lambda: "Status" in self.row("Commands", RowKey=key), lambda: f"command {key} was not carried out")
        self.reconcile()
        return self.row("Commands", RowKey=key)

    def bodies(self) -> list[str]:
        with ContainerClient.from_connection_string(connection_string(self.ports), "submissions") as container:
            return [blob.name for blob in container.list_blobs()]

    # -- coming to rest

    def reconcile(self) -> None:
        """Wait until no queue holds work that is visible and no mail is under way."""
        calm = 0

        def at_rest() -> bool:
            nonlocal calm
            busy = self._queued("submissions") or self._queued("mailboxes") or self._under_way()
            calm = 0 if busy else calm + 1
            return calm >= 4

        wait_until(at_rest, lambda: f"no rest: {self._under_way()}", every=0.25)

    def _queued(self, queue: str) -> bool:
        with QueueClient.from_connection_string(connection_string(self.ports), queue) as client:
            return bool(client.peek_messages())

    def _under_way(self) -> list[str]:
        now = datetime.fromisoformat(self._http.get(f"http://127.0.0.1:{self.ports.console}/clock").json()["now"])
        waiting = {"Queued", "Preparing", "Draft made"}
        return [
            row["RowKey"] for row in self.rows("Messages") if row["Status"] in waiting and row.get("DueAt", now) <= now
        ]


def signed(
    body: bytes, *, message_id: str, secret: str = STANDARD_SECRET, at: datetime | None = None
) -> dict[str, str]:
    """The headers of Standard Webhooks, made by the scheme's own library."""
    moment = at or datetime.now(UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def wait_until(
    ready: Callable[[], bool], otherwise: Callable[[], str], *, seconds: float = _PATIENCE, every: float = 0.1
) -> None:
    """Wait until something is true; fail with words if it never is."""
    until = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < until, otherwise()
        time.sleep(every)


def _mail(source: str) -> Mail:
    message = email.message_from_string(source, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = {"text/plain": "", "text/html": "", "text/calendar": ""}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in parts:
            parts[kind] = str(part.get_content())
    to = tuple(address.addr_spec for address in message["to"].addresses)
    return Mail(to, str(message["subject"]), parts["text/plain"], parts["text/html"], parts["text/calendar"], source)


@contextmanager
def running(folder: Path, app: Path = ROOT, **environment: str) -> Iterator[Platform]:
    """A platform for the length of a test; stopped, and proved stopped, at the end."""
    platform = Platform(folder, app, **environment)
    try:
        yield platform.start()
    finally:
        if platform.process is not None and platform.process.poll() is None:
            platform.stop()


def hidden_path(url: str) -> str:
    """The path of a link."""
    return urlsplit(url).path
