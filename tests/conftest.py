"""What more than one folder of tests starts from."""

import asyncio
import fcntl
import inspect
import os
from typing import Any, cast

import pytest

from tests.package.zips import Unpacked, made_at, unpack


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests: in the loop of the fixture ``runner`` where there is one, else each in its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    given: dict[str, Any] = pyfuncitem.funcargs
    story = pyfuncitem.obj(**{name: given[name] for name in inspect.signature(pyfuncitem.obj).parameters})
    if "runner" in given:
        cast("asyncio.Runner", given["runner"]).run(story)
    else:
        asyncio.run(story)
    return True


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a quarter of the time of the stories on real parts is waiting."""
    return (os.process_cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The deployment zip, made once for all processes of a run, and unpacked into an empty folder for each."""
    mine, shared = tmp_path_factory.mktemp("package"), tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    made = shared / "app.zip"
    with (shared / "app.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            made_at(made)
    return unpack(made, mine / "app")
