"""One Azure table behind a small Protocol: typed answers instead of status codes, and lost answers understood.

The Azure SDK owns the retries. It may repeat a write whose answer was lost, so a 409 or 412 can be our own success:
every insert and replace carries an ``OpId``, and on such an answer the row is read again and compared.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import EntityProperty, TableErrorCode, UpdateMode
from azure.data.tables.aio import TableClient

from shared.domain.text import as_word
from shared.errors import TemporaryFailure, UnreadableRow

type Cell = str | int | float | bool | datetime | None
type Row = Mapping[str, Cell]

# Azure's limit is 32,768 characters of UTF-16 in a cell; longer text has no place in a table.
LONGEST_TEXT = 32_000
_LARGEST_NUMBER = 2**31 - 1
# Azure refuses to be asked for larger pages; the SDK goes on from page to page by itself.
_LARGEST_PAGE = 1_000
# Clocks of form providers may be decades off. Near the ends of the calendar even a change of zone fails.
_YEARS = range(1602, 9990)


class Found:
    """A row as it was read, with its etag."""

    __slots__ = ("etag", "row")

    def __init__(self, row: Row, etag: str) -> None:
        self.row = row
        self.etag = etag


class Table(Protocol):
    """What the stores need of a table. The in-memory table of the tests keeps the same promises."""

    async def get(self, partition: str, key: str) -> Found | None:
        """The row, or None."""
        ...

    async def insert(self, row: Row) -> bool:
        """Insert; False if the key is taken by another write."""
        ...

    async def replace(self, row: Row, etag: str) -> str | None:
        """Replace the row that was read with this etag; the new etag, or None if it was changed meanwhile."""
        ...

    async def put(self, row: Row) -> str:
        """Insert or replace, whatever is there; the new etag."""
        ...

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        """Write only the given columns of an existing row; with an etag only of the version that was read.

        False if that is not there, perhaps because it was written after all and the answer was lost: read, and repeat.
        """
        ...

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        """Delete; with an etag only the version that was read. False if that is not there."""
        ...

    def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        limit: int | None = None,
        columns: Collection[str] = (),
    ) -> AsyncIterator[Found]:
        """Rows by partition, key range and equal columns, ordered by partition and key; None: the whole table.

        With ``columns`` the rows have those cells alone, and no etag.
        """
        ...


class AzureTable:
    """A table in Azure Storage, or in Azurite."""

    def __init__(self, client: TableClient) -> None:
        self._client = client

    async def get(self, partition: str, key: str) -> Found | None:
        """See ``Table.get``."""
        async with translated("read"):
            try:
                entity = await self._client.get_entity(partition, key)
            except ResourceNotFoundError as exc:
                _only_the_row_is_missing(exc)
                return None
        return _found(entity)

    async def insert(self, row: Row) -> bool:
        """See ``Table.insert``."""
        entity = _entity(row)
        async with translated("insert"):
            try:
                await self._client.create_entity(entity)
            except ResourceExistsError:
                return await self._is_ours(entity)
        return True

    async def replace(self, row: Row, etag: str) -> str | None:
        """See ``Table.replace``."""
        entity = _entity(row)
        async with translated("replace"):
            try:
                answer = await self._client.update_entity(
                    entity, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                )
            except ResourceNotFoundError as exc:
                _only_the_row_is_missing(exc)
                return None
            except ResourceModifiedError:
                found = await self.get(entity["PartitionKey"], entity["RowKey"])
                return found.etag if found and found.row.get("OpId") == entity["OpId"] else None
        return str(answer["etag"])

    async def put(self, row: Row) -> str:
        """See ``Table.put``."""
        async with translated("write"):
            answer = await self._client.upsert_entity(_entity(row), mode=UpdateMode.REPLACE)
        return str(answer["etag"])

    async def merge(self, row: Row, etag: str | None = None) -> bool:
        """See ``Table.merge``."""
        # None would be dropped silently by the SDK, and a merge cannot clear a column: an empty text can.
        columns = {name: "" if value is None else value for name, value in row.items()}
        async with translated("merge"):
            try:
                await self._client.update_entity(
                    checked(columns),
                    mode=UpdateMode.MERGE,
                    etag=etag,
                    match_condition=None if etag is None else MatchConditions.IfNotModified,
                )
            except ResourceNotFoundError as exc:
                _only_the_row_is_missing(exc)
                return False
            except ResourceModifiedError:
                return False
        return True

    async def delete(self, partition: str, key: str, etag: str | None = None) -> bool:
        """See ``Table.delete``."""
        answers: list[int] = []
        async with translated("delete"):
            try:
                await self._client.delete_entity(
                    partition,
                    key,
                    etag=etag,
                    match_condition=None if etag is None else MatchConditions.IfNotModified,
                    raw_response_hook=lambda answer: answers.append(answer.http_response.status_code),
                )
            except ResourceModifiedError:
                return False
        if answers[-1:] != [HTTPStatus.NOT_FOUND]:
            return True
        # The SDK keeps a 404 to itself. Reading tells a row that is gone from a table that is missing.
        await self.get(partition, key)
        return False

    async def query(
        self,
        partition: str | None = None,
        *,
        from_key: str | None = None,
        before_key: str | None = None,
        where: Mapping[str, Cell] | None = None,
        limit: int | None = None,
        columns: Collection[str] = (),
    ) -> AsyncIterator[Found]:
        """See ``Table.query``."""
        terms: list[str] = []
        values: dict[str, Any] = {}
        for name, operator, value in (
            ("PartitionKey", "eq", partition),
            ("RowKey", "ge", from_key),
            ("RowKey", "lt", before_key),
            *((column, "eq", value) for column, value in (where or {}).items()),
        ):
            if value is not None:
                parameter = f"p{len(values)}"
                terms.append(" ".join((name, operator, "@" + parameter)))
                values[parameter] = value
        how: dict[str, Any] = {
            "results_per_page": None if limit is None else min(limit, _LARGEST_PAGE),
            "select": list(columns) or None,
        }
        async with translated("query"):
            if terms:
                pages = self._client.query_entities(" and ".join(terms), parameters=values, **how)
            else:
                pages = self._client.list_entities(**how)
            count = 0
            async for entity in pages:
                yield _part(entity) if columns else _found(entity)
                count += 1
                if limit is not None and count >= limit:
                    return

    async def _is_ours(self, entity: Mapping[str, Any]) -> bool:
        found = await self.get(entity["PartitionKey"], entity["RowKey"])
        return found is not None and found.row.get("OpId") == entity["OpId"]


def _entity(row: Row) -> dict[str, Any]:
    return {**checked(row), "OpId": uuid4().hex}


def checked(row: Row) -> dict[str, Any]:
    """The cells that are there, refused where Azure would refuse (Azurite would not) or silently misread."""
    for name, value in row.items():
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"column {name}: a time without a zone would be stored as UTC")
        # Half as many letters fit whatever they are, and counting them is dear.
        if isinstance(value, str) and len(value) > LONGEST_TEXT // 2 and _characters(value) > LONGEST_TEXT:
            raise ValueError(f"column {name}: text is longer than a cell can hold")
        if isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
            raise ValueError(f"column {name}: a number is larger than a cell can hold")
    return {name: value for name, value in row.items() if value is not None}


def _characters(value: str) -> int:
    """The length as Azure counts it: in UTF-16, where an emoji is two."""
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def _found(entity: Any) -> Found:  # noqa: ANN401 -- the SDK's entity is an untyped mapping
    return Found(_cells(entity), str(entity.metadata["etag"]))


def _part(entity: Mapping[str, Any]) -> Found:
    # Azure answers null for a column that a row does not have; Azurite leaves it out.
    return Found({name: value for name, value in _cells(entity).items() if value is not None}, "")


def _cells(entity: Mapping[str, Any]) -> Row:
    # A number of 64 bits, as the portal offers, comes with its type around it.
    return {name: value.value if isinstance(value, EntityProperty) else value for name, value in entity.items()}


def _only_the_row_is_missing(exc: ResourceNotFoundError) -> None:
    """Raise again if the whole table is: a wrong storage account must not look like one that is empty."""
    if getattr(exc, "error_code", None) == TableErrorCode.TABLE_NOT_FOUND:
        raise exc


@asynccontextmanager
async def translated(doing: str) -> AsyncIterator[None]:
    """Turn what is left of the SDK's errors of tables into ours. Their texts can quote keys, so they go no further."""
    try:
        yield
    except HttpResponseError as exc:
        raise TemporaryFailure(f"table storage answered {exc.status_code} to a {doing}") from exc
    except AzureError as exc:
        raise TemporaryFailure(f"table storage did not answer a {doing}") from exc


class BadCell(ValueError):
    """A cell that cannot be read. ``reading`` says in which row of which table."""

    def __init__(self, column: str) -> None:
        super().__init__(f"column {column} cannot be read")
        self.column = column


@contextmanager
def reading(table: str, row: Mapping[str, Cell]) -> Iterator[None]:
    """Have whatever goes wrong while a row is read name the table, the row and, where it is known, the column."""
    try:
        yield
    except UnreadableRow:
        raise
    except BadCell as exc:
        raise UnreadableRow(table, str(row.get("RowKey", "")), exc.column) from None
    except _NONSENSE:
        # 'from None', here and above: the text of such an error can quote the cell.
        raise UnreadableRow(table, str(row.get("RowKey", "")), "") from None


# What reading a value of an unexpected kind raises.
_NONSENSE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


def text(row: Mapping[str, Cell], column: str) -> str:
    """A cell as text, '' if it is missing: people leave cells empty."""
    value = row.get(column)
    return "" if value is None else str(value)


def number(row: Mapping[str, Cell], column: str) -> int:
    """A cell as a whole number, 0 if it is missing or is none."""
    try:
        return count(row, column)
    except BadCell:
        return 0


def count(row: Mapping[str, Cell], column: str, default: int = 0) -> int:
    """A cell as a whole number, also if it is a text; ``default`` if it is empty. Raises BadCell for what is none."""
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        return default
    try:
        # A text of digits first: through a float, large numbers would come out as others.
        found = int(value) if isinstance(value, str) and value.strip().lstrip("+-").isdecimal() else _whole(value)
    except _NONSENSE:
        raise BadCell(column) from None
    if abs(found) > _LARGEST_NUMBER:
        raise BadCell(column)
    return found


def _whole(value: Cell) -> int:
    if not isinstance(value, (int, str, float)):
        raise TypeError("no number")
    found = float(value)
    if not found.is_integer():
        raise ValueError("no whole number")
    return int(found)


def when(row: Mapping[str, Cell], column: str) -> datetime | None:
    """A cell as an aware instant, None if it is missing or is no time."""
    try:
        return instant(row, column)
    except BadCell:
        return None


def instant(row: Mapping[str, Cell], column: str) -> datetime | None:
    """A cell as an aware instant, also if it is a text with a zone; None if it is empty.

    Raises BadCell for what is none. A text without a zone is none: guessing between UTC and UK time would be an hour
    wrong for half the year.
    """
    value = row.get(column)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return aware(value, column)


def instant_of(row: Mapping[str, Cell], column: str) -> datetime:
    """A cell that has to hold an instant. Raises BadCell if it holds none."""
    found = instant(row, column)
    if found is None:
        raise BadCell(column)
    return found


def aware(value: object, column: str) -> datetime:
    """A value as an aware instant in UTC. Raises BadCell for what is none."""
    try:
        typed = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise BadCell(column) from None
    if typed.tzinfo is None or typed.year not in _YEARS:
        raise BadCell(column)
    return typed.astimezone(UTC)


def word[W: StrEnum](row: Mapping[str, Cell], column: str, words: type[W], default: W | None = None) -> W:
    """A cell as one of our words, whatever its capitals and blanks; ``default`` if it is empty.

    Raises BadCell for what is none of them.
    """
    typed = text(row, column)
    found = default if default is not None and not typed.strip() else as_word(typed, words)
    if found is None:
        raise BadCell(column)
    return found


def flag(row: Mapping[str, Cell], column: str) -> bool:
    """A cell as yes or no, also if it is a text or a number; no if it is empty. Raises BadCell for what is neither."""
    value = row.get(column)
    typed = "" if value is None else str(value).strip().casefold()
    if typed in _NO:
        return False
    if typed in _YES:
        return True
    raise BadCell(column)


_NO = frozenset({"", "false", "no", "0", "0.0"})
_YES = frozenset({"true", "yes", "1", "1.0"})


def parsed[T](row: Mapping[str, Cell], column: str, read: Callable[[Any], T], empty: str) -> T:
    """What ``read`` makes of a cell's JSON; ``empty`` stands for a cell without any. Raises BadCell for nonsense."""
    try:
        return read(json.loads(text(row, column).strip() or empty))
    except _NONSENSE:
        raise BadCell(column) from None


def typed_day(row: Mapping[str, Cell], column: str) -> date | None:
    """A day that a person may have typed, None if the cell is empty. Nonsense is the last of all days: nothing goes."""
    value = row.get(column)
    if value is None or not str(value).strip():
        return None
    try:
        return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return date.max


def words(items: Iterable[str]) -> str:
    """Several short values in one cell that people read."""
    return ", ".join(items)
