"""Mails at the moments where silence hurts: a pair that ends, the last meeting, no partner yet, a session tomorrow."""

from datetime import UTC, datetime, timedelta

from shared.domain.pairs import CheckInAnswer
from shared.domain.programme import InvitationPolicy
from shared.stores.names import TableName
from tests.factories import AMARA, TOM, approved_pair, mails_to, own_link
from tests.world import PROGRAMME, World, cohort_7, token

FINE = CheckInAnswer(met=True, met_on=None, rating=5, note="", wants_to_talk=False)


async def paired(world: World, **columns: str) -> None:
    mentor, mentee = await approved_pair(world)
    world.clock.set(datetime(2026, 4, 13, 12, 0, tzinfo=UTC))
    row = {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "Mentor": mentor, "Mentee": mentee}
    await world.type_in(TableName.PAIRS, {**row, "StartDate": "2026-04-20", "Status": "confirmed", **columns})
    await world.tick()


async def daily(world: World, until: datetime) -> None:
    while world.clock.now() < until:
        await world.tick(min(until, world.clock.now().replace(hour=8, minute=30) + timedelta(days=1)))


def sent(world: World, to: str, kind: str) -> int:
    return mails_to(world, to).count(kind)


async def test_both_hear_once_that_their_pair_has_ended_and_not_if_they_never_met() -> None:
    told, never = World(), World()
    await paired(told)
    await daily(told, datetime(2026, 5, 4, tzinfo=UTC))
    await paired(never)
    for world in (told, never):
        await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "Status": "ended"})
        for _ in range(3):
            await world.later(minutes=5)

    assert [sent(told, to, "pair ended") for to in (AMARA, TOM)] == [1, 1]
    assert [sent(never, to, "pair ended") for to in (AMARA, TOM)] == [0, 0]


async def test_whose_partner_withdrew_hears_that_and_not_also_that_the_pair_has_ended() -> None:
    world = World()
    await paired(world)
    await daily(world, datetime(2026, 5, 4, tzinfo=UTC))
    await world.app.own_pages.withdraw(own_link(world, TOM))
    await world.later(minutes=5)
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "Status": "ended"})
    for _ in range(3):
        await world.later(minutes=5)

    assert (sent(world, AMARA, "partner left"), sent(world, AMARA, "pair ended")) == (1, 0)


async def test_whoever_tells_of_the_last_meeting_is_thanked_once_and_told_what_comes() -> None:
    world = World()
    await paired(world)
    await daily(world, datetime(2026, 10, 22, tzinfo=UTC))
    for meeting in range(1, 7):
        link = token(world.letters(AMARA, f"Meeting {meeting}")[0], "checkins")
        assert await world.app.checkins.answer(link, FINE)
        await world.later(minutes=5)
    await daily(world, datetime(2026, 11, 10, tzinfo=UTC))

    (letter,) = world.letters(AMARA, "are done")
    assert "Celebration" in letter.html
    assert sent(world, TOM, "meetings done") == 0


async def test_who_waits_for_a_partner_hears_after_the_training_and_then_monthly() -> None:
    world = World()
    await approved_pair(world)
    await daily(world, datetime(2026, 4, 8, tzinfo=UTC))
    before = sent(world, AMARA, "no partner yet")
    await daily(world, datetime(2026, 6, 11, 12, 0, tzinfo=UTC))
    waited = [sent(world, to, "no partner yet") for to in (AMARA, TOM)]
    await paired(world)
    world.clock.set(datetime(2026, 6, 11, 12, 0, tzinfo=UTC))
    await daily(world, datetime(2026, 7, 30, tzinfo=UTC))

    assert before == 0
    assert waited == [3, 3]
    assert [sent(world, to, "no partner yet") for to in (AMARA, TOM)] == waited


async def test_a_mail_that_an_outage_kept_back_waits_for_a_working_day() -> None:
    world = World()
    await approved_pair(world)
    await world.tick(datetime(2026, 4, 8, 9, 0, tzinfo=UTC))
    found = []
    for day, hour in ((11, 10), (13, 4), (13, 9)):
        await world.tick(datetime(2026, 4, day, hour, tzinfo=UTC))
        found.append(sent(world, AMARA, "no partner yet"))

    assert found == [0, 0, 1]


async def test_a_session_is_recalled_on_the_working_day_before_and_not_to_who_declined() -> None:
    world, without = (
        World(),
        World(programme=cohort_7().model_copy(update={"invitations": InvitationPolicy(reminder=False)})),
    )
    for each in (world, without):
        await approved_pair(each)
        row = each.row(TableName.BOOKINGS, Email=TOM, Session="mentee-training-1")
        await each.type_in(TableName.BOOKINGS, {**row, "Response": "declined"})
        await each.tick(datetime(2026, 3, 25, 8, 30, tzinfo=UTC))
    early = sent(world, AMARA, "session tomorrow")
    for each in (world, without):
        await each.tick(datetime(2026, 3, 25, 9, 5, tzinfo=UTC))
        await daily(each, datetime(2026, 3, 30, tzinfo=UTC))

    assert (early, sent(world, AMARA, "session tomorrow"), sent(world, TOM, "session tomorrow")) == (0, 1, 0)
    assert "Thursday 26 March 2026, 9:30am" in world.letters(AMARA, "On Thursday 26 March")[0].html
    assert sent(without, AMARA, "session tomorrow") == 0
