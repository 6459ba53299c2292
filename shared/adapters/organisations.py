"""``Organisations`` rows: the mail domains that colleagues of an organisation use."""

import hashlib

from shared.adapters.table import Table, text
from shared.domain.text import match_key


class OrganisationTable:
    """See ``ports.Organisations``. Keys are hashes: an organisation's name is free text that people type."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def domains(self, programme: str, organisation: str) -> frozenset[str]:
        """See the port."""
        rows = self._table.query(programme, from_key=f"{_key(organisation)}.", before_key=f"{_key(organisation)}/")
        return frozenset([text(found.row, "Domain") async for found in rows])

    async def note(self, programme: str, organisation: str, domain: str) -> None:
        """See the port."""
        await self._table.put(
            {
                "PartitionKey": programme,
                "RowKey": f"{_key(organisation)}.{_key(domain)}",
                "Organisation": organisation,
                "Domain": domain,
            }
        )


def _key(value: str) -> str:
    return hashlib.sha256(match_key(value).encode()).hexdigest()[:24]
