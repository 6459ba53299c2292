"""``Submissions`` rows: what became of each body that was received. The bodies themselves are blobs."""

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime

from shared.domain.arriving import Reception
from shared.ports import Row, Table
from shared.stores.cells import instant_of, reading, text, when
from shared.stores.names import TableName

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_PARKED = "Parked"


class Receptions:
    """``Submissions``: one row per body."""

    TABLE = TableName.SUBMISSIONS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, content: str) -> Reception | None:
        """The row, or None if the body has not been taken in."""
        found = await self._table.get(programme, content)
        return _reception(found.row) if found else None

    async def put(self, reception: Reception) -> None:
        """Write what became of it. That it is parked never takes the place of its having been taken in."""
        row: Row = {
            "PartitionKey": reception.programme,
            "RowKey": reception.content,
            "Source": reception.source,
            "ReceivedAt": reception.received_at,
            "Status": reception.status,
            "Reason": reception.reason,
            "Reference": reception.reference,
            "ResponseId": reception.response_id,
            "Test": reception.test,
            "FormFits": not reception.form_remarks,
            "FormRemarks": "\n".join(reception.form_remarks),
        }
        if reception.status != _PARKED:
            await self._table.put(row)
            return
        if await self._table.insert(row):
            return
        found = await self._table.get(reception.programme, reception.content)
        # Whoever was faster has taken it in, or parks it again: in doubt the newest try of either stands.
        while found is not None and text(found.row, "Status") == _PARKED:
            if await self._table.replace(row, found.etag) is not None:
                return
            found = await self._table.get(reception.programme, reception.content)

    async def remove(self, programme: str, content: str) -> None:
        """Forget what became of it, so that it is taken in again."""
        await self._table.delete(programme, content)

    async def parked(self, programme: str) -> AsyncIterator[Reception]:
        """Those waiting for an administrator."""
        async for found in self._table.query(programme, where={"Status": _PARKED}):
            yield _reception(found.row)

    async def not_fitting(self, programme: str) -> AsyncIterator[Reception]:
        """Those whose form does not fit the programme file. Cost grows with the programme."""
        async for found in self._table.query(programme, where={"FormFits": False}):
            yield _reception(found.row)

    async def of(self, programme: str, references: Collection[str]) -> AsyncIterator[Reception]:
        """Those that led to any of these applications. Cost grows with the programme."""
        wanted = set(references)
        async for found in self._table.query(programme):
            reception = _reception(found.row)
            if not wanted.isdisjoint(reception.reference.split(", ")):
                yield reception


def check_reception(row: Row) -> None:
    """Raises UnreadableRow if somebody typed what cannot be read into the row."""
    with reading(TableName.SUBMISSIONS, row):
        instant_of(row, "ReceivedAt")


def _reception(row: Row) -> Reception:
    return Reception(
        programme=text(row, "PartitionKey"),
        content=text(row, "RowKey"),
        source=text(row, "Source"),
        # Whoever is erased must be found whatever was typed: a time that cannot be read was long ago.
        received_at=when(row, "ReceivedAt") or _LONG_AGO,
        status=text(row, "Status"),
        reason=text(row, "Reason"),
        reference=text(row, "Reference"),
        response_id=text(row, "ResponseId"),
        test=text(row, "Test").strip().casefold() == "true",
        form_remarks=tuple(text(row, "FormRemarks").splitlines()),
    )
