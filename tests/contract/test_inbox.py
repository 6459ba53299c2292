"""What ``Inbox`` promises: the stand-in of the unit tests, and the Graph adapter."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import uuid4

import pytest

from local.memory.exchange import FakeInbox, FakeMailbox
from shared.adapters.graph import GraphConnection, GraphMailbox
from shared.adapters.graph_inbox import GraphInbox
from shared.domain.replies import Inbound, Nature, nature
from shared.errors import AlreadyGone
from shared.ports import Inbox, Letter, Mailbox
from shared.services.mail.inbox import what_it_answers
from tests.contract.waiting import until
from tests.graph.stand_in import MAILBOX, StandIn

# The SDK's own code calls what the SDK has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PRIYA = "priya.shah@example.nhs.uk"
DOMAIN = MAILBOX.rpartition("@")[2]


class Stage(Protocol):
    """An inbox, the mailbox beside it, and the people who write to it."""

    inbox: Inbox
    mailbox: Mailbox

    async def receive(self, *, answers: str = "", threaded: str = "", text: str = "", **headers: str) -> None: ...

    async def lose_place(self) -> None: ...


class FakeStage:
    def __init__(self) -> None:
        self._mailbox = FakeMailbox()
        self._inbox = FakeInbox(self._mailbox)
        self.inbox: Inbox = self._inbox
        self.mailbox: Mailbox = self._mailbox

    async def receive(self, *, answers: str = "", threaded: str = "", text: str = "", **headers: str) -> None:
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if answers:
            named.append(("in-reply-to", f"<{answers}@{DOMAIN}>"))
        number = str(uuid4())
        inbound = Inbound(number, f"<{number}>", datetime.now(UTC), PRIYA, "Re: x", threaded, tuple(named))
        self._inbox.receive(inbound, text)

    async def lose_place(self) -> None:
        self._inbox.epoch += 1


class GraphStage:
    def __init__(self, graph: StandIn, connection: GraphConnection) -> None:
        self._graph = graph
        self.inbox: Inbox = GraphInbox(connection, MAILBOX)
        self.mailbox: Mailbox = GraphMailbox(connection, MAILBOX)

    async def receive(self, *, answers: str = "", threaded: str = "", text: str = "", **headers: str) -> None:
        given: dict[str, Any] = {
            "mailbox": MAILBOX,
            "from": PRIYA,
            "subject": "Re: x",
            "body": text,
            "headers": {name.replace("_", "-").title(): value for name, value in headers.items()},
        }
        if answers:
            given["inReplyTo"] = f"<{answers}@{DOMAIN}>"
        if threaded:
            messages = self._graph.control("GET", "state")["mailboxes"][MAILBOX]["messages"]
            wanted = f"<{threaded}@{DOMAIN}>"
            given["conversationId"] = next(
                m["conversationId"] for m in messages if m["internetMessageId"].lower() == wanted
            )
        self._graph.control("POST", "inbound", given)

    async def lose_place(self) -> None:
        self._graph.control("POST", "reset")


@pytest.fixture(params=["fake", "graph"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "fake":
        return FakeStage()
    return GraphStage(request.getfixturevalue("graph"), request.getfixturevalue("connection"))


async def everything_new(stage: Stage, link: str = "", since: datetime = LONG_AGO) -> tuple[list[str], str]:
    """All pages to the end."""
    found: list[str] = []
    while True:
        news = await stage.inbox.news(link, since)
        found += news.mails
        link = news.link
        if not news.more:
            return found, link


async def sent(stage: Stage, about: str) -> str:
    """A mail of ours that has left; returns its key."""
    letter = Letter(str(uuid4()), (PRIYA,), "Can you release Amara?", "<p>Hello</p>", about=about)
    written = await stage.mailbox.draft(letter)
    await stage.mailbox.send(written.graph_id)

    async def left() -> bool:
        found = await stage.mailbox.find(letter.key)
        return found is not None and not found.is_draft

    await until(left)
    return letter.key


async def test_every_new_mail_is_told_once_in_order(stage: Stage) -> None:
    for number in range(5):
        await stage.receive(text=str(number))

    first, link = await everything_new(stage)
    none, link = await everything_new(stage, link)
    await stage.receive(text="5")
    second, _ = await everything_new(stage, link)

    assert [await stage.inbox.words(mail) for mail in first] == ["0", "1", "2", "3", "4"]
    assert none == []
    assert [await stage.inbox.words(mail) for mail in second] == ["5"]


async def test_without_a_link_only_what_came_since_is_told(stage: Stage) -> None:
    await stage.receive()

    found, _ = await everything_new(stage, since=datetime.now(UTC) + timedelta(hours=1))

    assert found == []


async def test_a_place_that_was_lost_says_so(stage: Stage) -> None:
    await stage.receive()
    _, link = await everything_new(stage)

    await stage.lose_place()

    with pytest.raises(AlreadyGone):
        await stage.inbox.news(link, LONG_AGO)


async def test_a_mail_is_read_with_its_headers(stage: Stage) -> None:
    await stage.receive(text="Out of office", auto_submitted="auto-replied")
    (mail,), _ = await everything_new(stage)

    inbound = await stage.inbox.read(mail)

    assert inbound.id == mail
    assert inbound.message_id
    assert (inbound.sender, inbound.subject) == (PRIYA, "Re: x")
    assert inbound.header("auto-submitted") == "auto-replied"
    assert nature(inbound) is Nature.AUTOMATIC
    assert abs(inbound.received_at - datetime.now(UTC)) < timedelta(minutes=5)


async def test_an_answer_leads_to_what_our_mail_was_about(stage: Stage) -> None:
    key, other = await sent(stage, "llr A.approval-request.1 1"), await sent(stage, "llr B.approval-request.1 1")
    await stage.receive(answers=key)
    await stage.receive(threaded=other)
    await stage.receive(answers=other, threaded=key)
    await stage.receive(answers=str(uuid4()))
    await stage.receive()
    mails, _ = await everything_new(stage)

    about = [await what_it_answers(stage.inbox, await stage.inbox.read(mail)) for mail in mails]

    assert about == [
        "llr A.approval-request.1 1",
        "llr B.approval-request.1 1",
        "llr B.approval-request.1 1",
        "",
        "",
    ]


async def test_a_mail_that_is_gone_says_so(stage: Stage) -> None:
    with pytest.raises(AlreadyGone):
        await stage.inbox.read("AAkALgAAAAAAHYQDEapmNoSuchMail")
    with pytest.raises(AlreadyGone):
        await stage.inbox.words("AAkALgAAAAAAHYQDEapmNoSuchMail")


@pytest.mark.parametrize("sign", ["o'hara", "<a' or 1 eq 1>", "<x y>", "<>", "é"])
async def test_odd_ids_lead_nowhere(stage: Stage, sign: str) -> None:
    await stage.receive(references=sign)
    (mail,), _ = await everything_new(stage)

    assert await what_it_answers(stage.inbox, await stage.inbox.read(mail)) == ""


async def test_a_link_that_leads_elsewhere_is_never_followed(graph: StandIn, connection: GraphConnection) -> None:
    with pytest.raises(AlreadyGone):
        await GraphInbox(connection, MAILBOX).news("https://graph.example.org/v1.0/users", LONG_AGO)
    assert graph.control("GET", "log")["requests"] == []
