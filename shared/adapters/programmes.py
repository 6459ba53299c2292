"""``Programmes`` rows: opening and closing as administrators edit them, and the programme files themselves."""

from datetime import datetime
from pathlib import Path

from shared.adapters.table import BadCell, Row, Table, instant, text, typed_day, when
from shared.domain.closing import ProgrammeRow, ProgrammeStatus
from shared.domain.programme import Programme
from shared.domain.text import as_word
from shared.ports import Stored
from shared.proofread import load_programme

_YEARS = range(2000, 3000)


class ProgrammeTable:
    """See ``ports.ProgrammeRows``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str) -> Stored[ProgrammeRow] | None:
        """See the port."""
        found = await self._table.get(programme, programme)
        return Stored(_row_of(found.row), found.etag) if found else None

    async def add(self, row: ProgrammeRow) -> bool:
        """See the port."""
        kept = row.keep_until.isoformat() if row.keep_until else None
        typed: Row = {"OpensAt": row.opens_at_typed, "ClosesAt": row.closes_at_typed, "KeepUntil": kept}
        return await self._table.insert({**_ours(row), **typed})

    async def note(self, row: ProgrammeRow) -> None:
        """See the port."""
        await self._table.merge(_ours(row))


def _ours(row: ProgrammeRow) -> Row:
    return {
        "PartitionKey": row.id,
        "RowKey": row.id,
        "Name": row.name,
        "Status": row.status.value,
        "Remark": row.remark,
        "SessionsSeen": row.sessions_seen,
        "ClosesAtSeen": row.closes_at_seen,
        "OpensAtInForce": row.opens_at,
        "ClosesAtInForce": row.closes_at,
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
        closes_at_seen=text(row, "ClosesAtSeen"),
        keep_until=typed_day(row, "KeepUntil"),
    )


def typed_instant(row: Row, column: str) -> tuple[datetime | None, bool]:
    """A time that a person may have typed: the instant (None if the cell is empty), and whether it is nonsense.

    The portal writes a DateTime, or a text if the type was not chosen. A year in which no programme is is nonsense too.
    """
    try:
        typed = instant(row, column)
    except BadCell:
        return None, True
    return (typed, False) if typed is None or typed.year in _YEARS else (None, True)


class ShippedProgrammes:
    """See ``ports.ProgrammeFiles``: the files that were deployed with the app, read once."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        programmes = [load_programme(path) for path in files]
        self._programmes: dict[str, Programme] = {programme.id: programme for programme in programmes}

    def get(self, programme: str) -> Programme | None:
        """See the port."""
        return self._programmes.get(programme)

    def ids(self) -> tuple[str, ...]:
        """See the port."""
        return tuple(self._programmes)
