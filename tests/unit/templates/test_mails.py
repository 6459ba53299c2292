import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from bs4 import BeautifulSoup
from jinja2 import TemplateNotFound, UndefinedError
from linkify_it import LinkifyIt

from local.graph.text import html_to_text
from local.mails.samples import (
    BRACES,
    DECISION_LINK,
    EMOJI,
    HEADER,
    LINK,
    LONG,
    MAILBOX,
    MARKDOWN,
    ODD_NAMES,
    OVERRIDE,
    PLAIN,
    RTL,
    SCRIPT,
    TO_ADMINISTRATORS,
    TO_APPLICANTS,
    TO_MANAGERS,
    TO_PAIRS,
    TO_WHO_RELEASED,
    UNBROKEN,
    a_check_in,
    a_view,
    an_application,
    calendar_event,
    sample,
    the_programme,
    to_applicant,
    to_earlier,
    to_manager,
    to_pair,
)
from shared.adapters.rendering import LONGEST_SUBJECT, TEMPLATES, JinjaRenderer, purpose, with_article
from shared.domain.application import Status
from shared.domain.owed import Kind
from shared.domain.programme import Role
from shared.domain.text import Ours, theirs
from shared.ports import Renderer

RENDERER: Renderer = JinjaRenderer()
LINKIFY = LinkifyIt(options={"fuzzy_ip": True}).tlds(["example", "zip"], keep_old=True)
KINDS = [pytest.param(kind, id=kind.value) for kind in Kind]


def mail(kind: Kind, values: Mapping[str, Any]) -> tuple[str, str, BeautifulSoup]:
    """Subject, readable text and HTML of a mail."""
    subject, html = RENDERER.mail(kind.value, values)
    soup = BeautifulSoup(html, "html.parser")
    assert soup.body is not None
    return subject, " ".join(soup.body.get_text(" ").split()), soup


def found_links(text: str) -> set[str]:
    """What a mail program would make links of, as far as a much used library for it knows."""
    return {match.url.rstrip("/") for match in LINKIFY.match(text) or ()}


def of(kinds: frozenset[Kind]) -> list[Any]:
    return [pytest.param(kind, id=kind.value) for kind in sorted(kinds)]


def test_every_kind_has_a_template_and_every_template_a_kind() -> None:
    files = {path.stem for path in (TEMPLATES / "mail").glob("*.html") if not path.stem.startswith("layout")}

    assert files == {kind.value.replace(" ", "-") for kind in Kind}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_people_are_called_nothing_breaks_out(kind: Kind) -> None:
    ordinary = mail(kind, sample(kind))[2]

    for name in ODD_NAMES:
        values = sample(kind, name)
        subject, text, soup = mail(kind, values)

        assert 0 < len(subject) <= LONGEST_SUBJECT
        assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in subject)
        # The same elements as with a plain name: no value became markup.
        assert [tag.name for tag in soup.find_all(True)] == [tag.name for tag in ordinary.find_all(True)]
        if name != BRACES:
            assert "{{" not in text
            assert "{%" not in text
        assert {str(a["href"]) for a in soup.find_all("a")} <= our_pages(values)


def our_pages(values: Mapping[str, Any]) -> set[str]:
    views = [view for view in (values.get("view"), *values.get("beside", ())) if view]
    ours = {
        values.get(name, "")
        for name in (
            "link",
            "own_page",
            "change_link",
            "mend_link",
            "form",
            "interest",
            "leave",
            "tables",
            "files",
            "evaluation_link",
            "end_link",
        )
    }
    return {*ours, *(view.link for view in views)} - {""}


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_program_finds_no_address_in_what_people_typed(kind: Kind) -> None:
    for name in ODD_NAMES:
        values = sample(kind, name)
        subject, html = RENDERER.mail(kind.value, values)
        contacts = values.get("contacts") or (values["view"].contacts if "view" in values else ())
        ours = our_pages(values) | {f"mailto:{a}" for a in (MAILBOX, values.get("partner_email"), *contacts)}

        assert found_links(subject) == set()
        # The stand-in makes the plain text as Exchange does: out of the HTML.
        assert found_links(html_to_text(html)) <= ours
        assert found_links(BeautifulSoup(html, "html.parser").get_text(" ")) <= ours


def test_addresses_that_were_typed_would_have_been_found() -> None:
    assert found_links(LINK) == {"http://evil.example/a?b=c", "http://evil.example", "http://www.evil.example"}
    assert found_links(MARKDOWN) == {"https://evil.example", "mailto:lee@evil.example"}


def test_a_partners_address_can_be_copied_unless_it_looks_like_a_pages() -> None:
    for typed, found in (("m.okafor@example.org", True), ("www.evil.example/a@example.org", False)):
        _, html = RENDERER.mail(Kind.INTRODUCTION.value, to_pair() | {"partner_email": typed})

        assert (typed in html) is found
        assert not [link for link in found_links(html_to_text(html)) if "evil" in link]


def test_what_administrators_copy_is_not_changed() -> None:
    key = "K4Q-M7X-2P9-T.approval-request.1 (approval request): given up"
    sections: list[Any] = [("Messages that could not be sent", [Ours(key)]), ("Rows", ["see evil.example"])]
    text = mail(Kind.DIGEST, {**sample(Kind.DIGEST), "news": sections})[1]

    assert key in text
    assert "evil.\u2060example" in text


@pytest.mark.parametrize("kind", of(TO_APPLICANTS | TO_PAIRS | TO_MANAGERS | TO_WHO_RELEASED))
def test_names_are_shown_as_they_were_typed(kind: Kind) -> None:
    for name in (SCRIPT, BRACES, UNBROKEN, LONG, RTL, EMOJI):
        assert name in mail(kind, sample(kind, name))[1]
    assert LINK in mail(kind, sample(kind, LINK))[1].replace("\u2060", "")
    # Characters that turn the rest of a line round are gone.
    assert "Ann gnitsujda Lee" in mail(kind, sample(kind, OVERRIDE))[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_plain_html_that_reads_well_anywhere(kind: Kind) -> None:
    _, html = RENDERER.mail(kind.value, sample(kind))
    soup = BeautifulSoup(html, "html.parser")

    # Nothing that is fetched or run; the one table gives the button room in Outlook.
    assert soup.find(["script", "img", "form", "link"]) is None
    assert not re.search(r"@import|url\(|@font-face", html)
    assert all(table.get("role") == "presentation" and table.find("a") for table in soup.find_all("table"))
    assert not any(name.startswith("on") for tag in soup.find_all(True) for name in tag.attrs)
    assert soup.find("html", lang="en-GB") is not None
    assert soup.find("meta", attrs={"name": "color-scheme", "content": "light dark"}) is not None
    assert "prefers-color-scheme: dark" in html
    assert "\n\n\n" not in html
    # Wherever an element sets one colour it sets the other too, for programs that drop the style and turn dark.
    for tag in soup.find_all(["body", "div"], style=True):
        assert re.search(r"background-color:#\w+; color:#\w+", str(tag["style"]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_reads_well_as_plain_text(kind: Kind) -> None:
    _, html = RENDERER.mail(kind.value, sample(kind))
    text = html_to_text(html)

    assert not re.search(r"<(?!https?://)|&\w+;|\{|  |\n\n\n", text)
    # Headings stand on lines of their own, with room above.
    for heading in BeautifulSoup(html, "html.parser").find_all(["h1", "h2"]):
        assert re.search(rf"(\A|\n\n){re.escape(heading.get_text())}\n", text)


@pytest.mark.parametrize("kind", KINDS)
def test_links_say_where_they_go_and_their_address_can_be_copied(kind: Kind) -> None:
    _, text, soup = mail(kind, sample(kind))

    for link in soup.find_all("a"):
        assert link.get_text() not in {"", "here", link["href"]}
        assert text.split().count(str(link["href"])) == 1


@pytest.mark.parametrize("kind", of(TO_APPLICANTS))
def test_an_applicant_always_gets_reference_link_and_contacts(kind: Kind) -> None:
    values = sample(kind)
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
    values = sample(kind)
    subject, text, soup = mail(kind, values)

    assert values["own_page"] in text
    assert soup.find("a", href=values["own_page"]) is not None
    assert "reverse mentoring" in subject
    assert PLAIN not in subject


@pytest.mark.parametrize("role", list(the_programme().roles))
@pytest.mark.parametrize("kind", of(TO_MANAGERS))
def test_a_manager_learns_who_and_how_much_time_and_nothing_personal(kind: Kind, role: Role) -> None:
    values = to_manager(role=role)
    assert set(values) == {"view", "beside", "was_approved", "mailbox", "imprint"}
    subject, text, _ = mail(kind, values)
    view = values["view"]

    assert "release Priya Shah for reverse mentoring" in subject
    for said in (view.applicant, view.role, view.release.total, "line manager"):
        assert said in text
    for line in view.release.required:
        assert f"{line.title}, {line.length}" in text
        assert all(date in text for date in line.dates)
    personal = ("topic", "access", "lived experience", "ethnic", "disab", "religio", "gender", "lgbt", "about you ")
    assert not [word for word in personal if word in f"{subject} {text}".casefold()]


@pytest.mark.parametrize("kind", of(TO_MANAGERS - {Kind.RELEASE_NOT_NEEDED}))
def test_a_manager_who_is_asked_learns_until_when_and_how_to_answer(kind: Kind) -> None:
    _, text, soup = mail(kind, to_manager())

    assert "Thursday 19 March 2026" in text
    assert soup.find("a", href=DECISION_LINK) is not None
    assert "ot their line manager?" in text
    assert "reply" in text


def test_the_reminder_is_shorter_than_the_request() -> None:
    reminder, request = (mail(k, to_manager())[1] for k in (Kind.APPROVAL_REMINDER, Kind.APPROVAL_REQUEST))

    assert len(reminder) < 0.7 * len(request)


def test_optional_time_is_never_asked_for() -> None:
    text = mail(Kind.APPROVAL_REQUEST, to_manager())[1]

    assert "Peer support" in text.partition("not part of what you are asked to agree to")[2]
    assert "Peer support" not in mail(Kind.APPROVAL_REMINDER, to_manager())[1]


def test_a_withdrawal_thanks_only_a_manager_who_had_approved() -> None:
    kind = Kind.RELEASE_NOT_NEEDED

    assert "Thank you for agreeing" in mail(kind, to_manager(was_approved=True))[1]
    assert "do not need to answer" in mail(kind, to_manager(was_approved=False))[1]


def test_a_header_cannot_be_slipped_into_a_subject() -> None:
    subject, _, _ = mail(Kind.APPROVAL_REQUEST, to_manager(HEADER))

    assert subject.replace("\u2060", "") == f"Can you release {theirs(HEADER)} for reverse mentoring?"
    assert not set(subject) & set("\r\n\x00\u2028\u0085")


def test_a_subject_is_not_html_and_a_long_name_leaves_room_for_the_question() -> None:
    assert mail(Kind.APPROVAL_REQUEST, to_manager("O'Brien & Co"))[0].startswith("Can you release O'Brien & Co for")
    for name in (LONG, UNBROKEN):
        assert mail(Kind.APPROVAL_REQUEST, to_manager(name))[0].endswith("… for reverse mentoring?")


def test_a_subject_that_is_too_long_is_cut() -> None:
    subject, _, _ = mail(Kind.CALENDAR, {**calendar_event(), "title": LONG})

    assert len(subject) == LONGEST_SUBJECT
    assert subject.endswith("…")


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_value_is_an_error_not_a_gap(kind: Kind) -> None:
    values = dict(sample(kind))
    values.pop("view" if kind in TO_MANAGERS | TO_WHO_RELEASED else "programme")

    with pytest.raises(UndefinedError):
        RENDERER.mail(kind.value, values)


@pytest.mark.parametrize("kind", of(TO_APPLICANTS))
def test_an_application_of_which_little_could_be_read_still_gets_whole_sentences(kind: Kind) -> None:
    values = {
        **sample(kind),
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
    _, text, _ = mail(Kind.RECEIVED, to_applicant(an_application(manager_agreed=True)))

    assert "Your role: Reverse mentor" in text
    assert "Anita Khan" in text
    assert "They can answer until Thursday 19 March 2026." in text
    assert "as a surprise" not in text
    assert "as a surprise" in mail(Kind.RECEIVED, to_applicant(an_application()))[1]


def test_a_correction_names_each_answer_and_what_to_do() -> None:
    application = an_application(status=Status.NEEDS_CORRECTION)
    _, text, _ = mail(Kind.NEEDS_CORRECTION, to_applicant(application))

    assert "What is your line manager's work email address? Enter an address with an @." in text
    assert "before applications close at 11:59pm on Thursday 12 March 2026" in text

    subject, text, _ = mail(Kind.NEEDS_CORRECTION, to_applicant(replace(application, status=Status.AWAITING_MANAGER)))

    assert subject.startswith("Your changes")
    assert "Your earlier application still counts" in text


def test_an_approved_mentor_sees_sessions_meetings_and_what_is_optional() -> None:
    _, text, _ = mail(Kind.APPROVED, sample(Kind.APPROVED))

    assert "Training for mentors Thursday 26 March 2026, 9:30am to 12:30pm Place to be confirmed" in text
    assert "6 meetings of 1 hour over 6 months" in text
    assert "These are optional." in text
    assert "Wednesday 18 November 2026, 2pm to 3:30pm" in text
    assert "choose a date" not in text
    assert f"calendar invitation from {MAILBOX}" in text


def test_an_approved_mentee_without_a_training_date_is_asked_to_choose() -> None:
    application = an_application(status=Status.APPROVED, role=Role.MENTEE, chosen=MappingProxyType({}))
    values = to_applicant(application)
    _, text, soup = mail(Kind.APPROVED, values)

    assert "which date suits you for: Training for mentees Choose your dates" in text
    assert len(soup.find_all("a", href=values["link"])) == 2
    assert "optional" not in text


def test_who_reads_mails_as_text_meets_one_colon_before_a_list() -> None:
    for kind in TO_MANAGERS:
        text = html_to_text(RENDERER.mail(kind.value, to_manager())[1])

        assert "Training, 3 hours, one of these dates:\n" in text
        for line in text.splitlines():
            assert not (line.endswith(":") and line.count(":") > 1), line
        # What comes before a list's own heading ends as a sentence does.
        assert not re.search(r":\n\n[^*\n]*:\n", text)


def test_a_lapsed_applicant_hears_of_reminders_only_if_there_were_any() -> None:
    values = sample(Kind.LAPSED)

    assert "and reminded them." in mail(Kind.LAPSED, values)[1]
    assert "Programme. We are sorry" in mail(Kind.LAPSED, {**values, "reminded": False})[1]


def test_who_asks_for_deletion_hears_who_tells_them_when_it_is_done() -> None:
    text = mail(Kind.DELETION_ASKED, sample(Kind.DELETION_ASKED))[1]

    assert "Somebody on the programme team tells you when that is done." in text


def test_the_first_mail_says_everything_that_the_own_page_can_do() -> None:
    text = mail(Kind.RECEIVED, sample(Kind.RECEIVED))[1]

    for can in ("correct your details", "choose a training date", "name another line manager", "withdraw"):
        assert can in text


@pytest.mark.parametrize("kind", of(TO_ADMINISTRATORS))
def test_only_mails_that_name_people_are_not_to_be_forwarded(kind: Kind) -> None:
    text = mail(kind, sample(kind))[1]

    assert ("please do not forward it" in text) is (PLAIN in text)


def test_a_decline_gives_the_managers_reason_only_if_there_is_one() -> None:
    values = sample(Kind.DECLINED)

    assert "The reason they gave: “Short of staff”" in mail(Kind.DECLINED, {**values, "reason": "Short of staff"})[1]
    assert "reason" not in mail(Kind.DECLINED, {**values, "reason": ""})[1]


def test_asking_the_same_manager_again_is_told_apart_from_asking_another() -> None:
    values = sample(Kind.MANAGER_CHANGED)

    assert "again" in mail(Kind.MANAGER_CHANGED, {**values, "asked_again": True})[0]
    subject, text, _ = mail(Kind.MANAGER_CHANGED, {**values, "asked_again": False})
    assert "again" not in subject
    assert "We are now asking Anita Khan" in text


def test_a_check_in_asks_about_its_meeting_and_says_who_reads_the_answer() -> None:
    for kind in (Kind.CHECK_IN, Kind.CHECK_IN_NUDGE):
        values = to_pair(checkin=a_check_in())
        subject, text, soup = mail(kind, values)

        assert "Meeting 2" in subject
        assert "meeting 2 of 6" in text
        assert "Only the equality team reads your answer" in text
        assert soup.find("a", href=values["link"]) is not None
        assert "/checkins/" in values["link"]


def test_a_second_silence_is_met_with_other_words() -> None:
    for kind in (Kind.CHECK_IN, Kind.CHECK_IN_NUDGE):
        first, second = (mail(kind, to_pair(checkin=a_check_in()) | {"unanswered": n})[1] for n in (0, 1))

        assert first[:200] != second[:200]
        assert "meeting 2 of 6" in first

    assert "even if you have not met yet" in mail(Kind.CHECK_IN, to_pair(checkin=a_check_in()))[1]
    assert "nobody is cross" in mail(Kind.CHECK_IN, to_pair(checkin=a_check_in()) | {"unanswered": 1})[1]


def test_an_introduction_tells_who_the_partner_is_and_how_to_reach_them() -> None:
    values = to_pair() | {"partner": "Margaret Okafor", "partner_email": "m.okafor@example.org"}
    _, text, _ = mail(Kind.INTRODUCTION, values)

    assert "Margaret Okafor Reverse mentee" in text
    assert "m.okafor@example.org" in text
    assert "Thursday 16 April 2026" in text


def test_a_calendar_event_says_when_its_date_may_still_change() -> None:
    subject, text, _ = mail(Kind.CALENDAR, calendar_event())

    assert subject == "Training for mentors: Reverse Mentoring for Inclusion Programme"
    assert "This date may still change; you will get an update if it does." in text
    assert "still change" not in mail(Kind.CALENDAR, calendar_event(provisional=False))[1]
    assert "optional" in mail(Kind.CALENDAR, calendar_event(required=False))[1]


def test_administrators_read_figures_and_lists_as_text() -> None:
    _, text, soup = mail(Kind.CLOSING_SUMMARY, sample(Kind.CLOSING_SUMMARY))
    assert "45 applications were received" in text
    assert "Approved: 33" in text
    assert "2 more were tests and are not counted." in text
    assert [h.get_text() for h in soup.find_all(["h1", "h2"])] == ["Applications have closed", "By status", "By role"]

    _, text, soup = mail(Kind.DIGEST, sample(Kind.DIGEST))
    headings = [heading.get_text() for heading in soup.find_all("h2")]
    assert headings == ["Since the last email", "Still open", "How the cohort stands"]
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
    values = {**to_manager(), "view": replace(a_view(), answer_by="", host="")}

    for kind in (Kind.APPROVAL_REQUEST, Kind.APPROVAL_REMINDER):
        assert "lease answer by" not in mail(kind, values)[1]


def test_a_kind_without_a_template_and_a_template_without_a_subject_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "bare.html").write_text("<p>No front matter</p>", encoding="utf-8")
    (tmp_path / "mail" / "empty.html").write_text("---\ntitle: x\n---\n<p>Hello</p>", encoding="utf-8")
    (tmp_path / "pages").mkdir()

    with pytest.raises(TemplateNotFound):
        RENDERER.mail("no such kind", {})
    for name in ("bare", "empty"):
        with pytest.raises(ValueError, match="subject"):
            JinjaRenderer(folder=tmp_path).mail(name, {})


def test_a_template_is_named_in_errors_with_its_true_line(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "pages").mkdir()
    (tmp_path / "mail" / "a.html").write_text("---\nsubject: A\n---\n<p>\n{{ missing }}</p>", encoding="utf-8")

    with pytest.raises(UndefinedError) as raised:
        JinjaRenderer(folder=tmp_path).mail("a", {})

    lines = [entry.lineno + 1 for entry in raised.traceback if str(entry.path).endswith("a.html")]
    assert lines == [5]


def test_the_programme_that_these_tests_use_is_the_shipped_one() -> None:
    assert the_programme().id == "llr-rmi-2026-c7"


def test_somebody_who_took_part_before_gets_a_link_and_what_to_do_if_it_was_not_them() -> None:
    values = to_earlier()
    subject, text, soup = mail(Kind.RETURNING, values)

    assert PLAIN not in subject
    assert soup.find("a", href=values["link"]) is not None
    assert "You took part in cohort 6" in text
    assert "The link works for 14 days." in text
    assert "If it was not you, you do not need to do anything" in text
    assert "Applications close" not in mail(Kind.RETURNING, {**values, "closes": ""})[1]
