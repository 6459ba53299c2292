"""Six months of a pair: rows typed by people, introductions, check-ins, silence, and a private word."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.domain.pairs import CheckInAnswer
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, TOM, approved_pair, command, everything, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee, token

START = "2026-04-20"
SAM = "sam.reed@example.nhs.uk"
ANSWER = CheckInAnswer(met=True, met_on=date(2026, 5, 18), rating=4, note="We talked about work.", wants_to_talk=False)


async def pair_row(world: World, mentor: str, mentee: str, **columns: Cell) -> None:
    row: dict[str, Cell] = {
        "PartitionKey": PROGRAMME,
        "RowKey": "pair-1",
        "Mentor": mentor,
        "Mentee": mentee,
        "StartDate": START,
        "Status": "confirmed",
    }
    await world.type_in(TableName.PAIRS, {**row, **columns})


async def confirmed(world: World) -> tuple[str, str]:
    """A pair confirmed a week before it starts."""
    mentor, mentee = await approved_pair(world)
    world.clock.set(datetime(2026, 4, 13, 12, 0, tzinfo=UTC))
    await pair_row(world, mentor, mentee)
    await world.tick()
    return mentor, mentee


async def daily_until(world: World, end: datetime) -> None:
    """One tick a day at 8:30 UTC (9:30 in summer), as an impatient administrator would see it."""
    day = world.clock.now().replace(hour=8, minute=30, second=0, microsecond=0) + timedelta(days=1)
    while day <= end:
        await world.tick(day)
        day += timedelta(days=1)


def pair_mails(world: World, address: str) -> list[str]:
    kinds = {"introduction", "check-in", "check-in nudge"}
    return [kind for kind in mails_to(world, address) if kind in kinds]


async def test_both_are_introduced_at_nine_on_the_start_day_and_asked_six_times() -> None:
    world = World()
    await confirmed(world)
    await world.tick(datetime(2026, 4, 20, 7, 59, 59, tzinfo=UTC))
    before = pair_mails(world, AMARA)
    await world.tick(datetime(2026, 4, 20, 8, 0, 0, tzinfo=UTC))
    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["introduction"]
    await daily_until(world, datetime(2026, 12, 1, 12, 0, tzinfo=UTC))

    assert before == []
    for address in (AMARA, TOM):
        assert pair_mails(world, address) == ["check-in"] * 6 + ["check-in nudge"] * 6 + ["introduction"]
    rows = world.rows(TableName.CHECK_INS)
    assert len(rows) == 12
    assert {row["Status"] for row in rows} == {"Silent"}
    assert sorted({row["DueAt"] for row in rows if isinstance(row["DueAt"], datetime)}) == [
        datetime(2026, 5, 20, 8, 0, tzinfo=UTC),
        datetime(2026, 6, 22, 8, 0, tzinfo=UTC),
        datetime(2026, 7, 20, 8, 0, tzinfo=UTC),
        datetime(2026, 8, 20, 8, 0, tzinfo=UTC),
        datetime(2026, 9, 21, 8, 0, tzinfo=UTC),
        datetime(2026, 10, 20, 8, 0, tzinfo=UTC),
    ]


async def test_applications_say_who_is_matched_until_the_pair_ends_or_its_row_is_somebody_elses() -> None:
    world, said = World(), []

    def steps() -> list[str]:
        return [str(row["NextStep"]) for row in world.rows(TableName.APPLICATIONS)]

    mentor, mentee = await approved_pair(world)
    await world.submit(answers(email="kim@example.nhs.uk", manager_email="boss@example.nhs.uk"))
    await manager_says(world, "boss@example.nhs.uk")
    other = str(world.application(Email="kim@example.nhs.uk")["RowKey"])
    await pair_row(world, mentor, mentee)
    await world.tick()
    said.append(steps())
    await pair_row(world, other, mentee, StartDate="2026-05-04")
    await world.later(minutes=5)
    said.append([str(world.application(RowKey=one)["NextStep"]) for one in (mentor, mentee, other)])
    await pair_row(world, other, mentee, StartDate="2026-05-04", Status="ended")
    await world.later(minutes=5)
    said.append(steps())
    (first, moved, ended) = said

    ready, matched = "Enrolled; ready to be matched", "Matched: pair-1 from 4 May"
    assert sorted(first) == [ready, *["Matched: pair-1 from 20 April"] * 2]
    assert moved == [ready, matched, matched]
    assert ended == [ready] * 3
    assert {row["Pairs"] for row in world.rows(TableName.APPLICATIONS)} == {""}
    assert [row["What"] for row in world.rows(TableName.AUDIT)].count("matched") == 4


async def test_only_the_silent_are_nudged() -> None:
    world = World()
    await confirmed(world)
    await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
    link = token(world.letters(AMARA, "Meeting 1")[0], "checkins")
    assert await world.app.checkins.answer(link, ANSWER)
    await daily_until(world, datetime(2026, 6, 5, tzinfo=UTC))

    assert pair_mails(world, AMARA) == ["check-in", "introduction"]
    assert pair_mails(world, TOM) == ["check-in", "check-in nudge", "introduction"]
    first = {str(r["Role"]): r for r in world.rows(TableName.CHECK_INS) if r["Meeting"] == 1}
    assert (first["mentor"]["Status"], first["mentor"]["Met"], first["mentor"]["MetOn"], first["mentor"]["Rating"]) == (
        "Answered",
        "yes",
        "2026-05-18",
        4,
    )
    assert first["mentee"]["Status"] == "Silent"


async def test_looking_at_a_check_in_changes_no_row_and_an_answer_can_be_replaced() -> None:
    world = World()
    await confirmed(world)
    await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
    link = token(world.letters(TOM, "Meeting 1")[0], "checkins")
    before = everything(world)
    for _ in range(20):
        view = await world.app.checkins.view(link)
        assert view is not None
        assert (view.name, view.partner, view.meeting) == ("Tom Hughes", "Amara Okafor", 1)
    after = everything(world)
    await world.app.checkins.answer(link, ANSWER)
    no = CheckInAnswer(met=False, met_on=date(2026, 5, 18), rating=1, note="", wants_to_talk=False)
    await world.app.checkins.answer(link, no)

    assert before == after
    row = world.row(TableName.CHECK_INS, Meeting=1, Role="mentee")
    assert (row["Status"], row["Met"], row["MetOn"], row.get("Rating")) == ("Answered", "no", "", None)


def test_two_silent_check_ins_in_a_row_are_in_the_digest_and_one_is_not() -> None:
    async def digest_at(end: datetime) -> list[str]:
        world = World()
        await confirmed(world)
        await daily_until(world, end)
        await world.app.tick.daily()
        await world.run()
        return [m.html for m in world.letters(ADMINISTRATORS, "act on today")]

    one = asyncio.run(digest_at(datetime(2026, 6, 10, tzinfo=UTC)))
    two = asyncio.run(digest_at(datetime(2026, 7, 7, tzinfo=UTC)))

    assert "no answer" not in "".join(one)
    mentor, mentee = (f"Pair pair-1: {who}, " for who in ("Amara Okafor, the mentor", "Tom Hughes, the mentee"))
    assert mentor in two[0]
    assert mentee in two[0]
    assert two[0].count("no answer to the last 2 check-ins") == 2


def test_a_wish_to_talk_is_in_the_digest_and_in_nobody_elses_mail() -> None:
    async def story() -> tuple[World, int]:
        world = World()
        mentor, _ = await confirmed(world)
        await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
        link = token(world.letters(AMARA, "Meeting 1")[0], "checkins")
        mails = len(world.mailbox.sent)
        private = CheckInAnswer(met=True, met_on=None, rating=2, note="Something is wrong.", wants_to_talk=True)
        await world.app.checkins.answer(link, private)
        await world.later(minutes=5)
        assert len(world.mailbox.sent) == mails
        await world.app.tick.daily()
        await world.run()
        assert mentor in world.letters(ADMINISTRATORS, "act on today")[0].html
        await daily_until(world, datetime(2026, 12, 1, tzinfo=UTC))
        return world, mails

    world, _ = asyncio.run(story())

    digest = world.letters(ADMINISTRATORS, "act on today")[0].html
    assert "People who would like to talk to someone" in digest
    row = next(row for row in world.rows(TableName.CHECK_INS) if row.get("WantsToTalk"))
    assert f"CheckIns, row {row['RowKey']}. Set its WantsToTalk to false when it is done." in digest
    assert "Amara" not in digest
    assert not [m for m in world.mailbox.sent if "Something is wrong" in m.html]


async def test_an_ended_pair_gets_no_more_mail() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await daily_until(world, datetime(2026, 5, 1, tzinfo=UTC))
    await pair_row(world, mentor, mentee, Status="Ended")
    await daily_until(world, datetime(2026, 12, 1, tzinfo=UTC))

    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["introduction"]


def test_an_ended_pair_is_no_longer_called_quiet() -> None:
    async def story() -> list[str]:
        world = World()
        mentor, mentee = await confirmed(world)
        await daily_until(world, datetime(2026, 7, 5, tzinfo=UTC))
        await pair_row(world, mentor, mentee, Status="ended")
        await world.later(minutes=5)
        await world.app.tick.daily()
        await world.run()
        return mails_to(world, ADMINISTRATORS)

    assert asyncio.run(story()) == ["closing summary"]


async def test_somebody_who_withdraws_ends_the_mails_of_both() -> None:
    world = World()
    await confirmed(world)
    await daily_until(world, datetime(2026, 5, 1, tzinfo=UTC))
    await world.app.own_pages.withdraw(own_link(world, TOM))
    await daily_until(world, datetime(2026, 7, 5, tzinfo=UTC))

    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["introduction"]


async def test_two_people_who_are_paired_again_in_another_row_are_introduced_and_asked() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await pair_row(world, mentor, mentee, Status="ended")
    await world.later(minutes=5)
    await pair_row(world, mentor, mentee, RowKey="pair-2")
    await world.later(minutes=5)
    await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))

    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["check-in", "introduction"]


async def test_a_proposed_pair_tells_nobody_until_it_is_confirmed() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await pair_row(world, mentor, mentee, Status="proposed")
    await world.tick(datetime(2026, 4, 21, 9, 0, tzinfo=UTC))
    assert pair_mails(world, AMARA) == []
    await pair_row(world, mentor, mentee, Status="confirmed")
    await world.later(minutes=5)

    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["introduction"]


def test_a_moved_start_day_moves_introduction_and_check_ins() -> None:
    async def story() -> World:
        world = World()
        mentor, mentee = await confirmed(world)
        await pair_row(world, mentor, mentee, StartDate="2026-05-04")
        await daily_until(world, datetime(2026, 5, 3, 12, 0, tzinfo=UTC))
        assert pair_mails(world, AMARA) == []
        await daily_until(world, datetime(2026, 6, 3, 12, 0, tzinfo=UTC))
        assert pair_mails(world, AMARA) == ["introduction"]
        await daily_until(world, datetime(2026, 6, 4, 12, 0, tzinfo=UTC))
        return world

    assert pair_mails(asyncio.run(story()), AMARA) == ["check-in", "introduction"]


async def test_check_ins_missed_by_an_outage_are_made_good_once() -> None:
    world = World()
    await confirmed(world)
    await world.tick(datetime(2026, 4, 20, 8, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 5, 22, 8, 0, tzinfo=UTC))
    for _ in range(3):
        await world.later(minutes=5)

    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["check-in", "introduction"]


@pytest.mark.parametrize(
    "changes",
    [
        {
            "Mentor": " {mentor_lower} ",
            "Mentee": "{mentee_spaced}",
            "Status": " Confirmed ",
            "StartDate": " 2026-04-20 ",
        },
        {"StartDate": datetime(2026, 4, 20, tzinfo=UTC)},
        {"StartDate": "2026-04-20T00:00:00Z"},
    ],
)
async def test_a_row_is_understood_however_it_is_typed(changes: dict[str, Cell]) -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    words = {"mentor_lower": mentor.lower(), "mentee_spaced": mentee.replace("-", " ")}
    typed = {k: v.format(**words) if isinstance(v, str) else v for k, v in changes.items()}
    await pair_row(world, mentor, mentee, **typed)
    await world.tick(datetime(2026, 4, 20, 8, 0, tzinfo=UTC))

    assert world.row(TableName.PAIRS)["Remark"] == ""
    assert pair_mails(world, AMARA) == pair_mails(world, TOM) == ["introduction"]


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"Mentor": "somebody"}, "Mentor is not a reference. Copy the RowKey of the mentor's application."),
        ({"Mentee": ""}, "Mentee is not a reference. Copy the RowKey of the mentee's application."),
        ({"Mentor": "000-000-000-0"}, "Mentor: there is no application with this reference in this programme."),
        ({"Mentor": "{mentee}"}, "Mentor: this application is not for the role of mentor."),
        ({"StartDate": "20 April"}, "StartDate is not a date. Type it like 2026-04-20."),
        ({"StartDate": ""}, "StartDate is not a date. Type it like 2026-04-20."),
        ({"StartDate": "9999-12-31"}, "StartDate is in the year 9999. Check the year."),
        ({"StartDate": "0001-04-20"}, "StartDate is in the year 1. Check the year."),
        (
            {"StartDate": "2025-04-20"},
            (
                "StartDate is Sunday 20 April 2025, long before applications opened on Monday 2 February 2026. "
                "Check the year."
            ),
        ),
        ({"Status": "maybe"}, "Status is none of: draft, proposed, forbidden, offered, confirmed, declined, ended."),
        ({"PartitionKey": "llr"}, "PartitionKey is not a programme. Use the programme's id, as in Programmes."),
    ],
)
async def test_a_row_that_makes_no_sense_says_so_and_tells_nobody(changes: dict[str, str], remark: str) -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await pair_row(world, mentor, mentee, **{k: v.format(mentee=mentee) for k, v in changes.items()})
    await world.tick(datetime(2026, 4, 20, 8, 0, tzinfo=UTC))

    assert world.row(TableName.PAIRS)["Remark"] == remark
    assert pair_mails(world, AMARA) == []


async def test_a_start_in_another_year_moves_no_check_in_calls_nobody_silent_and_is_made_good_once_mended() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await daily_until(world, datetime(2026, 5, 12, tzinfo=UTC))
    before = [row["DueAt"] for row in world.rows(TableName.CHECK_INS)]
    await pair_row(world, mentor, mentee, StartDate="2062-04-20")
    await daily_until(world, datetime(2026, 5, 22, tzinfo=UTC))
    assert "Check the year" in str(world.row(TableName.PAIRS)["Remark"])
    assert [row["DueAt"] for row in world.rows(TableName.CHECK_INS)] == before
    await pair_row(world, mentor, mentee)
    await world.later(minutes=5)

    assert {row["Status"] for row in world.rows(TableName.CHECK_INS)} == {"Expected"}
    assert pair_mails(world, AMARA) == ["check-in", "introduction"]


async def test_a_pair_that_ends_may_whenever_it_began() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await pair_row(world, mentor, mentee, StartDate="2025-04-20", Status="ended")
    await world.later(minutes=5)

    assert world.row(TableName.PAIRS)["Remark"] == ""
    assert world.application(Email=AMARA)["NextStep"] == "Enrolled; ready to be matched"


async def test_a_mistyped_application_stops_its_own_pair_and_neither_the_other_pairs_nor_the_mail() -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk"))
    await manager_says(world, "priya.shah@example.nhs.uk")
    sam = str(world.application(Email="sam@example.nhs.uk")["RowKey"])
    await world.type_in(TableName.APPLICATIONS, {"PartitionKey": PROGRAMME, "RowKey": mentor, "Status": "aproved"})
    await pair_row(world, mentor, mentee)
    await pair_row(world, sam, mentee, RowKey="pair-2")
    await world.tick(datetime(2026, 4, 20, 8, 0, tzinfo=UTC))
    remark = str(world.row(TableName.PAIRS, RowKey="pair-1")["Remark"])
    assert pair_mails(world, "sam@example.nhs.uk") == pair_mails(world, TOM) == ["introduction"]
    await world.type_in(TableName.APPLICATIONS, {"PartitionKey": PROGRAMME, "RowKey": mentor, "Status": "Approved"})
    await pair_row(world, mentor, mentee, Overruled="second pair")
    await world.later(minutes=5)

    assert remark == (
        f"Mentor: Applications, row {world.application(Email=AMARA)['RowKey']}: column Status cannot be read. "
        "Put back what stood there."
    )
    assert world.row(TableName.PAIRS, RowKey="pair-1")["Remark"] == ""
    assert pair_mails(world, AMARA) == ["introduction"]


async def test_a_row_on_which_the_program_fails_says_so_and_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    checkin = str(world.row(TableName.CHECK_INS, Meeting=1, Role="mentor")["RowKey"])
    await world.type_in(TableName.CHECK_INS, {"PartitionKey": PROGRAMME, "RowKey": checkin, "Status": "done"})
    await pair_row(world, mentor, mentee, StartDate="2026-04-21")
    await world.later(minutes=5)
    remark = str(world.row(TableName.PAIRS)["Remark"])
    await world.type_in(TableName.CHECK_INS, {"PartitionKey": PROGRAMME, "RowKey": checkin, "Status": "Expected"})
    await world.later(minutes=5)

    assert remark.startswith("This row could not be worked on. Check StartDate, and look in Applications and CheckIns")
    assert "is looked at again in the next tick: CheckIns, row" in caplog.text
    assert world.row(TableName.PAIRS)["Remark"] == ""
    assert world.row(TableName.CHECK_INS, Meeting=1, Role="mentor")["DueAt"] == datetime(2026, 5, 21, 8, 0, tzinfo=UTC)


def test_people_who_are_not_approved_are_no_pair_yet_and_are_once_they_are() -> None:
    async def story() -> tuple[World, str]:
        world = World()
        _, mentee = await approved_pair(world)
        await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk"))
        sam = str(world.application(Email="sam@example.nhs.uk")["RowKey"])
        await pair_row(world, sam, mentee)
        await world.later(minutes=5)
        return world, str(world.row(TableName.PAIRS)["Remark"])

    _, remark = asyncio.run(story())

    assert remark == "Mentor: this application is not approved; its status is 'Awaiting manager'."


def test_a_refused_pair_is_taken_up_by_itself_once_its_people_are_approved() -> None:
    async def story() -> World:
        world = World()
        _, mentee = await approved_pair(world)
        await world.submit(answers(full_name="Sam Lee", email="sam@example.nhs.uk", manager_email="b@example.nhs.uk"))
        await pair_row(world, str(world.application(Email="sam@example.nhs.uk")["RowKey"]), mentee)
        await world.later(minutes=5)
        await manager_says(world, "b@example.nhs.uk")
        await world.tick(datetime(2026, 4, 20, 8, 0, tzinfo=UTC))
        return world

    assert pair_mails(asyncio.run(story()), TOM) == ["introduction"]


def test_an_erased_persons_words_in_check_ins_are_erased_too() -> None:
    async def story() -> World:
        world = World()
        mentor, _ = await confirmed(world)
        await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
        link = token(world.letters(AMARA, "Meeting 1")[0], "checkins")
        await world.app.checkins.answer(link, ANSWER)
        await command(world, "erase", mentor)
        return world

    assert "We talked about work." not in str(asyncio.run(story()).rows(TableName.CHECK_INS))


@pytest.mark.parametrize(
    ("start", "meeting", "due"),
    [
        ("2026-01-29", "Meeting 2", datetime(2026, 3, 30, 8, 0, tzinfo=UTC)),
        ("2026-04-25", "Meeting 6", datetime(2026, 10, 26, 9, 0, tzinfo=UTC)),
    ],
    ids=["clocks go forward", "clocks go back"],
)
async def test_a_check_in_of_the_sunday_the_clocks_change_goes_at_nine_on_monday_once(
    start: str, meeting: str, due: datetime
) -> None:
    world = World()
    mentor, mentee = await approved_pair(world)
    await pair_row(world, mentor, mentee, StartDate=start, Overruled="start date")
    await daily_until(world, due - timedelta(hours=12))
    world.mailbox.items.clear()
    sent: list[datetime] = []
    world.clock.set(due - timedelta(hours=9))
    while world.clock.now() < due + timedelta(hours=6):
        await world.later(minutes=20)
        arrived = len(world.letters(AMARA, meeting))
        sent += [world.clock.now()] * (arrived - len(sent))

    assert sent == [due]
    assert len(world.letters(TOM, meeting)) == 1


async def test_a_clock_that_jumps_back_and_forth_repeats_nothing() -> None:
    world = World()
    await confirmed(world)
    await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
    before = sorted(letter.subject for letter in world.mailbox.sent)
    now = world.clock.now()
    for hours in (-50, 1, -1, 0):
        await world.tick(now + timedelta(hours=hours))
    after = sorted(letter.subject for letter in world.mailbox.sent)

    assert before == after


def test_a_session_that_moves_to_a_later_day_keeps_the_link_to_a_check_in_alive() -> None:
    async def story() -> list[bool]:
        world = World()
        await confirmed(world)
        await daily_until(world, datetime(2026, 5, 21, 9, 0, tzinfo=UTC))
        link = token(world.letters(AMARA, "meeting 1")[0], "checkins")
        opens = [await world.app.checkins.view(link) is not None]
        world.clock.set(datetime(2027, 4, 1, 9, 0, tzinfo=UTC))
        opens.append(await world.app.checkins.view(link) is not None)
        later = {"StartsAt": datetime(2027, 4, 2, 9, 0, tzinfo=UTC), "EndsAt": datetime(2027, 4, 2, 11, 0, tzinfo=UTC)}
        key = {"PartitionKey": PROGRAMME, "RowKey": "celebration-1", "Status": "confirmed"}
        await world.type_in(TableName.SESSIONS, {**key, **later})
        opens.append(await world.app.checkins.view(link) is not None)
        return opens

    assert asyncio.run(story()) == [True, False, True]


def days_of(world: World, mail: str) -> list[date]:
    """The days on which the mails left whose name ends so: 'check-in.1.mentor'."""
    rows = [row for row in world.rows(TableName.MESSAGES) if str(row["RowKey"]).endswith(f".{mail}")]
    return sorted(at.date() for row in rows if isinstance(at := row.get("SentAt"), datetime))


async def test_a_check_in_waits_a_day_for_the_reminder_of_a_session() -> None:
    world = World()
    mentor, mentee_ = await approved_pair(world)
    world.clock.set(datetime(2026, 4, 13, 12, 0, tzinfo=UTC))
    await pair_row(world, mentor, mentee_, StartDate="2026-04-28")
    await daily_until(world, datetime(2026, 7, 30, 12, 0, tzinfo=UTC))

    assert "session tomorrow" in mails_to(world, TOM)
    assert days_of(world, "check-in.3.mentor") == [date(2026, 7, 28)]
    assert days_of(world, "check-in.3.mentee") == [date(2026, 7, 29)]


async def test_whoever_has_two_partners_is_asked_about_the_second_on_the_next_day() -> None:
    world = World()
    mentor, mentee_ = await approved_pair(world)
    await world.submit(mentee(full_name="Sam Reed", email=SAM))
    await manager_says(world, GRACE)
    second = str(world.application(Email=SAM)["RowKey"])
    world.clock.set(datetime(2026, 4, 13, 12, 0, tzinfo=UTC))
    await pair_row(world, mentor, mentee_)
    await world.tick()
    await pair_row(world, mentor, second, RowKey="pair-2", Overruled="second pair")
    await daily_until(world, datetime(2026, 5, 29, tzinfo=UTC))

    assert days_of(world, "check-in.1.mentor") == [date(2026, 5, 20), date(2026, 5, 21)]
    assert days_of(world, "check-in.1.mentee") == [date(2026, 5, 20)] * 2
    assert days_of(world, "check-in-nudge.1.mentor") == [date(2026, 5, 26), date(2026, 5, 27)]


async def test_the_own_page_shows_the_check_in_that_waits_and_when_the_next_one_comes() -> None:
    world = World()
    await confirmed(world)
    await daily_until(world, datetime(2026, 5, 21, tzinfo=UTC))
    found = await world.app.own_pages.behind(own_link(world, AMARA))
    assert found is not None
    waiting, coming = await world.app.checkins.of_person(*found)
    await world.app.checkins.answer(waiting.address.rpartition("/")[2], ANSWER)
    (still,) = await world.app.checkins.of_person(*found)

    assert (waiting.partner, waiting.meeting, waiting.meetings) == ("Tom Hughes", 1, 6)
    assert waiting.address.startswith("/checkins/")
    assert (coming.meeting, coming.address, coming.day) == (2, "", "Monday 22 June 2026")
    assert still == coming
