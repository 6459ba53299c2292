"""``Alarms`` rows: lane and due second first, so that a tick reads only what is due, in due order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from shared.adapters.table import Row, Table, text, when
from shared.domain.owed import About
from shared.ports import Alarm, Stored


class AlarmTable:
    """See ``ports.Alarms``."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, alarm: Alarm) -> Stored[Alarm]:
        """See the port."""
        return Stored(alarm, await self._table.put(_row(alarm)))

    async def put_own(self, alarm: Alarm) -> Stored[Alarm]:
        """See the port."""
        # Two handlers of one application in one second would else share a row, and the faster would take it from both.
        return await self.put(replace(alarm, hand=uuid4().hex[:16]))

    async def due(self, lane: str, now: datetime, limit: int) -> Sequence[Stored[Alarm]]:
        """See the port."""
        # A key begins with its second; '~' sorts after everything a key of that same second holds.
        rows = self._table.query(lane, before_key=f"{_second(now)}~", limit=limit)
        return [Stored(_alarm(found.row), found.etag) async for found in rows]

    async def remove(self, alarm: Stored[Alarm]) -> None:
        """See the port."""
        await self._table.delete(alarm.value.lane, _key(alarm.value), alarm.etag)

    async def next_due(self, lane: str) -> datetime | None:
        """See the port."""
        async for found in self._table.query(lane, limit=1):
            return _alarm(found.row).due
        return None


def _second(instant: datetime) -> str:
    # Whole seconds: Azurite and Azure compare times at different grain, text compares the same everywhere.
    # Each call for alarms makes one, and strftime takes many times as long.
    return f"{instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _key(alarm: Alarm) -> str:
    # A look that is only about time never takes the place of one at unfinished work, which sees more.
    parts = (_second(alarm.due), alarm.programme, alarm.subject, "timed" if alarm.timed else "", alarm.hand)
    return " ".join((*parts[:3], *filter(None, parts[3:])))


def _row(alarm: Alarm) -> Row:
    return {
        "PartitionKey": alarm.lane,
        "RowKey": _key(alarm),
        "DueAt": alarm.due.replace(microsecond=0),
        "About": alarm.about.value,
        "Programme": alarm.programme,
        "Subject": alarm.subject,
        # A version that does not know the column looks at everything.
        "Timed": alarm.timed or None,
        "Hand": alarm.hand or None,
    }


def _alarm(row: Row) -> Alarm:
    due = when(row, "DueAt")
    if due is None:
        raise ValueError("column DueAt of Alarms holds no time")
    return Alarm(
        lane=text(row, "PartitionKey"),
        due=due,
        about=About(text(row, "About")),
        programme=text(row, "Programme"),
        subject=text(row, "Subject"),
        timed=row.get("Timed") is True,
        hand=text(row, "Hand"),
    )
