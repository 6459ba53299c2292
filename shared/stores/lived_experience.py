"""``LivedExperience`` rows: topics, what people say of themselves, access needs. Fewer people may read this table."""

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from shared.domain.application import seen_by
from shared.domain.fields import Asked, Kept, Reads, column, kept
from shared.domain.lived_experience import LivedExperience
from shared.domain.programme import Sees
from shared.errors import UnreadableRow
from shared.ports import Cell, Row, Table
from shared.stores.cells import count, flag, reading, text, words
from shared.stores.closed_answers import ClosedAnswers
from shared.stores.names import TableName
from shared.stores.own_answers import told_cells, told_of

logger = logging.getLogger(__name__)


class LivedExperiences:
    """``LivedExperience``: topics and access needs, with permissions of their own."""

    TABLE = TableName.LIVED_EXPERIENCE

    def __init__(self, table: Table, closed: ClosedAnswers) -> None:
        self._table = table
        self._closed = closed

    async def put(self, record: LivedExperience) -> None:
        """Write unless a newer version is there."""
        await self._closed.put(record)
        row: Row = {
            "PartitionKey": record.programme,
            "RowKey": record.reference,
            **{column(name): _cell(getattr(record, name)) for name in kept(Kept.LIVED)},
            "Version": record.version,
            "Content": record.content,
            **told_cells(seen_by(Sees.MATCHERS, record.told)),
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
        if found is None:
            return None
        record = _record(found.row)
        return replace(record, told=(*record.told, *await self._closed.get(programme, reference)))

    async def all(self, programme: str) -> AsyncIterator[LivedExperience]:
        """What everybody in a programme told us, for drafting pairs and for nothing else. Cost grows with it."""
        async for found in self._table.query(programme):
            try:
                yield _record(found.row)
            except UnreadableRow as exc:
                logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more

    async def access_needs(self, programme: str) -> dict[str, str]:
        """What people need in order to take part, by reference: for those who arrange it. Nothing else is read."""
        columns = ("RowKey", column("access_needs"))
        rows = self._table.query(programme, columns=columns)
        return {text(found.row, "RowKey"): text(found.row, columns[1]) async for found in rows}

    async def references(self, programme: str) -> frozenset[str]:
        """See the port."""
        return frozenset([text(found.row, "RowKey") async for found in self._table.query(programme)])

    async def remove(self, programme: str, reference: str) -> None:
        """Delete for good."""
        await self._closed.remove(programme, reference)
        await self._table.delete(programme, reference)


def _record(row: Row) -> LivedExperience:
    with reading(TableName.LIVED_EXPERIENCE, row):
        version = count(row, "Version")
        told = {name: _told(row, name, asked) for name, asked in kept(Kept.LIVED).items()}
        own = told_of(row, Sees.MATCHERS)
    programme, reference = text(row, "PartitionKey"), text(row, "RowKey")
    return LivedExperience(programme, reference, version=version, content=text(row, "Content"), told=own, **told)


def _cell(value: tuple[str, ...] | str | bool) -> Cell:
    return words(value) if isinstance(value, tuple) else value


def _told(row: Mapping[str, Cell], name: str, asked: Asked) -> Any:  # noqa: ANN401 -- of the type of its field
    if asked.reads is Reads.SEVERAL:
        return tuple(filter(None, text(row, column(name)).split(", ")))
    return flag(row, column(name)) if asked.is_yes_or_no else text(row, column(name))


def _version(row: Mapping[str, Cell]) -> int:
    """0 also of a row from before versions were counted."""
    known = row.get("Version")
    return known if isinstance(known, int) else 0
