"""``Pairs`` rows, typed by administrators: our columns stand beside theirs and never change them."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.table import Cell, Row, Table, text, when
from shared.domain.pairs import PairStatus
from shared.domain.text import as_word
from shared.ports import PairRow


class PairTable:
    """See ``ports.Pairs``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def all(self) -> Sequence[PairRow]:
        """See the port."""
        return [_pair_row(found.row) async for found in self._table.query()]

    async def find(self, programme: str, pair: str) -> PairRow | None:
        """See the port."""
        rows = [_pair_row(found.row) async for found in self._table.query(programme, where={"PairId": pair})]
        # Two people may be paired again in another row after they had ended, or be typed twice.
        confirmed = [row for row in rows if as_word(row.status, PairStatus) is PairStatus.CONFIRMED]
        taken_up = [row for row in rows if row.taken_up]
        return next(iter([*taken_up, *confirmed, *rows]), None)

    async def note(self, row: PairRow) -> None:
        """See the port."""
        columns: dict[str, Cell] = {
            "PartitionKey": row.programme,
            "RowKey": row.key,
            "PairId": row.known_as,
            "Remark": row.remark,
            "Seen": row.seen,
        }
        if row.confirmed_at is not None:
            columns["ConfirmedAt"] = row.confirmed_at
        await self._table.merge(columns)


def _pair_row(row: Row) -> PairRow:
    start = row.get("StartDate")
    return PairRow(
        programme=text(row, "PartitionKey"),
        key=text(row, "RowKey"),
        mentor=text(row, "Mentor"),
        mentee=text(row, "Mentee"),
        # The portal may have made a DateTime of it; the day as typed is what counts.
        start=start.date().isoformat() if isinstance(start, datetime) else text(row, "StartDate"),
        status=text(row, "Status"),
        remark=text(row, "Remark"),
        known_as=text(row, "PairId"),
        seen=text(row, "Seen"),
        confirmed_at=when(row, "ConfirmedAt"),
        overruled=text(row, "Overruled"),
    )
