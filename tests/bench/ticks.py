"""What one tick with ten due jobs asks of storage, with few and with very many applications in the tables.

Counted twice: at the ports over tables in memory, where 100,000 applications fit; and on the wire over the emulator,
where an answer of more than 1,000 rows would show as another request.
"""

import asyncio
import json
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import batched, islice
from typing import cast

from azure.data.tables import TableServiceClient

from local import storage
from local.memory.process import ManualClock
from local.memory.tables import MemoryTable, MemoryTables, changed_at, chosen
from shared.composition import root
from shared.domain.pairs import PairRow
from shared.ports import Bodies, Body, Cell, Found, Table, Wakeups
from shared.services.pairs.rows import fingerprint
from shared.stores.names import TableName
from tests.bench.counting import Counted, on_emulator, outside_of, requests
from tests.bench.report import Line, Outcome, Sheet
from tests.contract.running import Azurite, azurite
from tests.world import PROGRAMME, World, answers

_DUE = 10
_FEW, _VERY_MANY, _ON_THE_WIRE = 100, 100_000, 2_000
_PAIRS = _VERY_MANY // 2
_AFTER_CLOSING = datetime(2026, 3, 13, 0, 1, tzinfo=UTC)
_AFTER_GRACE = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)
_MUCH_LATER = "2027-01-01T00:00:00Z"
# The emulator is filled where a tick asks for a range of rows; the rest is read by key.
_ASKED_BY_RANGE = (TableName.APPLICATIONS, TableName.MESSAGES, TableName.ALARMS)
_MOST_IN_A_BATCH = 100

type Rows = dict[TableName, list[dict[str, Cell]]]


class BigTable(MemoryTable):
    """``MemoryTable`` whose queries cost what they give, not what the table holds. Counts the rows it gives."""

    def __init__(self, given: Counter[str], name: str) -> None:
        super().__init__()
        self._given = given
        self._name = name
        self._keys: list[tuple[str, str]] = []

    def _store(self, row: Mapping[str, Cell]) -> str:
        key = (str(row["PartitionKey"]), str(row["RowKey"]))
        if key not in self.rows:
            insort(self._keys, key)
        return super()._store(row)

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        deleted = await super().delete(partition, key, etag)
        if deleted:
            del self._keys[bisect_left(self._keys, (partition, key))]
        return deleted

    def fill(self, rows: Mapping[tuple[str, str], dict[str, Cell]]) -> None:
        """Put many rows in, as if one after the other."""
        self.rows.update({key: (row, f"etag-{number}") for number, (key, row) in enumerate(rows.items())})
        self._keys = sorted(self.rows)

    async def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        changed_after: datetime | None = None,
        limit: int | None = None,
        columns: Collection[str] = (),
    ) -> AsyncIterator[Found]:
        count = 0
        for key in islice(self._keys, bisect_left(self._keys, (partition or "", from_key or "")), None):
            if partition is not None and (key[0] != partition or (before_key is not None and key[1] >= before_key)):
                return
            row, etag = self.rows[key]
            if any(row.get(name) != value for name, value in (where or {}).items()):
                continue
            if changed_after is not None and changed_at(etag) <= changed_after:
                continue
            self._given[self._name] += 1
            yield chosen(row, columns) if columns else Found(dict(row), etag, changed_at(etag))
            count += 1
            if limit is not None and count >= limit:
                return


class BigTables(MemoryTables):
    """All tables of an account, large."""

    def __init__(self) -> None:
        super().__init__()
        self.calls_by_place: Counter[str] = Counter()
        self.rows_given: Counter[str] = Counter()
        self._big: dict[TableName, BigTable] = {}

    def __call__(self, name: TableName) -> BigTable:
        return self._big.setdefault(name, BigTable(self.rows_given, name.value))

    def counted(self, name: TableName) -> Table:
        return cast("Table", Counted(self(name), name.value, self.calls_by_place))


@dataclass(frozen=True)
class _Pipeline:
    """The app on some storage, with ten applications that are about to lapse."""

    app: root.App
    clock: ManualClock

    async def take_in(self) -> None:
        for number in range(_DUE):
            given = answers(full_name=f"Person {number}", email=f"person.{number}@example.nhs.uk")
            payload = {"form_id": PROGRAMME, "response_id": f"response-{number}", "answers": given}
            body = Body(f"{number:064x}", PROGRAMME, "standard", self.clock.now(), json.dumps(payload).encode())
            await self.app.outside.bodies.keep(body)
            await self.app.intake.take_in(programme=PROGRAMME, source="standard", content=body.content)
        # What the closing date itself brings is not what is measured.
        self.clock.set(_AFTER_CLOSING)
        await self.app.tick.run()

    async def tick(self) -> None:
        self.clock.set(_AFTER_GRACE)
        tally = await self.app.tick.run()
        assert tally.jobs == _DUE, tally


def measure() -> Outcome:
    few, many, with_pairs = (
        asyncio.run(_in_memory(*sizes)) for sizes in ((_FEW, 0), (_VERY_MANY, 0), (_VERY_MANY, _PAIRS))
    )
    wire_few, wire_many = (asyncio.run(_on_the_wire(size)) for size in (_FEW, _ON_THE_WIRE))
    return Outcome(
        lines=[
            _same(f"calls of a tick, {_VERY_MANY:,} / {_FEW} applications", few.calls, many.calls),
            _same(f"rows read by a tick, {_VERY_MANY:,} / {_FEW} applications", few.rows, many.rows),
            _same(f"requests of a tick on the wire, {_ON_THE_WIRE:,} / {_FEW} applications", wire_few, wire_many),
            _same(f"calls of a tick with {_PAIRS:,} pairs / with none", many.calls, with_pairs.calls),
            Line(
                f"rows read by a tick with {_PAIRS:,} pairs / with none",
                "",
                with_pairs.rows.total(),
                many.rows.total(),
                "at most one more",
                with_pairs.rows.total() <= many.rows.total() + 1,
            ),
        ],
        sheets=[
            _sheet("at the ports", few.calls, many.calls, _VERY_MANY),
            _sheet("on the wire", wire_few, wire_many, _ON_THE_WIRE),
        ],
        note=(
            f"{_DUE} applications lapse in the tick; each of the others has its messages, its links and its jobs, "
            "due later. Rows read are those that queries gave."
        ),
    )


def _same(name: str, few: Counter[str], many: Counter[str]) -> Line:
    return Line(name, "", many.total(), few.total(), "the same", few == many)


def _sheet(where: str, few: Counter[str], many: Counter[str], size: int) -> Sheet:
    rows = [(place, str(few[place]), str(many[place])) for place in sorted(few | many)]
    rows.append(("together", str(few.total()), str(many.total())))
    head = ("call", f"{_FEW} applications", f"{size:,} applications")
    return Sheet(f"One tick with {_DUE} due jobs, counted {where}", head, rows)


@dataclass(frozen=True)
class _Count:
    calls: Counter[str]
    rows: Counter[str]


async def _in_memory(size: int, pairs: int) -> _Count:
    world, tables = World(), BigTables()
    calls = tables.calls_by_place
    outside = replace(
        world.outside,
        table=tables.counted,
        bodies=cast("Bodies", Counted(world.bodies, "body", calls)),
        wakeups=cast("Wakeups", Counted(world.wakeups, "queue", calls)),
    )
    pipeline = _Pipeline(root.build(world.settings, outside), world.clock)
    await pipeline.take_in()
    present = {name: tables.all_rows(name) for name in TableName}
    filling: dict[TableName, dict[tuple[str, str], dict[str, Cell]]] = defaultdict(dict)
    for table, template, partition, key in _copies(present, size - _DUE):
        filling[table][partition, key] = template
    for table, rows in filling.items():
        tables(table).fill(rows)
    tables(TableName.PAIRS).fill({(PROGRAMME, f"pair-{n:06}"): _seen_pair(f"pair-{n:06}") for n in range(pairs)})
    # A process that begins reads every pair once.
    await pipeline.app.tick.run()
    calls.clear()
    tables.rows_given.clear()
    await pipeline.tick()
    return _Count(Counter(calls), Counter(tables.rows_given))


def _seen_pair(key: str) -> dict[str, Cell]:
    """A pair that was looked at before and has not changed since."""
    row = PairRow(PROGRAMME, key, "A", "B", "2026-04-20", "confirmed", "", key, "", None)
    columns = {"Mentor": row.mentor, "Mentee": row.mentee, "StartDate": row.start, "Status": row.status}
    return {"PartitionKey": PROGRAMME, "RowKey": key, **columns, "PairId": key, "Seen": fingerprint(row)}


async def _on_the_wire(size: int) -> Counter[str]:
    with azurite() as emulator:
        storage.create_all(emulator.connection)
        world = World()
        settings = on_emulator(world.settings, emulator)
        async with outside_of(settings, world.clock) as real:
            outside = replace(real, mailbox=world.outside.mailbox, calendar=world.outside.calendar, files=world.files)
            pipeline = _Pipeline(root.build(settings, outside), world.clock)
            await pipeline.take_in()
            present = {name: [dict(f.row) async for f in real.table(name).query()] for name in _ASKED_BY_RANGE}
            _fill(emulator, present, size - _DUE)
            with requests(emulator.ports) as seen:
                await pipeline.tick()
    return Counter(map(str, seen))


def _fill(emulator: Azurite, present: Rows, count: int) -> None:
    rows: dict[TableName, list[dict[str, Cell]]] = defaultdict(list)
    for table, template, partition, key in _copies(present, count):
        rows[table].append({**template, "PartitionKey": partition, "RowKey": key})
    with TableServiceClient.from_connection_string(emulator.connection) as account:
        for table, copies in rows.items():
            client = account.get_table_client(table.value)
            by_partition: dict[Cell, list[dict[str, Cell]]] = defaultdict(list)
            for row in copies:
                by_partition[row["PartitionKey"]].append(row)
            for together in by_partition.values():
                for batch in batched(together, _MOST_IN_A_BATCH, strict=False):
                    client.submit_transaction([("create", row) for row in batch])


def _copies(present: Rows, count: int) -> Iterator[tuple[TableName, dict[str, Cell], str, str]]:
    """Copies of everything that belongs to one application: the row to copy, and the keys of each copy."""
    reference = str(present[TableName.APPLICATIONS][0]["RowKey"])
    for table, rows in present.items():
        for row in rows:
            partition, key = str(row["PartitionKey"]), str(row["RowKey"])
            if not any(isinstance(cell, str) and reference in cell for cell in row.values()):
                continue
            if table is TableName.ALARMS:
                key = _MUCH_LATER + key[len(_MUCH_LATER) :]
            for number in range(count):
                copy = f"COPY-{number:06}"
                yield table, row, partition, key.replace(reference, copy) if reference in key else f"{key}-{copy}"
