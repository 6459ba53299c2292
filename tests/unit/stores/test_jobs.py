"""Every task has its cells, the same as before tasks were types; a row that asks for nothing known is named."""

import logging
from datetime import UTC, datetime

import pytest

from local.memory.tables import MemoryTables
from shared.domain.jobs import (
    TICK,
    DeleteExpired,
    Export,
    Job,
    LookAtPair,
    MixEquality,
    OfferPlaces,
    ReadInbox,
    ReadResponses,
    Reconcile,
    RedactExports,
    ResumeRestored,
    SendMail,
    SyncEvent,
    Task,
    TidyDrafts,
)
from shared.domain.owed import About
from shared.stores.jobs import Jobs
from shared.stores.names import TableName

DUE = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
MAILBOX = "post mentoring@example.nhs.uk"
CELLS: list[tuple[str, Task, str, str]] = [
    (MAILBOX, SendMail("K4Q.received.1", About.APPLICATION), "application", "mail K4Q.received.1"),
    (MAILBOX, SendMail("P1.introduction", About.PAIR), "pair", "mail P1.introduction"),
    (MAILBOX, SendMail("E1.welcome-back", About.EARLIER), "earlier participant", "mail E1.welcome-back"),
    (MAILBOX, SendMail("llr.digest", About.PROGRAMME), "programme", "mail llr.digest"),
    (MAILBOX, SyncEvent("peer-1"), "session", "peer-1"),
    (MAILBOX, ReadResponses("peer-1"), "session", "responses peer-1"),
    (MAILBOX, ReadInbox(), "mailbox", "inbox"),
    (MAILBOX, TidyDrafts(), "mailbox", "left drafts"),
    (TICK, Reconcile("K4Q-M7X-2P9-T"), "application", "K4Q-M7X-2P9-T"),
    (TICK, LookAtPair("P1"), "pair", "P1"),
    (TICK, OfferPlaces("peer-1"), "session", "peer-1"),
    (TICK, MixEquality(), "upkeep", "mix"),
    (TICK, Export("2026-02-10T090000Z"), "upkeep", "export 2026-02-10T090000Z"),
    (TICK, RedactExports(), "upkeep", "clean"),
    (TICK, DeleteExpired(), "upkeep", "delete"),
    (TICK, ResumeRestored(), "upkeep", "resume"),
    (TICK, ResumeRestored("llr"), "upkeep", "resume llr"),
    (TICK, ResumeRestored("llr", "K4Q-M7X-2P9-T"), "upkeep", "resume llr K4Q-M7X-2P9-T"),
]


@pytest.mark.parametrize(("queue", "task", "about", "subject"), CELLS, ids=[str(case[1]) for case in CELLS])
async def test_a_task_has_the_cells_it_always_had_and_comes_back(
    queue: str, task: Task, about: str, subject: str
) -> None:
    tables = MemoryTables()
    jobs = Jobs(tables(TableName.ALARMS))
    await jobs.put(Job(queue, DUE, task, "llr"))

    (row,) = tables.all_rows(TableName.ALARMS)
    assert (row["PartitionKey"], row["About"], row["Subject"]) == (queue, about, subject)
    assert row["RowKey"] == f"2026-02-10T09:00:00Z llr {subject}"
    assert [found.value.task for found in await jobs.due(queue, DUE, 10)] == [task]


@pytest.mark.parametrize(
    ("queue", "about", "subject"),
    [
        (MAILBOX, "application", "K4Q-M7X-2P9-T"),
        (MAILBOX, "application", "mail "),
        (MAILBOX, "mailbox", "drafts"),
        (MAILBOX, "upkeep", "mix"),
        (TICK, "mailbox", "inbox"),
        (TICK, "programme", "llr"),
        (TICK, "upkeep", "mixed"),
        (TICK, "upkeep", "export"),
        (TICK, "upkeep", "resume llr K4Q-M7X-2P9-T and more"),
    ],
)
async def test_a_row_that_asks_for_nothing_known_is_named_and_keeps_nobody_waiting(
    queue: str, about: str, subject: str, caplog: pytest.LogCaptureFixture
) -> None:
    tables = MemoryTables()
    jobs = Jobs(tables(TableName.ALARMS))
    after = Job(queue, DUE, Reconcile("K4Q-M7X-2P9-T") if queue == TICK else ReadInbox())
    await jobs.put(after)
    (row,) = tables.all_rows(TableName.ALARMS)
    key = f"2026-02-10T08:00:00Z  {subject}"
    await tables(TableName.ALARMS).put({**row, "RowKey": key, "About": about, "Subject": subject})

    with caplog.at_level(logging.ERROR):
        due = await jobs.due(queue, DUE, 10)

    assert [found.value for found in due] == [after]
    assert "Subject" in caplog.text
