"""The zip is the same twice, holds what the app needs and nothing else, and starts by itself."""

import json
import re
import subprocess
import sys
from pathlib import Path

from local.package.contents import ROOT, SITE_PACKAGES
from local.package.libraries import KEPT_OF_MSGRAPH
from tests.package.modules import imported_by_the_app, loaded_by_the_contracts
from tests.package.zips import Unpacked, made_at

# Azure's limit for a zip that is deployed is 1 GB; a large one costs cold start long before.
_MOST_MEGABYTES = 30


def test_the_same_input_gives_the_same_bytes(unpacked: Unpacked, tmp_path: Path) -> None:
    """Whoever makes it: another time zone, another hash seed, another language."""
    again = made_at(tmp_path / "again.zip", TZ="Pacific/Auckland", PYTHONHASHSEED="7", LC_ALL="C")
    assert again.read_bytes() == unpacked.zip.read_bytes()


def test_it_holds_the_app_and_nothing_of_the_workshop(unpacked: Unpacked) -> None:
    tops = {name.split("/")[0] for name in unpacked.names}
    assert tops == {".python_packages", "function_app.py", "functions", "host.json", "requirements.txt", "shared"} | (
        {"__pycache__"}
    )
    ours = {name for name in unpacked.names if not name.startswith(SITE_PACKAGES)}
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    made_here = ("__pycache__", "shared/templates/compiled")
    strangers = {name for name in ours if not any(part in name for part in made_here)} - set(
        tracked.stdout.splitlines()
    )
    assert not strangers, "what git does not know must not be deployed"
    libraries = {name.removeprefix(f"{SITE_PACKAGES}/").split("/")[0] for name in unpacked.names - ours}
    assert not libraries & {"pytest", "mypy", "azure_functions_runtime", "openpyxl", "uvicorn", "local", "tests"}


def test_it_holds_every_library_that_is_pinned(unpacked: Unpacked) -> None:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    papers = {path.name.casefold() for path in unpacked.libraries.glob("*.dist-info")}
    for_windows = {"colorama", "pywin32"}
    missing = {
        name
        for name, version in pins
        if f"{re.sub(r'[-_.]+', '_', name)}-{version}.dist-info".casefold()
        not in {re.sub(r"[-.]+(?=.*-\d)", "_", paper) for paper in papers}
    }
    assert not missing - for_windows


def test_it_is_small(unpacked: Unpacked) -> None:
    assert unpacked.zip.stat().st_size < _MOST_MEGABYTES * 1_000_000


_ALONE = """
import sys
sys.path = [{app!r}, {libraries!r}, *sys.path]
import importlib, json, pkgutil
import function_app, shared, functions
for package in (shared, functions):
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
for module in {modules!r}:
    importlib.import_module(module)
print(json.dumps(sorted(function.get_function_name() for function in function_app.app.get_functions())))
"""


def test_nothing_but_the_zip_imports_and_indexes_everything(unpacked: Unpacked) -> None:
    """A Python without this checkout's environment: what the zip lacks is not there."""
    base = Path(sys.base_prefix) / "bin" / "python3.13"
    lazy = sorted(imported_by_the_app())
    program = _ALONE.format(app=str(unpacked.folder), libraries=str(unpacked.libraries), modules=lazy)
    done = subprocess.run(
        [base, "-I", "-S", "-c", program], cwd=unpacked.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"health", "tick", "receive_submission"} <= set(json.loads(done.stdout))


_FIRST_PAGE = """
import sys
sys.path = [{app!r}, {libraries!r}, *sys.path]
from jinja2 import Environment
from shared.adapters.rendering import JinjaRenderer
compiled = []
compile_ = Environment.compile
Environment.compile = lambda self, source, name=None, *more, **rest: compiled.append(name) or compile_(
    self, source, name, *more, **rest
)
JinjaRenderer().page("message", dict(title="Hello", heading="Hello", paragraphs=[], contacts=[]))
print(compiled)
"""


def test_no_template_is_compiled_when_somebody_waits_for_a_page(unpacked: Unpacked) -> None:
    base = Path(sys.base_prefix) / "bin" / "python3.13"
    program = _FIRST_PAGE.format(app=str(unpacked.folder), libraries=str(unpacked.libraries))
    done = subprocess.run(
        [base, "-I", "-S", "-c", program], cwd=unpacked.folder, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr[-2000:]


def test_of_msgraph_it_holds_exactly_what_the_graph_contracts_load(unpacked: Unpacked, tmp_path: Path) -> None:
    """All of them pass with the packed libraries before those of this checkout."""
    loaded = loaded_by_the_contracts(tmp_path / "loaded.txt", libraries=unpacked.libraries)
    assert loaded == KEPT_OF_MSGRAPH.read_text().split(), "run `make trim`"
