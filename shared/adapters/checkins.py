"""``CheckIns`` rows: expected and answered, by pair first."""

from collections.abc import Collection, Sequence
from datetime import date

from shared.adapters.table import Cell, Row, Table, number, text, when
from shared.domain.pairs import CheckIn, CheckInStatus
from shared.domain.programme import Role


class CheckInTable:
    """See ``ports.CheckIns``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_pair(self, programme: str, pair: str) -> tuple[CheckIn, ...]:
        """See the port."""
        rows = self._table.query(programme, from_key=f"{pair}.", before_key=f"{pair}/")
        found = [_checkin(f.row) async for f in rows]
        return tuple(sorted(found, key=lambda c: (c.meeting, c.role)))

    async def get(self, programme: str, checkin: str) -> CheckIn | None:
        """See the port."""
        found = await self._table.get(programme, checkin)
        return _checkin(found.row) if found else None

    async def put(self, checkin: CheckIn) -> None:
        """See the port."""
        await self._table.put(_row(checkin))

    async def readable(self, programme: str) -> tuple[Sequence[CheckIn], Sequence[str]]:
        """See the port."""
        checkins, unreadable = [], []
        async for found in self._table.query(programme):
            try:
                checkins.append(_checkin(found.row))
            except ValueError:
                unreadable.append(text(found.row, "RowKey"))
        return checkins, unreadable

    async def empty(self, programme: str, references: Collection[str]) -> None:
        """See the port."""
        answers: Row = {"Met": None, "MetOn": None, "Rating": None, "Note": None}
        rows = [f.row async for f in self._table.query(programme) if text(f.row, "Reference") in references]
        for row in rows:
            await self._table.merge({"PartitionKey": programme, "RowKey": text(row, "RowKey"), **answers})


def _row(checkin: CheckIn) -> Row:
    return {
        "PartitionKey": checkin.programme,
        "RowKey": checkin.id,
        "Pair": checkin.pair,
        "Meeting": checkin.meeting,
        "Role": checkin.role.value,
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


def _checkin(row: Row) -> CheckIn:
    due_at = when(row, "DueAt")
    if due_at is None:
        raise ValueError("column DueAt of CheckIns holds no time")
    return CheckIn(
        programme=text(row, "PartitionKey"),
        pair=text(row, "Pair"),
        meeting=number(row, "Meeting"),
        role=Role(text(row, "Role")),
        reference=text(row, "Reference"),
        due_at=due_at,
        status=CheckInStatus(text(row, "Status")),
        met={"yes": True, "no": False}.get(text(row, "Met")),
        met_on=date.fromisoformat(text(row, "MetOn")) if text(row, "MetOn") else None,
        rating=number(row, "Rating") or None,
        note=text(row, "Note"),
        wants_to_talk=_is_yes(row.get("WantsToTalk")),
        answered_at=when(row, "AnsweredAt"),
    )
