"""What more than one folder of tests starts from."""

import pytest

from tests.package.zips import Unpacked, made_at, unpack


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The deployment zip, made once and unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("package")
    return unpack(made_at(folder / "app.zip"), folder / "app")
