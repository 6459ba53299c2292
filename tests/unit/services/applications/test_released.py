"""Whoever released a date hears, once, when it is another one."""

import json
from datetime import UTC, datetime

from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, TOM, approved_pair, own_link
from tests.world import PROGRAMME, World

NEW_DATES = "New dates"


async def edited(world: World, session: str, **columns: object) -> None:
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": session, **columns})  # type: ignore[dict-item]
    for _ in range(3):
        await world.later(minutes=5)


async def a_day(world: World) -> None:
    for _ in range(3):
        await world.later(hours=8)


async def test_a_moved_session_is_told_to_the_manager_who_released_it_and_to_no_other() -> None:
    world = World()
    await approved_pair(world)
    await a_day(world)
    before = world.letters(PRIYA.email, NEW_DATES) + world.letters(GRACE, NEW_DATES)
    day = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
    await edited(world, "mentor-training-1", StartsAt=day, EndsAt=day.replace(hour=12))
    at_once = world.letters(PRIYA.email, NEW_DATES)
    await a_day(world)
    await a_day(world)

    assert (before, at_once, world.letters(GRACE, NEW_DATES)) == ([], [], [])
    (letter,) = world.letters(PRIYA.email, NEW_DATES)
    assert "Before: Thursday 26 March 2026, 9:30am to 12:30pm" in letter.html
    assert "Now: Friday 27 March 2026, 9:30am to 12:30pm" in letter.html


async def test_a_choice_that_is_taken_back_mails_no_manager_and_one_that_stays_does_once() -> None:
    world = World()
    await approved_pair(world)
    link = own_link(world, AMARA)
    for session in ("mentor-training-2", "mentor-training-1"):
        await world.app.own_pages.choose_session(link, session)
    await a_day(world)
    nothing = world.letters(PRIYA.email, NEW_DATES)
    await world.app.own_pages.choose_session(link, "mentor-training-2")
    await a_day(world)
    await world.app.own_pages.choose_session(link, "mentor-training-1")
    await a_day(world)

    assert nothing == []
    told = [letter.html for letter in world.letters(PRIYA.email, NEW_DATES)]
    assert len(told) == 2
    assert "Now: Monday 13 April 2026" in told[0]
    assert "Before: Monday 13 April 2026, 1pm to 4pm" in told[1]
    assert "Now: Thursday 26 March 2026" in told[1]


async def test_a_session_that_takes_longer_is_told_and_one_in_another_room_is_not() -> None:
    world = World()
    await approved_pair(world)
    await edited(world, "mentor-training-1", Place="Room 7")
    await a_day(world)
    room = world.letters(PRIYA.email, NEW_DATES)
    await edited(world, "mentor-training-1", EndsAt=datetime(2026, 3, 26, 15, 30, tzinfo=UTC))
    await a_day(world)

    assert room == []
    (letter,) = world.letters(PRIYA.email, NEW_DATES)
    assert "Now: Thursday 26 March 2026, 9:30am to 3:30pm" in letter.html


async def test_of_a_row_that_makes_no_sense_no_manager_hears() -> None:
    world = World()
    await approved_pair(world)
    await edited(world, "mentor-training-1", Status="confirmd")
    await a_day(world)
    await edited(world, "mentor-training-1", Status="confirmed")
    await a_day(world)

    assert world.letters(PRIYA.email, NEW_DATES) == []


async def test_a_date_that_was_noted_without_its_end_is_known_by_its_start() -> None:
    world = World()
    await approved_pair(world)
    await a_day(world)
    for row in world.rows(TableName.APPLICATIONS):
        (noted,) = json.loads(str(row["Released"]))
        noted["dates"] = {group: [date[:2] for date in dates] for group, dates in noted["dates"].items()}
        await world.type_in(TableName.APPLICATIONS, {**row, "Released": json.dumps([noted])})
    await edited(world, "mentor-training-2", Place="Room 7")
    await a_day(world)
    nothing = world.letters(PRIYA.email, NEW_DATES)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await a_day(world)

    assert nothing == []
    assert "Before: 9:30am on Thursday 26 March 2026" in world.letters(PRIYA.email, NEW_DATES)[0].html


async def approved_before_dates_were_noted(world: World) -> None:
    """People whom an older version of the app let in: it did not note what their managers released."""
    await approved_pair(world)
    await a_day(world)
    for row in world.rows(TableName.APPLICATIONS):
        await world.type_in(TableName.APPLICATIONS, {**row, "Released": ""})


async def test_the_first_session_that_is_moved_after_an_update_of_the_app_is_told_as_well() -> None:
    world = World()
    await approved_before_dates_were_noted(world)
    day = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
    await edited(world, "mentor-training-1", StartsAt=day, EndsAt=day.replace(hour=12))
    await a_day(world)

    (letter,) = world.letters(PRIYA.email, NEW_DATES)
    assert "Before: Thursday 26 March 2026, 9:30am to 12:30pm" in letter.html
    assert "Now: Friday 27 March 2026, 9:30am to 12:30pm" in letter.html
    assert world.letters(GRACE, NEW_DATES) == []


async def test_the_first_choice_after_an_update_of_the_app_is_told_as_well() -> None:
    world = World()
    await approved_before_dates_were_noted(world)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await a_day(world)

    (letter,) = world.letters(PRIYA.email, NEW_DATES)
    assert "Before: Thursday 26 March 2026, 9:30am to 12:30pm" in letter.html
    assert "Now: Monday 13 April 2026" in letter.html


async def test_a_choice_between_a_move_and_the_tick_that_sees_it_is_compared_with_what_was_released() -> None:
    world = World()
    await approved_before_dates_were_noted(world)
    day = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
    moved = {"StartsAt": day, "EndsAt": day.replace(hour=12)}
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", **moved})
    await world.app.own_pages.confirm(own_link(world, AMARA), "mentor-training-1")
    await edited(world, "mentor-training-1")
    await a_day(world)

    (letter,) = world.letters(PRIYA.email, NEW_DATES)
    assert "Before: Thursday 26 March 2026, 9:30am to 12:30pm" in letter.html


async def test_a_date_out_of_several_that_the_manager_knows_is_no_news() -> None:
    world = World()
    await approved_pair(world)
    await world.app.own_pages.choose_session(own_link(world, TOM), "midway-2")
    await edited(world, "midway-1", Status="cancelled")
    await a_day(world)

    assert world.letters(GRACE, NEW_DATES) == []


async def test_a_date_that_is_off_is_told_and_the_new_one_as_well() -> None:
    world = World()
    await approved_pair(world)
    await edited(world, "mentor-training-1", Status="cancelled")
    await a_day(world)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await a_day(world)

    first, second = world.letters(PRIYA.email, NEW_DATES)
    assert "no date yet" in first.html
    assert "Now: Monday 13 April 2026" in second.html
