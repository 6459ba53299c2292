"""``Links`` rows: what a link opens, under the hash of its token. Partitions by the hash spread the load."""

from shared.adapters.table import Table, number, text
from shared.domain.references import Link, Purpose


class LinkTable:
    """See ``ports.Links``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, token_hash: str, link: Link) -> None:
        """See the port."""
        await self._table.put(
            {
                "PartitionKey": token_hash[:2],
                "RowKey": token_hash,
                "Purpose": link.purpose.value,
                "Programme": link.programme,
                "Subject": link.subject,
                "Version": link.version,
                "Detail": link.detail,
            }
        )

    async def find(self, token_hash: str) -> Link | None:
        """See the port."""
        found = await self._table.get(token_hash[:2], token_hash)
        if found is None:
            return None
        row = found.row
        return Link(
            Purpose(text(row, "Purpose")),
            text(row, "Programme"),
            text(row, "Subject"),
            number(row, "Version"),
            text(row, "Detail"),
        )
