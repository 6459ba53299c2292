"""A place is taken before it is counted: nobody is booked beyond a session's capacity, and who is turned away waits."""

from datetime import timedelta

import pytest

from shared.domain.enrolment import Booking, BookingStatus
from shared.domain.programme import Programme
from shared.services.applications.places import Places
from shared.stores.bookings import Bookings
from shared.stores.names import TableName
from tests.factories import REFERENCE, answered, applied, with_session
from tests.world import NINE, PROGRAMME, World, cohort_7

SESSION = "mentor-training-1"
APPROVED = answered(applied())


def with_capacity(capacity: int | None) -> Programme:
    return with_session(cohort_7(), SESSION, capacity=capacity)


def somebody(status: BookingStatus, reference: str = "SOM-EBO-DYX-X", session: str = SESSION) -> Booking:
    return Booking(
        programme=PROGRAMME,
        session=session,
        reference=reference,
        full_name="Sam Lee",
        email="sam.lee@example.nhs.uk",
        attendance="required",
        status=status,
        since=NINE - timedelta(minutes=1),
    )


def test_only_places_in_sessions_of_limited_size_are_asked_for_beside_those_that_are_held() -> None:
    places = Places(bookings=Bookings(World().tables(TableName.BOOKINGS)), clock=World().clock)

    assert [s.id for s in places.asked(with_capacity(1), APPROVED, ())] == [SESSION]
    assert places.asked(with_capacity(1), APPROVED, {SESSION}) == []
    assert places.asked(with_capacity(None), APPROVED, ()) == []


@pytest.mark.parametrize(
    ("capacity", "rows", "gets_it"),
    [
        (1, [], True),
        (1, [BookingStatus.BOOKED], False),
        (1, [BookingStatus.HELD], False),
        (1, [BookingStatus.CANCELLED], True),
        (1, [BookingStatus.WAITING], False),  # whoever waits comes first
        (2, [BookingStatus.BOOKED], True),
        (2, [BookingStatus.BOOKED, BookingStatus.HELD], False),
    ],
)
async def test_who_comes_gets_a_place_if_one_is_free_and_else_waits(
    capacity: int, rows: list[BookingStatus], *, gets_it: bool
) -> None:
    world = World()
    bookings = Bookings(world.tables(TableName.BOOKINGS))
    for number, status in enumerate(rows):
        await bookings.put(somebody(status, f"SOM-EBO-DY{number}-X"))
    before = applied(chosen={})

    after = await Places(bookings=bookings, clock=world.clock).seated(with_capacity(capacity), before, APPROVED, ())

    mine = await bookings.get(PROGRAMME, SESSION, REFERENCE)
    assert (after == APPROVED) is gets_it
    assert (mine is not None and mine.status is BookingStatus.HELD) is gets_it
    assert [w.session for w in after.waits] == ([] if gets_it else [SESSION])
