"""Every table exported, checked and restored into an empty account, beside the bare SDK that carries the same rows.

On the emulator, so seconds say something of our own work only when they stand beside those of the baseline.
"""

import asyncio
import string
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched, groupby
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from local import storage
from shared.adapters.clock import SystemClock
from shared.adapters.lines import line_of
from shared.adapters.table_policies import POLICIES
from shared.composition import root
from shared.composition.root import App
from shared.domain.application import Answer
from shared.ports import Cell
from shared.stores.names import ContainerName, TableName
from tests.bench.counting import on_emulator, outside_of
from tests.bench.report import Line, Outcome, Sheet
from tests.contract.running import Azurite, azurite
from tests.factories import manager_says
from tests.world import World, answers, mentee

_APPLICATIONS, _IN_ONE_WORLD = 2_000, 200
_RUNS = 3
_MOST_RATIO = 2.0
_ROWS_AT_ONCE, _TRANSACTIONS_AT_ONCE = 100, 4
# Each row another text, as people write them, so that compression does not find more than it would.
_NAMES = ("Amara Okafor", "Tom Hughes", "Zoë Ng", "Siân O'Hara", "Agnieszka Kowalska", "Mohammed Iqbal", "Li Wu")
_PHRASES = (
    "I would like to share what I have seen on wards and in meetings",
    "because people who decide do not often hear it from somebody who has been there",
    "I have worked nights for most of the last twenty years",
    "after I came back from leave nobody asked how I was",
    "I hope that listening to each other changes how we lead",
    "my faith is part of how I care for people",
    "I want to learn what it is like for colleagues whom I manage",
    "there were times when I did not speak up",
    "I can tell how a rota looks from below",
    "it took a long time until somebody used my name as it is said",
)
_TABLES = tuple(table for table, policy in POLICIES.items() if policy.exported)

type Rows = Mapping[TableName, Sequence[Mapping[str, Any]]]


@dataclass(slots=True)
class _Run:
    """Seconds of each step of one run, and what came of it."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: int = 0
    compressed: int = 0
    lines: int = 0
    missing: int = 0


def measure() -> Outcome:
    return asyncio.run(_measure())


async def _measure() -> Outcome:
    rows = await _filled()
    runs = []
    with azurite() as source:
        storage.create_all(source.connection)
        async with TableServiceClient.from_connection_string(source.connection) as tables:
            await _write(tables, rows)
        for number in range(_RUNS):
            run = _Run()
            # Each goes first now and then: what is read again may be read faster.
            for ours in (True, False) if number % 2 else (False, True):
                with azurite() as target:
                    storage.create_all(target.connection)
                    await (_ours if ours else _bare)(source, target, run)
            runs.append(run)
    return _outcome(rows, runs)


async def _filled() -> Rows:
    """The rows of all tables after so many applications; two managers of three have answered. By the real services.

    In several worlds, because what one in memory takes grows with the square of its mails.
    """
    chance = Random(7)  # noqa: S311 -- made-up people, the same in each run
    found: dict[TableName, dict[tuple[Cell, Cell], dict[str, Any]]] = {table: {} for table in _TABLES}
    for some in batched(range(_APPLICATIONS), _IN_ONE_WORLD, strict=False):
        world = World()
        await world.tick()
        for number in some:
            await _apply(world, number, chance)
        for table, rows in found.items():
            # As the adapter writes them: each with the id of its last write, which nothing compresses.
            rows |= {
                (row["PartitionKey"], row["RowKey"]): {**row, "OpId": UUID(int=chance.getrandbits(128)).hex}
                for row in world.rows(table)
            }
    return {table: [row for _, row in sorted(rows.items())] for table, rows in found.items()}


async def _apply(world: World, number: int, chance: Random) -> None:
    manager = f"manager.{number}@trust{number % 40}.example.nhs.uk"
    told = chance.sample(_PHRASES, k=chance.randrange(2, len(_PHRASES)))
    given: dict[str, object] = {
        "full_name": f"{chance.choice(_NAMES)} {chance.choice(string.ascii_uppercase)}",
        "email": f"person.{number}@trust{number % 40}.example.nhs.uk",
        "organisation": f"Example {number % 40} NHS Trust",
        "manager_name": chance.choice(_NAMES),
        "manager_email": manager,
        "about_you": ". ".join(told),
    }
    form = mentee(**given) if number % 2 else answers(**given)
    await world.submit(form, response_id=f"response-{number}")
    if number % 3:
        await manager_says(world, manager, Answer.DECLINE if number % 9 == 1 else Answer.APPROVE)
    world.clock.advance(timedelta(seconds=10))  # the mailbox's pace


async def _ours(source: Azurite, target: Azurite, run: _Run) -> None:
    async with _app(source) as app:
        begun = time.perf_counter()
        manifest = await app.backup.further(app.backup.new_export(), seconds=float("inf"))
        run.seconds["export"] = time.perf_counter() - begun
        assert manifest is not None
        begun = time.perf_counter()
        problem = await app.backup.check(manifest)
        run.seconds["check"] = time.perf_counter() - begun
        assert not problem, problem
    await _copy(source, target, manifest.export)
    async with _app(target) as app:
        begun = time.perf_counter()
        done = await app.restorer.restore()
        run.seconds["restore"] = time.perf_counter() - begun
    before, after = await _lines(source), await _lines(target)
    run.rows, run.compressed = done.rows, manifest.size
    run.lines = sum(len(line) * count for line, count in before.items())
    run.missing = ((before - after) + (after - before)).total()


async def _bare(source: Azurite, target: Azurite, run: _Run) -> None:
    async with (
        TableServiceClient.from_connection_string(source.connection) as theirs,
        TableServiceClient.from_connection_string(target.connection) as ours,
    ):
        begun = time.perf_counter()
        rows = {
            table: [row async for row in theirs.get_table_client(table.value).list_entities(results_per_page=1_000)]
            for table in _TABLES
        }
        run.seconds["bare reading"] = time.perf_counter() - begun
        begun = time.perf_counter()
        await _write(ours, rows)
        run.seconds["bare writing"] = time.perf_counter() - begun


async def _write(account: TableServiceClient, rows: Rows) -> None:
    """Transactions of a hundred rows of one partition, as many at once as a restore sends."""
    slots = asyncio.Semaphore(_TRANSACTIONS_AT_ONCE)

    async def write(table: TableName, some: Sequence[Mapping[str, Any]]) -> None:
        async with slots:
            await account.get_table_client(table.value).submit_transaction([("upsert", row) for row in some])

    await asyncio.gather(
        *(
            write(table, some)
            for table, found in rows.items()
            for _, together in groupby(found, lambda row: str(row["PartitionKey"]))
            for some in batched(together, _ROWS_AT_ONCE, strict=False)
        )
    )


@asynccontextmanager
async def _app(emulator: Azurite) -> AsyncIterator[App]:
    """The real services on the emulator's storage."""
    world = World()
    settings = on_emulator(world.settings, emulator)
    async with outside_of(settings, SystemClock()) as outside:
        yield root.build(settings, outside)


async def _copy(source: Azurite, target: Azurite, export: str) -> None:
    """Carry an export to the other account, as an operator does it."""
    async with AsyncExitStack() as stack:
        theirs, ours = [
            (
                await stack.enter_async_context(BlobServiceClient.from_connection_string(at.connection))
            ).get_container_client(ContainerName.EXPORTS.value)
            for at in (source, target)
        ]
        async for blob in theirs.list_blobs(name_starts_with=f"nightly/{export}/", include=["metadata"]):
            data = await (await theirs.download_blob(blob.name)).readall()
            await ours.upload_blob(blob.name, data, metadata=blob.metadata)


async def _lines(emulator: Azurite) -> Counter[bytes]:
    """Every row of every exported table as a line."""
    async with TableServiceClient.from_connection_string(emulator.connection) as account:
        found: Counter[bytes] = Counter()
        for table in _TABLES:
            async for row in account.get_table_client(table.value).list_entities(results_per_page=1_000):
                found[table.value.encode() + b" " + line_of(row)] += 1
        return found


def _outcome(rows: Rows, runs: Sequence[_Run]) -> Outcome:
    count, last = sum(map(len, rows.values())), runs[-1]
    took = {step: median(run.seconds[step] for run in runs) for step in last.seconds}
    ours, bare = took["export"] + took["restore"], took["bare reading"] + took["bare writing"]
    wrong = sum(run.missing for run in runs)
    return Outcome(
        lines=[
            Line(
                f"{count:,} rows exported and restored / read and written by the bare SDK",
                "s",
                ours,
                bare,
                f"at most {_MOST_RATIO}",
                ours / bare <= _MOST_RATIO,
            ),
            Line("exporting, with reading back / bare reading", "s", took["export"], took["bare reading"]),
            Line(
                "restoring, with checking before and after / bare writing", "s", took["restore"], took["bare writing"]
            ),
            Line("rows that came back otherwise, or not / rows", "", wrong, count, "none", wrong == 0),
            Line("bytes of an export / of its rows as lines", "B", last.compressed, last.lines),
        ],
        sheets=[
            Sheet(
                f"Restore: {last.rows:,} rows, {last.lines:,} bytes as lines, {last.compressed:,} compressed",
                ("step", "seconds", "rows a second"),
                [(step, f"{seconds:.1f}", f"{count / seconds:,.0f}") for step, seconds in took.items()],
            ),
            Sheet(
                f"Rows of {_APPLICATIONS:,} applications",
                ("table", "rows"),
                [(table.value, f"{len(found):,}") for table, found in rows.items() if found],
            ),
        ],
        note=(
            f"Medians of {_RUNS} runs, on emulators in memory on the same machine. The bare SDK sends the same "
            f"transactions of {_ROWS_AT_ONCE} rows, {_TRANSACTIONS_AT_ONCE} at once, and neither hashes, compresses "
            "nor reads anything back; an export reads its files again, and a restore reads the files twice and then "
            "every row."
        ),
        more={"seconds": [run.seconds for run in runs]},
    )
