"""Links that open nothing: each says what to do next, and none tells a stranger anything."""

import asyncio
from datetime import UTC, datetime, timedelta

from shared.services.applications.dead_links import DeadLink
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, mails_to, manager_says, own_link
from tests.world import World, token

# Cohort 7 ends with an evaluation on 14 December 2026, and links work 90 days longer.
LAST_DAY = datetime(2027, 3, 14, 15, 0, tzinfo=UTC)
OVER = datetime(2027, 3, 15, 15, 0, tzinfo=UTC)


def test_a_link_that_was_cut_short_is_told_from_one_that_was_never_made() -> None:
    async def story() -> list[DeadLink]:
        world = World()
        await world.submit()
        link = own_link(world, AMARA)
        changed = ("A" if link[0] != "A" else "B") + link[1:]
        return [await world.app.dead_links.reason(one) for one in (link[:20], f"{link}=", changed)]

    assert asyncio.run(story()) == [DeadLink.INCOMPLETE, DeadLink.INCOMPLETE, DeadLink.UNKNOWN]


def test_an_own_link_works_until_the_programme_is_long_over() -> None:
    async def story() -> list[object]:
        world = World()
        await world.submit()
        link = own_link(world, AMARA)
        world.clock.set(LAST_DAY)
        before = await world.app.own_pages.page(link)
        world.clock.set(OVER)
        after = await world.app.own_pages.page(link)
        return [before is not None, after, await world.app.dead_links.reason(link)]

    assert asyncio.run(story()) == [True, None, DeadLink.OWN_PAGE_EXPIRED]


async def test_a_new_link_goes_to_the_stored_address_once_and_ends_the_old_one() -> None:
    world = World()
    await world.submit()
    old = own_link(world, AMARA)
    world.clock.set(OVER)
    sent = [await world.app.own_pages.send_new_link(old) for _ in range(3)]
    await world.run()
    new = own_link(world, AMARA)
    page = await world.app.own_pages.page(new)
    reason = await world.app.dead_links.reason(old)
    await world.later(days=15)
    seen = [sent, new != old, page is not None, reason, await world.app.dead_links.reason(new)]

    assert seen == [[True, True, True], True, True, DeadLink.REPLACED, DeadLink.OWN_PAGE_EXPIRED]
    assert mails_to(world, AMARA).count("new link") == 1


async def test_a_link_that_still_works_or_was_never_made_brings_no_new_one() -> None:
    world = World()
    await world.submit()
    await world.app.own_pages.send_new_link(own_link(world, AMARA))
    made_up = await world.app.own_pages.send_new_link("x" * 43)
    await world.run()

    assert made_up is False
    assert "new link" not in mails_to(world, AMARA)
    assert world.application()["OwnLink"] == 1


async def test_the_link_of_an_erased_person_looks_like_any_other() -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    await command(world, "erase", str(world.application()["RowKey"]))
    world.clock.set(OVER)
    reason, sent = await world.app.dead_links.reason(link), await world.app.own_pages.send_new_link(link)

    assert (reason, sent) == (DeadLink.UNKNOWN, False)
    assert "new link" not in mails_to(world, AMARA)


def test_a_managers_link_ends_with_the_programme_too() -> None:
    async def story() -> list[object]:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        link = token(world.letters(PRIYA.email)[0], "decisions")
        world.clock.set(LAST_DAY)
        before = await world.app.approval.page(link)
        world.clock.set(OVER)
        return [before is not None, await world.app.approval.page(link), await world.app.dead_links.reason(link)]

    assert asyncio.run(story()) == [True, None, DeadLink.EXPIRED]


def test_a_last_session_that_moves_keeps_the_links_alive() -> None:
    async def story() -> bool:
        world = World()
        await world.tick()
        await world.submit()
        row = {
            **world.row(TableName.SESSIONS, RowKey="celebration-1"),
            "StartsAt": LAST_DAY,
            "EndsAt": LAST_DAY + timedelta(hours=1),
            "Status": "confirmed",
        }
        await world.type_in(TableName.SESSIONS, row)
        await world.tick()
        world.clock.set(OVER)
        return await world.app.own_pages.page(own_link(world, AMARA)) is not None

    assert asyncio.run(story())


def test_a_link_that_was_replaced_before_can_be_replaced_once_more_and_says_so_only_if_it_was() -> None:
    async def story() -> tuple[World, list[object], bool]:
        world = World()
        await world.submit()
        old = own_link(world, AMARA)
        world.clock.set(OVER)
        seen: list[object] = [await world.app.own_pages.send_new_link(old), await world.app.dead_links.reason(old)]
        await world.run()
        world.clock.advance(timedelta(hours=3))
        seen += [
            await world.app.dead_links.reason(old),
            await world.app.own_pages.send_new_link(own_link(world, AMARA)),
        ]
        before = mails_to(world, AMARA).count("new link")
        seen += [before, await world.app.own_pages.send_new_link(old)]
        await world.run()
        page = await world.app.own_pages.page(own_link(world, AMARA))
        return world, [*seen, mails_to(world, AMARA).count("new link")], page is not None

    _, seen, opens = asyncio.run(story())

    assert seen == [True, DeadLink.REPLACED, DeadLink.REPLACED_BEFORE, False, 1, True, 2]
    assert opens
