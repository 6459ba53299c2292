"""The doors that people's links and addresses lead to, on the real services in memory."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import azure.functions as func
import pytest
from bs4 import BeautifulSoup, Tag

from functions import approval, checkins, participation, returning
from shared import bootstrap
from shared.domain.earlier import Details, Earlier
from shared.domain.suspicion import MOST_A_DAY, Counted
from shared.errors import LostRace
from shared.stores.names import TableName
from tests.factories import AMARA, GRACE, PRIYA, approved_pair, mails_to, manager_says, own_link
from tests.world import PROGRAMME, World, token

OVER = datetime(2027, 3, 15, 15, 0, tzinfo=UTC)


async def ask(
    world: World,
    door: Any,
    route: dict[str, str],
    *,
    query: dict[str, str] | None = None,
    came_by: str = "",
    **form: str,
) -> func.HttpResponse:
    """Open a page, or send a form if there are fields."""
    request = func.HttpRequest(
        method="POST" if form else "GET",
        url="https://mentoring.example.nhs.uk/",
        route_params=route,
        params=query or {},
        body=urlencode(form).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": came_by},
    )
    with patch.object(bootstrap, "get_app", lambda: world.app):
        answer: func.HttpResponse = await door.build().get_user_function()(request)
    await world.run()
    return answer


async def own(world: World, link: str, *, step: str = "", **form: str) -> func.HttpResponse:
    return await ask(world, participation.own_page, {"token": link}, query={"step": step} if step else None, **form)


def soup(answer: func.HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.get_body().decode(), "html.parser")


def heading(answer: func.HttpResponse) -> str:
    found = soup(answer).find("h1")
    return found.get_text() if found else ""


async def applied() -> tuple[World, str]:
    world = World()
    await world.submit()
    return world, own_link(world, AMARA)


async def decide(world: World, link: str, **form: str) -> func.HttpResponse:
    return await ask(world, approval.decision, {"token": link}, query=None, **form)


def errors(answer: func.HttpResponse) -> list[tuple[str, str]]:
    """The lines of the error summary: where each leads, and what it says."""
    summary = soup(answer).find(class_="nhsuk-error-summary")
    lines = summary.find_all("li") if summary else []
    return [(str(a["href"]) if (a := line.find("a")) else "", line.get_text(strip=True)) for line in lines]


@pytest.mark.parametrize("after", [".", ")", ">", " ", ").", "\u2060", ">\r\n"])
def test_a_link_opens_also_with_the_end_of_a_sentence_on_it(after: str) -> None:
    async def story() -> list[tuple[int, str]]:
        world, link = await applied()
        await world.app.earlier.bring_in([Earlier(Details("Grace Bell", GRACE), "cohort 6", date(2027, 1, 1))])
        await ask(world, returning.returning, {"programme": PROGRAMME}, email=GRACE)
        decision = token(world.letters(PRIYA.email)[0], "decisions")
        back = token(world.letters(GRACE)[0], "welcome-back")
        paired, checkin = await asked_about_a_meeting()
        answers = [
            await decide(world, decision + after),
            await own(world, link + after),
            await ask(world, returning.welcome_back, {"token": back + after}),
            await ask(paired, checkins.checkin, {"token": checkin["token"] + after}),
            await own(world, f"<{link}{after}"),
        ]
        return [(answer.status_code, heading(answer)) for answer in answers]

    assert asyncio.run(story()) == [
        (200, "Can you release Amara Okafor?"),
        (200, "Your application"),
        (200, "Welcome back"),
        (200, "How was meeting 1 of 6?"),
        (200, "Your application"),
    ]


async def test_a_managers_reason_is_taken_whole_or_sent_back_and_never_cut() -> None:
    world, _ = await applied()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    long = await decide(world, link, decision="decline", reason="r" * 501, note="n" * 2_001)
    assert world.application()["Status"] == "Awaiting manager"
    await decide(world, link, decision="decline", reason="r" * 500, note="n" * 2_000)
    most = "and the most we can take is"

    assert errors(long) == [
        ("#reason", f"This answer has 501 characters {most} 500. Please shorten it."),
        ("#note", f"This answer has 2,001 characters {most} 2,000. Please shorten it."),
    ]
    assert "r" * 501 in soup(long).get_text()
    assert "r" * 500 in world.letters(AMARA, "manager's answer")[0].html


def test_a_check_ins_note_is_not_cut_either() -> None:
    async def story() -> func.HttpResponse:
        world, route = await asked_about_a_meeting()
        return await ask(world, checkins.checkin, route, met="yes", note="n" * 4_001)

    assert [field for field, _ in errors(asyncio.run(story()))] == ["#note"]


def test_what_is_wrong_with_the_right_managers_address_is_said_once() -> None:
    async def story() -> func.HttpResponse:
        world, _ = await applied()
        link = token(world.letters(PRIYA.email)[0], "decisions")
        return await decide(world, link, decision="not_my_report", right_manager_email=AMARA)

    assert errors(asyncio.run(story())) == [
        ("#right_manager_email", "Enter their line manager's email address, not their own.")
    ]


@pytest.mark.parametrize(
    ("name", "email", "found"),
    [
        ("", "anna@example.nhs.uk", [("#manager_name", "Enter your line manager's name.")]),
        ("x" * 201, "anna@example.nhs.uk", [("#manager_name", "Use 200 characters or fewer.")]),
        (
            "",
            "",
            [
                ("#manager_name", "Enter your line manager's name."),
                ("#manager_email", "Please give an email address."),
            ],
        ),
        ("Me", AMARA, [("#manager_email", "Enter your manager's email address, not your own.")]),
    ],
)
async def test_a_manager_is_named_with_a_name_and_an_address_or_the_form_stands_open_with_its_errors(
    name: str, email: str, found: list[tuple[str, str]]
) -> None:
    world, link = await applied()
    answer = await own(world, link, action="name_manager", manager_name=name, manager_email=email)

    assert errors(answer) == found
    assert all(soup(answer).find(id=f"{field.removeprefix('#')}-error") for field, _ in found)
    assert soup(answer).find("details", open=True) is not None
    typed = soup(answer).find("input", id="manager_email")
    assert typed is not None
    assert typed.get("value", "") == email
    assert world.application()["ManagerEmail"] == PRIYA.email


async def test_where_the_own_page_says_that_the_form_can_be_filled_in_again_it_leads_there() -> None:
    world, link = await applied()
    details = soup(await own(world, link, step="details")).find("a", string="Fill in the form again")
    await world.app.own_pages.withdraw(link)
    withdrawn = soup(await own(world, link)).find("a", string="Go to the application form")

    assert [a["href"] for a in (details, withdrawn) if isinstance(a, Tag)] == [f"/apply/{PROGRAMME}"] * 2


async def test_looking_at_the_question_withdraws_nobody_and_the_answer_does() -> None:
    world, link = await applied()
    question = await own(world, link, step="withdraw")
    before = world.application()["Status"]
    await own(world, link, step="withdraw", action="withdraw", sure="yes")
    headings, statuses = [heading(question)], [before, world.application()["Status"]]

    assert headings == ["Do you want to withdraw your application?"]
    assert statuses == ["Awaiting manager", "Withdrawn"]


def defaults(form: Tag) -> dict[str, str]:
    """What a program sends that presses a form's button and chooses nothing."""
    fields = {
        str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[type=hidden], input:not([type])")
    }
    fields |= {
        str(tag["name"]): str(tag.get("value", "")) for tag in form.select("input[type=text], input[type=email]")
    }
    fields |= {str(tag["name"]): str(tag["value"]) for tag in form.select("input[checked]")}
    button = form.select_one("button[name]")
    return fields | ({str(button["name"]): str(button["value"])} if button else {})


@pytest.mark.parametrize("approved", [False, True])
async def test_a_program_that_follows_links_and_presses_buttons_withdraws_and_deletes_nothing(approved: bool) -> None:
    world, link = await applied()
    if approved:
        await manager_says(world, PRIYA.email)
    watched = ("Status", "ErasureAskedAt", "FullName", "ManagerEmail", "SessionsChosen", "JobTitle")
    before = {name: world.application().get(name) for name in watched}
    steps = {
        "",
        *(str(a["href"]).removeprefix("?step=") for a in soup(await own(world, link)).select('a[href^="?step"]')),
    }
    assert {"withdraw", "delete"} <= steps
    for step in sorted(steps):
        for form in soup(await own(world, link, step=step)).select("form"):
            if str(form).count('value="confirm"') or "session" in str(form):
                continue  # a place in a session is chosen by its own button
            await own(world, link, **defaults(form))
    after = {name: world.application().get(name) for name in watched}

    assert after == before


@pytest.mark.parametrize(
    ("step", "action", "says"),
    [
        ("withdraw", "withdraw", "Choose whether you want to withdraw."),
        ("delete", "ask_deletion", "Choose whether we should delete your data."),
    ],
)
async def test_withdrawing_and_deleting_need_a_choice_that_somebody_made(step: str, action: str, says: str) -> None:
    world, link = await applied()
    answers = [await own(world, link, step=step)]
    seen: list[tuple[object, bool]] = []
    for form in ({}, {"sure": "perhaps"}, {"sure": "no"}, {"sure": "yes"}, {}):
        answers.append(await own(world, link, action=action, **form))
        row = world.application()
        seen.append((row["Status"], bool(row.get("ErasureAskedAt"))))
    (asked, unsure, nonsense, no, yes, again) = answers

    assert soup(asked).select("input[type=radio][checked]") == []
    for answer in (unsure, nonsense):
        assert errors(answer) == [("#sure", says)]
        assert heading(answer) == heading(asked)
    assert [heading(answer) for answer in (no, yes, again)] == ["Your application"] * 3
    done = ("Withdrawn", False) if step == "withdraw" else ("Awaiting manager", True)
    assert seen == [("Awaiting manager", False)] * 3 + [done] * 2


PLUS = AMARA.replace("@", "+boss@")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (PLUS, "Enter your manager's email address: what stands behind the plus sign leads to your own mailbox."),
        ("priya.o\u2019shah@example.nhs.uk", "Did you mean priya.o'shah@example.nhs.uk?"),
        ("priya@example.nhs.uk.", "Did you mean priya@example.nhs.uk?"),
        (f"{'p' * 65}@example.nhs.uk", "64 characters at most"),
    ],
)
async def test_on_the_own_page_a_manager_is_named_whom_mail_can_reach_and_who_is_somebody_else(
    address: str, says: str
) -> None:
    world, link = await applied()
    answer = await own(world, link, action="name_manager", manager_name="Priya", manager_email=address)

    ((at, said),) = errors(answer)
    assert at == "#manager_email"
    assert says in said
    assert world.application()["ManagerEmail"] == PRIYA.email


@pytest.mark.parametrize(
    ("address", "says"),
    [
        (PLUS, "what stands behind the plus sign leads to the applicant's own mailbox."),
        ("alex@example.nhs.uk,", "Did you mean alex@example.nhs.uk?"),
    ],
)
async def test_a_manager_hands_over_to_somebody_whom_mail_can_reach_and_who_is_not_the_applicant(
    address: str, says: str
) -> None:
    world, _ = await applied()
    link = token(world.letters(PRIYA.email)[0], "decisions")
    form = {"decision": "not_my_report", "right_manager_name": "Alex", "right_manager_email": address}
    answer = await decide(world, link, **form)

    ((at, said),) = errors(answer)
    assert at == "#right_manager_email"
    assert says in said
    assert world.application()["ManagerEmail"] == PRIYA.email


def test_a_manager_who_may_be_the_applicant_is_asked_and_remarked_on_wherever_they_are_named() -> None:
    async def story() -> str:
        world, link = await applied()
        twin = AMARA.replace("example.nhs.uk", "example.nhs.net")
        await own(world, link, action="name_manager", manager_name="Priya", manager_email=twin)
        assert mails_to(world, twin) == ["approval request"]
        return str(world.application()["Flags"])

    assert "The manager's address may be another one of the applicant's own." in asyncio.run(story())


def test_what_a_manager_pastes_is_taken_without_its_control_characters() -> None:
    async def story() -> World:
        world, _ = await applied()
        await decide(
            world,
            token(world.letters(PRIYA.email)[0], "decisions"),
            decision="decline",
            note="Too busy:\x0bward is sh\x02ort",
            reason="No\x85cover",
        )
        return world

    row = asyncio.run(story()).row(TableName.APPROVALS)

    assert (row["Note"], row["Reason"]) == ("Too busy:\nward is short", "No cover")


async def test_wrong_details_come_back_on_their_own_page_and_good_ones_are_saved() -> None:
    world, link = await applied()
    wrong = await own(world, link, action="correct", full_name="", job_title="Nurse", band="5")
    good = await own(world, link, action="correct", full_name="Amara Jones", job_title="Nurse", band="5")

    assert soup(wrong).title.get_text().startswith("Error: Correct your details")  # type: ignore[union-attr]
    assert soup(wrong).find("a", href="#full_name") is not None
    assert heading(good) == "Your application"
    assert world.application()["FullName"] == "Amara Jones"


@pytest.mark.parametrize(("form", "name"), [("json", "my-data.json"), ("html", "my-data.html")])
async def test_a_download_is_a_file_that_nothing_in_between_keeps(form: str, name: str) -> None:
    world, link = await applied()
    await manager_says(world, PRIYA.email)
    answer, refused = (
        await own(world, link, action="download", format=form),
        await own(world, "x" * 43, action="download", format=form),
    )

    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.get_body().decode()
    assert "A room without stairs, please." in body
    if form == "json":
        assert json.loads(body)["sections"]["Your application"][0]["Full name"] == "Amara Okafor"
    assert refused.status_code == 404
    assert "Content-Disposition" not in refused.headers


def test_each_dead_link_says_what_to_do_next() -> None:
    async def story() -> list[tuple[int, str, bool]]:
        world, link = await applied()
        answers = [await own(world, link[:30]), await own(world, "x" * 43)]
        world.clock.set(OVER)
        answers += [
            await own(world, link),
            await own(world, link, action="withdraw"),
            await own(world, link, action="new_link"),
            await own(world, link),
        ]
        assert mails_to(world, AMARA).count("new link") == 1
        return [(a.status_code, heading(a), soup(a).find("form") is not None) for a in answers]

    assert asyncio.run(story()) == [
        (404, "This link is not complete", False),
        (404, "This link does not work", False),
        (410, "This link has expired", True),
        (410, "This link has expired", True),
        (200, "We have sent you a new link", False),
        (410, "This link has been replaced", False),
    ]


async def test_the_page_for_people_who_took_part_before_never_says_whom_it_knows() -> None:
    world = World()
    await world.app.earlier.bring_in([Earlier(Details("Amara Okafor", AMARA), "cohort 6", date(2027, 1, 1))])
    route = {"programme": PROGRAMME}
    pages = [
        await ask(world, returning.returning, route, email=email) for email in (AMARA, "nobody@example.nhs.uk", "  ")
    ]
    robot = await ask(world, returning.returning, route, email="robot@example.nhs.uk", website="spam")
    nowhere = await ask(world, returning.returning, {"programme": "no-such"})
    (known, unknown, empty) = [page.get_body().decode() for page in pages]

    assert known == unknown == robot.get_body().decode()
    assert "Error: " in empty
    assert nowhere.status_code == 404
    # One row for the known and one for the unknown address: the robot left none.
    assert len(world.rows(TableName.MESSAGES)) == 2
    assert [letter.to for letter in world.mailbox.sent] == [(AMARA,)]


async def test_very_many_addresses_from_one_network_are_refused_in_the_same_words_whether_known_or_not() -> None:
    world, route = World(), {"programme": PROGRAMME}
    await world.app.earlier.bring_in([Earlier(Details("Amara Okafor", AMARA), "cohort 6", date(2027, 1, 1))])
    office = "198.51.100.7, 203.0.113.9:5000"
    for number in range(MOST_A_DAY[Counted.ASKED]):
        usual = await ask(world, returning.returning, route, came_by=office, email=f"p{number}@example.nhs.uk")
        assert heading(usual) == "Check your email"
    refused = [
        await ask(world, returning.returning, route, came_by=office, email=email)
        for email in (AMARA, "nobody@example.nhs.uk", "p1@example.nhs.uk")
    ]
    mistyped = await ask(world, returning.returning, route, came_by=office, email="amara@")

    assert [answer.status_code for answer in refused] == [429] * 3
    assert len({answer.get_body() for answer in refused}) == 1
    assert "try from another network" in soup(refused[0]).get_text()
    assert AMARA not in refused[0].get_body().decode()
    assert mistyped.status_code == 200
    assert world.mailbox.sent == []


async def test_stored_details_become_an_application_through_the_page() -> None:
    world = World()
    details = Details("Amara Okafor", AMARA, "Nurse", "5", "Trust", "nhs", "llr", "Priya Shah", PRIYA.email)
    await world.app.earlier.bring_in([Earlier(details, "cohort 6", date(2027, 1, 1))])
    await ask(world, returning.returning, {"programme": PROGRAMME}, email=AMARA)
    route = {"token": token(world.letters(AMARA)[0], "welcome-back")}
    page = await ask(world, returning.welcome_back, route)
    wrong = await ask(world, returning.welcome_back, route, full_name="Amara Okafor")
    fields = [
        (str(tag["name"]), str(tag.get("value", "")))
        for tag in soup(page).find_all("input")
        if tag.get("type") in {"text", "email"} or tag.has_attr("checked") or tag.get("type") == "checkbox"
    ]
    fields += [("role", "mentor"), ("manager_agreed", "true"), ("consent", "true")]
    request = func.HttpRequest(method="POST", url="/", route_params=route, body=urlencode(fields).encode())
    with patch.object(bootstrap, "get_app", lambda: world.app):
        sent = await returning.welcome_back.build().get_user_function()(request)
    await world.run()
    headings = [heading(page), heading(wrong), heading(sent)]

    said = [says for _, says in errors(wrong)]
    assert "Enter your job title." in said
    assert all("Please choose one of" not in says and says != "Please answer this question." for says in said)
    assert len(set(said)) == len(said)
    # The hours and dates of each role stand before what is promised.
    text = " ".join(soup(page).get_text(" ").split())
    asked, _, after = text.partition("The time it takes")
    shown, _, _ = after.partition("Do you confirm each")
    assert "Do you confirm each" not in asked
    assert "9 hours in all" in shown
    assert "Thursday 26 March 2026" in shown
    assert "Hours and dates: Reverse mentee" in text
    assert headings == ["Welcome back", "Welcome back", "We have your application"]
    assert world.application()["Status"] == "Awaiting manager"


async def asked_about_a_meeting() -> tuple[World, dict[str, str]]:
    """A pair whose first meeting is over; the link of the mentor's check-in."""
    world = World()
    mentor, mentee_ = await approved_pair(world)
    await world.type_in(
        TableName.PAIRS,
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "pair",
            "Mentor": mentor,
            "Mentee": mentee_,
            "StartDate": "2026-04-20",
            "Status": "confirmed",
        },
    )
    await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    return world, {"token": token(world.letters(AMARA, "Meeting 1")[0], "checkins")}


async def test_after_a_check_in_the_page_shows_what_was_saved_and_nothing_else() -> None:
    world, route = await asked_about_a_meeting()
    form = {"met": "no", "met_on": "2026-05-14", "rating": "4", "note": "We had to move it."}
    answer = await ask(world, checkins.checkin, route, query=None, **form)
    row, shown = world.row(TableName.CHECK_INS, Meeting=1, Role="mentor"), soup(answer)

    assert "We have saved your answer." in shown.get_text()
    assert not row.get("MetOn")
    assert not row.get("Rating")
    assert [str(tag["value"]) for tag in shown.find_all("input", checked=True)] == ["no"]
    assert [str(tag.get("value", "")) for tag in shown.find_all("input", id="met_on")] == [""]
    assert "We had to move it." in shown.get_text()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("14 May 2026", None),
        ("14/05/2026", None),
        ("2026-05-14", None),
        ("next week", "Enter the date you met, like 14 May 2026."),
        ("2026-06-30", "The date you met must be today or in the past."),
        ("2016-05-14", "The date you met must be Monday 20 April 2026 or later: that is when you were introduced."),
    ],
)
async def test_a_check_in_reads_the_dates_that_people_type(typed: str, says: str | None) -> None:
    world, route = await asked_about_a_meeting()
    answer = await ask(world, checkins.checkin, route, met="yes", met_on=typed)

    if says:
        assert says in soup(answer).get_text()
    else:
        assert world.row(TableName.CHECK_INS, Meeting=1, Role="mentor")["MetOn"] == "2026-05-14"


async def answered_from_an_old_page(world: World, *answers: str) -> list[func.HttpResponse]:
    """A manager goes back in the browser after each answer: every one comes from the page that showed none."""
    await world.tick()
    await world.submit()
    link = {"token": token(world.letters(PRIYA.email)[0], "decisions")}
    return [await ask(world, approval.decision, link, decision=answer, revision="0") for answer in answers]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        (
            "approve",
            "decline",
            "You had already answered: yes. This new answer was not taken. If that is wrong, write to us.",
        ),
        (
            "decline",
            "approve",
            (
                "You had already answered: no. This new answer was not taken. "
                "To change it, choose again below and send it."
            ),
        ),
    ],
)
async def test_a_changed_mind_that_was_not_taken_is_told_and_the_same_answer_again_is_not(
    first: str, second: str, says: str
) -> None:
    world = World()
    (_, again, other) = await answered_from_an_old_page(world, first, first, second)

    assert errors(again) == []
    assert [told for _, told in errors(other)] == [says]
    assert soup(other).select(".nhsuk-notification-banner") == []
    assert world.application()["Status"] == {"approve": "Approved", "decline": "Declined"}[first]


async def test_a_link_that_still_works_needs_no_new_one_and_none_is_promised() -> None:
    world, link = await applied()
    answer = await own(world, link, action="new_link")

    assert (answer.status_code, heading(answer), errors(answer)) == (200, "Your application", [])
    assert "new link" not in mails_to(world, AMARA)


async def test_a_link_that_was_replaced_before_offers_another() -> None:
    world, link = await applied()
    world.clock.set(OVER)
    await own(world, link, action="new_link")
    world.clock.advance(timedelta(hours=3))
    replaced, sent = [await own(world, link), await own(world, link, action="new_link")]

    assert (replaced.status_code, heading(replaced)) == (410, "This link has been replaced")
    assert soup(replaced).find("form") is not None
    assert heading(sent) == "We have sent you a new link"


async def contested(*_arguments: object, **_more: object) -> None:
    raise LostRace("the application is being changed by others at the same time")


async def test_a_session_without_a_date_is_said_to_have_none_once() -> None:
    world = World()
    await approved_pair(world)

    lines = soup(await own(world, own_link(world, AMARA))).get_text("\n").casefold().splitlines()

    assert [line for line in lines if "to be confirmed" in line or "no date" in line].count("time to be confirmed") == 1
    assert not any("at the moment" in line for line in lines)


@pytest.mark.parametrize("door", ["own page", "decision", "check-in", "returning"])
def test_whoever_loses_a_race_is_asked_to_try_again(door: str) -> None:
    async def story() -> func.HttpResponse:
        world, link = await applied()
        services: dict[str, tuple[object, str]] = {
            "own page": (world.app.own_pages, "withdraw"),
            "decision": (world.app.approval, "answer"),
            "check-in": (world.app.checkins, "view"),
            "returning": (world.app.returning, "apply"),
        }
        service, does = services[door]
        with patch.object(service, does, contested):
            match door:
                case "own page":
                    return await own(world, link, action="withdraw", sure="yes")
                case "decision":
                    return await decide(world, "x" * 43, decision="approve")
                case "check-in":
                    return await ask(world, checkins.checkin, {"token": "x" * 43}, met="yes")
                case _:
                    return await ask(world, returning.welcome_back, {"token": "x" * 43}, role="mentor")

    answer = asyncio.run(story())

    assert (answer.status_code, heading(answer)) == (503, "Sorry, this is not working at the moment")


async def test_just_after_midnight_in_summer_today_is_a_day_on_which_a_pair_may_have_met() -> None:
    world = World()
    mentor, mentee_ = await approved_pair(world)
    pair = {"Mentor": mentor, "Mentee": mentee_, "StartDate": "2026-04-20", "Status": "confirmed"}
    await world.type_in(TableName.PAIRS, {"PartitionKey": PROGRAMME, "RowKey": "pair", **pair})
    await world.tick(datetime(2026, 4, 20, 9, 0, tzinfo=UTC))
    await world.tick(datetime(2026, 5, 20, 9, 0, tzinfo=UTC))
    link = {"token": token(world.letters(AMARA, "Meeting 1")[0], "checkins")}
    world.clock.set(datetime(2026, 5, 21, 23, 30, tzinfo=UTC))  # half past midnight in the UK
    today = await ask(world, checkins.checkin, link, met="yes", met_on="2026-05-22")
    tomorrow = await ask(world, checkins.checkin, link, met="yes", met_on="2026-05-23")

    assert errors(today) == []
    assert errors(tomorrow) == [("#met_on", "The date you met must be today or in the past.")]


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (datetime(2026, 1, 20, 9, 0, tzinfo=UTC), "Applications open soon"),
        (datetime(2026, 5, 20, 9, 0, tzinfo=UTC), "Applications have closed"),
    ],
)
async def test_while_nobody_can_apply_no_link_is_offered_and_none_is_sent(now: datetime, says: str) -> None:
    world = World(now=now)
    await world.app.earlier.bring_in([Earlier(Details("Amara Okafor", AMARA), "cohort 6", date(2027, 1, 1))])
    route = {"programme": PROGRAMME}
    pages = [
        await ask(world, returning.returning, route),
        await ask(world, returning.returning, route, email=AMARA),
    ]

    assert [heading(page) for page in pages] == [says, says]
    assert [soup(page).find("form") for page in pages] == [None, None]
    assert world.mailbox.sent == []
