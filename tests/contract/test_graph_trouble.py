"""What callers hear when Graph is busy, broken or refuses: our own errors, after exactly one request."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError

from shared.adapters import graph as adapter
from shared.adapters.graph import GraphCalendar, GraphConnection, GraphMailbox, StaticToken
from shared.adapters.graph_inbox import GraphInbox
from shared.domain.calendar_event import Attendee, EventContent
from shared.errors import AlreadyGone, PermanentFailure, ServiceError, TemporaryFailure
from shared.ports import Letter
from tests.contract.conftest import closed
from tests.graph.stand_in import MAILBOX, TOKEN, StandIn

# The SDK's own code calls what the SDK has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")

ADDRESS = "amara.okafor@example.nhs.uk"
SUBJECT = "A very private subject"
START = datetime(2026, 3, 26, 9, 30, tzinfo=UTC)
CONTENT = EventContent(SUBJECT, "<p>Secret</p>", "Room 1", START, START + timedelta(hours=3), "Europe/London")
PEOPLE = [Attendee("Amara Okafor", ADDRESS)]


def a_letter() -> Letter:
    return Letter(str(uuid4()), (ADDRESS,), SUBJECT, "<p>Secret</p>")


type Call = Callable[[GraphConnection], Awaitable[Any]]
CALLS: dict[str, Call] = {
    "find a mail": lambda c: GraphMailbox(c, MAILBOX).find(str(uuid4())),
    "draft": lambda c: GraphMailbox(c, MAILBOX).draft(a_letter()),
    "send": lambda c: GraphMailbox(c, MAILBOX).send("AAkALg1"),
    "discard": lambda c: GraphMailbox(c, MAILBOX).discard("AAkALg1"),
    "find an event": lambda c: GraphCalendar(c, MAILBOX).find(str(uuid4())),
    "create": lambda c: GraphCalendar(c, MAILBOX).create(str(uuid4()), CONTENT, PEOPLE),
    "set attendees": lambda c: GraphCalendar(c, MAILBOX).set_attendees("AAkALg1", PEOPLE, ours=bool),
    "set content": lambda c: GraphCalendar(c, MAILBOX).set_content("AAkALg1", CONTENT),
    "says": lambda c: GraphCalendar(c, MAILBOX).says("AAkALg1", CONTENT),
    "cancel": lambda c: GraphCalendar(c, MAILBOX).cancel("AAkALg1", "Secret"),
    "news": lambda c: GraphInbox(c, MAILBOX).news("", datetime(2026, 1, 1, tzinfo=UTC)),
    "read": lambda c: GraphInbox(c, MAILBOX).read("AAkALg1"),
    "words": lambda c: GraphInbox(c, MAILBOX).words("AAkALg1"),
    "responses": lambda c: GraphCalendar(c, MAILBOX).responses("AAkALg1"),
}


async def failure(graph: StandIn, connection: GraphConnection, call: Call, **fault: Any) -> ServiceError:
    """What the caller hears of a fault; one request went out, and no word in the error is about people."""
    graph.control("POST", "faults", {"match": ".*", "times": None, **fault})
    with pytest.raises(ServiceError) as told:
        await call(connection)
    assert len(graph.control("GET", "log")["requests"]) == 1
    text = f"{told.value!r} {told.value} {told.value.reason}".lower()
    assert not any(word.lower() in text for word in (ADDRESS, "amara", MAILBOX, SUBJECT, "secret", "AAkALg1"))
    return told.value


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_busy_service_is_asked_once(graph: StandIn, connection: GraphConnection, call: Call) -> None:
    told = await failure(graph, connection, call, fault="status", status=503)

    assert isinstance(told, TemporaryFailure)
    assert told.retry_after is None
    assert "503" in told.reason


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_throttling_service_says_when_to_come_back(
    graph: StandIn, connection: GraphConnection, call: Call
) -> None:
    told = await failure(graph, connection, call, fault="status", status=429, retry_after=17)

    assert isinstance(told, TemporaryFailure)
    assert told.retry_after == 17


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_a_throttling_service_that_says_nothing_is_left_alone_for_a_while(
    graph: StandIn, connection: GraphConnection, call: Call
) -> None:
    told = await failure(graph, connection, call, fault="status", status=429)

    assert isinstance(told, TemporaryFailure)
    assert told.retry_after == 30


async def test_a_mailbox_that_is_closed_to_us_says_whom_to_ask(connection: GraphConnection, graph: StandIn) -> None:
    told = await failure(graph, connection, CALLS["draft"], fault="status", status=403, code="ErrorAccessDenied")

    assert "ask an Exchange administrator" in told.reason
    assert "403 ErrorAccessDenied" in told.reason


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "InvalidAuthenticationToken"),
        (403, "ErrorAccessDenied"),
        (403, "Authorization_RequestDenied"),
        (400, "ErrorSendAsDenied"),
        (400, "ErrorQuotaExceeded"),
        (400, "ErrorMessageSubmissionBlocked"),
    ],
)
async def test_what_is_about_the_mailbox_makes_all_of_it_wait(
    connection: GraphConnection, graph: StandIn, status: int, code: str
) -> None:
    told = await failure(graph, connection, CALLS["draft"], fault="status", status=status, code=code)

    assert isinstance(told, TemporaryFailure)
    assert told.retry_after == 300


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentFailure),
        (401, TemporaryFailure),
        (403, TemporaryFailure),
        (404, AlreadyGone),
        (408, TemporaryFailure),
        (410, AlreadyGone),
        (413, PermanentFailure),
        (500, TemporaryFailure),
        (502, TemporaryFailure),
        (504, TemporaryFailure),
        (507, TemporaryFailure),
    ],
)
async def test_the_status_says_what_to_do(
    graph: StandIn, connection: GraphConnection, status: int, kind: type[ServiceError]
) -> None:
    assert type(await failure(graph, connection, CALLS["draft"], fault="status", status=status)) is kind


@pytest.mark.parametrize("status", [502, 503, 200, 201])
@pytest.mark.parametrize("call", ["find a mail", "draft", "set content"])
async def test_a_page_instead_of_an_answer_is_temporary(
    graph: StandIn, connection: GraphConnection, call: str, status: int
) -> None:
    told = await failure(graph, connection, CALLS[call], fault="html_error", status=status)

    assert isinstance(told, TemporaryFailure)


@pytest.mark.parametrize("fault", ["drop", "effect_then_drop", "effect_then_503"])
@pytest.mark.parametrize("call", ["find a mail", "draft", "create"])
async def test_a_lost_answer_is_temporary(graph: StandIn, connection: GraphConnection, call: str, fault: str) -> None:
    assert isinstance(await failure(graph, connection, CALLS[call], fault=fault), TemporaryFailure)


async def test_a_refused_mail_is_permanent(graph: StandIn, connection: GraphConnection) -> None:
    bad = Letter(str(uuid4()), ("not an address",), SUBJECT, "<p>Secret</p>")
    mailbox = GraphMailbox(connection, MAILBOX)

    with pytest.raises(PermanentFailure) as told:
        await mailbox.send((await mailbox.draft(bad)).graph_id)

    assert "not an address" not in str(told.value)
    assert told.value.reason.startswith("the address is none that mail can be sent to")


async def test_mail_waits_for_a_mailbox_that_is_not_there(graph: StandIn, connection: GraphConnection) -> None:
    """A mistyped MAILBOX: nothing is parked, and the alert on waiting mail says so."""
    with pytest.raises(TemporaryFailure, match="compare MAILBOX") as told:
        await GraphMailbox(connection, "nobody@example.org").draft(a_letter())

    assert told.value.retry_after == 300
    assert "nobody@example.org" not in str(told.value)


@asynccontextmanager
async def another(
    url: str, credential: Callable[[], Any] = lambda: StaticToken(TOKEN)
) -> AsyncIterator[GraphConnection]:
    connection = GraphConnection(url, credential)
    try:
        yield connection
    finally:
        await closed(connection)


async def test_a_service_that_takes_too_long_is_temporary(graph: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "_TIMEOUT", httpx.Timeout(0.25))
    graph.control("POST", "faults", {"fault": "delay", "seconds": 1})
    async with another(f"{graph.origin}/v1.0") as connection:
        with pytest.raises(TemporaryFailure):
            await GraphMailbox(connection, MAILBOX).draft(a_letter())
    # The stand-in still does what it was asked; wait, so that it does not count as the next test's.
    await asyncio.sleep(1)


async def test_a_service_that_is_not_there_is_temporary() -> None:
    async with another("http://127.0.0.1:9/v1.0") as connection:
        with pytest.raises(TemporaryFailure):
            await GraphMailbox(connection, MAILBOX).draft(a_letter())


class NoToken:
    """An identity endpoint that is having a bad minute."""

    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        raise ClientAuthenticationError(f"no token for {ADDRESS}")


async def test_an_identity_without_a_token_is_temporary(graph: StandIn) -> None:
    async with another(f"{graph.origin}/v1.0", NoToken) as connection:
        with pytest.raises(TemporaryFailure) as told:
            await GraphMailbox(connection, MAILBOX).draft(a_letter())

    assert ADDRESS not in str(told.value)


async def test_a_wrong_token_is_temporary(graph: StandIn) -> None:
    """A role that was just granted takes minutes to arrive, and 401 is what is seen until then."""
    async with another(f"{graph.origin}/v1.0", lambda: StaticToken("wrong")) as connection:
        with pytest.raises(TemporaryFailure):
            await GraphMailbox(connection, MAILBOX).draft(a_letter())


COUNT = """
import asyncio, sys
from shared.adapters.graph import GraphConnection, GraphMailbox, StaticToken
from shared.ports import Letter
assert not any(name.split(".")[0] in {"msgraph", "msgraph_core"} or "kiota" in name for name in sys.modules)
before = len(sys.modules)
connection = GraphConnection(sys.argv[1], lambda: StaticToken(sys.argv[2]))
mailbox = GraphMailbox(connection, sys.argv[3])
async def draft():
    await mailbox.draft(Letter("key-1", ("a@example.org",), "s", "<p>h</p>"))
    await connection.connected().adapter._http_client.aclose()
asyncio.run(draft())
print(len(sys.modules) - before)
"""


def test_the_first_call_does_not_load_the_whole_sdk(graph: StandIn) -> None:
    """Its models are more than a thousand modules: most of a second on a cold start."""
    given = [f"{graph.origin}/v1.0", TOKEN, MAILBOX]
    run = subprocess.run(
        [sys.executable, "-c", COUNT, *given],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < 400
