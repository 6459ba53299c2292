"""The stand-ins live in ``local.memory``; these names stay for tests that are being written against them."""

from local.memory.exchange import FakeCalendar, FakeEvent, FakeInbox, FakeMailbox, InboxItem, MailboxItem
from local.memory.process import CountedMetrics, Files, ManualClock
from local.memory.storage import MemoryBodies, MemoryLease, MemoryLocks, MemoryReports, MemoryWakeups
from local.memory.tables import MemoryTable, MemoryTables, changed_at, chosen

__all__ = [
    "CountedMetrics",
    "FakeCalendar",
    "FakeEvent",
    "FakeInbox",
    "FakeMailbox",
    "Files",
    "InboxItem",
    "MailboxItem",
    "ManualClock",
    "MemoryBodies",
    "MemoryLease",
    "MemoryLocks",
    "MemoryReports",
    "MemoryTable",
    "MemoryTables",
    "MemoryWakeups",
    "changed_at",
    "chosen",
]
