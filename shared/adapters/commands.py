"""``Commands`` rows, typed by administrators, and the answer the app writes beside them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from shared.adapters.table import Table, text
from shared.domain.references import read_reference
from shared.ports import Command


class CommandTable:
    """See ``ports.Commands``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def new(self) -> Sequence[Command]:
        """See the port."""
        # A missing column cannot be asked for in a filter, so the (few) rows are read and looked at here.
        return [
            Command(
                partition=text(found.row, "PartitionKey"),
                key=text(found.row, "RowKey"),
                command=text(found.row, "Command"),
                reference=text(found.row, "Reference"),
                note=text(found.row, "Note"),
            )
            async for found in self._table.query()
            if text(found.row, "Status").strip().casefold() not in {"done", "refused"}
        ]

    async def forget(self, references: Collection[str]) -> None:
        """See the port."""
        rows = [found.row async for found in self._table.query()]
        about = [row for row in rows if read_reference(text(row, "Reference")) in references]
        for row in about:
            if text(row, "Note") or text(row, "Result"):
                keys = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}
                await self._table.merge({**keys, "Note": "", "Result": ""})

    async def finish(self, command: Command, *, done: bool, result: str, at: datetime) -> None:
        """See the port."""
        await self._table.merge(
            {
                "PartitionKey": command.partition,
                "RowKey": command.key,
                "Status": "Done" if done else "Refused",
                "Result": result,
                "DoneAt": at,
            }
        )
