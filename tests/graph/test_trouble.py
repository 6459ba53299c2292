"""Scripted faults, limits, restarts, and a stand-in that stops when told."""

import asyncio
import json
import re
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.graph.stand_in import (
    IMMUTABLE,
    MAILBOX,
    TOKEN,
    Inbox,
    Json,
    StandIn,
    a_message,
    an_event,
    by_key,
    eventually,
    free_port,
    quiet,
    run_inbox,
    with_key,
)


def script(graph: StandIn, fault: str, match: str = "POST .*/send", **more: object) -> None:
    graph.control("POST", "faults", {"match": match, "fault": fault, **more})


def post_send(graph: StandIn, draft: Json) -> httpx.Response:
    return graph.http.post(graph.url(f"/messages/{draft['id']}/send"))


def last_request(graph: StandIn) -> Json:
    entry: Json = graph.control("GET", "log")["requests"][-1]
    return entry


@pytest.mark.parametrize(
    ("fault", "more", "status", "retry_after"),
    [
        ("status", {}, 503, None),
        ("status", {"status": 429, "retry_after": 7}, 429, "7"),
        ("html_error", {}, 502, None),
    ],
)
def test_an_error_before_the_effect(
    graph: StandIn, inbox: Inbox, fault: str, more: Json, status: int, retry_after: str | None
) -> None:
    draft = graph.draft()
    script(graph, fault, **more)

    answer = post_send(graph, draft)

    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert answer.headers["content-type"].startswith("text/html" if fault == "html_error" else "application/json")
    entry = last_request(graph)
    assert (entry["fault"], entry["status"], entry["method"]) == (fault, status, "POST")
    assert entry["path"] == graph.url(f"/messages/{draft['id']}/send")
    quiet(inbox.mails, seconds=0.4)
    assert post_send(graph, draft).status_code == 202


@pytest.mark.parametrize("status", [503, 504])
def test_an_error_after_the_effect(graph: StandIn, inbox: Inbox, status: int) -> None:
    draft = graph.draft()
    script(graph, "effect_then_503", status=status, retry_after=1)

    answer = post_send(graph, draft)

    assert (answer.status_code, answer.headers["retry-after"]) == (status, "1")
    assert len(inbox.wait_for(1)) == 1
    assert len(graph.sent()) == 1


@pytest.mark.parametrize(("fault", "arrives"), [("effect_then_drop", True), ("drop", False)])
def test_a_cut_connection(graph: StandIn, inbox: Inbox, fault: str, arrives: bool) -> None:
    draft = graph.draft()
    script(graph, fault)

    with pytest.raises(httpx.TransportError):
        post_send(graph, draft)

    entry = last_request(graph)
    assert (entry["fault"], entry["status"]) == (fault, None)
    if arrives:
        inbox.wait_for(1)
    else:
        quiet(inbox.mails, seconds=0.4)
    assert b"Traceback" not in graph.log_file.read_bytes()


def test_a_delay_and_an_acceptance_that_looks_like_throttling(graph: StandIn) -> None:
    draft = graph.draft()
    script(graph, "delay", "GET .*/messages", seconds=0.3)
    script(graph, "accepted_with_retry_after", retry_after=9)

    started = time.monotonic()
    graph.call("GET", "/messages", expect=200)
    assert time.monotonic() - started > 0.29
    answer = post_send(graph, draft)

    assert (answer.status_code, answer.headers["retry-after"]) == (202, "9")


def test_faults_are_used_up_in_order_and_can_be_cleared(graph: StandIn) -> None:
    script(graph, "status", "GET .*/events", status=500, times=2)
    script(graph, "status", "GET .*/events", status=502, times=None)

    statuses = [graph.http.get(graph.url("/events")).status_code for _ in range(4)]
    graph.control("DELETE", "faults")
    statuses.append(graph.http.get(graph.url("/events")).status_code)

    assert statuses == [500, 500, 502, 502, 200]


def test_a_match_is_for_the_whole_request(graph: StandIn) -> None:
    script(graph, "status", "POST .*/send")

    graph.call("POST", "/sendMail", {"Message": a_message()}, expect=202)

    assert [one["times"] for one in graph.control("GET", "faults")["faults"]] == [1]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"fault": "explode"}),
        ("faults", {"fault": "drop", "match": "("}),
        ("faults", {"fault": "drop", "time": 1}),
        ("faults", {"fault": "drop", "times": 0}),
        ("switches", {"sendDelay": 1}),
        ("switches", {"second_send": "never"}),
        ("switches", {"send_delay": "1"}),
        ("inbound", {"mailbox": MAILBOX}),
        ("inbound", {"mailbox": MAILBOX, "from": "a@example.com", "text": "x"}),
        ("responses", {"mailbox": MAILBOX, "event": "x", "attendee": "y", "response": "maybe"}),
    ],
)
def test_a_mistyped_control_is_explained(graph: StandIn, path: str, body: Json) -> None:
    answer = graph.http.post(f"/_control/{path}", json=body)

    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert graph.http.get(f"/_control/{path}-nonsense").status_code == 404


async def at_once(graph: StandIn, count: int, path: str = "/messages") -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=graph.origin, headers=headers, trust_env=False) as client:
        return await asyncio.gather(*(client.get(graph.url(path)) for _ in range(count)))


def test_a_fifth_request_at_once_is_throttled(graph: StandIn) -> None:
    script(graph, "delay", "GET .*/messages", seconds=0.3, times=4)

    answers = asyncio.run(at_once(graph, 5))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 429]
    throttled = next(answer for answer in answers if answer.status_code == 429)
    assert throttled.json()["error"]["code"] == "ApplicationThrottled"
    assert throttled.json()["error"]["message"] == "Application is over its MailboxConcurrency limit."
    assert throttled.headers["retry-after"] == "1"
    graph.call("GET", "/messages", expect=200)


def test_mailboxes_are_throttled_each_for_itself(graph: StandIn) -> None:
    graph.control("POST", "switches", {"requests_per_10_minutes": 3})

    statuses = [graph.http.get(graph.url("/messages")).status_code for _ in range(4)]
    answer = graph.http.get(graph.url("/messages"))

    assert statuses == [200, 200, 200, 429]
    assert answer.json()["error"]["code"] == "ApplicationThrottled"
    assert 590 < int(answer.headers["retry-after"]) <= 600
    graph.call("GET", "/messages", expect=200, mailbox="second@example.org")


def test_latency_can_be_asked_for(graph: StandIn) -> None:
    graph.control("POST", "switches", {"latency": 0.2})

    started = time.monotonic()
    graph.call("GET", "/messages", expect=200)

    assert time.monotonic() - started > 0.19


def test_messages_beyond_the_rate_wait_their_turn(graph: StandIn, inbox: Inbox) -> None:
    graph.control("POST", "switches", {"message_rate": 2, "message_rate_seconds": 1.2})
    started = time.monotonic()
    for number in range(3):
        graph.call("POST", "/sendMail", {"Message": a_message(subject=str(number))}, expect=202)
    graph.call("POST", "/events", an_event("a@example.com"), expect=201)

    inbox.wait_for(2)
    assert len(graph.sent()) == 2
    quiet(lambda: len(inbox.mails()) > 2, seconds=0.3)
    inbox.wait_for(4)

    assert time.monotonic() - started > 1.2


def test_everything_survives_a_kill(another: Callable[..., StandIn], inbox: Inbox) -> None:
    smtp_port = free_port()
    graph = another("--send-delay", "0.4", smtp_port=smtp_port)
    draft = graph.draft(singleValueExtendedProperties=with_key("k"))
    kept = graph.draft(subject="Still a draft")
    event = graph.call("POST", "/events", an_event("a@example.com", transactionId="t"), expect=201, headers=IMMUTABLE)
    _, link = first_delta(graph)
    assert post_send(graph, draft).status_code == 202

    assert graph.stop(signal.SIGKILL)[0] == -signal.SIGKILL
    graph.start()

    # The inbox is down: the message is sent all the same, and its mail waits.
    eventually(graph.sent)
    assert graph.control("GET", "state")["waiting"] == {"submissions": 0, "outgoing": 2}
    with run_inbox(smtp_port) as late_inbox:
        subjects = sorted(str(mail["Subject"]) for mail in late_inbox.wait_for(2))
        assert subjects == ["Mentor training", "Your training"]
        eventually(lambda: graph.control("GET", "state")["waiting"]["outgoing"] == 0)
        assert len(late_inbox.mails()) == 2

    params = {"filter": by_key("K")}
    (found,) = graph.call("GET", "/messages", expect=200, headers=IMMUTABLE, params=params)["value"]
    assert (found["id"], found["isDraft"]) == (draft["id"], False)
    assert graph.call("GET", f"/messages/{kept['id']}", expect=200)["subject"] == "Still a draft"
    again = graph.call("POST", "/events", an_event("a@example.com", transactionId="t"), expect=201, headers=IMMUTABLE)
    assert again["id"] == event["id"]
    changes = graph.http.get(link, headers=IMMUTABLE).json()["value"]
    assert [(one["id"], "@removed" in one) for one in changes] == [(draft["id"], True)]
    assert "/send" in str(graph.control("GET", "log")["requests"])


def first_delta(graph: StandIn) -> tuple[list[Json], str]:
    page = graph.call("GET", "/mailFolders/drafts/messages/delta", expect=200)
    return page["value"], page["@odata.deltaLink"]


def test_it_starts_and_stops_quickly_whatever_it_is_doing(another: Callable[..., StandIn]) -> None:
    started = time.monotonic()
    graph = another()
    assert time.monotonic() - started < 2.5

    script(graph, "delay", "GET .*", seconds=30)
    with httpx.Client(trust_env=False, headers=dict(graph.http.headers)) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{graph.origin}{graph.url('/messages')}", timeout=0.3)
        status, took = graph.stop()

    assert status in {0, -signal.SIGTERM}
    assert took < 2


def test_time_follows_the_clock_file(another: Callable[..., StandIn], inbox: Inbox, tmp_path: Path) -> None:
    clock = tmp_path / "clock.json"
    graph = another("--clock", str(clock), "--send-delay", "0")
    real = datetime.now(UTC)
    assert abs(datetime.fromisoformat(graph.draft()["createdDateTime"]) - real) < timedelta(seconds=10)

    clock.write_text(json.dumps({"offset_seconds": 86400.5 * 100}))
    moved = datetime.now(UTC) + timedelta(days=100)
    graph.call("POST", "/sendMail", {"Message": a_message()}, expect=202)
    graph.call("POST", "/events", an_event("a@example.com"), expect=201)
    mails = inbox.wait_for(2)
    (sent,) = graph.sent()

    assert abs(datetime.fromisoformat(sent["sentDateTime"]) - moved) < timedelta(minutes=2)
    for mail in mails:
        assert abs(datetime.strptime(str(mail["Date"]), "%a, %d %b %Y %H:%M:%S %z") - moved) < timedelta(minutes=2)
    clock.write_text("{")
    graph.draft()
    clock.unlink()
    assert abs(datetime.fromisoformat(graph.draft()["createdDateTime"]) - real) < timedelta(minutes=1)


def test_logs_hold_no_personal_data(graph: StandIn, inbox: Inbox) -> None:
    graph.call("POST", "/sendMail", {"Message": a_message(subject="A secret subject")}, expect=202)
    graph.refused("GET", "/messages", status=404, mailbox="nobody@example.org")
    script(graph, "drop", "GET .*")
    with pytest.raises(httpx.TransportError):
        graph.call("GET", "/messages", expect=200)
    inbox.wait_for(1)

    text = graph.log_file.read_text()

    assert not re.search(r"@|secret|Hello", text)


def test_the_switches_of_the_command_line(another: Callable[..., StandIn]) -> None:
    graph = another("--send-delay", "0", "--second-send", "again", "--new-id-on-send", "--message-rate", "30")

    shown = graph.control("POST", "switches", {"latency": 0.01})

    assert (shown["second_send"], shown["new_id_on_send"], shown["message_rate"]) == ("again", True, 30)
    graph.control("POST", "reset")
    assert graph.control("GET", "switches")["latency"] == 0
