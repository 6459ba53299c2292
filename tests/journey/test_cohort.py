"""A cohort from February to December on the real platform, read from the inbox, the pages and the tables."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from icalendar import Calendar

from tests.journey.platform import MSFORMS_SECRET, PROGRAMME, Mail, Platform, running, wait_until
from tests.world import answers, mentee

MENTOR = "amara.okafor@example.nhs.uk"
MENTEE = "tom.hughes@example.nhs.uk"
MANAGER = "priya.shah@example.nhs.uk"
MENTEES_MANAGER = "grace.bell@example.nhs.uk"
TEAM = "equality.team@example.nhs.uk"
SECRET_THINGS = ("Canary-Race-Topic", "Canary-About-Me", "Canary-Access-Need")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("platform")) as started:
        yield started


def invitations(platform: Platform, address: str, method: str = "REQUEST") -> list[Calendar]:
    """The invitations somebody holds, as their calendar reads them."""
    found = [Calendar.from_ical(mail.calendar) for mail in platform.mails_to(address) if mail.calendar]
    return [calendar for calendar in found if str(calendar["METHOD"]) == method]


def wall_times(calendars: list[Calendar]) -> set[str]:
    return {event["DTSTART"].dt.isoformat() for calendar in calendars for event in calendar.walk("VEVENT")}


def expected_subject_words(mails: list[Mail]) -> list[str]:
    return [mail.subject for mail in mails if not mail.calendar]


@pytest.mark.timeout(280)
def test_a_cohort_from_the_first_application_to_the_last_check_in(platform: Platform) -> None:
    # Monday 9 February: a mentor and a mentee apply; both hear at once, both managers are asked.
    assert "Monday 9 February 2026" in platform.printed
    mentor_answers = answers(about_you=SECRET_THINGS[1], access_needs=SECRET_THINGS[2])
    answer = platform.apply(mentor_answers, response_id="mentor-1")
    assert answer.status_code == 200
    assert answer.json()["received"] in platform.bodies()
    assert platform.apply(mentee(access_needs=SECRET_THINGS[2]), response_id="mentee-1").status_code == 200
    received = platform.wait_for_mail(MENTOR, "application")
    asked = platform.wait_for_mail(MANAGER, "release")
    platform.wait_for_mail(MENTEE, "application")
    mentor = platform.row("Applications", Email=MENTOR)
    assert mentor["Status"] == "Awaiting manager"
    assert mentor["NextStep"] == "Waiting for Priya Shah to approve, reminder on 12 February"
    assert mentor["RowKey"] in received.text
    assert "9 hours" in asked.text
    assert "Thursday 26 March 2026, 9:30am to 12:30pm" in asked.text

    # The same delivery again, and a look by a mail scanner, change nothing.
    assert platform.apply(mentor_answers, response_id="mentor-1").json() == answer.json()
    decision = asked.link("decisions")
    for _ in range(3):
        platform.get(decision)
        assert httpx.head(decision).status_code == 200
    platform.settle()
    assert platform.row("Applications", Email=MENTOR)["Status"] == "Awaiting manager"

    # Three days later both managers are reminded once; then the mentor's manager approves, the other one later.
    platform.tick_at("2026-02-12T09:05:00Z")
    assert len(platform.mails_to(MANAGER, "reminder")) == 1
    page = platform.submit_form(decision, decision="approve")
    assert "approved" in page.get_text().lower()
    confirmed = platform.wait_for_mail(MENTOR, "confirmed")
    assert "Thursday 26 March 2026, 9:30am to 12:30pm" in confirmed.text
    wait_until(lambda: len(invitations(platform, MENTOR)) == 1, lambda: "no invitation for the mentor")
    assert wall_times(invitations(platform, MENTOR)) == {"2026-03-26T09:30:00+00:00"}
    assert platform.row("Applications", Email=MENTOR)["Status"] == "Approved"
    platform.tick_at("2026-02-20T09:00:00Z")
    assert len(platform.mails_to(MANAGER, "reminder")) == 1

    # A restart in the middle of the journey loses nothing.
    assert platform.stop() == 0
    platform.start()

    # The mentee's manager approves: training as chosen, later required sessions with it, all in UK wall time.
    platform.submit_form(platform.wait_for_mail(MENTEES_MANAGER, "release").link("decisions"), decision="approve")
    platform.wait_for_mail(MENTEE, "confirmed")
    wait_until(lambda: len(invitations(platform, MENTEE)) == 3, lambda: "not every invitation came")
    assert wall_times(invitations(platform, MENTEE)) == {
        "2026-03-27T11:00:00+00:00",
        "2026-07-29T09:00:00+01:00",
        "2026-11-30T14:00:00+00:00",
    }
    assert len(invitations(platform, MENTOR)) == 1

    # The mentor changes the training date on their own page: one invitation goes, one comes, nobody else hears.
    platform.submit_form(confirmed.link("me"), action="choose_session", session="mentor-training-2")
    wait_until(lambda: len(invitations(platform, MENTOR)) == 2, lambda: "no invitation for the new date")
    wait_until(lambda: len(invitations(platform, MENTOR, "CANCEL")) == 1, lambda: "the old invitation stayed")
    assert "2026-04-13T13:00:00+01:00" in wall_times(invitations(platform, MENTOR))
    assert len(invitations(platform, MENTEE)) == 3

    # The closing date: one second too late is late, is kept, and can be let in.
    platform.set_clock("2026-03-12T23:59:50Z")
    platform.apply(answers(full_name="In Time", email="in.time@example.nhs.uk"), response_id="in-time")
    platform.wait_for_mail("in.time@example.nhs.uk", "application")
    platform.tick_at("2026-03-13T00:00:05Z")
    summary = platform.wait_for_mail(TEAM, "closed")
    assert "3" in summary.text
    platform.apply(answers(full_name="Too Late", email="too.late@example.nhs.uk"), response_id="too-late")
    platform.wait_for_mail("too.late@example.nhs.uk", "")
    late = platform.row("Applications", Email="too.late@example.nhs.uk")
    assert (late["Status"], platform.row("Applications", Email="in.time@example.nhs.uk")["Status"]) == (
        "Late",
        "Awaiting manager",
    )
    assert platform.row("Programmes", RowKey=PROGRAMME)["Status"] == "Closed"
    done = platform.command("let-in", "approve late", late["RowKey"])
    assert (done["Status"], platform.row("Applications", RowKey=late["RowKey"])["Status"]) == (
        "Done",
        "Awaiting manager",
    )
    assert platform.command("nonsense", "make tea", late["RowKey"])["Status"] == "Refused"

    # Nobody answers: both lapse after the grace days, kindly.
    platform.tick_at("2026-03-21T09:00:00Z")
    statuses = {row["Email"]: row["Status"] for row in platform.rows("Applications")}
    assert statuses["in.time@example.nhs.uk"] == statuses["too.late@example.nhs.uk"] == "Lapsed"
    platform.wait_for_mail("in.time@example.nhs.uk", "lapsed")

    # A pair is typed in: both are introduced, and asked after each of six meetings.
    mentee_row = platform.row("Applications", Email=MENTEE)
    platform.set_clock("2026-04-19T12:00:00Z")
    platform.type_in(
        "Pairs",
        {
            "PartitionKey": PROGRAMME,
            "RowKey": "pair-1",
            "Mentor": mentor["RowKey"],
            "Mentee": mentee_row["RowKey"],
            "StartDate": "2026-04-20",
            "Status": "confirmed",
        },
    )
    platform.tick_at("2026-04-19T12:05:00Z")
    platform.tick_at("2026-04-20T08:10:00Z")
    assert "Tom Hughes" in platform.wait_for_mail(MENTOR, "meet").text
    assert "Amara Okafor" in platform.wait_for_mail(MENTEE, "meet").text
    for number, day in enumerate(
        ("2026-05-20", "2026-06-20", "2026-07-20", "2026-08-20", "2026-09-20", "2026-10-20"), start=1
    ):
        platform.tick_at(f"{day}T08:30:00Z")
        asked_mentor = platform.wait_for_mail(MENTOR, "meeting", count=number)
        platform.wait_for_mail(MENTEE, "meeting", count=number)
        if number == 1:
            page = platform.submit_form(
                asked_mentor.link("checkins"), met="yes", met_on="2026-05-14", rating="5", note="Good", talk="yes"
            )
            assert "thank" in page.get_text().lower()
    checkins = platform.rows("CheckIns")
    assert len(checkins) == 12
    first = next(row for row in checkins if row["Meeting"] == 1 and row["Role"] == "mentor")
    assert (first["Status"], first["Met"], first["MetOn"], first["Rating"]) == ("Answered", "yes", "2026-05-14", 5)

    # Silence is nudged once each time, and reported to the team; so is the wish to talk.
    platform.tick_at("2026-11-20T09:00:00Z")
    silent = [row for row in platform.rows("CheckIns") if row["Status"] == "Silent"]
    assert len(silent) == 11
    platform.fire("daily")
    digest = platform.wait_for_mail(TEAM, "")
    wait_until(lambda: "quiet" in platform.mails_to(TEAM)[-1].text, lambda: platform.mails_to(TEAM)[-1].text)
    digest = platform.mails_to(TEAM)[-1]
    assert "talk to someone" in digest.text

    # Nothing of the lived experience ever reached a mail, a log, or a table but its own.
    everything_mailed = "\n".join(mail.source + mail.text + mail.html for mail in platform.mails())
    logs = "\n".join(path.read_text(errors="replace") for path in platform.folder.glob("*.log"))
    tables = {name: json.dumps(platform.rows(name), default=str) for name in ("Applications", "Approvals", "Messages")}
    for secret in SECRET_THINGS[1:]:
        assert secret not in everything_mailed
        assert secret not in logs
        assert all(secret not in rows for rows in tables.values())
    assert SECRET_THINGS[2] in json.dumps(platform.rows("LivedExperience"), default=str)
    for personal in ("Okafor", MENTOR, "Priya", MANAGER):
        assert personal not in (platform.folder / "host.log").read_text()
    assert not re.search(r"/(me|decisions|checkins)/[A-Za-z0-9_-]{20}", (platform.folder / "host.log").read_text())

    # December: it stops cleanly.
    platform.tick_at("2026-12-20T09:00:00Z")
    assert not [row for row in platform.rows("Messages") if row["Status"] == "Parked"]


def test_a_microsoft_forms_response_becomes_an_application(platform: Platform) -> None:
    platform.set_clock("2026-02-11T10:00:00Z")
    body = (Path(__file__).parents[1] / "payloads" / "msforms" / "get_response_details.json").read_bytes()

    answer = platform.post("msforms", body, {"x-webhook-secret": MSFORMS_SECRET})

    assert answer.status_code == 200
    wait_until(
        lambda: any(row["Source"] == "msforms" for row in platform.rows("Applications")),
        lambda: f"no application came of it: {platform.rows('Submissions')}",
    )
