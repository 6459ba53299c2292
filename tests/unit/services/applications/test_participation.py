"""The applicant's own page: withdraw, choose a session, and only those concerned hear of it."""

import asyncio
from datetime import UTC, datetime

from shared.domain.application import Answer, LineManager
from shared.ports import Cell
from shared.services.applications.participation import OwnPage
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, World, answers, mentee, token


async def test_withdrawing_before_an_answer_tells_the_manager_who_was_asked() -> None:
    world = World()
    await world.submit()
    page = await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    again = await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    after = await manager_says(world, PRIYA.email, which=0)
    assert page is not None
    assert again is not None
    state = after.state

    assert state == "withdrawn"
    assert mails_to(world, AMARA) == ["application received", "application withdrawn"]
    assert mails_to(world, PRIYA.email) == ["approval request", "release not needed"]


async def test_withdrawing_before_the_request_has_left_tells_the_manager_nothing() -> None:
    world = World()
    await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()

    assert mails_to(world, PRIYA.email) == []
    assert mails_to(world, AMARA) == ["application withdrawn", "needs a decision"]


async def test_withdrawing_after_approval_frees_the_place_and_takes_the_invite_back() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email)
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()

    assert [what for _, _, what in world.calendar.told] == ["invited", "removed"]
    booking = world.row(TableName.BOOKINGS)
    assert (booking["Status"], booking["InviteVersion"], booking["EventId"]) == ("Cancelled", 0, "")
    assert world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Booked"] == 0
    assert mails_to(world, PRIYA.email) == ["approval request", "release not needed"]


async def test_a_declined_application_cannot_be_withdrawn() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    page = await world.app.own_pages.withdraw(own_link(world, AMARA))
    assert page is not None
    problem = page.problem

    assert problem == "This application can no longer be withdrawn."
    assert world.application()["Status"] == "Declined"


async def test_a_session_chosen_before_approval_is_the_one_that_is_booked() -> None:
    world = World()
    await world.submit(answers(training_session=None))
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await manager_says(world, PRIYA.email)

    assert world.row(TableName.BOOKINGS)["Session"] == "mentor-training-2"
    assert mails_to(world, AMARA) == ["application approved", "application received"]


async def test_who_chose_no_training_date_is_asked_and_can_choose_after_approval() -> None:
    world = World()
    await world.submit(answers(training_session=None))
    await manager_says(world, PRIYA.email)
    step = str(world.application()["NextStep"])
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-1")
    await world.run()

    assert step == "Waiting for Amara Okafor to choose: Training for mentors"
    assert world.application()["NextStep"] == "Enrolled; ready to be matched"
    assert [what for _, _, what in world.calendar.told] == ["invited"]


async def test_who_is_let_in_after_their_training_is_invited_to_one_that_is_ahead() -> None:
    world = World(now=datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
    await world.submit()
    await command(world, "approve late", str(world.application()["RowKey"]))
    await manager_says(world, PRIYA.email)
    before = world.application()
    assert world.rows(TableName.BOOKINGS) == []
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await world.run()

    assert before["NextStep"] == "Waiting for Amara Okafor to choose: Training for mentors"
    confirmed = world.letters(AMARA, "is confirmed")[0].html
    assert "Please choose a date" in confirmed
    assert "26 March" not in confirmed
    assert world.application()["NextStep"] == "Enrolled; ready to be matched"
    assert world.row(TableName.BOOKINGS)["Session"] == "mentor-training-2"
    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "invited")]


async def test_choosing_another_session_moves_one_invite_and_tells_nobody_else() -> None:
    other = "sam.lee@example.nhs.uk"

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

    assert sorted((email, what) for _, email, what in world.calendar.told) == [(AMARA, "invited"), (AMARA, "removed")]
    assert sorted((str(b["Email"]), str(b["Session"]), str(b["Status"])) for b in world.rows(TableName.BOOKINGS)) == [
        (AMARA, "mentor-training-1", "Cancelled"),
        (AMARA, "mentor-training-2", "Booked"),
        (other, "mentor-training-1", "Booked"),
    ]


async def test_a_second_person_joining_a_session_is_the_only_one_told() -> None:
    other = "sam.lee@example.nhs.uk"

    world = World()
    await world.submit()
    await world.submit(answers(full_name="Sam Lee", email=other, manager_email="boss@example.nhs.uk"))
    await manager_says(world, PRIYA.email)
    world.calendar.told.clear()
    await manager_says(world, "boss@example.nhs.uk")

    assert [(email, what) for _, email, what in world.calendar.told] == [(other, "invited")]


async def test_optional_sessions_can_be_joined_and_left() -> None:
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
    problems = [page.problem if page else "" for page in pages]

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


async def test_corrected_details_are_shown_to_the_manager_without_asking_again() -> None:
    world = World()
    await world.submit()
    given = {"full_name": " Amara  Okafor-Jones", "job_title": "Ward manager", "band": "7"}
    page = await world.app.own_pages.correct(own_link(world, AMARA), given)
    await world.run()
    view = await world.app.approval.page(token(world.letters(PRIYA.email)[0], "decisions"))
    assert page is not None
    assert view is not None
    applicant = view.view.applicant

    row = world.application()
    assert applicant == "Amara Okafor-Jones"
    assert (row["FullName"], row["JobTitle"], row["Band"]) == ("Amara Okafor-Jones", "Ward manager", "7")
    assert "corrected their name after the manager was asked" in str(row["Flags"])
    assert world.row(TableName.APPROVALS)["Applicant"] == "Amara Okafor-Jones"
    assert mails_to(world, PRIYA.email) == ["approval request"]


async def test_a_name_corrected_after_approval_stands_in_the_bookings_and_moves_no_invite() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email)
    world.calendar.told.clear()
    given = {"full_name": "Amara Jones", "job_title": "Staff nurse", "band": "5"}
    await world.app.own_pages.correct(own_link(world, AMARA), given)
    await world.run()

    assert world.row(TableName.BOOKINGS)["FullName"] == "Amara Jones"
    assert world.calendar.told == []


async def test_details_of_a_withdrawn_application_stay_as_they_are() -> None:
    world = World()
    await world.submit()
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    page = await world.app.own_pages.correct(own_link(world, AMARA), {"full_name": "Somebody Else"})
    assert page is not None
    problem = page.problem

    assert problem == "Your details cannot be changed at the moment."
    assert world.application()["FullName"] == "Amara Okafor"


async def test_attendance_is_confirmed_for_one_time_and_asked_about_again_when_it_moves() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await manager_says(world, PRIYA.email)
    link = own_link(world, AMARA)
    pages = [await world.app.own_pages.confirm(link, s) for s in ("mentor-training-1", "mentor-training-2")]
    confirmed = str(world.row(TableName.BOOKINGS)["Confirmed"])
    row: dict[str, Cell] = {
        "PartitionKey": "llr-rmi-2026-c7",
        "RowKey": "mentor-training-1",
        "StartsAt": datetime(2026, 3, 26, 11, 0, tzinfo=UTC),
        "EndsAt": datetime(2026, 3, 26, 14, 0, tzinfo=UTC),
    }
    await world.type_in(TableName.SESSIONS, row)
    await world.later(minutes=5)
    said = [page.note or page.problem for page in pages if page]

    assert said == [
        "Thank you. We expect you on Thursday 26 March 2026, 9:30am to 12:30pm.",
        "You are not booked in this session.",
    ]
    assert (confirmed, world.row(TableName.BOOKINGS)["Confirmed"]) == ("yes", "")


async def test_a_wish_to_be_deleted_is_put_before_administrators_and_can_be_taken_back() -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    for _ in range(2):
        await world.app.own_pages.ask_for_deletion(link)
    await world.run()
    asked = str(world.application()["NextStep"])
    await world.app.tick.daily()
    await world.run()
    await world.app.own_pages.ask_for_deletion(link, take_back=True)
    after = str(world.application()["NextStep"])

    assert asked.startswith("Asked on 10 February for their data to be deleted: 'erase' in Commands does it.")
    assert after == "Waiting for Priya Shah to approve, reminder on 13 February"
    assert mails_to(world, AMARA).count("deletion asked") == 1
    assert "People who ask for their data to be deleted" in world.letters(ADMINISTRATORS)[0].html


def test_a_person_gets_everything_that_is_held_about_them_and_nobody_elses_note() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        await world.submit()
        await world.submit(mentee())
        await manager_says(world, PRIYA.email, note="Between us")
        data = await world.app.subject_access.behind(own_link(world, AMARA))
        nobody = await world.app.subject_access.behind("x" * 43)
        assert nobody is None
        return world, str(data)

    _, data = asyncio.run(story())

    for held in ("Staff nurse", "Race and Disability", "what I have seen", "without stairs", "Priya Shah", "Booked"):
        assert held in data
    for not_theirs in ("Between us", "Tom Hughes", "Director"):
        assert not_theirs not in data


def test_a_date_that_the_programme_booked_is_told_from_one_that_was_chosen() -> None:
    async def story() -> list[tuple[str, bool]]:
        world = World()
        await world.submit(mentee())
        await manager_says(world, "grace.bell@example.nhs.uk")
        page = await world.app.own_pages.choose_session(own_link(world, "tom.hughes@example.nhs.uk"), "midway-2")
        assert page is not None
        return [(s.id, s.assigned) for group in page.groups for s in group.sessions if s.chosen]

    assert asyncio.run(story()) == [("mentee-training-1", False), ("midway-2", False), ("evaluation-1", True)]


def test_one_page_cannot_have_any_number_of_strangers_asked() -> None:
    async def story() -> tuple[World, list[OwnPage]]:
        world = World()
        await world.submit()
        link = own_link(world, AMARA)
        pages = [
            await world.app.own_pages.name_manager(link, LineManager("Jo", f"stranger{n}@example.org"))
            for n in range(8)
        ]
        await world.run()
        return world, [page for page in pages if page]

    world, pages = asyncio.run(story())

    assert [bool(page.problem) for page in pages] == [False] * 4 + [True] * 4
    assert pages[-1].problem.startswith("Several people have been asked for you already. Write to us at ")
    assert pages[-1].contacts[0] in pages[-1].problem
    assert len(world.rows(TableName.APPROVALS)) == 5


async def test_a_manager_whose_name_alone_is_corrected_is_said_to_have_been_asked_already() -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    said = []
    for name in ("Priya Shaw", "Priya Shah"):
        page = await world.app.own_pages.name_manager(link, LineManager(name, PRIYA.email))
        assert page is not None
        said.append(page.problem or page.note)
    await world.run()

    assert said[0].startswith("The person with this email address has been asked already, so nothing was changed.")
    assert said[1] == "Thank you. We have asked this person already."
    assert mails_to(world, PRIYA.email) == ["approval request"]


async def test_who_left_a_session_in_another_window_is_not_expected_there() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await manager_says(world, PRIYA.email)
    link, page = own_link(world, AMARA), world.app.own_pages
    await page.choose_session(link, "peer-1")
    pages = [
        await page.confirm(link, "peer-1"),
        await page.choose_session(link, "peer-1", leave=True),
        await page.confirm(link, "peer-1"),
    ]
    said = [page.problem or page.note for page in pages if page]

    assert said[0].startswith("Thank you. We expect you on ")
    assert said[1:] == ["You have left the session.", "You are not booked in this session."]


async def test_the_own_page_says_which_date_is_still_missing() -> None:
    world = World()
    await world.submit(answers(training_session=""))
    await manager_says(world, PRIYA.email)
    page = await world.app.own_pages.page(own_link(world, AMARA))
    assert page is not None
    said = page.next_step

    assert said == "Your place is confirmed. You still need a date for: Training for mentors. Your dates are below."
