"""``LivedExperience`` rows: topics, what people say of themselves, access needs. Fewer people may read this table."""

from shared.adapters.names import TableName
from shared.adapters.table import Row, Table, instant_of, reading, text, when, words
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

    async def get(self, programme: str, reference: str) -> LivedExperience | None:
        """See the port."""
        found = await self._table.get(programme, reference)
        if found is None:
            return None
        row = found.row
        with reading(TableName.LIVED_EXPERIENCE, row):
            version_of = instant_of(row, "VersionOf")
        topics = tuple(filter(None, text(row, "Topics").split(", ")))
        about_you, access_needs = text(row, "AboutYou"), text(row, "AccessNeeds")
        content = text(row, "Content")
        return LivedExperience(programme, reference, topics, about_you, access_needs, version_of, content)

    async def references(self, programme: str) -> frozenset[str]:
        """See the port."""
        return frozenset([text(found.row, "RowKey") async for found in self._table.query(programme)])

    async def remove(self, programme: str, reference: str) -> None:
        """See the port."""
        await self._table.delete(programme, reference)
