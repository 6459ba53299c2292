"""The end of the programme for one person: a certificate by the file's rule, and wishes that outlast the cohort."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.domain.pairs import CheckInAnswer
from shared.stores.names import TableName
from tests.factories import AMARA, TOM, command, own_link
from tests.unit.functions.test_people import own
from tests.unit.services.pairs.test_checkins import confirmed, daily_until
from tests.world import World, token

MET = CheckInAnswer(met=True, met_on=date(2026, 5, 18), rating=4, note="Private words", wants_to_talk=False)
LAST_DAY = datetime(2026, 10, 20, 9, tzinfo=UTC)


async def at_the_end(meetings: int = 4) -> World:
    """A pair of whom the mentor answered so many check-ins, on the day six months after it started."""
    world = World()
    await confirmed(world)
    for number in range(1, meetings + 1):
        await daily_until(world, datetime(2026, 4 + number, 24, tzinfo=UTC))
        await world.app.checkins.answer(token(world.letters(AMARA, f"Meeting {number}")[-1], "checkins"), MET)
    world.clock.set(LAST_DAY)
    return world


def earlier(world: World) -> list[dict[str, Any]]:
    return world.rows(TableName.EARLIER_PARTICIPANTS)


async def test_a_certificate_is_for_who_was_trained_and_met_often_enough_and_names_a_role_only_if_asked() -> None:
    world = await at_the_end()
    page = await world.app.endings.page(own_link(world, AMARA))
    plain, with_role = [
        await world.app.endings.certificate(own_link(world, AMARA), with_role=with_role) for with_role in (False, True)
    ]
    # One of the two says that they met; both did.
    partner = await world.app.endings.certificate(own_link(world, TOM), with_role=False)

    assert page is not None
    assert page.no_certificate == ""
    assert plain is not None
    assert with_role is not None
    assert partner is not None
    assert (plain.name, plain.role, plain.meetings, plain.day) == (
        "Amara Okafor",
        "",
        "4 mentoring meetings",
        "Tuesday 20 October 2026",
    )
    assert with_role.role == "reverse mentor"
    html = world.app.renderer.report("certificate", {"certificate": plain})
    assert "mentor" not in html.replace("mentoring", "").replace("Mentoring", "")
    assert "Amara Okafor" in html


async def test_who_met_too_seldom_is_told_why_and_before_the_end_there_is_no_such_page() -> None:
    world = await at_the_end(3)
    page = await world.app.endings.page(own_link(world, AMARA))
    none = await world.app.endings.certificate(own_link(world, AMARA), with_role=False)
    world.clock.set(datetime(2026, 10, 19, 9, tzinfo=UTC))

    assert page is not None
    assert page.no_certificate == "A certificate needs 4 meetings, and your check-ins tell us of 3."
    assert none is None
    assert await world.app.endings.page(own_link(world, AMARA)) is None
    assert await world.app.endings.wish(own_link(world, AMARA), ["again"]) is None
    assert earlier(world) == []


async def test_a_wish_is_kept_without_anything_that_was_told_and_who_unticks_it_is_forgotten() -> None:
    world = await at_the_end()
    saved = await world.app.endings.wish(own_link(world, AMARA), ["speak", "again", "nonsense"])
    again = await world.app.endings.wish(own_link(world, AMARA), ["speak", "again"])
    (row,) = earlier(world)
    after = await world.app.endings.wish(own_link(world, AMARA), [])

    assert saved is not None
    assert saved == again
    assert saved.wishes == ("again", "speak")
    assert (row["Email"], row["Wishes"], row["KeepUntil"]) == (
        AMARA,
        "take part again, speak at a training",
        "2028-10-19",
    )
    assert "race" not in str(row).lower()
    assert after is not None
    assert after.wishes == ()
    assert earlier(world) == []


async def test_who_is_erased_leaves_no_wish() -> None:
    world = await at_the_end()
    await world.app.endings.wish(own_link(world, AMARA), ["tell"])
    reference = str(world.application(Email=AMARA)["RowKey"])

    assert (await command(world, "erase", reference)).startswith("Done")
    assert earlier(world) == []


def thanked(world: World, email: str) -> list[str]:
    sent = (letter for letter in world.mailbox.sent if letter.to == (email,))
    return [letter.html for letter in sent if "Thank you for taking part" in letter.subject]


async def test_both_are_thanked_once_the_day_after_all_is_over_for_them_with_the_way_to_what_comes_next() -> None:
    world = await at_the_end()
    # The mentee is booked in an evaluation session on Monday 30 November; the mentor's meetings end on 20 October.
    for day in (datetime(2026, 10, 20, 9, tzinfo=UTC), datetime(2026, 10, 21, 9, tzinfo=UTC)):
        await world.tick(day)
    assert (len(thanked(world, AMARA)), len(thanked(world, TOM))) == (1, 0)
    for day in (datetime(2026, 11, 30, 16, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)):
        await world.tick(day)
    await world.tick(datetime(2026, 12, 20, 9, tzinfo=UTC))

    assert (len(thanked(world, AMARA)), len(thanked(world, TOM))) == (1, 1)
    (mail,) = thanked(world, TOM)
    link = own_link(world, TOM)
    assert f"/me/{link}?step=end" in mail
    page = await own(world, link, step="end")
    assert "Thank you for taking part" in page.get_body().decode()
    saved = await own(world, link, action="wishes", wish="again")
    again = await own(world, link, action="wishes", wish="again")
    assert "We have kept what you would like." in saved.get_body().decode()
    assert "We have kept what you would like." in again.get_body().decode()
    assert [row["Email"] for row in earlier(world)] == [TOM]


async def test_who_was_told_that_there_is_no_partner_or_was_in_no_pair_is_not_thanked() -> None:
    world = World()
    await confirmed(world)
    mentee = str(world.application(Email=TOM)["RowKey"])
    await world.type_in(TableName.PAIRS, {**world.rows(TableName.PAIRS)[0], "Status": "ended"})
    await world.tick(datetime(2026, 5, 20, 9, tzinfo=UTC))
    assert (await command(world, "no partner this time", mentee)).startswith("Done")
    for day in (datetime(2026, 10, 21, 9, tzinfo=UTC), datetime(2026, 12, 1, 10, tzinfo=UTC)):
        await world.tick(day)

    # The other one met somebody, and had an end.
    assert (len(thanked(world, AMARA)), len(thanked(world, TOM))) == (1, 0)


@pytest.mark.parametrize(("role", "named"), [("", False), ("yes", True)])
async def test_the_page_hands_the_certificate_over_as_a_file(role: str, named: bool) -> None:
    world = await at_the_end()
    answer = await own(world, own_link(world, AMARA), action="certificate", **({"role": role} if role else {}))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="certificate.html"'
    assert ("as a reverse mentor" in answer.get_body().decode()) is named
