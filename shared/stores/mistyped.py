"""Finds rows into which somebody typed what cannot be read: what each table's store refuses, and nothing besides."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import date

from shared.domain.owed import Kind
from shared.errors import UnreadableRow
from shared.ports import Row, Table
from shared.stores.applications import application_of
from shared.stores.bookings import check_booking
from shared.stores.cells import BadCell, count, flag, reading, text, typed_day
from shared.stores.checkins import checkin_of
from shared.stores.interest import interest_of
from shared.stores.jobs import job_of
from shared.stores.links import link_of
from shared.stores.messages import message_of, state_of
from shared.stores.names import TableName
from shared.stores.quarantine import check_held
from shared.stores.receptions import check_reception


def _check_message(row: Row) -> None:
    _ = state_of(row) if text(row, "Kind") == Kind.CALENDAR else message_of(row)


def _check_lived_experience(row: Row) -> None:
    with reading(TableName.LIVED_EXPERIENCE, row):
        count(row, "Version")
        flag(row, "Cover")


def _check_programme(row: Row) -> None:
    _check_day(TableName.PROGRAMMES, row)


def _check_earlier(row: Row) -> None:
    _check_day(TableName.EARLIER_PARTICIPANTS, row)


def _check_day(table: TableName, row: Row) -> None:
    with reading(table, row):
        if typed_day(row, "KeepUntil") == date.max:
            raise BadCell("KeepUntil")


# Of what people told of themselves only a yes or no is read, to see whether it is one.
_CHECKED: Mapping[TableName, tuple[Callable[[Row], object], Collection[str]]] = {
    TableName.PROGRAMMES: (_check_programme, ()),
    TableName.APPLICATIONS: (application_of, ()),
    TableName.LIVED_EXPERIENCE: (_check_lived_experience, ("RowKey", "Version", "Cover")),
    TableName.BOOKINGS: (check_booking, ()),
    TableName.CHECK_INS: (checkin_of, ()),
    TableName.MESSAGES: (_check_message, ()),
    TableName.SUBMISSIONS: (check_reception, ()),
    TableName.QUARANTINE: (check_held, ()),
    TableName.ALARMS: (job_of, ()),
    TableName.LINKS: (link_of, ()),
    TableName.EARLIER_PARTICIPANTS: (_check_earlier, ()),
    TableName.INTEREST: (interest_of, ()),
}
_NAMED_BY_A_COLUMN = frozenset({TableName.ALARMS, TableName.LINKS})


class Mistyped:
    """Rows of every table into which somebody typed what the app cannot read."""

    def __init__(self, table: Callable[[TableName], Table]) -> None:
        self._table = table

    async def rows(self, programme: str) -> AsyncIterator[UnreadableRow]:
        """Those of a programme, as the error that reading them raises. Cost grows with the programme."""
        for name, (check, columns) in _CHECKED.items():
            partition: str | None = "earlier" if name is TableName.EARLIER_PARTICIPANTS else programme
            where = None
            if name in _NAMED_BY_A_COLUMN:
                partition, where = None, {"Programme": programme}
            async for found in self._table(name).query(partition, where=where, columns=columns):
                try:
                    check(found.row)
                except UnreadableRow as exc:
                    yield exc
