"""The calendar, and who gets which invitation."""

from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from tests.graph.stand_in import (
    IMMUTABLE,
    MAILBOX,
    SEND_DELAY,
    Inbox,
    Json,
    StandIn,
    a_person,
    an_event,
    by_key,
    eventually,
    invitation,
    part,
    quiet,
    with_key,
)

LONDON = ZoneInfo("Europe/London")


def attendee(address: str) -> Json:
    return {**a_person(address), "type": "required"}


def told(inbox: Inbox, count: int) -> list[tuple[str, str, int]]:
    """Method, recipient and sequence of every invitation, sorted."""
    news = []
    for mail in inbox.wait_for(count):
        method, event = invitation(mail)
        news.append((method, str(mail["To"]), int(event["SEQUENCE"])))
    assert len(news) == count
    return sorted(news)


def test_an_event_is_answered_in_utc_and_keeps_its_zone(graph: StandIn) -> None:
    event = graph.call("POST", "/events", an_event(), expect=201)
    path = f"/events/{event['id']}"

    assert event["start"] == {"dateTime": "2027-03-29T08:00:00.0000000", "timeZone": "UTC"}
    assert (event["originalStartTimeZone"], event["originalEndTimeZone"]) == (
        "Europe/London",
        "Europe/London",
    )
    assert event["organizer"]["emailAddress"]["address"] == MAILBOX
    assert event["iCalUId"]
    assert "transactionId" not in event
    for name in ("Europe/London", "GMT Standard Time"):
        got = graph.call("GET", path, expect=200, headers={"Prefer": f'outlook.timezone="{name}"'})
        assert got["end"] == {"dateTime": "2027-03-29T12:00:00.0000000", "timeZone": name}
    code = graph.refused("GET", path, headers={"Prefer": 'outlook.timezone="Mars/Olympus"'})
    assert code == "TimeZoneNotSupportedException"


@pytest.mark.parametrize(
    ("start", "code"),
    [
        ({"dateTime": "2027-03-29T09:00:00Z", "timeZone": "Europe/London"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "2027-03-29T09:00:00+01:00", "timeZone": "UTC"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "2027-02-30T09:00:00", "timeZone": "UTC"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "9999-12-31T09:00:00", "timeZone": "UTC"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "2027-03-29T09:00:00"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "2027-03-29T13:00:00", "timeZone": "Europe/London"}, "ErrorPropertyValidationFailure"),
        ({"dateTime": "2027-03-29T09:00:00", "timeZone": "Europe/Londn"}, "TimeZoneNotSupportedException"),
        (None, "ErrorPropertyValidationFailure"),
    ],
)
def test_times_that_cannot_be(graph: StandIn, start: Json | None, code: str) -> None:
    assert graph.refused("POST", "/events", an_event(start=start)) == code


@pytest.mark.parametrize("path", ["/events", "/calendar/events", "/calendars/{id}/events"])
def test_there_are_three_ways_to_the_same_calendar(graph: StandIn, path: str) -> None:
    path = path.replace("{id}", graph.call("GET", "/calendar", expect=200)["id"])

    event = graph.call("POST", path, an_event(subject="One"), expect=201)

    assert graph.call("GET", f"{path}/{event['id']}", expect=200)["subject"] == "One"
    graph.call("PATCH", f"{path}/{event['id']}", {"subject": "Two"}, expect=200)
    assert [one["subject"] for one in graph.call("GET", "/events", expect=200)["value"]] == ["Two"]
    graph.call("POST", f"{path}/{event['id']}/cancel", {}, expect=202)
    assert graph.call("GET", path, expect=200)["value"] == []


def test_the_same_transaction_makes_no_second_event(graph: StandIn, inbox: Inbox) -> None:
    body = an_event("a@example.com", transactionId="t-1")
    first = graph.call("POST", "/events", body, expect=201)
    graph.call("PATCH", f"/events/{first['id']}", {"attendees": body["attendees"]}, expect=200)

    again = graph.call("POST", "/calendar/events", body, expect=201)
    other = graph.call("POST", "/events", an_event("b@example.com", transactionId="t-1"), expect=409)["error"]

    assert (again["id"], again["transactionId"]) == (first["id"], "t-1")
    assert (other["code"], other["@event.existingEventId"]) == ("ErrorDuplicateTransactionId", first["id"])
    assert told(inbox, 1) == [("REQUEST", "a@example.com", 0)]
    quiet(lambda: len(inbox.mails()) > 1, seconds=SEND_DELAY + 0.2)
    graph.control("POST", "switches", {"duplicate_transaction_status": 400})
    assert graph.refused("POST", "/events", {**body, "subject": "x"}) == "ErrorDuplicateTransactionId"
    graph.call("DELETE", f"/events/{first['id']}", expect=204)
    assert graph.call("POST", "/events", body, expect=201)["id"] != first["id"]


def test_events_are_found_by_extended_property(graph: StandIn) -> None:
    event = graph.call("POST", "/events", an_event(singleValueExtendedProperties=with_key("Key")), expect=201)
    graph.draft(singleValueExtendedProperties=with_key("Key"))

    params = {"filter": by_key("KEY"), "select": "subject,start"}
    (found,) = graph.call("GET", "/events", expect=200, params=params)["value"]

    assert set(found) == {"@odata.etag", "id", "subject", "start"}
    assert found["id"] == event["id"]
    later = "start/dateTime ge '2027-04-01T00:00'"
    assert graph.call("GET", "/events", expect=200, params={"filter": later})["value"] == []


def test_an_invitation_is_what_exchange_would_mail(graph: StandIn, inbox: Inbox) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com"), expect=201)

    (mail,) = inbox.wait_for(1)
    method, invited = invitation(mail)

    assert mail.get_content_type() == "multipart/alternative"
    types = [one.get_content_type() for one in mail.iter_parts()]
    assert types == ["text/plain", "text/html", "text/calendar"]
    assert (mail["From"], mail["To"], mail["Subject"]) == (MAILBOX, "a@example.com", "Mentor training")
    assert part(mail, "text/plain").strip() == "Bring a pen."
    assert part(mail, "text/html").strip() == "<p>Bring a pen.</p>"
    assert (method, invited["UID"], invited["SEQUENCE"]) == ("REQUEST", event["iCalUId"], 0)
    assert (invited["SUMMARY"], invited["LOCATION"]) == ("Mentor training", "Room 4")
    assert (invited["DESCRIPTION"].strip(), invited["STATUS"]) == ("Bring a pen.", "CONFIRMED")
    assert invited["DTSTART"].params["TZID"] == "Europe/London"
    assert invited["DTSTART"].dt.replace(tzinfo=None) == datetime(2027, 3, 29, 9)  # noqa: DTZ001 -- wall time
    assert invited["DTEND"].dt.utcoffset() == timedelta(hours=1)
    assert invited["ORGANIZER"] == f"mailto:{MAILBOX}"
    assert invited["ATTENDEE"] == "mailto:a@example.com"
    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/London" in part(mail, "text/calendar").replace("\n", "\r\n").replace(
        "\r\r", "\r"
    )


@pytest.mark.parametrize("hidden", [True, False])
def test_hide_attendees(graph: StandIn, inbox: Inbox, hidden: bool) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com", "b@example.com", hideAttendees=hidden), expect=201)

    mails = inbox.wait_for(2)

    seen = sorted(part(mail, "text/calendar").replace("\r\n ", "").count("ATTENDEE") for mail in mails)
    assert seen == ([1, 1] if hidden else [2, 2])
    assert sorted(str(mail["To"]) for mail in mails) == (
        ["a@example.com", "b@example.com"] if hidden else ["a@example.com, b@example.com"] * 2
    )
    assert len(graph.call("GET", f"/events/{event['id']}", expect=200)["attendees"]) == 2


def test_a_change_of_attendees_is_told_to_those_who_came_or_went(graph: StandIn, inbox: Inbox) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com", "b@example.com", hideAttendees=True), expect=201)
    path = f"/events/{event['id']}"
    inbox.wait_for(2)
    inbox.clear()

    now = [attendee("a@example.com"), attendee("c@example.com")]
    changed = graph.call("PATCH", path, {"attendees": now}, expect=200)

    assert [one["emailAddress"]["address"] for one in changed["attendees"]] == [
        "a@example.com",
        "c@example.com",
    ]
    assert told(inbox, 2) == [("CANCEL", "b@example.com", 1), ("REQUEST", "c@example.com", 1)]
    assert {str(invitation(mail)[1]["UID"]) for mail in inbox.mails()} == {event["iCalUId"]}
    graph.call("PATCH", path, {"attendees": now}, expect=200)
    quiet(lambda: len(inbox.mails()) > 2, seconds=SEND_DELAY + 0.2)


def test_any_other_change_is_told_to_everybody(graph: StandIn, inbox: Inbox) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com", "b@example.com", hideAttendees=True), expect=201)
    path = f"/events/{event['id']}"
    graph.control(
        "POST",
        "responses",
        {"event": event["id"], "mailbox": MAILBOX, "attendee": "a@example.com", "response": "accepted"},
    )
    inbox.wait_for(2)
    inbox.clear()

    moved = {
        "start": {"dateTime": "2027-03-26T09:00:00", "timeZone": "Europe/London"},
        "end": {"dateTime": "2027-03-26T12:00:00", "timeZone": "Europe/London"},
        "attendees": [attendee("a@example.com"), attendee("c@example.com")],
    }
    changed = graph.call("PATCH", path, moved, expect=200)

    assert changed["start"]["dateTime"] == "2027-03-26T09:00:00.0000000"
    assert {one["status"]["response"] for one in changed["attendees"]} == {"none"}
    assert told(inbox, 3) == [
        ("CANCEL", "b@example.com", 1),
        ("REQUEST", "a@example.com", 1),
        ("REQUEST", "c@example.com", 1),
    ]
    assert invitation(inbox.mails()[-1])[1]["DTSTART"].dt == datetime(2027, 3, 26, 9, tzinfo=LONDON)


def test_cancel_tells_everybody_and_moves_the_event(graph: StandIn, inbox: Inbox) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com", "b@example.com", hideAttendees=True), expect=201)
    inbox.wait_for(2)
    inbox.clear()
    path = f"/events/{event['id']}"

    graph.call("POST", f"{path}/cancel", {"Comment": "The trainer is ill."}, expect=202)

    assert told(inbox, 2) == [("CANCEL", "a@example.com", 1), ("CANCEL", "b@example.com", 1)]
    mail = inbox.mails()[0]
    assert (mail["Subject"], invitation(mail)[1]["STATUS"]) == ("Canceled: Mentor training", "CANCELLED")
    assert "The trainer is ill." in part(mail, "text/plain")
    assert invitation(mail)[1]["UID"] == event["iCalUId"]
    (held,) = graph.held()["events"]
    assert (held["folder"], held["isCancelled"]) == ("Deleted Items", True)
    assert graph.refused("GET", path, status=404) == "ErrorItemNotFound"
    assert graph.refused("POST", f"{path}/cancel", {}, status=404) == "ErrorItemNotFound"


def test_delete_is_a_cancellation_without_a_comment(graph: StandIn, inbox: Inbox) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com"), expect=201, headers=IMMUTABLE)
    graph.call("DELETE", f"/events/{event['id']}", expect=204)

    assert told(inbox, 2) == [("CANCEL", "a@example.com", 1), ("REQUEST", "a@example.com", 0)]


def test_cancel_takes_only_a_comment(graph: StandIn) -> None:
    path = f"/events/{graph.call('POST', '/events', an_event(), expect=201)['id']}/cancel"

    assert graph.refused("POST", path, {"Coment": "x"}) == "BadRequest"
    assert graph.refused("POST", path, {"comment": 5}) == "BadRequest"
    graph.call("POST", path, {"comment": "x"}, expect=202)


@pytest.mark.parametrize("response", ["accepted", "declined", "tentativelyAccepted"])
def test_an_attendee_can_answer(graph: StandIn, response: str) -> None:
    event = graph.call("POST", "/events", an_event("a@example.com", "b@example.com"), expect=201)
    answer = {"mailbox": MAILBOX, "event": event["id"], "attendee": "A@example.com", "response": response}
    graph.control("POST", "responses", answer)

    got = graph.call("GET", f"/events/{event['id']}", expect=200)["attendees"]
    (mail,) = graph.call("GET", "/mailFolders/inbox/messages", expect=200)["value"]

    assert [one["status"]["response"] for one in got] == [response, "none"]
    assert got[0]["status"]["time"] > "2020"
    assert mail["@odata.type"] == "#microsoft.graph.eventMessageResponse"
    assert (mail["from"]["emailAddress"]["address"], mail["responseType"]) == ("A@example.com", response)


def test_five_hundred_attendees_are_the_most(graph: StandIn) -> None:
    people = [f"p{number}@example.com" for number in range(501)]

    assert graph.refused("POST", "/events", an_event(*people)) == "ErrorRecipientLimitExceeded"
    assert graph.refused("POST", "/events", an_event("nobody")) == "ErrorInvalidRecipients"


def test_an_online_meeting_stays_one(graph: StandIn) -> None:
    event = graph.call(
        "POST",
        "/events",
        an_event(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness"),
        expect=201,
    )
    path = f"/events/{event['id']}"
    url = event["onlineMeeting"]["joinUrl"]
    assert url in event["body"]["content"]

    kept = graph.call("PATCH", path, {"isOnlineMeeting": False, "onlineMeetingProvider": "unknown"}, expect=200)
    assert (kept["isOnlineMeeting"], kept["onlineMeetingProvider"]) == (True, "teamsForBusiness")
    assert kept["onlineMeeting"] == {"joinUrl": url}
    body = {"contentType": "html", "content": f"<p>New</p><a href='{url}'>Join</a>"}
    assert graph.call("PATCH", path, {"body": body}, expect=200)["isOnlineMeeting"] is True
    lost = graph.call("PATCH", path, {"body": {"contentType": "html", "content": "<p>New</p>"}}, expect=200)
    assert (lost["isOnlineMeeting"], lost["onlineMeeting"]) == (False, None)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"transactionId": "t-2"}, 400, "ErrorInvalidPropertySet"),
        ({"iCalUId": "x"}, 400, "ErrorInvalidPropertySet"),
        ({"onlineMeeting": {"joinUrl": "https://x.example"}}, 400, "ErrorInvalidPropertySet"),
        ({"recurrence": {"pattern": {"type": "daily"}}}, 501, "NotImplemented"),
        (
            {"end": {"dateTime": "2027-03-29T08:00:00", "timeZone": "Europe/London"}},
            400,
            "ErrorPropertyValidationFailure",
        ),
    ],
)
def test_what_cannot_be_changed(graph: StandIn, change: Json, status: int, code: str) -> None:
    event = graph.call("POST", "/events", an_event(transactionId="t-1"), expect=201)
    path = f"/events/{event['id']}"

    assert graph.refused("PATCH", path, change, status=status) == code
    assert graph.call("GET", path, expect=200)["changeKey"] == event["changeKey"]


def test_windows_zones_and_utc_in_invitations(graph: StandIn, inbox: Inbox) -> None:
    windows = {"dateTime": "2027-01-05T09:00:00", "timeZone": "GMT Standard Time"}
    utc = {"dateTime": "2027-01-05T10:00:00", "timeZone": "UTC"}
    graph.call("POST", "/events", an_event("a@example.com", start=windows, end=utc), expect=201)

    (mail,) = inbox.wait_for(1)

    event = invitation(mail)[1]
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert "DTEND:20270105T100000Z" in part(mail, "text/calendar")
    assert cast("datetime", event["DTSTART"].dt).utcoffset() == timedelta(0)


def test_an_event_holds_no_mail_for_its_organizer(graph: StandIn, inbox: Inbox) -> None:
    graph.call("POST", "/events", an_event(MAILBOX, "a@example.com"), expect=201)

    assert [mail["X-Sender"] for mail in inbox.wait_for(1)] == [None]
    eventually(lambda: not any(graph.control("GET", "state")["waiting"].values()))
    assert len(inbox.mails()) == 1
