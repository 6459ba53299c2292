"""What the daily digest says, and that one mistyped cell keeps nobody from reading the rest."""

import asyncio
import logging
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.domain.programme import SessionStatus
from shared.ports import Cell, Letter
from shared.services.base.programmes import Current
from shared.services.schedule.digest import Digest
from shared.stores.applications import Applications
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, approved_pair, command, mails_to, manager_says, own_link, with_session
from tests.unit.services.pairs.test_checkins import confirmed, daily_until, pair_row
from tests.world import ADMINISTRATORS, PROGRAMME, World, answers, cohort_7

NEEDS_DECISION = answers(email="sam@example.nhs.uk", area="northamptonshire", sector="other_healthcare")
# Without the session that the file holds back, of which every first digest tells.
UNTROUBLED = with_session(cohort_7(), "peer-4", status=SessionStatus.CANCELLED, held_back="")
ANOTHER = UNTROUBLED.model_copy(update={"id": "another-2027", "name": "Another Programme"})


async def digest(world: World) -> str:
    """What today's digest says, '' if there is none."""
    before = len(world.letters(ADMINISTRATORS, "act on today"))
    await world.app.tick.daily()
    await world.run()
    letters: list[Letter] = world.letters(ADMINISTRATORS, "act on today")[before:]
    return " ".join(letter.html for letter in letters)


async def on(world: World, day: date) -> str:
    """What the digest of a day says, at the hour of the daily run, after a tick. The night's other work is left out."""
    await world.tick(datetime(day.year, day.month, day.day, 7, tzinfo=UTC))
    before = len(world.letters(ADMINISTRATORS, "act on today"))
    await world.app.tick._digests.post()
    await world.run()
    said = " ".join(letter.html for letter in world.letters(ADMINISTRATORS, "act on today")[before:])
    return said.replace("\u2060", "")


async def mistype(world: World, table: TableName, column: str, word: Cell) -> str:
    """Have an administrator type a word of their own into the first row of a table; returns its key."""
    key = str(world.rows(table)[0]["RowKey"])
    await world.type_in(table, {"PartitionKey": PROGRAMME, "RowKey": key, column: word})
    return key


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (TableName.APPLICATIONS, "aproved"),
        (TableName.BOOKINGS, "canceled"),
        (TableName.CHECK_INS, "done"),
    ],
)
async def test_a_row_that_cannot_be_read_is_named_and_the_rest_of_the_digest_is_there(
    table: TableName, word: str
) -> None:
    world = World()
    await confirmed(world)
    await world.submit(NEEDS_DECISION)
    key, said = await mistype(world, table, "Status", word), await digest(world)

    row = f"{table}, row {key}: column Status cannot be read. Put back what stood there"
    assert row in said.replace("\u2060", "")
    assert "Applications that need a decision" in said


def test_a_programme_whose_digest_fails_keeps_no_other_from_having_its_own(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> World:
        world = World(programme=ANOTHER, earlier=cohort_7())
        await world.tick()
        await world.submit(NEEDS_DECISION)
        is_due = Digest.is_due

        async def failing(self: Digest, current: Current, at: datetime) -> bool:
            if current.programme.id == ANOTHER.id:
                raise ValueError("a bug")
            return await is_due(self, current, at)

        monkeypatch.setattr(Digest, "is_due", failing)
        assert await world.app.tick.daily() == 1
        await world.run()
        return world

    with caplog.at_level(logging.ERROR):
        world = asyncio.run(story())

    assert "programme another-2027 has no digest today: ValueError" in caplog.text
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]


async def test_a_pair_that_somebody_has_left_is_named_at_once_and_each_week_until_it_is_ended() -> None:
    world = World(programme=UNTROUBLED)
    mentor, mentee = await confirmed(world)
    await daily_until(world, datetime(2026, 4, 21, tzinfo=UTC))
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.later(minutes=5)
    at_once = await digest(world)
    days = [date(2026, 7, 17) + timedelta(days=n) for n in range(7)]
    said = {day: await on(world, day) for day in days}
    await pair_row(world, mentor, mentee, Status="ended")
    after = await on(world, date(2026, 7, 27))

    told = f"Pair pair-1: the mentor, Amara Okafor, {mentor} (Withdrawn). Nobody is asked any more."
    assert told in at_once
    assert [day for day, text in said.items() if text] == [date(2026, 7, 20)]
    assert told in said[date(2026, 7, 20)].partition("Still open")[2]
    assert "no answer" not in "".join(said.values())
    assert {row["Status"] for row in world.rows(TableName.CHECK_INS)} == {"Expected"}
    assert "the mentor, Amara" not in after


async def test_a_pair_whose_row_was_deleted_is_nobodys_any_more_after_the_next_daily_run() -> None:
    world = World()
    mentor, mentee = await confirmed(world)
    await pair_row(world, mentor, mentee, RowKey="pair-2")
    await world.later(minutes=5)
    await world.tables(TableName.PAIRS).delete(PROGRAMME, "pair-1")
    await world.app.tick.daily()
    steps = [row["NextStep"] for row in world.rows(TableName.APPLICATIONS)]

    assert steps == ["Matched: pair-2 from 20 April"] * 2
    left = [row for row in world.rows(TableName.AUDIT) if row["What"] == "no longer matched"]
    assert len(left) == 2


async def test_a_remark_on_an_application_that_was_decided_is_told_once() -> None:
    world = World()
    await world.tick()
    await world.submit(response_id="r1")
    await manager_says(world, "priya.shah@example.nhs.uk")
    await world.later(hours=1)
    await world.submit(answers(band="6"), response_id="r1")
    told = await digest(world)
    await world.later(days=2)
    again = await digest(world)

    assert "The applicant changed the form after the manager&#39;s answer" in told
    assert again == ""


async def test_a_session_that_was_mistyped_is_told_at_once_and_each_week() -> None:
    world = World(programme=UNTROUBLED)
    await world.tick()
    quiet = await digest(world)
    typed = {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "StartsAt": "26/03/2026 11:00"}
    await world.type_in(TableName.SESSIONS, typed)
    told = await on(world, date(2026, 2, 11))
    later = [await on(world, date(2026, 2, day)) for day in (12, 13, 14, 15, 16, 17)]

    words = "StartsAt or EndsAt is not a date and time."
    assert quiet == ""
    assert words in told
    assert [words in text for text in later] == [False, False, False, False, True, False]


async def test_who_came_is_asked_for_on_the_day_after_a_session_and_each_week_until_somebody_notes_it() -> None:
    world = World(programme=UNTROUBLED)
    mentor, mentee = await approved_pair(world)
    # Both trainings are over: on Thursday 26 and Friday 27 March.
    days = [date(2026, 3, 26) + timedelta(days=n) for n in range(16)]
    said = {day: await on(world, day) for day in days}
    for key, word in ((f"mentor-training-1.{mentor}", "Yes"), (f"mentee-training-1.{mentee}", "perhaps")):
        await world.type_in(TableName.BOOKINGS, {"PartitionKey": PROGRAMME, "RowKey": key, "Attended": word})
    after = await on(world, date(2026, 4, 13))

    mentors = (
        "Training for mentors, Thursday 26 March 2026, 9:30am (mentor-training-1): 1 person is not noted yet. Type"
    )
    assert [day for day, text in said.items() if mentors in text] == [
        date(2026, 3, 27),
        date(2026, 3, 30),
        date(2026, 4, 7),
    ]
    assert [day for day, text in said.items() if "mentee-training-1" in text] == [date(2026, 3, 30), date(2026, 4, 7)]
    assert "(mentor-training-1)" not in after
    assert "(mentee-training-1)" in after
    assert "column Attended cannot be read. Type yes or no, or leave it empty" in after


async def test_a_session_that_the_file_holds_back_is_told_first_28_and_14_days_before_it_and_never_after() -> None:
    world = World(now=datetime(2026, 2, 10, 7, tzinfo=UTC))
    days = [date(2026, 2, 10) + timedelta(days=n) for n in range(300)]
    told = [day for day in days if "13.00 - 11.30" in await on(world, day)]

    # 21 September less 28 and 14 days; both are Mondays.
    assert told == [date(2026, 2, 10), date(2026, 8, 24), date(2026, 9, 7)]


def test_what_is_wrong_with_a_pair_is_told_by_its_own_programme() -> None:
    async def story() -> tuple[list[str], list[str]]:
        world = World(programme=UNTROUBLED, earlier=ANOTHER)
        mentor, mentee = await approved_pair(world)
        await pair_row(world, mentor, mentee, StartDate="soon")
        await world.later(minutes=5)
        first = await digests_of(world)
        await world.tables(TableName.PAIRS).delete(PROGRAMME, "pair-1")
        await pair_row(world, mentor, mentee, PartitionKey="llr")
        await world.later(days=1)
        return first, await digests_of(world)

    async def digests_of(world: World) -> list[str]:
        before = len(world.letters(ADMINISTRATORS))
        await world.app.tick.daily()
        await world.run()
        return [letter.subject + letter.html for letter in world.letters(ADMINISTRATORS)[before:]]

    mistyped, nowhere = asyncio.run(story())

    assert ["StartDate is not a date." in told for told in mistyped] == [True]
    assert ["PartitionKey is not a programme." in told for told in nowhere] == [True]


def test_a_pair_in_no_programme_that_names_nobody_is_told_by_every_programme() -> None:
    async def story() -> list[str]:
        world = World(earlier=ANOTHER)
        await world.tick()
        await pair_row(world, "Amara", "Tom", PartitionKey="llr")
        await world.later(minutes=5)
        await world.app.tick.daily()
        await world.run()
        return mails_to(world, ADMINISTRATORS)

    assert asyncio.run(story()) == ["daily digest", "daily digest"]


async def test_the_closing_summary_counts_a_person_once_and_nobody_who_was_erased() -> None:
    world = World()
    await world.tick()
    await world.submit(response_id="r1")
    await world.later(hours=1)
    await world.submit(answers(email="amara.o@example.nhs.uk"), response_id="r1")
    await world.submit(answers(email="sam@example.nhs.uk"), response_id="r2")
    await command(world, "erase", str(world.application(Email="sam@example.nhs.uk")["RowKey"]))
    assert len(world.rows(TableName.APPLICATIONS)) == 3
    await world.tick(datetime(2026, 3, 13, 0, 5, tzinfo=UTC))
    said = world.letters(ADMINISTRATORS, "have closed")[0].html

    assert "<strong>1</strong> application was received" in said
    assert "Withdrawn" not in said
    assert "Erased" not in said


async def test_who_was_offered_a_place_in_a_session_that_is_cancelled_is_in_the_digest() -> None:
    world = World(programme=UNTROUBLED)
    await world.tick()
    training = {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1"}
    await world.type_in(TableName.SESSIONS, {**training, "Capacity": "1"})
    await world.later(minutes=5)
    await world.submit()
    await world.submit(answers(full_name="Bo Li", email="bo@example.nhs.uk", manager_email=GRACE))
    await manager_says(world, "priya.shah@example.nhs.uk")
    await manager_says(world, GRACE)
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    await world.later(minutes=5)
    offered = str(world.application(Email="bo@example.nhs.uk")["NextStep"])
    assert offered.startswith("Waiting for Bo Li to take a place")
    before = await digest(world)
    await world.type_in(TableName.SESSIONS, {**training, "Status": "cancelled"})
    await world.later(days=2)
    told = await digest(world)
    await world.app.own_pages.choose_session(own_link(world, "bo@example.nhs.uk"), "mentor-training-2")
    await world.later(days=1)
    without = f"{before}{await digest(world)}"

    assert "People who have to choose another date" in told
    assert "Bo Li, mentor (Approved). Training for mentors: a session was cancelled." in told
    assert without == ""


@pytest.mark.parametrize("changed_since", [False, True])
async def test_an_old_copy_of_an_application_that_is_put_over_a_newer_one_is_named(changed_since: bool) -> None:
    world = World()
    await world.tick()
    await world.submit()
    old = dict(world.application())
    world.clock.advance(timedelta(hours=1))
    await manager_says(world, "priya.shah@example.nhs.uk")
    before = await digest(world)
    await world.tables(TableName.APPLICATIONS).put(old)
    if changed_since:
        # Whatever is written later hides the time of the old copy, and not that an answer is missing.
        await world.app.own_pages.ask_for_deletion(own_link(world, AMARA))
    await world.later(days=1)
    reference, told = str(old["RowKey"]), await digest(world)

    assert "older version" not in before
    assert f"Applications, row {reference}: this is an older version than Audit and Approvals know." in told


async def test_a_word_is_the_same_word_in_other_letters_and_with_blanks_around_it() -> None:
    world = World()
    await confirmed(world)
    for table, word in (
        (TableName.APPLICATIONS, " APPROVED "),
        (TableName.BOOKINGS, "booked\u00a0"),
        (TableName.CHECK_INS, " expected"),
    ):
        await mistype(world, table, "Status", word)
    await mistype(world, TableName.APPLICATIONS, "ReceivedAt", "2026-02-10T09:00:00Z ")
    await mistype(world, TableName.APPLICATIONS, "Edits", " 0 ")
    await world.later(minutes=5)
    told = await digest(world)

    assert "cannot be read" not in told
    assert {row["Status"] for row in world.rows(TableName.PAIRS)} == {"confirmed"}


def test_a_digest_is_sent_only_when_there_is_something_to_act_on_and_once_a_day() -> None:
    async def story() -> tuple[int, int, World]:
        world = World(programme=UNTROUBLED)
        await world.tick()
        quiet = await world.app.tick.daily()
        await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
        posted = [await world.app.tick.daily() for _ in range(3)]
        await world.run()
        return quiet, sum(posted), world

    quiet, posted, world = asyncio.run(story())

    assert (quiet, posted) == (0, 1)
    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    assert str(world.application()["RowKey"]) in world.letters(ADMINISTRATORS)[0].html
    assert len(world.rows(TableName.COMMANDS)) == 0


async def test_what_a_day_off_brings_is_told_on_the_first_working_day() -> None:
    world = World(programme=UNTROUBLED, now=datetime(2026, 2, 13, 18, tzinfo=UTC))
    await world.tick()
    await world.submit(NEEDS_DECISION)
    weekend = [await on(world, date(2026, 2, day)) for day in (14, 15)]

    assert weekend == ["", ""]
    assert "Applications that need a decision" in await on(world, date(2026, 2, 16))
    # Easter 2026: from Good Friday to Easter Monday nobody is at work, so the week begins on Tuesday.
    easter = [await on(world, date(2026, 4, day)) for day in (3, 4, 5, 6, 7, 8)]
    assert [bool(text) for text in easter] == [False, False, False, False, True, False]


async def test_what_was_told_is_told_again_if_its_mail_was_never_posted_or_could_not_be_sent() -> None:
    world = World(programme=UNTROUBLED)
    await world.tick()
    await world.submit(NEEDS_DECISION)
    current = await current_of(world)
    # The app is cut off between remembering and posting.
    assert await world.app.tick._digests._digest.is_due(current, world.clock.now())
    again = await on(world, date(2026, 2, 11))
    row = next(row for row in world.rows(TableName.MESSAGES) if row["Kind"] == "daily digest")
    await world.tables(TableName.MESSAGES).put({**row, "Status": "Parked"})
    parked = await on(world, date(2026, 2, 12))
    quiet = await on(world, date(2026, 2, 13))

    for said in (again, parked):
        assert "Applications that need a decision" in said.partition("Since the last email")[2]
    assert quiet == ""


async def test_silence_that_the_team_knows_of_is_told_no_more() -> None:
    world = World(programme=UNTROUBLED)
    await confirmed(world)
    await daily_until(world, datetime(2026, 7, 10, tzinfo=UTC))
    told = await on(world, date(2026, 7, 13))
    await world.type_in(
        TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "SilenceKnown": " Yes, on leave "}
    )
    known = [await on(world, date(2026, 7, day)) for day in (20, 27)]
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair-1", "SilenceKnown": "No"})

    assert "Pair pair-1: Amara Okafor, the mentor" in told
    assert "check-ins" not in "".join(known)
    assert "Pair pair-1: Amara Okafor, the mentor" in await on(world, date(2026, 8, 3))


async def test_what_happens_in_the_hour_after_a_digest_is_told_by_the_next_one_alone() -> None:
    world = await decided_a_day_ago()
    first, told = await hear_of_a_remark(world, minutes_before=40)

    assert ("changed the form" in first, "changed the form" in told) == (True, False)


async def test_what_happens_after_a_digest_was_decided_on_and_before_it_is_written_is_told_by_the_next() -> None:
    world = await decided_a_day_ago()
    await world.submit(NEEDS_DECISION)
    assert await world.app.tick.daily() == 1
    world.clock.advance(timedelta(minutes=2))
    await world.submit(answers(band="6"), response_id="r1")
    await world.run()
    (today,) = world.letters(ADMINISTRATORS, "act on today")
    await world.later(days=1, minutes=-2)
    tomorrow = await digest(world)

    assert ("changed the form" in today.html, "changed the form" in tomorrow) == (False, True)


async def test_a_timer_that_comes_late_loses_nothing_of_what_came_since_the_digest_before() -> None:
    world = await decided_a_day_ago()
    await world.submit(NEEDS_DECISION)
    assert "changed the form" not in await digest(world)
    world.clock.advance(timedelta(minutes=5))
    await world.submit(answers(band="6"), response_id="r1")
    await world.later(hours=27)

    assert "changed the form" in await digest(world)


async def test_without_a_digest_the_day_before_the_hour_of_a_late_timer_is_not_lost() -> None:
    world = await decided_a_day_ago()
    assert await digest(world) == ""
    world.clock.advance(timedelta(minutes=5))
    await world.submit(answers(band="6"), response_id="r1")
    await world.later(hours=24, minutes=30)

    assert "changed the form" in await digest(world)


async def test_a_digest_is_composed_once_and_nothing_is_read_twice_for_it() -> None:
    world = await decided_a_day_ago()
    await world.submit(NEEDS_DECISION)
    composed, reads = [], []

    class Counted(Digest):
        async def compose(self, current: Current, at: datetime) -> dict[str, Any] | None:
            composed.append(current.programme.id)
            return await super().compose(current, at)

    read = Applications.all

    def counted(self: Applications, *arguments: Any, **more: Any) -> Any:
        reads.append(arguments)
        return read(self, *arguments, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Digest, "compose", Counted.compose)
        patched.setattr(Applications, "all", counted)
        assert await world.app.tick._digests._digest.is_due(await current_of(world), world.clock.now())

    assert (composed, len(reads)) == ([], 1), "sections share what they read"


def test_every_section_has_a_title_of_its_own() -> None:
    titles = [section.title for section in World().app.tick._digests._digest._sections]

    assert len(titles) == len(set(titles)) == 24


async def decided_a_day_ago() -> World:
    """An application on which its manager decided long ago, at the hour of the digest."""
    world = World(programme=UNTROUBLED, now=datetime(2026, 2, 10, 6, 0, tzinfo=UTC))
    await world.tick()
    await world.submit(response_id="r1")
    await manager_says(world, PRIYA.email)
    await world.later(days=2)
    return world


async def hear_of_a_remark(world: World, *, minutes_before: int) -> tuple[str, str]:
    """The digest after the form was changed shortly before it, and that of the next day."""
    await world.submit(answers(band="6"), response_id="r1")
    world.clock.advance(timedelta(minutes=minutes_before))
    first = await digest(world)
    await world.later(days=1, minutes=-minutes_before)
    await world.submit(NEEDS_DECISION)
    return first, await digest(world)


async def current_of(world: World) -> Current:
    current = await world.app.programmes.current(PROGRAMME)
    assert current is not None
    return current
