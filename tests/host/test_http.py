import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.host import apps
from tests.host.running import HOST_JSON, RunningHost, eventually, running_host, write_app


def chunks(text: bytes) -> Iterator[bytes]:
    yield text


def test_head_is_answered_by_a_function_that_lists_it(host: RunningHost) -> None:
    response = host.request("HEAD", "/headed")

    assert (response.status_code, response.content) == (200, b"")
    assert not {"content-length", "transfer-encoding"} & set(response.headers)


def test_a_function_sees_the_request_as_the_real_host_sends_it(host: RunningHost) -> None:
    response = host.request(
        "POST",
        "/echo/hello%20you?a=1&a=2&A=3&empty=&plus=x+y",
        content=b"name=Ann&note=hi",
        headers=[
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Many", "1"),
            ("X-Many", "2"),
            ("Cookie", "k=v"),
        ],
    )

    seen = response.json()
    headers = seen.pop("headers")
    assert seen == {
        "method": "POST",
        "url": f"{host.base}/echo/hello%20you?a=1&a=2&A=3&empty=&plus=x+y",
        "params": {"a": "1,2,3", "plus": "x y"},
        "route": {"word": "hello you"},
        "body": "name=Ann&note=hi",
        "type": "bytes",
    }
    assert {name: headers[name] for name in ("content-type", "x-many", "cookie")} == {
        "content-type": "application/x-www-form-urlencoded",
        "x-many": "1,2",
        "cookie": "k=v",
    }
    assert response.headers["content-type"] == "application/json"


def test_what_stands_in_front_decides_the_address_that_a_function_sees(host: RunningHost) -> None:
    headers = {"DISGUISED-HOST": "mentoring.example", "X-Forwarded-Proto": "https"}

    assert host.request("GET", "/echo", headers=headers).json()["url"] == "https://mentoring.example/echo"


def test_a_missing_body_is_empty_bytes(host: RunningHost) -> None:
    seen = host.request("GET", "/echo").json()

    assert (seen["body"], seen["type"], seen["route"]) == ("", "bytes", {})


def test_a_chunked_body_reaches_the_function_empty(host: RunningHost) -> None:
    assert host.request("POST", "/echo", content=chunks(b"hello")).json()["body"] == ""
    assert host.request("POST", "/echo", content=b"next on the connection").json()["body"] == "next on the connection"


def test_cookies_status_and_headers_come_back(host: RunningHost) -> None:
    response = host.request("GET", "/cookies")

    assert (response.status_code, response.text, response.headers["x-two"]) == (201, "crumbs", "2")
    assert response.headers.get_list("set-cookie") == [
        "a=1%2F; domain=; path=/; samesite=lax; httponly",
        "b=2; max-age=60; domain=; secure",
    ]


def test_a_string_is_the_body_and_may_describe_the_response(host: RunningHost) -> None:
    plain, described = host.request("GET", "/text"), host.request("GET", "/described")

    assert (plain.status_code, plain.text, plain.headers["content-type"]) == (
        200,
        "plain text",
        "text/plain; charset=utf-8",
    )
    assert (described.status_code, described.text, described.headers["x-pot"]) == (418, "a teapot", "tea")


def test_what_there_is_comes_in_chunks(host: RunningHost) -> None:
    wrong, empty = host.request("GET", "/wrong_length"), host.request("GET", "/empty")

    assert (wrong.text, wrong.headers["transfer-encoding"], "content-length" in wrong.headers) == (
        "five!",
        "chunked",
        False,
    )
    assert host.request("GET", "/nowhere").headers["content-length"] == "0"
    assert (empty.status_code, empty.content, "content-length" in empty.headers) == (204, b"", False)


def test_a_queue_output_that_fails_fails_the_request(host: RunningHost) -> None:
    assert host.request("POST", "/send_bad").status_code == 500


def test_asynchronous_functions_share_one_loop_and_synchronous_ones_a_pool(host: RunningHost) -> None:
    first, second = host.request("GET", "/where").json(), host.request("GET", "/where").json()

    assert (first["thread"], first["loop"], first["name"]) == ("functions", second["loop"], "where")
    assert first["id"] != second["id"]
    reason = "This function was programmatically called via the host APIs."
    assert f"Executing 'Functions.where' (Reason='{reason}', Id={first['id']})" in host.log()
    assert first["folder"] == str(host.folder)
    assert host.request("GET", "/pooled").text.startswith("ThreadPoolExecutor")


def test_a_function_that_blocks_its_loop_does_not_stall_the_host(host: RunningHost) -> None:
    answers: list[str] = []
    blocked = threading.Thread(target=lambda: answers.append(httpx.get(host.base + "/block").text))
    blocked.start()
    assert eventually(lambda: "Executing 'Functions.block'" in host.log())

    started = time.monotonic()
    status = host.request("GET", "/admin/host/status").status_code
    took = time.monotonic() - started

    blocked.join()
    assert (status, answers) == (200, ["unblocked"])
    assert took < 0.4


def test_the_log_has_names_and_ids_but_nothing_that_a_caller_sent(host: RunningHost) -> None:
    host.request(
        "POST",
        "/echo/token-in-path?secret=in-query",
        content=b"secret-in-body",
        headers={"X-Secret": "secret-in-header"},
    )
    host.request("GET", "/nowhere/token-in-path")
    host.request("GET", "/fail?what=secret-in-cause")

    log = eventually(lambda: host.log() if "ValueError: kaboom\n" in host.log() else "")
    assert "Executed 'Functions.echo' (Succeeded, Id=" in log
    assert "Executed 'Functions.fail' (Failed, Id=" in log
    assert "caused by KeyError" in log
    assert [
        secret for secret in ("token-in-path", "in-query", "in-body", "in-header", "in-cause") if secret in log
    ] == []


def test_a_chunked_body_is_empty_whatever_host_json_says(strict_host: RunningHost) -> None:
    for body in (b"hello", b"elevenbytes"):
        assert strict_host.request("POST", "/api/echo", content=chunks(body)).json()["body"] == ""


_TOO_LARGE = "BadHttpRequestException: Request body too large. The max request body size is 10 bytes."
_BROKEN_OFF = "BadHttpRequestException: Unexpected end of request content."


def test_a_body_above_the_limit_is_a_failed_invocation(strict_host: RunningHost) -> None:
    response = strict_host.request("POST", "/api/echo", content=b"elevenbytes")

    assert (response.status_code, response.content) == (500, b"")
    log = eventually(lambda: strict_host.log() if _TOO_LARGE in strict_host.log() else "")
    assert re.search(rf"Executed 'Functions\.echo' \(Failed, Id=[^)]+\)\n[^\n]+'req'\n\S+{re.escape(_TOO_LARGE)}", log)


def test_a_body_at_the_limit_is_taken(strict_host: RunningHost) -> None:
    assert strict_host.request("POST", "/api/echo", content=b"ten bytes!").json()["body"] == "ten bytes!"


def test_a_caller_who_leaves_in_the_middle_of_a_body_is_a_failed_invocation(strict_host: RunningHost) -> None:
    _scheme, _slashes, address = strict_host.base.partition("://")
    name, port = address.split(":")
    with socket.create_connection((name, int(port))) as one:
        one.sendall(b"POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")

    assert strict_host.request("POST", "/api/echo", content=b"still up").json()["body"] == "still up"
    assert eventually(lambda: _BROKEN_OFF in strict_host.log())
    assert "Traceback" not in strict_host.log()


def test_without_storage_the_functions_that_need_it_are_in_error(strict_host: RunningHost) -> None:
    errors = strict_host.request("GET", "/admin/host/status", headers={"x-functions-key": "M"}).json()["errors"]

    assert [error.split("'")[1] for error in errors] == [
        "dead", "fan", "lost", "many", "send", "send_bad", "unplugged", "work", "yearly",
    ]  # fmt: skip
    assert strict_host.request("POST", "/api/send").status_code == 404


def test_local_settings_become_variables_unless_they_are_set(tmp_path: Path) -> None:
    write_app(tmp_path, apps.ONE)
    (tmp_path / "local.settings.json").write_text('{"Values": {"GREETING": "from the file", "NAME": "from the file"}}')

    with running_host(tmp_path, environment={"NAME": "from outside"}) as host:
        assert host.request("GET", "/one").text == "from the file, from outside"


def test_a_function_that_runs_too_long_takes_its_worker_with_it(tmp_path: Path) -> None:
    code = (
        apps.ONE
        + """
@app.route("wait", methods=["GET"])
async def wait(req: func.HttpRequest) -> func.HttpResponse:
    await asyncio.sleep(60)

@app.route("who", methods=["GET"])
async def who(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"{os.getpid()} {id(app)}")
"""
    )
    write_app(tmp_path, code, {**HOST_JSON, "functionTimeout": "00:00:01"})
    statuses: list[int] = []
    with running_host(tmp_path) as host:
        before = host.request("GET", "/who").text
        both = [
            threading.Thread(target=lambda: statuses.append(httpx.get(host.base + "/wait", timeout=15).status_code))
            for _ in range(2)
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        after = eventually(lambda: host.request("GET", "/who").text.replace(before, ""))

    assert statuses == [500, 500]
    assert after.startswith(f"{host.process.pid} "), "callers wait at the same door"
    assert "FunctionTimeoutException: Timeout value of 0:00:01 was exceeded" in host.log()
