"""Everything beyond the process, as one value: what the tests replace."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.ports import (
    AccessFiles,
    Bodies,
    Calendar,
    Clock,
    Exports,
    Extracts,
    Inbox,
    Locks,
    Mailbox,
    Metrics,
    ProgrammeFiles,
    Reports,
    Table,
    Tombstones,
    Wakeups,
)
from shared.stores.names import TableName


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything beyond the process: what the tests replace, one by one or all together."""

    table: Callable[[TableName], Table]
    bodies: Bodies
    wakeups: Wakeups
    locks: Locks
    mailbox: Callable[[str], Mailbox]
    calendar: Callable[[str], Calendar]
    inbox: Callable[[str], Inbox]
    clock: Clock
    files: ProgrammeFiles
    metrics: Metrics
    extracts: Extracts
    exports: Exports
    reports: Reports
    access: AccessFiles
    tombstones: Tombstones
    close: Callable[[], Awaitable[None]]
