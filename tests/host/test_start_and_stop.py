import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.host import apps
from tests.host.running import HOST_JSON, RunningHost, eventually, free_ports, launch, running_host, write_app


def failed_start(host: RunningHost) -> str:
    """The output of a host that could not start."""
    code = host.process.wait(timeout=20)
    assert code == 3, host.log()
    return host.log()


DEFERRED = """
import azure.functions as func
from azurefunctions.extensions.base import InConverter, SdkType

class Client(SdkType):
    def get_sdk_type(self): ...

class ClientConverter(InConverter, binding="queueTrigger", trigger=True):
    @classmethod
    def check_input_type_annotation(cls, pytype): return issubclass(pytype, SdkType)
    @classmethod
    def decode(cls, data, *, trigger_metadata, pytype): ...

app = func.FunctionApp()
@app.queue_trigger("msg", queue_name="q", connection="AzureWebJobsStorage")
async def deferred(msg: Client) -> None: ...
"""
WRONG_PARAMETER = apps.START + "@app.route('x')\nasync def x(wrong: func.HttpRequest) -> func.HttpResponse: ..."
UNSUPPORTED = apps.START + "@app.blob_trigger('b', path='c/b', connection='X')\nasync def b(b: func.InputStream): ..."
BAD_APPS = {
    "import": ("import no_such_module", "No module named 'no_such_module'"),
    "no app": ("app = 1", "Could not find top level function app instances"),
    "parameter": (WRONG_PARAMETER, "cannot load the x function"),
    "binding": (UNSUPPORTED, "Function 'b': the local host does not support the binding 'blobTrigger' (IN)."),
    "nothing": ("", "is function_app.py there?"),
    "deferred": (DEFERRED, "Function 'deferred': the local host does not support parameter types of azurefunctions-"),
}


@pytest.fixture(scope="module")
def bad_hosts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunningHost]:
    """All of them at once, because each takes its time to fail."""
    hosts = {}
    for case, (code, _reason) in BAD_APPS.items():
        folder = tmp_path_factory.mktemp("bad")
        write_app(folder, code)
        if not code:
            (folder / "function_app.py").unlink()
        hosts[case] = launch(folder)
    return hosts


@pytest.mark.parametrize("case", ["binding", "deferred"])
def test_what_only_this_host_cannot_run_ends_it_with_3(bad_hosts: dict[str, RunningHost], case: str) -> None:
    assert BAD_APPS[case][1] in failed_start(bad_hosts[case])


@pytest.mark.parametrize("case", ["import", "no app", "parameter", "nothing"])
def test_an_app_that_cannot_be_indexed_leaves_the_host_up_without_functions(
    bad_hosts: dict[str, RunningHost], case: str
) -> None:
    host = bad_hosts[case]
    try:
        assert eventually(lambda: "Listening on" in host.log(), within=20), host.log()
        base = host.log().rpartition("Listening on ")[2].split()[0]
        with httpx.Client(base_url=base) as client:
            answers = [client.get(path).status_code for path in ("/health", "/x", "/admin/host/ping")]
            status = client.get("/admin/host/status").json()
    finally:
        host.stop()

    assert answers == [404, 404, 200]
    assert status["state"] == "Error"
    assert BAD_APPS[case][1] in status["errors"][0]


def test_a_port_in_use_ends_the_host_with_3(tmp_path: Path) -> None:
    write_app(tmp_path, apps.ONE)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = launch(tmp_path, arguments=["--port", str(port)])

        assert f"Port {port} of 127.0.0.1 cannot be opened" in failed_start(host)


def test_setup_runs_after_the_app_was_loaded(tmp_path: Path) -> None:
    write_app(tmp_path, apps.ONE)
    (tmp_path / "platform_setup.py").write_text(
        "import os, sys\n"
        "def setup():\n"
        "    os.environ['GREETING'] = 'set up after ' + sys.modules['function_app'].__name__\n"
    )

    with running_host(tmp_path, arguments=["--setup", "platform_setup"]) as host:
        assert host.request("GET", "/one").text == "set up after function_app, none"


def test_a_setup_that_fails_ends_the_host_with_3(tmp_path: Path) -> None:
    write_app(tmp_path, apps.ONE)

    host = launch(tmp_path, arguments=["--setup", "no_such_setup"])

    assert "--setup no_such_setup failed: ModuleNotFoundError" in failed_start(host)


def test_ctrl_c_lets_a_running_request_finish(storage: str, tmp_path: Path) -> None:
    write_app(tmp_path, apps.EVERYTHING)
    answers: list[str] = []
    with running_host(tmp_path, storage=storage) as host:
        asking = threading.Thread(target=lambda: answers.append(httpx.get(host.base + "/slow").text))
        asking.start()
        assert eventually(lambda: host.seen("slow"))

        host.process.send_signal(signal.SIGINT)

        assert host.process.wait(timeout=15) == 0
        asking.join()
    assert answers == ["done"]
    assert "Traceback" not in host.log()
    with pytest.raises(httpx.ConnectError):
        httpx.get(host.base + "/slow")


def test_sigterm_changes_nothing_and_an_idle_host_stops_at_once(storage: str, tmp_path: Path) -> None:
    write_app(tmp_path, apps.EVERYTHING)
    with running_host(tmp_path, storage=storage) as host:
        host.process.terminate()
        assert eventually(lambda: "SIGTERM is ignored" in host.log())
        assert host.request("GET", "/text").status_code == 200  # leaves a connection open

        started = time.monotonic()
        code = host.stop()
        took = time.monotonic() - started

    assert code == 0
    assert took < 3
    assert "did not end in time" not in host.log()


def test_a_drained_host_says_when_all_has_ended_and_stays_up(storage: str, tmp_path: Path) -> None:
    write_app(tmp_path, apps.EVERYTHING)
    with running_host(tmp_path, storage=storage) as host:
        asking = threading.Thread(target=lambda: httpx.get(host.base + "/slow"))
        asking.start()
        assert eventually(lambda: host.seen("slow"))

        before = host.request("GET", "/admin/host/drain/status").json()
        status = host.request("POST", "/admin/host/drain").status_code
        during = host.request("GET", "/admin/host/drain/status").json()
        asking.join()
        after = host.request("GET", "/admin/host/drain/status").json()
        # Still up, as the real one is until it is killed.
        assert host.request("GET", "/text").status_code == 200

    assert status == 202
    assert [(each["state"], each["outstandingInvocations"]) for each in (before, during, after)] == [
        ("Disabled", 1),
        ("InProgress", 1),
        ("Completed", 0),
    ]


def test_an_app_that_never_lets_go_does_not_keep_the_host(tmp_path: Path) -> None:
    write_app(tmp_path, apps.EVERYTHING.replace("time.sleep(0.8)", "time.sleep(60)"))
    with running_host(tmp_path, arguments=["--grace", "1"]) as host:
        asking = threading.Thread(target=_ask_in_vain, args=(host.base + "/block",))
        asking.start()
        assert eventually(lambda: "Executing 'Functions.block'" in host.log())

        host.process.send_signal(signal.SIGINT)

        assert host.process.wait(timeout=18) == 0
        asking.join()
    assert "1 invocations did not end in time" in host.log()


def test_the_log_level_follows_host_json(tmp_path: Path) -> None:
    quiet = {**HOST_JSON, "logging": {"logLevel": {"default": "Warning"}}}
    write_app(tmp_path, apps.ONE, quiet)

    (port,) = free_ports(1)
    host = launch(tmp_path, arguments=["--port", str(port)])
    with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
        answer = client.get(f"http://127.0.0.1:{port}/admin/host/ping", timeout=10)

    assert (answer.status_code, host.stop(), host.log()) == (200, 0, "")


def _ask_in_vain(address: str) -> None:
    try:
        httpx.get(address, timeout=30)
    except httpx.HTTPError:
        return
