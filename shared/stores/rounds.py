"""``Rounds`` rows: one a draw of pairs, so that anybody can see what was drawn from what, and draw it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.ports import Cell, Row, Table
from shared.stores.cells import text, when
from shared.stores.names import TableName


@dataclass(frozen=True, slots=True)
class Round:
    """One draw. ``inputs`` is the hash of everything open that went in; ``left_out`` are set when it is published.

    ``told`` counts those of them who were told then, and ``published_by`` marks the command.
    """

    programme: str
    number: int
    people: int
    paired: int
    rules_broken: int
    inputs: str
    took: str
    drawn_at: datetime | None
    published_at: datetime | None = None
    left_out: tuple[str, ...] = ()
    told: int = 0
    published_by: str = ""

    @property
    def without_partner(self) -> int:
        """How many people have no partner in it."""
        return self.people - self.paired


class Rounds:
    """``Rounds``, written by the app."""

    TABLE = TableName.ROUNDS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of(self, programme: str) -> Sequence[Round]:
        """Every draw of a programme, oldest first."""
        return [_round(found.row) async for found in self._table.query(programme)]

    async def published(self, programme: str) -> Sequence[Round]:
        """The draws that were published."""
        return [one for one in await self.of(programme) if one.published_at is not None]

    async def put(self, one: Round) -> None:
        """Write it, over what stood there."""
        await self._table.put(
            {
                "PartitionKey": one.programme,
                "RowKey": f"{one.number:04}",
                "Round": one.number,
                "People": one.people,
                "Paired": one.paired,
                "WithoutPartner": one.without_partner,
                "RulesBroken": one.rules_broken,
                "Inputs": one.inputs,
                "Took": one.took,
                "DrawnAt": one.drawn_at,
                "PublishedAt": one.published_at,
                "LeftOut": " ".join(one.left_out),
                "Told": one.told,
                "PublishedBy": one.published_by,
            }
        )


def _round(row: Row) -> Round:
    return Round(
        programme=text(row, "PartitionKey"),
        number=_number(row.get("Round")),
        people=_number(row.get("People")),
        paired=_number(row.get("Paired")),
        rules_broken=_number(row.get("RulesBroken")),
        inputs=text(row, "Inputs"),
        took=text(row, "Took"),
        drawn_at=when(row, "DrawnAt"),
        published_at=when(row, "PublishedAt"),
        left_out=tuple(text(row, "LeftOut").split()),
        told=_number(row.get("Told")),
        published_by=text(row, "PublishedBy"),
    )


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0
