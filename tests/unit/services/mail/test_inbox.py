"""What comes back by mail: replies, bounces and automatic answers, through the tick and the mailbox worker."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.application import Answer
from shared.domain.replies import Inbound
from shared.errors import PermanentFailure, TemporaryFailure
from shared.ports import News
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, TOM, approved_pair, command, confirms, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, World, answers, mentee

YES = "Yes, I approve.\n\nPriya"


def answer_to(world: World, to: str, containing: str = "", *, sender: str = "", **headers: str) -> Inbound:
    """A mail that answers the newest of our mails to somebody."""
    letter = world.letters(to, containing)[-1]
    number = len(world.inbox.mails)
    return Inbound(
        id=f"inbound-{number}",
        message_id=f"<{number}@example.nhs.uk>",
        received_at=world.clock.now(),
        sender=sender or to,
        subject=f"Re: {letter.subject}",
        conversation=letter.key,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
    )


def bounce(world: World, to: str, containing: str = "") -> Inbound:
    return answer_to(world, to, containing, sender="postmaster@example.nhs.uk", x_failed_recipients=to)


async def asked() -> World:
    world = World()
    await world.submit()
    return world


async def test_a_plain_yes_is_put_before_the_administrator_who_takes_it_as_the_answer() -> None:
    world = await asked()
    world.inbox.receive(answer_to(world, PRIYA.email), YES)
    await world.later(minutes=5)
    row = world.application()
    status, step = str(row["Status"]), str(row["NextStep"])
    await world.app.tick.daily()
    await world.run()
    result = await command(world, "accept reply", str(row["RowKey"]))

    assert status == "Awaiting manager"
    assert step.startswith("Priya Shah replied yes by mail")
    assert "Priya Shah replied yes by mail" in world.letters(ADMINISTRATORS)[0].html
    assert result == "Done: Taken as the answer: approve."
    assert world.application()["Status"] == "Approved"
    assert "application approved" in mails_to(world, AMARA)


async def test_a_reply_in_other_words_is_counted_and_named_in_one_digest() -> None:
    world = await asked()
    world.inbox.receive(answer_to(world, PRIYA.email), "Could we talk about SECRET matters first?")
    await world.later(minutes=5)
    await world.app.tick.daily()
    await world.run()
    await world.later(days=1, hours=2)
    await world.app.tick.daily()
    await world.run()

    assert (world.application()["Replies"], world.application()["Status"]) == (1, "Awaiting manager")
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    assert "SECRET" not in str([world.rows(table) for table in TableName])
    assert "SECRET" not in world.letters(ADMINISTRATORS)[0].html


def test_a_page_that_is_read_again_counts_nothing_twice() -> None:
    async def story() -> World:
        world = await asked()
        for _ in range(5):
            world.inbox.receive(answer_to(world, PRIYA.email), "Who is this?")
        await world.later(minutes=5)
        world.inbox.epoch += 1  # the mail service has lost its place
        await world.later(minutes=5)
        await world.later(minutes=5)
        return world

    assert asyncio.run(story()).application()["Replies"] == 5


async def test_a_bounce_of_the_request_asks_the_applicant_who_gives_another_address() -> None:
    world = await asked()
    world.inbox.receive(bounce(world, PRIYA.email))
    await world.later(minutes=5)
    step = str(world.application()["NextStep"])
    page = await world.app.own_pages.page(own_link(world, AMARA))
    assert page is not None
    assert page.must_name_manager
    assert page.next_step.startswith("Our email to your line manager came back.")
    manager = replace(PRIYA, email="priya.shah@right.nhs.uk")
    await world.app.own_pages.name_manager(own_link(world, AMARA), manager)
    await world.run()
    await manager_says(world, manager.email)

    assert step == "The manager's address does not work; waiting for Amara Okafor to give another"
    assert mails_to(world, AMARA).count("manager unreachable") == 1
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert world.application()["Status"] == "Approved"


def test_no_reminder_goes_to_an_address_that_does_not_work() -> None:
    async def story() -> World:
        world = await asked()
        world.inbox.receive(bounce(world, PRIYA.email))
        for _ in range(10):
            await world.later(days=1)
        return world

    assert mails_to(asyncio.run(story()), PRIYA.email) == ["approval request"]


def test_a_bounce_of_the_applicants_mail_is_a_remark() -> None:
    async def story() -> World:
        world = await asked()
        world.inbox.receive(bounce(world, AMARA))
        await world.later(minutes=5)
        return world

    assert "came back" in str(asyncio.run(story()).application()["Flags"])


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": (("auto-submitted", "auto-replied"),)},
        {"conversation": "somebody else's"},
        {"message_class": "IPM.Schedule.Meeting.Resp.Pos"},
    ],
    ids=["automatic", "not ours", "meeting response"],
)
def test_other_mail_changes_nothing(changes: dict[str, object]) -> None:
    async def story() -> tuple[dict[str, object], dict[str, object]]:
        world = await asked()
        before = world.application()
        world.inbox.receive(replace(answer_to(world, PRIYA.email), **changes), YES)  # type: ignore[arg-type]
        await world.later(minutes=5)
        return dict(before), dict(world.application())

    before, after = asyncio.run(story())

    assert before == after


async def test_a_reply_to_a_mail_about_a_pair_is_counted_for_its_sender() -> None:
    world = World()
    mentor, other = await approved_pair(world)
    await world.type_in(
        TableName.PAIRS,
        {
            "PartitionKey": "llr-rmi-2026-c7",
            "RowKey": "1",
            "Mentor": mentor,
            "Mentee": other,
            "StartDate": "2026-02-20",
            "Status": "confirmed",
        },
    )
    await world.later(days=20)
    world.inbox.receive(answer_to(world, TOM), "Thank you!")
    await world.later(minutes=5)

    assert world.application(Role="mentee")["Replies"] == 1
    assert world.application(Role="mentor")["Replies"] == 0


async def test_a_mail_that_the_program_fails_on_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await asked()
    await world.submit(mentee())
    first = answer_to(world, PRIYA.email)
    world.inbox.receive(first, YES)
    world.inbox.receive(replace(answer_to(world, PRIYA.email), id="second"), YES)
    reading = world.inbox.words

    async def failing(mail: str) -> str:
        if mail == first.id:
            raise ValueError("SECRET")
        return await reading(mail)

    monkeypatch.setattr(world.inbox, "words", failing)
    await world.later(minutes=5)

    assert "replied yes" in str(world.application(Role="mentor")["NextStep"])


async def test_the_inbox_is_read_from_where_it_was_left_and_not_before_a_week_ago() -> None:
    world = await asked()
    old = replace(answer_to(world, PRIYA.email), received_at=world.clock.now() - timedelta(days=8))
    world.inbox.receive(old, YES)
    await world.later(minutes=5)
    world.inbox.receive(replace(answer_to(world, PRIYA.email), id="new"), "Hm.")
    await world.later(minutes=5)

    assert world.application()["Replies"] == 1
    assert world.row(TableName.MAILBOXES)["InboxLink"] == "1:2"


@pytest.mark.parametrize("failure", [PermanentFailure("no permission to read"), TemporaryFailure("Graph is away")])
def test_an_inbox_that_cannot_be_read_for_days_leaves_no_pile_of_work(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    async def story() -> tuple[World, int]:
        world = await asked()
        before = len(world.rows(TableName.ALARMS))
        calls = 0

        async def failing(link: str, since: datetime) -> News:
            nonlocal calls
            calls += 1
            raise failure

        monkeypatch.setattr(world.inbox, "news", failing)
        for _ in range(50):
            await world.later(minutes=5)
        assert len(world.rows(TableName.ALARMS)) <= before + 1
        return world, calls

    world, calls = asyncio.run(story())

    assert calls == 50
    assert mails_to(world, PRIYA.email) == ["approval request"]


DEADLINE_OVER = datetime(2026, 3, 20, 0, 10, tzinfo=UTC)


async def test_a_yes_that_came_in_time_is_never_lost_however_long_it_lies_unread() -> None:
    world = await asked()
    world.inbox.receive(answer_to(world, PRIYA.email), YES)
    await world.later(minutes=5)
    await world.tick(DEADLINE_OVER)
    await world.later(days=3)
    row = world.application()
    status, result = str(row["Status"]), await command(world, "accept reply", str(row["RowKey"]))

    assert status == "Awaiting manager"
    assert result == "Done: Taken as the answer: approve."
    assert world.application()["Status"] == "Approved"
    assert "application lapsed" not in mails_to(world, AMARA)


def test_a_yes_that_is_taken_back_after_the_last_day_lapses_in_the_end() -> None:
    async def story() -> World:
        world = await asked()
        world.inbox.receive(answer_to(world, PRIYA.email), YES)
        await world.later(minutes=5)
        await world.tick(DEADLINE_OVER)
        world.inbox.receive(answer_to(world, PRIYA.email), "Sorry, let me think about it again.")
        await world.later(minutes=5)
        await world.later(minutes=5)
        return world

    assert asyncio.run(story()).application()["Status"] == "Lapsed"


async def test_who_lapses_hears_why_without_blame_on_a_manager_who_was_never_reached_or_was_none() -> None:
    unreached = await asked()
    unreached.inbox.receive(bounce(unreached, PRIYA.email), "Undeliverable")
    await unreached.later(minutes=5)
    none = await asked()
    await manager_says(none, PRIYA.email, Answer.NOT_MY_REPORT)
    for world in (unreached, none):
        await world.tick(DEADLINE_OVER)
        await world.later(days=3)

    assert "our email came back" in unreached.letters(AMARA, "lapsed")[0].html
    assert "they are not your line manager" in none.letters(AMARA, "lapsed")[0].html
    for world in (unreached, none):
        assert "not answered in time" not in world.letters(AMARA, "lapsed")[0].html
        assert "not answer in time" not in str(world.application()["Reason"])
        assert world.application()["Status"] == "Lapsed"


def test_an_edit_while_the_manager_is_unknown_promises_no_answer_of_theirs() -> None:
    async def story() -> World:
        world = await asked()
        await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT)
        world.clock.advance(timedelta(hours=1))
        await world.submit(answers(job_title="Ward sister"))
        await confirms(world, AMARA)
        await world.later(minutes=5)
        return world

    updated = asyncio.run(story()).letters(AMARA, "updated")[0].html

    assert "We still do not know who your line manager is" in updated
    assert "We are waiting for" not in updated


@pytest.mark.parametrize(
    ("words", "flagged"),
    [
        ("I have left the Trust. Please contact Jane Smith.", True),
        ("Priya no longer works here; ask Jane.", True),
        ("I\u2019ve now retired. Thank you for your mail.", True),
        ("My last working day was 3 February.", True),
        ("I am on annual leave until Monday and will read this then.", False),
        ("I have left the office for today.", False),
    ],
)
async def test_an_automatic_reply_that_says_somebody_has_left_reaches_the_team(words: str, flagged: bool) -> None:
    world = await asked()
    for _ in range(2):
        world.inbox.receive(answer_to(world, PRIYA.email, auto_submitted="auto-replied"), words)
        await world.later(minutes=5)

    row = world.application()
    assert ("says that whoever was asked to release them has left" in str(row["Flags"])) == flagged
    assert (row["Status"], row["Replies"]) == ("Awaiting manager", 0)
    assert words not in str(world.rows(TableName.APPLICATIONS))
