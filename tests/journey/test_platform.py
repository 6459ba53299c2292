"""The platform itself: the two promises of ``make run`` and the answers form providers get."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.journey.platform import MSFORMS_SECRET, PROGRAMME, ROOT, Platform, running, signed, wait_until
from tests.senders import ALL, filled_in
from tests.senders.providers import BOUNDARY
from tests.world import answers, cohort_7


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(tmp_path_factory.mktemp("platform")) as started:
        yield started


def body_of(**changes: object) -> bytes:
    payload = {"form_id": PROGRAMME, "response_id": "r-1", "answers": answers(), **changes}
    return json.dumps(payload).encode()


def test_make_run_starts_everything_and_stops_every_process_it_started(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    platform = Platform(tmp_path_factory.mktemp("made"))
    ports = [value for name, value in platform.environment.items() if name.endswith("_PORT")]
    make = subprocess.Popen(
        ["make", "run"], cwd=ROOT, env=platform.environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert make.stdout is not None
    assert next(line for line in make.stdout if line.startswith("Ready"))
    assert httpx.get(platform.host_url("/health")).json() == {"status": "ok"}

    for _ in range(2):  # to all of the group, and make passes on its own
        os.killpg(make.pid, signal.SIGTERM)
    make.wait(30)

    def answering() -> list[str]:
        return [port for port in ports if port.isdigit() and _listens(int(port))]

    wait_until(lambda: not answering(), lambda: f"something still listens on {answering()}", seconds=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_apps_commands_run_on_the_local_platform(platform: Platform) -> None:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        program = [str(ROOT / ".venv" / "bin" / "python"), "-m", "local.command", *command]
        return subprocess.run(
            program, cwd=ROOT, env=platform.environment, capture_output=True, text=True, timeout=60, check=False
        )

    exported, listed = run("shared.backup", "export"), run("shared.backup", "list")

    assert exported.returncode == listed.returncode == 0, exported.stderr + listed.stderr
    assert "2026-02-" in listed.stdout, "it follows the console's clock"
    assert "Say which command" in run().stderr


def test_rows_are_typed_as_in_the_portal(platform: Platform) -> None:
    def row(*words: str) -> subprocess.CompletedProcess[str]:
        program = [str(ROOT / ".venv" / "bin" / "python"), "-m", "local.row", *words]
        return subprocess.run(
            program, cwd=ROOT, env=platform.environment, capture_output=True, text=True, timeout=60, check=False
        )

    wait_until(lambda: bool(platform.rows("Sessions")), lambda: "the first tick has not run")
    typed = row("Commands", "Command=retention report")
    moved = row("Sessions", "RowKey=peer-1", "Place=Room 5, County Hall")
    wrong = [row("Command", "Command=erase"), row("Commands", "erase"), row()]

    assert typed.returncode == moved.returncode == 0, typed.stderr + moved.stderr
    platform.fire("tick")
    wait_until(
        lambda: "Status" in platform.row("Commands", Command="retention report"), lambda: "no tick has read the command"
    )
    assert platform.row("Commands", Command="retention report")["Status"] == "Done"
    session = platform.row("Sessions", RowKey="peer-1")
    assert (session["Place"], "StartsAt" in session) == ("Room 5, County Hall", True)
    assert [one.returncode for one in wrong] == [1, 1, 1]
    assert "There are: " in wrong[0].stderr
    assert "draw pairs" in wrong[1].stderr


def test_a_second_platform_on_the_same_ports_says_so_and_starts_nothing(platform: Platform) -> None:
    environment = {**platform.environment, "LOCAL_DIR": str(platform.folder / "second")}
    second = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "local"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert second.returncode == 1
    assert "Something listens already on 127.0.0.1" in second.stderr
    assert not (platform.folder / "second").exists()


@pytest.mark.parametrize("fresh", [(), ("--fresh",)])
def test_a_second_platform_on_the_same_folder_says_so_and_touches_nothing(
    platform: Platform, fresh: tuple[str, ...]
) -> None:
    second = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "local", *fresh],
        cwd=ROOT,
        env=Platform(platform.folder).environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert second.returncode == 1
    assert second.stderr.startswith("Another 'make run' (process ")
    assert httpx.get(platform.host_url("/health")).json() == {"status": "ok"}
    assert (platform.folder / "clock.json").exists()


def test_addresses_of_webhooks_that_are_nearly_right_are_no_404(platform: Platform) -> None:
    secret = {"x-webhook-secret": MSFORMS_SECRET}
    for path in ("//webhooks/msforms/x", "/webhooks//msforms/x", "/webhooks/msforms", "/webhooks/msforms/x/y/z/"):
        assert httpx.post(platform.host_url(path), content=b"{}", headers=secret).status_code == 200, path
        assert httpx.post(platform.host_url(path), content=b"{}").status_code == 401, path
    nowhere = httpx.post(platform.host_url("/nowhere"), content=b"{}", headers=secret)
    assert (nowhere.status_code, nowhere.content) == (404, b"")


def test_a_bad_setting_stops_the_start_with_its_name_and_never_its_value(platform: Platform) -> None:
    environment = {**Platform(platform.folder / "bad").environment, "TOKEN_KEY": "too-short-canary"}
    started = subprocess.run(
        [str(ROOT / ".venv" / "bin" / "python"), "-m", "local"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert started.returncode == 1
    assert "TOKEN_KEY" in started.stderr
    assert "canary" not in started.stderr + started.stdout


def test_the_console_shows_addresses_clock_and_tables(platform: Platform) -> None:
    base = f"http://127.0.0.1:{platform.ports.console}"

    shown = platform.get(f"{base}/").get_text()
    assert "The pipeline" in shown
    for timer in ("tick", "daily"):
        assert f"/admin/functions/{timer} -H 'content-type: application/json' -d '{{\"input\": \"\"}}'" in shown
    wait_until(lambda: bool(platform.rows("Sessions")), lambda: "the first tick has not run")
    assert "peer-4" in platform.get(f"{base}/tables/Sessions").get_text()
    assert "No rows yet" in platform.get(f"{base}/tables/CheckIns").get_text()
    mails = platform.get(f"{base}/").find("a", href="/mails")
    assert mails is not None
    assert "approval request" in platform.get(f"{base}/mails").get_text()
    assert httpx.get(f"{base}/tables/Nonsense").status_code == 404
    assert httpx.put(f"{base}/clock", json={"now": "2026-02-10T09:00:00"}).status_code == 400
    moved = httpx.put(f"{base}/clock", json={"now": "2026-02-10T09:00:00Z"}).json()
    assert moved["now"].startswith("2026-02-10T09:00:0")
    assert httpx.put(f"{base}/clock", json={"now": None}).json()["offset_seconds"] == 0
    assert httpx.put(f"{base}/clock", json={"now": "2026-02-09T09:00:00Z"}).status_code == 200


def test_the_held_back_session_and_the_celebration_stand_in_the_table(platform: Platform) -> None:
    def its_own() -> int:
        return sum(row["PartitionKey"] == PROGRAMME for row in platform.rows("Sessions"))

    wait_until(lambda: its_own() == 15, lambda: "the sessions are not there yet")
    held_back = platform.row("Sessions", RowKey="peer-4")

    assert held_back["Status"] == "invalid"
    assert "1pm to 2:30pm" in held_back["Remark"]
    assert "10am to 11:30am" in held_back["Remark"]
    assert "StartsAt" not in held_back
    assert platform.row("Sessions", RowKey="celebration-1")["Status"] == "to be confirmed"
    programme = platform.row("Programmes", RowKey=PROGRAMME)
    assert programme["ClosesAt"] == datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "missing"),
        ({"webhook-signature": "v1,AAAA"}, "wrong"),
        ({"webhook-signature": "nonsense nonsense"}, "garbled"),
        ({"webhook-signature": "v1"}, "no comma"),
        ({"webhook-timestamp": "yesterday"}, "no time"),
    ],
)
def test_an_unproved_sender_gets_401(platform: Platform, headers: dict[str, str], why: str) -> None:
    body = body_of()
    good = signed(body, message_id="msg_1")

    answer = platform.post("standard", body, {**good, **headers} if headers else {})

    assert answer.status_code == 401, why


def test_a_signature_older_than_five_minutes_gets_401(platform: Platform) -> None:
    body = body_of()
    old = signed(body, message_id="msg_1", at=datetime.now(UTC) - timedelta(minutes=5, seconds=2))

    assert platform.post("standard", body, old).status_code == 401


def test_a_body_that_is_too_large_gets_413(platform: Platform) -> None:
    body = b'{"a": "' + b"x" * 256 * 1024 + b'"}'

    assert platform.post("standard", body, signed(body, message_id="msg_1")).status_code == 413


def test_a_chunked_body_gets_411_and_is_told_what_to_send(platform: Platform) -> None:
    body = body_of(response_id="chunked")
    headers = {"content-type": "application/json", **signed(body, message_id="msg_c")}
    url = platform.host_url(f"/webhooks/standard/{PROGRAMME}")

    for chunks in ([body[:10], body[10:]], [body], [b""]):
        answer = httpx.post(url, content=iter(chunks), headers=headers)
        assert answer.status_code == 411
        assert "send it in one piece with a Content-Length" in answer.json()["error"]
    assert httpx.post(url, content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "programme"),
    [
        (b"{ this is not JSON", PROGRAMME),
        (b"", PROGRAMME),
        (b"\xff\xfe\x00", PROGRAMME),
        (body_of(), "no-such-programme"),
        (body_of(form_id="another-form"), PROGRAMME),
    ],
)
def test_what_cannot_be_read_is_stored_parked_and_told(platform: Platform, body: bytes, programme: str) -> None:
    headers = {"x-webhook-secret": MSFORMS_SECRET}
    answer = platform.post("msforms", body, headers, programme)

    assert answer.status_code == 200
    content = answer.json()["received"]
    assert content in platform.bodies()
    wait_until(
        lambda: any(r["RowKey"] == content and r["Status"] == "Parked" for r in platform.rows("Submissions")),
        lambda: f"not parked: {platform.rows('Submissions')}",
    )
    platform.wait_for_mail("equality.team@example.nhs.uk", "")


def test_the_form_of_every_provider_arrives_through_the_host_and_a_wrong_proof_does_not(platform: Platform) -> None:
    shipped = [sender for sender in ALL.values() if sender.name in cohort_7().form_ids]
    for number, sender in enumerate(shipped, start=70):
        body = sender.body(
            filled_in(sender.name, answers(email=f"{sender.name}@example.nhs.uk")), response_id=str(number)
        )
        headers = sender.headers(body)
        programme = PROGRAMME
        if sender.name == "jotform":
            headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
            assert platform.post(sender.name, body, headers, f"{PROGRAMME}/a-wrong-secret").status_code == 401
            programme = f"{PROGRAMME}/{sender.secret}"

        assert platform.post(sender.name, body, {"content-type": "application/json"}).status_code == 401
        answer = platform.post(sender.name, body, headers, programme)

        assert (sender.name, answer.status_code) == (sender.name, 200)
        assert answer.json()["received"] in platform.bodies()
    wanted = {f"{sender.name}@example.nhs.uk" for sender in shipped}
    wait_until(
        lambda: wanted <= {row.get("Email") for row in platform.rows("Applications")},
        lambda: f"missing: {wanted - {row.get('Email') for row in platform.rows('Applications')}}",
    )
    assert len(wanted) == 7


def test_a_link_that_opens_nothing_says_what_to_do(platform: Platform) -> None:
    for purpose in ("decisions", "me", "checkins"):
        answer = httpx.get(platform.host_url(f"/{purpose}/{'x' * 43}"))

        assert answer.status_code == 404
        assert "This link does not work" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
