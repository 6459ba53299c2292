"""Bodies that are not quite right are refused, with the place in the message."""

import pytest

from tests.graph.stand_in import Json, StandIn, a_message, a_person, an_event

BAD_MESSAGES: list[tuple[Json, str]] = [
    ({"subjekt": "x"}, "subjekt"),
    ({"transaction_id": None}, "transaction_id"),
    ({"subject": 5}, "subject"),
    ({"subject": ["x"]}, "subject"),
    ({"isRead": "true"}, "isRead"),
    ({"isRead": 1}, "isRead"),
    ({"body": "text"}, "body"),
    ({"body": {"contentType": "markdown", "content": "x"}}, "body.contentType"),
    ({"body": {"contentType": "html", "contents": "x"}}, "contents"),
    ({"body": {"contentType": "html", "content": True}}, "body.content"),
    ({"importance": "urgent"}, "importance"),
    ({"importance": 1}, "importance"),
    ({"toRecipients": a_person("a@example.com")}, "toRecipients"),
    ({"toRecipients": ["a@example.com"]}, "toRecipients[0]"),
    ({"toRecipients": [{"address": "a@example.com"}]}, "address"),
    ({"toRecipients": [{"emailAddress": {"address": 5}}]}, "toRecipients[0].emailAddress.address"),
    ({"toRecipients": [None]}, "toRecipients[0]"),
    ({"categories": "red"}, "categories"),
    ({"categories": [1]}, "categories[0]"),
    ({"singleValueExtendedProperties": [{"id": "x", "val": "y"}]}, "val"),
    ({"attachments": [{"@odata.type": "#microsoft.graph.nothing"}]}, "attachments[0]"),
    ({"@odata.type": "#microsoft.graph.event"}, "@odata.type"),
]
BAD_EVENTS: list[tuple[Json, str]] = [
    ({"startTime": {}}, "startTime"),
    ({"start": "2027-03-29T09:00:00"}, "start"),
    ({"start": {"dateTime": "2027-03-29T09:00:00", "zone": "UTC"}}, "zone"),
    ({"showAs": "occupied"}, "showAs"),
    ({"hideAttendees": "yes"}, "hideAttendees"),
    ({"reminderMinutesBeforeStart": "15"}, "reminderMinutesBeforeStart"),
    ({"reminderMinutesBeforeStart": True}, "reminderMinutesBeforeStart"),
    ({"attendees": [{**a_person("a@example.com"), "type": "needed"}]}, "attendees[0].type"),
    ({"onlineMeetingProvider": "zoom"}, "onlineMeetingProvider"),
]


@pytest.mark.parametrize(("given", "place"), BAD_MESSAGES)
def test_a_message_with_a_mistake(graph: StandIn, given: Json, place: str) -> None:
    for path, body in (
        ("/messages", {**a_message(), **given}),
        ("/sendMail", {"Message": {**a_message(), **given}}),
    ):
        error = graph.call("POST", path, body, expect=400)["error"]
        assert error["code"] == "RequestBodyRead"
        assert place in error["message"]
    assert graph.control("GET", "state")["mailboxes"].get("mentoring@example.org", {}).get("messages") == []


@pytest.mark.parametrize(("given", "place"), BAD_EVENTS)
def test_an_event_with_a_mistake(graph: StandIn, given: Json, place: str) -> None:
    error = graph.call("POST", "/events", {**an_event(), **given}, expect=400)["error"]

    assert (error["code"], place in error["message"]) == ("RequestBodyRead", True)


@pytest.mark.parametrize(
    "body",
    [
        {"Message": a_message(), "SaveToSendItems": True},
        {"Message": a_message(), "saveToSentItems": "true"},
        {"Message": "hello"},
        a_message(),
        {},
    ],
)
def test_parameters_of_send_mail(graph: StandIn, body: Json) -> None:
    assert graph.refused("POST", "/sendMail", body) == "BadRequest"


@pytest.mark.parametrize("name", ["id", "isDraft", "conversationId", "sentDateTime", "parentFolderId"])
def test_what_the_service_sets_cannot_be_set(graph: StandIn, name: str) -> None:
    value: object = True if name == "isDraft" else "2027-01-01T00:00:00Z"

    assert graph.refused("POST", "/messages", a_message(**{name: value})) == "ErrorInvalidPropertySet"


def test_annotations_nulls_and_the_case_of_enums_are_let_through(graph: StandIn) -> None:
    given: Json = {
        "@odata.type": "#microsoft.graph.message",
        "toRecipients@odata.type": "#Collection(microsoft.graph.recipient)",
        "importance": "High",
        "body": {"contentType": "HTML", "content": "<p>x</p>"},
        "ccRecipients": None,
        "replyTo": None,
        "flag": {"flagStatus": "flagged"},
    }
    draft = graph.draft(**given)

    assert (draft["importance"], draft["body"]["contentType"]) == ("high", "html")
    graph.call("POST", f"/messages/{draft['id']}/send", expect=202)
