"""A Freedom of Information pack: drafted, confirmed as it was read, and never to be subtracted from the one before."""

import re

import pytest
from bs4 import BeautifulSoup

from shared.domain.disclosure import attack
from shared.domain.equality import EqualityAnswers
from shared.stores.equality import Monitoring
from shared.stores.names import TableName
from tests.factories import command
from tests.slips import slips
from tests.world import PROGRAMME, World, answers, mentee

NAME = f"{PROGRAMME}/foi.html"


async def applied(world: World, first: int, last: int) -> None:
    for number in range(first, last):
        form = answers if number % 2 else mentee
        await world.submit(form(email=f"p{number}@example.nhs.uk", organisation=f"Trust {number % 3}"))


def page(world: World, name: str = NAME) -> str:
    return " ".join(BeautifulSoup(world.reports.files[name], "html.parser").get_text(" ").split())


async def test_a_draft_says_so_and_is_final_only_once_a_person_confirms_it() -> None:
    world = World()
    await world.tick()
    too_early = await command(world, "confirm foi pack", "", key="0")
    await applied(world, 0, 12)
    made = await command(world, "FOI pack", "", key="1")
    draft = page(world)
    confirmed = await command(world, "confirm foi pack", "", key="2")
    final = page(world)
    twice = await command(world, "confirm foi pack", "", key="3")
    await command(world, "foi pack", "", key="4")

    assert too_early.startswith("Refused: No pack of")
    assert made == f"Done: Written to the container reports: {NAME}. Read it; 'confirm foi pack' makes it final."
    assert "Draft. Do not send it yet." in draft
    kept = f"{PROGRAMME}/foi-1.html"
    assert confirmed == (
        f"Done: Final: {kept} in the container reports. Later packs leave it as it is. The file has no answer to 3a, 4 "
        "and 5: give it beside the pack."
    )
    assert ("A person answers this." in draft, "A person answers this." in final) == (True, False)
    assert ("A person checks whether" in draft, "A person checks whether" in final) == (True, False)
    assert page(world, kept) == final
    assert "Draft. Do not send it yet." in page(world)
    assert "A person confirmed this pack on Tuesday 10 February 2026." in final
    assert "Draft" not in final
    assert twice.startswith("Refused: No pack of")
    assert slips(world.reports.files[kept].decode()) == []


async def test_small_numbers_are_hidden_and_the_next_pack_repeats_what_has_not_moved_by_five() -> None:
    world = World()
    await world.tick()
    await applied(world, 0, 12)
    await command(world, "foi pack", "", key="1")
    await command(world, "confirm foi pack", "", key="2")
    first = page(world)
    await applied(world, 12, 14)
    world.clock.set(world.clock.now().replace(day=20))
    await command(world, "foi pack", "", key="3")
    second = page(world)
    await command(world, "confirm foi pack", "", key="4")
    published = await world.app.foi_packs._packs.published(PROGRAMME)

    assert "between 1 and 7" in first
    assert not re.search(r"People .{0,60}\b6\b", first)
    assert "As on Tuesday 10 February 2026." in second.partition("Applications by role")[2][:400]
    assert len(published) == 2
    assert attack(published) == ()


async def test_equality_figures_go_through_the_same_rule_and_their_exact_numbers_stand_where_nobody_reads() -> None:
    world = World()
    await world.tick()
    await applied(world, 0, 12)
    await command(world, "foi pack", "", key="0")
    none = page(world).partition("Equality figures")[2]
    for number in range(36):
        answer = {"religion": "Sikh" if number < 6 else "Hindu"}
        await Monitoring(world.tables(TableName.MONITORING)).add(PROGRAMME, EqualityAnswers(f"{number:032x}", answer))
    await command(world, "foi pack", "", key="1")
    await command(world, "confirm foi pack", "", key="2")

    figures = page(world).partition("Equality figures")[2]
    assert none.startswith(" No answers to equality questions have been counted. How small numbers")
    assert "Hindu 30" in figures
    assert "Sikh between 1 and 7" in figures
    open_rows = str([row for row in world.rows(TableName.UPKEEP) if "Sikh" in str(row)])
    assert '"Sikh",null' in open_rows
    assert '"Sikh":6' not in open_rows
    assert [row for row in world.rows(TableName.MONITORING) if '"Sikh":6' in str(row)]


async def test_a_draft_that_another_publication_overtook_is_refused() -> None:
    world = World()
    await world.tick()
    await applied(world, 0, 12)
    await command(world, "foi pack", "", key="1")
    waiting = await world.app.foi_packs._packs.draft(PROGRAMME)
    assert waiting is not None
    await applied(world, 12, 30)
    await command(world, "foi pack", "", key="2")
    await command(world, "confirm foi pack", "", key="3")
    await world.app.foi_packs._packs.keep_draft(PROGRAMME, waiting[0], after=0)

    assert "Another pack was published" in await command(world, "confirm foi pack", "", key="4")


@pytest.mark.parametrize("partition", ["", "no-such-programme"])
async def test_without_a_programme_all_are_drafted_and_none_is_confirmed(partition: str) -> None:
    world = World()
    await world.tick()

    assert NAME in await command(world, "foi pack", "", key="1", partition=partition or "x")
    assert "PartitionKey is not a programme" in await command(
        world, "confirm foi pack", "", key="2", partition=partition or "x"
    )
