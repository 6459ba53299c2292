"""``Responses`` rows: which application a form response led to. Keys are hashes of the provider's ids."""

import hashlib

from shared.ports import Row, Table
from shared.stores.cells import text
from shared.stores.names import TableName


class Responses:
    """``Responses``: which application a provider's form response led to, so that an edit finds it."""

    TABLE = TableName.RESPONSES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def reference(self, programme: str, source: str, response_id: str) -> str:
        """The reference, or '' if the response is new."""
        found = await self._table.get(programme, _key(source, response_id))
        return text(found.row, "Reference") if found else ""

    async def note(self, programme: str, source: str, response_id: str, reference: str, *, instead_of: str) -> bool:
        """Remember where the newest version of the response led. False if it is not as it was read any more."""
        row = _row(programme, source, response_id, reference)
        if not instead_of:
            return await self._table.insert(row)
        found = await self._table.get(programme, _key(source, response_id))
        if found is None or text(found.row, "Reference") != instead_of:
            return False
        return await self._table.replace(row, found.etag) is not None

    async def claim(self, programme: str, source: str, response_id: str, reference: str) -> str:
        """Remember a reference unless one is remembered already. Returns the one that is."""
        if await self._table.insert(_row(programme, source, response_id, reference)):
            return reference
        return await self.reference(programme, source, response_id)


def _row(programme: str, source: str, response_id: str, reference: str) -> Row:
    return {
        "PartitionKey": programme,
        "RowKey": _key(source, response_id),
        "Source": source,
        "Reference": reference,
    }


def _key(source: str, response_id: str) -> str:
    return hashlib.sha256(f"{source}\x1f{response_id}".encode()).hexdigest()
