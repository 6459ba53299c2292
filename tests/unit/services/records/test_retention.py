"""What is held too long goes at night, after administrators were told; until then it is only reported."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, approved_pair, command, manager_says
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, mentee

AUGUST = datetime(2026, 8, 3, 7, 0, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 16, 7, 0, tzinfo=UTC)  # 180 days after the managers' last day
MARCH = datetime(2027, 3, 15, 7, 0, tzinfo=UTC)  # 90 days after the end
END = datetime(2028, 12, 14, 7, 0, tzinfo=UTC)  # two years after the end
LAST = datetime(2032, 12, 13, 7, 0, tzinfo=UTC)  # six years after the end
ANNA = "anna.lee@example.nhs.uk"


async def night(world: World, at: datetime) -> None:
    world.clock.set(at)
    await world.tick()
    await world.app.tick.daily()
    await world.run()
    world.clock.advance(timedelta(minutes=1))
    await world.run()


async def closed() -> World:
    """A pair who take part, and Anna, whose manager never answered."""
    world = World()
    await approved_pair(world)
    anna = answers(full_name="Anna Lee", email=ANNA, manager_email="lou.may@example.nhs.uk", manager_name="Lou May")
    await world.submit(anna)
    await world.tick(datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    return world


def held(world: World) -> str:
    bodies = [str(body.data) for body in world.bodies.kept.values()]
    return "\n".join([*(str(world.rows(name)) for name in TableName), *bodies]).lower()


def notices(world: World) -> list[str]:
    return [letter.html for letter in world.letters(ADMINISTRATORS, "will be deleted soon")]


async def test_administrators_hear_first_and_two_weeks_later_it_goes() -> None:
    world = await closed()
    there = []
    for at in (AUGUST, SEPTEMBER - timedelta(days=1), SEPTEMBER):
        await night(world, at)
        there.append("anna" in held(world))

    assert there == [True, True, False]
    (august, september) = notices(world)
    assert "Applications of people who do not take part: 1 person, from Wednesday 16 September 2026" in august
    assert "KeepUntil" in august
    assert "lou" not in held(world)
    assert "anna" not in september
    assert sorted(str(row["Status"]) for row in world.rows(TableName.APPLICATIONS)) == [
        "Approved",
        "Approved",
        "Erased",
    ]
    assert {"What": "kept no longer", "Who": "the clock"}.items() <= world.rows(TableName.AUDIT)[-1].items()
    assert world.tombstones.kept == {}


async def test_without_two_weeks_notice_nothing_goes() -> None:
    world = await closed()
    there = []
    for days in (0, 1, 13, 15):
        await night(world, SEPTEMBER + timedelta(days=days))
        there.append("anna" in held(world))
    told = notices(world)

    assert there == [True, True, True, False]
    assert len(told) == 1


def test_a_notice_that_could_not_be_sent_is_no_notice() -> None:
    async def story() -> bool:
        world = await closed()
        await night(world, AUGUST)
        row = world.row(TableName.MESSAGES, Kind="retention notice")
        await world.type_in(TableName.MESSAGES, {**row, "Status": "Parked"})
        await night(world, datetime(2026, 8, 30, 7, 0, tzinfo=UTC))
        await night(world, datetime(2026, 9, 10, 7, 0, tzinfo=UTC))
        return "anna" in held(world)

    assert asyncio.run(story())


@pytest.mark.parametrize(
    ("typed", "stays"),
    [
        ("2026-12-31", True),
        (datetime(2026, 12, 31, tzinfo=UTC), True),
        ("as long as we like", True),
        ("2026-09-15", False),
        ("", False),
    ],
)
def test_keep_until_stops_it(typed: Cell, stays: bool) -> None:
    async def story() -> bool:
        world = await closed()
        await world.type_in(TableName.PROGRAMMES, {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "KeepUntil": typed})
        await night(world, AUGUST)
        await night(world, SEPTEMBER)
        return "anna" in held(world)

    assert asyncio.run(story()) is stays


async def test_the_report_says_what_would_go_and_deletes_nothing() -> None:
    world = await closed()
    results = []
    for key, at in (("a", AUGUST - timedelta(days=40)), ("b", AUGUST), ("c", SEPTEMBER)):
        world.clock.set(at)
        results.append(await command(world, "Retention report", "", key=key))
    (early, august, september), everything = results, held(world)

    assert early == (f"Done: {PROGRAMME}: due now: nothing; until Friday 31 July 2026: nothing. Nothing was deleted.")
    assert "due now: nothing; until Wednesday 30 September 2026: applications of people who do not" in august
    assert "due now: applications of people who do not take part: 1 person, from Wednesday 16 September" in september
    assert "(waits: no notice of it is two weeks old)" in september
    assert "anna" in everything


async def test_what_participants_told_goes_before_the_rest_of_them() -> None:
    world = await closed()
    told, bodies = [], []
    for at in (AUGUST, SEPTEMBER, MARCH - timedelta(days=20), MARCH, MARCH + timedelta(days=1)):
        await night(world, at)
        told.append(len(world.rows(TableName.LIVED_EXPERIENCE)))
        bodies.append(len(world.bodies.kept))

    assert told == [3, 2, 2, 0, 0]
    assert bodies == [3, 2, 2, 0, 0]
    assert {row["Email"] for row in world.rows(TableName.APPLICATIONS)} >= {AMARA}
    assert len(notices(world)) == 2  # in August and in February: what is done is not announced again


async def test_two_years_after_the_end_nobody_is_known_and_after_six_nothing_is_there() -> None:
    world = await closed()
    for at in (AUGUST, SEPTEMBER, MARCH - timedelta(days=20), MARCH, END - timedelta(days=20), END):
        await night(world, at)
    nobody = held(world).replace("tomorrow", "")  # a kind of mail, and no Tom
    await night(world, LAST - timedelta(days=20))
    await night(world, LAST)
    left = {name.value: len(world.rows(name)) for name in TableName if world.rows(name)}

    assert [word for word in ("amara", "okafor", "tom", "hughes", "grace", "priya") if word in nobody] == []
    # What is there belongs to the account; a message and its job are the notice of this very month.
    assert set(left) <= {"Programmes", "Sessions", "Mailboxes", "Upkeep", "Alarms", "Messages", "Audit"}
    assert left.get("Messages", 0) <= 2


def test_it_goes_on_where_it_was_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.services.records.retention._AT_ONCE", 1)

    async def story() -> list[int]:
        world = await closed()
        for number in range(4):
            await world.submit(answers(email=f"late.{number}@example.nhs.uk", full_name="Late"))
        await night(world, AUGUST)
        world.clock.set(SEPTEMBER)
        forget, done = world.app.tick._nightly._retention._eraser.forget, 0

        async def dying(*arguments: object) -> None:
            nonlocal done
            if done == 2:
                raise SystemExit
            done += 1
            await forget(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(world.app.tick._nightly._retention._eraser, "forget", dying)
        with pytest.raises(SystemExit):
            await world.app.tick._nightly._retention.further(seconds=60)
        left = [sum(row["Status"] == "Erased" for row in world.rows(TableName.APPLICATIONS))]
        monkeypatch.setattr(world.app.tick._nightly._retention._eraser, "forget", forget)
        assert not await world.app.tick._nightly._retention.further(seconds=0)
        assert await world.app.tick._nightly._retention.further(seconds=60)
        return [*left, sum(row["Status"] == "Erased" for row in world.rows(TableName.APPLICATIONS))]

    assert asyncio.run(story()) == [2, 5]


async def test_people_who_gave_other_peoples_names_do_not_keep_them() -> None:
    """A line manager is named in an application alone, and goes with it."""

    world = World()
    await world.tick()
    await world.submit()
    await world.submit(mentee())
    await manager_says(world, GRACE)
    await world.tick(datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
    await night(world, AUGUST)
    await night(world, SEPTEMBER)

    assert PRIYA.email not in held(world)
    assert GRACE in held(world)
