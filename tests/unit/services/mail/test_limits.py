"""No click of one person makes a bomb of mails: a limit for every kind, and what happens beyond it."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.application import Answer
from shared.domain.approval import MOST_ANSWERS, ManagerAnswer
from shared.domain.limits import CAUSED_BY, MOST_A_DAY, too_many_until
from shared.domain.outbox import Message, MessageStatus
from shared.domain.owed import About, Kind, To
from shared.errors import TooOften
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, approved_pair, mails_to, manager_says, own_link
from tests.world import NINE, PROGRAMME, World, answers, cohort_7, token

OVER = datetime(2027, 3, 15, 15, 0, tzinfo=UTC)


def test_every_kind_of_mail_has_a_limit_a_day_or_is_caused_by_no_click() -> None:
    assert MOST_A_DAY.keys() | CAUSED_BY.keys() == set(Kind)
    assert not MOST_A_DAY.keys() & CAUSED_BY.keys()
    assert all(0 < most <= 24 for most in MOST_A_DAY.values())


def message(number: int, kind: Kind, status: MessageStatus, sent_at: datetime | None) -> Message:
    return Message(
        PROGRAMME, f"RM-1.{number}", kind, About.APPLICATION, "RM-1", To.APPLICANT, NINE, status=status, sent_at=sent_at
    )


@pytest.mark.parametrize("kind", MOST_A_DAY)
def test_beyond_its_limit_a_mail_of_any_kind_waits_for_the_next_morning(kind: Kind) -> None:
    most = MOST_A_DAY[kind]
    sent = [message(number, kind, MessageStatus.SENT, NINE) for number in range(most)]
    next_one = message(99, kind, MessageStatus.PREPARING, None)
    yesterday = message(0, kind, MessageStatus.SENT, NINE - timedelta(days=1))
    other = message(0, Kind.DIGEST, MessageStatus.SENT, NINE)

    assert too_many_until(cohort_7(), next_one, sent, NINE) == datetime(2026, 2, 11, 9, 0, tzinfo=UTC)
    assert too_many_until(cohort_7(), next_one, [*sent[1:], yesterday, other], NINE) is None
    assert too_many_until(cohort_7(), next_one, [*sent, next_one], NINE + timedelta(days=1)) is None


def test_of_mails_under_way_together_only_as_many_go_as_may() -> None:
    kind = Kind.DELETION_ASKED
    together = [message(number, kind, MessageStatus.PREPARING, None) for number in range(5)]

    waits = [too_many_until(cohort_7(), one, together, NINE) is not None for one in together]

    assert waits == [False, False, True, True, True]


async def test_deletion_that_is_asked_and_taken_back_a_dozen_times_is_two_mails_and_the_wish_stands() -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    for _ in range(12):
        for back in (False, True):
            await world.app.own_pages.ask_for_deletion(link, take_back=back)
            await world.run()
            world.clock.advance(timedelta(seconds=1))
    await world.app.own_pages.ask_for_deletion(link)
    await world.run()
    await world.later(minutes=10)
    today, asked = mails_to(world, AMARA), world.application()["ErasureAskedAt"]
    await world.tick(datetime(2026, 2, 11, 9, 5, tzinfo=UTC))
    tomorrow = mails_to(world, AMARA)

    assert Counter(today)["deletion asked"] == MOST_A_DAY[Kind.DELETION_ASKED]
    assert asked
    # What stands in the end is told, the next morning and once.
    assert Counter(tomorrow)["deletion asked"] == MOST_A_DAY[Kind.DELETION_ASKED] + 1


async def test_a_manager_answers_five_times_and_then_writes_to_us() -> None:
    world = World()
    await world.submit()
    link = token(world.letters(PRIYA.email, "release")[0], "decisions")
    taken = []
    for number in range(16):
        answer = Answer.DECLINE if number % 2 == 0 else Answer.NOT_MY_REPORT
        page = await world.app.approval.page(link)
        assert page is not None
        said = ManagerAnswer(answer, page.revision, reason=f"Call 0700 555 {number:04d} today")
        after = await world.app.approval.answer(link, said)
        assert after is not None
        taken.append(after.revision > page.revision)
        await world.run()
        world.clock.advance(timedelta(seconds=3))
    page = await world.app.approval.page(link)
    assert page is not None
    stands, over = str(page.answer), page.often and (not page.can_correct)

    assert taken == [True] * MOST_ANSWERS + [False] * 11
    assert stands == Answer.DECLINE
    assert over
    told = Counter(mails_to(world, AMARA))
    assert told["application declined"] + told["manager needed"] <= MOST_ANSWERS
    assert told["application declined"] <= MOST_A_DAY[Kind.DECLINED]


def test_what_a_manager_writes_is_marked_as_theirs_and_leads_nowhere() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        reason = "Log in at www.evil.example, mail lee@evil.example or call +44 700 555 0123"
        await manager_says(world, PRIYA.email, Answer.DECLINE, reason=reason)
        return world

    html = asyncio.run(story()).letters(AMARA, "manager's answer")[0].html

    assert "The reason they gave:</p>" in html
    assert "<blockquote" in html
    for lure in ("www.evil", "evil.example", "lee@evil", "700 555"):
        assert lure not in html
    assert "Log in at www.evil.example" in html.replace("\u2060", "")


async def test_a_name_that_is_a_message_stands_in_quotation_marks_and_no_number_in_it_can_be_called() -> None:
    world = World()
    lure = "Your payslip is blocked! Call 0700 555 1234 now"
    await world.submit(answers(full_name=lure, manager_name=lure))
    asked, received = world.letters(PRIYA.email)[0], world.letters(AMARA)[0]

    assert "“Your payslip is blocked!" in asked.subject
    assert "Dear <bdi>“Your payslip is blocked!" in asked.html
    assert "Dear <bdi>“Your payslip is blocked!" in received.html
    assert "0700 555" not in asked.html + asked.subject + received.html


async def test_sessions_are_changed_only_so_often_on_a_day_and_nothing_is_lost() -> None:
    world = World()
    await approved_pair(world)
    link = own_link(world, AMARA)
    done, problem = 0, ""
    for number in range(30):
        page = await world.app.own_pages.choose_session(link, f"mentor-training-{number % 2 + 1}")
        assert page is not None
        done += not page.problem
        problem = page.problem
        await world.run()
    before = str(world.application(Role="mentor")["SessionsChosen"])
    world.clock.advance(timedelta(days=1))
    page = await world.app.own_pages.choose_session(link, "mentor-training-1")
    assert page is not None
    assert not page.problem

    assert done == MOST_A_DAY[Kind.CALENDAR]
    assert problem.startswith("You have changed your sessions very often today. Try again tomorrow, or write to us at ")
    assert "mentor-training-2" in before
    assert len(world.calendar.told) < 3 * MOST_A_DAY[Kind.CALENDAR]


async def test_new_links_are_sent_five_times_a_day_and_the_newest_goes_on_working() -> None:
    world = World()
    await world.submit()
    link = own_link(world, AMARA)
    world.clock.set(OVER)
    sent = 0
    for _ in range(MOST_A_DAY[Kind.NEW_LINK]):
        sent += await world.app.own_pages.send_new_link(link)
        await world.run()
        world.clock.advance(timedelta(minutes=61))
    with pytest.raises(TooOften):
        await world.app.own_pages.send_new_link(link)
    assert await world.app.own_pages.page(own_link(world, AMARA)) is not None

    assert sent == Counter(mails_to(world, AMARA))["new link"] == MOST_A_DAY[Kind.NEW_LINK]


async def test_whoever_is_refused_for_the_day_has_left_a_tally_and_no_name() -> None:
    world = World()
    await approved_pair(world)
    await world.app.own_pages.choose_session(own_link(world, AMARA), "mentor-training-2")

    (row,) = world.rows(TableName.TALLIES)
    assert set(row) == {"PartitionKey", "RowKey"}
