"""``Alarms`` rows: lane and due second first, so that a tick reads only what is due, in due order."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from shared.domain.owed import About
from shared.errors import UnreadableRow
from shared.ports import Alarm, Found, Row, Stored, Table
from shared.stores.cells import BadCell, instant_of, reading, text, word
from shared.stores.names import TableName

logger = logging.getLogger(__name__)

# Rows into which somebody typed are passed over, and there are never many.
_SOME = 10


class Alarms:
    """``Alarms``: everything that has a time. Lane, due second, subject and hand are the key: setting twice is once."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def put(self, alarm: Alarm) -> Stored[Alarm]:
        """Set; setting one that is there makes it new, so that an older holder's removal leaves it alone."""
        return Stored(alarm, await self._table.put(_row(alarm)))

    async def put_own(self, alarm: Alarm) -> Stored[Alarm]:
        """Set one that no other hand sets too: whoever takes an alarm back takes only what is their own."""
        # Two handlers of one application in one second would else share a row, and the faster would take it from both.
        return await self.put(replace(alarm, hand=uuid4().hex[:16]))

    async def due(self, lane: str, now: datetime, limit: int) -> Sequence[Stored[Alarm]]:
        """Those due in a lane, in due order."""
        # A key begins with its second; '~' sorts after everything a key of that same second holds.
        rows = self._table.query(lane, before_key=f"{_second(now)}~", limit=limit)
        return [alarm async for found in rows if (alarm := _readable(found))]

    async def remove(self, alarm: Stored[Alarm]) -> None:
        """Remove, unless it was set again since. For what was read before its work was done, and for one's own."""
        await self._table.delete(alarm.value.lane, _key(alarm.value), alarm.etag)

    async def next_due(self, lane: str) -> datetime | None:
        """When the first alarm of the lane is due, or None."""
        async for found in self._table.query(lane, limit=_SOME):
            if alarm := _readable(found):
                return alarm.value.due
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


def _readable(found: Found) -> Stored[Alarm] | None:
    """None if somebody typed into it: the others must not wait for that."""
    try:
        return Stored(alarm_of(found.row), found.etag)
    except UnreadableRow as exc:
        logger.error("%s", exc.reason)  # noqa: TRY400 -- a traceback would tell nothing more
        return None


def alarm_of(row: Row) -> Alarm:
    """The alarm of a row. Raises UnreadableRow."""
    with reading(TableName.ALARMS, row):
        alarm = Alarm(
            lane=text(row, "PartitionKey"),
            due=instant_of(row, "DueAt"),
            about=word(row, "About", About),
            programme=text(row, "Programme"),
            subject=text(row, "Subject"),
            timed=row.get("Timed") is True,
            hand=text(row, "Hand"),
        )
        if _key(alarm) != text(row, "RowKey"):
            # Taken up under another key it could not be removed, and would be taken up for ever.
            raise BadCell("")
        return alarm
