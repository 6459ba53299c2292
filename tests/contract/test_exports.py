"""Exports, tombstones and whole tables: the stand-ins of the unit tests and the emulator; a restore is exact."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from azure.core.pipeline.transport import AioHttpTransport
from azure.data.tables import EdmType, EntityProperty, TableServiceClient, UpdateMode

from local import storage as local_storage
from local.memory.exports import MemoryExports, MemoryExtracts, MemoryTombstones
from local.memory.process import ManualClock
from local.memory.tables import MemoryTables
from shared.adapters.exports import BlobExports
from shared.adapters.extracts import RawTables
from shared.adapters.lines import cells_of, cells_of_line, entity_of, line_of
from shared.adapters.storage import StorageAccount
from shared.adapters.table_policies import POLICIES
from shared.adapters.tombstones import BlobTombstones
from shared.domain.erasing import Tombstone
from shared.domain.exports import Manifest, Part, Restore, RestoreStatus, export_id
from shared.errors import PermanentFailure
from shared.ports import Exports, Page, Tombstones
from shared.services.base.tokens import Tokens
from shared.services.records.exports import Backup
from shared.services.records.restore import CannotRestore, RestoreService
from shared.stores.jobs import Jobs
from shared.stores.names import ContainerName, TableName
from shared.stores.upkeep import Upkeep
from tests.contract.conftest import opened_account
from tests.contract.running import Azurite, azurite

NOW = datetime(2026, 2, 10, 7, 0, 0, tzinfo=UTC)
LINES = tuple(f'{{"PartitionKey":"p","RowKey":"{n:05}"}}\n'.encode() for n in range(25))

EVERY_TYPE: dict[str, Any] = {
    "Text": 'Zoë O\'Hara\n"quoted" 🙂 \u2028',
    "Empty": "",
    "LooksLikeANumber": "5",
    "LooksLikeATime": "2026-03-12T12:00:00Z",
    "Long": "x" * 32_000,
    "Small": -(2**31),
    "Five": 5,
    "FiveWide": EntityProperty(5, EdmType.INT64),
    "Wide": EntityProperty(2**63 - 1, EdmType.INT64),
    "One": 1.0,
    "Tenth": 0.1,
    "Huge": 1.7976931348623157e308,
    "Tiny": 5e-324,
    "Endless": float("inf"),
    "Bottomless": float("-inf"),
    "NoNumber": float("nan"),
    "Yes": True,
    "No": False,
    "Ticks": EntityProperty("2026-03-12T12:00:00.1234567Z", EdmType.DATETIME),
    "WholeSecond": EntityProperty("2026-03-12T12:00:00Z", EdmType.DATETIME),
    "First": EntityProperty("1601-01-01T00:00:00Z", EdmType.DATETIME),
    "Id": UUID("a570de22-5783-4792-be8d-df0abd78dd13"),
    "Bytes": bytes(range(256)),
    "NoBytes": b"",
}


@pytest.fixture(scope="module")
def second_emulator() -> Iterator[Azurite]:
    """Another account, into which is restored."""
    with azurite() as running:
        yield running


@pytest.fixture(params=["memory", "azure"])
def exports(request: pytest.FixtureRequest) -> Exports:
    if request.param == "memory":
        return MemoryExports()
    account: StorageAccount = request.getfixturevalue("account")
    return BlobExports(account.container(ContainerName.EXPORTS))


@pytest.fixture(params=["memory", "azure"])
def tombstones(request: pytest.FixtureRequest) -> Tombstones:
    if request.param == "memory":
        return MemoryTombstones()
    account: StorageAccount = request.getfixturevalue("account")
    return BlobTombstones(account.container(ContainerName.EXPORTS))


async def pages(*sizes: int) -> AsyncIterator[Page]:
    begin = 0
    for size in sizes:
        yield Page(LINES[begin : begin + size], f"place {begin + size}")
        begin += size


async def lines(exports: Exports, export: str, part: Part) -> list[bytes]:
    return [line async for line in exports.lines(export, part)]


def an_export() -> str:
    # A moment of its own for each test: they share the emulator.
    return export_id(NOW + timedelta(seconds=uuid4().int % 10**8))


async def test_a_part_comes_back_as_it_was_written(exports: Exports) -> None:
    export = an_export()

    part = await exports.write(export, "Links", 1, pages(10, 10, 5))

    assert (part.rows, part.further, part.number) == (25, "place 25", 1)
    assert await lines(exports, export, part) == list(LINES)
    assert list(await exports.parts(export)) == [part]
    assert export in await exports.names()


async def test_an_empty_part_is_a_part(exports: Exports) -> None:
    export = an_export()

    part = await exports.write(export, "Pairs", 1, pages(0))

    assert part.rows == 0
    assert await lines(exports, export, part) == []


async def test_a_part_written_again_replaces_the_first(exports: Exports) -> None:
    export = an_export()
    await exports.write(export, "Links", 1, pages(10))

    part = await exports.write(export, "Links", 1, pages(3))

    assert await lines(exports, export, part) == list(LINES[:3])
    assert [found.rows for found in await exports.parts(export)] == [3]


async def test_nothing_of_a_part_is_there_until_all_of_it_is(exports: Exports) -> None:
    export = an_export()

    async def dying() -> AsyncIterator[Page]:
        yield Page(LINES, "further")
        raise SystemExit

    with pytest.raises(SystemExit):
        await exports.write(export, "Links", 1, dying())

    assert list(await exports.parts(export)) == []


async def test_an_export_is_whole_with_its_manifest_and_gone_without_anything(exports: Exports) -> None:
    export = an_export()
    part = await exports.write(export, "Links", 1, pages(10))
    assert await exports.manifest(export) is None

    manifest = Manifest(export, NOW, "K4Q-M7X-2P9-T", (part,), erased=("p.K4Q-M7X-2P9-T",))
    await exports.finish(manifest)

    assert await exports.manifest(export) == manifest
    await exports.remove(export)
    assert export not in await exports.names()
    with pytest.raises(PermanentFailure, match="is missing"):
        await lines(exports, export, part)


async def test_a_damaged_part_is_noticed(account: StorageAccount) -> None:
    export, container = an_export(), account.container(ContainerName.EXPORTS)
    part = await BlobExports(container).write(export, "Links", 1, pages(25))
    name = f"nightly/{export}/Links.0001.jsonl.gz"
    whole = await (await container.download_blob(name)).readall()
    for harmed, words in ((whole[:-20], "ends in the middle"), (b"nothing like it", "is damaged")):
        await container.upload_blob(name, harmed, overwrite=True)
        with pytest.raises(PermanentFailure, match=words):
            await lines(BlobExports(container), export, part)


async def test_tombstones_are_kept_and_found_by_time(tombstones: Tombstones) -> None:
    programme = f"p{uuid4().hex[:12]}"
    early = Tombstone(programme, "K4Q-M7X-2P9-T", NOW, '{"PartitionKey":"p"}\n')
    late = Tombstone(programme, "D5D-DSK-FGV-9", NOW + timedelta(days=1))
    await tombstones.put(early)
    await tombstones.put(late)

    async def found(since: datetime) -> set[Tombstone]:
        return {t for t in await tombstones.since(since) if t.partition == programme}

    assert await found(NOW) == {early, late}
    assert await found(NOW + timedelta(hours=1)) == {late}
    again = Tombstone(programme, "K4Q-M7X-2P9-T", NOW + timedelta(days=2))
    await tombstones.put(again)
    kept = replace(again, left=early.left)
    assert await found(NOW) == {kept, late}, "whoever does not know what is left does not forget it"
    await tombstones.put(replace(early, left="other\n"))
    assert await found(NOW) == {replace(kept, left="other\n"), late}, "and an older one is no newer"


async def test_a_row_of_every_type_is_the_same_line_after_it_was_written_again(account: StorageAccount) -> None:
    client = account.raw_table(TableName.PAIRS)
    await client.upsert_entity({"PartitionKey": "types", "RowKey": "first", **EVERY_TYPE})
    line = line_of(await client.get_entity("types", "first"))
    cells = cells_of_line(line)

    await client.upsert_entity({**entity_of(cells), "RowKey": "second"})

    copied = cells_of(await client.get_entity("types", "second"))
    assert {**copied, "RowKey": "first"} == cells
    assert cells["Ticks"] == "2026-03-12T12:00:00.1234567Z"
    assert cells["Wide"] == str(2**63 - 1)
    for key in ("first", "second"):
        await client.delete_entity("types", key)


async def test_only_the_rows_that_are_lost_and_meant_are_added_as_they_were(account: StorageAccount) -> None:
    client, rows = account.raw_table(TableName.PAIRS), RawTables(account.raw_table)
    for key in ("lost-1", "lost-2", "there"):
        await client.upsert_entity({"PartitionKey": "adding", "RowKey": key, **EVERY_TYPE})
    lines = [line_of(await client.get_entity("adding", key)) for key in ("lost-1", "lost-2", "there")]
    await client.upsert_entity({"PartitionKey": "adding", "RowKey": "there", "Text": "newer"}, UpdateMode.REPLACE)
    for key in ("lost-1", "lost-2"):
        await client.delete_entity("adding", key)

    assert await rows.add(TableName.PAIRS, lines, "1") == [("adding", "lost-1")]
    assert await rows.add(TableName.PAIRS, lines, "") == [("adding", "lost-2")]

    assert [line_of(await client.get_entity("adding", key)) for key in ("lost-1", "lost-2")] == lines[:2]
    assert (await client.get_entity("adding", "there"))["Text"] == "newer"
    for key in ("lost-1", "lost-2", "there"):
        await client.delete_entity("adding", key)


async def test_upkeep_reads_back_what_was_written(account: StorageAccount) -> None:
    upkeep = Upkeep(account.table(TableName.UPKEEP))
    before = None
    for restore in (
        Restore("2026-02-10T070000Z", NOW, RestoreStatus.UNDER_WAY),
        Restore("2026-02-10T070000Z", NOW, RestoreStatus.RESUMED, NOW + timedelta(hours=1)),
    ):
        assert await upkeep.note_restore(restore, instead_of=before)
        assert await upkeep.restore() == restore
        assert not await upkeep.note_restore(restore, instead_of=before), "it is not as it was read any more"
        before = restore
    await account.table(TableName.UPKEEP).delete("upkeep", "restore")
    assert await upkeep.restore() is None


class Side:
    """One account with the services that export it and restore into it."""

    def __init__(self, account: StorageAccount) -> None:
        self.account = account
        clock = ManualClock(NOW)
        upkeep = Upkeep(account.table(TableName.UPKEEP))
        container = account.container(ContainerName.EXPORTS)
        self.extracts, self.exports = RawTables(account.raw_table), BlobExports(container)
        self.tombstones = BlobTombstones(container)
        self.backup = Backup(
            extracts=self.extracts,
            exports=self.exports,
            upkeep=upkeep,
            tokens=Tokens(key="a key of thirty-two letters or more", base_url=""),
            clock=clock,
        )
        self.restorer = RestoreService(
            backup=self.backup,
            extracts=self.extracts,
            exports=self.exports,
            tombstones=self.tombstones,
            upkeep=upkeep,
            jobs=Jobs(account.table(TableName.ALARMS)),
            clock=clock,
        )


async def fill(connection: str) -> None:
    """Rows of every type, keys that need care, more than one page and more than one transaction."""
    with TableServiceClient.from_connection_string(connection) as tables:
        for table in TableName:
            tables.delete_table(table.value)
            tables.create_table(table.value)
        for table in TableName:
            if table is TableName.UPKEEP:
                continue
            client = tables.get_table_client(table.value)
            for partition, key in (("p", "k'1"), ("p", "O'Hara & Zoë"), ("q", "K4Q-M7X-2P9-T"), ("Ü", "")):
                client.create_entity({"PartitionKey": partition, "RowKey": key, **EVERY_TYPE})
        links = tables.get_table_client(TableName.LINKS.value)
        for begin in range(0, 2_500, 100):
            rows = [{"PartitionKey": "many", "RowKey": f"{n:06}", "N": n} for n in range(begin, begin + 100)]
            links.submit_transaction([("create", row) for row in rows])


async def wire(connection: str) -> dict[str, bytes]:
    """What the service itself says of every row of every exported table, but for Timestamp and etag."""

    said: list[dict[str, Any]] = []
    send = AioHttpTransport.send

    async def listening(self: AioHttpTransport, request: Any, **options: Any) -> Any:
        answer = await send(self, request, **options)
        await answer.load_body()
        said.extend(json.loads(answer.body())["value"])
        return answer

    account = await opened_account(connection)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioHttpTransport, "send", listening)
        for table in RawTables(account.raw_table).tables():
            said.clear()
            async for _ in account.raw_table(TableName(table)).list_entities(results_per_page=1000):
                pass
            rows = [
                {name: cell for name, cell in row.items() if not name.startswith(("Timestamp", "odata."))}
                for row in said
            ]
            # In what order a row names its columns means nothing.
            found[table] = json.dumps(rows, sort_keys=True).encode()
    await account.close()
    return found


async def copied(source: StorageAccount, target: StorageAccount) -> None:
    """Copy the container of exports, as an operator does it."""
    theirs, ours = (account.container(ContainerName.EXPORTS) for account in (source, target))
    async for blob in theirs.list_blobs(include=["metadata"]):
        data = await (await theirs.download_blob(blob.name)).readall()
        await ours.upload_blob(blob.name, data, overwrite=True, metadata=blob.metadata)


async def test_an_empty_account_is_filled_byte_for_byte(second_emulator: Azurite) -> None:
    with azurite() as first:
        local_storage.create_all(first.connection)
        local_storage.create_all(second_emulator.connection)
        await fill(first.connection)
        source = Side(await opened_account(first.connection))
        target = Side(await opened_account(second_emulator.connection))
        manifest = await source.backup.further(source.backup.new_export(), seconds=60)
        assert manifest is not None
        await copied(source.account, target.account)

        done = await target.restorer.restore()

        before, after = await wire(first.connection), await wire(second_emulator.connection)
        assert after == before
        assert len(before) == sum(policy.exported for policy in POLICIES.values())
        assert done.rows == manifest.rows == 2_500 + 4 * len(before)
        with pytest.raises(CannotRestore, match="not empty"):
            await target.restorer.restore()
        for side in (source, target):
            await side.account.close()


async def test_a_table_is_written_in_parts_and_gone_on_with(
    emulator: Azurite, account: StorageAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.services.records.exports._PAGES_IN_A_PART", 1)
    side, client = Side(account), account.raw_table(TableName.LINKS)
    rows: Sequence[dict[str, Any]] = [{"PartitionKey": "parts", "RowKey": f"{n:06}"} for n in range(2_100)]
    for begin in range(0, len(rows), 100):
        await client.submit_transaction([("upsert", row) for row in rows[begin : begin + 100]])
    export = an_export()

    for _ in range(60):
        # No time at all: nothing more is begun; and then a moment: at least one part.
        assert await side.backup.further(export, seconds=0) is None
        manifest = await side.backup.further(export, seconds=0.05)
        if manifest is not None:
            break
        await asyncio.sleep(0)

    assert manifest is not None
    parts = manifest.of("Links")
    assert len(parts) >= 3
    found = [line for part in parts for line in await lines(side.exports, export, part)]
    mine = [line for line in found if b'"parts"' in line]
    assert mine == [line_of(row) for row in rows]
    assert await side.backup.check(manifest) == ""


async def test_a_part_can_be_written_anew_from_what_it_holds(exports: Exports) -> None:
    export = an_export()
    part = await exports.write(export, "Links", 1, pages(10, 10, 5))

    async def every_other() -> AsyncIterator[Page]:
        number = 0
        async for line in exports.lines(export, part):
            number += 1
            if number % 2:
                yield Page((line,), part.further)

    cleaned = await exports.write(export, "Links", 1, every_other())

    assert (cleaned.rows, cleaned.further) == (13, part.further)
    assert await lines(exports, export, cleaned) == list(LINES[::2])
    assert list(await exports.parts(export)) == [cleaned]


async def test_tombstones_are_kept_for_so_long(tombstones: Tombstones) -> None:
    programme = f"p{uuid4().hex[:12]}"
    old = Tombstone(programme, "K4Q-M7X-2P9-T", NOW - timedelta(days=3000))
    young = Tombstone(programme, "D5D-DSK-FGV-9", NOW)
    for tombstone in (old, young):
        await tombstones.put(tombstone)

    await tombstones.remove_before(NOW - timedelta(days=2000))

    assert [t for t in await tombstones.since(NOW - timedelta(days=4000)) if t.partition == programme] == [young]


@pytest.mark.parametrize("kind", ["memory", "azure"])
async def test_of_a_programme_that_is_over_its_own_row_and_its_sessions_stay(
    request: pytest.FixtureRequest, kind: str
) -> None:
    over, runs = f"over-{uuid4().hex[:8]}", f"runs-{uuid4().hex[:8]}"
    memory = MemoryTables()
    azure = None if kind == "memory" else request.getfixturevalue("account")
    table = memory if azure is None else azure.table
    extracts = MemoryExtracts(memory) if azure is None else RawTables(azure.raw_table)
    for name in TableName:
        for programme in (over, runs):
            await table(name).put({"PartitionKey": programme, "RowKey": "k"})
    for n in range(120):
        await table(TableName.MESSAGES).put({"PartitionKey": over, "RowKey": f"{n:03}"})
        for programme in (over, runs):
            # Their partition is the first two letters of a hash.
            await table(TableName.LINKS).put(
                {"PartitionKey": f"{n % 16:02x}", "RowKey": f"{programme}{n}", "Programme": programme}
            )

    await extracts.clear(over)

    left: dict[str, list[TableName]] = {over: [], runs: []}
    for name in TableName:
        for programme, names in left.items():
            if [found async for found in table(name).query(programme)]:
                names.append(name)
    assert set(left[runs]) == set(TableName)
    assert set(left[over]) == {
        TableName.PROGRAMMES,
        TableName.SESSIONS,
        TableName.ALARMS,
        TableName.MAILBOXES,
        TableName.EARLIER_PARTICIPANTS,
        TableName.INTEREST,  # each row has its own two years
        TableName.UPKEEP,
        TableName.DRAFTS,  # they end by the hour, whatever their programme
        TableName.TALLIES,
        TableName.LINKS,  # the row that stands in a partition of the programme's name is none of its own
    }
    links = [found.row async for found in table(TableName.LINKS).query(where={"Programme": over})]
    assert links == []
    assert len([f async for f in table(TableName.LINKS).query(where={"Programme": runs})]) == 120
