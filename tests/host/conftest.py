"""One emulator for all of these tests, and one host for most of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.host import apps
from tests.host.running import HOST_JSON, RunningHost, azurite, running_host, write_app


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


@pytest.fixture(scope="session")
def strict_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    """Small limit, no home page, default prefix, keys asked for, and no storage."""
    folder = tmp_path_factory.mktemp("strict")
    host_json: dict[str, Any] = {
        **HOST_JSON,
        "extensions": {"http": {"enableChunkedRequestBinding": True}},  # without effect
    }
    write_app(folder, apps.EVERYTHING, host_json)
    keys = {"master": "M", "default": "D", "functions": {"KEYED": "K"}}
    environment = {
        "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "10",
        "AzureWebJobsDisableHomepage": "true",
        "AzureWebJobs_off_Disabled": "1",
        "AzureWebJobs__text__Disabled": "1",  # without effect
    }
    with running_host(
        folder, arguments=["--enable-auth", "--keys", json.dumps(keys)], environment=environment
    ) as started:
        yield started
