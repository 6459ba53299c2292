"""What wakes an operator is really written: every function and every log line that an alert looks for exists."""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from unittest.mock import patch

import azure.functions as func
import pytest
from pydantic import SecretStr

from functions import intake
from local.host.ncrontab import Schedule
from shared import bootstrap
from shared.composition import root
from shared.errors import PermanentFailure, TemporaryFailure, WrongKey
from shared.stores.names import TableName
from tests.architecture.layers import ROOT
from tests.architecture.test_doors import triggers
from tests.infra.kql import Row, played
from tests.infra.plan import app_settings, planned
from tests.world import NINE, PROGRAMME, World, answers

ALERTS = {
    one.name.removesuffix("-mentoring-prod"): one.properties["criteria"]["allOf"][0]
    for one in planned().of("Microsoft.Insights/scheduledQueryRules")
}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
# What Azure takes for a log alert; anything else is refused when it is deployed.
_WINDOWS = {"PT5M", "PT10M", "PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT6H", "P1D", "P2D"}


def minutes(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    assert match, duration
    days, hours, rest = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + rest


def test_the_alerts_are_those_that_were_promised() -> None:
    assert set(ALERTS) == {
        "poison-queue",
        "parked",
        "outbox-behind",
        "tick-missing",
        "daily-missing",
        "export-missing",
        "wrong-key",
        "rows-missing",
        "failed-functions",
        "webhook-not-stored",
        "log-cap",
    }
    assert planned().one("Microsoft.Insights/metricAlerts").name.startswith("storage-throttled-")
    assert len(planned().of("Microsoft.Consumption/budgets")) == 1


def test_every_alert_tells_somebody_and_looks_as_far_back_as_it_waits() -> None:
    group = planned().one("Microsoft.Insights/actionGroups")
    assert [one["emailAddress"] for one in group.properties["emailReceivers"]] == ["operators@example.nhs.uk"]

    for one in planned().of("Microsoft.Insights/scheduledQueryRules"):
        assert one.properties["actions"]["actionGroups"] == [group.id]
        assert one.properties["windowSize"] in _WINDOWS
        assert minutes(one.properties["evaluationFrequency"]) <= minutes(one.properties["windowSize"])


def test_every_function_that_an_alert_names_is_one() -> None:
    named = {
        name
        for alert in ALERTS.values()
        for clause in re.findall(r'Name (?:==|in) \(?((?:"\w+"(?:, )?)+)', alert["query"])
        for name in re.findall(r'"(\w+)"', clause)
    }

    assert named == {"set_aside_submission", "note_failing_mailbox", "note_failing_pairs", "tick", "daily"}
    assert named <= set(triggers())


def test_the_functions_behind_every_poison_queue_are_watched() -> None:
    behind = {name for name, one in triggers().items() if str(one.get("queueName", "")).endswith("-poison")}

    assert behind == set(re.findall(r'"(\w+)"', ALERTS["poison-queue"]["query"]))


def test_timers_are_missed_only_after_several_runs() -> None:
    """An alert that is shorter than two runs of the timer would cry wolf at the first late one."""
    settings = app_settings(planned())
    for name, setting in (("tick", "TICK_SCHEDULE"), ("daily", "DAILY_SCHEDULE")):
        schedule = Schedule(settings[setting])
        first = schedule.next_after(NINE)
        every = schedule.next_after(first) - first
        amount, unit = re.findall(r"ago\((\d+)([mh])\)", ALERTS[f"{name}-missing"]["query"])[0]
        missed = timedelta(minutes=int(amount) * (60 if unit == "h" else 1))

        assert every < missed <= 4 * every


def test_no_line_that_an_alert_needs_is_left_out_by_sampling() -> None:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    sampling = host["logging"]["applicationInsights"]["samplingSettings"]

    assert {"Request", "Exception", "Trace"} <= set(sampling["excludedTypes"].split(";"))
    assert {alert["query"].partition(" ")[0] for alert in ALERTS.values()} == {
        "AppRequests",
        "AppTraces",
        "_LogOperation",
    }


def failed(name: str, operation: str, exception: str = "", messages: Sequence[str] = ()) -> tuple[Row, Row]:
    """A failed invocation as Application Insights stores it: its request, and its exception."""
    details = json.dumps([{"message": message} for message in messages])
    return (
        {"Name": name, "Success": False, "OperationId": operation},
        {"OperationName": name, "OperationId": operation, "InnermostType": exception, "Details": details},
    )


_BINDING = ("Exception while executing function: Functions.apply", "Exception binding parameter 'req'")
_KESTREL = "Microsoft.AspNetCore.Server.Kestrel.Core.BadHttpRequestException"
_RPC = "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException"
# What a stranger can cause: github.com/Azure/azure-functions-host/issues/10519 (too large), 7689 (too slow),
# 3866 (broken off).
_STRANGERS = [
    (_KESTREL, (*_BINDING, "Request body too large. The max request body size is 104857600 bytes.")),
    (_KESTREL, (*_BINDING, "Unexpected end of request content.")),
    (_KESTREL, (*_BINDING, "Reading the request body timed out due to data arriving too slowly.")),
    ("Microsoft.AspNetCore.Connections.ConnectionResetException", ("The client has disconnected",)),
    ("System.IO.EndOfStreamException", (*_BINDING, "Attempted to read past the end of the stream.")),
]
_REAL = [
    ("apply", _RPC, ("Result: Failure Exception: KeyError: 'x'",)),
    ("receive_submission", "Microsoft.Azure.WebJobs.Host.FunctionTimeoutException", ("Timeout value of 00:05:00",)),
    ("work_mailbox", _RPC, ("Result: Failure Exception: ValueError",)),
    ("take_in_submission", "System.FormatException", ("Exception binding parameter 'message'",)),
]


def fires(query: str, failures: Sequence[tuple[Row, Row]]) -> bool:
    tables = {"AppRequests": [request for request, _ in failures], "AppExceptions": [thrown for _, thrown in failures]}
    return len(played(query, tables)) > int(ALERTS["failed-functions"]["threshold"])


def test_strangers_cannot_raise_the_alert_on_failures() -> None:
    query = ALERTS["failed-functions"]["query"]
    strangers = [
        failed("apply", f"{index}-{each}", exception, messages)
        for index, (exception, messages) in enumerate(_STRANGERS)
        for each in range(3)
    ]

    assert not fires(query, strangers)
    for name, exception, messages in _REAL:
        real = [failed(name, f"real-{each}", exception, messages) for each in range(3)]
        assert fires(query, real), name
        assert fires(query, [*strangers, *real]), name
        assert not fires(query, [*strangers, *real[:2]]), name
    unexplained = [failed("decision", f"{each}") for each in range(3)]
    assert fires(query, unexplained), "failures of which no exception is known"


def test_a_request_is_bound_to_a_parameter_of_the_name_that_the_alert_knows() -> None:
    for name, one in triggers().items():
        assert (one["name"] == "req") == (one["type"] == "httpTrigger"), name


async def _nonsense() -> None:
    await World().deliver(b"nonsense")


async def _refused_mail() -> None:
    world = World()
    world.mailbox.failing["draft"] = PermanentFailure("Graph answered 400 ErrorInvalidRecipients")
    await world.submit()


async def _nobody_comes() -> None:
    world = World()
    await world.submit(run=False)
    world.wakeups.mailboxes.clear()
    for _ in range(2):
        world.clock.advance(timedelta(minutes=16))
        await world.app.tick.run()


async def _a_night() -> None:
    world = World()
    await world.submit()
    await world.app.tick.daily()


async def _another_key() -> None:
    world = World()
    await world.submit()
    await world.app.tick.run()
    world.settings = world.settings.model_copy(update={"token_key": SecretStr("another-token-key-0123456789abcdef01")})
    with pytest.raises(WrongKey):
        await root.build(world.settings, world.outside).tick.run()


async def _lost_rows() -> None:
    world = World()
    await world.submit()
    await world.app.tick.daily()
    world.tables(TableName.APPLICATIONS).rows.clear()
    world.clock.advance(timedelta(days=1))
    await world.app.tick.daily()


async def _storage_is_away() -> None:
    world = World()

    async def fails(*_: object, **__: object) -> datetime:
        raise TemporaryFailure("storage does not answer")

    request = func.HttpRequest(
        method="POST",
        url="https://mentoring.example.nhs.uk/",
        route_params={"source": "standard", "programme": PROGRAMME},
        headers={},
        body=json.dumps(answers()).encode(),
    )
    with patch.object(bootstrap, "get_app", lambda: world.app), patch.object(world.app.webhooks, "receive", fails):
        await intake.receive_submission.build().get_user_function()(request)


_STORIES: list[tuple[str, Callable[[], Coroutine[None, None, None]]]] = [
    ("parked", _nonsense),
    ("parked", _refused_mail),
    ("outbox-behind", _nobody_comes),
    ("webhook-not-stored", _storage_is_away),
    ("export-missing", _a_night),
    ("wrong-key", _another_key),
    ("rows-missing", _lost_rows),
]


@pytest.mark.parametrize(("alert", "story"), _STORIES)
def test_the_line_that_an_alert_looks_for_is_written(
    alert: str, story: Callable[[], Coroutine[None, None, None]], caplog: pytest.LogCaptureFixture
) -> None:
    (words,) = re.findall(r'^AppTraces \| where Message has "([^"]+)"', ALERTS[alert]["query"])

    with caplog.at_level(logging.INFO):
        asyncio.run(story())

    lines = [record.getMessage() for record in caplog.records]
    assert [line for line in lines if re.search(rf"\b{re.escape(words)}\b", line)], lines


def test_every_alert_on_lines_has_a_story() -> None:
    assert {name for name, alert in ALERTS.items() if alert["query"].startswith("AppTraces")} == {
        name for name, _ in _STORIES
    }


def test_a_line_that_nothing_is_wrong_with_wakes_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        world = World()
        await world.submit()
        await world.later(minutes=5)

    with caplog.at_level(logging.INFO):
        asyncio.run(story())

    wakes = [alert["query"] for name, alert in ALERTS.items() if not name.endswith("-missing")]
    words = [re.findall(r'has "([^"]+)"', query) for query in wakes]
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert "handed over" in lines
    assert [each for found in words for each in found if each in lines] == []
