"""``EarlierParticipants`` rows: people of earlier cohorts, imported from sheets."""

from datetime import date

from shared.domain.earlier import Details, Earlier
from shared.domain.ending import Wish
from shared.domain.text import as_word
from shared.ports import Row, Table
from shared.stores.cells import text, typed_day
from shared.stores.names import TableName

_PARTITION = "earlier"


class EarlierParticipants:
    """``EarlierParticipants``: imported from sheets. Keys are derived from the address, so nobody is in it twice."""

    TABLE = TableName.EARLIER_PARTICIPANTS

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, key: str) -> Earlier | None:
        """The person, or None."""
        found = await self._table.get(_PARTITION, key)
        return _earlier(found.row) if found else None

    async def put(self, key: str, earlier: Earlier) -> None:
        """Write; a later import of the same person replaces the earlier."""
        d = earlier.details
        await self._table.put(
            {
                "PartitionKey": _PARTITION,
                "RowKey": key,
                "FullName": d.full_name,
                "Email": d.email,
                "JobTitle": d.job_title,
                "Band": d.band,
                "Organisation": d.organisation,
                "Sector": d.sector,
                "Area": d.area,
                "ManagerName": d.manager_name,
                "ManagerEmail": d.manager_email,
                "Cohort": earlier.cohort,
                "KeepUntil": earlier.keep_until.isoformat(),
                "Wishes": ", ".join(earlier.wishes),
                "Partners": " ".join(sorted(earlier.partners)),
            }
        )

    async def remove(self, key: str) -> None:
        """Delete for good."""
        await self._table.delete(_PARTITION, key)

    async def remove_older_than(self, day: date) -> int:
        """Delete everybody whose details could be kept until a day before that one. Returns how many there were."""
        old = [f.row async for f in self._table.query(_PARTITION) if _keep_until(f.row) < day]
        for row in old:
            await self._table.delete(_PARTITION, text(row, "RowKey"))
        return len(old)


def _keep_until(row: Row) -> date:
    """The last day as people type it. What is no day, or was emptied, deletes nobody until it is mended."""
    return typed_day(row, "KeepUntil") or date.max


def _earlier(row: Row) -> Earlier:
    details = Details(
        full_name=text(row, "FullName"),
        email=text(row, "Email"),
        job_title=text(row, "JobTitle"),
        band=text(row, "Band"),
        organisation=text(row, "Organisation"),
        sector=text(row, "Sector"),
        area=text(row, "Area"),
        manager_name=text(row, "ManagerName"),
        manager_email=text(row, "ManagerEmail"),
    )
    typed = [as_word(part, Wish) for part in text(row, "Wishes").split(",")]
    wishes = tuple(wish for wish in typed if wish is not None)
    partners = frozenset(text(row, "Partners").split())
    return Earlier(details, text(row, "Cohort"), _keep_until(row), partners, wishes)
