"""What was published of a programme's numbers, and the draft that waits for a person: rows of ``Upkeep``. What was told
of answers that name nobody: rows of ``Monitoring``, which nobody may read.

The exact numbers of each table stand here too, to see how far they have moved: the rows are for the app alone.
"""

from collections.abc import Sequence
from datetime import date
from itertools import count, takewhile
from typing import Final

from pydantic import ConfigDict, TypeAdapter

from shared.domain.disclosure import Pack, Table
from shared.ports import Row
from shared.ports import Table as Rows
from shared.stores.cells import LONGEST_TEXT, text
from shared.stores.names import TableName

_DRAFT = "draft"
#: How the keys of what was told begin; those of answers are digits and a to f.
TOLD: Final = "told."
_TABLES = TypeAdapter(
    tuple[Table, ...],
    config=ConfigDict(
        strict=True,
        alias_generator=lambda name: "few" if name == "few_together" else name,
        defer_build=True,
        hide_input_in_errors=True,
    ),
)


class PublishedPacks:
    """The packs of each programme."""

    TABLE = TableName.UPKEEP

    def __init__(self, table: Rows) -> None:
        self._table = table

    async def published(self, programme: str) -> Sequence[Pack]:
        """Every pack that a person confirmed, oldest first."""
        rows = self._table.query(_partition(programme), from_key="published.", before_key="published/")
        return [_pack(found.row) async for found in rows]

    async def draft(self, programme: str) -> tuple[Pack, int] | None:
        """The pack that waits for a person, and how many had been published when it was made; or None."""
        found = await self._table.get(_partition(programme), _DRAFT)
        return (_pack(found.row), int(text(found.row, "After"))) if found else None

    async def keep_draft(self, programme: str, pack: Pack, *, after: int) -> None:
        """Keep a pack until a person confirms it, in place of an earlier one."""
        await self._table.put({**_row(_partition(programme), _DRAFT, pack), "After": str(after)})

    async def publish(self, programme: str, pack: Pack, *, after: int) -> None:
        """Note that a pack was published; doing it again changes nothing."""
        await self._table.put(_row(_partition(programme), f"published.{after + 1:04d}", pack))
        await self._table.delete(_partition(programme), _DRAFT)


class ToldPacks:
    """What was told so far about something that is told again and again; with the programme's answers it goes."""

    TABLE = TableName.MONITORING

    def __init__(self, table: Rows) -> None:
        self._table = table

    async def of(self, programme: str, about: str) -> Sequence[Pack]:
        """Everything, oldest first."""
        start = f"{TOLD}{about}"
        rows = self._table.query(programme, from_key=f"{start}.", before_key=f"{start}/")
        return [_pack(found.row) async for found in rows]

    async def add(self, programme: str, about: str, pack: Pack, *, after: int) -> None:
        """Note what is new, after so many; doing it again changes nothing."""
        await self._table.put(_row(programme, f"{TOLD}{about}.{after + 1:04d}", pack))


def _partition(programme: str) -> str:
    return f"foi.{programme}"


def _row(partition: str, key: str, pack: Pack) -> Row:
    packed = _TABLES.dump_json(pack.tables, by_alias=True, ensure_ascii=True).decode()
    # A few hundred organisations are more than a cell holds.
    parts = [packed[start : start + LONGEST_TEXT] for start in range(0, len(packed), LONGEST_TEXT)]
    return {
        "PartitionKey": partition,
        "RowKey": key,
        "On": pack.day.isoformat(),
        **{_cell(number): part for number, part in enumerate(parts)},
    }


def _cell(number: int) -> str:
    return f"Pack{number or ''}"


def _pack(row: Row) -> Pack:
    parts = list(takewhile(bool, (text(row, _cell(number)) for number in count())))
    return Pack(date.fromisoformat(text(row, "On")), _TABLES.validate_json("".join(parts)))
