"""What administrators do to Sessions in the portal reaches calendars once, and nonsense reaches nobody."""

import asyncio
from datetime import UTC, datetime

import pytest

from shared.domain.calendar_event import Attendee, EventContent
from shared.domain.programme import InvitationPolicy
from shared.domain.replies import Inbound
from shared.errors import PermanentFailure, TemporaryFailure
from shared.ports import Cell
from shared.services.mail import calendar
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, TOM, approved_pair, command, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, cohort_7


async def typed(world: World, session: str, **columns: Cell) -> None:
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": session, **columns})
    for _ in range(3):
        await world.later(minutes=5)


async def test_a_moved_session_is_one_update_for_everybody_who_holds_it() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    start, end = datetime(2026, 3, 27, 9, 30, tzinfo=UTC), datetime(2026, 3, 27, 12, 30, tzinfo=UTC)
    await typed(world, "mentor-training-1", StartsAt=start, EndsAt=end, Place="Room 5")

    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "updated")]
    row = world.row(TableName.SESSIONS, RowKey="mentor-training-1")
    assert row["LocalTime"] == "Friday 27 March 2026, 9:30am to 12:30pm"
    event = next(e for e in world.calendar.events.values() if AMARA in e.attendees)
    assert (event.content.place, event.content.zone) == ("Room 5", "Europe/London")
    assert world.row(TableName.BOOKINGS, Session="mentor-training-1")["InviteVersion"] == 2


async def test_a_cancelled_session_is_taken_out_of_calendars_once() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await typed(world, "mentor-training-1", Status="Cancelled")

    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "cancelled")]


async def test_who_held_a_cancelled_training_date_is_asked_to_choose_another() -> None:
    world = World()
    await approved_pair(world)
    await typed(world, "mentor-training-1", Status="cancelled")
    step = str(world.application(Role="mentor")["NextStep"])
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")
    await world.run()

    assert step == "Waiting for Amara Okafor to choose: Training for mentors"
    assert world.calendar.told[-1][1:] == (AMARA, "invited")


async def test_a_cancelled_session_that_takes_place_after_all_is_a_new_invite() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await typed(world, "midway-1", Status="cancelled")
    await typed(world, "midway-1", Status="confirmed")

    held = [e.content.subject for e in world.calendar.events.values() if TOM in e.attendees and not e.cancelled]
    assert sum("Midway" in subject for subject in held) == 1


@pytest.mark.parametrize(
    ("columns", "remark"),
    [
        (
            {"StartsAt": "Thursday at nine"},
            "StartsAt or EndsAt is not a date and time. Type it like 2026-03-26T09:30:00Z (UTC).",
        ),
        (
            {"StartsAt": "2026-03-26T09:30:00"},
            "StartsAt or EndsAt is not a date and time. Type it like 2026-03-26T09:30:00Z (UTC).",
        ),
        ({"EndsAt": datetime(2026, 3, 26, 9, 0, tzinfo=UTC)}, "EndsAt is not after StartsAt."),
        (
            {
                "StartsAt": datetime(2025, 3, 26, 9, 30, tzinfo=UTC),
                "EndsAt": datetime(2025, 3, 26, 12, 30, tzinfo=UTC),
            },
            (
                "StartsAt is Wednesday 26 March 2025, before applications opened on Monday 2 February 2026. "
                "Check the year."
            ),
        ),
        ({"Status": "sure"}, "Status is none of: provisional, confirmed, to be confirmed, cancelled, invalid."),
        ({"Capacity": "many"}, "Capacity is not a whole number from 1 to 480; leave it empty for no limit."),
        ({"StartsAt": ""}, "StartsAt or EndsAt is empty. Fill both in, or set Status to 'to be confirmed'."),
    ],
)
async def test_nonsense_in_a_row_holds_the_session_back_and_tells_nobody(columns: dict[str, Cell], remark: str) -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await typed(world, "mentor-training-1", **columns)

    assert world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Remark"] == remark
    assert world.calendar.told == []


def test_a_row_with_several_mistakes_is_told_all_of_them_at_once() -> None:
    async def story() -> str:
        world = World()
        await world.tick()
        await typed(world, "mentor-training-1", Status="confirm", Capacity="ten", StartsAt="soon")
        return str(world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Remark"])

    assert asyncio.run(story()) == (
        "Status is none of: provisional, confirmed, to be confirmed, cancelled, invalid. "
        "Capacity is not a whole number from 1 to 480; leave it empty for no limit. "
        "StartsAt or EndsAt is not a date and time. Type it like 2026-03-26T09:30:00Z (UTC)."
    )


@pytest.mark.parametrize("columns", [{"StartsAt": "soon"}, {"Status": "to be confirmed"}])
def test_bookings_go_on_saying_that_an_invitation_is_held_while_its_session_has_no_date(
    columns: dict[str, Cell],
) -> None:
    async def story() -> tuple[World, tuple[Cell, Cell]]:
        world = World()
        await approved_pair(world)
        before = world.row(TableName.BOOKINGS, Email=AMARA)
        await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk"))
        await typed(world, "mentor-training-1", **columns)
        await manager_says(world, "b@example.nhs.uk")
        return world, (before["InviteVersion"], before["EventId"])

    world, before = asyncio.run(story())

    row = world.row(TableName.BOOKINGS, Email=AMARA)
    assert (row["InviteVersion"], row["EventId"]) == before
    assert before[0] == 1
    assert world.row(TableName.BOOKINGS, Email="sam@example.nhs.uk")["InviteVersion"] == 0
    assert "sam@example.nhs.uk" not in {email for _, email, _ in world.calendar.told}


@pytest.mark.parametrize("columns", [{"StartsAt": "soon"}, {"Status": "to be confirmed"}])
async def test_who_withdraws_while_a_session_has_no_date_is_taken_out_of_its_event(columns: dict[str, Cell]) -> None:
    world = World()
    await approved_pair(world)
    await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk"))
    await manager_says(world, "b@example.nhs.uk")
    await typed(world, "mentor-training-1", **columns)
    world.calendar.told.clear()
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    for _ in range(2):
        await world.later(minutes=5)

    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "removed")]
    assert world.row(TableName.BOOKINGS, Email=AMARA)["InviteVersion"] == 0
    assert world.row(TableName.BOOKINGS, Email="sam@example.nhs.uk")["InviteVersion"] == 1
    assert world.row(TableName.MESSAGES, RowKey="session-mentor-training-1.calendar")["Status"] == "Sent"


async def test_a_mended_row_loses_its_remark_and_holders_hear_of_the_new_time_once() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await typed(world, "mentor-training-1", StartsAt="soon")
    await typed(world, "mentor-training-1", StartsAt="2026-03-26T10:00:00Z")

    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "updated")]
    assert world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Remark"] == ""


def evaluation(world: World) -> dict[str, str]:
    """How the mentee, who named no evaluation date, stands in each."""
    rows = [row for row in world.rows(TableName.BOOKINGS) if row["Email"] == TOM]
    return {str(row["Session"]): str(row["Status"]) for row in rows if "evaluation" in str(row["Session"])}


@pytest.mark.parametrize("columns", [{"EndsAt": "later"}, {"Status": "to be confirmed"}, {"Capacity": "ten"}])
async def test_a_typing_mistake_moves_nobody_to_another_date_and_neither_does_mending_it(
    columns: dict[str, Cell],
) -> None:
    world = World()
    await approved_pair(world)
    good = {name: world.row(TableName.SESSIONS, RowKey="evaluation-1").get(name) for name in columns}
    world.calendar.told.clear()
    await typed(world, "evaluation-1", **columns)
    meanwhile = evaluation(world)
    page = await world.app.own_pages.page(own_link(world, TOM))
    assert page is not None
    shown = [s.id for group in page.groups for s in group.sessions if s.chosen and group.id == "evaluation"]
    await typed(world, "evaluation-1", **{**good, "Status": "provisional"})
    told = [(email, what) for _, email, what in world.calendar.told]

    assert (meanwhile, shown, told) == ({"evaluation-1": "Booked"}, ["evaluation-1"], [])
    assert evaluation(world) == {"evaluation-1": "Booked"}


async def test_who_is_approved_during_a_mistake_gets_the_next_date_and_keeps_it() -> None:
    world = World()
    await world.tick()
    good = world.row(TableName.SESSIONS, RowKey="evaluation-1")["EndsAt"]
    await typed(world, "evaluation-1", EndsAt="later")
    await approved_pair(world)
    meanwhile = evaluation(world)
    await typed(world, "evaluation-1", EndsAt=good, Status="provisional")

    assert meanwhile == evaluation(world) == {"evaluation-2": "Booked"}


async def test_a_date_that_is_cancelled_after_a_mistake_is_replaced_by_the_next_one() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await typed(world, "evaluation-1", EndsAt="later")
    await typed(world, "evaluation-1", Status="cancelled")

    assert evaluation(world) == {"evaluation-1": "Cancelled", "evaluation-2": "Booked"}
    assert sorted(what for _, _, what in world.calendar.told) == ["cancelled", "invited"]


async def test_a_mistake_takes_nobody_out_of_a_session_for_everybody() -> None:
    world = World()
    await approved_pair(world)
    start, end = datetime(2026, 12, 18, 13, 0, tzinfo=UTC), datetime(2026, 12, 18, 15, 0, tzinfo=UTC)
    await typed(world, "celebration-1", StartsAt=start, EndsAt=end, Status="confirmed")
    world.calendar.told.clear()
    await typed(world, "celebration-1", StartsAt="soon")

    rows = [row for row in world.rows(TableName.BOOKINGS) if row["Session"] == "celebration-1"]
    assert [row["Status"] for row in rows] == ["Booked", "Booked"]
    assert world.calendar.told == []


def test_who_was_booked_before_it_was_noted_by_what_rule_is_kept_too() -> None:
    async def story() -> World:
        world = World()
        await approved_pair(world)
        for row in world.rows(TableName.APPLICATIONS):
            await world.type_in(TableName.APPLICATIONS, {**row, "SessionsAssigned": ""})
        await typed(world, "evaluation-1", EndsAt="later")
        return world

    assert evaluation(asyncio.run(story())) == {"evaluation-1": "Booked"}


async def test_once_the_celebration_has_a_date_everybody_approved_is_invited_once() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    start, end = datetime(2026, 12, 18, 13, 0, tzinfo=UTC), datetime(2026, 12, 18, 15, 0, tzinfo=UTC)
    await typed(world, "celebration-1", StartsAt=start, EndsAt=end, Status="confirmed")

    assert sorted((email, what) for _, email, what in world.calendar.told) == [(AMARA, "invited"), (TOM, "invited")]
    assert world.row(TableName.SESSIONS, RowKey="celebration-1")["Booked"] == 2


async def test_the_session_printed_wrong_can_be_mended_and_then_chosen() -> None:
    world = World()
    await approved_pair(world)
    start, end = datetime(2026, 9, 21, 12, 0, tzinfo=UTC), datetime(2026, 9, 21, 13, 30, tzinfo=UTC)
    await typed(world, "peer-4", StartsAt=start, EndsAt=end, Status="provisional")
    world.calendar.told.clear()
    await world.app.own_pages.choose_session(own_link(world, AMARA), "peer-4")
    await world.run()

    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "invited")]
    row = world.row(TableName.SESSIONS, RowKey="peer-4")
    assert (row["LocalTime"], row["Remark"]) == ("Monday 21 September 2026, 1pm to 2:30pm", "")


async def test_a_calendar_that_is_down_catches_up_and_invites_once() -> None:
    world = World()
    working = world.calendar.create

    async def broken(key: str, content: EventContent, attendees: list[Attendee]) -> str:
        await working(key, content, attendees)
        raise TemporaryFailure("Graph did not answer")

    world.calendar.create = broken  # type: ignore[method-assign, assignment]
    await approved_pair(world)
    world.calendar.create = working  # type: ignore[method-assign]
    for _ in range(12):
        await world.later(minutes=5)

    assert sorted((email, what) for _, email, what in world.calendar.told) == [
        (AMARA, "invited"),
        (TOM, "invited"),
        (TOM, "invited"),
        (TOM, "invited"),
    ]
    assert all(b["InviteVersion"] == 1 for b in world.rows(TableName.BOOKINGS))


async def test_an_event_that_is_refused_for_good_is_in_the_digest_and_can_be_retried() -> None:
    world = World()
    working = world.calendar.create

    async def refusing(key: str, content: EventContent, attendees: list[Attendee]) -> str:
        raise PermanentFailure("the calendar refuses this event")

    world.calendar.create = refusing  # type: ignore[method-assign, assignment]
    await approved_pair(world)
    world.calendar.create = working  # type: ignore[method-assign]
    await world.app.tick.daily()
    await world.run()
    parked = next(str(m["RowKey"]) for m in world.rows(TableName.MESSAGES) if m["Status"] == "Parked")
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    assert "the calendar refuses this event" in world.letters(ADMINISTRATORS)[0].html
    result = await command(world, "retry parked", parked)

    assert result.startswith("Done")
    assert len(world.calendar.told) == 1


async def test_one_person_in_two_roles_keeps_the_shared_invite_until_both_are_withdrawn() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await manager_says(world, PRIYA.email)
    await world.submit(answers(role="mentee", training_session="mentee-training-1"))
    await manager_says(world, PRIYA.email)
    start, end = datetime(2026, 12, 18, 13, 0, tzinfo=UTC), datetime(2026, 12, 18, 15, 0, tzinfo=UTC)
    await typed(world, "celebration-1", StartsAt=start, EndsAt=end, Status="confirmed")
    world.calendar.told.clear()
    await command(world, "withdraw", str(world.application(Role="mentee")["RowKey"]))

    celebration = [e for e in world.calendar.events.values() if "Celebration" in e.content.subject]
    assert [list(e.attendees) for e in celebration] == [[AMARA]]
    assert [what for event, _, what in world.calendar.told if world.calendar.events[event] is celebration[0]] == []


async def edited(world: World, **columns: Cell) -> None:
    await world.type_in(TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", **columns})
    await world.later(minutes=1)


async def test_a_burst_of_edits_is_one_update() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    for minute in range(4):
        await edited(world, Place=f"Room {minute}")
    before = [what for _, _, what in world.calendar.told]
    for _ in range(5):
        await world.later(minutes=1)

    assert before == []
    assert [(email, what) for _, email, what in world.calendar.told] == [(AMARA, "updated")]
    assert "Room 3" in {event.content.place for event in world.calendar.events.values()}


def test_edits_that_never_end_are_told_after_a_quarter_of_an_hour() -> None:
    async def story() -> World:
        world = World()
        await approved_pair(world)
        world.calendar.told.clear()
        for minute in range(18):
            await edited(world, Place=f"Room {minute}")
        return world

    assert [what for _, _, what in asyncio.run(story()).calendar.told] == ["updated"]


def test_an_edit_that_is_taken_back_in_time_is_heard_by_nobody() -> None:
    async def story() -> World:
        world = World()
        await approved_pair(world)
        world.calendar.told.clear()
        place = str(world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Place"])
        await edited(world, Status="cancelled")
        await edited(world, Status="provisional")
        await edited(world, Place="Room 9")
        await edited(world, Place=place)
        for _ in range(5):
            await world.later(minutes=5)
        return world

    assert asyncio.run(story()).calendar.told == []


async def test_who_joins_while_edits_go_on_is_invited_at_once() -> None:
    world = World()
    await approved_pair(world)
    world.calendar.told.clear()
    await edited(world, Place="Room 9")
    await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk"))
    await manager_says(world, "b@example.nhs.uk")
    at_once = [(email, what) for _, email, what in world.calendar.told]
    for _ in range(5):
        await world.later(minutes=1)

    assert at_once == [("sam@example.nhs.uk", "invited")]
    assert sorted((email, what) for _, email, what in world.calendar.told[1:]) == [
        (AMARA, "updated"),
        ("sam@example.nhs.uk", "updated"),
    ]


async def test_answers_to_invitations_are_read_back_and_a_refusal_is_in_the_digest() -> None:
    world = World()
    await approved_pair(world)
    event = next(e for e in world.calendar.events.values() if AMARA in e.attendees)
    event.answers[AMARA] = "declined"
    response = "IPM.Schedule.Meeting.Resp.Neg"
    world.inbox.receive(Inbound("1", "<1>", world.clock.now(), AMARA, "Declined", "", (), response))
    await world.deliver(b"nonsense")
    await world.later(minutes=5)
    await world.app.tick.daily()
    await world.run()

    assert world.row(TableName.BOOKINGS, Email=AMARA)["Response"] == "declined"
    assert {row["Response"] for row in world.rows(TableName.BOOKINGS) if row["Email"] == TOM} == {""}
    digest = next(letter for letter in world.letters(ADMINISTRATORS) if "Invitations declined" in letter.html)
    assert "Amara Okafor: Training for mentors" in digest.html


@pytest.mark.parametrize(
    ("place", "online"),
    [
        ("Microsoft Teams", True),
        ("teams", True),
        ("Steamship Room", False),
        ("Teams: https://teams.microsoft.com/l/meetup-join/1", False),
    ],
)
def test_a_session_on_teams_gets_a_meeting(place: str, online: bool) -> None:
    async def story() -> World:
        world = World()
        await world.tick()
        await typed(world, "mentor-training-1", Place=place)
        await approved_pair(world)
        return world

    contents = [event.content for event in asyncio.run(story()).calendar.events.values()]
    assert [content.online for content in contents if content.place == place] == [online]


async def test_administrators_hear_that_no_link_for_teams_came_and_can_type_one() -> None:
    world = World()
    world.calendar.licensed = False
    await world.tick()
    await typed(world, "mentor-training-1", Place="Microsoft Teams")
    await approved_pair(world)

    async def told() -> bool:
        before = len(world.letters(ADMINISTRATORS))
        await world.later(hours=24)
        await world.app.tick.daily()
        await world.run()
        return any("no licence for Teams" in letter.html for letter in world.letters(ADMINISTRATORS)[before:])

    assert await told()
    await typed(world, "mentor-training-1", Place="Teams: https://teams.microsoft.com/l/meetup-join/1")
    await world.later(minutes=5)
    assert not await told()


async def test_beyond_what_one_event_takes_nobody_is_invited_and_the_team_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calendar, "MOST_AT_A_SESSION", 2)
    world = World()
    await world.tick()
    for number in range(3):
        manager = f"manager{number}@example.nhs.uk"
        await world.submit(answers(email=f"p{number}@example.nhs.uk", manager_email=manager))
        await manager_says(world, manager)

    def on_it() -> list[str]:
        (event,) = world.calendar.events.values()
        return sorted(event.attendees)

    def told() -> bool:
        row = world.row(TableName.MESSAGES, RowKey="session-mentor-training-1.calendar")
        return "the most that an invitation can go to" in str(row["LastError"])

    assert on_it() == ["p0@example.nhs.uk", "p1@example.nhs.uk"]
    assert world.row(TableName.BOOKINGS, Email="p2@example.nhs.uk")["InviteVersion"] == 0
    assert told()
    await command(world, "withdraw", str(world.application(Email="p1@example.nhs.uk")["RowKey"]))
    await world.later(minutes=5)
    assert on_it() == ["p0@example.nhs.uk", "p2@example.nhs.uk"]
    assert not told()


def test_answers_given_to_another_time_are_not_shown_for_the_new_one() -> None:
    async def story() -> World:
        world = World()
        await approved_pair(world)
        event = next(e for e in world.calendar.events.values() if AMARA in e.attendees)
        event.answers[AMARA] = "accepted"
        world.inbox.receive(Inbound("1", "<1>", world.clock.now(), AMARA, "", "", (), "IPM.Schedule.Meeting.Resp.Pos"))
        await world.later(minutes=5)
        assert world.row(TableName.BOOKINGS, Email=AMARA)["Response"] == "accepted"
        start, end = datetime(2026, 3, 27, 9, 30, tzinfo=UTC), datetime(2026, 3, 27, 12, 30, tzinfo=UTC)
        await typed(world, "mentor-training-1", StartsAt=start, EndsAt=end)
        return world

    assert asyncio.run(story()).row(TableName.BOOKINGS, Email=AMARA)["Response"] == ""


def test_the_digest_says_which_row_of_a_session_to_look_for() -> None:
    async def story() -> str:
        world = World()
        await world.tick()
        await typed(world, "mentor-training-1", Status="confirm")
        await world.deliver(b"nonsense")
        await world.app.tick.daily()
        await world.run()
        return "".join(letter.html for letter in world.letters(ADMINISTRATORS))

    printed = "Training for mentors: Thursday 26th March"
    digest = asyncio.run(story())

    assert printed in digest
    line = digest[digest.index(printed) :].partition("<")[0]
    assert "(mentor-training-1). Status is none of" in line


def test_the_confirmation_says_how_many_optional_dates_are_still_to_come() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email)
        return world

    confirmed = asyncio.run(story()).letters(AMARA, "confirmed")[0].html
    optional = confirmed.partition("If you would like to")[2].partition("What happens next")[0]

    assert "Tuesday 23 June 2026, 10am to 11:30am" in optional
    assert "one more date, time to be confirmed" in optional


ROOM, TRAINER = "room.5@example.nhs.uk", "trainer@example.nhs.uk"
TRAINING_DAY = datetime(2026, 3, 26, 9, 30, tzinfo=UTC)


def event_of(world: World, person: str, title: str) -> str:
    return next(
        id_
        for id_, event in world.calendar.events.items()
        if person in event.attendees and title in event.content.subject and not event.cancelled
    )


async def approved_mentor(world: World, name: str) -> str:
    email = f"{name}@example.nhs.uk"
    await world.submit(answers(full_name=name.title(), email=email, manager_email=f"boss.of.{name}@example.nhs.uk"))
    await manager_says(world, f"boss.of.{name}@example.nhs.uk")
    return email


async def test_whom_the_team_adds_in_outlook_stays_whoever_comes_and_goes() -> None:
    world = World()
    await approved_pair(world)
    event = world.calendar.events[event_of(world, AMARA, "Training for mentors")]
    for added in (ROOM, TRAINER):
        event.attendees[added] = Attendee("", added)
    world.calendar.told.clear()

    ben = await approved_mentor(world, "ben")
    await command(world, "withdraw", str(world.application(Email=ben)["RowKey"]))
    await command(world, "erase", str(world.application(Email=AMARA)["RowKey"]), key="2")
    await world.later(minutes=5)

    assert set(event.attendees) == {ROOM, TRAINER}
    assert {who for _, who, _ in world.calendar.told}.isdisjoint({ROOM, TRAINER})


async def test_an_event_that_somebody_deleted_is_told_within_a_day_and_made_anew_when_asked() -> None:
    world = World()
    await approved_pair(world)
    lost = event_of(world, AMARA, "Training for mentors")
    await world.calendar.cancel(lost, "")
    await world.app.tick.daily()
    await world.run()
    await world.later(days=1)
    await world.app.tick.daily()
    await world.run()
    row = world.row(TableName.MESSAGES, RowKey="session-mentor-training-1.calendar")
    world.calendar.told.clear()
    ben = await approved_mentor(world, "ben")

    assert row["Status"] == "Parked"
    assert "retry parked" in str(row["LastError"])
    assert "somebody has deleted this event" in world.letters(ADMINISTRATORS)[-1].html
    assert world.row(TableName.BOOKINGS, Session="mentor-training-1", Email=AMARA)["InviteVersion"] == 0
    assert [told for told in world.calendar.told if told[1] in {AMARA, ben} and told[0] == lost] == []

    await command(world, "retry parked", "session-mentor-training-1.calendar")
    await world.run()

    again = world.calendar.events[event_of(world, AMARA, "Training for mentors")]
    assert set(again.attendees) == {AMARA, ben}
    assert world.row(TableName.MESSAGES, RowKey="session-mentor-training-1.calendar")["Status"] == "Sent"


async def test_another_date_also_brings_back_an_event_that_was_deleted() -> None:
    world = World()
    await approved_pair(world)
    await world.calendar.cancel(event_of(world, AMARA, "Training for mentors"), "")
    world.calendar.told.clear()
    await typed(world, "mentor-training-1", StartsAt=TRAINING_DAY.replace(hour=8))
    await typed(world, "mentor-training-1", StartsAt=TRAINING_DAY.replace(hour=10))

    assert [(who, what) for _, who, what in world.calendar.told] == [(AMARA, "invited")]


@pytest.mark.parametrize("columns", [{"Status": "cancelled"}, {"Status": "to be confirmed"}, {"Place": "Elsewhere"}])
async def test_a_session_that_is_over_changes_in_no_calendar(columns: dict[str, Cell]) -> None:
    world = World()
    await approved_pair(world)
    await world.tick(datetime(2026, 5, 21, 9, 0, tzinfo=UTC))
    world.calendar.told.clear()
    await typed(world, "mentor-training-1", **columns)
    step = str(world.application(Role="mentor")["NextStep"])
    await command(world, "withdraw", str(world.application(Email=AMARA)["RowKey"]))
    await typed(world, "celebration-1", StartsAt=datetime(2026, 12, 1, 9, 0, tzinfo=UTC), Status="confirmed")

    trained = {id_ for id_, e in world.calendar.events.items() if "Training" in e.content.subject}
    assert {told[0] for told in world.calendar.told}.isdisjoint(trained)
    assert "choose" not in step
    assert world.row(TableName.BOOKINGS, Session="mentor-training-1", Email=AMARA)["Status"] == "Booked"


async def test_a_month_typed_wrong_is_held_back_and_nobody_hears() -> None:
    world = World()
    await approved_pair(world)
    await world.tick(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    world.calendar.told.clear()
    wrong = TRAINING_DAY.replace(month=2, day=27)
    await typed(world, "mentor-training-1", StartsAt=wrong, EndsAt=wrong.replace(hour=12))

    assert world.calendar.told == []
    assert world.row(TableName.SESSIONS, RowKey="mentor-training-1")["Remark"] == (
        "StartsAt is Friday 27 February 2026, which is over. Check the day and the month."
    )


async def test_a_confirmed_date_is_told_once() -> None:
    world = World()
    await approved_pair(world)
    held = event_of(world, AMARA, "Training for mentors")
    before = world.calendar.events[held].content
    world.calendar.told.clear()
    for status in ("confirmed", "provisional", "confirmed"):
        await typed(world, "mentor-training-1", Status=status)

    assert [(who, what) for _, who, what in world.calendar.told] == [(AMARA, "updated")]
    assert calendar.MAY_CHANGE in before.html
    assert calendar.MAY_CHANGE not in world.calendar.events[held].content.html


async def test_invitations_are_private_and_may_have_a_neutral_subject() -> None:
    shipped, neutral = (
        World(),
        World(
            programme=cohort_7().model_copy(update={"invitations": InvitationPolicy(private=False, subject="Meeting")})
        ),
    )
    for world in (shipped, neutral):
        await approved_pair(world)

    assert all(event.content.private for event in shipped.calendar.events.values())
    assert {e.content.subject for e in neutral.calendar.events.values()} == {"Meeting"}
    assert not any(event.content.private for event in neutral.calendar.events.values())


async def test_whose_required_session_is_cancelled_gets_one_mail_with_the_link_and_the_other_dates() -> None:
    world = World()
    await approved_pair(world)
    await world.type_in(
        TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "Status": "cancelled"}
    )
    await world.later(minutes=1)
    too_early = world.letters(AMARA, "cancelled")
    for _ in range(4):
        await world.later(minutes=5)

    (letter,) = world.letters(AMARA, "cancelled")
    assert too_early == []
    assert "Monday 13 April 2026" in letter.html
    assert own_link(world, AMARA) in letter.html
    assert world.letters(TOM, "cancelled") == []


async def test_a_cancellation_that_is_taken_back_at_once_mails_nobody() -> None:
    world = World()
    await approved_pair(world)
    for status in ("cancelled", "confirmed"):
        await world.type_in(
            TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "Status": status}
        )
        await world.later(minutes=1)
    for _ in range(4):
        await world.later(minutes=5)

    assert world.letters(AMARA, "cancelled") == []


async def test_who_has_no_other_date_to_choose_hears_again_once_there_is_one() -> None:
    world = World()
    await approved_pair(world)
    await typed(world, "mentor-training-2", Status="cancelled")
    await typed(world, "mentor-training-1", Status="cancelled")
    first, before = world.letters(AMARA, "cancelled"), world.application(Role="mentor")["NextStep"]
    await typed(world, "mentor-training-2", Status="confirmed")

    assert len(first) == 1
    assert "there is no other date yet" in first[0].html
    assert "choose" not in first[0].subject
    assert before == "Waiting for a date in Sessions: Training for mentors"
    assert "Choose your date" in world.letters(AMARA, "cancelled")[1].html
    assert len(world.letters(AMARA, "cancelled")) == 2
