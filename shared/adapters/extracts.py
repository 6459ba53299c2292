"""Whole tables as lines, and lines as rows again: for exports and restores, which know no domain values."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from itertools import batched, groupby
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from shared.adapters import table_policies
from shared.adapters.lines import Cells, cells_of_line, entity_of, line_of
from shared.adapters.table import translated
from shared.adapters.table_policies import Ends
from shared.domain.erasing import Tombstone
from shared.errors import PermanentFailure
from shared.ports import Page
from shared.stores.names import TableName

# What the service takes in one transaction: so many rows of one partition, and with some room so many bytes.
_ROWS_AT_ONCE = 100
_BYTES_AT_ONCE = 3 * 2**20
_TRANSACTIONS_AT_ONCE = 4
_PAGE = 1_000


class RawTables:
    """See ``ports.Extracts``."""

    def __init__(self, client: Callable[[TableName], TableClient]) -> None:
        self._client = client

    def tables(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(table.value for table, policy in table_policies.POLICIES.items() if policy.exported)

    async def pages(self, table: str, place: str = "", *, most: int | None = None) -> AsyncIterator[Page]:
        """See the port."""
        async with translated("export"):
            pages = (
                self._client(TableName(table))
                .list_entities(results_per_page=_PAGE)
                .by_page(continuation_token=_token(place))
            )
            count = 0
            async for page in pages:
                lines = tuple([line_of(entity) async for entity in page])
                further = getattr(pages, "continuation_token", None)
                yield Page(lines, _place(further) if further else "")
                count += 1
                if count == most:
                    return

    async def application(self, programme: str, reference: str) -> str:
        """See the port."""
        async with translated("read"):
            try:
                return line_of(await self._client(TableName.APPLICATIONS).get_entity(programme, reference)).decode()
            except ResourceNotFoundError:
                return ""

    async def load(self, table: str, lines: Sequence[bytes]) -> None:
        """See the port."""
        client, slots = self._client(TableName(table)), asyncio.Semaphore(_TRANSACTIONS_AT_ONCE)

        async def write(rows: Sequence[Cells]) -> None:
            # Replacing, so that a restore which was cut off can be run again.
            operations = [("upsert", entity_of(row), {"mode": UpdateMode.REPLACE}) for row in rows]
            async with slots, translated("restore"):
                await client.submit_transaction(operations)

        await asyncio.gather(*(write(rows) for rows in _transactions(lines)))

    async def add(self, table: str, lines: Sequence[bytes], containing: str) -> Sequence[tuple[str, str]]:
        """See the port."""
        client, added = self._client(TableName(table)), []
        async with translated("read"):
            there = {_key(row) async for row in client.list_entities(select=["PartitionKey", "RowKey"])}
        for cells in map(cells_of_line, lines):
            key = _key(cells)
            if key in there or containing not in key[1]:
                continue
            async with translated("restore"):
                try:
                    await client.create_entity(entity_of(cells))
                except ResourceExistsError:
                    continue  # the app, or somebody else, was faster: theirs is newer
            added.append(key)
        return added

    async def clear(self, programme: str) -> None:
        """See the port."""
        for table, policy in table_policies.POLICIES.items():
            if policy.ends is Ends.NEVER:
                continue
            by_column = policy.ends is Ends.NAMED_BY_A_COLUMN
            wanted = "Programme eq @programme" if by_column else "PartitionKey eq @programme"
            async with translated("delete"):
                client = self._client(table)
                rows = client.query_entities(
                    wanted,
                    parameters={"programme": programme},
                    select=["PartitionKey", "RowKey"],
                    results_per_page=_PAGE,
                )
                async for page in rows.by_page():
                    for some in _by_partition([row async for row in page]):
                        await client.submit_transaction([("delete", row) for row in some])

    async def not_empty(self) -> Sequence[str]:
        """See the port."""
        found = []
        for table in TableName:
            async with translated("read"):
                try:
                    async for _ in self._client(table).list_entities(results_per_page=1):
                        found.append(table.value)
                        break
                except ResourceNotFoundError as exc:
                    why = f"there is no table {table.value}: deploy the account's tables first"
                    raise PermanentFailure(why) from exc
        return found

    def left_behind(self, table: str, erased: Mapping[tuple[str, str], Tombstone]) -> Sequence[bytes]:
        """See the port."""
        return table_policies.left_behind(TableName(table), erased)

    def without(self, table: str, line: bytes, erased: Mapping[tuple[str, str], Tombstone]) -> bytes | None:
        """See the port."""
        return table_policies.without(TableName(table), line, erased)


def _by_partition(rows: Sequence[Cells]) -> Iterator[list[Cells]]:
    for _, one in groupby(rows, lambda row: str(row["PartitionKey"])):
        for some in batched(one, _ROWS_AT_ONCE, strict=False):
            yield list(some)


def _place(token: Mapping[str, str]) -> str:
    """A place as plain letters: the service's own can hold whatever stands in keys."""
    return base64.b64encode(json.dumps(token).encode()).decode()


def _token(place: str) -> Any:  # noqa: ANN401 -- the service's affair
    return json.loads(base64.b64decode(place)) if place else None


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return str(row["PartitionKey"]), str(row["RowKey"])


def _transactions(lines: Sequence[bytes]) -> Iterator[list[Cells]]:
    """Neighbours of one partition, as many as go together."""
    rows: list[Cells] = []
    size = 0
    partition: Any = None
    for line in lines:
        cells = cells_of_line(line)
        other = cells["PartitionKey"] != partition
        if rows and (other or len(rows) == _ROWS_AT_ONCE or size + len(line) > _BYTES_AT_ONCE):
            yield rows
            rows, size = [], 0
        partition = cells["PartitionKey"]
        rows.append(cells)
        size += len(line)
    if rows:
        yield rows
