"""People who took part before: a link to the stored address only, fresh answers, and the usual way from there."""

import asyncio
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from shared.domain.draft import ComesNext
from shared.domain.earlier import Details, Earlier
from shared.domain.form import Opening
from shared.domain.programme import Programme
from shared.domain.suspicion import MOST_A_DAY, Counted
from shared.returning.__main__ import main
from shared.services.applications.dead_links import DeadLink
from shared.services.form.returning import ReturningPage
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, command, mails_to, manager_says
from tests.world import NINE, PROGRAMME, World, answers, cohort_7, token

DETAILS = Details(
    full_name="Amara Okafor",
    email=AMARA,
    job_title="Staff nurse",
    band="5",
    organisation="Example Partnership NHS Trust",
    sector="nhs",
    area="llr",
    manager_name="Priya Shah",
    manager_email=PRIYA.email,
)


async def known(world: World, keep_until: date = date(2027, 3, 31)) -> None:
    await world.app.earlier.bring_in([Earlier(DETAILS, "cohort 6", keep_until)])


async def ask(world: World, email: str = AMARA) -> None:
    programme = world.app.returning.programme(PROGRAMME)
    assert programme is not None
    await world.app.returning.ask(programme, email)
    await world.run()


def link(world: World, email: str = AMARA) -> str:
    return token(world.letters(email, "Your details")[-1], "welcome-back")


def filled_in(page: ReturningPage, **changes: Any) -> dict[str, list[str]]:
    """The form as a browser sends it: what is stored, and what is asked anew."""
    stored = {q.name: list(q.given) for q in page.questions}
    fresh = {
        "role": ["mentor"],
        "training_session-mentor": ["mentor-training-2"],
        "manager_agreed": ["true"],
        "topics": ["race", "gender"],
        "commitment": ["training", "meetings", "principles"],
        "consent": ["true"],
    }
    return {**stored, **fresh, **changes}


async def opened(world: World, email: str = AMARA) -> ReturningPage:
    page = await world.app.returning.page(link(world, email))
    assert page is not None
    return page


async def test_a_known_person_is_written_to_once_a_day_and_an_unknown_one_never() -> None:
    world = World()
    await known(world)
    for email in (f" {AMARA.title()}", AMARA, "nobody@example.nhs.uk"):
        await ask(world, email)
    await world.later(minutes=5)

    assert [letter.to for letter in world.mailbox.sent] == [(AMARA,)]
    assert "nobody@" not in str([world.rows(name) for name in TableName])


def test_one_network_asks_for_so_many_a_day_and_others_and_tomorrow_are_free() -> None:
    async def story() -> tuple[list[bool], list[int], World]:
        world = World()
        programme = world.app.returning.programme(PROGRAMME)
        assert programme is not None
        rows = []

        async def taken(email: str, came_by: str) -> bool:
            asked = await world.app.returning.ask(programme, email, forwarded_for=came_by)
            rows.append(len(world.rows(TableName.MESSAGES)) + len(world.rows(TableName.LINKS)))
            return asked

        office = "203.0.113.9:5000"
        usual = [await taken(f"person{n}@example.nhs.uk", office) for n in range(MOST_A_DAY[Counted.ASKED])]
        assert all(usual)
        seen = [await taken(email, office) for email in (AMARA, "person1@example.nhs.uk", "new@example.nhs.uk")]
        seen += [await taken(AMARA, "203.0.113.10:5000"), await taken("other@example.nhs.uk", "")]
        world.clock.advance(timedelta(days=1))
        return [*seen, await taken(AMARA, office)], rows, world

    seen, rows, world = asyncio.run(story())

    assert seen == [False, False, False, True, True, True]
    # What is refused leaves nothing behind, whichever address it is.
    assert rows[-7:-3] == [2 * MOST_A_DAY[Counted.ASKED]] * 4
    assert "203.0.113" not in str(world.rows(TableName.TALLIES))


async def test_confirmed_details_become_an_application_and_the_manager_is_asked_afresh() -> None:
    world = World()
    await known(world)
    await ask(world)
    page = await opened(world)
    sent = await world.app.returning.apply(link(world), filled_in(page, job_title=["Ward manager"]))
    again = await world.app.returning.apply(link(world), filled_in(page, job_title=["Ward manager"]))
    await world.run()
    await manager_says(world, PRIYA.email)

    assert sent is not None
    assert again is not None
    assert (sent.sent, again.sent or again.used) == (True, True)
    row = world.application()
    assert (row["Status"], row["Source"], row["PreviousParticipant"]) == ("Approved", "returning", True)
    assert (row["JobTitle"], row["SessionsChosen"]) == ("Ward manager", "mentor-training: mentor-training-2")
    lived = world.row(TableName.LIVED_EXPERIENCE)
    assert (lived["Topics"], lived["AboutYou"], lived["AccessNeeds"]) == ("race, gender", "", "")
    assert mails_to(world, PRIYA.email) == ["approval request"]


def test_consent_commitment_and_role_are_asked_anew() -> None:
    async def story() -> ReturningPage | None:
        world = World()
        await known(world)
        await ask(world)
        page = await opened(world)
        stored = {q.name: list(q.given) for q in page.questions}
        return await world.app.returning.apply(link(world), {**stored, "role": [""]})

    page = asyncio.run(story())

    assert page is not None
    assert [field for field, _ in page.problems] == ["role", "manager_agreed", "topics", "commitment", "consent"]
    assert not page.sent


def test_a_problem_with_a_date_stands_at_the_question_of_the_role_chosen() -> None:
    async def story() -> ReturningPage | None:
        world = World()
        await known(world)
        await ask(world)
        page = await opened(world)
        wrong = {"role": ["mentee"], "training_session-mentee": ["mentor-training-1"]}
        return await world.app.returning.apply(link(world), filled_in(page, **wrong))

    page = asyncio.run(story())

    assert page is not None
    assert [field for field, _ in page.problems] == ["training_session-mentee"]


async def test_an_application_of_an_earlier_cohort_is_found_without_any_import() -> None:
    earlier: Programme = cohort_7().model_copy(update={"id": "llr-rmi-2025-c6", "name": "Cohort 6", "form_ids": {}})

    world = World(earlier=earlier)
    content = await world.submit(answers(about_you="A secret of then"), form_id="llr-rmi-2025-c6", run=False)
    world.wakeups.submissions = [("llr-rmi-2025-c6", "standard", content)]
    await world.run()
    await ask(world)
    page = await opened(world)

    assert (page.cohort, page.name, page.email) == ("Cohort 6", "Amara Okafor", AMARA)
    assert "A secret of then" not in str(page)
    assert "race" not in [value for question in page.questions for value in question.given]


def test_the_link_says_that_it_was_used_and_ends_after_two_weeks() -> None:
    async def story() -> tuple[bool, list[object]]:
        world = World()
        await known(world)
        await ask(world)
        await world.app.returning.apply(link(world), filled_in(await opened(world)))
        await world.run()
        used = (await opened(world)).used
        world.clock.advance(timedelta(days=15))
        return used, [await world.app.returning.page(link(world)), await world.app.dead_links.reason(link(world))]

    assert asyncio.run(story()) == (True, [None, DeadLink.RETURNING_EXPIRED])


def test_details_are_forgotten_after_their_last_day_and_with_the_person() -> None:
    async def story() -> tuple[list[int], int]:
        world = World()
        await known(world, date(2026, 2, 11))
        counts = []
        for day in (11, 12):
            world.clock.set(datetime(2026, 2, day, 7, 0, tzinfo=UTC))
            await world.app.tick.daily()
            counts.append(len(world.rows(TableName.EARLIER_PARTICIPANTS)))
        await known(world)
        await world.submit()
        await command(world, "erase", str(world.application()["RowKey"]))
        return counts, len(world.rows(TableName.EARLIER_PARTICIPANTS))

    assert asyncio.run(story()) == ([1, 0], 0)


def test_nobody_can_send_bodies_of_this_source_from_outside() -> None:
    from shared.contracts.registry import provider
    from shared.errors import RejectedRequest

    source = provider("returning")
    assert source is not None
    with pytest.raises(RejectedRequest):
        source.authenticate(headers={}, body=b"{}", secrets=(), now=NINE)


GOOD = [["Full name", "Email", "Sector", "Topics"], ["Zoe Ng", "zoe@example.nhs.uk", "nhs", "race"]]
BAD = [*GOOD, ["", "no address", "", ""]]


def workbook(path: Path, rows: list[list[str]]) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def run(world: World, path: Path, *more: str) -> int:
    options = ["--programme", PROGRAMME, "--cohort", "cohort 6", "--keep-until", "2027-03-31"]
    return main([str(path), *options, *more], world.app)


@pytest.mark.parametrize("kind", ["xlsx", "csv", "csv;"])
def test_a_sheet_is_taken_in_from_excel_and_csv(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, path = World(), tmp_path / f"people.{kind.rstrip(';')}"
    if kind == "xlsx":
        workbook(path, GOOD)
    else:
        mark = ";" if kind.endswith(";") else ","
        path.write_text("\n".join(mark.join(row) for row in GOOD), encoding="utf-8-sig")

    assert run(world, path) == 0

    assert capsys.readouterr().out == (
        "Columns that are left out: Topics.\n1 good row, 0 problems.\n1 person stored.\n"
    )
    row = world.row(TableName.EARLIER_PARTICIPANTS)
    assert (row["FullName"], row["Cohort"], row["KeepUntil"]) == ("Zoe Ng", "cohort 6", "2027-03-31")
    assert "race" not in str(row)


def test_a_dry_run_lists_every_problem_and_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, path = World(), workbook(tmp_path / "people.xlsx", BAD)

    assert run(world, path, "--dry-run") == 1
    assert run(world, path) == 1
    assert world.rows(TableName.EARLIER_PARTICIPANTS) == []

    out = capsys.readouterr().out
    assert "row 3, full name: It is empty.\nrow 3, email: It is not an email address that mail can reach.\n" in out
    assert "no address" not in out
    assert run(world, path, "--leave-out-bad-rows") == 1
    assert len(world.rows(TableName.EARLIER_PARTICIPANTS)) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("people.xlsx", b"no workbook", "This is no Excel workbook."),
        ("people.csv", b"Full name,Email\nZo\xe9,z@example.nhs.uk", "The file is not in UTF-8."),
        ("people.csv", b'Full name,Email\n"Zoe,z@example.nhs.uk\nAnn,a@example.nhs.uk', "A quotation mark in the file"),
        ("long.csv", b'Full name,Email\n"Zoe,' + 10_000 * b"z@example.nhs.uk\n", "A quotation mark in the file"),
        ("people.ods", b"", "'.ods' is no sheet that can be read."),
        ("gone.csv", None, "cannot be opened"),
    ],
)
def test_a_file_that_is_no_sheet_says_what_to_do(
    name: str, content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    assert run(World(), tmp_path / name) == 2
    assert says in capsys.readouterr().err


def test_rows_beyond_the_size_that_a_workbook_says_it_has_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    honest, path = workbook(tmp_path / "honest.xlsx", BAD), tmp_path / "people.xlsx"
    with ZipFile(honest) as inside, ZipFile(path, "w") as outside:
        for name in inside.namelist():
            outside.writestr(name, re.sub(rb'(<dimension ref=)"[^"]*"', rb'\1"A1:B2"', inside.read(name)))

    assert run(World(), path, "--dry-run") == 1
    assert "1 good row, 2 problems." in capsys.readouterr().out


def test_a_programme_that_is_not_there_and_a_day_that_has_passed_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "people.xlsx", GOOD)

    assert run(World(), path, "--programme", "no-such") == 2
    assert run(World(), path, "--keep-until", "2026-01-01") == 2


CLOSED, OVER = datetime(2026, 3, 14, 9, 0, tzinfo=UTC), datetime(2026, 5, 20, 9, 0, tzinfo=UTC)


async def send(world: World, **changes: Any) -> ReturningPage:
    """Ask for a link, and send what is stored with these changes."""
    await world.tick()
    await known(world)
    await ask(world)
    page = await world.app.returning.apply(link(world), filled_in(await opened(world), **changes))
    await world.run()
    assert page is not None
    return page


@pytest.mark.parametrize(
    ("now", "changes", "then", "status"),
    [
        (NINE, {}, ComesNext.MANAGER, "Awaiting manager"),
        (CLOSED, {}, ComesNext.LATE, "Late"),
        (NINE, {"area": ["elsewhere"]}, ComesNext.NOT_THIS_COHORT, "Not this cohort"),
        (NINE, {"area": ["northamptonshire"], "sector": ["other_healthcare"]}, ComesNext.DECISION, "Needs a decision"),
    ],
)
async def test_what_was_sent_says_what_comes_next(
    now: datetime, changes: dict[str, list[str]], then: ComesNext, status: str
) -> None:
    world = World(now=now)
    page = await send(world, **changes)

    assert (page.sent, page.comes_next) == (True, then)
    assert world.application()["Status"] == status


@pytest.mark.parametrize(
    ("changed", "title", "mails"),
    [
        ({}, "Staff nurse", ["application received", "welcome back"]),
        (
            {"job_title": ["Ward manager"]},
            "Ward manager",
            ["application received", "application updated", "welcome back"],
        ),
    ],
)
async def test_the_button_pressed_twice_is_one_mail_and_a_change_after_going_back_an_edit(
    changed: dict[str, list[str]], title: str, mails: list[str]
) -> None:
    world = World()
    await world.tick()
    await known(world)
    await ask(world)
    given = filled_in(await opened(world))
    await world.app.returning.apply(link(world), given)
    world.clock.advance(timedelta(seconds=1))
    await world.app.returning.apply(link(world), {**given, **changed})
    await world.run()

    assert world.application()["JobTitle"] == title
    assert mails_to(world, AMARA) == mails
    assert mails_to(world, PRIYA.email) == ["approval request"]


async def test_a_date_that_has_begun_is_not_offered_and_not_taken_and_without_any_nothing_is_asked() -> None:
    later = cohort_7().model_copy(update={"closes_at": datetime(2026, 4, 30, 22, 59, 59, tzinfo=UTC)})
    world = World(programme=later, now=datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    await world.tick()
    await known(world)
    await ask(world)
    page = await opened(world)
    offered = [o.value for q in page.questions if q.name == "training_session-mentor" for o in q.options]
    stale = filled_in(page, **{"training_session-mentor": ["mentor-training-1"]})
    refused = await world.app.returning.apply(link(world), stale)
    world.clock.set(datetime(2026, 4, 14, 9, 0, tzinfo=UTC))
    none_left = [q.name for q in (await opened(world)).questions]
    sent = await world.app.returning.apply(link(world), filled_in(page))
    assert refused is not None
    assert sent is not None

    assert offered == ["mentor-training-2"]
    assert ([field for field, _ in refused.problems], refused.sent) == (["training_session-mentor"], False)
    assert "training_session-mentor" not in none_left
    assert sent.sent


@pytest.mark.parametrize(
    ("now", "state"), [(datetime(2026, 1, 20, 9, 0, tzinfo=UTC), Opening.SOON), (OVER, Opening.CLOSED)]
)
async def test_before_the_opening_and_after_the_end_nothing_is_taken(now: datetime, state: Opening) -> None:
    world = World(now=now)
    page = await send(world)

    assert (page.opening, page.sent) == (state, False)
    assert world.rows(TableName.APPLICATIONS) == []
