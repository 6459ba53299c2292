"""``make parts`` and ``func start``: the same settings as the local host gets, and the console's clock."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.clock import MovableClock, clock_file
from local.host.settings import apply_local_values
from local.settings import ROOT, app_settings, local_folder, ports, settings_of_core_tools, with_settings

_OF_CORE_TOOLS = {"FUNCTIONS_WORKER_RUNTIME", "LOCAL_DIR", "PYTHONPATH"}


def test_func_start_gets_the_settings_of_the_local_host() -> None:
    chosen = {"MAILBOX": "another@example.nhs.uk", "HOST_PORT": "7099"}
    at = ports(chosen)
    written: Any = json.loads(json.dumps(settings_of_core_tools(at, chosen)))

    values = {name: value for name, value in written["Values"].items() if name not in _OF_CORE_TOOLS}
    assert values == {name: with_settings(chosen, at)[name] for name in app_settings(at)}
    assert set(written["Values"]) == set(values) | _OF_CORE_TOOLS
    assert written["Host"] == {"LocalHttpPort": 7099}
    assert written["IsEncrypted"] is False
    assert "local.settings.json" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_what_make_parts_left_behind_moves_no_clock_of_a_later_make_run(tmp_path: Path) -> None:
    left = settings_of_core_tools(ports({}), {"LOCAL_DIR": str(tmp_path / "parts")})
    (tmp_path / "local.settings.json").write_text(json.dumps(left))

    environment = with_settings({}, ports({}))
    apply_local_values(tmp_path, environment)

    assert local_folder(environment) == ROOT / ".local"


def test_the_app_under_func_start_follows_the_consoles_clock(tmp_path: Path) -> None:
    """As Core Tools' worker starts: the values are variables, and the app's folder comes onto the path later."""
    MovableClock(clock_file(tmp_path)).move(datetime(2026, 3, 13, 9, 0, tzinfo=UTC))
    written: Any = settings_of_core_tools(ports({}), {"LOCAL_DIR": str(tmp_path)})
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import function_app; from shared import bootstrap; "
        "print(bootstrap.get_app().outside.clock.now().date())"
    )
    environment = {**written["Values"], "PATH": os.environ["PATH"]}

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "2026-03-13", done.stderr
