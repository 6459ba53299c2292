"""``Pairs`` rows, typed by administrators: our columns stand beside theirs and never change them."""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.pairs import PairStatus
from shared.domain.programme import LONDON
from shared.domain.text import as_word
from shared.ports import Cell, PairRow, Row, Table
from shared.stores.cells import text, when

_NO = frozenset({"", "no", "n", "false", "0"})


class Pairs:
    """``Pairs``, typed by administrators."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def all(self) -> Sequence[PairRow]:
        """Every row."""
        return [_pair_row(found.row) async for found in self._table.query()]

    async def changed_after(self, instant: datetime | None) -> tuple[Sequence[PairRow], datetime | None]:
        """Rows written since (None: every row), and when the last of them was, by the table's own clock."""
        found = [one async for one in self._table.query(changed_after=instant)]
        newest = max((one.changed for one in found if one.changed is not None), default=None)
        return [_pair_row(one.row) for one in found], newest

    async def find(self, programme: str, pair: str) -> PairRow | None:
        """The row that the app knows under this pair id: of several, the one that is confirmed."""
        rows = [_pair_row(found.row) async for found in self._table.query(programme, where={"PairId": pair})]
        # Two people may be paired again in another row after they had ended, or be typed twice.
        confirmed = [row for row in rows if as_word(row.status, PairStatus) is PairStatus.CONFIRMED]
        taken_up = [row for row in rows if row.taken_up]
        return next(iter([*taken_up, *confirmed, *rows]), None)

    async def note(self, row: PairRow) -> None:
        """Write our columns beside what was typed."""
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


def _day(row: Row) -> str:
    """The day that was typed. The portal may have made a DateTime of it, of local midnight in summer: 11pm in UTC."""
    typed = row.get("StartDate")
    if not isinstance(typed, datetime):
        try:
            typed = datetime.fromisoformat(words := text(row, "StartDate").strip())
        except ValueError:
            return text(row, "StartDate")
        if "T" not in words.upper() and " " not in words:
            return words
    return (typed.astimezone(LONDON) if typed.tzinfo else typed).date().isoformat()


def _pair_row(row: Row) -> PairRow:
    return PairRow(
        programme=text(row, "PartitionKey"),
        key=text(row, "RowKey"),
        mentor=text(row, "Mentor"),
        mentee=text(row, "Mentee"),
        start=_day(row),
        status=text(row, "Status"),
        remark=text(row, "Remark"),
        known_as=text(row, "PairId"),
        seen=text(row, "Seen"),
        confirmed_at=when(row, "ConfirmedAt"),
        overruled=text(row, "Overruled"),
        silence_known=_is_meant(text(row, "SilenceKnown")),
    )


def _is_meant(typed: str) -> bool:
    """Whether something was typed that says yes: any word but those that say no."""
    return typed.strip().casefold() not in _NO
