"""A cohort from February to December on the real platform, read from the inbox, the pages and the tables."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.journey.platform import MSFORMS_SECRET, PROGRAMME, ROOT, Mail, Platform, running, wait_until
from tests.package.zips import Unpacked
from tests.world import answers, mentee

MENTOR = "amara.okafor@example.nhs.uk"
MENTEE = "tom.hughes@example.nhs.uk"
MANAGER = "priya.shah@example.nhs.uk"
MENTEES_MANAGER = "grace.bell@example.nhs.uk"
TEAM = "equality.team@example.nhs.uk"
ABOUT_ME, ACCESS_NEED = "Canary-About-Me", "Canary-Access-Need"


@pytest.fixture(scope="module")
def platform(unpacked: Unpacked, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The app as it is deployed: out of the zip, which is made from this checkout."""
    with running(tmp_path_factory.mktemp("platform"), unpacked.folder) as started:
        yield started


def invitations(platform: Platform, address: str, method: str = "REQUEST") -> list[Calendar]:
    """The invitations somebody was sent, as their calendar reads them."""
    found = [Calendar.from_ical(mail.calendar) for mail in platform.mails_to(address) if mail.calendar]
    return [calendar for calendar in found if str(calendar["METHOD"]) == method]


def wall_times(calendars: list[Calendar]) -> set[str]:
    return {event.decoded("DTSTART").isoformat() for calendar in calendars for event in calendar.walk("VEVENT")}


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has loaded stands in /proc, on Linux alone")
def test_the_app_of_the_deployment_zip_uses_the_libraries_of_the_zip(
    platform: Platform, unpacked: Unpacked, tmp_path: Path
) -> None:
    """And the checkout's app none of them, or the story below would prove nothing."""
    names = {path.name for path in unpacked.libraries.rglob("*.so")}

    def packed(app: Platform) -> set[bool]:
        return {path.is_relative_to(unpacked.folder) for path in app.loaded_by_host() if path.name in names}

    assert packed(platform) == {True}
    with running(tmp_path, ROOT) as checkout:
        assert packed(checkout) == {False}


@pytest.mark.timeout(280)
def test_a_cohort_from_the_first_application_to_the_last_check_in(platform: Platform) -> None:
    asked = two_people_apply(platform)
    looking_changes_nothing(platform, asked)
    confirmed = the_mentors_manager_approves_after_a_reminder(platform, asked)
    nothing_is_lost_in_a_restart(platform)
    the_mentee_gets_every_required_session(platform)
    the_mentor_changes_the_training_date(platform, confirmed)
    the_closing_date_is_kept_to_the_second(platform)
    unanswered_requests_lapse(platform)
    six_meetings_over_six_months(platform)
    silence_and_worries_reach_the_team(platform)
    nothing_private_went_anywhere(platform)
    assert not [row for row in platform.rows("Messages") if row["Status"] == "Parked"]


def two_people_apply(platform: Platform) -> Mail:
    """Monday 9 February: a mentor and a mentee apply; both hear at once, both managers are asked."""
    assert "Monday 9 February 2026" in platform.printed
    given = answers(about_you=ABOUT_ME, access_needs=ACCESS_NEED)
    first = platform.apply(given, response_id="mentor-1")
    assert first.status_code == 200
    assert first.json()["received"] in platform.bodies()
    assert platform.apply(mentee(access_needs=ACCESS_NEED), response_id="mentee-1").status_code == 200
    received = platform.wait_for_mail(MENTOR, "application")
    asked = platform.wait_for_mail(MANAGER, "release")
    platform.wait_for_mail(MENTEE, "application")
    mentor = platform.row("Applications", Email=MENTOR)
    assert mentor["Status"] == "Awaiting manager"
    assert mentor["NextStep"] == "Waiting for Priya Shah to approve, reminder on 12 February"
    assert mentor["RowKey"] in received.text
    assert "9 hours" in asked.text
    assert "Thursday 26 March 2026, 9:30am to 12:30pm" in asked.text
    assert platform.apply(given, response_id="mentor-1").json() == first.json()
    return asked


def looking_changes_nothing(platform: Platform, asked: Mail) -> None:
    """A mail scanner opens the link again and again."""
    platform.reconcile()
    before = platform.rows("Applications"), platform.rows("Approvals")
    for _ in range(3):
        platform.get(asked.link("decisions"))
        assert httpx.head(asked.link("decisions")).status_code == 200
    assert (platform.rows("Applications"), platform.rows("Approvals")) == before


def the_mentors_manager_approves_after_a_reminder(platform: Platform, asked: Mail) -> Mail:
    platform.tick_at("2026-02-12T09:05:00Z")
    assert len(platform.mails_to(MANAGER, "reminder")) == 1
    page = platform.submit_form(asked.link("decisions"), decision="approve")
    assert "approved" in page.get_text().lower()
    confirmed = platform.wait_for_mail(MENTOR, "confirmed")
    assert "Thursday 26 March 2026, 9:30am to 12:30pm" in confirmed.text
    wait_until(lambda: len(invitations(platform, MENTOR)) == 1, lambda: "no invitation for the mentor")
    assert wall_times(invitations(platform, MENTOR)) == {"2026-03-26T09:30:00+00:00"}
    assert platform.row("Applications", Email=MENTOR)["Status"] == "Approved"
    platform.tick_at("2026-02-20T09:00:00Z")
    assert len(platform.mails_to(MANAGER, "reminder")) == 1
    return confirmed


def nothing_is_lost_in_a_restart(platform: Platform) -> None:
    """An application arrives, and everything stops before it can be taken in for certain."""
    answer = platform.apply(answers(full_name="Mid Restart", email="mid.restart@example.nhs.uk"), response_id="mid")
    assert answer.status_code == 200
    assert platform.stop() == 0
    platform.start()
    platform.wait_for_mail("mid.restart@example.nhs.uk", "application")
    page = platform.submit_form(
        platform.wait_for_mail("mid.restart@example.nhs.uk", "application").link("me"), action="withdraw", sure="yes"
    )
    assert "withdrawn" in page.get_text().lower()
    platform.wait_for_mail("mid.restart@example.nhs.uk", "withdr")


def the_mentee_gets_every_required_session(platform: Platform) -> None:
    """The manager passes the request on; the right one approves: every required session, in UK wall time."""
    first = platform.wait_for_mail(MENTEES_MANAGER, "release").link("decisions")
    right = "right.manager@example.nhs.uk"
    platform.submit_form(first, decision="not_my_report", right_manager_name="Right Manager", right_manager_email=right)
    platform.submit_form(platform.wait_for_mail(right, "release").link("decisions"), decision="approve")
    platform.wait_for_mail(MENTEE, "confirmed")
    wait_until(lambda: len(invitations(platform, MENTEE)) == 3, lambda: "not every invitation came")
    assert wall_times(invitations(platform, MENTEE)) == {
        "2026-03-27T11:00:00+00:00",
        "2026-07-29T09:00:00+01:00",
        "2026-11-30T14:00:00+00:00",
    }
    assert len(invitations(platform, MENTOR)) == 1


def the_mentor_changes_the_training_date(platform: Platform, confirmed: Mail) -> None:
    """One invitation goes, one comes, nobody else hears."""
    platform.submit_form(confirmed.link("me"), action="choose_session", session="mentor-training-2")
    wait_until(lambda: len(invitations(platform, MENTOR)) == 2, lambda: "no invitation for the new date")
    wait_until(lambda: len(invitations(platform, MENTOR, "CANCEL")) == 1, lambda: "the old invitation stayed")
    assert "2026-04-13T13:00:00+01:00" in wall_times(invitations(platform, MENTOR))
    assert len(invitations(platform, MENTEE)) == 3


def the_closing_date_is_kept_to_the_second(platform: Platform) -> None:
    """The last second of 12 March counts; what comes after it is late, is kept, and can be let in."""
    platform.set_clock("2026-03-12T23:59:50Z")
    platform.apply(answers(full_name="In Time", email="in.time@example.nhs.uk"), response_id="in-time")
    platform.wait_for_mail("in.time@example.nhs.uk", "application")
    platform.tick_at("2026-03-13T00:00:05Z")
    platform.wait_for_mail(TEAM, "closed")
    platform.apply(answers(full_name="Too Late", email="too.late@example.nhs.uk"), response_id="too-late")
    platform.wait_for_mail("too.late@example.nhs.uk", "late")
    late = platform.row("Applications", Email="too.late@example.nhs.uk")
    in_time = platform.row("Applications", Email="in.time@example.nhs.uk")
    assert (late["Status"], in_time["Status"]) == ("Late", "Awaiting manager")
    assert platform.row("Programmes", RowKey=PROGRAMME)["Status"] == "Closed"
    done = platform.command("let-in", "approve late", late["RowKey"])
    now = platform.row("Applications", RowKey=late["RowKey"])
    assert (done["Status"], now["Status"]) == ("Done", "Awaiting manager")
    assert platform.command("nonsense", "make tea", late["RowKey"])["Status"] == "Refused"


def unanswered_requests_lapse(platform: Platform) -> None:
    platform.tick_at("2026-03-21T09:00:00Z")
    statuses = {row["Email"]: row["Status"] for row in platform.rows("Applications")}
    assert statuses["in.time@example.nhs.uk"] == statuses["too.late@example.nhs.uk"] == "Lapsed"
    # That was a Saturday; they read it on the Monday.
    platform.tick_at("2026-03-23T09:05:00Z")
    platform.wait_for_mail("in.time@example.nhs.uk", "lapsed")


def six_meetings_over_six_months(platform: Platform) -> None:
    """A pair is typed in: both are introduced, and asked after each meeting."""
    platform.set_clock("2026-04-19T12:00:00Z")
    pair = {
        "PartitionKey": PROGRAMME,
        "RowKey": "pair-1",
        "Mentor": platform.row("Applications", Email=MENTOR)["RowKey"],
        "Mentee": platform.row("Applications", Email=MENTEE)["RowKey"],
        "StartDate": "2026-04-20",
        "Status": "confirmed",
    }
    platform.type_in("Pairs", pair)
    platform.tick_at("2026-04-19T12:05:00Z")
    platform.tick_at("2026-04-20T08:10:00Z")
    assert "Tom Hughes" in platform.wait_for_mail(MENTOR, "meet").text
    assert "Amara Okafor" in platform.wait_for_mail(MENTEE, "meet").text
    # The 20th of each month, or the working day after it.
    for number, day in enumerate(("05-20", "06-22", "07-20", "08-20", "09-21", "10-20"), start=1):
        platform.tick_at(f"2026-{day}T08:30:00Z")
        asked = platform.wait_for_mail(MENTOR, f"meeting {number}")
        platform.wait_for_mail(MENTEE, f"meeting {number}")
        if number == 1:
            fields = {"met": "yes", "met_on": "2026-05-14", "rating": "5", "note": "Good", "talk": "yes"}
            assert "thank" in platform.submit_form(asked.link("checkins"), **fields).get_text().lower()
    checkins = platform.rows("CheckIns")
    assert len(checkins) == 12
    first = next(row for row in checkins if row["Meeting"] == 1 and row["Role"] == "mentor")
    assert (first["Status"], first["Met"], first["MetOn"], first["Rating"]) == ("Answered", "yes", "2026-05-14", 5)


def silence_and_worries_reach_the_team(platform: Platform) -> None:
    platform.tick_at("2026-11-20T09:00:00Z")
    assert len([row for row in platform.rows("CheckIns") if row["Status"] == "Silent"]) == 11
    before = len(platform.mails_to(TEAM))
    platform.fire("daily")

    def told() -> list[str]:
        return [mail.text for mail in platform.mails_to(TEAM)[before:]]

    # Another mail of that night says what is kept no longer.
    wait_until(lambda: any("talk to someone" in text for text in told()), lambda: f"no digest came: {told()}")
    # Every meeting of the pair is settled, so there is nothing left to do about its silence.
    assert not any("quiet" in text for text in told())


def nothing_private_went_anywhere(platform: Platform) -> None:
    """Lived experience stays in its table; logs name nobody and hold no link."""
    everything_mailed = "\n".join(mail.source + mail.text + mail.html for mail in platform.mails())
    logs = "\n".join(path.read_text(errors="replace") for path in platform.folder.glob("*.log"))
    tables: dict[str, Any] = {
        name: json.dumps(platform.rows(name), default=str)
        for name in ("Applications", "Approvals", "Messages", "Bookings", "Alarms", "Audit", "Submissions")
    }
    for secret in (ABOUT_ME, ACCESS_NEED):
        assert secret not in everything_mailed
        assert secret not in logs
        assert [name for name, rows in tables.items() if secret in rows] == []
        assert secret in json.dumps(platform.rows("LivedExperience"), default=str)
    for personal in ("Okafor", MENTOR, "Priya", MANAGER):
        assert personal not in logs
    assert not re.search(r"/(me|decisions|checkins)/[A-Za-z0-9_-]{20}", logs)
    # The host silences no library, so what is not here the app keeps out by itself: addresses of rows, keys, tokens.
    host = (platform.folder / "host.log").read_text(errors="replace")
    told = [line for line in host.splitlines() if "Listening on" not in line]
    assert [line for line in told if re.search(r"https?://|@|[A-Za-z0-9_-]{43}|[Ss]ig=|Bearer", line)] == []


def test_a_microsoft_forms_response_becomes_an_application(platform: Platform) -> None:
    platform.set_clock("2026-02-11T10:00:00Z")
    body = (Path(__file__).parents[1] / "payloads" / "msforms" / "get_response_details.json").read_bytes()

    answer = platform.post("msforms", body, {"x-webhook-secret": MSFORMS_SECRET})

    assert answer.status_code == 200
    wait_until(
        lambda: any(row["Source"] == "msforms" for row in platform.rows("Applications")),
        lambda: f"no application came of it: {platform.rows('Submissions')}",
    )
