import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient

from local.host.functions import Function, TimerTrigger
from local.host.functionthread import FunctionThread, Outcome
from local.host.invocations import Invocations
from local.host.ncrontab import Schedule
from local.host.queueoutputs import MessageEncoding, QueueOutputs
from local.host.settings import AppSettings
from local.host.singleton import SingletonLock
from local.host.storage import Storage
from local.host.timers import NEVER, LookBack, ScheduleStatus, StatusBlob, TimerListener, is_monitored, look_back
from tests.host import apps
from tests.host.running import RunningHost, eventually, running_host, write_app

SECONDS = 10
LOCK = "locks/shared/Host.Functions.second.Listener"
YEARLY = Schedule("0 0 0 1 1 *")
NOW = datetime(2026, 2, 9, 9, tzinfo=UTC)
NEW_YEAR_2026 = datetime(2026, 1, 1, tzinfo=UTC)
NEW_YEAR_2027 = datetime(2027, 1, 1, tzinfo=UTC)


def test_a_timer_never_seen_before_is_not_past_due() -> None:
    assert look_back(None, YEARLY, NOW) == LookBack(ScheduleStatus(NEVER, NEW_YEAR_2027, NOW), is_past_due=False)


def test_a_missed_occurrence_is_past_due() -> None:
    status = ScheduleStatus(datetime(2025, 1, 1, tzinfo=UTC), NEW_YEAR_2026, datetime(2025, 1, 1, tzinfo=UTC))

    assert look_back(status, YEARLY, NOW) == LookBack(status, is_past_due=True)


def test_a_timer_that_never_ran_is_past_due_from_when_it_was_first_seen() -> None:
    status = ScheduleStatus(NEVER, NEW_YEAR_2026, datetime(2025, 6, 1, tzinfo=UTC))

    assert look_back(status, YEARLY, NOW).is_past_due


def test_a_restart_in_time_is_not_past_due() -> None:
    status = ScheduleStatus(NEW_YEAR_2026, NEW_YEAR_2027, NEW_YEAR_2026)

    assert look_back(status, YEARLY, NOW) == LookBack(status, is_past_due=False)


def test_a_changed_schedule_is_counted_from_now_and_not_past_due() -> None:
    status = ScheduleStatus(NEW_YEAR_2026, datetime(2026, 1, 2, tzinfo=UTC), NEW_YEAR_2026)

    found = look_back(status, Schedule("0 0 0 1 2 *"), NOW)

    february = datetime(2027, 2, 1, tzinfo=UTC)
    assert found == LookBack(ScheduleStatus(NEVER, february, NEW_YEAR_2026), is_past_due=False)


@pytest.mark.parametrize(
    ("expression", "use_monitor", "monitored"),
    [
        ("0 * * * * *", True, True),
        ("0 * * * * *", False, False),
        ("*/30 * * * * *", True, False),
        ("0,30 0 * * * *", True, False),
    ],
)
def test_the_monitor_is_off_below_a_minute(expression: str, use_monitor: bool, monitored: bool) -> None:
    trigger = TimerTrigger("timer", expression, run_on_startup=False, use_monitor=use_monitor)

    assert is_monitored(Schedule(expression), trigger, NOW) is monitored


def test_a_status_can_be_read_as_dotnet_writes_it() -> None:
    text = (
        '{"Last": "0001-01-01T00:00:00", "Next": "2026-01-01T00:00:00+00:00",'
        ' "LastUpdated": "2025-06-01T10:00:00.1234567+00:00"}'
    )

    assert ScheduleStatus.parse(text) == ScheduleStatus(
        NEVER, NEW_YEAR_2026, datetime(2025, 6, 1, 10, 0, 0, 123456, tzinfo=UTC)
    )


def blob_in(storage: str, name: str) -> BlobClient:
    return BlobClient.from_connection_string(
        storage, "azure-webjobs-hosts", name, connection_timeout=SECONDS, read_timeout=SECONDS
    )


def status_blob(storage: str, host_id: str, function: str) -> BlobClient:
    return blob_in(storage, f"timers/{host_id}/{function}/status")


def stored(blob: BlobClient) -> dict[str, str]:
    content: dict[str, str] = json.loads(blob.download_blob(timeout=SECONDS).readall())
    return content


def timer_environment(host_id: str, **more: str) -> Mapping[str, str]:
    return {"AzureFunctionsWebHost__hostid": host_id, "YEARLY": "0 0 0 1 1 *", **more}


def ticks(*hosts: RunningHost) -> list[dict[str, Any]]:
    return [tick for host in hosts for tick in host.seen("second")]


@dataclass
class FirstRun:
    """A host that has run timers for some seconds and has ended."""

    host: RunningHost
    errors: list[str]
    starter: dict[str, str]
    monitored: dict[str, str]


@pytest.fixture(scope="module")
def first_run(storage: str, tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    folder = tmp_path_factory.mktemp("timers")
    write_app(folder, apps.TIMERS)
    with (
        running_host(folder, storage=storage, environment=timer_environment("first", FAIL="1")) as host,
        status_blob(storage, "first", "starter") as starter,
        status_blob(storage, "first", "monitored") as monitored,
    ):
        assert eventually(lambda: len(host.seen("long")) >= 3), host.log()
        errors = host.request("GET", "/admin/host/status").json()["errors"]
        assert host.stop() == 0
        return FirstRun(host, errors, stored(starter), stored(monitored))


def next_new_year() -> str:
    return f"{datetime.now(UTC).year + 1}-01-01T00:00:00+00:00"


def test_a_schedule_below_a_minute_goes_on_after_failures_and_has_no_status(first_run: FirstRun) -> None:
    found = ticks(first_run.host)

    assert len(found) >= 2
    assert {(tick["past_due"], str(tick["status"])) for tick in found} == {(False, "{}")}
    assert "ValueError: every time" in first_run.host.log()


def test_runs_of_one_timer_do_not_overlap(first_run: FirstRun) -> None:
    events = [entry["event"] for entry in first_run.host.seen("long")]

    assert events == ["start", "end"] * (len(events) // 2)


def test_a_timer_runs_at_start_if_it_says_so_and_remembers_it(first_run: FirstRun) -> None:
    (start,) = first_run.host.seen("starter")

    assert (start["past_due"], start["status"]["Next"]) == (False, next_new_year())
    assert first_run.starter["Next"] == next_new_year()
    assert first_run.starter["Last"] == first_run.starter["LastUpdated"] > "2026"


def test_a_timer_that_is_not_due_only_writes_down_when_it_will_be(first_run: FirstRun) -> None:
    assert first_run.host.seen("monitored") == []
    assert (first_run.monitored["Next"], first_run.monitored["Last"]) == (next_new_year(), NEVER.isoformat())


def test_a_timer_that_can_never_fire_is_in_error(first_run: FirstRun) -> None:
    assert first_run.errors == [
        "The 'impossible' function is in error: The schedule is not valid: minute: '61' is not 0 to 59"
    ]


def test_a_missed_run_is_made_up_for_once_and_disabled_timers_stay_silent(storage: str, first_run: FirstRun) -> None:
    missed = {"Last": "2020-01-01T00:00:00+00:00", "Next": "2021-01-01T00:00:00+00:00"}
    environment = timer_environment("first", **{"AzureWebJobs.second.Disabled": "true"})
    ticks_before = len(ticks(first_run.host))
    with status_blob(storage, "first", "monitored") as blob:
        blob.upload_blob(json.dumps({**missed, "LastUpdated": missed["Last"]}), overwrite=True, timeout=SECONDS)

        with running_host(first_run.host.folder, storage=storage, environment=environment) as host:
            (late,) = eventually(lambda: host.seen("monitored"))
            assert (late["past_due"], late["status"]["Next"]) == (True, missed["Next"])
            assert eventually(lambda: stored(blob)["Next"] == next_new_year())
            assert eventually(lambda: len(host.seen("starter")) == 2)  # run_on_startup again

        with running_host(first_run.host.folder, storage=storage, environment=environment) as host:
            assert eventually(lambda: len(host.seen("starter")) == 3)
    assert len(host.seen("monitored")) == 1  # nothing was missed this time
    assert len(ticks(host)) == ticks_before
    assert "Function 'second' (TimerTrigger) is disabled" in host.log()


class Ticks:
    """In place of the app: notes who ran when."""

    def __init__(self) -> None:
        self.by: list[tuple[str, int]] = []

    def thread(self, owner: str) -> FunctionThread:
        async def call(*_arguments: object) -> Outcome:
            self.by.append((owner, round(time.time())))
            return Outcome(ok=True)

        return cast("FunctionThread", SimpleNamespace(call=call))


def test_only_one_of_two_hosts_runs_a_timer_and_the_other_takes_over(storage: str) -> None:
    seen = Ticks()

    async def two_hosts() -> None:
        clients = Storage()
        container = clients.container(storage, "azure-webjobs-hosts")
        stops = {name: asyncio.Event() for name in ("one", "other")}
        runs = {}
        for name, stop in stops.items():
            listener = TimerListener(
                Function(
                    "tick",
                    "id",
                    trigger := TimerTrigger("timer", "* * * * * *", run_on_startup=False, use_monitor=True),
                    (),
                    (),
                ),
                trigger,
                Schedule(trigger.schedule),
                Invocations(seen.thread(name), QueueOutputs(clients, AppSettings({}), MessageEncoding(base64=True))),
                SingletonLock(container, LOCK, ask_again_after=timedelta(milliseconds=200)),
                StatusBlob(container, "shared", "tick"),
            )
            runs[name] = asyncio.create_task(listener.run(stop))
        async with asyncio.timeout(20):
            await _until(lambda: len(seen.by) >= 2)
            with blob_in(storage, LOCK) as lock, pytest.raises(HttpResponseError):
                lock.upload_blob(b"mine", overwrite=True, timeout=SECONDS)
            first = seen.by[0][0]
            stops[first].set()
            await runs[first]
            await _until(lambda: seen.by[-1][0] != first)
            for stop in stops.values():
                stop.set()
            await asyncio.gather(*runs.values())
        await clients.close()

    asyncio.run(two_hosts())

    owners = [owner for owner, _second in seen.by]
    assert len({second for _owner, second in seen.by}) == len(seen.by)
    assert owners == sorted(owners, key=owners.index)  # no going back and forth
    assert len(set(owners)) == 2


def test_a_lock_that_was_taken_away_is_noticed(storage: str) -> None:
    async def lose_it() -> bool:
        clients = Storage()
        lock = SingletonLock(
            clients.container(storage, "azure-webjobs-hosts"), "locks/lost", renew_after=timedelta(milliseconds=100)
        )
        lease = await lock.acquire(asyncio.Event())
        assert lease is not None
        keeping = asyncio.create_task(lock.keep(lease, asyncio.Event()))
        await asyncio.sleep(0.3)
        kept_so_far = not keeping.done()
        await lease.break_lease(lease_break_period=0, timeout=SECONDS)
        async with asyncio.timeout(SECONDS):
            await keeping
        await clients.close()
        return kept_so_far

    assert asyncio.run(lose_it())


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110 -- the surrounding timeout ends it
        await asyncio.sleep(0.02)
