"""Starts the stand-in and the inbox as processes, and reads what reached the inbox."""

import email
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import httpx
from icalendar import Calendar

ROOT = Path(__file__).parents[2]
MAILDEV = ROOT / "local" / "node_modules" / ".bin" / "maildev"
MAILBOX = "mentoring@example.org"
DENIED = "director@example.org"
TOKEN = "local-graph-token"
GUID = "{7c8a5b1e-2d3f-4a6b-9c0d-1e2f3a4b5c6d}"
KEY = f"String {GUID} Name MailKey"
SEND_DELAY = 0.15
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}

Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually[T](look: Callable[[], T | None], *, within: float = 8.0) -> T:
    """What `look` finds, as soon as it finds something; its last answer counts at the deadline."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found or time.monotonic() > deadline:
            assert found, "nothing happened in time"
            return found
        time.sleep(0.02)


def quiet(look: Callable[[], object], *, seconds: float) -> None:
    """Nothing is to be found, and nothing turns up for a while."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert not look()
        time.sleep(0.05)


class Inbox:
    """maildev, over its REST interface."""

    def __init__(self, smtp_port: int, web_port: int) -> None:
        self.smtp_port = smtp_port
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{web_port}/api", trust_env=False)

    def up(self) -> bool:
        try:
            return self._http.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def mails(self) -> list[EmailMessage]:
        """Oldest first, parsed from the source as it arrived."""
        mails = sorted(self._http.get("/email").json(), key=lambda mail: mail["time"])
        return [email.message_from_bytes(self._source(mail["id"]), policy=default) for mail in mails]

    def _source(self, mail_id: str) -> bytes:
        answer = self._http.get(f"/email/{mail_id}/source")
        assert answer.is_success, answer.text
        return answer.content

    def wait_for(self, count: int) -> list[EmailMessage]:
        return eventually(lambda: found if len(found := self.mails()) >= count else [])

    def clear(self) -> None:
        self._http.delete("/email/all")


@contextmanager
def run_inbox(smtp_port: int | None = None) -> Iterator[Inbox]:
    inbox = Inbox(smtp_port or free_port(), web_port := free_port())
    command = ["node", str(MAILDEV), "--smtp", str(inbox.smtp_port), "--web", str(web_port)]
    command += ["--ip", "127.0.0.1", "--web-ip", "127.0.0.1", "--silent"]
    # Without a directory of its own it shares one with every other maildev, and empties it for all of them.
    with (
        TemporaryDirectory() as directory,
        subprocess.Popen(
            [*command, "--mail-directory", directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process,
    ):
        try:
            eventually(inbox.up, within=20)
            yield inbox
        finally:
            # It takes its time over a SIGTERM, and has nothing to save.
            process.kill()


class StandIn:
    """The stand-in as a process, and a client that holds the token."""

    def __init__(self, *, state: Path, smtp_port: int, arguments: tuple[str, ...] = ()) -> None:
        self.port = free_port()
        self.state = state
        self._smtp_port = smtp_port
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log_file = state.parent / f"{state.name}.log"
        self.http = httpx.Client(
            base_url=self.origin, trust_env=False, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        )

    def start(self) -> "StandIn":
        command = [sys.executable, "-m", "local.graph", "--port", str(self.port), "--host", "127.0.0.1"]
        command += ["--smtp-port", str(self._smtp_port), "--state", str(self.state), *self._arguments]
        env = {name: value for name, value in os.environ.items() if name != "MAILBOX"}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        eventually(self._listens, within=15)
        return self

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """The exit status, and how long it took."""
        assert self._process is not None
        started = time.monotonic()
        self._process.send_signal(number)
        try:
            status = self._process.wait(10)
        finally:
            self._process.kill()
            self.http.close()
            self.http = httpx.Client(base_url=self.origin, trust_env=False, headers=dict(self.http.headers), timeout=10)
        return status, time.monotonic() - started

    def url(self, path: str = "", mailbox: str = MAILBOX) -> str:
        return f"/v1.0/users/{mailbox}{path}"

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expect: int,
        headers: dict[str, str] | None = None,
        mailbox: str = MAILBOX,
        params: dict[str, str] | None = None,
    ) -> Json:
        """One request below the mailbox, whose status has to be the expected one."""
        options = {f"${name}": value for name, value in (params or {}).items()} or None
        answer = self.http.request(method, self.url(path, mailbox), json=body, headers=headers, params=options)
        assert answer.status_code == expect, answer.text
        return cast("Json", answer.json()) if answer.content else {}

    def refused(self, method: str, path: str, body: object = None, *, status: int = 400, **more: Any) -> str:
        """The code of the error."""
        return str(self.call(method, path, body, expect=status, **more)["error"]["code"])

    def control(self, method: str, path: str, body: object = None) -> Json:
        answer = self.http.request(method, f"/_control/{path}", json=body)
        assert answer.is_success, answer.text
        return cast("Json", answer.json()) if answer.content else {}

    def draft(self, *, headers: dict[str, str] | None = None, **given: object) -> Json:
        return self.call("POST", "/messages", a_message(**given), expect=201, headers=headers or IMMUTABLE)

    def held(self, mailbox: str = MAILBOX) -> Json:
        return cast("Json", self.control("GET", "state")["mailboxes"][mailbox])

    def sent(self) -> list[Json]:
        return [one for one in self.held()["messages"] if one["folder"] == "Sent Items"]


def a_person(address: str, name: str = "") -> Json:
    return {"emailAddress": {"address": address, **({"name": name} if name else {})}}


def a_message(**given: object) -> Json:
    return {
        "subject": "Your training",
        "body": {"contentType": "html", "content": "<p>Hello <b>Priya</b></p>"},
        "toRecipients": [a_person("priya@example.com", "Priya Shah")],
        **given,
    }


def an_event(*attendees: str, **given: object) -> Json:
    return {
        "subject": "Mentor training",
        "body": {"contentType": "html", "content": "<p>Bring a pen.</p>"},
        "start": {"dateTime": "2027-03-29T09:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2027-03-29T12:00:00", "timeZone": "Europe/London"},
        "location": {"displayName": "Room 4"},
        "attendees": [{**a_person(address), "type": "required"} for address in attendees],
        **given,
    }


def by_key(value: str) -> str:
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{KEY}' and ep/value eq '{value}')"


def with_key(value: str) -> list[Json]:
    return [{"id": KEY, "value": value}]


def part(mail: EmailMessage, content_type: str) -> str:
    found = [one for one in mail.walk() if one.get_content_type() == content_type]
    assert len(found) == 1
    content = found[0].get_content()
    return content.decode() if isinstance(content, bytes) else str(content)


def invitation(mail: EmailMessage) -> tuple[str, Any]:
    """The method, and the VEVENT."""
    calendar = Calendar.from_ical(part(mail, "text/calendar"))
    method = str(calendar["METHOD"])
    header = next(one for one in mail.walk() if one.get_content_type() == "text/calendar")
    assert header.get_param("method") == method
    return method, calendar.events[0]
