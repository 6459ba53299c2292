"""Full sessions: nobody beyond the capacity, and places that come free are offered in the order of joining."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.ports import Cell, Found
from shared.services.applications.participation import OwnPage, SessionChoice
from shared.stores.names import TableName
from tests.factories import command, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers

SESSION = "mentor-training-1"
OTHER = "mentor-training-2"


def address(name: str) -> str:
    return f"{name}@example.nhs.uk"


async def approved(world: World, name: str, session: str | None = SESSION) -> str:
    """Somebody who applied and was released; returns their address."""
    form = answers(
        full_name=name.title(), email=address(name), manager_email=address(f"boss.{name}"), training_session=session
    )
    await world.submit(form)
    await manager_says(world, address(f"boss.{name}"))
    return address(name)


async def limited(capacity: int | str = 1, session: str = SESSION) -> World:
    world = World()
    await world.tick()
    await set_capacity(world, capacity, session)
    return world


async def set_capacity(world: World, capacity: int | str, session: str = SESSION) -> None:
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": session, "Capacity": capacity}
    await world.type_in(TableName.SESSIONS, row)


def places(world: World, session: str = SESSION) -> dict[str, str]:
    """Who stands how in a session."""
    return {
        str(row["Email"]).partition("@")[0]: str(row["Status"])
        for row in world.rows(TableName.BOOKINGS)
        if row["Session"] == session
    }


def invited(world: World) -> list[tuple[str, str]]:
    return [(email.partition("@")[0], what) for _, email, what in world.calendar.told]


async def page_of(world: World, name: str) -> OwnPage:
    page = await world.app.own_pages.page(own_link(world, address(name)))
    assert page is not None
    return page


async def joined(world: World, *names: str) -> None:
    """People who have another date wait for this one, in this order."""
    for name in names:
        await approved(world, name, OTHER)
        world.clock.advance(timedelta(minutes=1))
        await world.app.own_pages.join_list(own_link(world, address(name)), SESSION)
        await world.run()


async def test_a_full_session_can_be_waited_for_and_not_chosen() -> None:
    world = await limited()
    await approved(world, "ann")
    link = own_link(world, await approved(world, "ben", None))
    pages = [
        await world.app.own_pages.choose_session(link, SESSION),
        await world.app.own_pages.join_list(link, SESSION),
        await world.app.own_pages.join_list(link, SESSION),
    ]
    await world.later(minutes=5)
    said = [page.problem or page.note for page in pages if page]

    assert said == [
        "This session is full. Choose another one.",
        "You are on the waiting list for Thursday 26 March 2026, 9:30am to 12:30pm.",
        "You are on the waiting list for Thursday 26 March 2026, 9:30am to 12:30pm.",
    ]
    assert places(world) == {"ann": "Booked", "ben": "Waiting"}
    assert invited(world) == [("ann", "invited")]
    assert world.application(FullName="Ben")["NextStep"] == "On the waiting list: mentor-training-1"


def test_the_digest_names_the_sessions_that_people_wait_for() -> None:
    async def story() -> World:
        world = await limited()
        await approved(world, "ann")
        await joined(world, "ben", "cas")
        await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
        await world.app.tick.daily()
        await world.run()
        return world

    digest = asyncio.run(story()).letters(ADMINISTRATORS)[0].html

    assert "Training for mentors, Thursday 26 March 2026, 9:30am to 12:30pm: 2 waiting." in digest


async def test_who_is_released_for_a_session_that_has_filled_up_waits_and_is_told() -> None:
    world = await limited()
    await approved(world, "ann")
    await approved(world, "ben")

    assert places(world) == {"ann": "Booked", "ben": "Waiting"}
    confirmation = world.letters(address("ben"), "confirmed")[0].html
    assert "The session is full, so we have put you on its waiting list." in confirmation
    assert "Please choose a date" in confirmation


async def test_a_place_that_comes_free_is_offered_in_order_and_taken() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    offered = places(world)
    await world.app.own_pages.choose_session(own_link(world, address("ben")), SESSION)
    await world.run()

    assert offered == {"ann": "Cancelled", "ben": "Place offered", "cas": "Waiting"}
    assert places(world) == {"ann": "Cancelled", "ben": "Booked", "cas": "Waiting"}
    assert places(world, OTHER) == {"ben": "Cancelled", "cas": "Booked"}
    assert mails_to(world, address("ben")).count("place offered") == 1
    assert "place offered" not in mails_to(world, address("cas"))
    mail = world.letters(address("ben"), "come free")[0].html
    assert "9:07am on Thursday 12 February 2026" in mail  # 48 hours after the tick
    assert "it replaces the date that you have now" in mail


async def test_an_offer_that_runs_out_goes_to_the_next() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    link = own_link(world, address("ben"))
    world.clock.advance(timedelta(hours=48))
    late = await world.app.own_pages.choose_session(link, SESSION)
    await world.later(minutes=1)
    await world.later(minutes=5)
    assert late is not None
    problem = late.problem

    assert problem == "The time to take this place is over. You can join the waiting list again."
    assert places(world) == {"ann": "Cancelled", "ben": "Cancelled", "cas": "Place offered"}
    assert [kind for kind in mails_to(world, address("ben")) if "offer" in kind] == ["offer ended", "place offered"]
    assert places(world, OTHER)["ben"] == "Booked"


async def test_a_place_that_is_let_go_goes_to_the_next_at_once() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.choose_session(own_link(world, address("ann")), OTHER)
    await world.later(minutes=5)
    await world.app.own_pages.leave_list(own_link(world, address("ben")), SESSION)
    await world.later(minutes=5)

    assert places(world) == {"ann": "Cancelled", "ben": "Cancelled", "cas": "Place offered"}
    assert "offer ended" not in mails_to(world, address("ben"))


async def test_a_withdrawal_before_the_mail_has_left_stops_the_offer() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.run()
    world.wakeups.mailboxes.clear()
    await world.app.tick.run()  # the offer is queued, and nobody has written it yet
    await world.app.own_pages.withdraw(own_link(world, address("ben")))
    await world.run()
    await world.later(minutes=5)

    assert "place offered" not in mails_to(world, address("ben"))
    assert places(world)["cas"] == "Place offered"


async def test_more_places_are_offered_to_as_many_as_fit_in() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas", "dan")
    await set_capacity(world, 3)
    await world.later(minutes=5)
    after = places(world)
    await set_capacity(world, "")
    await world.later(minutes=5)

    assert after == {"ann": "Booked", "ben": "Place offered", "cas": "Place offered", "dan": "Waiting"}
    assert places(world)["dan"] == "Place offered"


async def test_a_free_place_belongs_to_those_who_wait_and_not_to_who_comes_first() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.run()
    quick = await world.app.own_pages.choose_session(own_link(world, await approved(world, "eve", OTHER)), SESSION)
    await world.later(minutes=5)
    assert quick is not None
    problem = quick.problem

    assert problem == "This session is full. Choose another one."
    assert places(world)["ben"] == "Place offered"


def take_turns(world: World) -> None:
    """Let others go on at every call of ``Bookings``, as they do where a call takes time."""
    table = world.tables(TableName.BOOKINGS)

    def slow(method: Any) -> Any:
        async def called(*given: Any, **options: Any) -> Any:
            await asyncio.sleep(0)
            return await method(*given, **options)

        return called

    query = table.query

    async def queried(*given: Any, **options: Any) -> AsyncIterator[Found]:
        await asyncio.sleep(0)
        async for found in query(*given, **options):
            yield found

    for name in ("get", "insert", "merge"):
        setattr(table, name, slow(getattr(table, name)))
    table.query = queried  # type: ignore[method-assign]


async def test_two_who_reach_for_the_last_place_at_once_never_both_get_it() -> None:
    world = await limited()
    links = [own_link(world, await approved(world, name, OTHER)) for name in ("ann", "ben", "cas")]
    take_turns(world)
    await asyncio.gather(*(world.app.own_pages.choose_session(link, SESSION) for link in links))
    await world.run()
    for _ in range(3):
        await world.later(minutes=5)

    assert list(places(world).values()).count("Booked") <= 1
    assert "Place held" not in places(world).values()
    # Whoever was turned away has kept the date they had.
    everywhere = [(b["Email"], b["Status"]) for b in world.rows(TableName.BOOKINGS)]
    assert {address(name) for name in ("ann", "ben", "cas")} == {e for e, status in everywhere if status == "Booked"}


async def test_an_offer_never_lasts_beyond_the_start_and_a_list_ends_with_it() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.tick(datetime(2026, 3, 26, 8, 0, tzinfo=UTC))
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    offered = next(s.offered for g in (await page_of(world, "ben")).groups for s in g.sessions if s.id == SESSION)
    await world.tick(datetime(2026, 3, 26, 9, 31, tzinfo=UTC))
    await world.later(minutes=5)
    after = places(world)

    assert offered == "9:30am on Thursday 26 March 2026"
    assert after == {"ann": "Cancelled", "ben": "Cancelled", "cas": "Cancelled"}
    assert "place offered" not in mails_to(world, address("cas"))


async def test_a_cancelled_session_has_no_list_and_erasure_leaves_none() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await command(world, "erase", str(world.application(FullName="Ben")["RowKey"]))
    erased = places(world)
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": SESSION, "Status": "cancelled"}
    await world.type_in(TableName.SESSIONS, row)
    await world.later(minutes=5)

    assert erased == {"ann": "Booked", "cas": "Waiting"}
    assert world.application(FullName="Cas")["Waits"] == ""


async def test_a_session_that_gets_its_date_late_takes_no_more_people_than_fit() -> None:
    world = await limited(2, "celebration-1")
    for name in ("ann", "ben", "cas"):
        await approved(world, name, OTHER)
    row: dict[str, Cell] = {
        "PartitionKey": PROGRAMME,
        "RowKey": "celebration-1",
        "StartsAt": datetime(2026, 12, 1, 12, tzinfo=UTC),
        "EndsAt": datetime(2026, 12, 1, 14, tzinfo=UTC),
        "Status": "confirmed",
    }
    await world.type_in(TableName.SESSIONS, row)
    await world.later(minutes=5)
    await world.later(minutes=5)
    before = sorted(places(world, "celebration-1").values())
    (waits,) = [name for name, status in places(world, "celebration-1").items() if status == "Waiting"]
    await set_capacity(world, 3, "celebration-1")
    await world.later(minutes=5)
    await world.app.own_pages.choose_session(own_link(world, address(waits)), "celebration-1")
    await world.run()

    assert before == ["Booked", "Booked", "Waiting"]
    assert sorted(places(world, "celebration-1").values()) == ["Booked", "Booked", "Booked"]


async def test_who_lets_a_session_for_everybody_go_is_not_booked_again_by_the_rule() -> None:
    world = await limited(1, "celebration-1")
    for name in ("ann", "ben"):
        await approved(world, name, OTHER)
    row: dict[str, Cell] = {
        "PartitionKey": PROGRAMME,
        "RowKey": "celebration-1",
        "StartsAt": datetime(2026, 12, 1, 12, tzinfo=UTC),
        "EndsAt": datetime(2026, 12, 1, 14, tzinfo=UTC),
        "Status": "confirmed",
    }
    await world.type_in(TableName.SESSIONS, row)
    await world.later(minutes=5)
    (waits,) = [name for name, status in places(world, "celebration-1").items() if status == "Waiting"]
    await world.app.own_pages.leave_list(own_link(world, address(waits)), "celebration-1")
    await set_capacity(world, 9, "celebration-1")
    await world.later(minutes=5)

    assert places(world, "celebration-1")[waits] == "Cancelled"
    assert "offer ended" not in mails_to(world, address(waits))


async def test_a_group_that_books_the_first_date_goes_on_to_the_next_one() -> None:
    world = await limited(1, "midway-1")
    for name in ("ann", "ben"):
        form = answers(role="mentee", full_name=name, email=address(name), training_session="mentee-training-1")
        await world.submit({**form, "manager_email": address(f"boss.{name}")})
        await manager_says(world, address(f"boss.{name}"))

    assert (places(world, "midway-1"), places(world, "midway-2")) == ({"ann": "Booked"}, {"ben": "Booked"})


async def approved_mentee(world: World, name: str) -> None:
    form = answers(role="mentee", full_name=name, email=address(name), training_session="mentee-training-1")
    await world.submit({**form, "manager_email": address(f"boss.{name}")})
    await manager_says(world, address(f"boss.{name}"))


async def test_where_every_date_that_the_programme_books_is_full_the_person_waits() -> None:
    world = await limited(1, "midway-1")
    await set_capacity(world, 1, "midway-2")
    for name in ("ann", "ben", "cas"):
        await asyncio.wait_for(approved_mentee(world, name), timeout=20)

    assert places(world, "midway-1") == {"ann": "Booked", "cas": "Waiting"}
    assert places(world, "midway-2") == {"ben": "Booked", "cas": "Waiting"}


async def test_a_cancelled_date_books_nobody_beyond_the_capacity_of_the_next() -> None:
    world = await limited(1, "midway-1")
    await set_capacity(world, 1, "midway-2")
    for name in ("ann", "ben"):
        await approved_mentee(world, name)
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "midway-1", "Status": "cancelled"}
    await world.type_in(TableName.SESSIONS, row)
    await asyncio.wait_for(world.later(minutes=5), timeout=20)

    assert places(world, "midway-1") == {"ann": "Cancelled"}
    assert places(world, "midway-2") == {"ann": "Waiting", "ben": "Booked"}


def test_who_was_moved_on_to_the_next_date_has_not_chosen_it() -> None:
    async def story() -> World:
        world = await limited(1, "midway-1")
        for name in ("ann", "ben"):
            await approved_mentee(world, name)
        return world

    assert "midway" not in str(asyncio.run(story()).application(FullName="ben")["SessionsChosen"])


async def test_a_typing_mistake_empties_no_list_and_an_offer_is_made_again_once_it_is_mended() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    good = world.row(TableName.SESSIONS, RowKey=SESSION)["EndsAt"]
    row: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": SESSION, "EndsAt": "later"}
    await world.type_in(TableName.SESSIONS, row)
    await world.later(minutes=5)
    before = places(world)
    await world.later(hours=49)
    meanwhile = places(world)
    await world.type_in(TableName.SESSIONS, {**row, "EndsAt": good, "Status": "provisional"})
    await world.later(minutes=5)
    await world.later(minutes=5)

    assert before == {"ann": "Cancelled", "ben": "Place offered", "cas": "Waiting"}
    assert meanwhile == {"ann": "Cancelled", "ben": "Waiting", "cas": "Waiting"}
    assert places(world) == {"ann": "Cancelled", "ben": "Place offered", "cas": "Waiting"}
    assert [kind for kind in mails_to(world, address("ben")) if "offer" in kind] == ["place offered", "place offered"]


def choice(page: OwnPage | None, session: str = SESSION) -> SessionChoice:
    """What a page says of a session."""
    assert page is not None
    return next(s for group in page.groups for s in group.sessions if s.id == session)


async def test_an_offer_that_is_over_leaves_the_page_of_one_mind_until_the_next_tick() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben", "cas")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    link = own_link(world, address("ben"))
    world.clock.advance(timedelta(hours=48))
    seen = [choice(await page_of(world, "ben"))]
    again = await world.app.own_pages.join_list(link, SESSION)
    seen.append(choice(again))
    await world.run()
    await world.later(minutes=5)
    said = [page.problem or page.note for page in (again,) if page]

    assert [(c.full, c.waiting, c.offered) for c in seen] == [(True, False, ""), (True, True, "")]
    assert said == ["You are on the waiting list for Thursday 26 March 2026, 9:30am to 12:30pm."]
    assert places(world) == {"ann": "Cancelled", "ben": "Waiting", "cas": "Place offered"}


async def test_a_place_whose_offer_is_over_can_still_be_taken_if_nobody_waits_for_it() -> None:
    world = await limited()
    await approved(world, "ann")
    await joined(world, "ben")
    await world.app.own_pages.withdraw(own_link(world, address("ann")))
    await world.later(minutes=5)
    link = own_link(world, address("ben"))
    world.clock.advance(timedelta(hours=48))
    seen = choice(await page_of(world, "ben"))
    pages = [
        await world.app.own_pages.join_list(link, SESSION),
        await world.app.own_pages.choose_session(link, SESSION),
    ]
    await world.run()
    await world.later(minutes=5)
    said = [page.problem or page.note for page in pages if page]

    assert (seen.full, seen.waiting, seen.offered) == (False, False, "")
    assert said == [
        "There is a free place: choose the session.",
        "You have chosen Thursday 26 March 2026, 9:30am to 12:30pm.",
    ]
    assert places(world)["ben"] == "Booked"


async def test_who_waits_for_the_manager_sees_that_the_date_chosen_has_filled_up() -> None:
    world = await limited()
    form = answers(full_name="Ben", email=address("ben"), manager_email=address("boss.ben"))
    await world.submit(form)
    before = choice(await page_of(world, "ben"))
    await approved(world, "ann")
    after = choice(await page_of(world, "ben"))

    assert (before.chosen, before.full) == (True, False)
    assert (after.chosen, after.full) == (True, True)
