"""From a delivered form to an application: repeats, edits, corrections, lateness, and what cannot be read."""

import asyncio
import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.application import Answer
from shared.ports import Cell
from shared.stores.names import TableName
from tests.factories import (
    ALEX,
    AMARA,
    GRACE,
    PRIYA,
    TOM,
    command,
    confirms,
    mails_to,
    manager_says,
    own_link,
    told,
    without,
)
from tests.world import ADMINISTRATORS, NINE, PROGRAMME, World, answers, mentee, token

LAST_EVENT = ("LastEventAt", "LastEventBy", "LastEvent", "LastEventFrom")


async def test_a_mentor_and_a_mentee_go_from_form_to_calendar() -> None:
    world = World()
    await world.tick()
    await world.submit()
    await world.submit(mentee())
    await manager_says(world, PRIYA.email)
    await manager_says(world, GRACE)

    assert told(world) == [
        (AMARA, "application approved"),
        (AMARA, "application received"),
        (GRACE, "approval request"),
        (PRIYA.email, "approval request"),
        (TOM, "application approved"),
        (TOM, "application received"),
    ]
    assert sorted((str(b["Session"]), str(b["Email"]), str(b["Status"])) for b in world.rows(TableName.BOOKINGS)) == [
        ("evaluation-1", TOM, "Booked"),
        ("mentee-training-1", TOM, "Booked"),
        ("mentor-training-1", AMARA, "Booked"),
        ("midway-1", TOM, "Booked"),
    ]
    assert sorted((email, what) for _, email, what in world.calendar.told) == [
        (AMARA, "invited"),
        (TOM, "invited"),
        (TOM, "invited"),
        (TOM, "invited"),
    ]
    assert [(a["Status"], a["NextStep"]) for a in world.rows(TableName.APPLICATIONS)] == [
        ("Approved", "Enrolled; ready to be matched"),
        ("Approved", "Enrolled; ready to be matched"),
    ]


async def test_the_same_delivery_fifty_times_is_one_application_and_one_mail_each() -> None:
    world = World()
    for _ in range(50):
        await world.submit(response_id="abc-1", submitted_at=NINE)
    await world.tick()

    assert len(world.rows(TableName.APPLICATIONS)) == 1
    assert told(world) == [(AMARA, "application received"), (PRIYA.email, "approval request")]


async def test_fifty_deliveries_waiting_on_the_queue_together_are_one_application() -> None:
    world = World()
    for _ in range(50):
        await world.submit(response_id="abc-1", submitted_at=NINE, run=False)
    await world.run()

    assert len(world.rows(TableName.APPLICATIONS)) == 1
    assert told(world) == [(AMARA, "application received"), (PRIYA.email, "approval request")]


async def test_an_edit_before_the_answer_replaces_the_answers_and_tells_the_applicant_alone() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(job_title="Ward sister"), response_id="a")

    assert world.application()["JobTitle"] == "Ward sister"
    assert told(world) == [
        (AMARA, "application received"),
        (AMARA, "application updated"),
        (PRIYA.email, "approval request"),
    ]


async def test_an_edit_after_the_answer_changes_nothing_but_a_flag() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    await manager_says(world, PRIYA.email)
    before = world.application()
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(job_title="Ward sister"), response_id="a")
    after = world.application()

    times = ("Content", "SubmittedAt", "Flags", "FlagsList", *LAST_EVENT)
    assert without(after, *times) == without(before, *times)
    assert "after the manager's answer" in str(after["Flags"])
    assert len(world.mailbox.sent) == 3


async def test_an_edit_that_names_another_manager_asks_that_one_and_ends_the_first_request() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(manager_name=ALEX.name, manager_email=ALEX.email), response_id="a")
    page = await world.app.approval.page(token(world.letters(PRIYA.email)[0], "decisions"))
    state = page.state if page else None

    assert state == "passed on"
    assert mails_to(world, ALEX.email) == ["approval request"]
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert world.application()["ManagerEmail"] == ALEX.email


async def test_one_person_can_apply_as_mentor_and_as_mentee() -> None:
    world = World()
    await world.submit()
    await world.submit(answers(role="mentee", training_session="mentee-training-2"))

    assert sorted((str(a["Role"]), str(a["Status"])) for a in world.rows(TableName.APPLICATIONS)) == [
        ("mentee", "Awaiting manager"),
        ("mentor", "Awaiting manager"),
    ]
    assert mails_to(world, AMARA) == ["application received"] * 2
    assert mails_to(world, PRIYA.email) == ["approval request"] * 2


async def test_an_edit_that_changes_the_address_replaces_the_earlier_application_without_a_contradicting_mail() -> None:
    right = "amara.okafor2@example.nhs.uk"

    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(email=right), response_id="a")
    await world.later(days=30)
    page = await world.app.approval.page(token(world.letters(PRIYA.email)[0], "decisions"))
    state = page.state if page else None

    old, new = world.application(Email=AMARA), world.application(Email=right)
    assert (old["Status"], old["ReplacedBy"]) == ("Withdrawn", new["RowKey"])
    assert state == "withdrawn"
    assert mails_to(world, AMARA) == ["application received"]
    assert "release not needed" not in mails_to(world, PRIYA.email)


async def test_an_address_that_is_changed_and_changed_back_ends_with_the_first_address_in_force() -> None:
    world = World()
    for hours, email in enumerate((AMARA, "amara.okafro@example.nhs.uk", AMARA)):
        world.clock.set(NINE + timedelta(hours=hours))
        await world.submit(answers(email=email), response_id="a")

    assert {str(a["Email"]): str(a["Status"]) for a in world.rows(TableName.APPLICATIONS)} == {
        AMARA: "Awaiting manager",
        "amara.okafro@example.nhs.uk": "Withdrawn",
    }


@pytest.mark.parametrize(
    "slip", [{"email": "amara.okafor@example"}, {"email": None}, {"role": "adviser"}], ids=["typo", "no email", "role"]
)
async def test_a_slip_in_an_edit_never_stops_an_approval_under_way(slip: dict[str, Any]) -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(**slip), response_id="a")
    await manager_says(world, PRIYA.email)

    assert world.application(Email=AMARA, Role="mentor")["Status"] == "Approved"


@pytest.mark.parametrize("slip", [{"email": "amara.okafor@example"}, {"role": "adviser"}], ids=["email", "role"])
async def test_a_slip_in_an_edit_that_is_corrected_leaves_one_live_application(slip: dict[str, Any]) -> None:
    world = World()
    for hours, changes in enumerate(({}, slip, {"job_title": "Ward sister"})):
        world.clock.set(NINE + timedelta(hours=hours))
        await world.submit(answers(**changes), response_id="a")

    live = [a for a in world.rows(TableName.APPLICATIONS) if a["Status"] != "Withdrawn"]
    assert [(a["Email"], a["Status"], a["JobTitle"]) for a in live] == [(AMARA, "Awaiting manager", "Ward sister")]


async def test_an_older_version_with_another_address_that_arrives_last_starts_no_second_application() -> None:
    right = "amara.okafor2@example.nhs.uk"

    world = World(now=NINE + timedelta(hours=2))
    await world.submit(answers(email=right), response_id="a", submitted_at=NINE + timedelta(hours=1))
    await world.submit(response_id="a", submitted_at=NINE)

    live = [a["Email"] for a in world.rows(TableName.APPLICATIONS) if a["Status"] == "Awaiting manager"]
    assert live == [right]
    assert told(world) == [(right, "application received"), (PRIYA.email, "approval request")]


def test_who_applied_in_time_stays_in_time_whatever_order_the_deliveries_take() -> None:
    in_time, edited = datetime(2026, 3, 12, 23, 0, tzinfo=UTC), datetime(2026, 3, 13, 1, 0, tzinfo=UTC)

    async def story(order: tuple[int, ...]) -> tuple[Any, Any]:
        world = World(now=edited + timedelta(hours=1))
        versions = [(answers(), in_time), (answers(job_title="Ward sister"), edited)]
        for number in order:
            form, at = versions[number]
            await world.submit(form, response_id="a", submitted_at=at)
        row = world.application()
        return row["Status"], row["JobTitle"]

    assert {order: asyncio.run(story(order)) for order in ((0, 1), (1, 0))} == {
        (0, 1): ("Awaiting manager", "Ward sister"),
        (1, 0): ("Awaiting manager", "Ward sister"),
    }


def test_without_a_time_of_the_provider_the_version_received_last_wins_in_any_order_of_the_queue() -> None:
    def body(job: str) -> bytes:
        form = {"form_id": PROGRAMME, "response_id": "a", "answers": answers(job_title=job)}
        return json.dumps(form).encode()

    async def story(order: tuple[int, ...]) -> Any:
        world = World()
        for job in ("first", "second", "third"):
            await world.deliver(body(job), run=False)
            world.clock.advance(timedelta(minutes=1))
        world.wakeups.submissions = [world.wakeups.submissions[number] for number in order]
        await world.run()
        return world.application()["JobTitle"]

    orders = list(itertools.permutations(range(3)))

    assert {order: asyncio.run(story(order)) for order in orders} == dict.fromkeys(orders, "third")


@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(st.sampled_from(range(3)), min_size=3, max_size=7).filter(lambda order: set(order) == {0, 1, 2}))
def test_every_order_of_deliveries_with_repeats_leads_to_the_same_application(order: list[int]) -> None:
    versions = [
        answers(),
        answers(job_title="Ward sister", topics=["gender"]),
        answers(job_title="Matron", manager_name=ALEX.name, manager_email=ALEX.email),
    ]

    async def story(numbers: list[int]) -> tuple[dict[str, Cell], dict[str, Cell]]:
        world = World(now=NINE + timedelta(hours=4))
        for number in numbers:
            at = NINE + timedelta(hours=number)
            await world.submit(versions[number], response_id="a", submitted_at=at)
        history = (
            "Requests",
            "Edits",
            "OpId",
            "ReceivedAt",
            "RevisedAt",
            "CountsFrom",
            "Flags",
            "FlagsList",
            *LAST_EVENT,
        )
        return without(world.application(), *history), without(world.row(TableName.LIVED_EXPERIENCE), "Version")

    assert asyncio.run(story(order)) == asyncio.run(story([0, 1, 2]))


async def test_an_application_that_needs_a_correction_says_so_and_goes_on_once_corrected() -> None:
    world = World()
    await world.submit(answers(manager_email="nobody"), response_id="a", submitted_at=NINE)
    step = str(world.application()["NextStep"])
    world.clock.advance(timedelta(hours=1))
    await world.submit(response_id="a")

    assert step == "Waiting for Amara Okafor to correct: Line manager's email address"
    assert world.application()["Status"] == "Awaiting manager"
    assert told(world) == [
        (AMARA, "application received"),
        (AMARA, "needs correction"),
        (PRIYA.email, "approval request"),
    ]


async def test_without_a_readable_address_nobody_is_mailed_and_the_digest_says_so() -> None:
    world = World()
    await world.tick()
    await world.submit(answers(email="nobody at all"), response_id="a", submitted_at=NINE)
    before = len(world.mailbox.sent)
    await world.app.tick.daily()
    await world.run()

    assert before == 0
    assert str(world.application()["NextStep"]).startswith(
        "No address could be read. Contact the applicant another way"
    )
    assert "No address could be read" in world.letters(ADMINISTRATORS, "act on today")[0].html


async def test_an_unreadable_address_that_is_corrected_leads_to_one_live_application() -> None:
    world = World()
    await world.submit(answers(email="nobody at all"), response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(response_id="a")

    assert {str(a["Email"]): str(a["Status"]) for a in world.rows(TableName.APPLICATIONS)} == {
        "": "Withdrawn",
        AMARA: "Awaiting manager",
    }
    assert told(world) == [(AMARA, "application received"), (PRIYA.email, "approval request")]


async def test_an_application_that_needs_a_decision_waits_for_admit() -> None:
    world = World()
    await world.submit(answers(area="northamptonshire", sector="other_healthcare"))
    before = told(world)
    result = await command(world, "admit", str(world.application(Status="Needs a decision")["RowKey"]))

    assert before == [(AMARA, "needs a decision")]
    assert result == "Done: Admitted; Priya Shah is asked now."
    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email) == ["approval request"]
    # The first mail promised that we tell them of the decision.
    assert "Good news: the programme team has accepted your application." in world.letters(AMARA, "Good news")[0].html


async def test_an_edited_application_that_is_admitted_gets_no_stale_mail_about_the_edit() -> None:
    world = World()
    form = {"area": "northamptonshire", "sector": "other_healthcare"}
    await world.submit(answers(**form), response_id="a", submitted_at=NINE)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(**form, job_title="Ward sister"), response_id="a")
    world.clock.advance(timedelta(days=2))
    await command(world, "admit", str(world.application()["RowKey"]))

    assert mails_to(world, AMARA) == ["application received", "needs a decision"]


async def test_who_is_not_for_this_cohort_is_told_kindly_and_no_manager_is_asked() -> None:
    world = World()
    await world.submit(answers(area="elsewhere"))

    assert told(world) == [(AMARA, "not this cohort")]
    assert world.application()["Status"] == "Not this cohort"


async def test_a_late_application_is_kept_and_can_be_let_in() -> None:
    world = World(now=datetime(2026, 3, 13, 0, 0, 0, tzinfo=UTC))
    await world.submit()
    before = told(world)
    result = await command(world, "approve late", str(world.application(Status="Late")["RowKey"]))

    assert before == [(AMARA, "late application")]
    assert result == "Done: Let in; Priya Shah is asked now."
    assert mails_to(world, PRIYA.email) == ["approval request"]
    assert "Good news: your late application can be accepted." in world.letters(AMARA, "Good news")[0].html


def test_who_was_let_in_nowhere_hears_of_no_good_news() -> None:
    async def story() -> World:
        world = World()
        await world.submit()
        return world

    assert "Good news" not in asyncio.run(story()).letters(AMARA)[0].html


def test_a_manager_at_a_free_mail_or_another_domain_is_flagged_and_still_asked() -> None:
    async def story(address: str) -> tuple[str, list[str]]:
        world = World()
        await world.submit(answers(manager_email=address))
        return str(world.application()["Flags"]), mails_to(world, address)

    for address, words in (("priya@gmail.com", "free mail"), ("priya@other.example.org", "another domain")):
        flags, mails = asyncio.run(story(address))

        assert words in flags
        assert mails == ["approval request"]


DOMAIN = "another domain than colleagues"


async def test_a_domain_is_known_only_once_a_manager_of_the_organisation_has_approved() -> None:
    world = World()
    seen: list[str] = []

    async def flags(manager: str) -> str:
        """The remarks on the next colleague, who names this manager."""
        email = f"person{len(seen)}@example.nhs.uk"
        await world.submit(answers(email=email, manager_email=manager))
        return str(world.row(TableName.APPLICATIONS, Email=email).get("Flags", ""))

    # Somebody makes up a colleague, so that a manager at the same domain seems known.
    await world.submit(answers(email="x@evil.example", manager_email="y@evil.example"))
    seen.append(await flags("mallory@evil.example"))
    await world.submit(answers(email="lee@second.example", manager_email="kim@second.example"))
    await manager_says(world, "kim@second.example")
    seen.append(await flags("kim@second.example"))
    await manager_says(world, "y@evil.example")
    seen.append(await flags("mallory@evil.example"))

    assert [DOMAIN in flags for flags in seen] == [True, False, True]


def test_the_first_of_an_organisation_is_remarked_on_only_if_manager_and_applicant_differ() -> None:
    async def story(manager: str) -> tuple[str, list[dict[str, Cell]]]:
        world = World()
        await world.submit(answers(manager_email=manager))
        return str(world.application().get("Flags", "")), world.rows(TableName.ORGANISATIONS)

    for manager, flagged in (("priya@example.nhs.uk", False), ("priya@other.example", True)):
        flags, organisations = asyncio.run(story(manager))

        assert (DOMAIN in flags) is flagged
        assert organisations == []


@pytest.mark.parametrize(
    ("manager", "says"),
    [
        (AMARA.replace("@", "+boss@"), "leads to the applicant's own mailbox"),
        (AMARA.replace("example.nhs.uk", "example.nhs.net"), "may be another one of the applicant's own"),
        (AMARA.replace("amara.okafor", "Amara-Okafor2"), "may be another one of the applicant's own"),
        ("amara.okafors@example.nhs.uk", ""),
    ],
)
async def test_whoever_may_approve_themselves_by_a_providers_form_is_remarked_on(manager: str, says: str) -> None:
    world = World()
    await world.submit(answers(manager_email=manager))
    flags = str(world.application().get("Flags", ""))

    assert says in flags
    assert bool(says) is ("applicant's own" in flags)


@pytest.mark.parametrize(
    "address", ["jos\u00e9@example.nhs.uk", f"{'a' * 65}@example.nhs.uk", "amara okafor@example.nhs.uk"]
)
async def test_the_team_hears_of_whoever_has_an_address_that_no_mail_reaches(address: str) -> None:
    world = World()
    await world.submit(answers(email=address))
    await world.app.tick.daily()
    await world.run()
    letters = [letter.html for letter in world.mailbox.sent]

    assert world.application()["Status"] == "Needs correction"
    assert len(letters) == 1
    assert "No address could be read, so nobody was told." in letters[0]


async def test_who_applies_again_after_withdrawing_is_asked_for_afresh_with_one_confirmation() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    await world.app.own_pages.withdraw(own_link(world, AMARA))
    await world.run()
    world.clock.advance(timedelta(days=1))
    await world.submit(response_id="a", submitted_at=NINE)  # a late copy brings nobody back
    assert world.application()["Status"] == "Withdrawn"
    await world.submit(response_id="b")
    assert world.application()["Status"] == "Withdrawn"
    await confirms(world, AMARA)

    assert world.application()["Status"] == "Awaiting manager"
    assert told(world) == [
        (AMARA, "application received"),
        (AMARA, "application received"),
        (AMARA, "application withdrawn"),
        (AMARA, "confirm change"),
        (PRIYA.email, "approval request"),
        (PRIYA.email, "approval request"),
        (PRIYA.email, "release not needed"),
    ]


TAKEN_IN = "Done: Taken in; the applicant is told what follows from it."


async def test_an_erased_person_stays_erased_by_a_late_copy_and_can_apply_anew() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    await command(world, "erase", str(world.application()["RowKey"]))
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(job_title="Ward sister"), response_id="a", submitted_at=NINE + timedelta(minutes=5))
    tombstone = world.application()
    world.mailbox.items.clear()
    world.clock.advance(timedelta(days=1))
    await world.submit(response_id="b")
    assert world.application()["Status"] == "Erased"
    assert world.mailbox.items == {}
    assert await command(world, "accept change", str(tombstone["RowKey"]), key="2") == TAKEN_IN
    mails = mails_to(world, PRIYA.email)

    assert (tombstone["Status"], tombstone["FullName"], tombstone["Email"]) == ("Erased", "", "")
    assert world.application()["Status"] == "Awaiting manager"
    assert mails == ["approval request"]
    assert mails_to(world, AMARA) == ["application received"]


async def test_an_edit_of_the_form_can_name_the_manager_that_is_asked_for() -> None:
    world = World()
    await world.submit(response_id="a", submitted_at=NINE)
    await manager_says(world, PRIYA.email, Answer.NOT_MY_REPORT)
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(manager_name=ALEX.name, manager_email=ALEX.email), response_id="a")

    assert mails_to(world, ALEX.email) == ["approval request"]


WRONG_BODIES = {
    "broken JSON": (b"{", PROGRAMME),
    "wrong form": (json.dumps({"form_id": "another", "answers": answers()}).encode(), PROGRAMME),
    "no answers": (json.dumps({"form_id": PROGRAMME}).encode(), PROGRAMME),
    "not an object": (b"[]", PROGRAMME),
    "not text": (b"\xff\xfe\x00", PROGRAMME),
}


async def test_what_cannot_be_read_is_parked_with_one_alert_an_hour() -> None:
    world = World()
    for data, _ in WRONG_BODIES.values():
        await world.deliver(data)
        world.clock.advance(timedelta(minutes=1))
    world.clock.set(NINE + timedelta(hours=1, minutes=5))
    await world.deliver(b"{{")

    assert [row["Status"] for row in world.rows(TableName.SUBMISSIONS)] == ["Parked"] * 6
    assert all(row["Reason"] for row in world.rows(TableName.SUBMISSIONS))
    assert told(world) == [(ADMINISTRATORS, "submission parked")] * 2
    assert not world.rows(TableName.APPLICATIONS)


async def test_a_submission_for_an_unknown_programme_is_parked_and_can_be_retried() -> None:
    world = World()
    await world.tick()
    data = json.dumps({"form_id": PROGRAMME, "response_id": "a", "answers": answers()}).encode()
    content = await world.deliver(data, run=False)
    world.wakeups.submissions = [("llr-rmi-2026-c8", "standard", content)]
    await world.run()
    assert told(world) == [(ADMINISTRATORS, "submission parked")]
    result = await command(world, "retry parked", content)

    assert result.startswith("Done")
    assert world.application()["Status"] == "Awaiting manager"


async def test_a_parked_submission_is_taken_in_again_on_command() -> None:
    world = World()
    await world.submit(form_id="form-of-another-house")
    content = str(world.row(TableName.SUBMISSIONS, Status="Parked")["RowKey"])
    programme = world.files.get(PROGRAMME)
    assert programme is not None
    world.files.change(PROGRAMME, form_ids={**programme.form_ids, "standard": "form-of-another-house"})
    result = await command(world, "retry parked", content[:12])

    assert result == "Done: 1 brought back."
    assert world.row(TableName.SUBMISSIONS)["Status"] == "Taken in"
    assert world.application()["Status"] == "Awaiting manager"


async def test_a_trial_submission_mails_nobody() -> None:
    world = World()
    body = {"form_id": PROGRAMME, "response_id": "a", "test": True, "answers": answers()}
    await world.deliver(json.dumps(body).encode())
    await world.later(days=40)

    assert [to for to, _ in told(world) if to != ADMINISTRATORS] == []


@pytest.mark.parametrize("slip", [{}, {"band": "Q" * 5_000}], ids=["an older version", "a version with a slip"])
async def test_a_response_that_named_somebody_elses_address_first_never_vanishes_into_their_application(
    slip: dict[str, Any],
) -> None:
    world = World(now=NINE + timedelta(hours=5))
    await world.submit(answers(email=TOM), response_id="a", submitted_at=NINE)
    toms = answers(full_name="Tom Hughes", email=TOM, manager_email=ALEX.email)
    await world.submit(toms, response_id="b", submitted_at=NINE + timedelta(hours=2))
    await confirms(world, TOM)
    await world.submit(answers(**slip), response_id="a", submitted_at=NINE + timedelta(hours=1))

    assert world.application(Email=AMARA)["FullName"] == "Amara Okafor"
    assert world.application(Email=TOM)["FullName"] == "Tom Hughes"
    assert world.application(Email=TOM)["Status"] == "Awaiting manager"


DECIDED_BY_HAND = {"area": "northamptonshire", "sector": "other_healthcare"}
AFTER_CLOSING = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


async def test_who_edits_into_a_decision_hears_the_decision() -> None:
    world = World()
    await world.submit(answers(), response_id="a")
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(**DECIDED_BY_HAND), response_id="a")
    await command(world, "admit", str(world.application()["RowKey"]))
    good_news = world.letters(AMARA, "Good news")

    assert mails_to(world, AMARA) == ["application received", "application received", "needs a decision"]
    assert "the programme team has accepted your application" in good_news[0].html
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request"]


@pytest.mark.parametrize(
    ("form", "kind"),
    [({"area": "elsewhere"}, "not this cohort"), (DECIDED_BY_HAND, "needs a decision")],
)
def test_who_fills_in_the_form_anew_is_answered_anew(form: dict[str, Any], kind: str) -> None:
    async def story() -> World:
        world = World()
        await world.submit(answers(**form), response_id="a")
        world.clock.advance(timedelta(hours=1))
        await world.submit(answers(**form, job_title="Ward sister"), response_id="b")
        await confirms(world, AMARA)
        return world

    assert mails_to(asyncio.run(story()), AMARA) == sorted([kind, kind, "confirm change"])


async def test_who_withdrew_and_applies_again_late_is_answered_and_once_let_in_the_manager_is_asked() -> None:
    world = World()
    await world.submit(answers(), response_id="a")
    await command(world, "withdraw", str(world.application()["RowKey"]))
    world.clock.set(AFTER_CLOSING)
    await world.submit(answers(), response_id="b")
    await confirms(world, AMARA)
    assert world.application()["Status"] == "Late"
    await command(world, "approve late", str(world.application()["RowKey"]), key="2")
    await manager_says(world, PRIYA.email)

    assert world.application()["Status"] == "Approved"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request", "release not needed"]
    assert mails_to(world, AMARA) == [
        "application approved",
        "application received",
        "application received",
        "application withdrawn",
        "confirm change",
        "late application",
    ]


async def test_who_was_declined_can_apply_anew_and_name_another_manager() -> None:
    world = World()
    await world.submit(answers(), response_id="a")
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    world.clock.advance(timedelta(days=1))
    await world.submit(answers(manager_name="Alex Reid", manager_email=ALEX.email), response_id="b")
    await confirms(world, AMARA)
    await manager_says(world, ALEX.email)

    assert world.application()["Status"] == "Approved"
    assert world.application()["Flags"] == "Applied again after being declined."
    assert mails_to(world, ALEX.email) == ["approval request"]


async def test_who_lapsed_can_apply_anew_once_the_closing_date_is_extended() -> None:
    world = World()
    await world.tick()
    await world.submit(answers(), response_id="a")
    await world.tick(datetime(2026, 3, 25, 9, 0, tzinfo=UTC))
    assert world.application()["Status"] == "Lapsed"
    await world.type_in(
        TableName.PROGRAMMES,
        {"PartitionKey": PROGRAMME, "RowKey": PROGRAMME, "ClosesAt": datetime(2026, 4, 10, 22, 59, 59, tzinfo=UTC)},
    )
    await world.later(minutes=5)
    await world.submit(answers(), response_id="b")
    await confirms(world, AMARA)

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email).count("approval request") == 2


async def test_a_late_copy_of_the_form_that_was_declined_brings_nothing_back() -> None:
    world = World()
    await world.submit(answers(), response_id="a")
    await manager_says(world, PRIYA.email, Answer.DECLINE)
    world.clock.advance(timedelta(days=1))
    await world.submit(answers(job_title="Ward sister"), response_id="a")

    assert world.application()["Status"] == "Declined"
    assert mails_to(world, PRIYA.email) == ["approval request"]


async def test_who_withdrew_and_sends_a_form_with_a_mistake_first_is_asked_for_afresh() -> None:
    world = World()
    await world.submit(answers(), response_id="a")
    await command(world, "withdraw", str(world.application()["RowKey"]))
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(job_title=""), response_id="b")
    await confirms(world, AMARA)
    assert world.application()["Status"] == "Needs correction"
    world.clock.advance(timedelta(hours=1))
    await world.submit(answers(), response_id="b")

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request", "release not needed"]


def test_what_is_to_be_done_before_closing_is_not_asked_for_after_it() -> None:
    async def story() -> World:
        world = World(now=AFTER_CLOSING)
        await world.submit(answers(job_title=""))
        return world

    text = asyncio.run(story()).letters(AMARA, "correction")[0].html

    assert "before applications close" not in text
    assert "Applications have closed in the meantime" in text


async def test_a_manager_who_was_told_to_stop_is_asked_again_when_an_edit_makes_the_person_eligible() -> None:
    world = World()
    for hours, area in enumerate(("leicester", "elsewhere", "leicester")):
        world.clock.advance(timedelta(hours=hours))
        changes = {} if area == "leicester" else {"area": area}
        await world.submit(answers(**changes, job_title=f"Nurse {hours}"), response_id="a")
        await world.later(minutes=5)

    assert world.application()["Status"] == "Awaiting manager"
    assert mails_to(world, PRIYA.email) == ["approval request", "approval request", "release not needed"]


@pytest.mark.parametrize("sent", ["0001-01-02T00:00:00Z", "1601-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_time_of_submission_in_an_impossible_year_stops_nothing(sent: str) -> None:
    world = World()
    await world.tick()
    for manager in ("wrong@example.nhs.uk", PRIYA.email):
        body = {
            "form_id": PROGRAMME,
            "response_id": "r",
            "submitted_at": sent,
            "answers": answers(manager_email=manager),
        }
        await world.deliver(json.dumps(body).encode())
        world.clock.advance(timedelta(minutes=5))
    row = world.application()
    assert (row["ManagerEmail"], row["SubmittedAtKnown"]) == (PRIYA.email, False)
    assert await world.app.own_pages.page(own_link(world, AMARA)) is not None
