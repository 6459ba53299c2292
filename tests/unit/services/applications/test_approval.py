"""The manager's page and answer: looking changes nothing, one answer counts, and nobody hears two stories."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup

from shared.domain.application import Answer, LineManager
from shared.domain.approval import ManagerAnswer
from shared.errors import TemporaryFailure
from shared.stores.names import TableName
from tests.factories import (
    ALEX,
    AMARA,
    CLOSES,
    PRIYA,
    command,
    everything,
    mails_to,
    manager_says,
    own_link,
    told,
)
from tests.world import NINE, World, answers, token


async def test_looking_at_the_page_any_number_of_times_changes_no_row() -> None:
    world = World()
    await world.tick()
    await world.submit()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    before = everything(world)
    for _ in range(100):
        await world.app.approval.page(link)
        await world.app.own_pages.page(own_link(world, AMARA))
    after = everything(world)

    assert before == after


def test_a_link_that_was_never_made_opens_nothing() -> None:
    async def story() -> tuple[object, ...]:
        world = World()
        await world.submit()
        own = own_link(world, AMARA)
        return (
            await world.app.approval.page("A" * 43),
            await world.app.approval.answer("A" * 43, ManagerAnswer(Answer.APPROVE, 0)),
            await world.app.approval.page(own),
            await world.app.own_pages.page(token(world.letters(PRIYA.email)[0], "decisions")),
            await world.app.checkins.view(own),
        )

    assert asyncio.run(story()) == (None,) * 5


async def test_a_declined_applicant_hears_the_reason_and_nothing_is_booked() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, Answer.DECLINE, reason="We are short of staff.")

    assert mails_to(world, AMARA) == ["application declined", "application received"]
    assert "We are short of staff." in world.letters(AMARA, "manager's answer")[0].html
    assert world.rows(TableName.BOOKINGS) == []
    assert world.row(TableName.APPROVALS)["Decision"] == "Declined"


async def test_a_second_answer_from_a_page_that_showed_none_changes_nothing() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email)
    page = await manager_says(world, PRIYA.email, Answer.DECLINE, revision=0)
    state, answer = page.state, page.answer

    assert (state, answer) == ("answered", Answer.APPROVE)
    assert mails_to(world, AMARA) == ["application approved", "application received"]


async def test_a_no_can_become_a_yes_until_the_deadline() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    world.clock.advance(timedelta(days=1))
    await manager_says(world, PRIYA.email)

    assert world.application()["Status"] == "Approved"
    assert mails_to(world, AMARA) == ["application approved", "application declined", "application received"]
    assert [e[1:] for e in world.calendar.told] == [(AMARA, "invited")]


async def test_a_manager_can_answer_all_of_the_day_that_the_mail_names() -> None:
    world = World(now=datetime(2026, 3, 20, 10, 30, tzinfo=UTC))
    await world.submit()
    await command(world, "approve late", str(world.application()["RowKey"]))
    await world.tick(datetime(2026, 3, 27, 15, 0, tzinfo=UTC))
    page = await manager_says(world, PRIYA.email)
    state = page.state

    assert "Friday 27 March 2026" in world.letters(PRIYA.email)[0].html
    assert (state, world.application()["Status"]) == ("answered", "Approved")


async def test_a_yes_cannot_be_taken_back_once_the_applicant_was_told() -> None:
    world = World()
    await world.submit()
    page = await manager_says(world, PRIYA.email)
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    _ = page.can_correct

    assert world.application()["Status"] == "Approved"
    assert mails_to(world, AMARA) == ["application approved", "application received"]


async def test_a_yes_taken_back_before_anybody_was_told_is_never_heard_of() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, run=False)
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    await world.later(minutes=10)

    assert mails_to(world, AMARA) == ["application declined", "application received"]
    assert world.calendar.told == []


@pytest.mark.parametrize("late", [True, False], ids=["after the deadline", "from a link that was passed on"])
async def test_a_refused_answer_leaves_the_waiting_confirmation_in_place(late: bool) -> None:
    world = World()
    await world.submit()
    if late:
        world.clock.set(CLOSES + timedelta(days=7) - timedelta(seconds=5))
        await manager_says(world, PRIYA.email, run=False)
        world.clock.advance(timedelta(minutes=1))
        await manager_says(world, PRIYA.email, Answer.DECLINE)
    else:
        await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT, right_manager=ALEX)
        await manager_says(world, ALEX.email, run=False)
        await manager_says(world, PRIYA.email, Answer.DECLINE, revision=1)
    await world.later(minutes=30)

    assert world.application()["Status"] == "Approved"
    assert "application approved" in mails_to(world, AMARA)


async def test_the_wrong_manager_passes_the_request_on_to_the_right_one() -> None:
    world = World()
    await world.submit()
    page = await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT, right_manager=ALEX)
    await manager_says(world, ALEX.email)
    state = page.state

    assert state == "passed on"
    assert told(world) == [
        (ALEX.email, "approval request"),
        (AMARA, "application approved"),
        (AMARA, "application received"),
        (AMARA, "manager changed"),
        (PRIYA.email, "approval request"),
    ]
    assert [(a["ManagerName"], a["Decision"]) for a in world.rows(TableName.APPROVALS)] == [
        ("Priya Shah", "Not their manager"),
        ("Alex Reid", "Approved"),
    ]


async def test_a_manager_who_was_named_by_another_is_not_told_that_the_applicant_named_them() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT, right_manager=ALEX)
    page = await world.app.approval.page(token(world.letters(ALEX.email)[0], "decisions"))
    shown = world.app.renderer.page("decision", {"page": page, "errors": [], "given": {}})
    await world.later(days=8)
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()

    assert mails_to(world, ALEX.email) == ["approval reminder", "approval request", "release not needed"]
    for said in (shown, *(letter.html for letter in world.letters(ALEX.email))):
        assert "named you" not in said
        assert "e were told that you are" in said
    assert "named you" in world.letters(PRIYA.email)[0].html
    [changed] = world.letters(AMARA, "asked your line manager")
    words = " ".join(BeautifulSoup(changed.html, "html.parser").get_text().split())
    assert "Priya Shah told us that they are not your line manager, and that Alex Reid is." in words


async def test_the_applicant_cannot_be_named_as_their_own_manager() -> None:
    world = World()
    await world.submit()
    page = await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT, right_manager=LineManager("Me", AMARA.upper()))
    problem = page.problem

    assert problem == "Enter their line manager's email address, not their own."
    assert world.application()["Decision"] == ""


async def test_without_a_name_the_applicant_is_asked_and_names_one_on_the_own_page() -> None:
    world = World()
    await world.submit()
    await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT)
    step = str(world.application()["NextStep"])
    await world.app.own_pages.name_manager(own_link(world, AMARA), ALEX)
    await world.run()

    assert step == "Waiting for Amara Okafor to name their line manager"
    assert mails_to(world, AMARA) == ["application received", "manager changed", "manager needed"]
    assert mails_to(world, ALEX.email) == ["approval request"]


async def test_reminders_go_on_their_days_and_none_follows_an_answer() -> None:
    world = World()
    await world.submit()
    day = NINE
    while day < NINE + timedelta(days=8):
        day += timedelta(hours=6)
        await world.tick(day)
    await manager_says(world, PRIYA.email)
    await world.tick(CLOSES + timedelta(days=1))

    rows = [row for row in world.rows(TableName.MESSAGES) if row["Kind"] == "approval reminder"]
    reminders = sorted(rows, key=lambda row: str(row["DueAt"]))
    assert [(r["Status"], r["DueAt"]) for r in reminders] == [
        ("Sent", NINE + timedelta(days=3)),
        ("Sent", NINE + timedelta(days=7)),
        ("Cancelled", datetime(2026, 3, 10, 9, 0, tzinfo=UTC)),
    ]
    assert world.row(TableName.APPROVALS)["Reminders"] == 2
    assert mails_to(world, PRIYA.email) == ["approval reminder", "approval reminder", "approval request"]


def test_the_next_step_names_the_next_reminder_as_time_goes_on() -> None:
    async def story() -> list[str]:
        world = World()
        await world.submit()
        steps = [str(world.application()["NextStep"])]
        for days in (3, 4, 21):
            await world.later(days=days)
            steps.append(str(world.application()["NextStep"]))
        return steps

    assert asyncio.run(story()) == [
        "Waiting for Priya Shah to approve, reminder on 13 February",
        "Waiting for Priya Shah to approve, reminder on 17 February",
        "Waiting for Priya Shah to approve, reminder on 10 March",
        "Waiting for Priya Shah to approve, until 19 March",
    ]


async def test_after_an_outage_the_manager_gets_one_reminder_and_not_two_at_once() -> None:
    world = World(now=datetime(2026, 3, 2, 9, 0, tzinfo=UTC))
    await world.submit()
    # A Sunday: what was due on Thursday waits for Monday, when the next one is due as well.
    await world.tick(datetime(2026, 3, 8, 9, 0, tzinfo=UTC))
    before = len(world.letters(PRIYA.email, "reminder"))
    await world.tick(datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 3, 12, 12, 0, tzinfo=UTC))

    assert before == 0
    assert len(world.letters(PRIYA.email, "reminder")) == 1


async def test_extending_the_closing_date_reminds_the_manager_once_more() -> None:
    world = World(now=datetime(2026, 3, 5, 10, 0, tzinfo=UTC))
    await world.submit()
    for day in range(6, 15):
        await world.tick(datetime(2026, 3, day, 12, 0, tzinfo=UTC))
    await world.type_in(
        TableName.PROGRAMMES,
        {**world.row(TableName.PROGRAMMES), "ClosesAt": "2026-03-20T23:59:59Z"},
    )
    for day in range(14, 28):
        await world.tick(datetime(2026, 3, day, 12, 5, tzinfo=UTC))

    sent = [m["SentAt"] for m in world.rows(TableName.MESSAGES) if m["Kind"] == "approval reminder" and "SentAt" in m]
    assert sorted(f"{at:%A %d %B}" for at in sent if isinstance(at, datetime)) == [
        "Monday 09 March",
        "Thursday 12 March",
        "Wednesday 18 March",
    ]


async def test_a_session_that_begins_while_the_manager_is_asked_is_nobodys_date_any_more() -> None:
    world = World(now=datetime(2026, 3, 20, 10, 0, tzinfo=UTC))
    await world.tick()
    row = {**world.row(TableName.PROGRAMMES), "ClosesAt": "2026-04-03T22:59:59Z", "Status": "Open"}
    await world.type_in(TableName.PROGRAMMES, row)
    await world.tick()
    await world.submit()
    for day in range(21, 32):
        await world.tick(datetime(2026, 3, day, 12, 0, tzinfo=UTC))
    asked, *_, reminded = (letter.html for letter in world.letters(PRIYA.email, "release"))
    await manager_says(world, PRIYA.email)
    confirmed = world.letters(AMARA, "confirmed")[0].html

    assert ("Thursday 26 March 2026" in asked, "Monday 13 April 2026" in asked) == (True, False)
    assert ("Thursday 26 March 2026" in reminded, "Monday 13 April 2026" in reminded) == (False, True)
    assert "26 March" not in confirmed
    assert "Please choose a date" in confirmed
    assert [row["Session"] for row in world.rows(TableName.BOOKINGS)] == []


async def test_who_comes_in_when_every_date_is_over_is_not_asked_to_choose_one() -> None:
    world = World(now=datetime(2026, 4, 14, 10, 0, tzinfo=UTC))
    await world.tick()
    row = {**world.row(TableName.PROGRAMMES), "ClosesAt": "2026-04-30T22:59:59Z", "Status": "Open"}
    await world.type_in(TableName.PROGRAMMES, row)
    await world.tick()
    await world.submit(answers(training_session=None))
    await manager_says(world, PRIYA.email)
    confirmed = world.letters(AMARA, "confirmed")[0].html

    assert "choose a date" not in confirmed.casefold()
    assert "There is no date yet for Training for mentors." in confirmed
    assert world.application()["NextStep"] == "Waiting for a date in Sessions: Training for mentors"


async def test_a_reminder_that_went_under_an_earlier_name_does_not_go_again() -> None:
    """Rows of before have a number for a name; those that had not gone yet are replaced by the ones of today."""
    world = World()
    await world.submit()
    reference = str(world.application()["RowKey"])
    due = NINE + timedelta(days=3)
    named = f"{reference}.approval-reminder.1."
    new = next(m for m in world.rows(TableName.MESSAGES) if str(m["RowKey"]) == f"{named}day-3")
    await world.type_in(
        TableName.MESSAGES, {**new, "RowKey": f"{named}1", "Status": "Sent", "SentAt": due - timedelta(minutes=5)}
    )
    await world.type_in(TableName.MESSAGES, {**new, "RowKey": f"{named}2", "DueAt": NINE + timedelta(days=7)})
    for day in range(1, 9):
        await world.tick(NINE + timedelta(days=day))

    told = {str(m["RowKey"]).removeprefix(named): m["Status"] for m in world.rows(TableName.MESSAGES)}
    assert told["day-3"] == "Cancelled"
    assert told["day-7"] == "Sent"
    assert len(world.letters(PRIYA.email, "reminder")) == 1


async def test_a_manager_of_several_people_is_reminded_of_all_of_them_at_once() -> None:
    world = World(now=datetime(2026, 2, 27, 18, 0, tzinfo=UTC))
    for number in range(3):
        # Two whose reminders are due at the same instant, and one whose own would come the day after.
        await world.tick(datetime(2026, 2, 27 if number < 2 else 28, 18 + number, 0, tzinfo=UTC))
        await world.submit(answers(full_name=f"P{number} Lee", email=f"p{number}@example.nhs.uk"))
    while world.clock.now() < datetime(2026, 3, 14, tzinfo=UTC):
        await world.later(hours=1)
    sent = [m["SentAt"] for m in world.rows(TableName.MESSAGES) if m["Kind"] == "approval reminder" and "SentAt" in m]
    days = sorted(at.date() for at in sent if isinstance(at, datetime))
    first, *_ = world.letters(PRIYA.email, "reminder")
    named = sorted(re.findall(r"P\d Lee", f"{first.subject} {first.html}"))

    assert [f"{day:%a %d}" for day in days] == ["Tue 03", "Mon 09"]
    assert set(named) == {"P0 Lee", "P1 Lee", "P2 Lee"}
    assert first.subject.count("Lee") == 1
    answered = {
        match: await world.app.approval.page(match) for match in re.findall(r"decisions/([\w-]{43})", first.html)
    }
    assert {page.view.applicant for page in answered.values() if page} == set(named)


async def test_a_manager_is_reminded_of_nobody_whom_they_have_answered() -> None:
    world = World()
    for number in range(2):
        await world.submit(answers(full_name=f"P{number} Lee", email=f"p{number}@example.nhs.uk"))
    await manager_says(world, PRIYA.email)
    await world.later(days=3, hours=1)
    answered = str(world.application(Status="Approved")["FullName"])
    (reminder,) = world.letters(PRIYA.email, "reminder")

    assert answered not in reminder.html
    assert "too:" not in reminder.html


async def test_nobody_is_reminded_at_easter() -> None:
    world = World(now=datetime(2026, 3, 31, 19, 30, tzinfo=UTC))
    await world.tick()
    await world.type_in(TableName.PROGRAMMES, {**world.row(TableName.PROGRAMMES), "ClosesAt": "2026-04-30T22:59:59Z"})
    await world.tick()
    await world.submit()
    while world.clock.now() < datetime(2026, 4, 20, tzinfo=UTC):
        await world.later(hours=3)

    sent = [m["SentAt"] for m in world.rows(TableName.MESSAGES) if m["Kind"] == "approval reminder" and "SentAt" in m]
    # Asked on Tuesday evening: the third day is Good Friday. In summer, 9am is 8:00 UTC.
    assert sorted(f"{at:%A %d %B}" for at in sent if isinstance(at, datetime)) == [
        "Friday 10 April",
        "Tuesday 07 April",
    ]


async def test_an_application_lapses_after_the_days_of_grace_with_a_kind_mail() -> None:
    world = World()
    await world.submit()
    await world.tick(CLOSES + timedelta(days=7))
    before = str(world.application()["Status"])
    await world.tick(CLOSES + timedelta(days=7, seconds=1))
    page = await manager_says(world, PRIYA.email)
    state = page.state
    by_night = mails_to(world, AMARA)
    await world.later(hours=9)

    assert (before, world.application()["Status"], state) == ("Awaiting manager", "Lapsed", "closed")
    assert by_night == ["application received"]
    assert mails_to(world, AMARA) == ["application lapsed", "application received"]


@pytest.mark.parametrize("reminded", [True, False])
async def test_a_lapse_speaks_of_reminders_only_if_one_was_sent(reminded: bool) -> None:
    world = World()
    await world.submit()
    if reminded:
        await world.later(days=8)
    await world.tick(CLOSES + timedelta(days=8))
    await world.later(days=3)

    assert ("approval reminder" in mails_to(world, PRIYA.email)) is reminded
    assert ("and reminded them" in world.letters(AMARA, "lapsed")[0].html) is reminded


async def test_a_manager_asked_again_after_a_lapse_has_time_to_answer() -> None:
    world = World()
    await world.submit()
    await world.tick(CLOSES + timedelta(days=8))
    await world.later(days=3)
    result = await command(world, "resend approval", str(world.application(Status="Lapsed")["RowKey"]))
    await world.later(hours=1)
    await manager_says(world, PRIYA.email)

    assert result == "Done: Priya Shah is asked again; links sent before no longer work."
    assert world.application()["Status"] == "Approved"
    assert world.application()["Reason"] == ""
    assert mails_to(world, AMARA).count("application lapsed") == 1


async def test_a_link_sent_before_the_request_was_sent_again_no_longer_decides() -> None:
    world = World()
    await world.submit()
    await command(world, "Resend Approval", str(world.application()["RowKey"]))
    page = await manager_says(world, PRIYA.email, which=0)
    state = page.state

    assert state == "passed on"
    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request"]


async def test_an_answer_stands_although_the_work_after_it_fails_at_first() -> None:
    world = World()
    await world.submit()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    messages = world.tables(TableName.MESSAGES)
    working = messages.insert

    async def broken(row: object) -> bool:
        del row
        raise TemporaryFailure("table storage did not answer an insert")

    messages.insert = broken  # type: ignore[method-assign]
    page = await world.app.approval.answer(link, ManagerAnswer(Answer.APPROVE, 0))
    messages.insert = working  # type: ignore[method-assign]
    await world.run()
    assert mails_to(world, AMARA) == ["application received"]
    await world.later(minutes=3)
    state = page.state if page else ""

    assert state == "answered"
    assert mails_to(world, AMARA) == ["application approved", "application received"]


def test_two_answers_at_once_give_one_decision_and_one_confirmation() -> None:
    async def story(second: Answer) -> tuple[str, list[str]]:
        world = World()
        await world.submit()
        link = token(world.letters(PRIYA.email)[0], "decisions")
        await asyncio.gather(
            world.app.approval.answer(link, ManagerAnswer(Answer.APPROVE, 0)),
            world.app.approval.answer(link, ManagerAnswer(second, 0)),
        )
        await world.run()
        return str(world.application()["Status"]), mails_to(world, AMARA)

    for second in Answer:
        status, mails = asyncio.run(story(second))

        assert (status, mails) == ("Approved", ["application approved", "application received"])


def test_the_manager_reads_hours_and_dates_and_nothing_else_about_the_applicant() -> None:
    async def story() -> World:
        world = World()
        await world.submit(answers(training_session=None))
        return world

    html = asyncio.run(story()).letters(PRIYA.email)[0].html

    assert "9 hours" in html
    assert "Thursday 26 March 2026, 9:30am to 12:30pm" in html
    assert "Monday 13 April 2026, 1pm to 4pm" in html
    assert "Thursday 19 March 2026" in html


def test_a_yes_after_not_mine_ends_the_question_to_the_applicant() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT)
        await manager_says(world, PRIYA.email)
        return world

    row = asyncio.run(story()).application()

    assert (row["Status"], row["WaitsForManagerName"]) == ("Approved", False)


@pytest.mark.parametrize(
    ("changes", "status", "afterwards"),
    [
        # This manager was told that they need not answer, so they are asked anew.
        ({"area": "elsewhere"}, "Not this cohort", "passed on"),
        ({"area": "northamptonshire", "sector": "other_healthcare"}, "Needs a decision", "open"),
    ],
)
def test_while_an_application_waits_for_something_else_the_managers_time_is_not_over(
    changes: dict[str, str], status: str, afterwards: str
) -> None:
    async def story() -> tuple[object, list[str]]:
        world = World()
        await world.submit(response_id="one")
        link = token(world.letters(PRIYA.email)[0], "decisions")
        states = []
        for change in (changes, {}):
            world.clock.advance(timedelta(hours=1))
            await world.submit(answers(**change), response_id="one")
            states.append((world.application()["Status"], await world.app.approval.page(link)))
        return states[0][0], [page.state for _, page in states if page]

    assert asyncio.run(story()) == (status, ["not needed", afterwards])


async def test_a_manager_is_not_asked_for_a_session_that_had_begun_when_the_person_was_let_in() -> None:
    world = World(now=datetime(2026, 3, 13, 9, 0, tzinfo=UTC))
    await world.submit()
    world.clock.set(datetime(2026, 3, 28, 9, 0, tzinfo=UTC))
    await command(world, "approve late", str(world.application()["RowKey"]))
    asked, received = world.letters(PRIYA.email, "release")[0].html, world.letters(AMARA, "Good news")[0].html

    assert "26 March 2026" not in asked
    assert "Monday 13 April 2026" in asked
    assert "26 March 2026" not in received
    assert "Your training date: not chosen yet" in received
