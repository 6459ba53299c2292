"""What more than one folder of tests starts from."""

import fcntl
import os

import pytest

from tests.package.zips import Unpacked, made_at, unpack


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
