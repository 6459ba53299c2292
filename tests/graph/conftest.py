"""One inbox and one stand-in for all tests here, emptied before each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.graph.stand_in import DENIED, MAILBOX, SEND_DELAY, Inbox, StandIn, eventually, run_inbox

QUICK = ("--send-delay", str(SEND_DELAY), "--mailboxes", f"{MAILBOX},second@example.org", "--denied", DENIED)


@pytest.fixture(scope="session")
def shared_inbox() -> Iterator[Inbox]:
    with run_inbox() as inbox:
        yield inbox


@pytest.fixture(scope="session")
def shared_graph(shared_inbox: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    state = tmp_path_factory.mktemp("graph") / "state"
    stand_in = StandIn(state=state, smtp_port=shared_inbox.smtp_port, arguments=QUICK).start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def inbox(shared_inbox: Inbox, graph: StandIn) -> Inbox:
    shared_inbox.clear()
    return shared_inbox


@pytest.fixture
def graph(shared_graph: StandIn) -> StandIn:
    # What an earlier test has sent must not arrive during this one.
    eventually(lambda: not any(shared_graph.control("GET", "state")["waiting"].values()))
    shared_graph.control("POST", "reset")
    return shared_graph


@pytest.fixture
def another(shared_inbox: Inbox, tmp_path: Path) -> Iterator[Callable[..., StandIn]]:
    """A stand-in of one's own, for what only shows at start or at the end."""
    started: list[StandIn] = []

    def start(*arguments: str, smtp_port: int | None = None) -> StandIn:
        port = smtp_port or shared_inbox.smtp_port
        stand_in = StandIn(state=tmp_path / "state", smtp_port=port, arguments=arguments or QUICK)
        started.append(stand_in)
        return stand_in.start()

    yield start
    for stand_in in started:
        stand_in.stop()
