"""``Evaluations`` rows: what people make of the programme, under a key that tells nobody whose they are."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any

from shared.domain.evaluation import Evaluated
from shared.domain.programme import Sees
from shared.domain.questionnaire import Value
from shared.errors import LostRace
from shared.ports import Row, Table
from shared.stores.cells import JsonCell, reading, text
from shared.stores.names import TableName
from shared.stores.own_answers import told_cells, told_of

_TRIES = 5
_VALUES = JsonCell("Values", dict[str, Value], {})


class Evaluations:
    """``Evaluations``: one row a person and wave. Nothing in it leads to an application."""

    TABLE = TableName.EVALUATIONS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, programme: str, evaluated: Evaluated) -> None:
        """Write; who answers again replaces what they answered before."""
        row = _row(programme, evaluated)
        for _ in range(_TRIES):
            if await self._table.insert(row):
                return
            found = await self._table.get(programme, str(row["RowKey"]))
            if found is not None and await self._table.replace(row, found.etag) is not None:
                return
        raise LostRace("the evaluation is being answered by others at the same time")

    async def of(self, programme: str, keys: Collection[str]) -> list[Evaluated]:
        """Everything that was answered under one of these keys, at whichever wave. Cost grows with the programme."""
        return [one async for one in self.all(programme) if one.key in keys]

    async def get(self, programme: str, wave: str, key: str) -> Evaluated | None:
        """What was answered under that key at a wave, or None."""
        found = await self._table.get(programme, row_key(wave, key))
        return _evaluated(found.row) if found else None

    async def all(self, programme: str) -> AsyncIterator[Evaluated]:
        """Everything that was answered, wave by wave, in an order that is nobody's."""
        async for found in self._table.query(programme):
            yield _evaluated(found.row)

    async def remove(self, programme: str, wave: str, key: str) -> None:
        """Delete for good."""
        await self._table.delete(programme, row_key(wave, key))


def row_key(wave: str, key: str) -> str:
    """The key of a row."""
    return f"{wave}.{key}"


def _row(programme: str, evaluated: Evaluated) -> Row:
    return {
        "PartitionKey": programme,
        "RowKey": row_key(evaluated.wave, evaluated.key),
        "Wave": evaluated.wave,
        "Role": evaluated.role,
        "Values": _VALUES.written(dict(evaluated.values)),
        **told_cells(evaluated.told),
    }


def _evaluated(row: Mapping[str, Any]) -> Evaluated:
    with reading(TableName.EVALUATIONS, row):
        values = _VALUES.read(row)
        told = told_of(row, Sees.NOBODY)
    wave, _, key = text(row, "RowKey").partition(".")
    return Evaluated(key, wave, text(row, "Role"), values, told)
