import re
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from local.mails.samples import ODD_NAMES, the_programme
from shared.adapters.rendering import JinjaRenderer
from shared.domain.application import Answer, Status
from shared.domain.approval import LONGEST
from shared.domain.details import LABELS
from shared.domain.draft import ComesNext
from shared.domain.form import Opening
from shared.domain.programme import Imprint
from shared.services.applications.manager_view import ManagerView
from shared.services.applications.participation import GroupChoice
from shared.services.form.returning import AskingPage
from tests.unit.templates.values import (
    a_check_in_view,
    a_decision_page,
    a_returning_page,
    an_end_page,
    an_own_page,
    own_data,
    own_groups,
)

RENDERER = JinjaRenderer()
MAILBOXES = {*the_programme().contacts.form_support, *the_programme().contacts.returning_participants}


def full_groups() -> tuple[GroupChoice, ...]:
    """Training with a place that is kept, one date waited for; and a peer support meeting that is full."""
    training, peers, *others = own_groups()
    first, second = training.sessions
    third = replace(second, id="third", chosen=False)
    kept = replace(second, offered="9am on Thursday 12 February 2026")
    sessions = (replace(first, can_confirm=True), kept, replace(third, waiting=True))
    full = replace(peers.sessions[0], full=True)
    going = replace(peers.sessions[1], confirmed=True)
    return (replace(training, sessions=sessions), replace(peers, sessions=(full, going)), *others)


def booked_groups() -> tuple[GroupChoice, ...]:
    """Training in a session that the programme chose."""
    training, *others = own_groups()
    first, *more = training.sessions
    return (replace(training, sessions=(replace(first, assigned=True), *more)), *others)


MESSAGE = {
    "title": "This link does not work",
    "heading": "This link does not work",
    "paragraphs": ["Check that you copied the whole address."],
    "contacts": the_programme().contacts.form_support,
    "programme": the_programme().name,
}
ANSWERED = a_decision_page("answered", answer=Answer.DECLINE, reason="Short of staff", can_correct=True, revision=3)


def asking(state: Opening = Opening.OPEN) -> AskingPage:
    """The page for people who took part before."""
    days = ("Monday 2 February 2026", "11:59pm on Thursday 12 March 2026")
    return AskingPage(the_programme().name, "nhs", (), state, *days, id=the_programme().id)


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "decision open": ("decision", {"page": a_decision_page()}),
    "decision answered": ("decision", {"page": ANSWERED}),
    "decision final": ("decision", {"page": a_decision_page("answered", answer=Answer.APPROVE)}),
    "decision passed on": ("decision", {"page": a_decision_page("passed on", answer=Answer.NOT_MY_REPORT)}),
    "decision replaced": ("decision", {"page": a_decision_page("passed on")}),
    "decision not needed": ("decision", {"page": a_decision_page("not needed")}),
    "decision not taken": (
        "decision",
        {
            "page": a_decision_page("answered", answer=Answer.APPROVE, not_taken=True),
            "errors": [("", "This new answer was not taken.")],
        },
    ),
    "decision closed": ("decision", {"page": a_decision_page("closed")}),
    "decision withdrawn": ("decision", {"page": a_decision_page("withdrawn")}),
    "decision errors": (
        "decision",
        {
            "page": a_decision_page(),
            "errors": [("decision", "Choose an answer"), ("note", "Use fewer words")],
            "given": {"note": "<b>long</b>", "reason": '"quoted"'},
        },
    ),
    "decision problem": (
        "decision",
        {"page": a_decision_page(), "errors": [("right_manager_email", "Enter the manager's work email address.")]},
    ),
    **{f"own {status}": ("own", {"page": an_own_page(status)}) for status in Status if status is not Status.ERASED},
    "own note": ("own", {"page": an_own_page(note="You have left the session.")}),
    "own problem": ("own", {"page": an_own_page(problem="This session is full. Choose another one.")}),
    **{
        f"own step {step}": ("own", {"page": an_own_page(), "step": step}) for step in ("details", "withdraw", "delete")
    },
    "own details errors": (
        "own",
        {
            "page": an_own_page(),
            "step": "details",
            "errors": [("full_name", "Enter your full name.")],
            "given": {"full_name": "", "job_title": "Nurse", "band": "6"},
        },
    ),
    "own manager errors": (
        "own",
        {
            "page": an_own_page(Status.AWAITING_MANAGER),
            "errors": [("manager_email", "Please give an email address.")],
            "given": {"manager_name": "Jo", "manager_email": ""},
        },
    ),
    "own booked": ("own", {"page": an_own_page(groups=booked_groups())}),
    "own waiting list": ("own", {"page": an_own_page(groups=full_groups())}),
    "own ending": ("own", {"page": an_own_page(is_ending=True)}),
    "end": ("own-end", {"page": an_end_page()}),
    "end saved": ("own-end", {"page": an_end_page(saved=True, wishes=())}),
    "end without a certificate": ("own-end", {"page": an_end_page(no_certificate="A certificate needs 4 meetings.")}),
    "end of a programme without any": ("own-end", {"page": an_end_page(gives_certificates=False)}),
    "own deletion asked": ("own", {"page": an_own_page(deletion_asked="Tuesday 10 February 2026")}),
    "expired, replaced": ("expired", {"programme": the_programme().name, "contacts": (), "replaced": True}),
    "expired": ("expired", {"programme": the_programme().name, "contacts": (), "replaced": False}),
    **{f"returning {state}": ("returning", {"page": asking(state)}) for state in Opening},
    "returning saved": (
        "returning",
        {"page": asking(), "saved": True},
    ),
    "returning errors": (
        "returning",
        {
            "page": asking(),
            "errors": [("email", "Please give an email address.")],
            "given": {"email": ""},
        },
    ),
    "welcome back": ("welcome-back", {"page": a_returning_page()}),
    "welcome back late": ("welcome-back", {"page": a_returning_page(opening=Opening.LATE)}),
    "welcome back soon": (
        "welcome-back",
        {"page": a_returning_page(opening=Opening.SOON, opens="Monday 2 February 2026")},
    ),
    "welcome back closed": (
        "welcome-back",
        {"page": a_returning_page(opening=Opening.CLOSED, closes="11:59pm on Thursday 12 March 2026")},
    ),
    **{
        f"welcome back sent, {then}": ("welcome-back", {"page": a_returning_page(sent=True, comes_next=then)})
        for then in ComesNext
    },
    "own data": ("own-data", {"data": own_data()}),
    "welcome back errors": (
        "welcome-back",
        {
            "page": a_returning_page(
                problems=(("full_name", "Please answer."), ("topics", "Choose."), ("role", "Choose."))
            )
        },
    ),
    "welcome back sent": ("welcome-back", {"page": a_returning_page(sent=True)}),
    "welcome back used": ("welcome-back", {"page": a_returning_page(used=True)}),
    "own correction": (
        "own",
        {
            "page": an_own_page(
                Status.NEEDS_CORRECTION, groups=(), problems=(("Your role", "Choose one."), ("", "Unread."))
            )
        },
    ),
    "check-in": ("checkin", {"view": a_check_in_view()}),
    "check-in saved": ("checkin", {"view": a_check_in_view(met=True, rating=4, wants_to_talk=True), "saved": True}),
    "check-in over": ("checkin", {"view": a_check_in_view(over=True)}),
    "check-in errors": (
        "checkin",
        {
            "view": a_check_in_view(),
            "errors": [
                ("met", "Choose yes or no"),
                ("met_on", "Enter a date"),
                ("rating", "Choose one"),
                ("note", "x"),
            ],
            "given": {"met_on": "soon", "talk": "yes"},
        },
    ),
    "message": ("message", MESSAGE),
}


def page(name: str, **values: Any) -> BeautifulSoup:
    return BeautifulSoup(RENDERER.page(name, values), "html.parser")


def case(name: str) -> BeautifulSoup:
    template, values = CASES[name]
    return page(template, **values)


def words(soup: BeautifulSoup | Tag) -> str:
    return " ".join(soup.get_text(" ").split())


def title(soup: BeautifulSoup) -> str:
    assert soup.title is not None
    return soup.title.get_text()


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_well_made(name: str) -> None:
    soup = case(name)
    ids = [str(tag["id"]) for tag in soup.find_all(id=True)]

    assert len(soup.find_all("h1")) == 1
    assert soup.find("html", lang="en-GB") is not None
    assert title(soup).endswith(f" - {the_programme().name}")
    assert len(ids) == len(set(ids))
    for tag in soup.find_all(["input", "textarea", "select"]):
        if tag.get("type") != "hidden":
            assert len(soup.find_all("label", attrs={"for": tag["id"]})) == 1
            assert tag["name"]
    for tag in soup.find_all(True, attrs={"aria-describedby": True}):
        assert set(str(tag["aria-describedby"]).split()) <= set(ids)
    for tag in soup.find_all(True, attrs={"aria-labelledby": True}):
        assert tag["aria-labelledby"] in ids
    for link in soup.find_all("a"):
        href = str(link["href"])
        known = {
            "?",
            "?step=end",
            "?step=details",
            "?step=address",
            "?step=mend",
            "?step=about",
            "?step=withdraw",
            "?step=delete",
            *(f"mailto:{box}" for box in MAILBOXES),
        }
        known |= {f"/{door}/{the_programme().id}" for door in ("interest", "apply")}
        assert href in known or href.removeprefix("#") in ids
    assert all(button.get_text(strip=True) for button in soup.find_all("button"))
    assert all(fieldset.find("legend") for fieldset in soup.find_all("fieldset"))


OWN_FILES = re.compile(r"/assets/[0-9a-f]{16}/[a-z-]+[.](css|js|svg)")


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"own data"}))
def test_a_page_needs_nothing_that_the_security_policy_forbids(name: str) -> None:
    soup = case(name)

    loaded = [str(tag.get("href") or tag.get("src")) for tag in soup.find_all(["link", "script"])]
    assert len(loaded) == 3
    assert all(OWN_FILES.fullmatch(address) for address in loaded)
    assert not any(script.get_text() for script in soup.find_all("script"))
    assert soup.find(["style", "img", "iframe", "base", "object", "video", "audio"]) is None
    for tag in soup.find_all(True):
        assert "style" not in tag.attrs
        assert not any(attribute.startswith("on") for attribute in tag.attrs)
    for form in soup.find_all("form"):
        assert form["method"] == "post"
        assert form.get("action", "?") == "?"  # the page itself, without the step it was on


def test_a_file_that_people_keep_needs_nothing_at_all() -> None:
    soup = case("own data")

    assert soup.find(["script", "img", "iframe", "link", "base", "object", "form"]) is None
    assert "url(" not in "".join(style.get_text() for style in soup.find_all("style"))


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"own data"}))
def test_the_logo_of_the_nhs_is_shown_only_where_it_may_be(name: str) -> None:
    template, values = CASES[name]
    shown = {}
    for branding in ("nhs", "plain"):
        changed = {
            key: replace(value, branding=branding) if hasattr(value, "branding") else value
            for key, value in values.items()
        }
        if isinstance(view := getattr(values.get("page"), "view", None), ManagerView):
            changed["page"] = replace(values["page"], view=replace(view, branding=branding))
        soup = page(template, **changed, **({} if changed.keys() & {"page", "view"} else {"branding": branding}))
        shown[branding] = (soup.find("svg", class_="nhsuk-header__logo") is not None, "icon-nhs.svg" in str(soup))

    assert shown == {"nhs": (True, True), "plain": (False, False)}


@pytest.mark.parametrize(("name", "says"), [("own booked", "(you are booked)"), ("own Approved", "(your choice)")])
def test_only_what_a_person_chose_is_called_their_choice(name: str, says: str) -> None:
    labels = words(case(name))

    assert [word for word in ("(you are booked)", "(your choice)") if word in labels] == [says]


@pytest.mark.parametrize(
    "name",
    [
        "decision errors",
        "decision problem",
        "own problem",
        "own details errors",
        "own manager errors",
        "check-in errors",
        "returning errors",
        "welcome back errors",
    ],
)
def test_errors_come_first_and_lead_to_their_fields(name: str) -> None:
    soup = case(name)
    summary = soup.find(class_="nhsuk-error-summary")

    assert isinstance(summary, Tag)
    assert title(soup).startswith("Error: ")
    assert summary.find(role="alert") is not None
    assert summary["tabindex"] == "-1"
    assert "autofocus" in summary.attrs
    for link in summary.find_all("a"):
        field = str(link["href"]).removeprefix("#")
        beside = soup.find(id=f"{field}-error")
        described = soup.find(True, attrs={"aria-describedby": re.compile(rf"\b{field}-error\b")})
        assert isinstance(beside, Tag)
        assert isinstance(described, Tag)
        assert words(link) in words(beside)
        assert described.name == "fieldset" or described["aria-invalid"] == "true"
        assert soup.find(id=field) is not None
    assert not soup.find_all(role="status")


def test_a_page_without_errors_has_no_error_marks() -> None:
    for name in ("decision open", "own Approved", "check-in"):
        soup = case(name)
        assert soup.find(role="alert") is None
        assert soup.find(True, attrs={"aria-invalid": True}) is None
        assert not title(soup).startswith("Error")


def test_people_cannot_break_out_of_any_page() -> None:
    for name in ODD_NAMES:
        pages: dict[str, dict[str, Any]] = {
            "decision": {
                "page": a_decision_page(name=name, reason=name),
                "given": dict.fromkeys(("reason", "note"), name),
            },
            "own": {"page": an_own_page(name=name, reason=name, note=name, problems=((name, name),))},
            "checkin": {"view": a_check_in_view(name=name, note=name)},
            "welcome-back": {"page": a_returning_page(name=name)},
            "own-data": {"data": own_data(name)},
            "message": {**MESSAGE, "heading": name, "paragraphs": [name]},
        }
        for template, values in pages.items():
            soup = page(template, **values)
            assert not any(script.get_text() for script in soup.find_all("script"))
            assert len(soup.find_all("script")) == (template != "own-data")
            assert " ".join(name.split()) in " ".join(words(soup).split())


def test_what_was_typed_comes_back_as_it_was() -> None:
    soup = case("decision errors")
    note, reason = soup.find("textarea", id="note"), soup.find("textarea", id="reason")

    assert isinstance(note, Tag)
    assert isinstance(reason, Tag)
    assert note.get_text().strip("\n") == "<b>long</b>"
    assert reason.get_text().strip("\n") == '"quoted"'


def test_the_decision_form_sends_the_agreed_fields_with_nothing_preselected() -> None:
    soup = case("decision open")
    form = soup.find("form")

    assert isinstance(form, Tag)
    fields = {str(tag["name"]) for tag in form.find_all(["input", "textarea"])}
    assert fields == {"revision", "decision", "reason", "note", "right_manager_name", "right_manager_email"}
    radios = form.find_all("input", type="radio")
    assert [radio["value"] for radio in radios] == [answer.value for answer in Answer]
    assert not form.find_all(checked=True)
    revision = form.find("input", attrs={"name": "revision"})
    assert isinstance(revision, Tag)
    assert (revision["type"], revision["value"]) == ("hidden", "0")


def test_the_form_of_a_decision_counts_as_many_characters_as_are_taken() -> None:
    boxes = case("decision open").select("[data-maxlength]")
    counts = {str(area["id"]): str(box["data-maxlength"]) for box in boxes for area in box.find_all("textarea")}

    assert counts == {field: str(LONGEST[field]) for field in ("reason", "note")}


def test_a_manager_sees_the_time_before_the_question() -> None:
    text = words(case("decision open"))

    assert "Two colleagues meet 6 times and learn from each other." in text
    assert "As Reverse mentor they need 9 hours in all, between March and December 2026." in text
    assert text.index("9 hours") < text.index("Yes, I approve") < text.index("Show the dates")
    assert text.index("Show the dates") < text.index("Thursday 26 March 2026")
    assert "We do not share with you why Priya Shah applied" in text
    assert "Please answer by Thursday 19 March 2026" in text


@pytest.mark.parametrize(
    ("name", "says", "has_form"),
    [
        ("decision answered", "You declined this.", True),
        ("decision final", "You approved this.", False),
        ("decision passed on", "you are not Priya Shah 's line manager", False),
        ("decision replaced", "a newer email", False),
        ("decision closed", "Answers can no longer be given here", False),
        ("decision withdrawn", "no longer taking part", False),
    ],
)
def test_each_state_of_a_decision_says_what_it_means(name: str, says: str, has_form: bool) -> None:
    soup = case(name)

    assert says in words(soup)
    assert (soup.find("form") is not None) is has_form


def test_an_answer_that_can_be_corrected_shows_itself_and_the_form_again() -> None:
    soup = case("decision answered")

    assert "The reason you gave: Short of staff" in words(soup)
    closed = soup.find("details", open=False)
    assert isinstance(closed, Tag)
    assert "Change my answer" in closed.get_text()
    form = soup.find("form")
    assert isinstance(form, Tag)
    assert form.find_parent("details") is closed
    assert not soup.find_all(checked=True)
    assert soup.find("input", attrs={"name": "revision", "value": "3"}) is not None


def test_what_belongs_to_one_answer_is_kept_together() -> None:
    parts = case("decision open").select(".app-if-no, .app-if-not-mine")
    fields = [{str(tag["name"]) for tag in part.find_all(["input", "textarea"])} for part in parts]

    assert fields == [{"reason"}, {"right_manager_name", "right_manager_email"}]


def test_until_when_an_answer_can_be_changed_is_said_as_it_is() -> None:
    declined = words(page("decision", page=ANSWERED))
    approved = words(page("decision", page=replace(ANSWERED, answer=Answer.APPROVE, reason="")))

    assert "You can still change your answer, at the latest on Thursday 19 March 2026." in declined
    # An approval stands once the applicant has heard of it, long before that day.
    assert "You can change this until we have told Priya Shah , which we do within minutes." in approved
    assert "After that, write to us." in approved
    assert "at the latest" not in approved


def test_not_my_report_without_another_name_is_shown_as_such() -> None:
    text = words(page("decision", page=replace(ANSWERED, answer=Answer.NOT_MY_REPORT, reason="")))

    assert "You told us that you are not their line manager." in text


def sent_by(form: Tag) -> dict[str, str]:
    return {str(tag["name"]): str(tag["value"]) for tag in form.find_all("input", type="hidden")}


def test_an_approved_person_chooses_leaves_and_withdraws_with_plain_forms() -> None:
    soup = case("own Approved")
    sent = [sent_by(form) for form in soup.find_all("form")]

    assert sent == [
        {"action": "choose_session"},
        {"action": "choose_session", "session": "peer-1"},
        {"action": "leave_session", "session": "peer-2"},
        {"action": "choose_session", "session": "peer-3"},
        # peer-4 is held back and the celebration has no date: neither can be chosen
        {"action": "choose_session", "session": "peer-5"},
        {"action": "choose_session", "session": "peer-6"},
        {"action": "download"},
    ]
    training = soup.find_all("input", attrs={"name": "session", "type": "radio"})
    assert [radio["value"] for radio in training] == ["mentor-training-1", "mentor-training-2"]
    assert ["checked" in radio.attrs for radio in training] == [True, False]


def test_buttons_that_look_alike_are_told_apart_by_what_a_screen_reader_says() -> None:
    names = [words(button) for button in case("own Approved").find_all("button")]

    assert len(names) == len(set(names))


def test_a_person_who_waits_can_name_another_manager() -> None:
    soup = case("own Awaiting manager")
    form = next(f for f in soup.find_all("form") if sent_by(f) == {"action": "name_manager"})

    assert {str(tag["name"]) for tag in form.find_all("input")} == {"action", "manager_name", "manager_email"}
    assert "Waiting for your line manager" in words(soup)
    assert not any(sent_by(f) == {"action": "name_manager"} for f in case("own Approved").find_all("form"))


def test_a_page_offers_only_what_can_be_done() -> None:
    soup = page("own", page=an_own_page(Status.WITHDRAWN, groups=(), can_withdraw=False), step="withdraw")

    assert [sent_by(form) for form in soup.find_all("form")] == [{"action": "download"}]
    assert "Changes" not in [h.get_text() for h in soup.find_all("h2")]


def test_sessions_that_all_attend_have_no_buttons() -> None:
    peers = own_groups()[1]
    everybody = replace(peers, all=True, sessions=tuple(replace(s, chosen=True) for s in peers.sessions))
    soup = page("own", page=an_own_page(groups=(everybody,), can_withdraw=False))

    assert [sent_by(form) for form in soup.find_all("form")] == [{"action": "download"}]
    assert "You are attending" in words(soup)


def test_an_optional_single_session_can_be_left_again() -> None:
    soup = page("own", page=an_own_page(groups=(replace(own_groups()[0], required=False),), can_withdraw=False))

    assert [sent_by(form) for form in soup.find_all("form")] == [
        {"action": "choose_session"},
        {"action": "leave_session", "session": "mentor-training-1"},
        {"action": "download"},
    ]


def test_a_full_session_offers_its_list_and_a_place_that_is_kept_can_be_taken_or_let_go() -> None:
    soup = case("own waiting list")
    sent = [sent_by(form) for form in soup.find_all("form")]

    assert sent == [
        {"action": "choose_session"},
        {"action": "confirm", "session": "mentor-training-1"},
        {"action": "choose_session", "session": "mentor-training-2"},
        {"action": "leave_list", "session": "mentor-training-2"},
        {"action": "leave_list", "session": "third"},
        {"action": "join_list", "session": "peer-1"},
        {"action": "leave_session", "session": "peer-2"},
        {"action": "download"},
    ]
    radios = soup.find_all("input", attrs={"name": "session", "type": "radio"})
    assert ["disabled" in radio.attrs for radio in radios] == [False, True, True]
    assert "It is kept for you until 9am on Thursday 12 February 2026" in words(soup)
    assert "You have told us that you will be there" in words(soup)


@pytest.mark.parametrize(("step", "action"), [("withdraw", "withdraw"), ("delete", "ask_deletion")])
def test_what_cannot_be_undone_is_asked_about_first(step: str, action: str) -> None:
    soup = case(f"own step {step}")

    assert title(soup).startswith("Do you want")
    assert [sent_by(form) for form in soup.find_all("form")] == [{"action": action}]
    assert soup.find("a", href="?") is not None
    assert action not in [sent_by(form).get("action") for form in case("own Approved").find_all("form")]


def test_details_come_back_as_they_were_typed_with_what_is_wrong() -> None:
    soup = case("own details errors")
    name, job = soup.find(id="full_name"), soup.find(id="job_title")

    assert isinstance(name, Tag)
    assert isinstance(job, Tag)
    assert (name["value"], job["value"]) == ("", "Nurse")
    assert title(soup).startswith("Error: Correct your details")
    assert "Your email address" in words(soup)


def test_every_detail_that_people_may_correct_has_its_field_and_label_on_their_page() -> None:
    soup = case("own step details")
    asked = {str(label["for"]): words(label).removesuffix(" (optional)") for label in soup.select("label[for]")}

    assert {field: asked.get(field) for field in LABELS} == dict(LABELS), "details_step in templates/pages/own.html"


def test_stored_details_come_back_and_what_people_said_of_themselves_does_not() -> None:
    soup = case("welcome back")
    name, nhs, about = soup.find(id="full_name"), soup.find("input", value="nhs"), soup.find(id="about_you")

    assert isinstance(name, Tag)
    assert isinstance(nhs, Tag)
    assert isinstance(about, Tag)
    assert name["value"] == "Priya Shah"
    assert "checked" in nhs.attrs
    assert about.get_text().strip() == ""
    assert [tag["value"] for tag in soup.find_all(checked=True)] == ["nhs"]


def test_what_was_just_done_is_announced() -> None:
    note = case("own note").find(role="status")

    assert isinstance(note, Tag)
    assert words(note) == "Success You have left the session."


def test_problems_are_listed_by_the_title_of_their_question() -> None:
    text = words(case("own correction"))

    assert "What to correct Your role Choose one. Your form Unread." in text


def test_a_check_in_asks_five_things_and_says_who_reads_them() -> None:
    soup = case("check-in")

    assert {str(tag["name"]) for tag in soup.find_all(["input", "textarea"])} == {
        "met",
        "met_on",
        "rating",
        "note",
        "talk",
    }
    assert not soup.find_all(checked=True)
    hint = soup.find(id="note-hint")
    assert isinstance(hint, Tag)
    assert words(hint) == "Only the equality team reads this, never your partner or a manager."
    assert "How was meeting 2 of 6?" in words(soup)


def test_a_check_in_answered_before_comes_back_filled_in() -> None:
    view = a_check_in_view(met=True, met_on=date(2026, 5, 14), rating=4, note="Went well")
    soup = page("checkin", view=view)
    met_on, note = soup.find(id="met_on"), soup.find(id="note")

    assert [tag["value"] for tag in soup.find_all(checked=True)] == ["yes", "4"]
    assert isinstance(met_on, Tag)
    assert isinstance(note, Tag)
    assert met_on["value"] == "2026-05-14"
    assert note.get_text().strip() == "Went well"
    assert "You have already answered" in words(soup)
    assert [tag["value"] for tag in page("checkin", view=a_check_in_view(met=False)).find_all(checked=True)] == ["no"]


def test_a_saved_check_in_says_so_and_keeps_a_wish_to_talk() -> None:
    soup = case("check-in saved")
    banner = soup.find(role="status")

    assert isinstance(banner, Tag)
    assert "get in touch with you privately" in words(banner)
    assert soup.find(id="talk") is None
    assert "Change your answer" in words(soup)


def test_a_pair_that_has_ended_is_not_asked() -> None:
    soup = case("check-in over")

    assert soup.find("form") is None
    assert "lpt.edi@nhs.net" in words(soup)


def test_a_message_needs_no_programme() -> None:
    soup = page("message", **{key: value for key, value in MESSAGE.items() if key != "programme"})

    assert title(soup) == "This link does not work"
    assert "Check that you copied the whole address." in words(soup)


_SPONSORS = {"releaser": "sponsor", "host": ""}


def elsewhere(value: Any) -> Any:
    """What a page shows, as it would be in a programme whose sponsors release, and whose source gives no address."""
    if isinstance(value, Imprint):
        return value.model_copy(update=_SPONSORS)
    if is_dataclass(value) and not isinstance(value, type):
        given = {each.name: elsewhere(getattr(value, each.name)) for each in fields(value)}
        return replace(value, **(given | ({"contacts": ()} if "contacts" in given else {})))
    if isinstance(value, dict):
        return {key: () if key == "contacts" else elsewhere(each) for key, each in value.items()}
    return value


@pytest.mark.parametrize("case", CASES)
def test_no_page_speaks_of_a_line_manager_or_an_address_that_its_programme_has_not(case: str) -> None:
    name, values = CASES[case]

    html = RENDERER.page(name, {"errors": [], "given": {}, **elsewhere(values)})

    said = BeautifulSoup(html, "html.parser").get_text(" ", strip=True)
    for question in the_programme().questions:  # the sample's own words
        said = said.replace(question.title, "").replace(question.hint, "")
    said = said.casefold()
    assert not re.search(r"line manager|write to us|contact us|address below", said)
