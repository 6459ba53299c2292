"""The doors of the app: queues, timers, routes and the host's settings fit together."""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

import pytest

from shared.stores.names import QueueName
from tests.architecture.layers import ROOT
from tests.doors import doors

# What form providers, people's links and outside checks rely on.
ROUTES = {
    "webhooks/{source}/{programme}": {"POST"},
    "webhooks/{source}/{programme}/{secret}": {"POST"},
    "decisions/{token}": {"GET", "HEAD", "POST"},
    "me/{token}": {"GET", "HEAD", "POST"},
    "checkins/{token}": {"GET", "HEAD", "POST"},
    "partner/{token}": {"GET", "HEAD", "POST"},
    "apply/{programme}/{page?}": {"GET", "HEAD", "POST"},
    "returning/{programme}": {"GET", "HEAD", "POST"},
    "welcome-back/{token}": {"GET", "HEAD", "POST"},
    "interest/{programme}": {"GET", "HEAD", "POST"},
    "leave/{token}": {"GET", "HEAD", "POST"},
    "join/{token}": {"GET", "HEAD", "POST"},
    "assets/{version}/{name}": {"GET", "HEAD"},
    "health": {"GET", "HEAD"},
    "{*rest}": {"POST"},
}
# Takes what meets no other route, so it is for the host to ask last.
LAST = "{*rest}"


def triggers() -> dict[str, Mapping[str, Any]]:
    """Each function's trigger."""
    return {door.name: door.trigger for door in doors()}


def of_kind(kind: str) -> dict[str, Mapping[str, Any]]:
    return {name: trigger for name, trigger in triggers().items() if trigger["type"] == kind}


def test_every_queue_has_one_trigger_and_every_trigger_a_queue() -> None:
    queues = [name for queue in QueueName for name in (queue.value, queue.poison)]

    assert sorted(trigger["queueName"] for trigger in of_kind("queueTrigger").values()) == sorted(queues)
    assert {trigger["connection"] for trigger in of_kind("queueTrigger").values()} == {"AzureWebJobsStorage"}


def test_the_timers_are_there_and_take_their_times_from_settings() -> None:
    timers = of_kind("timerTrigger")

    assert {name: timer["schedule"] for name, timer in timers.items()} == {
        "tick": "%TICK_SCHEDULE%",
        "daily": "%DAILY_SCHEDULE%",
    }
    assert not any(timer.get("runOnStartup") for timer in timers.values())


def test_there_is_no_other_kind_of_trigger() -> None:
    assert {trigger["type"] for trigger in triggers().values()} == {"httpTrigger", "queueTrigger", "timerTrigger"}


def test_the_routes_are_those_that_others_rely_on() -> None:
    routes = {
        trigger["route"]: {str(m).upper() for m in trigger["methods"]} for trigger in of_kind("httpTrigger").values()
    }

    assert routes == ROUTES
    assert len(of_kind("httpTrigger")) == len(ROUTES)


def test_nobody_needs_a_host_key() -> None:
    """Signatures and links are the keys; a host key would stand in every form provider's settings."""
    assert {str(trigger["authLevel"]).upper() for trigger in of_kind("httpTrigger").values()} == {"ANONYMOUS"}


def overlapping(routes: Iterable[tuple[str, frozenset[str]]]) -> list[tuple[str, str]]:
    """Pairs of routes that one request could mean: the host would choose by name, which nobody expects."""

    def meet(one: str, other: str) -> bool:
        left, right = one.lower().split("/"), other.lower().split("/")
        if any("{*" in part for part in (*left, *right)):
            return True
        optional = any(part.endswith("?}") for part in (*left, *right))
        same_length = len(left) == len(right) or optional
        pairs = zip(left, right, strict=False)
        return same_length and all(a == b or "{" in a or "{" in b for a, b in pairs)

    return [
        (one, other) for (one, methods), (other, more) in combinations(routes, 2) if methods & more and meet(one, other)
    ]


def test_no_two_routes_overlap() -> None:
    others = [t for t in of_kind("httpTrigger").values() if t["route"] != LAST]

    assert overlapping((t["route"], frozenset(t["methods"])) for t in others) == []


def test_the_route_that_takes_what_is_left_is_asked_last() -> None:
    names = sorted(of_kind("httpTrigger"), key=str.lower)

    assert [name for name, trigger in of_kind("httpTrigger").items() if trigger["route"] == LAST] == names[-1:]


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (("a/{x}", {"GET"}), ("a/b", {"GET", "POST"}), True),
        (("{x}/b", {"GET"}), ("a/{y}", {"GET"}), True),
        (("A", {"GET"}), ("a", {"GET"}), True),
        (("{*rest}", {"GET"}), ("a/b", {"GET"}), True),
        (("a/{x?}", {"GET"}), ("a", {"GET"}), True),
        (("a/{x}", {"GET"}), ("a/b", {"POST"}), False),
        (("a/{x}", {"GET"}), ("b/{x}", {"GET"}), False),
        (("a/{x}", {"GET"}), ("a/{x}/b", {"GET"}), False),
    ],
)
def test_an_overlap_would_be_found(one: tuple[str, set[str]], other: tuple[str, set[str]], *, found: bool) -> None:
    assert bool(overlapping((route, frozenset(methods)) for route, methods in (one, other))) is found


def test_no_route_is_one_of_the_hosts_own() -> None:
    assert not [route for route in ROUTES if route.split("/")[0] in {"admin", "runtime", "api"}]


def test_host_json() -> None:
    host = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
    http, queues = host["extensions"]["http"], host["extensions"]["queues"]

    assert host["version"] == "2.0"
    # The paths in mails and webhooks have no prefix. Nothing else: enableChunkedRequestBinding does nothing for Python.
    assert http == {"routePrefix": ""}
    assert (queues["messageEncoding"], queues["maxDequeueCount"]) == ("base64", 5)
    assert re.fullmatch(r"00:\d\d:\d\d", host["functionTimeout"])


def test_loading_the_app_loads_no_graph_sdk_and_no_identity() -> None:
    """Every cold start would pay for them, and most requests need neither."""
    code = "import sys, function_app; function_app.app.get_functions(); print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    heavy = re.compile(r"(msgraph|msgraph_core|kiota_\w+|azure\.identity|msal)(\.|$)")
    assert [name for name in run.stdout.split() if heavy.match(name)] == []
    assert not [name for name in run.stdout.split() if name.split(".")[0] in {"local", "tests"}]
