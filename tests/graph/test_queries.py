"""Looking things up: filters, pages, selection, order, and delta."""

import pytest

from tests.graph.stand_in import IMMUTABLE, KEY, MAILBOX, Json, StandIn, by_key, eventually, with_key


def found(graph: StandIn, text: str, path: str = "/messages") -> list[str]:
    return [one["subject"] for one in graph.call("GET", path, expect=200, params={"filter": text})["value"]]


def test_the_extended_property_is_found_whatever_the_case_of_its_value(graph: StandIn) -> None:
    graph.draft(subject="a", singleValueExtendedProperties=with_key("Key-1"))
    graph.draft(subject="b", singleValueExtendedProperties=with_key("key-2"))

    assert found(graph, by_key("KEY-1")) == ["a"]
    assert found(graph, by_key("key-1"), "/mailFolders/drafts/messages") == ["a"]
    assert found(graph, by_key("key-1"), "/mailFolders/sentitems/messages") == []
    assert found(graph, by_key("key-1").replace("MailKey", "mailkey")) == []
    assert found(
        graph,
        by_key("key-1").replace("7c8a5b1e", "7C8A5B1E").replace("Any(ep:", "any(p:").replace("ep/", "p/"),
    ) == ["a"]
    has_one = f"singleValueExtendedProperties/any(ep: ep/id eq '{KEY}' and ep/value ne null)"
    assert found(graph, has_one) == ["b", "a"]


def test_filters_can_be_joined(graph: StandIn) -> None:
    draft = graph.draft(subject="it's", internetMessageId="<a@x>", singleValueExtendedProperties=with_key("k"))
    graph.draft(subject="other", singleValueExtendedProperties=with_key("k"))

    assert found(graph, "internetMessageId eq '<a@x>'") == ["it's"]
    assert found(graph, f"conversationId eq '{draft['conversationId']}' and isDraft eq true") == ["it's"]
    assert found(graph, f"{by_key('k')} and isDraft eq false") == []
    assert found(graph, f"{by_key('k')} and (subject eq 'it''s' or subject eq 'x')") == ["it's"]
    assert found(graph, "not startswith(subject,'it')") == ["other"]
    assert found(graph, "createdDateTime ge 2020-01-01T00:00:00Z and subject ne 'other'") == ["it's"]
    assert found(graph, "toRecipients eq null or from/emailAddress/address eq 'x'") == []


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("filter", "subject eq"),
        ("filter", "subject = 'x'"),
        ("filter", "nonsense eq 'x'"),
        ("filter", "categories/any(c: c eq 'x')"),
        ("filter", "singleValueExtendedProperties/Any(ep: ep/value eq 'x')"),
        ("filter", "(isDraft eq true"),
        ("filter", "subject eq 'open"),
        ("select", "subject,isdraft"),
        ("orderby", "nonsense desc"),
        ("orderby", "subject down"),
        ("expand", "singleValueExtendedProperties"),
        ("expand", "attachments"),
        ("top", "0"),
        ("top", "many"),
        ("search", "x"),
    ],
)
def test_a_mistyped_query_is_refused(graph: StandIn, option: str, text: str) -> None:
    assert graph.refused("GET", "/messages", params={option: text}) == "BadRequest"


def test_sorting_needs_the_same_properties_first_in_the_filter(graph: StandIn) -> None:
    one = graph.draft(subject="b")
    graph.draft(subject="a")
    conversation = f"conversationId eq '{one['conversationId']}'"

    assert (
        graph.refused("GET", "/messages", params={"filter": conversation, "orderby": "receivedDateTime desc"})
        == "InefficientFilter"
    )
    restricted = f"receivedDateTime ge 2020-01-01T00:00:00Z and {conversation}"
    got = graph.call("GET", "/messages", expect=200, params={"filter": restricted, "orderby": "receivedDateTime desc"})
    assert [one["subject"] for one in got["value"]] == ["b"]
    ordered = graph.call("GET", "/messages", expect=200, params={"orderby": "subject", "select": "subject"})["value"]
    assert [one["subject"] for one in ordered] == ["a", "b"]


def test_pages_follow_next_links(graph: StandIn) -> None:
    for number in range(5):
        graph.draft(subject=str(number))

    page = graph.call("GET", "/messages", expect=200, params={"top": "2", "select": "subject", "count": "true"})
    subjects, counts = [], [page["@odata.count"]]
    while True:
        subjects.append([one["subject"] for one in page["value"]])
        assert set(page["value"][0]) == {"@odata.etag", "id", "subject"}
        if "@odata.nextLink" not in page:
            break
        page = graph.http.get(page["@odata.nextLink"]).json()

    assert subjects == [["4", "3"], ["2", "1"], ["0"]]
    assert counts == [5]


def test_a_page_holds_ten_unless_asked(graph: StandIn) -> None:
    for number in range(11):
        graph.draft(subject=str(number))

    assert len(graph.call("GET", "/messages", expect=200)["value"]) == 10


def test_a_body_can_be_asked_for_as_text(graph: StandIn) -> None:
    draft = graph.draft()

    got = graph.call(
        "GET", f"/messages/{draft['id']}", expect=200, headers={"Prefer": 'outlook.body-content-type="text"'}
    )

    assert got["body"] == {"contentType": "text", "content": "Hello Priya\n"}


def delta_round(graph: StandIn, link: str) -> tuple[list[Json], str]:
    entries: list[Json] = []
    while True:
        answer = graph.http.get(link, headers=IMMUTABLE)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        entries += page["value"]
        if "@odata.deltaLink" in page:
            return entries, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


@pytest.mark.parametrize("word", ["delta", "delta()"])
def test_delta_tells_what_came_changed_and_went(graph: StandIn, word: str) -> None:
    drafts = [graph.draft(subject=str(number)) for number in range(3)]
    start = graph.url(f"/mailFolders/drafts/messages/{word}?$select=subject&$top=2")
    first, link = delta_round(graph, start)
    assert [one["subject"] for one in first] == ["0", "1", "2"]
    assert "body" not in first[0]
    assert delta_round(graph, link)[0] == []

    graph.call("PATCH", f"/messages/{drafts[0]['id']}", {"subject": "0 again"}, expect=200)
    graph.call("POST", f"/messages/{drafts[1]['id']}/send", expect=202)
    new = graph.draft(subject="3")
    eventually(graph.sent)
    second, link = delta_round(graph, link)

    assert {one["id"]: one.get("subject", one.get("@removed")) for one in second} == {
        drafts[0]["id"]: "0 again",
        drafts[1]["id"]: {"reason": "changed"},
        new["id"]: "3",
    }
    assert delta_round(graph, link)[0] == []


def test_delta_sees_inbound_mail_and_can_be_limited_to_it(graph: StandIn) -> None:
    _, link = delta_round(graph, graph.url("/mailFolders/inbox/messages/delta?changeType=created"))
    graph.control("POST", "inbound", {"mailbox": MAILBOX, "from": "a@example.com", "subject": "hi"})

    (entry,), link = delta_round(graph, link)
    assert entry["subject"] == "hi"
    graph.call("PATCH", f"/messages/{entry['id']}", {"isRead": True}, expect=200)
    assert delta_round(graph, link)[0] == []


def test_an_old_delta_link_is_gone_after_a_reset(graph: StandIn) -> None:
    _, link = delta_round(graph, graph.url("/mailFolders/inbox/messages/delta"))
    graph.control("POST", "reset")

    answer = graph.http.get(link)

    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "SyncStateNotFound")
