"""``Audit`` rows: append only, in the order things happened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shared.ports import Table
from shared.stores.cells import BadCell, aware, text, when
from shared.stores.names import TableName


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done with an application, as ``Audit`` has it."""

    at: datetime
    who: str
    what: str
    before: str
    after: str


class Audit:
    """``Audit``: append only."""

    TABLE = TableName.AUDIT

    def __init__(self, table: Table) -> None:
        self._table = table

    async def newest(self, programme: str) -> dict[str, tuple[datetime, list[str]]]:
        """When each application was last changed, and the status after it; several if more happened at that moment.

        Cost grows with the programme.
        """
        newest: dict[str, tuple[datetime, list[str]]] = {}
        # In the order of their moments, so a later row of an application takes the place of an earlier one.
        async for found in self._table.query(programme, columns=("RowKey", "Reference", "After")):
            moment = text(found.row, "RowKey").partition(" ")[0]
            try:
                at = aware(moment, "RowKey")
            except BadCell:
                continue  # somebody added a row of their own
            reference, after = text(found.row, "Reference"), text(found.row, "After")
            known = newest.get(reference)
            newest[reference] = at, [*known[1], after] if known is not None and known[0] == at else [after]
        return newest

    async def about(self, programme: str, reference: str) -> list[Event]:
        """What was done with an application, in the order in which it happened."""
        rows = [found.row async for found in self._table.query(programme, where={"Reference": reference})]
        return [
            Event(at, text(row, "Who"), text(row, "What"), text(row, "Before"), text(row, "After"))
            for row in rows
            if (at := when(row, "At")) is not None
        ]

    async def add(
        self, programme: str, *, at: datetime, who: str, what: str, reference: str, before: str, after: str
    ) -> None:
        """Append one event, once; words and references only, no answers."""
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        # The same event is the same row, so that adding it again after a crash changes nothing.
        event = uuid5(NAMESPACE_URL, f"{reference}|{who}|{what}|{before}|{after}")
        await self._table.insert(
            {
                "PartitionKey": programme,
                "RowKey": f"{moment} {event.hex[:8]}",
                "At": at,
                "Who": who,
                "What": what,
                "Reference": reference,
                "Before": before,
                "After": after,
            }
        )
