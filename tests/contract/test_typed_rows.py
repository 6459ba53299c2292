"""Cells that administrators typed into rows of ours: what they mean, and what becomes of a word that means nothing."""

from dataclasses import replace
from datetime import UTC, datetime

from shared.adapters.bookings import BookingTable
from shared.adapters.checkins import CheckInTable
from shared.adapters.table import Table
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.pairs import CheckIn
from shared.domain.programme import Role
from tests.world import PROGRAMME

NINE = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)


async def test_a_mistyped_booking_is_named_and_hides_no_other(table: Table) -> None:
    store = BookingTable(table)
    good = Booking(PROGRAMME, "peer-1", "RM-1", "Zoë", "zoe@example.nhs.uk", "required", BookingStatus.BOOKED)
    await store.put(good)
    await store.put(replace(good, session="peer-2"))
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": "peer-2.RM-1", "Status": "canceled"})

    assert await store.readable(PROGRAMME) == ([good], ["peer-2.RM-1"])


async def test_a_mistyped_check_in_is_named_and_hides_no_other(table: Table) -> None:
    store = CheckInTable(table)
    good = CheckIn(PROGRAMME, "pair-1", 1, Role.MENTEE, "RM-1", NINE)
    await store.put(good)
    await store.put(replace(good, meeting=2))
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": "pair-1.2.mentee", "Status": "done"})

    assert await store.readable(PROGRAMME) == ([good], ["pair-1.2.mentee"])
