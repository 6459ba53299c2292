"""``MonitoringBox`` and ``Monitoring`` rows: equality answers before and after they are mixed. A column a question."""

from collections.abc import AsyncIterator, Mapping

from shared.adapters.table import Cell, Row, Table, text
from shared.domain.monitoring import QUESTIONS, Monitored

_COLUMNS: Mapping[str, str] = {
    question.id: "".join(part.capitalize() for part in question.id.split("_")) for question in QUESTIONS
}


class MonitoringBoxTable:
    """See ``ports.MonitoringBox``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, programme: str, key: str, monitored: Monitored) -> None:
        """See the port."""
        await self._table.insert(
            {"PartitionKey": programme, "RowKey": key, "Id": monitored.id, **_cells(monitored)},
        )

    async def waiting(self, programme: str) -> dict[str, Monitored]:
        """See the port."""
        return {
            text(found.row, "RowKey"): _monitored(text(found.row, "Id"), found.row)
            async for found in self._table.query(programme)
        }

    async def remove(self, programme: str, key: str) -> None:
        """See the port."""
        await self._table.delete(programme, key)


class MonitoringTable:
    """See ``ports.Monitoring``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def add(self, programme: str, monitored: Monitored) -> None:
        """See the port."""
        row: Row = {"PartitionKey": programme, "RowKey": monitored.id, **_cells(monitored)}
        await self._table.insert(row)

    async def all(self, programme: str) -> AsyncIterator[Monitored]:
        """See the port."""
        async for found in self._table.query(programme):
            yield _monitored(text(found.row, "RowKey"), found.row)

    async def holds(self, programme: str) -> bool:
        """See the port."""
        async for _ in self._table.query(programme, limit=1):
            return True
        return False

    async def clear(self, programme: str) -> None:
        """See the port."""
        for key in [text(found.row, "RowKey") async for found in self._table.query(programme)]:
            await self._table.delete(programme, key)


def _cells(monitored: Monitored) -> dict[str, Cell]:
    return {_COLUMNS[question]: words for question, words in monitored.answers.items()}


def _monitored(id_: str, row: Mapping[str, Cell]) -> Monitored:
    answers = {question: text(row, column) for question, column in _COLUMNS.items()}
    return Monitored(id_, {question: words for question, words in answers.items() if words})
