import json
from datetime import timedelta
from pathlib import Path

import pytest

from local.host.errors import FunctionError, StartError
from local.host.settings import (
    AppSettings,
    HostSettings,
    QueueSettings,
    apply_local_values,
    load,
    parse_timespan,
)


def settings_of(folder: Path, content: object, environment: dict[str, str] | None = None) -> HostSettings:
    (folder / "host.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return load(folder, AppSettings(environment or {}))


def test_what_host_json_leaves_out_is_as_on_the_real_host(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, {"version": "2.0"}, {"AzureFunctionsWebHost__hostid": "me"})

    assert settings == HostSettings(
        folder=tmp_path,
        host_id="me",
        route_prefix="api",
        body_limit=104_857_600,
        homepage=True,
        queues=QueueSettings(
            batch_size=16,
            new_batch_threshold=8,
            max_dequeue_count=5,
            visibility_timeout=timedelta(0),
            max_polling_interval=timedelta(seconds=60),
            base64=True,
        ),
    )


def test_a_variable_replaces_a_value_of_host_json(tmp_path: Path) -> None:
    content = {"version": "2.0", "extensions": {"queues": {"maxPollingInterval": "00:00:30", "batchSize": 2}}}

    settings = settings_of(
        tmp_path, content, {"AzureFunctionsJobHost__Extensions__queues__maxPollingInterval": "00:00:01"}
    )

    assert (settings.queues.max_polling_interval, settings.queues.batch_size) == (timedelta(seconds=1), 2)


def test_each_folder_has_a_host_id_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    ids = {settings_of(tmp_path / name, {"version": "2.0"}).host_id for name in ("one", "two")}

    assert len(ids) == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not valid JSON"),
        ("[]", "must hold a JSON object"),
        ({"version": "1.0"}, "version"),
        ({"version": "2.0", "extensions": {"queues": {"batchSize": 33}}}, "batchSize"),
        ({"version": "2.0", "extensions": {"queues": {"maxDequeueCount": "many"}}}, "maxDequeueCount"),
        ({"version": "2.0", "extensions": {"queues": {"visibilityTimeout": 30}}}, "visibilityTimeout"),
        ({"version": "2.0", "extensions": {"queues": {"messageEncoding": "utf7"}}}, "messageEncoding"),
        ({"version": "2.0", "logging": {"logLevel": {"default": "Loud"}}}, "log level"),
    ],
)
def test_a_mistake_in_host_json_is_named(tmp_path: Path, content: object, reason: str) -> None:
    with pytest.raises(StartError, match=reason):
        settings_of(tmp_path, content)


def test_the_folder_must_hold_a_host_json(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"no host\.json"):
        load(tmp_path, AppSettings({}))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("00:00:30", timedelta(seconds=30)),
        ("1.02:03:04.5", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("00:05", timedelta(minutes=5)),
        ("30", None),
        ("soon", None),
    ],
)
def test_time_spans_are_written_as_in_dotnet(text: str, span: timedelta | None) -> None:
    assert parse_timespan(text) == span


def test_names_between_percent_signs_are_replaced_whatever_their_case() -> None:
    settings = AppSettings({"Prefix": "p"})

    assert settings.resolve("%PREFIX%-queue") == "p-queue"
    with pytest.raises(FunctionError, match="%OTHER%"):
        settings.resolve("%OTHER%-queue")


def test_a_connection_is_found_with_and_without_the_prefix() -> None:
    settings = AppSettings({"AzureWebJobsStorage": "a", "AzureWebJobsOther": "b", "Third": "c"})

    assert [settings.connection_string(name) for name in ("", "AzureWebJobsStorage", "Other", "Third")] == [
        "a", "a", "b", "c",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [{"Values": {"A": 1}}, {"IsEncrypted": True, "Values": {}}, {"Values": []}])
def test_local_settings_that_cannot_be_variables_are_refused(tmp_path: Path, content: object) -> None:
    (tmp_path / "local.settings.json").write_text(json.dumps(content))

    with pytest.raises(StartError, match=r"local\.settings\.json"):
        apply_local_values(tmp_path, {})
