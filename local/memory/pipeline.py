"""A whole pipeline in memory: the real services and row mappings, stand-ins only where the outside begins."""

import hashlib
from collections.abc import Mapping

from local.memory.exchange import FakeCalendar, FakeInbox, FakeMailbox
from local.memory.exports import MemoryExports, MemoryExtracts, MemoryTombstones
from local.memory.process import CountedMetrics, Files
from local.memory.storage import MemoryBodies, MemoryLocks, MemoryReports, MemoryWakeups
from local.memory.tables import MemoryTables
from shared.composition import root
from shared.composition.outside import Outside
from shared.composition.root import App
from shared.domain.programme import Programme
from shared.ports import Body, Cell, Clock, Letter
from shared.services.base.tokens import Tokens
from shared.settings import Settings
from shared.stores.names import TableName


async def _nothing() -> None:
    """There is nothing to close in memory."""


class Pipeline[C: Clock]:
    """Runs the queues by hand, and types into tables as an administrator does."""

    def __init__(
        self,
        settings: Settings,
        *programmes: Programme,
        clock: C,
        mailbox: FakeMailbox | None = None,
        calendar: FakeCalendar | None = None,
        tables: MemoryTables | None = None,
        exported: bool = True,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.tables = tables or MemoryTables()
        self.bodies = MemoryBodies()
        self.wakeups = MemoryWakeups()
        self.locks = MemoryLocks()
        self.mailbox = mailbox or FakeMailbox()
        self.calendar = calendar or FakeCalendar()
        self.inbox = FakeInbox(self.mailbox)
        self.files = Files(*programmes)
        self.metrics = CountedMetrics()
        self.exports = MemoryExports()
        self.reports = MemoryReports()
        self.access = MemoryReports()
        self.tombstones = MemoryTombstones()
        self.outside = Outside(
            table=self.tables,
            bodies=self.bodies,
            wakeups=self.wakeups,
            locks=self.locks,
            mailbox=lambda _: self.mailbox,
            calendar=lambda _: self.calendar,
            inbox=lambda _: self.inbox,
            clock=self.clock,
            files=self.files,
            metrics=self.metrics,
            extracts=MemoryExtracts(self.tables, exported=exported),
            exports=self.exports,
            reports=self.reports,
            access=self.access,
            tombstones=self.tombstones,
            close=_nothing,
        )
        self.tokens = Tokens(key=settings.token_key.get_secret_value(), base_url=settings.base_url)
        self.app: App = root.build(settings, self.outside)

    async def receive(self, data: bytes, *, programme: str, source: str = "standard", run: bool = True) -> str:
        """Take a raw body in behind the signature check. Returns its content hash."""
        content = hashlib.sha256(data).hexdigest()
        await self.bodies.keep(Body(content, programme, source, self.clock.now(), data))
        await self.wakeups.submission(programme, source, content)
        if run:
            await self.run()
        return content

    async def run(self) -> None:
        """Let the queues run until they are empty; messages with a delay wait for the clock."""
        wakeups = self.wakeups
        while wakeups.submissions or wakeups.programmes or any(after == 0 for _, after in wakeups.mailboxes):
            programmes, wakeups.programmes = set(wakeups.programmes), []
            for programme in sorted(programmes):
                await self.app.pairs_work.work_off(programme)
            submissions, self.wakeups.submissions = self.wakeups.submissions, []
            for programme, source, content in submissions:
                await self.app.intake.take_in(programme=programme, source=source, content=content)
            queues = {queue for queue, after in self.wakeups.mailboxes if after == 0}
            self.wakeups.mailboxes = [(queue, after) for queue, after in self.wakeups.mailboxes if after > 0]
            for queue in queues:
                await self.app.mailbox_worker.drain(queue)

    async def tick(self) -> None:
        """Run one tick and what it wakes."""
        self.wakeups.mailboxes.clear()
        await self.app.tick.run()
        await self.run()

    def rows(self, table: TableName) -> list[dict[str, Cell]]:
        """Every row of a table."""
        return self.tables.all_rows(table)

    async def type_in(self, table: TableName, row: Mapping[str, Cell]) -> None:
        """Have an administrator change or add a row in the portal."""
        found = self.tables(table).rows.get((str(row["PartitionKey"]), str(row["RowKey"])))
        await self.tables(table).put({**(found[0] if found else {}), **row})

    def letters(self, to: str, containing: str = "") -> list[Letter]:
        """Mails that have left for an address, oldest first."""
        return [letter for letter in self.mailbox.sent_to(to) if containing.lower() in letter.subject.lower()]
