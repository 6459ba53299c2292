"""What every ``Table`` promises, held against the in-memory table and against Azure's SDK on the emulator."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared.adapters.storage import StorageAccount
from shared.adapters.table import AzureTable
from shared.errors import TemporaryFailure
from shared.ports import Cell, Found, Row, Table
from shared.stores.cells import LONGEST_TEXT
from shared.stores.names import TableName

NOON = datetime(2026, 3, 12, 12, 0, 0, 123456, tzinfo=UTC)


def row(key: str = "k", *, partition: str = "p", **columns: Cell) -> Row:
    return {"PartitionKey": partition, "RowKey": key, **columns}


async def kept(table: Table, key: str = "k", partition: str = "p") -> dict[str, Cell] | None:
    """The row's own columns: how writes are told apart is the adapter's affair."""
    found = await table.get(partition, key)
    return (
        None if found is None else {n: v for n, v in found.row.items() if n not in {"OpId", "PartitionKey", "RowKey"}}
    )


async def keys(table: Table, partition: str | None = None, **options: object) -> list[str]:
    return [str(found.row["RowKey"]) async for found in table.query(partition, **options)]  # type: ignore[arg-type]


async def test_a_row_that_is_not_there_is_none(table: Table) -> None:
    assert await table.get("p", "k") is None


async def test_the_first_insert_wins(table: Table) -> None:
    assert await table.insert(row(Name="first"))
    assert not await table.insert(row(Name="second"))
    assert await kept(table) == {"Name": "first"}


async def test_one_of_many_inserts_at_once_wins(table: Table) -> None:
    answers = await asyncio.gather(*(table.insert(row(Name=str(n))) for n in range(8)))

    assert answers.count(True) == 1
    assert await kept(table) == {"Name": str(answers.index(True))}


async def test_replace_needs_the_newest_etag(table: Table) -> None:
    await table.insert(row(Name="first", Old="column"))
    read = await table.get("p", "k")
    assert read is not None

    etag = await table.replace(row(Name="second"), read.etag)

    assert etag is not None
    assert await table.replace(row(Name="third"), read.etag) is None
    assert await kept(table) == {"Name": "second"}
    assert await table.replace(row(Name="fourth"), etag) is not None


async def test_only_one_of_two_replacements_of_the_same_version_wins(table: Table) -> None:
    etag = await table.put(row(Name="first"))

    answers = await asyncio.gather(*(table.replace(row(Name=str(n)), etag) for n in range(4)))

    assert len([one for one in answers if one is not None]) == 1


async def test_replace_of_a_row_that_is_gone_is_none(table: Table) -> None:
    etag = await table.put(row(Name="first"))
    await table.delete("p", "k")

    assert await table.replace(row(Name="second"), etag) is None
    assert await kept(table) is None


async def test_replace_drops_columns_that_are_none(table: Table) -> None:
    etag = await table.put(row(SentAt=NOON))

    await table.replace(row(SentAt=None), etag)

    assert await kept(table) == {}


async def test_put_makes_or_replaces_and_gives_the_etag(table: Table) -> None:
    await table.put(row(Name="first", Old="column"))
    etag = await table.put(row(Name="second"))

    assert await kept(table) == {"Name": "second"}
    assert await table.replace(row(Name="third"), etag) is not None


async def test_put_makes_every_earlier_etag_stale(table: Table) -> None:
    earlier = await table.put(row(Name="same"))
    later = await table.put(row(Name="same"))

    assert earlier != later
    assert await table.replace(row(Name="other"), earlier) is None


async def test_merge_of_a_missing_row_makes_none(table: Table) -> None:
    assert not await table.merge(row(Name="first"))
    assert await kept(table) is None


async def test_merge_leaves_other_columns(table: Table) -> None:
    etag = await table.put(row(Typed="by hand", Ours="first"))

    assert await table.merge(row(Ours="second"))

    assert await kept(table) == {"Typed": "by hand", "Ours": "second"}
    assert await table.replace(row(Ours="third"), etag) is None


async def test_merge_with_a_stale_etag_leaves_the_row(table: Table) -> None:
    stale = await table.put(row(Typed="by hand", Ours="first"))
    etag = await table.put(row(Typed="by hand", Ours="second"))

    assert not await table.merge(row(Ours="third"), stale)
    assert await table.merge(row(Ours="fourth"), etag)

    assert await kept(table) == {"Typed": "by hand", "Ours": "fourth"}
    await table.delete("p", "k")
    assert not await table.merge(row(Ours="fifth"), etag)


async def test_merge_clears_a_column_with_none(table: Table) -> None:
    await table.put(row(At=NOON, Name="x"))

    await table.merge(row(At=None, Name=None))

    assert await kept(table) == {"At": "", "Name": ""}


async def test_delete_with_a_stale_etag_leaves_the_row(table: Table) -> None:
    stale = await table.put(row(Name="first"))
    etag = await table.put(row(Name="second"))

    assert not await table.delete("p", "k", stale)
    assert await kept(table) == {"Name": "second"}
    assert await table.delete("p", "k", etag)
    assert await kept(table) is None


async def test_delete_says_whether_there_was_something(table: Table) -> None:
    await table.put(row())

    assert await table.delete("p", "k")
    assert not await table.delete("p", "k")


async def test_delete_of_a_version_that_is_gone_says_so(table: Table) -> None:
    etag = await table.put(row())
    await table.delete("p", "k", etag)

    assert not await table.delete("p", "k", etag)


async def test_values_come_back_as_they_went(table: Table) -> None:
    cells: dict[str, Cell] = {
        "Text": "Ünïcode 🙂 'quoted' \"twice\"\nnew line",
        "Empty": "",
        "Number": -7,
        "Largest": 2**31 - 1,
        "Part": 1.5,
        "Whole": 2.0,
        "Yes": True,
        "No": False,
        "At": NOON,
    }

    await table.put({**row(), **cells, "Missing": None})

    found = await kept(table)
    assert found == cells
    assert {name: isinstance(value, bool) for name, value in found.items()} == {n: n in {"Yes", "No"} for n in cells}


async def test_times_come_back_in_utc(table: Table) -> None:
    summer = datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/London"))

    await table.put(row(At=summer))

    found = (await kept(table) or {})["At"]
    assert isinstance(found, datetime)
    assert (found, found.utcoffset(), found.hour) == (summer, timedelta(0), 8)


@pytest.mark.parametrize("write", ["insert", "put", "merge", "replace"])
@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(datetime(2026, 7, 1, 9, 30), id="a time without a zone"),  # noqa: DTZ001 -- that is the point
        pytest.param("x" * (LONGEST_TEXT + 1), id="a text too long for a cell"),
        pytest.param(2**31, id="a number too large for a cell"),
        pytest.param("🙂" * 20_000, id="a text too long in UTF-16, as the service counts"),
    ],
)
async def test_what_a_cell_cannot_hold_is_refused(table: Table, write: str, cell: Cell) -> None:
    etag = await table.put(row(Name="first"))
    given = row("other" if write == "insert" else "k", At=cell)

    with pytest.raises(ValueError, match="column At"):
        await (table.replace(given, etag) if write == "replace" else getattr(table, write)(given))

    assert await kept(table) == {"Name": "first"}
    assert await kept(table, "other") is None


async def test_the_longest_text_is_kept(table: Table) -> None:
    assert await table.insert(row(Note="x" * LONGEST_TEXT))
    assert await kept(table) == {"Note": "x" * LONGEST_TEXT}


async def test_a_query_is_ordered_by_partition_and_key(table: Table) -> None:
    for partition, key in (("b", "1"), ("a", "2"), ("a", "10"), ("a", "1"), ("a", "Z"), ("a", "a")):
        await table.put(row(key, partition=partition))

    assert await keys(table, "a") == ["1", "10", "2", "Z", "a"]
    assert await keys(table) == ["1", "10", "2", "Z", "a", "1"]
    assert await keys(table, "c") == []


async def test_a_query_takes_a_range_of_keys(table: Table) -> None:
    for key in ("a", "s-1.x", "s-1.y", "s-10.x", "s-1a", "z"):
        await table.put(row(key))

    assert await keys(table, "p", from_key="s-1.", before_key="s-1/") == ["s-1.x", "s-1.y"]
    assert await keys(table, "p", from_key="s-1/") == ["s-10.x", "s-1a", "z"]
    assert await keys(table, "p", before_key="s-1.y") == ["a", "s-1.x"]


async def test_a_query_takes_equal_columns(table: Table) -> None:
    await table.put(row("1", Status="Late", Count=1, Yes=True, At=NOON))
    await table.put(row("2", Status="Late", Count=2, Yes=False, At=NOON + timedelta(days=1)))
    await table.put(row("3", Status="late"))
    await table.put(row("4"))

    assert await keys(table, "p", where={"Status": "Late"}) == ["1", "2"]
    assert await keys(table, "p", where={"Status": "Late", "Count": 2}) == ["2"]
    assert await keys(table, "p", where={"Yes": True}) == ["1"]
    assert await keys(table, "p", where={"At": NOON}) == ["1"]
    assert await keys(table, where={"Status": ""}) == []
    assert await keys(table, "p", where={"Status": "Late"}, from_key="2") == ["2"]


async def test_a_query_stops_at_its_limit(table: Table) -> None:
    for n in range(5):
        await table.put(row(str(n), Even=n % 2 == 0))

    assert await keys(table, "p", limit=2) == ["0", "1"]
    assert await keys(table, "p", limit=2, where={"Even": True}) == ["0", "2"]
    assert await keys(table, limit=9) == ["0", "1", "2", "3", "4"]


async def test_a_query_gives_the_columns_that_are_wanted(table: Table) -> None:
    await table.put(row("1", Status="Late", Count=1, At=NOON))
    await table.put(row("2", Count=2))

    found = [found async for found in table.query("p", columns=("RowKey", "Status", "At"))]
    late = [found async for found in table.query("p", where={"Count": 1}, columns=("RowKey",))]

    assert [one.row for one in found] == [{"RowKey": "1", "Status": "Late", "At": NOON}, {"RowKey": "2"}]
    assert [one.row for one in late] == [{"RowKey": "1"}]
    assert {one.etag for one in found} == {""}


async def test_a_query_goes_on_over_pages(table: Table) -> None:
    rows = [row(f"{n:04}", N=n) for n in range(1_150)]
    if isinstance(table, AzureTable):
        for start in range(0, len(rows), 100):
            await table._client.submit_transaction([("create", dict(one)) for one in rows[start : start + 100]])
    else:
        for one in rows:
            await table.insert(one)

    assert await keys(table, "p") == [one["RowKey"] for one in rows]
    assert len(await keys(table)) == len(rows)
    assert await keys(table, "p", from_key="1100", limit=20) == [f"{n:04}" for n in range(1_100, 1_120)]


@pytest.mark.parametrize("value", ["x' or PartitionKey ne '", "'", "''", "x' or 'a' eq 'a", "@p0", "%27 or true"])
async def test_quotes_in_a_value_match_nothing_else(table: Table, value: str) -> None:
    await table.put(row("1", Name="x"))
    await table.put(row("2", Name=value))

    assert await keys(table, "p", where={"Name": value}) == ["2"]
    assert await keys(table, value) == []
    assert await keys(table, "p", from_key=value, before_key=value) == []


async def test_keys_may_hold_quotes_and_blanks(table: Table) -> None:
    key = "2026-03-12T09:00:00Z o'hara's one"
    await table.insert(row(key, Name="first"))
    found = await table.get("p", key)

    assert isinstance(found, Found)
    assert await table.replace(row(key, Name="second"), found.etag) is not None
    assert await table.merge(row(key, Name="third"))
    assert await kept(table, key) == {"Name": "third"}
    assert await table.delete("p", key)


async def test_what_was_read_does_not_change_the_table(table: Table) -> None:
    await table.put(row(Name="first"))
    found = await table.get("p", "k")
    assert found is not None

    assert isinstance(found.row, dict)
    found.row["Name"] = "scribbled"

    assert await kept(table) == {"Name": "first"}


async def test_a_table_that_is_missing_is_a_failure_and_not_an_empty_one(account: StorageAccount) -> None:
    """Otherwise a wrong storage account looks like one in which nobody has ever applied."""
    missing = AzureTable(account._tables.get_table_client("NoSuchTable"))

    with pytest.raises(TemporaryFailure):
        await missing.get("p", "k")
    with pytest.raises(TemporaryFailure):
        await missing.insert(row())
    with pytest.raises(TemporaryFailure):
        await missing.replace(row(), "etag")
    with pytest.raises(TemporaryFailure):
        await missing.merge(row())
    with pytest.raises(TemporaryFailure):
        await missing.delete("p", "k")
    with pytest.raises(TemporaryFailure):
        await keys(missing)


@pytest.mark.parametrize("name", list(TableName))
async def test_the_account_gives_every_table(account: StorageAccount, name: TableName) -> None:
    assert await account.table(name).get("nothing", "here") is None


async def test_a_query_for_what_has_changed_gives_those_rows_alone(table: Table) -> None:
    for key in ("a", "b", "c"):
        await table.put(row(key, Name="first"))
        await asyncio.sleep(0.01)
    before = [found.changed async for found in table.query("p")]
    newest = max(one for one in before if one is not None)
    await table.merge(row("a", Name="second"))

    assert await keys(table, "p", changed_after=newest) == ["a"]
    assert await keys(table, changed_after=newest) == ["a"]
    assert await keys(table, "p", changed_after=newest, where={"Name": "first"}) == []
    assert await keys(table, "p", changed_after=before[0]) == ["a", "b", "c"]
    assert await keys(table, "p", changed_after=newest + timedelta(days=400)) == []
    assert [found.changed async for found in table.query("p", columns=("Name",))] == [None] * 3
    found = await table.get("p", "b")
    assert found is not None
    assert found.changed == before[1]
