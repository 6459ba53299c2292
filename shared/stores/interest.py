"""``Interest`` rows: people who would like to hear of the next cohort, by the programme they asked about."""

from collections.abc import Sequence
from datetime import date

from shared.domain.cohort_model import Role
from shared.domain.interest import Interest
from shared.ports import Row, Table
from shared.stores.cells import instant, instant_of, reading, text, word
from shared.stores.names import TableName

_NOT_KNOWN = "not known yet"


class Interested:
    """``Interest``. Keys are derived from the address, so nobody is in a programme's list twice."""

    TABLE = TableName.INTEREST

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, programme: str, key: str) -> Interest | None:
        """The person, or None."""
        found = await self._table.get(programme, key)
        return interest_of(found.row) if found else None

    async def put(self, interest: Interest) -> None:
        """Write; who asks again is asked for anew."""
        await self._table.put(
            {
                "PartitionKey": interest.programme,
                "RowKey": interest.key,
                "FullName": interest.full_name,
                "Email": interest.email,
                "Role": interest.role.value if interest.role else _NOT_KNOWN,
                "AskedAt": interest.asked_at,
                "KeepUntil": interest.kept_until.isoformat(),
                "Waited": interest.waited,
                "ToldOf": interest.told_of,
                "ToldAt": interest.told_at,
            }
        )

    async def of_programme(self, programme: str) -> Sequence[Interest]:
        """Everybody who asked about a programme."""
        return [interest_of(found.row) async for found in self._table.query(programme)]

    async def remove(self, programme: str, key: str) -> None:
        """Delete for good."""
        await self._table.delete(programme, key)

    async def remove_older_than(self, day: date) -> int:
        """Delete everybody who could be kept until a day before that one. Returns how many there were."""
        old = [one async for found in self._table.query() if (one := interest_of(found.row)).kept_until < day]
        for one in old:
            await self._table.delete(one.programme, one.key)
        return len(old)


def interest_of(row: Row) -> Interest:
    """The person of a row. Raises UnreadableRow."""
    with reading(TableName.INTEREST, row):
        return Interest(
            programme=text(row, "PartitionKey"),
            key=text(row, "RowKey"),
            full_name=text(row, "FullName"),
            email=text(row, "Email"),
            role=None if text(row, "Role") == _NOT_KNOWN else word(row, "Role", Role),
            asked_at=instant_of(row, "AskedAt"),
            waited=row.get("Waited") is True,
            told_of=text(row, "ToldOf"),
            told_at=instant(row, "ToldAt"),
        )
