"""``ClosedAnswers`` rows: answers to questions of a programme's own that nobody sees but in an export."""

from shared.domain.application import seen_by
from shared.domain.fields import Told
from shared.domain.lived_experience import LivedExperience
from shared.domain.programme import Sees
from shared.ports import Row, Table
from shared.stores.cells import count, reading
from shared.stores.names import TableName
from shared.stores.own_answers import told_cells, told_of


class ClosedAnswers:
    """``ClosedAnswers``: kept beside ``LivedExperience``, by whose store it is written, read and removed."""

    TABLE = TableName.CLOSED_ANSWERS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, record: LivedExperience) -> None:
        """Write unless a newer version is there; a version without such answers leaves an empty one, if any."""
        told = seen_by(Sees.NOBODY, record.told)
        row: Row = {
            "PartitionKey": record.programme,
            "RowKey": record.reference,
            "Version": record.version,
            **told_cells(told),
        }
        if told and await self._table.insert(row):
            return
        found = await self._table.get(record.programme, record.reference)
        while found is not None:
            with reading(TableName.CLOSED_ANSWERS, found.row):
                version = count(found.row, "Version")
            if version > record.version:
                return
            # A row that is emptied keeps its version: an older one that comes late is still told by it.
            if await self._table.replace(row, found.etag) is not None:
                return
            found = await self._table.get(record.programme, record.reference)

    async def get(self, programme: str, reference: str) -> tuple[Told, ...]:
        """What one person told, for nobody but themselves."""
        found = await self._table.get(programme, reference)
        if found is None:
            return ()
        with reading(TableName.CLOSED_ANSWERS, found.row):
            return told_of(found.row, Sees.NOBODY)

    async def remove(self, programme: str, reference: str) -> None:
        """Delete for good."""
        await self._table.delete(programme, reference)
