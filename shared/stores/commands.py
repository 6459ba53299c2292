"""``Commands`` rows, typed by administrators, and the answer the app writes beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from shared.domain.erasing import Person
from shared.domain.references import read_reference
from shared.domain.text import match_key
from shared.ports import Cell, Row, Table
from shared.stores.cells import row_mark, text
from shared.stores.names import TableName

_ALIKE = 0.8
# Two letters stand in too many words.
_SHORTEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Command:
    """A row of ``Commands`` as an administrator typed it."""

    partition: str
    key: str
    command: str
    reference: str
    note: str


class Commands:
    """``Commands``, typed by administrators."""

    TABLE = TableName.COMMANDS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def new(self) -> Sequence[Command]:
        """Those without a result, in the order of their keys."""
        # A missing column cannot be asked for in a filter, so the (few) rows are read and looked at here.
        return [
            _command(found.row)
            async for found in self._table.query()
            if text(found.row, "Status").strip().casefold() not in {"done", "refused"}
        ]

    async def of(self, person: Person) -> list[Command]:
        """Those that speak of somebody."""
        return [_command(found.row) async for found in self._table.query() if _is_about(found.row, person)]

    async def about(self, person: Person) -> list[str]:
        """The marks (``Tombstone``) of rows that speak of the person and to which no reference of theirs leads."""
        return [
            row_mark(TableName.COMMANDS, text(found.row, "PartitionKey"), text(found.row, "RowKey"))
            async for found in self._table.query()
            if _is_about(found.row, person) and read_reference(text(found.row, "Reference")) not in person.references
        ]

    async def forget(self, person: Person) -> None:
        """Empty what was noted and answered in those rows, and in those that their references lead to."""
        rows = [found.row async for found in self._table.query() if _is_about(found.row, person)]
        for row in rows:
            emptied: dict[str, Cell] = {"Note": "", "Result": ""}
            if read_reference(text(row, "Reference")) not in person.references:
                emptied["Reference"] = ""  # a mistyped one, which may be a name
            if any(text(row, column) for column in emptied):
                keys = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}
                await self._table.merge({**keys, **emptied})

    async def finish(self, command: Command, *, done: bool, result: str, at: datetime) -> None:
        """Write ``Status`` and ``Result``."""
        await self._table.merge(
            {
                "PartitionKey": command.partition,
                "RowKey": command.key,
                "Status": "Done" if done else "Refused",
                "Result": result,
                "DoneAt": at,
            }
        )


def _command(row: Row) -> Command:
    return Command(
        partition=text(row, "PartitionKey"),
        key=text(row, "RowKey"),
        command=text(row, "Command"),
        reference=text(row, "Reference"),
        note=text(row, "Note"),
    )


def _is_about(row: Row, person: Person) -> bool:
    """Whether a row speaks of somebody: by their reference, however it was typed, by their name or their address."""
    typed = text(row, "Reference")
    reference = read_reference(typed)
    if reference in person.references or (reference is None and any(_alike(typed, r) for r in person.references)):
        return True
    words = " ".join(match_key(text(row, column)) for column in ("Reference", "Note", "Result"))
    names = [match_key(person.name), match_key(person.email)]
    squeezed = _letters(words)
    return any(len(name) >= _SHORTEST_NAME and name in words for name in names) or any(
        _letters(r) in squeezed for r in person.references
    )


def _alike(typed: str, reference: str) -> bool:
    """Whether a reference was mistyped by a letter or two."""
    return SequenceMatcher(None, _letters(typed), _letters(reference), autojunk=False).ratio() >= _ALIKE


def _letters(typed: str) -> str:
    return "".join(character for character in typed.upper() if character.isalnum())
