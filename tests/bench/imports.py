"""How long ``function_app`` takes to import, against the libraries that no such app can do without."""

import json
import subprocess
import sys
from statistics import median
from typing import NamedTuple

from tests.bench.report import Line, Outcome
from tests.host.running import ROOT

_RUNS = 9
_MOST = 1.5
_NOT_AT_START = ("msgraph", "kiota", "azure.identity")

_OURS = "import function_app"
_BARE = "import azure.functions, azure.data.tables.aio, pydantic"
# What a webhook's first request needs in any case; ``import pydantic`` alone loads next to nothing of it.
_NEEDED = (
    "import azure.functions, azure.data.tables.aio, azure.storage.blob.aio, azure.storage.queue.aio, "
    "azure.core.pipeline.transport._aiohttp, jinja2, yaml; from pydantic import BaseModel; "
    "from pydantic_settings import BaseSettings"
)
_MEASURE = """
import json, sys, time
before = time.perf_counter()
{code}
print(json.dumps([time.perf_counter() - before, len(sys.modules),
    [name for name in sys.modules if name.startswith({unwanted!r})]]))
"""


class _Import(NamedTuple):
    seconds: float
    modules: int
    unwanted: list[str]


def measure() -> Outcome:
    codes = {"ours": _OURS, "bare": _BARE, "needed": _NEEDED}
    for code in codes.values():
        _import(code)  # writes the bytecode
    runs: dict[str, list[_Import]] = {name: [] for name in codes}
    for _ in range(_RUNS):
        for name, code in codes.items():
            runs[name].append(_import(code))
    ours, bare, needed = (median(run.seconds for run in runs[name]) * 1000 for name in codes)
    unwanted = sorted({name.partition(".")[0] for name in runs["ours"][0].unwanted})
    within = ours / bare <= _MOST
    return Outcome(
        lines=[
            Line("import function_app / functions, tables.aio, pydantic", "ms", ours, bare, f"at most {_MOST}", within),
            Line("import function_app / every library it loads", "ms", ours, needed),
            Line(
                "modules loaded / the same three libraries",
                "",
                runs["ours"][0].modules,
                runs["bare"][0].modules,
            ),
            Line("packages loaded of msgraph, kiota, azure.identity", "", len(unwanted), 0, "none", not unwanted),
        ],
        note=(
            "fresh processes, bytecode warm, medians of "
            f"{_RUNS} runs in turn. `import pydantic` alone is lazy, and tables.aio loads aiohttp only when a client "
            "is made; the second line therefore has blob.aio, queue.aio, aiohttp, jinja2, yaml and pydantic's "
            "models in its baseline."
        ),
        more={name: [run.seconds for run in found] for name, found in runs.items()},
    )


def _import(code: str) -> _Import:
    program = _MEASURE.format(code=code, unwanted=_NOT_AT_START)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)
    return _Import(*json.loads(done.stdout))
