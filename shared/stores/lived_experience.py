"""``LivedExperience`` rows: topics, what people say of themselves, access needs. Fewer people may read this table."""

import logging
from collections.abc import AsyncIterator, Mapping

from shared.errors import UnreadableRow
from shared.ports import Cell, LivedExperience, Row, Table
from shared.stores.cells import count, reading, text, words
from shared.stores.names import TableName

logger = logging.getLogger(__name__)


class LivedExperiences:
    """``LivedExperience``: topics and access needs, with permissions of their own."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, record: LivedExperience) -> None:
        """Write unless a newer version is there."""
        row: Row = {
            "PartitionKey": record.programme,
            "RowKey": record.reference,
            "Topics": words(record.topics),
            "AboutYou": record.about_you,
            "AccessNeeds": record.access_needs,
            "Version": record.version,
            "Content": record.content,
        }
        if await self._table.insert(row):
            return
        found = await self._table.get(record.programme, record.reference)
        while found is not None:
            if _version(found.row) > record.version:
                return
            if await self._table.replace(row, found.etag) is not None:
                return
            found = await self._table.get(record.programme, record.reference)

    async def get(self, programme: str, reference: str) -> LivedExperience | None:
        """What one person told us, for nobody but themselves; None if there is nothing."""
        found = await self._table.get(programme, reference)
        return _record(found.row) if found else None

    async def all(self, programme: str) -> AsyncIterator[LivedExperience]:
        """What everybody in a programme told us, for drafting pairs and for nothing else. Cost grows with it."""
        async for found in self._table.query(programme):
            try:
                yield _record(found.row)
            except UnreadableRow as exc:
                logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more

    async def references(self, programme: str) -> frozenset[str]:
        """See the port."""
        return frozenset([text(found.row, "RowKey") async for found in self._table.query(programme)])

    async def remove(self, programme: str, reference: str) -> None:
        """Delete for good."""
        await self._table.delete(programme, reference)


def _record(row: Row) -> LivedExperience:
    with reading(TableName.LIVED_EXPERIENCE, row):
        version = count(row, "Version")
    return LivedExperience(
        programme=text(row, "PartitionKey"),
        reference=text(row, "RowKey"),
        topics=tuple(filter(None, text(row, "Topics").split(", "))),
        about_you=text(row, "AboutYou"),
        access_needs=text(row, "AccessNeeds"),
        version=version,
        content=text(row, "Content"),
    )


def _version(row: Mapping[str, Cell]) -> int:
    """0 also of a row from before versions were counted."""
    known = row.get("Version")
    return known if isinstance(known, int) else 0
