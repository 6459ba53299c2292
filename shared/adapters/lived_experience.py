"""``LivedExperience`` rows: topics, what people say of themselves, access needs. Fewer people may read this table."""

from shared.adapters.table import Row, Table, when, words
from shared.ports import LivedExperience


class LivedExperienceTable:
    """See ``ports.LivedExperiences``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, record: LivedExperience) -> None:
        """See the port."""
        row: Row = {
            "PartitionKey": record.programme,
            "RowKey": record.reference,
            "Topics": words(record.topics),
            "AboutYou": record.about_you,
            "AccessNeeds": record.access_needs,
            "VersionOf": record.version_of,
            "Content": record.content,
        }
        if await self._table.insert(row):
            return
        found = await self._table.get(record.programme, record.reference)
        while found is not None:
            known = when(found.row, "VersionOf")
            if known is not None and known > record.version_of:
                return
            if await self._table.replace(row, found.etag) is not None:
                return
            found = await self._table.get(record.programme, record.reference)

    async def remove(self, programme: str, reference: str) -> None:
        """See the port."""
        await self._table.delete(programme, reference)
