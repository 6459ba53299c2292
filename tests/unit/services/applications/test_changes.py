"""Forms in somebody's name: nothing is replaced, revoked or revived before the owner of the stored address says so."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.application import CHANGES_ARE_KEPT, Answer
from shared.domain.arriving import MOST_CHANGES
from shared.errors import TemporaryFailure
from shared.ports import Cell
from shared.services.applications.changes import KEEP, ChangePage
from shared.stores.names import TableName
from tests.factories import ALEX, AMARA, PRIYA, TOM, command, confirms, everything, mails_to, manager_says, own_link
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers

MALLORY = "mallory@evil.example"
STRANGERS = answers(
    full_name="Zzq Mallory",
    email="Amara.Okafor@EXAMPLE.nhs.uk",
    manager_name="Zzq Boss",
    manager_email=MALLORY,
    topics=["gender"],
    about_you="ZZQ WORDS",
    access_needs="",
)
TAKEN_IN = "Done: Taken in; the applicant is told what follows from it."

MSFORMS = Path(__file__).parents[3] / "payloads" / "msforms" / "get_response_details.json"

type Sending = Callable[[World], Awaitable[None]]


def played[T](story: Callable[[], Awaitable[T]]) -> T:
    async def run() -> T:
        return await story()

    return asyncio.run(run())


async def applied(**changes: object) -> World:
    world = World()
    await world.tick()
    await world.submit(answers(**changes), response_id="own")
    return world


async def strangers_form(world: World, response_id: str = "another", **changes: object) -> str:
    world.clock.advance(timedelta(minutes=10))
    return await world.submit({**STRANGERS, **changes}, response_id=response_id)


def what_stands(world: World) -> tuple[dict[str, Cell], list[dict[str, Cell]]]:
    row = dict(world.application(RowKey=reference(world)))
    for column in ("Changes", "ChangesAskedAt", "NextStep", "OpId", "LastEvent", "LastEventAt", "LastEventBy"):
        row.pop(column, None)
    row.pop("LastEventFrom", None)
    return row, [lived for lived in world.rows(TableName.LIVED_EXPERIENCE) if lived["RowKey"] == reference(world)]


def reference(world: World) -> str:
    """Hers: whoever else applies has another."""
    return world.tokens.reference(PROGRAMME, AMARA, "mentor")


async def by_another_response(world: World) -> None:
    await world.submit(STRANGERS, response_id="another")


async def by_another_provider(world: World) -> None:
    body = {
        "form_id": PROGRAMME,
        "response_id": "own",
        "answers": STRANGERS,
        "submitted_at": world.clock.now().isoformat(),
    }
    await world.deliver(json.dumps(body).encode(), source="own")


async def without_a_response(world: World) -> None:
    body = {"form_id": PROGRAMME, "answers": STRANGERS, "submitted_at": world.clock.now().isoformat()}
    await world.deliver(json.dumps(body).encode())


async def by_the_page_for_returning_people(world: World) -> None:
    body = {"form_id": PROGRAMME, "response_id": "hash", "answers": STRANGERS}
    await world.deliver(json.dumps(body).encode(), source="returning")


async def by_an_edit_of_a_response_of_their_own(world: World) -> None:
    await world.submit({**STRANGERS, "email": MALLORY, "manager_email": ALEX.email}, response_id="another")
    world.clock.advance(timedelta(minutes=10))
    await world.submit(STRANGERS, response_id="another")


async def with_a_mistake_in_it(world: World) -> None:
    await world.submit({**STRANGERS, "job_title": ""}, response_id="another")


async def by_an_edit_with_a_mistake_in_it(world: World) -> None:
    await world.submit({**STRANGERS, "email": MALLORY, "area": "elsewhere"}, response_id="another")
    world.clock.advance(timedelta(minutes=10))
    await world.submit({**STRANGERS, "job_title": ""}, response_id="another")


SENDINGS = [
    by_another_response,
    by_another_provider,
    without_a_response,
    by_the_page_for_returning_people,
    by_an_edit_of_a_response_of_their_own,
    with_a_mistake_in_it,
]


async def stays(world: World) -> None:
    """The application waits for its manager."""


async def withdraws(world: World) -> None:
    await world.app.own_pages.withdraw(own_link(world, AMARA))


async def is_declined(world: World) -> None:
    await manager_says(world, PRIYA.email, Answer.DECLINE)


async def is_approved(world: World) -> None:
    await manager_says(world, PRIYA.email)


async def lapses(world: World) -> None:
    await world.tick(datetime.fromisoformat("2026-03-25T09:00:00+00:00"))


async def is_erased(world: World) -> None:
    await command(world, "erase", reference(world), key="erase")


STATES = [stays, withdraws, is_declined, is_approved, lapses, is_erased]


@pytest.mark.parametrize("sending", SENDINGS)
@pytest.mark.parametrize("state", STATES)
def test_a_form_in_somebodys_name_changes_nothing_in_any_state_by_any_way(state: Sending, sending: Sending) -> None:
    async def story() -> tuple[World, Any, Any, int]:
        world = await applied()
        await state(world)
        await world.run()
        world.clock.advance(timedelta(hours=1))
        before, sent = what_stands(world), len(world.mailbox.items)
        await sending(world)
        await world.later(minutes=10)
        return world, before, what_stands(world), sent

    world, before, after, _ = played(story)

    erased = state is is_erased
    assert after == before
    assert json.loads(str(world.application(RowKey=reference(world))["Changes"]))[0]["content"]
    assert mails_to(world, AMARA).count("confirm change") == (0 if erased else 1)
    assert "approval request" not in mails_to(world, MALLORY)
    held = world.row(TableName.QUARANTINE)
    assert (held["Status"], held["Reference"]) == ("Waiting for the applicant", reference(world))


def test_an_edit_with_a_mistake_does_not_take_over_an_address_that_somebody_has_applied_with() -> None:
    async def story() -> tuple[World, Any, Any]:
        world = await applied()
        before = what_stands(world)
        await by_an_edit_with_a_mistake_in_it(world)
        return world, before, what_stands(world)

    world, before, after = played(story)

    assert after == before
    assert sorted(str(row["Email"]) for row in world.rows(TableName.APPLICATIONS)) == sorted([AMARA, MALLORY])


def test_an_edit_of_a_response_whose_place_was_taken_withdraws_nobody() -> None:
    async def story() -> World:
        world = World()
        await world.submit({**STRANGERS, "email": AMARA}, response_id="first")
        world.clock.advance(timedelta(minutes=10))
        await world.submit(answers(), response_id="own")
        await confirms(world, AMARA)
        world.clock.advance(timedelta(minutes=10))
        await world.submit({**STRANGERS, "email": MALLORY, "manager_email": ALEX.email}, response_id="first")
        world.clock.advance(timedelta(minutes=10))
        await world.submit(STRANGERS, response_id="first")
        return world

    world = played(story)
    hers = world.application(Email=AMARA)

    assert (hers["Status"], hers["FullName"], hers["ManagerEmail"]) == ("Awaiting manager", "Amara Okafor", PRIYA.email)
    assert hers["ReplacedBy"] == ""


def test_the_managers_link_goes_on_working_and_the_strangers_manager_is_never_asked() -> None:
    async def story() -> World:
        world = await applied()
        await strangers_form(world)
        await manager_says(world, PRIYA.email)
        await world.later(days=40)
        return world

    world = played(story)

    assert world.application()["Status"] == "Approved"
    assert mails_to(world, MALLORY) == []


def test_the_mail_holds_nothing_of_the_form_and_neither_does_any_other_place_that_mails_are_made_of() -> None:
    async def story() -> World:
        world = await applied()
        await strangers_form(world)
        await world.app.tick.daily()
        await world.run()
        return world

    world = played(story)
    mail = world.letters(AMARA, "fill in the form")[0]

    assert mails_to(world, ADMINISTRATORS) == ["daily digest"]
    assert "Another form waits until they confirm it" in world.letters(ADMINISTRATORS)[0].html
    for letter in (mail, *world.letters(ADMINISTRATORS)):
        assert "Zzq" not in letter.html + letter.subject
        assert "evil" not in letter.html
    words = {name: str(rows) for name, rows in everything(world).items()}
    assert [name for name, rows in words.items() if "ZZQ WORDS" in rows or "gender" in rows] == []
    assert [name for name, rows in words.items() if "Zzq" in rows] == ["Quarantine"]


def test_the_page_shows_what_would_change_and_a_choice_is_made_on_it_once() -> None:
    async def story() -> tuple[World, ChangePage, list[tuple[str, str, str]], list[bool]]:
        world = await applied()
        await strangers_form(world)
        page = await world.app.changes.page(own_link(world, AMARA))
        assert page is not None
        link = own_link(world, AMARA)
        after = [await world.app.changes.answer(link, page.newest, page.newest) for _ in range(2)]
        await world.later(minutes=10)
        shown = [(d.title, d.now, d.then) for d in page.waiting[0].differences]
        return world, page, shown, [one is not None and one.taken for one in after]

    world, page, shown, after = played(story)

    assert [one.problems for one in page.waiting] == [()]
    assert ("Topics", "Race and Disability", "Gender") in shown
    assert ("About you", "I would like to share what I have seen.", "ZZQ WORDS") in shown
    assert ("Access needs", "A room without stairs, please.", "") in shown
    assert ("Line manager", "Priya Shah", "Zzq Boss") in shown
    assert "Area" not in [title for title, _, _ in shown]
    assert after == [True, False]
    row = world.application()
    assert (row["FullName"], str(row["Email"]).lower(), row["ManagerEmail"]) == ("Zzq Mallory", AMARA, MALLORY)
    assert (row["Changes"], row["ResponseId"]) == ("", "another")
    assert world.row(TableName.LIVED_EXPERIENCE)["AboutYou"] == "ZZQ WORDS"
    assert world.row(TableName.QUARANTINE)["Status"] == "Accepted"
    assert mails_to(world, MALLORY) == ["approval request"]


@pytest.mark.parametrize("choice", ["", "yes", "0" * 64], ids=["nothing", "another word", "another form"])
def test_without_a_choice_that_somebody_made_nothing_changes(choice: str) -> None:
    async def story() -> tuple[str, str]:
        world = await applied()
        await strangers_form(world)
        link = own_link(world, AMARA)
        page = await world.app.changes.page(link)
        assert page is not None
        after = await world.app.changes.answer(link, choice, page.newest)
        assert after is not None
        return after.problem, str(world.application()["FullName"])

    assert played(story) == ("Choose one of the answers.", "Amara Okafor")


def test_who_says_that_it_was_not_them_keeps_what_stands_and_the_form_is_deleted() -> None:
    async def story() -> tuple[World, str, Any, Any]:
        world = await applied()
        before = what_stands(world)
        content = await strangers_form(world)
        await confirms(world, AMARA, KEEP)
        # The provider sends it once more.
        await world.submit(STRANGERS, response_id="another", submitted_at=NINE + timedelta(minutes=10))
        return world, content, before, what_stands(world)

    world, content, before, after = played(story)

    assert after == before
    assert content not in world.bodies.kept
    held = world.row(TableName.QUARANTINE)
    assert (held["Status"], held["FullName"], held["Email"], held["ManagerEmail"]) == ("Discarded", "", "", "")
    assert world.application()["Changes"] == ""
    assert mails_to(world, AMARA) == ["application received", "confirm change"]


def test_several_forms_wait_side_by_side_and_the_one_that_is_chosen_counts() -> None:
    async def story() -> tuple[World, int, list[str]]:
        world = await applied()
        await strangers_form(world, "b")
        mine = await strangers_form(world, "c", **answers(job_title="Matron"))
        await strangers_form(world, "d")
        newer = await strangers_form(world, "d", job_title="Zzq newer")
        page = await world.app.changes.page(own_link(world, AMARA))
        assert page is not None
        assert page.waiting[0].id == newer
        await confirms(world, AMARA, mine)
        return world, len(page.waiting), sorted(world.bodies.kept)

    world, shown, kept = played(story)

    assert shown == 3  # of one response the newest alone
    assert world.application()["JobTitle"] == "Matron"
    assert mails_to(world, AMARA).count("confirm change") == 1
    assert sorted(str(row["Status"]) for row in world.rows(TableName.QUARANTINE)) == [
        "Accepted",
        "Discarded",
        "Discarded",
        "Discarded",
    ]
    assert len(kept) == 2  # the first form and the one that was confirmed


def test_a_form_that_came_meanwhile_is_not_decided_about_unseen() -> None:
    async def story() -> tuple[list[str], str]:
        world = await applied()
        await strangers_form(world, "b")
        link = own_link(world, AMARA)
        seen = await world.app.changes.page(link)
        assert seen is not None
        late = await strangers_form(world, "c")
        kept = await world.app.changes.answer(link, KEEP, seen.newest)
        assert kept is not None
        left = json.loads(str(world.application()["Changes"]))
        return [one["content"] for one in left], late

    left, late = played(story)

    assert left == [late]


def test_one_mail_a_day_however_many_forms_and_none_once_everything_was_decided() -> None:
    async def story() -> tuple[list[int], World]:
        world = await applied()
        seen = []
        for number in range(6):
            await strangers_form(world, f"response-{number}")
        await world.later(minutes=5)
        seen.append(mails_to(world, AMARA).count("confirm change"))
        await confirms(world, AMARA, KEEP)
        await strangers_form(world, "later that day")
        await world.later(minutes=5)
        seen.append(mails_to(world, AMARA).count("confirm change"))
        await world.later(hours=24)
        seen.append(mails_to(world, AMARA).count("confirm change"))
        await world.later(hours=48)
        seen.append(mails_to(world, AMARA).count("confirm change"))
        return seen, world

    seen, _ = played(story)

    assert seen == [1, 1, 2, 2]


def test_what_nobody_confirms_goes_after_thirty_days_without_a_word() -> None:
    async def story() -> tuple[World, str, list[str], list[str]]:
        world = await applied()
        content = await strangers_form(world)
        await world.later(days=29)
        await world.app.tick.daily()
        kept = sorted(world.bodies.kept)
        told = mails_to(world, AMARA)
        await world.later(days=2)
        await world.app.tick.daily()
        await world.run()
        new = mails_to(world, AMARA)
        for kind in told:
            new.remove(kind)
        return world, content, kept, new

    world, content, kept, new = played(story)

    assert content in kept
    assert content not in world.bodies.kept
    assert world.rows(TableName.QUARANTINE) == []
    assert world.application()["Changes"] == ""
    assert "accept change" not in str(world.application()["NextStep"])
    assert "confirm change" not in new


@pytest.mark.parametrize("state", [withdraws, is_declined, lapses])
def test_who_has_ended_begins_again_by_the_link_and_stays_on_their_page(state: Sending) -> None:
    async def story() -> tuple[World, Any]:
        world = await applied()
        await state(world)
        await world.type_in(
            TableName.PROGRAMMES,
            {
                "PartitionKey": PROGRAMME,
                "RowKey": PROGRAMME,
                "ClosesAt": datetime.fromisoformat("2026-04-10T22:59:59+00:00"),
            },
        )
        await world.later(hours=2)
        await world.submit(answers(manager_name=ALEX.name, manager_email=ALEX.email), response_id="again")
        link = own_link(world, AMARA)
        await confirms(world, AMARA)
        return world, await world.app.own_pages.page(link)

    world, page = played(story)

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, ALEX.email) == ["approval request"]
    assert page is not None
    assert page.status == "Awaiting manager"


def test_a_correction_by_a_new_response_is_confirmed_at_once() -> None:
    async def story() -> World:
        world = await applied(manager_email="nobody")
        assert world.application()["Status"] == "Needs correction"
        await world.submit(STRANGERS, response_id="strangers")
        assert world.application()["FullName"] == "Amara Okafor"
        await world.submit(answers(), response_id="corrected")
        await confirms(world, AMARA)
        return world

    world = played(story)

    assert world.application()["Status"] == "Awaiting manager"
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == "race, disability"
    assert mails_to(world, AMARA) == ["application received", "confirm change", "needs correction"]


def test_a_form_with_a_mistake_that_is_confirmed_leads_to_a_mail_about_the_mistake() -> None:
    async def story() -> tuple[World, ChangePage]:
        world = await applied()
        await world.submit(answers(job_title="", band="7"), response_id="b")
        page = await world.app.changes.page(own_link(world, AMARA))
        assert page is not None
        await confirms(world, AMARA)
        await world.submit(answers(job_title="Matron", band="7"), response_id="b")
        return world, page

    world, page = played(story)

    assert [title for title, _ in page.waiting[0].problems] == ["What is your job title?"]
    assert (world.application()["JobTitle"], world.application()["Band"]) == ("Matron", "7")
    assert "needs correction" in mails_to(world, AMARA)


def test_after_the_managers_yes_a_confirmed_form_is_kept_for_the_team_and_not_used() -> None:
    async def story() -> World:
        world = await applied()
        await is_approved(world)
        await strangers_form(world)
        await confirms(world, AMARA)
        return world

    world = played(story)
    row = world.application()

    assert (row["Status"], row["FullName"]) == ("Approved", "Amara Okafor")
    assert "the change is kept and was not used" in str(row["Flags"])
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == "race, disability"


def test_a_form_that_is_confirmed_after_everybody_could_answer_is_late() -> None:
    async def story() -> World:
        world = World(now=datetime.fromisoformat("2026-03-10T09:00:00+00:00"))
        await world.tick()
        await world.submit(answers(), response_id="own")
        await withdraws(world)
        world.clock.advance(timedelta(hours=1))
        await world.submit(answers(), response_id="again")
        await world.tick(datetime.fromisoformat("2026-04-01T09:00:00+00:00"))
        await confirms(world, AMARA)
        return world

    assert played(story).application()["Status"] == "Late"


def test_a_form_in_time_that_is_confirmed_after_closing_is_in_time_and_asks_from_now_on() -> None:
    async def story() -> World:
        world = World(now=datetime.fromisoformat("2026-03-10T09:00:00+00:00"))
        await world.tick()
        await world.submit(answers(), response_id="own")
        await withdraws(world)
        world.clock.advance(timedelta(hours=1))
        await world.submit(answers(), response_id="again")
        await world.tick(datetime.fromisoformat("2026-03-14T09:00:00+00:00"))
        await confirms(world, AMARA)
        return world

    world = played(story)

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email).count("approval request") == 2
    assert "approval reminder" not in mails_to(world, PRIYA.email)


@pytest.mark.parametrize(
    ("responder", "waits"), [(AMARA, False), (AMARA.upper(), False), (TOM, True), ("anonymous", True), (None, True)]
)
def test_who_signed_in_at_the_provider_has_confirmed_already(responder: str | None, *, waits: bool) -> None:
    form = json.loads(MSFORMS.read_text().replace("Amara.Okoye@trust.example", AMARA))

    async def story() -> World:
        world = await applied()
        world.clock.advance(timedelta(hours=1))
        said = {"responder": responder, "submitDate": "2/10/2026 10:00:00 AM"}
        sent = {**form["response"], **said} if responder else {**form["response"], **said, "responder": None}
        await world.deliver(json.dumps({**form, "response": sent}).encode(), source="msforms")
        return world

    row = played(story).application()

    assert bool(row["Changes"]) is waits
    assert (row["Source"] == "msforms") is not waits


def test_a_command_takes_the_form_in_once_and_says_which_where_several_wait() -> None:
    async def story() -> tuple[World, list[str]]:
        world = await applied()
        said = [await command(world, "accept change", reference(world), key="0")]
        content = await strangers_form(world)
        said.append(await command(world, "Accept  Change", reference(world), key="1"))
        said.append(await command(world, "accept change", content[:12], key="2"))
        await world.submit(answers(job_title="Matron"), response_id="c")
        other = await strangers_form(world, "d")
        said.append(await command(world, "accept change", reference(world), key="3"))
        assert other[:12] in said[-1]
        said.append(await command(world, "accept change", other[:12].upper(), key="4"))
        said.append(await command(world, "accept change", "000-000-000-0", key="5"))
        return world, said

    world, said = played(story)

    assert [one.partition(".")[0] for one in said] == [
        "Refused: No form waits to be confirmed for this application",
        TAKEN_IN.rstrip("."),
        "Refused: There is no application with this reference, and no form in Quarantine whose RowKey begins like this",
        "Refused: 2 forms wait",
        TAKEN_IN.rstrip("."),
        "Refused: There is no application with this reference, and no form in Quarantine whose RowKey begins like this",
    ]
    assert world.application()["ResponseId"] == "d"
    assert len(json.loads(str(world.application()["Changes"]))) == 1


def test_the_owner_and_an_administrator_at_once_are_one_effect() -> None:
    async def story() -> World:
        world = await applied()
        await strangers_form(world)
        link = own_link(world, AMARA)
        page = await world.app.changes.page(link)
        assert page is not None
        await asyncio.gather(
            world.app.changes.answer(link, page.newest, page.newest),
            world.app.changes.answer(link, page.newest, page.newest),
            world.app.changes.accept(reference(world)),
        )
        await world.later(minutes=10)
        return world

    world = played(story)

    assert mails_to(world, MALLORY) == ["approval request"]
    assert world.application()["Edits"] == 1
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == "gender"
    assert world.row(TableName.QUARANTINE)["Status"] == "Accepted"


def test_yes_and_no_at_once_are_one_of_the_two_and_its_body_is_there() -> None:
    async def story() -> tuple[World, str]:
        world = await applied()
        content = await strangers_form(world)
        link = own_link(world, AMARA)
        await asyncio.gather(
            world.app.changes.answer(link, KEEP, content), world.app.changes.answer(link, content, content)
        )
        return world, content

    world, content = played(story)
    used = world.application()["AnswersFrom"] == content

    assert (content in world.bodies.kept) is used
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == ("gender" if used else "race, disability")


def test_erasing_the_person_takes_what_waits_with_it() -> None:
    async def story() -> World:
        world = await applied()
        await strangers_form(world)
        await is_erased(world)
        return world

    world = played(story)

    assert world.bodies.kept == {}
    assert world.rows(TableName.QUARANTINE) == []
    assert (world.application()["Status"], world.application()["Changes"]) == ("Erased", "")


def test_of_an_erased_person_the_digest_speaks_and_nobody_is_written_to() -> None:
    async def story() -> tuple[World, str]:
        world = await applied()
        await is_erased(world)
        world.mailbox.items.clear()
        world.clock.advance(timedelta(days=1))
        content = await world.submit(answers(), response_id="b")
        await world.later(minutes=10)
        await world.app.tick.daily()
        await world.run()
        return world, content

    world, content = played(story)

    assert {letter.to[0] for letter in world.mailbox.sent} == {ADMINISTRATORS}
    assert "nobody was written to" in world.letters(ADMINISTRATORS)[0].html
    assert content in world.bodies.kept
    assert world.application()["Status"] == "Erased"
    assert world.rows(TableName.LIVED_EXPERIENCE) == []


def test_the_own_data_hold_what_waits() -> None:
    async def story() -> str:
        world = await applied()
        await strangers_form(world)
        return str(await world.app.subject_access.behind(own_link(world, AMARA)))

    data = played(story)

    assert "Forms in your name that wait for you" in data
    assert "ZZQ WORDS" in data
    assert "I would like to share what I have seen." in data


def test_addresses_that_differ_in_more_than_the_case_of_ascii_letters_are_two_people() -> None:
    pairs = {
        "jess.strauss@example.nhs.uk": "je\u017f\u017f.strau\u00df@example.nhs.uk",
        "finn@example.nhs.uk": "\ufb01nn@example.nhs.uk",
    }

    async def story(hers: str, theirs: str) -> tuple[World, str, str]:
        world = World()
        await world.submit(answers(email=hers), response_id="own")
        before = str(world.rows(TableName.APPLICATIONS)[0])
        await world.submit({**STRANGERS, "email": theirs}, response_id="another")
        await world.submit(answers(email=hers.upper(), job_title="Matron"), response_id="own")
        rows = world.rows(TableName.APPLICATIONS)
        first = next(row for row in rows if str(row["ResponseId"]) == "own")
        return world, before, str(first["Email"]) + str(first["JobTitle"])

    for hers, theirs in pairs.items():
        world, _, first = asyncio.run(story(hers, theirs))
        assert len(world.rows(TableName.APPLICATIONS)) == 2
        assert first.lower() == f"{hers}matron"


@pytest.mark.parametrize("response_id", ["own", "another"], ids=["an edit", "a form filled in anew"])
def test_a_time_of_submission_in_the_future_makes_nothing_later_older(response_id: str) -> None:
    """The first is 70 minutes ahead of the clock, the second has the right time and came after it."""

    async def story() -> World:
        world = World(now=NINE + timedelta(minutes=30))
        wrong = answers(manager_name="Wrong", manager_email=ALEX.email)
        await world.submit(wrong, response_id="own", submitted_at=NINE + timedelta(minutes=70))
        world.clock.advance(timedelta(seconds=20))
        await world.submit(
            answers(topics=["gender"]), response_id=response_id, submitted_at=NINE + timedelta(minutes=20)
        )
        if response_id != "own":
            await confirms(world, AMARA)
        await world.later(minutes=5)
        return world

    world = played(story)

    assert world.application()["ManagerEmail"] == PRIYA.email
    assert world.row(TableName.LIVED_EXPERIENCE)["Topics"] == "gender"
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert "application updated" in mails_to(world, AMARA)


@pytest.mark.parametrize("method", ["insert", "replace", "put", "get", "delete"])
@pytest.mark.parametrize("effect", [False, True], ids=["lost before", "lost after"])
def test_wherever_confirming_is_cut_off_pressing_again_ends_the_same(
    method: str, *, effect: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call to a table in turn fails, before or after its effect; then the person presses again."""

    async def story(fail_at: int) -> tuple[Any, bool]:
        world = await applied()
        await strangers_form(world)
        link = own_link(world, AMARA)
        page = await world.app.changes.page(link)
        assert page is not None
        calls = 0
        with monkeypatch.context() as broken:
            for name in TableName:
                table = world.tables(name)
                real = getattr(table, method)

                async def failing(*given: Any, real: Any = real, **named: Any) -> Any:
                    nonlocal calls
                    calls += 1
                    if calls == fail_at and not effect:
                        raise TemporaryFailure("storage is away")
                    done = await real(*given, **named)
                    if calls == fail_at:
                        raise TemporaryFailure("storage is away")
                    return done

                broken.setattr(table, method, failing)
            with contextlib.suppress(TemporaryFailure):
                await world.app.changes.answer(link, page.newest, page.newest)
        await world.app.changes.answer(link, page.newest, page.newest)
        await world.later(minutes=10)
        row = world.application()
        result = (
            [row[name] for name in ("Status", "FullName", "ManagerEmail", "Changes", "ResponseId", "Edits")],
            [str(lived["Topics"]) for lived in world.rows(TableName.LIVED_EXPERIENCE)],
            mails_to(world, MALLORY),
            mails_to(world, AMARA),
        )
        return result, calls < fail_at

    wanted, _ = asyncio.run(story(0))
    for number in range(1, 200):
        ended, over = asyncio.run(story(number))
        assert ended == wanted, f"call {number}"
        if over:
            break
    assert over


async def test_a_flood_of_forms_in_somebodys_name_pushes_none_of_their_own_out() -> None:
    world = await applied()
    own = await strangers_form(world, "her own", full_name="Amara Okafor-Bell")
    for number in range(MOST_CHANGES + 1):
        await strangers_form(world, f"flood {number}")
    await world.app.tick.daily()
    await world.run()
    held = world.row(TableName.QUARANTINE, Reference=reference(world), FullName="Amara Okafor-Bell")
    assert (held["Status"], own in world.bodies.kept) == ("Waiting for the applicant", True)
    world.clock.advance(CHANGES_ARE_KEPT)
    await world.app.tick.daily()
    await world.run()
    assert (world.rows(TableName.QUARANTINE), own in world.bodies.kept) == ([], False)


async def test_all_forms_that_wait_are_said_on_the_page_though_only_the_newest_are_shown() -> None:
    world = await applied()
    for number in range(8):
        await strangers_form(world, f"flood {number}")
    page = await world.app.changes.page(own_link(world, AMARA))
    assert page is not None
    assert (len(page.waiting), page.more) == (5, 3)
