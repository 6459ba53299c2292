"""What was published of a programme's numbers, and the draft that waits for a person: rows of ``Upkeep``.

The exact numbers of each table stand here too, to see how far they have moved: the rows are for the app alone.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from shared.domain.disclosure import Pack, Table, Told
from shared.ports import Row
from shared.ports import Table as Rows
from shared.stores.cells import text

_DRAFT = "draft"


class PublishedPacks:
    """The packs of each programme."""

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
        await self._table.put({**_row(programme, _DRAFT, pack), "After": str(after)})

    async def publish(self, programme: str, pack: Pack, *, after: int) -> None:
        """Note that a pack was published; doing it again changes nothing."""
        await self._table.put(_row(programme, f"published.{after + 1:04d}", pack))
        await self._table.delete(_partition(programme), _DRAFT)


def _partition(programme: str) -> str:
    return f"foi.{programme}"


def _row(programme: str, key: str, pack: Pack) -> Row:
    tables = [
        {
            "id": table.id,
            "title": table.title,
            "of": list(table.of),
            "day": table.day.isoformat(),
            "edition": table.edition,
            "told": table.told.value,
            "total": table.total,
            "cells": [list(cell) for cell in table.cells],
            "few": table.few_together,
            "counts": dict(table.counts),
            "among": list(table.among),
        }
        for table in pack.tables
    ]
    return {
        "PartitionKey": _partition(programme),
        "RowKey": key,
        "On": pack.day.isoformat(),
        "Pack": json.dumps(tables, ensure_ascii=False, separators=(",", ":")),
    }


def _pack(row: Row) -> Pack:
    tables: list[dict[str, Any]] = json.loads(text(row, "Pack"))
    return Pack(
        date.fromisoformat(text(row, "On")),
        tuple(
            Table(
                id=table["id"],
                title=table["title"],
                of=tuple(table["of"]),
                day=date.fromisoformat(table["day"]),
                edition=table["edition"],
                told=Told(table["told"]),
                total=table["total"],
                cells=tuple((label, number) for label, number in table["cells"]),
                few_together=table["few"],
                counts=table["counts"],
                among=tuple(table["among"]),
            )
            for table in tables
        ),
    )
