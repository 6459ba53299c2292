"""``Links`` rows: what a link opens, under the hash of its token. Partitions by the hash spread the load."""

from datetime import date

from shared.domain.references import Link, Purpose
from shared.ports import Row, Table
from shared.stores.cells import BadCell, count, reading, text, word
from shared.stores.names import TableName

_MOST_DIGITS = 6
_YEARS = range(2000, 3000)


class Links:
    """Links by the hash of their token."""

    TABLE = TableName.LINKS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, token_hash: str, link: Link) -> None:
        """Store; storing it again changes nothing."""
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
        """What the link opens, or None."""
        found = await self._table.get(token_hash[:2], token_hash)
        return link_of(found.row) if found else None


def link_of(row: Row) -> Link:
    """What the link of a row opens. Raises UnreadableRow."""
    with reading(TableName.LINKS, row):
        link = Link(
            word(row, "Purpose", Purpose),
            text(row, "Programme"),
            text(row, "Subject"),
            count(row, "Version"),
            text(row, "Detail"),
        )
        if link.purpose is Purpose.DECISION and not _is_number(link.detail):
            raise BadCell("Detail")
        if link.purpose is Purpose.RETURNING:
            made_at = link.detail.partition(" ")[0]
            if len(made_at) != len("2026-02-10") or date.fromisoformat(made_at).year not in _YEARS:
                raise BadCell("Detail")
        return link


def _is_number(detail: str) -> bool:
    return detail.isascii() and detail.isdecimal() and len(detail) <= _MOST_DIGITS
