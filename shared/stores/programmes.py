"""``Programmes`` rows: opening and closing as administrators edit them."""

from shared.domain.closing import ProgrammeRow, ProgrammeStatus
from shared.domain.text import as_word
from shared.ports import Row, Stored, Table
from shared.stores.cells import text, typed_day, typed_instant, when
from shared.stores.names import TableName


class ProgrammeRows:
    """``Programmes``: opening and closing as administrators set them."""

    TABLE = TableName.PROGRAMMES

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str) -> Stored[ProgrammeRow] | None:
        """The row, or None before the first tick."""
        found = await self._table.get(programme, programme)
        return Stored(_row_of(found.row), found.etag) if found else None

    async def add(self, row: ProgrammeRow) -> bool:
        """Insert; False if it is there."""
        kept = row.keep_until.isoformat() if row.keep_until else None
        typed: Row = {"OpensAt": row.opens_at_typed, "ClosesAt": row.closes_at_typed, "KeepUntil": kept}
        return await self._table.insert({**_ours(row), **typed})

    async def note(self, row: ProgrammeRow) -> None:
        """Write our own columns (status, closing in force, remark, counts), leaving what people type."""
        await self._table.merge(_ours(row))


def _ours(row: ProgrammeRow) -> Row:
    return {
        "PartitionKey": row.id,
        "RowKey": row.id,
        "Name": row.name,
        "Status": row.status.value,
        "Remark": row.remark,
        "SessionsSeen": row.sessions_seen,
        "SessionsKnown": row.sessions_known,
        "ClosesAtSeen": row.closes_at_seen,
        "WavesSeen": row.waves_seen,
        "OpensAtInForce": row.opens_at,
        "ClosesAtInForce": row.closes_at,
        "OpensAtLocal": row.opens_at_local,
        "ClosesAtLocal": row.closes_at_local,
        "Deletion": row.deletion,
        "SummaryFor": row.last_summary_for,
    }


def _row_of(row: Row) -> ProgrammeRow:
    closes_at, closes_at_is_nonsense = typed_instant(row, "ClosesAt")
    opens_at, opens_at_is_nonsense = typed_instant(row, "OpensAt")
    return ProgrammeRow(
        id=text(row, "RowKey"),
        name=text(row, "Name"),
        status=as_word(text(row, "Status"), ProgrammeStatus) or ProgrammeStatus.OPEN,
        opens_at_typed=opens_at,
        opens_at_typed_is_nonsense=opens_at_is_nonsense,
        opens_at=when(row, "OpensAtInForce"),
        closes_at_typed=closes_at,
        closes_at_typed_is_nonsense=closes_at_is_nonsense,
        closes_at=when(row, "ClosesAtInForce"),
        remark=text(row, "Remark"),
        last_summary_for=when(row, "SummaryFor"),
        sessions_seen=text(row, "SessionsSeen"),
        sessions_known=text(row, "SessionsKnown"),
        closes_at_seen=text(row, "ClosesAtSeen"),
        waves_seen=text(row, "WavesSeen"),
        keep_until=typed_day(row, "KeepUntil"),
        opens_at_local=text(row, "OpensAtLocal"),
        closes_at_local=text(row, "ClosesAtLocal"),
        deletion=text(row, "Deletion"),
    )
