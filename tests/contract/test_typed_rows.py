"""Cells that administrators typed into rows of ours: what they mean, and what becomes of a word that means nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from shared.domain.cohort_model import Seat
from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.pairs import CheckIn
from shared.ports import Cell, Row, Table
from shared.stores.bookings import Bookings
from shared.stores.checkins import CheckIns
from shared.stores.earlier import EarlierParticipants
from shared.stores.pairs import Pairs
from tests.world import PROGRAMME

NINE = datetime(2026, 5, 20, 8, 0, tzinfo=UTC)


async def test_a_mistyped_booking_is_named_and_hides_no_other(table: Table) -> None:
    store = Bookings(table)
    good = Booking(PROGRAMME, "peer-1", "RM-1", "Zoë", "zoe@example.nhs.uk", "required", BookingStatus.BOOKED)
    await store.put(good)
    await store.put(replace(good, session="peer-2"))
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": "peer-2.RM-1", "Status": "canceled"})

    assert await store.readable(PROGRAMME) == ([good], ["peer-2.RM-1"])


async def test_a_mistyped_check_in_is_named_and_hides_no_other(table: Table) -> None:
    store = CheckIns(table)
    good = CheckIn(PROGRAMME, "pair-1", 1, Seat.MENTEE, "RM-1", NINE)
    await store.add(good)
    await store.add(replace(good, meeting=2))
    await table.merge({"PartitionKey": PROGRAMME, "RowKey": "pair-1.2.mentee", "Status": "done"})

    assert await store.readable(PROGRAMME) == ([good], ["pair-1.2.mentee"])


@pytest.mark.parametrize(
    ("typed", "wants_to_talk"),
    [
        (True, True),
        ("true", True),
        ("Yes", True),
        ("done", True),  # perhaps, and perhaps not: the digest goes on saying how to set it
        (False, False),
        ("False ", False),
        ("no", False),
        ("", False),
        (0, False),
        (None, False),
    ],
)
async def test_a_wish_to_talk_is_over_however_no_is_typed(table: Table, typed: Cell, wants_to_talk: bool) -> None:
    store = CheckIns(table)
    checkin = CheckIn(PROGRAMME, "pair-1", 1, Seat.MENTEE, "RM-1", NINE, wants_to_talk=True)
    await store.add(checkin)
    found = await table.get(PROGRAMME, checkin.id)
    assert found is not None
    await table.put({**found.row, "WantsToTalk": typed})

    read = await store.get(PROGRAMME, checkin.id)

    assert read is not None
    assert read.value.wants_to_talk is wants_to_talk


@pytest.mark.parametrize("first", ["ended", "proposed", "Confirmed "])
async def test_two_people_paired_again_in_another_row_are_the_pair_that_is_confirmed(table: Table, first: str) -> None:
    row: Row = {"PartitionKey": PROGRAMME, "Mentor": "RM-1", "Mentee": "RM-2", "PairId": "pair-1"}
    await table.put({**row, "RowKey": "1", "Status": first})
    await table.put({**row, "RowKey": "2", "Status": "ended" if first == "Confirmed " else "Confirmed "})
    await table.put({**row, "RowKey": "3", "Status": "ended"})

    found = await Pairs(table).find(PROGRAMME, "pair-1")

    assert found is not None
    assert found.status == "Confirmed "


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2027-03-31", date(2027, 3, 31)),
        (datetime(2027, 3, 31, tzinfo=UTC), date(2027, 3, 31)),
        ("01/04/2027", date.max),
        ("0", date.max),
        ("", date.max),
        (None, date.max),
    ],
)
async def test_somebody_of_an_earlier_cohort_is_kept_until_the_day_that_was_typed(
    table: Table, typed: Cell, read: date
) -> None:
    store = EarlierParticipants(table)
    await table.put({"PartitionKey": "earlier", "RowKey": "1", "FullName": "Zoë", "KeepUntil": typed})

    found = await store.get("1")

    assert found is not None
    assert found.keep_until == read
    assert await store.remove_older_than(date(2027, 3, 31)) == 0
    assert await store.remove_older_than(date(2027, 4, 1)) == (read < date.max)
