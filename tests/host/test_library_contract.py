"""What the host relies on in Microsoft's library, two private names included, case by case.

If an upgrade of azure-functions-runtime or azure-functions breaks one of these, look at the host again.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.host.running import ROOT, write_app

APP = """
import json
from typing import List
from urllib.parse import parse_qs
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route("cookies")
async def cookies(req: func.HttpRequest) -> func.HttpResponse:
    response = func.HttpResponse("ok", status_code=201, headers={"X-One": "1"})
    response.headers.add("Set-Cookie", "a=1; Path=/")
    response.headers.add("Set-Cookie", "b=2; Secure")
    return response

@app.route("form", methods=["POST"])
async def form(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps([parse_qs(req.get_body().decode()), req.headers["Content-Type"]]))

@app.route("route/{id}")
async def route(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(json.dumps([dict(req.route_params), dict(req.params), req.url]))

@app.route("error")
async def error(req: func.HttpRequest) -> func.HttpResponse:
    raise ValueError("kaboom")

@app.route("none")
async def none(req: func.HttpRequest) -> func.HttpResponse:
    return None

@app.route("text")
async def text(req: func.HttpRequest) -> str:
    return "text"

@app.route("synchronous")
def synchronous(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)

@app.route("context")
async def context(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    trace = context.trace_context.trace_parent
    return func.HttpResponse(" ".join((context.function_name, context.invocation_id, trace)))

@app.queue_trigger("msg", queue_name="q", connection="AzureWebJobsStorage")
async def message(msg: func.QueueMessage) -> None:
    raise ValueError([msg.get_body().decode(), msg.id, msg.pop_receipt, msg.dequeue_count]
        + [time.isoformat() for time in (msg.insertion_time, msg.time_next_visible, msg.expiration_time)])

@app.route("output_text")
@app.queue_output("out", queue_name="q2", connection="AzureWebJobsStorage")
async def output_text(req: func.HttpRequest, out: func.Out[str]) -> func.HttpResponse:
    out.set("hello")
    return func.HttpResponse("sent")

@app.queue_trigger("msg", queue_name="q", connection="AzureWebJobsStorage")
@app.queue_output("out", queue_name="q2", connection="AzureWebJobsStorage")
def output_list(msg: func.QueueMessage, out: func.Out[List[str]]) -> None:
    out.set(["a", "b"])

@app.queue_trigger("msg", queue_name="q", connection="AzureWebJobsStorage")
@app.queue_output("out", queue_name="q2", connection="AzureWebJobsStorage")
async def output_message(msg: func.QueueMessage, out: func.Out[func.QueueMessage]) -> None:
    out.set(func.QueueMessage(id="1", body="hello"))

@app.timer_trigger("tick", schedule="0 * * * * *")
async def timer(tick: func.TimerRequest) -> None:
    raise ValueError([tick.past_due, tick.schedule_status, tick.schedule])
"""

TEXT = {"content-type": "text/plain; charset=utf-8"}


def http(body: str, status: str = "200", headers: dict[str, str] = TEXT, cookies: list[str] | None = None) -> Any:
    returned = {"status": status, "headers": headers, "cookies": cookies or [], "body": ["bytes", body]}
    return {"ok": True, "returned": returned, "outputs": [], "error": ""}


def failure(error: str) -> Any:
    return {"ok": False, "returned": None, "outputs": [], "error": error}


EXPECTED = {
    "cookies": http("ok", "201", {"x-one": "1", **TEXT}, ["a=1; Path=/", "b=2; Secure"]),
    "form": http('[{"a": ["1"], "b": ["two"]}, "application/x-www-form-urlencoded"]'),
    "route and query": http('[{"id": "7"}, {"q": "1,2"}, "http://h/x?q=1&q=2&e="]'),
    "error": failure("ValueError: kaboom"),
    "none": failure(
        'TypeError: unable to encode outgoing TypedData: unsupported type "http" for Python type "NoneType"'
    ),
    "str": {"ok": True, "returned": ["string", "text"], "outputs": [], "error": ""},
    "synchronous": http("", "204"),
    "context": http("context id-context 00-trace-parent-00"),
    "message": failure(
        "ValueError: ['{\"Id\": \"not this one\"}', 'm-1', 'r-1', 2, '2026-02-09T09:00:00+00:00', "
        "'2026-02-09T09:10:00.500000+00:00', '2026-02-16T09:00:00+00:00']"
    ),
    "output text": {**http("sent"), "outputs": [["out", "string", "hello"]]},
    "output list": {"ok": True, "returned": None, "outputs": [["out", "json", '["a", "b"]']], "error": ""},
    "output message": {
        "ok": True,
        "returned": None,
        "outputs": [["out", "json", '{"id": "1", "body": "hello"}']],
        "error": "",
    },
    "timer": failure("ValueError: [True, {}, {'AdjustForDST': True}]"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("native")
    write_app(folder, APP)
    done = subprocess.run(
        [sys.executable, "-m", "tests.host.native_calls"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("case", EXPECTED)
def test_a_call_through_the_library_gives(results: dict[str, Any], case: str) -> None:
    found = results[case]
    if isinstance(found["returned"], dict):
        found["returned"]["headers"] = {k.lower(): v for k, v in found["returned"]["headers"].items()}

    assert found == EXPECTED[case]


def test_every_case_is_looked_at(results: dict[str, Any]) -> None:
    assert set(results) == set(EXPECTED)
