import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from local.host.errors import StartError
from local.host.functions import (
    AuthLevel,
    Function,
    HttpTrigger,
    QueueOutput,
    QueueTrigger,
    TimerTrigger,
    read_index,
)


@dataclass
class Indexed:
    name: str
    raw_bindings: Sequence[str]
    function_id: str = "id"


def indexed(name: str, *bindings: Mapping[str, object]) -> Indexed:
    return Indexed(name, [json.dumps(binding) for binding in bindings])


HTTP_IN = {
    "type": "httpTrigger",
    "direction": "IN",
    "name": "req",
    "authLevel": "ANONYMOUS",
    "methods": ["GET"],
}
HTTP_OUT = {"type": "http", "direction": "OUT", "name": "$return"}
QUEUE_IN = {"type": "queueTrigger", "direction": "IN", "name": "msg", "queueName": "q", "connection": "C"}
QUEUE_OUT = {"type": "queue", "direction": "OUT", "name": "out", "queueName": "o", "connection": "C"}
TIMER_IN = {
    "type": "timerTrigger",
    "direction": "IN",
    "name": "t",
    "schedule": "* * * * *",
    "runOnStartup": True,
}


def test_the_index_is_read_in_the_order_of_names() -> None:
    functions = read_index([indexed("b", QUEUE_IN, QUEUE_OUT), indexed("C", TIMER_IN), indexed("A", HTTP_IN, HTTP_OUT)])

    output = QueueOutput("out", "o", "C")
    assert functions == [
        Function(
            "A",
            "id",
            HttpTrigger("req", "A", frozenset({"GET"}), AuthLevel.ANONYMOUS),
            (),
            (HTTP_IN, HTTP_OUT),
        ),
        Function("b", "id", QueueTrigger("msg", "q", "C"), (output,), (QUEUE_IN, QUEUE_OUT)),
        Function("C", "id", TimerTrigger("t", "* * * * *", run_on_startup=True, use_monitor=True), (), (TIMER_IN,)),
    ]


@pytest.mark.parametrize(
    ("binding", "named"),
    [
        ({"type": "blobTrigger", "direction": "IN"}, "'blobTrigger' (IN)"),
        ({"type": "blob", "direction": "OUT"}, "'blob' (OUT)"),
        ({"type": "table", "direction": "IN"}, "'table' (IN)"),
        ({"type": "queue", "direction": "IN"}, "'queue' (IN)"),
        ({"type": "orchestrationTrigger", "direction": "IN"}, "'orchestrationTrigger' (IN)"),
    ],
)
def test_a_binding_that_this_host_does_not_copy_is_refused(binding: dict[str, object], named: str) -> None:
    with pytest.raises(StartError) as refused:
        read_index([indexed("fine", TIMER_IN), indexed("bad", TIMER_IN, binding)])

    assert str(refused.value) == f"Function 'bad': the local host does not support the binding {named}."


def test_two_names_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(StartError, match="differs from another only in case"):
        read_index([indexed("same", TIMER_IN), indexed("Same", TIMER_IN)])


def test_a_function_needs_one_trigger() -> None:
    with pytest.raises(StartError, match="exactly one trigger"):
        read_index([indexed("none", QUEUE_OUT)])
