"""The page on which somebody says whether a form in their name is theirs, and what our own form tells its sender."""

import asyncio
from datetime import timedelta

import azure.functions as func
from bs4 import Tag

from shared.domain.application import Status
from shared.stores.names import TableName
from tests.factories import AMARA, command, mails_to, own_link
from tests.unit.functions.test_people import applied, errors, heading, own, soup
from tests.visitor import Shown, Visitor, just_sent, typed
from tests.world import World, answers

AGAIN = "Did you fill in the form again?"


async def with_a_form() -> tuple[World, str]:
    world, link = await applied()
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(full_name="Zzq Mallory", manager_email="mallory@evil.example", about_you="ZZQ WORDS"))
    return world, link


def fields(answer: func.HttpResponse) -> dict[str, str]:
    """What a browser, or a scanner that presses the buttons it finds, sends if nobody chooses anything."""
    given = {}
    for field in soup(answer).select("main form input"):
        assert isinstance(field, Tag)
        if field.get("type") == "hidden" or field.has_attr("checked"):
            given[str(field["name"])] = str(field["value"])
    return given


async def test_looking_and_pressing_the_button_without_a_choice_changes_nothing() -> None:
    world, link = await with_a_form()
    looked = await own(world, link, step="change")
    pressed = await own(world, link, **fields(looked))
    (own_page, looked, pressed) = [await own(world, link), looked, pressed]

    assert "Somebody filled in the form with your email address" in soup(own_page).get_text()
    assert (looked.status_code, heading(looked), heading(pressed)) == (200, AGAIN, AGAIN)
    assert looked.headers["Cache-Control"] == "no-store"
    assert "ZZQ WORDS" in soup(looked).get_text()
    assert errors(pressed) == [("#change", "Choose one of the answers.")]
    assert set(fields(looked)) == {"action", "newest"}
    assert world.application()["FullName"] == "Amara Okafor"


async def test_a_choice_on_the_page_is_done_once_and_the_second_press_shows_where_things_stand() -> None:
    world, link = await with_a_form()
    looked = await own(world, link, step="change")
    choice = {**fields(looked), "change": fields(looked)["newest"]}
    said = [heading(await own(world, link, **choice)) for _ in range(2)]
    again = heading(await own(world, link, step="change")) == AGAIN

    assert said == ["Thank you", "Your application"]
    assert not again
    assert world.application()["FullName"] == "Zzq Mallory"


async def test_the_link_of_somebody_else_decides_nothing() -> None:
    world, link = await with_a_form()
    newest = fields(await own(world, link, step="change"))["newest"]
    await world.submit(answers(full_name="Tom", email="tom.hughes@example.nhs.uk"))
    toms = own_link(world, "tom.hughes@example.nhs.uk")
    answer = await own(world, toms, action="confirm_change", change=newest, newest=newest)

    assert heading(answer) == "Your application"
    assert world.application(Email=AMARA)["FullName"] == "Amara Okafor"


async def sent(world: World, **changes: object) -> Shown:
    """What the page says to whoever has sent a form; then it is taken in."""
    _, shown = await just_sent(world, **changes)
    await world.run()
    return shown


def test_our_own_form_tells_a_later_sender_nothing_of_whoever_has_applied() -> None:
    async def story() -> tuple[World, list[tuple[str, str]], str]:
        world = World()
        await world.tick()
        first = await sent(world)
        reference = str(world.application()["RowKey"])
        pages = [(first.heading, first.words)]
        for _ in range(2):
            again = await sent(world, full_name="Zzq Mallory")
            pages.append((again.heading, again.words))
        await command(world, "erase", reference)
        world.clock.advance(timedelta(days=1))
        again = await sent(world, full_name="Zzq Mallory")
        return world, [*pages, (again.heading, again.words)], reference

    _, pages, reference = asyncio.run(story())
    shown = [words.partition("Your reference ")[2][:13] for _, words in pages]

    assert [reference in words for _, words in pages] == [True, False, False, False]
    assert len(set(shown)) == len(shown)
    # Apart from it the pages are the same, letter for letter.
    assert len({words.replace(own, "") for (_, words), own in zip(pages, shown, strict=True)}) == 1


def test_two_forms_that_are_sent_at_once_are_told_apart_whether_or_not_somebody_has_applied() -> None:
    async def story(*, has_applied: bool) -> list[str]:
        world = World()
        await world.tick()
        if has_applied:
            await world.submit()
        seen = []
        for _ in range(2):
            visitor = Visitor(world)
            seen.append((await visitor.fill_in(typed())).words.partition("Your reference ")[2][:13])
        return seen

    for has_applied in (False, True):
        first, second = asyncio.run(story(has_applied=has_applied))
        assert first != second


async def test_whoever_sends_the_form_again_by_our_own_form_confirms_it_like_any_other() -> None:
    world = World()
    await world.tick()
    await sent(world, job_title="Nurse")
    await sent(world, job_title="Matron")
    assert world.application()["JobTitle"] == "Nurse"
    looked = await own(world, own_link(world, AMARA), step="change")
    await own(world, own_link(world, AMARA), **fields(looked), change=fields(looked)["newest"])

    assert (world.application()["JobTitle"], world.application()["Status"]) == ("Matron", Status.AWAITING_MANAGER)
    assert "confirm change" in mails_to(world, AMARA)
    assert len(world.rows(TableName.APPLICATIONS)) == 1
