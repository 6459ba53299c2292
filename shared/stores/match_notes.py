"""``MatchNotes`` rows: reasons that may tell what people told in confidence, readable by those who match alone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from shared.ports import Table
from shared.stores.cells import text
from shared.stores.names import TableName

#: The key of the note about everybody.
EVERYBODY = "everybody"
# As much as fits into a cell (64 KiB in UTF-16); whoever needs more reads it person by person.
_MOST = 30_000


@dataclass(frozen=True, slots=True)
class MatchNote:
    """What speaks for a pair, or why somebody has none. ``people`` are the references of all whom it is about."""

    key: str
    about: str = field(repr=False)
    people: tuple[str, ...]
    why: str = field(repr=False)
    price: str = field(default="", repr=False)


class MatchNotes:
    """``MatchNotes``, written by the app."""

    TABLE = TableName.MATCH_NOTES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, programme: str, notes: Iterable[MatchNote], *, drawn_at: datetime) -> None:
        """Write notes over older ones of the same key."""
        for note in notes:
            await self._table.put(
                {
                    "PartitionKey": programme,
                    "RowKey": note.key,
                    "About": note.about,
                    "People": " ".join(note.people),
                    "Why": note.why[:_MOST],
                    "Price": note.price,
                    "DrawnAt": drawn_at,
                }
            )

    async def keep_only(self, programme: str, keys: Collection[str]) -> None:
        """Delete every other note of a programme: what is not true any more is kept for nobody."""
        async for found in self._table.query(programme, columns=("PartitionKey", "RowKey")):
            if text(found.row, "RowKey") not in keys:
                await self._table.delete(programme, text(found.row, "RowKey"))

    async def forget(self, programme: str, references: Collection[str]) -> None:
        """Delete every note that is about one of these people or names them, and the one about everybody."""
        async for found in self._table.query(programme):
            said = " ".join(text(found.row, column) for column in ("RowKey", "People", "About", "Why", "Price"))
            if text(found.row, "RowKey") == EVERYBODY or any(reference in said for reference in references):
                await self._table.delete(programme, text(found.row, "RowKey"))

    async def about(self, programme: str, reference: str) -> int:
        """How many notes are about a person."""
        notes = [found.row async for found in self._table.query(programme, columns=("RowKey", "People"))]
        return sum(reference in text(row, "People").split() for row in notes)
