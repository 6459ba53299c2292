"""The applicant's own page: withdraw, choose a session, and only those concerned hear of it."""

import asyncio
from datetime import UTC, datetime

from shared.adapters.names import TableName
from shared.adapters.table import Cell
from shared.domain.application import Answer
from tests.factories import AMARA, PRIYA, mails_to, manager_says, own_link
from tests.world import World, answers


def test_withdrawing_before_an_answer_tells_the_manager_who_was_asked() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        await world.submit()
        page = await world.app.own_pages.withdraw(own_link(world, AMARA))
        await world.run()
        again = await world.app.own_pages.withdraw(own_link(world, AMARA))
        await world.run()
        after = await manager_says(world, PRIYA.email, which=0)
        assert page is not None
        assert again is not None
        return world, after.state

    world, state = asyncio.run(story())

    assert state == "withdrawn"
    assert mails_to(world, AMARA) == ["application received", "application withdrawn"]
    assert mails_to(world, PRIYA.email) == ["approval request", "release not needed"]


def test_withdrawing_before_the_request_has_left_tells_the_manager_nothing() -> None:
    async def story() -> World:
        world = World()
        await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
        await world.app.own_pages.withdraw(own_link(world, AMARA))
        await world.run()
        return world

    world = asyncio.run(story())

    assert mails_to(world, PRIYA.email) == []
    assert mails_to(world, AMARA) == ["application withdrawn", "needs a decision"]


def test_withdrawing_after_approval_frees_the_place_and_takes_the_invite_back() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        await world.app.own_pages.withdraw(own_link(world, AMARA))
        await world.run()
        return world

    world = asyncio.run(story())

    assert [what for _, _, what in world.calendar.told] == ["invited", "removed"]
    booking = world.row(TableName.BOOKINGS)
    assert (booking["Status"], booking["InviteVersion"], booking["EventId"]) == ("Cancelled", 0, "")
    assert world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Booked"] == 0
    assert mails_to(world, PRIYA.email) == ["approval request", "release not needed"]


def test_a_declined_application_cannot_be_withdrawn() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email, Answer.DECLINE)
        page = await world.app.own_pages.withdraw(own_link(world, AMARA))
        assert page is not None
        return world, page.problem

    world, problem = asyncio.run(story())

    assert problem == "This application can no longer be withdrawn."
    assert world.application()["Status"] == "Declined"


def test_a_session_chosen_before_approval_is_the_one_that_is_booked() -> None:
    async def story() -> World:
        world = World()
        await world.submit(answers(training_session=None))
        await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
        await manager_says(world, PRIYA.email)
        return world

    world = asyncio.run(story())

    assert world.row(TableName.BOOKINGS)["Session"] == "mentor-training-2"
    assert mails_to(world, AMARA) == ["application approved", "application received"]


def test_who_chose_no_training_date_is_asked_and_can_choose_after_approval() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        await world.submit(answers(training_session=None))
        await manager_says(world, PRIYA.email)
        step = str(world.application()["NextStep"])
        await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-1")
        await world.run()
        return world, step

    world, step = asyncio.run(story())

    assert step == "Waiting for Amara Okafor to choose: Training for mentors"
    assert world.application()["NextStep"] == "Enrolled; ready to be matched"
    assert [what for _, _, what in world.calendar.told] == ["invited"]


def test_choosing_another_session_moves_one_invite_and_tells_nobody_else() -> None:
    other = "sam.lee@example.nhs.uk"

    async def story() -> World:
        world = World()
        await world.submit()
        await world.submit(answers(full_name="Sam Lee", email=other, manager_email="boss@example.nhs.uk"))
        await manager_says(world, PRIYA.email)
        await manager_says(world, "boss@example.nhs.uk")
        world.calendar.told.clear()
        mails = len(world.mailbox.sent)
        await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
        await world.run()
        assert len(world.mailbox.sent) == mails
        return world

    world = asyncio.run(story())

    assert sorted((email, what) for _, email, what in world.calendar.told) == [(AMARA, "invited"), (AMARA, "removed")]
    assert sorted((str(b["Email"]), str(b["Session"]), str(b["Status"])) for b in world.rows(TableName.BOOKINGS)) == [
        (AMARA, "mentor-training-1", "Cancelled"),
        (AMARA, "mentor-training-2", "Booked"),
        (other, "mentor-training-1", "Booked"),
    ]


def test_a_second_person_joining_a_session_is_the_only_one_told() -> None:
    other = "sam.lee@example.nhs.uk"

    async def story() -> World:
        world = World()
        await world.submit()
        await world.submit(answers(full_name="Sam Lee", email=other, manager_email="boss@example.nhs.uk"))
        await manager_says(world, PRIYA.email)
        world.calendar.told.clear()
        await manager_says(world, "boss@example.nhs.uk")
        return world

    world = asyncio.run(story())

    assert [(email, what) for _, email, what in world.calendar.told] == [(other, "invited")]


def test_optional_sessions_can_be_joined_and_left() -> None:
    async def story() -> tuple[World, list[str]]:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        link = own_link(world, AMARA)
        world.calendar.told.clear()
        for session in ("peer-1", "peer-5"):
            await world.app.own_pages.choose_session(link, session)
        await world.app.own_pages.choose_session(link, "peer-1", leave=True)
        await world.run()
        pages = [
            await world.app.own_pages.choose_session(link, session, leave=leave)
            for session, leave in (
                ("peer-4", False),
                ("mentor-training-1", True),
                ("evaluation-1", False),
                ("no-such-session", False),
                ("celebration-1", False),
            )
        ]
        return world, [page.problem if page else "" for page in pages]

    world, problems = asyncio.run(story())

    booked = {str(b["Session"]): str(b["Status"]) for b in world.rows(TableName.BOOKINGS)}
    assert booked == {"mentor-training-1": "Booked", "peer-1": "Cancelled", "peer-5": "Booked"}
    assert problems == [
        "This session has no date at the moment. Choose another one.",
        "Choose another session instead of leaving this one.",
        "Choose one of the sessions on this page.",
        "Choose one of the sessions on this page.",
        "Everybody attends this session; there is no choice.",
    ]


def test_a_full_or_past_session_cannot_be_chosen() -> None:
    async def story() -> list[str]:
        world = World()
        await world.tick()
        row: dict[str, Cell] = {"PartitionKey": "llr-rmi-2026-c7", "RowKey": "mentor-training-1", "Capacity": 1}
        await world.type_in(TableName.SESSIONS, row)
        await world.submit()
        await manager_says(world, PRIYA.email)
        await world.submit(
            answers(
                full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk", training_session=None
            )
        )
        link = own_link(world, "sam@example.nhs.uk")
        full = await world.app.own_pages.choose_session(link, "mentor-training-1")
        world.clock.set(datetime(2026, 4, 13, 12, 0, tzinfo=UTC))  # 1pm in the UK
        past = await world.app.own_pages.choose_session(link, "mentor-training-2")
        return [page.problem if page else "" for page in (full, past)]

    assert asyncio.run(story()) == [
        "This session is full. Choose another one.",
        "This session has already started. Choose another one.",
    ]
