"""One emulator for all of these tests, and one host for most of them."""

from collections.abc import Iterator

import pytest

from tests.host import apps
from tests.host.running import RunningHost, azurite, running_host, write_app


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    with azurite() as connection_string:
        yield connection_string


@pytest.fixture(scope="session")
def host(storage: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """The app with a bit of everything; nobody asks for keys."""
    folder = tmp_path_factory.mktemp("everything")
    write_app(folder, apps.EVERYTHING)
    with running_host(folder, storage=storage, environment={"AzureWebJobs.off.Disabled": "true"}) as started:
        yield started
