import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import TemplateNotFound, UndefinedError

from shared.adapters.rendering import LONGEST_SUBJECT, TEMPLATES, JinjaRenderer, purpose, with_article
from shared.domain.application import Status
from shared.domain.owed import Kind
from shared.domain.programme import Role
from shared.domain.text import clean
from shared.ports import Renderer
from tests.unit.templates.values import (
    BRACES,
    DECISION_LINK,
    HEADER,
    LONG,
    MAILBOX,
    ODD_NAMES,
    PLAIN,
    SCRIPT,
    TO_APPLICANTS,
    TO_MANAGERS,
    TO_PAIRS,
    UNBROKEN,
    a_check_in,
    a_view,
    an_application,
    applicant_values,
    calendar_values,
    earlier_values,
    mail_values,
    manager_values,
    pair_values,
    the_programme,
)

RENDERER: Renderer = JinjaRenderer()
KINDS = [pytest.param(kind, id=kind.value) for kind in Kind]


def mail(kind: Kind, values: Mapping[str, Any]) -> tuple[str, str, BeautifulSoup]:
    """Subject, readable text and HTML of a mail."""
    subject, html = RENDERER.mail(kind.value, values)
    soup = BeautifulSoup(html, "html.parser")
    assert soup.body is not None
    return subject, " ".join(soup.body.get_text(" ").split()), soup


def of(kinds: frozenset[Kind]) -> list[Any]:
    return [pytest.param(kind, id=kind.value) for kind in sorted(kinds)]


def test_every_kind_has_a_template_and_every_template_a_kind() -> None:
    files = {path.stem for path in (TEMPLATES / "mail").glob("*.html") if not path.stem.startswith("layout")}

    assert files == {kind.value.replace(" ", "-") for kind in Kind}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_people_are_called_nothing_breaks_out(kind: Kind) -> None:
    ordinary = mail(kind, mail_values(kind))[2]

    for name in ODD_NAMES:
        values = mail_values(kind, name)
        subject, text, soup = mail(kind, values)

        assert 0 < len(subject) <= LONGEST_SUBJECT
        assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in subject)
        # The same elements as with a plain name: no value became markup.
        assert [tag.name for tag in soup.find_all(True)] == [tag.name for tag in ordinary.find_all(True)]
        if name != BRACES:
            assert "{{" not in text
            assert "{%" not in text
        view = values.get("view")
        ours = {values.get("link"), values.get("own_page"), view.link if view else None}
        assert {a["href"] for a in soup.find_all("a")} <= ours


@pytest.mark.parametrize("kind", of(TO_APPLICANTS | TO_PAIRS | TO_MANAGERS))
def test_names_are_shown_as_they_were_typed(kind: Kind) -> None:
    for name in (SCRIPT, BRACES, UNBROKEN, LONG):
        assert name in mail(kind, mail_values(kind, name))[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_plain_html_that_reads_well_anywhere(kind: Kind) -> None:
    _, html = RENDERER.mail(kind.value, mail_values(kind))
    soup = BeautifulSoup(html, "html.parser")

    assert soup.find(["script", "style", "img", "form", "table", "link"]) is None
    assert not any(name.startswith("on") for tag in soup.find_all(True) for name in tag.attrs)
    assert soup.find("html", lang="en-GB") is not None
    assert soup.find("meta", attrs={"name": "color-scheme", "content": "light dark"}) is not None
    assert "\n\n\n" not in html


@pytest.mark.parametrize("kind", KINDS)
def test_links_say_where_they_go_and_their_address_can_be_copied(kind: Kind) -> None:
    _, text, soup = mail(kind, mail_values(kind))

    for link in soup.find_all("a"):
        assert link.get_text() not in {"", "here", link["href"]}
        assert text.count(str(link["href"])) == 1


@pytest.mark.parametrize("kind", of(TO_APPLICANTS))
def test_an_applicant_always_gets_reference_link_and_contacts(kind: Kind) -> None:
    values = mail_values(kind)
    subject, text, soup = mail(kind, values)

    assert values["reference"] in text
    assert values["link"] in text
    assert soup.find("a", href=values["link"]) is not None
    assert all(address in text for address in values["contacts"])
    assert text.startswith("Dear Priya Shah ,")
    assert "reverse mentoring" in subject
    assert PLAIN not in subject


@pytest.mark.parametrize("kind", of(TO_PAIRS))
def test_the_two_of_a_pair_get_their_links_and_no_name_in_the_subject(kind: Kind) -> None:
    values = mail_values(kind)
    subject, text, soup = mail(kind, values)

    assert values["own_page"] in text
    assert soup.find("a", href=values["own_page"]) is not None
    assert "reverse mentoring" in subject
    assert PLAIN not in subject


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("kind", of(TO_MANAGERS))
def test_a_manager_learns_who_and_how_much_time_and_nothing_personal(kind: Kind, role: Role) -> None:
    values = manager_values(role=role)
    assert set(values) == {"view", "was_approved", "mailbox"}
    subject, text, _ = mail(kind, values)
    view = values["view"]

    assert "release Priya Shah for reverse mentoring" in subject
    for said in (view.applicant, view.role, view.release.total, "line manager"):
        assert said in text
    for line in view.release.required:
        assert f"{line.title}: {line.length}" in text
        assert all(date in text for date in line.dates)
    personal = ("topic", "access", "lived experience", "ethnic", "disab", "religio", "gender", "lgbt", "about you ")
    assert not [word for word in personal if word in f"{subject} {text}".casefold()]


@pytest.mark.parametrize("kind", of(TO_MANAGERS - {Kind.RELEASE_NOT_NEEDED}))
def test_a_manager_who_is_asked_learns_until_when_and_how_to_answer(kind: Kind) -> None:
    _, text, soup = mail(kind, manager_values())

    assert "Thursday 19 March 2026" in text
    assert soup.find("a", href=DECISION_LINK) is not None
    assert "ot their line manager?" in text
    assert "reply" in text


def test_the_reminder_is_shorter_than_the_request() -> None:
    reminder, request = (mail(k, manager_values())[1] for k in (Kind.APPROVAL_REMINDER, Kind.APPROVAL_REQUEST))

    assert len(reminder) < 0.7 * len(request)


def test_optional_time_is_never_asked_for() -> None:
    text = mail(Kind.APPROVAL_REQUEST, manager_values())[1]

    assert "Peer support" in text.partition("not part of what you are asked to agree to")[2]
    assert "Peer support" not in mail(Kind.APPROVAL_REMINDER, manager_values())[1]


def test_a_withdrawal_thanks_only_a_manager_who_had_approved() -> None:
    kind = Kind.RELEASE_NOT_NEEDED

    assert "Thank you for agreeing" in mail(kind, manager_values(was_approved=True))[1]
    assert "do not need to answer" in mail(kind, manager_values(was_approved=False))[1]


def test_a_header_cannot_be_slipped_into_a_subject() -> None:
    subject, _, _ = mail(Kind.APPROVAL_REQUEST, manager_values(HEADER))

    assert subject == f"Can you release {clean(HEADER)} for reverse mentoring?"


def test_a_subject_is_not_html_and_a_long_name_leaves_room_for_the_question() -> None:
    assert mail(Kind.APPROVAL_REQUEST, manager_values("O'Brien & Co"))[0].startswith("Can you release O'Brien & Co for")
    for name in (LONG, UNBROKEN):
        assert mail(Kind.APPROVAL_REQUEST, manager_values(name))[0].endswith("... for reverse mentoring?")


def test_a_subject_that_is_too_long_is_cut() -> None:
    subject, _, _ = mail(Kind.CALENDAR, {**calendar_values(), "title": LONG})

    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("…")


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_value_is_an_error_not_a_gap(kind: Kind) -> None:
    values = dict(mail_values(kind))
    values.pop("view" if kind in TO_MANAGERS else "programme")

    with pytest.raises(UndefinedError):
        RENDERER.mail(kind.value, values)


@pytest.mark.parametrize("kind", of(TO_APPLICANTS))
def test_an_application_of_which_little_could_be_read_still_gets_whole_sentences(kind: Kind) -> None:
    values = {
        **mail_values(kind),
        **dict.fromkeys(("name", "host", "role", "manager", "reason", "closes", "answer_by"), ""),
        **dict.fromkeys(("sessions", "to_choose", "optional_groups", "contacts"), ()),
        "meetings": None,
    }
    text = mail(kind, values)[1]

    assert text.startswith("Dear colleague ,")
    assert "None" not in text
    assert MAILBOX in text
    assert not [gap for gap in ("until .", "by .", "at .", ", .", "ask to") if gap in text]


def test_the_first_mail_says_what_was_received_and_what_happens_next() -> None:
    _, text, _ = mail(Kind.RECEIVED, applicant_values(an_application(manager_agreed=True)))

    assert "Your role: Reverse mentor" in text
    assert "Anita Khan" in text
    assert "They can answer until Thursday 19 March 2026." in text
    assert "as a surprise" not in text
    assert "as a surprise" in mail(Kind.RECEIVED, applicant_values(an_application()))[1]


def test_a_correction_names_each_answer_and_what_to_do() -> None:
    application = an_application(status=Status.NEEDS_CORRECTION)
    _, text, _ = mail(Kind.NEEDS_CORRECTION, applicant_values(application))

    assert "Your line manager's work email address Enter an address with an @." in text
    assert "before applications close at 11:59pm on Thursday 12 March 2026" in text

    subject, text, _ = mail(
        Kind.NEEDS_CORRECTION, applicant_values(replace(application, status=Status.AWAITING_MANAGER))
    )

    assert subject.startswith("Your changes")
    assert "Your earlier application still counts" in text


def test_an_approved_mentor_sees_sessions_meetings_and_what_is_optional() -> None:
    _, text, _ = mail(Kind.APPROVED, mail_values(Kind.APPROVED))

    assert "Training for mentors Thursday 26 March 2026, 9:30am to 12:30pm Place to be confirmed" in text
    assert "6 meetings of 1 hour over 6 months" in text
    assert "These are optional." in text
    assert "Wednesday 18 November 2026, 2pm to 3:30pm" in text
    assert "choose a date" not in text
    assert f"calendar invitation from {MAILBOX}" in text


def test_an_approved_mentee_without_a_training_date_is_asked_to_choose() -> None:
    application = an_application(status=Status.APPROVED, role=Role.MENTEE, chosen=MappingProxyType({}))
    values = applicant_values(application)
    _, text, soup = mail(Kind.APPROVED, values)

    assert "which date suits you for: Training for mentees Choose your dates" in text
    assert len(soup.find_all("a", href=values["link"])) == 2
    assert "optional" not in text


def test_a_decline_gives_the_managers_reason_only_if_there_is_one() -> None:
    values = mail_values(Kind.DECLINED)

    assert "The reason they gave: Short of staff" in mail(Kind.DECLINED, {**values, "reason": "Short of staff"})[1]
    assert "reason" not in mail(Kind.DECLINED, {**values, "reason": ""})[1]


def test_asking_the_same_manager_again_is_told_apart_from_asking_another() -> None:
    values = mail_values(Kind.MANAGER_CHANGED)

    assert "again" in mail(Kind.MANAGER_CHANGED, {**values, "asked_again": True})[0]
    subject, text, _ = mail(Kind.MANAGER_CHANGED, {**values, "asked_again": False})
    assert "again" not in subject
    assert "We are now asking Anita Khan" in text


def test_a_check_in_asks_about_its_meeting_and_says_who_reads_the_answer() -> None:
    for kind in (Kind.CHECK_IN, Kind.CHECK_IN_NUDGE):
        values = pair_values(checkin=a_check_in())
        subject, text, soup = mail(kind, values)

        assert "Meeting 2" in subject
        assert "meeting 2 of 6" in text
        assert "Only the equality team reads your answer" in text
        assert soup.find("a", href=values["link"]) is not None
        assert "/checkins/" in values["link"]


def test_an_introduction_tells_who_the_partner_is_and_how_to_reach_them() -> None:
    values = pair_values() | {"partner": "Margaret Okafor", "partner_email": "m.okafor@example.org"}
    _, text, _ = mail(Kind.INTRODUCTION, values)

    assert "Margaret Okafor Reverse mentee" in text
    assert "m.okafor@example.org" in text
    assert "Thursday 16 April 2026" in text


def test_a_calendar_event_says_when_its_date_may_still_change() -> None:
    subject, text, _ = mail(Kind.CALENDAR, calendar_values())

    assert subject == "Training for mentors: Reverse Mentoring for Inclusion Programme"
    assert "This date may still change; you will get an update if it does." in text
    assert "still change" not in mail(Kind.CALENDAR, calendar_values(provisional=False))[1]
    assert "optional" in mail(Kind.CALENDAR, calendar_values(required=False))[1]


def test_administrators_read_figures_and_lists_as_text() -> None:
    _, text, soup = mail(Kind.CLOSING_SUMMARY, mail_values(Kind.CLOSING_SUMMARY))
    assert "45 applications were received" in text
    assert "Approved: 33" in text
    assert [h.get_text() for h in soup.find_all(["h1", "h2"])] == ["Applications have closed", "By status", "By role"]

    _, text, soup = mail(Kind.DIGEST, mail_values(Kind.DIGEST))
    assert len(soup.find_all("h2")) == 2
    assert "and 3 more, in the tables" in text


@pytest.mark.parametrize(
    ("name", "short", "in_a_sentence"),
    [
        (
            "Reverse Mentoring for Inclusion Programme",
            "reverse mentoring",
            "the Reverse Mentoring for Inclusion Programme",
        ),
        ("Reverse and Reciprocal Mentoring", "reverse and reciprocal mentoring", "Reverse and Reciprocal Mentoring"),
        ("Reciprocal Mentoring for Inclusion", "reciprocal mentoring", "Reciprocal Mentoring for Inclusion"),
        ("The Buddies Programme", "mentoring", "The Buddies Programme"),
    ],
)
def test_other_programmes_are_named_well_too(name: str, short: str, in_a_sentence: str) -> None:
    assert (purpose(name), with_article(name)) == (short, in_a_sentence)


def test_without_a_closing_date_a_manager_is_given_no_date() -> None:
    values = {**manager_values(), "view": replace(a_view(), answer_by="", host="")}

    for kind in (Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER):
        assert "lease answer by" not in mail(kind, values)[1]


def test_a_kind_without_a_template_and_a_template_without_a_subject_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "bare.html").write_text("<p>No front matter</p>", encoding="utf-8")
    (tmp_path / "mail" / "empty.html").write_text("---\ntitle: x\n---\n<p>Hello</p>", encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "style.css").write_text("", encoding="utf-8")

    with pytest.raises(TemplateNotFound):
        RENDERER.mail("no such kind", {})
    for name in ("bare", "empty"):
        with pytest.raises(ValueError, match="subject"):
            JinjaRenderer(tmp_path).mail(name, {})


def test_a_template_is_named_in_errors_with_its_true_line(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "style.css").write_text("", encoding="utf-8")
    (tmp_path / "mail" / "a.html").write_text("---\nsubject: A\n---\n<p>\n{{ missing }}</p>", encoding="utf-8")

    with pytest.raises(UndefinedError) as raised:
        JinjaRenderer(tmp_path).mail("a", {})

    lines = [entry.lineno + 1 for entry in raised.traceback if str(entry.path).endswith("a.html")]
    assert lines == [5]


def test_the_programme_that_these_tests_use_is_the_shipped_one() -> None:
    assert the_programme().id == "llr-rmi-2026-c7"


def test_somebody_who_took_part_before_gets_a_link_and_what_to_do_if_it_was_not_them() -> None:
    values = earlier_values()
    subject, text, soup = mail(Kind.RETURNING, values)

    assert PLAIN not in subject
    assert soup.find("a", href=values["link"]) is not None
    assert "You took part in cohort 6" in text
    assert "The link works for 14 days." in text
    assert "If it was not you, you do not need to do anything" in text
    assert "Applications close" not in mail(Kind.RETURNING, {**values, "closes": ""})[1]
