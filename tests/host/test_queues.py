import asyncio
import base64
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue import QueueClient

from local.host.functions import Function, QueueTrigger
from local.host.functionthread import FunctionThread, Outcome
from local.host.invocations import Invocations
from local.host.queueoutputs import MessageEncoding, QueueOutputs
from local.host.queues import QueueListener
from local.host.settings import AppSettings, QueueSettings
from local.host.storage import Storage
from tests.host import apps
from tests.host.running import HOST_JSON, RunningHost, eventually, running_host, write_app

SECONDS = 10


def queue_of(host: RunningHost, name: str) -> QueueClient:
    return QueueClient.from_connection_string(
        host.environment["AzureWebJobsStorage"],
        host.queue_name(name),
        connection_timeout=SECONDS,
        read_timeout=SECONDS,
    )


@pytest.fixture
def work(host: RunningHost) -> Iterator[QueueClient]:
    with queue_of(host, "work") as queue:
        if not _exists(queue):
            queue.create_queue(timeout=SECONDS)
        yield queue


def send(queue: QueueClient, text: str) -> str:
    sent = queue.send_message(base64.b64encode(text.encode()).decode(), timeout=SECONDS)
    return str(sent.id)


def calls(host: RunningHost, message_id: str) -> list[dict[str, object]]:
    return [one for one in host.seen("work") if one["id"] == message_id]


def test_a_message_reaches_the_function_with_its_metadata_and_is_deleted(host: RunningHost, work: QueueClient) -> None:
    message_id = send(work, '{"note": "héllo"}')

    (call,) = eventually(lambda: calls(host, message_id))
    times = call.pop("times")
    assert call == {
        "function": "work",
        "body": '{"note": "héllo"}',
        "id": message_id,
        "count": 1,
        "receipt": True,
    }
    assert isinstance(times, list)
    inserted, visible, expires = times
    assert inserted < visible < expires
    assert eventually(lambda: _length(work) == 0)
    assert "héllo" not in host.log()
    assert f"(Reason='New queue message detected on '{work.queue_name}'.', Id=" in host.log()


def test_a_message_that_keeps_failing_moves_to_the_poison_queue(host: RunningHost, work: QueueClient) -> None:
    message_id = send(work, "fail please")

    with queue_of(host, "work-poison") as poison:
        assert eventually(lambda: "fail please" in _texts(poison))
    assert [call["count"] for call in calls(host, message_id)] == [1, 2, 3]
    assert eventually(lambda: _length(work) == 0)


def test_a_message_that_is_not_base64_moves_to_the_poison_queue_unread(host: RunningHost, work: QueueClient) -> None:
    sent = work.send_message("not base64!", timeout=SECONDS)

    with queue_of(host, "work-poison") as poison:
        assert eventually(lambda: "not base64!" in _raw(poison))
    assert calls(host, str(sent.id)) == []


def test_a_poison_queue_has_no_poison_queue_of_its_own(host: RunningHost) -> None:
    with queue_of(host, "dead-poison") as queue, queue_of(host, "dead-poison-poison") as next_queue:
        queue.create_queue(timeout=SECONDS)
        send(queue, "x")

        assert eventually(lambda: host.seen("dead")) == [{"function": "dead", "count": 1}]
        assert eventually(lambda: "Executed 'Functions.dead' (Failed" in host.log())
        assert (_length(queue), _texts(queue), _exists(next_queue)) == (1, [], False)  # kept, but locked


def test_the_trigger_waits_for_its_queue_and_outputs_create_theirs(host: RunningHost) -> None:
    with queue_of(host, "fanin") as trigger, queue_of(host, "fanout") as output:
        assert (_exists(trigger), _exists(output)) == (False, False)

        trigger.create_queue(timeout=SECONDS)
        send(trigger, "m")

        assert eventually(lambda: _exists(output) and sorted(_texts(output)) == ["m1", "m2", "m3"])


def test_an_http_function_can_write_to_a_queue(host: RunningHost) -> None:
    assert host.request("POST", "/send", content=b"from http").status_code == 200

    with queue_of(host, "sent") as queue:
        assert _texts(queue) == ["from http"]


def test_no_more_messages_run_than_batch_and_threshold_allow(host: RunningHost) -> None:
    with queue_of(host, "many") as queue:
        queue.create_queue(timeout=SECONDS)
        for number in range(24):
            send(queue, str(number))

        seen = eventually(lambda: found if len(found := host.seen("many")) >= 24 else [])
        assert len(seen) == 24
        assert 4 <= max(one["running"] for one in seen) <= 6  # batchSize 4, newBatchThreshold 2
        assert eventually(lambda: _length(queue) == 0)


def test_visibility_timeout_and_plain_messages_follow_host_json(storage: str, tmp_path: Path) -> None:
    queues = {**HOST_JSON["extensions"]["queues"], "messageEncoding": "none", "visibilityTimeout": "00:00:01"}
    write_app(tmp_path, apps.EVERYTHING, {**HOST_JSON, "extensions": {"queues": queues}})
    environment = {"AzureFunctionsJobHost__extensions__queues__maxDequeueCount": "2"}

    with (
        running_host(tmp_path, storage=storage, environment=environment) as host,
        queue_of(host, "work") as queue,
    ):
        queue.create_queue(timeout=SECONDS)
        queue.send_message("fail, plainly", timeout=SECONDS)
        assert eventually(lambda: len(host.seen("work")) == 1 and "(Failed" in host.log())
        (hidden,) = eventually(lambda: [_length(queue)] if not _texts(queue) else [])
        with queue_of(host, "work-poison") as poison:
            assert eventually(lambda: _raw(poison) == ["fail, plainly"])
        assert (hidden, [call["count"] for call in host.seen("work")]) == (1, [1, 2])


class SlowFunction:
    """In place of the app: the first call takes longer than the lock, and the calls are counted."""

    def __init__(self) -> None:
        self.calls = 0

    async def call(
        self, _id: str, _function: Function, _trigger: object, _data: Mapping[str, object], _p: str
    ) -> Outcome:
        self.calls += 1
        if self.calls == 1:
            await asyncio.sleep(2.7)
        return Outcome(ok=True)


def test_the_lock_of_a_long_run_is_renewed(storage: str) -> None:
    """The second message shows what happens without renewal."""

    async def both() -> list[int]:
        return list(
            await asyncio.gather(
                calls_for_one_message(storage, "renewed", renew_after=timedelta(seconds=1)),
                calls_for_one_message(storage, "not-renewed", renew_after=timedelta(hours=1)),
            )
        )

    assert asyncio.run(both()) == [1, 2]


async def calls_for_one_message(storage: str, name: str, *, renew_after: timedelta) -> int:
    clients, slow = Storage(), SlowFunction()
    queue = clients.queue(storage, name)
    await queue.create_queue(timeout=SECONDS)
    await queue.send_message(base64.b64encode(b"x").decode(), timeout=SECONDS)
    outputs = QueueOutputs(clients, AppSettings({}), MessageEncoding(base64=True))
    listener = QueueListener(
        Function("slow", "id", QueueTrigger("msg", name, ""), (), ()),
        queue,
        None,
        Invocations(cast("FunctionThread", slow), outputs),
        QueueSettings(max_polling_interval=timedelta(milliseconds=300)),
        lock=timedelta(seconds=2),
        renew_after=renew_after,
    )
    stopping = asyncio.Event()
    running = asyncio.create_task(listener.run(stopping))
    await asyncio.sleep(2.6)  # past the first lock of two seconds, not past the run
    stopping.set()
    await running
    left = (await queue.get_queue_properties(timeout=SECONDS)).approximate_message_count
    await clients.close()
    assert left == 0
    return slow.calls


def _length(queue: QueueClient) -> int:
    return queue.get_queue_properties(timeout=SECONDS).approximate_message_count or 0


def _raw(queue: QueueClient) -> list[str]:
    try:
        return [message.content for message in queue.peek_messages(32, timeout=SECONDS)]
    except ResourceNotFoundError:
        return []


def _texts(queue: QueueClient) -> list[str]:
    texts = []
    for content in _raw(queue):
        try:
            texts.append(base64.b64decode(content, validate=True).decode())
        except ValueError:
            texts.append(content)
    return texts


def _exists(queue: QueueClient) -> bool:
    try:
        queue.get_queue_properties(timeout=SECONDS)
    except ResourceNotFoundError:
        return False
    return True
