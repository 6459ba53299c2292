"""The equality questions: offered once, answered or left, and never to be joined to an application again."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from shared.adapters.names import TableName
from shared.domain.draft import key_of
from shared.domain.monitoring import QUESTIONS
from tests.factories import command
from tests.visitor import Shown, Visitor, just_sent, typed
from tests.world import PROGRAMME, World

ANSWERS = {"sex": "female", "ethnic_group": "black", "religion": "muslim", "sexual_orientation": "gay"}
OVER = datetime(2026, 3, 21, 7, 0, tzinfo=UTC)


def told[T](story: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await story()

    return asyncio.run(run())


async def applied(world: World, number: int = 0) -> tuple[Visitor, Shown]:
    """Somebody who has just sent an application."""
    person = {"full_name": f"Ann Lee {number}", "email": f"ann.lee{number}@example.nhs.uk"}
    visitor, sent = await just_sent(world, **person, manager_email=f"manager{number}@example.nhs.uk")
    await world.run()
    return visitor, sent


async def people_answer(world: World, count: int) -> None:
    """So many people apply and answer."""
    for number in range(count):
        visitor, _ = await applied(world, number)
        await visitor.press("equality", ANSWERS)


def box(world: World) -> list[dict[str, Any]]:
    return world.tables.all_rows(TableName.MONITORING_BOX)


def mixed(world: World) -> list[dict[str, Any]]:
    return world.tables.all_rows(TableName.MONITORING)


async def night(world: World, now: datetime | None = None) -> None:
    if now:
        world.clock.set(now)
    await world.app.tick.daily()


def test_whoever_has_applied_is_offered_the_questions_and_thanked_once_they_are_answered() -> None:
    async def story() -> tuple[World, Shown, Shown, Shown]:
        world = World()
        visitor, sent = await applied(world)
        asked = await visitor.look(sent.onward)
        return world, sent, asked, await visitor.press("equality", ANSWERS)

    world, sent, asked, thanked = told(story)

    assert "optional" in sent.words
    assert sent.onward == "equality"
    assert asked.fields == {question.id for question in QUESTIONS}
    assert asked.soup.find("a", string="Skip these questions") is not None
    assert thanked.heading == "We have your application"
    assert "Thank you for answering the equality questions." in thanked.words
    assert thanked.onward == ""
    (row,) = box(world)
    assert {row["Sex"], row["EthnicGroup"], row["Religion"], row["SexualOrientation"]} == {
        "Female",
        "Black, African, Caribbean or Black British",
        "Muslim",
        "Gay or lesbian",
    }


def test_sent_twice_and_from_two_windows_answers_are_there_once() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor, _ = await applied(world)
        await asyncio.gather(visitor.send("POST", "equality", ANSWERS), visitor.send("POST", "equality", ANSWERS))
        again = await visitor.press("equality", {"sex": "male"})
        return world, again

    world, again = told(story)

    assert [row["Sex"] for row in box(world)] == ["Female"]
    assert again.heading == "We have your application"


def test_what_is_left_empty_is_nobodys_answer_and_can_still_be_given() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor, _ = await applied(world)
        return world, await visitor.press("equality", {})

    world, shown = told(story)

    assert box(world) == []
    assert shown.onward == "equality"


def test_the_page_is_made_once_for_each_look_of_a_programme() -> None:
    async def story() -> tuple[Shown, Shown, Shown]:
        world = World()
        visitor, _ = await applied(world)
        first, again = await visitor.look("equality"), await visitor.look("equality")
        world.files.change(PROGRAMME, branding="plain")
        return first, again, await visitor.look("equality")

    first, again, plain = told(story)

    assert first.html == again.html
    assert "icon-nhs" in first.html
    assert "icon-plain" in plain.html


def test_before_an_application_is_sent_there_are_no_equality_questions() -> None:
    async def story() -> tuple[World, Shown, Shown]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="topics")
        looked = await visitor.look("equality")
        return world, looked, await visitor.press("equality", ANSWERS)

    world, looked, pressed = told(story)

    assert looked.heading == pressed.heading != "Equality questions"
    assert box(world) == []


def test_a_programme_that_does_not_ask_has_no_such_page() -> None:
    async def story() -> tuple[World, Shown, Shown]:
        world = World()
        world.files.change(PROGRAMME, asks_equality_questions=False)
        visitor, sent = await applied(world)
        return world, sent, await visitor.press("equality", ANSWERS)

    world, sent, pressed = told(story)

    assert "equality" not in sent.words.lower()
    assert pressed.heading == "We have your application"
    assert box(world) == []


def test_what_may_be_a_programs_does_not_spoil_the_figures() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="declaration")
        sent = await visitor.press("declaration", {**typed(), "website": "https://cheap.example"})
        await visitor.press("equality", ANSWERS)
        return world, sent

    world, sent = told(story)

    assert sent.onward == ""
    assert box(world) == []


def test_nothing_that_is_stored_leads_from_answers_to_an_application() -> None:
    async def story() -> tuple[World, Visitor]:
        world = World()
        visitor, _ = await applied(world)
        await visitor.press("equality", ANSWERS)
        return world, visitor

    world, visitor = told(story)

    (row,) = box(world)
    secret = visitor.cookie.partition("=")[2]
    key = key_of(secret)
    assert key is not None
    known = {str(row["RowKey"]), str(row["Id"])}
    elsewhere = [
        value
        for name in TableName
        if name is not TableName.MONITORING_BOX
        for other in world.tables.all_rows(name)
        for value in map(str, other.values())
    ]
    elsewhere += [body.data.decode() for body in world.bodies.kept.values()]
    assert not [value for value in elsewhere if any(part in value for part in known)]
    # What the draft and the body do hold of the secret cannot be turned into the key of the box.
    assert hashlib.sha256(key.hash.encode()).hexdigest() not in known
    assert key.hash not in known


def test_at_night_answers_leave_the_box_in_company_and_without_any_time() -> None:
    async def story() -> tuple[World, int, int]:
        world = World()
        await people_answer(world, 12)
        await night(world)
        after_one_night = len(box(world)), len(mixed(world))
        await night(world, OVER)
        return world, *after_one_night

    world, kept_back, left = told(story)

    assert (kept_back, left) == (5, 7)
    assert (len(box(world)), len(mixed(world))) == (0, 12)
    columns = {column for row in mixed(world) for column in row}
    assert columns == {"PartitionKey", "RowKey", "Sex", "EthnicGroup", "Religion", "SexualOrientation"}
    assert not [value for row in mixed(world) for value in row.values() if isinstance(value, datetime)]


def test_answers_of_fewer_than_five_are_deleted_unread_in_the_end() -> None:
    async def story() -> tuple[World, int]:
        world = World()
        await people_answer(world, 4)
        await night(world)
        waiting = len(box(world))
        await night(world, OVER)
        return world, waiting

    world, waiting = told(story)

    assert waiting == 4
    assert box(world) == mixed(world) == []


def test_a_night_that_is_cut_off_is_made_good_and_nobody_is_counted_twice() -> None:
    async def story() -> World:
        world = World()
        await people_answer(world, 12)
        boxes = world.tables(TableName.MONITORING_BOX)
        delete, count = boxes.delete, 0

        async def dying(*arguments: Any) -> bool:
            nonlocal count
            count += 1
            if count > 2:
                raise SystemExit
            return await delete(*arguments)

        with patch.object(boxes, "delete", dying), pytest.raises(SystemExit):
            await night(world)
        world.clock.set(OVER)
        await world.later(minutes=30)
        return world

    world = told(story)

    assert len(mixed(world)) == 12
    assert box(world) == []


def test_figures_are_told_by_a_command() -> None:
    async def story() -> tuple[str, str]:
        world = World()
        await people_answer(world, 12)
        before = await command(world, "Equality  Figures", "")
        await night(world, OVER)
        after = await command(world, "equality figures", "", key="2")
        return before, after

    before, after = told(story)

    assert "there are no figures" in before
    assert after.startswith(f"Done: {PROGRAMME}: 10 people answered")
    assert "Religion: No religion 0, Christian 0" in after


def test_answers_go_two_years_after_the_programme_once_that_was_announced() -> None:
    async def story() -> tuple[World, int, list[str]]:
        world = World()
        await people_answer(world, 12)
        await night(world, OVER)
        ends = world.app.programmes.file(PROGRAMME)
        assert ends is not None
        assert ends.ends_at is not None
        due = ends.ends_at + timedelta(days=2 * 365)
        await night(world, due - timedelta(days=20))
        await world.run()
        before = len(mixed(world))
        notices = [letter.html for letter in world.mailbox.sent if "equality questions" in letter.html]
        await night(world, due + timedelta(days=1))
        return world, before, notices

    world, before, notices = told(story)

    assert before == 12
    assert len(notices) == 1
    assert mixed(world) == []
