"""Drafts, sending, and what becomes of the mail."""

import pytest

from tests.graph.stand_in import (
    IMMUTABLE,
    KEY,
    MAILBOX,
    SEND_DELAY,
    Inbox,
    Json,
    StandIn,
    a_message,
    a_person,
    by_key,
    eventually,
    part,
    quiet,
    with_key,
)


def test_a_draft_has_what_exchange_fills_in(graph: StandIn) -> None:
    draft = graph.draft(internetMessageHeaders=[{"name": "x-key", "value": "1"}])

    assert draft["isDraft"] is True
    assert draft["conversationId"]
    assert draft["internetMessageId"].startswith("<")
    assert draft["@odata.etag"] == f'W/"{draft["changeKey"]}"'
    assert draft["from"] == {"emailAddress": {"name": MAILBOX, "address": MAILBOX}}
    assert draft["bodyPreview"] == "Hello Priya"
    assert draft["parentFolderId"] == graph.call("GET", "/mailFolders/drafts", expect=200)["id"]
    assert "internetMessageHeaders" not in draft
    assert "singleValueExtendedProperties" not in draft


def test_headers_are_read_back_with_select_only(graph: StandIn) -> None:
    headers = [{"name": "X-Key", "value": "1"}]
    draft = graph.draft(internetMessageHeaders=headers)
    path = f"/messages/{draft['id']}"

    assert "internetMessageHeaders" not in graph.call("GET", path, expect=200)
    got = graph.call("GET", path, expect=200, params={"select": "subject,internetMessageHeaders"})
    assert got["internetMessageHeaders"] == headers
    assert "body" not in got


def test_a_draft_can_be_changed_until_it_is_sent(graph: StandIn) -> None:
    draft = graph.draft(singleValueExtendedProperties=with_key("k-1"))
    path = f"/messages/{draft['id']}"

    changed = graph.call(
        "PATCH",
        path,
        {
            "subject": "New",
            "internetMessageId": "<own-1@example.org>",
            "toRecipients": [a_person("other@example.com")],
            "singleValueExtendedProperties": with_key("k-2"),
        },
        expect=200,
        headers=IMMUTABLE,
    )

    assert (changed["subject"], changed["internetMessageId"]) == ("New", "<own-1@example.org>")
    assert changed["changeKey"] != draft["changeKey"]
    assert graph.call("GET", "/messages", expect=200, params={"filter": by_key("k-1")})["value"] == []
    assert len(graph.call("GET", "/messages", expect=200, params={"filter": by_key("k-2")})["value"]) == 1
    graph.call("POST", f"{path}/send", expect=202)
    eventually(graph.sent)
    assert graph.refused("PATCH", path, {"subject": "Too late"}) == "ErrorInvalidPropertySet"
    graph.call("PATCH", path, {"categories": ["done"], "isRead": True}, expect=200)


def test_an_outdated_etag_is_412(graph: StandIn) -> None:
    draft = graph.draft()
    path = f"/messages/{draft['id']}"
    graph.call("PATCH", path, {"subject": "New"}, expect=200, headers={"If-Match": draft["@odata.etag"]})

    code = graph.refused("PATCH", path, {"subject": "x"}, status=412, headers={"If-Match": draft["@odata.etag"]})

    assert code == "ErrorIrresolvableConflict"


def test_send_answers_first_and_moves_the_message_later(graph: StandIn, inbox: Inbox) -> None:
    draft = graph.draft()
    path = f"/messages/{draft['id']}"

    answer = graph.http.post(graph.url(f"{path}/send"))
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (202, b"", "0")
    assert graph.call("GET", path, expect=200)["isDraft"] is True

    sent = eventually(lambda: got if not (got := graph.call("GET", path, expect=200))["isDraft"] else None)
    folder = graph.call("GET", "/mailFolders/sentitems", expect=200)
    assert sent["parentFolderId"] == folder["id"]
    assert folder["totalItemCount"] == 1
    assert sent["internetMessageId"] == draft["internetMessageId"]
    assert sent["conversationId"] == draft["conversationId"]
    assert len(inbox.wait_for(1)) == 1


def test_only_the_immutable_id_survives_the_move(graph: StandIn) -> None:
    draft = graph.draft(headers={"Prefer": "return=representation"})
    immutable = graph.call("GET", f"/messages/{draft['id']}", expect=200, headers=IMMUTABLE)["id"]
    graph.call("POST", f"/messages/{draft['id']}/send", expect=202)
    eventually(graph.sent)

    assert graph.refused("GET", f"/messages/{draft['id']}", status=404) == "ErrorItemNotFound"
    assert graph.call("GET", f"/messages/{immutable}", expect=200, headers=IMMUTABLE)["id"] == immutable
    assert graph.call("GET", f"/messages/{immutable}", expect=200)["id"] not in {immutable, draft["id"]}


def test_the_switch_for_a_new_id_on_send(graph: StandIn) -> None:
    graph.control("POST", "switches", {"new_id_on_send": True})
    draft = graph.draft(singleValueExtendedProperties=with_key("k"))
    graph.call("POST", f"/messages/{draft['id']}/send", expect=202)
    eventually(graph.sent)

    assert graph.refused("GET", f"/messages/{draft['id']}", status=404) == "ErrorItemNotFound"
    assert len(graph.call("GET", "/messages", expect=200, params={"filter": by_key("k")})["value"]) == 1


def test_a_second_send_is_404_unless_switched(graph: StandIn, inbox: Inbox) -> None:
    draft = graph.draft()
    path = f"/messages/{draft['id']}/send"
    graph.call("POST", path, expect=202)

    assert graph.refused("POST", path, status=404) == "ErrorItemNotFound"
    eventually(graph.sent)
    assert graph.refused("POST", path, status=404) == "ErrorItemNotFound"
    inbox.wait_for(1)
    quiet(lambda: len(inbox.mails()) > 1, seconds=SEND_DELAY + 0.3)

    graph.control("POST", "switches", {"second_send": "again"})
    graph.call("POST", path, expect=202)
    assert len(inbox.wait_for(2)) == 2


def test_a_deleted_draft_goes_to_deleted_items_and_then_for_good(graph: StandIn) -> None:
    draft = graph.draft(singleValueExtendedProperties=with_key("k"))
    path = f"/messages/{draft['id']}"

    graph.call("DELETE", path, expect=204)
    found = graph.call("GET", "/messages", expect=200, params={"filter": by_key("k")})["value"]
    assert found[0]["parentFolderId"] == graph.call("GET", "/mailFolders/deleteditems", expect=200)["id"]
    graph.call("DELETE", path, expect=204)
    assert graph.call("GET", "/messages", expect=200, params={"filter": by_key("k")})["value"] == []
    assert graph.refused("GET", path, status=404) == "ErrorItemNotFound"


def test_a_draft_that_is_deleted_permanently_is_nowhere(graph: StandIn) -> None:
    draft = graph.draft(singleValueExtendedProperties=with_key("k"))
    path = f"/messages/{draft['id']}"

    graph.call("POST", f"{path}/permanentDelete", expect=204)

    assert graph.call("GET", "/messages", expect=200, params={"filter": by_key("k")})["value"] == []
    assert graph.refused("POST", f"{path}/permanentDelete", status=404) == "ErrorItemNotFound"


def test_mail_arrives_as_it_was_written(graph: StandIn, inbox: Inbox) -> None:
    html = "<html><head><style>p {}</style></head><body><p>Hello Zoë &amp; co</p><p><a href='https://x.example/a?b=1&c=2'>Choose</a></p></body></html>"
    long_id = f"<{'0123456789abcdef' * 5}@mentoring.example.org>"
    draft = graph.draft(
        subject="Réunion – naïve",
        body={"contentType": "html", "content": html},
        ccRecipients=[a_person("cc@example.com")],
        bccRecipients=[a_person("bcc@example.com")],
        replyTo=[a_person("answers@example.org")],
        importance="high",
        internetMessageId=long_id,
        internetMessageHeaders=[{"name": "X-Auto-Response-Suppress", "value": "OOF, AutoReply, DR, RN, NRN"}],
        attachments=[
            {
                "@odata.type": "#microsoft.graph.fileAttachment",
                "name": "a.txt",
                "contentBytes": "aGk=",
                "contentType": "text/plain",
            }
        ],
    )
    graph.call("POST", f"/messages/{draft['id']}/send", expect=202)

    (mail,) = inbox.wait_for(1)

    assert mail["From"] == MAILBOX
    assert mail["To"] == "Priya Shah <priya@example.com>"
    assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == ("cc@example.com", None, "answers@example.org")
    assert (mail["Subject"], mail["Message-ID"]) == ("Réunion – naïve", long_id)
    assert (mail["Importance"], mail["X-Auto-Response-Suppress"]) == ("high", "OOF, AutoReply, DR, RN, NRN")
    assert part(mail, "text/html").strip() == html
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == [
        "Hello",
        "Zoë",
        "&",
        "co",
        "Choose",
        "<https://x.example/a?b=1&c=2>",
    ]
    assert [(one.get_filename(), one.get_content()) for one in mail.iter_attachments()] == [("a.txt", "hi")]


@pytest.mark.parametrize("keep", [True, False])
def test_send_mail_sends_without_an_id(graph: StandIn, inbox: Inbox, keep: bool) -> None:
    body = {"Message": a_message(), "SaveToSentItems": keep}

    assert graph.call("POST", "/sendMail", body, expect=202) == {}

    inbox.wait_for(1)
    assert len(graph.held()["messages"]) == (1 if keep else 0)


def test_send_mail_takes_camel_case_and_keeps_a_copy_by_default(graph: StandIn, inbox: Inbox) -> None:
    graph.call("POST", "/sendMail", {"message": a_message()}, expect=202)

    inbox.wait_for(1)
    assert [one["isDraft"] for one in graph.sent()] == [False]


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({"toRecipients": []}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": [a_person("not an address")]}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": [a_person("a@[b")]}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": [{"emailAddress": {"name": "Nobody"}}]}, 400, "ErrorInvalidRecipients"),
        ({"from": a_person("director@example.org")}, 403, "ErrorSendAsDenied"),
        (
            {"attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "contentType": "ü/ü"}]},
            202,
            "",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_when_sending(graph: StandIn, given: Json, status: int, code: str) -> None:
    draft = graph.draft(**given)

    answer = graph.http.post(graph.url(f"/messages/{draft['id']}/send"))

    assert answer.status_code == status or not code
    assert not code or answer.json()["error"]["code"] == code
    assert graph.control("GET", "health")["status"] == "ok"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "InvalidInternetMessageHeaderCollection"),
        ([{"name": f"x-{n}", "value": "v"} for n in range(6)], "InvalidInternetMessageHeaderCollection"),
        ([{"name": "In-Reply-To", "value": "<a@b>"}], "InvalidInternetMessageHeader"),
        ([{"name": "x-a", "value": "v\r\nBcc: x@example.com"}], "InvalidInternetMessageHeader"),
        ([{"name": "x-a"}], "InvalidInternetMessageHeader"),
    ],
)
def test_headers_are_one_to_five_and_all_x(graph: StandIn, headers: list[Json], code: str) -> None:
    assert graph.refused("POST", "/messages", a_message(internetMessageHeaders=headers)) == code


def test_headers_cannot_be_added_later(graph: StandIn) -> None:
    path = f"/messages/{graph.draft()['id']}"
    body = {"internetMessageHeaders": [{"name": "x-a", "value": "v"}]}

    assert graph.refused("PATCH", path, body) == "ErrorInvalidPropertySet"


def test_extended_properties_come_with_expand(graph: StandIn) -> None:
    draft = graph.draft(singleValueExtendedProperties=with_key("K-1"))
    path = f"/messages/{draft['id']}"

    got = graph.call(
        "GET", path, expect=200, params={"expand": f"singleValueExtendedProperties($filter=id eq '{KEY}')"}
    )
    other = graph.call(
        "GET",
        path,
        expect=200,
        params={"expand": f"singleValueExtendedProperties($filter=id eq '{KEY.lower()}')"},
    )

    assert got["singleValueExtendedProperties"] == [{"id": KEY, "value": "K-1"}]
    assert "singleValueExtendedProperties" not in other


@pytest.mark.parametrize(
    "property_id",
    ["MailKey", "String {no-guid} Name X", "Text {7c8a5b1e-2d3f-4a6b-9c0d-1e2f3a4b5c6d} Name X"],
)
def test_an_extended_property_needs_a_proper_id(graph: StandIn, property_id: str) -> None:
    message = a_message(singleValueExtendedProperties=[{"id": property_id, "value": "v"}])

    assert graph.refused("POST", "/messages", message) == "ErrorInvalidProperty"


def test_an_inbound_reply_joins_its_conversation(graph: StandIn) -> None:
    draft = graph.draft(internetMessageId="<first@example.org>")
    graph.control(
        "POST",
        "inbound",
        {
            "mailbox": MAILBOX,
            "from": "priya@example.com",
            "subject": "Automatic reply",
            "body": "Away",
            "inReplyTo": "<first@example.org>",
            "headers": {"Auto-Submitted": "auto-replied"},
        },
    )

    (reply,) = graph.call(
        "GET",
        "/mailFolders/inbox/messages",
        expect=200,
        params={"select": "from,conversationId,isRead,internetMessageHeaders"},
    )["value"]

    assert reply["conversationId"] == draft["conversationId"]
    assert reply["from"]["emailAddress"]["address"] == "priya@example.com"
    assert reply["isRead"] is False
    assert {"name": "Auto-Submitted", "value": "auto-replied"} in reply["internetMessageHeaders"]
    assert {"name": "In-Reply-To", "value": "<first@example.org>"} in reply["internetMessageHeaders"]
