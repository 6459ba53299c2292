"""Who may ask, for which mailbox, and what unknown addresses answer."""

import json

import pytest

from local.graph.errors import GraphError
from local.graph.mailboxes import Mailboxes
from tests.graph.stand_in import DENIED, MAILBOX, StandIn


def test_health_and_a_quick_start(graph: StandIn) -> None:
    assert graph.control("GET", "health")["status"] == "ok"


@pytest.mark.parametrize("authorization", ["", "Bearer something-else", "local-graph-token"])
def test_another_token_is_refused(graph: StandIn, authorization: str) -> None:
    answer = graph.http.get(graph.url("/messages"), headers={"Authorization": authorization})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (401, "InvalidAuthenticationToken")
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
    assert answer.headers["request-id"] == error["innerError"]["request-id"]


def test_the_callers_request_id_comes_back(graph: StandIn) -> None:
    answer = graph.http.get(graph.url("/messages"), headers={"client-request-id": "trace-1"})

    assert answer.headers["client-request-id"] == "trace-1"


def test_an_unknown_mailbox_is_404_and_one_out_of_scope_403(graph: StandIn) -> None:
    assert graph.refused("GET", "/messages", status=404, mailbox="nobody@example.org") == "ErrorInvalidUser"
    assert graph.refused("GET", "/messages", status=403, mailbox=DENIED) == "ErrorAccessDenied"
    assert graph.call("GET", "/messages", expect=200, mailbox=MAILBOX.replace("@", "%40").upper()) is not None


def test_without_a_list_every_address_but_unknown_has_a_mailbox() -> None:
    mailboxes = Mailboxes([], [])

    assert mailboxes.open("Anybody@example.net") == "anybody@example.net"
    for address in ("unknown@example.net", "nobody", "@example.net", "nobody@"):
        with pytest.raises(GraphError) as refused:
            mailboxes.open(address)
        assert (refused.value.status, refused.value.code) == (404, "ErrorInvalidUser")


@pytest.mark.parametrize("path", ["/mesages", "/messages/AAMk/forwardd", "/manager/reports"])
def test_an_unknown_segment_is_a_bad_request(graph: StandIn, path: str) -> None:
    error = graph.call("GET", path, expect=400)["error"]

    assert (error["code"], error["message"].split("'")[0]) == (
        "BadRequest",
        "Resource not found for the segment ",
    )


def test_an_unsupported_method_is_405(graph: StandIn) -> None:
    answer = graph.http.put(graph.url("/messages"), json={})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


def test_a_body_that_is_not_a_json_object_is_refused(graph: StandIn) -> None:
    for content in (b"", b"{", b"[]", b"\xff"):
        answer = graph.http.post(graph.url("/messages"), content=content)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_a_body_over_four_megabytes_is_413(graph: StandIn) -> None:
    content = json.dumps({"subject": "x" * (4 * 1024 * 1024)})

    assert graph.http.post(graph.url("/messages"), content=content).status_code == 413


def test_the_mailbox_has_folders_a_calendar_and_an_owner(graph: StandIn) -> None:
    folders = graph.call("GET", "/mailFolders", expect=200)["value"]

    assert {"Inbox", "Drafts", "Sent Items", "Deleted Items"} <= {one["displayName"] for one in folders}
    assert graph.call("GET", "/mailFolders/SentItems", expect=200)["id"] in {one["id"] for one in folders}
    assert graph.refused("GET", "/mailFolders/nowhere", status=404) == "ErrorItemNotFound"
    assert graph.call("GET", "", expect=200)["mail"] == MAILBOX
    calendar = graph.call("GET", "/calendar", expect=200)["id"]
    assert graph.call("GET", f"/calendars/{calendar}/events", expect=200)["value"] == []
    assert graph.refused("GET", "/calendars/other/events", status=404) == "ErrorItemNotFound"
