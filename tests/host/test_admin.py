import pytest

from tests.host.running import RunningHost, eventually


def test_ping_answers(host: RunningHost) -> None:
    assert host.request("GET", "/admin/host/ping").status_code == 200


def test_status_names_the_functions_that_are_in_error(host: RunningHost) -> None:
    status = host.request("GET", "/admin/host/status").json()

    assert (status["state"], status["processUptime"] > 0) == ("Running", True)
    assert status["errors"] == [
        "The 'lost' function is in error: '%NOT_SET%' does not resolve to a value.",
        "The 'unplugged' function is in error: Connection setting 'NoSuchConnection' is not set.",
    ]


def test_functions_are_listed_and_described(host: RunningHost) -> None:
    names = [function["name"] for function in host.request("GET", "/admin/functions").json()]
    described = host.request("GET", "/admin/functions/ECHO").json()
    off = host.request("GET", "/admin/functions/off").json()

    assert names == sorted(names, key=str.lower)
    assert {"echo", "yearly", "work", "lost", "off"} <= set(names)
    assert described["invoke_url_template"] == f"{host.base}/echo/{{word?}}"
    assert [binding["type"] for binding in described["config"]["bindings"]] == ["httpTrigger", "http"]
    assert (described["isDisabled"], off["isDisabled"]) == (False, True)


def test_a_timer_can_be_run_now(host: RunningHost) -> None:
    response = host.request("POST", "/admin/functions/yearly", json={"input": ""})

    assert (response.status_code, response.content) == (202, b"")
    assert eventually(lambda: host.seen("yearly")) == [{"function": "yearly", "past_due": False, "status": {}}]


def test_a_queue_function_can_be_run_now_with_a_message(host: RunningHost) -> None:
    response = host.request("POST", "/admin/functions/work", json={"input": "by hand"})

    assert response.status_code == 202
    seen = eventually(lambda: [one for one in host.seen("work") if one["body"] == "by hand"])
    assert [(one["id"], one["count"], one["times"]) for one in seen] == [(None, None, [])]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("yearly", b"", 400),
        ("yearly", b"{", 400),
        ("yearly", b"[]", 400),
        ("nobody", b"{}", 404),
        ("lost", b"{}", 404),
        ("yearly", b'{"input": {"a": 1}}', 400),
        ("yearly", b'{"input": {}}', 400),
        ("yearly", b'{"input": []}', 400),
    ],
)
def test_what_cannot_be_run_is_refused(host: RunningHost, name: str, body: bytes, status: int) -> None:
    answer = host.request(
        "POST", f"/admin/functions/{name}", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == status


def test_an_http_function_can_be_run_now_too(host: RunningHost) -> None:
    assert host.request("POST", "/admin/functions/where", json={"input": ""}).status_code == 202
    assert eventually(lambda: "Executed 'Functions.where' (Succeeded" in host.log())


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}])
def test_an_order_that_is_not_called_json_is_refused(host: RunningHost, headers: dict[str, str]) -> None:
    answer = host.request("POST", "/admin/functions/yearly", content=b'{"input": ""}', headers=headers)

    assert answer.status_code == 415


@pytest.mark.parametrize("path", ["/admin/functions/nobody", "/admin/nothing", "/admin/host", "/admin/"])
def test_other_addresses_are_404(host: RunningHost, path: str) -> None:
    assert host.request("GET", path).status_code == 404
