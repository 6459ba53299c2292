"""From the start of the process to the first answered ``/health`` and to the first page, out of the unpacked zip.

Beside it an empty app. Both run in the same local host, which stands for Azure's: mounting the package and starting
the machine are not in it.
"""

import json
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from local import storage
from local.settings import app_settings
from tests.bench.report import Line, Outcome
from tests.contract.running import azurite
from tests.host.running import ROOT, eventually, free_ports, launch, write_app
from tests.package.zips import Unpacked, made_at, unpack

_RUNS = 9
_PAGE = "/apply/llr-rmi-2026-c7"
_EMPTY = ROOT / "tests" / "bench" / "empty" / "function_app.py"


def measure() -> Outcome:
    with tempfile.TemporaryDirectory() as name, azurite() as emulator:
        folder = Path(name)
        storage.create_all(emulator.connection)
        packages = {
            "zip": unpack(made_at(folder / "zip.zip"), folder / "zip"),
            "plain": unpack(made_at(folder / "plain.zip", "--plain"), folder / "plain"),
            "whole": unpack(made_at(folder / "whole.zip", "--whole"), folder / "whole"),
        }
        write_app(folder / "empty", _EMPTY.read_text(), json.loads((ROOT / "host.json").read_text()))
        settings = app_settings(emulator.ports)
        runs: dict[str, list[float]] = {side: [] for side in ("empty", *packages)}
        pages: dict[str, list[float]] = {side: [] for side in packages}
        for _ in range(_RUNS):
            for side, times in runs.items():
                libraries = packages.get(side, packages["zip"]).libraries
                first, page = _first_answers(folder / side, libraries, settings, page=side in packages)
                times.append(first)
                if side in pages:
                    pages[side].append(page)
        sizes = [line for other in ("plain", "whole") for line in _sizes(packages["zip"], packages[other], other)]
    took = {side: median(times) * 1000 for side, times in runs.items()}
    shown = {side: median(times) * 1000 for side, times in pages.items()}
    return Outcome(
        lines=[
            Line("cold start of the zip / of an empty app", "ms", took["zip"], took["empty"]),
            Line("cold start of the zip / plain", "ms", took["zip"], took["plain"]),
            Line("cold start of the zip / whole", "ms", took["zip"], took["whole"]),
            Line("then the first page of the zip / plain", "ms", shown["zip"], shown["plain"]),
            *sizes,
        ],
        note=(
            f"process start to the first answered /health, medians of {_RUNS} runs in turn. plain: without bytecode, "
            "that of templates included; whole: with all of msgraph. Python writes no bytecode, as on Azure's "
            "read-only mount; the disk's cache is warm."
        ),
        more=dict(runs),
    )


def _sizes(ours: Unpacked, other: Unpacked, name: str) -> list[Line]:
    return [
        Line(f"the zip / {name}", "MB", ours.zip.stat().st_size / 1e6, other.zip.stat().st_size / 1e6),
        Line(f"unpacked / {name}", "MB", ours.size() / 1e6, other.size() / 1e6),
    ]


def _first_answers(folder: Path, libraries: Path, settings: dict[str, str], *, page: bool) -> tuple[float, float]:
    """Seconds to the first answer, and from then to the first page, if the app has pages."""
    (port,) = free_ports(1)
    environment = {**settings, "PYTHONPATH": f"{libraries}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    begun = time.perf_counter()
    host = launch(folder, arguments=["--port", str(port)], environment=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert eventually(lambda: _answers(client), within=30), host.log()
            first = time.perf_counter()
            if page:
                assert client.get(_PAGE).is_success, host.log()
        return first - begun, time.perf_counter() - first
    finally:
        host.stop()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx.TransportError:
        return False
