"""``Commands`` rows, typed by administrators, and the answer the app writes beside them."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.table import Table, text
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
            if text(found.row, "Status") not in {"Done", "Refused"}
        ]

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
