"""Where a journey takes place: in memory, or on Azurite and the Graph stand-in. Both are driven and read alike."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from shared.composition.outside import Outside
from shared.composition.root import App
from shared.ports import Cell, Table
from shared.services.base.tokens import Tokens
from shared.settings import Settings
from shared.stores.names import TableName
from tests.faults.seams import Seamed, Seams
from tests.world import PROGRAMME, World

type Facts = dict[str, list[str]]


class Hint(NamedTuple):
    """A queue message: what is to be done, and whether it brings what somebody sent, or only rings a bell."""

    work: Callable[[App], Awaitable[None]]
    event: bool


class Place(Protocol):
    """A storage account, a mailbox, and the queues between them."""

    settings: Settings
    tokens: Tokens

    def outside(self, seams: Seams) -> Outside:
        """What a new process finds outside, with seams before it."""
        ...

    def plain_table(self, name: TableName) -> Table:
        """A table as a person in the portal sees it."""
        ...

    async def type_in(self, table: TableName, key: str, columns: Mapping[str, Cell]) -> None:
        """Have an administrator change or add a row."""
        ...

    async def take_hint(self) -> Hint | None:
        """Take the next visible queue message; the caller gives it back if its work fails."""
        ...

    async def give_back(self) -> None:
        """The work of the message that was taken failed."""
        ...

    async def finish(self) -> None:
        """The work of the message that was taken is done."""
        ...

    async def bodies_waiting(self) -> bool:
        """Whether a body waits to be taken in."""
        ...

    async def told(self) -> Facts:
        """Every mail that left and everything a calendar was told, by address."""
        ...

    async def after_a_crash(self) -> None:
        """Let the time pass after which the leases of the dead are free."""
        ...


class InMemory:
    """The fakes that the contract tests hold to the promises of the real parts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings
        self.tokens = Tokens(key=self.settings.token_key.get_secret_value(), base_url=self.settings.base_url)
        self._taken: tuple[str, tuple[str, ...]] | None = None

    def outside(self, seams: Seams) -> Outside:
        real = self.world.outside
        tables: dict[TableName, Any] = {name: Seamed(real.table(name), name.value, seams) for name in TableName}

        def seamed(inner: object, place: str) -> Any:
            return Seamed(inner, place, seams)

        return Outside(
            table=tables.__getitem__,
            bodies=seamed(real.bodies, "bodies"),
            wakeups=seamed(real.wakeups, "queue"),
            locks=seamed(real.locks, "locks"),
            mailbox=lambda address: seamed(real.mailbox(address), "mailbox"),
            calendar=lambda address: seamed(real.calendar(address), "calendar"),
            inbox=lambda address: seamed(real.inbox(address), "inbox"),
            clock=real.clock,
            files=real.files,
            metrics=real.metrics,
            extracts=real.extracts,
            exports=real.exports,
            reports=seamed(real.reports, "reports"),
            access=seamed(real.access, "access"),
            tombstones=real.tombstones,
            close=real.close,
        )

    def plain_table(self, name: TableName) -> Table:
        return self.world.tables(name)

    async def type_in(self, table: TableName, key: str, columns: Mapping[str, Cell]) -> None:
        await self.world.type_in(table, {"PartitionKey": PROGRAMME, "RowKey": key, **columns})

    async def take_hint(self) -> Hint | None:
        queues = self.world.wakeups
        # Hints for later are left to the tick: losing a hint costs time only.
        queues.mailboxes = [(queue, after) for queue, after in queues.mailboxes if after == 0]
        if queues.submissions:
            programme, source, content = queues.submissions.pop(0)
            self._taken = ("submission", (programme, source, content))
            return Hint(lambda app: app.intake.take_in(programme=programme, source=source, content=content), event=True)
        if queues.programmes:
            programme = queues.programmes.pop(0)
            self._taken = ("pairs", (programme,))
            return Hint(lambda app: app.pairs_work.work_off(programme), event=True)
        if queues.mailboxes:
            queue, _ = queues.mailboxes.pop(0)
            self._taken = ("mailbox", (queue,))
            return Hint(lambda app: _drain(app, queue), event=False)
        return None

    async def give_back(self) -> None:
        assert self._taken is not None
        kind, given = self._taken
        if kind == "submission":
            self.world.wakeups.submissions.append((given[0], given[1], given[2]))
        elif kind == "pairs":
            self.world.wakeups.programmes.append(given[0])
        else:
            self.world.wakeups.mailboxes.append((given[0], 0))

    async def finish(self) -> None:
        self._taken = None

    async def bodies_waiting(self) -> bool:
        return bool([content async for content in self.world.bodies.waiting()])

    async def told(self) -> Facts:
        mails = [f"{letter.to[0]}: {letter.subject}" for letter in self.world.mailbox.sent]
        events = self.world.calendar.events
        invites = [
            f"{email}: {what} {events[event].content.subject}" for event, email, what in self.world.calendar.told
        ]
        left = [item.letter.subject for item in self.world.mailbox.items.values() if item.is_draft]
        return {"mails": sorted(mails), "invites": sorted(invites), "drafts": sorted(left)}

    async def after_a_crash(self) -> None:
        self.world.locks.held.clear()


async def _drain(app: App, queue: str) -> None:
    await app.mailbox_worker.drain(queue)


# What no two runs share: keys of Graph, marks of time, and what counts tries.
_BY_RUN = {
    "OpId",
    "Attempts",
    "Failures",
    "LastError",
    "GraphId",
    "EventId",
    "Counted",
    "Reserved",
    "Remark",
    "InboxLink",
    "SessionsSeen",
    "ClosesAtSeen",
    "Seen",
    "Content",
    "Version",
    "Hand",
    "AsOf",
    "Took",
    "ConfirmedAtLocal",
    "OfferedAtLocal",
    "AnswerByLocal",
    "DeclinedAtLocal",
    "EndedAtLocal",
}


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)|\d{8}T\d{6}")


def _timeless(value: Cell) -> str:
    return _MOMENT.sub("<moment>", str(value))


def comparable(table: TableName, rows: Sequence[Mapping[str, Cell]], mailbox: str) -> list[str]:
    """The rows of a table without what differs between two runs of the same story."""
    if table is TableName.TALLIES:
        return []  # who presses again because nothing came is counted again
    shown = []
    for row in rows:
        kept = {
            name: value
            for name, value in row.items()
            if name not in _BY_RUN and not isinstance(value, datetime) and not name.startswith("odata")
        }
        if table in {TableName.AUDIT, TableName.ALARMS}:
            kept.pop("RowKey", None)  # begins with the time
        cells = {name: _timeless(value).replace(mailbox, "<mailbox>") for name, value in kept.items()}
        shown.append(str(sorted((name, value) for name, value in cells.items() if value not in {"", "None"})))
    return sorted(shown)
