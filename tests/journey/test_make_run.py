"""What ``make run`` refuses before it starts anything, and that it always stops. Real processes and real signals."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from local.settings import UnusablePorts, ports
from tests.journey.platform import ROOT, Platform, running

DEFAULTS = {
    "HOST_PORT": 7071,
    "CONSOLE_PORT": 7070,
    "GRAPH_PORT": 7072,
    "INBOX_PORT": 1080,
    "SMTP_PORT": 1025,
    "AZURITE_BLOB_PORT": 10000,
    "AZURITE_QUEUE_PORT": 10001,
    "AZURITE_TABLE_PORT": 10002,
}


def started(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as make does, for something that it refuses."""
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(environment: Mapping[str, str], folder: Path, *arguments: str) -> list[str]:
    """The sentences of a refusal, after which nothing is there that was not there before."""
    before = sorted(folder.iterdir()) if folder.exists() else None

    run = started(environment, *arguments)

    assert (run.returncode, run.stdout) == (1, "")
    assert "Traceback" not in run.stderr
    assert (sorted(folder.iterdir()) if folder.exists() else None) == before
    return run.stderr.splitlines()


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("typed", ["abc", "0", "65536", "80000", "-1", "70.71", "7071x", "\u0667\u0660", "9" * 5000])
def test_what_is_no_port_is_said_in_one_sentence(name: str, typed: str) -> None:
    with pytest.raises(UnusablePorts) as caught:
        ports({name: typed})

    assert str(caught.value) == f"{name} is '{typed}', which is no port: write a whole number from 1 to 65535."


def test_one_port_that_is_meant_twice_is_said_with_both_names() -> None:
    with pytest.raises(UnusablePorts) as caught:
        ports({"HOST_PORT": "7070", "SMTP_PORT": "x", "AZURITE_TABLE_PORT": "10000"})

    assert str(caught.value).splitlines() == [
        "HOST_PORT and CONSOLE_PORT are both 7070: give each a port of its own.",
        "SMTP_PORT is 'x', which is no port: write a whole number from 1 to 65535.",
        "AZURITE_BLOB_PORT and AZURITE_TABLE_PORT are both 10000: give each a port of its own.",
    ]


def test_ports_that_are_set_empty_or_with_blanks_are_those_meant() -> None:
    assert ports({"HOST_PORT": "", "CONSOLE_PORT": " 8080 "}).host == DEFAULTS["HOST_PORT"]
    assert ports({"HOST_PORT": "", "CONSOLE_PORT": " 8080 "}).console == 8080


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"HOST_PORT": "abc"}, ["HOST_PORT is 'abc', which is no port: write a whole number from 1 to 65535."]),
        ({"HOST_PORT": "80000"}, ["HOST_PORT is '80000', which is no port: write a whole number from 1 to 65535."]),
        (
            {"HOST_PORT": "7999", "SMTP_PORT": "7999"},
            ["HOST_PORT and SMTP_PORT are both 7999: give each a port of its own."],
        ),
    ],
)
def test_a_start_with_such_a_port_is_refused(changes: dict[str, str], says: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "data"

    assert refused({**Platform(folder).environment, **changes}, folder) == says


@pytest.mark.parametrize("version", ["v16.20.2", "v19.9.0", "nonsense", None])
def test_a_node_that_is_missing_or_too_old_is_said_before_anything_starts(version: str | None, tmp_path: Path) -> None:
    programs, folder = tmp_path / "bin", tmp_path / "data"
    programs.mkdir()
    if version is not None:
        (programs / "node").write_text(f"#!/bin/sh\necho {version}\n")
        (programs / "node").chmod(0o755)
    environment = {**Platform(folder).environment, "PATH": f"{programs}:/bin" if version else str(programs)}

    (says,) = refused(environment, folder)

    found = f"the 'node' on the PATH is {version}." if version else "there is no 'node' on the PATH that runs."
    assert says.startswith("Azurite and the inbox need Node 20 or newer")
    assert says.endswith(found)


CLAIM = """
import sys, time
from pathlib import Path
from local.__main__ import CannotStart, Platform, Stop
from local.settings import ports
platform = Platform(ports(), Path(sys.argv[1]), {}, Path(), Stop())
try:
    platform.claim(fresh=len(sys.argv) > 2)
except CannotStart as exc:
    sys.exit(str(exc))
print("mine", flush=True)
time.sleep(60)
"""


def claim(folder: Path, *fresh: str) -> subprocess.Popen[str]:
    """A process that takes the folder as a start does, and then lives on."""
    return subprocess.Popen(
        [sys.executable, "-c", CLAIM, str(folder), *fresh],
        cwd=ROOT,
        env=Platform(folder).environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("fresh", [(), ("fresh",)])
def test_a_folder_has_one_platform_whose_death_lets_go_of_it(tmp_path: Path, fresh: tuple[str, ...]) -> None:
    folder = tmp_path / "data"
    first = claim(folder)
    assert first.stdout is not None
    assert first.stdout.readline() == "mine\n"
    (folder / "azurite").mkdir()
    (folder / "clock.json").write_text("{}")

    _, says = claim(folder, *fresh).communicate(timeout=30)

    assert says.startswith(f"Another 'make run' (process {first.pid}) is running with the data in {folder}.")
    assert "Traceback" not in says
    assert {entry.name for entry in folder.iterdir()} == {"azurite", "clock.json", "running.lock"}

    first.kill()
    first.communicate(timeout=30)
    second = claim(folder, *fresh)
    assert second.stdout is not None
    assert second.stdout.readline() == "mine\n"
    left = {entry.name for entry in folder.iterdir()}
    assert left == ({"running.lock"} if fresh else {"azurite", "clock.json", "running.lock"})
    second.kill()
    second.communicate(timeout=30)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    (says,) = refused({**Platform(tmp_path / "file" / "data").environment}, tmp_path)

    assert says.startswith(f"LOCAL_DIR {tmp_path / 'file' / 'data'} cannot be used: ")


WAITS = """
import os, sys
from pathlib import Path
from local.__main__ import Platform, Stop
from local.settings import ports
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        platform = Platform(ports(), Path(), {}, Path(), Stop())
        print(os.getpid(), flush=True)
        platform.watch()
        platform.stop()
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_however_close_together_it_is_asked_to(how: signal.Signals) -> None:
    """make passes on a signal that the group gets as well, and people press Ctrl-C again: two within microseconds."""
    tries = 40
    process = subprocess.Popen([sys.executable, "-c", WAITS, str(tries)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(tries):
        waiting = int(process.stdout.readline())
        time.sleep(0.02)
        for _ in range(3):
            with contextlib.suppress(ProcessLookupError):  # so fast
                os.kill(waiting, how)
            until = time.perf_counter() + 50e-6
            while time.perf_counter() < until:
                pass
        assert process.stdout.readline() == "0\n"
    assert process.wait(30) == 0


def test_asked_to_stop_while_it_starts_it_stops_at_once(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "data")
    process = subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=platform.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until = time.monotonic() + 30
    while not (platform.folder / "azurite.log").exists():
        assert time.monotonic() < until
        time.sleep(0.01)

    for _ in range(2):
        process.send_signal(signal.SIGTERM)
    printed, _ = process.communicate(timeout=40)

    assert (process.returncode, printed) == (0, "Stopped.\n")


def test_another_key_than_the_data_was_made_with_is_said_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "local"
    with running(folder):
        pass
    again = Platform(folder, TOKEN_KEY="another-key-of-thirty-two-letters-or-more")

    with pytest.raises(AssertionError) as caught:
        again.start()

    assert "TOKEN_KEY is not the one that references were made with" in str(caught.value)
    assert "does not answer" not in str(caught.value)
