"""``Organisations`` rows: the mail domains that colleagues of an organisation use."""

import hashlib
from collections.abc import Collection

from shared.domain.text import match_key
from shared.ports import Table
from shared.stores.cells import row_mark, text
from shared.stores.names import TableName


class Organisations:
    """The mail domains that colleagues of an organisation use."""

    TABLE = TableName.ORGANISATIONS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def domains(self, programme: str, organisation: str) -> frozenset[str]:
        """Domains seen so far."""
        rows = self._table.query(programme, from_key=f"{_key(organisation)}.", before_key=f"{_key(organisation)}/")
        return frozenset([text(found.row, "Domain") async for found in rows])

    async def note(self, programme: str, organisation: str, domain: str) -> None:
        """Remember one."""
        await self._table.put(
            {
                "PartitionKey": programme,
                "RowKey": f"{_key(organisation)}.{_key(domain)}",
                "Organisation": organisation,
                "Domain": domain,
            }
        )

    async def besides(self, programme: str, known: Collection[tuple[str, str]]) -> list[str]:
        """The marks (``Tombstone``) of rows of other organisations and domains than these."""
        return [row_mark(TableName.ORGANISATIONS, programme, key) for key in await self._besides(programme, known)]

    async def keep_only(self, programme: str, known: Collection[tuple[str, str]]) -> None:
        """Delete those rows."""
        for key in await self._besides(programme, known):
            await self._table.delete(programme, key)

    async def _besides(self, programme: str, known: Collection[tuple[str, str]]) -> list[str]:
        kept = {f"{_key(organisation)}.{_key(domain)}" for organisation, domain in known}
        return [
            key
            async for found in self._table.query(programme, columns=("RowKey",))
            if (key := text(found.row, "RowKey")) not in kept
        ]


def _key(value: str) -> str:
    return hashlib.sha256(match_key(value).encode()).hexdigest()[:24]
