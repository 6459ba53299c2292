"""One Azure table behind a small Protocol: typed answers instead of status codes, and lost answers understood.

The Azure SDK owns the retries. It may repeat a write whose answer was lost, so a 409 or 412 can be our own success:
every insert and replace carries an ``OpId``, and on such an answer the row is read again and compared.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any
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

from shared.errors import TemporaryFailure
from shared.ports import Cell, Found, Row
from shared.stores.cells import checked

# Azure refuses to be asked for larger pages; the SDK goes on from page to page by itself.
_LARGEST_PAGE = 1_000


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
        changed_after: datetime | None = None,
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
            ("Timestamp", "gt", changed_after),
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


def _found(entity: Any) -> Found:  # noqa: ANN401 -- the SDK's entity is an untyped mapping
    return Found(_cells(entity), str(entity.metadata["etag"]), entity.metadata["timestamp"])


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
