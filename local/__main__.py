"""``make run``: starts every part on 127.0.0.1, says where it is, and stops every process it started."""

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TextIO

import httpx

from local import clock, storage
from local.package.contents import SITE_PACKAGES
from local.settings import (
    ROOT,
    Ports,
    UnusablePorts,
    connection_string,
    local_folder,
    ports,
    settings_of_core_tools,
    with_settings,
)

_START_SECONDS = 60.0
_STOP_SECONDS = 12.0
_LOOK_EVERY = 0.1
_OLDEST_NODE = 20
_LOCK = "running.lock"
_MODULES = ROOT / "local" / "node_modules"
_AZURITE = _MODULES / "azurite" / "dist" / "src" / "azurite.js"


class CannotStart(Exception):
    """A part did not come up; the text says which and where its log is."""


class AskedToStop(Exception):
    """Somebody asked it to stop while it was starting."""


class Stop:
    """Notices Ctrl-C and SIGTERM, however many come: every one after the first changes nothing.

    The handler sets one attribute. It runs between any two steps of this very thread, so whatever it might have to wait
    for (the lock of an Event, a full pipe) could be in the hands of the code that it interrupted.
    """

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self._ask)
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, _signal: int, _frame: FrameType | None) -> None:
        self.asked = True


class Platform:
    """The parts in the order they start; they stop in the opposite order, storage last."""

    def __init__(self, at: Ports, folder: Path, environment: Mapping[str, str], app: Path | None, stop: Stop) -> None:
        """``app``: whose host is started too; None leaves that to ``func start``."""
        self._ports = at
        self._folder = folder
        self._app = app
        self._environment = dict(environment)
        self._stop = stop
        self._lock: TextIO | None = None
        self._parts: list[tuple[str, subprocess.Popen[bytes]]] = []

    def claim(self, *, fresh: bool) -> None:
        """Make the folder this process's own, empty if it is to be ``fresh``. Raises CannotStart, touching nothing.

        Nobody else's data is deleted, and no folder is made where the ports are taken.
        """
        if self._folder.exists():
            self._take_lock()
        self._refuse_taken_ports()
        self._take_lock()
        for entry in list(self._folder.iterdir()) if fresh else ():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != _LOCK:
                entry.unlink()

    def _take_lock(self) -> None:
        """Raises CannotStart if another process has the folder. Whoever dies lets go of it."""
        if self._lock is not None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / _LOCK).open("a+")
        except OSError as exc:
            raise CannotStart(f"LOCAL_DIR {self._folder} cannot be used: {exc.strerror}.") from exc
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            who = lock.read().strip()
            lock.close()
            raise CannotStart(
                f"Another 'make run'{f' (process {who})' if who else ''} is running with the data in {self._folder}. "
                "Stop it, or give this one a folder of its own in LOCAL_DIR, and other ports: see README.md."
            ) from None
        except OSError:
            pass  # a file system without locks: better no lock than no platform
        self._lock = lock
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()

    def start(self) -> None:
        """Start every part and wait until it answers. Raises CannotStart and AskedToStop."""
        at, folder = self._ports, self._folder
        clock_file = clock.clock_file(folder)
        clock.start_at_first_moment(clock_file)
        self._start("azurite", self._azurite())
        self._start("inbox", self._inbox())
        self._start(
            "graph",
            _python(
                "local.graph",
                *("--port", str(at.graph), "--smtp-port", str(at.smtp)),
                *("--state", str(folder / "graph"), "--clock", str(clock_file)),
            ),
        )
        self._wait("azurite", lambda: all(_listens(port) for port in (at.blob, at.queue, at.table)))
        storage.create_all(connection_string(at))
        if self._app is not None:
            host = _python("local.host", "--port", str(at.host), "--setup", "local.clock")
            self._start("host", host, of=self._app)
        self._start("console", _python("local.console"))
        self._wait("inbox", lambda: _answers(f"http://127.0.0.1:{at.inbox}/api/healthz"))
        self._wait("graph", lambda: _answers(f"http://127.0.0.1:{at.graph}/_control/log"))
        if self._app is not None:
            self._wait("host", lambda: self._host_answers(f"http://127.0.0.1:{at.host}"))
        self._wait("console", lambda: _answers(f"http://127.0.0.1:{at.console}/clock"))
        if self._app is None:
            settings = settings_of_core_tools(at, self._environment)
            (ROOT / "local.settings.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
            return
        # The first tick makes the rows of programmes and sessions, so that the tables are there to look at.
        httpx.post(f"http://127.0.0.1:{at.host}/admin/functions/tick", json={"input": ""}, timeout=10)

    def _host_answers(self, base: str) -> bool:
        """Whether the app is well. Raises CannotStart if it could not be loaded, or a setting does not fit the data."""
        try:
            if httpx.get(f"{base}/admin/host/status", timeout=2, trust_env=False).json()["state"] == "Error":
                raise CannotStart(f"The app cannot be loaded. The host's log: {self._folder / 'host.log'}")
            health = httpx.get(f"{base}/health", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return False
        if health.status_code == httpx.codes.SERVICE_UNAVAILABLE and health.json()["part"] == "settings":
            raise CannotStart(f"{health.json()['reason']}.")
        return health.is_success

    def _azurite(self) -> list[str]:
        at = self._ports
        return [
            "node",
            str(_AZURITE),
            *("--skipApiVersionCheck", "--disableTelemetry", "--silent"),
            *("--location", str(self._folder / "azurite")),
            *("--blobHost", "127.0.0.1", "--queueHost", "127.0.0.1", "--tableHost", "127.0.0.1"),
            *("--blobPort", str(at.blob), "--queuePort", str(at.queue), "--tablePort", str(at.table)),
        ]

    def _inbox(self) -> list[str]:
        at = self._ports
        return [
            "node",
            str((_MODULES / ".bin" / "maildev").resolve()),
            *("--ip", "127.0.0.1", "--web-ip", "127.0.0.1", "--smtp", str(at.smtp), "--web", str(at.inbox)),
            *("--mail-directory", str(self._folder / "mail"), "--silent"),
        ]

    def _refuse_taken_ports(self) -> None:
        at = self._ports
        taken = [
            p for p in (at.host, at.console, at.graph, at.inbox, at.smtp, at.blob, at.queue, at.table) if _listens(p)
        ]
        if taken:
            names = ", ".join(map(str, taken))
            raise CannotStart(
                f"Something listens already on 127.0.0.1, port {names}. Stop it, or choose other ports: see README.md."
            )

    def _start(self, name: str, command: Sequence[str], *, of: Path = ROOT) -> None:
        log = self._folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=of,
                env=self._environment if of == ROOT else _from_package(self._environment, of),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us: the parts stop in order
                preexec_fn=partial(_die_with_parent, _ends_by(name)) if sys.platform == "linux" else None,  # noqa: PLW1509 -- no threads yet
            )
        self._parts.append((name, process))

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + _START_SECONDS
        process = next(part for known, part in self._parts if known == name)
        while not ready():
            if self._stop.asked:
                raise AskedToStop
            if process.poll() is not None:
                raise CannotStart(f"{name} stopped while starting. Its log: {self._folder / f'{name}.log'}")
            if time.monotonic() > until:
                raise CannotStart(f"{name} does not answer. Its log: {self._folder / f'{name}.log'}")
            time.sleep(0.05)

    def watch(self) -> str:
        """Wait until asked to stop, or until a part stops by itself. Returns that part's name, or ''."""
        while not self._stop.asked:
            for name, process in self._parts:
                if process.poll() is not None:
                    return name
            time.sleep(_LOOK_EVERY)
        return ""

    def stop(self) -> None:
        """Stop every part, storage last and in order, so that Azurite writes down what it has promised."""
        for name, process in sorted(self._parts, key=lambda part: part[0] == "azurite"):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, _ends_by(name))
            if name in {"host", "azurite"}:
                _gone(process)
        for _, process in self._parts:
            _gone(process)


def _gone(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _from_package(environment: Mapping[str, str], app: Path) -> dict[str, str]:
    """The libraries of an unpacked deployment zip before those of this checkout, which adds the local host only."""
    return {**environment, "PYTHONPATH": os.pathsep.join((str(app / SITE_PACKAGES), str(ROOT)))}


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _ends_by(name: str) -> signal.Signals:
    """The signal that a part stops at in order; the host ignores SIGTERM, as the real one does."""
    return signal.SIGINT if name == "host" else signal.SIGTERM


def _die_with_parent(ends_by: signal.Signals) -> None:
    """Linux: have the kernel stop a part when this process is killed without a chance to do it."""
    parent_death_signal = 1
    ctypes.CDLL(None).prctl(parent_death_signal, ends_by)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _check_node() -> None:
    """Refuse to start without a Node that Azurite and the inbox run on."""
    needed = f"Azurite and the inbox need Node {_OLDEST_NODE} or newer"
    try:
        run = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30, check=False)
        said = run.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        raise CannotStart(f"{needed}, and there is no 'node' on the PATH that runs.") from None
    version = re.fullmatch(r"v([0-9]{1,5})\..*", said)
    if version is None or int(version[1]) < _OLDEST_NODE:
        raise CannotStart(f"{needed}; the 'node' on the PATH is {said or 'none that says its version'}.")
    if not _AZURITE.is_file():
        raise CannotStart("Azurite and the inbox are not installed. Start with 'make run', which installs them.")


def _check_settings(environment: Mapping[str, str]) -> None:
    """Refuse a bad setting before anything starts, with its name and what it should be."""
    result = subprocess.run(
        [sys.executable, "-m", "shared.settings"],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise CannotStart(result.stderr.strip())


def _addresses(at: Ports, folder: Path) -> str:
    now = clock.MovableClock(clock.clock_file(folder)).now()
    lines = [
        ("Console (start here)", f"http://127.0.0.1:{at.console}/"),
        ("Inbox with every mail", f"http://127.0.0.1:{at.inbox}/"),
        ("Function app", f"http://127.0.0.1:{at.host}/health"),
        ("Graph stand-in", f"http://127.0.0.1:{at.graph}/_control/state"),
        ("Storage (Azurite)", f"blob {at.blob}, queue {at.queue}, table {at.table}"),
        ("Data and logs", str(folder)),
        ("The pipeline's clock", f"{now:%A} {now.day} {now:%B %Y, %H:%M} UTC; move it in the console"),
    ]
    return "\n".join(f"  {title:<24}{value}" for title, value in lines)


def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="start with no data")
    parser.add_argument(
        "--app",
        type=Path,
        default=ROOT,
        metavar="FOLDER",
        help="run the function app of an unpacked deployment zip instead of this checkout's",
    )
    parser.add_argument(
        "--without-host",
        action="store_true",
        help="start everything but the Functions host, and write local.settings.json for 'func start'",
    )
    arguments = parser.parse_args()
    stop = Stop()
    try:
        at, folder = ports(), local_folder()
    except UnusablePorts as exc:
        print(exc, file=sys.stderr)
        return 1
    environment = with_settings(os.environ, at)
    app = None if arguments.without_host else arguments.app.resolve()
    platform = Platform(at, folder, environment, app, stop)
    started = time.monotonic()
    try:
        _check_node()
        _check_settings(environment)
        platform.claim(fresh=arguments.fresh)
        platform.start()
        print(_addresses(at, folder))
        print(f"Ready after {time.monotonic() - started:.1f} s. Ctrl-C stops everything.", flush=True)
        if app is None:
            print("Now, in another window, in this folder and with .venv active: func start", flush=True)
        stopped = platform.watch()
    except AskedToStop:
        stopped = ""
    except CannotStart as exc:
        print(exc, file=sys.stderr)
        return 1
    finally:
        platform.stop()
    if stopped:
        print(f"{stopped} stopped by itself. Its log: {folder / f'{stopped}.log'}", file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
