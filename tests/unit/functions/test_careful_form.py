"""Our own form where others use the browser, in two windows, with text that was pasted, and under a flood."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from shared.domain.suspicion import MOST_A_DAY, Counted, Doubt
from shared.errors import TemporaryFailure
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA
from tests.visitor import Shown, Visitor, come_to, just_sent, typed
from tests.world import PROGRAMME, World

CHANGED = "have changed since you saw them here"
OTHERS = "Other people may use this browser"
#: Of what somebody has told by then, nothing may be seen by whoever comes next.
TOLD = ("Race", "race", "I would like to share", "A room without stairs", "Amara", AMARA, "Priya")


def told(story: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await story()

    return asyncio.run(run())


async def half_done(*, keep: bool = False, until: str = "check") -> tuple[World, Visitor]:
    """Somebody has told their topics, their own words and what access they need, and gone away."""
    world = World()
    visitor = Visitor(world)
    await visitor.fill_in(typed(), until=until, first=await visitor.start(keep=keep))
    return world, visitor


def drafts(world: World) -> list[dict[str, Cell]]:
    return world.rows(TableName.DRAFTS)


# A browser that others use.


def test_the_first_page_asks_whose_computer_it_is_and_keeps_nothing_beyond_the_browser_unless_told_to() -> None:
    async def story() -> tuple[Shown, list[str]]:
        visitor = Visitor(World())
        front = await visitor.look()
        cookies = []
        for form in ({}, {"keep": "yes"}):
            answer = await Visitor(World()).send("POST", "", form)
            cookies.append(str(answer.headers["Set-Cookie"]))
        return front, cookies

    front, cookies = told(story)

    assert "Whose computer or phone is this?" in front.words
    assert "keep" not in front.given()
    assert ["Max-Age" in cookie for cookie in cookies] == [False, True]


def test_whoever_comes_next_sees_nothing_of_an_unfinished_application() -> None:
    async def story() -> tuple[list[Shown], str]:
        _, visitor = await half_done()
        front = await visitor.look()
        whose = await visitor.look(front.onward)
        wrong = await visitor.press("continue", {"address": "somebody.else@example.nhs.uk"})
        empty = await visitor.press("continue", {"address": " "})
        return [front, whose, wrong, empty], front.onward

    (front, whose, wrong, empty), onward = told(story)

    assert onward == "continue"
    assert OTHERS in whose.words
    assert wrong.errors == ["This is not the email address that was given in this application."]
    assert empty.errors == ["Enter the email address that you gave in this application."]
    for shown in (front, whose, wrong, empty):
        assert not [word for word in TOLD if word in shown.html]


@pytest.mark.parametrize("address", [AMARA, f"  {AMARA.upper()} ", f"<{AMARA}>"])
def test_whoever_began_it_goes_on_with_the_address_that_they_gave(address: str) -> None:
    async def story() -> tuple[str, Shown]:
        _, visitor = await half_done()
        await visitor.press("continue", {"address": address})
        at = visitor.at
        return at, await visitor.fill_in(typed(), first=await visitor.look(at))

    at, sent = told(story)

    assert at == "check"
    assert sent.heading == "We have your application"


def test_an_application_without_an_address_opens_to_nobody_who_comes_back() -> None:
    async def story() -> Shown:
        _, visitor = await half_done(until="full-name")
        return await visitor.look((await visitor.look()).onward)

    shown = told(story)

    assert shown.heading == "We cannot tell whose application this is"
    assert "address" not in shown.fields


def test_whoever_said_that_nobody_else_uses_it_goes_on_without_a_question() -> None:
    async def story() -> tuple[str, int]:
        world, visitor = await half_done(keep=True)
        onward = (await visitor.look()).onward
        world.clock.advance(timedelta(hours=9))
        return onward, (await visitor.look("topics")).status

    onward, status = told(story)

    assert onward not in {"continue", ""}
    assert status == 200


def test_after_a_long_break_every_page_asks_first_and_what_was_still_being_typed_is_kept() -> None:
    async def story() -> tuple[list[str], dict[str, list[str]], str]:
        world, visitor = await half_done(until="about-you")
        world.clock.advance(timedelta(minutes=59))
        seen = [str((await visitor.send("GET", "topics")).status_code)]
        world.clock.advance(timedelta(minutes=2))
        for page in ("topics", "about-you", "check", "declaration", "area"):
            await visitor.look(page)
            seen.append(visitor.at)
        # The window was open all the time.
        await visitor.press("about-you", {"about_you": "Two hours of thought."})
        seen.append(visitor.at)
        await visitor.look("about-you")
        seen.append(visitor.at)
        await visitor.press("continue", {"address": AMARA})
        return seen, (await visitor.look("about-you")).given(), visitor.at

    seen, given, at = told(story)

    assert seen == ["200", *["continue"] * 7]
    assert given["about_you"] == ["Two hours of thought."]
    assert at == "about-you"


def test_nobody_opens_a_draft_with_an_address_that_they_put_into_it_after_a_break() -> None:
    async def story() -> Shown:
        world, visitor = await half_done()
        world.clock.advance(timedelta(hours=2))
        for address in ("next.person@example.nhs.uk", "no address"):
            await visitor.press("email", {"email": address})
        return await visitor.press("continue", {"address": "next.person@example.nhs.uk"})

    assert told(story).errors == ["This is not the email address that was given in this application."]


def test_after_some_wrong_addresses_what_was_typed_is_deleted() -> None:
    async def story() -> tuple[World, list[str], Shown]:
        world, visitor = await half_done()
        headings = [(await visitor.press("continue", {"address": f"x{n}@example.nhs.uk"})).heading for n in range(5)]
        return world, headings, await visitor.look("topics")

    world, headings, after = told(story)

    assert headings == [*["Is this your application?"] * 4, "What was typed is deleted"]
    assert drafts(world) == []
    assert after.status == 410


@pytest.mark.parametrize(
    "page", ["area", "full-name", "topics", "about-you", "time", "check", "declaration", "", "continue"]
)
def test_what_was_typed_can_be_deleted_from_every_page(page: str) -> None:
    async def story() -> tuple[World, Shown, int, Shown, str, int]:
        world, visitor = await half_done(until="declaration")
        shown = await visitor.look(page)
        asked = await visitor.look("delete")
        before = len(drafts(world))
        answer = await visitor.send("POST", "delete")
        lost = await visitor.look("topics")
        assert asked.heading == "Do you want to delete what was typed?"
        return world, shown, before, Shown(answer), str(answer.headers["Set-Cookie"]), lost.status

    world, shown, before, deleted, cookie, lost = told(story)

    assert shown.soup.select_one(f'a[href="/apply/{PROGRAMME}/delete"]') is not None
    assert before == 1
    assert deleted.heading == "What was typed is deleted"
    assert "Max-Age=0" in cookie
    assert drafts(world) == []
    assert lost == 410


def test_what_was_sent_is_not_deleted_with_what_was_typed() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor, _ = await just_sent(world)
        shown = await visitor.press("delete")
        await world.run()
        return world, shown

    world, shown = told(story)

    assert shown.heading == "We have your application"
    assert world.application()["Status"] == "Awaiting manager"


# Two windows.


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("role", {"role": "mentee"}),
        ("email", {"email": "somebody.else@example.nhs.uk"}),
        ("manager", {"manager_name": "Priya Shah", "manager_email": "other.manager@example.nhs.uk"}),
        ("training-session", {"training_session-mentor": "mentor-training-2"}),
        ("about-you", {"about_you": "Something else altogether."}),
        ("topics", {"topics": ["gender"]}),
    ],
)
def test_what_is_declared_is_what_was_shown(page: str, form: dict[str, Any]) -> None:
    async def story() -> tuple[Shown, Shown, int]:
        world = World()
        here = await come_to(world, "declaration")
        declaration = await here.look("declaration")
        there = Visitor(world)
        there.cookie = here.cookie
        await there.press(page, form)
        check = await here.press("declaration", here.declared(declaration))
        bodies = len(world.bodies.kept)
        again = await here.look("check")
        sent = await here.fill_in(typed(), first=again)
        return check, sent, bodies

    check, sent, bodies = told(story)

    assert check.heading == "Check your answers"
    assert CHANGED in check.words
    assert bodies == 0
    assert sent.heading == "We have your application"


def test_the_check_comes_again_if_it_was_left_with_something_else() -> None:
    async def story() -> tuple[Shown, Shown]:
        visitor = await come_to(World(), "check")
        check = await visitor.look("check")
        link = str(check.soup.select_one("a.nhsuk-button")["href"]).rpartition("/")[2]  # type: ignore[index]
        await visitor.press("job-title", {"job_title": "Ward manager"})
        again = await visitor.look(link)
        return again, await visitor.look(again.onward)

    again, then = told(story)

    assert again.heading == "Check your answers"
    assert CHANGED in again.words
    assert "Ward manager" in again.words
    assert then.heading == "Declaration"


def test_a_declaration_without_what_it_showed_is_none() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor = await come_to(world, "declaration")
        form = typed()
        shown = await visitor.press("declaration", {name: form[name] for name in ("commitment", "consent")})
        return world, shown

    world, shown = told(story)

    assert shown.heading == "Check your answers"
    assert world.bodies.kept == {}


def test_what_was_declared_before_a_change_is_declared_again() -> None:
    async def story() -> Shown:
        visitor = await come_to(World(), "declaration")
        declaration = await visitor.look("declaration")
        form = {**visitor.declared(declaration), "consent": []}
        assert (await visitor.press("declaration", form)).errors
        assert (await visitor.look("declaration")).given()["commitment"]
        await visitor.press("role", {"role": "mentee"})
        await visitor.press("training-session", {"training_session-mentee": "mentee-training-1"})
        return await visitor.look("declaration")

    assert "commitment" not in told(story).given()


def test_what_is_being_sent_is_changed_in_no_other_window() -> None:
    async def story() -> tuple[World, str, int]:
        world = World()
        visitor = await come_to(world, "declaration")
        declaration = await visitor.look("declaration")

        async def failing(*_: object, **__: object) -> None:
            raise TemporaryFailure("storage does not answer")

        with patch.object(world.bodies, "keep", failing):
            await visitor.press("declaration", visitor.declared(declaration))
        await visitor.press("full-name", {"full_name": "Somebody Else"})
        at = visitor.at
        await visitor.declare()
        await world.run()
        return world, at, len(world.bodies.kept)

    world, at, bodies = told(story)

    assert (at, bodies) == ("declaration", 1)
    assert world.application()["FullName"] == "Amara Okafor"


# What people paste, and what they mistype.


@pytest.mark.parametrize(
    "control", [chr(code) for code in (*range(9), *range(0xB, 0xD), *range(0xE, 0x20), *range(0x7F, 0xA0))]
)
def test_a_control_character_that_came_along_stops_nobody(control: str) -> None:
    async def story() -> World:
        world = World()
        visitor = await come_to(world, "about-you")
        for page in ("full-name", "about-you"):
            field = page.replace("-", "_")
            shown = await visitor.press(page, {field: f"From a slide:{control}second"})
            assert not shown.errors
        await visitor.fill_in(typed(), first=shown)
        await world.run()
        return world

    world = told(story)
    line = control in "\x0b\x0c\x1c\x1d\x1e\x1f\x85"

    assert world.row(TableName.LIVED_EXPERIENCE)["AboutYou"] == f"From a slide:{'\n' if line else ''}second"
    assert world.application()["FullName"] == f"From a slide:{' ' if line else ''}second"


def test_a_good_answer_is_not_lost_because_a_later_one_was_bad() -> None:
    async def story() -> tuple[list[Shown], World]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(about_you="A good answer, saved before."), until="check")
        wrong = await visitor.press("about-you", {"about_you": "x" * 4_001})
        later = await visitor.look("about-you")
        check = await visitor.look("check")
        await visitor.press("email", {"email": "amara@"})
        await visitor.press("organisation", {"organisation": " "})
        await visitor.fill_in(typed(about_you="A good answer, saved before."), first=await visitor.look("check"))
        await world.run()
        return [wrong, later, check], world

    (wrong, later, check), world = told(story)

    assert wrong.given()["about_you"] == later.given()["about_you"] == ["x" * 4_001]
    assert later.errors == wrong.errors
    assert "A good answer, saved before." in check.words
    assert world.row(TableName.LIVED_EXPERIENCE)["AboutYou"] == "A good answer, saved before."
    assert (world.application()["Email"], world.application()["Organisation"]) == (
        AMARA,
        "Example Partnership NHS Trust",
    )


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("siobhan.o\u2019brien@trust.example", "Did you mean siobhan.o'brien@trust.example?"),
        ("jos\u00e9@trust.example", "Did you mean jose@trust.example?"),
        ("amara@trust.example.", "Did you mean amara@trust.example?"),
        ("amara@trust.example,", "Did you mean amara@trust.example?"),
        ("amara@trust,example.org", "Did you mean amara@trust.example.org?"),
        ("amara @trust.example", "Did you mean amara@trust.example?"),
        ("amara..okafor@trust.example", "Did you mean amara.okafor@trust.example?"),
        ("Amara O <amara@trust.example>", "Did you mean amara@trust.example?"),
        ("mailto:amara@trust.example", "Did you mean amara@trust.example?"),
        (f"{'a' * 65}@trust.example", "can have 64 characters at most."),
        ("amara(at)trust.example", "Please check it for typing mistakes."),
        ("je\u017f\u017f@trust.example", "Did you mean jess@trust.example?"),
    ],
)
@pytest.mark.parametrize("field", ["email", "manager_email"])
def test_an_address_that_no_mail_can_reach_is_said_at_the_box(field: str, address: str, says: str) -> None:
    page = field.partition("_")[0]

    async def story() -> Shown:
        visitor = await come_to(World(), page)
        return await visitor.press(page, {"manager_name": "Priya Shah", field: address})

    shown = told(story)

    assert len(shown.errors) == 1
    assert says in shown.errors[0]
    assert shown.given()[field] == [address]
    assert shown.soup.find(id=f"{field}-error") is not None


@pytest.mark.parametrize(
    ("manager", "says"),
    [
        (AMARA.upper(), "This is your own address."),
        (AMARA.replace("@", "+boss@"), "Mail to this address comes to you"),
    ],
)
def test_nobody_names_themselves_as_their_manager(manager: str, says: str) -> None:
    async def story() -> Shown:
        visitor = await come_to(World(), "manager")
        return await visitor.press("manager", {"manager_name": "Priya Shah", "manager_email": manager})

    (error,) = told(story).errors

    assert says in error


# A flood.


async def counted(world: World, number: int, **changes: str) -> Visitor:
    """Somebody from a network of their own who stands at the declaration."""
    visitor = await come_to(world, "declaration", **{"email": f"person{number}@trust.example", **changes})
    visitor.headers["X-Forwarded-For"] = f"198.51.100.{number}:80"
    return visitor


def test_of_many_who_name_one_manager_in_the_same_moment_no_more_than_usual_pass() -> None:
    most = MOST_A_DAY[Counted.MANAGER]

    async def story() -> World:
        world = World()
        visitors = [await counted(world, n, manager_email="boss@trust.example") for n in range(3 * most)]
        pages = [await visitor.look("declaration") for visitor in visitors]
        table = world.tables(TableName.TALLIES)
        insert = table.insert

        async def slow(row: Any) -> bool:
            await asyncio.sleep(0)
            return await insert(row)

        with patch.object(table, "insert", slow):
            sending = (
                visitor.press("declaration", visitor.declared(page, email="", manager_email=""))
                for visitor, page in zip(visitors, pages, strict=True)
            )
            await asyncio.gather(*sending)
        await world.run()
        return world

    world = told(story)

    assert len(world.rows(TableName.APPLICATIONS)) <= most
    held = world.rows(TableName.QUARANTINE)
    assert len(held) + len(world.rows(TableName.APPLICATIONS)) == 3 * most
    assert {row["Why"] for row in held} == {Doubt.MANAGER.value}


@pytest.mark.parametrize(
    ("counted_", "changes"),
    [
        (Counted.MANAGER, lambda n: {"manager_email": f"Stranger+{n}@Victim.example"}),
        (Counted.APPLICANT, lambda n: {"email": f"Stranger+{n}@Victim.example"}),
    ],
)
def test_all_addresses_of_one_mailbox_are_one(counted_: Counted, changes: Callable[[int], dict[str, str]]) -> None:
    async def story() -> int:
        world = World()
        for number in range(MOST_A_DAY[counted_] + 3):
            await (await counted(world, number, **changes(number))).declare()
        return len(world.rows(TableName.QUARANTINE))

    assert told(story) == 3


def test_full_stops_make_another_mailbox() -> None:
    async def story() -> int:
        world = World()
        for number in range(MOST_A_DAY[Counted.APPLICANT] + 3):
            address = f"{'.'.join('stranger'[: number + 1])}@victim.example"
            await (await counted(world, number, email=address)).declare()
        return len(world.rows(TableName.QUARANTINE))

    assert told(story) == 0


def stamp_of(front: Shown) -> dict[str, list[str]]:
    return {"shown": front.given()["shown"]}


def test_the_first_page_works_once_and_comes_again_to_whoever_has_not_begun_with_it() -> None:
    async def story() -> tuple[World, Shown, Shown, int]:
        world = World()
        front = await Visitor(world).look()
        await Visitor(world).press("", stamp_of(front))
        stranger = Visitor(world)
        refused = await stranger.press("", stamp_of(front))
        begun = len(drafts(world))
        world.clock.advance(timedelta(minutes=1))
        return world, refused, await stranger.press("", stamp_of(refused)), begun

    world, refused, then, begun = told(story)

    assert "Please press the button once more." in refused.words
    assert begun == 1
    assert then.heading == "Where do you work?"
    assert len(drafts(world)) == 2


def test_whoever_goes_back_and_starts_again_is_only_doubted_if_as_fast_as_a_program() -> None:
    async def story(seconds: int) -> list[dict[str, Cell]]:
        world = World()
        visitor = Visitor(world)
        front = await visitor.look()
        world.clock.advance(timedelta(minutes=5))
        await visitor.press("", stamp_of(front))
        area = await visitor.press("", stamp_of(front))
        await visitor.fill_in(typed(), until="declaration", first=area)
        world.clock.advance(timedelta(seconds=seconds))
        await visitor.declare()
        return world.rows(TableName.QUARANTINE)

    assert told(lambda: story(30)) == []
    assert [row["Why"] for row in told(lambda: story(1))] == [Doubt.FAST.value]


def test_the_first_page_ends_after_a_day() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor = Visitor(world)
        front = await visitor.look()
        world.clock.advance(timedelta(hours=24))
        return world, await visitor.press("", stamp_of(front))

    world, shown = told(story)

    assert "Please press the button once more." in shown.words
    assert drafts(world) == []


def test_two_who_open_the_first_page_in_one_second_both_begin() -> None:
    async def story() -> World:
        world = World()
        visitors = [Visitor(world), Visitor(world)]
        fronts = [await visitor.look() for visitor in visitors]
        for visitor, front in zip(visitors, fronts, strict=True):
            await visitor.press("", stamp_of(front))
        return world

    assert len(drafts(told(story))) == 2


def test_a_used_page_is_remembered_over_midnight() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        world.clock.advance(timedelta(hours=14))  # 11pm
        front = await Visitor(world).look()
        await Visitor(world).press("", stamp_of(front))
        world.clock.advance(timedelta(hours=2))
        await world.tick()
        return world, await Visitor(world).press("", stamp_of(front))

    assert "Please press the button once more." in told(story)[1].words


def test_the_page_after_sending_says_what_to_do_if_no_mail_comes() -> None:
    async def story() -> Shown:
        return (await just_sent(World()))[1]

    assert "If none has come by tomorrow, write to us" in told(story).words
