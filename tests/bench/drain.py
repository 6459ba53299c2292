"""A thousand mails queued at once: how close the mailbox worker comes to what the mailbox itself can send.

The mailbox's 30 messages a minute are scaled down in time, for the stand-in and for the app alike.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.adapters.clock import SystemClock
from shared.adapters.graph import GraphCalendar, GraphConnection, GraphMailbox, StaticToken
from shared.composition import root
from shared.composition.outside import Outside
from shared.services.base.queues import queue_of
from shared.stores.names import TableName
from tests.bench.report import Line, Outcome
from tests.graph.stand_in import MAILBOX, TOKEN, StandIn, run_inbox
from tests.world import World, answers

_APPLICATIONS = 500
_WINDOW = 6.0
_PER_WINDOW = 30
_PAUSES = (1, 2, 4)
_MOST_OVER = 1.05


def measure() -> Outcome:
    with tempfile.TemporaryDirectory() as folder, run_inbox() as inbox:
        graph = StandIn(
            state=Path(folder) / "graph", smtp_port=inbox.smtp_port, arguments=("--mailboxes", MAILBOX)
        ).start()
        graph.control("POST", "switches", {"message_rate": _PER_WINDOW, "message_rate_seconds": _WINDOW})
        try:
            return asyncio.run(_drain(graph))
        finally:
            graph.stop()


async def _drain(graph: StandIn) -> Outcome:
    world, clock = World(now=SystemClock().now()), SystemClock()
    programme = world.files.get("llr-rmi-2026-c7")
    assert programme is not None
    world.files.change(programme.id, closes_at=None)
    connection = GraphConnection(f"{graph.origin}/v1.0", lambda: StaticToken(TOKEN))
    settings = world.settings.model_copy(
        update={"mailbox": MAILBOX, "messages_per_minute": _PER_WINDOW, "pace_seconds": _WINDOW}
    )
    outside = Outside(
        **{name: getattr(world.outside, name) for name in Outside.__slots__}
        | {
            "clock": clock,
            "mailbox": lambda address: GraphMailbox(connection, address),
            "calendar": lambda address: GraphCalendar(connection, address),
        }
    )
    app = world.app = root.build(settings, outside)
    for number in range(_APPLICATIONS):
        given = answers(email=f"person{number}@example.nhs.uk", manager_email=f"manager{number}@example.nhs.uk")
        await world.submit(given, response_id=str(number), submitted_at=clock.now(), run=False)
    for programme_id, source, content in world.wakeups.submissions:
        await app.intake.take_in(programme=programme_id, source=source, content=content)
    queue, mails = queue_of(MAILBOX), 2 * _APPLICATIONS
    storm = asyncio.create_task(_ask_for_pauses(graph))
    begun = time.monotonic()
    mailbox_worker = asyncio.create_task(_come_when_rung_for(world, queue))
    while _left(world) and time.monotonic() - begun < 600:  # noqa: ASYNC110 -- what it waits for is a count of rows
        await asyncio.sleep(0.2)
    took = time.monotonic() - begun  # the shift goes on: it asks which mails have left
    mailbox_worker.cancel()
    await storm
    log = graph.control("GET", "log")["requests"]
    paused = sum(_PAUSES)
    limit = (mails / _PER_WINDOW - 1) * _WINDOW + paused
    refused = [entry for entry in log if entry["status"] == 429]
    early = _before_the_pause_was_over(log)
    sent = [entry for entry in log if entry["path"].endswith("/send") and entry["status"] == 202]
    return Outcome(
        lines=[
            Line(
                f"{mails} mails drained / the mailbox's own limit",
                "s",
                took,
                limit,
                "at most 1.05",
                took <= limit * _MOST_OVER,
            ),
            Line("calls that began before Retry-After was over", "", early, len(log), "none", early == 0),
            Line("429 answers / calls", "", len(refused), len(log), "at most 0.01", len(refused) <= len(log) / 100),
            Line("mails sent / mails queued", "", len(sent), mails, "1.00", len(sent) == mails),
        ],
        note=(
            f"{_PER_WINDOW} messages in {_WINDOW:g} s, for the stand-in and the app; {len(_PAUSES)} pauses of "
            f"{_PAUSES} s asked for on the way, of the making of drafts (a send that is refused leaves its mail in "
            "doubt, which is left alone for ten minutes). More than four requests under way would be refused with 429."
        ),
    )


async def _come_when_rung_for(world: World, queue: str) -> None:
    while True:
        world.wakeups.mailboxes.clear()
        await world.app.mailbox_worker.drain(queue)
        await asyncio.sleep(min((after for _, after in world.wakeups.mailboxes), default=1))


def _left(world: World) -> int:
    return sum(
        row["Status"] not in {"Handed over", "Sent", "Parked", "Cancelled"} and str(row["Kind"]) != "approval reminder"
        for row in world.rows(TableName.MESSAGES)
    )


async def _ask_for_pauses(graph: StandIn) -> None:
    for seconds in _PAUSES:
        await asyncio.sleep(9)
        fault = {"match": "POST .*/messages", "fault": "status", "status": 429, "retry_after": seconds, "times": 1}
        await asyncio.to_thread(graph.control, "POST", "faults", fault)


def _before_the_pause_was_over(log: Sequence[dict[str, Any]]) -> int:
    """Calls that began after a 429 was answered and before its pause had passed."""
    early = 0
    pauses = iter(_PAUSES)
    for entry in log:
        if entry["status"] != 429:
            continue
        asked = datetime.fromisoformat(entry["time"]).timestamp()
        until = asked + next(pauses, 0)
        early += sum(asked + 0.05 < datetime.fromisoformat(other["time"]).timestamp() < until for other in log)
    return early
