"""Our own form, as somebody meets it whose browser runs no script."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import HttpUrl

from shared.composition import root
from shared.domain.form import name_of, pages
from shared.domain.programme import Programme, Question, Role
from shared.errors import RejectedRequest, TemporaryFailure
from shared.ports import Cell
from shared.services.applications.webhooks import Request
from shared.stores.names import TableName
from tests.factories import AMARA, PRIYA, manager_says
from tests.visitor import Shown, Visitor, just_sent, typed
from tests.world import NINE, PROGRAMME, World, cohort_7, mentee

AFTER_CLOSING = datetime(2026, 3, 13, 9, 0, tzinfo=UTC)
BEGUN = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)


def told(story: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await story()

    return asyncio.run(run())


def test_a_mentor_applies_from_the_first_page_to_the_reference() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor = Visitor(world)
        sent = await visitor.fill_in(typed())
        await world.run()
        return world, sent

    world, sent = told(story)
    application = world.application()

    assert sent.heading == "We have your application"
    assert str(application["RowKey"]) in sent.words
    assert (application["Status"], application["Source"], application["Email"]) == ("Awaiting manager", "own", AMARA)
    assert application["SessionsChosen"] == "mentor-training: mentor-training-1"
    assert {letter.to[0] for letter in world.mailbox.sent} == {AMARA, PRIYA.email}
    lived = world.row(TableName.LIVED_EXPERIENCE)
    assert (lived["Topics"], lived["AboutYou"]) == ("race, disability", "I would like to share what I have seen.")


def test_a_mentee_is_asked_for_a_mentees_dates_only() -> None:
    async def story() -> tuple[World, Shown, Shown]:
        world = World()
        visitor = Visitor(world)
        form = typed(**mentee())
        time = await visitor.fill_in(form, until="time")
        training = await visitor.fill_in(form, until="training-session", first=time)
        await visitor.fill_in(form, first=training)
        await world.run()
        return world, time, training

    world, time, training = told(story)

    assert time.heading == "Reverse mentee: what it takes"
    assert "9 hours 30 minutes" in time.words
    assert training.fields == {"training_session-mentee"}
    assert world.application()["SessionsChosen"] == "mentee-training: mentee-training-1"


def test_hours_and_dates_are_shown_before_anything_is_promised() -> None:
    async def story() -> Shown:
        return await Visitor(World()).fill_in(typed(), until="time")

    time = told(story)

    for words in ("9 hours", "Thursday 26 March 2026, 9:30am to 12:30pm", "Monday 13 April 2026", "Optional on top"):
        assert words in time.words
    assert "ethnic or cultural minority background" in time.words


def test_every_page_says_in_its_title_where_one_is_and_whether_something_is_wrong() -> None:
    async def story() -> tuple[Shown, Shown]:
        visitor = Visitor(World())
        shown = await visitor.fill_in(typed(), until="full-name")
        return shown, await visitor.press("full-name", {"full_name": "  "})

    shown, wrong = told(story)

    assert shown.title == "What is your full name? (question 4 of 16) - Reverse Mentoring for Inclusion Programme"
    assert wrong.title == f"Error: {shown.title}"
    assert wrong.errors == ["Enter your full name."]
    assert wrong.soup.select_one('.nhsuk-error-summary a[href="#full_name"]') is not None
    assert wrong.soup.find(id="full_name-error") is not None


def test_what_was_typed_is_there_again_after_a_mistake_a_step_back_and_a_refresh() -> None:
    async def story() -> tuple[list[list[str]], Shown]:
        visitor = Visitor(World())
        shown = await visitor.fill_in(typed(), until="manager")
        wrong = await visitor.press("manager", {"manager_name": "Priya", "manager_email": "priya@nowhere"})
        again = await visitor.look("manager")
        back = await visitor.look(again.back)
        visits = [wrong.given()["manager_email"], again.given()["manager_email"], again.given()["manager_name"]]
        return [*visits, back.given()["organisation"]], shown

    seen, _ = told(story)

    assert seen == [["priya@nowhere"], ["priya@nowhere"], ["Priya"], ["Example Partnership NHS Trust"]]


def test_a_text_that_is_too_long_comes_back_whole_to_be_shortened() -> None:
    async def story() -> tuple[Shown, Shown]:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="about-you")
        wrong = await visitor.press("about-you", {"about_you": "ab\n" * 1_500})
        return wrong, await visitor.look("about-you")

    wrong, later = told(story)

    assert "4,499 characters and the most we can take is 4,000" in wrong.errors[0]
    assert wrong.given()["about_you"] == later.given()["about_you"] == ["ab\n" * 1_500]


def test_the_first_page_leads_back_to_where_somebody_was() -> None:
    async def story() -> tuple[Shown, Shown]:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="organisation", first=await visitor.start(keep=True))
        front = await visitor.look()
        return front, await visitor.look(front.onward)

    front, resumed = told(story)

    assert front.onward == "organisation"
    assert resumed.heading == "Your organisation"


def test_whoever_starts_again_starts_with_nothing() -> None:
    async def story() -> tuple[World, Shown]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="organisation")
        first = await visitor.start()
        return world, first

    world, first = told(story)

    assert "area" not in first.given()
    assert len(world.rows(TableName.DRAFTS)) == 1


def test_all_answers_are_checked_before_they_are_sent_and_each_can_be_changed() -> None:
    async def story() -> tuple[World, Shown, Shown, Shown]:
        world = World()
        visitor = Visitor(world)
        check = await visitor.fill_in(typed(), until="check")
        changing = await visitor.look("job-title")
        changed = await visitor.press("job-title", {"job_title": "Ward manager"})
        await visitor.fill_in(typed(job_title="Ward manager"), first=changed)
        await world.run()
        return world, check, changing, changed

    world, check, changing, changed = told(story)

    for words in (
        "Amara Okafor",
        "Reverse mentor",
        "Race Disability",
        "Thursday 26 March 2026",
        "A room without stairs",
    ):
        assert words in check.words
    assert len(check.soup.select(".nhsuk-summary-list__actions a")) == 22
    assert changing.back == "check"
    assert changed.heading == "Check your answers"
    assert "Ward manager" in changed.words
    assert world.application()["JobTitle"] == "Ward manager"


def test_whoever_becomes_a_mentee_at_the_check_sees_the_dates_and_chooses_again() -> None:
    async def story() -> tuple[list[str], Shown]:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="check")
        seen = []
        shown = await visitor.press("role", {"role": "mentee"})
        seen.append(visitor.at)
        shown = await visitor.look(shown.onward)
        seen.append(visitor.at)
        shown = await visitor.press(visitor.at, {"training_session-mentee": "mentee-training-2"})
        return [*seen, visitor.at], shown

    seen, check = told(story)

    assert seen == ["time", "training-session", "check"]
    assert "Tuesday 14 April 2026" in check.words
    assert "Thursday 26 March" not in check.words


def test_a_page_cannot_be_skipped() -> None:
    async def story() -> list[str]:
        visitor = Visitor(World())
        await visitor.start()
        seen = []
        for page in ("check", "declaration", "sent", "nonsense", "training-session"):
            await visitor.look(page)
            seen.append(visitor.at)
        await visitor.press("declaration", {"consent": "true", "commitment": ["training", "meetings", "principles"]})
        return [*seen, visitor.at]

    assert told(story) == ["area"] * 6


def test_pressing_the_last_button_twice_is_one_application() -> None:
    async def story() -> tuple[World, list[str], int]:
        world = World()
        visitor = Visitor(world)
        declaration = await visitor.fill_in(typed(), until="declaration")
        form = visitor.declared(declaration)
        answers = await asyncio.gather(*(visitor.send("POST", "declaration", form) for _ in range(5)))
        world.clock.advance(timedelta(minutes=1))
        late = await visitor.send("POST", "declaration", form)
        await world.run()
        return world, [str(a.headers["Location"]) for a in (*answers, late)], len(world.bodies.kept)

    world, led_to, bodies = told(story)

    assert led_to == [f"/apply/{PROGRAMME}/sent"] * 6
    assert bodies == 1
    assert len(world.rows(TableName.APPLICATIONS)) == 1
    assert len(world.mailbox.sent) == 2


def test_after_sending_the_answers_are_gone_from_the_draft_and_every_page_leads_to_the_reference() -> None:
    async def story() -> tuple[World, str, list[str]]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed())
        seen = []
        for page in ("check", "full-name", "declaration"):
            await visitor.look(page)
            seen.append(visitor.at)
            await visitor.press(page, {"full_name": "Somebody Else"})
            seen.append(visitor.at)
        return world, (await visitor.look()).words, seen

    world, front, seen = told(story)

    assert seen == ["sent"] * 6
    assert "You have sent an application from this browser" in front
    assert "Amara" not in str(world.rows(TableName.DRAFTS))
    assert "race" not in str(world.rows(TableName.DRAFTS))


def test_a_storage_that_fails_while_sending_loses_nothing_and_sends_the_same_later() -> None:
    async def story() -> tuple[World, list[str], list[dict[str, Any]]]:
        world = World()
        visitor = Visitor(world)
        declaration = await visitor.fill_in(typed(), until="declaration")
        form = visitor.declared(declaration)
        keep, failing = world.bodies.keep, [True, True]

        async def keeping(body: Any, *, waiting: bool = True) -> bool:
            kept = await keep(body) if len(failing) == 1 else False
            if failing and failing.pop():
                raise TemporaryFailure("storage does not answer")
            return kept or await keep(body)

        world.bodies.keep = keeping  # type: ignore[method-assign]
        headings = []
        for _ in range(3):
            headings.append((await visitor.press("declaration", form)).heading)
            world.clock.advance(timedelta(minutes=2))
        await world.run()
        return world, headings, [json.loads(body.data) for body in world.bodies.kept.values()]

    world, headings, bodies = told(story)

    assert headings == ["Sorry, this is not working at the moment"] * 2 + ["We have your application"]
    # The second try stored the body before it failed: the third sent the very same bytes.
    assert [body["submitted_at"] for body in bodies] == ["2026-02-10T09:01:00+00:00"]
    assert len(world.rows(TableName.APPLICATIONS)) == 1


def test_two_windows_do_not_overwrite_each_other() -> None:
    async def story() -> Shown:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="check")
        await asyncio.gather(
            visitor.send("POST", "job-title", {"job_title": "Ward manager"}),
            visitor.send("POST", "full-name", {"full_name": "Amara Jones"}),
        )
        return await visitor.look("check")

    check = told(story)

    assert "Ward manager" in check.words
    assert "Amara Jones" in check.words


def test_a_draft_of_yesterday_is_gone_and_the_page_says_so() -> None:
    async def story() -> tuple[World, Shown, Shown, list[int]]:
        world = World()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="topics")
        world.clock.set(NINE + timedelta(hours=23, minutes=59))
        await world.tick()
        kept = [len(world.rows(TableName.DRAFTS))]
        world.clock.set(NINE + timedelta(hours=24))
        late = await visitor.press("topics", {"topics": "race"})
        unknown = await Visitor(world).look("topics")
        await world.tick()
        return world, late, unknown, [*kept, len(world.rows(TableName.DRAFTS))]

    world, late, unknown, rows = told(story)

    assert rows == [1, 0]
    assert (late.status, late.heading) == (410, "Your answers are not here any more")
    assert (unknown.status, unknown.heading) == (410, "Your answers are not here any more")
    assert late.onward == ""
    assert world.rows(TableName.APPLICATIONS) == []


def test_an_address_that_never_was_a_page_leads_to_the_first_one() -> None:
    async def story() -> tuple[Shown, list[int]]:
        world = World()
        nowhere = await Visitor(world).look("nope")
        real = {page.id for role in Role for page in pages(cohort_7(), {"role": (role,), "area": ("elsewhere",)})}
        statuses = [
            (await Visitor(world).look(id_)).status for id_ in sorted({*real, "eligibility", "sent", "equality"})
        ]
        return nowhere, statuses

    nowhere, statuses = told(story)

    assert (nowhere.status, nowhere.heading, nowhere.onward) == (404, "There is no page at this address", "")
    assert nowhere.soup.select_one(f'a.nhsuk-button[href="/apply/{PROGRAMME}"]') is not None
    assert set(statuses) == {410}


@pytest.mark.parametrize("typed_in", [PROGRAMME.upper(), f"{PROGRAMME}.", f" {PROGRAMME.title()}"])
def test_a_programmes_address_is_known_however_it_is_typed(typed_in: str) -> None:
    async def story() -> tuple[Shown, Shown]:
        visitor = Visitor(World(), typed_in)
        return await visitor.look(), await visitor.start()

    front, begun = told(story)

    assert front.status == 200
    assert begun.heading == "Where do you work?"


@pytest.mark.parametrize(
    "cookie", ["", "nonsense", "2026021109.short", "2026021109." + "x" * 43, "9" * 10 + "." + "é" * 43]
)
def test_a_secret_that_is_none_opens_nothing(cookie: str) -> None:
    async def story() -> int:
        world = World()
        await Visitor(world).fill_in(typed(), until="topics")
        stranger = Visitor(world)
        stranger.cookie = f"__Host-apply-{PROGRAMME}={cookie}"
        return (await stranger.look("topics")).status

    assert told(story) == 410


@pytest.mark.parametrize(
    ("now", "form", "says", "status"),
    [
        (NINE, typed(), "as a rule we ask your line manager to release you", "Awaiting manager"),
        (AFTER_CLOSING, typed(), "decides whether yours can still be accepted", "Late"),
        (
            NINE,
            typed(area="northamptonshire", sector="other_healthcare"),
            "first decides whether this cohort can include people from your area",
            "Needs a decision",
        ),
    ],
)
def test_the_page_after_sending_says_what_comes_next(
    now: datetime, form: dict[str, Any], says: str, status: str
) -> None:
    async def story() -> tuple[World, Shown]:
        world = World(now=now)
        await world.tick()
        sent = await Visitor(world).fill_in(form)
        await world.run()
        return world, sent

    world, sent = told(story)

    assert says in sent.words
    assert ("as a rule we ask your line manager" in sent.words) is (status == "Awaiting manager")
    assert world.application()["Status"] == status


def test_a_form_that_closes_while_it_is_filled_in_can_still_be_sent_and_says_what_happens() -> None:
    async def story() -> tuple[World, Shown, Shown]:
        world = World(now=datetime(2026, 3, 12, 23, 30, tzinfo=UTC))
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="declaration")
        world.clock.set(datetime(2026, 3, 13, 0, 5, tzinfo=UTC))
        declaration = await visitor.look("declaration")
        sent = await visitor.fill_in(typed(), first=declaration)
        await world.run()
        return world, declaration, sent

    world, declaration, sent = told(story)

    assert "Applications have closed in the meantime" in declaration.words
    assert sent.heading == "We have your application"
    assert world.application()["Status"] == "Late"


@pytest.mark.parametrize(
    ("now", "heading", "says", "can_start"),
    [
        (datetime(2026, 1, 20, 9, 0, tzinfo=UTC), "Applications open soon", "open on Monday 2 February 2026", False),
        (NINE, "Apply to take part", "until 11:59pm on Thursday 12 March 2026", True),
        (AFTER_CLOSING, "Applications have closed", "You can still send a late application", True),
        (BEGUN, "Applications have closed", "this cohort has begun", False),
    ],
)
def test_the_first_page_says_whether_one_can_apply(now: datetime, heading: str, says: str, can_start: bool) -> None:
    async def story() -> tuple[Shown, Shown, World]:
        world = World(now=now)
        visitor = Visitor(world)
        return await visitor.look(), await visitor.press("", {}), world

    front, pressed, world = told(story)

    assert front.heading == heading
    assert says in front.words
    assert "Leicester, Leicestershire and Rutland: NHS" in front.words or now == BEGUN
    assert (front.soup.find("form") is not None) is can_start
    assert ("If you are not sure, start" in front.words) is can_start
    assert (pressed.heading == "Where do you work?") is can_start
    assert len(world.rows(TableName.DRAFTS)) == can_start


def test_a_programme_that_does_not_exist_is_told_on_every_page() -> None:
    async def story() -> list[tuple[int, str]]:
        visitor = Visitor(World(), "no-such-programme")
        pages = [await visitor.look(), await visitor.press(""), await visitor.look("area"), await visitor.press("area")]
        return [(page.status, page.heading) for page in pages]

    assert told(story) == [(404, "There is no programme at this address")] * 4


def test_looking_changes_nothing() -> None:
    async def story() -> tuple[int, int]:
        world = World()
        visitor = Visitor(world)
        await visitor.look()
        before = len(world.rows(TableName.DRAFTS))
        await visitor.fill_in(typed(), until="check")
        row = world.row(TableName.DRAFTS)
        for page in ("", "area", "time", "check", "declaration"):
            await visitor.look(page)
        return before, int(world.row(TableName.DRAFTS) != row)

    assert told(story) == (0, 0)


async def test_whoever_a_decision_is_needed_about_hears_it_early_and_goes_on() -> None:
    world = World()
    visitor = Visitor(world)
    form = typed(area="northamptonshire", sector="other_healthcare")

    shown = await visitor.fill_in(form, until="eligibility")
    asked = len(json.loads(str(world.row(TableName.DRAFTS)["Answers0"])))
    await visitor.fill_in(form, first=shown)
    await world.run()

    assert shown.heading == "The programme team looks at your application first"
    assert asked == 2
    assert world.application()["Status"] == "Needs a decision"


async def test_whoever_the_cohort_is_not_for_is_asked_for_nothing_more() -> None:
    world = World()
    visitor = Visitor(world)

    shown = await visitor.fill_in(typed(area="elsewhere"), until="eligibility")
    further = [await visitor.look(page) for page in ("role", "topics", "check", "declaration")]

    assert shown.heading == "This cohort is not open to everybody yet"
    assert f"/interest/{PROGRAMME}" in shown.html
    assert {one.heading for one in further} == {shown.heading}


def test_sessions_say_how_many_places_are_left() -> None:
    async def story() -> tuple[str, World]:
        world = World()
        await world.tick()
        for session, capacity in (("mentor-training-1", 1), ("mentor-training-2", 2)):
            await world.type_in(
                TableName.SESSIONS, {"PartitionKey": PROGRAMME, "RowKey": session, "Capacity": capacity}
            )
        await world.submit()
        await manager_says(world, PRIYA.email)
        visitor = Visitor(world)
        shown = await visitor.fill_in(typed(email="zoe@example.nhs.uk"), until="training-session")
        return shown.words, world

    words, _ = told(story)

    assert "Thursday 26 March 2026, 9:30am to 12:30pm This session is full. If you choose it, you join its" in words
    assert "Monday 13 April 2026, 1pm to 4pm 2 places left" in words
    assert "I do not know yet" in words


def test_the_cookie_is_this_sites_alone_and_holds_nothing_but_the_secret() -> None:
    async def story() -> tuple[str, str, World]:
        world = World()
        answer = await Visitor(world).send("POST", "", {})
        plain = World()
        local = plain.settings.model_copy(update={"public_base_url": HttpUrl("http://127.0.0.1:7071")})
        plain.app = root.build(local, plain.outside)
        other = await Visitor(plain).send("POST", "", {})
        return str(answer.headers["Set-Cookie"]), str(other.headers["Set-Cookie"]), world

    cookie, on_a_laptop, world = told(story)
    row = world.row(TableName.DRAFTS)
    match = re.fullmatch(
        rf"__Host-apply-{PROGRAMME}=(\d{{10}})\.([A-Za-z0-9_-]{{43}}); Path=/; HttpOnly; SameSite=Lax; Secure",
        cookie,
    )

    assert match is not None
    assert match[1] == row["PartitionKey"]
    assert match[2] not in str(row)
    assert on_a_laptop.startswith(f"apply-{PROGRAMME}=")
    assert "Secure" not in on_a_laptop


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://mentoring.example.nhs.uk"}, False),
        ({"Origin": "https://mentoring.example.nhs.uk", "Host": "mentoring.example.nhs.uk"}, True),
        ({"Origin": "https://evil.example", "Host": "mentoring.example.nhs.uk"}, False),
        ({"Origin": "null", "Host": "mentoring.example.nhs.uk"}, False),
        ({}, True),
    ],
)
def test_a_form_that_another_site_sent_is_refused(headers: dict[str, str], taken: bool) -> None:
    async def story() -> int:
        visitor = Visitor(World())
        await visitor.start()
        visitor.headers = headers
        return Shown(await visitor.send("POST", "area", {"area": "llr"})).status

    assert told(story) == (303 if taken else 403)


def test_a_page_can_tell_that_its_form_came_from_itself_and_nothing_keeps_it() -> None:
    async def story() -> Shown:
        return await Visitor(World()).start()

    headers = told(story).headers

    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]


def test_nobody_outside_can_send_a_body_of_our_own_form() -> None:
    async def story() -> HTTPStatus:
        world = World()
        request = Request("own", PROGRAMME, {"webhook-id": "a", "webhook-timestamp": "1"}, b"{}")
        with pytest.raises(RejectedRequest) as refused:
            await world.app.webhooks.receive(request)
        return refused.value.status

    assert told(story) == HTTPStatus.UNAUTHORIZED


def test_an_organisation_that_may_not_show_the_logo_shows_none() -> None:
    async def story() -> list[bool]:
        world = World()
        world.files.change(PROGRAMME, branding="plain")
        visitor = Visitor(world)
        shown = [await visitor.look(), await visitor.start(), await visitor.fill_in(typed()), await visitor.look("x")]
        lost = await Visitor(world).look("area")
        return ["nhsuk-header__logo" in page.html for page in (*shown, lost)]

    assert told(story) == [False] * 5


def test_odd_text_is_shown_as_text_on_every_page() -> None:
    odd = "<script>alert(1)</script> {{ 7*7 }} \u202e \u0627\u0644"

    async def story() -> list[Shown]:
        visitor = Visitor(World())
        form = typed(full_name=odd, job_title=odd, about_you=odd, organisation=odd, manager_name=odd)
        check = await visitor.fill_in(form, until="check")
        return [await visitor.look("full-name"), await visitor.look("about-you"), check]

    for shown in told(story):
        assert not any(tag.get_text() for tag in shown.soup.find_all("script"))
        assert odd.split(" ", maxsplit=1)[0] in shown.words or [odd] in shown.given().values()
        assert "49" not in shown.words


def asked_of_each_role() -> tuple[Question, ...]:
    """The programme's questions, of which each but the role is asked of mentors and again of mentees."""
    once = [q.model_copy(update={"for_role": None}) for q in cohort_7().questions if q.for_role is not Role.MENTEE]
    return tuple(
        question.model_copy(update={"for_role": role})
        for question in once
        for role in ([None] if question.field in {"role", "area", "sector"} else [Role.MENTOR, Role.MENTEE])
    )


# As many bytes as a page takes, of letters that need most room in a row: a quote is two there, an emoji four bytes.
LARGEST = 262_000


@pytest.mark.parametrize(("letter", "values"), [('"', 1), ('"', 97), ("\u4e00", 97), ("\U0001f642", 1)], ids=ascii)
def test_the_largest_answers_that_can_be_sent_on_every_page_fit_into_a_row(letter: str, values: int) -> None:
    largest = [letter * (LARGEST // len(quote(letter)) // values - 20)] * values

    async def story() -> tuple[World, list[int]]:
        world = World()
        world.files.change(PROGRAMME, questions=asked_of_each_role())
        visitor = Visitor(world)
        await visitor.start()
        await visitor.press("area", {"area": "llr"})
        await visitor.press("sector", {"sector": "nhs"})
        seen = []
        for role in ("mentor", "mentee"):
            await visitor.press("role", {"role": role})
            way = pages(cohort_7().model_copy(update={"questions": asked_of_each_role()}), {"role": (role,)})
            for page in way:
                names = [name_of(question) for question in page.questions if question.for_role]
                if names:
                    fewer = largest[: max(1, values // len(names))]
                    each = [text[: LARGEST // len(quote(letter)) // len(fewer) // len(names) - 20] for text in fewer]
                    seen.append((await visitor.send("POST", page.id, dict.fromkeys(names, each))).status_code)
        seen += [(await visitor.send("GET", at)).status_code for at in ("about-you", "topics", "check")]
        return world, seen

    world, seen = told(story)
    row = world.row(TableName.DRAFTS)

    assert set(seen) <= {200, 303}
    assert len([name for name in row if name.startswith("Answers")]) > 1
    # As Azure counts: two bytes for each unit of UTF-16, and a megabyte for a row.
    assert sum(len(str(cell).encode("utf-16-le")) for cell in row.values()) < 1_000_000


def test_what_is_far_too_long_is_shown_whole_and_told_how_much_of_it_is_kept() -> None:
    async def story() -> tuple[Shown, Shown, Shown]:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="about-you")
        wrong = await visitor.press("about-you", {"about_you": "long " * 2_000})
        return wrong, await visitor.look("about-you"), await visitor.press("about-you", {"about_you": "short"})

    wrong, later, mended = told(story)

    (says,) = wrong.errors
    assert "9,999 characters and the most we can take is 4,000. Please shorten it. Until then we keep only its" in says
    assert wrong.given()["about_you"] == ["long " * 2_000]
    assert later.given()["about_you"] == [("long " * 2_000)[:8_000]]
    assert mended.errors == []


def test_spaces_and_empty_lines_do_not_make_an_answer_too_long_and_cost_none_of_it() -> None:
    told_ = "What I have seen," + " " * 5_000 + "told" + "\n" + " " * 5_000 + "in two lines."

    async def story() -> World:
        world = World()
        await Visitor(world).fill_in(typed(about_you=told_, full_name="Amara" + " " * 2_000 + "Okafor"))
        await world.run()
        return world

    world = told(story)

    assert world.row(TableName.LIVED_EXPERIENCE)["AboutYou"] == "What I have seen, told\nin two lines."
    assert world.application()["FullName"] == "Amara Okafor"


def test_of_a_question_with_one_answer_the_last_counts_and_is_shown() -> None:
    async def story() -> Shown:
        visitor = Visitor(World())
        await visitor.fill_in(typed(), until="full-name")
        await visitor.press("full-name", {"full_name": ["Somebody Else", "Amara Okafor"]})
        return await visitor.look("full-name")

    assert told(story).given()["full_name"] == ["Amara Okafor"]


LAST_DATE, LAST_DATE_BEGUN = datetime(2026, 4, 13, 9, 0, tzinfo=UTC), datetime(2026, 4, 13, 12, 30, tzinfo=UTC)


def open_until_may(*, date_required: bool) -> Programme:
    """The cohort, open while its training dates go by."""
    cohort = cohort_7()
    questions = tuple(
        q.model_copy(update={"required": date_required}) if q.field == "training_session" else q
        for q in cohort.questions
    )
    closes_at = datetime(2026, 4, 30, 22, 59, 59, tzinfo=UTC)
    return cohort.model_copy(update={"questions": questions, "closes_at": closes_at})


@pytest.mark.parametrize("date_required", [False, True])
def test_a_form_can_be_sent_though_the_last_date_began_while_it_was_filled_in(*, date_required: bool) -> None:
    async def story() -> tuple[World, Shown, str]:
        world = World(programme=open_until_may(date_required=date_required), now=LAST_DATE)
        await world.tick()
        visitor = Visitor(world)
        form = typed(training_session="mentor-training-2")
        declaration = await visitor.fill_in(form, until="declaration", first=await visitor.start(keep=True))
        world.clock.set(LAST_DATE_BEGUN)
        # What was declared was a date that is over.
        check = await visitor.press("declaration", visitor.declared(declaration))
        await visitor.fill_in(form, first=check)
        await world.run()
        return world, check, visitor.at

    world, check, at = told(story)

    assert check.heading == "Check your answers"
    assert "13 April" not in check.words
    assert at == "sent"
    assert world.application().get("SessionsChosen", "") == ""


def test_whoever_comes_when_no_date_is_left_is_not_asked_for_one_and_can_apply() -> None:
    async def story() -> str:
        world = World(programme=open_until_may(date_required=True), now=LAST_DATE_BEGUN)
        await world.tick()
        visitor = Visitor(world)
        await visitor.fill_in(typed(training_session=None))
        return visitor.at

    assert told(story) == "sent"


def test_a_date_that_was_cancelled_meanwhile_has_to_be_chosen_again_before_the_check() -> None:
    async def story() -> tuple[str, Shown, str, World]:
        world = World()
        await world.tick()
        visitor = Visitor(world)
        await visitor.fill_in(typed(), until="check")
        cancelled: dict[str, Cell] = {"PartitionKey": PROGRAMME, "RowKey": "mentor-training-1", "Status": "cancelled"}
        await world.type_in(TableName.SESSIONS, cancelled)
        await world.later(minutes=5)
        shown = await visitor.look("check")
        at = visitor.at
        await visitor.fill_in(typed(training_session="mentor-training-2"), first=shown)
        await world.run()
        return at, shown, visitor.at, world

    at, shown, then, world = told(story)

    assert (at, shown.errors) == (
        "training-session",
        ["This date is no longer possible. Choose another one."],
    )
    assert then == "sent"
    assert world.application()["SessionsChosen"] == "mentor-training: mentor-training-2"


def test_a_problem_that_no_page_can_mend_is_told_and_not_led_away_from() -> None:
    async def story() -> tuple[str, Shown, World]:
        cohort = cohort_7()
        nameless = cohort.model_copy(update={"questions": tuple(q for q in cohort.questions if q.field != "full_name")})
        world = World(programme=nameless)
        await world.tick()
        visitor = Visitor(world)
        shown = await visitor.fill_in(typed())
        await world.run()
        return visitor.at, shown, world

    at, shown, world = told(story)

    assert (at, shown.heading) == ("declaration", "Declaration")
    assert shown.errors == [
        "full_name: Please answer this question. If there is no question for it, write to us: we help you to apply."
    ]
    assert world.rows(TableName.APPLICATIONS) == []


@pytest.mark.parametrize("page", ["sent", "equality"])
def test_the_day_after_sending_nobody_reads_that_nothing_was_sent(page: str) -> None:
    async def story() -> tuple[Shown, Shown]:
        world = World()
        visitor, _ = await just_sent(world)
        world.clock.advance(timedelta(hours=25))
        return await visitor.look(page), await visitor.look("topics")

    after_sending, another = told(story)

    assert (after_sending.status, after_sending.heading) == (HTTPStatus.GONE, "This page is not here any more")
    assert "If you saw a reference, we have your application. Look for our email" in after_sending.words
    assert (another.status, another.heading) == (HTTPStatus.GONE, "Your answers are not here any more")
    assert "Nothing was sent" not in another.words
