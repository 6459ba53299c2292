"""``CheckIns`` rows: expected and answered, by pair first."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime

from shared.domain.cohort_model import Seat
from shared.domain.pairs import CheckIn, CheckInStatus
from shared.errors import UnreadableRow
from shared.ports import Cell, Row, Stored, Table
from shared.stores.cells import BadCell, count, instant, instant_of, reading, text, word
from shared.stores.names import TableName

_BEST = 5
_PARTS_OF_KEY: Mapping[str, Callable[[CheckIn, str], bool]] = {
    "Pair": lambda checkin, key: key.startswith(f"{checkin.pair}."),
    "Meeting": lambda checkin, key: f".{checkin.meeting}." in key,
    "Role": lambda checkin, key: key.endswith(f".{checkin.seat}"),
    "": lambda _, __: False,
}


class CheckIns:
    """``CheckIns``: expected and answered."""

    TABLE = TableName.CHECK_INS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_pair(self, programme: str, pair: str) -> tuple[CheckIn, ...]:
        """The check-ins of one pair, in order."""
        rows = self._table.query(programme, from_key=f"{pair}.", before_key=f"{pair}/")
        found = [checkin_of(f.row) async for f in rows]
        return tuple(sorted(found, key=lambda c: (c.meeting, c.seat)))

    async def get(self, programme: str, checkin: str) -> Stored[CheckIn] | None:
        """The check-in of that id, or None."""
        found = await self._table.get(programme, checkin)
        return Stored(checkin_of(found.row), found.etag) if found else None

    async def add(self, checkin: CheckIn) -> bool:
        """Insert a check-in that is expected; False if it is there."""
        return await self._table.insert(_row(checkin))

    async def replace(self, checkin: CheckIn, etag: str) -> bool:
        """Write an answer, the silence or another day; False if the row was changed, or emptied, since it was read."""
        return await self._table.replace(_row(checkin), etag) is not None

    async def readable(self, programme: str) -> tuple[Sequence[CheckIn], Sequence[str]]:
        """Every check-in, and the keys of rows that hold a word none of ours: the others must not wait for those."""
        checkins, unreadable = [], []
        async for found in self._table.query(programme):
            try:
                checkins.append(checkin_of(found.row))
            except UnreadableRow as exc:
                unreadable.append(exc.key)
        return checkins, unreadable

    async def empty(self, programme: str, references: Collection[str]) -> None:
        """Take what these people answered out of their check-ins, also where a row cannot be read."""
        answers: Row = {"Met": None, "MetOn": None, "Rating": None, "Note": None, "WantsToTalk": None}
        rows = [f.row async for f in self._table.query(programme) if text(f.row, "Reference") in references]
        for row in rows:
            await self._table.merge({"PartitionKey": programme, "RowKey": text(row, "RowKey"), **answers})


def _row(checkin: CheckIn) -> Row:
    return {
        "PartitionKey": checkin.programme,
        "RowKey": checkin.id,
        "Pair": checkin.pair,
        "Meeting": checkin.meeting,
        "Role": checkin.seat.value,
        "Reference": checkin.reference,
        "DueAt": checkin.due_at,
        "Status": checkin.status.value,
        "Met": {None: "", True: "yes", False: "no"}[checkin.met],
        "MetOn": checkin.met_on.isoformat() if checkin.met_on else "",
        "Rating": checkin.rating,
        "Note": checkin.note,
        "WantsToTalk": checkin.wants_to_talk,
        "AnsweredAt": checkin.answered_at,
    }


def _is_yes(cell: Cell) -> bool:
    """What an administrator set: true or false, or a text if the type was not chosen. Only a plain no is a no."""
    return cell.strip().lower() not in {"", "false", "no", "0"} if isinstance(cell, str) else bool(cell)


def checkin_of(row: Row) -> CheckIn:
    """The check-in of a row. Raises UnreadableRow."""
    with reading(TableName.CHECK_INS, row):
        checkin = CheckIn(
            programme=text(row, "PartitionKey"),
            pair=text(row, "Pair"),
            meeting=count(row, "Meeting"),
            seat=word(row, "Role", Seat),
            reference=text(row, "Reference"),
            due_at=instant_of(row, "DueAt"),
            status=word(row, "Status", CheckInStatus),
            met={"yes": True, "no": False}.get(text(row, "Met").strip().casefold()),
            met_on=_met_on(row),
            rating=_rating(row),
            note=text(row, "Note"),
            wants_to_talk=_is_yes(row.get("WantsToTalk")),
            answered_at=instant(row, "AnsweredAt"),
        )
        if checkin.id != text(row, "RowKey"):
            # Written back, it would be another row.
            raise BadCell(next(c for c, is_so in _PARTS_OF_KEY.items() if not is_so(checkin, text(row, "RowKey"))))
        return checkin


def _met_on(row: Row) -> date | None:
    value = row.get("MetOn")
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(str(value).strip()) if text(row, "MetOn").strip() else None
    except ValueError:
        raise BadCell("MetOn") from None


def _rating(row: Row) -> int | None:
    rating = count(row, "Rating")
    if rating not in range(_BEST + 1):
        raise BadCell("Rating")
    return rating or None
